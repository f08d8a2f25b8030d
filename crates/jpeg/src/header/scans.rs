//! Which scans does a progressive file have?

use super::{Component, Header, MAX_BLOCKS_PER_MCU, MAX_COMPONENTS, head, markers::Markers};
use crate::error::Error;

/// Most bits by which a scan may leave its coefficients coarse (T.81 table B.3).
const MAX_LOW_BIT: u8 = 13;

/// What one scan of a progressive file holds.
#[derive(Debug, Clone, Copy)]
pub(crate) struct ScanHeader {
    parts: [ScanPart; MAX_COMPONENTS],
    count: usize,
    pub(crate) band: Band,
}

/// One component of a scan.
#[derive(Debug, Clone, Copy, Default)]
pub(crate) struct ScanPart {
    /// Its index among the frame's.
    pub(crate) component: usize,
    pub(crate) dc: usize,
    pub(crate) ac: usize,
}

/// Which bits of which coefficients a scan holds.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Band {
    /// First coefficient by zigzag index; 0 for a scan of DC.
    pub(crate) start: u32,
    /// Last coefficient.
    pub(crate) end: u32,
    /// Whether an earlier scan held the bits above.
    pub(crate) refines: bool,
    /// The lowest bit it holds.
    pub(crate) low_bit: u32,
}

/// What follows a scan.
pub(crate) enum Next {
    /// Another scan and where its data begins; `None` for one that contradicts the standard or names tables that are missing.
    Scan(Option<ScanHeader>, usize),
    /// The end of the image.
    End,
    /// The end of the file.
    Cut,
}

impl Band {
    /// A bit for each of its coefficients, by zigzag index.
    #[inline(always)]
    pub(crate) fn mask(self) -> u64 {
        u64::MAX << (self.start & 63) & u64::MAX >> (63 - (self.end & 63))
    }
}

impl ScanHeader {
    /// Its components in the order of the frame.
    pub(crate) fn parts(&self) -> &[ScanPart] {
        &self.parts[..self.count]
    }
}

impl Header<'_> {
    /// Reads a scan's header.
    pub(super) fn progressive_scan(&self, body: &[u8]) -> Result<ScanHeader, Error> {
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
                Some(0x00 | 0x01 | 0xD0..=0xD8) => at += found + 2,
                Some(&marker) => {
                    scans += usize::from(marker == 0xDA);
                    let Some(&[high, low]) = rest.get(found + 2..found + 4) else { return false };
                    at += found + 2 + usize::from(u16::from_be_bytes([high, low]));
                }
            }
        }
        true
    }
}
