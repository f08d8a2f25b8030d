//! What does a JPEG's header say, and may the fast path take it?
//!
//! Reads every marker up to the first scan (ITU-T T.81, annex B) into plain arrays; allocates nothing. Whatever the fast
//! path does not take is a [`Refusal`]: no judgement about the file, only that the general decoder must see it.

use super::huffman::HuffmanSpec;

/// Most components the fast path takes: grey or YCbCr.
pub(crate) const MAX_COMPONENTS: usize = 3;
/// Most blocks in one MCU (T.81 §B.2.3).
pub(crate) const MAX_BLOCKS_PER_MCU: usize = 10;

/// Zigzag index to natural index (row × 8 + column), T.81 figure 5.
pub(crate) const ZIGZAG: [u8; 64] = [
    0, 1, 8, 16, 9, 2, 3, 10, 17, 24, 32, 25, 18, 11, 4, 5, 12, 19, 26, 33, 40, 48, 41, 34, 27, 20, 13, 6, 7, 14, 21,
    28, 35, 42, 49, 56, 57, 50, 43, 36, 29, 22, 15, 23, 30, 37, 44, 51, 58, 59, 52, 45, 38, 31, 39, 46, 53, 60, 61, 54,
    47, 55, 62, 63,
];

/// The header of a sequential Huffman JPEG that the fast path can decode.
#[derive(Debug, Clone)]
pub struct Header {
    /// Width in pixels as stored, before any orientation.
    pub width: u16,
    /// Height in pixels as stored.
    pub height: u16,
    components: [Component; MAX_COMPONENTS],
    component_count: usize,
    /// Quantisation tables in natural order.
    pub(crate) quantisers: [[u16; 64]; 4],
    /// DC Huffman tables as given.
    pub(crate) dc: [HuffmanSpec; 4],
    /// AC Huffman tables as given.
    pub(crate) ac: [HuffmanSpec; 4],
    /// MCUs between restart markers; 0 where there are none.
    pub(crate) restart_interval: u16,
    /// Where the entropy-coded data begins.
    pub(crate) data_start: usize,
}

/// One component of the frame and the tables its scan names.
#[derive(Debug, Clone, Copy, Default)]
pub struct Component {
    id: u8,
    /// Blocks per MCU across: 1, 2 or 4.
    pub h: usize,
    /// Blocks per MCU down: 1, 2 or 4.
    pub v: usize,
    pub(crate) quantiser: usize,
    pub(crate) dc: usize,
    pub(crate) ac: usize,
}

/// Why the fast path leaves a file to the general decoder.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Refusal {
    /// Not a JPEG, or its header is cut or contradicts itself.
    Malformed,
    /// Progressive, lossless, arithmetic or hierarchical coding, 12 bit, more than one scan.
    Coding,
    /// Two or four components, or RGB by an Adobe marker or by component names.
    Colour,
    /// Sampling factors other than 1, 2 and 4, or more blocks in an MCU than allowed.
    Sampling,
}

impl Header {
    /// Reads the header of `file`.
    ///
    /// # Errors
    /// A [`Refusal`] where the general decoder must take over.
    pub fn parse(file: &[u8]) -> Result<Self, Refusal> {
        let mut header = Self {
            width: 0,
            height: 0,
            components: [Component::default(); MAX_COMPONENTS],
            component_count: 0,
            quantisers: [[0; 64]; 4],
            dc: [HuffmanSpec::EMPTY; 4],
            ac: [HuffmanSpec::EMPTY; 4],
            restart_interval: 0,
            data_start: 0,
        };
        let (mut jfif, mut adobe) = (false, None);
        let mut markers = Markers { file, at: 0 };
        if !markers.start_of_image() {
            return Err(Refusal::Malformed);
        }
        loop {
            let (marker, body) = markers.next_segment().ok_or(Refusal::Malformed)?;
            match marker {
                0xC0 | 0xC1 => header.frame(body)?,
                0xC2 | 0xC3 | 0xC5..=0xC7 | 0xC9..=0xCF => return Err(Refusal::Coding),
                0xC4 => header.huffman_tables(body)?,
                0xDB => header.quantisation_tables(body)?,
                0xDD => header.restart_interval = u16::from_be_bytes(head(body)?),
                0xDA => {
                    header.scan(body)?;
                    header.data_start = markers.at;
                    break;
                }
                // An end or a second start of image before any scan; hierarchical files (DHP, EXP).
                0xD8 | 0xD9 | 0xDE | 0xDF => return Err(Refusal::Malformed),
                // A number of lines given only after the scan.
                0xDC => return Err(Refusal::Coding),
                0xE0 => jfif |= body.starts_with(b"JFIF\0"),
                0xEE if body.starts_with(b"Adobe") => adobe = body.get(11).copied(),
                _ => {}
            }
        }
        header.check_colour(jfif, adobe)?;
        Ok(header)
    }

    /// The components, luma first.
    pub fn components(&self) -> &[Component] {
        &self.components[..self.component_count]
    }

    /// The largest sampling factors, across and down.
    pub fn max_sampling(&self) -> (usize, usize) {
        let max = |of: fn(&Component) -> usize| self.components().iter().map(of).max().unwrap_or(1);
        (max(|c| c.h), max(|c| c.v))
    }

    fn frame(&mut self, body: &[u8]) -> Result<(), Refusal> {
        let [precision, h1, h0, w1, w0, count] = head(body)?;
        if precision != 8 || self.component_count != 0 {
            return Err(Refusal::Coding);
        }
        (self.height, self.width) = (u16::from_be_bytes([h1, h0]), u16::from_be_bytes([w1, w0]));
        if self.width == 0 {
            return Err(Refusal::Malformed);
        }
        if self.height == 0 {
            return Err(Refusal::Coding);
        }
        if count != 1 && count != 3 {
            return Err(Refusal::Colour);
        }
        self.component_count = usize::from(count);
        let entries = body.get(6..6 + 3 * self.component_count).ok_or(Refusal::Malformed)?;
        let mut blocks = 0;
        for (component, entry) in self.components.iter_mut().zip(entries.chunks_exact(3)) {
            let (h, v) = (usize::from(entry[1] >> 4), usize::from(entry[1] & 15));
            if ![1, 2, 4].contains(&h) || ![1, 2, 4].contains(&v) {
                return Err(Refusal::Sampling);
            }
            if entry[2] > 3 {
                return Err(Refusal::Malformed);
            }
            blocks += h * v;
            *component = Component { id: entry[0], h, v, quantiser: usize::from(entry[2]), ..Component::default() };
        }
        if count == 1 {
            // The one component of a grey file is never interleaved: its factors say nothing (T.81 §A.2.2).
            (self.components[0].h, self.components[0].v) = (1, 1);
        } else if blocks > MAX_BLOCKS_PER_MCU {
            return Err(Refusal::Sampling);
        }
        Ok(())
    }

    fn scan(&mut self, body: &[u8]) -> Result<(), Refusal> {
        let [count] = head(body)?;
        if self.component_count == 0 {
            return Err(Refusal::Malformed);
        }
        if usize::from(count) != self.component_count {
            return Err(Refusal::Coding);
        }
        let entries = body.get(1..4 + 2 * self.component_count).ok_or(Refusal::Malformed)?;
        let (entries, spectral) = entries.split_at(2 * self.component_count);
        if spectral != [0, 63, 0] {
            return Err(Refusal::Coding);
        }
        for (component, entry) in self.components.iter_mut().zip(entries.chunks_exact(2)) {
            (component.dc, component.ac) = (usize::from(entry[1] >> 4), usize::from(entry[1] & 15));
            if component.id != entry[0] || component.dc > 3 || component.ac > 3 {
                return Err(Refusal::Malformed);
            }
            let known = self.dc[component.dc].is_defined() && self.ac[component.ac].is_defined();
            if !known || self.quantisers[component.quantiser][0] == 0 {
                return Err(Refusal::Malformed);
            }
        }
        Ok(())
    }

    fn quantisation_tables(&mut self, mut body: &[u8]) -> Result<(), Refusal> {
        while let Some((&kind, rest)) = body.split_first() {
            let (wide, table) = (kind >> 4, usize::from(kind & 15));
            let bytes = 64 << wide.min(1);
            if wide > 1 || table > 3 || rest.len() < bytes {
                return Err(Refusal::Malformed);
            }
            for (&natural, entry) in ZIGZAG.iter().zip(rest[..bytes].chunks_exact(1 << wide)) {
                // A zero would make the picture undefined; decoders disagree, so the general one decides.
                let value = entry.iter().fold(0, |value, &byte| value << 8 | u16::from(byte));
                if value == 0 {
                    return Err(Refusal::Malformed);
                }
                self.quantisers[table][usize::from(natural)] = value;
            }
            body = &rest[bytes..];
        }
        Ok(())
    }

    fn huffman_tables(&mut self, mut body: &[u8]) -> Result<(), Refusal> {
        while let Some((&kind, rest)) = body.split_first() {
            let (class, table) = (kind >> 4, usize::from(kind & 15));
            if class > 1 || table > 3 {
                return Err(Refusal::Malformed);
            }
            let (spec, used) = HuffmanSpec::parse(rest).ok_or(Refusal::Malformed)?;
            let tables = if class == 0 { &mut self.dc } else { &mut self.ac };
            tables[table] = spec;
            body = &rest[used..];
        }
        Ok(())
    }

    /// Takes three components for YCbCr where JFIF's marker says so, whatever Adobe's does (libjpeg's order), and else unless
    /// Adobe's or the components' names say otherwise: whatever is in doubt is for the general decoder to settle.
    fn check_colour(&self, jfif: bool, adobe: Option<u8>) -> Result<(), Refusal> {
        let named_rgb = adobe.is_none() && self.components.map(|c| c.id) == *b"RGB";
        let other = !jfif && (adobe.is_some_and(|transform| transform != 1) || named_rgb);
        if self.component_count == 3 && other { Err(Refusal::Colour) } else { Ok(()) }
    }
}

/// A walk over marker segments.
struct Markers<'a> {
    file: &'a [u8],
    at: usize,
}

impl<'a> Markers<'a> {
    fn start_of_image(&mut self) -> bool {
        self.at = 2;
        self.file.starts_with(&[0xFF, 0xD8])
    }

    /// The next marker and its body; steps over garbage between segments as libjpeg does.
    fn next_segment(&mut self) -> Option<(u8, &'a [u8])> {
        loop {
            self.at += self.file.get(self.at..)?.iter().position(|&byte| byte == 0xFF)?;
            self.at += self.file.get(self.at..)?.iter().position(|&byte| byte != 0xFF)?;
            let marker = *self.file.get(self.at)?;
            self.at += 1;
            match marker {
                // Stuffing, TEM and restart markers stand alone and mean nothing here.
                0x00 | 0x01 | 0xD0..=0xD7 => {}
                0xD8 | 0xD9 => return Some((marker, &[])),
                _ => {
                    let length = usize::from(u16::from_be_bytes(head(self.file.get(self.at..)?).ok()?));
                    let body = self.file.get(self.at + 2..self.at.checked_add(length)?)?;
                    self.at += length;
                    return Some((marker, body));
                }
            }
        }
    }
}

/// The first `N` bytes.
fn head<const N: usize>(bytes: &[u8]) -> Result<[u8; N], Refusal> {
    bytes.first_chunk().copied().ok_or(Refusal::Malformed)
}
