use image_webp::vp8::Vp8Decoder;
use proptest::{collection::vec, prelude::*};

use super::{bits::EVEN, *};

/// Writes bits by their probabilities (RFC 6386, §7.3).
struct Writer {
    bytes: Vec<u8>,
    bottom: u64,
    range: u64,
    /// Bits of `bottom` that are settled, beyond 32.
    pending: u32,
}

impl Writer {
    fn new() -> Self {
        Self { bytes: Vec::new(), bottom: 0, range: 255, pending: 24 }
    }

    fn bit(&mut self, probability: u8, bit: bool) {
        let split = 1 + (((self.range - 1) * u64::from(probability)) >> 8);
        if bit {
            self.bottom += split;
            self.range -= split;
        } else {
            self.range = split;
        }
        while self.range < 128 {
            self.range <<= 1;
            if self.bottom & (1 << 31) != 0 {
                self.carry();
            }
            self.bottom = (self.bottom << 1) & 0xFFFF_FFFF;
            self.pending -= 1;
            if self.pending == 0 {
                self.bytes.push((self.bottom >> 24) as u8);
                self.bottom &= 0x00FF_FFFF;
                self.pending = 8;
            }
        }
    }

    fn carry(&mut self) {
        for byte in self.bytes.iter_mut().rev() {
            *byte = byte.wrapping_add(1);
            if *byte != 0 {
                break;
            }
        }
    }

    fn number(&mut self, bits: u32, number: u32) {
        (0..bits).rev().for_each(|bit| self.bit(EVEN, number >> bit & 1 == 1));
    }

    fn signed(&mut self, bits: u32, number: Option<i32>) {
        self.number(1, u32::from(number.is_some()));
        if let Some(number) = number {
            self.number(bits, number.unsigned_abs());
            self.number(1, u32::from(number < 0));
        }
    }

    fn finish(mut self) -> Vec<u8> {
        self.number(32, 0);
        self.bytes
    }
}

/// Whether quantisers are absolute, with their values if any are given, and the probabilities of the branches to a
/// segment.
type Segments = (Option<(bool, [Option<i32>; 4])>, Option<[Option<u8>; 3]>);

/// What a frame says of itself; its blocks are of chance, as any bytes are some blocks.
#[derive(Clone, Debug)]
struct Said {
    width: u16,
    height: u16,
    quantiser: u32,
    more: [Option<i32>; 5],
    segments: Option<Segments>,
    log2_partitions: u32,
    filled: Option<u8>,
    /// Probabilities that are changed, and to what.
    updates: Vec<(usize, u8)>,
}

impl Said {
    /// With the loop filter off.
    fn frame(&self, modes: &[u8], tokens: &[u8]) -> Vec<u8> {
        let mut bits = Writer::new();
        bits.number(2, 0);
        bits.number(1, u32::from(self.segments.is_some()));
        if let Some((data, branches)) = self.segments {
            bits.number(1, u32::from(branches.is_some()));
            bits.number(1, u32::from(data.is_some()));
            if let Some((is_absolute, quantisers)) = data {
                bits.number(1, u32::from(is_absolute));
                quantisers.into_iter().for_each(|quantiser| bits.signed(7, quantiser));
                bits.number(4, 0);
            }
            for branch in branches.into_iter().flatten() {
                bits.number(1, u32::from(branch.is_some()));
                branch.into_iter().for_each(|branch| bits.number(8, branch.into()));
            }
        }
        bits.number(11, 0);
        bits.number(2, self.log2_partitions);
        bits.number(7, self.quantiser);
        self.more.into_iter().for_each(|more| bits.signed(4, more));
        bits.number(1, 1);
        let seldom = probabilities::UPDATES.as_flattened().as_flattened().as_flattened();
        for (i, &seldom) in seldom.iter().enumerate() {
            let update = self.updates.iter().find(|(at, _)| *at == i);
            bits.bit(seldom, update.is_some());
            update.into_iter().for_each(|&(_, probability)| bits.number(8, probability.into()));
        }
        bits.number(1, u32::from(self.filled.is_some()));
        self.filled.into_iter().for_each(|filled| bits.number(8, filled.into()));
        modes.iter().for_each(|&byte| bits.number(8, byte.into()));
        let first = bits.finish();
        let tag = (first.len() as u32) << 5 | 1 << 4;
        let partitions = 1 << self.log2_partitions;
        let size = (tokens.len() / partitions).max(1);
        let sizes = (1..partitions).flat_map(|_| (size as u32).to_le_bytes()[..3].to_vec());
        let mut frame = [&tag.to_le_bytes()[..3], &[0x9D, 0x01, 0x2A]].concat();
        frame.extend(self.width.to_le_bytes().into_iter().chain(self.height.to_le_bytes()));
        frame.extend(first);
        frame.extend(sizes);
        // No encoder's partition begins with all ones, which would be over the range.
        frame.extend(tokens.iter().enumerate().map(|(i, &byte)| if i % size == 0 { byte & 0x7F } else { byte }));
        frame
    }
}

fn said() -> impl Strategy<Value = Said> {
    // A coarse one would make coefficients that no encoder writes, which libwebp cuts to 16 bits and image-webp does not.
    let quantiser = 0..12u32;
    let more = proptest::array::uniform5(proptest::option::of(-3..4i32));
    let branches = proptest::option::of(proptest::array::uniform3(proptest::option::of(any::<u8>())));
    let quantisers = proptest::array::uniform4(proptest::option::of(0..6i32));
    let data = proptest::option::of((any::<bool>(), quantisers));
    let segments = proptest::option::of((data, branches));
    let updates = vec((0..1056usize, any::<u8>()), 0..40);
    let parts = (quantiser, more, segments, 0..4u32, proptest::option::of(any::<u8>()), updates);
    (1..80u16, 1..80u16, parts).prop_map(|(width, height, parts)| {
        let (quantiser, more, segments, log2_partitions, filled, updates) = parts;
        Said { width, height, quantiser, more, segments, log2_partitions, filled, updates }
    })
}

/// Bytes of chance, by SplitMix64.
fn chance(seed: u64, bytes: usize) -> Vec<u8> {
    let word = |i: u64| {
        let mut word = seed.wrapping_add(i.wrapping_mul(0x9E37_79B9_7F4A_7C15));
        word = (word ^ word >> 30).wrapping_mul(0xBF58_476D_1CE4_E5B9);
        word = (word ^ word >> 27).wrapping_mul(0x94D0_49BB_1331_11EB);
        (word ^ word >> 31) as u8
    };
    (0..bytes as u64).map(word).collect()
}

/// Luma and both chromas of all bands; `None` if the frame is refused.
fn read(frame: &[u8]) -> Option<[Vec<u8>; 3]> {
    let mut frame = Frame::new(frame)?;
    let mut planes = [const { Vec::new() }; 3];
    for _ in 0..frame.header.height {
        let band = frame.next()?;
        for (plane, rows) in planes.iter_mut().zip([&band.luma, &band.chroma[0], &band.chroma[1]]) {
            plane.extend_from_slice(rows);
        }
    }
    assert!(frame.next().is_none());
    Some(planes)
}

proptest! {
    #[test]
    fn a_frame_without_the_loop_filter_is_what_image_webp_makes_of_it(
        said in said(),
        seed in any::<u64>(),
    ) {
        let frame = said.frame(&chance(seed, 2000), &chance(!seed, 80_000));
        let oracle = Vp8Decoder::decode_frame(&frame[..]).unwrap();
        let planes = read(&frame).unwrap();
        for (plane, expected) in planes.iter().zip([oracle.ybuf, oracle.ubuf, oracle.vbuf]) {
            let differs = plane.iter().zip(&expected).position(|(a, b)| a != b);
            prop_assert!(differs.is_none() && plane.len() == expected.len(), "{differs:?}");
        }
    }

    #[test]
    fn what_lacks_its_last_bytes_is_read_wherever_image_webp_reads_it(mut said in said(), seed in any::<u64>()) {
        (said.width, said.height, said.log2_partitions) = (said.width.min(32), said.height.min(32), 0);
        let frame = said.frame(&chance(seed, 200), &chance(!seed, 4000));
        let oracle = |end: usize| Vp8Decoder::decode_frame(&frame[..end]).ok();
        // The shortest beginning that is still read.
        let (mut least, mut most) = (0, frame.len());
        while least < most {
            let middle = usize::midpoint(least, most);
            if oracle(middle).is_some() { most = middle } else { least = middle + 1 }
        }
        let expected = oracle(least).map(|oracle| [oracle.ybuf, oracle.ubuf, oracle.vbuf]);
        prop_assert!(expected.is_some() && read(&frame[..least]) == expected);
    }

    #[test]
    fn a_frame_that_ends_early_or_is_of_any_bytes_is_read_or_refused(
        said in said(),
        seed in any::<u64>(),
        lengths in (0..60usize, 0..600usize),
        end in 0..2000usize,
        noise in vec(any::<u8>(), 0..64),
    ) {
        let mut frame = said.frame(&chance(seed, lengths.0), &chance(!seed, lengths.1));
        frame.truncate(end);
        let _ = read(&frame);
        let start = [0x10, 0x02, 0, 0x9D, 0x01, 0x2A, 100, 0, 100, 0];
        let _ = read(&[&start[..], &noise].concat());
    }
}
