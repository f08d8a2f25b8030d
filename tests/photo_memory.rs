//! Tests the memory that a photo takes. The allocator counts, so the one test here runs alone in its process.

#![cfg(feature = "photo")]
#![allow(clippy::expect_used, reason = "clippy knows tests by #[test], not their helpers")]

mod photo_support;

use jpeg_encoder::SamplingFactor;
use liveness::Language;
use liveness::photo::{Limits, PhotoErrorKind, PhotoSpec, Preparer};
use peak_alloc::PeakAlloc;

use photo_support::jpegs::{self, Options};
use photo_support::rasters::{self, Metadata};
use photo_support::scene;

#[global_allocator]
static ALLOCATOR: PeakAlloc = PeakAlloc;

const MIB: usize = 1 << 20;
const SPEC: PhotoSpec = PhotoSpec::TENCENT_MARKET;
/// A frame that a fuzzer found.
const PARTITIONS_OF_16_MB: [u8; 95] = [
    176, 4, 0, 157, 1, 42, 16, 0, 16, 0, 0, 3, 234, 16, 16, 16, 205, 16, 42, 59, 251, 201, 255, 0, 4, 0, 61, 0, 0, 0,
    255, 255, 255, 255, 255, 255, 255, 255, 255, 255, 255, 255, 255, 255, 255, 255, 255, 255, 255, 255, 255, 255, 255,
    255, 255, 255, 255, 255, 255, 255, 0, 0, 0, 0, 101, 38, 142, 160, 0, 32, 0, 62, 98, 38, 142, 69, 164, 61, 34, 33,
    27, 244, 77, 1, 65, 0, 0, 0, 64, 0, 0, 164, 0, 157, 1,
];

/// The most bytes that were allocated at once during `work`, beyond what was before.
fn peak<T>(work: impl FnOnce() -> T) -> (T, usize) {
    let before = ALLOCATOR.current_usage();
    ALLOCATOR.reset_peak_usage();
    let result = work();
    (result, ALLOCATOR.peak_usage().saturating_sub(before))
}

/// The kind of refusal, and the peak of a new `Preparer`.
fn refused(file: &[u8]) -> (Option<PhotoErrorKind>, usize) {
    peak(|| Preparer::new(SPEC).prepare(file).err().map(|error| error.kind()))
}

#[test]
fn memory_is_bounded_by_the_limits_and_refusals_take_next_to_none() {
    bombs_are_refused_from_their_headers();
    what_a_webp_claims_is_checked_before_it_is_believed();
    what_inflates_without_end_is_cut_off();
    a_tall_png_takes_what_a_short_one_does();
    a_tall_webp_takes_what_a_short_one_does();
    large_baseline_photos_are_taken();
    large_progressive_photos_are_taken();
    a_photo_takes_no_more_than_was_estimated();
}

fn bombs_are_refused_from_their_headers() {
    let picture = scene::upright(64, 48);
    let progressive = jpegs::colour(&picture, &Options { progressive: true, ..Options::default() });
    let cmyk = jpegs::cmyk(&picture, true, &Options { progressive: true, ..Options::default() });
    for (what, file, kind, most) in [
        (
            "65535×65535 JPEG",
            jpegs::with_size(&jpegs::baseline(&picture), 0xC0, 65_535, 65_535),
            PhotoErrorKind::TooManyPixels,
            8,
        ),
        (
            "65535×65535 progressive",
            jpegs::with_size(&progressive, 0xC2, 65_535, 65_535),
            PhotoErrorKind::TooManyPixels,
            8,
        ),
        // CMYK is decoded whole, by another decoder.
        ("9900×9900 progressive CMYK", jpegs::with_size(&cmyk, 0xC2, 9_900, 9_900), PhotoErrorKind::Memory, 8),
        ("hundreds of scans", many_scans(&progressive, 300), PhotoErrorKind::TooManyScans, 8),
        ("1 GB of PNG", png_of_zeros(11_000, 11_000, 16), PhotoErrorKind::TooManyPixels, 8),
        ("784 MB of interlaced PNG", interlaced(png_of_zeros(9_900, 9_900, 16)), PhotoErrorKind::Memory, 8),
        (
            "784 MB of PNG whose data ends early",
            png_with_data(9_900, 9_900, 16, &zlib_of_zeros(MIB)),
            PhotoErrorKind::Truncated,
            24,
        ),
        ("65535×65535 GIF", gif_screen(65_535, 65_535), PhotoErrorKind::TooManyPixels, 8),
        ("GIF of 16 megapixels", gif_screen(4_000, 4_000), PhotoErrorKind::UnsupportedFormat, 8),
        ("frame of 65535×65535 in a GIF", gif_frame(65_535, 65_535), PhotoErrorKind::Memory, 8),
        ("65535×65535 BMP", bmp_header(65_535, 65_535), PhotoErrorKind::TooManyPixels, 8),
        ("16383×16383 WebP", webp_canvas(16_383, 16_383), PhotoErrorKind::TooManyPixels, 8),
    ] {
        let (refusal, bytes) = refused(&file);
        assert_eq!(refusal, Some(kind), "{what}");
        assert!(bytes < most * MIB, "{what} took {bytes} bytes");
        println!("{what}: refused at a peak of {} KiB", bytes / 1024);
        if let Some((size, _)) = what.split_once(' ').filter(|(size, _)| size.contains('×')) {
            let error = Preparer::new(SPEC).prepare(&file).expect_err(what);
            let named = [Language::English, Language::Chinese].map(|language| error.advice(language).contains(size));
            assert_eq!(named, [true; 2], "{what}: {error}");
        }
    }
}

/// What phones save in their full mode; of that size alone, as below.
fn large_baseline_photos_are_taken() {
    let file = jpegs::baseline(&scene::upright(64, 48));
    for (width, height) in [(12_000, 9_000), (16_320, 12_240)] {
        let file = jpegs::with_size(&file, 0xC0, width, height);
        let (photo, bytes) = peak(|| Preparer::new(SPEC).with_truncated_accepted(true).prepare(&file));
        println!("{width}×{height} baseline: {} KiB", bytes / 1024);
        assert!(photo.is_ok() && bytes < 24 * MIB, "{width}×{height}: {bytes} bytes, {photo:?}");
    }
    let (refusal, _) = refused(&jpegs::with_size(&file, 0xC0, 16_384, 16_384));
    assert_eq!(refusal, Some(PhotoErrorKind::TooManyPixels));
    let lower = Preparer::new(SPEC).with_limits(Limits::new().with_max_pixels(100_000_000));
    let error = lower.with_truncated_accepted(true).prepare(&jpegs::with_size(&file, 0xC0, 12_000, 9_000));
    assert_eq!(error.err().map(|error| error.kind()), Some(PhotoErrorKind::TooManyPixels));
}

/// Files of which a picture of that size has its memory, if not its data: of the rest the picture is grey.
fn large_progressive_photos_are_taken() {
    let picture = scene::upright(64, 48);
    for (sampling, pixels_per_byte) in [(SamplingFactor::F_2_2, 4), (SamplingFactor::F_1_1, 2)] {
        let file = jpegs::colour(&picture, &Options { progressive: true, sampling, ..Options::default() });
        for (width, height) in
            [(3_199, 2_399), (3_199, 3_199), (5_664, 4_000), (7_000, 7_000), (9_900, 9_900), (16_320, 12_240)]
        {
            let file = jpegs::with_size(&file, 0xC2, width, height);
            let mut preparer = Preparer::new(SPEC).with_truncated_accepted(true);
            let (photo, bytes) = peak(|| preparer.prepare(&file));
            let most = 24 * MIB + usize::from(width) * usize::from(height) / pixels_per_byte;
            println!("{width}×{height} progressive, {sampling:?}: {} KiB, goal {}", bytes / 1024, most / 1024);
            assert!(photo.is_ok(), "{width}×{height}");
            // Below 3200 px all 64 coefficients of a block are kept, which is over that goal by half at worst.
            let most = if width < 3_200 { most * 3 / 2 } else { most };
            assert!(bytes <= most, "{width}×{height} progressive, {sampling:?}, took {bytes} bytes");
        }
    }
}

fn what_a_webp_claims_is_checked_before_it_is_believed() {
    let canvas = |flags: u8, side: u8| webp_chunk(b"VP8X", &[flags, 0, 0, 0, side - 1, 0, 0, side - 1, 0, 0]);
    let lossless = webp_chunk(b"VP8L", &[0x2F, 15, 0xC0, 3, 0, 0, 0, 0]);
    let endless = |name: &[u8; 4]| [&name[..], &0xFFFF_FFFEu32.to_le_bytes(), &[0; 4]].concat();
    let mut lossy = webp_chunk(b"VP8 ", &rasters::LOSSY_WEBP[20..]);
    // Width and height, after the chunk's header, the frame's tag and its start code.
    lossy[14..18].copy_from_slice(&[0xFF, 0x3F, 0xFF, 0x3F]);
    for (what, file) in [
        ("EXIF of 4 GB", riff(&[canvas(0x08, 16), lossless.clone(), endless(b"EXIF")])),
        ("profile of 4 GB", riff(&[canvas(0x20, 16), endless(b"ICCP"), lossless.clone()])),
        ("profile of 4 GB, after the picture", riff(&[canvas(0x20, 16), lossless, endless(b"ICCP")])),
        ("frame of 16383×16383 on a canvas of 16×16", riff(&[canvas(0, 16), lossy.clone()])),
        ("frame of 16383×16383 that says so", riff(&[lossy])),
        ("partitions of up to 16 MB", riff(&[webp_chunk(b"VP8 ", &PARTITIONS_OF_16_MB), vec![0]])),
    ] {
        let (refusal, bytes) = refused(&file);
        let refusals = [PhotoErrorKind::Damaged, PhotoErrorKind::Truncated, PhotoErrorKind::TooManyPixels];
        assert!(refusal.is_some_and(|kind| refusals.contains(&kind)), "{what}: {refusal:?}");
        assert!(bytes < 8 * MIB, "{what} took {bytes} bytes");
        println!("{what}: {refusal:?} at a peak of {} KiB", bytes / 1024);
    }
}

fn what_inflates_without_end_is_cut_off() {
    // A PNG of 100×100 px whose data goes on for 1 GB of zeros: what it shows is taken, the rest never inflated.
    let file = png_with_data(100, 100, 8, &zlib_of_zeros(1 << 30));
    let (refusal, bytes) = refused(&file);
    assert_eq!(refusal, None);
    assert!(bytes < 8 * MIB, "{bytes}");
    // A colour profile that inflates to 1 GB.
    let chunk = [b"x\0\0", &zlib_of_zeros(1 << 30)[..]].concat();
    let (_, bytes) = refused(&png_with_chunk(b"iCCP", &chunk));
    assert!(bytes < 64 * MIB, "{bytes}");
}

fn a_tall_png_takes_what_a_short_one_does() {
    // RGB with alpha: 2 MB, and 80 MB of pixels.
    let [short, tall] = [500, 20_000].map(|height| {
        let file = png_with_data(1_000, height, 8, &zlib_of_zeros(4_001 * height as usize));
        let mut preparer = Preparer::new(SPEC.with_long_side_px(640));
        let (photo, bytes) = peak(|| preparer.prepare(&file));
        println!("PNG of 1000×{height}: {} KiB", bytes / 1024);
        (photo.map(|photo| photo.height()), bytes)
    });
    assert_eq!((short.0, tall.0), (Ok(320), Ok(640)));
    assert!(tall.1 < 4 * MIB && tall.1 < short.1 + MIB, "{} {}", short.1, tall.1);
}

fn a_tall_webp_takes_what_a_short_one_does() {
    // Zeros are blocks of one grey, as long as they last: of up to 16 megapixels.
    let frame = |height: u16| {
        let [first, tokens] = [500_000_u32, 1_000_000].map(|bytes| vec![0; bytes as usize]);
        let tag = (first.len() as u32) << 5 | 1 << 4;
        let start = [&tag.to_le_bytes()[..3], &[0x9D, 0x01, 0x2A], &1_000_u16.to_le_bytes(), &height.to_le_bytes()];
        riff(&[webp_chunk(b"VP8 ", &[start.concat(), first, tokens].concat())])
    };
    let [short, tall] = [500, 16_000].map(|height| {
        let file = frame(height);
        let mut preparer = Preparer::new(SPEC.with_long_side_px(640));
        let (photo, bytes) = peak(|| preparer.prepare(&file));
        println!("WebP of 1000×{height}: {} KiB", bytes / 1024);
        (photo.map(|photo| photo.height()), bytes)
    });
    assert_eq!((short.0, tall.0), (Ok(320), Ok(640)));
    assert!(tall.1 < 4 * MIB && tall.1 < short.1 + MIB, "{} {}", short.1, tall.1);
}

fn a_photo_takes_no_more_than_was_estimated() {
    let of_every_kind = |(width, height): (usize, usize)| {
        let picture = scene::upright(width, height);
        let rgba16 = rasters::info(width, height, png::ColorType::Rgba, png::BitDepth::Sixteen);
        let one_scan_each = Options { scan_per_component: true, ..Options::default() };
        let progressive = Options { progressive: true, ..Options::default() };
        let p3 = moxcms::ColorProfile::new_display_p3().encode().expect("a profile of its own");
        let profile = Metadata { icc_profile: Some(p3.clone()), ..Metadata::default() };
        [
            ("baseline JPEG", jpegs::baseline(&picture)),
            ("turned JPEG", jpegs::with_exif(&jpegs::baseline(&picture), &jpegs::exif(6, true))),
            ("JPEG of Display P3", jpegs::colour(&picture, &Options { icc_profile: p3, ..Options::default() })),
            ("grey JPEG", jpegs::grey(&picture, &Options::default())),
            ("progressive JPEG", jpegs::colour(&picture, &progressive)),
            ("JPEG with a scan per component", jpegs::colour(&picture, &one_scan_each)),
            ("CMYK JPEG", jpegs::cmyk(&picture, true, &Options::default())),
            #[cfg(feature = "heic")]
            ("HEIC in tiles", heic_in_tiles(width as u32, height as u32)),
            ("PNG", rasters::png(&picture, &Metadata::default())),
            ("PNG of Display P3", rasters::png(&picture, &profile)),
            ("16-bit PNG with alpha", rasters::png_of(rgba16, &Metadata::default(), &vec![99; width * height * 8])),
            ("WebP", rasters::webp(&picture, &Metadata::default())),
            ("GIF", rasters::gif(&picture)),
            ("BMP", rasters::bmp(&picture)),
        ]
    };
    // Scaled far down the source is what counts, and at its own size the photo: baseline and grey JPEGs pass through there.
    let mut over = Vec::new();
    for (size, long_side) in [((900, 600), 64), ((1280, 1280), 1280)] {
        for (what, file) in of_every_kind(size) {
            let what = format!("{what} of {size:?} px, long side {long_side}");
            let with = |max: usize| {
                let limits = Limits::new().with_max_memory_bytes(max as u64);
                Preparer::new(SPEC.with_long_side_px(long_side)).with_limits(limits).prepare(&file).is_ok()
            };
            let (passes, bytes) = peak(|| with(64 * MIB));
            assert!(passes, "{what}");
            println!("{what}: took {} KiB", bytes / 1024);
            // Beside the pixels there are the tables of decoders and encoders. A limit that is lower must refuse it.
            if with(bytes.saturating_sub(MIB / 2)) {
                over.push(what);
            }
        }
    }
    assert!(over.is_empty(), "took more than was estimated: {over:#?}");
}

/// A grid of the scene's upper left tile, over and over.
#[cfg(feature = "heic")]
fn heic_in_tiles(width: u32, height: u32) -> Vec<u8> {
    use photo_support::heic::{Heic, ispe};

    let (columns, rows) = (width.div_ceil(64), height.div_ceil(64));
    let grid = Heic::grid((width, height));
    let tiles = vec![grid.tiles[0].clone(); (columns * rows) as usize];
    let properties = vec![ispe((width, height))];
    Heic { grid: Some((columns as u8, rows as u8, width, height)), tiles, properties, ..grid }.bytes()
}

/// The file with its last scan repeated.
fn many_scans(progressive: &[u8], count: usize) -> Vec<u8> {
    let last = progressive.windows(2).rposition(|pair| pair == [0xFF, 0xDA]).expect("a scan");
    let (before, end) = (&progressive[..last], progressive.len() - 2);
    [before, &progressive[last..end].repeat(count), &[0xFF, 0xD9]].concat()
}

fn png_of_zeros(width: u32, height: u32, bits: u8) -> Vec<u8> {
    png_with_data(width, height, bits, &zlib_of_zeros(1 << 16))
}

fn interlaced(mut png: Vec<u8>) -> Vec<u8> {
    png[28] = 1;
    let checksum = crc32(&png[12..29]).to_be_bytes();
    png[29..33].copy_from_slice(&checksum);
    png
}

fn png_with_data(width: u32, height: u32, bits: u8, data: &[u8]) -> Vec<u8> {
    [&png_start(width, height, bits)[..], &chunk(b"IDAT", data), &chunk(b"IEND", b"")].concat()
}

fn png_with_chunk(name: &[u8; 4], content: &[u8]) -> Vec<u8> {
    let data = zlib_of_zeros(100 * 401);
    [&png_start(100, 100, 8)[..], &chunk(name, content), &chunk(b"IDAT", &data), &chunk(b"IEND", b"")].concat()
}

fn png_start(width: u32, height: u32, bits: u8) -> Vec<u8> {
    let ihdr = [&width.to_be_bytes()[..], &height.to_be_bytes(), &[bits, 6, 0, 0, 0]].concat();
    [&b"\x89PNG\r\n\x1A\n"[..], &chunk(b"IHDR", &ihdr)].concat()
}

fn chunk(name: &[u8; 4], content: &[u8]) -> Vec<u8> {
    let named = [&name[..], content].concat();
    [&(content.len() as u32).to_be_bytes()[..], &named, &crc32(&named).to_be_bytes()].concat()
}

fn crc32(bytes: &[u8]) -> u32 {
    let step = |crc: u32, _| if crc & 1 == 1 { crc >> 1 ^ 0xEDB8_8320 } else { crc >> 1 };
    let table: Vec<u32> = (0..256).map(|byte| (0..8).fold(byte, step)).collect();
    !bytes.iter().fold(!0u32, |crc, &byte| table[usize::from(crc as u8 ^ byte)] ^ crc >> 8)
}

/// A zlib stream of zeros in fixed Huffman codes: one zero, then matches of 258 at distance 1, 13 bits each. Its checksum is wrong,
/// which is only found at its end.
fn zlib_of_zeros(count: usize) -> Vec<u8> {
    let mut bits = Bits { bytes: vec![0x78, 0x01], filled: 8 };
    bits.push(0b011, 3); // The last block, fixed codes.
    bits.push(0b0000_1100, 8); // Literal 0, most significant bit first.
    for _ in 0..16 {
        bits.push(0b1010_0011, 8); // Length 258, code 285.
        bits.push(0, 5); // Distance 1.
    }
    // Eight matches are thirteen whole bytes: the rest repeats the last ones.
    let repeated = bits.bytes[bits.bytes.len() - 14..bits.bytes.len() - 1].repeat(count / 258 / 8);
    bits.bytes.splice(bits.bytes.len() - 1..bits.bytes.len() - 1, repeated);
    bits.push(0, 7); // End of block.
    [bits.bytes, vec![0; 4]].concat()
}

struct Bits {
    bytes: Vec<u8>,
    filled: u32,
}

impl Bits {
    fn push(&mut self, bits: u16, count: u32) {
        for bit in (0..count).map(|at| bits >> at & 1) {
            if self.filled == 8 {
                (self.filled, _) = (0, self.bytes.push(0));
            }
            *self.bytes.last_mut().expect("pushed") |= (bit as u8) << self.filled;
            self.filled += 1;
        }
    }
}

fn gif_screen(width: u16, height: u16) -> Vec<u8> {
    [b"GIF89a", &width.to_le_bytes()[..], &height.to_le_bytes(), &[0x80, 0, 0, 0, 0, 0, 255, 255, 255, 0x3B]].concat()
}

/// A screen of 100×100 px with a frame far larger.
fn gif_frame(width: u16, height: u16) -> Vec<u8> {
    let screen = gif_screen(100, 100);
    let frame = [&[0x2C, 0, 0, 0, 0][..], &width.to_le_bytes(), &height.to_le_bytes(), &[0x80, 0, 0, 0, 255, 255, 255]]
        .concat();
    [&screen[..19], &frame, &[2, 2, 0x4C, 1, 0, 0x3B]].concat()
}

fn bmp_header(width: u32, height: u32) -> Vec<u8> {
    let info =
        [&40u32.to_le_bytes()[..], &width.to_le_bytes(), &height.to_le_bytes(), &[1, 0, 24, 0], &[0; 24]].concat();
    [b"BM", &[0; 8][..], &54u32.to_le_bytes(), &info, &[0; 64]].concat()
}

/// An extended WebP with a canvas and one lossless frame of no data.
fn webp_canvas(width: u32, height: u32) -> Vec<u8> {
    let size = |side: u32| (side - 1).to_le_bytes();
    let vp8x = webp_chunk(b"VP8X", &[&[0; 4], &size(width)[..3], &size(height)[..3]].concat());
    let bits = 0x2Fu64 | u64::from(width - 1) << 8 | u64::from(height - 1) << 22;
    riff(&[vp8x, webp_chunk(b"VP8L", &bits.to_le_bytes())])
}

fn webp_chunk(name: &[u8; 4], content: &[u8]) -> Vec<u8> {
    [&name[..], &(content.len() as u32).to_le_bytes(), content].concat()
}

fn riff(chunks: &[Vec<u8>]) -> Vec<u8> {
    let body = [b"WEBP", &chunks.concat()[..]].concat();
    [b"RIFF", &(body.len() as u32).to_le_bytes()[..], &body].concat()
}
