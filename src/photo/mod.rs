//! The photo pipeline.
pub mod jpeg;
