//! The sieve: where in a text a keyword may stand, found in one pass however many keywords there are.
//!
//! Every place is judged by a hash of its next three bytes, in small letters, and where a keyword may begin so by one of the
//! next four. Of ordinary text about one place in a hundred passes, and only there the keywords themselves are compared. This is
//! the filter by hashed blocks of Wu and Manber ("A fast algorithm for multi-pattern searching", 1994) without its shifts:
//! keywords are as short as the blocks.

/// The shortest keyword, in bytes.
const SHORT: usize = 3;

/// How many bytes are looked at.
const BLOCK: usize = 4;

/// Makes small letters of capitals; some signs become others, which costs nothing but a comparison.
const SMALL: u64 = 0x2020_2020_2020_2020;

/// How many bits a hash has: as many bytes fit into the nearest cache.
const BITS: u32 = 14;

/// Something for each hash.
type Table = [u8; 1 << BITS];

/// In a table: no more than three bytes need be looked at.
const WHOLE: u8 = 1;

/// In a table: a keyword may begin so.
const BEGUN: u8 = 2;

/// Keywords, and which rule each belongs to.
pub(crate) struct Sieve {
    /// By the hash of three bytes, and of four.
    three: Box<Table>,
    four: Box<Table>,
    /// By the hash of their first three bytes, in the order of the rules.
    words: Vec<Vec<Word>>,
}

/// A keyword.
pub(crate) struct Word {
    text: Box<[u8]>,
    ignores_case: bool,
    /// The index of its rule.
    pub(crate) rule: usize,
}

impl Sieve {
    /// Returns a sieve of keywords, each with whether its case does not matter and the index of its rule.
    pub(crate) fn new<'k>(keywords: impl Iterator<Item = (&'k [u8], bool, usize)>) -> Self {
        let (mut three, mut four) = (Box::new([0; 1 << BITS]), Box::new([0; 1 << BITS]));
        let mut words: Vec<Vec<Word>> = (0..1 << BITS).map(|_| Vec::new()).collect();
        for (text, ignores_case, rule) in keywords {
            let first =
                text.first_chunk().expect("every keyword has three bytes, as a test sees to");
            let judged = if text.len() > SHORT { BEGUN } else { WHOLE };
            let place = hash_of_three(first);
            three[place] |= judged;
            if let Some(block_of) = text.first_chunk() {
                four[hash(block(*block_of))] = BEGUN;
            }
            words[place].push(Word { text: text.into(), ignores_case, rule });
        }
        Self { three, four, words }
    }

    /// Returns the first place at or behind `from` in `text` at which a keyword may stand.
    pub(crate) fn next(&self, text: &[u8], from: usize) -> Option<usize> {
        let rest = text.get(from..)?;
        let passes = |next: u32| {
            let judged = self.three[hash(next << 8)];
            judged != 0 && (judged & WHOLE != 0 || self.four[hash(next)] != 0)
        };
        // Five blocks of four bytes begin in the first five of eight: bytes are read once for all of them.
        let mut place = 0;
        while let Some(eight) = rest.get(place..).and_then(<[u8]>::first_chunk) {
            let eight = u64::from_le_bytes(*eight) | SMALL;
            let block = |at: u32| (eight >> (8 * at)) as u32;
            if let Some(at) = (0..5).find(|at| passes(block(*at))) {
                return Some(from + place + at as usize);
            }
            place += 5;
        }
        let last = rest.get(place..)?.windows(BLOCK);
        let at = last
            .into_iter()
            .position(|window| window.first_chunk().is_some_and(|b| passes(block(*b))))?;
        Some(from + place + at)
    }

    /// Returns the keywords that stand at `at` in `text`, with their lengths.
    pub(crate) fn words_at(&self, text: &[u8], at: usize) -> impl Iterator<Item = (&Word, usize)> {
        let rest = text.get(at..).unwrap_or_default();
        let words = rest.first_chunk().and_then(|first| self.words.get(hash_of_three(first)));
        words.into_iter().flatten().filter_map(|word| {
            let start = rest.get(..word.text.len())?;
            let stands = if word.ignores_case {
                start.eq_ignore_ascii_case(&word.text)
            } else {
                start == &*word.text
            };
            stands.then_some((word, start.len()))
        })
    }
}

fn block(bytes: [u8; BLOCK]) -> u32 {
    u32::from_le_bytes(bytes) | SMALL as u32
}

fn hash_of_three(&[a, b, c]: &[u8; SHORT]) -> usize {
    hash(block([a, b, c, 0]) << 8)
}

/// Returns the place of a block in a table: multiplying mixes low bits into the high ones that are taken (Knuth, TAOCP 6.4).
const fn hash(block: u32) -> usize {
    (block.wrapping_mul(0x9e37_79b1) >> (u32::BITS - BITS)) as usize
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_keyword_is_found_wherever_it_stands_and_however_many_stand_there() {
        let words = [
            ("api_key", false),
            ("apikey", false),
            ("api", false),
            ("Okta", true),
            ("pi_k", false),
        ];
        let sieve = Sieve::new(
            words.iter().enumerate().map(|(rule, (text, any))| (text.as_bytes(), *any, rule)),
        );
        let text = b"x api_key=API_KEY oKTA okta \xc3\xa9apikey api";
        let mut hits = Vec::new();
        let mut at = 0;
        while let Some(place) = sieve.next(text, at) {
            hits.extend(sieve.words_at(text, place).map(|(word, _)| (place, words[word.rule].0)));
            at = place + 1;
        }
        let expected = [
            (2, "api_key"),
            (2, "api"),
            (3, "pi_k"),
            (18, "Okta"),
            (23, "Okta"),
            (30, "apikey"),
            (30, "api"),
        ];
        assert_eq!(hits, expected);
    }
}
