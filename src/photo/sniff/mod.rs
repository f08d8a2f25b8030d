//! Recognises the format of a file by its first bytes.

mod binary;
mod text;

use crate::photo::{error::Reason, format::SourceFormat};

/// The format of a file by its first bytes; a format known but not read is refused by its name.
pub(super) fn sniff(file: &[u8]) -> Result<SourceFormat, Reason> {
    binary::format(file).unwrap_or_else(|| Err(text::refusal(file)))
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
