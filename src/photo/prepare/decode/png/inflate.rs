//! Decompresses the data of a PNG to rows, one at a time.

use fdeflate::Decompressor;
use zeroize::Zeroizing;

use crate::photo::{
    error::Reason,
    format::SourceFormat,
    prepare::decode::{
        pixels::allocate,
        png::{
            chunks::{Chunk, Chunks},
            fault::{DATA_ENDS, Fault},
            paeth::{ROWS, unfilter_four},
            unfilter::{PAETH, unfilter},
        },
    },
};

/// How far back deflate may repeat what came before.
const WINDOW_BYTES: usize = 32 << 10;
/// The bytes that are inflated at once: where the data is damaged, this much before the damage is lost.
const PIECE_BYTES: usize = 8 << 10;
/// The bytes that are inflated before the window is moved; with the window, they fit a processor's second cache.
const STEP_BYTES: usize = 96 << 10;

/// The rows of a picture, from the top.
pub(super) struct Rows<'a> {
    chunk: Chunk<'a>,
    /// What is left of the chunk's data.
    input: &'a [u8],
    inflate: Box<Decompressor>,
    /// The window and what was inflated after it, of which all before `start` was handed out.
    inflated: Zeroizing<Vec<u8>>,
    start: usize,
    end: usize,
    /// Rows that were unfiltered together, and the one before them.
    band: [Zeroizing<Vec<u8>>; ROWS],
    above: Zeroizing<Vec<u8>>,
    /// Of the band's rows, how many there are, and how many were handed out.
    ready: usize,
    given: usize,
    /// Rows that are not in the band yet.
    left: u32,
    pixel_bytes: usize,
    /// Why there are no more rows.
    fault: Option<Fault>,
    /// Whether the checksum of each chunk that was read is right.
    is_sound: bool,
}

impl<'a> Rows<'a> {
    pub(super) fn new(chunks: &Chunks<'a>) -> Result<Self, Reason> {
        let row_bytes = chunks.row_bytes();
        let chunk = Chunk::first(chunks.data).ok_or(Reason::Truncated { format: SourceFormat::Png })?;
        let mut rows = Self {
            input: chunk.data,
            chunk,
            inflate: Box::default(),
            inflated: Zeroizing::default(),
            start: 0,
            end: 0,
            band: Default::default(),
            above: Zeroizing::default(),
            ready: 0,
            given: 0,
            left: chunks.height,
            pixel_bytes: chunks.pixel_bytes(),
            fault: None,
            is_sound: true,
        };
        // The checksums of the chunks go over the same bytes.
        rows.inflate.ignore_adler32();
        allocate(&mut rows.inflated, (WINDOW_BYTES + STEP_BYTES + 1 + row_bytes) as u64)?;
        for row in rows.band.iter_mut().chain([&mut rows.above]) {
            allocate(row, row_bytes as u64)?;
        }
        Ok(rows)
    }

    /// The bytes that rows of so many bytes take, from above.
    pub(super) fn memory_bytes(row_bytes: usize) -> u64 {
        let tables = size_of::<Decompressor>();
        (WINDOW_BYTES + STEP_BYTES + tables) as u64 + (2 + ROWS as u64) * (row_bytes as u64 + 1)
    }

    /// The next row, without the filter's byte.
    pub(super) fn next(&mut self) -> Result<&[u8], Fault> {
        if self.given == self.ready {
            self.fill()?;
        }
        self.given += 1;
        Ok(&self.band[self.given - 1])
    }

    /// Makes the next rows, as many as there are.
    fn fill(&mut self) -> Result<(), Fault> {
        if let Some(last) = self.ready.checked_sub(1) {
            std::mem::swap(&mut self.above, &mut self.band[last]);
        }
        (self.ready, self.given) = (0, 0);
        let mut filters = [0; ROWS];
        while self.fault.is_none() && self.ready < ROWS && self.left > 0 {
            match self.stored(self.ready) {
                Ok(filter) => {
                    filters[self.ready] = filter;
                    self.ready += 1;
                    self.left -= 1;
                }
                Err(fault) => self.fault = Some(fault),
            }
        }
        if filters == [PAETH; ROWS] {
            let rows = self.band.each_mut().map(|row| row.as_mut_slice());
            if unfilter_four(self.pixel_bytes, &self.above, rows) {
                return Ok(());
            }
        }
        for (index, filter) in filters.into_iter().enumerate().take(self.ready) {
            let (before, rest) = self.band.split_at_mut(index);
            let above = before.last().unwrap_or(&self.above);
            if unfilter(filter, self.pixel_bytes, above, &mut rest[0]).is_none() {
                (self.ready, self.fault) = (index, Some(Fault("an unknown filter")));
                break;
            }
        }
        if self.ready == 0 { Err(self.fault.unwrap_or(Fault("no more rows"))) } else { Ok(()) }
    }

    /// Copies the next row to the band as it is stored; says its filter.
    fn stored(&mut self, index: usize) -> Result<u8, Fault> {
        let length = 1 + self.above.len();
        while self.end - self.start < length {
            self.inflate()?;
        }
        let (filter, row) = (self.inflated[self.start], &self.inflated[self.start + 1..self.start + length]);
        // A copy, because the inflated bytes may be repeated unchanged.
        self.band[index].copy_from_slice(row);
        self.start += length;
        Ok(filter)
    }

    /// Whether the data that was read, and whatever data still follows, is as it was written. Where the file ends in it, all
    /// that is there counts.
    pub(super) fn are_as_written(mut self) -> bool {
        loop {
            self.is_sound &= self.chunk.is_cut() || self.chunk.is_as_written();
            match Chunk::first(self.chunk.rest).filter(|chunk| chunk.name == *b"IDAT") {
                Some(next) => self.chunk = next,
                None => return self.is_sound,
            }
        }
    }

    /// Inflates some more.
    fn inflate(&mut self) -> Result<(), Fault> {
        if self.end == self.inflated.len() {
            let kept = self.start.min(self.end - WINDOW_BYTES);
            self.inflated.copy_within(kept.., 0);
            (self.start, self.end) = (self.start - kept, self.end - kept);
        }
        while self.input.is_empty() {
            let next = Chunk::first(self.chunk.rest).filter(|chunk| chunk.name == *b"IDAT");
            let Some(next) = next else { break };
            self.is_sound &= self.chunk.is_as_written();
            (self.input, self.chunk) = (next.data, next);
        }
        let piece = self.inflated.len().min(self.end + PIECE_BYTES);
        let (taken, made) = self
            .inflate
            .read(self.input, &mut self.inflated[..piece], self.end, false)
            .map_err(|_| Fault("data that cannot be inflated"))?;
        let is_over = self.inflate.is_done() || self.input.is_empty();
        self.input = &self.input[taken..];
        self.end += made;
        if made == 0 && is_over { Err(DATA_ENDS) } else { Ok(()) }
    }
}
