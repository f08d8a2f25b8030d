//! The command as an operator meets it: what it prints where, and how it ends.
#![allow(clippy::expect_used, clippy::panic, clippy::unwrap_used, reason = "a test may")]

#[path = "../../src/verify/camera.rs"]
mod camera;
mod command;
mod configured;
mod container;
mod doctor;
mod money;
mod month;
mod prepare;
mod real;
mod sandbox;
mod usage;
mod verify;

/// What no output may show: names of Rust's own, and what they look like.
const DEBUG: [&str; 6] = ["Some(", "None", "Score(", "Err(", "Jpeg,", "TencentMarket"];
