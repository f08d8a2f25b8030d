//! Every fault of the sandbox × every call × both vendors and both gateways × the settings of retries: what does the call come
//! to, and what did it cost?
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
