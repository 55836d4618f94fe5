//! Shell commands as a person would read them.

use serde_json::Value;

const SHELLS: [&str; 8] = ["bash", "sh", "zsh", "dash", "fish", "ksh", "powershell", "pwsh"];

/// Returns the command line that `command` stands for: a string as it is, the script of `["bash","-lc",script]`, any
/// other list joined, with quotes where a part needs them.
pub(super) fn command_line(command: &Value) -> Option<String> {
    match command {
        Value::String(line) => Some(line.clone()),
        Value::Array(parts) => {
            let parts: Vec<&str> = parts.iter().map(Value::as_str).collect::<Option<_>>()?;
            Some(script(&parts).map_or_else(|| join(&parts), str::to_owned))
        }
        _ => None,
    }
}

/// The script that a shell is told to run.
fn script<'a>(parts: &[&'a str]) -> Option<&'a str> {
    let [program, flags @ .., script] = parts else {
        return None;
    };
    let name = program.rsplit(['/', '\\']).next().unwrap_or(program);
    let name = name.strip_suffix(".exe").unwrap_or(name);
    let runs = match flags.last()?.to_ascii_lowercase().as_str() {
        "-c" | "-lc" | "-cl" | "-ic" | "-command" => {
            SHELLS.iter().any(|shell| name.eq_ignore_ascii_case(shell))
        }
        "/c" => name.eq_ignore_ascii_case("cmd"),
        _ => false,
    };
    (runs && flags.iter().all(|flag| flag.starts_with(['-', '/']))).then_some(*script)
}

fn join(parts: &[&str]) -> String {
    let quoted: Vec<String> = parts
        .iter()
        .map(|part| {
            let plain = |c: char| c.is_alphanumeric() || "-_./=:,@%+*?[]{}~^\\".contains(c);
            if !part.is_empty() && part.chars().all(plain) {
                (*part).to_owned()
            } else {
                format!("'{}'", part.replace('\'', r"'\''"))
            }
        })
        .collect();
    quoted.join(" ")
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    #[test]
    fn wrappers_disappear_and_other_lists_are_joined() {
        let cases = [
            (json!("ls -la"), Some("ls -la")),
            (json!(["bash", "-lc", "ls | wc -l"]), Some("ls | wc -l")),
            (json!(["/bin/zsh", "-lc", "pwd"]), Some("pwd")),
            (json!(["powershell.exe", "-NoProfile", "-Command", "Get-Item ."]), Some("Get-Item .")),
            (json!(["cmd.exe", "/c", "dir"]), Some("dir")),
            (json!(["git", "commit", "-m", "it's done"]), Some(r"git commit -m 'it'\''s done'")),
            (json!(["bash", "run.sh", "x"]), Some("bash run.sh x")),
            (json!({"a": 1}), None),
        ];
        for (command, line) in cases {
            assert_eq!(command_line(&command).as_deref(), line, "{command}");
        }
    }
}
