//! Which Huffman codes a file defines.

/// A Huffman table as the file gives it: how many codes of each length, and their symbols in order.
#[derive(Debug, Clone)]
pub(crate) struct HuffmanSpec {
    counts: [u8; 16],
    symbols: [u8; 256],
}

impl HuffmanSpec {
    /// No codes at all.
    pub(crate) const EMPTY: Self = Self { counts: [0; 16], symbols: [0; 256] };

    /// Reads one table from a DHT segment and says how many bytes it took; `None` where it is cut or overfull.
    pub(crate) fn parse(bytes: &[u8]) -> Option<(Self, usize)> {
        let counts: [u8; 16] = *bytes.first_chunk()?;
        let total: usize = counts.iter().map(|&count| usize::from(count)).sum();
        let symbols = bytes.get(16..16 + total)?;
        let mut spec = Self { counts, symbols: [0; 256] };
        spec.symbols.get_mut(..total)?.copy_from_slice(symbols);
        // Kraft's inequality, in units of 2⁻¹⁶.
        let mass: u64 = (1..=16).zip(counts).map(|(length, count)| u64::from(count) << (16 - length)).sum();
        (total > 0 && mass <= 1 << 16).then_some((spec, 16 + total))
    }

    /// Whether the file defined this table.
    pub(crate) fn is_defined(&self) -> bool {
        self.counts != [0; 16]
    }

    /// How many codes there are of each length, 1 to 16 bits.
    pub(crate) fn counts(&self) -> &[u8; 16] {
        &self.counts
    }

    /// The symbols in order of their codes.
    pub(crate) fn symbols(&self) -> &[u8; 256] {
        &self.symbols
    }

    /// Every code as (length in bits, code left-aligned in 16 bits, symbol), shortest first.
    pub(crate) fn codes(&self) -> impl Iterator<Item = (u32, u32, u8)> {
        let lengths = (1..=16).zip(self.counts).flat_map(|(length, count)| (0..count).map(move |_| length));
        lengths.zip(self.symbols).scan(0, |next: &mut u32, (length, symbol)| {
            let code = *next;
            *next += 1 << (16 - length);
            Some((length, code, symbol))
        })
    }
}
