//! The same job done without this crate: upright, long side at most 1280 px, at most 100,000 bytes, baseline JPEG, by
//! bisection for the highest quality of 10–95 that fits.

use std::io::Cursor;

use fast_image_resize::images::{Image, ImageRef};
use fast_image_resize::{FilterType, PixelType, ResizeAlg, ResizeOptions, Resizer};
use image::codecs::jpeg::JpegEncoder;
use image::metadata::Orientation;
use image::{DynamicImage, ImageDecoder, ImageReader, RgbImage};
use jpeg_encoder::{ColorType, Encoder, SamplingFactor};
use zune_core::bytestream::ZCursor;
use zune_jpeg::JpegDecoder;

use crate::inputs::Input;

const LONG_SIDE_PX: u32 = 1280;
const MAX_BYTES: usize = 100_000;

/// The image crate throughout. Its encoder has no 4:2:0: the photo is 4:4:4.
pub(crate) fn image_alone(input: &Input) -> Vec<u8> {
    let mut decoder = ImageReader::new(Cursor::new(&input.file))
        .with_guessed_format()
        .expect("reading from memory does not fail")
        .into_decoder()
        .expect("a good file");
    let orientation = decoder.orientation().unwrap_or(Orientation::NoTransforms);
    let mut picture = DynamicImage::from_decoder(decoder).expect("a good file");
    picture.apply_orientation(orientation);
    let picture = picture.resize(LONG_SIDE_PX, LONG_SIDE_PX, image::imageops::FilterType::Lanczos3).into_rgb8();
    best_that_fits(|quality| {
        let mut file = Vec::new();
        let encoder = JpegEncoder::new_with_quality(&mut file, quality);
        picture.write_with_encoder(encoder).expect("writing to memory does not fail");
        file
    })
}

/// zune-jpeg (for PNG the image crate), fast_image_resize, jpeg-encoder.
pub(crate) fn assembled(input: &Input) -> Vec<u8> {
    let (pixels, width, height, orientation) = decode(input);
    let long = width.max(height);
    let scaled = |side: u32| (u64::from(side) * u64::from(LONG_SIDE_PX.min(long)) / u64::from(long)).max(1) as u32;
    let source = ImageRef::new(width, height, &pixels, PixelType::U8x3).expect("as many as decoded");
    let mut target = Image::new(scaled(width), scaled(height), PixelType::U8x3);
    let options = ResizeOptions::new().resize_alg(ResizeAlg::Convolution(FilterType::Lanczos3));
    Resizer::new().resize(&source, &mut target, &options).expect("alike in kind");
    let (width, height) = (target.width(), target.height());
    let small = RgbImage::from_raw(width, height, target.into_vec()).expect("as many as resized");
    let mut small = DynamicImage::ImageRgb8(small);
    small.apply_orientation(orientation);
    best_that_fits(|quality| {
        let mut file = Vec::new();
        let mut encoder = Encoder::new(&mut file, quality);
        encoder.set_sampling_factor(SamplingFactor::R_4_2_0);
        let (width, height) = (small.width() as u16, small.height() as u16);
        encoder.encode(small.as_bytes(), width, height, ColorType::Rgb).expect("writing to memory does not fail");
        file
    })
}

fn decode(input: &Input) -> (Vec<u8>, u32, u32, Orientation) {
    if !input.is_jpeg {
        let picture = image::load_from_memory(&input.file).expect("a good file").into_rgb8();
        let (width, height) = picture.dimensions();
        return (picture.into_raw(), width, height, Orientation::NoTransforms);
    }
    let mut decoder = JpegDecoder::new(ZCursor::new(&input.file));
    let pixels = decoder.decode().expect("a good file");
    let (width, height) = decoder.dimensions().expect("decoded");
    let orientation = decoder.exif().and_then(|exif| Orientation::from_exif_chunk(exif));
    (pixels, width as u32, height as u32, orientation.unwrap_or(Orientation::NoTransforms))
}

fn best_that_fits(encode: impl Fn(u8) -> Vec<u8>) -> Vec<u8> {
    let (mut low, mut high, mut best) = (9, 96, Vec::new());
    while high - low > 1 {
        let middle = (low + high) / 2;
        let file = encode(middle);
        if file.len() <= MAX_BYTES {
            (low, best) = (middle, file);
        } else {
            high = middle;
        }
    }
    best
}
