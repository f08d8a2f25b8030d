//! Redacts a response.

use super::{
    headers::recorded_headers,
    json,
    mask::{masked, masked_but},
    values::Redactor,
};
use crate::{
    model::{Repair, Response},
    provider::answer::{Unread, unpack},
    record::body::{Charset, Compression, Flaw, ImageFormat, RecordedBody},
    record::exchange::RecordedResponse,
};

/// The tags that show how a page is built. Everything else of it is masked.
const TAGS: &[&str] = &[
    "<!DOCTYPE html",
    "<!doctype html",
    "<html",
    "</html",
    "<head",
    "</head",
    "<title",
    "</title",
    "<body",
    "</body",
    "<h1",
    "</h1",
    "<h2",
    "</h2",
    "<center",
    "</center",
    "<hr",
    "<p>",
    "</p>",
    "<div",
    "</div",
    "<script",
    "</script",
    "<style",
    "</style",
    "<meta",
];
/// The longest page whose tags are kept, in bytes.
const MAX_PAGE_BYTES: usize = 200_000;
/// The byte order mark, as it looks after decoding as Latin-1.
const MARK_IN_LATIN_1: &str = "\u{EF}\u{BB}\u{BF}";

/// The response without personal data, keys and tokens.
pub(in crate::record) fn recorded_response(response: &Response, redactor: &mut Redactor<'_>) -> RecordedResponse {
    let bytes = response.body().as_bytes();
    let body = match ImageFormat::of(bytes) {
        Some(format) => RecordedBody::Image { format, bytes: bytes.len(), is_whole: format.has_its_end(bytes) },
        None => text_body(response, redactor),
    };
    let headers = recorded_headers(response.headers(), bytes.len());
    RecordedResponse { status: response.status().as_u16(), headers, body }
}

fn text_body(response: &Response, redactor: &mut Redactor<'_>) -> RecordedBody {
    let unpacked = unpack(response.headers(), response.body().as_bytes());
    let has = |repair| unpacked.repairs.contains(&repair);
    RecordedBody::Text {
        text: redacted(&unpacked.text, redactor),
        compression: has(Repair::Compression).then_some(Compression::Gzip),
        charset: has(Repair::Charset).then_some(Charset::Gb18030),
        flaw: unpacked.unread.map(|unread| match unread {
            Unread::CutOff => Flaw::CutOff,
            Unread::TooLarge => Flaw::TooLarge,
            Unread::Charset | Unread::Compression => Flaw::Undecodable,
        }),
    }
}

/// The text without personal data. The characters around it are an oddity worth keeping, and reveal nothing.
fn redacted(text: &str, redactor: &mut Redactor<'_>) -> String {
    let is_around = |char: char| {
        char.is_whitespace() || char.is_control() || matches!(char, '\u{200B}'..='\u{200F}' | '\u{2060}' | '\u{FEFF}')
    };
    let (mark, bare) = match text.strip_prefix(MARK_IN_LATIN_1) {
        Some(bare) => (MARK_IN_LATIN_1, bare),
        None => ("", text),
    };
    let start = bare.len() - bare.trim_start_matches(is_around).len();
    let end = bare.trim_end_matches(is_around).len().max(start);
    let inner = &bare[start..end];
    let left = if inner.starts_with('<') {
        if inner.len() > MAX_PAGE_BYTES { masked(inner) } else { masked_but(inner, TAGS, &[]) }
    } else if inner.contains('{') || inner.starts_with(['[', '"', '/', '#']) {
        json::redacted(inner, redactor)
    } else {
        redactor.message(inner)
    };
    [mark, &bare[..start], &left, &bare[end..]].concat()
}
