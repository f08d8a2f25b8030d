//! Blocking liveness checks for Rust services.
#[cfg(feature = "photo")]
pub mod photo;
