//! Prepares photos for a benchmark that times several programs against each other, one photo at a time.
//!
//! Reads requests from stdin and answers on stdout until stdin ends; integers are little-endian:
//!
//! ```text
//! request :  u32 n | n bytes of a photo
//! response:  u32 len | u64 elapsed_us | u32 info_len | len bytes of JPEG | info_len bytes of JSON
//! ```
//!
//! `elapsed_us` is from "file in memory" to "JPEG in memory" by this program's own clock; `len` is 0 where the photo was
//! refused, with the reason in the JSON. The quality floor is off, as other programs have none.

use std::io::{self, Read, Write};
use std::time::{Duration, Instant};

use liveness::photo::{PhotoSpec, Preparer};
use serde_json::json;

fn main() -> io::Result<()> {
    let mut preparer = Preparer::new(PhotoSpec::TENCENT_MARKET.with_quality_floor(0.0));
    let (mut input, mut output) = (io::stdin().lock(), io::stdout().lock());
    let mut file = Vec::new();
    let mut length = [0; 4];
    while input.read_exact(&mut length).is_ok() {
        file.resize(u32::from_le_bytes(length) as usize, 0);
        input.read_exact(&mut file)?;
        let start = Instant::now();
        let prepared = preparer.prepare(&file);
        let elapsed = micros(start.elapsed());
        let (jpeg, info) = match &prepared {
            Ok(photo) => (photo.bytes(), photo.report().map(info)),
            Err(error) => (&[][..], Some(json!({ "error": error.to_string() }))),
        };
        let info = info.unwrap_or_default().to_string();
        output.write_all(&(jpeg.len() as u32).to_le_bytes())?;
        output.write_all(&elapsed.to_le_bytes())?;
        output.write_all(&(info.len() as u32).to_le_bytes())?;
        output.write_all(jpeg)?;
        output.write_all(info.as_bytes())?;
        output.flush()?;
    }
    Ok(())
}

fn info(report: &liveness::photo::Report) -> serde_json::Value {
    let times = &report.times;
    json!({
        "q": report.quality, "w": report.width, "h": report.height,
        "decode_us": micros(times.decode), "resize_us": micros(times.resize), "colour_us": micros(times.colour),
        "measure_us": micros(times.measure), "encode_us": micros(times.encode),
    })
}

fn micros(time: Duration) -> u64 {
    time.as_micros() as u64
}
