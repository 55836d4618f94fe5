//! Git objects as they stand in a pack.

use crate::{Error, Result};
use flate2::read::ZlibDecoder;
use flate2::{Compress, Compression, Crc, FlushCompress, Status};
use gix::ObjectId;
use gix::objs::Kind;
use std::cell::RefCell;
use std::collections::TryReserveError;
use std::io::Read as _;

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
        let mut entry = Vec::new();
        write_entry_header(kind, data.len(), &mut entry);
        write_deflated(data, deflate, &mut entry)
            .map_err(|error| Error::invalid(kind.to_string(), error.to_string()))?;
        let mut crc = Crc::new();
        crc.update(&entry);
        Ok(Self { id, entry, crc: crc.sum() })
    }

    /// Returns the object whose entry `bytes` begin with; `None` where that is damaged, or a delta.
    pub(crate) fn decode(hash: gix::hash::Kind, bytes: &[u8]) -> Option<Self> {
        let (kind, size, header) = read_entry_header(bytes)?;
        let mut decoder = ZlibDecoder::new(bytes.get(header..)?);
        let mut data = Vec::new();
        // One byte more than there must be: then the end of the stream, and with it its checksum, is read.
        (&mut decoder).take(size.checked_add(1)?).read_to_end(&mut data).ok()?;
        let length = header.checked_add(usize::try_from(decoder.total_in()).ok()?)?;
        if data.len() as u64 != size {
            return None;
        }
        let id = gix::objs::compute_hash(hash, kind, &data).ok()?;
        let entry = bytes.get(..length)?.to_vec();
        let mut crc = Crc::new();
        crc.update(&entry);
        Some(Self { id, entry, crc: crc.sum() })
    }

    /// Returns its kind.
    pub(crate) fn kind(&self) -> Kind {
        let header = read_entry_header(&self.entry);
        header.map(|(kind, _size, _length)| kind).expect("the entry was encoded or decoded here")
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

thread_local! {
    /// A compressor for each way to deflate: making one costs more than deflating a manifest with it.
    static STORE: RefCell<Option<Compress>> = const { RefCell::new(None) };
    static BEST: RefCell<Option<Compress>> = const { RefCell::new(None) };
}

/// More memory than a compressor takes when it is made.
const COMPRESSOR: usize = 512 << 10;

/// Returns a compressor, or an error where there is no memory for one: the library would panic.
fn new_compressor(level: Compression) -> std::result::Result<Compress, TryReserveError> {
    let mut room = Vec::<u8>::new();
    room.try_reserve_exact(COMPRESSOR)?;
    // What nobody looks at, the compiler would not reserve.
    drop(std::hint::black_box(room));
    Ok(Compress::new(level, true))
}

/// Appends `data` as a zlib stream.
fn write_deflated(
    data: &[u8],
    deflate: Deflate,
    out: &mut Vec<u8>,
) -> std::result::Result<(), TryReserveError> {
    let (compressor, level, size) = match deflate {
        Deflate::Store => (&STORE, Compression::none(), data.len() + data.len() / 4096 + 64),
        Deflate::Best => (&BEST, Compression::best(), data.len() / 2 + 64),
    };
    compressor.with_borrow_mut(|compressor| {
        let compressor = match compressor {
            Some(compressor) => compressor,
            none => none.insert(new_compressor(level)?),
        };
        compressor.reset();
        out.try_reserve(size)?;
        loop {
            let read = usize::try_from(compressor.total_in()).unwrap_or(data.len());
            let rest = data.get(read..).unwrap_or_default();
            let status = compressor
                .compress_vec(rest, out, FlushCompress::Finish)
                .expect("a compressor that was just reset takes any bytes");
            if status == Status::StreamEnd {
                return Ok(());
            }
            out.try_reserve(4096)?;
        }
    })
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

/// Reads what [`write_entry_header`] writes: the kind, the inflated size, and the length of the header.
fn read_entry_header(entry: &[u8]) -> Option<(Kind, u64, usize)> {
    let first = *entry.first()?;
    let kind = match first >> 4 & 7 {
        1 => Kind::Commit,
        2 => Kind::Tree,
        3 => Kind::Blob,
        4 => Kind::Tag,
        _ => return None,
    };
    let mut size = u64::from(first & 0x0f);
    let mut length = 1;
    let mut last = first;
    while last & 0x80 != 0 {
        last = *entry.get(length)?;
        let shift = u32::try_from(4 + 7 * (length - 1)).ok()?;
        size |= u64::from(last & 0x7f).checked_shl(shift)?;
        length += 1;
    }
    Some((kind, size, length))
}
