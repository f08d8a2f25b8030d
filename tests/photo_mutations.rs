//! Whatever is done to a file: no panic, no result over the budget, none that another decoder refuses.
//!
//! More inputs than the default, always the same ones first:
//!
//! ```text
//! LIVENESS_MUTATIONS=100000 cargo test --release --test photo_mutations
//! ```

#![cfg(feature = "photo")]
#![allow(clippy::expect_used, reason = "clippy knows tests by #[test], not their helpers")]

mod photo_support;

use std::collections::BTreeMap;
use std::env;
use std::panic::{AssertUnwindSafe, catch_unwind};

use liveness::photo::{ByteLimit, Limits, Photo, PhotoSpec, Preparer};

use photo_support::{assert_clean_baseline, read_back, seeds};

const INPUTS_VARIABLE: &str = "LIVENESS_MUTATIONS";
const DEFAULT_INPUTS: usize = 24_000;
const MAX_BYTES: usize = 3_000;

/// How many inputs are tried.
fn inputs() -> usize {
    match env::var(INPUTS_VARIABLE) {
        Ok(number) => number.parse().expect("LIVENESS_MUTATIONS is a number"),
        Err(_) => DEFAULT_INPUTS,
    }
}

#[test]
fn no_mutation_panics_or_breaks_a_promise() {
    let (seeds, inputs) = (seeds::every_kind(), inputs());
    let mut random = Random(0x2545_F491);
    let limits = Limits::new().with_max_pixels(1_000_000);
    let spec = PhotoSpec::TENCENT_MARKET.with_byte_limit(ByteLimit::Raw(MAX_BYTES)).with_long_side_px(64);
    let new =
        || [false, true].map(|accepted| Preparer::new(spec).with_limits(limits).with_truncated_accepted(accepted));
    let mut preparers = new();
    let mut counts = BTreeMap::<String, usize>::new();
    for number in 0..inputs {
        let file = random.mutation(&seeds);
        let preparer = &mut preparers[number % 2];
        let work = AssertUnwindSafe(|| {
            let _ = Photo::from_bytes(file.clone(), &spec);
            preparer.prepare(&file)
        });
        let Ok(result) = catch_unwind(work) else {
            panic!("input {number} panics: {file:?}");
        };
        let outcome = match result {
            Ok(photo) => {
                assert!(photo.bytes().len() <= MAX_BYTES, "input {number} is over the budget");
                assert!(photo.width().min(photo.height()) >= 16 && photo.width().max(photo.height()) <= 64);
                let read = catch_unwind(|| {
                    assert_clean_baseline(&photo);
                    read_back(&photo);
                });
                assert!(read.is_ok(), "the result of input {number} is refused: {file:?}");
                let report = photo.report();
                if report.is_some_and(|report| report.passed_through) {
                    "passed through".into()
                } else {
                    "prepared".into()
                }
            }
            Err(error) => format!("{:?}", error.kind()),
        };
        *counts.entry(outcome).or_default() += 1;
    }
    println!("{inputs} inputs from {} seeds: {counts:?}", seeds.len());
    // The mutations reach both sides.
    assert!(counts["prepared"] > inputs / 10 && counts["Damaged"] + counts["Truncated"] > inputs / 10);
}

/// Marsaglia's xorshift of 32 bits.
struct Random(u32);

impl Random {
    fn next(&mut self) -> usize {
        self.0 ^= self.0 << 13;
        self.0 ^= self.0 >> 17;
        self.0 ^= self.0 << 5;
        self.0 as usize
    }

    fn below(&mut self, end: usize) -> usize {
        self.next() % end.max(1)
    }

    /// A seed that was cut, flipped, overwritten or joined with another, up to four times over.
    fn mutation(&mut self, seeds: &[Vec<u8>]) -> Vec<u8> {
        let mut file = seeds[self.below(seeds.len())].clone();
        for _ in 0..=self.below(4) {
            let at = self.below(file.len());
            match self.below(8) {
                0 => file.truncate(at),
                1 | 2 => {
                    if let Some(byte) = file.get_mut(at) {
                        *byte ^= 1 << self.below(8);
                    }
                }
                // Headers are where the decisions are.
                3 | 4 => {
                    let at = self.below(file.len().min(700));
                    let value = [0, 1, 0x7F, 0x80, 0xFF, self.next() as u8][self.below(6)];
                    if let Some(byte) = file.get_mut(at) {
                        *byte = value;
                    }
                }
                5 => {
                    let end = (at + self.below(40)).min(file.len());
                    file.drain(at..end);
                }
                6 => {
                    let end = (at + self.below(40)).min(file.len());
                    let piece = file[at..end].to_vec();
                    let to = self.below(file.len());
                    file.splice(to..to, piece);
                }
                _ => {
                    let other = &seeds[self.below(seeds.len())];
                    let from = self.below(other.len());
                    file.truncate(at);
                    file.extend_from_slice(&other[from..]);
                }
            }
        }
        file
    }
}
