//! Decodes a JPEG to pixels with zune-jpeg, in full size, or with jpeg-decoder where zune-jpeg misreads it.

use jpeg_decoder::ColorTransform;
use zune_core::bytestream::ZCursor;
use zune_core::colorspace::ColorSpace;
use zune_core::options::DecoderOptions;
use zune_jpeg::JpegDecoder;

use crate::photo::{
    error::{Foreign, PhotoError, Reason},
    format::SourceFormat,
    header::{self, Header, JpegHeader},
    limits::Limits,
    prepare::decode::pixels::{Cost, Damage, Decoded, Layout, Planar, Source, Whole, allocate},
};

/// Scans beyond this are an attack: each costs a pass over the picture. The usual progressive file has 10.
const MAX_SCANS: usize = 100;
/// What zune-jpeg fills missing rows with, in every channel.
const FILL: u8 = 128;
/// A colour profile longer than this is ignored; a printer's has 3 MB, and moxcms reads none of 10 MB.
const MAX_PROFILE_BYTES: usize = 10 << 20;
const FORMAT: SourceFormat = SourceFormat::Jpeg;

/// Reads the header of a JPEG.
pub(super) fn open<'a>(file: &'a [u8], limits: &Limits) -> Result<(Header, Source<'a>), PhotoError> {
    let jpeg = header::jpeg(file)?;
    let kind = match (jpeg.frame, jpeg.precision_bits, jpeg.sampling.len()) {
        (0xC0..=0xC2, 8, 1 | 3 | 4) => None,
        (0xC0..=0xC2, 12, _) => Some(Foreign::called("12-bit JPEG", "12 位 JPEG")),
        (0xC0..=0xC2, ..) => return Err(Reason::Damaged { format: FORMAT }.into()),
        (0xC9..=0xCF, ..) => Some(Foreign::called("arithmetic-coded JPEG", "算术编码的 JPEG")),
        (0xC3, ..) => Some(Foreign::called("lossless JPEG", "无损 JPEG")),
        _ => Some(Foreign::called("hierarchical JPEG", "分层编码的 JPEG")),
    };
    if let Some(kind) = kind {
        return Err(Reason::UnusualJpeg { kind }.into());
    }
    let header = Header {
        width: jpeg.width.into(),
        height: jpeg.height.into(),
        orientation: jpeg.orientation,
        is_animated: false,
    };
    let planar = liveness_jpeg::Header::parse(file).ok();
    match &planar {
        Some(_) => limits.check_planar_pixels(header.width, header.height)?,
        None => limits.check_pixels(header.width, header.height)?,
    }
    // A sequential file that our codec takes has one scan.
    let scans = match &planar {
        Some(planar) if !planar.is_progressive() => Default::default(),
        _ => header::jpeg_scans(file, jpeg.first_scan),
    };
    if scans.count > MAX_SCANS {
        return Err(Reason::TooManyScans { scans: scans.count, max_scans: MAX_SCANS }.into());
    }
    if let Some(planar) = planar {
        // Whether it ends is seen while decoding.
        let is_plain_jpeg = jpeg.is_plain();
        return Ok((
            header,
            Source::Planar(Planar { header: planar, profile: profile(jpeg.profile_parts), is_plain_jpeg }),
        ));
    }
    Ok((header, Source::Whole(Box::new(Jpeg { file, jpeg, ends: scans.end }))))
}

/// An opened JPEG that our codec does not take.
struct Jpeg<'a> {
    file: &'a [u8],
    jpeg: JpegHeader<'a>,
    ends: bool,
}

impl Whole for Jpeg<'_> {
    fn cost(&self) -> Cost {
        let channels = self.jpeg.sampling.len();
        // zune-jpeg pads to whole blocks of the largest sampling factor, four at most.
        let padded = |side: u16| u64::from(side).next_multiple_of(32);
        let pixels = padded(self.jpeg.width) * padded(self.jpeg.height);
        let samples = |(h, v): (u8, u8)| u64::from(h) * u64::from(v);
        let largest =
            |factor: fn(&(u8, u8)) -> u8| u64::from(self.jpeg.sampling.iter().map(factor).max().unwrap_or(1)).max(1);
        let (h_max, v_max) = (largest(|s| s.0), largest(|s| s.1));
        let whole = self.jpeg.frame == 0xC2 || self.jpeg.has_scan_per_component() || self.is_misread();
        // Rows of blocks are worked on in 16 bits, three times; with several scans all blocks are kept.
        let rows = u64::from(self.jpeg.width) * v_max * 8 * channels as u64 * 2 * 3;
        let blocks = self.jpeg.sampling.iter().map(|&s| pixels * 2 * samples(s) / (h_max * v_max)).sum::<u64>();
        let decoded = u64::from(self.jpeg.width) * u64::from(self.jpeg.height) * channels as u64;
        Cost { channels, decoded, working: rows + if whole { blocks + decoded } else { 0 } }
    }

    fn decode(self: Box<Self>, pixels: &mut Vec<u8>) -> Result<Decoded, PhotoError> {
        let bytes = u64::from(self.jpeg.width) * u64::from(self.jpeg.height) * self.jpeg.sampling.len() as u64;
        allocate(pixels, bytes)?;
        let (layout, damage) = match self.attempt(true, pixels) {
            Ok(layout) if self.ends => (layout, None),
            Ok(layout) => (layout, Some(Damage::RowsComplete)),
            Err(damage) => {
                let lost =
                    if self.ends { Reason::Damaged { format: FORMAT } } else { Reason::Truncated { format: FORMAT } };
                allocate(pixels, bytes)?;
                let layout = self.attempt(false, pixels).map_err(|error| error.with_reason(lost))?;
                let row = usize::from(self.jpeg.width) * layout.channels();
                let is_fill = |samples: &[u8]| samples.iter().all(|&sample| sample == FILL);
                if is_fill(pixels) {
                    return Err(damage.with_reason(lost));
                }
                let missing = pixels.chunks_exact(row).next_back().is_none_or(is_fill);
                (layout, Some(if missing { Damage::RowsMissing } else { Damage::RowsComplete }))
            }
        };
        let is_plain_jpeg = self.jpeg.is_plain() && matches!(layout, Layout::Grey | Layout::YCbCr);
        let has_full_chroma = layout != Layout::Grey && self.jpeg.sampling.iter().all(|&factors| factors == (1, 1));
        Ok(Decoded {
            layout,
            planes: None,
            profile: profile(self.jpeg.profile_parts),
            damage,
            has_full_chroma,
            is_plain_jpeg,
        })
    }
}

impl Jpeg<'_> {
    /// Decodes into `pixels`; when strict, zune-jpeg refuses at the first damage it sees.
    fn attempt(&self, strict: bool, pixels: &mut [u8]) -> Result<Layout, PhotoError> {
        const DAMAGED: Reason = Reason::Damaged { format: FORMAT };
        let inverted = self.jpeg.adobe_transform.is_some();
        let options = DecoderOptions::new_fast()
            .set_strict_mode(strict)
            .set_max_width(usize::MAX)
            .set_max_height(usize::MAX)
            .jpeg_set_max_scans(MAX_SCANS);
        let mut decoder = JpegDecoder::new_with_options(ZCursor::new(self.file), options);
        decoder.decode_headers().map_err(|error| PhotoError::caused_by(DAMAGED, error))?;
        // zune-jpeg settles three components that Adobe's marker calls CMYK or YCCK only while decoding.
        let (layout, out) = match (decoder.input_colorspace().ok_or(DAMAGED)?, self.jpeg.sampling.len()) {
            (ColorSpace::Luma, 1) => (Layout::Grey, ColorSpace::Luma),
            (ColorSpace::YCbCr | ColorSpace::YCCK, 3) => (Layout::YCbCr, ColorSpace::YCbCr),
            // Samples as stored: zune-jpeg believes Adobe's marker before JFIF's.
            (ColorSpace::RGB | ColorSpace::CMYK, 3) if self.jpeg.jfif => (Layout::YCbCr, ColorSpace::RGB),
            (ColorSpace::RGB | ColorSpace::CMYK, 3) => (Layout::Rgb, ColorSpace::RGB),
            (ColorSpace::CMYK, 4) => (Layout::Cmyk { inverted }, ColorSpace::CMYK),
            (ColorSpace::YCCK, 4) => (Layout::Ycck { inverted }, ColorSpace::YCCK),
            _ => return Err(DAMAGED.into()),
        };
        decoder.set_options(options.jpeg_set_out_colorspace(out));
        if self.is_misread() {
            pixels.copy_from_slice(self.decode_apart()?.get(..pixels.len()).ok_or(DAMAGED)?);
        } else {
            decoder.decode_into(pixels).map_err(|error| PhotoError::caused_by(DAMAGED, error))?;
        }
        Ok(layout)
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
        !is_usual || self.jpeg.frame != 0xC2 && self.jpeg.has_scan_per_component() && !is_full
    }

    /// Decodes by jpeg-decoder, colours as stored.
    fn decode_apart(&self) -> Result<Vec<u8>, PhotoError> {
        let mut decoder = jpeg_decoder::Decoder::new(self.file);
        // Of its transforms these are the ones that leave samples as they are, or nearly: `None` mixes up the planes.
        let four = self.jpeg.sampling.len() == 4;
        decoder.set_color_transform(if four { ColorTransform::CMYK } else { ColorTransform::RGB });
        let damaged = |error| PhotoError::caused_by(Reason::Damaged { format: FORMAT }, error);
        let mut pixels = decoder.decode().map_err(damaged)?;
        if four {
            pixels.iter_mut().for_each(|sample| *sample = 255 - *sample);
        }
        Ok(pixels)
    }
}

/// Whether jpeg-decoder and zune-jpeg both read the file. Each notices damage that the other, or our own decoder,
/// passes over, and it is not known which of them the vendor's resembles.
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
