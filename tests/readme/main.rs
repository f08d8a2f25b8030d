//! The Markdown pages say what is true: their tables, samples, commands and links are checked here.
//!
//! `UPDATE_DOCS=1 cargo test --test readme` writes the generated tables.
#![allow(clippy::expect_used, clippy::panic, clippy::unwrap_used, reason = "a test may")]

mod commands;
mod curl;
mod links;
mod markdown;
mod programs;
mod promises;
mod samples;
mod settings;
mod shape;
mod tables;
