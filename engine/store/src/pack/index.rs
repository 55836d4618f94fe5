//! Pack indexes, version 2 (gitformat-pack).

use super::Place;
use crate::{Error, Result};
use gix::ObjectId;

/// Offsets from here on stand in a table of their own.
const FIRST_LARGE: u64 = 1 << 31;

/// Returns the index of a pack: where each object is, in the order of the ids.
pub(super) fn encode(
    hash: gix::hash::Kind,
    mut places: Vec<Place>,
    pack_checksum: ObjectId,
) -> Result<Vec<u8>> {
    places.sort_unstable();
    let mut out = Vec::with_capacity(1100 + places.len() * (hash.len_in_bytes() + 8));
    out.extend_from_slice(b"\xfftOc");
    out.extend_from_slice(&2_u32.to_be_bytes());
    let mut upto = 0;
    for byte in 0..=u8::MAX {
        let rest = places.iter().skip(upto);
        upto += rest.take_while(|place| place.id.first_byte() <= byte).count();
        out.extend_from_slice(&u32::try_from(upto).unwrap_or(u32::MAX).to_be_bytes());
    }
    for place in &places {
        out.extend_from_slice(place.id.as_slice());
    }
    for place in &places {
        out.extend_from_slice(&place.crc.to_be_bytes());
    }
    let mut large = Vec::new();
    for place in &places {
        let offset = match u32::try_from(place.offset) {
            Ok(small) if place.offset < FIRST_LARGE => small,
            _ => {
                large.push(place.offset);
                // The upper bit says that the rest counts in the table of large offsets.
                u32::try_from(large.len() - 1).unwrap_or(u32::MAX) | 1 << 31
            }
        };
        out.extend_from_slice(&offset.to_be_bytes());
    }
    for offset in large {
        out.extend_from_slice(&offset.to_be_bytes());
    }
    out.extend_from_slice(pack_checksum.as_slice());
    let mut hasher = gix::hash::hasher(hash);
    hasher.update(&out);
    let checksum = hasher
        .try_finalize()
        .map_err(|collision| Error::invalid("pack index", collision.to_string()))?;
    out.extend_from_slice(checksum.as_slice());
    Ok(out)
}

/// Returns what an index of version 2 says, in the order of the ids; `None` where it is none.
pub(super) fn decode(hash: gix::hash::Kind, bytes: &[u8]) -> Option<Vec<Place>> {
    let width = hash.len_in_bytes();
    let number =
        |at: usize| Some(u32::from_be_bytes(bytes.get(at..at.checked_add(4)?)?.try_into().ok()?));
    if !bytes.starts_with(b"\xfftOc\0\0\0\x02") {
        return None;
    }
    let ids = 8 + 4 * 256;
    let count = usize::try_from(number(ids - 4)?).ok()?;
    let crcs = ids + count.checked_mul(width)?;
    let offsets = crcs.checked_add(4 * count)?;
    let large = offsets.checked_add(4 * count)?;
    let place = |index: usize| {
        let id = bytes.get(ids + index * width..ids + (index + 1) * width)?;
        let small = number(offsets + 4 * index)?;
        let offset = if u64::from(small) < FIRST_LARGE {
            small.into()
        } else {
            let at = large + 8 * (u64::from(small) - FIRST_LARGE) as usize;
            u64::from(number(at)?) << 32 | u64::from(number(at + 4)?)
        };
        Some(Place { id: ObjectId::try_from(id).ok()?, crc: number(crcs + 4 * index)?, offset })
    };
    (0..count).map(place).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn offsets_above_two_gigabytes_stand_in_a_table_of_their_own() {
        let id = |byte: u8| ObjectId::from_bytes_or_panic(&[byte; 20]);
        let place = |byte, offset| Place { id: id(byte), crc: 7, offset };
        let places = vec![place(9, 12), place(1, 5 << 31), place(5, FIRST_LARGE)];
        let bytes = encode(gix::hash::Kind::Sha1, places.clone(), id(3)).unwrap();
        let mut decoded = decode(gix::hash::Kind::Sha1, &bytes).unwrap();
        decoded.sort_by_key(|place| places.iter().position(|other| other == place));
        assert_eq!(decoded, places);
        for length in 0..bytes.len() - 60 {
            assert_eq!(decode(gix::hash::Kind::Sha1, &bytes[..length]), None, "{length}");
        }
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("pack-1.idx");
        std::fs::write(&path, bytes).unwrap();
        let index = gix::odb::pack::index::File::at(&path, gix::hash::Kind::Sha1).unwrap();
        let offset = |byte| index.lookup(id(byte)).map(|at| index.pack_offset_at_index(at));
        assert_eq!(
            [offset(1), offset(5), offset(9), offset(3)],
            [Some(5 << 31), Some(FIRST_LARGE), Some(12), None]
        );
    }
}
