//! Undoes the Paeth filter of four rows at once.
//!
//! Each pixel waits for the one to its left, which is why a row alone takes its time. But a row can follow the one above at a
//! distance of one pixel: four rows are four pixels at once, each of four 16-bit lanes. The pixel that a row made last is the one
//! to the left of its next, and the one above the next of the row below. Written with the processor's own instructions, because
//! the compiler makes no vectors of it; what AVX2 does not run on takes one row after the other.

#[cfg(target_arch = "x86_64")]
use std::arch::x86_64::*;

use multiversion::{multiversion, target::match_target};

/// Rows that are undone together.
pub(super) const ROWS: usize = 4;

/// Undoes Paeth's filter of four rows of pixels of so many bytes, by the row above them. `false` if that is not done here, and nothing
/// was changed.
#[multiversion(targets("x86_64+avx2"))]
pub(super) fn unfilter_four(pixel_bytes: usize, above: &[u8], rows: [&mut [u8]; ROWS]) -> bool {
    match_target! {
        "x86_64+avx2" => match pixel_bytes {
            3 => four::<3>(above, rows),
            4 => four::<4>(above, rows),
            _ => return false,
        },
        _ => {
            let _ = (pixel_bytes, above, rows);
            return false;
        }
    }
    #[allow(unreachable_code, reason = "where no target matches")]
    true
}

/// Four rows of pixels of `N` bytes, 3 or 4. A fourth lane of three belongs to the next pixel, and is not written.
#[cfg(target_arch = "x86_64")]
#[target_feature(enable = "avx2")]
fn four<const N: usize>(above: &[u8], rows: [&mut [u8]; ROWS]) {
    let mut front = Front { made: [_mm_setzero_si128(); 2], above: [_mm_setzero_si128(); 2] };
    let [a, b, c, d] = rows;
    // Of one length, so that one check is enough for all.
    let bytes = above.len().min(a.len()).min(b.len()).min(c.len()).min(d.len());
    let (above, a, b, c, d) = (&above[..bytes], &mut a[..bytes], &mut b[..bytes], &mut c[..bytes], &mut d[..bytes]);
    let pixels = bytes / N;
    // From the fourth pixel on all rows are under way; the last pixel has no fourth byte behind it.
    let start = (ROWS - 1).min(pixels);
    let end = pixels.saturating_sub(1).max(start);
    for pixel in 0..start {
        front.step_at_end::<N>(pixel, above, [a, b, c, d]);
    }
    for pixel in start..end {
        let at = pixel * N;
        let stored = [word(a, at), word(b, at - N), word(c, at - 2 * N), word(d, at - 3 * N)];
        let [made_a, made_b, made_c, made_d] = front.step(word(above, at), stored).map(u32::to_le_bytes);
        a[at..at + N].copy_from_slice(&made_a[..N]);
        b[at - N..at].copy_from_slice(&made_b[..N]);
        c[at - 2 * N..at - N].copy_from_slice(&made_c[..N]);
        d[at - 3 * N..at - 2 * N].copy_from_slice(&made_d[..N]);
    }
    for pixel in end..pixels + ROWS - 1 {
        front.step_at_end::<N>(pixel, above, [a, b, c, d]);
    }
}

/// Where the four rows are: two of them in each vector, eight lanes of 16 bits.
#[cfg(target_arch = "x86_64")]
struct Front {
    /// The pixels made last.
    made: [__m128i; 2],
    /// The pixels above them.
    above: [__m128i; 2],
}

#[cfg(target_arch = "x86_64")]
impl Front {
    /// Makes a pixel of each row of the stored ones; that of the first row is below `above`.
    #[target_feature(enable = "avx2")]
    #[inline]
    fn step(&mut self, above: u32, stored: [u32; ROWS]) -> [u32; ROWS] {
        let [upper, lower] = self.made;
        let over = [
            _mm_unpacklo_epi64(_mm_cvtepu8_epi16(_mm_cvtsi32_si128(above as i32)), upper),
            _mm_alignr_epi8(lower, upper, 8),
        ];
        let [a, b, c, d] = stored.map(|word| word as i32);
        let stored = _mm_set_epi32(d, c, b, a);
        let stored = [_mm_cvtepu8_epi16(stored), _mm_unpackhi_epi8(stored, _mm_setzero_si128())];
        for half in 0..2 {
            let nearest = nearest(self.made[half], over[half], self.above[half]);
            self.made[half] = _mm_and_si128(_mm_add_epi16(stored[half], nearest), _mm_set1_epi16(0xFF));
        }
        self.above = over;
        let made = _mm_packus_epi16(self.made[0], self.made[1]);
        [
            _mm_extract_epi32::<0>(made) as u32,
            _mm_extract_epi32::<1>(made) as u32,
            _mm_extract_epi32::<2>(made) as u32,
            _mm_extract_epi32::<3>(made) as u32,
        ]
    }

    /// The same where a row has not begun, or is over: such a row's pixels are zero, and so is what is made of them before it
    /// begins.
    #[target_feature(enable = "avx2")]
    fn step_at_end<const N: usize>(&mut self, pixel: usize, above: &[u8], rows: [&mut [u8]; ROWS]) {
        let place = |row: usize| pixel.checked_sub(row).map_or(0..0, |pixel| pixel * N..(pixel + 1) * N);
        let pixel_of = |row: &[u8], place: std::ops::Range<usize>| {
            let mut word = [0; 4];
            let pixel = row.get(place).unwrap_or_default();
            word[..pixel.len()].copy_from_slice(pixel);
            u32::from_le_bytes(word)
        };
        let mut stored = [0; ROWS];
        for (row, stored) in stored.iter_mut().enumerate() {
            *stored = pixel_of(rows[row], place(row));
        }
        let made = self.step(pixel_of(above, place(0)), stored);
        for (index, (row, made)) in rows.into_iter().zip(made).enumerate() {
            if let Some(pixel) = row.get_mut(place(index)) {
                pixel.copy_from_slice(&made.to_le_bytes()[..pixel.len()]);
            }
        }
    }
}

/// Paeth's predictor, as in `unfilter`.
#[cfg(target_arch = "x86_64")]
#[target_feature(enable = "avx2")]
#[inline]
fn nearest(left: __m128i, over: __m128i, over_left: __m128i) -> __m128i {
    let thrice = _mm_add_epi16(_mm_add_epi16(over_left, over_left), over_left);
    let threshold = _mm_sub_epi16(thrice, _mm_add_epi16(left, over));
    let (low, high) = (_mm_min_epi16(left, over), _mm_max_epi16(left, over));
    let value = _mm_blendv_epi8(low, over_left, _mm_cmpgt_epi16(high, threshold));
    _mm_blendv_epi8(high, value, _mm_cmpgt_epi16(threshold, low))
}

/// Four bytes from `at`.
#[cfg(target_arch = "x86_64")]
#[inline(always)]
fn word(row: &[u8], at: usize) -> u32 {
    row.get(at..).and_then(|rest| rest.first_chunk()).map_or(0, |bytes| u32::from_le_bytes(*bytes))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::photo::prepare::decode::png::unfilter::unfilter;

    #[test]
    fn four_rows_at_once_become_what_each_becomes_alone() {
        let noise = |i: u32| (i.wrapping_mul(2_654_435_761) ^ i >> 3).wrapping_mul(40_503).to_be_bytes()[1];
        for pixel_bytes in [3, 4] {
            for pixels in [1, 2, 3, 4, 5, 6, 7, 100, 641] {
                let bytes = pixels * pixel_bytes;
                let rows: Vec<u8> = (0..5 * bytes as u32).map(noise).collect();
                let (above, stored) = rows.split_at(bytes);
                let mut wanted = stored.to_vec();
                for row in 0..ROWS {
                    let (before, rest) = wanted.split_at_mut(row * bytes);
                    let above = before.get(before.len().wrapping_sub(bytes)..).unwrap_or(above);
                    assert_eq!(unfilter(4, pixel_bytes, above, &mut rest[..bytes]), Some(()));
                }
                let mut made = stored.to_vec();
                let mut parts = made.chunks_exact_mut(bytes);
                let parts = std::array::from_fn(|_| parts.next().unwrap());
                if unfilter_four(pixel_bytes, above, parts) {
                    assert_eq!(made, wanted, "{pixels} px of {pixel_bytes} bytes");
                } else {
                    assert_eq!(made, stored);
                }
            }
        }
    }
}
