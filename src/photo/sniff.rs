//! Which format a file is of, by its first bytes.

use crate::photo::{error::Reason, format::SourceFormat};

/// The format of a file by its first bytes; a format known but not read is refused by its name.
pub(super) fn sniff(file: &[u8]) -> Result<SourceFormat, Reason> {
    match file {
        [] => Err(Reason::Empty),
        [0xFF, 0xD8, 0xFF, ..] => Ok(SourceFormat::Jpeg),
        [0x89, b'P', b'N', b'G', ..] => Ok(SourceFormat::Png),
        [b'R', b'I', b'F', b'F', _, _, _, _, b'W', b'E', b'B', b'P', ..] => Ok(SourceFormat::WebP),
        [b'B', b'M', ..] => Ok(SourceFormat::Bmp),
        [b'G', b'I', b'F', b'8', ..] => Ok(SourceFormat::Gif),
        [_, _, _, _, b'f', b't', b'y', b'p', brands @ ..] => iso_media(brands),
        [b'I', b'I', b'*', 0, ..] | [b'M', b'M', 0, b'*', ..] => Err(unsupported("TIFF or raw camera")),
        [0xFF, 0x0A, ..] | [0, 0, 0, 12, b'J', b'X', b'L', b' ', ..] => Err(unsupported("JPEG XL")),
        [0, 0, 0, 12, b'j', b'P', ..] | [0xFF, 0x4F, 0xFF, 0x51, ..] => Err(unsupported("JPEG 2000")),
        [b'%', b'P', b'D', b'F', ..] => Err(unsupported("PDF")),
        // What Base64 makes of the first bytes of JPEG and PNG.
        [b'd', b'a', b't', b'a', b':', ..] | [b'/', b'9', b'j', b'/', ..] | [b'i', b'V', b'B', b'O', b'R', ..] => {
            Err(Reason::Base64Text)
        }
        _ => Err(Reason::NotAPicture),
    }
}

/// Names a file of the ISO base media family by its brands: the major one first, then, after a version, the compatible ones.
fn iso_media(brands: &[u8]) -> Result<SourceFormat, Reason> {
    let has = |names: &[&[u8; 4]]| brands.chunks_exact(4).take(16).any(|brand| names.iter().any(|name| brand == *name));
    if has(&[b"avif", b"avis"]) {
        Err(unsupported("AVIF"))
    } else if has(&[b"heic", b"heix", b"hevc", b"hevx", b"heim", b"heis", b"mif1", b"msf1"]) {
        if cfg!(feature = "heic") { Ok(SourceFormat::Heic) } else { Err(Reason::Heic) }
    } else {
        Err(unsupported("video"))
    }
}

fn unsupported(name: &'static str) -> Reason {
    Reason::UnsupportedFormat { name }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::model::Language;
    use crate::photo::error::{PhotoError, PhotoErrorKind};

    fn refusal(file: &[u8]) -> PhotoError {
        sniff(file).unwrap_err().into()
    }

    #[test]
    fn a_format_not_read_is_refused_by_its_name_with_what_to_do() {
        for (file, name) in [
            #[cfg(not(feature = "heic"))]
            (&b"\0\0\0\x18ftypheic\0\0\0\0mif1heic"[..], "HEIC"),
            #[cfg(not(feature = "heic"))]
            (b"\0\0\0\x18ftypmif1\0\0\0\0mif1heic", "HEIC"),
            (&b"\0\0\0\x1Cftypavif\0\0\0\0avifmif1miaf"[..], "AVIF"),
            (b"\0\0\0\x1Cftypmif1\0\0\0\0mif1avif", "AVIF"),
            (b"\0\0\0\x18ftypqt  \0\0\0\0qt  ", "video"),
            (b"II*\0\x08\0\0\0", "TIFF"),
            (b"\xFF\x0A\0\0", "JPEG XL"),
            (b"%PDF-1.7", "PDF"),
        ] {
            let error = refusal(file);
            assert_eq!(error.kind(), PhotoErrorKind::UnsupportedFormat);
            assert!(error.to_string().contains(name) && error.to_string().contains("JPEG"), "{error}");
            let chinese = error.advice(Language::Chinese);
            assert!(chinese.contains(name) && chinese.contains("JPEG"), "{chinese}");
        }
    }

    #[cfg(not(feature = "heic"))]
    #[test]
    fn without_its_feature_a_heic_is_refused_with_the_cameras_settings_and_the_developer_is_told_the_feature() {
        let error = refusal(b"\0\0\0\x18ftypheic\0\0\0\0mif1heic");
        for language in [Language::English, Language::Chinese] {
            let advice = error.advice(language);
            let makers = if language == Language::English {
                ["iPhone", "Samsung", "Xiaomi"]
            } else {
                ["iPhone", "三星", "小米"]
            };
            assert!(makers.iter().all(|maker| advice.contains(maker)) && !advice.contains("feature"), "{advice}");
        }
        assert!(error.hint().is_some_and(|hint| hint.contains("`heic`")) && format!("{error:?}").contains("`heic`"));
    }

    #[cfg(feature = "heic")]
    #[test]
    fn a_heic_is_known_by_its_brands() {
        for file in [&b"\0\0\0\x18ftypheic\0\0\0\0mif1heic"[..], b"\0\0\0\x18ftypmif1\0\0\0\0mif1heic"] {
            assert_eq!(sniff(file), Ok(SourceFormat::Heic));
        }
    }

    #[test]
    fn base64_text_is_called_by_its_name() {
        for file in [&b"data:image/jpeg;base64,/9j/4AAQ"[..], b"/9j/4AAQSkZJRg", b"iVBORw0KGgo"] {
            assert!(refusal(file).to_string().contains("Base64"));
        }
    }

    #[test]
    fn an_empty_file_and_a_text_are_no_pictures() {
        assert_eq!(refusal(b"").kind(), PhotoErrorKind::Empty);
        assert_eq!(refusal(b"hello").kind(), PhotoErrorKind::UnsupportedFormat);
    }
}
