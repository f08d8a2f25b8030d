//! Decompresses a vendor's answer, up to a size limit.

use std::io::{Read, Result};

use flate2::bufread::{DeflateDecoder, GzDecoder, ZlibDecoder};

/// The result of a decompression.
pub(super) enum Inflated {
    /// The whole text.
    Whole(Vec<u8>),
    /// The text before the stream broke.
    Cut(Vec<u8>),
    /// The bytes are not compressed this way.
    Not,
    /// The text would become larger than any answer.
    TooLarge,
}

/// Undoes gzip or zlib, which are recognised by their first bytes, and raw deflate if the header names it; no more
/// than `limit` bytes.
pub(super) fn inflate(bytes: &[u8], limit: usize, is_said_deflate: bool) -> Inflated {
    match bytes {
        [0x1F, 0x8B, ..] => members(bytes, limit),
        [first, second, ..] if first & 0x0F == 8 && (u16::from(*first) << 8 | u16::from(*second)) % 31 == 0 => {
            read(ZlibDecoder::new(bytes), limit, Vec::new())
        }
        _ if is_said_deflate => read(DeflateDecoder::new(bytes), limit, Vec::new()),
        _ => Inflated::Not,
    }
}

/// A gzip file is one member or several in a row; NUL bytes and white space may follow it.
fn members(mut bytes: &[u8], limit: usize) -> Inflated {
    let mut text = Vec::new();
    loop {
        match read(GzDecoder::new(&mut bytes), limit, text) {
            Inflated::Whole(more) => text = more,
            other => return other,
        }
        if bytes.iter().all(|byte| *byte == 0 || byte.is_ascii_whitespace()) {
            return Inflated::Whole(text);
        }
        if !bytes.starts_with(&[0x1F, 0x8B]) {
            // It is kept, so that it counts as something after the answer.
            text.extend_from_slice(bytes);
            return Inflated::Whole(text);
        }
    }
}

fn read(decoder: impl Read, limit: usize, mut text: Vec<u8>) -> Inflated {
    let had = text.len();
    let ended: Result<usize> = decoder.take((limit + 1).saturating_sub(had) as u64).read_to_end(&mut text);
    match ended {
        _ if text.len() > limit => Inflated::TooLarge,
        Ok(_) => Inflated::Whole(text),
        Err(_) if text.is_empty() => Inflated::Not,
        Err(_) => Inflated::Cut(text),
    }
}

#[cfg(test)]
mod tests {
    use std::io::Write;

    use flate2::{
        Compression,
        write::{DeflateEncoder, GzEncoder, ZlibEncoder},
    };

    use super::*;

    const LIMIT: usize = 4_000_000;
    const TEXT: &[u8] = br#"{"errcode":"P0000","errmsg":"same person, same person"}"#;

    fn gzip(text: &[u8]) -> Vec<u8> {
        let mut encoder = GzEncoder::new(Vec::new(), Compression::default());
        encoder.write_all(text).unwrap();
        encoder.finish().unwrap()
    }

    fn whole(inflated: Inflated) -> Vec<u8> {
        match inflated {
            Inflated::Whole(text) => text,
            _ => panic!("it is whole"),
        }
    }

    #[test]
    fn each_form_of_deflate_is_undone() {
        let mut zlib = ZlibEncoder::new(Vec::new(), Compression::default());
        zlib.write_all(TEXT).unwrap();
        let mut raw = DeflateEncoder::new(Vec::new(), Compression::default());
        raw.write_all(TEXT).unwrap();
        assert_eq!(whole(inflate(&gzip(TEXT), LIMIT, false)), TEXT);
        assert_eq!(whole(inflate(&zlib.finish().unwrap(), LIMIT, false)), TEXT);
        assert_eq!(whole(inflate(&raw.finish().unwrap(), LIMIT, true)), TEXT);
        assert!(matches!(inflate(TEXT, LIMIT, false), Inflated::Not));
    }

    #[test]
    fn members_in_a_row_are_one_text_and_nul_bytes_behind_them_nothing() {
        let (left, right) = TEXT.split_at(20);
        assert_eq!(whole(inflate(&[gzip(left), gzip(right), vec![0; 9]].concat(), LIMIT, false)), TEXT);
    }

    #[test]
    fn a_cut_stream_gives_what_stood_before_the_cut() {
        let noise: Vec<u8> = (0..4_000_u32).map(|i| (i.wrapping_mul(2_654_435_761) >> 24) as u8).collect();
        let whole = gzip(&noise);
        let Inflated::Cut(text) = inflate(&whole[..whole.len() / 2], LIMIT, false) else { panic!("it is cut") };
        assert!(!text.is_empty() && noise.starts_with(&text));
    }

    #[test]
    fn a_bomb_is_refused() {
        assert!(matches!(inflate(&gzip(&vec![b' '; 5_000_000]), LIMIT, false), Inflated::TooLarge));
    }
}
