//! Tests that every scan script that ITU T.81 allows decodes to the coefficients that were written.
//!
//! Pictures of random coefficients are written in random scripts. Their planes must be those of a sequential file of the same
//! coefficients, as far as the scans tell them.

#![allow(clippy::unwrap_used, reason = "clippy knows tests by #[test], not their helpers")]

mod encoder;
mod script;
#[path = "../support/mod.rs"]
mod support;

use liveness_jpeg::{Decoded, Decoder, Header, Planes, Sampling, Scale, Target};
use proptest::prelude::*;
use zune_core::colorspace::ColorSpace;

use encoder::{Component, Picture};
use script::{known, scans};
use support::zune;

/// Sampling factors of luma; those of chroma are 1.
const SAMPLINGS: [(usize, usize); 9] = [(1, 1), (2, 1), (1, 2), (2, 2), (4, 1), (1, 4), (3, 1), (1, 3), (3, 2)];

/// Grey ones, and ones of each sampling.
fn pictures() -> impl Strategy<Value = Picture> {
    pictures_of(prop::option::weighted(0.8, prop::sample::select(&SAMPLINGS[..])))
}

/// Pictures with luma's sampling factors; grey ones for none.
fn pictures_of(sampling: impl Strategy<Value = Option<(usize, usize)>>) -> impl Strategy<Value = Picture> {
    (sampling, 1..70usize, 1..50usize, any::<u64>(), 0..=80u64).prop_map(|(sampling, width, height, seed, full)| {
        let factors = sampling.map_or(vec![(1, 1)], |luma| vec![luma, (1, 1), (1, 1)]);
        let components = factors.into_iter().map(|(h, v)| Component { h, v, blocks: Vec::new() }).collect();
        let mut picture = Picture { width, height, components };
        let (across, down) = picture.mcus();
        let mut random = Random(seed | 1);
        for component in &mut picture.components {
            let blocks = across * component.h * down * component.v;
            component.blocks = (0..blocks).map(|_| random.block(full)).collect();
        }
        picture
    })
}

/// Marsaglia's xorshift: what a strategy would draw coefficient by coefficient takes too long.
struct Random(u64);

impl Random {
    fn below(&mut self, end: u64) -> u64 {
        self.0 ^= self.0 << 13;
        self.0 ^= self.0 >> 7;
        self.0 ^= self.0 << 17;
        (self.0 >> 11) % end
    }

    /// A block of which so many of 64 coefficients are not zero, most of them small.
    fn block(&mut self, full: u64) -> [i32; 64] {
        let mut block = [0; 64];
        // Every third block has DC alone: ended bands make runs.
        let full = if self.below(3) == 0 { 0 } else { full };
        block[0] = self.below(700) as i32 - 350;
        for coefficient in &mut block[1..] {
            if self.below(64) < full {
                let bits = [1, 1, 1, 2, 2, 3, 4, 6][self.below(8) as usize];
                *coefficient = self.below(2 << bits) as i32 - (1 << bits);
                if full > 64 {
                    // None that is zero: more corrections than the decoder reads at once.
                    *coefficient += if *coefficient < 0 { -4 } else { 4 };
                }
            }
        }
        block
    }
}

fn decode(file: &[u8], scale: Scale, sampling: Sampling) -> (Planes, Decoded) {
    let header = Header::parse(file).unwrap();
    let target = Target::scaled(&header, scale).with_sampling(sampling);
    let mut planes = Planes::new();
    let decoded = Decoder::new().decode(&header, &target, &mut planes).unwrap();
    (planes, decoded)
}

/// Where the first scan's data begins.
fn data_start(file: &[u8]) -> usize {
    let scan = file.windows(2).position(|pair| pair == [0xFF, 0xDA]).unwrap();
    scan + 2 + usize::from(file[scan + 3])
}

proptest! {
    #![proptest_config(ProptestConfig { failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn any_script_gives_the_planes_of_the_coefficients_as_far_as_it_tells_them(
        picture in pictures(),
        choices in prop::collection::vec(any::<u32>(), 0..60),
    ) {
        let scans = scans(&picture, &choices);
        let file = picture.progressive(&scans);
        let sequential = known(&picture, &scans).sequential();
        for scale in Scale::ALL {
            for sampling in [Sampling::S420, Sampling::S444] {
                let (planes, decoded) = decode(&file, scale, sampling);
                prop_assert!(decoded.is_sound() && decoded.whole_rows as usize == picture.height, "{decoded:?} {scans:?}");
                let (expected, decoded) = decode(&sequential, scale, sampling);
                prop_assert!(decoded.is_sound());
                prop_assert!(planes == expected, "{scale:?} {scans:?}");
            }
        }
    }

    #[test]
    fn another_decoder_reads_the_same_picture(
        picture in pictures_of(Just(Some((1, 1)))),
        choices in prop::collection::vec(any::<u32>(), 0..60),
    ) {
        let file = picture.progressive(&scans(&picture, &choices));
        let (planes, _) = decode(&file, Scale::Full, Sampling::S444);
        let (_, _, theirs) = zune(&file, ColorSpace::YCbCr);
        for (channel, plane) in [planes.y(), planes.cb(), planes.cr()].into_iter().enumerate() {
            let worst = plane.iter().zip(theirs.iter().skip(channel).step_by(3)).map(|(a, b)| a.abs_diff(*b)).max();
            prop_assert!(worst <= Some(2), "channel {channel}: {worst:?}");
        }
    }

    #[test]
    fn what_is_cut_is_told_at_every_scale_alike(
        picture in pictures(),
        choices in prop::collection::vec(any::<u32>(), 0..60),
        at in any::<prop::sample::Index>(),
    ) {
        let file = picture.progressive(&scans(&picture, &choices));
        let start = data_start(&file);
        let cut = &file[..start + at.index(file.len() - 2 - start)];
        let all = Scale::ALL.map(|scale| decode(cut, scale, Sampling::S420).1);
        prop_assert!(!all[0].ended && all[0].whole_rows as usize <= picture.height, "{all:?}");
        prop_assert!(all.iter().all(|decoded| *decoded == all[0]), "{all:?}");
    }

    #[test]
    fn damage_is_told_at_every_scale_alike(
        picture in pictures(),
        choices in prop::collection::vec(any::<u32>(), 0..60),
        at in any::<prop::sample::Index>(),
        flips in 1..=u8::MAX,
    ) {
        let mut file = picture.progressive(&scans(&picture, &choices));
        let start = data_start(&file);
        let at = start + at.index(file.len() - 2 - start);
        file[at] ^= flips;
        let all = Scale::ALL.map(|scale| decode(&file, scale, Sampling::S420).1);
        prop_assert!(all[0].whole_rows as usize <= picture.height, "{all:?}");
        prop_assert!(all.iter().all(|decoded| *decoded == all[0]), "{all:?}");
    }
}
