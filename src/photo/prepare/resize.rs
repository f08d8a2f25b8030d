//! Scales a picture to its final size.

use fast_image_resize::images::{TypedImage, TypedImageRef};
use fast_image_resize::pixels::{U8, U8x3, U8x4};
use fast_image_resize::{FilterType, PixelTrait, ResizeAlg, ResizeOptions, Resizer};

use crate::photo::error::Reason;

const FAILED: Reason = Reason::Internal { stage: "resize" };

/// Scales interleaved pictures of one to four 8-bit channels with a Lanczos filter of three lobes; keeps its buffers.
#[derive(Debug, Default)]
pub(super) struct Scaler {
    resizer: Resizer,
}

impl Scaler {
    /// Scales `source` of `from` px into `target`, which becomes a picture of `to` px with as many channels.
    pub(super) fn scale(
        &mut self,
        source: &[u8],
        channels: usize,
        from: (u32, u32),
        to: (u32, u32),
        target: &mut Vec<u8>,
    ) -> Result<(), Reason> {
        self.scale_part(source, channels, from, (from.0.into(), from.1.into()), to, target)
    }

    /// The same of a part at the source's upper left that is so many px wide and high, which need not be whole ones.
    pub(super) fn scale_part(
        &mut self,
        source: &[u8],
        channels: usize,
        from: (u32, u32),
        part: (f64, f64),
        to: (u32, u32),
        target: &mut Vec<u8>,
    ) -> Result<(), Reason> {
        target.clear();
        if part == (f64::from(to.0), f64::from(to.1)) && from == to {
            target.extend_from_slice(source);
            return Ok(());
        }
        target.resize(to.0 as usize * to.1 as usize * channels, 0);
        // By type, because the resizer's choice at run time would compile all its pixel types into this crate.
        match channels {
            1 => self.scale_typed::<U8>(source, from, part, to, target),
            3 => self.scale_typed::<U8x3>(source, from, part, to, target),
            4 => self.scale_typed::<U8x4>(source, from, part, to, target),
            _ => Err(FAILED),
        }
    }

    fn scale_typed<P: PixelTrait>(
        &mut self,
        source: &[u8],
        from: (u32, u32),
        part: (f64, f64),
        to: (u32, u32),
        target: &mut [u8],
    ) -> Result<(), Reason> {
        let source = TypedImageRef::<P>::from_buffer(from.0, from.1, source).map_err(|_| FAILED)?;
        let mut target = TypedImage::<P>::from_buffer(to.0, to.1, target).map_err(|_| FAILED)?;
        // The fourth channel is black ink, not alpha: that was laid over white before.
        let options = ResizeOptions::new()
            .resize_alg(ResizeAlg::Convolution(FilterType::Lanczos3))
            .use_alpha(false)
            .crop(0.0, 0.0, part.0, part.1);
        self.resizer.resize_typed(&source, &mut target, &options).map_err(|_| FAILED)
    }
}

/// The bytes that scaling takes beside source and target: fast_image_resize filters the rows first, all of them.
pub(super) fn scratch_bytes(channels: usize, from: (u32, u32), to: (u32, u32)) -> u64 {
    if from == to { 0 } else { u64::from(to.0) * u64::from(from.1) * channels as u64 }
}

/// The size of a picture scaled so that its long side has at most `long_side` px; never enlarged, no side under 1 px.
pub(super) fn fit(width: u32, height: u32, long_side: u32) -> (u32, u32) {
    let long = width.max(height);
    if long <= long_side {
        return (width, height);
    }
    let scaled =
        |side: u32| ((u64::from(side) * u64::from(long_side) + u64::from(long) / 2) / u64::from(long)).max(1) as u32;
    (scaled(width), scaled(height))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_picture_is_never_enlarged_and_keeps_its_shape() {
        assert_eq!(fit(1280, 960, 1280), (1280, 960));
        assert_eq!(fit(16, 16, 1280), (16, 16));
        assert_eq!(fit(4000, 3000, 1280), (1280, 960));
        assert_eq!(fit(3000, 4000, 1280), (960, 1280));
        assert_eq!(fit(65_535, 1, 1280), (1280, 1));
        assert_eq!(fit(1281, 1281, 1280), (1280, 1280));
    }

    #[test]
    fn one_channel_after_the_other_is_scaled_alike() {
        let source: Vec<u8> = (0..64u8 * 3).map(|i| if i % 3 == 1 { 200 } else { 40 }).collect();
        let mut target = Vec::new();
        Scaler::default().scale(&source, 3, (8, 8), (4, 4), &mut target).unwrap();
        assert!(target.chunks(3).all(|pixel| pixel == [40, 200, 40]), "{target:?}");
    }
}
