//! A picture as three planes, JPEG's own form.

use std::fmt;

use zeroize::Zeroize;

use crate::{
    colour::{blue_difference, halve, luma, red_difference, take_apart},
    error::Error,
    orientation::Orientation,
    sampling::Sampling,
};

/// The largest side of a JPEG.
pub(crate) const MAX_SIDE_PX: u32 = 65_535;

/// An upright picture in YCbCr: a plane of luma and two of chroma, 8 bits a sample, full range BT.601 as in JFIF, row
/// after row without gaps. It is meant for reuse: its buffers are kept from one picture to the next, and zeroed when
/// it is dropped.
///
/// ```
/// use liveness_jpeg::{Orientation, Planes};
///
/// // The pixels of another decoder, of a picture that is turned.
/// let mut planes = Planes::new();
/// planes.set_rgb(&[200; 3 * 4 * 2], 4, 2, Orientation::Rotate90)?;
/// assert_eq!((planes.width(), planes.height()), (2, 4));
/// planes.halve_chroma();
/// assert_eq!((planes.y().len(), planes.cb().len()), (8, 2));
/// # Ok::<(), liveness_jpeg::Error>(())
/// ```
#[derive(Clone, Default, PartialEq)]
pub struct Planes {
    width: u32,
    height: u32,
    sampling: Sampling,
    y: Vec<u8>,
    cb: Vec<u8>,
    cr: Vec<u8>,
}

impl Planes {
    /// No picture yet: 0×0 px.
    pub const fn new() -> Self {
        Self { width: 0, height: 0, sampling: Sampling::S420, y: Vec::new(), cb: Vec::new(), cr: Vec::new() }
    }

    /// Takes existing planes: luma, Cb, Cr, of a picture of `width` × `height` px, with chroma as `sampling` has it.
    ///
    /// ```
    /// use liveness_jpeg::{Planes, Sampling};
    ///
    /// let planes = Planes::from_yuv(3, 2, Sampling::S420, [vec![90; 6], vec![128; 2], vec![128; 2]])?;
    /// assert_eq!(planes.cb().len(), 2);
    /// # Ok::<(), liveness_jpeg::Error>(())
    /// ```
    ///
    /// # Errors
    ///
    /// [`Error::InvalidSize`], or [`Error::WrongLength`] for the first plane whose number of samples does not match
    /// the size.
    pub fn from_yuv(width: u32, height: u32, sampling: Sampling, planes: [Vec<u8>; 3]) -> Result<Self, Error> {
        let [y, cb, cr] = planes;
        let chroma = (sampling.chroma(width), sampling.chroma(height));
        for (plane, size) in [(&y, (width, height)), (&cb, chroma), (&cr, chroma)] {
            check(plane, size, 1)?;
        }
        Ok(Self { width, height, sampling, y, cb, cr })
    }

    /// Takes a grey picture of `width` × `height` px, one byte each, and turns it upright.
    ///
    /// # Errors
    ///
    /// [`Error::InvalidSize`] or [`Error::WrongLength`]. In both cases the planes keep their old content.
    pub fn set_grey(&mut self, grey: &[u8], width: u32, height: u32, orientation: Orientation) -> Result<(), Error> {
        let size = check(grey, (width, height), 1)?;
        orientation.turn(|at| grey[at], size, &mut self.y);
        self.shape(orientation.turned((width, height)), Sampling::S420);
        self.neutral_chroma();
        Ok(())
    }

    /// Takes a picture of `width` × `height` px in full-range BT.601, three bytes each: Y, Cb, Cr; turns it upright. It has chroma
    /// for each px until [`halve_chroma`](Self::halve_chroma).
    ///
    /// # Errors
    ///
    /// [`Error::InvalidSize`] or [`Error::WrongLength`]. In both cases the planes keep their old content.
    pub fn set_ycbcr(&mut self, ycc: &[u8], width: u32, height: u32, orientation: Orientation) -> Result<(), Error> {
        let size = check(ycc, (width, height), 3)?;
        let ycc = ycc.as_chunks::<3>().0;
        for (channel, plane) in [&mut self.y, &mut self.cb, &mut self.cr].into_iter().enumerate() {
            orientation.turn(|at| ycc[at][channel], size, plane);
        }
        self.shape(orientation.turned((width, height)), Sampling::S444);
        Ok(())
    }

    /// Takes a picture of `width` × `height` px in sRGB, three bytes each: R, G, B; turns it upright. It has chroma for each px
    /// until [`halve_chroma`](Self::halve_chroma).
    ///
    /// ```
    /// use liveness_jpeg::{Budget, Encoder, Orientation, Planes};
    ///
    /// let rgb = [200, 30, 30].repeat(320 * 240); // as a PNG decoder hands it out
    /// let mut planes = Planes::new();
    /// planes.set_rgb(&rgb, 320, 240, Orientation::Upright)?;
    /// planes.halve_chroma();
    /// let file = Encoder::new().encode(&planes, Budget::quality(85.0))?;
    /// assert_eq!(file.quality, 85.0);
    /// # Ok::<(), liveness_jpeg::Error>(())
    /// ```
    ///
    /// # Errors
    ///
    /// [`Error::InvalidSize`] or [`Error::WrongLength`]. In both cases the planes keep their old content.
    pub fn set_rgb(&mut self, rgb: &[u8], width: u32, height: u32, orientation: Orientation) -> Result<(), Error> {
        let size = check(rgb, (width, height), 3)?;
        let rgb = rgb.as_chunks::<3>().0;
        if orientation == Orientation::Upright {
            for plane in [&mut self.y, &mut self.cb, &mut self.cr] {
                plane.resize(rgb.len(), 0);
            }
            take_apart(rgb, &mut self.y, &mut self.cb, &mut self.cr);
        } else {
            orientation.turn(|at| luma(rgb[at]), size, &mut self.y);
            orientation.turn(|at| blue_difference(rgb[at]), size, &mut self.cb);
            orientation.turn(|at| red_difference(rgb[at]), size, &mut self.cr);
        }
        self.shape(orientation.turned((width, height)), Sampling::S444);
        Ok(())
    }

    /// Halves the width and height of chroma, if that was not done yet, by the mean of each four samples.
    pub fn halve_chroma(&mut self) {
        if self.sampling == Sampling::S444 {
            halve(&mut self.cb, self.width as usize);
            halve(&mut self.cr, self.width as usize);
            self.sampling = Sampling::S420;
        }
    }

    /// The width in px.
    pub const fn width(&self) -> u32 {
        self.width
    }

    /// The height in px.
    pub const fn height(&self) -> u32 {
        self.height
    }

    /// How much chroma there is.
    pub const fn sampling(&self) -> Sampling {
        self.sampling
    }

    /// Luma: `width` × `height` samples, 0 black to 255 white.
    pub fn y(&self) -> &[u8] {
        &self.y
    }

    /// Blue-difference chroma, 128 where grey; as many samples as [`Sampling::chroma`] gives for the width and
    /// height.
    pub fn cb(&self) -> &[u8] {
        &self.cb
    }

    /// Red-difference chroma, 128 where grey; as many samples as [`cb`](Self::cb).
    pub fn cr(&self) -> &[u8] {
        &self.cr
    }

    /// Takes planes as stored, luma of `size` px, all three or luma alone, and turns them upright. Their old content
    /// is left in the sources.
    pub(crate) fn take<'a>(
        &mut self,
        sources: impl Iterator<Item = &'a mut Vec<u8>>,
        size: (u32, u32),
        sampling: Sampling,
        orientation: Orientation,
    ) {
        let chroma = (sampling.chroma(size.0), sampling.chroma(size.1));
        let targets = [(&mut self.y, size), (&mut self.cb, chroma), (&mut self.cr, chroma)];
        let mut taken = 0;
        for (source, (target, (width, height))) in sources.zip(targets) {
            if orientation == Orientation::Upright {
                std::mem::swap(source, target);
            } else {
                orientation.turn(|at| source[at], (width as usize, height as usize), target);
            }
            taken += 1;
        }
        self.shape(orientation.turned(size), sampling);
        if taken == 1 {
            self.sampling = Sampling::S420;
            self.neutral_chroma();
        }
    }

    /// Refuses planes without a picture.
    pub(crate) fn check_size(&self) -> Result<(), Error> {
        check_size((self.width, self.height))
    }

    fn shape(&mut self, (width, height): (u32, u32), sampling: Sampling) {
        (self.width, self.height, self.sampling) = (width, height, sampling);
    }

    fn neutral_chroma(&mut self) {
        let samples = self.sampling.chroma(self.width) as usize * self.sampling.chroma(self.height) as usize;
        for chroma in [&mut self.cb, &mut self.cr] {
            chroma.clear();
            chroma.resize(samples, 128);
        }
    }
}

impl fmt::Debug for Planes {
    /// Without the samples.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Planes")
            .field("width", &self.width)
            .field("height", &self.height)
            .field("sampling", &self.sampling)
            .finish_non_exhaustive()
    }
}

impl Drop for Planes {
    fn drop(&mut self) {
        [&mut self.y, &mut self.cb, &mut self.cr].into_iter().for_each(Zeroize::zeroize);
    }
}

/// Refuses sides that are too large for a JPEG.
pub(crate) fn check_size((width, height): (u32, u32)) -> Result<(), Error> {
    let side = 1..=MAX_SIDE_PX;
    if side.contains(&width) && side.contains(&height) { Ok(()) } else { Err(Error::InvalidSize { width, height }) }
}

/// Refuses a buffer that does not have exactly the samples of a picture of that size.
fn check(samples: &[u8], (width, height): (u32, u32), channels: usize) -> Result<(usize, usize), Error> {
    check_size((width, height))?;
    let size = (width as usize, height as usize);
    // At most 3 × 65,535² samples, which 32 bits cannot count: such a buffer is never whole there.
    let expected = size.0.saturating_mul(size.1).saturating_mul(channels);
    if samples.len() == expected { Ok(size) } else { Err(Error::WrongLength { samples: samples.len(), expected }) }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_picture_is_taken_apart_and_turned() {
        let mut planes = Planes::new();
        planes.set_ycbcr(&[1, 10, 20, 2, 11, 21], 2, 1, Orientation::Rotate90).unwrap();
        assert_eq!((planes.width(), planes.height(), planes.sampling()), (1, 2, Sampling::S444));
        assert_eq!((planes.y(), planes.cb(), planes.cr()), (&[1, 2][..], &[10, 11][..], &[20, 21][..]));
        planes.set_grey(&[5, 6, 7], 3, 1, Orientation::Rotate180).unwrap();
        assert_eq!((planes.y(), planes.cb(), planes.sampling()), (&[7, 6, 5][..], &[128; 2][..], Sampling::S420));
    }

    #[test]
    fn what_makes_no_picture_is_refused_and_changes_nothing() {
        let mut planes = Planes::new();
        planes.set_grey(&[9; 4], 2, 2, Orientation::Upright).unwrap();
        let before = planes.clone();
        let wrong = Err(Error::WrongLength { samples: 5, expected: 4 });
        assert_eq!(planes.set_grey(&[1; 5], 2, 2, Orientation::Upright), wrong);
        assert_eq!(planes.set_rgb(&[], 0, 7, Orientation::Upright), Err(Error::InvalidSize { width: 0, height: 7 }));
        assert!(matches!(planes.set_ycbcr(&[], 65_536, 1, Orientation::Upright), Err(Error::InvalidSize { .. })));
        assert!(matches!(
            planes.set_rgb(&[0; 12], 65_535, 65_535, Orientation::Upright),
            Err(Error::WrongLength { .. })
        ));
        assert_eq!(planes, before);
        let yuv = |cb| Planes::from_yuv(3, 3, Sampling::S420, [vec![0; 9], vec![0; cb], vec![0; 4]]).map(|_| ());
        assert_eq!((yuv(4), yuv(9)), (Ok(()), Err(Error::WrongLength { samples: 9, expected: 4 })));
    }
}
