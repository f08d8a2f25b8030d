//! Writes the JPEG file.

use multiversion::multiversion;

use super::{
    coefficients::Coefficients,
    huffman::Code,
    quant::Quantisers,
    rate::Histogram,
    walk::{self, Run, Sink},
};
use crate::sampling::Sampling;

/// Bytes of everything but Huffman tables and entropy-coded data: SOI, APP0, DQT, SOF0, SOS, EOI, the lengths of DHT.
pub(crate) const HEADER_BYTES: usize = 2 + 18 + 2 * 69 + 19 + 14 + 2 + 4 * 4;
/// JFIF 1.01, no density, no thumbnail.
const APP0: [u8; 18] = [0xFF, 0xE0, 0, 16, b'J', b'F', b'I', b'F', 0, 1, 1, 0, 0, 1, 0, 1, 0, 0];

/// Huffman codes ready to write with.
struct Codes {
    dc: [[(u8, u16); 256]; 2],
    ac: [[(u8, u16); 256]; 2],
}

/// Appends the whole file to `out`.
pub(crate) fn file(coefficients: &Coefficients, quantisers: &Quantisers, histogram: &Histogram, out: &mut Vec<u8>) {
    let dc = [0, 1].map(|table| Code::new(&histogram.dc[table]));
    let ac = [0, 1].map(|table| Code::new(&histogram.ac[table]));
    out.extend_from_slice(&[0xFF, 0xD8]);
    out.extend_from_slice(&APP0);
    for (table, quantiser) in (0..).zip(&quantisers.tables) {
        out.extend_from_slice(&[0xFF, 0xDB, 0, 67, table]);
        out.extend_from_slice(&quantiser.steps);
    }
    let ([h1, h0], [w1, w0]) = (coefficients.height.to_be_bytes(), coefficients.width.to_be_bytes());
    let luma = match coefficients.sampling {
        Sampling::S420 => 0x22,
        Sampling::S444 => 0x11,
    };
    out.extend_from_slice(&[0xFF, 0xC0, 0, 17, 8, h1, h0, w1, w0, 3, 1, luma, 0, 2, 0x11, 1, 3, 0x11, 1]);
    for table in 0..2 {
        for (class, code) in [(0, &dc[table]), (1, &ac[table])] {
            let symbols = code.symbols();
            out.extend_from_slice(&[0xFF, 0xC4]);
            out.extend_from_slice(&(19 + symbols.len() as u16).to_be_bytes());
            out.push(class << 4 | table as u8);
            out.extend_from_slice(&code.counts);
            out.extend_from_slice(symbols);
        }
    }
    out.extend_from_slice(&[0xFF, 0xDA, 0, 12, 3, 1, 0x00, 2, 0x11, 3, 0x11, 0, 63, 0]);
    let codes = Codes { dc: dc.map(|code| code.table()), ac: ac.map(|code| code.table()) };
    scan(coefficients, quantisers, &codes, out);
    out.extend_from_slice(&[0xFF, 0xD9]);
}

/// Appends the entropy-coded data.
#[multiversion(targets("x86_64+avx+avx2+bmi1+bmi2+fma+lzcnt+movbe+popcnt"))]
fn scan(coefficients: &Coefficients, quantisers: &Quantisers, codes: &Codes, out: &mut Vec<u8>) {
    let mut writer = Writer { codes, out, bits: 0, free: 64 };
    let mut run = Run::new();
    for (index, tile) in coefficients.tiles.iter().enumerate() {
        let mcus = coefficients.mcus_in_tile(index);
        walk::tile(coefficients.sampling, tile, quantisers, mcus, &mut run, &mut writer);
    }
    writer.finish();
}

struct Writer<'a> {
    codes: &'a Codes,
    out: &'a mut Vec<u8>,
    /// Bits not yet written, in the low end.
    bits: u64,
    /// How many more fit.
    free: u32,
}

impl Writer<'_> {
    /// Appends `count` bits, at most 32.
    #[inline(always)]
    fn put(&mut self, bits: u32, count: u32) {
        if count > self.free {
            self.flush();
        }
        self.bits = self.bits << (count & 63) | u64::from(bits);
        self.free -= count;
    }

    #[inline(always)]
    fn code(&mut self, (length, code): (u8, u16), symbol_bits: u32, bits: u32) {
        self.put(u32::from(code) << symbol_bits | bits, u32::from(length) + symbol_bits);
    }

    /// Writes whole bytes, each 0xFF followed by a zero.
    fn flush(&mut self) {
        let mut count = 64 - self.free;
        while count >= 8 {
            count -= 8;
            let byte = (self.bits >> count) as u8;
            self.out.push(byte);
            if byte == 0xFF {
                self.out.push(0);
            }
        }
        self.free = 64 - count;
    }

    /// Fills the last byte with ones, as T.81 §F.1.2.3 requires.
    fn finish(&mut self) {
        self.flush();
        let missing = self.free % 8;
        self.put((1 << missing) - 1, missing);
        self.flush();
    }
}

impl Sink for Writer<'_> {
    #[inline(always)]
    fn dc(&mut self, table: usize, symbol: u8, bits: u32) {
        self.code(self.codes.dc[table & 1][usize::from(symbol)], symbol.into(), bits);
    }

    #[inline(always)]
    fn ac(&mut self, table: usize, symbol: u8, bits: u32) {
        self.code(self.codes.ac[table & 1][usize::from(symbol)], (symbol & 15).into(), bits);
    }
}
