//! The same as `tests/money`, on a journal in a folder that each restart opens anew.
#![allow(clippy::expect_used, clippy::panic, clippy::unwrap_used, reason = "a test may")]
#![cfg(unix)]

#[path = "../money/caps.rs"]
mod caps;
#[path = "../money/contract.rs"]
mod contract;
#[path = "../money/doubt.rs"]
mod doubt;
#[path = "../money/enumeration.rs"]
mod enumeration;
#[path = "../money/enumeration_hosted.rs"]
mod enumeration_hosted;
mod figures;
#[path = "../money/inputs.rs"]
mod inputs;
#[path = "../money/once.rs"]
mod once;
mod place;
mod processes;
#[path = "../money/sealed.rs"]
mod sealed;
#[path = "../money/stage.rs"]
mod stage;
#[path = "../money/steps.rs"]
mod steps;
#[path = "../support/mod.rs"]
mod support;
