//! A set of providers: who is asked after whom, and what it costs.
#![allow(clippy::expect_used, clippy::panic, clippy::unwrap_used, reason = "a test may")]

mod breaker;
mod budget;
mod errors;
mod fixture;
mod ledger;
mod moves;
mod once;
mod races;
mod routing;
#[path = "../support/mod.rs"]
mod support;
mod verified;
