//! Undoes the filter of a PNG's row (PNG, third edition, §9).

/// The filter that predicts by Paeth.
pub(super) const PAETH: u8 = 4;

/// Undoes the filter of a row of pixels of so many bytes each, by the row above; `None` if there is no such filter.
pub(super) fn unfilter(filter: u8, pixel_bytes: usize, above: &[u8], row: &mut [u8]) -> Option<()> {
    match filter {
        0 => {}
        1 => match pixel_bytes {
            1 => sub::<1>(row),
            2 => sub::<2>(row),
            3 => sub::<3>(row),
            4 => sub::<4>(row),
            6 => sub::<6>(row),
            8 => sub::<8>(row),
            _ => return None,
        },
        2 => row.iter_mut().zip(above).for_each(|(value, above)| *value = value.wrapping_add(*above)),
        3 => match pixel_bytes {
            1 => average::<1>(above, row),
            2 => average::<2>(above, row),
            3 => average::<3>(above, row),
            4 => average::<4>(above, row),
            6 => average::<6>(above, row),
            8 => average::<8>(above, row),
            _ => return None,
        },
        PAETH => match pixel_bytes {
            1 => paeth::<1>(above, row),
            2 => paeth::<2>(above, row),
            3 => paeth::<3>(above, row),
            4 => paeth::<4>(above, row),
            6 => paeth::<6>(above, row),
            8 => paeth::<8>(above, row),
            _ => return None,
        },
        _ => return None,
    }
    Some(())
}

fn sub<const N: usize>(row: &mut [u8]) {
    let mut left = [0; N];
    for pixel in row.as_chunks_mut::<N>().0 {
        for (value, left) in pixel.iter_mut().zip(left) {
            *value = value.wrapping_add(left);
        }
        left = *pixel;
    }
}

fn average<const N: usize>(above: &[u8], row: &mut [u8]) {
    let mut left = [0; N];
    for (pixel, above) in row.as_chunks_mut::<N>().0.iter_mut().zip(above.as_chunks::<N>().0) {
        for (value, (left, above)) in pixel.iter_mut().zip(left.into_iter().zip(above)) {
            *value = value.wrapping_add(((u16::from(left) + u16::from(*above)) / 2) as u8);
        }
        left = *pixel;
    }
}

fn paeth<const N: usize>(above: &[u8], row: &mut [u8]) {
    let (mut left, mut above_left) = ([0i16; N], [0i16; N]);
    for (pixel, above) in row.as_chunks_mut::<N>().0.iter_mut().zip(above.as_chunks::<N>().0) {
        for channel in 0..N {
            let over = i16::from(above[channel]);
            let value = pixel[channel].wrapping_add(nearest(left[channel], over, above_left[channel]) as u8);
            pixel[channel] = value;
            (left[channel], above_left[channel]) = (value.into(), over);
        }
    }
}

/// Paeth's predictor: which of left, above and above left is nearest to `left + above - above_left`, in that order. Written as stb
/// has it, without a distance.
#[inline(always)]
fn nearest(left: i16, above: i16, above_left: i16) -> i16 {
    let threshold = above_left * 3 - (left + above);
    let (low, high) = (left.min(above), left.max(above));
    let value = if high <= threshold { low } else { above_left };
    if threshold <= low { high } else { value }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_predictor_is_the_standards() {
        for left in (0..=255).step_by(5) {
            for above in (0..=255).step_by(3) {
                for above_left in 0..=255 {
                    let estimate = left + above - above_left;
                    let distance = |value: i16| (estimate - value).abs();
                    let (a, b, c) = (distance(left), distance(above), distance(above_left));
                    let wanted = if a <= b && a <= c {
                        left
                    } else if b <= c {
                        above
                    } else {
                        above_left
                    };
                    assert_eq!(nearest(left, above, above_left), wanted, "{left} {above} {above_left}");
                }
            }
        }
    }

    #[test]
    fn every_filter_is_undone_for_pixels_of_every_size() {
        let noise = |seed: u32| {
            (0..48).map(move |i: u32| (i.wrapping_mul(2_654_435_761) ^ seed).wrapping_mul(40_503) as u8 >> (i & 1))
        };
        let (above, wanted): (Vec<u8>, Vec<u8>) = (noise(7).collect(), noise(99).collect());
        for pixel_bytes in [1, 2, 3, 4, 6, 8] {
            for filter in 0..5 {
                let at = |row: &[u8], i: usize| i.checked_sub(pixel_bytes).map_or(0, |i| row[i]);
                let predicted = |i: usize| {
                    let (a, b, c) = (at(&wanted, i), above[i], at(&above, i));
                    match filter {
                        1 => a,
                        2 => b,
                        3 => ((u16::from(a) + u16::from(b)) / 2) as u8,
                        4 => nearest(a.into(), b.into(), c.into()) as u8,
                        _ => 0,
                    }
                };
                let mut row: Vec<u8> = (0..48).map(|i| wanted[i].wrapping_sub(predicted(i))).collect();
                assert_eq!(unfilter(filter, pixel_bytes, &above, &mut row), Some(()));
                assert_eq!(row, wanted, "filter {filter}, {pixel_bytes} bytes");
            }
        }
        assert_eq!(unfilter(5, 3, &above, &mut wanted.clone()), None);
    }
}
