//! Writes a progressive or sequential file from known coefficients, scan by scan.
//!
//! After ITU T.81, figures G.1 to G.10. The Huffman tables hold every symbol, the frequent ones in few bits.

use std::fmt;

/// A component: its sampling factors and its blocks, row after row, whole MCUs, in zigzag order.
#[derive(Clone)]
pub(crate) struct Component {
    pub(crate) h: usize,
    pub(crate) v: usize,
    pub(crate) blocks: Vec<[i32; 64]>,
}

#[derive(Clone, Debug)]
pub(crate) struct Picture {
    pub(crate) width: usize,
    pub(crate) height: usize,
    pub(crate) components: Vec<Component>,
}

/// One scan: of DC if `start` is 0, else of AC; `high` is 0 for the first of its coefficients.
#[derive(Clone, Debug)]
pub(crate) struct Scan {
    pub(crate) components: Vec<usize>,
    pub(crate) start: usize,
    pub(crate) end: usize,
    pub(crate) high: u32,
    pub(crate) low: u32,
    /// MCUs between restart markers; 0 for none.
    pub(crate) restart_interval: usize,
    /// Blocks that one run of ended bands may have.
    pub(crate) longest_run: usize,
    /// Whether the frequent symbols have the long codes: a decoder reads these in another way.
    pub(crate) has_long_codes: bool,
}

/// Codes of these lengths, for the most frequent symbols first, and never all ones.
const CODES_OF_LENGTH: [u8; 16] = [0, 1, 1, 2, 3, 4, 5, 8, 16, 30, 0, 60, 0, 0, 0, 126];
/// The classes of Huffman tables.
const DC: u8 = 0;
const AC: u8 = 1;
/// The bits that a difference of DC may have.
const MAX_DC_BITS: u8 = 12;
/// Correction bits that a run may gather.
const MAX_CORRECTIONS: usize = 900;

enum Token {
    Symbol(u8),
    Bits(u32, u32),
    Restart,
}

impl fmt::Debug for Component {
    /// Without the coefficients: they are many.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}×{}, {} blocks", self.h, self.v, self.blocks.len())
    }
}

impl Picture {
    pub(crate) fn max_sampling(&self) -> (usize, usize) {
        let max = |of: fn(&Component) -> usize| self.components.iter().map(of).max().unwrap_or(1);
        (max(|component| component.h), max(|component| component.v))
    }

    /// MCUs across and down.
    pub(crate) fn mcus(&self) -> (usize, usize) {
        let (h, v) = self.max_sampling();
        (self.width.div_ceil(8 * h), self.height.div_ceil(8 * v))
    }

    /// The indices of the blocks in the order of a scan, MCU by MCU.
    fn order(&self, components: &[usize]) -> Vec<Vec<(usize, usize)>> {
        let (across, down) = self.mcus();
        let (max_h, max_v) = self.max_sampling();
        if let &[index] = components {
            let Component { h, v, .. } = self.components[index];
            // Only blocks that hold a sample of the picture.
            let columns = (self.width * h).div_ceil(max_h).div_ceil(8);
            let rows = (self.height * v).div_ceil(max_v).div_ceil(8);
            let block = |i: usize| vec![(index, i / columns * across * h + i % columns)];
            return (0..columns * rows).map(block).collect();
        }
        let mcu = |i: usize| {
            let of = |&index: &usize| {
                let Component { h, v, .. } = self.components[index];
                let at = move |b: usize| (i / across * v + b / h) * across * h + i % across * h + b % h;
                (0..h * v).map(move |b| (index, at(b)))
            };
            components.iter().flat_map(of).collect()
        };
        (0..across * down).map(mcu).collect()
    }

    /// The file in one scan of all.
    pub(crate) fn sequential(&self) -> Vec<u8> {
        let all: Vec<usize> = (0..self.components.len()).collect();
        let mut tokens = Vec::new();
        let mut predictions = [0; 3];
        for (component, block) in self.order(&all).into_iter().flatten() {
            let block = &self.components[component].blocks[block];
            let mut one = Vec::new();
            difference(block[0], &mut predictions[component], &mut one);
            tokens.extend(one.into_iter().map(|token| (DC, token)));
            let mut writer = Runs::new(1);
            writer.first(block, 1, 63, 0);
            writer.flush();
            tokens.extend(writer.tokens.into_iter().map(|token| (AC, token)));
        }
        let mut file = self.start(0xC0);
        let symbols = |class| tokens.iter().filter(move |of| of.0 == class).filter_map(|(_, token)| token.symbol());
        let tables = [DC, AC].map(|class| Table::new(class, symbols(class), false));
        tables.iter().for_each(|table| table.write(&mut file));
        scan_header(&all, (0, 63, 0), &mut file);
        write(&tokens, &tables, &mut file);
        file.extend([0xFF, 0xD9]);
        file
    }

    /// The file in these scans.
    pub(crate) fn progressive(&self, scans: &[Scan]) -> Vec<u8> {
        let mut file = self.start(0xC2);
        for scan in scans {
            let tokens = if scan.start == 0 { self.dc(scan) } else { self.ac(scan) };
            let class = if scan.start == 0 { DC } else { AC };
            let table = Table::new(class, tokens.iter().filter_map(Token::symbol), scan.has_long_codes);
            // A refinement of DC is bits alone.
            if scan.start > 0 || scan.high == 0 {
                table.write(&mut file);
            }
            let interval = (scan.restart_interval as u16).to_be_bytes();
            file.extend([0xFF, 0xDD, 0, 4, interval[0], interval[1]]);
            let bits = (scan.high << 4 | scan.low) as u8;
            scan_header(&scan.components, (scan.start as u8, scan.end as u8, bits), &mut file);
            let tokens: Vec<(u8, Token)> = tokens.into_iter().map(|token| (0, token)).collect();
            write(&tokens, &[table], &mut file);
        }
        file.extend([0xFF, 0xD9]);
        file
    }

    fn start(&self, frame: u8) -> Vec<u8> {
        let mut file = vec![0xFF, 0xD8, 0xFF, 0xDB, 0, 67, 0];
        file.extend((0..64).map(|index| 2 + index / 4));
        let [height, width] = [self.height, self.width].map(|side| (side as u16).to_be_bytes());
        let count = self.components.len() as u8;
        file.extend([0xFF, frame, 0, 8 + 3 * count, 8, height[0], height[1], width[0], width[1], count]);
        for (index, component) in self.components.iter().enumerate() {
            file.extend([index as u8 + 1, (component.h << 4 | component.v) as u8, 0]);
        }
        file
    }

    fn dc(&self, scan: &Scan) -> Vec<Token> {
        let mut tokens = Vec::new();
        let mut predictions = [0; 3];
        for (number, mcu) in self.order(&scan.components).into_iter().enumerate() {
            if scan.restart_interval > 0 && number > 0 && number % scan.restart_interval == 0 {
                tokens.push(Token::Restart);
                predictions = [0; 3];
            }
            for (component, block) in mcu {
                let value = self.components[component].blocks[block][0] >> scan.low;
                if scan.high == 0 {
                    difference(value, &mut predictions[component], &mut tokens);
                } else {
                    tokens.push(Token::Bits(1, value as u32 & 1));
                }
            }
        }
        tokens
    }

    fn ac(&self, scan: &Scan) -> Vec<Token> {
        let mut runs = Runs::new(scan.longest_run);
        for (number, mcu) in self.order(&scan.components).into_iter().enumerate() {
            if scan.restart_interval > 0 && number > 0 && number % scan.restart_interval == 0 {
                runs.flush();
                runs.tokens.push(Token::Restart);
            }
            for (component, block) in mcu {
                let block = &self.components[component].blocks[block];
                match scan.high {
                    0 => runs.first(block, scan.start, scan.end, scan.low),
                    _ => runs.refine(block, scan.start, scan.end, scan.low),
                }
            }
        }
        runs.flush();
        runs.tokens
    }
}

/// Tokens of AC, and the run of blocks whose bands have ended.
struct Runs {
    tokens: Vec<Token>,
    ended: usize,
    longest: usize,
    /// Correction bits of the blocks in the run.
    corrections: Vec<u32>,
}

impl Runs {
    fn new(longest: usize) -> Self {
        Self { tokens: Vec::new(), ended: 0, longest, corrections: Vec::new() }
    }

    fn first(&mut self, block: &[i32; 64], start: usize, end: usize, low: u32) {
        let mut zeros = 0;
        for &coefficient in &block[start..=end] {
            let value = (coefficient.abs() >> low) * coefficient.signum();
            if value == 0 {
                zeros += 1;
                continue;
            }
            self.flush();
            self.skip(&mut zeros);
            let size = 32 - value.unsigned_abs().leading_zeros();
            self.tokens.push(Token::Symbol((zeros << 4) as u8 | size as u8));
            self.tokens.push(magnitude(value, size));
            zeros = 0;
        }
        if zeros > 0 {
            self.end_of_band(Vec::new());
        }
    }

    fn refine(&mut self, block: &[i32; 64], start: usize, end: usize, low: u32) {
        let values = block.map(|coefficient| coefficient.abs() >> low);
        let last_new = (start..=end).rev().find(|&index| values[index] == 1).unwrap_or(0);
        let (mut zeros, mut corrections) = (0, Vec::new());
        for index in start..=end {
            match values[index] {
                0 => zeros += 1,
                value => {
                    while zeros > 15 && index <= last_new {
                        self.flush();
                        self.tokens.push(Token::Symbol(0xF0));
                        zeros -= 16;
                        self.tokens.extend(corrections.drain(..).map(|bit| Token::Bits(1, bit)));
                    }
                    if value > 1 {
                        corrections.push(value as u32 & 1);
                        continue;
                    }
                    self.flush();
                    self.tokens.push(Token::Symbol((zeros << 4) as u8 | 1));
                    self.tokens.push(Token::Bits(1, u32::from(block[index] > 0)));
                    self.tokens.extend(corrections.drain(..).map(|bit| Token::Bits(1, bit)));
                    zeros = 0;
                }
            }
        }
        if zeros > 0 || !corrections.is_empty() {
            self.end_of_band(corrections);
        }
    }

    fn skip(&mut self, zeros: &mut usize) {
        while *zeros > 15 {
            self.tokens.push(Token::Symbol(0xF0));
            *zeros -= 16;
        }
    }

    fn end_of_band(&mut self, corrections: Vec<u32>) {
        self.ended += 1;
        self.corrections.extend(corrections);
        if self.ended == self.longest.clamp(1, 0x7FFF) || self.corrections.len() > MAX_CORRECTIONS {
            self.flush();
        }
    }

    fn flush(&mut self) {
        if self.ended > 0 {
            let size = self.ended.ilog2();
            self.tokens.push(Token::Symbol((size << 4) as u8));
            self.tokens.push(Token::Bits(size, self.ended as u32 - (1 << size)));
            self.tokens.extend(self.corrections.drain(..).map(|bit| Token::Bits(1, bit)));
            self.ended = 0;
        }
    }
}

impl Token {
    fn symbol(&self) -> Option<u8> {
        match *self {
            Self::Symbol(symbol) => Some(symbol),
            _ => None,
        }
    }
}

fn difference(value: i32, prediction: &mut i32, tokens: &mut Vec<Token>) {
    let difference = value - *prediction;
    *prediction = value;
    let size = 32 - difference.unsigned_abs().leading_zeros();
    tokens.extend([Token::Symbol(size as u8), magnitude(difference, size)]);
}

fn magnitude(value: i32, size: u32) -> Token {
    let bits = if value < 0 { value - 1 } else { value };
    Token::Bits(size, bits as u32 & ((1 << size) - 1))
}

/// Symbols from the most frequent, how many have a code of each length, and each one's length and code.
struct Table {
    class: u8,
    symbols: Vec<u8>,
    lengths: [u8; 16],
    codes: Vec<(u32, u32)>,
}

impl Table {
    /// For the symbols used, and all others that there could be.
    fn new(class: u8, used: impl Iterator<Item = u8>, has_long_codes: bool) -> Self {
        let mut counts = [0; 256];
        used.for_each(|symbol| counts[usize::from(symbol)] += 1);
        let mut symbols: Vec<u8> = (0..=if class == DC { MAX_DC_BITS } else { u8::MAX }).collect();
        symbols.sort_by_key(|&symbol| std::cmp::Reverse(counts[usize::from(symbol)]));
        if has_long_codes {
            symbols.reverse();
        }
        let mut table = Self { class, lengths: [0; 16], codes: vec![(0, 0); 256], symbols };
        let (mut code, mut next) = (0, table.symbols.iter().peekable());
        for ((length, &most), count) in (1..).zip(&CODES_OF_LENGTH).zip(&mut table.lengths) {
            while *count < most
                && let Some(&symbol) = next.next()
            {
                table.codes[usize::from(symbol)] = (length, code);
                code += 1;
                *count += 1;
            }
            code <<= 1;
        }
        table
    }

    fn write(&self, file: &mut Vec<u8>) {
        let length = (19 + self.symbols.len() as u16).to_be_bytes();
        file.extend([0xFF, 0xC4, length[0], length[1], self.class << 4]);
        file.extend(self.lengths);
        file.extend(&self.symbols);
    }
}

fn scan_header(components: &[usize], (start, end, bits): (u8, u8, u8), file: &mut Vec<u8>) {
    file.extend([0xFF, 0xDA, 0, 6 + 2 * components.len() as u8, components.len() as u8]);
    file.extend(components.iter().flat_map(|&index| [index as u8 + 1, 0]));
    file.extend([start, end, bits]);
}

fn write(tokens: &[(u8, Token)], tables: &[Table], file: &mut Vec<u8>) {
    let (mut pending, mut count, mut restarts) = (0u64, 0, 0);
    let mut put = |bits: u32, length: u32, file: &mut Vec<u8>| {
        pending = pending << length | u64::from(bits);
        count += length;
        while count >= 8 {
            count -= 8;
            let byte = (pending >> count) as u8;
            file.push(byte);
            if byte == 0xFF {
                file.push(0);
            }
        }
        count
    };
    let mut left = 0;
    for (table, token) in tokens {
        match *token {
            Token::Symbol(symbol) => {
                let (length, code) = tables[usize::from(*table)].codes[usize::from(symbol)];
                left = put(code, length, file);
            }
            Token::Bits(length, bits) => left = put(bits, length, file),
            Token::Restart => {
                left = put((1 << ((8 - left) % 8)) - 1, (8 - left) % 8, file);
                file.extend([0xFF, 0xD0 + restarts % 8]);
                restarts += 1;
            }
        }
    }
    put((1 << ((8 - left) % 8)) - 1, (8 - left) % 8, file);
}
