//! Locations as the editor writes them: URIs, and objects made of the parts of one.

use serde_json::Value;

/// Returns the path of a file that a URI names: `file:///c%3A/a%20b` is `c:\a b`.
pub(super) fn path_of(uri: &str) -> Option<String> {
    let (scheme, rest) = uri.split_once("://")?;
    if !matches!(scheme, "file" | "vscode-remote" | "vscode-local" | "vscode-userdata") {
        return None;
    }
    // In front of the path, a host: another computer's share where the scheme is `file`.
    let (host, path) = rest.split_once('/').unwrap_or((rest, ""));
    let path = decoded(path);
    let drive = path.as_bytes().get(1) == Some(&b':');
    Some(match (scheme, host) {
        _ if drive => path.replace('/', "\\"),
        ("file", host) if !host.is_empty() => format!("\\\\{host}\\{}", path.replace('/', "\\")),
        _ => format!("/{path}"),
    })
}

/// Returns the path that a value names: a URI, its parts, a place in a file, or a text.
pub(super) fn path(value: &Value) -> Option<String> {
    if let Some(text) = value.as_str() {
        return path_of(text).or_else(|| Some(text.to_owned()).filter(|text| !text.is_empty()));
    }
    let word = |key: &str| value.get(key).and_then(Value::as_str).filter(|text| !text.is_empty());
    if let Some(path) = word("fsPath") {
        return Some(path.to_owned());
    }
    if let Some(path) = word("path") {
        let drive = path.as_bytes().get(2) == Some(&b':') && path.starts_with('/');
        let path = path.strip_prefix('/').filter(|_| drive).unwrap_or(path);
        return Some(if drive { path.replace('/', "\\") } else { path.to_owned() });
    }
    match word("external") {
        Some(uri) => path_of(uri),
        // Not deeper: nothing bounds how deep they may lie.
        None => {
            let uri = value.get("uri")?;
            uri.as_str().and_then(path_of).or_else(|| {
                let word = |key: &str| uri.get(key).and_then(Value::as_str);
                word("fsPath").or(word("path")).map(str::to_owned)
            })
        }
    }
}

/// Returns a value that names a page as its address, and any other as its path.
pub(super) fn address(value: &Value) -> Option<String> {
    let place = value.get("uri").unwrap_or(value);
    let word = |key: &str| place.get(key).and_then(Value::as_str);
    match word("scheme") {
        Some(scheme @ ("http" | "https")) => {
            let made = || {
                let (host, path) = (word("authority")?, word("path").unwrap_or(""));
                Some(format!("{scheme}://{host}{path}"))
            };
            word("external").map(str::to_owned).or_else(made)
        }
        _ => path(value),
    }
}

/// Returns the last part of a path.
pub(super) fn file_name(path: &str) -> &str {
    path.trim_end_matches(['/', '\\']).rsplit(['/', '\\']).next().unwrap_or(path)
}

fn decoded(text: &str) -> String {
    let mut bytes = Vec::with_capacity(text.len());
    let mut rest = text.as_bytes();
    while let Some((first, more)) = rest.split_first() {
        let escape = more.get(..2).filter(|_| *first == b'%');
        let byte = escape
            .and_then(|digits| std::str::from_utf8(digits).ok())
            .and_then(|digits| u8::from_str_radix(digits, 16).ok());
        bytes.push(byte.unwrap_or(*first));
        rest = if byte.is_some() { more.get(2..).unwrap_or(&[]) } else { more };
    }
    String::from_utf8_lossy(&bytes).into_owned()
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    #[test]
    fn locations_of_every_system_become_paths() {
        for (uri, path) in [
            ("file:///a%20b/c", "/a b/c"),
            ("file:///c%3A/x/y", "c:\\x\\y"),
            ("file://host/share/x", "\\\\host\\share\\x"),
            ("vscode-remote://wsl%2Bubuntu/home/a", "/home/a"),
            ("file:///100%zz", "/100%zz"),
        ] {
            assert_eq!(path_of(uri).as_deref(), Some(path), "{uri}");
        }
        assert_eq!(path_of("https://example.com/x"), None);
        for (value, wanted) in [
            (json!({"$mid": 1, "path": "/c:/a/b", "scheme": "file"}), "c:\\a\\b"),
            (json!({"uri": {"fsPath": "/a"}, "range": {}}), "/a"),
            (json!({"external": "file:///a", "scheme": "file"}), "/a"),
            (json!("file:///a"), "/a"),
        ] {
            assert_eq!(path(&value).as_deref(), Some(wanted), "{value}");
        }
        assert_eq!(path(&json!({"uri": {"uri": {}}})), None);
        let page = json!({"scheme": "https", "authority": "a.b", "path": "/c"});
        assert_eq!(address(&page).as_deref(), Some("https://a.b/c"));
        assert_eq!(file_name("c:\\a\\b.rs"), "b.rs");
    }
}
