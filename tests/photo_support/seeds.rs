//! Small files of every kind that is read, to be mutated: the smaller, the more of a mutation hits what matters.

use jpeg_encoder::SamplingFactor;

use super::heic::{self, Heic};
use super::jpegs::{self, Options};
use super::pngs;
use super::rasters::{self, Metadata};
use super::scene;

/// A few of each format, coding, colour and metadata.
pub(crate) fn every_kind() -> Vec<Vec<u8>> {
    let picture = scene::upright(34, 21);
    let exif = Metadata { exif: Some(jpegs::exif(6, true)), ..Metadata::default() };
    let p3 = moxcms::ColorProfile::new_display_p3().encode().unwrap_or_default();
    let mut seeds = vec![
        jpegs::with_exif(&jpegs::baseline(&picture), &jpegs::exif(6, false)),
        jpegs::colour(&picture, &Options { icc_profile: p3.clone(), ..Options::default() }),
        jpegs::with_frame(&jpegs::baseline(&picture), 0xC1),
        jpegs::grey(&picture, &Options::default()),
        jpegs::rgb(&picture),
        rasters::png(&picture, &exif),
        rasters::png(&picture, &Metadata { icc_profile: Some(p3), ..Metadata::default() }),
        rasters::webp(&picture, &exif),
        rasters::webp_with_alpha(&picture, 90),
        rasters::LOSSY_WEBP.to_vec(),
        rasters::bmp(&scene::upright(18, 17)),
        rasters::gif(&picture),
    ];
    for sampling in [SamplingFactor::F_1_1, SamplingFactor::F_2_1, SamplingFactor::F_2_2, SamplingFactor::F_4_1] {
        for (progressive, scan_per_component, restart_interval) in
            [(false, false, 2), (true, false, 0), (false, true, 0)]
        {
            let options = Options { sampling, progressive, scan_per_component, restart_interval, ..Options::default() };
            seeds.push(jpegs::colour(&picture, &options));
            if sampling != SamplingFactor::F_2_1 {
                seeds.push(jpegs::cmyk(&picture, progressive, &options));
            }
        }
    }
    let colours = [
        pngs::chunk(b"cICP", &[12, 13, 0, 1]),
        pngs::chunk(b"gAMA", &[0, 1, 0, 0]),
        pngs::chunk(b"cHRM", &[0, 0, 0x7A, 0x26].repeat(8)),
    ];
    seeds.extend([false, true].map(|interlaced| pngs::rgb(&picture, interlaced, &colours)));
    // Refused by name where the feature is off.
    seeds.extend(heic());
    seeds.extend(rasters::every_png(&picture).into_iter().map(|(_, file, _)| file).step_by(3));
    seeds
}

/// HEICs of each depth, sampling and container.
pub(crate) fn heic() -> Vec<Vec<u8>> {
    let coded = [heic::SCENE, heic::DEEP, heic::FULL, heic::GREY, heic::VIDEO].map(Heic::of);
    let turned =
        Heic::of(heic::SCENE).with(b"clap", heic::clap((99, 51), (-1, 2))).with(b"irot", [1]).with(b"imir", [0]);
    let p3 = Heic::of(heic::P3).with(b"colr", heic::nclx(12, 13, 6, true));
    let files = [turned, p3, Heic::grid(heic::SIZE)];
    coded.iter().chain(&files).map(Heic::bytes).chain([heic::GRID.to_vec()]).collect()
}
