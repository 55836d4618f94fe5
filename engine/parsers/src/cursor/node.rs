//! The nodes of a store's graph, in protobuf: the root tells, beside the messages, where the conversation works.

use super::workspace::path_of;

/// What a root tells.
#[derive(Debug, Default, PartialEq, Eq)]
pub(super) struct Root {
    pub folder: Option<String>,
    pub branch: Option<String>,
}

/// The fields of a root: the address of the workspace, and the repository as its path and branch.
const WORKSPACE: u64 = 9;
const REPOSITORY: u64 = 21;

impl Root {
    /// Reads a root; what is none tells nothing.
    pub(super) fn read(bytes: &[u8]) -> Self {
        let mut root = Self::default();
        let text = |bytes: &[u8]| std::str::from_utf8(bytes).ok().map(str::to_owned);
        for (field, bytes) in Fields(bytes) {
            match field {
                WORKSPACE => root.folder = root.folder.or(text(bytes).map(|it| path_of(&it))),
                REPOSITORY => {
                    let parts: Vec<(u64, &[u8])> = Fields(bytes).collect();
                    let part = |own: u64| parts.iter().find(|(field, _)| *field == own);
                    let path = part(1).and_then(|(_, path)| text(path));
                    root.folder = root.folder.or(path.filter(|path| !path.is_empty()));
                    root.branch = part(2).and_then(|(_, branch)| text(branch));
                }
                _ => {}
            }
        }
        root.folder = root.folder.filter(|folder| !folder.is_empty() && !folder.contains('\0'));
        root
    }
}

/// The fields of a message that have a length, up to the first that is none.
struct Fields<'a>(&'a [u8]);

impl<'a> Iterator for Fields<'a> {
    type Item = (u64, &'a [u8]);

    fn next(&mut self) -> Option<Self::Item> {
        loop {
            let key = self.number()?;
            let length = match key & 7 {
                0 => {
                    self.number()?;
                    continue;
                }
                1 => 8,
                2 => usize::try_from(self.number()?).ok()?,
                5 => 4,
                _ => return None,
            };
            let (bytes, rest) = self.0.split_at_checked(length)?;
            self.0 = rest;
            if key & 7 == 2 {
                return Some((key >> 3, bytes));
            }
        }
    }
}

impl Fields<'_> {
    /// Takes a number of seven bits a byte.
    fn number(&mut self) -> Option<u64> {
        let mut number = 0_u64;
        for shift in (0..64).step_by(7) {
            let (byte, rest) = self.0.split_first()?;
            self.0 = rest;
            number |= u64::from(byte & 0x7f) << shift;
            if byte & 0x80 == 0 {
                return Some(number);
            }
        }
        None
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_root_tells_the_folder_and_the_branch_and_anything_else_nothing() {
        let mut root = vec![0x0a, 0x20];
        root.extend([7; 32]);
        root.extend([0x50, 0x01, 0x2d, 0, 0, 0, 0, 0x4a, 14]);
        root.extend(b"file:///src/ap");
        root.extend([0xaa, 0x01, 11, 0x0a, 4]);
        root.extend(b"/src\x12\x03dev");
        let expected = Root { folder: Some("/src/ap".into()), branch: Some("dev".into()) };
        assert_eq!(Root::read(&root), expected);
        for end in 0..root.len() {
            Root::read(&root[..end]);
        }
        assert_eq!(Root::read(b"{\"role\":\"user\"}"), Root::default());
        assert_eq!(Root::read(&[0xff; 64]), Root::default());
    }
}
