//! The output of decoders: planes or pixels, their kind, their faults, and their cost.

use liveness_jpeg::RowScaler;

use crate::photo::{
    error::{PhotoError, Reason},
    prepare::{decode::subsampled::Subsampled, samples::Coding},
};

/// What the channels of decoded pixels are.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(in crate::photo::prepare) enum Layout {
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
    pub(in crate::photo::prepare) fn channels(self) -> usize {
        match self {
            Self::Grey => 1,
            Self::YCbCr | Self::Rgb => 3,
            Self::Cmyk { .. } | Self::Ycck { .. } => 4,
        }
    }
}

/// A file that can be decoded, in one of four ways.
#[expect(
    clippy::large_enum_variant,
    reason = "one at a time on the stack, where a box would be an allocation for every photo"
)]
pub(in crate::photo::prepare) enum Source<'a> {
    /// A JPEG that our codec decodes into planes of the photo's size.
    Planar(Planar<'a>),
    /// What is scaled row by row.
    Rows(Box<dyn RowByRow + 'a>),
    /// What is scaled row by row, each plane for itself.
    PlaneRows(Box<dyn PlanesByRow + 'a>),
    /// What is decoded whole, in full size and as stored.
    Whole(Box<dyn Whole + 'a>),
}

/// A JPEG that our codec takes.
#[derive(Clone, Debug)]
pub(in crate::photo::prepare) struct Planar<'a> {
    pub(in crate::photo::prepare) header: liveness_jpeg::Header<'a>,
    /// The ICC profile, as embedded.
    pub(in crate::photo::prepare) profile: Option<Vec<u8>>,
    /// See [`Decoded::is_plain_jpeg`].
    pub(in crate::photo::prepare) is_plain_jpeg: bool,
}

impl Planar<'_> {
    pub(in crate::photo::prepare) fn layout(&self) -> Layout {
        if self.header.is_grey() { Layout::Grey } else { Layout::YCbCr }
    }
}

/// A file of which there is one row at a time; it can be read again.
pub(in crate::photo::prepare) trait RowByRow {
    /// Grey, or RGB.
    fn layout(&self) -> Layout;

    /// The ICC profile.
    fn profile(&self) -> Option<&[u8]>;

    /// The bytes that reading takes beside the scaler, from above.
    fn memory_bytes(&self) -> u64;

    /// Reads the rows into `scaler`, which was started for this picture: 8 bits a channel, no alpha.
    fn read(&self, scaler: &mut RowScaler) -> Result<Option<Damage>, PhotoError>;
}

/// The same of Y, Cb and Cr, each in rows of its own.
pub(in crate::photo::prepare) trait PlanesByRow {
    /// What the samples mean.
    fn coding(&self) -> Coding;

    /// The ICC profile.
    fn profile(&self) -> Option<&[u8]>;

    /// The bytes that reading takes beside the scalers, from above.
    fn memory_bytes(&self) -> u64;

    /// Reads the rows into `scalers`, which it starts for luma and chroma of these sizes.
    fn read(&self, scalers: &mut [RowScaler; 3], sizes: [(u32, u32); 2]) -> Result<(), PhotoError>;
}

/// A file that another decoder reads.
pub(in crate::photo::prepare) trait Whole {
    fn cost(&self) -> Cost;

    /// Decodes into `pixels`.
    fn decode(self: Box<Self>, pixels: &mut Vec<u8>) -> Result<Decoded, PhotoError>;
}

/// Decoded pixels beside their buffer: 8 bits a channel, nothing between rows, no alpha.
#[derive(Clone, PartialEq)]
pub(in crate::photo::prepare) struct Decoded {
    pub(in crate::photo::prepare) layout: Layout,
    /// The part of the buffer that belongs to a picture of luma alone; `None` if it has pixel after pixel.
    pub(in crate::photo::prepare) planes: Option<Subsampled>,
    /// The ICC profile, as embedded.
    pub(in crate::photo::prepare) profile: Option<Vec<u8>>,
    /// Whether something was damaged or missing.
    pub(in crate::photo::prepare) damage: Option<Damage>,
    /// Whether it was stored with as much chroma as luma.
    pub(in crate::photo::prepare) has_full_chroma: bool,
    /// Whether it is a JPEG of the kind that every decoder reads alike: baseline, one scan, grey or YCbCr with chroma at full or
    /// half width and height.
    pub(in crate::photo::prepare) is_plain_jpeg: bool,
}

/// What is wrong with a file that still gave a picture.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(in crate::photo::prepare) enum Damage {
    /// Every row is there, as far as can be seen.
    RowsComplete,
    /// More than a quarter of the picture was lost between its ends, and is filled with grey; or the checksum of its data is wrong.
    PartsLost,
    /// The file and its data go on, but from some row on they cannot be read, and what is missing is filled.
    RowsUnread,
    /// Rows are missing, and filled with grey, black or white.
    RowsMissing,
}

/// What decoding takes, from above.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(in crate::photo::prepare) struct Cost {
    /// The pixels' channels.
    pub(in crate::photo::prepare) channels: usize,
    /// The bytes of the decoded pixels, which stay while they are scaled.
    pub(in crate::photo::prepare) decoded: u64,
    /// The bytes beside them, which are given back.
    pub(in crate::photo::prepare) working: u64,
}

/// Gives `pixels` this many zero bytes; a machine short of memory refuses the photo and goes on.
pub(super) fn allocate(pixels: &mut Vec<u8>, bytes: u64) -> Result<(), Reason> {
    let memory = Reason::OutOfMemory { needed_bytes: bytes };
    let bytes = usize::try_from(bytes).map_err(|_| memory)?;
    pixels.clear();
    pixels.try_reserve_exact(bytes).map_err(|_| memory)?;
    pixels.resize(bytes, 0);
    Ok(())
}
