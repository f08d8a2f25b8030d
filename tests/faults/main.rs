//! Tests every fault of the sandbox × every call × both vendors and both gateways × the settings of retries: what the
//! call returns, and what it cost.
#![allow(clippy::expect_used, clippy::panic, clippy::unwrap_used, reason = "a test may")]

mod cell;
mod matrix;
mod page;
mod rule;
#[cfg(feature = "ureq")]
mod sockets;
mod wrapped;

#[path = "../support/mod.rs"]
mod support;
