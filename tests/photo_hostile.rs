//! What small files cost that are made to cost much; in release and on a free core: `cargo test --release --test photo_hostile -- --ignored`.

#![cfg(feature = "photo")]
#![allow(clippy::unwrap_used, reason = "clippy knows tests by #[test], not their helpers")]

mod photo_support;

use std::io::Write;
use std::time::{Duration, Instant};

use flate2::{Compression, write::ZlibEncoder};
use liveness::photo::{PhotoSpec, Preparer};
use png::{BitDepth, ColorType};

use photo_support::{pngs, rasters};

const MAX_BYTES: usize = 100_000;
const MAX_TIME: Duration = Duration::from_secs(1);

#[test]
#[ignore = "measures time"]
fn a_hostile_file_of_100_kb_costs_at_most_a_second() {
    for (what, file) in files() {
        assert!(file.len() <= MAX_BYTES, "{what}: {} bytes", file.len());
        let start = Instant::now();
        let result = Preparer::new(PhotoSpec::TENCENT_MARKET).prepare(&file);
        let took = start.elapsed();
        let result = result.map(|photo| (photo.width(), photo.height())).map_err(|error| error.kind());
        println!("{what}: {} bytes, {} ms, {result:?}", file.len(), took.as_millis());
        assert!(took < MAX_TIME, "{what}: {took:?}");
    }
}

fn files() -> Vec<(&'static str, Vec<u8>)> {
    vec![
        ("progressive grey, 250 MP, 99 scans", progressive(15_800, 1, 99, false)),
        ("progressive YCbCr, 250 MP, 99 scans", progressive(15_800, 3, 99, false)),
        ("progressive CMYK, 8 MP, 99 scans", progressive(2_800, 4, 99, true)),
        ("progressive grey, 25 MP, 99 scans, with DC", progressive(5_000, 1, 99, true)),
        ("PNG of RGB, 32 MP", png(5_700, ColorType::Rgb, BitDepth::Eight)),
        ("PNG of RGBA in 16 bits, 12 MP", png(3_500, ColorType::Rgba, BitDepth::Sixteen)),
        ("PNG of one bit, 98 MP", png(9_900, ColorType::Grayscale, BitDepth::One)),
        ("lossless WebP, 12 MP", rasters::webp(&flat(3_464), &rasters::Metadata::default())),
        ("lossy WebP of zeros, 98 MP", vp8(&[0; 90_000])),
        ("lossy WebP of chance, 98 MP", vp8(&chance(90_000))),
    ]
}

/// A picture whose scans of AC say in few bytes that all bands are empty, refined again and again.
fn progressive(side: u16, components: u8, scans: usize, has_dc: bool) -> Vec<u8> {
    let blocks = usize::from(side.div_ceil(8)).pow(2);
    let segment =
        |marker: u8, body: &[u8]| [&[0xFF, marker], &(body.len() as u16 + 2).to_be_bytes()[..], body].concat();
    let mut file = vec![0xFF, 0xD8];
    if components == 4 {
        file.extend(segment(0xEE, b"Adobe\0\x64\0\0\0\0\0"));
    }
    file.extend(segment(0xDB, &[&[0][..], &[1; 64]].concat()));
    let parts: Vec<u8> = (1..=components).flat_map(|component| [component, 0x11, 0]).collect();
    let [high, low] = side.to_be_bytes();
    file.extend(segment(0xC2, &[&[8, high, low, high, low, components][..], &parts].concat()));
    let lengths = |first: u8, second: u8| [&[first, second][..], &[0; 14]].concat();
    file.extend(segment(0xC4, &[&[0x00][..], &lengths(1, 0), &[0]].concat()));
    // 0: the end of 2¹⁴ bands and as many more as 14 bits say.
    file.extend(segment(0xC4, &[&[0x10][..], &lengths(1, 1), &[0xE0, 0]].concat()));
    if has_dc {
        let parts: Vec<u8> = (1..=components).flat_map(|component| [component, 0]).collect();
        file.extend(segment(0xDA, &[&[components][..], &parts, &[0, 0, 0]].concat()));
        file.extend(vec![0; (blocks * usize::from(components)).div_ceil(8)]);
    }
    let runs = blocks.div_ceil((1 << 15) - 1);
    let bits: Vec<bool> = (0..15 * runs).map(|bit| bit % 15 != 0).chain([true; 7]).collect();
    let data: Vec<u8> = bits
        .chunks_exact(8)
        .map(|bits| bits.iter().fold(0, |byte, &bit| byte << 1 | u8::from(bit)))
        .flat_map(|byte| if byte == 0xFF { vec![0xFF, 0] } else { vec![byte] })
        .collect();
    for scan in 0..scans {
        let component = (scan % usize::from(components)) as u8 + 1;
        let low_bit = 13_u8.saturating_sub((scan / usize::from(components)) as u8).max(10);
        let refined = if scan < usize::from(components) { 0 } else { (low_bit + 1) << 4 };
        file.extend(segment(0xDA, &[1, component, 0, 1, 63, refined | low_bit]));
        file.extend(&data);
    }
    file.extend([0xFF, 0xD9]);
    file
}

fn png(side: usize, colour: ColorType, depth: BitDepth) -> Vec<u8> {
    let row = (side * colour.samples() * depth as usize).div_ceil(8);
    let ihdr = [&(side as u32).to_be_bytes()[..], &(side as u32).to_be_bytes(), &[depth as u8, colour as u8, 0, 0, 0]];
    let mut data = ZlibEncoder::new(Vec::new(), Compression::best());
    data.write_all(&vec![0; (row + 1) * side]).unwrap();
    let chunks = [
        pngs::chunk(b"IHDR", &ihdr.concat()),
        pngs::chunk(b"IDAT", &data.finish().unwrap()),
        pngs::chunk(b"IEND", &[]),
    ];
    [&b"\x89PNG\r\n\x1a\n"[..], &chunks.concat()].concat()
}

fn flat(side: usize) -> photo_support::Picture {
    photo_support::Picture { width: side, height: side, rgb: vec![90; side * side * 3] }
}

/// A frame of 9,900×9,900 px whose partitions are `data`.
fn vp8(data: &[u8]) -> Vec<u8> {
    let first = data.len() / 2;
    let tag = (first as u32) << 5 | 1 << 4;
    let frame = [&tag.to_le_bytes()[..3], &[0x9D, 0x01, 0x2A, 0xAC, 0x26, 0xAC, 0x26], data].concat();
    let chunk = [b"VP8 ", &(frame.len() as u32).to_le_bytes()[..], &frame, &[0][..frame.len() & 1]].concat();
    [b"RIFF", &(chunk.len() as u32 + 4).to_le_bytes()[..], b"WEBP", &chunk].concat()
}

fn chance(bytes: u64) -> Vec<u8> {
    let mut data: Vec<u8> = (0..bytes).map(|i| (i.wrapping_mul(0x9E37_79B9_7F4A_7C15) >> 29) as u8).collect();
    // The reserved bit is not set.
    data[0] = 0;
    data
}
