//! Writes the seeds of both targets: `cargo run --release --example corpus`, in this folder.

use std::{fs, io};

use jpeg_encoder::{ColorType, Encoder, EncodingError, SamplingFactor};

const SAMPLINGS: [SamplingFactor; 5] = [
    SamplingFactor::F_1_1,
    SamplingFactor::F_2_1,
    SamplingFactor::F_2_2,
    SamplingFactor::F_1_2,
    SamplingFactor::F_4_1,
];

fn main() -> io::Result<()> {
    let folders = ["corpus/jpeg", "corpus/preparer"];
    folders.iter().try_for_each(fs::create_dir_all)?;
    let mut number = 0;
    for sampling in SAMPLINGS {
        for (width, height) in [(17, 16), (40, 33)] {
            for (quality, restarts, progressive) in [(40, 0, false), (90, 1, false), (99, 3, false), (75, 0, true)] {
                let file = seed(width, height, sampling, quality, restarts, progressive).map_err(io::Error::other)?;
                for folder in folders {
                    fs::write(format!("{folder}/{number:03}.jpg"), &file)?;
                }
                number += 1;
            }
        }
    }
    println!("{number} seeds in each of {folders:?}");
    Ok(())
}

fn seed(
    width: u16,
    height: u16,
    sampling: SamplingFactor,
    quality: u8,
    restarts: u16,
    progressive: bool,
) -> Result<Vec<u8>, EncodingError> {
    let rgb: Vec<u8> = (0..u32::from(width) * u32::from(height) * 3)
        .map(|i| (i.wrapping_mul(2_654_435_761) >> 27) as u8 + if i / 40 % 2 == 0 { 30 } else { 200 })
        .collect();
    let mut file = Vec::new();
    let mut encoder = Encoder::new(&mut file, quality);
    encoder.set_sampling_factor(sampling);
    encoder.set_progressive(progressive);
    if restarts > 0 {
        encoder.set_restart_interval(restarts);
    }
    encoder.encode(&rgb, width, height, ColorType::Rgb)?;
    Ok(file)
}
