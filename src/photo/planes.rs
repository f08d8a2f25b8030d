//! What is a picture between its decoder and its encoder? Three planes, JPEG's own form.

use super::Orientation;
use liveness_jpeg::Sampling;

/// Rows and columns are exchanged in tiles of this side, so that both sides of the exchange stay in the cache.
const TILE_PX: usize = 32;

/// An upright picture in full-range BT.601 YCbCr (JFIF).
#[derive(Clone, Debug, Default, PartialEq)]
pub(super) struct Planes {
    pub(super) width: usize,
    pub(super) height: usize,
    pub(super) sampling: Sampling,
    /// `width` × `height` samples.
    pub(super) y: Vec<u8>,
    /// As many as `sampling` says.
    pub(super) cb: Vec<u8>,
    /// As `cb`.
    pub(super) cr: Vec<u8>,
}

impl Planes {
    /// Takes an interleaved YCbCr picture of `width` px as stored, and turns it upright.
    pub(super) fn set_interleaved(
        &mut self,
        ycc: &[u8],
        width: usize,
        orientation: Orientation,
        scratch: &mut Vec<u8>,
    ) {
        let height = ycc.len() / 3 / width.max(1);
        (self.width, self.height) = if orientation.swaps_sides() { (height, width) } else { (width, height) };
        self.sampling = Sampling::Full;
        for (channel, plane) in [&mut self.y, &mut self.cb, &mut self.cr].into_iter().enumerate() {
            scratch.clear();
            scratch.extend(ycc.as_chunks::<3>().0.iter().map(|pixel| pixel[channel]));
            turn(scratch, width, orientation, plane);
        }
    }

    /// Halves chroma, if that was not done yet.
    ///
    /// Once the planes are upright: halved before, an odd side would shift chroma by half a pixel.
    pub(super) fn halve_chroma(&mut self) {
        if self.sampling == Sampling::Full {
            halve_in_place(&mut self.cb, self.width);
            halve_in_place(&mut self.cr, self.width);
            self.sampling = Sampling::Half;
        }
    }

    /// Takes planes as stored, luma of `size` px and chroma as `sampling` says, and turns them upright. What they held before is
    /// left in the sources.
    pub(super) fn set_planes(
        &mut self,
        sources: [&mut Vec<u8>; 3],
        size: (u32, u32),
        sampling: Sampling,
        orientation: Orientation,
    ) {
        let (width, height) = (size.0 as usize, size.1 as usize);
        (self.width, self.height) = if orientation.swaps_sides() { (height, width) } else { (width, height) };
        self.sampling = sampling;
        let widths = [width, sampling.chroma(width), sampling.chroma(width)];
        for ((source, target), width) in sources.into_iter().zip([&mut self.y, &mut self.cb, &mut self.cr]).zip(widths)
        {
            if orientation == Orientation::Upright {
                std::mem::swap(source, target);
            } else {
                turn(source, width, orientation, target);
            }
        }
    }

    /// Takes a grey picture of `width` px as stored, and turns it upright.
    pub(super) fn set_grey(&mut self, grey: &[u8], width: usize, orientation: Orientation) {
        let height = grey.len() / width.max(1);
        (self.width, self.height) = if orientation.swaps_sides() { (height, width) } else { (width, height) };
        self.sampling = Sampling::Half;
        turn(grey, width, orientation, &mut self.y);
        for chroma in [&mut self.cb, &mut self.cr] {
            chroma.clear();
            chroma.resize(self.width.div_ceil(2) * self.height.div_ceil(2), 128);
        }
    }
}

/// Turns a plane of `width` px upright.
pub(super) fn turn(plane: &[u8], width: usize, orientation: Orientation, upright: &mut Vec<u8>) {
    use Orientation::*;
    let height = plane.len() / width.max(1);
    upright.clear();
    match orientation {
        Upright => upright.extend_from_slice(plane),
        Rotate180 => upright.extend(plane.iter().rev()),
        MirrorHorizontal => plane.chunks_exact(width.max(1)).for_each(|row| upright.extend(row.iter().rev())),
        MirrorVertical => plane.chunks_exact(width.max(1)).rev().for_each(|row| upright.extend_from_slice(row)),
        Transpose | Rotate90 | Transverse | Rotate270 => {
            upright.resize(width * height, 0);
            let flip_x = matches!(orientation, Rotate90 | Transverse);
            let flip_y = matches!(orientation, Rotate270 | Transverse);
            for (tile_y, tile_x) in
                (0..height).step_by(TILE_PX).flat_map(|y| (0..width).step_by(TILE_PX).map(move |x| (y, x)))
            {
                for x in tile_x..(tile_x + TILE_PX).min(width) {
                    let row = if flip_y { width - 1 - x } else { x } * height;
                    for y in tile_y..(tile_y + TILE_PX).min(height) {
                        upright[row + if flip_x { height - 1 - y } else { y }] = plane[y * width + x];
                    }
                }
            }
        }
    }
}

/// Averages squares of four, the last column and row repeated where a side is odd. No result lands before its square was read.
fn halve_in_place(plane: &mut Vec<u8>, width: usize) {
    let width = width.max(1);
    let (height, half_width) = (plane.len() / width, width.div_ceil(2));
    for y in 0..height.div_ceil(2) {
        let (top, bottom) = (2 * y * width, (2 * y + 1).min(height - 1) * width);
        for x in 0..half_width {
            let (left, right) = (2 * x, (2 * x + 1).min(width - 1));
            let sum = [top + left, top + right, bottom + left, bottom + right].map(|at| u16::from(plane[at]));
            plane[y * half_width + x] = ((sum.iter().sum::<u16>() + 2) / 4) as u8;
        }
    }
    plane.truncate(half_width * height.div_ceil(2));
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_orientation_puts_the_first_row_where_exif_says_it_is() {
        // EXIF 2.32, tag 0x0112: which side of the scene the 0th row and the 0th column show. Stored 3×2: 1 2 3 / 4 5 6.
        let stored = [1, 2, 3, 4, 5, 6];
        for (number, width, upright) in [
            (1, 3, [1, 2, 3, 4, 5, 6]),
            (2, 3, [3, 2, 1, 6, 5, 4]),
            (3, 3, [6, 5, 4, 3, 2, 1]),
            (4, 3, [4, 5, 6, 1, 2, 3]),
            (5, 2, [1, 4, 2, 5, 3, 6]),
            (6, 2, [4, 1, 5, 2, 6, 3]),
            (7, 2, [6, 3, 5, 2, 4, 1]),
            (8, 2, [3, 6, 2, 5, 1, 4]),
        ] {
            let orientation = Orientation::from_exif(number).unwrap();
            let mut planes = Planes::default();
            planes.set_grey(&stored, 3, orientation);
            assert_eq!((planes.width, &planes.y[..]), (width, &upright[..]), "orientation {number}");
        }
    }

    #[test]
    fn tiles_do_not_show() {
        let (width, height) = (TILE_PX * 2 + 5, TILE_PX + 3);
        let plane: Vec<u8> = (0..width * height).map(|i| (i % 251) as u8).collect();
        let (mut turned, mut back) = (Vec::new(), Vec::new());
        turn(&plane, width, Orientation::Rotate90, &mut turned);
        turn(&turned, height, Orientation::Rotate270, &mut back);
        assert_eq!(plane, back);
        assert_eq!(turned[0], plane[(height - 1) * width]);
    }

    #[test]
    fn an_odd_side_repeats_its_last_samples() {
        let mut plane = vec![10, 20, 30, 30, 40, 50, 80, 90, 100];
        halve_in_place(&mut plane, 3);
        assert_eq!(plane, [25, 40, 85, 100]);
        let mut plane = vec![7];
        halve_in_place(&mut plane, 1);
        assert_eq!(plane, [7]);
    }
}
