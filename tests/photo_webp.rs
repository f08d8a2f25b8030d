//! WebP as the web and its tools write it, with promises that are not kept: made by code, prepared, and read back by two decoders.

#![cfg(feature = "photo")]

mod photo_support;

use liveness::photo::{Orientation, Photo, PhotoError, PhotoErrorKind, PhotoSpec, Preparer};
use moxcms::ColorProfile;

use photo_support::rasters::{self, LOSSY_WEBP, Metadata};
use photo_support::scene::{self, PATCHES, assert_patches};
use photo_support::{assert_clean_baseline, jpegs};

const TOLERANCE: f64 = 6.0;
/// The flags of VP8X.
const ICC: u8 = 0x20;
const ALPHA: u8 = 0x10;
const EXIF: u8 = 0x08;
const XMP: u8 = 0x04;
const ANIMATION: u8 = 0x02;

fn prepare(file: &[u8]) -> Result<Photo, PhotoError> {
    Preparer::new(PhotoSpec::TENCENT_MARKET).prepare(file)
}

/// To so few px that a lossy picture of 32 px is read without the loop filter, row by row.
fn prepare_small(file: &[u8]) -> Result<Photo, PhotoError> {
    Preparer::new(PhotoSpec::TENCENT_MARKET.with_long_side_px(20)).prepare(file)
}

#[expect(clippy::panic, reason = "the failure of a test")]
fn assert_shows(what: &str, file: &[u8], expected: [[u8; 3]; 4]) -> Photo {
    let [photo, small] = [prepare(file), prepare_small(file)].map(|photo| {
        let photo = photo.unwrap_or_else(|error| panic!("{what}: {error}"));
        assert_clean_baseline(&photo);
        assert_patches(what, &photo, expected, TOLERANCE);
        photo
    });
    assert_eq!(small.width().max(small.height()), 20, "{what}");
    photo
}

fn chunk(name: &[u8; 4], body: &[u8]) -> Vec<u8> {
    [&name[..], &(body.len() as u32).to_le_bytes(), body, &[0][..body.len() & 1]].concat()
}

fn riff(chunks: &[Vec<u8>]) -> Vec<u8> {
    let body = [b"WEBP", &chunks.concat()[..]].concat();
    [b"RIFF", &(body.len() as u32).to_le_bytes()[..], &body].concat()
}

fn extended(flags: u8, side: u8) -> Vec<u8> {
    chunk(b"VP8X", &[flags, 0, 0, 0, side - 1, 0, 0, side - 1, 0, 0])
}

/// The lossy picture of 32×32 px.
fn vp8() -> Vec<u8> {
    LOSSY_WEBP[20..].to_vec()
}

/// The lossless picture of so many px.
fn vp8l(side: usize) -> Vec<u8> {
    rasters::webp(&scene::upright(side, side), &Metadata::default())[20..].to_vec()
}

/// A frame of 32×32 px at the canvas's corner, and its chunks.
fn frame(left: u8, side: u8, chunks: &[u8]) -> Vec<u8> {
    let header = [left / 2, 0, 0, 0, 0, 0, side - 1, 0, 0, side - 1, 0, 0, 100, 0, 0, 0];
    chunk(b"ANMF", &[&header, chunks].concat())
}

#[test]
fn a_promise_of_metadata_that_is_missing_costs_nothing() {
    for flags in [EXIF, XMP, ICC, EXIF | XMP | ICC, ALPHA, 0, !ANIMATION] {
        for picture in [chunk(b"VP8 ", &vp8()), chunk(b"VP8L", &vp8l(32))] {
            assert_shows(&format!("{flags:#x}"), &riff(&[extended(flags, 32), picture]), PATCHES);
        }
    }
}

#[test]
fn exif_turns_a_lossy_picture_however_its_chunk_is_spelled_and_promised() {
    let [a, b, c, d] = PATCHES;
    for name in [b"EXIF", b"Exif"] {
        for flags in [EXIF, 0] {
            let exif = chunk(name, &jpegs::exif(6, true));
            let file = riff(&[extended(flags, 32), chunk(b"VP8 ", &vp8()), exif]);
            let photo = assert_shows("turned", &file, [c, a, d, b]);
            assert_eq!(photo.report().unwrap().source.orientation, Orientation::Rotate90);
        }
    }
}

#[test]
fn a_profile_converts_a_lossy_picture() {
    let profile = ColorProfile::new_display_p3().encode().unwrap();
    let file = riff(&[extended(ICC, 32), chunk(b"ICCP", &profile), chunk(b"VP8 ", &vp8())]);
    for photo in [prepare(&file), prepare_small(&file)] {
        let photo = photo.unwrap();
        assert!(photo.report().unwrap().profile_converted);
        // What P3 calls the scene's red is redder.
        let [picture, _] = photo_support::read_back(&photo);
        assert!(scene::patches_of(&picture)[0][0] > f64::from(PATCHES[0][0]) + 2.0);
    }
}

#[test]
fn a_last_chunk_of_metadata_that_claims_too_much_costs_nothing() {
    for name in [b"EXIF", b"XMP ", b"ICCP", b"what"] {
        let mut file = riff(&[extended(EXIF, 32), chunk(b"VP8 ", &vp8()), chunk(name, b"abcdefgh")]);
        let size = file.len() - 12;
        for claim in [9u32, 1 << 20, u32::MAX] {
            file[size..size + 4].copy_from_slice(&claim.to_le_bytes());
            assert_shows("too long", &file, PATCHES);
        }
    }
}

#[test]
fn a_file_cut_anywhere_before_its_picture_ends_is_truncated() {
    let extended = riff(&[extended(EXIF, 32), chunk(b"VP8 ", &vp8()), chunk(b"EXIF", b"more")]);
    let animated =
        riff(&[self::extended(ANIMATION, 32), chunk(b"ANIM", &[0; 6]), frame(0, 32, &chunk(b"VP8 ", &vp8()))]);
    let ends = [LOSSY_WEBP.len(), extended.len() - 12, animated.len()];
    for (file, ends) in [(LOSSY_WEBP.to_vec(), ends[0]), (extended, ends[1]), (animated, ends[2])] {
        for end in 12..ends {
            for error in [prepare(&file[..end]), prepare_small(&file[..end])] {
                assert_eq!(error.unwrap_err().kind(), PhotoErrorKind::Truncated, "{end} of {ends}");
            }
        }
        assert!(prepare(&file[..ends]).is_ok() && prepare_small(&file[..ends]).is_ok());
    }
}

#[test]
fn an_animation_gives_its_first_frame_and_the_report_says_so() {
    let (vp8, black) = (chunk(b"VP8 ", &vp8()), chunk(b"VP8L", &rasters_black()));
    let anim = || vec![extended(ANIMATION, 32), chunk(b"ANIM", &[0; 6])];
    let second = frame(0, 32, &black);
    for (what, first) in [("lossy", frame(0, 32, &vp8)), ("lossless", frame(0, 32, &chunk(b"VP8L", &vp8l(32))))] {
        let photo = assert_shows(what, &riff(&[anim(), vec![first, second.clone()]].concat()), PATCHES);
        assert!(photo.report().unwrap().source.animated, "{what}");
    }
    // A frame in the canvas's upper left; the rest is white.
    let canvas = [extended(ANIMATION, 64), chunk(b"ANIM", &[0; 6]), frame(0, 32, &vp8), second];
    let photo = prepare(&riff(&canvas)).unwrap();
    let [picture, _] = photo_support::read_back(&photo);
    assert_eq!((photo.width(), photo.height()), (64, 64));
    assert!(scene::patches_of(&picture)[3].iter().all(|&channel| channel > 250.0));
    let still = prepare(&LOSSY_WEBP).unwrap();
    assert!(!still.report().unwrap().source.animated);
}

#[test]
fn a_gif_says_whether_it_is_an_animation() {
    let two = rasters::gif(&scene::upright(40, 30));
    assert!(prepare(&two).unwrap().report().unwrap().source.animated);
    let mut one = Vec::new();
    let picture = scene::upright(40, 30);
    image::codecs::gif::GifEncoder::new(&mut one).encode(&picture.rgb, 40, 30, image::ExtendedColorType::Rgb8).unwrap();
    assert!(!prepare(&one).unwrap().report().unwrap().source.animated);
}

#[test]
fn a_picture_that_contradicts_its_canvas_or_frame_is_damaged() {
    let vp8 = chunk(b"VP8 ", &vp8());
    let anim = |side, frame| riff(&[extended(ANIMATION, side), chunk(b"ANIM", &[0; 6]), frame]);
    for (what, file) in [
        ("another canvas", riff(&[extended(0, 31), vp8.clone()])),
        ("a larger canvas", riff(&[extended(0, 33), vp8.clone()])),
        ("a frame outside", anim(32, frame(2, 32, &vp8))),
        ("a frame of another size", anim(32, frame(0, 30, &vp8))),
        ("a frame without a picture", anim(32, frame(0, 32, &chunk(b"EXIF", b"")))),
        ("no picture", riff(&[extended(0, 32), chunk(b"EXIF", b"abcd")])),
        ("not lossless", riff(&[chunk(b"VP8L", b"\0\0\0\0\0\0")])),
        ("alpha of nothing", riff(&[extended(ALPHA, 32), chunk(b"ALPH", b""), vp8])),
    ] {
        assert_eq!(prepare(&file).map_err(|error| error.kind()).err(), Some(PhotoErrorKind::Damaged), "{what}");
    }
}

#[test]
fn odd_sides_keep_their_chroma_in_place() {
    // The same picture cut to odd sides: VP8's last blocks reach over the end.
    let mut odd = vp8();
    (odd[6], odd[8]) = (31, 29);
    let file = riff(&[chunk(b"VP8 ", &odd)]);
    for (photo, (width, height)) in [(prepare(&file), (31, 29)), (prepare_small(&file), (20, 19))] {
        let photo = photo.unwrap();
        assert_eq!((photo.width(), photo.height()), (width, height));
        let [picture, _] = photo_support::read_back(&photo);
        let (width, height) = (width as usize, height as usize);
        let at = |x: usize, y: usize| &picture.rgb[(y * width + x) * 3..][..3];
        let (green, white) = (at(width - 1, 2), at(width - 1, height - 1));
        assert!(green[1] > 140 && green[0] < 70 && white[0] > 180, "{green:?} {white:?}");
    }
}

#[test]
fn a_picture_whose_data_ends_early_inside_a_whole_chunk_is_damaged() {
    let whole = vp8();
    for end in [10, 20, 40, whole.len() / 2] {
        let file = riff(&[chunk(b"VP8 ", &whole[..end])]);
        for photo in [prepare(&file), prepare_small(&file)] {
            assert_eq!(photo.unwrap_err().kind(), PhotoErrorKind::Damaged, "{end}");
        }
    }
}

#[test]
fn the_rows_read_without_the_loop_filter_look_like_those_read_with_it() {
    // Another reader's picture, scaled; the filter changes what is at the edges of blocks.
    let with_filter = image::load_from_memory(&LOSSY_WEBP).unwrap().to_rgb8();
    let scaled = image::imageops::resize(&with_filter, 20, 20, image::imageops::FilterType::Lanczos3);
    let [picture, _] = photo_support::read_back(&prepare_small(&LOSSY_WEBP).unwrap());
    let errors = scaled.as_raw().iter().zip(&picture.rgb).map(|(&a, &b)| f64::from(a.abs_diff(b)));
    let mean = errors.sum::<f64>() / picture.rgb.len() as f64;
    assert!(mean < 6.0, "{mean}");
}

fn rasters_black() -> Vec<u8> {
    rasters::webp(&scene::of_patches(32, 32, [[0; 3]; 4]), &Metadata::default())[20..].to_vec()
}
