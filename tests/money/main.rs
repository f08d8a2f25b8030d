//! What is paid for over threads, repeats, crashes and doubts.
#![allow(clippy::expect_used, clippy::panic, clippy::unwrap_used, reason = "a test may")]

#[path = "../support/mod.rs"]
mod support;

mod caps;
mod contract;
mod doubt;
mod enumeration;
mod enumeration_hosted;
mod inputs;
mod once;
mod place;
mod races;
mod sealed;
mod stage;
mod steps;
mod told;
