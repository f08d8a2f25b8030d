//! Tests that a warm decoder allocates nothing. The allocator counts, so the one test here runs alone in its process.

mod support;

use std::alloc::System;

use liveness_jpeg::{Budget, Decoder, Encoder, Header, Planes, Target};
use stats_alloc::{INSTRUMENTED_SYSTEM, Region, StatsAlloc};

use support::{Options, jpeg, patches};

#[global_allocator]
static ALLOCATOR: &StatsAlloc<System> = &INSTRUMENTED_SYSTEM;

#[test]
fn a_warm_decoder_allocates_nothing_and_a_warm_encoder_its_result() {
    let (mut decoder, mut encoder, mut planes) = (Decoder::new(), Encoder::new(), Planes::new());
    let files = [(1600, 1200, 6), (1403, 1051, 1), (640, 480, 3)].map(|(width, height, orientation)| {
        let options = Options { restart_interval: 7, exif_orientation: Some(orientation), ..Options::default() };
        jpeg(&patches(width, height), width, height, options)
    });
    for round in 0..3 {
        for (number, file) in files.iter().enumerate() {
            let region = Region::new(ALLOCATOR);
            let header = Header::parse(file).unwrap();
            decoder.decode(&header, &Target::fit(&header, 1280), &mut planes).unwrap();
            let decoding = region.change();
            let encoded = encoder.encode(&planes, Budget::bytes(100_000)).unwrap();
            let both = region.change();
            if round == 2 {
                assert_eq!(decoding.allocations + decoding.reallocations, 0, "file {number}: {decoding:?}");
                assert_eq!(both.allocations + both.reallocations, 1, "file {number}: {both:?}");
                let least = encoded.bytes.len();
                assert!((least..least + least / 32 + 1024).contains(&both.bytes_allocated), "file {number}: {both:?}");
            }
        }
    }
}
