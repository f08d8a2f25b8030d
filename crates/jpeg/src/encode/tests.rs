use proptest::prelude::*;

use super::huffman::Code;
use super::*;
use crate::tests::picture;

const SAMPLINGS: [Sampling; 2] = [Sampling::Half, Sampling::Full];

/// Three planes: luma, and chroma as the sampling says.
struct Planes {
    width: usize,
    height: usize,
    sampling: Sampling,
    planes: [Vec<u8>; 3],
}

impl Planes {
    fn new(width: usize, height: usize, noise: u32) -> Self {
        Self::sampled(width, height, noise, Sampling::Half)
    }

    fn sampled(width: usize, height: usize, noise: u32, sampling: Sampling) -> Self {
        let plane = |channel: usize, width: usize, height: usize| {
            picture(width, height, noise).into_iter().skip(channel).step_by(3).collect::<Vec<u8>>()
        };
        let (chroma_width, chroma_height) = (sampling.chroma(width), sampling.chroma(height));
        let planes =
            [plane(0, width, height), plane(1, chroma_width, chroma_height), plane(2, chroma_width, chroma_height)];
        Self { width, height, sampling, planes }
    }

    fn samples(&self) -> [Samples<'_>; 3] {
        let [y, cb, cr] = &self.planes;
        let plane = |samples, width, height| Samples { samples, stride: width, width, height };
        let (width, height) = (self.sampling.chroma(self.width), self.sampling.chroma(self.height));
        [plane(y, self.width, self.height), plane(cb, width, height), plane(cr, width, height)]
    }

    fn encoder(&self) -> Encoder {
        let mut encoder = Encoder::new();
        encoder.load(self.samples(), self.sampling);
        encoder
    }
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

fn fits(encoded: Encoded) -> (Vec<u8>, f32) {
    match encoded {
        Encoded::Fits { jpeg, quality } => (jpeg, quality),
        Encoded::TooLarge { bytes } => panic!("{bytes} bytes"),
    }
}

#[test]
fn what_is_written_is_read_back_by_two_decoders() {
    for (width, height) in [(1, 1), (16, 16), (17, 5), (129, 33), (300, 200)] {
        let planes = Planes::sampled(width, height, 8, SAMPLINGS[width / 2 % 2]);
        let (jpeg, quality) = fits(planes.encoder().encode(1 << 20, 1.0));
        assert_eq!(quality, 95.0);
        for luma in read_back(&jpeg) {
            assert_eq!(luma.len(), width * height);
            let error = luma.iter().zip(&planes.planes[0]).map(|(a, b)| f64::from(a.abs_diff(*b))).sum::<f64>();
            assert!(error / ((width * height) as f64) < 3.0, "{width}×{height}: {error}");
        }
    }
}

#[test]
fn full_chroma_is_read_back_as_it_was() {
    for (width, height) in [(1, 1), (8, 8), (17, 5), (129, 33), (300, 200)] {
        let planes = Planes::sampled(width, height, 8, Sampling::Full);
        let (jpeg, _) = fits(planes.encoder().encode(1 << 20, 1.0));
        let mut decoder = jpeg_decoder::Decoder::new(&jpeg[..]);
        decoder.set_color_transform(jpeg_decoder::ColorTransform::RGB);
        let samples = decoder.decode().unwrap();
        for (channel, plane) in planes.planes.iter().enumerate() {
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
    for (sampling, budgets) in [(Sampling::Half, &budgets[..]), (Sampling::Full, &budgets[2..])] {
        let encoder = Planes::sampled(640, 480, 60, sampling).encoder();
        let mut last = 0.0;
        for &budget in budgets {
            let (jpeg, quality) = fits(encoder.encode(budget, 1.0));
            assert!(jpeg.len() <= budget && jpeg.len() * 100 >= budget * 97, "{} of {budget}", jpeg.len());
            assert!(quality > last, "{quality} at {budget}");
            last = quality;
        }
    }
}

#[test]
fn under_the_floor_the_bytes_at_the_floor_are_told() {
    let encoder = Planes::new(320, 240, 100).encoder();
    let Encoded::TooLarge { bytes } = encoder.encode(3_000, 60.0) else { panic!("fits") };
    let (at_floor, _) = fits(encoder.encode(bytes + 200, 60.0));
    assert!(at_floor.len().abs_diff(bytes) * 100 < bytes, "{} {bytes}", at_floor.len());
}

#[test]
fn counted_bytes_are_the_bytes_written() {
    for noise in [0, 20, 120] {
        let encoder = Planes::new(500, 300, noise).encoder();
        for budget in [15_000, 40_000] {
            let fit = rate::fit(&encoder.coefficients, budget, emit::HEADER_BYTES, 1.0).unwrap();
            let mut jpeg = Vec::new();
            emit::file(&encoder.coefficients, &Quantisers::new(fit.scale), &fit.histogram, &mut jpeg);
            // All is exact but the stuffing.
            assert!(jpeg.len().abs_diff(fit.bytes) * 200 <= jpeg.len() + 2_000, "{} {}", jpeg.len(), fit.bytes);
        }
    }
}

#[test]
fn any_processor_gives_the_same_coefficients_and_counts() {
    SAMPLINGS.iter().for_each(|&sampling| agree(&Planes::sampled(333, 111, 70, sampling)));
}

fn agree(planes: &Planes) {
    let (dispatched, mut portable) = (planes.encoder(), planes.encoder());
    portable.coefficients.tiles.iter_mut().for_each(|tile| *tile = [[[0; LANES]; 64]; TILE_GROUPS]);
    transform_portably(&mut portable.coefficients, &portable.weights, planes.samples());
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
