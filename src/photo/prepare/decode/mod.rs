//! Decodes a file: to planes with our codec, row after row, or whole with another decoder.

mod flatten;
#[cfg(feature = "heic")]
mod heic;
mod jpeg;
mod pixels;
mod png;
mod raster;
mod subsampled;
mod webp;

use crate::photo::{error::PhotoError, format::SourceFormat, header::Header, limits::Limits};
pub(super) use jpeg::has_other_readers;
pub(super) use pixels::{Damage, Decoded, Layout, Planar, PlanesByRow, RowByRow, Source};

/// Reads the header of a file, and refuses what has more pixels than `limits` allow; nothing is decoded yet. Some are decoded in
/// another way where the photo's long side, at most `long_side_px`, is much shorter.
pub(super) fn open<'a>(
    file: &'a [u8],
    format: SourceFormat,
    limits: &Limits,
    long_side_px: u32,
) -> Result<(Header, Source<'a>), PhotoError> {
    match format {
        SourceFormat::Jpeg => jpeg::open(file, limits),
        SourceFormat::Png => png::open(file, limits),
        SourceFormat::WebP => webp::open(file, limits, long_side_px),
        #[cfg(feature = "heic")]
        SourceFormat::Heic => heic::open(file, limits),
        format => raster::open(file, format, limits),
    }
}
