//! Reads the header of a key frame (RFC 6386, §9).

use super::{
    bits::Bits,
    probabilities::{self, Probabilities},
};

/// What a key frame begins with: its tag, three bytes that never change, its size.
const START_BYTES: usize = 10;
const START_CODE: [u8; 3] = [0x9D, 0x01, 0x2A];
const MAX_PARTITIONS: usize = 8;

/// A key frame's header, and what comes after it.
#[derive(Clone)]
pub(super) struct Header<'a> {
    /// In blocks of 16×16 px.
    pub(super) width: usize,
    pub(super) height: usize,
    /// The probabilities of the branches to a block's segment, if blocks say it.
    pub(super) segments: Option<[u8; 3]>,
    /// By segment.
    pub(super) factors: [Factors; 4],
    pub(super) probabilities: Box<Probabilities>,
    /// That a block is not empty, if blocks say whether they are.
    pub(super) filled: Option<u8>,
    /// How blocks are predicted, after the header.
    pub(super) modes: Bits<'a>,
    /// The coefficients of each row of blocks in turn.
    pub(super) tokens: [Bits<'a>; MAX_PARTITIONS],
    /// How many of these there are, a power of two.
    pub(super) partitions: usize,
}

/// What coefficients are multiplied by, the first and the others.
#[derive(Clone, Copy, Debug, Default)]
pub(super) struct Factors {
    pub(super) luma: [i32; 2],
    /// Of the block that has the first coefficients of all others.
    pub(super) firsts: [i32; 2],
    pub(super) chroma: [i32; 2],
}

impl<'a> Header<'a> {
    /// `None` if it is no key frame, has no pixels, or lacks its data.
    pub(super) fn read(data: &'a [u8]) -> Option<Self> {
        let ([tag0, tag1, tag2, code @ .., w0, w1, h0, h1], rest) = data.split_first_chunk::<START_BYTES>()?;
        let tag = u32::from_le_bytes([*tag0, *tag1, *tag2, 0]);
        // Two bits of each side request scaling, which WebP ignores.
        let blocks = |low: u8, high: u8| usize::from(u16::from_le_bytes([low, high]) & 0x3FFF).div_ceil(16);
        let (width, height) = (blocks(*w0, *w1), blocks(*h0, *h1));
        if tag & 1 != 0 || *code != START_CODE || width == 0 || height == 0 {
            return None;
        }
        let (first, rest) = rest.split_at_checked((tag >> 5) as usize)?;
        let mut bits = Bits::new(first);
        let is_reserved = bits.flag();
        let _needs_no_clamping = bits.flag();
        let segments = bits.flag().then(|| Segments::read(&mut bits));
        skip_loop_filter(&mut bits);
        let partitions = 1 << bits.number(2);
        let tokens = partitioned(rest, partitions)?;
        let factors = read_factors(&mut bits, segments.as_ref());
        let _probabilities_are_kept = bits.flag();
        let probabilities = probabilities::read(&mut bits);
        let filled = bits.flag().then(|| bits.number(8) as u8);
        let segments = segments.and_then(|segments| segments.map);
        let header = Self { width, height, segments, factors, probabilities, filled, modes: bits, tokens, partitions };
        (!is_reserved && !bits.is_past_end()).then_some(header)
    }
}

/// What blocks of a segment have in common.
#[derive(Clone, Copy, Debug)]
struct Segments {
    map: Option<[u8; 3]>,
    /// Whether the quantisers are absolute.
    is_absolute: bool,
    quantisers: [i32; 4],
}

impl Segments {
    fn read(bits: &mut Bits<'_>) -> Self {
        let (has_map, has_data) = (bits.flag(), bits.flag());
        // Without data the quantisers are absolute zeros, as libwebp and image-webp have it.
        let mut segments = Self { map: None, is_absolute: true, quantisers: [0; 4] };
        if has_data {
            segments.is_absolute = bits.flag();
            segments.quantisers = std::array::from_fn(|_| bits.signed(7).unwrap_or_default());
            let _filter_levels: [Option<i32>; 4] = std::array::from_fn(|_| bits.signed(6));
        }
        segments.map =
            has_map.then(|| std::array::from_fn(|_| if bits.flag() { bits.number(8) as u8 } else { u8::MAX }));
        segments
    }
}

fn skip_loop_filter(bits: &mut Bits<'_>) {
    let _is_simple = bits.flag();
    let (_level, _sharpness) = (bits.number(6), bits.number(3));
    let has_adjustments = bits.flag();
    if has_adjustments && bits.flag() {
        for _ in 0..8 {
            let _adjustment = bits.signed(6);
        }
    }
}

/// The partitions of coefficients, after the sizes of all except the last.
fn partitioned(data: &[u8], partitions: usize) -> Option<[Bits<'_>; MAX_PARTITIONS]> {
    let (sizes, mut rest) = data.split_at_checked(3 * (partitions - 1))?;
    let mut tokens = [Bits::new(&[]); MAX_PARTITIONS];
    for (tokens, size) in tokens.iter_mut().zip(sizes.as_chunks::<3>().0) {
        let partition;
        (partition, rest) = rest.split_at_checked(u32::from_le_bytes([size[0], size[1], size[2], 0]) as usize)?;
        *tokens = Bits::new(partition);
    }
    tokens[partitions - 1] = Bits::new(rest);
    Some(tokens)
}

fn read_factors(bits: &mut Bits<'_>, segments: Option<&Segments>) -> [Factors; 4] {
    let base = bits.number(7);
    let [luma_first, firsts_first, firsts, chroma_first, chroma] =
        std::array::from_fn(|_| bits.signed(4).unwrap_or_default());
    std::array::from_fn(|segment| {
        let index = match segments {
            Some(Segments { is_absolute: true, quantisers, .. }) => quantisers[segment],
            Some(Segments { quantisers, .. }) => base + quantisers[segment],
            None => base,
        };
        let of = |table: &[u16; 128], more: i32| i32::from(table[(index + more).clamp(0, 127) as usize]);
        Factors {
            luma: [of(&FIRST, luma_first), of(&OTHER, 0)],
            firsts: [of(&FIRST, firsts_first) * 2, (of(&OTHER, firsts) * 155 / 100).max(8)],
            chroma: [of(&FIRST, chroma_first).min(132), of(&OTHER, chroma)],
        }
    })
}

/// By quantiser, of the first coefficient (§14.1).
#[rustfmt::skip]
const FIRST: [u16; 128] = [
      4,   5,   6,   7,   8,   9,  10,  10,
     11,  12,  13,  14,  15,  16,  17,  17,
     18,  19,  20,  20,  21,  21,  22,  22,
     23,  23,  24,  25,  25,  26,  27,  28,
     29,  30,  31,  32,  33,  34,  35,  36,
     37,  37,  38,  39,  40,  41,  42,  43,
     44,  45,  46,  46,  47,  48,  49,  50,
     51,  52,  53,  54,  55,  56,  57,  58,
     59,  60,  61,  62,  63,  64,  65,  66,
     67,  68,  69,  70,  71,  72,  73,  74,
     75,  76,  76,  77,  78,  79,  80,  81,
     82,  83,  84,  85,  86,  87,  88,  89,
     91,  93,  95,  96,  98, 100, 101, 102,
    104, 106, 108, 110, 112, 114, 116, 118,
    122, 124, 126, 128, 130, 132, 134, 136,
    138, 140, 143, 145, 148, 151, 154, 157,
];
/// By quantiser, of the others.
#[rustfmt::skip]
const OTHER: [u16; 128] = [
      4,   5,   6,   7,   8,    9,  10,  11,
      12,  13,  14,  15,  16,  17,  18,  19,
      20,  21,  22,  23,  24,  25,  26,  27,
      28,  29,  30,  31,  32,  33,  34,  35,
      36,  37,  38,  39,  40,  41,  42,  43,
      44,  45,  46,  47,  48,  49,  50,  51,
      52,  53,  54,  55,  56,  57,  58,  60,
      62,  64,  66,  68,  70,  72,  74,  76,
      78,  80,  82,  84,  86,  88,  90,  92,
      94,  96,  98, 100, 102, 104, 106, 108,
     110, 112, 114, 116, 119, 122, 125, 128,
     131, 134, 137, 140, 143, 146, 149, 152,
     155, 158, 161, 164, 167, 170, 173, 177,
     181, 185, 189, 193, 197, 201, 205, 209,
     213, 217, 221, 225, 229, 234, 239, 245,
     249, 254, 259, 264, 269, 274, 279, 284,
];
