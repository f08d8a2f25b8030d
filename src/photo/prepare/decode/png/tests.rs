//! Tests that a PNG read row by row gives the pixels of one read whole, and what is left of a damaged one.

use image::{ImageDecoder, codecs::png::PngDecoder};
use png::{BitDepth, ColorType, Filter};

use super::*;
use crate::photo::prepare::{decode::flatten::flatten, resize::Scaler};

/// With odd sides, and wide enough that a row ends in the middle of what is inflated at once.
const SIZE: (u32, u32) = (401, 203);

/// Slopes with noise, as bytes.
fn noise(count: usize) -> Vec<u8> {
    let noise = |i: usize| ((i as u32).wrapping_mul(2_654_435_761) >> 13) as u8;
    (0..count).map(|i| (i / 11 % 256) as u8 ^ (noise(i) & noise(i / 7) & 63)).collect()
}

fn encoded(colour: ColorType, depth: BitDepth, filter: Filter, transparency: Option<&[u8]>) -> Vec<u8> {
    let mut info = png::Info::with_size(SIZE.0, SIZE.1);
    (info.color_type, info.bit_depth) = (colour, depth);
    let bytes = info.raw_bytes() - SIZE.1 as usize;
    info.trns = transparency.map(|entries| entries.to_vec().into());
    if colour == ColorType::Indexed {
        info.palette = Some(noise(3 << depth as u8).into());
    }
    let mut file = Vec::new();
    let mut encoder = png::Encoder::with_info(&mut file, info).unwrap();
    encoder.set_filter(filter);
    let mut writer = encoder.write_header().unwrap();
    writer.write_image_data(&noise(bytes)).unwrap();
    writer.finish().unwrap();
    file
}

/// Each colour type and depth, with and without transparency.
fn every_kind() -> Vec<(String, Vec<u8>)> {
    use BitDepth::*;
    let mut files = Vec::new();
    for (colour, depths) in [
        (ColorType::Grayscale, &[One, Two, Four, Eight, Sixteen][..]),
        (ColorType::Rgb, &[Eight, Sixteen]),
        (ColorType::Indexed, &[One, Two, Four, Eight]),
        (ColorType::GrayscaleAlpha, &[Eight, Sixteen]),
        (ColorType::Rgba, &[Eight, Sixteen]),
    ] {
        for &depth in depths {
            let mut push = |what: &str, transparency: Option<&[u8]>| {
                let name = format!("{colour:?} {depth:?} {what}");
                files.push((name, encoded(colour, depth, Filter::Adaptive, transparency)));
            };
            push("", None);
            match colour {
                ColorType::Grayscale => push("with a key", Some(&[0, 1])),
                ColorType::Rgb => push("with a key", Some(&[0, 1, 0, 1, 0, 2])),
                ColorType::Indexed => push("with alphas", Some(&[0, 200])),
                _ => {}
            }
        }
    }
    files
}

/// As the file is read: the pixels of a picture of `to` px.
fn by_rows(file: &[u8], to: (u32, u32)) -> Result<(Layout, Vec<u8>, Option<Damage>), PhotoError> {
    let (_, Source::Rows(rows)) = open(file, &Limits::new())? else { panic!("not read by rows") };
    let mut scaler = RowScaler::new();
    scaler.start(rows.layout().channels(), SIZE, to);
    let damage = rows.read(&mut scaler)?;
    Ok((rows.layout(), scaler.result().clone(), damage))
}

/// By the image crate, whole, and scaled by fast_image_resize.
fn whole(file: &[u8], to: (u32, u32)) -> (Layout, Vec<u8>) {
    let decoder = PngDecoder::new(std::io::Cursor::new(file)).unwrap();
    let colour = decoder.color_type();
    let mut pixels = vec![0; decoder.total_bytes() as usize];
    decoder.read_image(&mut pixels).unwrap();
    let layout = flatten(&mut pixels, colour).unwrap();
    let mut scaled = Vec::new();
    Scaler::default().scale(&pixels, layout.channels(), SIZE, to, &mut scaled).unwrap();
    (layout, scaled)
}

#[test]
fn rows_give_the_pixels_of_the_whole_picture_and_scaled_ones_within_two_steps() {
    for (what, file) in every_kind() {
        let (layout, pixels, damage) = by_rows(&file, SIZE).unwrap();
        assert!((layout, &pixels, damage) == (whole(&file, SIZE).0, &whole(&file, SIZE).1, None), "{what}");
        let to = (160, 81);
        let (scaled, wanted) = (by_rows(&file, to).unwrap().1, whole(&file, to).1);
        let steps = scaled.iter().zip(&wanted).map(|(one, other)| one.abs_diff(*other)).max();
        assert!(scaled.len() == wanted.len() && steps <= Some(2), "{what}: {steps:?}");
    }
}

#[test]
fn every_filter_is_undone() {
    for filter in [Filter::NoFilter, Filter::Sub, Filter::Up, Filter::Avg, Filter::Paeth] {
        for (colour, depth) in
            [(ColorType::Rgb, BitDepth::Eight), (ColorType::Rgba, BitDepth::Eight), (ColorType::Rgb, BitDepth::Sixteen)]
        {
            let file = encoded(colour, depth, filter, None);
            assert!(by_rows(&file, SIZE).unwrap().1 == whole(&file, SIZE).1, "{filter:?} {colour:?}");
        }
    }
}

/// The file's data in chunks of so many bytes.
fn in_pieces(file: &[u8], bytes: usize) -> Vec<u8> {
    let mut out = file[..8].to_vec();
    let mut rest = &file[8..];
    while let Some(chunk) = chunks::Chunk::first(rest) {
        let pieces: Vec<&[u8]> =
            if chunk.name == *b"IDAT" { chunk.data.chunks(bytes).collect() } else { vec![chunk.data] };
        for piece in pieces {
            let named = [&chunk.name[..], piece].concat();
            out.extend((piece.len() as u32).to_be_bytes());
            out.extend(&named);
            out.extend(crc32fast::hash(&named).to_be_bytes());
        }
        rest = chunk.rest;
    }
    out
}

#[test]
fn how_the_data_is_cut_into_chunks_does_not_matter() {
    let file = encoded(ColorType::Rgb, BitDepth::Eight, Filter::Adaptive, None);
    let wanted = by_rows(&file, SIZE).unwrap();
    for bytes in [1, 7, 8192, 1 << 20] {
        assert!(by_rows(&in_pieces(&file, bytes), SIZE).unwrap() == wanted, "{bytes}");
    }
}

#[test]
fn of_a_file_that_was_cut_the_rows_that_are_there_are_shown_and_it_is_said() {
    let file = encoded(ColorType::Rgb, BitDepth::Eight, Filter::Paeth, None);
    let wanted = by_rows(&file, SIZE).unwrap().1;
    let row = SIZE.0 as usize * 3;
    let mut before = 0;
    for end in (0..file.len()).step_by(997).chain(file.len() - 20..file.len() - 4) {
        match by_rows(&file[..end], SIZE) {
            Err(error) => {
                assert_eq!(error.kind(), crate::photo::PhotoErrorKind::Truncated, "{end}");
                assert_eq!(before, 0, "{end}");
            }
            Ok((_, pixels, damage)) => {
                let same = pixels.chunks(row).zip(wanted.chunks(row)).take_while(|(one, other)| one == other).count();
                let rows = SIZE.1 as usize;
                let told = if same == rows { Damage::RowsComplete } else { Damage::RowsMissing };
                assert_eq!(damage, Some(told), "{end}");
                assert!(same >= before && pixels[same * row..].iter().all(|&sample| sample == 0), "{end}: {same}");
                before = same;
            }
        }
    }
    assert_eq!(before, SIZE.1 as usize);
}

#[test]
fn damaged_data_is_told_and_what_is_no_data_is_refused() {
    let file = encoded(ColorType::Rgba, BitDepth::Eight, Filter::Paeth, None);
    let data = file.windows(4).position(|name| name == b"IDAT").unwrap() + 4;
    // The checksum of the only chunk of data.
    let spoiled = |at: usize, bits: u8| {
        let mut file = file.clone();
        file[at] ^= bits;
        by_rows(&file, SIZE).map(|(_, _, damage)| damage)
    };
    let checksum = file.len() - 16;
    assert_eq!(spoiled(checksum, 1).unwrap(), Some(Damage::PartsLost));
    assert_eq!(spoiled(data + 50_000, 0x55).unwrap(), Some(Damage::RowsUnread));
    for at in [data, data + 2] {
        assert_eq!(spoiled(at, 0x77).unwrap_err().kind(), crate::photo::PhotoErrorKind::Damaged, "{at}");
    }
    // Where the picture is transparent nothing hides what is missing.
    let mut short = file.clone();
    short[data + 50_000] ^= 0x55;
    assert_eq!(by_rows(&short, SIZE).unwrap().1.last(), Some(&255));
}

#[test]
fn a_palette_that_is_missing_or_too_short_never_makes_a_panic() {
    let file = encoded(ColorType::Indexed, BitDepth::Eight, Filter::NoFilter, None);
    let palette = file.windows(4).position(|name| name == b"PLTE").unwrap();
    let mut without = file.clone();
    without[palette..palette + 4].copy_from_slice(b"teXt");
    assert_eq!(by_rows(&without, SIZE).unwrap_err().kind(), crate::photo::PhotoErrorKind::Damaged);
    let short =
        [&file[..palette - 4], &[0, 0, 0, 3], b"PLTE\x0A\x14\x1E", &crc32fast::hash(b"PLTE\x0A\x14\x1E").to_be_bytes()]
            .concat();
    let short = [&short[..], &file[palette + 4 + 768 + 4..]].concat();
    let pixels = by_rows(&short, SIZE).unwrap().1;
    assert!(pixels.as_chunks::<3>().0.iter().all(|pixel| matches!(pixel, [10, 20, 30] | [0, 0, 0])));
}
