//! PNG, WebP, BMP and GIF files of every kind that is read, made by code.

use std::borrow::Cow;

use image::codecs::{bmp::BmpEncoder, gif::GifEncoder, webp::WebPEncoder};
use image::{ExtendedColorType, ImageEncoder};
use png::{BitDepth, ColorType};

use super::{Picture, scene};

/// The scene of 32×32 px as a lossy WebP (libwebp 1.6, quality 80), for which no encoder in Rust is at hand.
pub(crate) const LOSSY_WEBP: [u8; 116] = [
    0x52, 0x49, 0x46, 0x46, 0x6c, 0x00, 0x00, 0x00, 0x57, 0x45, 0x42, 0x50, 0x56, 0x50, 0x38, 0x20, 0x60, 0x00, 0x00,
    0x00, 0xb0, 0x04, 0x00, 0x9d, 0x01, 0x2a, 0x20, 0x00, 0x20, 0x00, 0x3e, 0x61, 0x26, 0x8e, 0x45, 0xa4, 0x22, 0x21,
    0x1b, 0xf4, 0x00, 0x40, 0x06, 0x04, 0xb4, 0x00, 0x4e, 0x99, 0x42, 0x38, 0x1b, 0xc0, 0x3f, 0x15, 0x79, 0x03, 0x34,
    0x0b, 0xb3, 0xb9, 0x9f, 0x81, 0x55, 0x86, 0x36, 0x44, 0x00, 0xfe, 0xef, 0xbd, 0x57, 0xef, 0xd6, 0x82, 0x59, 0xaf,
    0xfd, 0x98, 0xc4, 0xc6, 0x26, 0x26, 0xb0, 0xb0, 0x46, 0x35, 0xa7, 0x07, 0x9d, 0xd7, 0x57, 0xbf, 0xd9, 0xe0, 0xc2,
    0x18, 0xa4, 0x31, 0x10, 0xc5, 0x27, 0x16, 0x92, 0xde, 0xff, 0x53, 0xb1, 0x36, 0x10, 0x1d, 0xf6, 0xd1, 0x60, 0x20,
    0x00, 0x00,
];

#[derive(Clone, Debug, Default)]
pub(crate) struct Metadata {
    pub(crate) exif: Option<Vec<u8>>,
    pub(crate) icc_profile: Option<Vec<u8>>,
}

/// A PNG of samples that are already in the colour type and depth that `info` says.
pub(crate) fn png_of(mut info: png::Info<'_>, metadata: &Metadata, data: &[u8]) -> Vec<u8> {
    info.icc_profile = metadata.icc_profile.clone().map(Cow::Owned);
    info.exif_metadata = metadata.exif.clone().map(Cow::Owned);
    let mut file = Vec::new();
    let mut writer = png::Encoder::with_info(&mut file, info).unwrap().write_header().unwrap();
    writer.write_image_data(data).unwrap();
    writer.finish().unwrap();
    file
}

pub(crate) fn info(width: usize, height: usize, colour: ColorType, depth: BitDepth) -> png::Info<'static> {
    let mut info = png::Info::with_size(width as u32, height as u32);
    (info.color_type, info.bit_depth) = (colour, depth);
    info
}

pub(crate) fn png(picture: &Picture, metadata: &Metadata) -> Vec<u8> {
    png_of(info(picture.width, picture.height, ColorType::Rgb, BitDepth::Eight), metadata, &picture.rgb)
}

/// One file of each colour type and depth that PNG has, with the patches it must show.
pub(crate) fn every_png(picture: &Picture) -> Vec<(String, Vec<u8>, [[u8; 3]; 4])> {
    use BitDepth::*;
    let (w, h) = (picture.width, picture.height);
    let none = Metadata::default();
    let patch = |i: usize| usize::from(i / w >= h / 2) * 2 + usize::from(i % w >= w / 2);
    let pixels: Vec<usize> = (0..w * h).map(patch).collect();
    let mut files = Vec::new();
    for (depth, bits) in [(One, 1), (Two, 2), (Four, 4), (Eight, 8), (Sixteen, 16)] {
        let largest = (1u32 << bits) - 1;
        // Grey: as near to the patch's luminance as the depth allows.
        let level = |rgb: [u8; 3]| (u32::from(scene::grey(rgb)[0]) * largest + 127) / 255;
        let data = pack(&pixels.iter().map(|&p| level(scene::PATCHES[p])).collect::<Vec<_>>(), w, bits);
        let shown = scene::PATCHES.map(|rgb| [(level(rgb) * 255 / largest) as u8; 3]);
        files.push((format!("grey {bits}"), png_of(info(w, h, ColorType::Grayscale, depth), &none, &data), shown));
        if (2..=8).contains(&bits) {
            let data = pack(&pixels.iter().map(|&p| p as u32).collect::<Vec<_>>(), w, bits);
            let mut info = info(w, h, ColorType::Indexed, depth);
            info.palette = Some(Cow::Owned(scene::PATCHES.concat()));
            let file = png_of(info.clone(), &none, &data);
            files.push((format!("indexed {bits}"), file, scene::PATCHES));
            // The third entry half transparent, the last one wholly.
            info.trns = Some(Cow::Borrowed(&[255, 255, 128, 0]));
            let file = png_of(info, &none, &data);
            let [red, green, blue, _] = scene::PATCHES;
            files.push((
                format!("indexed {bits} with transparency"),
                file,
                [red, green, over_white(blue, 128), [255; 3]],
            ));
        }
        if bits >= 8 {
            let alphas = [255u8, 51, 128, 0];
            let wide = |v: u8| if bits == 16 { vec![v, v] } else { vec![v] };
            let samples = |f: &dyn Fn(usize) -> Vec<u8>| {
                pixels.iter().flat_map(|&p| f(p).into_iter().flat_map(wide)).collect::<Vec<u8>>()
            };
            let mut push = |name: &str, colour, data: &[u8], shown| {
                files.push((format!("{name} {bits}"), png_of(info(w, h, colour, depth), &none, data), shown));
            };
            let over = |rgb: fn([u8; 3]) -> [u8; 3]| {
                let mut patch = 0;
                scene::PATCHES.map(|colour| {
                    patch += 1;
                    over_white(rgb(colour), alphas[patch - 1])
                })
            };
            push("rgb", ColorType::Rgb, &samples(&|p| scene::PATCHES[p].to_vec()), scene::PATCHES);
            let data = samples(&|p| [&scene::PATCHES[p][..], &[alphas[p]]].concat());
            push("rgb and alpha", ColorType::Rgba, &data, over(|rgb| rgb));
            let data = samples(&|p| vec![scene::grey(scene::PATCHES[p])[0], alphas[p]]);
            push("grey and alpha", ColorType::GrayscaleAlpha, &data, over(scene::grey));
        }
    }
    files
}

fn over_white(rgb: [u8; 3], alpha: u8) -> [u8; 3] {
    rgb.map(|v| ((u32::from(v) * u32::from(alpha) + 255 * u32::from(255 - alpha)) / 255) as u8)
}

/// Samples of `bits` bits, rows beginning on a byte, the most significant first.
fn pack(samples: &[u32], width: usize, bits: u32) -> Vec<u8> {
    let row = |row: &[u32]| {
        let mut bytes = vec![0u8; (row.len() * bits as usize).div_ceil(8)];
        for (at, bit) in row
            .iter()
            .enumerate()
            .flat_map(|(i, &s)| (0..bits).map(move |b| (i as u32 * bits + b, s >> (bits - 1 - b) & 1)))
        {
            bytes[at as usize / 8] |= (bit as u8) << (7 - at % 8);
        }
        bytes
    };
    samples.chunks(width).flat_map(row).collect()
}

pub(crate) fn webp(picture: &Picture, metadata: &Metadata) -> Vec<u8> {
    let mut file = Vec::new();
    let mut encoder = WebPEncoder::new_lossless(&mut file);
    if let Some(exif) = &metadata.exif {
        encoder.set_exif_metadata(exif.clone()).unwrap();
    }
    if let Some(profile) = &metadata.icc_profile {
        encoder.set_icc_profile(profile.clone()).unwrap();
    }
    encoder.write_image(&picture.rgb, picture.width as u32, picture.height as u32, ExtendedColorType::Rgb8).unwrap();
    file
}

/// A WebP whose patches are more and more transparent.
pub(crate) fn webp_with_alpha(picture: &Picture, alpha: u8) -> Vec<u8> {
    let rgba: Vec<u8> = picture.rgb.chunks(3).flat_map(|p| [p[0], p[1], p[2], alpha]).collect();
    let mut file = Vec::new();
    let (width, height) = (picture.width as u32, picture.height as u32);
    WebPEncoder::new_lossless(&mut file).write_image(&rgba, width, height, ExtendedColorType::Rgba8).unwrap();
    file
}

pub(crate) fn bmp(picture: &Picture) -> Vec<u8> {
    let mut file = Vec::new();
    let (width, height) = (picture.width as u32, picture.height as u32);
    BmpEncoder::new(&mut file).write_image(&picture.rgb, width, height, ExtendedColorType::Rgb8).unwrap();
    file
}

/// An animation whose first frame is the picture, and whose second is black.
pub(crate) fn gif(picture: &Picture) -> Vec<u8> {
    let mut file = Vec::new();
    let (width, height) = (picture.width as u32, picture.height as u32);
    let mut encoder = GifEncoder::new(&mut file);
    encoder.encode(&picture.rgb, width, height, ExtendedColorType::Rgb8).unwrap();
    encoder.encode(&vec![0; picture.rgb.len()], width, height, ExtendedColorType::Rgb8).unwrap();
    drop(encoder);
    file
}
