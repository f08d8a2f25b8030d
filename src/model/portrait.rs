//! Portraits: the picture of the person that a passed check yielded.

use std::fmt;

use zeroize::Zeroizing;

/// The picture of the person that a passed check yielded, as the vendor gave it.
///
/// `Debug` shows its media type and size and never the face. The bytes are wiped on drop, also those of each clone.
///
/// ```
/// use liveness::Portrait;
///
/// let portrait = Portrait::new(*b"\xFF\xD8\xFF\xE0 and so on");
/// assert_eq!((portrait.media_type(), portrait.len()), ("image/jpeg", 14));
/// assert_eq!(format!("{portrait:?}"), "Portrait(image/jpeg, 14 bytes)");
/// ```
#[derive(Clone, PartialEq, Eq)]
pub struct Portrait(Zeroizing<Vec<u8>>);

impl Portrait {
    /// The name of the call that fetches a portrait.
    pub(crate) const CALL: &str = "portrait";

    /// Wraps the bytes of the file, without any check.
    pub fn new(bytes: impl Into<Vec<u8>>) -> Self {
        Self(Zeroizing::new(bytes.into()))
    }

    /// The file's bytes.
    pub fn as_bytes(&self) -> &[u8] {
        &self.0
    }

    /// How many bytes there are.
    pub fn len(&self) -> usize {
        self.0.len()
    }

    /// Whether there are none.
    pub fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    /// The media type for a `Content-Type`, by the first bytes and not by the header of the vendor's server:
    /// `image/jpeg`, `image/png` or `image/webp`, and `application/octet-stream` for anything else, which a browser
    /// does not run.
    pub fn media_type(&self) -> &'static str {
        match self.as_bytes() {
            [0xFF, 0xD8, 0xFF, ..] => "image/jpeg",
            [b'\x89', b'P', b'N', b'G', b'\r', b'\n', b'\x1a', b'\n', ..] => "image/png",
            [b'R', b'I', b'F', b'F', _, _, _, _, b'W', b'E', b'B', b'P', ..] => "image/webp",
            _ => "application/octet-stream",
        }
    }

    /// The bytes of the file, which the caller should overwrite after use.
    /// [`Photo::from_bytes`](crate::Photo::from_bytes) accepts a `Portrait` directly.
    pub fn into_bytes(mut self) -> Vec<u8> {
        std::mem::take(&mut *self.0)
    }
}

impl fmt::Debug for Portrait {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Portrait({}, {} bytes)", self.media_type(), self.len())
    }
}

impl AsRef<[u8]> for Portrait {
    fn as_ref(&self) -> &[u8] {
        self.as_bytes()
    }
}

impl From<Portrait> for Vec<u8> {
    fn from(portrait: Portrait) -> Self {
        portrait.into_bytes()
    }
}

impl From<Vec<u8>> for Portrait {
    fn from(bytes: Vec<u8>) -> Self {
        Self::new(bytes)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_type_is_read_from_the_first_bytes_and_from_nothing_shorter() {
        for (head, media_type) in [
            (&b"\xFF\xD8\xFF"[..], "image/jpeg"),
            (b"\x89PNG\r\n\x1a\n", "image/png"),
            (b"RIFF\x10\0\0\0WEBP", "image/webp"),
        ] {
            assert_eq!(Portrait::new(head).media_type(), media_type);
            assert_eq!(Portrait::new([head, b"rest"].concat()).media_type(), media_type);
            assert_eq!(Portrait::new(&head[..head.len() - 1]).media_type(), "application/octet-stream");
        }
        for other in [&b""[..], b"<html>", b"RIFF\x10\0\0\0WAVE", b"GIF89a"] {
            assert_eq!(Portrait::new(other).media_type(), "application/octet-stream");
        }
    }

    #[test]
    fn the_bytes_come_out_as_they_went_in() {
        let portrait = Portrait::new(*b"face");
        assert_eq!((portrait.as_ref(), portrait.len(), portrait.is_empty()), (&b"face"[..], 4, false));
        assert_eq!(portrait, Portrait::from(b"face".to_vec()));
        assert_eq!(portrait.into_bytes(), b"face");
    }
}
