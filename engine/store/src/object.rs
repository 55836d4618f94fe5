//! Git objects as they stand in a pack.

use crate::{Error, Result};
use flate2::read::ZlibDecoder;
use flate2::write::ZlibEncoder;
use flate2::{Compression, Crc};
use gix::ObjectId;
use gix::objs::Kind;
use std::io::{Read as _, Write as _};

/// No blob above this size is ever made: hosts refuse larger ones.
pub(crate) const MAX_BLOB: usize = 25 << 20;

/// How an object is deflated.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Deflate {
    /// Not at all: what zstd or an image format has compressed does not shrink further.
    Store,
    /// As small as it gets: trees, manifests, commits.
    Best,
}

/// An object, encoded and hashed, ready to be copied into a pack.
#[derive(Debug)]
pub(crate) struct Object {
    /// Its id.
    pub(crate) id: ObjectId,
    /// Its entry in a pack: type, size, deflated bytes.
    pub(crate) entry: Vec<u8>,
    /// The CRC-32 of the entry, which the index records.
    pub(crate) crc: u32,
}

impl Object {
    /// Returns the object of `kind` that holds `data`, in a repository that hashes with `hash`.
    pub(crate) fn encode(
        hash: gix::hash::Kind,
        kind: Kind,
        data: &[u8],
        deflate: Deflate,
    ) -> Result<Self> {
        let id = gix::objs::compute_hash(hash, kind, data)
            .map_err(|collision| Error::invalid(kind.to_string(), collision.to_string()))?;
        let (level, room) = match deflate {
            Deflate::Store => (Compression::none(), data.len() + data.len() / 4096 + 64),
            Deflate::Best => (Compression::best(), data.len() / 2 + 64),
        };
        let mut entry = Vec::with_capacity(room);
        write_entry_header(kind, data.len(), &mut entry);
        let mut encoder = ZlibEncoder::new(entry, level);
        let entry = encoder
            .write_all(data)
            .and_then(|()| encoder.finish())
            .expect("an in-memory writer leaves nothing that can fail");
        let mut crc = Crc::new();
        crc.update(&entry);
        Ok(Self { id, entry, crc: crc.sum() })
    }

    /// Returns the bytes that the object was made of.
    pub(crate) fn data(&self) -> Vec<u8> {
        let header = self.entry.iter().take_while(|byte| **byte & 0x80 != 0).count() + 1;
        let deflated = self.entry.get(header..).unwrap_or_default();
        let mut data = Vec::new();
        ZlibDecoder::new(deflated).read_to_end(&mut data).expect("it was deflated here");
        data
    }

    /// Returns the blob that holds `data`, or an error that names `object` where it is too large.
    pub(crate) fn encode_blob(
        hash: gix::hash::Kind,
        data: &[u8],
        deflate: Deflate,
        object: &str,
    ) -> Result<Self> {
        if data.len() > MAX_BLOB {
            let reason = format!("{} bytes are above the limit of {MAX_BLOB}", data.len());
            return Err(Error::invalid(object, reason));
        }
        Self::encode(hash, Kind::Blob, data, deflate)
    }
}

/// Writes the type and the inflated size: 3 bits of type and 4 of size, then 7 bits a byte, lowest first
/// (gitformat-pack).
fn write_entry_header(kind: Kind, size: usize, out: &mut Vec<u8>) {
    let kind = match kind {
        Kind::Commit => 1_u8,
        Kind::Tree => 2,
        Kind::Blob => 3,
        Kind::Tag => 4,
    };
    let low = |bits: usize, mask: usize| u8::try_from(bits & mask).unwrap_or(u8::MAX);
    let mut rest = size >> 4;
    let mut byte = kind << 4 | low(size, 0x0f);
    while rest > 0 {
        out.push(byte | 0x80);
        byte = low(rest, 0x7f);
        rest >>= 7;
    }
    out.push(byte);
}
