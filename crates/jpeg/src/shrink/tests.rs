use fast_image_resize::images::{TypedImage, TypedImageRef};
use fast_image_resize::pixels::U8;
use fast_image_resize::{FilterType, ResizeAlg, ResizeOptions, Resizer};

use super::*;
use crate::picture::picture;

/// A whole plane as a ring, handed over `step` rows at a time.
fn shrink(samples: &[u8], width: usize, to: (usize, usize), step: usize) -> Vec<u8> {
    let height = samples.len() / width;
    let span = |samples: usize, results| Span { samples, start: 0.0, extent: samples as f64, results };
    let mut shrinker = Shrinker::new();
    let kept = shrinker.start(span(width, to.0), span(height, to.1));
    let mut ring = Ring::default();
    ring.shape(width, step, kept);
    for first in (0..height).step_by(step) {
        let ready = (first + step).min(height);
        for y in first..ready {
            ring.tail_mut(0, y)[..width].copy_from_slice(&samples[y * width..][..width]);
        }
        shrinker.advance(&ring, ready);
    }
    shrinker.result().clone()
}

fn plane(width: usize, height: usize) -> Vec<u8> {
    picture(width, height, 90).into_iter().step_by(3).collect()
}

#[test]
fn an_even_area_stays_exactly_as_it_is() {
    for value in [0, 1, 77, 128, 254, 255] {
        for (width, height, to) in [(100, 40, (41, 17)), (16, 16, (16, 16)), (7, 300, (1, 90)), (5, 5, (10, 3))] {
            let result = shrink(&vec![value; width * height], width, to, 8);
            assert_eq!(result.len(), to.0 * to.1);
            assert!(result.iter().all(|&sample| sample == value), "{value} {width}×{height}");
        }
    }
}

#[test]
fn the_same_size_is_a_copy_however_the_rows_come() {
    let samples = plane(90, 70);
    for step in [1, 8, 16, 70] {
        assert_eq!(shrink(&samples, 90, (90, 70), step), samples, "{step}");
    }
}

#[test]
fn results_are_those_of_fast_image_resize() {
    for (width, height, to) in [(300, 200, (128, 85)), (150, 120, (120, 96)), (64, 64, (40, 7)), (40, 30, (80, 30))] {
        let samples = plane(width, height);
        let ours = shrink(&samples, width, to, 16);
        let source = TypedImageRef::<U8>::from_buffer(width as u32, height as u32, &samples).unwrap();
        let mut theirs = TypedImage::<U8>::new(to.0 as u32, to.1 as u32);
        let options = ResizeOptions::new().resize_alg(ResizeAlg::Convolution(FilterType::Lanczos3));
        Resizer::new().resize_typed(&source, &mut theirs, &options).unwrap();
        let differences: Vec<u8> = ours.iter().zip(theirs.pixels()).map(|(a, b)| a.abs_diff(b.0)).collect();
        let mean = differences.iter().map(|&d| f64::from(d)).sum::<f64>() / differences.len() as f64;
        assert!(
            differences.iter().all(|&d| d <= 2) && mean < 0.3,
            "{width}×{height}: {mean} {:?}",
            differences.iter().max()
        );
    }
}

#[test]
fn how_the_rows_come_does_not_matter() {
    let samples = plane(90, 140);
    let whole = shrink(&samples, 90, (33, 51), 140);
    for step in [1, 2, 4, 8, 16, 32] {
        assert_eq!(shrink(&samples, 90, (33, 51), step), whole, "{step}");
    }
}

#[test]
fn a_part_that_reaches_outside_repeats_the_shape_of_what_is_there() {
    // A slope of one per sample, read half a result further left: half a result's worth lower but at the edge.
    let mut weights = Weights::default();
    let span = Span { samples: 64, start: 0.0, extent: 64.0, results: 32 };
    weights.set(&Kernel::new(), span);
    let usual: Vec<u32> = weights.starts.clone();
    weights.set(&Kernel::new(), Span { start: -2.0, extent: 66.0, results: 33, ..span });
    assert_eq!(weights.starts[1..], usual);
}

#[test]
fn any_processor_gives_the_same_results() {
    let samples = plane(120, 80);
    let mut ring = Ring::default();
    ring.shape(120, 80, 0);
    for y in 0..80 {
        ring.tail_mut(0, y)[..120].copy_from_slice(&samples[y * 120..][..120]);
    }
    let span = |samples: usize, results| Span { samples, start: 0.0, extent: samples as f64, results };
    let (mut across, mut down) = (Weights::default(), Weights::default());
    across.set(&Kernel::new(), span(120, 50));
    down.set(&Kernel::new(), span(80, 16));
    let mut bands = [Band::default(), Band::default()];
    let mut results = [vec![0; 50 * 16], vec![0; 50 * 16]];
    for (portably, (band, out)) in bands.iter_mut().zip(&mut results).enumerate() {
        band.shape(120usize.next_multiple_of(COLUMNS), 50);
        for row in 0..16 {
            if portably == 1 {
                passes::down_portably(&ring, &down, row, band, row);
            } else {
                passes::down(&ring, &down, row, band, row);
            }
        }
        if portably == 1 {
            passes::along_portably::<1>(band, &across, 50, 16, out);
        } else {
            passes::along(band, &across, 1, 50, 16, out);
        }
    }
    assert_eq!(results[0], results[1]);
}
