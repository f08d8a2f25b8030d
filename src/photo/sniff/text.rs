//! Recognises text that was sent in place of a picture.
//!
//! Services pass pictures on as Base64, in JSON or in forms, and forget to decode one of the layers. Who wrote the service needs
//! another word than a person who sent a wrong file.

use base64::{Engine as _, engine::general_purpose::GeneralPurpose};

use super::binary;
use crate::photo::error::{Foreign, Reason};

/// How far into a text is looked.
const MAX_BYTES: usize = 8 * 1024;
/// So many characters of Base64 are decoded to see what they are.
const BASE64_CHARS: usize = 64;
/// The replacement for a byte that is no UTF-8 after a program read it as text.
const REPLACED: &[u8] = "\u{FFFD}".as_bytes();

/// Why a file that is none of the known formats is refused.
pub(super) fn refusal(file: &[u8]) -> Reason {
    let near = &file[..file.len().min(MAX_BYTES)];
    if is_mangled(near) {
        return Reason::MangledText;
    }
    let text = trimmed(near);
    if holds_base64(text) {
        return Reason::Base64Text;
    }
    let begins = |word: &str| text.get(..word.len()).is_some_and(|start| start.eq_ignore_ascii_case(word.as_bytes()));
    let is_svg = begins("<svg") || begins("<?xml") && holds(near, b"<svg");
    let name = match () {
        () if is_svg => Foreign::named("SVG"),
        () if begins("<!doctype html") || begins("<html") => Foreign::called("web page (HTML)", "网页（HTML）"),
        () => return Reason::NotAPicture,
    };
    Reason::UnsupportedFormat { name }
}

/// The text without a byte order mark and white space before it.
fn trimmed(text: &[u8]) -> &[u8] {
    text.strip_prefix("\u{FEFF}".as_bytes()).unwrap_or(text).trim_ascii_start()
}

fn holds(text: &[u8], part: &[u8]) -> bool {
    text.windows(part.len()).any(|window| window == part)
}

/// A picture whose bytes above 127 were replaced.
fn is_mangled(near: &[u8]) -> bool {
    let head = &near[..near.len().min(64)];
    match head.strip_prefix(REPLACED) {
        Some(rest) => rest.starts_with(REPLACED) || rest.starts_with(b"PNG"),
        None => head.starts_with(b"RIFF") && holds(head, REPLACED) && holds(head, b"WEBP"),
    }
}

/// Whether it is Base64 of a picture: bare, as a data URL, as a string, as a field of a form, or as a value in JSON.
fn holds_base64(text: &[u8]) -> bool {
    let is_in_json = matches!(text.first(), Some(b'{' | b'['));
    let mut after_quotes = (1..text.len()).filter(|at| text[at - 1] == b'"').map(|at| &text[at..]);
    let after_name = text.iter().take(BASE64_CHARS).position(|byte| *byte == b'=').map(|at| &text[at + 1..]);
    let unquoted = text.strip_prefix(b"\"").or_else(|| text.strip_prefix(b"'")).unwrap_or(text);
    is_base64(unquoted) || after_name.is_some_and(is_base64) || is_in_json && after_quotes.any(is_base64)
}

/// Whether a text begins with Base64 of a picture, also with its signs percent-encoded.
fn is_base64(text: &[u8]) -> bool {
    let text = text.trim_ascii_start();
    let text = match text.split_at_checked(5) {
        Some((scheme, _)) if scheme.eq_ignore_ascii_case(b"data:") => return true,
        _ => text,
    };
    let (mut chars, mut rest) = (Vec::with_capacity(BASE64_CHARS), text);
    while let (Some(&byte), true) = (rest.first(), chars.len() < BASE64_CHARS) {
        rest = &rest[1..];
        chars.push(match byte {
            b'-' => b'+',
            b'_' => b'/',
            b'\r' | b'\n' => continue,
            b'\\' if rest.first() == Some(&b'/') => continue,
            b'%' => match rest.split_at_checked(2) {
                Some((b"2B" | b"2b", after)) => replaced(&mut rest, after, b'+'),
                Some((b"2F" | b"2f", after)) => replaced(&mut rest, after, b'/'),
                _ => break,
            },
            byte if byte.is_ascii_alphanumeric() || matches!(byte, b'+' | b'/') => byte,
            _ => break,
        });
    }
    chars.truncate(chars.len() / 4 * 4);
    let mut bytes = [0; BASE64_CHARS / 4 * 3];
    let decoded = BASE64.decode_slice(&chars, &mut bytes).ok().and_then(|length| bytes.get(..length));
    decoded.is_some_and(is_picture)
}

fn replaced<'a>(rest: &mut &'a [u8], after: &'a [u8], sign: u8) -> u8 {
    *rest = after;
    sign
}

/// Whether these are the first bytes of a picture: two letters alone, as a BMP's, are many a word's Base64 too.
fn is_picture(bytes: &[u8]) -> bool {
    match bytes {
        // Two bytes that are those of many a path, such as `/work`.
        [] | [0xFF, 0x0A, ..] => false,
        [b'B', b'M', _, _, _, _, reserved @ ..] => reserved.starts_with(&[0; 4]),
        _ => binary::format(bytes).is_some(),
    }
}

const BASE64: GeneralPurpose = base64::engine::general_purpose::STANDARD_NO_PAD;

#[cfg(test)]
mod tests {
    use base64::engine::general_purpose::{STANDARD, URL_SAFE};

    use super::*;
    use crate::photo::sniff::sniff;

    const PICTURES: [&[u8]; 7] = [
        b"\xFF\xD8\xFF\xE0\0\x10JFIF\0\x01\x01\0\0\x01\0\x01\0\0",
        b"\xFF\xD8\xFF\xFB\xFF\xFE\xFF\xBF\xFF\xFB\xFF\xFE\xFF\xBF",
        b"\x89PNG\r\n\x1A\n\0\0\0\x0DIHDR\0\0\0\x10",
        b"RIFF\x1A\0\0\0WEBPVP8 \x0E\0\0\0",
        b"GIF89a\x10\0\x10\0\x80\0\0",
        b"BM\x36\x0C\0\0\0\0\0\0\x36\0\0\0\x28\0\0\0",
        b"\0\0\0\x18ftypheic\0\0\0\0mif1heic",
    ];

    #[test]
    fn base64_of_every_format_is_called_by_its_name_however_it_is_wrapped() {
        for picture in PICTURES {
            let (plain, url_safe) = (STANDARD.encode(picture), URL_SAFE.encode(picture));
            for text in [
                plain.clone(),
                url_safe,
                format!("\u{FEFF}  \n{plain}"),
                format!("\"{plain}\""),
                format!("'{plain}'"),
                plain.replace('/', "%2F").replace('+', "%2b").replace('=', "%3D"),
                plain.replace('/', "\\/"),
                format!("image={}", plain.replace('/', "%2F")),
                format!("{{\"name\": \"x\", \"photo\": \"{plain}\"}}"),
                format!("[\"{plain}\"]"),
                format!("{{\"photo\":\"data:image/png;base64,{plain}\"}}"),
                format!("data:image/jpeg;base64,{plain}"),
                format!("DATA:image/jpeg;base64,{plain}"),
                plain.as_bytes().chunks(8).map(String::from_utf8_lossy).collect::<Vec<_>>().join("\r\n"),
            ] {
                assert_eq!(sniff(text.as_bytes()), Err(Reason::Base64Text), "{text}");
            }
        }
    }

    #[test]
    fn words_and_json_without_a_picture_are_no_base64() {
        for text in [
            "hello",
            "Qk1hbmFnZXI",
            "{\"code\": 400, \"message\": \"wrong\"}",
            "photo=",
            "key=value",
            "/work/a.jpg",
            "/word/1.png",
            "/wp-content/uploads/1.jpg",
            "AAAA",
            "{}",
            "\"",
        ] {
            assert_eq!(sniff(text.as_bytes()), Err(Reason::NotAPicture), "{text}");
        }
    }

    #[test]
    fn a_picture_that_was_read_as_text_is_told_to_the_developer() {
        for picture in PICTURES.iter().take(4) {
            let mangled = String::from_utf8_lossy(picture).into_owned();
            let is_mangled = mangled.contains('\u{FFFD}');
            assert_eq!(sniff(mangled.as_bytes()) == Err(Reason::MangledText), is_mangled, "{mangled:?}");
        }
        let webp = String::from_utf8_lossy(b"RIFF\x9A\xB2\0\0WEBPVP8 ").into_owned();
        assert_eq!(sniff(webp.as_bytes()), Err(Reason::MangledText));
    }

    #[test]
    fn a_drawing_and_a_web_page_are_called_by_their_names() {
        for (text, name) in [
            ("<svg xmlns='http://www.w3.org/2000/svg'/>", "SVG"),
            ("\u{FEFF}<?xml version=\"1.0\"?>\n<!-- --><svg/>", "SVG"),
            ("\n<!DOCTYPE HTML><html>", "HTML"),
        ] {
            let told = sniff(text.as_bytes()).unwrap_err();
            assert!(told.english().contains(name) && told.chinese().contains(name), "{told:?}");
        }
    }
}
