//! Finds the shortest Huffman code for a set of symbols.

/// Longest code that JPEG allows.
const MAX_BITS: usize = 16;
/// Longest code that a Huffman tree over 32-bit counts can have, with room.
const MAX_DEPTH: usize = 64;

/// An optimal code of at most 16 bits that leaves the code of all ones unused, as JPEG demands.
#[derive(Debug, Clone)]
pub(crate) struct Code {
    /// Codes of each length, 1 to 16.
    pub(crate) counts: [u8; MAX_BITS],
    /// Symbols by length, as many as there are codes.
    symbols: [u8; 256],
    total: usize,
}

impl Code {
    /// The best code for symbols that occur as often as in `frequencies`.
    pub(crate) fn new(frequencies: &[u32; 256]) -> Self {
        // One entry more than there are symbols: the code that shall stay unused, the rarest, hence the longest.
        let mut order = [(0u32, 0u8); 257];
        let mut leaves = 1;
        for (symbol, &frequency) in (0..=255).zip(frequencies) {
            if frequency > 0 {
                order[leaves] = (frequency, symbol);
                leaves += 1;
            }
        }
        let order = &mut order[..leaves.max(2)];
        order[1..].sort_unstable();
        let mut counts = depths(order);
        limit(&mut counts);
        // The unused code is the last of the longest.
        if let Some(longest) = counts.iter_mut().rev().find(|count| **count > 0) {
            *longest -= 1;
        }
        let mut code = Self { counts: [0; MAX_BITS], symbols: [0; 256], total: order.len() - 1 };
        for (count, &found) in code.counts.iter_mut().zip(&counts[1..]) {
            *count = found.min(255) as u8;
        }
        for (symbol, &(_, by_frequency)) in code.symbols.iter_mut().zip(order[1..].iter().rev()) {
            *symbol = by_frequency;
        }
        code
    }

    /// The symbols in order of their codes.
    pub(crate) fn symbols(&self) -> &[u8] {
        &self.symbols[..self.total]
    }

    /// Length in bits and code of every symbol; length 0 where there is none.
    pub(crate) fn table(&self) -> [(u8, u16); 256] {
        let mut table = [(0, 0); 256];
        let mut symbols = self.symbols().iter();
        let mut code = 0u32;
        for (length, &count) in (1..).zip(&self.counts) {
            for &symbol in symbols.by_ref().take(count.into()) {
                table[usize::from(symbol)] = (length, code as u16);
                code += 1;
            }
            code <<= 1;
        }
        table
    }

    /// Bits that `frequencies` take in this code.
    pub(crate) fn bits(&self, frequencies: &[u32; 256]) -> u64 {
        let mut symbols = self.symbols().iter();
        (1..)
            .zip(&self.counts)
            .map(|(length, &count)| {
                let used = symbols.by_ref().take(count.into());
                length * used.map(|&symbol| u64::from(frequencies[usize::from(symbol)])).sum::<u64>()
            })
            .sum()
    }
}

/// How many leaves of the Huffman tree over `order`, ascending by frequency, lie at each depth.
fn depths(order: &[(u32, u8)]) -> [u16; MAX_DEPTH] {
    // Two queues: the leaves, and the inner nodes in the order they are made, which is ascending too.
    let leaves = order.len();
    let nodes = 2 * leaves - 1;
    let mut weights = [0u64; 2 * 257];
    let mut parents = [0u16; 2 * 257];
    for (weight, &(frequency, _)) in weights.iter_mut().zip(order) {
        *weight = frequency.into();
    }
    let (mut leaf, mut inner) = (0, leaves);
    for made in leaves..nodes {
        for _ in 0..2 {
            let from_leaves = leaf < leaves && (inner >= made || weights[leaf] <= weights[inner]);
            let taken = if from_leaves { &mut leaf } else { &mut inner };
            weights[made] += weights[*taken];
            parents[*taken] = made as u16;
            *taken += 1;
        }
    }
    let mut depth = [0u8; 2 * 257];
    let mut counts = [0; MAX_DEPTH];
    for node in (0..nodes - 1).rev() {
        depth[node] = depth[usize::from(parents[node])].saturating_add(1);
        if node < leaves {
            counts[usize::from(depth[node]).min(MAX_DEPTH - 1)] += 1;
        }
    }
    counts
}

/// Shortens codes of more than 16 bits at the cost of others (T.81 figure K.3).
fn limit(counts: &mut [u16; MAX_DEPTH]) {
    for length in (MAX_BITS + 1..MAX_DEPTH).rev() {
        while counts[length] > 0 {
            let Some(shorter) = (1..length - 1).rev().find(|&shorter| counts[shorter] > 0) else { return };
            counts[length] -= 2;
            counts[length - 1] += 1;
            counts[shorter + 1] += 2;
            counts[shorter] -= 1;
        }
    }
}
