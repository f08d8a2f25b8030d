//! How is a baseline JPEG read at a reduced size and written within a budget, without ever leaving its YCbCr planes?

#![forbid(unsafe_code)]
#![expect(
    missing_docs,
    missing_debug_implementations,
    clippy::new_without_default,
    reason = "moved as it stood; its public face comes next"
)]

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

pub use decode::{Decoded, Decoder, Request};
pub use encode::{Encoded, Encoder, Samples, Sampling};
pub use header::{Component, Header, Refusal};
pub use idct::Scale;
pub use planes::Ring;
pub use scan::Consume;
pub use shrink::{Shrinker, Span};

#[cfg(test)]
mod tests;
