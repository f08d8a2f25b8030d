//! Decodes the key frame of a lossy WebP to rows of luma and chroma (RFC 6386).
//!
//! Without the loop filter, which smooths the edges of blocks: prediction does not read what it made, and where a picture is made
//! smaller its effect goes. libwebp leaves it out by the same rule, see [`hides_edges`].

mod bits;
mod header;
mod modes;
mod predict;
mod probabilities;
mod tokens;
mod transform;

use multiversion::multiversion;
use zeroize::Zeroize;

use bits::Bits;
use header::{Factors, Header};
use modes::{Edge, Luma, Mode};
use predict::LEFT;
use tokens::Block;

/// The side of a block in px of luma, and of chroma.
const LUMA: usize = 16;
const CHROMA: usize = 8;
/// The bytes between the rows where a block is put together: those to the left, its own, and in luma four to the right.
const LUMA_STRIDE: usize = 32;
const CHROMA_STRIDE: usize = 16;
/// The values in place of the pixels above and to the left of the picture.
const ABOVE: u8 = 127;
const BESIDE: u8 = 129;

/// Whether so much is lost in scaling that the edges of blocks do not show: libwebp's rule (`WebPIoInitFromOptions`).
pub(super) fn hides_edges(stored: (u32, u32), size: (u32, u32)) -> bool {
    size.0 < stored.0 * 3 / 4 && size.1 < stored.1 * 3 / 4
}

/// Whether it is a key frame whose header and partitions are as long as they claim: another decoder allocates what they claim.
pub(super) fn is_whole(data: &[u8]) -> bool {
    Header::read(data).is_some()
}

/// A key frame of which there is one row of blocks at a time.
pub(super) struct Frame<'a> {
    header: Header<'a>,
    /// Rows of blocks that were read.
    done: usize,
    above: Vec<Above>,
    band: Band,
}

impl Drop for Frame<'_> {
    fn drop(&mut self) {
        let Band { luma, chroma: [cb, cr] } = &mut self.band;
        [luma, cb, cr].into_iter().for_each(Zeroize::zeroize);
        for above in &mut self.above {
            above.luma.zeroize();
            above.chroma.zeroize();
        }
    }
}

/// A row of blocks: 16 rows of luma, and 8 of each chroma.
pub(super) struct Band {
    pub(super) luma: Vec<u8>,
    pub(super) chroma: [Vec<u8>; 2],
}

/// What is kept of the block above.
#[derive(Clone, Copy)]
struct Above {
    luma: [u8; LUMA],
    chroma: [[u8; CHROMA]; 2],
    modes: Edge,
    filled: Filled,
}

/// Which blocks of coefficients at an edge are not empty.
#[derive(Clone, Copy, Debug, Default)]
struct Filled {
    luma: [bool; 4],
    chroma: [[bool; 2]; 2],
    firsts: bool,
}

/// The coefficients of a block, and where each block of 4×4 px ends: 16 of luma, then 4 of each chroma.
struct Residue {
    blocks: [Block; 24],
    ends: [usize; 24],
}

/// Where a block is put together, with what it is predicted by.
struct Workshop {
    luma: [u8; LUMA_STRIDE * (LUMA + 1)],
    chroma: [[u8; CHROMA_STRIDE * (CHROMA + 1)]; 2],
}

impl<'a> Frame<'a> {
    /// `None` if it is no key frame, or lacks its data.
    pub(super) fn new(data: &'a [u8]) -> Option<Self> {
        let header = Header::read(data)?;
        let (width, filled) = (header.width, Filled::default());
        let above = Above { luma: [ABOVE; LUMA], chroma: [[ABOVE; CHROMA]; 2], modes: Edge::default(), filled };
        let chroma = vec![0; width * CHROMA * CHROMA];
        let band = Band { luma: vec![0; width * LUMA * LUMA], chroma: [chroma.clone(), chroma] };
        Some(Self { done: 0, above: vec![above; width], band, header })
    }

    /// The next row of blocks; `None` if the data ends in it, or after the last.
    pub(super) fn next(&mut self) -> Option<&Band> {
        let Self { header, done, above, band } = self;
        if *done == header.height {
            return None;
        }
        let tokens = *done % header.partitions;
        let mut bits = [header.modes, header.tokens[tokens]];
        read_row(header, &mut bits, above, band, *done == 0);
        [header.modes, header.tokens[tokens]] = bits;
        *done += 1;
        (!bits.iter().any(Bits::is_past_end)).then_some(band)
    }

    /// The bytes that reading a picture of so many px takes, from above.
    pub(super) fn memory_bytes(width: u32) -> u64 {
        let blocks = u64::from(width).div_ceil(LUMA as u64);
        blocks * (LUMA * LUMA * 3 / 2 + size_of::<Above>()) as u64 + (64 << 10)
    }
}

/// Reads a row of blocks.
#[multiversion(targets("x86_64+avx+avx2+bmi1+bmi2+fma+lzcnt+movbe+popcnt"))]
fn read_row(header: &Header<'_>, bits: &mut [Bits<'_>; 2], aboves: &mut [Above], band: &mut Band, is_first: bool) {
    // Copies stay in registers.
    let [mut modes, mut tokens] = *bits;
    let mut left = (Edge::default(), Filled::default());
    let mut workshop = Workshop::new(is_first);
    let mut residue = Residue { blocks: [[0; 16]; 24], ends: [0; 24] };
    for x in 0..aboves.len() {
        let beyond = aboves.get(x + 1).map(|above| above.luma);
        let above = &mut aboves[x];
        let segment = header.segments.map_or(0, |branches| segment(&mut modes, branches));
        let is_empty = header.filled.is_some_and(|filled| modes.bit(filled));
        let luma = modes::luma(&mut modes, &mut above.modes, &mut left.0);
        let chroma = modes::chroma(&mut modes);
        let has_firsts = matches!(luma, Luma::Whole(_));
        if is_empty {
            for filled in [&mut above.filled, &mut left.1] {
                // A block without firsts says nothing of theirs.
                *filled = Filled { firsts: filled.firsts && !has_firsts, ..Filled::default() };
            }
        } else {
            let factors = &header.factors[segment];
            residue.read(&mut tokens, header, factors, has_firsts, (&mut above.filled, &mut left.1));
        }
        workshop.set_above(above, beyond, is_first);
        workshop.make(luma, chroma, &mut residue, is_empty, [!is_first, x > 0]);
        workshop.keep(above, band, x);
    }
    *bits = [modes, tokens];
    workshop.luma.zeroize();
    workshop.chroma.zeroize();
}

#[inline(always)]
fn segment(modes: &mut Bits<'_>, branches: [u8; 3]) -> usize {
    if modes.bit(branches[0]) { 2 + usize::from(modes.bit(branches[2])) } else { usize::from(modes.bit(branches[1])) }
}

impl Residue {
    /// Reads the coefficients of a block into zeros.
    #[inline(always)]
    fn read(
        &mut self,
        bits: &mut Bits<'_>,
        header: &Header<'_>,
        factors: &Factors,
        has_firsts: bool,
        (above, left): (&mut Filled, &mut Filled),
    ) {
        let [after_first, firsts, chroma, luma] = &*header.probabilities;
        let (mut plane, mut first) = (luma, 0);
        if has_firsts {
            let mut block = [0; 16];
            let neighbours = usize::from(above.firsts) + usize::from(left.firsts);
            let end = tokens::read(bits, firsts, neighbours, 0, factors.firsts, &mut block);
            (above.firsts, left.firsts) = (end > 0, end > 0);
            for (block, first) in self.blocks.iter_mut().zip(transform::firsts(&block)) {
                block[0] = first;
            }
            (plane, first) = (after_first, 1);
        }
        for (y, left) in left.luma.iter_mut().enumerate() {
            for (x, above) in above.luma.iter_mut().enumerate() {
                let neighbours = usize::from(*above) + usize::from(*left);
                let block = &mut self.blocks[4 * y + x];
                let end = tokens::read(bits, plane, neighbours, first, factors.luma, block);
                (*above, *left) = (end > first, end > first);
                self.ends[4 * y + x] = end;
            }
        }
        for (channel, (above, left)) in above.chroma.iter_mut().zip(&mut left.chroma).enumerate() {
            for (y, left) in left.iter_mut().enumerate() {
                for (x, above) in above.iter_mut().enumerate() {
                    let neighbours = usize::from(*above) + usize::from(*left);
                    let i = 16 + 4 * channel + 2 * y + x;
                    let end = tokens::read(bits, chroma, neighbours, 0, factors.chroma, &mut self.blocks[i]);
                    (*above, *left) = (end > 0, end > 0);
                    self.ends[i] = end;
                }
            }
        }
    }

    /// Adds what belongs to a block of 4×4 px to its prediction, and leaves zeros behind.
    #[inline(always)]
    fn add<const STRIDE: usize>(&mut self, i: usize, pixels: &mut [u8]) {
        let block = &mut self.blocks[i];
        if self.ends[i] > 1 {
            transform::add::<STRIDE>(block, pixels);
            *block = [0; 16];
        } else if block[0] != 0 {
            transform::add_mean::<STRIDE>(block[0], pixels);
            block[0] = 0;
        }
    }
}

impl Workshop {
    /// At the left edge.
    fn new(is_first: bool) -> Self {
        let mut workshop =
            Self { luma: [BESIDE; LUMA_STRIDE * (LUMA + 1)], chroma: [[BESIDE; CHROMA_STRIDE * (CHROMA + 1)]; 2] };
        if is_first {
            workshop.luma[..LUMA_STRIDE].fill(ABOVE);
            workshop.chroma.iter_mut().for_each(|chroma| chroma[..CHROMA_STRIDE].fill(ABOVE));
        }
        workshop
    }

    /// Sets the row above the block, and the four pixels `beyond` it to the right.
    #[inline(always)]
    fn set_above(&mut self, above: &Above, beyond: Option<[u8; LUMA]>, is_first: bool) {
        self.luma[LEFT..][..LUMA].copy_from_slice(&above.luma);
        let beyond = match beyond {
            _ if is_first => [ABOVE; 4],
            Some([b0, b1, b2, b3, ..]) => [b0, b1, b2, b3],
            None => [above.luma[LUMA - 1]; 4],
        };
        // Those beside the lower rows of small blocks are not made yet.
        for y in [0, 4, 8, 12] {
            self.luma[y * LUMA_STRIDE + LEFT + LUMA..][..4].copy_from_slice(&beyond);
        }
        for (chroma, above) in self.chroma.iter_mut().zip(&above.chroma) {
            chroma[LEFT..][..CHROMA].copy_from_slice(above);
        }
    }

    #[inline(always)]
    fn make(&mut self, luma: Luma, chroma: Mode, residue: &mut Residue, is_empty: bool, is_inner: [bool; 2]) {
        let at = |i: usize| (4 * (i / 4) + 1) * LUMA_STRIDE + LEFT + 4 * (i % 4);
        match luma {
            Luma::Whole(mode) => {
                predict::whole::<LUMA, LUMA_STRIDE>(&mut self.luma, mode, is_inner);
                if !is_empty {
                    (0..16).for_each(|i| residue.add::<LUMA_STRIDE>(i, &mut self.luma[at(i)..]));
                }
            }
            Luma::Small(modes) => {
                for (i, mode) in modes.into_iter().enumerate() {
                    predict::small::<LUMA_STRIDE>(&mut self.luma[at(i) - LUMA_STRIDE - 1..], mode);
                    if !is_empty {
                        residue.add::<LUMA_STRIDE>(i, &mut self.luma[at(i)..]);
                    }
                }
            }
        }
        for (channel, pixels) in self.chroma.iter_mut().enumerate() {
            predict::whole::<CHROMA, CHROMA_STRIDE>(pixels, chroma, is_inner);
            if !is_empty {
                for i in 0..4 {
                    let at = (4 * (i / 2) + 1) * CHROMA_STRIDE + LEFT + 4 * (i % 2);
                    residue.add::<CHROMA_STRIDE>(16 + 4 * channel + i, &mut pixels[at..]);
                }
            }
        }
    }

    /// Copies the block to its place, and keeps its edges for those below it and to the right.
    #[inline(always)]
    fn keep(&mut self, above: &mut Above, band: &mut Band, x: usize) {
        keep::<LUMA, LUMA_STRIDE>(&mut self.luma, &mut above.luma, &mut band.luma, x);
        let above = above.chroma.iter_mut().zip(&mut band.chroma);
        for (pixels, (above, band)) in self.chroma.iter_mut().zip(above) {
            keep::<CHROMA, CHROMA_STRIDE>(pixels, above, band, x);
        }
    }
}

#[inline(always)]
fn keep<const SIDE: usize, const STRIDE: usize>(pixels: &mut [u8], above: &mut [u8; SIDE], band: &mut [u8], x: usize) {
    let width = band.len() / SIDE;
    for (row, kept) in pixels[STRIDE..].chunks_exact(STRIDE).zip(band.chunks_exact_mut(width)) {
        kept[x * SIDE..][..SIDE].copy_from_slice(&row[LEFT..][..SIDE]);
    }
    above.copy_from_slice(&pixels[SIDE * STRIDE + LEFT..][..SIDE]);
    pixels.chunks_exact_mut(STRIDE).for_each(|row| row[LEFT - 1] = row[LEFT + SIDE - 1]);
}

#[cfg(test)]
mod tests;
