//! The boolean decoder: reads a bit that was coded by its probability (RFC 6386, §7).

/// How many bits [`Bits::fill`] makes ready at least: enough for three of any probability and one of even chances.
const READY: u32 = 24;
/// How many bits behind the end are let pass: the eight that are looked ahead, and eight more, as libwebp and image-webp do.
const LOOKED_AHEAD: u32 = 16;
/// Of even chances.
pub(super) const EVEN: u8 = 128;

/// The bits of a partition. After its end come zeros, see [`Self::is_past_end`].
#[derive(Clone, Copy)]
pub(super) struct Bits<'a> {
    rest: &'a [u8],
    /// The lowest `ready` bits wait; the eight above them are what is compared.
    window: u64,
    ready: u32,
    /// From 128 to 255.
    range: u32,
    /// Bits in the window, or read from it, without a byte behind them.
    missing: u32,
}

impl<'a> Bits<'a> {
    pub(super) fn new(data: &'a [u8]) -> Self {
        let (first, rest) = data.split_first().map_or((0, data), |(first, rest)| (*first, rest));
        Self { rest, window: u64::from(first), ready: 0, range: 255, missing: 0 }
    }

    /// Makes at least [`READY`] bits ready.
    #[inline(always)]
    pub(super) fn fill(&mut self) {
        if self.ready < READY {
            let next = if let Some((next, rest)) = self.rest.split_first_chunk::<4>() {
                self.rest = rest;
                u32::from_be_bytes(*next)
            } else {
                let kept = self.rest.len();
                self.missing = self.missing.saturating_add(8 * (4 - kept as u32));
                let next = self.rest.iter().fold(0, |next, byte| next << 8 | u32::from(*byte));
                self.rest = &[];
                // No byte at all would shift by all 32 bits.
                next.checked_shl(8 * (4 - kept as u32)).unwrap_or_default()
            };
            self.window = self.window << 32 | u64::from(next);
            self.ready += 32;
        }
    }

    /// A yes or no, where `probability` in 256 says no. Takes up to seven bits, and one at [`EVEN`], that must be ready.
    #[inline(always)]
    pub(super) fn ready_bit(&mut self, probability: u8) -> bool {
        let split = 1 + (((self.range - 1) * u32::from(probability)) >> 8);
        let compared = u64::from(split) << self.ready;
        let bit = self.window >= compared;
        // Chosen without a branch: what follows branches on the bit anyway, and as badly predicted.
        let range = if bit { self.range - split } else { split };
        self.window -= if bit { compared } else { 0 };
        let shift = range.leading_zeros() - 24;
        self.range = range << shift;
        self.ready -= shift;
        bit
    }

    /// The same, made ready first.
    #[inline(always)]
    pub(super) fn bit(&mut self, probability: u8) -> bool {
        self.fill();
        self.ready_bit(probability)
    }

    pub(super) fn flag(&mut self) -> bool {
        self.bit(EVEN)
    }

    /// A number of so many bits, at most 31.
    pub(super) fn number(&mut self, bits: u32) -> i32 {
        (0..bits).fold(0, |number, _| number << 1 | i32::from(self.flag()))
    }

    /// A number of so many bits and its sign; `None` if a flag before it says that it is left out.
    pub(super) fn signed(&mut self, bits: u32) -> Option<i32> {
        self.flag().then(|| {
            let number = self.number(bits);
            if self.flag() { -number } else { number }
        })
    }

    /// Whether more was read than there is.
    pub(super) fn is_past_end(&self) -> bool {
        self.ready + LOOKED_AHEAD < self.missing
    }
}
