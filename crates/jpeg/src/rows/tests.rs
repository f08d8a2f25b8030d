use jpeg_encoder::{ColorType, Encoder as Writer, SamplingFactor};
use proptest::prelude::*;

use super::scan::{run, run_portably};
use super::*;
use crate::error::{Error, Unsupported};
use crate::picture::picture;

/// Those that jpeg-encoder writes in one scan.
const SAMPLINGS: [SamplingFactor; 4] =
    [SamplingFactor::F_1_1, SamplingFactor::F_2_1, SamplingFactor::F_2_2, SamplingFactor::F_1_2];

/// Every row that the decoder hands out, by component.
#[derive(Debug, Default, Clone, PartialEq)]
struct Rows {
    rows: [Vec<Vec<u8>>; 3],
}

impl Consume for Rows {
    fn rows(&mut self, index: usize, ring: &Ring, ready: usize) {
        for y in self.rows[index].len()..ready {
            self.rows[index].push(ring.row(y).to_vec());
        }
    }
}

fn file(width: usize, height: usize, sampling: SamplingFactor, quality: u8, restarts: u16, noise: u32) -> Vec<u8> {
    let mut file = Vec::new();
    let mut writer = Writer::new(&mut file, quality);
    writer.set_sampling_factor(sampling);
    if restarts > 0 {
        writer.set_restart_interval(restarts);
    }
    writer.encode(&picture(width, height, noise), width as u16, height as u16, ColorType::Rgb).unwrap();
    file
}

fn decode_with(file: &[u8], scale: Scale, portably: bool) -> (Rows, Decoded) {
    let header = Header::parse(file).unwrap();
    let mut rows = Rows::default();
    let requests = [Request { scale, kept_rows: 0 }; 3];
    let mut decoder = RowDecoder::new();
    let decoded = decoder.decode_with(&header, &requests, |scan| {
        if portably { run_portably(scan, &mut rows) } else { run(scan, &mut rows) }
    });
    (rows, decoded)
}

fn decode(file: &[u8], scale: Scale) -> (Rows, Decoded) {
    decode_with(file, scale, false)
}

fn sound(height: usize) -> Decoded {
    Decoded { whole_rows: height, lost_percent: 0, damaged: false, ended: true }
}

/// zune-jpeg's samples, interleaved.
fn zune(file: &[u8]) -> Vec<u8> {
    let options =
        zune_core::options::DecoderOptions::default().jpeg_set_out_colorspace(zune_core::colorspace::ColorSpace::YCbCr);
    zune_jpeg::JpegDecoder::new_with_options(zune_core::bytestream::ZCursor::new(file), options).decode().unwrap()
}

#[test]
fn full_size_planes_are_those_of_zune_jpeg() {
    for sampling in SAMPLINGS {
        for (width, height) in [(1, 1), (8, 8), (17, 33), (130, 75), (257, 31)] {
            for (quality, restarts, noise) in [(92, 0, 10), (100, 3, 255), (30, 1, 80)] {
                let file = file(width, height, sampling, quality, restarts, noise);
                let (rows, decoded) = decode(&file, Scale::Full);
                let what = format!("{sampling:?} {width}×{height} quality {quality} restarts {restarts}");
                assert_eq!(decoded, sound(height), "{what}");
                let expected = zune(&file);
                let components = if sampling == SamplingFactor::F_1_1 { 3 } else { 1 };
                for component in 0..components {
                    for (y, row) in rows.rows[component].iter().enumerate() {
                        for x in 0..width {
                            let theirs = expected[(y * width + x) * 3 + component];
                            assert!(row[x].abs_diff(theirs) <= 2, "{what}: {component} ({x}, {y}) {} {theirs}", row[x]);
                        }
                    }
                }
            }
        }
    }
}

#[test]
fn reduced_planes_are_area_averages_but_for_fine_detail() {
    let (width, height) = (200, 120);
    for sampling in [SamplingFactor::F_1_1, SamplingFactor::F_2_2] {
        let file = file(width, height, sampling, 90, 0, 30);
        let full = decode(&file, Scale::Full).0;
        for (scale, most) in [(Scale::Eighth, 1.0), (Scale::Quarter, 9.0), (Scale::Half, 9.0)] {
            let step = 8 / scale.side();
            let reduced = decode(&file, scale).0;
            let (mut sum, mut count) = (0.0, 0.0);
            for (y, row) in reduced.rows[0].iter().enumerate().take(height / step) {
                for (x, &sample) in row.iter().enumerate().take(width / step) {
                    let area = (0..step).flat_map(|dy| (0..step).map(move |dx| (x * step + dx, y * step + dy)));
                    let total: f64 = area.map(|(x, y)| f64::from(full.rows[0][y][x])).sum();
                    sum += (total / (step * step) as f64 - f64::from(sample)).abs();
                    count += 1.0;
                }
            }
            assert!(sum / count <= most, "{sampling:?} {scale:?}: {}", sum / count);
        }
    }
}

#[test]
fn any_processor_gives_the_same_samples() {
    for sampling in SAMPLINGS {
        let file = file(150, 90, sampling, 85, 2, 60);
        for scale in Scale::ALL {
            assert_eq!(decode_with(&file, scale, true), decode_with(&file, scale, false), "{sampling:?} {scale:?}");
        }
    }
}

/// The offsets of the restart markers of `file`.
fn restarts(file: &[u8]) -> Vec<usize> {
    let start = Header::parse(file).unwrap().data_start();
    (start..file.len() - 1).filter(|&at| file[at] == 0xFF && (0xD0..=0xD7).contains(&file[at + 1])).collect()
}

#[test]
fn a_lost_interval_stays_grey_and_the_rest_is_found_again() {
    // One restart interval is one row of MCUs, 16 px high.
    let whole = file(64, 160, SamplingFactor::F_2_2, 90, 4, 20);
    let sound_rows = decode(&whole, Scale::Full).0;
    let marks = restarts(&whole);
    for lost in 1..=2 {
        let mut damaged = whole.clone();
        damaged.drain(marks[2]..marks[2 + lost]);
        let (rows, decoded) = decode(&damaged, Scale::Full);
        assert_eq!(decoded, Decoded { lost_percent: 10 * lost as u8, damaged: true, ..sound(160) });
        let (gap, after) = (48, 48 + 16 * lost);
        assert_eq!(rows.rows[0][..gap], sound_rows.rows[0][..gap]);
        assert!(rows.rows[0][gap..after].iter().all(|row| row[..64].iter().all(|&sample| sample == 128)));
        assert_eq!(rows.rows[0][after..], sound_rows.rows[0][after..]);
    }
    let mut twice = whole.clone();
    let stale: Vec<u8> = whole[marks[1]..marks[2]].to_vec();
    twice.splice(marks[3]..marks[3], stale);
    let (rows, decoded) = decode(&twice, Scale::Full);
    assert_eq!(decoded, Decoded { damaged: true, ..sound(160) });
    assert_eq!(rows.rows[0][80..], sound_rows.rows[0][80..]);
}

#[test]
fn an_end_that_is_missing_between_restart_markers_is_no_lost_interval() {
    let whole = file(64, 160, SamplingFactor::F_2_2, 90, 4, 20);
    let marks = restarts(&whole);
    // Cut in the sixth interval; with the third one lost before.
    let mut cut = whole[..marks[5] + (marks[6] - marks[5]) / 2].to_vec();
    let decoded = decode(&cut, Scale::Full).1;
    assert_eq!((decoded.whole_rows, decoded.lost_percent), (96, 35));
    cut.drain(marks[2]..marks[3]);
    let decoded = decode(&cut, Scale::Full).1;
    assert_eq!((decoded.whole_rows, decoded.lost_percent), (96, 45));
    // Cut in the last interval, which may be the only one: no marker is missed.
    for interval in [4, 40, u16::MAX] {
        let whole = file(64, 160, SamplingFactor::F_2_2, 90, interval, 20);
        let start = Header::parse(&whole).unwrap().data_start();
        let last = restarts(&whole).last().copied().unwrap_or(start + (whole.len() - start) / 3);
        let cut = last + (whole.len() - last) / 2;
        let decoded = decode(&whole[..cut], Scale::Full).1;
        assert!(decoded.whole_rows < 160 && !decoded.ended, "{interval}: {decoded:?}");
        // With an end behind it, a lost interval is what it is.
        let ended = [&whole[..cut], &[0xFF, 0xD9]].concat();
        assert!(decode(&ended, Scale::Full).1.lost_percent > 0 || interval == u16::MAX, "{interval}");
    }
}

#[test]
fn a_cut_file_keeps_the_rows_above_the_cut_and_says_how_many() {
    let whole = file(120, 160, SamplingFactor::F_2_2, 90, 0, 20);
    let sound_rows = decode(&whole, Scale::Full).0;
    let start = Header::parse(&whole).unwrap().data_start();
    for part in 0..20 {
        let cut = start + (whole.len() - start) * part / 20;
        let (rows, decoded) = decode(&whole[..cut], Scale::Full);
        assert!(decoded.whole_rows < 160 && decoded.damaged && !decoded.ended, "{part}");
        assert_eq!(rows.rows[0][..decoded.whole_rows], sound_rows.rows[0][..decoded.whole_rows], "{part}");
        assert!(part < 10 || decoded.whole_rows > 30, "{part}");
    }
    let without_end = &whole[..whole.len() - 2];
    assert_eq!(decode(without_end, Scale::Full).1, Decoded { ended: false, ..sound(160) });
}

#[test]
fn data_that_no_block_took_is_damage_and_zeros_are_padding() {
    let whole = file(120, 160, SamplingFactor::F_2_2, 90, 0, 20);
    let end = whole.len() - 2;
    for (more, damaged) in [(&[0x5A; 3][..], true), (&[0x5A; 40_000], true), (&[0; 40_000], false), (&[0x5A], false)] {
        let mut longer = whole.clone();
        longer.splice(end..end, more.iter().copied());
        assert_eq!(decode(&longer, Scale::Full).1, Decoded { damaged, ..sound(160) }, "{} bytes", more.len());
    }
}

#[test]
fn what_is_not_decoded_here_is_refused_by_what_it_is() {
    let baseline = file(32, 32, SamplingFactor::F_2_2, 90, 0, 20);
    let frame = baseline.windows(2).position(|pair| pair == [0xFF, 0xC0]).unwrap();
    let with = |offset: usize, value: u8| {
        let mut changed = baseline.clone();
        changed[frame + offset] = value;
        Header::parse(&changed).err()
    };
    assert_eq!(with(1, 0xC1), None);
    // Of sequential coding, because a progressive scan does not have DC and AC at once.
    assert_eq!(with(1, 0xC2), Some(Error::Malformed));
    assert_eq!(with(1, 0xC9), Some(Error::Unsupported(Unsupported::Coding)));
    assert_eq!(with(4, 12), Some(Error::Unsupported(Unsupported::Coding)));
    assert_eq!(with(9, 4), Some(Error::Unsupported(Unsupported::Colour)));
    assert_eq!(with(11, 0x31), None);
    assert_eq!(with(11, 0x51), Some(Error::Unsupported(Unsupported::Sampling)));
    assert_eq!(with(11, 0x44), Some(Error::Unsupported(Unsupported::Sampling)));
    assert_eq!(Header::parse(b"\x89PNG").err(), Some(Error::Malformed));
    assert_eq!(Header::parse(&baseline[..frame + 3]).err(), Some(Error::Malformed));
}

proptest! {
    #[test]
    fn no_bytes_make_the_decoder_panic(
        at in any::<prop::sample::Index>(),
        bytes in prop::collection::vec(any::<u8>(), 0..40),
        restarts in 0u16..3,
        sampling in prop::sample::select(&SAMPLINGS[..]),
    ) {
        let mut file = file(70, 40, sampling, 75, restarts, 40);
        let at = at.index(file.len());
        let end = (at + bytes.len()).min(file.len());
        file.splice(at..end, bytes);
        if let Ok(header) = Header::parse(&file)
            && header.width() * header.height() < 1 << 20
        {
            for scale in Scale::ALL {
                let mut rows = Rows::default();
                RowDecoder::new().decode(&header, &[Request { scale, kept_rows: 5 }; 3], &mut rows);
            }
        }
    }
}
