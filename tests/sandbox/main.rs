//! The sandbox, asked with requests that are spelt out here and signed here: nothing of the client is used, so a mistake that
//! client and sandbox share is noticed.

#![allow(clippy::unwrap_used, clippy::panic)] // Helpers of tests, outside any #[test].

mod faults;
mod jumdata;
mod ledger;
mod scenarios;
mod support;
mod tencent_gateway;
mod tencent_listing;
mod versions;
