//! Tests of the limits of small rules: a flag that holds for the whole call, a character that is refused, a text that
//! means another thing.
#![allow(clippy::expect_used, clippy::panic, clippy::unwrap_used, reason = "a test may")]

mod addresses;
mod calls;
mod identities;
mod settings;
#[path = "../support/mod.rs"]
mod support;
mod words;
