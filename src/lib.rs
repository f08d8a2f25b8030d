//! Liveness checks for blocking Rust services.

mod language;
pub mod photo;

pub use language::Language;
