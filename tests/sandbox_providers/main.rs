//! The real providers against the sandbox: what every answer of either vendor becomes, and what every fault costs.

#![allow(clippy::unwrap_used, clippy::panic)] // Helpers of tests, outside any #[test].

mod answers;
mod checks;
mod clocks;
mod losses;
mod support;
