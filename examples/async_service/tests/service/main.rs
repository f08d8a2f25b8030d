//! The service keeps its promises about money and about waiting, whatever its clients do.
#![allow(clippy::expect_used, clippy::panic, clippy::unwrap_used, reason = "a test may")]

mod busy;
mod gone;
mod killed;
mod refused;
mod stopping;
mod support;
