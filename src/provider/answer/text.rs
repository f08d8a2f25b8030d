//! Decodes the bytes of an answer to text.

use std::borrow::Cow;

use encoding_rs::{Encoding, GB18030, GBK, UTF_8};
use http::{HeaderMap, header};

use super::inflate::{Inflated, inflate};
use crate::model::Repair;

/// The most bytes of an answer, compressed or not: the default limit of `UreqTransport`.
pub(super) const MAX_TEXT_BYTES: usize = 4_000_000;
/// The most bytes that one byte of the answer may become, however often it was compressed. Deflate alone can reach
/// 1,032; a vendor's answer stays far below 100.
const MAX_RATIO: usize = 100;
/// How often an answer may be compressed repeatedly.
const MAX_COMPRESSIONS: usize = 2;
/// The most bytes of one character.
const MAX_CHAR_BYTES: usize = 4;

/// Why there is no text, or only a part of it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Unread {
    /// The bytes end within the answer.
    CutOff,
    /// It is larger than any answer.
    TooLarge,
    /// It is in a charset that this crate does not read.
    Charset,
    /// It is compressed in a way that this crate does not read.
    Compression,
}

/// The text of an answer, or the readable part of it.
pub(crate) struct Text {
    pub(crate) text: String,
    pub(crate) repairs: Vec<Repair>,
    pub(crate) unread: Option<Unread>,
}

/// Undoes compression and charset, and removes padding around the text.
pub(super) fn decode(headers: &HeaderMap, body: &[u8]) -> Text {
    let Text { text, mut repairs, mut unread } = unpack(headers, body);
    let text = trimmed(&text, &mut repairs).to_owned();
    // An unknown encoding is a reason only where the bytes make no sense in any other way.
    if unread.is_none() && !text.starts_with(['{', '"', '<', '/', '#']) && said(headers).any(|name| !is_deflate(name)) {
        unread = Some(Unread::Compression);
    }
    Text { text, repairs, unread }
}

/// Undoes compression and charset only, and keeps all characters of the answer.
pub(crate) fn unpack(headers: &HeaderMap, body: &[u8]) -> Text {
    let mut repairs = Vec::new();
    let (bytes, unread) = match inflated(headers, body, &mut repairs) {
        Ok(found) => found,
        Err(unread) => return Text { text: String::new(), repairs, unread: Some(unread) },
    };
    let (text, more) = characters(headers, &bytes, &mut repairs);
    let unread = unread.or(more).or((text.len() > MAX_TEXT_BYTES).then_some(Unread::TooLarge));
    Text { text: text.into_owned(), repairs, unread }
}

fn inflated<'a>(
    headers: &HeaderMap,
    body: &'a [u8],
    repairs: &mut Vec<Repair>,
) -> Result<(Cow<'a, [u8]>, Option<Unread>), Unread> {
    let is_said_deflate = said(headers).any(|name| name.eq_ignore_ascii_case("deflate"));
    let limit = MAX_TEXT_BYTES.min(body.len().saturating_mul(MAX_RATIO));
    let mut bytes = Cow::Borrowed(body);
    for _ in 0..MAX_COMPRESSIONS {
        if bytes.len() > MAX_TEXT_BYTES {
            return Err(Unread::TooLarge);
        }
        let first = bytes.iter().find(|byte| !byte.is_ascii_whitespace());
        let is_text = first.is_none_or(|byte| matches!(byte, b'{' | b'"' | b'<' | b'[' | b'/' | b'#' | 0xEF));
        let found = inflate(&bytes, limit, is_said_deflate && repairs.is_empty() && !is_text);
        match found {
            Inflated::Whole(text) => bytes = Cow::Owned(text),
            Inflated::Cut(text) => {
                repairs.push(Repair::Compression);
                return Ok((Cow::Owned(text), Some(Unread::CutOff)));
            }
            Inflated::TooLarge => return Err(Unread::TooLarge),
            Inflated::Not => break,
        }
        if repairs.is_empty() {
            repairs.push(Repair::Compression);
        }
    }
    Ok((bytes, None))
}

/// The names in `Content-Encoding`.
fn said(headers: &HeaderMap) -> impl Iterator<Item = &str> {
    let lines = headers.get_all(header::CONTENT_ENCODING).iter().filter_map(|line| line.to_str().ok());
    lines.flat_map(|line| line.split(',')).map(str::trim).filter(|name| !name.is_empty() && *name != "identity")
}

fn is_deflate(name: &str) -> bool {
    ["gzip", "x-gzip", "deflate"].iter().any(|known| known.eq_ignore_ascii_case(name))
}

/// The charset that a mark or the header names, or UTF-8, or GB 18030 where that loses nothing.
fn characters<'a>(headers: &HeaderMap, bytes: &'a [u8], repairs: &mut Vec<Repair>) -> (Cow<'a, str>, Option<Unread>) {
    let marked = Encoding::for_bom(bytes).map(|(encoding, _)| encoding).filter(|encoding| *encoding != UTF_8);
    let named = charset(headers).filter(|encoding| [GBK, GB18030].contains(encoding));
    // UTF-8 with a character of three bytes is no GBK by chance, whatever the header says.
    let is_utf_8 = std::str::from_utf8(bytes).is_ok_and(|text| text.contains(|char| char >= '\u{800}'));
    let named = named.filter(|_| !is_utf_8);
    for encoding in marked.into_iter().chain(named) {
        if let Some(text) = encoding.decode_without_bom_handling_and_without_replacement(bytes) {
            note_charset(bytes, repairs);
            return (text, None);
        }
    }
    let broken = match std::str::from_utf8(bytes) {
        Ok(text) => return (Cow::Borrowed(text), None),
        Err(broken) => broken,
    };
    let start = &bytes[..broken.valid_up_to()];
    let so_far = Cow::Borrowed(std::str::from_utf8(start).unwrap_or_default());
    let is_cut = broken.error_len().is_none() && !start.is_ascii();
    if !is_cut {
        // The last character of a cut text may lack its end.
        for lost in 0..MAX_CHAR_BYTES.min(bytes.len()) {
            let text = GB18030.decode_without_bom_handling_and_without_replacement(&bytes[..bytes.len() - lost]);
            if let Some(text) = text {
                note_charset(bytes, repairs);
                return (text, (lost > 0).then_some(Unread::CutOff));
            }
        }
    }
    (so_far, Some(if broken.error_len().is_none() { Unread::CutOff } else { Unread::Charset }))
}

fn note_charset(bytes: &[u8], repairs: &mut Vec<Repair>) {
    if !bytes.is_ascii() {
        repairs.push(Repair::Charset);
    }
}

fn charset(headers: &HeaderMap) -> Option<&'static Encoding> {
    let line = headers.get(header::CONTENT_TYPE)?.to_str().ok()?.to_ascii_lowercase();
    let (_, named) = line.split_once("charset=")?;
    let name = named.split(';').next()?.trim().trim_matches(['"', '\'']);
    Encoding::for_label(name.as_bytes())
}

/// The text without its padding, and the kinds of padding that it had.
fn trimmed<'a>(text: &'a str, repairs: &mut Vec<Repair>) -> &'a str {
    let is_json_space = |char: char| matches!(char, ' ' | '\t' | '\r' | '\n');
    let is_around = |char: char| {
        char.is_whitespace() || char.is_control() || matches!(char, '\u{200B}'..='\u{200F}' | '\u{2060}' | '\u{FEFF}')
    };
    // The mark as it looks after a detour through Latin-1.
    let (bare, had_mark) = match text.strip_prefix("\u{EF}\u{BB}\u{BF}") {
        Some(bare) => (bare, true),
        None => (text, false),
    };
    let kept = bare.trim_matches(is_around);
    let start = kept.as_ptr() as usize - bare.as_ptr() as usize;
    let around = || bare[..start].chars().chain(bare[start + kept.len()..].chars());
    if had_mark || around().any(|char| char == '\u{FEFF}') {
        repairs.push(Repair::ByteOrderMark);
    }
    if around().any(|char| char != '\u{FEFF}' && !is_json_space(char)) {
        repairs.push(Repair::Padding);
    }
    kept
}
