//! What phones, scanners and half-broken programs write: read where the picture is there, and called what it is.

#![cfg(feature = "photo")]
#![allow(clippy::expect_used, clippy::panic, clippy::unwrap_used, reason = "a test may")]

mod photo_support;

use liveness::photo::{Advice, Photo, PhotoError, PhotoErrorKind, PhotoSpec, Preparer};

use photo_support::{
    jpegs::{self, Options},
    rasters::{self, Metadata},
    scene,
};

/// Tall enough for a face, and small enough to pass through.
const SIZE: (usize, usize) = (160, 120);

fn prepare(file: &[u8]) -> Result<Photo, PhotoError> {
    Preparer::new(PhotoSpec::TENCENT_MARKET).prepare(file)
}

fn plain() -> Vec<u8> {
    jpegs::baseline(&scene::upright(SIZE.0, SIZE.1))
}

/// The picture of `file` is that of the plain one.
fn assert_reads(what: &str, file: &[u8]) -> Photo {
    let photo = prepare(file).unwrap_or_else(|error| panic!("{what}: {error}"));
    let report = photo.report().unwrap();
    let expected = prepare(&plain()).unwrap().report().unwrap().measures;
    assert!((report.measures.mean - expected.mean).abs() < 0.5, "{what}: {:?}", report.measures);
    assert!((report.measures.spread - expected.spread).abs() < 1.0, "{what}: {:?}", report.measures);
    photo
}

/// The segments up to the scan's data, and where that begins.
fn segments(file: &[u8]) -> (Vec<(u8, std::ops::Range<usize>)>, usize) {
    let (mut found, mut at) = (Vec::new(), 2);
    loop {
        let (marker, length) = (file[at + 1], usize::from(u16::from_be_bytes([file[at + 2], file[at + 3]])));
        found.push((marker, at..at + 2 + length));
        at += 2 + length;
        if marker == 0xDA {
            return (found, at);
        }
    }
}

/// The file with something else in the place of these segments.
fn without(file: &[u8], marker: u8) -> Vec<u8> {
    let (found, data) = segments(file);
    let kept = found.iter().filter(|(each, _)| *each != marker).flat_map(|(_, range)| &file[range.clone()]);
    [0xFF, 0xD8].iter().chain(kept).chain(&file[data..]).copied().collect()
}

/// The file with these bytes after its start of image.
fn after_start(file: &[u8], bytes: &[u8]) -> Vec<u8> {
    [&file[..2], bytes, &file[2..]].concat()
}

#[test]
fn bytes_that_are_no_marker_before_the_first_segment_are_stepped_over() {
    assert_reads("18 stray bytes", &after_start(&plain(), &[7; 18]));
}

#[test]
fn a_length_that_is_too_small_in_a_segment_that_is_skipped_anyway_costs_nothing() {
    for length in [0, 1] {
        for marker in [0xE5, 0xFE] {
            assert_reads("APP5 or COM", &after_start(&plain(), &[0xFF, marker, 0, length]));
        }
    }
}

#[test]
fn a_frame_of_a_webcam_without_huffman_tables_has_those_of_the_standard() {
    let file = without(&plain(), 0xC4);
    assert!(file.len() < plain().len());
    let photo = assert_reads("no DHT", &file);
    assert!(photo.bytes().windows(2).any(|bytes| bytes == [0xFF, 0xC4]), "what leaves has its tables");
}

#[test]
fn what_a_sequential_scan_says_of_its_coefficients_means_nothing() {
    let file = plain();
    let (found, data) = segments(&file);
    assert_eq!(found.last().unwrap().1.end, data);
    for (start, end) in [(0, 0), (0, 64), (0, 255), (1, 63)] {
        let mut odd = file.clone();
        (odd[data - 3], odd[data - 2]) = (start, end);
        let photo = assert_reads("odd spectral selection", &odd);
        let (_, data) = segments(photo.bytes());
        assert_eq!(photo.bytes()[data - 3..data], [0, 63, 0], "what leaves is read by strict readers too");
    }
}

#[test]
fn nothing_but_the_picture_leaves() {
    const TEXT: &[u8] = b"Zhang San lives at 1 Changan Street, Beijing, and this is the text of a table";
    let file = plain();
    let mut quantiser = [&[0xFF, 0xDB, 0, 67, 3], &[b' '; 64][..]].concat();
    quantiser[5..69].copy_from_slice(&TEXT[..64]);
    let mut huffman = [&[0xFF, 0xC4, 0, 19 + 64, 0x13, 0, 0, 0, 0, 0, 0, 64], &[0; 9][..]].concat();
    huffman.extend(&TEXT[..64]);
    let cut = file.len() - 2;
    for (what, odd) in [
        ("a quantiser that no component has", after_start(&file, &quantiser)),
        ("a Huffman table that no scan has", after_start(&file, &huffman)),
        ("text behind a restart marker", [&file[..cut], &[0xFF, 0xD0], TEXT, &[0xFF, 0xD9]].concat()),
        ("text behind the data", [&file[..cut], TEXT, &[0xFF, 0xD9]].concat()),
    ] {
        let photo = assert_reads(what, &odd);
        assert!(!photo.bytes().windows(16).any(|bytes| TEXT.windows(16).any(|text| text == bytes)), "{what}");
    }
}

/// Where the restart markers of a file stand that has one for each row of blocks.
fn restarts(file: &[u8]) -> Vec<usize> {
    let (_, data) = segments(file);
    (data..file.len() - 1).filter(|at| file[*at] == 0xFF && (0xD0..=0xD7).contains(&file[*at + 1])).collect()
}

#[test]
fn what_is_lost_between_restart_markers_costs_no_more_than_that() {
    let file = jpegs::colour(&scene::upright(640, 480), &Options { restart_interval: 40, ..Options::default() });
    let marks = restarts(&file);
    assert_eq!(marks.len(), 29, "one for each row of blocks but the last");
    let without = |range: std::ops::Range<usize>| [&file[..range.start], &file[range.end..]].concat();
    let mut swapped = file.clone();
    (swapped[marks[10] + 1], swapped[marks[11] + 1]) = (file[marks[11] + 1], file[marks[10] + 1]);
    for (what, odd, most) in [
        ("one marker removed", without(marks[10]..marks[10] + 2), 8),
        ("one interval removed", without(marks[10]..marks[11]), 8),
        ("two markers in each other's place", swapped, 20),
    ] {
        let photo = prepare(&odd).unwrap_or_else(|error| panic!("{what}: {error}"));
        let report = photo.report().unwrap();
        assert!(report.damaged && !report.truncated, "{what}: {report:?}");
        assert!((1..=most).contains(&report.lost_percent), "{what}: {}", report.lost_percent);
    }
    // Half of it: the face may be what is lost.
    let mut half = file.clone();
    for pair in marks[..16].windows(2) {
        half[pair[0] + 2..pair[1]].fill(0xFE);
    }
    assert_eq!(prepare(&half).unwrap_err().kind(), PhotoErrorKind::Damaged);
    let taken = Preparer::new(PhotoSpec::TENCENT_MARKET).with_truncated_accepted(true).prepare(&half).unwrap();
    assert!(taken.report().unwrap().lost_percent > 40);
    // And where the end is missing, that is what is said.
    let cut = prepare(&file[..marks[20]]).unwrap_err();
    assert_eq!(cut.kind(), PhotoErrorKind::Truncated);
}

#[test]
fn a_cut_in_the_last_restart_interval_is_a_missing_end() {
    for restart_interval in [40, 65_535] {
        let file = jpegs::colour(&scene::upright(640, 480), &Options { restart_interval, ..Options::default() });
        let (_, data) = segments(&file);
        let start = restarts(&file).last().copied().unwrap_or(data + (file.len() - data) * 3 / 5);
        let error = prepare(&file[..start + (file.len() - start) / 2]).unwrap_err();
        assert_eq!(error.kind(), PhotoErrorKind::Truncated, "{restart_interval}");
    }
}

#[test]
fn scans_that_hide_behind_a_marker_that_no_jpeg_may_hold_are_counted() {
    let progressive = Options { progressive: true, ..Options::default() };
    let file = jpegs::colour(&scene::upright(160, 120), &progressive);
    let scan = [0xFF, 0xDA, 0, 8, 1, 1, 0, 1, 63, 0, 0x55];
    let end = file.len() - 2;
    let file = [&file[..end], &[0xFF, 0x02, 0xFF, 0x00], &scan.repeat(200), &[0xFF, 0xD9]].concat();
    assert_eq!(prepare(&file).unwrap_err().kind(), PhotoErrorKind::TooManyScans);
}

#[test]
fn a_bmp_whose_alpha_is_nowhere_set_is_opaque() {
    let (width, height) = (160_i32, 120_i32);
    let mut header = [0; 122];
    header[..2].copy_from_slice(b"BM");
    for (at, value) in [(10, 122), (14, 108), (18, width), (22, height), (28, 32), (30, 3)] {
        header[at..at + 4].copy_from_slice(&value.to_le_bytes());
    }
    header[26] = 1;
    for (at, mask) in [(54, 0xFF_0000_u32), (58, 0xFF00), (62, 0xFF), (66, 0xFF00_0000)] {
        header[at..at + 4].copy_from_slice(&mask.to_le_bytes());
    }
    let dark = [30, 40, 50, 0].repeat(width as usize * height as usize);
    let photo = prepare(&[&header[..], &dark].concat()).unwrap();
    let mean = photo.report().unwrap().measures.mean;
    assert!(mean < 60.0, "it is dark, and not white: {mean}");
    let os2 = [&b"BM\0\0\0\0\0\0\0\0\x4E\0\0\0\x40\0\0\0"[..], &[0; 200]].concat();
    assert!(prepare(&os2).unwrap_err().to_string().contains("OS/2"));
}

#[test]
fn what_is_odd_behind_the_last_row_is_no_missing_row() {
    let file = plain();
    let cut = file.len() - 2;
    for (what, odd) in [
        ("two bytes before the end", [&file[..cut], &[0x12, 0x34, 0xFF, 0xD9]].concat()),
        ("restart markers for the end", [&file[..cut], &[0xFF, 0xD7].repeat(40)].concat()),
        ("no end", file[..cut].to_vec()),
    ] {
        let report = assert_reads(what, &odd).report().unwrap().clone();
        assert!(report.damaged && !report.truncated, "{what}");
    }
}

#[test]
fn a_picture_too_small_for_a_face_is_told_so() {
    for (width, height, is_told) in [(16, 400, true), (40, 1200, true), (160, 120, false)] {
        let photo = prepare(&rasters::png(&scene::upright(width, height), &Metadata::default())).unwrap();
        let advice = photo.report().unwrap().advice();
        assert_eq!(advice.contains(&Advice::TooFewPixels), is_told, "{width}×{height}: {advice:?}");
    }
}

#[test]
fn an_unusual_jpeg_is_not_told_to_become_a_jpeg() {
    let file = jpegs::with_frame(&jpegs::colour(&scene::upright(64, 48), &Options::default()), 0xC9);
    let error = prepare(&file).unwrap_err();
    assert!(
        !error.to_string().contains("convert the photo to JPEG") && error.to_string().contains("ordinary JPEG"),
        "{error}"
    );
}
