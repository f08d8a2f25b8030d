//! Copies a JPEG without its metadata.

/// A copy of a baseline JPEG without comments, bytes after its end, and APPn segments except JFIF's own. The
/// picture's data is copied byte by byte.
///
/// `None` if that has more than `max_bytes`, or if anything else is between the segments of a baseline JPEG: it is
/// better to encode such a file again.
pub(super) fn clean(file: &[u8], max_bytes: usize) -> Option<Vec<u8>> {
    let mut out = Vec::with_capacity(file.len().min(max_bytes));
    let mut rest = file.strip_prefix(&[0xFF, 0xD8])?;
    out.extend([0xFF, 0xD8]);
    loop {
        let [0xFF, marker, after @ ..] = rest else { return None };
        if *marker == 0xD9 {
            out.extend([0xFF, 0xD9]);
            out.shrink_to_fit();
            return (out.len() <= max_bytes).then_some(out);
        }
        let [high, low, ..] = after else { return None };
        let end = 2 + usize::from(u16::from_be_bytes([*high, *low]));
        let segment = rest.get(..end).filter(|segment| segment.len() >= 4)?;
        rest = &rest[end..];
        match marker {
            // SOF0, DHT, DQT, DRI, SOS.
            0xC0 | 0xC4 | 0xDB | 0xDD | 0xDA => out.extend_from_slice(segment),
            // JFIF without a thumbnail.
            0xE0 if segment.len() == 18 && segment[4..].starts_with(b"JFIF\0") => out.extend_from_slice(segment),
            0xE0..=0xEF | 0xFE => {}
            _ => return None,
        }
        if *marker == 0xDA {
            let scan = scan_bytes(rest)?;
            if scan > max_bytes {
                return None;
            }
            out.extend_from_slice(&rest[..scan]);
            rest = &rest[scan..];
        }
    }
}

/// How many bytes a scan's data has, up to the first marker that is no restart.
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
        assert_eq!(clean(&file(exif, b"trailer"), 1000).unwrap(), file(b"", b""));
        assert_eq!(clean(&file(&[&jfif[..], exif].concat(), b""), 1000).unwrap(), file(jfif, b""));
    }

    #[test]
    fn the_limit_is_for_what_is_left() {
        let wanted = file(b"", b"");
        let long = file(b"", &[7; 5000]);
        assert_eq!(clean(&long, wanted.len()).map(|file| file.capacity()), Some(wanted.len()));
        assert_eq!(clean(&long, wanted.len() - 1), None);
    }

    #[test]
    fn what_does_not_belong_is_refused_and_never_a_panic() {
        let whole = file(b"\xFF\xE1\0\x0AExif\0\0II", b"");
        for end in 0..whole.len() {
            assert_eq!(clean(&whole[..end], 1000), None, "{end}");
        }
        assert_eq!(clean(&file(b"garbage", b""), 1000), None);
        assert_eq!(clean(&file(b"\xFF\xC2\0\x04SF", b""), 1000), None);
        assert_eq!(clean(&file(b"\xFF\xDB\0\x01", b""), 1000), None);
    }
}
