#![doc = include_str!("../README.md")]
//!
//! # The steps
//!
//! 1. [`Header::parse`] reads the header of a file in memory. It says at once what cannot be decoded here.
//! 2. [`Target`] says what the picture is to become: its size in px, how much chroma, how it is turned.
//! 3. [`Decoder::decode`] scales while it decodes and fills [`Planes`]. [`Decoded`] says what of the file was damaged or missing.
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
//! Files come from strangers. [`Limits`] bounds pixels, memory and scans by the header, before anything is allocated. A file
//! over them, and one that this crate does not decode, is an [`Error`] that says which limit or which [`Unsupported`] part it is.
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
