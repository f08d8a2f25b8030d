//! What is prepared: photos made by code, the same on every machine, and any folder of real ones.

use std::path::Path;
use std::sync::LazyLock;
use std::{env, fs};

use image::ImageEncoder;
use jpeg_encoder::{ColorType, Encoder, SamplingFactor};
use walkdir::WalkDir;

use crate::camera;

/// Names a folder of JPEG photos to add.
pub(crate) const PHOTOS_VARIABLE: &str = "LIVENESS_BENCH_PHOTOS";

/// One file to prepare.
pub(crate) struct Input {
    pub(crate) name: String,
    pub(crate) file: Vec<u8>,
    pub(crate) pixels: u64,
    /// Whether a JPEG decoder reads it.
    pub(crate) is_jpeg: bool,
}

#[derive(Clone, Copy)]
enum Coding {
    Jpeg(SamplingFactor, bool),
    Png,
}

/// Name, width, height, coding.
const CASES: [(&str, u16, u16, Coding); 9] = [
    ("2 MP 4:2:0", 1632, 1224, Coding::Jpeg(SamplingFactor::R_4_2_0, false)),
    ("8 MP 4:2:0", 3264, 2448, Coding::Jpeg(SamplingFactor::R_4_2_0, false)),
    ("12 MP 4:2:0", 4032, 3024, Coding::Jpeg(SamplingFactor::R_4_2_0, false)),
    ("24 MP 4:2:0", 5664, 4248, Coding::Jpeg(SamplingFactor::R_4_2_0, false)),
    ("50 MP 4:2:0", 8160, 6120, Coding::Jpeg(SamplingFactor::R_4_2_0, false)),
    ("12 MP 4:2:2", 4032, 3024, Coding::Jpeg(SamplingFactor::R_4_2_2, false)),
    ("12 MP 4:4:4", 4032, 3024, Coding::Jpeg(SamplingFactor::R_4_4_4, false)),
    ("12 MP progressive", 4032, 3024, Coding::Jpeg(SamplingFactor::R_4_2_0, true)),
    ("12 MP PNG", 4032, 3024, Coding::Png),
];

const QUALITY: u8 = 92;

/// The photos made by code, once for all groups.
pub(crate) static MADE: LazyLock<Vec<Input>> = LazyLock::new(made);

fn made() -> Vec<Input> {
    CASES
        .iter()
        .map(|&(name, width, height, coding)| {
            let rgb = camera::rgb(width.into(), height.into());
            let file = match coding {
                Coding::Jpeg(sampling, progressive) => jpeg(&rgb, width, height, sampling, progressive),
                Coding::Png => png(&rgb, width.into(), height.into()),
            };
            let is_jpeg = matches!(coding, Coding::Jpeg(..));
            Input { name: name.into(), file, pixels: u64::from(width) * u64::from(height), is_jpeg }
        })
        .collect()
}

/// The photos of the folder that the variable names, if it does.
pub(crate) fn real() -> Vec<Input> {
    let Some(folder) = env::var_os(PHOTOS_VARIABLE) else { return Vec::new() };
    let files = WalkDir::new(folder).sort_by_file_name().into_iter().filter_map(Result::ok);
    files.filter_map(|entry| photo(entry.path())).collect()
}

fn photo(path: &Path) -> Option<Input> {
    let file = fs::read(path).ok().filter(|file| file.starts_with(&[0xFF, 0xD8, 0xFF]))?;
    let mut decoder = zune_jpeg::JpegDecoder::new(zune_core::bytestream::ZCursor::new(&file));
    decoder.decode_headers().ok()?;
    let (width, height) = decoder.dimensions()?;
    let name = path.file_stem()?.to_string_lossy().into_owned();
    Some(Input { name, file, pixels: (width * height) as u64, is_jpeg: true })
}

fn jpeg(rgb: &[u8], width: u16, height: u16, sampling: SamplingFactor, progressive: bool) -> Vec<u8> {
    let mut file = Vec::new();
    let mut encoder = Encoder::new(&mut file, QUALITY);
    encoder.set_sampling_factor(sampling);
    encoder.set_progressive(progressive);
    encoder.encode(rgb, width, height, ColorType::Rgb).expect("writing to memory does not fail");
    file
}

fn png(rgb: &[u8], width: u32, height: u32) -> Vec<u8> {
    let mut file = Vec::new();
    let encoder = image::codecs::png::PngEncoder::new(&mut file);
    encoder.write_image(rgb, width, height, image::ExtendedColorType::Rgb8).expect("writing to memory does not fail");
    file
}
