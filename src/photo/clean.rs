//! What is left of a JPEG when everything but its picture is cut away?

use super::SourceFormat;
use super::error::Reason;

const DAMAGED: Reason = Reason::Damaged { format: SourceFormat::Jpeg };

/// A copy of a baseline JPEG without APPn segments (but JFIF's own), comments, and whatever follows its end. The picture's data is
/// copied byte by byte.
///
/// # Errors
///
/// [`Reason::Damaged`] for anything that does not belong between the segments of a baseline JPEG: such a file is better encoded
/// anew.
pub(super) fn clean(file: &[u8]) -> Result<Vec<u8>, Reason> {
    let mut out = Vec::with_capacity(file.len());
    let mut rest = file.strip_prefix(&[0xFF, 0xD8]).ok_or(DAMAGED)?;
    out.extend([0xFF, 0xD8]);
    loop {
        let [0xFF, marker, after @ ..] = rest else { return Err(DAMAGED) };
        if *marker == 0xD9 {
            out.extend([0xFF, 0xD9]);
            return Ok(out);
        }
        let [high, low, ..] = after else { return Err(DAMAGED) };
        let end = 2 + usize::from(u16::from_be_bytes([*high, *low]));
        let segment = rest.get(..end).filter(|segment| segment.len() >= 4).ok_or(DAMAGED)?;
        rest = &rest[end..];
        match marker {
            // SOF0, DHT, DQT, DRI, SOS.
            0xC0 | 0xC4 | 0xDB | 0xDD | 0xDA => out.extend_from_slice(segment),
            // JFIF without a thumbnail.
            0xE0 if segment.len() == 18 && segment[4..].starts_with(b"JFIF\0") => out.extend_from_slice(segment),
            0xE0..=0xEF | 0xFE => {}
            _ => return Err(DAMAGED),
        }
        if *marker == 0xDA {
            let scan = scan_bytes(rest).ok_or(DAMAGED)?;
            out.extend_from_slice(&rest[..scan]);
            rest = &rest[scan..];
        }
    }
}

/// How many bytes a scan's data goes on: up to the first marker that is no restart.
fn scan_bytes(data: &[u8]) -> Option<usize> {
    memchr::memchr_iter(0xFF, data).find(|&at| !matches!(data.get(at + 1), Some(0 | 0xD0..=0xD7)))
}

#[cfg(test)]
mod tests {
    use super::*;

    const PICTURE: &[u8] = b"\xFF\xDB\0\x04QT\xFF\xC0\0\x04SF\xFF\xDA\0\x04SSdata\xFF\0more\xFF\xD0again\xFF\xD9";

    fn file(between: &[u8], after: &[u8]) -> Vec<u8> {
        [b"\xFF\xD8", between, PICTURE, after].concat()
    }

    #[test]
    fn metadata_and_what_follows_the_end_are_cut_and_nothing_else() {
        let exif = b"\xFF\xE1\0\x0AExif\0\0II\xFF\xFE\0\x06hush";
        let jfif = b"\xFF\xE0\0\x10JFIF\0\x01\x01\0\0\x01\0\x01\0\0";
        assert_eq!(clean(&file(exif, b"trailer")).unwrap(), file(b"", b""));
        assert_eq!(clean(&file(&[&jfif[..], exif].concat(), b"")).unwrap(), file(jfif, b""));
    }

    #[test]
    fn what_does_not_belong_is_refused_and_never_a_panic() {
        let whole = file(b"\xFF\xE1\0\x0AExif\0\0II", b"");
        for end in 0..whole.len() {
            assert_eq!(clean(&whole[..end]), Err(DAMAGED), "{end}");
        }
        assert_eq!(clean(&file(b"garbage", b"")), Err(DAMAGED));
        assert_eq!(clean(&file(b"\xFF\xC2\0\x04SF", b"")), Err(DAMAGED));
        assert_eq!(clean(&file(b"\xFF\xDB\0\x01", b"")), Err(DAMAGED));
    }
}
