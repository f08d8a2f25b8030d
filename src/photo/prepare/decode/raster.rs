//! How do PNG, WebP, BMP and GIF become pixels? By the image crate.

use std::io::{Cursor, ErrorKind};

use image::codecs::{bmp::BmpDecoder, gif::GifDecoder, png::PngDecoder, webp::WebPDecoder};
use image::{ColorType, ImageDecoder, ImageError};

use crate::photo::{
    error::{PhotoError, Reason},
    format::SourceFormat,
    header::{self, Header},
    limits::Limits,
    orientation::{self, Orientation},
    prepare::decode::{
        flatten::flatten,
        pixels::{Cost, Damage, Decoded, Layout, Source, Whole, allocate},
    },
};

/// What the image crate's decoders take beside their output, in bytes a pixel, from above, where they keep
/// whole frames: a WebP's with alpha, a GIF's that does not fill the screen.
const DECODER_BYTES_PER_PIXEL: u64 = 6;

/// What a PNG's profile and texts may inflate to, together; a camera's profile has a few kB.
const MAX_PNG_METADATA_BYTES: u64 = 16 << 20;
/// What the gif crate gives a frame at most, at four bytes a pixel; image does not let us raise it.
const MAX_GIF_PIXELS: u64 = 12_500_000;

/// An opened PNG, WebP, BMP or GIF.
struct Raster<'a> {
    file: &'a [u8],
    format: SourceFormat,
    limits: Limits,
    pixels: u64,
    profile: Option<Vec<u8>>,
    decoder: Box<dyn ImageDecoder + 'a>,
}

/// Reads the header of a PNG, WebP, BMP or GIF.
pub(super) fn open<'a>(
    file: &'a [u8],
    format: SourceFormat,
    limits: &Limits,
) -> Result<(Header, Source<'a>), PhotoError> {
    let refuse = |error: ImageError| refusal(error, format, limits);
    let mut image_limits = image::Limits::no_limits();
    image_limits.max_alloc = Some(limits.max_memory_bytes());
    let reader = Cursor::new(file);
    let mut orientation = Orientation::Upright;
    let mut decoder: Box<dyn ImageDecoder + 'a> = match format {
        SourceFormat::WebP => {
            check_webp(file)?;
            Box::new(WebPDecoder::new(reader).map_err(refuse)?)
        }
        SourceFormat::Bmp => Box::new(BmpDecoder::new(reader).map_err(refuse)?),
        SourceFormat::Gif => {
            check_gif(file, limits)?;
            Box::new(GifDecoder::new(reader).map_err(refuse)?)
        }
        SourceFormat::Png | SourceFormat::Jpeg | SourceFormat::Heic => {
            // Checked first, because the decoder takes its row buffers when it is made.
            let header = header::png(file)?;
            limits.check_pixels(header.width, header.height)?;
            orientation = header.orientation;
            let mut metadata_limits = image_limits.clone();
            metadata_limits.max_alloc = Some(limits.max_memory_bytes().min(MAX_PNG_METADATA_BYTES));
            Box::new(PngDecoder::with_limits(reader, metadata_limits).map_err(refuse)?)
        }
    };
    let (width, height) = decoder.dimensions();
    if width == 0 || height == 0 {
        return Err(Reason::Damaged { format }.into());
    }
    limits.check_pixels(width, height)?;
    decoder.set_limits(image_limits).map_err(refuse)?;
    if let (SourceFormat::WebP, Ok(Some(block))) = (format, decoder.exif_metadata()) {
        let tiff = block.strip_prefix(b"Exif\0\0").unwrap_or(&block);
        orientation = orientation::of_exif(tiff).unwrap_or_default();
    }
    let profile = decoder.icc_profile().ok().flatten();
    let header = Header { width, height, orientation };
    let pixels = u64::from(width) * u64::from(height);
    let raster = Raster { file, format, limits: *limits, pixels, profile, decoder };
    Ok((header, Source::Whole(Box::new(raster))))
}

impl Whole for Raster<'_> {
    fn cost(&self) -> Cost {
        let channels = if self.decoder.color_type().has_color() { Layout::Rgb } else { Layout::Grey }.channels();
        let keeps_frames = matches!(self.format, SourceFormat::WebP | SourceFormat::Gif);
        let decoder = if keeps_frames { DECODER_BYTES_PER_PIXEL } else { 0 };
        Cost { channels, decoded: self.decoder.total_bytes(), working: self.pixels * decoder }
    }

    fn decode(self: Box<Self>, pixels: &mut Vec<u8>) -> Result<Decoded, PhotoError> {
        let Self { file, format, limits, profile, decoder, .. } = *self;
        let colour = decoder.color_type();
        allocate(pixels, decoder.total_bytes())?;
        let ended = format != SourceFormat::Png || header::png_ends(file);
        let damage = match decoder.read_image(pixels) {
            Ok(()) if ended => None,
            Ok(()) => Some(Damage::RowsComplete),
            // Nothing at all was decoded, or, of a WebP, what is no picture yet.
            Err(error) if format == SourceFormat::WebP || pixels.iter().all(|&sample| sample == 0) => {
                let refusal = refusal(error, format, &limits);
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
        let layout = flatten(pixels, colour)?;
        // Most WebPs are lossy, with chroma at half.
        let has_full_chroma = layout == Layout::Rgb && format != SourceFormat::WebP;
        Ok(Decoded { layout, planes: None, profile, damage, has_full_chroma, is_plain_jpeg: false })
    }
}

/// Refuses a GIF by its screen, before the decoder refuses it without a reason.
fn check_gif(file: &[u8], limits: &Limits) -> Result<(), Reason> {
    let side = |at: usize| file.get(at..at + 2).map_or(0, |bytes| u32::from(u16::from_le_bytes([bytes[0], bytes[1]])));
    let (width, height) = (side(6), side(8));
    limits.check_pixels(width, height)?;
    if u64::from(width) * u64::from(height) > MAX_GIF_PIXELS {
        return Err(Reason::UnsupportedFormat { name: "GIF (over 12.5 megapixels)" });
    }
    Ok(())
}

/// Refuses a WebP whose chunks claim more than the file has or the canvas holds: image-webp allocates what they claim.
fn check_webp(file: &[u8]) -> Result<(), Reason> {
    const DAMAGED: Reason = Reason::Damaged { format: SourceFormat::WebP };
    let mut canvas = None;
    // After the RIFF header; a frame of an animation (ANMF) has chunks of its own after 16 bytes.
    let mut rest = file.get(12..).unwrap_or_default();
    while let Some(([name @ .., s0, s1, s2, s3], body)) = rest.split_first_chunk::<8>() {
        let size = usize::try_from(u32::from_le_bytes([*s0, *s1, *s2, *s3])).map_err(|_| DAMAGED)?;
        let kept = &body[..size.min(body.len())];
        match name {
            b"VP8X" => canvas = kept.get(4..10).map(|sides| (side_of_canvas(&sides[..3]), side_of_canvas(&sides[3..]))),
            b"VP8 " => {
                let frame = kept.get(6..10).map(|s| (side_of_frame(&s[..2]), side_of_frame(&s[2..])));
                if let (Some(canvas), Some(frame)) = (canvas, frame)
                    && (frame.0 > canvas.0 || frame.1 > canvas.1)
                {
                    return Err(DAMAGED);
                }
            }
            b"ICCP" | b"EXIF" | b"XMP " | b"ANIM" if size > body.len() => {
                return Err(Reason::Truncated { format: SourceFormat::WebP });
            }
            _ => {}
        }
        let skip = if name == b"ANMF" { 16 } else { size.saturating_add(size & 1) };
        rest = body.get(skip..).unwrap_or_default();
    }
    Ok(())
}

/// A side of a WebP's canvas, in three bytes, less one.
fn side_of_canvas(bytes: &[u8]) -> u32 {
    bytes.iter().rev().fold(0, |side, &byte| side << 8 | u32::from(byte)) + 1
}

/// A side of a VP8 frame, in two bytes, of which two bits are for scaling.
fn side_of_frame(bytes: &[u8]) -> u32 {
    bytes.iter().rev().fold(0, |side, &byte| side << 8 | u32::from(byte)) & 0x3FFF
}

fn refusal(error: ImageError, format: SourceFormat, limits: &Limits) -> PhotoError {
    let reason = match &error {
        ImageError::IoError(error) if error.kind() == ErrorKind::UnexpectedEof => Reason::Truncated { format },
        ImageError::Limits(_) => Reason::Memory { max_bytes: limits.max_memory_bytes() },
        _ => Reason::Damaged { format },
    };
    PhotoError::caused_by(reason, error)
}
