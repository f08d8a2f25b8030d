//! Huffman tables that decode two coefficients at one look-up.

use crate::header::HuffmanSpec;

/// Bits of one AC look-up. 12 keeps a table at 16 KiB, so that luma's stays in the first-level cache.
pub(crate) const AC_BITS: u32 = 12;
/// Bits of one DC look-up.
pub(crate) const DC_BITS: u32 = 10;

/// What an entry adds to its advance where the block ends.
pub(crate) const END: u32 = 128;

/// Codes too long for the look-up, by length; hit by well under one symbol in a hundred.
#[derive(Debug, Clone)]
struct LongCodes {
    /// First code of each length, left-aligned in 16 bits.
    first: [u32; 17],
    /// One past the last code of each length or shorter, left-aligned.
    end: [u32; 17],
    /// Index of the first code's symbol.
    index: [u16; 17],
    symbols: [u8; 256],
}

impl LongCodes {
    const EMPTY: Self = Self { first: [0; 17], end: [0; 17], index: [0; 17], symbols: [0; 256] };

    fn build(spec: &HuffmanSpec) -> Self {
        let mut long = Self { symbols: *spec.symbols(), ..Self::EMPTY };
        let (mut code, mut index) = (0, 0);
        for (length, &count) in (1..).zip(spec.counts()) {
            long.first[length] = code;
            long.index[length] = index;
            code += u32::from(count) << (16 - length);
            index += u16::from(count);
            long.end[length] = code;
        }
        long
    }

    /// The symbol of more than `BITS` bits whose code begins the 16 `bits`, if there is one.
    #[cold]
    #[inline(never)]
    fn find<const BITS: u32>(&self, bits: u32) -> Option<Symbol> {
        let length = (BITS as usize + 1..=16).find(|&length| bits < self.end[length])?;
        let index = usize::from(self.index[length]) + ((bits - self.first[length]) >> (16 - length)) as usize;
        Some(Symbol::new(length as u32, self.symbols[index & 255]))
    }
}

/// One DC or AC symbol with its magnitude bits: how far it moves, and its value.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Symbol {
    /// Bits of the code alone.
    pub(crate) code_bits: u32,
    /// Zero coefficients before the value (AC), 0 for DC.
    pub(crate) run: u32,
    /// Magnitude bits that follow.
    pub(crate) size: u32,
}

impl Symbol {
    const END_OF_BLOCK: u8 = 0;

    fn new(code_bits: u32, symbol: u8) -> Self {
        Self { code_bits, run: u32::from(symbol >> 4), size: u32::from(symbol & 15) }
    }
}

/// The signed value of `size` magnitude bits (T.81 table F.1).
#[inline(always)]
pub(crate) fn extend(bits: u32, size: u32) -> i32 {
    // Branch-free: below half the range the value is negative.
    let bits = bits as i32;
    let half = 1 << size >> 1;
    if bits < half { bits + 1 - (1 << size) } else { bits }
}

/// One entry of the AC look-up: up to two (run, value) pairs and the end of the block, signs already applied.
///
/// The largest single win of the decoder (34 → 26 ms at 12 MP in the trial that led to this): on camera photos most
/// look-ups finish two symbols. Low to high: 6 bits length (0: see [`AcEntry::symbol`]), 8 bits advance ([`END`] added at
/// the end of a block), 4 bits run of the first pair, 6 bits second value, 8 bits first value. The length comes first
/// because a shift by the whole entry then needs no mask.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub(crate) struct AcEntry(u32);

impl AcEntry {
    fn pairs(bits: u32, advance: u32, run: u32, first: i32, second: i32) -> Self {
        Self(bits | advance << 6 | run << 14 | (second as u32 & 63) << 18 | (first as u32) << 24)
    }

    /// A code whose magnitude does not fit the look-up; its length bits are zero.
    fn partial(symbol: Symbol) -> Self {
        Self(symbol.code_bits << 6 | symbol.run << 14 | symbol.size << 18)
    }

    /// Bits to drop; 0 where the look-up did not suffice.
    #[inline(always)]
    pub(crate) fn bits(self) -> u32 {
        // Not & 63, which would be merged with the shift's own mask and put an instruction before it.
        self.0 & 31
    }

    /// The entry as a shift: its low six bits are its length.
    #[inline(always)]
    pub(crate) fn raw(self) -> u32 {
        self.0
    }

    /// Coefficients to move on; [`END`] more at the end of a block.
    #[inline(always)]
    pub(crate) fn advance(self) -> u32 {
        (self.0 >> 6) & 255
    }

    /// Whether the block ends here.
    #[inline(always)]
    pub(crate) fn is_end(self) -> bool {
        self.bits() != 0 && self.advance() >= END
    }

    /// Zeros before the first value.
    #[inline(always)]
    pub(crate) fn run(self) -> u32 {
        (self.0 >> 14) & 15
    }

    #[inline(always)]
    pub(crate) fn first(self) -> i16 {
        (self.0 as i32 >> 24) as i16
    }

    #[inline(always)]
    pub(crate) fn second(self) -> i16 {
        ((self.0 << 8) as i32 >> 26) as i16
    }

    /// The symbol alone, where the code fitted the look-up but its magnitude did not.
    #[inline(always)]
    fn symbol(self) -> Option<Symbol> {
        let code_bits = (self.0 >> 6) & 255;
        (code_bits != 0).then_some(Symbol { code_bits, run: self.run(), size: (self.0 >> 18) & 63 })
    }
}

/// Look-up of AC codes.
#[derive(Debug, Clone)]
pub(crate) struct AcTable {
    entries: Box<[AcEntry; 1 << AC_BITS]>,
    /// The same with one pair only; for building, and for the last coefficient of a block.
    singles: Box<[AcEntry; 1 << AC_BITS]>,
    long: LongCodes,
}

impl AcTable {
    /// A table that knows no code.
    pub(crate) fn new() -> Self {
        let empty = || Box::new([AcEntry::default(); 1 << AC_BITS]);
        Self { entries: empty(), singles: empty(), long: LongCodes::EMPTY }
    }

    /// Fills the table from `spec`, in place.
    pub(crate) fn build(&mut self, spec: &HuffmanSpec) {
        self.long = LongCodes::build(spec);
        self.singles.fill(AcEntry::default());
        for (length, code, symbol) in spec.codes().take_while(|code| code.0 <= AC_BITS) {
            let first = code >> (16 - AC_BITS);
            for index in first..first + (1 << (AC_BITS - length)) {
                self.singles[index as usize] = single(index, Symbol::new(length, symbol), symbol);
            }
        }
        for index in 0..1 << AC_BITS {
            self.entries[index as usize] = self.paired(index);
        }
    }

    /// The entry at `index` with all that its bits contain.
    fn paired(&self, index: u32) -> AcEntry {
        // The rest of the bits, left-aligned, is itself an index; the missing low bits are zero, which is harmless
        // because an entry that would look at them is longer than what is left.
        let after = |bits: u32| self.singles[(index << bits) as usize & ((1 << AC_BITS) - 1)];
        let first = self.singles[index as usize];
        let (bits, run, value) = (first.bits(), first.run(), i32::from(first.first()));
        if bits == 0 || first.is_end() {
            return first;
        }
        let second = after(bits);
        let total = bits + second.bits();
        if second.bits() == 0 || total > AC_BITS || !(-32..32).contains(&second.first()) {
            return first;
        }
        if second.is_end() {
            return AcEntry::pairs(total, END + run + 1, run, value, 0);
        }
        let advance = run + 1 + second.run() + 1;
        let end = after(total);
        if end.is_end() && total + end.bits() <= AC_BITS {
            return AcEntry::pairs(total + end.bits(), END + advance, run, value, second.first().into());
        }
        AcEntry::pairs(total, advance, run, value, second.first().into())
    }

    #[inline(always)]
    pub(crate) fn entries(&self) -> &[AcEntry; 1 << AC_BITS] {
        &self.entries
    }

    /// The entry at the head of `bits` with one pair only.
    #[inline(always)]
    pub(crate) fn single(&self, bits: u64) -> AcEntry {
        self.singles[(bits >> (64 - AC_BITS)) as usize]
    }

    /// The symbol at the head of `bits` (32, left-aligned) where `entry` did not suffice; `None` if there is none.
    #[inline(always)]
    pub(crate) fn long(&self, entry: AcEntry, bits: u32) -> Option<Symbol> {
        entry.symbol().or_else(|| self.long.find::<AC_BITS>(bits >> 16))
    }
}

/// The entry for one code alone at `index`.
fn single(index: u32, code: Symbol, symbol: u8) -> AcEntry {
    let Symbol { code_bits, run, size } = code;
    let bits = code_bits + size;
    if symbol == Symbol::END_OF_BLOCK {
        // Both writes hit the next coefficient, which is zero still.
        return AcEntry::pairs(code_bits, END + 1, 0, 0, 0);
    }
    if bits > AC_BITS || size > 7 {
        return AcEntry::partial(code);
    }
    let magnitude = index >> (AC_BITS - bits) & ((1 << size) - 1);
    // A run without a value (ZRL, and the reserved 0x10 to 0xE0) is a pair whose value is zero. In baseline scans
    // only ZRL is legal; libjpeg ends the block at the others, and so does the slow path.
    if size == 0 && run != 15 {
        return AcEntry::partial(code);
    }
    let value = if size == 0 { 0 } else { extend(magnitude, size) };
    AcEntry::pairs(bits, run + 1, run, value, 0)
}

/// Look-up of DC codes: the difference and all its bits at once where they fit.
#[derive(Debug, Clone)]
pub(crate) struct DcTable {
    entries: Box<[DcEntry; 1 << DC_BITS]>,
    long: LongCodes,
}

/// One entry of the DC look-up. Low to high: 6 bits length (0: see [`DcEntry::symbol`]), the difference from bit 16.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub(crate) struct DcEntry(u32);

impl DcEntry {
    /// Bits to drop; 0 where the look-up did not suffice.
    #[inline(always)]
    pub(crate) fn bits(self) -> u32 {
        self.0 & 63
    }

    #[inline(always)]
    pub(crate) fn difference(self) -> i32 {
        self.0 as i32 >> 16
    }

    /// The symbol alone, where the code fitted the look-up but its magnitude did not.
    #[inline(always)]
    fn symbol(self) -> Option<Symbol> {
        (self.0 != 0).then_some(Symbol { code_bits: self.0 >> 6 & 31, run: 0, size: self.0 >> 11 & 31 })
    }
}

impl DcTable {
    /// A table that knows no code.
    pub(crate) fn new() -> Self {
        Self { entries: Box::new([DcEntry::default(); 1 << DC_BITS]), long: LongCodes::EMPTY }
    }

    /// Fills the table from `spec`, in place.
    pub(crate) fn build(&mut self, spec: &HuffmanSpec) {
        self.long = LongCodes::build(spec);
        self.entries.fill(DcEntry::default());
        for (length, code, symbol) in spec.codes().take_while(|code| code.0 <= DC_BITS) {
            let size = u32::from(symbol & 15);
            let bits = length + size;
            let first = code >> (16 - DC_BITS);
            for index in first..first + (1 << (DC_BITS - length)) {
                self.entries[index as usize] = DcEntry(if bits > DC_BITS {
                    length << 6 | size << 11
                } else {
                    let magnitude = index >> (DC_BITS - bits) & ((1 << size) - 1);
                    (extend(magnitude, size) as u32) << 16 | bits
                });
            }
        }
    }

    /// The entry at the head of `bits`.
    #[inline(always)]
    pub(crate) fn entry(&self, bits: u64) -> DcEntry {
        self.entries[(bits >> (64 - DC_BITS)) as usize]
    }

    /// The symbol at the head of `bits` (32, left-aligned) where `entry` did not suffice; `None` if there is none.
    #[inline(always)]
    pub(crate) fn long(&self, entry: DcEntry, bits: u32) -> Option<Symbol> {
        entry.symbol().or_else(|| self.long.find::<DC_BITS>(bits >> 16)).map(|symbol| Symbol { run: 0, ..symbol })
    }
}
