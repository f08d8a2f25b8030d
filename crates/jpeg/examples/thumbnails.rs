//! Makes a thumbnail of every JPEG that is named: `cargo run --release --example thumbnails -- *.jpg`.
//!
//! One decoder, one encoder and one set of planes for all of them, so that nothing is allocated but the results. What cannot be
//! decoded here is named with the reason, and the rest goes on.

use std::path::{Path, PathBuf};
use std::{env, error, fs, process};

use liveness_jpeg::{Budget, Decoder, Encoder, Header, Limits, Planes, Target};

const LONG_SIDE_PX: u32 = 256;
const MAX_BYTES: usize = 12_000;

fn main() {
    let mut decoder = Decoder::new().with_limits(Limits::new().with_max_pixels(100_000_000));
    let (mut encoder, mut planes) = (Encoder::new(), Planes::new());
    let mut failed = false;
    for path in env::args_os().skip(1).map(PathBuf::from) {
        match thumbnail(&path, &mut decoder, &mut encoder, &mut planes) {
            Ok(what) => println!("{}: {what}", path.display()),
            Err(error) => {
                eprintln!("{}: {error}", path.display());
                failed = true;
            }
        }
    }
    process::exit(failed.into());
}

fn thumbnail(
    path: &Path,
    decoder: &mut Decoder,
    encoder: &mut Encoder,
    planes: &mut Planes,
) -> Result<String, Box<dyn error::Error>> {
    let file = fs::read(path)?;
    let header = Header::parse(&file)?;
    let found = decoder.decode(&header, &Target::fit(&header, LONG_SIDE_PX), planes)?;
    let small = encoder.encode(planes, Budget::bytes(MAX_BYTES))?;
    fs::write(path.with_extension("thumbnail.jpg"), &small.bytes)?;
    let damage = if found.is_sound() { "" } else { ", from a damaged file" };
    Ok(format!("{}×{} px, {} bytes{damage}", planes.width(), planes.height(), small.bytes.len()))
}
