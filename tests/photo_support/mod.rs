//! What the photo's tests share: a scene whose every corner is known, files of each kind made from it, and two decoders that are
//! not ours to read the results.

#![allow(dead_code, reason = "each test uses a part")]
#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    reason = "clippy knows tests by #[test], not their helpers"
)]

pub(crate) mod heic;
pub(crate) mod jpegs;
pub(crate) mod pngs;
pub(crate) mod rasters;
pub(crate) mod scene;
pub(crate) mod seeds;

use liveness::photo::Photo;

/// An upright picture, 3 bytes a pixel.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct Picture {
    pub(crate) width: usize,
    pub(crate) height: usize,
    pub(crate) rgb: Vec<u8>,
}

/// Reads a prepared photo with zune-jpeg and with jpeg-decoder; both must take it, and agree on its size with the photo.
pub(crate) fn read_back(photo: &Photo) -> [Picture; 2] {
    let size = (photo.width() as usize, photo.height() as usize);
    let pictures = [zune(photo.bytes()), jpeg_decoder(photo.bytes())];
    for picture in &pictures {
        assert_eq!((picture.width, picture.height), size);
    }
    pictures
}

fn zune(file: &[u8]) -> Picture {
    let options = zune_core::options::DecoderOptions::default().set_strict_mode(true);
    let mut decoder = zune_jpeg::JpegDecoder::new_with_options(zune_core::bytestream::ZCursor::new(file), options);
    let pixels = decoder.decode().expect("zune-jpeg refuses the photo");
    let (width, height) = decoder.dimensions().expect("decoded");
    picture(width, height, pixels)
}

fn jpeg_decoder(file: &[u8]) -> Picture {
    let mut decoder = jpeg_decoder::Decoder::new(file);
    let pixels = decoder.decode().expect("jpeg-decoder refuses the photo");
    let info = decoder.info().expect("decoded");
    picture(info.width.into(), info.height.into(), pixels)
}

/// Grey becomes RGB.
fn picture(width: usize, height: usize, pixels: Vec<u8>) -> Picture {
    let rgb = match pixels.len() / (width * height) {
        1 => pixels.iter().flat_map(|&grey| [grey; 3]).collect(),
        3 => pixels,
        channels => panic!("a prepared photo has {channels} channels"),
    };
    Picture { width, height, rgb }
}

/// What every prepared photo has: a baseline JPEG with no segment that says anything but how to decode it.
pub(crate) fn assert_clean_baseline(photo: &Photo) {
    let file = photo.bytes();
    assert_eq!(file[..2], [0xFF, 0xD8]);
    assert_eq!(file[file.len() - 2..], [0xFF, 0xD9]);
    let (mut at, mut frames) = (2, 0);
    while file[at + 1] != 0xDA {
        assert_eq!(file[at], 0xFF);
        match file[at + 1] {
            0xC0 => frames += 1,
            0xC4 | 0xDB | 0xDD => {}
            0xE0 => assert_eq!(&file[at + 4..at + 9], b"JFIF\0"),
            marker => panic!("segment {marker:#X} in a prepared photo"),
        }
        at += 2 + usize::from(u16::from_be_bytes([file[at + 2], file[at + 3]]));
    }
    assert_eq!(frames, 1);
}
