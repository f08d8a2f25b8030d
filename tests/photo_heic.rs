//! HEIC as phones store it, and as nobody should: made around pictures that x265 coded, prepared, and read back by two decoders.

#![cfg(feature = "heic")]

mod photo_support;

use liveness::photo::{Limits, Orientation, Photo, PhotoError, PhotoErrorKind, PhotoSpec, Preparer, SourceFormat};
use moxcms::ColorProfile;

use photo_support::heic::{self, GRID, Heic, clap, nclx};
use photo_support::scene::{self, PATCHES, assert_patches};
use photo_support::{assert_clean_baseline, jpegs};

/// What HEVC's and JPEG's losses may move the mean of a patch.
const TOLERANCE: f64 = 6.0;
const SPEC: PhotoSpec = PhotoSpec::TENCENT_MARKET;

fn prepare(file: &[u8]) -> Result<Photo, PhotoError> {
    Preparer::new(SPEC).prepare(file)
}

#[track_caller]
#[expect(clippy::expect_used, reason = "the failure of a test")]
fn refusal(file: &[u8]) -> PhotoErrorKind {
    prepare(file).expect_err("a refusal").kind()
}

/// Once at its own size, and scaled to sides that are even, odd and mixed.
#[expect(clippy::panic, reason = "the failure of a test")]
fn assert_shows(what: &str, file: &[u8], expected: [[u8; 3]; 4]) {
    for long_side in [1280, 50, 37, 52] {
        let photo = Preparer::new(SPEC.with_long_side_px(long_side))
            .prepare(file)
            .unwrap_or_else(|error| panic!("{what}, {long_side}: {error} {:?}", std::error::Error::source(&error)));
        assert_clean_baseline(&photo);
        assert_patches(what, &photo, expected, TOLERANCE);
        assert_eq!(photo.report().map(|report| report.source.format), Some(SourceFormat::Heic));
    }
}

#[test]
fn files_of_libheif_keep_their_colours_at_every_depth_and_sampling() {
    let grey = PATCHES.map(scene::grey);
    for (what, file, expected) in [
        ("4:2:0", heic::SCENE, PATCHES),
        ("10 bits", heic::DEEP, PATCHES),
        ("4:4:4", heic::FULL, PATCHES),
        ("grey", heic::GREY, grey),
        ("BT.709 between 16 and 235", heic::VIDEO, PATCHES),
        ("a grid", GRID, PATCHES),
    ] {
        assert_shows(what, file, expected);
        let photo = prepare(file).unwrap();
        assert_eq!((photo.width(), photo.height()), heic::SIZE, "{what}");
    }
}

#[test]
fn the_container_turns_and_mirrors_in_the_order_of_its_properties() {
    let [a, b, c, d] = PATCHES;
    let (left, mirrored) = ([b, d, a, c], [b, a, d, c]);
    for (what, properties, expected, orientation) in [
        ("anticlockwise", &[(b"irot", 1)][..], left, Orientation::Rotate270),
        ("upside down", &[(b"irot", 2)], [d, c, b, a], Orientation::Rotate180),
        ("clockwise", &[(b"irot", 3)], [c, a, d, b], Orientation::Rotate90),
        ("left to right", &[(b"imir", 1)], mirrored, Orientation::MirrorHorizontal),
        ("top to bottom", &[(b"imir", 0)], [c, d, a, b], Orientation::MirrorVertical),
        ("turned, then mirrored", &[(b"irot", 1), (b"imir", 1)], [d, b, c, a], Orientation::Transverse),
        ("mirrored, then turned", &[(b"imir", 1), (b"irot", 1)], [a, c, b, d], Orientation::Transpose),
    ] {
        for file in
            [Heic::of(heic::SCENE), Heic::grid(heic::SIZE), Heic::of(heic::VIDEO).with(b"colr", nclx(1, 1, 1, false))]
        {
            let file = properties.iter().fold(file, |file, (name, value)| file.with(name, [*value])).bytes();
            assert_shows(what, &file, expected);
            let photo = prepare(&file).unwrap();
            assert_eq!(photo.report().unwrap().source.orientation, orientation, "{what}");
        }
    }
}

#[test]
fn exif_turns_nothing_because_the_container_already_did() {
    for number in [3, 6, 8] {
        let mut file = Heic::of(heic::SCENE);
        file.exif = Some(jpegs::exif(number, true));
        assert_shows("EXIF in HEIC", &file.bytes(), PATCHES);
    }
}

#[test]
fn the_clean_aperture_is_cut_out_of_one_picture_and_of_a_grid() {
    for file in [Heic::of(heic::SCENE), Heic::grid(heic::SIZE)] {
        // Without 20 columns on the right and 11 rows below; then the upper left patch alone.
        let photo = prepare(&file.clone().with(b"clap", clap((100, 61), (-10, -5))).bytes()).unwrap();
        assert_eq!((photo.width(), photo.height()), (100, 61));
        let corner = file.clone().with(b"clap", clap((50, 30), (-30, -18)));
        assert_shows("the upper left", &corner.clone().bytes(), [PATCHES[0]; 4]);
        assert_shows("the lower right", &file.clone().with(b"clap", clap((50, 30), (30, 18))).bytes(), [PATCHES[3]; 4]);
        // Cut, then turned.
        let turned = prepare(&corner.with(b"irot", [1]).bytes()).unwrap();
        assert_eq!((turned.width(), turned.height()), (30, 50));
        assert_eq!(refusal(&file.with(b"clap", clap((121, 61), (0, 0))).bytes()), PhotoErrorKind::Damaged);
    }
}

#[test]
fn display_p3_becomes_srgb_by_its_profile_and_by_its_code_points() {
    let profile = ColorProfile::new_display_p3().encode().unwrap();
    let icc = [b"prof", &profile[..]].concat();
    let file = Heic::of(heic::P3);
    for (what, file) in [
        ("profile", file.clone().with(b"colr", icc.clone())),
        ("code points", file.clone().with(b"colr", nclx(12, 13, 6, true))),
        ("both", file.clone().with(b"colr", nclx(1, 13, 6, true)).with(b"colr", icc)),
    ] {
        assert_shows(what, &file.bytes(), PATCHES);
        assert!(prepare(&file.bytes()).unwrap().report().unwrap().profile_converted, "{what}");
    }
    let plain = prepare(&Heic::of(heic::SCENE).with(b"colr", nclx(1, 1, 6, true)).bytes()).unwrap();
    assert!(!plain.report().unwrap().profile_converted);
}

#[test]
fn a_grid_without_colours_of_its_own_has_its_tiles() {
    let mut file = Heic::grid(heic::SIZE);
    file.tile_properties.push((*b"colr", nclx(12, 13, 6, true)));
    assert!(prepare(&file.bytes()).unwrap().report().unwrap().profile_converted);
}

#[test]
fn the_stream_says_what_the_container_does_not() {
    assert_shows("BT.709 by the stream", &Heic::of(heic::VIDEO).bytes(), PATCHES);
}

#[test]
fn thumbnails_and_auxiliary_pictures_are_not_looked_at() {
    for kind in [*b"thmb", *b"auxl"] {
        for data in [heic::content(heic::P3, b"mdat"), b"no picture".to_vec()] {
            let mut file = Heic::grid(heic::SIZE);
            let auxiliary = (*b"auxC", b"\0\0\0\0urn:mpeg:hevc:2015:auxid:1\0".to_vec());
            file.companions = vec![(kind, vec![heic::ispe((16, 16)), auxiliary], data)];
            assert_shows("companions", &file.bytes(), PATCHES);
        }
    }
}

#[test]
fn what_is_no_still_picture_of_hevc_is_refused_by_its_name() {
    let hdr = |transfer| Heic::of(heic::DEEP).with(b"colr", nclx(9, transfer, 9, false)).bytes();
    let as_kind = |kind: &[u8; 4]| {
        let mut file = Heic::of(heic::SCENE).bytes();
        let at = file.windows(4).position(|four| four == b"hvc1").unwrap();
        file[at..at + 4].copy_from_slice(kind);
        file
    };
    for (file, name) in [
        (hdr(16), "HDR"),
        (hdr(18), "HDR"),
        (as_kind(b"av01"), "AVIF"),
        (as_kind(b"iovl"), "HEIC"),
        (as_kind(b"jpeg"), "HEIF"),
        (b"\0\0\0\x1Cftypavif\0\0\0\0avifmif1miaf".to_vec(), "AVIF"),
    ] {
        let error = prepare(&file).unwrap_err();
        assert_eq!(error.kind(), PhotoErrorKind::UnsupportedFormat, "{name}");
        assert!(error.to_string().contains(name), "{error}");
    }
}

#[test]
fn a_heic_is_no_finished_photo() {
    let error = Photo::from_bytes(heic::SCENE, &SPEC).unwrap_err();
    assert!(error.kind() == PhotoErrorKind::UnsupportedFormat && error.to_string().contains("HEIC"), "{error}");
}

#[test]
fn a_file_cut_anywhere_is_truncated_and_what_is_there_can_be_accepted() {
    let file = Heic::grid(heic::SIZE).bytes();
    let data = file.windows(4).position(|four| four == b"mdat").unwrap() + 4;
    let accepting = |file: &[u8]| Preparer::new(SPEC).with_truncated_accepted(true).prepare(file);
    for end in 16..file.len() {
        assert_eq!(refusal(&file[..end]), PhotoErrorKind::Truncated, "{end}");
        let some = accepting(&file[..end]);
        let first_tile_is_there = end >= data + Heic::grid(heic::SIZE).tiles[0].len();
        assert_eq!(some.is_ok(), first_tile_is_there, "{end}");
        assert!(some.is_err() || some.unwrap().report().unwrap().truncated);
    }
}

#[test]
fn a_grid_that_does_not_hold_together_is_damaged() {
    let configuration = (*b"hvcC", heic::content(GRID, b"hvcC"));
    let whole = || Heic::grid(heic::SIZE);
    let mut other_chroma = Heic::of(heic::FULL);
    // 4:2:0 instead of 4:4:4.
    other_chroma.properties[1].1[16] = 0xFD;
    for (what, file) in [
        ("columns missing", Heic { grid: Some((2, 2, 129, 72)), ..whole() }),
        ("columns outside", Heic { grid: Some((2, 2, 64, 72)), ..whole() }),
        ("tiles missing", Heic { grid: Some((2, 3, 120, 72)), ..whole() }),
        ("tiles of odd width", Heic { tile_properties: vec![heic::ispe((63, 64)), configuration.clone()], ..whole() }),
        ("tiles smaller than said", Heic { tile_properties: vec![heic::ispe((80, 80)), configuration], ..whole() }),
        ("no configuration", Heic { tile_properties: vec![heic::ispe((64, 64))], ..whole() }),
        ("other chroma than said", other_chroma),
        ("a tile of nothing", Heic { tiles: [&whole().tiles[..3], &[b"\0\0\0\x04abcd".to_vec()]].concat(), ..whole() }),
    ] {
        assert_eq!(prepare(&file.bytes()).map_err(|error| error.kind()).err(), Some(PhotoErrorKind::Damaged), "{what}");
    }
}

#[test]
fn size_is_known_and_limited_before_anything_is_decoded() {
    // Its data is no picture: who decodes it finds damage.
    let huge = |width, height| {
        let mut file = Heic::of(heic::SCENE);
        (file.properties[0], file.tiles) = (heic::ispe((width, height)), vec![b"\0\0\0\x04abcd".to_vec()]);
        file.bytes()
    };
    assert_eq!(refusal(&huge(20_000, 20_000)), PhotoErrorKind::TooManyPixels);
    assert_eq!(refusal(&huge(9_000, 9_000)), PhotoErrorKind::Memory);
    assert_eq!(refusal(&huge(15, 4000)), PhotoErrorKind::TooSmall);
    assert_eq!(refusal(&huge(64, 48)), PhotoErrorKind::Damaged);
    // The grid's size is not all that is decoded.
    let mut grid = Heic::grid((64, 64));
    (grid.grid, grid.tiles) = (Some((1, 1, 64, 64)), vec![grid.tiles[0].clone()]);
    grid.tile_properties[0] = heic::ispe((1 << 19, 1 << 19));
    assert_ne!(prepare(&grid.bytes()).map(|_| ()).unwrap_err().kind(), PhotoErrorKind::Memory);
    let few = Limits::new().with_max_pixels(120 * 72 - 1);
    let error = Preparer::new(SPEC).with_limits(few).prepare(GRID).unwrap_err();
    assert_eq!(error.kind(), PhotoErrorKind::TooManyPixels);
}

#[test]
fn tiles_that_lie_over_each_other_are_refused_before_they_cost_anything() {
    // A grid of 3,600 tiles, all of them the same few bytes.
    let mut same = Heic::grid((64 * 60, 64 * 60));
    (same.grid, same.tiles) = (Some((60, 60, 64 * 60, 64 * 60)), vec![same.tiles[0].clone(); 3600]);
    let mut file = same.bytes();
    let entries = file.windows(4).position(|four| four == b"iloc").unwrap() + 12;
    // An entry has 16 bytes, offset and length at its end; the first is the grid's own.
    let place = file[entries + 24..entries + 32].to_vec();
    for entry in 1..=3600 {
        file[entries + 16 * entry + 8..][..8].copy_from_slice(&place);
    }
    file.truncate(file.len() - 3599 * same.tiles[0].len());
    assert_eq!(refusal(&file), PhotoErrorKind::Damaged);
    // The same with bytes of their own.
    assert!(prepare(&same.bytes()).is_ok());
}

#[test]
fn more_items_than_any_camera_writes_are_an_attack() {
    let mut many = Heic::grid(heic::SIZE);
    many.companions = vec![(*b"thmb", vec![heic::ispe((16, 16))], Vec::new()); 4096];
    assert_eq!(refusal(&many.bytes()), PhotoErrorKind::Damaged);
    many.companions.truncate(4000);
    assert!(prepare(&many.bytes()).is_ok());
}
