//! Measures how often a photo gets advice: photos as they are, and copies that code made worse.
//!
//! ```text
//! cargo run --release -p liveness-benches --example advice -- PEOPLE [OTHERS…] [--copies DIR]
//! ```
//!
//! Each folder holds photos, one column each. The photos of the first are graded, and halved by a hash of their names: thresholds
//! are set on half A, and half B says what they are worth. Prints Markdown. With `--copies` every copy is written too, to be looked at.

#![allow(clippy::expect_used, reason = "a report may stop")]

mod grade;
mod table;

use std::path::{Path, PathBuf};
use std::{env, fs};

use jpeg_encoder::{ColorType, Encoder, SamplingFactor};
use liveness::photo::{Advice, ByteLimit, Limits, PhotoSpec, Preparer, Report};

use grade::{Grade, Light};
use table::{Half, Row};

/// As phones write it.
const COPY_QUALITY: u8 = 85;

/// Every step, the advice that it asks for, and whether a person would reject it.
const STEPS: &[(Grade, Option<Advice>, bool)] = &[
    (Grade::Copied, None, false),
    (Grade::Noisy(3.0), None, false),
    (Grade::Exposed(-1.0), Some(Advice::TooDark), false),
    (Grade::Exposed(-2.0), Some(Advice::TooDark), false),
    (Grade::Exposed(-3.0), Some(Advice::TooDark), true),
    (Grade::Exposed(-4.0), Some(Advice::TooDark), true),
    (Grade::Exposed(1.0), Some(Advice::TooBright), false),
    (Grade::Exposed(2.0), Some(Advice::TooBright), false),
    (Grade::Exposed(3.0), Some(Advice::TooBright), true),
    (Grade::BackLit(1.0, 0.28), Some(Advice::BackLight), false),
    (Grade::BackLit(2.0, 0.28), Some(Advice::BackLight), true),
    (Grade::BackLit(2.0, 0.18), Some(Advice::BackLight), true),
    (Grade::BackLit(3.0, 0.28), Some(Advice::BackLight), true),
    (Grade::Defocused(1.0), Some(Advice::Blurred), false),
    (Grade::Defocused(2.0), Some(Advice::Blurred), false),
    (Grade::Defocused(3.0), Some(Advice::Blurred), false),
    (Grade::Defocused(4.0), Some(Advice::Blurred), true),
    (Grade::Defocused(6.0), Some(Advice::Blurred), true),
    (Grade::Moved(4.0), Some(Advice::Blurred), false),
    (Grade::Moved(8.0), Some(Advice::Blurred), false),
    (Grade::Moved(16.0), Some(Advice::Blurred), true),
    (Grade::Moved(32.0), Some(Advice::Blurred), true),
    (Grade::Foggy(0.3), Some(Advice::LowContrast), false),
    (Grade::Foggy(0.5), Some(Advice::LowContrast), false),
    (Grade::Foggy(0.7), Some(Advice::LowContrast), false),
    (Grade::Foggy(0.8), Some(Advice::LowContrast), true),
    (Grade::Foggy(0.9), Some(Advice::LowContrast), true),
];

fn main() {
    let mut folders = Vec::new();
    let (mut copies, mut measures) = (None, false);
    let mut arguments = env::args().skip(1);
    while let Some(argument) = arguments.next() {
        match argument.as_str() {
            "--copies" => copies = arguments.next().map(PathBuf::from),
            "--measures" => measures = true,
            _ => folders.push(PathBuf::from(argument)),
        }
    }
    let mut preparer = Preparer::new(PhotoSpec::TENCENT_MARKET);
    let mut rows = Vec::new();
    for (column, folder) in folders.iter().enumerate() {
        for (name, file) in photos(folder) {
            let half = Half::of(&name);
            let report = report(&mut preparer, &file);
            if measures {
                println!("{column}\t{half:?}\t{name}\tas it is\t{}", table::measures(&report));
            }
            rows.push(Row { column, half, step: None, name: name.clone(), advice: report.advice() });
            if column == 0 {
                grade_all(&mut preparer, &name, &file, copies.as_deref(), |grade, report| {
                    if measures {
                        println!("{column}\t{half:?}\t{name}\t{grade}\t{}", table::measures(report));
                    }
                    rows.push(Row { column, half, step: Some(grade), name: name.clone(), advice: report.advice() });
                });
            }
        }
    }
    if !measures {
        table::print(&folders, STEPS, &rows);
    }
}

/// All files of a folder by name.
fn photos(folder: &Path) -> Vec<(String, Vec<u8>)> {
    let mut paths: Vec<PathBuf> =
        fs::read_dir(folder).expect("a folder").map(|entry| entry.expect("an entry").path()).collect();
    paths.sort();
    let name = |path: &Path| path.file_name().expect("a name").to_string_lossy().into_owned();
    paths.iter().map(|path| (name(path), fs::read(path).expect("a file"))).collect()
}

fn report(preparer: &mut Preparer, file: &[u8]) -> Report {
    preparer.prepare(file).expect("a photo").report().expect("prepared").clone()
}

/// Grades the photo at every step; the size is the one that it is measured at.
fn grade_all(
    preparer: &mut Preparer,
    name: &str,
    file: &[u8],
    copies: Option<&Path>,
    mut each: impl FnMut(Grade, &Report),
) {
    let spec = PhotoSpec::new(ByteLimit::Raw(1 << 30)).with_formats(&[]);
    let limits = Limits::new().with_max_memory_bytes(u64::MAX);
    let base = Preparer::new(spec).with_limits(limits).prepare(file).expect("a photo");
    let base = image::load_from_memory(base.bytes()).expect("a JPEG").into_rgb8();
    let (width, height) = (base.width() as usize, base.height() as usize);
    let light = Light::of(&base, width, height);
    let seed = table::hash(name);
    for &(grade, ..) in STEPS {
        let rgb = light.graded(grade, seed);
        let mut copy = Vec::new();
        let mut encoder = Encoder::new(&mut copy, COPY_QUALITY);
        encoder.set_sampling_factor(SamplingFactor::R_4_2_0);
        encoder.encode(&rgb, width as u16, height as u16, ColorType::Rgb).expect("a picture");
        if let Some(folder) = copies {
            let file_name = format!("{name}.{}.jpg", grade.to_string().replace(' ', "_"));
            fs::write(folder.join(file_name), &copy).expect("a folder");
        }
        each(grade, &report(preparer, &copy));
    }
}
