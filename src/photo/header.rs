//! Reads the header of a JPEG or PNG before any pixel is decoded.

use crate::photo::{
    error::Reason,
    format::SourceFormat,
    orientation::{self, Orientation},
};

const PNG_SIGNATURE_BYTES: usize = 8;
/// Marker codes of ITU-T T.81 table B.1.
const SOI: u8 = 0xD8;
const EOI: u8 = 0xD9;
const SOS: u8 = 0xDA;
const APP0: u8 = 0xE0;
const APP1: u8 = 0xE1;
const APP2: u8 = 0xE2;
const APP14: u8 = 0xEE;
const APP15: u8 = 0xEF;
const COM: u8 = 0xFE;

/// More segments than this are an attack: decoders keep them, and search the kept ones for each new one. A camera's
/// largest metadata has some hundreds.
const MAX_SEGMENTS: usize = 4096;
/// Parts of a colour profile beyond this cannot be numbered.
const MAX_PROFILE_PARTS: usize = 255;

/// A file's size and orientation from its header.
#[derive(Clone, Debug, PartialEq)]
pub(super) struct Header {
    pub(super) width: u32,
    pub(super) height: u32,
    pub(super) orientation: Orientation,
    /// Whether there are more pictures behind the first.
    pub(super) is_animated: bool,
}

/// The data in a JPEG's segments before its first scan.
#[derive(Clone, Debug, Default, PartialEq)]
pub(super) struct JpegHeader<'a> {
    pub(super) width: u16,
    pub(super) height: u16,
    /// The frame's marker, 0xC0 for baseline.
    pub(super) frame: u8,
    pub(super) precision_bits: u8,
    /// Each component's horizontal and vertical sampling factor.
    pub(super) sampling: Sampling,
    /// The colour transform of Adobe's APP14: 0 none, 1 YCbCr, 2 YCCK.
    pub(super) adobe_transform: Option<u8>,
    pub(super) orientation: Orientation,
    /// The parts of an ICC profile with their numbers, in file order.
    pub(super) profile_parts: Vec<(u8, &'a [u8])>,
    /// Whether there is a JFIF segment, which means that three components are YCbCr, whatever Adobe's segment has.
    pub(super) jfif: bool,
    /// The offset of the first scan's marker.
    pub(super) first_scan: usize,
    /// How many components the first scan has.
    pub(super) first_scan_components: u8,
}

#[cfg(feature = "photo")]
impl JpegHeader<'_> {
    /// Whether it is of the kind that every decoder reads alike: baseline, one scan, grey or YCbCr with chroma at full or half width
    /// and height.
    pub(super) fn is_plain(&self) -> bool {
        let sampling = matches!(self.sampling[..], [(1, 1)] | [(1 | 2, 1 | 2), (1, 1), (1, 1)]);
        // Without Adobe's marker, which is cut away, the components' names would decide.
        let colour = self.jfif || self.adobe_transform.is_none();
        self.frame == 0xC0 && !self.has_scan_per_component() && sampling && colour
    }

    /// Whether its first scan lacks some components.
    pub(super) fn has_scan_per_component(&self) -> bool {
        usize::from(self.first_scan_components) != self.sampling.len()
    }
}

/// A list of at most four sampling factors, without a place on the heap.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub(super) struct Sampling {
    factors: [(u8, u8); 4],
    count: usize,
}

impl std::ops::Deref for Sampling {
    type Target = [(u8, u8)];

    fn deref(&self) -> &Self::Target {
        &self.factors[..self.count.min(4)]
    }
}

/// Reads the header of a finished photo.
pub(super) fn header(file: &[u8], format: SourceFormat) -> Result<Header, Reason> {
    match format {
        SourceFormat::Jpeg => jpeg(file).map(|jpeg| Header {
            width: jpeg.width.into(),
            height: jpeg.height.into(),
            orientation: jpeg.orientation,
            is_animated: false,
        }),
        SourceFormat::Png => png(file),
        SourceFormat::WebP | SourceFormat::Bmp | SourceFormat::Gif | SourceFormat::Heic => {
            Err(Reason::NotAccepted { format })
        }
    }
}

/// Walks a JPEG's segments up to its first scan.
pub(super) fn jpeg(file: &[u8]) -> Result<JpegHeader<'_>, Reason> {
    let truncated = Reason::Truncated { format: SourceFormat::Jpeg };
    let damaged = Reason::Damaged { format: SourceFormat::Jpeg };
    let mut header = JpegHeader::default();
    let mut oriented = false;
    let mut at = 2;
    for _ in 0..MAX_SEGMENTS {
        let marker = loop {
            // Any number of fill bytes may precede a marker, and decoders step over garbage between segments.
            match (file.get(at), file.get(at + 1)) {
                (Some(0xFF), Some(&code)) if code != 0 && code != 0xFF => break code,
                (Some(_), Some(_)) => at += 1,
                _ => return Err(truncated),
            }
        };
        at += 2;
        match marker {
            0x01 | 0xD0..=SOI => continue,
            EOI => return Err(damaged),
            _ => {}
        }
        let length = match (file.get(at), file.get(at + 1)) {
            (Some(&high), Some(&low)) => usize::from(u16::from_be_bytes([high, low])),
            _ => return Err(truncated),
        };
        // Too short for the length itself. For a segment that is skipped anyway, nothing depends on it.
        let length = if matches!(marker, APP0..=APP15 | COM) { length.max(2) } else { length };
        let segment = match length.checked_sub(2) {
            Some(length) => file.get(at + 2..at + 2 + length).ok_or(truncated)?,
            None => return Err(damaged),
        };
        match marker {
            SOS if header.frame == 0 || header.width == 0 || header.height == 0 => return Err(damaged),
            SOS => {
                header.first_scan = at - 2;
                header.first_scan_components = segment.first().copied().unwrap_or_default();
                return Ok(header);
            }
            // The start-of-frame markers; C4, C8 and CC are none.
            0xC0..=0xCF if !matches!(marker, 0xC4 | 0xC8 | 0xCC) => {
                frame(&mut header, marker, segment).ok_or(damaged)?
            }
            APP1 if segment.starts_with(b"Exif\0") => {
                if let (false, Some(orientation)) = (oriented, segment.get(6..).and_then(orientation::of_exif)) {
                    header.orientation = orientation;
                    oriented = true;
                }
            }
            APP2 if segment.starts_with(b"ICC_PROFILE\0") && header.profile_parts.len() < MAX_PROFILE_PARTS => {
                if let [number, _count, part @ ..] = &segment[12..] {
                    header.profile_parts.push((*number, part));
                }
            }
            APP14 if segment.starts_with(b"Adobe") => header.adobe_transform = segment.get(11).copied(),
            APP0 if segment.starts_with(b"JFIF\0") => header.jfif = true,
            _ => {}
        }
        at += length;
    }
    Err(damaged)
}

/// Reads a frame header; `None` if it is too short, a second one, or of more than four components.
fn frame(header: &mut JpegHeader<'_>, marker: u8, segment: &[u8]) -> Option<()> {
    let [precision, y1, y0, x1, x0, count, components @ ..] = segment else { return None };
    if header.frame != 0 || *count > 4 || components.len() < usize::from(*count) * 3 {
        return None;
    }
    header.frame = marker;
    header.precision_bits = *precision;
    header.height = u16::from_be_bytes([*y1, *y0]);
    header.width = u16::from_be_bytes([*x1, *x0]);
    header.sampling.count = usize::from(*count);
    for (factors, component) in header.sampling.factors.iter_mut().zip(components.chunks_exact(3)) {
        *factors = (component[1] >> 4, component[1] & 15);
    }
    Some(())
}

/// The content of a JPEG after its header.
#[cfg(feature = "photo")]
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(super) struct JpegScans {
    /// How many scans there are.
    pub(super) count: usize,
    /// Whether the end-of-image marker was found.
    pub(super) end: bool,
}

/// Counts the scans of a JPEG from its first scan's marker on, without decoding.
#[cfg(feature = "photo")]
pub(super) fn jpeg_scans(file: &[u8], first_scan: usize) -> JpegScans {
    let mut scans = JpegScans::default();
    let mut rest = file.get(first_scan..).unwrap_or_default();
    while let Some(at) = memchr::memchr(0xFF, rest) {
        match rest.get(at + 1) {
            None => break,
            // A fill byte: the next one may be the marker's first.
            Some(0xFF) => rest = &rest[at + 1..],
            // A stuffed byte, a restart, or bytes that a JPEG must not have in a scan: the scan goes on.
            Some(0..=0xBF | 0xD0..=SOI) => rest = &rest[at + 2..],
            Some(&EOI) => return JpegScans { end: true, ..scans },
            Some(&marker) => {
                scans.count += usize::from(marker == SOS);
                let Some(&[high, low]) = rest.get(at + 2..at + 4) else { break };
                let length = usize::from(u16::from_be_bytes([high, low]));
                rest = rest.get(at + 2 + length..).unwrap_or_default();
            }
        }
    }
    scans
}

/// Reads a PNG's IHDR, and the orientation in its eXIf chunk, which may be anywhere.
pub(super) fn png(file: &[u8]) -> Result<Header, Reason> {
    let truncated = Reason::Truncated { format: SourceFormat::Png };
    let damaged = Reason::Damaged { format: SourceFormat::Png };
    let mut chunks = PngChunks { rest: file.get(PNG_SIGNATURE_BYTES..).ok_or(truncated)? };
    let (name, ihdr) = chunks.next().ok_or(truncated)?;
    let [w3, w2, w1, w0, h3, h2, h1, h0, ..] = ihdr else { return Err(damaged) };
    let (width, height) = (u32::from_be_bytes([*w3, *w2, *w1, *w0]), u32::from_be_bytes([*h3, *h2, *h1, *h0]));
    if name != *b"IHDR" || width == 0 || height == 0 {
        return Err(damaged);
    }
    let block = chunks.find(|(name, _)| name == b"eXIf").map(|(_, data)| data);
    // Some writers keep the prefix that EXIF has in a JPEG.
    let tiff = block.map(|block| block.strip_prefix(b"Exif\0\0").unwrap_or(block));
    let orientation = tiff.and_then(orientation::of_exif);
    Ok(Header { width, height, orientation: orientation.unwrap_or_default(), is_animated: false })
}

/// Whether a PNG is complete to its last chunk.
#[cfg(feature = "photo")]
pub(super) fn png_ends(file: &[u8]) -> bool {
    let mut chunks = PngChunks { rest: file.get(PNG_SIGNATURE_BYTES..).unwrap_or_default() };
    chunks.any(|(name, _)| name == *b"IEND")
}

/// The chunks of a PNG, by name and data; the decoder checks the checksums.
struct PngChunks<'a> {
    rest: &'a [u8],
}

impl<'a> Iterator for PngChunks<'a> {
    type Item = ([u8; 4], &'a [u8]);

    fn next(&mut self) -> Option<Self::Item> {
        let (length, rest) = self.rest.split_first_chunk::<4>()?;
        let (name, rest) = rest.split_first_chunk::<4>()?;
        let length = usize::try_from(u32::from_be_bytes(*length)).ok()?;
        let data = rest.get(..length)?;
        self.rest = rest.get(length.checked_add(4)?..).unwrap_or_default();
        Some((*name, data))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// A grey JPEG of 16×16 px up to its scan, after so many copies of `segment`.
    fn after(segment: &[u8], copies: usize) -> Vec<u8> {
        let frame = b"\xFF\xC0\0\x0B\x08\0\x10\0\x10\x01\x01\x11\0\xFF\xDA\0\x08\x01\x01\0\0\x3F\0";
        [b"\xFF\xD8", &segment.repeat(copies)[..], frame].concat()
    }

    #[test]
    fn a_header_of_thousands_of_segments_is_an_attack() {
        let comment = b"\xFF\xFE\0\x04hi";
        let most = MAX_SEGMENTS - 2;
        assert_eq!(jpeg(&after(comment, most)).map(|header| header.width), Ok(16));
        assert_eq!(jpeg(&after(comment, most + 1)), Err(Reason::Damaged { format: SourceFormat::Jpeg }));
    }

    #[test]
    fn a_profile_has_no_more_parts_than_can_be_numbered() {
        let part = b"\xFF\xE2\0\x11ICC_PROFILE\0\x01\x01p";
        assert_eq!(jpeg(&after(part, 1000)).unwrap().profile_parts.len(), MAX_PROFILE_PARTS);
    }
}
