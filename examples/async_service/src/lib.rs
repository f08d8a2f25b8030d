//! An async web service that calls this blocking crate.
//!
//! `pool` says how many checks run at once and how many requests wait, `check` is one blocking check from a request's bytes to
//! an answer's, and `web` is what HTTP makes of both.

pub mod check;
pub mod pool;
pub mod web;
