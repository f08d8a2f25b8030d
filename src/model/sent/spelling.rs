//! The spellings in which an answer may repeat a value of the request.

use std::fmt::Write;

use encoding_rs::{Decoder, Encoding, GB18030, GBK, WINDOWS_1252};
use zeroize::Zeroizing;

/// For a value of at least this many characters, such as a photo, any part with its beginning is hidden too.
const LONG: usize = 24;
/// How many characters of a long value must be in the text.
const PREFIX: usize = 12;
/// Room for the heads of a usual request: six values, of which one is a name.
const HEADS_BYTES: usize = 2048;
const HEADS: usize = 64;
/// Room for the longest spelling of a usual value.
const SPELLING_BYTES: usize = 1024;

/// The beginnings of the spellings of values, in small letters, one behind the other, so that searching for them
/// allocates next to nothing.
pub(super) struct Heads {
    text: Zeroizing<String>,
    ends: Vec<usize>,
    speller: Speller,
}

impl Heads {
    pub(super) fn new() -> Self {
        let text = Zeroizing::new(String::with_capacity(HEADS_BYTES));
        Self { text, ends: Vec::with_capacity(HEADS), speller: Speller::new() }
    }

    pub(super) fn add(&mut self, value: &str) {
        let Self { text, ends, speller } = self;
        speller.each(value, |spelling| {
            let start = text.len();
            text.push_str(head(spelling));
            text[start..].make_ascii_lowercase();
            ends.push(text.len());
        });
    }

    /// Whether a text has any of them. If not, it contains no value that must be hidden.
    pub(super) fn stand_in(&self, text: &str) -> bool {
        let folded = text.to_ascii_lowercase();
        let mut start = 0;
        self.ends.iter().any(|&end| {
            let head = &self.text[start..end];
            start = end;
            folded.contains(head)
        })
    }
}

/// The part of a value that must be in a text; for a short value, all of it.
pub(super) fn head(value: &str) -> &str {
    match value.char_indices().nth(PREFIX) {
        Some((end, _)) if value.chars().nth(LONG - 1).is_some() => &value[..end],
        _ => value,
    }
}

/// The value as an answer may repeat it; none is empty.
pub(super) fn spellings(value: &str) -> Vec<Zeroizing<String>> {
    let mut all = Vec::new();
    Speller::new().each(value, |spelling| all.push(Zeroizing::new(spelling.to_owned())));
    all.dedup();
    all
}

/// Two buffers, into which one spelling after the other is written.
struct Speller {
    text: Zeroizing<String>,
    bytes: Zeroizing<Vec<u8>>,
}

impl Speller {
    fn new() -> Self {
        Self { text: Zeroizing::new(String::with_capacity(SPELLING_BYTES)), bytes: Zeroizing::default() }
    }

    /// The value plain, percent-encoded in UTF-8 or GBK, as escapes of JSON or HTML, or as its UTF-8 bytes read as
    /// GBK or Latin-1. For a single character, no part may be left where it is read from its middle.
    fn each(&mut self, value: &str, mut each: impl FnMut(&str)) {
        let Self { text, bytes } = self;
        let mut each = |spelling: &str| {
            if !spelling.is_empty() {
                each(spelling);
            }
        };
        let percent = |bytes: &[u8], text: &mut String| {
            text.clear();
            form_urlencoded::byte_serialize(bytes).for_each(|part| text.push_str(part));
        };
        each(value);
        percent(value.as_bytes(), text);
        each(text);
        text.clear();
        for part in form_urlencoded::byte_serialize(value.as_bytes()) {
            text.push_str(if part == "+" { "%20" } else { part });
        }
        each(text);
        text.clear();
        for part in form_urlencoded::byte_serialize(value.as_bytes()) {
            form_urlencoded::byte_serialize(part.as_bytes()).for_each(|part| text.push_str(part));
        }
        each(text);
        if value.is_ascii() {
            return;
        }
        encode(value, GB18030, bytes);
        percent(bytes, text);
        each(text);
        text.clear();
        text.extend(bytes.iter().map(|byte| char::from(*byte)));
        each(text);
        // The bytes before the value may shift where characters begin, and its last byte may need another.
        for from in 0..3 {
            decode(value.as_bytes().get(from..).unwrap_or_default(), GBK.new_decoder_without_bom_handling(), text);
            each(text.trim_matches('\u{FFFD}'));
        }
        decode(value.as_bytes(), WINDOWS_1252.new_decoder_without_bom_handling(), text);
        each(text);
        text.clear();
        text.extend(value.bytes().map(char::from));
        each(text);
        text.clear();
        // Writing to a String does not fail.
        for unit in value.encode_utf16() {
            let _ = write!(text, "\\u{unit:04x}");
        }
        each(text);
        text.clear();
        for char in value.chars().map(u32::from) {
            let _ = write!(text, "&#{char};");
        }
        each(text);
        text.clear();
        for char in value.chars().map(u32::from) {
            let _ = write!(text, "&#x{char:x};");
        }
        each(text);
    }
}

/// Writes a text's bytes in another encoding, with an HTML reference for each character that it lacks.
fn encode(value: &str, encoding: &'static Encoding, bytes: &mut Vec<u8>) {
    let mut encoder = encoding.new_encoder();
    let most = encoder.max_buffer_length_from_utf8_if_no_unmappables(value.len()).unwrap_or(value.len());
    bytes.clear();
    bytes.reserve(most);
    let mut rest = value;
    loop {
        let (_, read, _) = encoder.encode_from_utf8_to_vec(rest, bytes, true);
        rest = &rest[read..];
        if rest.is_empty() {
            return;
        }
        bytes.reserve(most);
    }
}

/// Writes bytes as they read in an encoding.
fn decode(bytes: &[u8], mut decoder: Decoder, text: &mut String) {
    text.clear();
    text.reserve(decoder.max_utf8_buffer_length(bytes.len()).unwrap_or(bytes.len()));
    let _ = decoder.decode_to_string(bytes, text, true);
}

#[cfg(test)]
mod tests {
    use proptest::{prop_assert, proptest};

    use super::*;

    #[test]
    fn a_value_of_one_character_has_no_empty_spelling() {
        for value in ["王", "é", "𠮷", "a", "1"] {
            assert!(spellings(value).iter().all(|spelling| !spelling.is_empty()), "{value}");
        }
    }

    #[test]
    fn a_name_is_spelled_in_each_way() {
        let spelled: Vec<_> = spellings("张 三").iter().map(|spelling| spelling.to_string()).collect();
        for wanted in [
            "张 三",
            "%E5%BC%A0+%E4%B8%89",
            "%E5%BC%A0%20%E4%B8%89",
            "%25E5%25BC%25A0%2B%25E4%25B8%2589",
            "%D5%C5+%C8%FD",
            "\\u5f20\\u0020\\u4e09",
            "&#24352;&#32;&#19977;",
            "&#x5f20;&#x20;&#x4e09;",
        ] {
            assert!(spelled.iter().any(|spelling| spelling == wanted), "{wanted}: {spelled:?}");
        }
        let plain: Vec<_> = spellings("7a").iter().map(|spelling| spelling.to_string()).collect();
        assert_eq!(plain, ["7a"]);
    }

    proptest! {
        #[test]
        fn a_text_with_a_spelling_has_its_head(value in "\\PC{1,40}", before in "\\PC{0,9}", after in "\\PC{0,9}") {
            let mut heads = Heads::new();
            heads.add(&value);
            for spelling in spellings(&value) {
                let text = format!("{before}{}{after}", *spelling);
                prop_assert!(heads.stand_in(&text), "{}", text);
                prop_assert!(heads.stand_in(&spelling.to_ascii_uppercase()));
            }
            prop_assert!(!Heads::new().stand_in(&value));
        }
    }
}
