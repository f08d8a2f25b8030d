//! How do planes that a video codec decoded become planes of the photo's size?

use crate::photo::{
    error::Reason,
    prepare::{
        resize::Scaler,
        samples::{Coding, Table},
    },
};

/// A picture of luma, and behind it Cb and Cr, each by itself.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(in crate::photo::prepare) struct Subsampled {
    /// Width and height of a plane of chroma; nothing if the picture is grey.
    pub(in crate::photo::prepare) chroma: (u32, u32),
    /// Width and height of a sample of chroma in px.
    pub(in crate::photo::prepare) px: (u32, u32),
    /// What the samples mean.
    pub(in crate::photo::prepare) coding: Coding,
}

impl Subsampled {
    /// Scales `planes` of a picture of `stored` px to the sizes given for luma and for chroma, at full range.
    pub(in crate::photo::prepare) fn scale(
        &self,
        scaler: &mut Scaler,
        planes: &[u8],
        stored: (u32, u32),
        [luma, chroma]: [(u32, u32); 2],
    ) -> Result<[Vec<u8>; 3], Reason> {
        const SHORT: Reason = Reason::Internal { stage: "decode" };
        let mut rest = planes;
        let mut scale = |from: (u32, u32), px: (u32, u32), to: (u32, u32), table: Table| {
            let plane;
            (plane, rest) = rest.split_at_checked(from.0 as usize * from.1 as usize).ok_or(SHORT)?;
            let mut scaled = Vec::new();
            if !plane.is_empty() {
                // The last sample of chroma may reach over an odd side's end.
                let part = (f64::from(stored.0) / f64::from(px.0), f64::from(stored.1) / f64::from(px.1));
                scaler.scale_part(plane, 1, from, part, to, &mut scaled)?;
                scaled.iter_mut().for_each(|sample| *sample = table[usize::from(*sample)]);
            }
            Ok(scaled)
        };
        let (luma_table, chroma_table) = (self.coding.luma(), self.coding.chroma());
        Ok([
            scale(stored, (1, 1), luma, luma_table)?,
            scale(self.chroma, self.px, chroma, chroma_table)?,
            scale(self.chroma, self.px, chroma, chroma_table)?,
        ])
    }
}
