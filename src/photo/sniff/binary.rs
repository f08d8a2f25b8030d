//! Recognises a picture's format by its first bytes.

use crate::photo::{
    error::{Foreign, Reason},
    format::SourceFormat,
};

/// How far behind its first marker a JPEG's next one is looked for.
const MAX_STRAY_BYTES: usize = 256;

/// The format by the first bytes, or the reason why it is not read; `None` if they give none.
pub(super) fn format(file: &[u8]) -> Option<Result<SourceFormat, Reason>> {
    let unsupported = |english, chinese| Err(Reason::UnsupportedFormat { name: Foreign::called(english, chinese) });
    let named = |name| Err(Reason::UnsupportedFormat { name: Foreign::named(name) });
    Some(match file {
        [] => Err(Reason::Empty),
        [0xFF, 0xD8, 0xFF, ..] => Ok(SourceFormat::Jpeg),
        // Some phones write bytes that are no marker behind the first one, and decoders step over them.
        [0xFF, 0xD8, rest @ ..] if has_jpeg_segment(rest) => Ok(SourceFormat::Jpeg),
        [0x89, b'P', b'N', b'G', ..] => Ok(SourceFormat::Png),
        [b'R', b'I', b'F', b'F', _, _, _, _, b'W', b'E', b'B', b'P', ..] => Ok(SourceFormat::WebP),
        // By the size of the second header: 16 or 64 bytes.
        [b'B', b'M', _, _, _, _, _, _, _, _, _, _, _, _, 16 | 64, 0, 0, 0, ..] => named("OS/2 BMP"),
        [b'B', b'M', ..] => Ok(SourceFormat::Bmp),
        [b'G', b'I', b'F', b'8', ..] => Ok(SourceFormat::Gif),
        [_, _, _, _, b'f', b't', b'y', b'p', brands @ ..] => iso_media(brands),
        [b'I', b'I', b'*', 0, _, _, _, _, b'C', b'R', ..] => unsupported("CR2 raw camera", "CR2 相机 RAW"),
        [b'I', b'I', b'*', 0, ..] | [b'M', b'M', 0, b'*', ..] => unsupported("TIFF or raw camera", "TIFF 或相机 RAW"),
        [b'I', b'I', b'+', 0, ..] | [b'M', b'M', 0, b'+', ..] => named("BigTIFF"),
        [b'I', b'I', b'R', b'O' | b'S', ..] | [b'M', b'M', b'O', b'R', ..] => {
            unsupported("ORF raw camera", "ORF 相机 RAW")
        }
        [b'I', b'I', b'U', 0, ..] => unsupported("RW2 raw camera", "RW2 相机 RAW"),
        _ if file.starts_with(b"FUJIFILMCCD-RAW") => unsupported("RAF raw camera", "RAF 相机 RAW"),
        _ if file.starts_with(b"8BPS") => unsupported("PSD (Photoshop)", "PSD（Photoshop）"),
        [0, 0, 1, 0, count, 0, ..] if *count > 0 => unsupported("ICO (icon)", "ICO 图标"),
        [0xFF, 0x0A, ..] | [0, 0, 0, 12, b'J', b'X', b'L', b' ', ..] => named("JPEG XL"),
        [0, 0, 0, 12, b'j', b'P', ..] | [0xFF, 0x4F, 0xFF, 0x51, ..] => named("JPEG 2000"),
        [b'%', b'P', b'D', b'F', ..] => named("PDF"),
        _ => return None,
    })
}

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
        unsupported(Foreign::called("CR3 raw camera", "CR3 相机 RAW"))
    } else if has(&[b"mif2", b"miaf", b"avci", b"avcs", b"vvic", b"evbi", b"jpeg", b"jpgs", b"j2ki", b"j2is", b"1pic"])
    {
        unsupported(Foreign::called("HEIF", "HEIF"))
    } else {
        unsupported(Foreign::called("video", "视频"))
    }
}
