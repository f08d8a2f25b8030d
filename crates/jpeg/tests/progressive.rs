//! Tests that a progressive file decodes to the planes of a sequential one with the same coefficients.
//!
//! The files in `progressive/` are lossless transcodings of each other by jpegtran: of each picture one sequential file, and
//! progressive ones by several scan scripts.

#![allow(clippy::unwrap_used, reason = "clippy knows tests by #[test], not their helpers")]

mod support;

use liveness_jpeg::{Decoded, Decoder, Error, Header, Limits, Planes, Sampling, Scale, Target};
use proptest::prelude::*;
use zune_core::colorspace::ColorSpace;

use support::zune;

/// The script's name is behind the dash.
macro_rules! files {
    ($($name:literal),* $(,)?) => {
        &[$(($name, include_bytes!(concat!("progressive/", $name, ".jpg")))),*]
    };
}

const SEQUENTIAL: &[(&str, &[u8])] = files!["s420", "s444", "s422", "s440", "grey"];
/// `split`: each component by itself, in bands down to one coefficient. `deep`: five bits of precision, one by one. `mixed`: DC
/// of one and of two components, bands of each precision. `usual`: jpegtran's own. `restarts`: mixed, with restart markers.
const PROGRESSIVE: &[(&str, &[u8])] = files![
    "s420-split",
    "s420-deep",
    "s420-mixed",
    "s420-usual",
    "s420-restarts",
    "s444-split",
    "s444-deep",
    "s444-mixed",
    "s444-usual",
    "s444-restarts",
    "s422-split",
    "s422-deep",
    "s422-mixed",
    "s422-usual",
    "s422-restarts",
    "s440-split",
    "s440-deep",
    "s440-mixed",
    "s440-usual",
    "s440-restarts",
    "grey-usual",
];
const HEIGHT: u32 = 61;

fn decode(file: &[u8], target: impl Fn(&Header<'_>) -> Target) -> (Planes, Decoded) {
    let header = Header::parse(file).unwrap();
    let mut planes = Planes::new();
    let decoded = Decoder::new().decode(&header, &target(&header), &mut planes).unwrap();
    (planes, decoded)
}

fn file(name: &str) -> &'static [u8] {
    PROGRESSIVE.iter().find(|(found, _)| *found == name).unwrap().1
}

/// Where the scans of `file` begin, and its end.
fn scans(file: &[u8]) -> Vec<usize> {
    let is_mark = |at: &usize| file[*at..].starts_with(&[0xFF, 0xDA]) || file[*at..].starts_with(&[0xFF, 0xD9]);
    (0..file.len()).filter(is_mark).collect()
}

#[test]
fn every_scan_script_gives_the_planes_of_the_sequential_file() {
    for (name, progressive) in PROGRESSIVE {
        let (_, sequential) = SEQUENTIAL.iter().find(|(of, _)| name.starts_with(of)).unwrap();
        for scale in Scale::ALL {
            for sampling in [Sampling::S420, Sampling::S444] {
                let target = |header: &Header<'_>| Target::scaled(header, scale).with_sampling(sampling);
                let (planes, decoded) = decode(progressive, target);
                assert!(decoded.is_sound() && decoded.whole_rows == HEIGHT, "{name} {scale:?}: {decoded:?}");
                assert!(planes == decode(sequential, target).0, "{name} {scale:?}");
            }
        }
    }
}

#[test]
fn full_scale_is_the_picture_as_another_decoder_reads_it() {
    for (name, file) in PROGRESSIVE.iter().filter(|(name, _)| name.starts_with("s444")) {
        let (planes, _) = decode(file, |header| Target::scaled(header, Scale::Full).with_sampling(Sampling::S444));
        let (_, _, theirs) = zune(file, ColorSpace::YCbCr);
        for (channel, plane) in [planes.y(), planes.cb(), planes.cr()].into_iter().enumerate() {
            let worst = plane.iter().zip(theirs.iter().skip(channel).step_by(3)).map(|(a, b)| a.abs_diff(*b)).max();
            assert!(worst <= Some(2), "{name}, channel {channel}: {worst:?}");
        }
    }
}

#[test]
fn scans_may_be_missing_or_come_twice() {
    let whole = file("s420-usual");
    let scans = scans(whole);
    // All of the refinements are left out: coarser, and nothing is wrong.
    let (planes, decoded) = decode(&[&whole[..scans[4]], &[0xFF, 0xD9]].concat(), |h| Target::scaled(h, Scale::Full));
    let fine = decode(whole, |header| Target::scaled(header, Scale::Full)).0;
    let error: u32 = planes.y().iter().zip(fine.y()).map(|(a, b)| u32::from(a.abs_diff(*b))).sum();
    assert!(decoded.whole_rows == HEIGHT && error > 0 && error / (planes.y().len() as u32) < 20, "{decoded:?} {error}");
    let last = scans[scans.len() - 2]..scans[scans.len() - 1];
    let twice = [&whole[..last.end], &whole[last.clone()], &whole[last.end..]].concat();
    let (_, decoded) = decode(&twice, |header| Target::scaled(header, Scale::Full));
    assert_eq!(decoded.whole_rows, HEIGHT);
}

#[test]
fn what_is_cut_is_told() {
    for (name, whole) in PROGRESSIVE {
        for part in 1..20 {
            let start = scans(whole)[0] + 16;
            let cut = start + (whole.len() - start) * part / 20;
            let (_, decoded) = decode(&whole[..cut], |header| Target::scaled(header, Scale::Full));
            assert!(!decoded.ended && !decoded.is_sound(), "{name} {part}: {decoded:?}");
        }
        let (_, decoded) = decode(&whole[..whole.len() - 2], |header| Target::scaled(header, Scale::Full));
        assert!(!decoded.damaged && !decoded.ended && decoded.whole_rows == HEIGHT, "{name}: {decoded:?}");
    }
    let whole = file("s420-usual");
    let first = scans(whole)[0] + 14;
    let (_, decoded) = decode(&whole[..first + 40], |header| Target::scaled(header, Scale::Full));
    assert!(decoded.damaged && decoded.whole_rows < HEIGHT, "{decoded:?}");
}

#[test]
fn what_a_decoder_read_before_is_in_no_later_picture() {
    let mut used = Decoder::new();
    for (name, whole) in PROGRESSIVE {
        for cut in (scans(whole)[0] + 16..whole.len()).step_by(101) {
            // Its whole is decoded first, so that the window holds what is cut off here.
            let [whole, cut] = [*whole, &whole[..cut]].map(|file| Header::parse(file).unwrap());
            let target = Target::scaled(&cut, Scale::Full);
            let (mut planes, mut fresh) = (Planes::new(), Planes::new());
            used.decode(&whole, &target, &mut planes).unwrap();
            let decoded = used.decode(&cut, &target, &mut planes);
            assert_eq!(decoded, Decoder::new().decode(&cut, &target, &mut fresh), "{name}");
            assert!(planes == fresh, "{name}");
        }
    }
}

#[test]
fn a_file_of_too_many_scans_is_refused() {
    let whole = file("s420-usual");
    let scans = scans(whole);
    let last = &whole[scans[scans.len() - 2]..scans[scans.len() - 1]];
    let many = |count: usize| [&whole[..whole.len() - 2], &last.repeat(count), &[0xFF, 0xD9]].concat();
    let scans = scans.len() - 1;
    let decode = |limits: Limits, file: &[u8]| {
        let header = Header::parse(file).unwrap();
        let target = Target::fit(&header, 40);
        Decoder::new().with_limits(limits).decode(&header, &target, &mut Planes::new()).map(|_| ())
    };
    assert_eq!(decode(Limits::new(), &many(100 - scans)), Ok(()));
    assert_eq!(decode(Limits::new(), &many(101 - scans)), Err(Error::TooManyScans { max_scans: 100 }));
    assert_eq!(decode(Limits::new().with_max_scans(scans), whole), Ok(()));
    assert!(decode(Limits::new().with_max_scans(scans - 1), whole).is_err());
}

proptest! {
    #[test]
    fn no_bytes_make_the_decoder_panic(
        (_, file) in prop::sample::select(PROGRESSIVE),
        at in any::<prop::sample::Index>(),
        bytes in prop::collection::vec(any::<u8>(), 0..40),
    ) {
        let mut file = file.to_vec();
        let at = at.index(file.len());
        let end = (at + bytes.len()).min(file.len());
        file.splice(at..end, bytes);
        if let Ok(header) = Header::parse(&file)
            && header.width() * header.height() < 1 << 20
        {
            for scale in Scale::ALL {
                let target = Target::scaled(&header, scale);
                Decoder::new().decode(&header, &target, &mut Planes::new()).unwrap();
            }
        }
    }
}

#[test]
fn scans_that_hide_behind_a_marker_that_no_jpeg_may_hold_are_counted() {
    let scan = [0xFF, 0xDA, 0, 8, 1, 1, 0, 1, 63, 0, 0x55];
    let hidden = [&[0xFF, 0x02, 0xFF, 0x00][..], &scan.repeat(200)].concat();
    let file = include_bytes!("progressive/grey-usual.jpg");
    let end = file.len() - 2;
    let file = [&file[..end], &hidden, &[0xFF, 0xD9]].concat();
    let header = Header::parse(&file).unwrap();
    let refused = Decoder::new().decode(&header, &Target::fit(&header, 64), &mut Planes::new()).unwrap_err();
    assert_eq!(refused, Error::TooManyScans { max_scans: 100 });
}
