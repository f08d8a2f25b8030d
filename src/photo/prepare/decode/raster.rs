//! Decodes BMP, GIF and interlaced PNG to pixels with the image crate.

use std::io::{Cursor, ErrorKind};

use image::codecs::{bmp::BmpDecoder, gif::GifDecoder, png::PngDecoder};
use image::{ColorType, ImageDecoder, ImageError};

use crate::photo::{
    error::{Foreign, PhotoError, Reason},
    format::SourceFormat,
    header::{self, Header},
    limits::Limits,
    orientation::Orientation,
    prepare::decode::{
        flatten::flatten,
        pixels::{Cost, Damage, Decoded, Layout, Source, Whole, allocate},
    },
};

/// What the image crate's decoder of GIF takes beside its output, in bytes a pixel, from above: a frame that does not fill the
/// screen is kept whole.
const DECODER_BYTES_PER_PIXEL: u64 = 6;

/// What a PNG's texts may inflate to, together.
const MAX_PNG_METADATA_BYTES: u64 = 16 << 20;
/// What the gif crate gives a frame at most, at four bytes a pixel; image does not let us raise it.
const MAX_GIF_PIXELS: u64 = 12_500_000;

/// An opened BMP, GIF or interlaced PNG.
struct Raster<'a> {
    file: &'a [u8],
    format: SourceFormat,
    limits: Limits,
    pixels: u64,
    profile: Option<Vec<u8>>,
    decoder: Box<dyn ImageDecoder + 'a>,
}

/// Reads the header of a BMP or GIF.
pub(super) fn open<'a>(
    file: &'a [u8],
    format: SourceFormat,
    limits: &Limits,
) -> Result<(Header, Source<'a>), PhotoError> {
    let refuse = |size| move |error: ImageError| refusal(error, format, size, limits);
    let reader = Cursor::new(file);
    let mut decoder: Box<dyn ImageDecoder + 'a> = if format == SourceFormat::Gif {
        check_gif(file, limits)?;
        Box::new(GifDecoder::new(reader).map_err(refuse(None))?)
    } else {
        Box::new(BmpDecoder::new(reader).map_err(refuse(None))?)
    };
    let (width, height) = decoder.dimensions();
    if width == 0 || height == 0 {
        return Err(Reason::Damaged { format }.into());
    }
    limits.check_pixels(width, height)?;
    decoder.set_limits(image_limits(limits.max_memory_bytes())).map_err(refuse(Some((width, height))))?;
    let profile = decoder.icc_profile().ok().flatten();
    let is_animated = format == SourceFormat::Gif && gif_is_animated(file);
    let header = Header { width, height, orientation: Orientation::Upright, is_animated };
    let pixels = u64::from(width) * u64::from(height);
    let raster = Raster { file, format, limits: *limits, pixels, profile, decoder };
    Ok((header, Source::Whole(Box::new(raster))))
}

/// Opens an interlaced PNG, whose header and colours were read, and whose pixels are not too many.
pub(super) fn open_interlaced<'a>(
    file: &'a [u8],
    size: (u32, u32),
    limits: &Limits,
    profile: Option<Vec<u8>>,
) -> Result<Source<'a>, PhotoError> {
    let format = SourceFormat::Png;
    let refuse = |error: ImageError| refusal(error, format, Some(size), limits);
    let metadata_limits = image_limits(limits.max_memory_bytes().min(MAX_PNG_METADATA_BYTES));
    let mut decoder = PngDecoder::with_limits(Cursor::new(file), metadata_limits).map_err(refuse)?;
    decoder.set_limits(image_limits(limits.max_memory_bytes())).map_err(refuse)?;
    let pixels = u64::from(size.0) * u64::from(size.1);
    let decoder = Box::new(decoder);
    Ok(Source::Whole(Box::new(Raster { file, format, limits: *limits, pixels, profile, decoder })))
}

fn image_limits(max_bytes: u64) -> image::Limits {
    let mut limits = image::Limits::no_limits();
    limits.max_alloc = Some(max_bytes);
    limits
}

impl Whole for Raster<'_> {
    fn cost(&self) -> Cost {
        let channels = if self.decoder.color_type().has_color() { Layout::Rgb } else { Layout::Grey }.channels();
        let decoder = if self.format == SourceFormat::Gif { DECODER_BYTES_PER_PIXEL } else { 0 };
        Cost { channels, decoded: self.decoder.total_bytes(), working: self.pixels * decoder }
    }

    fn decode(self: Box<Self>, pixels: &mut Vec<u8>) -> Result<Decoded, PhotoError> {
        let Self { file, format, limits, profile, decoder, .. } = *self;
        let colour = decoder.color_type();
        // What takes the memory of a GIF is a frame, which may be larger than the picture.
        let size = (format != SourceFormat::Gif).then(|| decoder.dimensions());
        allocate(pixels, decoder.total_bytes())?;
        let ended = format != SourceFormat::Png || header::png_ends(file);
        let damage = match decoder.read_image(pixels) {
            Ok(()) if ended => None,
            Ok(()) => Some(Damage::RowsComplete),
            // Nothing at all was decoded.
            Err(error) if pixels.iter().all(|&sample| sample == 0) => {
                let refusal = refusal(error, format, size, &limits);
                return Err(if ended { refusal } else { refusal.with_reason(Reason::Truncated { format }) });
            }
            Err(_) => {
                if matches!(colour, ColorType::L16 | ColorType::La16 | ColorType::Rgb16 | ColorType::Rgba16) {
                    // image leaves a PNG's samples as stored when it fails.
                    pixels.as_chunks_mut().0.iter_mut().for_each(|two| *two = u16::from_be_bytes(*two).to_ne_bytes());
                }
                Some(Damage::RowsMissing)
            }
        };
        if format == SourceFormat::Bmp && colour == ColorType::Rgba8 {
            make_opaque_if_invisible(pixels);
        }
        let layout = flatten(pixels, colour)?;
        let has_full_chroma = layout == Layout::Rgb;
        Ok(Decoded { layout, planes: None, profile, damage, has_full_chroma, is_plain_jpeg: false })
    }
}

/// Many programs declare a BMP's fourth byte as alpha and leave it zero: browsers and Windows show such a picture opaque.
fn make_opaque_if_invisible(pixels: &mut [u8]) {
    let (pixels, _) = pixels.as_chunks_mut::<4>();
    if pixels.iter().all(|[.., alpha]| *alpha == 0) {
        pixels.iter_mut().for_each(|[.., alpha]| *alpha = u8::MAX);
    }
}

/// Refuses a GIF by its screen, before the decoder refuses it without a reason.
fn check_gif(file: &[u8], limits: &Limits) -> Result<(), Reason> {
    let side = |at: usize| file.get(at..at + 2).map_or(0, |bytes| u32::from(u16::from_le_bytes([bytes[0], bytes[1]])));
    let (width, height) = (side(6), side(8));
    limits.check_pixels(width, height)?;
    if u64::from(width) * u64::from(height) > MAX_GIF_PIXELS {
        return Err(Reason::UnsupportedFormat {
            name: Foreign::called("GIF (over 12.5 megapixels)", "超过 1250 万像素的 GIF"),
        });
    }
    Ok(())
}

/// Whether a GIF has a second frame.
fn gif_is_animated(file: &[u8]) -> bool {
    // A table of colours of 3 bytes each, its size in the three lowest bits.
    let table = |flags: u8| if flags & 0x80 == 0 { 0 } else { 3 << ((flags & 7) + 1) };
    let after_blocks = |mut at: usize| loop {
        match file.get(at) {
            Some(0) => return at + 1,
            Some(&length) => at += 1 + usize::from(length),
            None => return at,
        }
    };
    let mut frames = 0;
    let mut at = 13 + file.get(10).map_or(0, |&flags| table(flags));
    loop {
        match file.get(at) {
            Some(b'!') => at = after_blocks(at + 2),
            Some(b',') if frames == 1 => return true,
            Some(b',') => {
                frames += 1;
                at = after_blocks(at + 11 + file.get(at + 9).map_or(0, |&flags| table(flags)));
            }
            _ => return false,
        }
    }
}

fn refusal(error: ImageError, format: SourceFormat, size: Option<(u32, u32)>, limits: &Limits) -> PhotoError {
    let reason = match &error {
        ImageError::IoError(error) if error.kind() == ErrorKind::UnexpectedEof => Reason::Truncated { format },
        ImageError::Limits(_) => Reason::Memory { size, fitting_pixels: None, max_bytes: limits.max_memory_bytes() },
        _ => Reason::Damaged { format },
    };
    PhotoError::caused_by(reason, error)
}
