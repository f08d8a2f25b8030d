//! The header of a JPEG, read before any pixel is decoded.
//!
//! Reads every marker up to the first scan (ITU-T T.81, annex B) into plain arrays; allocates nothing.

mod component;
mod exif;
mod huffman;
mod markers;
mod scans;

use std::fmt;

use crate::{
    error::{Error, Unsupported},
    orientation::Orientation,
    zigzag::ZIGZAG,
};
pub(crate) use component::{Component, MAX_COMPONENTS};
pub(crate) use huffman::HuffmanSpec;
use markers::Markers;
pub(crate) use scans::{Band, Next, ScanHeader};
use scans::{MAX_LOW_BIT, ScanPart};

/// Most blocks in one MCU (T.81 §B.2.3).
pub(crate) const MAX_BLOCKS_PER_MCU: usize = 10;

const CODING: Error = Error::Unsupported(Unsupported::Coding);
const COLOUR: Error = Error::Unsupported(Unsupported::Colour);
const SAMPLING: Error = Error::Unsupported(Unsupported::Sampling);

/// A JPEG that can be decoded here: its header, read, and its file, borrowed.
///
/// It accepts Huffman-coded JPEGs of 8 bits, sequential in one scan or progressive in any number, grey or YCbCr, with
/// sampling factors of 1 to 4, as cameras, phones and web sites write them. Colour profiles are not read.
///
/// ```
/// # let mut planes = liveness_jpeg::Planes::new();
/// # planes.set_grey(&[128; 64 * 48], 64, 48, liveness_jpeg::Orientation::Upright)?;
/// # let file = liveness_jpeg::Encoder::new().encode(&planes, liveness_jpeg::Budget::quality(80.0))?.bytes;
/// let header = liveness_jpeg::Header::parse(&file)?;
/// assert_eq!((header.width(), header.height()), (64, 48));
/// assert!(!header.is_progressive() && !header.has_full_chroma());
/// # Ok::<(), liveness_jpeg::Error>(())
/// ```
#[derive(Clone)]
pub struct Header<'a> {
    file: &'a [u8],
    width: u16,
    height: u16,
    orientation: Option<Orientation>,
    components: [Component; MAX_COMPONENTS],
    component_count: usize,
    /// Quantisation tables in natural order.
    quantisers: [[u16; 64]; 4],
    dc: [HuffmanSpec; 4],
    ac: [HuffmanSpec; 4],
    restart_interval: u16,
    /// The first scan of a progressive file.
    first_scan: Option<ScanHeader>,
    data_start: usize,
}

impl<'a> Header<'a> {
    /// Reads the header of `file`, a whole JPEG file. Costs microseconds; nothing is decoded yet.
    ///
    /// ```
    /// use liveness_jpeg::{Error, Header};
    ///
    /// assert_eq!(Header::parse(b"\x89PNG").unwrap_err(), Error::Malformed);
    /// ```
    ///
    /// # Errors
    ///
    /// [`Error::Malformed`], or [`Error::Unsupported`] with the part that needs a general decoder.
    pub fn parse(file: &'a [u8]) -> Result<Self, Error> {
        let mut header = Self {
            file,
            width: 0,
            height: 0,
            orientation: None,
            components: [Component::default(); MAX_COMPONENTS],
            component_count: 0,
            quantisers: [[0; 64]; 4],
            dc: [HuffmanSpec::EMPTY; 4],
            ac: [HuffmanSpec::EMPTY; 4],
            restart_interval: 0,
            first_scan: None,
            data_start: 0,
        };
        let (mut jfif, mut adobe, mut progressive) = (false, None, false);
        let mut markers = Markers::new(file).ok_or(Error::Malformed)?;
        loop {
            let (marker, body) = markers.next_segment().ok_or(Error::Malformed)?;
            match marker {
                0xC0..=0xC2 => {
                    progressive = marker == 0xC2;
                    header.frame(body)?;
                }
                0xC3 | 0xC5..=0xC7 | 0xC9..=0xCF => return Err(CODING),
                0xC4 => header.huffman_tables(body)?,
                0xDB => header.quantisation_tables(body)?,
                0xDD => header.restart_interval = u16::from_be_bytes(head(body)?),
                0xDA => {
                    if progressive {
                        header.first_scan = Some(header.progressive_scan(body)?);
                    } else {
                        header.scan(body)?;
                    }
                    header.data_start = markers.at();
                    break;
                }
                // An end or a second start of image before any scan; hierarchical files (DHP, EXP).
                0xD8 | 0xD9 | 0xDE | 0xDF => return Err(Error::Malformed),
                // A number of lines given only after the scan.
                0xDC => return Err(CODING),
                0xE0 => jfif |= body.starts_with(b"JFIF\0"),
                0xE1 => header.orientation = header.orientation.or_else(|| exif::orientation(body)),
                0xEE if body.starts_with(b"Adobe") => adobe = body.get(11).copied(),
                _ => {}
            }
        }
        header.check_colour(jfif, adobe)?;
        Ok(header)
    }

    /// The width in px as stored, before any turn.
    pub fn width(&self) -> u32 {
        self.width.into()
    }

    /// The height in px as stored, before any turn.
    pub fn height(&self) -> u32 {
        self.height.into()
    }

    /// The turn that makes the picture upright, by its EXIF data; upright without EXIF data.
    pub fn orientation(&self) -> Orientation {
        self.orientation.unwrap_or_default()
    }

    /// Whether the picture has luma alone.
    pub fn is_grey(&self) -> bool {
        self.component_count == 1
    }

    /// Whether the picture has as much chroma as luma, 4:4:4.
    pub fn has_full_chroma(&self) -> bool {
        !self.is_grey() && self.components.iter().all(|component| (component.h, component.v) == (1, 1))
    }

    /// Whether the picture comes in several scans, each of which makes it finer. Decoding keeps coefficients of the whole picture.
    pub fn is_progressive(&self) -> bool {
        self.first_scan.is_some()
    }

    /// The first scan of a progressive file.
    pub(crate) fn first_scan(&self) -> Option<ScanHeader> {
        self.first_scan
    }

    /// The whole file.
    pub(crate) fn file(&self) -> &'a [u8] {
        self.file
    }

    /// Where in the file the entropy-coded data begins.
    pub(crate) fn data_start(&self) -> usize {
        self.data_start
    }

    /// MCUs between restart markers; 0 where there are none.
    pub(crate) fn restart_interval(&self) -> u16 {
        self.restart_interval
    }

    /// A quantisation table in natural order.
    pub(crate) fn quantiser(&self, table: usize) -> &[u16; 64] {
        &self.quantisers[table & 3]
    }

    /// The Huffman tables of DC and of AC, as given.
    pub(crate) fn huffman(&self) -> (&[HuffmanSpec; 4], &[HuffmanSpec; 4]) {
        (&self.dc, &self.ac)
    }

    /// The components, luma first.
    pub(crate) fn components(&self) -> &[Component] {
        &self.components[..self.component_count]
    }

    /// The largest sampling factors, across and down.
    pub(crate) fn max_sampling(&self) -> (usize, usize) {
        let max = |of: fn(&Component) -> usize| self.components().iter().map(of).max().unwrap_or(1);
        (max(|c| c.h), max(|c| c.v))
    }

    fn frame(&mut self, body: &[u8]) -> Result<(), Error> {
        let [precision, h1, h0, w1, w0, count] = head(body)?;
        if precision != 8 || self.component_count != 0 {
            return Err(CODING);
        }
        (self.height, self.width) = (u16::from_be_bytes([h1, h0]), u16::from_be_bytes([w1, w0]));
        if self.width == 0 {
            return Err(Error::Malformed);
        }
        if self.height == 0 {
            return Err(CODING);
        }
        if count != 1 && count != 3 {
            return Err(COLOUR);
        }
        self.component_count = usize::from(count);
        let entries = body.get(6..6 + 3 * self.component_count).ok_or(Error::Malformed)?;
        let mut blocks = 0;
        for (component, entry) in self.components.iter_mut().zip(entries.chunks_exact(3)) {
            let (h, v) = (usize::from(entry[1] >> 4), usize::from(entry[1] & 15));
            if !(1..=4).contains(&h) || !(1..=4).contains(&v) {
                return Err(SAMPLING);
            }
            if entry[2] > 3 {
                return Err(Error::Malformed);
            }
            blocks += h * v;
            *component = Component { id: entry[0], h, v, quantiser: usize::from(entry[2]), ..Component::default() };
        }
        if count == 1 {
            // The one component of a grey file is never interleaved: its factors say nothing (T.81 §A.2.2).
            (self.components[0].h, self.components[0].v) = (1, 1);
        } else if blocks > MAX_BLOCKS_PER_MCU {
            return Err(SAMPLING);
        }
        Ok(())
    }

    fn scan(&mut self, body: &[u8]) -> Result<(), Error> {
        let [count] = head(body)?;
        if self.component_count == 0 {
            return Err(Error::Malformed);
        }
        if usize::from(count) != self.component_count {
            return Err(CODING);
        }
        // What follows them has one meaning in a sequential scan, whatever it says: some cameras write zeros (libjpeg warns).
        let entries = body.get(1..1 + 2 * self.component_count).ok_or(Error::Malformed)?;
        for (component, entry) in self.components.iter_mut().zip(entries.chunks_exact(2)) {
            (component.dc, component.ac) = (usize::from(entry[1] >> 4), usize::from(entry[1] & 15));
            if component.id != entry[0] || component.dc > 3 || component.ac > 3 {
                return Err(Error::Malformed);
            }
            let (dc, ac) = (&mut self.dc[component.dc], &mut self.ac[component.ac]);
            dc.define_by_default(&huffman::DC, component.dc);
            ac.define_by_default(&huffman::AC, component.ac);
            let known = dc.is_defined() && ac.is_defined();
            if !known || self.quantisers[component.quantiser][0] == 0 {
                return Err(Error::Malformed);
            }
        }
        Ok(())
    }

    /// Reads a scan's header.
    fn progressive_scan(&self, body: &[u8]) -> Result<ScanHeader, Error> {
        let [count] = head(body)?;
        let count = usize::from(count);
        if !(1..=self.component_count).contains(&count) {
            return Err(Error::Malformed);
        }
        let (entries, rest) = body[1..].split_at_checked(2 * count).ok_or(Error::Malformed)?;
        let [start, end, bits] = head(rest)?;
        let (high_bit, low_bit) = (bits >> 4, bits & 15);
        let refines = high_bit != 0;
        let is_band = if start == 0 { end == 0 } else { count == 1 && start <= end && end <= 63 };
        if !is_band || low_bit > MAX_LOW_BIT || refines && high_bit != low_bit + 1 {
            return Err(Error::Malformed);
        }
        let mut scan = ScanHeader {
            parts: Default::default(),
            count,
            band: Band { start: start.into(), end: end.into(), refines, low_bit: low_bit.into() },
        };
        let (mut earliest, mut blocks) = (0, 0);
        for (part, entry) in scan.parts.iter_mut().zip(entries.chunks_exact(2)) {
            // In the order of the frame (T.81 §B.2.3).
            let later = self.components().iter().skip(earliest).position(|component| component.id == entry[0]);
            let component = earliest + later.ok_or(Error::Malformed)?;
            let (dc, ac) = (usize::from(entry[1] >> 4), usize::from(entry[1] & 15));
            let (specs, table) = if start == 0 { (&self.dc, dc) } else { (&self.ac, ac) };
            let has_table = specs.get(table).is_some_and(|spec| spec.is_defined());
            // A refinement of DC is bits alone.
            let needs_table = start > 0 || !refines;
            let Component { h, v, quantiser, .. } = self.components[component];
            if needs_table && !has_table || self.quantisers[quantiser][0] == 0 {
                return Err(Error::Malformed);
            }
            blocks += h * v;
            *part = ScanPart { component, dc: dc & 3, ac: ac & 3 };
            earliest = component + 1;
        }
        if count > 1 && blocks > MAX_BLOCKS_PER_MCU { Err(Error::Malformed) } else { Ok(scan) }
    }

    /// Reads on from `at`, where a scan's data ended, and takes over the tables found there. `damaged` is set where a segment is
    /// not as it should be.
    pub(crate) fn next_scan(&mut self, at: usize, damaged: &mut bool) -> Next {
        let mut markers = Markers::at_segment(self.file, at);
        while let Some((marker, body)) = markers.next_segment() {
            let read = match marker {
                0xC4 => self.huffman_tables(body),
                0xDB => self.quantisation_tables(body),
                0xDD => head(body).map(|interval| self.restart_interval = u16::from_be_bytes(interval)),
                0xDA => return Next::Scan(self.progressive_scan(body).ok(), markers.at()),
                0xD9 => return Next::End,
                _ => Ok(()),
            };
            *damaged |= read.is_err();
        }
        Next::Cut
    }

    /// Whether the file has more than `most` scans. Reads no further than to the one that is too many.
    pub(crate) fn has_more_scans_than(&self, most: usize) -> bool {
        let (mut scans, mut at) = (1, self.data_start);
        while scans <= most {
            let rest = self.file.get(at..).unwrap_or_default();
            let Some(found) = memchr::memchr(0xFF, rest) else { return false };
            match rest.get(found + 1) {
                None | Some(0xD9) => return false,
                // A fill byte: the next one may be the marker's first.
                Some(0xFF) => at += found + 1,
                // Stuffing, restarts, and bytes that no scan may contain: decoding steps over two bytes there, too.
                Some(0x00..=0xBF | 0xD0..=0xD8) => at += found + 2,
                Some(&marker) => {
                    scans += usize::from(marker == 0xDA);
                    let Some(&[high, low]) = rest.get(found + 2..found + 4) else { return false };
                    at += found + 2 + usize::from(u16::from_be_bytes([high, low]));
                }
            }
        }
        true
    }

    fn quantisation_tables(&mut self, mut body: &[u8]) -> Result<(), Error> {
        while let Some((&kind, rest)) = body.split_first() {
            let (wide, table) = (kind >> 4, usize::from(kind & 15));
            let bytes = 64 << wide.min(1);
            if wide > 1 || table > 3 || rest.len() < bytes {
                return Err(Error::Malformed);
            }
            for (&natural, entry) in ZIGZAG.iter().zip(rest[..bytes].chunks_exact(1 << wide)) {
                // A zero would make the picture undefined; decoders disagree, so the general one decides.
                let value = entry.iter().fold(0, |value, &byte| value << 8 | u16::from(byte));
                if value == 0 {
                    return Err(Error::Malformed);
                }
                self.quantisers[table][usize::from(natural)] = value;
            }
            body = &rest[bytes..];
        }
        Ok(())
    }

    fn huffman_tables(&mut self, mut body: &[u8]) -> Result<(), Error> {
        while let Some((&kind, rest)) = body.split_first() {
            let (class, table) = (kind >> 4, usize::from(kind & 15));
            if class > 1 || table > 3 {
                return Err(Error::Malformed);
            }
            let (spec, used) = HuffmanSpec::parse(rest).ok_or(Error::Malformed)?;
            let tables = if class == 0 { &mut self.dc } else { &mut self.ac };
            tables[table] = spec;
            body = &rest[used..];
        }
        Ok(())
    }

    /// Takes three components for YCbCr where JFIF's marker says so, whatever Adobe's does (libjpeg's order), and else unless
    /// Adobe's or the components' names say otherwise: whatever is in doubt is for the general decoder to settle.
    fn check_colour(&self, jfif: bool, adobe: Option<u8>) -> Result<(), Error> {
        let named_rgb = adobe.is_none() && self.components.map(|c| c.id) == *b"RGB";
        let other = !jfif && (adobe.is_some_and(|transform| transform != 1) || named_rgb);
        if self.component_count == 3 && other { Err(COLOUR) } else { Ok(()) }
    }
}

impl fmt::Debug for Header<'_> {
    /// Without the file.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Header")
            .field("width", &self.width)
            .field("height", &self.height)
            .field("orientation", &self.orientation())
            .field("is_grey", &self.is_grey())
            .finish_non_exhaustive()
    }
}

/// The first `N` bytes.
fn head<const N: usize>(bytes: &[u8]) -> Result<[u8; N], Error> {
    bytes.first_chunk().copied().ok_or(Error::Malformed)
}
