//! How does a JPEG become pixels? By zune-jpeg, in full size, or where that misreads by jpeg-decoder.

use jpeg_decoder::ColorTransform;
use zune_core::bytestream::ZCursor;
use zune_core::colorspace::ColorSpace;
use zune_core::options::DecoderOptions;
use zune_jpeg::JpegDecoder;

use super::{Cost, Damage, Decoded, Layout, Planar, allocate};
use crate::photo::{
    error::Reason,
    format::SourceFormat,
    header::{self, Header, JpegHeader},
    limits::Limits,
};

/// Scans beyond this are an attack: each costs a pass over the picture. The usual progressive file has 10.
const MAX_SCANS: usize = 100;
/// What zune-jpeg fills missing rows with, in every channel.
const FILL: u8 = 128;
/// A colour profile longer than this is ignored; a printer's has 3 MB, and moxcms reads none of 10 MB.
const MAX_PROFILE_BYTES: usize = 10 << 20;
const FORMAT: SourceFormat = SourceFormat::Jpeg;

/// An opened JPEG.
pub(super) struct Jpeg<'a> {
    file: &'a [u8],
    jpeg: JpegHeader<'a>,
    header: Header,
    /// The header as the fast path reads it, if it takes the file.
    fast: Option<liveness_jpeg::Header<'a>>,
    ends: bool,
}

impl<'a> Jpeg<'a> {
    pub(super) fn open(file: &'a [u8], limits: &Limits) -> Result<Self, Reason> {
        let jpeg = header::jpeg(file)?;
        let name = match (jpeg.frame, jpeg.precision_bits, jpeg.sampling.len()) {
            (0xC0..=0xC2, 8, 1 | 3 | 4) => None,
            (0xC0..=0xC2, 12, _) => Some("12-bit JPEG"),
            (0xC0..=0xC2, ..) => return Err(Reason::Damaged { format: FORMAT }),
            (0xC9..=0xCF, ..) => Some("arithmetic-coded JPEG"),
            (0xC3, ..) => Some("lossless JPEG"),
            _ => Some("hierarchical JPEG"),
        };
        if let Some(name) = name {
            return Err(Reason::UnsupportedFormat { name });
        }
        let (width, height) = (jpeg.width.into(), jpeg.height.into());
        limits.check_pixels(width, height)?;
        let fast = liveness_jpeg::Header::parse(file).ok();
        if fast.is_some() {
            // One scan, and whether it ends is seen while decoding.
            let header = Header { width, height, orientation: jpeg.orientation };
            return Ok(Self { file, jpeg, header, fast, ends: true });
        }
        let scans = header::jpeg_scans(file, jpeg.first_scan);
        if scans.count > MAX_SCANS {
            return Err(Reason::TooManyScans { scans: scans.count, max_scans: MAX_SCANS });
        }
        let header = Header { width, height, orientation: jpeg.orientation };
        Ok(Self { file, jpeg, header, fast, ends: scans.end })
    }

    pub(super) fn header(&self) -> &Header {
        &self.header
    }

    pub(super) fn cost(&self) -> Cost {
        let channels = self.jpeg.sampling.len();
        // zune-jpeg pads to whole blocks of the largest sampling factor, four at most.
        let padded = |side: u32| u64::from(side).next_multiple_of(32);
        let pixels = padded(self.header.width) * padded(self.header.height);
        let samples = |(h, v): (u8, u8)| u64::from(h) * u64::from(v);
        let largest =
            |factor: fn(&(u8, u8)) -> u8| u64::from(self.jpeg.sampling.iter().map(factor).max().unwrap_or(1)).max(1);
        let (h_max, v_max) = (largest(|s| s.0), largest(|s| s.1));
        let whole = self.jpeg.frame == 0xC2 || self.has_scan_per_component() || self.is_misread();
        // Rows of blocks are worked on in 16 bits, three times; with several scans all blocks are kept.
        let rows = u64::from(self.header.width) * v_max * 8 * channels as u64 * 2 * 3;
        let blocks = self.jpeg.sampling.iter().map(|&s| pixels * 2 * samples(s) / (h_max * v_max)).sum::<u64>();
        let decoded = u64::from(self.header.width) * u64::from(self.header.height) * channels as u64;
        Cost { channels, decoded, working: rows + if whole { blocks + decoded } else { 0 } }
    }

    /// The header for the fast path, if it takes the file.
    pub(super) fn planar_header(&self) -> Option<&liveness_jpeg::Header<'a>> {
        self.fast.as_ref()
    }

    /// What the fast path needs, if it takes the file.
    #[expect(
        clippy::result_large_err,
        reason = "one at a time on the stack, where a box would be an allocation for every photo"
    )]
    pub(super) fn into_planar(self) -> Result<Planar<'a>, Self> {
        let is_plain_jpeg = self.is_plain();
        match self.fast {
            Some(header) => Ok(Planar { header, profile: profile(self.jpeg.profile_parts), is_plain_jpeg }),
            None => Err(self),
        }
    }

    pub(super) fn decode(self, pixels: &mut Vec<u8>) -> Result<Decoded, Reason> {
        let bytes = u64::from(self.header.width) * u64::from(self.header.height) * self.jpeg.sampling.len() as u64;
        allocate(pixels, bytes)?;
        let (layout, damage) = match self.attempt(true, pixels) {
            Some(layout) if self.ends => (layout, None),
            Some(layout) => (layout, Some(Damage::RowsComplete)),
            None => {
                let lost =
                    if self.ends { Reason::Damaged { format: FORMAT } } else { Reason::Truncated { format: FORMAT } };
                allocate(pixels, bytes)?;
                let layout = self.attempt(false, pixels).ok_or(lost)?;
                let row = self.header.width as usize * layout.channels();
                let is_fill = |samples: &[u8]| samples.iter().all(|&sample| sample == FILL);
                if is_fill(pixels) {
                    return Err(lost);
                }
                let missing = pixels.chunks_exact(row).next_back().is_none_or(is_fill);
                (layout, Some(if missing { Damage::RowsMissing } else { Damage::RowsComplete }))
            }
        };
        let is_plain_jpeg = self.is_plain() && matches!(layout, Layout::Grey | Layout::YCbCr);
        let has_full_chroma = layout != Layout::Grey && self.jpeg.sampling.iter().all(|&factors| factors == (1, 1));
        Ok(Decoded { layout, profile: profile(self.jpeg.profile_parts), damage, has_full_chroma, is_plain_jpeg })
    }

    /// Decodes into `pixels`; `None` if zune-jpeg refuses, which when strict it does at the first damage it sees.
    fn attempt(&self, strict: bool, pixels: &mut [u8]) -> Option<Layout> {
        let inverted = self.jpeg.adobe_transform.is_some();
        let options = DecoderOptions::new_fast()
            .set_strict_mode(strict)
            .set_max_width(usize::MAX)
            .set_max_height(usize::MAX)
            .jpeg_set_max_scans(MAX_SCANS);
        let mut decoder = JpegDecoder::new_with_options(ZCursor::new(self.file), options);
        decoder.decode_headers().ok()?;
        // zune-jpeg settles three components that Adobe's marker calls CMYK or YCCK only while decoding.
        let (layout, out) = match (decoder.input_colorspace()?, self.jpeg.sampling.len()) {
            (ColorSpace::Luma, 1) => (Layout::Grey, ColorSpace::Luma),
            (ColorSpace::YCbCr | ColorSpace::YCCK, 3) => (Layout::YCbCr, ColorSpace::YCbCr),
            // Samples as stored: zune-jpeg believes Adobe's marker before JFIF's.
            (ColorSpace::RGB | ColorSpace::CMYK, 3) if self.jpeg.jfif => (Layout::YCbCr, ColorSpace::RGB),
            (ColorSpace::RGB | ColorSpace::CMYK, 3) => (Layout::Rgb, ColorSpace::RGB),
            (ColorSpace::CMYK, 4) => (Layout::Cmyk { inverted }, ColorSpace::CMYK),
            (ColorSpace::YCCK, 4) => (Layout::Ycck { inverted }, ColorSpace::YCCK),
            _ => return None,
        };
        decoder.set_options(options.jpeg_set_out_colorspace(out));
        if self.is_misread() {
            pixels.copy_from_slice(self.decode_apart()?.get(..pixels.len())?);
        } else {
            decoder.decode_into(pixels).ok()?;
        }
        Some(layout)
    }

    fn is_plain(&self) -> bool {
        let sampling = matches!(self.jpeg.sampling[..], [(1, 1)] | [(1 | 2, 1 | 2), (1, 1), (1, 1)]);
        // Without Adobe's marker, which is cut away, the components' names would decide.
        let colour = self.jpeg.jfif || self.jpeg.adobe_transform.is_none();
        self.jpeg.frame == 0xC0 && !self.has_scan_per_component() && sampling && colour
    }

    fn has_scan_per_component(&self) -> bool {
        usize::from(self.jpeg.first_scan_components) != self.jpeg.sampling.len()
    }

    /// Whether zune-jpeg, up to 0.5.15 at least, may take samples from the wrong place: where any but the first component (and
    /// black ink) is finer than the coarsest, and in sequential files with a scan for each component once any factor is not 1.
    fn is_misread(&self) -> bool {
        let sampling = &self.jpeg.sampling[..];
        let is_usual = match sampling {
            [_] | [_, (1, 1), (1, 1)] => true,
            [first, (1, 1), (1, 1), last] => first == last,
            _ => false,
        };
        let is_full = sampling.len() == 1 || sampling.iter().all(|&factors| factors == (1, 1));
        !is_usual || self.jpeg.frame != 0xC2 && self.has_scan_per_component() && !is_full
    }

    /// Decodes by jpeg-decoder, colours as stored.
    fn decode_apart(&self) -> Option<Vec<u8>> {
        let mut decoder = jpeg_decoder::Decoder::new(self.file);
        // Of its transforms these are the ones that leave samples as they are, or nearly: `None` mixes up the planes.
        let four = self.jpeg.sampling.len() == 4;
        decoder.set_color_transform(if four { ColorTransform::CMYK } else { ColorTransform::RGB });
        let mut pixels = decoder.decode().ok()?;
        if four {
            pixels.iter_mut().for_each(|sample| *sample = 255 - *sample);
        }
        Some(pixels)
    }
}

/// Whether jpeg-decoder and zune-jpeg both read the file: each notices damage that the other, or our own decoder, passes over,
/// and nobody knows which the vendor's resembles.
pub(in crate::photo::prepare) fn has_other_readers(file: &[u8]) -> bool {
    let strict = DecoderOptions::default().set_strict_mode(true);
    jpeg_decoder::Decoder::new(file).decode().is_ok()
        && JpegDecoder::new_with_options(ZCursor::new(file), strict).decode().is_ok()
}

/// Joins the parts of an embedded profile by their numbers.
fn profile(mut parts: Vec<(u8, &[u8])>) -> Option<Vec<u8>> {
    parts.sort_by_key(|(number, _)| *number);
    let bytes: usize = parts.iter().map(|(_, part)| part.len()).sum();
    (1..=MAX_PROFILE_BYTES).contains(&bytes).then(|| parts.iter().flat_map(|(_, part)| *part).copied().collect())
}
