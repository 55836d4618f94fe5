//! What the fuzz target and the maker of its seeds share: how an input names its log.

use opensession_parsers::{Home, Os, PARSERS, Parser};
use std::collections::{BTreeMap, BTreeSet};

/// Says whose parser is fuzzed: the name of a tool.
pub const TOOL: &str = "OPENSESSION_FUZZ_TOOL";

/// Returns the parser of the tool of that name.
#[must_use]
pub fn parser(tool: &str) -> Option<&'static dyn Parser> {
    PARSERS.iter().copied().find(|parser| parser.tool().as_str() == tool)
}

/// Returns how the names of the tool's logs may end. The first byte of an input chooses one of them.
#[must_use]
pub fn suffixes(parser: &dyn Parser) -> Vec<&'static str> {
    let mut suffixes = BTreeSet::new();
    for os in [Os::Linux, Os::MacOs, Os::Windows] {
        let home = Home::new("/home/dev".into(), BTreeMap::new(), os)
            .with_repositories(vec!["/home/dev/shop".into()]);
        suffixes.extend(parser.roots(&home).into_iter().flat_map(|root| root.suffixes));
    }
    // A tool without folders of its own is asked about any file.
    suffixes.insert(".jsonl");
    suffixes.into_iter().collect()
}
