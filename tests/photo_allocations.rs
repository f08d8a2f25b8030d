//! Tests that a warm `Preparer` does not allocate on the fast path, for baseline JPEGs without a colour profile that
//! are encoded again: what a phone sends. A profile, passing through, and other decoders allocate.
//!
//! Counted by the allocator, so the one test here runs alone in its process.

#![cfg(feature = "photo")]

mod photo_support;

use std::alloc::System;

use liveness::photo::{PhotoSpec, Preparer};
use stats_alloc::{INSTRUMENTED_SYSTEM, Region, StatsAlloc};

use photo_support::jpegs::{self, Options};
use photo_support::scene;

#[global_allocator]
static ALLOCATOR: &StatsAlloc<System> = &INSTRUMENTED_SYSTEM;

#[test]
fn a_warm_preparer_encoding_a_jpeg_anew_allocates_nothing_but_its_result() {
    let mut preparer = Preparer::new(PhotoSpec::TENCENT_MARKET);
    let files = [(1600, 1200, 6), (1403, 1051, 1), (640, 480, 3)].map(|(width, height, orientation)| {
        let file =
            jpegs::colour(&scene::upright(width, height), &Options { restart_interval: 7, ..Options::default() });
        jpegs::with_exif(&file, &jpegs::exif(orientation, true))
    });
    for file in files.iter().chain(&files) {
        preparer.prepare(file).unwrap();
    }
    for (number, file) in files.iter().enumerate() {
        let region = Region::new(ALLOCATOR);
        let photo = preparer.prepare(file).unwrap();
        let change = region.change();
        // The file's bytes, and what shares them among the photo's clones.
        assert_eq!(change.allocations + change.reallocations, 2, "file {number}: {change:?}");
        let least = photo.bytes().len();
        assert!((least..least + least / 32 + 1024).contains(&change.bytes_allocated), "file {number}: {change:?}");
    }
}
