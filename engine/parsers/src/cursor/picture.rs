//! Pictures in prompts: inside the message, as base64 or as a list of bytes, or in a file that the editor keeps.

use super::workspace::path_of;
use crate::attachment;
use crate::transcript::word;
use opensession_hail::{Attachment, Block};
use serde_json::Value;
use std::fs::File;
use std::io::Read;
use std::path::{Path, PathBuf};

/// Larger pictures are not stored.
const LARGEST: u64 = 25 * 1024 * 1024;

/// Returns the block that shows a picture, and its bytes where they are known; nothing where it is no picture.
/// `storage` is the editor's folder of workspaces.
pub(super) fn read(picture: &Value, storage: Option<&Path>) -> Option<(Block, Option<Attachment>)> {
    let texts = ["data", "base64", "image", "url"].iter().find_map(|key| word(picture, key));
    let text = picture.as_str().or(texts);
    let mime = ["mimeType", "mediaType", "mime"].iter().find_map(|key| word(picture, key));
    if let Some(url) = text.filter(|text| text.starts_with("data:")) {
        return Some(attachment::image_at(url));
    }
    let mime = mime.unwrap_or("image/png");
    let inside = text.and_then(|text| attachment::from_base64(text, mime));
    let inside =
        inside.or_else(|| Some(attachment::from_bytes(bytes(picture.get("data")?)?, mime)));
    if let Some(found) = inside {
        return Some((attachment::block(&found, mime), Some(found)));
    }
    let path = path_of(["path", "uri", "filename"].iter().find_map(|key| word(picture, key))?);
    match kept(&path, storage?) {
        Some(bytes) => {
            let mime = mime_of(&path);
            let found = attachment::from_bytes(bytes, mime);
            Some((attachment::block(&found, mime), Some(found)))
        }
        None => Some((Block::File { path, content: None }, None)),
    }
}

/// Returns the bytes that a list of numbers is, or an object of them by their places.
fn bytes(data: &Value) -> Option<Vec<u8>> {
    let byte = |value: &Value| u8::try_from(value.as_u64()?).ok();
    match data {
        Value::Array(items) if !items.is_empty() => items.iter().map(byte).collect(),
        Value::Object(items) if !items.is_empty() => {
            (0..items.len()).map(|place| byte(items.get(&place.to_string())?)).collect()
        }
        _ => None,
    }
}

/// Returns a picture that the editor keeps: `…/workspaceStorage/<workspace>/images/<name>`, whatever the home is called
/// by now. No other file is ever read.
fn kept(path: &str, storage: &Path) -> Option<Vec<u8>> {
    let mut parts = path.rsplit(['/', '\\']);
    let (name, images, workspace) = (parts.next()?, parts.next()?, parts.next()?);
    let is_plain = |part: &str| !part.is_empty() && !part.starts_with('.') && !part.contains(':');
    if images != "images" || !is_plain(name) || !is_plain(workspace) {
        return None;
    }
    let path: PathBuf =
        [storage, Path::new(workspace), Path::new(images), Path::new(name)].iter().collect();
    let mut bytes = Vec::new();
    File::open(path).ok()?.take(LARGEST + 1).read_to_end(&mut bytes).ok()?;
    (bytes.len() as u64 <= LARGEST && !bytes.is_empty()).then_some(bytes)
}

fn mime_of(path: &str) -> &'static str {
    match path.rsplit('.').next().map(str::to_ascii_lowercase).as_deref() {
        Some("jpg" | "jpeg") => "image/jpeg",
        Some("gif") => "image/gif",
        Some("webp") => "image/webp",
        Some("bmp") => "image/bmp",
        _ => "image/png",
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;
    use std::fs;

    #[test]
    fn pictures_are_read_in_every_form_and_no_file_outside_of_the_editors() {
        let folder = tempfile::tempdir().unwrap();
        let images = folder.path().join("ws/images");
        fs::create_dir_all(&images).unwrap();
        fs::write(images.join("a.jpg"), b"hi").unwrap();
        fs::write(folder.path().join("secret"), b"hi").unwrap();
        let read = |picture: Value| {
            let (block, attachment) = read(&picture, Some(folder.path()))?;
            Some((matches!(block, Block::Image { .. }), attachment.map(|it| it.bytes)))
        };
        let hi = Some(b"hi".to_vec());
        for picture in [
            json!("data:image/png;base64,aGk="),
            json!({"data": "aGk="}),
            json!({"image": "aGk=", "mimeType": "image/gif"}),
            json!({"data": [104, 105]}),
            json!({"data": {"1": 105, "0": 104}}),
            json!({"path": "/old/home/Cursor/User/workspaceStorage/ws/images/a.jpg"}),
            json!({"path": "c:\\x\\workspaceStorage\\ws\\images\\a.jpg"}),
        ] {
            assert_eq!(read(picture.clone()), Some((true, hi.clone())), "{picture}");
        }
        for path in ["/x/../secret", "/ws/images/../../secret", "/ws/images/none.png", "images/.."]
        {
            assert_eq!(read(json!({"path": path})), Some((false, None)), "{path}");
        }
        assert_eq!(read(json!({"data": [104, 1050]})), None);
        assert_eq!(read(json!(7)), None);
    }
}
