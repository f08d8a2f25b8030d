//! The recorded form of a body, which keeps its oddities.

use std::io::Write;

use encoding_rs::GB18030;
use flate2::{Compression as Level, write::GzEncoder};
use serde::{Deserialize, Serialize};

/// The largest image that a cassette may contain, in bytes.
pub(super) const MAX_IMAGE_BYTES: usize = 16_000_000;
/// One byte more than any answer may have.
const TOO_LARGE_BYTES: usize = 4_000_001;
/// How far from its end an image may have its last marker.
const MAX_TAIL_BYTES: usize = 4096;
/// Bytes that no charset accepts, more than a cut character has.
const UNDECODABLE: [u8; 5] = [0xFF; 5];
/// The first byte of a character in GB 18030, and the first two of one in UTF-8.
const CUT_GB18030: &[u8] = &[0xD7];
const CUT_UTF_8: &[u8] = &[0xE5, 0xAD];
/// The bytes after the data of a gzip file.
const GZIP_TRAILER_BYTES: usize = 8;

/// A body without personal data.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub(super) enum RecordedBody {
    /// A text, and its encoding.
    Text {
        text: String,
        #[serde(default, skip_serializing_if = "Option::is_none")]
        compression: Option<Compression>,
        #[serde(default, skip_serializing_if = "Option::is_none")]
        charset: Option<Charset>,
        #[serde(default, skip_serializing_if = "Option::is_none")]
        flaw: Option<Flaw>,
    },
    /// An image, of which only the size is kept.
    Image { format: ImageFormat, bytes: usize, is_whole: bool },
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub(super) enum Compression {
    Gzip,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub(super) enum Charset {
    Gb18030,
}

/// The flaw that stops a reader before the end of the bytes.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub(super) enum Flaw {
    CutOff,
    Undecodable,
    TooLarge,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub(super) enum ImageFormat {
    Jpeg,
    Png,
}

impl RecordedBody {
    /// Bytes that a reader treats as it did the recorded ones.
    pub(super) fn to_bytes(&self) -> Vec<u8> {
        match self {
            Self::Image { format, bytes, is_whole } => format.stand_in((*bytes).min(MAX_IMAGE_BYTES), *is_whole),
            Self::Text { flaw: Some(Flaw::TooLarge), .. } => vec![b' '; TOO_LARGE_BYTES],
            Self::Text { text, compression, charset, flaw } => {
                let is_gzip = compression.is_some();
                let mut bytes = match charset {
                    Some(Charset::Gb18030) => GB18030.encode(text).0.into_owned(),
                    None => text.as_bytes().to_vec(),
                };
                match flaw {
                    Some(Flaw::Undecodable) => bytes.extend(UNDECODABLE),
                    Some(Flaw::CutOff) if !is_gzip => {
                        bytes.extend(if charset.is_some() { CUT_GB18030 } else { CUT_UTF_8 })
                    }
                    _ => {}
                }
                if is_gzip { gzip(&bytes, *flaw == Some(Flaw::CutOff)) } else { bytes }
            }
        }
    }
}

impl ImageFormat {
    pub(super) fn of(bytes: &[u8]) -> Option<Self> {
        match bytes {
            [0xFF, 0xD8, 0xFF, ..] => Some(Self::Jpeg),
            [0x89, b'P', b'N', b'G', ..] => Some(Self::Png),
            _ => None,
        }
    }

    pub(super) fn has_its_end(self, bytes: &[u8]) -> bool {
        let tail = &bytes[bytes.len().saturating_sub(MAX_TAIL_BYTES)..];
        tail.windows(self.end().len()).any(|bytes| bytes == self.end())
    }

    const fn start(self) -> &'static [u8] {
        match self {
            Self::Jpeg => &[0xFF, 0xD8, 0xFF],
            Self::Png => b"\x89PNG",
        }
    }

    const fn end(self) -> &'static [u8] {
        match self {
            Self::Jpeg => &[0xFF, 0xD9],
            Self::Png => b"IEND",
        }
    }

    /// A blank image of this size.
    fn stand_in(self, size: usize, is_whole: bool) -> Vec<u8> {
        let mut image = self.start().to_vec();
        let end = if is_whole { self.end() } else { &[] };
        image.resize(size.saturating_sub(end.len()).max(image.len()), 0);
        image.extend(end);
        image
    }
}

/// Stored without compression: a masked text shrinks more than a reader accepts.
fn gzip(bytes: &[u8], is_cut: bool) -> Vec<u8> {
    let mut encoder = GzEncoder::new(Vec::new(), Level::none());
    // Writing to a Vec does not fail.
    let mut file = encoder.write_all(bytes).and_then(|()| encoder.finish()).unwrap_or_default();
    if is_cut {
        file.truncate(file.len().saturating_sub(GZIP_TRAILER_BYTES));
    }
    file
}

#[cfg(test)]
mod tests {
    use http::HeaderMap;

    use super::*;
    use crate::{
        model::Repair,
        provider::answer::{Unread, unpack},
    };

    #[test]
    fn what_was_odd_about_the_bytes_is_read_again() {
        let json = "{\"errmsg\":\"不同人\"}";
        for (compression, charset, flaw, repairs, unread) in [
            (None, None, None, vec![], None),
            (None, None, Some(Flaw::CutOff), vec![], Some(Unread::CutOff)),
            (None, None, Some(Flaw::Undecodable), vec![], Some(Unread::Charset)),
            (None, Some(Charset::Gb18030), None, vec![Repair::Charset], None),
            (None, Some(Charset::Gb18030), Some(Flaw::CutOff), vec![Repair::Charset], Some(Unread::CutOff)),
            (Some(Compression::Gzip), None, None, vec![Repair::Compression], None),
            (Some(Compression::Gzip), None, Some(Flaw::CutOff), vec![Repair::Compression], Some(Unread::CutOff)),
            (None, None, Some(Flaw::TooLarge), vec![], Some(Unread::TooLarge)),
        ] {
            let body = RecordedBody::Text { text: json.to_owned(), compression, charset, flaw };
            let read = unpack(&HeaderMap::new(), &body.to_bytes());
            assert_eq!((&read.repairs, read.unread), (&repairs, unread), "{body:?}");
            assert!(unread == Some(Unread::TooLarge) || read.text == json, "{body:?}: {}", read.text);
        }
    }

    #[test]
    fn an_image_is_as_long_as_it_was_and_as_whole() {
        for format in [ImageFormat::Jpeg, ImageFormat::Png] {
            for is_whole in [true, false] {
                let bytes = RecordedBody::Image { format, bytes: 9_000, is_whole }.to_bytes();
                assert_eq!(
                    (bytes.len(), ImageFormat::of(&bytes), format.has_its_end(&bytes)),
                    (9_000, Some(format), is_whole)
                );
            }
        }
    }
}
