//! The sandbox's OpenAPI document says what the sandbox does, in both directions, and is OpenAPI.
//!
//! `UPDATE_DOCS=1 cargo test -p liveness-openapi` writes `docs/openapi.json`.
#![allow(clippy::expect_used, clippy::panic, clippy::unwrap_used, reason = "a test may")]

mod calls;
mod contract;
mod document;
mod exchanges;
mod refusals;
