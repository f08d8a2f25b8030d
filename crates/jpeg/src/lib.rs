#![doc = include_str!("../README.md")]
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
