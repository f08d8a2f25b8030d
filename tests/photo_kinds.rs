//! Every kind of file that a phone, a browser or a scanner sends: made by code, prepared, and read back by two decoders.

#![cfg(feature = "photo")]

mod photo_support;

use jpeg_encoder::SamplingFactor;
use liveness::photo::{Orientation, Photo, PhotoErrorKind, PhotoSpec, Preparer, SourceFormat};
use moxcms::ColorProfile;

use photo_support::jpegs::{self, Options};
use photo_support::rasters::{self, Metadata};
use photo_support::scene::{self, PATCHES, assert_patches};
use photo_support::{Picture, assert_clean_baseline, read_back};

/// What JPEG's own losses, chroma at half size and conversions to and fro may move the mean of a patch.
const TOLERANCE: f64 = 5.0;
/// With odd sides, so that nothing is right by accident.
const WIDTH: usize = 115;
const HEIGHT: usize = 77;

/// Once at its own size and once scaled.
#[expect(clippy::panic, reason = "the failure of a test")]
fn prepared(file: &[u8]) -> [Photo; 2] {
    [1280, 50].map(|long_side| {
        let spec = PhotoSpec::TENCENT_MARKET.with_long_side_px(long_side);
        let photo = Preparer::new(spec).prepare(file).unwrap_or_else(|error| panic!("{long_side}: {error}"));
        assert_clean_baseline(&photo);
        photo
    })
}

fn assert_shows(what: &str, file: &[u8], expected: [[u8; 3]; 4]) {
    for photo in prepared(file) {
        assert_patches(what, &photo, expected, TOLERANCE);
    }
}

fn picture() -> Picture {
    scene::upright(WIDTH, HEIGHT)
}

#[test]
fn up_is_up_for_every_orientation_in_every_format_and_byte_order() {
    for number in 1..=8 {
        let stored = scene::stored(&picture(), number);
        for big_endian in [false, true] {
            let exif = jpegs::exif(number, big_endian);
            let metadata = Metadata { exif: Some(exif.clone()), ..Metadata::default() };
            let prefixed = Metadata { exif: Some([b"Exif\0\0", &exif[..]].concat()), ..Metadata::default() };
            let jpeg = jpegs::with_exif(&jpegs::baseline(&stored), &exif);
            let after_others = jpegs::with_segment(
                &jpegs::with_segment(&jpeg, 0xE2, b"MPF\0rest"),
                0xE1,
                b"http://ns.adobe.com/xap/1.0/\0<x/>",
            );
            for (what, file, format) in [
                ("JPEG", jpeg, SourceFormat::Jpeg),
                ("JPEG, EXIF after other segments", after_others, SourceFormat::Jpeg),
                ("PNG", rasters::png(&stored, &metadata), SourceFormat::Png),
                ("WebP", rasters::webp(&stored, &metadata), SourceFormat::WebP),
                ("WebP, EXIF as some write it", rasters::webp(&stored, &prefixed), SourceFormat::WebP),
            ] {
                let what = format!("{what}, orientation {number}, big endian {big_endian}");
                for photo in prepared(&file) {
                    assert_patches(&what, &photo, PATCHES, TOLERANCE);
                    assert!(photo.width() > photo.height());
                    let source = photo.report().unwrap().source;
                    assert_eq!(source.orientation, Orientation::from_exif(number.into()).unwrap(), "{what}");
                    assert_eq!((source.format, source.width as usize), (format, stored.width));
                }
            }
        }
    }
}

#[test]
fn a_colour_edge_stays_in_its_place_whichever_way_an_odd_sided_photo_is_turned() {
    // Halving an odd side leaves half a sample of chroma over, at the end of the upright picture. The general path halves when the
    // picture is upright; the fast one before, and its samples must lie in the same places.
    let stored = checks(WIDTH, HEIGHT);
    for number in 1..=8 {
        let exif = jpegs::exif(number, false);
        let png = rasters::png(&stored, &Metadata { exif: Some(exif.clone()), ..Metadata::default() });
        for sampling in [SamplingFactor::F_1_1, SamplingFactor::F_2_2] {
            // Extended sequential, so that none passes through.
            let jpeg = jpegs::colour(&stored, &Options { sampling, quality: 100, ..Options::default() });
            let jpeg = jpegs::with_exif(&jpegs::with_frame(&jpeg, 0xC1), &exif);
            for (fast, general) in prepared(&jpeg).iter().zip(&prepared(&png)) {
                let ([fast, _], [general, _]) = (read_back(fast), read_back(general));
                let here = distance(&fast, &general, 0, 0);
                for (dx, dy) in [(-1, 0), (1, 0), (0, -1), (0, 1)] {
                    let there = distance(&fast, &general, dx, dy);
                    let what = format!("orientation {number}, {sampling:?}, {} px wide, {dx} {dy}", fast.width);
                    assert!(here * 1.1 < there, "{what}: {here:.2} {there:.2}");
                }
            }
        }
    }
}

/// How far two pictures are from each other if the second lies so many pixels off.
fn distance(one: &Picture, other: &Picture, dx: isize, dy: isize) -> f64 {
    let (mut sum, mut count) = (0, 0);
    for y in 1..one.height - 1 {
        for x in 1..one.width - 1 {
            let at = |x: usize, y: usize| 3 * (y * one.width + x);
            let (left, right) = (at(x, y), at(x.wrapping_add_signed(dx), y.wrapping_add_signed(dy)));
            sum += (0..3).map(|c| u32::from(one.rgb[left + c].abs_diff(other.rgb[right + c]))).sum::<u32>();
            count += 3;
        }
    }
    f64::from(sum) / f64::from(count)
}

/// Checks of two colours as bright as each other, so that all edges are chroma's, at even places: jpeg-encoder takes one pixel of
/// each 2×2 where others average.
fn checks(width: usize, height: usize) -> Picture {
    let pixel = |i: usize| [[200, 60, 60], [40, 129, 60]][(i % width / 10 + i / width / 10) % 2];
    Picture { width, height, rgb: (0..width * height).flat_map(pixel).collect() }
}

#[test]
fn a_malformed_exif_block_never_costs_the_photo() {
    let file = jpegs::baseline(&picture());
    let whole = jpegs::exif(6, true);
    let mut far = whole.clone();
    far[4..8].copy_from_slice(&[0xFF; 4]);
    let mut out_of_range = whole.clone();
    out_of_range[31] = 9;
    for block in [&whole[..9], &whole[..30], b"", b"XX*\0", &far, &out_of_range] {
        assert_shows("malformed EXIF", &jpegs::with_exif(&file, block), PATCHES);
    }
}

#[test]
fn the_first_exif_block_with_an_orientation_decides() {
    let file = jpegs::with_exif(&jpegs::baseline(&scene::stored(&picture(), 6)), &jpegs::exif(3, false));
    assert_shows("two EXIF blocks", &jpegs::with_exif(&file, &jpegs::exif(6, false)), PATCHES);
}

#[test]
fn jpegs_of_every_sampling_and_coding_keep_their_colours() {
    for sampling in jpegs::SAMPLINGS {
        for (progressive, scan_per_component) in [(false, false), (true, false), (false, true)] {
            // jpeg-encoder 0.7.1 cannot do both.
            for restart_interval in if scan_per_component { &[0][..] } else { &[0, 1, 3] } {
                let restart_interval = *restart_interval;
                let options =
                    Options { sampling, progressive, scan_per_component, restart_interval, ..Options::default() };
                assert_shows(&format!("{options:?}"), &jpegs::colour(&picture(), &options), PATCHES);
            }
        }
    }
}

#[test]
fn sampling_factors_mean_their_ratio_and_not_their_size() {
    // With a scan for each component its blocks stand in rows, whatever the factors: the same data may state them doubled.
    for (sampling, doubled) in
        [(SamplingFactor::F_1_1, [0x22, 0x22, 0x22]), (SamplingFactor::F_2_1, [0x22, 0x12, 0x12])]
    {
        let options = Options { sampling, scan_per_component: true, ..Options::default() };
        let mut file = jpegs::colour(&picture(), &options);
        let frame = jpegs::position(&file, 0xC0);
        doubled.iter().enumerate().for_each(|(component, factors)| file[frame + 11 + component * 3] = *factors);
        assert_shows(&format!("factors {doubled:x?}"), &file, PATCHES);
    }
}

#[test]
fn an_extended_sequential_jpeg_is_read() {
    assert_shows("extended", &jpegs::with_frame(&jpegs::baseline(&picture()), 0xC1), PATCHES);
}

#[test]
fn grey_jpegs_stay_grey() {
    let grey = PATCHES.map(scene::grey);
    for progressive in [false, true] {
        for sampling in [SamplingFactor::F_1_1, SamplingFactor::F_2_2] {
            let options = Options { progressive, sampling, ..Options::default() };
            let mut file = jpegs::grey(&picture(), &options);
            assert_shows("grey", &file, grey);
            // A single component may state any sampling factors; they mean nothing.
            let frame = jpegs::position(&file, if progressive { 0xC2 } else { 0xC0 });
            file[frame + 11] = 0x22;
            assert_shows("grey with sampling factors", &file, grey);
        }
    }
}

#[test]
fn inks_become_the_colours_they_print() {
    for sampling in [SamplingFactor::F_1_1, SamplingFactor::F_2_2] {
        for progressive in [false, true] {
            let options = Options { sampling, progressive, ..Options::default() };
            let cmyk = jpegs::cmyk(&picture(), false, &options);
            assert_shows("CMYK", &cmyk, PATCHES);
            assert_shows("YCCK", &jpegs::cmyk(&picture(), true, &options), PATCHES);
        }
    }
}

#[test]
fn inks_without_adobes_marker_are_not_inverted() {
    // jpeg-encoder inverts: of these it writes the inks as they are.
    let inverted: Vec<u8> =
        picture().rgb.chunks(3).flat_map(|p| jpegs::ink([p[0], p[1], p[2]]).map(|ink| 255 - ink)).collect();
    let file = jpegs::inks(&inverted, WIDTH, HEIGHT, false, &Options::default());
    assert_shows("CMYK without Adobe's marker", &jpegs::without_segment(&file, 0xEE), PATCHES);
}

#[test]
fn rgb_jpegs_are_not_taken_for_ycbcr() {
    assert_shows("RGB", &jpegs::rgb(&picture()), PATCHES);
    for progressive in [false, true] {
        let file = jpegs::jfif_beside_adobe(&picture(), progressive);
        assert_shows("JFIF beside Adobe's marker", &file, PATCHES);
    }
}

#[test]
fn pngs_of_every_colour_type_and_depth_keep_their_colours_over_white() {
    for (what, file, expected) in rasters::every_png(&picture()) {
        assert_shows(&what, &file, expected);
    }
}

#[test]
fn webp_bmp_and_the_first_frame_of_a_gif_keep_their_colours() {
    assert_shows("lossless WebP", &rasters::webp(&picture(), &Metadata::default()), PATCHES);
    assert_shows("lossy WebP", &rasters::LOSSY_WEBP, PATCHES);
    assert_shows("BMP", &rasters::bmp(&picture()), PATCHES);
    assert_shows("GIF", &rasters::gif(&picture()), PATCHES);
    let half = PATCHES.map(|rgb| rgb.map(|v| ((u32::from(v) * 128 + 255 * 127) / 255) as u8));
    assert_shows("WebP with alpha", &rasters::webp_with_alpha(&picture(), 128), half);
}

#[test]
fn a_display_p3_photo_becomes_the_right_srgb_in_every_format() {
    let profile = ColorProfile::new_display_p3().encode().unwrap();
    let p3 = scene::of_patches(WIDTH, HEIGHT, PATCHES.map(scene::p3_of));
    let metadata = Metadata { icc_profile: Some(profile.clone()), ..Metadata::default() };
    let jpeg = |options: Options| jpegs::colour(&p3, &Options { icc_profile: profile.clone(), quality: 97, ..options });
    for (what, file) in [
        ("JPEG", jpeg(Options::default())),
        ("progressive JPEG", jpeg(Options { progressive: true, ..Options::default() })),
        ("PNG", rasters::png(&p3, &metadata)),
        ("WebP", rasters::webp(&p3, &metadata)),
    ] {
        for photo in prepared(&file) {
            assert!(photo.report().unwrap().profile_converted, "{what}");
            assert_patches(what, &photo, PATCHES, TOLERANCE);
        }
    }
    // The test would see it if the profile were ignored.
    let moved =
        PATCHES.map(scene::p3_of).iter().flatten().zip(PATCHES.iter().flatten()).map(|(a, b)| a.abs_diff(*b)).max();
    assert!(moved > Some(3 * TOLERANCE as u8));
}

#[test]
fn a_photo_of_the_full_size_is_not_scaled_and_keeps_its_colours() {
    let (width, height) = (1280, 959);
    let picture = scene::upright(width, height);
    let p3 = scene::of_patches(width, height, PATCHES.map(scene::p3_of));
    let profile = ColorProfile::new_display_p3().encode().unwrap();
    let metadata = Metadata { icc_profile: Some(profile.clone()), ..Metadata::default() };
    let as_it_is = jpegs::baseline(&picture);
    let grey = PATCHES.map(scene::grey);
    // Extended sequential, so that it does not pass through.
    let grey_jpeg = jpegs::with_frame(&jpegs::grey(&picture, &Options::default()), 0xC1);
    for (what, file, expected, converted) in [
        ("grey JPEG", grey_jpeg, grey, false),
        (
            "JPEG of Display P3",
            jpegs::colour(&p3, &Options { icc_profile: profile, ..Options::default() }),
            PATCHES,
            true,
        ),
        ("PNG of Display P3", rasters::png(&p3, &metadata), PATCHES, true),
        ("JPEG that fits", as_it_is.clone(), PATCHES, false),
    ] {
        let photo = Preparer::new(PhotoSpec::TENCENT_MARKET).prepare(&file).unwrap();
        let report = photo.report().unwrap();
        assert_eq!((photo.width() as usize, photo.height() as usize, report.scale), (width, height, 1.0), "{what}");
        assert_eq!(report.profile_converted, converted, "{what}");
        assert_eq!(report.passed_through, photo.bytes() == as_it_is, "{what}");
        assert_eq!(report.passed_through, file == as_it_is, "{what}");
        assert_patches(what, &photo, expected, TOLERANCE);
    }
}

#[test]
fn a_profile_in_parts_is_joined_by_number_and_a_broken_one_ignored() {
    let profile = ColorProfile::new_display_p3().encode().unwrap();
    let p3 = scene::of_patches(WIDTH, HEIGHT, PATCHES.map(scene::p3_of));
    let part = |number: u8, part: &[u8]| [b"ICC_PROFILE\0", &[number, 2][..], part].concat();
    let (first, second) = profile.split_at(200);
    let plain = jpegs::colour(&p3, &Options { quality: 97, ..Options::default() });
    // Put in before the first segment: the second part stands first in the file.
    let file = jpegs::with_segment(&jpegs::with_segment(&plain, 0xE2, &part(1, first)), 0xE2, &part(2, second));
    assert_shows("profile in two parts", &file, PATCHES);
    let broken = jpegs::with_segment(&jpegs::baseline(&picture()), 0xE2, &part(1, first));
    assert_shows("broken profile", &broken, PATCHES);
}

#[test]
fn a_grey_profile_is_for_grey_pictures() {
    let gamma = ColorProfile::new_gray_with_gamma(1.0).encode().unwrap();
    let metadata = Metadata { icc_profile: Some(gamma), ..Metadata::default() };
    let data = vec![55u8; WIDTH * HEIGHT];
    let file = rasters::png_of(
        rasters::info(WIDTH, HEIGHT, png::ColorType::Grayscale, png::BitDepth::Eight),
        &metadata,
        &data,
    );
    // Linear 55/255 is 128 in sRGB.
    assert_shows("linear grey", &file, [[128; 3]; 4]);
    assert_shows("grey profile on colour", &rasters::png(&picture(), &metadata), PATCHES);
}

#[test]
fn what_is_not_read_is_refused_by_its_name() {
    let file = jpegs::baseline(&picture());
    let mut twelve_bit = jpegs::with_frame(&file, 0xC1);
    let frame = jpegs::position(&twelve_bit, 0xC1);
    twelve_bit[frame + 4] = 12;
    for (file, name) in [
        #[cfg(not(feature = "heic"))]
        (b"\0\0\0\x18ftypheic\0\0\0\0mif1heic".to_vec(), "HEIC"),
        (b"\0\0\0\x1Cftypavif\0\0\0\0avifmif1miaf".to_vec(), "AVIF"),
        (twelve_bit, "12-bit JPEG"),
        (jpegs::with_frame(&file, 0xC9), "arithmetic-coded JPEG"),
        (jpegs::with_frame(&file, 0xC3), "lossless JPEG"),
        (jpegs::with_frame(&file, 0xC5), "hierarchical JPEG"),
    ] {
        let error = Preparer::new(PhotoSpec::TENCENT_MARKET).prepare(&file).unwrap_err();
        assert_eq!(error.kind(), PhotoErrorKind::UnsupportedFormat, "{name}: {error}");
        assert!(error.to_string().contains(name), "{error}");
    }
}
