//! Which format a file is of, by its first bytes.

mod text;

use crate::photo::{
    error::{Foreign, Reason},
    format::SourceFormat,
};

/// The format of a file by its first bytes; a format known but not read is refused by its name.
pub(super) fn sniff(file: &[u8]) -> Result<SourceFormat, Reason> {
    binary(file).unwrap_or_else(|| Err(text::refusal(file)))
}

/// The same of a file that is no text; `None` if it is none of these.
fn binary(file: &[u8]) -> Option<Result<SourceFormat, Reason>> {
    let unsupported = |english, chinese| Err(Reason::UnsupportedFormat { name: Foreign::called(english, chinese) });
    let named = |name| Err(Reason::UnsupportedFormat { name: Foreign::named(name) });
    Some(match file {
        [] => Err(Reason::Empty),
        [0xFF, 0xD8, 0xFF, ..] => Ok(SourceFormat::Jpeg),
        // Some phones write bytes that are no marker behind the first one, and decoders step over them.
        [0xFF, 0xD8, rest @ ..] if has_jpeg_segment(rest) => Ok(SourceFormat::Jpeg),
        [0x89, b'P', b'N', b'G', ..] => Ok(SourceFormat::Png),
        [b'R', b'I', b'F', b'F', _, _, _, _, b'W', b'E', b'B', b'P', ..] => Ok(SourceFormat::WebP),
        [b'B', b'M', ..] => Ok(SourceFormat::Bmp),
        [b'G', b'I', b'F', b'8', ..] => Ok(SourceFormat::Gif),
        [_, _, _, _, b'f', b't', b'y', b'p', brands @ ..] => iso_media(brands),
        [b'I', b'I', b'*', 0, _, _, _, _, b'C', b'R', ..] => unsupported("CR2 raw camera", "CR2 相机原始"),
        [b'I', b'I', b'*', 0, ..] | [b'M', b'M', 0, b'*', ..] => unsupported("TIFF or raw camera", "TIFF 或相机原始"),
        [b'I', b'I', b'+', 0, ..] | [b'M', b'M', 0, b'+', ..] => named("BigTIFF"),
        [b'I', b'I', b'R', b'O' | b'S', ..] | [b'M', b'M', b'O', b'R', ..] => {
            unsupported("ORF raw camera", "ORF 相机原始")
        }
        [b'I', b'I', b'U', 0, ..] => unsupported("RW2 raw camera", "RW2 相机原始"),
        _ if file.starts_with(b"FUJIFILMCCD-RAW") => unsupported("RAF raw camera", "RAF 相机原始"),
        _ if file.starts_with(b"8BPS") => unsupported("PSD (Photoshop)", "PSD（Photoshop）"),
        [0, 0, 1, 0, count, 0, ..] if *count > 0 => unsupported("ICO (icon)", "ICO 图标"),
        [0xFF, 0x0A, ..] | [0, 0, 0, 12, b'J', b'X', b'L', b' ', ..] => named("JPEG XL"),
        [0, 0, 0, 12, b'j', b'P', ..] | [0xFF, 0x4F, 0xFF, 0x51, ..] => named("JPEG 2000"),
        [b'%', b'P', b'D', b'F', ..] => named("PDF"),
        _ => return None,
    })
}

/// How far behind its first marker a JPEG's next one is looked for.
const MAX_STRAY_BYTES: usize = 256;

/// Whether a marker with a plausible segment comes soon: of a table, a frame, an application or a comment.
fn has_jpeg_segment(rest: &[u8]) -> bool {
    let near = &rest[..rest.len().min(MAX_STRAY_BYTES)];
    near.windows(4).any(|bytes| {
        matches!(bytes, [0xFF, 0xC0..=0xC4 | 0xDB | 0xDD | 0xE0..=0xEF | 0xFE, high, low] if (*high, *low) >= (0, 2))
    })
}

/// Names a file of the ISO base media family by its brands: the major one first, then, after a version, the compatible ones.
fn iso_media(brands: &[u8]) -> Result<SourceFormat, Reason> {
    let has = |names: &[&[u8; 4]]| brands.chunks_exact(4).take(16).any(|brand| names.iter().any(|name| brand == *name));
    let unsupported = |name| Err(Reason::UnsupportedFormat { name });
    if has(&[b"avif", b"avis"]) {
        unsupported(Foreign::named("AVIF"))
    } else if has(&[b"heic", b"heix", b"hevc", b"hevx", b"heim", b"heis", b"mif1", b"msf1"]) {
        if cfg!(feature = "heic") { Ok(SourceFormat::Heic) } else { Err(Reason::Heic) }
    } else if has(&[b"crx "]) {
        unsupported(Foreign::called("CR3 raw camera", "CR3 相机原始"))
    } else if has(&[b"mif2", b"miaf", b"avci", b"avcs", b"vvic", b"evbi", b"jpeg", b"jpgs", b"j2ki", b"j2is", b"1pic"])
    {
        unsupported(Foreign::called("HEIF", "HEIF"))
    } else {
        unsupported(Foreign::called("video", "视频"))
    }
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
            (b"II+\0\x08\0\0\0", "BigTIFF"),
            (b"II*\0\x10\0\0\0CR\x02\0", "CR2"),
            (b"\0\0\0\x18ftypcrx \0\0\0\x01crx isom", "CR3"),
            (b"IIRO\x08\0\0\0", "ORF"),
            (b"IIU\0\x08\0\0\0", "RW2"),
            (b"FUJIFILMCCD-RAW 0201", "RAF"),
            (b"8BPS\0\x01", "PSD"),
            (b"\0\0\x01\0\x01\0\x10\x10", "ICO"),
            (b"\0\0\0\x18ftypavci\0\0\0\0miafavci", "HEIF"),
            (b"\xFF\x0A\0\0", "JPEG XL"),
            (b"%PDF-1.7", "PDF"),
        ] {
            let error = refusal(file);
            assert_eq!(error.kind(), PhotoErrorKind::UnsupportedFormat);
            assert!(error.to_string().contains(name) && error.to_string().contains("JPEG"), "{error}");
            let chinese = error.advice(Language::Chinese);
            let name = if name == "video" { "视频" } else { name };
            assert!(chinese.contains(name) && chinese.contains("JPEG"), "{chinese}");
            assert!(!chinese.contains("raw") && !chinese.contains("video"), "{chinese}");
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
    fn bytes_that_are_no_marker_behind_the_first_one_do_not_cost_a_jpeg() {
        let stray = [&b"\xFF\xD8"[..], &[7; 18], b"\xFF\xE0\0\x10JFIF\0"].concat();
        assert_eq!(sniff(&stray), Ok(SourceFormat::Jpeg));
        assert_eq!(sniff(b"\xFF\xD8 and nothing of a JPEG"), Err(Reason::NotAPicture));
    }

    #[test]
    fn an_empty_file_and_a_text_are_no_pictures() {
        assert_eq!(refusal(b"").kind(), PhotoErrorKind::Empty);
        assert_eq!(refusal(b"hello").kind(), PhotoErrorKind::UnsupportedFormat);
    }
}
