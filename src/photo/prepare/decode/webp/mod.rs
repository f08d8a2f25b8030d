//! Decodes a WebP to planes or pixels: a lossy one that becomes much smaller row by row, as its planes; any other
//! with image-webp, as planes or pixels.

mod chunks;
mod vp8;

use std::io::Cursor;

use image::ColorType;
use image_webp::{WebPDecoder, vp8::Vp8Decoder};
use liveness_jpeg::RowScaler;

use crate::photo::{
    error::{PhotoError, Reason},
    format::SourceFormat,
    header::Header,
    limits::Limits,
    orientation,
    prepare::{
        decode::{
            flatten::flatten,
            pixels::{Cost, Decoded, Layout, PlanesByRow, Source, Whole, allocate},
            subsampled::Subsampled,
        },
        resize::fit,
        samples::Coding,
    },
};
use chunks::{Chunks, Picture};

const DAMAGED: Reason = Reason::Damaged { format: SourceFormat::WebP };
/// What image-webp takes beside the planes for each block of 16×16 px, in bytes from above.
const BYTES_PER_BLOCK: u64 = 256;
/// What it takes beside pixels for each, from above: whole frames, and their alpha.
const BYTES_PER_PIXEL: u64 = 6;
/// The copies of the file's bytes.
const COPIES_OF_DATA: u64 = 3;
/// A VP8 picture is made of blocks of so many px.
const BLOCK_PX: u32 = 16;

/// Reads the header of a WebP.
pub(super) fn open<'a>(file: &'a [u8], limits: &Limits, long_side_px: u32) -> Result<(Header, Source<'a>), PhotoError> {
    let chunks = Chunks::read(file)?;
    let (width, height) = (chunks.width, chunks.height);
    limits.check_pixels(width, height)?;
    // Some writers keep the prefix that EXIF has in a JPEG.
    let tiff = chunks.exif.map(|block| block.strip_prefix(b"Exif\0\0").unwrap_or(block));
    let orientation = tiff.and_then(orientation::of_exif).unwrap_or_default();
    let header = Header { width, height, orientation, is_animated: chunks.is_animated };
    let source = match chunks.picture {
        Picture::Lossy(vp8) if vp8::hides_edges((width, height), fit(width, height, long_side_px)) => {
            Source::PlaneRows(Box::new(Lossy { vp8, width, height, profile: chunks.profile }))
        }
        _ => Source::Whole(Box::new(WebP { chunks, file_bytes: file.len() as u64 })),
    };
    Ok((header, source))
}

/// An opened lossy WebP that becomes much smaller.
struct Lossy<'a> {
    vp8: &'a [u8],
    width: u32,
    height: u32,
    profile: Option<&'a [u8]>,
}

impl PlanesByRow for Lossy<'_> {
    fn coding(&self) -> Coding {
        Coding::WEBP
    }

    fn profile(&self) -> Option<&[u8]> {
        self.profile
    }

    fn memory_bytes(&self) -> u64 {
        vp8::Frame::memory_bytes(self.width)
    }

    fn read(&self, scalers: &mut [RowScaler; 3], [luma_size, chroma_size]: [(u32, u32); 2]) -> Result<(), PhotoError> {
        let (width, height) = (self.width, self.height);
        let mut frame = vp8::Frame::new(self.vp8).ok_or(DAMAGED)?;
        let [luma, cb, cr] = scalers;
        luma.start(1, (width, height), luma_size);
        // The last sample of chroma reaches over an odd side's end.
        let part = (f64::from(width) / 2.0, f64::from(height) / 2.0);
        for chroma in [&mut *cb, &mut *cr] {
            chroma.start_part(1, (width.div_ceil(2), height.div_ceil(2)), part, chroma_size);
        }
        for _ in 0..height.div_ceil(BLOCK_PX) {
            let band = frame.next().ok_or(DAMAGED)?;
            let [of_cb, of_cr] = &band.chroma;
            for (scaler, rows, count) in [(&mut *luma, &band.luma, 16), (&mut *cb, of_cb, 8), (&mut *cr, of_cr, 8)] {
                for row in rows.chunks_exact(rows.len() / count) {
                    let place = scaler.row();
                    place.copy_from_slice(&row[..place.len()]);
                    scaler.advance();
                }
            }
        }
        Ok(())
    }
}

/// An opened WebP.
struct WebP<'a> {
    chunks: Chunks<'a>,
    file_bytes: u64,
}

impl Whole for WebP<'_> {
    fn cost(&self) -> Cost {
        let pixels = u64::from(self.chunks.width) * u64::from(self.chunks.height);
        let data = self.file_bytes * COPIES_OF_DATA;
        if let Picture::Lossy(_) = self.chunks.picture {
            let padded = |side: u32| u64::from(side.next_multiple_of(BLOCK_PX));
            let decoded = padded(self.chunks.width) * padded(self.chunks.height) / 2 * 3;
            return Cost { channels: 1, decoded, working: pixels * BYTES_PER_BLOCK / 256 + data };
        }
        let channels = if self.has_alpha() { 4 } else { 3 };
        Cost { channels: 3, decoded: pixels * channels, working: pixels * BYTES_PER_PIXEL + data }
    }

    fn decode(self: Box<Self>, pixels: &mut Vec<u8>) -> Result<Decoded, PhotoError> {
        let refuse = |error| PhotoError::caused_by(DAMAGED, error);
        let profile = self.chunks.profile.map(<[u8]>::to_vec);
        // Most WebPs are lossy, with chroma at half.
        let decoded = |layout, planes| Decoded {
            layout,
            planes,
            profile,
            damage: None,
            has_full_chroma: false,
            is_plain_jpeg: false,
        };
        if let Picture::Lossy(vp8) = self.chunks.picture {
            let frame = Vp8Decoder::decode_frame(vp8).map_err(refuse)?;
            let padded = |side: u32| side.next_multiple_of(BLOCK_PX);
            let luma_held = (padded(self.chunks.width), padded(self.chunks.height));
            *pixels = frame.ybuf;
            let planes = Subsampled {
                luma_held,
                chroma: [frame.ubuf, frame.vbuf],
                chroma_held: (luma_held.0 / 2, luma_held.1 / 2),
                px: (2, 2),
                coding: Coding::WEBP,
            };
            return Ok(decoded(Layout::YCbCr, Some(planes)));
        }
        allocate(pixels, self.cost().decoded)?;
        let file = self.chunks.picture_alone();
        let mut decoder = WebPDecoder::new(Cursor::new(&file)).map_err(refuse)?;
        if decoder.has_alpha() != self.has_alpha() || decoder.dimensions() != (self.chunks.width, self.chunks.height) {
            return Err(DAMAGED.into());
        }
        decoder.read_image(pixels).map_err(refuse)?;
        let layout = flatten(pixels, if self.has_alpha() { ColorType::Rgba8 } else { ColorType::Rgb8 })?;
        Ok(decoded(layout, None))
    }
}

impl WebP<'_> {
    fn has_alpha(&self) -> bool {
        !matches!(self.chunks.picture, Picture::Lossy(_) | Picture::Lossless { has_alpha: false, .. })
    }
}
