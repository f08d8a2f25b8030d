//! Tests that an observer costs no allocation, and that without one there is no cost.
#![allow(clippy::expect_used, clippy::panic, clippy::unwrap_used, reason = "a test may")]

#[path = "support/mod.rs"]
mod support;

use std::alloc::System;

use liveness::{Body, LivenessProvider, Request, Response, TencentMarket, tencent_market};
use stats_alloc::{INSTRUMENTED_SYSTEM, Region, StatsAlloc};
use support::same_person;

#[global_allocator]
static ALLOCATOR: &StatsAlloc<System> = &INSTRUMENTED_SYSTEM;

fn market() -> TencentMarket {
    let vendor =
        |_: Request| Ok(Response::new(Body::from(r#"{"errcode":"P0000","jobid":"J-1","result":{"sex":"1"}}"#)));
    let keys = tencent_market::Credentials { secret_id: "id".into(), secret_key: "key".into() };
    TencentMarket::new(keys, vendor).with_clock(support::clock())
}

/// How many allocations a check makes, and of how many bytes.
fn allocations(provider: &dyn LivenessProvider) -> (usize, usize) {
    let check = same_person();
    let run = || assert!(provider.begin(&check).unwrap().verdict().unwrap().is_passed());
    // Once before, for what is made at the first use.
    run();
    let region = Region::new(ALLOCATOR);
    run();
    let change = region.change();
    (change.allocations, change.bytes_allocated)
}

#[test]
fn telling_an_observer_allocates_nothing_so_that_none_costs_nothing() {
    let (unseen, seen) = (allocations(&market()), allocations(&market().with_observer(())));
    println!("allocations and bytes of a check: {unseen:?}");
    assert_eq!(unseen, seen);
}
