#![doc = include_str!("../README.md")]
//!
//! # The steps
//!
//! 1. [`Header::parse`] reads the header of a file in memory. It reports at once a file that cannot be decoded here.
//! 2. [`Target`] describes the wanted picture: its size in px, its amount of chroma, its turn.
//! 3. [`Decoder::decode`] scales while it decodes and fills [`Planes`]. [`Decoded`] reports damaged and missing parts
//! of the file.
//! 4. [`Encoder::encode`] finds the best quality that a [`Budget`] in bytes allows.
//!
//! ```
//! use liveness_jpeg::{Budget, Decoder, Encoder, Header, Orientation, Planes, Target};
//!
//! // A file to start from: grey, 640×480 px.
//! let mut planes = Planes::new();
//! planes.set_grey(&vec![128; 640 * 480], 640, 480, Orientation::Upright)?;
//! let file = Encoder::new().encode(&planes, Budget::quality(90.0))?.bytes;
//!
//! let header = Header::parse(&file)?;
//! let found = Decoder::new().decode(&header, &Target::fit(&header, 320), &mut planes)?;
//! assert!(found.is_sound());
//! assert_eq!((planes.width(), planes.height()), (320, 240));
//!
//! let small = Encoder::new().encode(&planes, Budget::bytes(4_000))?;
//! assert!(small.bytes.len() <= 4_000);
//! # Ok::<(), liveness_jpeg::Error>(())
//! ```
//!
//! # What a file may cost
//!
//! Files may be hostile. [`Limits`] bounds pixels, memory and scans by the header, before anything is allocated. A
//! file over them, or one that this crate does not decode, is an [`Error`] that names the limit or the
//! [`Unsupported`] part.
//!
//! # Other decoders and parts
//!
//! [`Planes::set_rgb`], [`Planes::set_ycbcr`] and [`Planes::from_yuv`] take the pixels of another decoder, for the encoder alone.
//! [`Target::scaled`] with a [`Scale`] decodes without a filter, for thumbnails and for programs that look at pictures.
//! [`RowScaler`] scales rows of any source.
#![forbid(unsafe_code)]

mod colour;
mod decoder;
mod encode;
mod error;
mod header;
mod limits;
mod orientation;
mod planes;
mod rows;
mod sampling;
mod scale;
mod shrink;
mod target;
mod zigzag;

pub use decoder::{Decoded, Decoder};
pub use encode::{Budget, Encoded, Encoder};
pub use error::{Error, Unsupported};
pub use header::Header;
pub use limits::Limits;
pub use orientation::Orientation;
pub use planes::Planes;
pub use sampling::Sampling;
pub use scale::Scale;
pub use shrink::RowScaler;
pub use target::Target;

#[cfg(test)]
mod picture;
