//! How does a file become pixels?

mod flatten;
mod jpeg;
mod raster;

pub(super) use jpeg::has_other_readers;

use crate::photo::{error::Reason, format::SourceFormat, header::Header, limits::Limits};

/// What the channels of decoded pixels are.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Layout {
    Grey,
    YCbCr,
    Rgb,
    /// Inks; with `inverted`, as Adobe writes them, 255 is none.
    Cmyk {
        inverted: bool,
    },
    /// Inverted CMY as YCbCr, and black.
    Ycck {
        inverted: bool,
    },
}

impl Layout {
    pub(super) fn channels(self) -> usize {
        match self {
            Self::Grey => 1,
            Self::YCbCr | Self::Rgb => 3,
            Self::Cmyk { .. } | Self::Ycck { .. } => 4,
        }
    }
}

/// Decoded pixels beside their buffer: 8 bits a channel, interleaved, nothing between rows, no alpha.
#[derive(Clone, Debug, PartialEq)]
pub(super) struct Decoded {
    pub(super) layout: Layout,
    /// The ICC profile, as embedded.
    pub(super) profile: Option<Vec<u8>>,
    /// Whether something was damaged or missing.
    pub(super) damage: Option<Damage>,
    /// Whether it was stored with as much chroma as luma.
    pub(super) has_full_chroma: bool,
    /// Whether it is a JPEG of the kind that every decoder reads alike: baseline, one scan, grey or YCbCr with chroma at full or
    /// half width and height.
    pub(super) is_plain_jpeg: bool,
}

/// What is wrong with a file that still gave a picture.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Damage {
    /// Every row is there, as far as can be seen.
    RowsComplete,
    /// Rows are missing, and filled with grey, black or white.
    RowsMissing,
}

/// What decoding takes, from above.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Cost {
    /// The pixels' channels.
    pub(super) channels: usize,
    /// The bytes of the decoded pixels, which stay while they are scaled.
    pub(super) decoded: u64,
    /// The bytes beside them, which are given back.
    pub(super) working: u64,
}

/// A JPEG that the fast path takes.
#[derive(Clone, Debug)]
pub(super) struct Planar<'a> {
    pub(super) header: liveness_jpeg::Header<'a>,
    /// The ICC profile, as embedded.
    pub(super) profile: Option<Vec<u8>>,
    /// See [`Decoded::is_plain_jpeg`].
    pub(super) is_plain_jpeg: bool,
}

impl Planar<'_> {
    pub(super) fn layout(&self) -> Layout {
        if self.header.is_grey() { Layout::Grey } else { Layout::YCbCr }
    }
}

/// A file whose header was read and keeps to the limits; nothing is decoded yet.
pub(super) struct Source<'a> {
    kind: Kind<'a>,
}

#[expect(
    clippy::large_enum_variant,
    reason = "one at a time on the stack, where a box would be an allocation for every photo"
)]
enum Kind<'a> {
    Jpeg(jpeg::Jpeg<'a>),
    Raster(raster::Raster<'a>),
}

impl<'a> Source<'a> {
    /// Reads the header, and refuses what has more pixels than `limits` allow.
    pub(super) fn open(file: &'a [u8], format: SourceFormat, limits: &Limits) -> Result<Self, Reason> {
        let kind = match format {
            SourceFormat::Jpeg => Kind::Jpeg(jpeg::Jpeg::open(file, limits)?),
            format => Kind::Raster(raster::Raster::open(file, format, limits)?),
        };
        Ok(Self { kind })
    }

    pub(super) fn header(&self) -> &Header {
        match &self.kind {
            Kind::Jpeg(jpeg) => jpeg.header(),
            Kind::Raster(raster) => raster.header(),
        }
    }

    pub(super) fn cost(&self) -> Cost {
        match &self.kind {
            Kind::Jpeg(jpeg) => jpeg.cost(),
            Kind::Raster(raster) => raster.cost(),
        }
    }

    /// What the fast path needs, if it takes the file.
    #[expect(
        clippy::result_large_err,
        reason = "one at a time on the stack, where a box would be an allocation for every photo"
    )]
    pub(super) fn into_planar(self) -> Result<Planar<'a>, Self> {
        match self.kind {
            Kind::Jpeg(jpeg) => jpeg.into_planar().map_err(|jpeg| Self { kind: Kind::Jpeg(jpeg) }),
            kind => Err(Self { kind }),
        }
    }

    /// The header for the fast path, if it takes the file.
    pub(super) fn planar_header(&self) -> Option<&liveness_jpeg::Header<'a>> {
        match &self.kind {
            Kind::Jpeg(jpeg) => jpeg.planar_header(),
            Kind::Raster(_) => None,
        }
    }

    /// Decodes into `pixels`, in full size and as stored.
    pub(super) fn decode(self, pixels: &mut Vec<u8>) -> Result<Decoded, Reason> {
        match self.kind {
            Kind::Jpeg(jpeg) => jpeg.decode(pixels),
            Kind::Raster(raster) => raster.decode(pixels),
        }
    }
}

/// Makes `pixels` hold so many zero bytes; a machine short of memory refuses the photo and goes on.
fn allocate(pixels: &mut Vec<u8>, bytes: u64) -> Result<(), Reason> {
    let memory = Reason::OutOfMemory { needed_bytes: bytes };
    let bytes = usize::try_from(bytes).map_err(|_| memory)?;
    pixels.clear();
    pixels.try_reserve_exact(bytes).map_err(|_| memory)?;
    pixels.resize(bytes, 0);
    Ok(())
}
