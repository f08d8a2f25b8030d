use proptest::prelude::*;

use super::huffman::Code;
use super::*;
use crate::picture::picture;

const SAMPLINGS: [Sampling; 2] = [Sampling::S420, Sampling::S444];

/// A picture with as much chroma as the sampling says, each plane made for itself.
fn planes(width: usize, height: usize, noise: u32, sampling: Sampling) -> Planes {
    let (width, height) = (width as u32, height as u32);
    let plane = |channel: usize, width: u32, height: u32| {
        picture(width as usize, height as usize, noise).into_iter().skip(channel).step_by(3).collect::<Vec<u8>>()
    };
    let chroma = |channel| plane(channel, sampling.chroma(width), sampling.chroma(height));
    Planes::from_yuv(width, height, sampling, [plane(0, width, height), chroma(1), chroma(2)]).unwrap()
}

fn loaded(planes: &Planes) -> Encoder {
    let mut encoder = Encoder::new();
    encoder.load(planes);
    encoder
}

fn encode(planes: &Planes, budget: Budget) -> Encoded {
    Encoder::new().encode(planes, budget).unwrap()
}

/// Luma as zune-jpeg and jpeg-decoder read it.
fn read_back(file: &[u8]) -> [Vec<u8>; 2] {
    let options = zune_core::options::DecoderOptions::default()
        .set_strict_mode(true)
        .jpeg_set_out_colorspace(zune_core::colorspace::ColorSpace::YCbCr);
    let zune =
        zune_jpeg::JpegDecoder::new_with_options(zune_core::bytestream::ZCursor::new(file), options).decode().unwrap();
    let mut other = jpeg_decoder::Decoder::new(file);
    other.set_color_transform(jpeg_decoder::ColorTransform::RGB);
    [zune, other.decode().unwrap()].map(|samples| samples.into_iter().step_by(3).collect())
}

#[test]
fn what_is_written_is_read_back_by_two_decoders() {
    for (width, height) in [(1, 1), (16, 16), (17, 5), (129, 33), (300, 200)] {
        let planes = planes(width, height, 8, SAMPLINGS[width / 2 % 2]);
        let Encoded { bytes, quality } = encode(&planes, Budget::bytes(1 << 20));
        assert_eq!(quality, 95.0);
        for luma in read_back(&bytes) {
            assert_eq!(luma.len(), width * height);
            let error = luma.iter().zip(planes.y()).map(|(a, b)| f64::from(a.abs_diff(*b))).sum::<f64>();
            assert!(error / ((width * height) as f64) < 3.0, "{width}×{height}: {error}");
        }
    }
}

#[test]
fn full_chroma_is_read_back_as_it_was() {
    for (width, height) in [(1, 1), (8, 8), (17, 5), (129, 33), (300, 200)] {
        let planes = planes(width, height, 8, Sampling::S444);
        let file = encode(&planes, Budget::bytes(1 << 20)).bytes;
        let mut decoder = jpeg_decoder::Decoder::new(&file[..]);
        decoder.set_color_transform(jpeg_decoder::ColorTransform::RGB);
        let samples = decoder.decode().unwrap();
        for (channel, plane) in [planes.y(), planes.cb(), planes.cr()].into_iter().enumerate() {
            let read = samples.iter().skip(channel).step_by(3);
            let error = read.zip(plane).map(|(a, b)| f64::from(a.abs_diff(*b))).sum::<f64>();
            assert!(error / ((width * height) as f64) < 3.0, "{width}×{height}, channel {channel}: {error}");
        }
    }
}

#[test]
fn a_budget_is_never_exceeded_and_nearly_used() {
    let budgets = [25_000, 33_000, 50_000, 80_000, 110_000];
    // The noise of full chroma takes more than the smallest two at any quality.
    for (sampling, budgets) in [(Sampling::S420, &budgets[..]), (Sampling::S444, &budgets[2..])] {
        let planes = planes(640, 480, 60, sampling);
        let mut last = 0.0;
        for &budget in budgets {
            let Encoded { bytes, quality } = encode(&planes, Budget::bytes(budget));
            assert!(bytes.len() <= budget && bytes.len() * 100 >= budget * 97, "{} of {budget}", bytes.len());
            assert!(quality > last, "{quality} at {budget}");
            last = quality;
        }
    }
}

#[test]
fn under_the_lowest_quality_the_bytes_there_are_told() {
    let planes = planes(320, 240, 100, Sampling::S420);
    let budget = |bytes| Budget::bytes(bytes).with_min_quality(60.0);
    let error = Encoder::new().encode(&planes, budget(3_000)).unwrap_err();
    let Error::OverBudget { bytes, max_bytes: 3_000 } = error else { panic!("{error}") };
    let at_the_lowest = encode(&planes, budget(bytes + 200)).bytes.len();
    assert!(at_the_lowest.abs_diff(bytes) * 100 < bytes, "{at_the_lowest} {bytes}");
}

#[test]
fn a_quality_is_that_of_other_encoders_in_steps_and_in_what_is_told() {
    let planes = planes(64, 48, 30, Sampling::S420);
    let sizes = [1.0, 10.0, 50.0, 75.5, 95.0, 100.0].map(|quality| {
        let Encoded { bytes, quality: reached } = encode(&planes, Budget::quality(quality));
        assert_eq!(reached, quality);
        // The first step of luma, after SOI, APP0 and the head of DQT: T.81 table K.1 has 16.
        let step = f32::from(bytes[25]);
        let expected = if quality < 50.0 { 16.0 * 50.0 / quality } else { 16.0 * (2.0 - quality / 50.0) };
        assert!((step - expected.clamp(1.0, 255.0)).abs() <= 0.5, "{quality}: {step} {expected}");
        assert!(read_back(&bytes).iter().all(|luma| luma.len() == 64 * 48));
        bytes.len()
    });
    assert!(sizes.is_sorted(), "{sizes:?}");
}

#[test]
fn what_is_no_quality_is_bounded() {
    let planes = planes(32, 32, 30, Sampling::S420);
    for (quality, used) in [(f32::NAN, 1.0), (-3.0, 1.0), (f32::INFINITY, 100.0), (1000.0, 100.0)] {
        assert_eq!(encode(&planes, Budget::quality(quality)).quality, used, "{quality}");
    }
    let crossed = Budget::bytes(1 << 20).with_min_quality(90.0).with_max_quality(40.0);
    assert_eq!((crossed.min_quality(), encode(&planes, crossed).quality), (40.0, 40.0));
}

#[test]
fn no_picture_is_refused() {
    let error = Encoder::new().encode(&Planes::new(), Budget::bytes(1_000)).unwrap_err();
    assert_eq!(error, Error::InvalidSize { width: 0, height: 0 });
}

#[test]
fn an_encoder_that_was_used_writes_what_a_new_one_writes() {
    let mut encoder = Encoder::new();
    for (width, height, sampling) in [(200, 100, Sampling::S444), (33, 70, Sampling::S420), (200, 100, Sampling::S420)]
    {
        let planes = planes(width, height, 40, sampling);
        assert_eq!(encoder.encode(&planes, Budget::bytes(15_000)).unwrap(), encode(&planes, Budget::bytes(15_000)));
    }
}

#[test]
fn counted_bytes_are_the_bytes_written() {
    let qualities = (quant::scale_of(95.0), quant::scale_of(1.0));
    for noise in [0, 20, 120] {
        let encoder = loaded(&planes(500, 300, noise, Sampling::S420));
        for budget in [15_000, 40_000] {
            let fit = rate::fit(&encoder.coefficients, budget, emit::HEADER_BYTES, qualities).unwrap();
            let mut jpeg = Vec::new();
            emit::file(&encoder.coefficients, &Quantisers::new(fit.scale), &fit.histogram, &mut jpeg);
            // All is exact but the stuffing.
            assert!(jpeg.len().abs_diff(fit.bytes) * 200 <= jpeg.len() + 2_000, "{} {}", jpeg.len(), fit.bytes);
        }
    }
}

#[test]
fn any_processor_gives_the_same_coefficients_and_counts() {
    SAMPLINGS.iter().for_each(|&sampling| agree(&planes(333, 111, 70, sampling)));
}

fn agree(planes: &Planes) {
    let (dispatched, mut portable) = (loaded(planes), loaded(planes));
    portable.coefficients.tiles.iter_mut().for_each(|tile| *tile = [[[0; LANES]; 64]; TILE_GROUPS]);
    transform_portably(&mut portable.coefficients, &portable.weights, samples(planes));
    assert!(dispatched.coefficients.tiles == portable.coefficients.tiles);
    let quantisers = Quantisers::new(0.7);
    let [a, b] = [rate::histogram, rate::histogram_portably]
        .map(|histogram| histogram(&dispatched.coefficients, &quantisers, 1));
    assert_eq!((a.dc, a.ac), (b.dc, b.ac));
}

#[test]
fn quantising_is_division_rounded_to_the_nearest() {
    let mut group = [[0; LANES]; 64];
    let mut levels = [[0; LANES]; 64];
    for scale in [0.1, 0.5, 1.0, 3.0, 50.0] {
        let quantisers = Quantisers::new(scale);
        for value in (-16_384..=16_383i32).step_by(37) {
            group.iter_mut().flatten().for_each(|coefficient| *coefficient = value as i16);
            for table in &quantisers.tables {
                let nonzero = table.apply(&group, &mut levels);
                for (index, level) in levels.iter().enumerate() {
                    let exact = f64::from(value) / 16.0 / f64::from(table.steps[index]);
                    assert!((f64::from(level[3]) - exact).abs() <= 0.5 + 1e-3, "{value} {index} {level:?} {exact}");
                    assert_eq!(nonzero[3] >> index & 1 == 1, level[3] != 0);
                }
            }
        }
    }
}

proptest! {
    #[test]
    fn codes_are_valid_for_any_frequencies(
        frequencies in prop::collection::vec((0usize..256, 1u32..1_000_000), 0..256),
        steep in any::<bool>(),
    ) {
        let mut counts = [0u32; 256];
        for (rank, (symbol, frequency)) in frequencies.into_iter().enumerate() {
            // Frequencies that double make the longest codes.
            counts[symbol] = if steep { 1 << rank.min(30) } else { frequency };
        }
        let code = Code::new(&counts);
        let used = counts.iter().filter(|&&count| count > 0).count();
        prop_assert_eq!(code.symbols().len(), used.max(1));
        let mass: u32 = (1..=16).zip(code.counts).map(|(length, count)| u32::from(count) << (16 - length)).sum();
        prop_assert!(mass < 1 << 16, "the code of all ones must stay free");
        prop_assert_eq!(code.counts.iter().map(|&count| usize::from(count)).sum::<usize>(), used.max(1));
        for (symbol, &(length, _)) in code.table().iter().enumerate() {
            prop_assert!(counts[symbol] == 0 || (1..=16).contains(&length));
        }
    }
}
