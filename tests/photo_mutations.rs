//! Whatever is done to a file: no panic, no result over the budget, none that another decoder refuses, and no word of what is in it.
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
use std::error::Error;
use std::panic::{AssertUnwindSafe, catch_unwind};

use liveness::photo::{ByteLimit, Limits, Photo, PhotoSpec, Preparer};

use photo_support::rasters::{self, Metadata};
use photo_support::{assert_clean_baseline, jpegs, read_back, scene, seeds};

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

/// The texts in a file may name the person. A decoder's error is handed on as the source, whoever wrote the decoder.
#[test]
fn nothing_that_a_decoder_says_holds_a_text_of_the_file() {
    const TEXT: &str = "Zhang San 110105194912310021";
    let seeds = files_with(TEXT);
    let mut random = Random(0x1234_5678);
    let mut preparer = Preparer::new(PhotoSpec::TENCENT_MARKET).with_limits(Limits::new().with_max_pixels(1_000_000));
    let mut sources = 0;
    for number in 0..inputs() / 4 {
        let file = random.mutation(&seeds);
        let Err(error) = preparer.prepare(&file) else { continue };
        let mut said = format!("{error} {error:?}");
        let mut source = error.source();
        sources += usize::from(source.is_some());
        while let Some(error) = source {
            said += &format!(" {error} {error:?}");
            source = error.source();
        }
        assert!(
            !said.contains("Zhang") && !said.contains("110105") && !said.contains("90, 104, 97"),
            "{number}: {said}"
        );
    }
    assert!(sources > inputs() / 100, "{sources}");
}

/// A JPEG, a PNG, a WebP and a GIF that hold the text wherever they can.
fn files_with(text: &str) -> Vec<Vec<u8>> {
    let picture = scene::upright(34, 21);
    let exif = Metadata { exif: Some(text.into()), icc_profile: Some(text.into()) };
    let progressive = jpegs::Options { progressive: true, icc_profile: text.into(), ..Default::default() };
    let jpeg = jpegs::with_exif(&jpegs::colour(&picture, &progressive), text.as_bytes());
    let mut png = Vec::new();
    let mut encoder = png::Encoder::new(&mut png, 34, 21);
    encoder.set_color(png::ColorType::Rgb);
    encoder.add_text_chunk("Author".into(), text.into()).expect("a keyword");
    encoder.add_itxt_chunk(text.into(), text.into()).expect("a keyword");
    let mut writer = encoder.write_header().expect("a header");
    writer.write_image_data(&picture.rgb).expect("as many as px");
    writer.finish().expect("in memory");
    let mut gif = rasters::gif(&picture);
    // A comment, after the screen's header and its table of colours if there is one.
    let at = 13 + if gif[10] & 0x80 == 0 { 0 } else { 3 << ((gif[10] & 7) + 1) };
    gif.splice(at..at, [&[0x21, 0xFE, text.len() as u8], text.as_bytes(), &[0]].concat());
    vec![
        jpegs::with_segment(&jpeg, 0xFE, text.as_bytes()),
        png,
        rasters::webp(&picture, &exif),
        gif,
        rasters::png(&picture, &exif),
    ]
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
