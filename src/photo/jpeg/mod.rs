//! How is a baseline JPEG read at a reduced size and written within a budget, without ever leaving its YCbCr planes?

mod bits;
mod decode;
mod encode;
mod entropy;
mod header;
mod huffman;
mod idct;
mod planes;
mod scan;
mod shrink;

pub(crate) use decode::{Decoder, Request};
pub(crate) use encode::{Encoded, Encoder, Samples, Sampling};
pub(crate) use header::Header;
pub(crate) use idct::Scale;
pub(crate) use planes::Ring;
pub(crate) use scan::Consume;
pub(crate) use shrink::{Shrinker, Span};

#[cfg(test)]
mod tests;
