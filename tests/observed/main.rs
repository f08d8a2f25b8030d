//! What is seen of a call: the events and their order, spans, metrics, and nothing of the person.
#![allow(clippy::expect_used, clippy::panic, clippy::unwrap_used, reason = "a test may")]

mod canaries;
mod capture;
mod costs;
mod dashboard;
mod events;
mod journal;
mod metered;
mod stage;
mod third;
mod traced;

#[path = "../support/mod.rs"]
mod support;
