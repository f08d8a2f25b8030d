//! What a PNG says of its picture, and what becomes of one that was spoiled.

#![cfg(feature = "photo")]
#![allow(clippy::unwrap_used, reason = "clippy knows tests by #[test], not their helpers")]

mod photo_support;

use std::time::{Duration, Instant};

use liveness::photo::{Limits, Orientation, Photo, PhotoError, PhotoErrorKind, PhotoSpec, Preparer};
use moxcms::ColorProfile;

use photo_support::pngs::{self, chunk};
use photo_support::scene::{self, PATCHES, assert_patches};
use photo_support::{Picture, jpegs, rasters, read_back};

const SPEC: PhotoSpec = PhotoSpec::TENCENT_MARKET;
/// What JPEG's own losses may move the mean of a patch.
const TOLERANCE: f64 = 5.0;
const WIDTH: usize = 115;
const HEIGHT: usize = 77;
/// In units of 1/100,000: the chromaticities of sRGB and of Display P3, white first.
const SRGB: [u32; 8] = [31_270, 32_900, 64_000, 33_000, 30_000, 60_000, 15_000, 6_000];
const P3: [u32; 8] = [31_270, 32_900, 68_000, 32_000, 26_500, 69_000, 15_000, 6_000];

fn prepare(file: &[u8]) -> Result<Photo, PhotoError> {
    Preparer::new(SPEC).prepare(file)
}

fn picture() -> Picture {
    scene::upright(WIDTH, HEIGHT)
}

fn p3_picture() -> Picture {
    scene::of_patches(WIDTH, HEIGHT, PATCHES.map(scene::p3_of))
}

fn gamma(stored: u32) -> Vec<u8> {
    chunk(b"gAMA", &stored.to_be_bytes())
}

fn chromaticities(points: [u32; 8]) -> Vec<u8> {
    chunk(b"cHRM", &points.map(u32::to_be_bytes).concat())
}

fn code_points(points: [u8; 4]) -> Vec<u8> {
    chunk(b"cICP", &points)
}

fn p3_profile() -> Vec<u8> {
    pngs::profile(&ColorProfile::new_display_p3().encode().unwrap())
}

fn srgb_profile() -> Vec<u8> {
    pngs::profile(&ColorProfile::new_srgb().encode().unwrap())
}

#[test]
fn colours_are_those_of_the_first_chunk_in_the_standards_order_whichever_stands_first_in_the_file() {
    let (p3, srgb) = (code_points([12, 13, 0, 1]), code_points([1, 13, 0, 1]));
    let marked = chunk(b"sRGB", &[0]);
    let linear = gamma(100_000);
    let mut converted = Vec::new();
    for (what, chunks, is_p3) in [
        ("cICP", vec![p3.clone()], true),
        ("cICP over iCCP", vec![srgb_profile(), p3.clone()], true),
        ("cICP of sRGB over iCCP", vec![srgb, p3_profile()], false),
        ("cICP over all", vec![marked.clone(), linear.clone(), srgb_profile(), p3.clone()], true),
        ("cICP of a video's range, then iCCP", vec![code_points([1, 13, 0, 0]), p3_profile()], true),
        ("cICP of PQ, then iCCP", vec![code_points([9, 16, 0, 1]), p3_profile()], true),
        ("cICP of no primaries, then iCCP", vec![code_points([77, 13, 0, 1]), p3_profile()], true),
        ("cICP cut short, then iCCP", vec![chunk(b"cICP", &[12, 13]), p3_profile()], true),
        ("iCCP over sRGB", vec![marked.clone(), p3_profile()], true),
        ("iCCP over gAMA", vec![linear.clone(), chromaticities(SRGB), p3_profile()], true),
        ("sRGB over gAMA and cHRM", vec![linear.clone(), chromaticities(P3), marked], false),
        ("gAMA of 2.2 and cHRM of P3", vec![gamma(45_455), chromaticities(P3)], true),
        ("gAMA of 2.2 alone", vec![gamma(45_455)], false),
        ("gAMA of nothing", vec![gamma(0)], false),
        ("cHRM of one point", vec![gamma(45_455), chromaticities([31_270; 8])], false),
        ("nothing", vec![], false),
    ] {
        let stored = if is_p3 { p3_picture() } else { picture() };
        // Colours of sRGB's curve are read by the plain one, which differs in the shadows.
        let tolerance = if chunks.contains(&gamma(45_455)) { 9.0 } else { TOLERANCE };
        for interlaced in [false, true] {
            let photo = prepare(&pngs::rgb(&stored, interlaced, &chunks)).unwrap();
            if photo.report().unwrap().profile_converted {
                converted.push(what);
            }
            assert!(photo.report().unwrap().profile_converted || !is_p3, "{what}, interlaced {interlaced}");
            assert_patches(what, &photo, PATCHES, tolerance);
        }
    }
    let of_srgb = ["cICP of sRGB over iCCP", "sRGB over gAMA and cHRM", "gAMA of nothing", "nothing"];
    assert!(of_srgb.iter().all(|what| !converted.contains(what)), "{converted:?}");
}

#[test]
fn linear_samples_become_bright_by_gamma_in_grey_and_in_colour() {
    // Linear 55/255 is 128 in sRGB.
    let picture = Picture { width: WIDTH, height: HEIGHT, rgb: vec![55; WIDTH * HEIGHT * 3] };
    for chunks in [vec![gamma(100_000)], vec![code_points([1, 8, 0, 1])]] {
        let photo = prepare(&pngs::rgb(&picture, false, &chunks)).unwrap();
        assert_patches("linear colour", &photo, [[128; 3]; 4], TOLERANCE);
        let rows = [&[0][..], &[55; WIDTH]].concat().repeat(HEIGHT);
        let photo = prepare(&pngs::file((WIDTH, HEIGHT), [8, 0], false, &chunks, &rows)).unwrap();
        assert_patches("linear grey", &photo, [[128; 3]; 4], TOLERANCE);
    }
}

#[test]
fn exif_turns_the_picture_with_and_without_the_prefix_of_a_jpeg_wherever_it_stands() {
    for number in 1..=8 {
        let stored = scene::stored(&picture(), number);
        let exif = jpegs::exif(number, number % 2 == 0);
        for exif in [exif.clone(), [b"Exif\0\0", &exif[..]].concat()] {
            let before = pngs::rgb(&stored, false, &[chunk(b"eXIf", &exif)]);
            let mut after = pngs::rgb(&stored, false, &[]);
            let end = after.split_off(after.len() - 12);
            let after = [after, chunk(b"eXIf", &exif), end].concat();
            for file in [before, after] {
                let photo = prepare(&file).unwrap();
                assert_eq!(photo.report().unwrap().source.orientation, Orientation::from_exif(number.into()).unwrap());
                assert_patches("EXIF", &photo, PATCHES, TOLERANCE);
            }
        }
    }
}

#[test]
fn an_interlaced_png_shows_what_the_same_rows_show() {
    let picture = scene::upright(301, 203);
    let spec = SPEC.with_long_side_px(90);
    let [plain, interlaced] = [false, true].map(|interlaced| {
        let photo = Preparer::new(spec).prepare(&pngs::rgb(&picture, interlaced, &[])).unwrap();
        let [decoded, _] = read_back(&photo);
        decoded.rgb
    });
    let sum: u32 = plain.iter().zip(&interlaced).map(|(one, other)| u32::from(one.abs_diff(*other))).sum();
    assert!(plain.len() == interlaced.len() && f64::from(sum) / (plain.len() as f64) < 0.5, "{sum}");
}

#[test]
fn a_file_that_was_cut_is_refused_as_such_or_taken_when_asked_and_lacks_only_its_end() {
    let picture = scene::upright(300, 200);
    let file = pngs::rgb(&picture, false, &[]);
    let cut = &file[..file.len() * 2 / 3];
    assert_eq!(prepare(cut).unwrap_err().kind(), PhotoErrorKind::Truncated);
    let photo = Preparer::new(SPEC).with_truncated_accepted(true).prepare(cut).unwrap();
    assert!(photo.report().unwrap().truncated);
    let [decoded, _] = read_back(&photo);
    let pixel = |x: usize, y: usize| &decoded.rgb[(y * decoded.width + x) * 3..][..3];
    let near = |one: &[u8], other: [u8; 3]| one.iter().zip(other).all(|(one, other)| one.abs_diff(other) < 12);
    assert!(near(pixel(40, 40), PATCHES[0]) && near(pixel(260, 40), PATCHES[1]) && near(pixel(40, 190), [0; 3]));
    // All rows are there, and only the last chunk is not.
    let photo = prepare(&file[..file.len() - 12]).unwrap();
    let report = photo.report().unwrap();
    assert_eq!((report.truncated, report.damaged), (false, true));
    // A damaged checksum of the data.
    let mut spoiled = file.clone();
    let at = file.len() - 13;
    spoiled[at] ^= 1;
    assert_eq!(prepare(&spoiled).unwrap_err().kind(), PhotoErrorKind::Damaged);
    let photo = Preparer::new(SPEC).with_truncated_accepted(true).prepare(&spoiled).unwrap();
    assert!(photo.report().unwrap().damaged);
    // Data that cannot be read to its end in a file that goes on to its own: that was no broken upload.
    let mut spoiled = file.clone();
    let middle = file.len() / 2;
    spoiled[middle..middle + 8].fill(0xFF);
    assert_eq!(prepare(&spoiled).unwrap_err().kind(), PhotoErrorKind::Damaged);
    assert!(Preparer::new(SPEC).with_truncated_accepted(true).prepare(&spoiled).is_ok());
}

#[test]
fn a_small_file_that_claims_a_huge_picture_costs_little_time() {
    let started = Instant::now();
    let huge = |interlaced| pngs::file((10_000, 10_000), [8, 2], interlaced, &[], &[0; 64]);
    for file in [huge(false), huge(true)] {
        assert!(prepare(&file).is_err());
    }
    assert!(started.elapsed() < Duration::from_secs(2), "{:?}", started.elapsed());
    let over = pngs::file((20_000, 20_000), [1, 0], false, &[], &[0; 64]);
    assert_eq!(prepare(&over).unwrap_err().kind(), PhotoErrorKind::TooManyPixels);
    let tight = Limits::new().with_max_memory_bytes(1 << 20);
    let error = Preparer::new(SPEC).with_limits(tight).prepare(&huge(false)).unwrap_err();
    assert_eq!(error.kind(), PhotoErrorKind::Memory);
}

#[test]
fn texts_are_never_inflated_however_many_there_are() {
    let picture = picture();
    let bomb = chunk(
        b"zTXt",
        &[b"Comment\0\0", &rasters::png(&scene::upright(64, 64), &rasters::Metadata::default())[..]].concat(),
    );
    let broken = chunk(b"iTXt", &[0xFF; 300]);
    let long = chunk(b"tEXt", &[b"Comment\0", &[b'x'; 4 << 20][..]].concat());
    let photo = prepare(&pngs::rgb(&picture, false, &[bomb.repeat(500), broken, long.repeat(6)])).unwrap();
    assert_patches("texts", &photo, PATCHES, TOLERANCE);
}
