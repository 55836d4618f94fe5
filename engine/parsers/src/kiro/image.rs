//! Pictures in prompts and results, in the shapes that each kind of log has.

use crate::attachment;
use opensession_hail::{Attachment, Block};
use serde_json::Value;

/// Returns a picture `{format, source}`, whose bytes are a list of numbers or base64, or one that is named by its URL.
pub(super) fn read(value: &Value) -> Option<(Block, Option<Attachment>)> {
    let text = |names: &[&str]| names.iter().find_map(|name| value.pointer(name)?.as_str());
    let mime = text(&["/source/media_type", "/mimeType", "/mime_type", "/mediaType"])
        .map(str::to_owned)
        .or_else(|| text(&["/format"]).map(|format| format!("image/{}", format.to_lowercase())))
        .unwrap_or_else(|| "image/png".to_owned())
        .replace("image/jpg", "image/jpeg");
    let lists = ["/source/data", "/source/Bytes", "/source/bytes"];
    let bytes = lists.iter().find_map(|name| bytes(value.pointer(name)?.as_array()?));
    let base64 = ["/source/data", "/source/bytes", "/data", "/base64", "/url", "/imageUrl/url"];
    let attachment = bytes.map(|bytes| attachment::from_bytes(bytes, &mime)).or_else(|| {
        let text = text(&base64)?;
        let (_, data) = text.rsplit_once(";base64,").unwrap_or(("", text));
        attachment::from_base64(data, &mime)
    });
    if let Some(attachment) = attachment {
        return Some((attachment::block(&attachment, &mime), Some(attachment)));
    }
    let url = text(&["/url", "/uri", "/path"])?.to_owned();
    Some((Block::Image { url, alt: None, mime }, None))
}

fn bytes(list: &[Value]) -> Option<Vec<u8>> {
    let bytes = list.iter().map(|byte| byte.as_u64().and_then(|byte| u8::try_from(byte).ok()));
    bytes.collect::<Option<Vec<u8>>>().filter(|bytes| !bytes.is_empty())
}
