//! Scales the planes that a video codec decoded to the size of the photo.

use crate::photo::{
    error::Reason,
    prepare::{resize::Scaler, samples::Coding},
};

/// What belongs to a plane of luma, which is in the buffer of decoded pixels.
#[derive(Clone, PartialEq)]
pub(in crate::photo::prepare) struct Subsampled {
    /// Width and height of luma as it is held; the picture is at its upper left.
    pub(in crate::photo::prepare) luma_held: (u32, u32),
    /// Cb and Cr; of no samples if the picture is grey.
    pub(in crate::photo::prepare) chroma: [Vec<u8>; 2],
    /// Width and height of each.
    pub(in crate::photo::prepare) chroma_held: (u32, u32),
    /// Width and height of a sample of chroma in px.
    pub(in crate::photo::prepare) px: (u32, u32),
    /// What the samples mean.
    pub(in crate::photo::prepare) coding: Coding,
}

impl Subsampled {
    /// Scales a picture of `stored` px to the sizes given for luma and for chroma.
    pub(in crate::photo::prepare) fn scale(
        &self,
        scaler: &mut Scaler,
        luma: &[u8],
        stored: (u32, u32),
        [luma_size, chroma_size]: [(u32, u32); 2],
    ) -> Result<[Vec<u8>; 3], Reason> {
        let mut scale = |plane: &[u8], held: (u32, u32), px: (u32, u32), size: (u32, u32)| {
            let mut scaled = Vec::new();
            if !plane.is_empty() {
                // The last sample of chroma may reach over an odd side's end.
                let part = (f64::from(stored.0) / f64::from(px.0), f64::from(stored.1) / f64::from(px.1));
                scaler.scale_part(plane, 1, held, part, size, &mut scaled)?;
            }
            Ok(scaled)
        };
        let [cb, cr] = &self.chroma;
        Ok([
            scale(luma, self.luma_held, (1, 1), luma_size)?,
            scale(cb, self.chroma_held, self.px, chroma_size)?,
            scale(cr, self.chroma_held, self.px, chroma_size)?,
        ])
    }
}
