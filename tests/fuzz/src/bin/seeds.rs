//! Writes the logs of a tool's fixtures as seeds: `seeds TOOL FIXTURES FOLDER`.

use opensession_fuzz::{parser, suffixes};
use std::error::Error;
use std::fs;
use std::path::{Path, PathBuf};

fn main() -> Result<(), Box<dyn Error>> {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    let [tool, fixtures, folder] = &arguments[..] else { return Err("seeds TOOL FIXTURES FOLDER".into()) };
    let parser = parser(tool).ok_or("no parser of that name")?;
    let suffixes = suffixes(parser);
    fs::create_dir_all(folder)?;
    let mut written = 0;
    for path in files(Path::new(fixtures))? {
        let (name, bytes) = read(&path)?;
        let is_expected = name.ends_with("expected.hail.jsonl");
        let choice = suffixes.iter().position(|suffix| name.ends_with(suffix));
        let Some(choice) = choice.filter(|_| !is_expected) else { continue };
        let seed = [&[u8::try_from(choice)?], bytes.as_slice()].concat();
        fs::write(Path::new(folder).join(format!("seed-{written:03}")), seed)?;
        written += 1;
    }
    println!("{tool}: {written} seeds");
    Ok(())
}

/// Returns a fixture's name and bytes: of a database, those that its statements make.
fn read(path: &Path) -> Result<(String, Vec<u8>), Box<dyn Error>> {
    if path.extension().is_none_or(|end| end != "sql") {
        return Ok((path.display().to_string(), fs::read(path)?));
    }
    let database = rusqlite::Connection::open_in_memory()?;
    let made = std::env::temp_dir().join(format!("opensession-seed-{}", std::process::id()));
    database.execute_batch(&fs::read_to_string(path)?)?;
    database.execute("VACUUM INTO ?1", [made.display().to_string()])?;
    let bytes = fs::read(&made)?;
    fs::remove_file(&made)?;
    Ok((path.with_extension("").display().to_string(), bytes))
}

fn files(folder: &Path) -> Result<Vec<PathBuf>, Box<dyn Error>> {
    let mut files = Vec::new();
    for entry in fs::read_dir(folder)? {
        let path = entry?.path();
        if path.is_dir() { files.extend(self::files(&path)?) } else { files.push(path) }
    }
    files.sort();
    Ok(files)
}
