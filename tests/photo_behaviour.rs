//! What the pipeline promises beyond colours: budgets, sizes, damage, limits, what it reports and what it keeps quiet about.

#![cfg(feature = "photo")]
#![allow(clippy::unwrap_used, reason = "clippy knows tests by #[test], not their helpers")]

#[path = "../crates/cli/src/verify/camera.rs"]
mod camera;
mod photo_support;

use std::error::Error;
use std::time::Instant;

use liveness::Language;
use liveness::photo::{ByteLimit, Limits, Photo, PhotoError, PhotoErrorKind, PhotoFormat, PhotoSpec, Preparer};

use photo_support::jpegs::{self, Options};
use photo_support::rasters::{self, Metadata};
use photo_support::scene::{self, PATCHES, assert_patches};
use photo_support::{Picture, assert_clean_baseline, read_back};

const SPEC: PhotoSpec = PhotoSpec::TENCENT_MARKET;

fn prepare(file: &[u8]) -> Result<Photo, PhotoError> {
    Preparer::new(SPEC).prepare(file)
}

fn refusal(result: Result<Photo, PhotoError>) -> PhotoErrorKind {
    result.map(|_| ()).unwrap_err().kind()
}

/// Noise in every pixel: the worst there is to compress.
fn noise(width: usize, height: usize) -> Picture {
    let mut state = 1u32;
    let rgb = std::iter::repeat_with(|| {
        state = state.wrapping_mul(1_664_525).wrapping_add(1_013_904_223);
        (state >> 24) as u8
    });
    Picture { width, height, rgb: rgb.take(width * height * 3).collect() }
}

#[test]
fn a_turned_camera_photo_becomes_upright_and_keeps_to_the_budget() {
    let photo = prepare(&camera::jpeg(1500, 2000, camera::Way::Turned)).unwrap();
    assert_eq!((photo.width(), photo.height()), (960, 1280));
    assert!(photo.bytes().len() <= 100_000);
    assert_clean_baseline(&photo);
    let report = photo.report().unwrap();
    assert_eq!((report.source.width, report.source.height), (2000, 1500));
    assert!((report.scale - 0.64).abs() < 1e-6);
    assert!(report.quality.unwrap() >= SPEC.quality_floor());
    assert_eq!(report.advice(), []);
    // The mouth, red, is below the middle.
    let [picture, _] = read_back(&photo);
    let [r, g, b] = [0, 1, 2].map(|channel| picture.rgb[(665 * 960 + 480) * 3 + channel]);
    assert!(r > 140 && g < 110 && b < 110, "{r} {g} {b}");
}

#[test]
fn a_small_photo_is_never_enlarged() {
    for side in [16, 17, 100, 1280] {
        let photo = prepare(&rasters::bmp(&scene::upright(side, 16))).unwrap();
        assert_eq!((photo.width() as usize, photo.height()), (side, 16));
    }
}

#[test]
fn sides_that_the_vendor_refuses_are_refused_and_never_produced() {
    let error = prepare(&rasters::bmp(&scene::upright(15, 40))).unwrap_err();
    assert_eq!(error.kind(), PhotoErrorKind::TooSmall);
    assert!(error.to_string().contains("15×40") && error.to_string().contains("16"), "{error}");
    // 9000×12 is too small as it is; 9000×100 would be, once scaled.
    assert_eq!(refusal(prepare(&rasters::bmp(&scene::upright(9000, 12)))), PhotoErrorKind::TooSmall);
    let error = prepare(&rasters::bmp(&scene::upright(9000, 100))).unwrap_err();
    assert_eq!(error.kind(), PhotoErrorKind::TooNarrow);
    assert!(error.to_string().contains("crop"), "{error}");
    let photo = prepare(&rasters::bmp(&scene::upright(9000, 120))).unwrap();
    assert_eq!((photo.width(), photo.height()), (1280, 17));
}

#[test]
fn the_byte_limit_holds_for_the_worst_picture_by_coarseness_then_by_size() {
    let file = rasters::bmp(&noise(640, 480));
    for limit in [ByteLimit::Raw(100_000), ByteLimit::Base64(100_000), ByteLimit::Raw(20_000), ByteLimit::Raw(5_000)] {
        let spec = SPEC.with_byte_limit(limit);
        let photo = Preparer::new(spec).prepare(&file).unwrap();
        assert!(photo.bytes().len() <= limit.max_file_bytes());
        let report = photo.report().unwrap();
        assert!(report.quality.unwrap() >= spec.quality_floor(), "{limit:?}: {report:?}");
        assert_eq!(report.stepped_down, photo.width() < 640);
        read_back(&photo);
    }
}

#[test]
fn base64_bytes_are_counted_when_the_limit_is_on_them() {
    let photo = Preparer::new(SPEC.with_byte_limit(ByteLimit::Base64(10_000)))
        .prepare(&rasters::bmp(&noise(200, 200)))
        .unwrap();
    assert!(photo.bytes().len().div_ceil(3) * 4 <= 10_000);
    assert!(photo.bytes().len() > 6_500, "more of the budget could have been used");
}

#[test]
fn without_a_floor_the_size_is_kept_and_with_one_the_quality() {
    let file = rasters::bmp(&noise(640, 480));
    let quality_and_width = |floor: f32| {
        let photo = Preparer::new(SPEC.with_quality_floor(floor)).prepare(&file).unwrap();
        (photo.report().unwrap().quality.unwrap(), photo.width())
    };
    let (free, width) = quality_and_width(0.0);
    assert_eq!(width, 640);
    let (held, width) = quality_and_width(free + 20.0);
    assert!(held >= free + 20.0 && width < 640);
}

#[test]
fn a_budget_that_nothing_fits_is_told_and_one_that_only_the_smallest_fits_is_met() {
    let file = rasters::bmp(&noise(64, 64));
    let with = |bytes| Preparer::new(SPEC.with_byte_limit(ByteLimit::Raw(bytes))).prepare(&file);
    assert_eq!(refusal(with(100)), PhotoErrorKind::BudgetTooSmall);
    let photo = with(750).unwrap();
    assert!(photo.bytes().len() <= 750 && photo.width() >= 16);
}

#[test]
fn what_fits_passes_through_with_its_picture_untouched_and_its_metadata_gone() {
    let clean = jpegs::baseline(&scene::upright(64, 48));
    let exif = jpegs::with_exif(&clean, &jpegs::exif(1, true));
    let trailed = [&jpegs::with_segment(&exif, 0xFE, b"where I live")[..], b"a second picture"].concat();
    for file in [&clean, &exif, &trailed] {
        let photo = prepare(file).unwrap();
        assert_eq!(photo.bytes(), &clean[..]);
        let report = photo.report().unwrap();
        assert!(report.passed_through && report.quality.is_none() && !report.truncated);
        assert!(report.measures.mean > 0.0);
    }
}

#[test]
fn what_does_not_fit_as_it_is_is_encoded_anew() {
    let small = scene::upright(64, 48);
    let p3 = moxcms::ColorProfile::new_display_p3().encode().unwrap();
    for (what, file) in [
        ("turned", jpegs::with_exif(&jpegs::baseline(&small), &jpegs::exif(3, true))),
        ("progressive", jpegs::colour(&small, &Options { progressive: true, ..Options::default() })),
        ("a scan per component", jpegs::colour(&small, &Options { scan_per_component: true, ..Options::default() })),
        ("another colour space", jpegs::colour(&small, &Options { icc_profile: p3, ..Options::default() })),
        ("too large", jpegs::baseline(&scene::upright(1400, 100))),
        ("not ended", jpegs::baseline(&small)[..jpegs::baseline(&small).len() - 2].to_vec()),
        ("PNG", rasters::png(&small, &Metadata::default())),
    ] {
        let photo = prepare(&file).unwrap();
        assert!(!photo.report().unwrap().passed_through, "{what}");
        assert_clean_baseline(&photo);
    }
    let file = jpegs::colour(&noise(300, 300), &Options { quality: 100, ..Options::default() });
    assert!(file.len() > 100_000 && !prepare(&file).unwrap().report().unwrap().passed_through);
}

#[test]
fn a_photo_that_lacks_rows_is_refused_unless_asked_for_and_then_says_so() {
    let picture = scene::upright(400, 300);
    let progressive = Options { progressive: true, quality: 98, ..Options::default() };
    for (what, file, kept) in [
        ("JPEG", jpegs::baseline(&picture), 0.6),
        ("progressive JPEG", jpegs::colour(&noise(400, 300), &progressive), 0.01),
        ("PNG", rasters::png(&noise(400, 300), &Metadata::default()), 0.6),
    ] {
        let cut = &file[..(file.len() as f64 * kept) as usize];
        assert_eq!(refusal(prepare(cut)), PhotoErrorKind::Truncated, "{what}");
        let photo = Preparer::new(SPEC).with_truncated_accepted(true).prepare(cut).unwrap();
        assert!(photo.report().unwrap().truncated, "{what}");
        read_back(&photo);
    }
}

#[test]
fn a_photo_with_all_its_rows_is_taken_though_its_end_is_missing_and_says_so() {
    let picture = scene::upright(400, 300);
    let whole = jpegs::baseline(&picture);
    let progressive = jpegs::colour(&picture, &Options { progressive: true, ..Options::default() });
    for (what, file) in
        [("no end", &whole[..whole.len() - 2]), ("last scans missing", &progressive[..progressive.len() * 9 / 10])]
    {
        let photo = prepare(file).unwrap();
        let report = photo.report().unwrap();
        assert!(report.damaged && !report.truncated, "{what}: no row is missing");
        assert_patches(what, &photo, PATCHES, 6.0);
    }
    assert!(!prepare(&whole).unwrap().report().unwrap().damaged);
}

#[test]
fn what_is_over_a_limit_is_refused_with_the_limit_named() {
    let file = rasters::png(&scene::upright(300, 200), &Metadata::default());
    let with = |limits: Limits| Preparer::new(SPEC).with_limits(limits).prepare(&file);
    let limits = Limits::new();
    for (limits, kind, named) in [
        (limits.with_max_file_bytes(file.len() - 1), PhotoErrorKind::FileTooLarge, "max_file_bytes"),
        (limits.with_max_pixels(300 * 200 - 1), PhotoErrorKind::TooManyPixels, "max_pixels"),
        (limits.with_max_memory_bytes(300 * 200 * 3 - 1), PhotoErrorKind::Memory, "max_memory_bytes"),
    ] {
        let error = with(limits).unwrap_err();
        assert_eq!(error.kind(), kind);
        assert!(error.hint().unwrap().contains(named), "{:?}", error.hint());
        for text in [error.to_string(), error.advice(Language::Chinese)] {
            assert!(!text.contains("max_") && !text.contains("Limits"), "a person can do nothing with it: {text}");
            assert!(text.contains("300×200") || kind == PhotoErrorKind::FileTooLarge, "{text}");
        }
    }
    assert!(with(limits.with_max_file_bytes(file.len()).with_max_pixels(300 * 200)).is_ok());
}

#[test]
fn exif_blocks_cost_what_they_hold_and_not_what_they_claim() {
    // Each of a directory and nothing else.
    let of_blocks_claiming = |entries: u16| {
        let block = [b"MM\0*\0\0\0\x08", &entries.to_be_bytes()[..]].concat();
        let segment = [b"\xFF\xE1\0\x12Exif\0\0", &block[..]].concat();
        let file = jpegs::baseline(&scene::upright(34, 21));
        [&file[..2], &segment.repeat(4_000), &file[2..]].concat()
    };
    let seconds = |file: &[u8]| {
        let start = Instant::now();
        prepare(file).unwrap();
        start.elapsed().as_secs_f64()
    };
    let (honest, bomb) = (of_blocks_claiming(0), of_blocks_claiming(u16::MAX));
    // The least of three in turns: a busy machine is no reason to fail.
    let mut least = [f64::INFINITY; 2];
    for _ in 0..3 {
        least = [least[0].min(seconds(&honest)), least[1].min(seconds(&bomb))];
    }
    let [honest, bomb] = least;
    assert!(bomb < honest * 20.0, "{bomb} s, and {honest} s where they claim nothing");
}

#[test]
fn back_light_darkness_and_blur_are_advised_on() {
    use liveness::photo::Advice;
    let camera = Picture { width: 600, height: 800, rgb: camera::rgb(600, 800) };
    let advice = |change: &dyn Fn(usize, usize, u8) -> u8| {
        let pixel = |(i, &v): (usize, &u8)| change(i / 3 % 600, i / 3 / 600, v);
        let rgb: Vec<u8> = camera.rgb.iter().enumerate().map(pixel).collect();
        prepare(&rasters::bmp(&Picture { rgb, ..camera })).unwrap().report().unwrap().advice()
    };
    assert_eq!(advice(&|_, _, v| v), []);
    assert_eq!(advice(&|_, _, v| v / 4), [Advice::TooDark]);
    assert_eq!(advice(&|_, _, v| v.saturating_mul(4)), [Advice::TooBright]);
    assert_eq!(advice(&|_, _, v| 190 + v / 6), [Advice::LowContrast]);
    let head = |x: usize, y: usize| (130..470).contains(&x) && y > 150;
    assert_eq!(advice(&|x, y, v| if head(x, y) { v / 4 } else { v / 2 + 120 }), [Advice::BackLight]);
    let small = Preparer::new(SPEC.with_long_side_px(24)).prepare(&rasters::bmp(&camera)).unwrap();
    let [tiny, _] = read_back(&small);
    let rgb = (0..600 * 800).flat_map(|i| {
        // Between the pixels of a tiny picture, as a lens out of focus would.
        let (x, y) = ((i % 600) as f32 / 600.0 * 17.0, (i / 600) as f32 / 800.0 * 23.0);
        let at = |x: usize, y: usize, c: usize| f32::from(tiny.rgb[(y.min(23) * 18 + x.min(17)) * 3 + c]);
        [0, 1, 2].map(|c| {
            let (left, top, fx, fy) = (x as usize, y as usize, x.fract(), y.fract());
            let row = |y| at(left, y, c) * (1.0 - fx) + at(left + 1, y, c) * fx;
            (row(top) * (1.0 - fy) + row(top + 1) * fy) as u8
        })
    });
    let blurred = prepare(&rasters::bmp(&Picture { rgb: rgb.collect(), ..camera })).unwrap();
    assert_eq!(blurred.report().unwrap().advice(), [Advice::Blurred]);
}

#[test]
fn neither_a_photo_nor_an_error_shows_what_is_in_the_file() {
    let file = jpegs::with_segment(&jpegs::baseline(&scene::upright(64, 48)), 0xFE, b"where I live");
    let mut preparer = Preparer::new(SPEC);
    let photo = preparer.prepare(&file).unwrap();
    assert_eq!(
        format!("{photo:?}"),
        format!("Photo {{ format: Jpeg, width: 64, height: 48, bytes: {}, .. }}", photo.bytes().len())
    );
    let debug = format!("{preparer:?} {:?}", prepare(&file[..200]).unwrap_err());
    assert!(debug.len() < 600 && !debug.contains("[255"), "{debug}");
}

#[test]
fn a_finished_photo_is_verified_by_its_header() {
    let picture = scene::upright(64, 48);
    let jpeg = jpegs::baseline(&picture);
    let photo = Photo::from_bytes(jpeg.clone(), &SPEC).unwrap();
    assert_eq!(
        (photo.format(), photo.width(), photo.height(), photo.report().is_none()),
        (PhotoFormat::Jpeg, 64, 48, true)
    );
    assert_eq!(photo.bytes(), &jpeg[..]);
    let png = rasters::png(&picture, &Metadata::default());
    assert_eq!(Photo::from_bytes(png.clone(), &SPEC).unwrap().format(), PhotoFormat::Png);

    let from = |bytes: Vec<u8>, spec: PhotoSpec| refusal(Photo::from_bytes(bytes, &spec));
    assert_eq!(from(png, SPEC.with_formats(&[PhotoFormat::Jpeg])), PhotoErrorKind::UnsupportedFormat);
    assert_eq!(from(rasters::bmp(&picture), SPEC), PhotoErrorKind::UnsupportedFormat);
    assert_eq!(from(jpeg.clone(), SPEC.with_sides_px(49, 100)), PhotoErrorKind::TooSmall);
    assert_eq!(from(jpeg.clone(), SPEC.with_sides_px(1, 63)), PhotoErrorKind::TooLarge);
    assert_eq!(from(jpeg.clone(), SPEC.with_byte_limit(ByteLimit::Raw(jpeg.len() - 1))), PhotoErrorKind::OverByteLimit);
    assert_eq!(from(jpegs::with_exif(&jpeg, &jpegs::exif(6, false)), SPEC), PhotoErrorKind::NotUpright);
    assert_eq!(from(jpeg[..40].to_vec(), SPEC), PhotoErrorKind::Truncated);
    assert_eq!(from(Vec::new(), SPEC), PhotoErrorKind::Empty);
    assert_eq!(from(jpegs::with_size(&jpeg, 0xC0, 0, 9), SPEC), PhotoErrorKind::Damaged);
}

#[test]
fn a_wider_photo_is_checked_again_against_the_vendors_own_limits() {
    let wide = SPEC.with_byte_limit(ByteLimit::Raw(1_000_000)).with_long_side_px(2000).with_sides_px(1, 9000);
    let photo = Preparer::new(wide).prepare(&rasters::bmp(&noise(400, 400))).unwrap();
    assert_eq!(photo.verify(&SPEC).unwrap_err().kind(), PhotoErrorKind::OverByteLimit);
    assert_eq!(photo.verify(&wide), Ok(()));
}

#[test]
fn a_refusal_keeps_what_the_decoder_said() {
    let source = |error: PhotoError| error.source().map(|source| source.to_string());
    // Progressive, so that zune-jpeg reads it: all its Huffman tables are gone.
    let options = Options { progressive: true, ..Options::default() };
    let mut file = jpegs::colour(&scene::upright(64, 48), &options);
    while let Some(at) = file.windows(2).position(|pair| pair == [0xFF, 0xC4]) {
        file[at + 1] = 0xFE;
    }
    let error = prepare(&file).unwrap_err();
    assert_eq!(error.kind(), PhotoErrorKind::Damaged);
    assert!(source(error).is_some());
    let mut png = rasters::png(&scene::upright(64, 48), &Metadata::default());
    // The checksum of its header.
    png[29] ^= 1;
    assert!(source(prepare(&png).unwrap_err()).is_some());
    // The budget's cause is typed.
    let tight = SPEC.with_byte_limit(ByteLimit::Raw(200));
    let error = Preparer::new(tight).prepare(&rasters::bmp(&noise(400, 400))).unwrap_err();
    assert_eq!(error.kind(), PhotoErrorKind::BudgetTooSmall);
    let cause = error.source().and_then(|source| source.downcast_ref::<liveness_jpeg::Error>());
    assert!(matches!(cause, Some(liveness_jpeg::Error::OverBudget { max_bytes: 200, .. })), "{cause:?}");
    // Nothing lies behind what the header says.
    assert_eq!(source(prepare(b"no picture").unwrap_err()), None);
}

#[test]
fn photos_are_equal_by_their_bytes_and_read_as_bytes() {
    let file = jpegs::baseline(&scene::upright(64, 48));
    let [photo, same] = [(); 2].map(|()| Photo::from_bytes(file.clone(), &SPEC).unwrap());
    let other = Photo::from_bytes(jpegs::baseline(&scene::upright(48, 64)), &SPEC).unwrap();
    assert!(photo == same && photo != other);
    assert_eq!(photo.as_ref(), &file[..]);
}

#[test]
fn a_clone_of_a_preparer_has_its_settings() {
    let whole = jpegs::baseline(&scene::upright(160, 160));
    let cut = &whole[..whole.len() * 3 / 4];
    let limits = Limits::new().with_max_pixels(160 * 160);
    let mut preparer = Preparer::new(SPEC.with_long_side_px(80)).with_limits(limits).with_truncated_accepted(true);
    let photo = preparer.prepare(cut).unwrap();
    let mut clone = preparer.clone();
    assert!(clone.prepare(cut).unwrap() == photo && photo.width() == 80);
    let too_many = clone.prepare(&jpegs::baseline(&scene::upright(161, 160)));
    assert_eq!(refusal(too_many), PhotoErrorKind::TooManyPixels);
}

#[test]
fn a_preparer_is_not_changed_by_what_it_prepared_before() {
    let files = [
        camera::jpeg(700, 500, camera::Way::Upright),
        rasters::png(&scene::upright(90, 130), &Metadata::default()),
        b"not a picture".to_vec(),
        jpegs::cmyk(&scene::upright(300, 200), false, &Options::default()),
        jpegs::grey(&scene::upright(33, 31), &Options::default()),
    ];
    let mut preparer = Preparer::new(SPEC);
    for file in files.iter().chain(files.iter().rev()) {
        let (kept, new) = (preparer.prepare(file), prepare(file));
        assert_eq!(kept.as_ref().map(|p| p.bytes()).ok(), new.as_ref().map(|p| p.bytes()).ok());
    }
}
