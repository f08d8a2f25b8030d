//! For any size, coding and orientation: upright, within the budget, read by two decoders, close to the source.

#![cfg(feature = "photo")]
#![allow(clippy::unwrap_used, reason = "clippy knows tests by #[test], not their helpers")]

mod photo_support;

use liveness::photo::{ByteLimit, PhotoErrorKind, PhotoSpec, Preparer};
use proptest::prelude::*;

use photo_support::jpegs::{self, Options};
use photo_support::rasters::{self, Metadata};
use photo_support::{Picture, assert_clean_baseline, read_back, scene};

const MAX_BYTES: usize = 20_000;
const LONG_SIDE_PX: usize = 256;
const MIN_SIDE_PX: usize = 16;

/// No steeper than over so many px, so that chroma at a quarter of the size still follows.
const GRADIENT_MIN_PX: usize = 80;

/// A smooth picture whose every corner differs: what is lost in it is lost by the pipeline.
fn gradient(width: usize, height: usize) -> Picture {
    let pixel = |i: usize| {
        let (x, y) = (i % width * 255 / width.max(GRADIENT_MIN_PX), i / width * 255 / height.max(GRADIENT_MIN_PX));
        [30 + x * 3 / 4, 30 + y * 3 / 4, 220 - (x + y) * 3 / 8].map(|v| v as u8)
    };
    Picture { width, height, rgb: (0..width * height).flat_map(pixel).collect() }
}

/// What the picture would be at another size: the mean of each area.
fn averaged(picture: &Picture, width: usize, height: usize) -> Picture {
    let range =
        |at: usize, from: usize, to: usize| at * from / to..((at + 1) * from).div_ceil(to).max(at * from / to + 1);
    let mut rgb = Vec::with_capacity(width * height * 3);
    for y in 0..height {
        for x in 0..width {
            let (rows, columns) = (range(y, picture.height, height), range(x, picture.width, width));
            let count = (rows.len() * columns.len()) as u32;
            for channel in 0..3 {
                let at =
                    |row: usize, column: usize| u32::from(picture.rgb[(row * picture.width + column) * 3 + channel]);
                let sum: u32 = rows.clone().map(|row| columns.clone().map(|column| at(row, column)).sum::<u32>()).sum();
                rgb.push((sum / count) as u8);
            }
        }
    }
    Picture { width, height, rgb }
}

/// The root of the mean squared difference, in steps of 256.
fn difference(left: &Picture, right: &Picture) -> f64 {
    let squares = left.rgb.iter().zip(&right.rgb).map(|(&l, &r)| f64::from(l.abs_diff(r)).powi(2));
    (squares.sum::<f64>() / left.rgb.len() as f64).sqrt()
}

/// Sizes of every shape up to 9000 px, few pixels each, so that a run stays short.
fn sizes() -> impl Strategy<Value = (usize, usize)> {
    prop_oneof![
        4 => (1..400usize, 1..400usize),
        1 => (400..9000usize, 1..60usize),
        1 => (1..60usize, 400..9000usize),
        1 => Just((9000, 12)),
        1 => Just((1, 1)),
    ]
}

#[derive(Clone, Debug)]
enum Format {
    Jpeg(Options),
    Grey(Options),
    Cmyk(bool, Options),
    Png,
    Png16,
    WebP,
}

fn formats() -> impl Strategy<Value = Format> {
    let options = (0..jpegs::SAMPLINGS.len(), any::<bool>(), any::<bool>(), 0..9u16, 85..=98u8).prop_map(
        |(sampling, progressive, apart, restart_interval, quality)| {
            // jpeg-encoder 0.7.1 cannot do all three at once.
            let scan_per_component = apart && !progressive && restart_interval == 0;
            let sampling = jpegs::SAMPLINGS[sampling];
            Options { sampling, progressive, scan_per_component, restart_interval, quality, ..Options::default() }
        },
    );
    (options, 0..9u8).prop_map(|(options, kind)| match kind {
        0..=3 => Format::Jpeg(options),
        4 => Format::Grey(options),
        5 => Format::Cmyk(options.quality % 2 == 0, options),
        6 => Format::Png,
        7 => Format::Png16,
        _ => Format::WebP,
    })
}

fn file(picture: &Picture, format: &Format, orientation: u8, p3: bool) -> Vec<u8> {
    let profile = p3.then(|| moxcms::ColorProfile::new_display_p3().encode().unwrap());
    let exif = jpegs::exif(orientation, orientation.is_multiple_of(2));
    let metadata = Metadata { exif: Some(exif.clone()), icc_profile: profile.clone() };
    let with_profile =
        |options: &Options| Options { icc_profile: profile.clone().unwrap_or_default(), ..options.clone() };
    match format {
        Format::Jpeg(options) => jpegs::with_exif(&jpegs::colour(picture, &with_profile(options)), &exif),
        Format::Grey(options) => jpegs::with_exif(&jpegs::grey(picture, options), &exif),
        Format::Cmyk(as_ycck, options) => jpegs::with_exif(&jpegs::cmyk(picture, *as_ycck, options), &exif),
        Format::Png => rasters::png(picture, &metadata),
        Format::Png16 => {
            let info = rasters::info(picture.width, picture.height, png::ColorType::Rgb, png::BitDepth::Sixteen);
            let data: Vec<u8> = picture.rgb.iter().flat_map(|&v| [v, v]).collect();
            rasters::png_of(info, &metadata, &data)
        }
        Format::WebP => rasters::webp(picture, &metadata),
    }
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 400, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn any_photo_becomes_upright_small_and_close_to_its_source(
        (width, height) in sizes(), format in formats(), orientation in 1..=8u8, p3 in any::<bool>(),
    ) {
        let upright = gradient(width, height);
        // A profile is for colour; a Display P3 photo is made of the P3 values of what is to be seen.
        let p3 = p3 && matches!(format, Format::Jpeg(_) | Format::Png | Format::Png16 | Format::WebP);
        let seen = if p3 {
            let rgb = upright.rgb.chunks(3).flat_map(|p| scene::p3_of([p[0], p[1], p[2]])).collect();
            Picture { rgb, ..upright.clone() }
        } else {
            upright.clone()
        };
        let file = file(&scene::stored(&seen, orientation), &format, orientation, p3);
        let spec = PhotoSpec::TENCENT_MARKET
            .with_byte_limit(ByteLimit::Raw(MAX_BYTES))
            .with_long_side_px(LONG_SIDE_PX as u32);
        let photo = match Preparer::new(spec).prepare(&file) {
            Ok(photo) => photo,
            Err(error) => {
                // The only refusals: a side too small, before or after scaling.
                let long = width.max(height);
                let scaled = |side: usize| (side * LONG_SIDE_PX.min(long) + long / 2) / long;
                match error.kind() {
                    PhotoErrorKind::TooSmall => prop_assert!(width.min(height) < MIN_SIDE_PX),
                    PhotoErrorKind::TooNarrow => prop_assert!(scaled(width.min(height)) < MIN_SIDE_PX),
                    _ => prop_assert!(false, "{}", error),
                }
                return Ok(());
            }
        };
        prop_assert!(photo.bytes().len() <= MAX_BYTES);
        prop_assert_eq!(photo.width() > photo.height(), width > height && photo.width() != photo.height());
        prop_assert!(photo.width().max(photo.height()) as usize == width.max(height).min(LONG_SIDE_PX));
        if !photo.report().unwrap().passed_through {
            assert_clean_baseline(&photo);
        }
        let mut expected = averaged(&upright, photo.width() as usize, photo.height() as usize);
        if matches!(format, Format::Grey(_)) {
            expected.rgb = expected.rgb.chunks(3).flat_map(|p| scene::grey([p[0], p[1], p[2]])).collect();
        }
        for picture in read_back(&photo) {
            let difference = difference(&picture, &expected);
            prop_assert!(difference < 6.0, "{} from the source", difference);
        }
    }
}
