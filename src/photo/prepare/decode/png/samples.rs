//! Converts the samples of a PNG's row, of any depth and with alpha, to 8-bit grey or RGB.

use crate::photo::prepare::decode::{
    flatten::{over_white, over_white_16, to_8_bit},
    pixels::Layout,
    png::chunks::{Chunks, GREY, GREY_ALPHA, INDEXED, RGB, RGB_ALPHA},
};

/// What stored samples mean.
#[derive(Clone, PartialEq)]
pub(super) struct Samples {
    kind: Kind,
    /// The entries of a palette, over white; of grey of up to 8 bits too.
    table: Box<[[u8; 3]; 256]>,
}

#[derive(Clone, Copy, Debug, PartialEq)]
enum Kind {
    /// Numbers of so many bits that are looked up: grey, or with a palette RGB.
    Looked {
        bits: u8,
        is_grey: bool,
    },
    /// With the sample that is transparent.
    Grey16(Option<[u8; 2]>),
    /// With the colour that is transparent.
    Rgb8(Option<[u8; 3]>),
    Rgb16(Option<[u8; 6]>),
    GreyAlpha8,
    GreyAlpha16,
    RgbAlpha8,
    RgbAlpha16,
}

impl Samples {
    /// `None` if there is no palette where one must be.
    pub(super) fn new(chunks: &Chunks<'_>) -> Option<Self> {
        let (bits, key) = (chunks.depth, chunks.transparency.unwrap_or_default());
        // A number of 16 bits, whatever the depth.
        let low = |at: usize| key.get(at).copied();
        let mut table = Box::new([[0; 3]; 256]);
        let kind = match (chunks.colour, bits) {
            (GREY, 16) => Kind::Grey16(key.first_chunk().copied()),
            (GREY, _) => {
                let largest = (1u16 << bits) - 1;
                for (value, entry) in (0..=largest).zip(table.iter_mut()) {
                    *entry = [(value * 255 / largest) as u8; 3];
                }
                if let Some(transparent) = low(1).and_then(|key| table.get_mut(usize::from(key & largest as u8))) {
                    *transparent = [255; 3];
                }
                Kind::Looked { bits, is_grey: true }
            }
            (INDEXED, _) if chunks.palette.len() < 3 => return None,
            (INDEXED, _) => {
                let alphas = key.iter().copied().chain(std::iter::repeat(255));
                for ((entry, colour), alpha) in table.iter_mut().zip(chunks.palette.as_chunks::<3>().0).zip(alphas) {
                    *entry = colour.map(|value| over_white(value, alpha));
                }
                Kind::Looked { bits, is_grey: false }
            }
            (RGB, 16) => Kind::Rgb16(key.first_chunk().copied()),
            (RGB, _) => Kind::Rgb8(low(1).zip(low(3)).zip(low(5)).map(|((r, g), b)| [r, g, b])),
            (GREY_ALPHA, 16) => Kind::GreyAlpha16,
            (GREY_ALPHA, _) => Kind::GreyAlpha8,
            (RGB_ALPHA, 16) => Kind::RgbAlpha16,
            _ => Kind::RgbAlpha8,
        };
        Some(Self { kind, table })
    }

    /// Grey, or RGB.
    pub(super) fn layout(&self) -> Layout {
        match self.kind {
            Kind::Looked { is_grey: true, .. } | Kind::Grey16(_) | Kind::GreyAlpha8 | Kind::GreyAlpha16 => Layout::Grey,
            _ => Layout::Rgb,
        }
    }

    /// The byte of an empty picture: black, or through alpha white.
    pub(super) fn blank(&self) -> u8 {
        match self.kind {
            Kind::GreyAlpha8 | Kind::GreyAlpha16 | Kind::RgbAlpha8 | Kind::RgbAlpha16 => 255,
            _ => 0,
        }
    }

    /// Writes the pixels of `row` to `out`, one byte for each channel of the layout.
    pub(super) fn write(&self, row: &[u8], out: &mut [u8]) {
        match self.kind {
            Kind::Looked { bits: 8, is_grey: true } => {
                map(row, out, |[index]: [u8; 1]| [self.table[usize::from(index)][0]])
            }
            Kind::Looked { bits: 8, is_grey: false } => {
                map(row, out, |[index]: [u8; 1]| self.table[usize::from(index)])
            }
            Kind::Looked { bits, is_grey } => {
                let channels = if is_grey { 1 } else { 3 };
                let per_byte = usize::from(8 / bits);
                for (pixel, out) in out.chunks_exact_mut(channels).enumerate() {
                    let Some(byte) = row.get(pixel / per_byte) else { break };
                    let shift = 8 - usize::from(bits) * (pixel % per_byte + 1);
                    let index = usize::from(byte >> shift) & ((1 << bits) - 1);
                    out.copy_from_slice(&self.table[index][..channels]);
                }
            }
            Kind::Rgb8(None) => out.copy_from_slice(row),
            Kind::Rgb8(Some(key)) => map(row, out, |rgb: [u8; 3]| if rgb == key { [255; 3] } else { rgb }),
            Kind::Grey16(key) => {
                map(row, out, |v: [u8; 2]| [if Some(v) == key { 255 } else { to_8_bit(u16::from_be_bytes(v)) }])
            }
            Kind::Rgb16(key) => {
                map(row, out, |v: [u8; 6]| if Some(v) == key { [255; 3] } else { wide::<6, 3>(v).map(to_8_bit) })
            }
            Kind::GreyAlpha8 => map(row, out, |[v, a]: [u8; 2]| [over_white(v, a)]),
            Kind::GreyAlpha16 => map(row, out, |v: [u8; 4]| {
                let [v, a] = wide(v);
                [over_white_16(v, a)]
            }),
            Kind::RgbAlpha8 => map(row, out, |[r, g, b, a]: [u8; 4]| [r, g, b].map(|value| over_white(value, a))),
            Kind::RgbAlpha16 => map(row, out, |v: [u8; 8]| {
                let [r, g, b, a] = wide(v);
                [r, g, b].map(|value| over_white_16(value, a))
            }),
        }
    }
}

/// Makes each pixel of `N` bytes one of `M`.
fn map<const N: usize, const M: usize>(row: &[u8], out: &mut [u8], convert: impl Fn([u8; N]) -> [u8; M]) {
    for (out, pixel) in out.as_chunks_mut::<M>().0.iter_mut().zip(row.as_chunks::<N>().0) {
        *out = convert(*pixel);
    }
}

/// Samples of 16 bits, the most significant byte first.
fn wide<const N: usize, const M: usize>(bytes: [u8; N]) -> [u16; M] {
    let mut samples = [0; M];
    for (sample, bytes) in samples.iter_mut().zip(bytes.as_chunks::<2>().0) {
        *sample = u16::from_be_bytes(*bytes);
    }
    samples
}
