//! Tests of decoding a file to another size.

#![allow(clippy::unwrap_used, reason = "clippy knows tests by #[test], not their helpers")]

mod support;

use jpeg_encoder::SamplingFactor;
use liveness_jpeg::{
    Budget, Decoded, Decoder, Encoder, Error, Header, Limits, Orientation, Planes, Sampling, Scale, Target,
};
use zune_core::colorspace::ColorSpace;

use support::{Options, PATCHES, jpeg, patches, zune};

const SAMPLINGS: [SamplingFactor; 4] =
    [SamplingFactor::F_1_1, SamplingFactor::F_2_1, SamplingFactor::F_2_2, SamplingFactor::F_1_2];

fn decode(file: &[u8], target: impl Fn(&Header<'_>) -> Target) -> (Planes, Decoded) {
    let header = Header::parse(file).unwrap();
    let mut planes = Planes::new();
    let decoded = Decoder::new().decode(&header, &target(&header), &mut planes).unwrap();
    (planes, decoded)
}

/// The mean of a part of a plane, in tenths of its width and height.
fn mean(plane: &[u8], width: usize, (left, top): (usize, usize)) -> f64 {
    let height = plane.len() / width;
    let rows = height * top / 10..height * (top + 2) / 10;
    let samples = rows.flat_map(|y| &plane[y * width + width * left / 10..y * width + width * (left + 2) / 10]);
    let (count, sum) = samples.fold((0.0, 0.0), |(count, sum), &sample| (count + 1.0, sum + f64::from(sample)));
    sum / count
}

/// The colours of the four patches, away from their edges.
fn patch_colours(planes: &Planes) -> [[f64; 3]; 4] {
    let chroma_width = planes.sampling().chroma(planes.width()) as usize;
    [(1, 1), (7, 1), (1, 7), (7, 7)].map(|place| {
        let y = mean(planes.y(), planes.width() as usize, place);
        let [cb, cr] = [planes.cb(), planes.cr()].map(|plane| mean(plane, chroma_width, place) - 128.0);
        [y + 1.402 * cr, y - 0.344_136 * cb - 0.714_136 * cr, y + 1.772 * cb]
    })
}

fn assert_patches(planes: &Planes, order: [usize; 4], what: &str) {
    for (found, patch) in patch_colours(planes).into_iter().zip(order) {
        let wanted = PATCHES[patch].map(f64::from);
        assert!(found.iter().zip(wanted).all(|(a, b)| (a - b).abs() < 6.0), "{what}: {found:?}, wanted {wanted:?}");
    }
}

#[test]
fn every_size_sampling_and_kind_of_chroma_shows_the_same_picture() {
    let (width, height) = (333, 250);
    for sampling in SAMPLINGS {
        let file = jpeg(&patches(width, height), width, height, Options { sampling, ..Options::default() });
        for chroma in [Sampling::S420, Sampling::S444] {
            for (to_width, to_height) in [(333, 250), (200, 151), (41, 60), (500, 300)] {
                let target = Target::new(to_width, to_height).with_sampling(chroma);
                let (planes, decoded) = decode(&file, |_| target);
                let what = format!("{sampling:?} to {to_width}×{to_height} {chroma:?}");
                assert!(decoded.is_sound() && decoded.whole_rows == 250, "{what}: {decoded:?}");
                assert_eq!((planes.width(), planes.height(), planes.sampling()), (to_width, to_height, chroma));
                let samples = chroma.chroma(to_width) * chroma.chroma(to_height);
                assert_eq!((planes.cb().len() as u32, planes.cr().len() as u32), (samples, samples), "{what}");
                assert_patches(&planes, [0, 1, 2, 3], &what);
            }
        }
    }
}

#[test]
fn a_picture_comes_out_upright_whichever_way_it_is_stored() {
    let (width, height) = (160, 120);
    for orientation in Orientation::ALL {
        let options = Options { exif_orientation: Some(orientation.to_exif()), ..Options::default() };
        let file = jpeg(&patches(width, height), width, height, options);
        let (planes, _) = decode(&file, |header| Target::fit(header, 80));
        let size = if orientation.swaps_sides() { (60, 80) } else { (80, 60) };
        assert_eq!((planes.width(), planes.height()), size, "{orientation:?}");
        // Where each corner of the stored picture lands; EXIF 2.32, tag 0x0112.
        let order = match orientation.to_exif() {
            1 => [0, 1, 2, 3],
            2 => [1, 0, 3, 2],
            3 => [3, 2, 1, 0],
            4 => [2, 3, 0, 1],
            5 => [0, 2, 1, 3],
            6 => [2, 0, 3, 1],
            7 => [3, 1, 2, 0],
            _ => [1, 3, 0, 2],
        };
        assert_patches(&planes, order, &format!("{orientation:?}"));
    }
}

#[test]
fn a_picture_is_fitted_in_its_own_shape_and_never_enlarged() {
    let fitted = |width: usize, height: usize, long_side| {
        let file = jpeg(&vec![99; width * height * 3], width, height, Options::default());
        let header = Header::parse(&file).unwrap();
        Target::fit(&header, long_side).size()
    };
    assert_eq!(fitted(400, 300, 128), (128, 96));
    assert_eq!(fitted(300, 400, 128), (96, 128));
    assert_eq!(fitted(400, 300, 1280), (400, 300));
    assert_eq!(fitted(2000, 1, 100), (100, 1));
    assert_eq!(fitted(129, 129, 128), (128, 128));
}

#[test]
fn full_scale_is_the_picture_as_another_decoder_reads_it() {
    for (width, height) in [(1, 1), (8, 8), (17, 33), (131, 75)] {
        let rgb: Vec<u8> = (0..width * height * 3).map(|i| (i * 7 % 200) as u8).collect();
        let file = jpeg(&rgb, width, height, Options { sampling: SamplingFactor::F_1_1, ..Options::default() });
        let (planes, _) = decode(&file, |header| Target::scaled(header, Scale::Full).with_sampling(Sampling::S444));
        let (_, _, theirs) = zune(&file, ColorSpace::YCbCr);
        for (channel, plane) in [planes.y(), planes.cb(), planes.cr()].into_iter().enumerate() {
            let worst = plane.iter().zip(theirs.iter().skip(channel).step_by(3)).map(|(a, b)| a.abs_diff(*b)).max();
            assert!(worst <= Some(2), "{width}×{height}, channel {channel}: {worst:?}");
        }
    }
}

#[test]
fn a_reduced_scale_is_as_large_as_it_says_and_shows_the_same_picture() {
    for (width, height) in [(320, 240), (331, 247), (9, 17)] {
        let options = Options { exif_orientation: Some(6), ..Options::default() };
        let file = jpeg(&patches(width, height), width, height, options);
        for (scale, part) in [(Scale::Eighth, 8), (Scale::Quarter, 4), (Scale::Half, 2), (Scale::Full, 1)] {
            let (planes, _) = decode(&file, |header| Target::scaled(header, scale));
            let size = (height.div_ceil(part) as u32, width.div_ceil(part) as u32);
            assert_eq!((planes.width(), planes.height()), size, "{scale:?}");
            if width > 100 {
                assert_patches(&planes, [2, 0, 3, 1], &format!("{width}×{height} {scale:?}"));
            }
        }
    }
}

#[test]
fn a_grey_file_becomes_neutral_planes() {
    let mut file = Vec::new();
    let grey: Vec<u8> = (0..90 * 70).map(|i| (i % 90 * 2) as u8).collect();
    jpeg_encoder::Encoder::new(&mut file, 90).encode(&grey, 90, 70, jpeg_encoder::ColorType::Luma).unwrap();
    assert!(Header::parse(&file).unwrap().is_grey());
    let (planes, decoded) = decode(&file, |_| Target::new(45, 35).with_sampling(Sampling::S444));
    assert!(decoded.is_sound());
    assert_eq!(
        (planes.sampling(), planes.cb(), planes.cr()),
        (Sampling::S420, &[128; 23 * 18][..], &[128; 23 * 18][..])
    );
    assert!(planes.y()[0] < 10 && planes.y()[44] > 165);
    assert!(Encoder::new().encode(&planes, Budget::bytes(3_000)).is_ok());
}

#[test]
fn what_is_missing_is_told_and_grey() {
    let whole = jpeg(&patches(160, 320), 160, 320, Options::default());
    let (_, decoded) = decode(&whole, |header| Target::fit(header, 160));
    assert!(decoded.is_sound());
    let (planes, decoded) = decode(&whole[..whole.len() * 6 / 10], |header| Target::fit(header, 160));
    assert!(!decoded.is_sound() && decoded.damaged && !decoded.ended);
    assert!((100..280).contains(&decoded.whole_rows), "{decoded:?}");
    assert!(planes.y()[80 * 155..].iter().all(|&sample| sample == 128));
    let without_its_end = &whole[..whole.len() - 2];
    let (_, decoded) = decode(without_its_end, |header| Target::fit(header, 160));
    assert!(!decoded.is_sound() && !decoded.damaged && decoded.whole_rows == 320);
}

#[test]
fn limits_and_sizes_are_checked_before_anything_is_decoded() {
    let file = jpeg(&patches(64, 48), 64, 48, Options::default());
    let header = Header::parse(&file).unwrap();
    let mut planes = Planes::new();
    let mut decode = |limits, target: Target| {
        Decoder::new()
            .with_limits(limits)
            .decode(&header, &target, &mut planes)
            .map(|_| ())
            .inspect_err(|_| assert_eq!(planes, Planes::new()))
    };
    let limits = Limits::new();
    let error = decode(limits.with_max_pixels(3_071), Target::new(8, 8)).unwrap_err();
    assert_eq!(error, Error::TooManyPixels { width: 64, height: 48, max_pixels: 3_071 });
    let error = decode(limits, Target::new(60_000, 60_000)).unwrap_err();
    assert!(matches!(error, Error::TooMuchMemory { max_bytes: 0x1000_0000, .. }), "{error}");
    for (width, height) in [(0, 5), (5, 0), (65_536, 5)] {
        assert_eq!(decode(limits, Target::new(width, height)), Err(Error::InvalidSize { width, height }));
    }
    assert_eq!(decode(limits.with_max_pixels(3_072), Target::new(8, 8)), Ok(()));
}

#[test]
fn a_decoder_that_was_used_gives_what_a_new_one_gives() {
    let (mut decoder, mut planes) = (Decoder::new(), Planes::new());
    for (number, (width, height)) in [(400, 300), (90, 130), (400, 300), (55, 40)].into_iter().enumerate() {
        let sampling = SAMPLINGS[number];
        let orientation = [1, 6, 3, 8][number];
        let options = Options { sampling, exif_orientation: Some(orientation), ..Options::default() };
        let file = jpeg(&patches(width, height), width, height, options);
        let header = Header::parse(&file).unwrap();
        decoder.decode(&header, &Target::fit(&header, 70), &mut planes).unwrap();
        assert!(planes == decode(&file, |header| Target::fit(header, 70)).0, "{number}");
    }
}
