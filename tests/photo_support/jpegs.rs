//! JPEG files of every kind that is read, made by code.

use jpeg_encoder::{ColorType, Encoder, ImageBuffer, JpegColorType, SamplingFactor};

use super::Picture;

/// How a JPEG is to be written.
#[derive(Clone, Debug)]
pub(crate) struct Options {
    pub(crate) quality: u8,
    /// Chroma's share of width and height.
    pub(crate) sampling: SamplingFactor,
    pub(crate) progressive: bool,
    /// A scan for each component instead of one for all; sequential files only.
    pub(crate) scan_per_component: bool,
    /// MCUs between restart markers, 0 for none.
    pub(crate) restart_interval: u16,
    pub(crate) icc_profile: Vec<u8>,
}

impl Default for Options {
    fn default() -> Self {
        Self {
            quality: 92,
            sampling: SamplingFactor::R_4_2_0,
            progressive: false,
            scan_per_component: false,
            restart_interval: 0,
            icc_profile: Vec::new(),
        }
    }
}

/// 4:4:4, 4:2:2, 4:2:0, 4:4:0, 4:1:1, and three that no camera writes.
pub(crate) const SAMPLINGS: [SamplingFactor; 8] = [
    SamplingFactor::F_1_1,
    SamplingFactor::F_2_1,
    SamplingFactor::F_2_2,
    SamplingFactor::F_1_2,
    SamplingFactor::F_4_1,
    SamplingFactor::F_1_4,
    SamplingFactor::F_4_2,
    SamplingFactor::F_2_4,
];

pub(crate) fn colour(picture: &Picture, options: &Options) -> Vec<u8> {
    encode(options, |encoder| encoder.encode(&picture.rgb, picture.width as u16, picture.height as u16, ColorType::Rgb))
}

pub(crate) fn baseline(picture: &Picture) -> Vec<u8> {
    colour(picture, &Options::default())
}

pub(crate) fn grey(picture: &Picture, options: &Options) -> Vec<u8> {
    let luma: Vec<u8> = picture.rgb.chunks(3).map(|p| super::scene::grey([p[0], p[1], p[2]])[0]).collect();
    encode(options, |encoder| encoder.encode(&luma, picture.width as u16, picture.height as u16, ColorType::Luma))
}

/// Four inks with Adobe's marker, inverted as Adobe writes them; as YCCK if asked.
pub(crate) fn cmyk(picture: &Picture, as_ycck: bool, options: &Options) -> Vec<u8> {
    let printed: Vec<u8> = picture.rgb.chunks(3).flat_map(|p| ink([p[0], p[1], p[2]])).collect();
    inks(&printed, picture.width, picture.height, as_ycck, options)
}

/// Takes inks as they are, 255 most, and writes them inverted.
pub(crate) fn inks(inks: &[u8], width: usize, height: usize, as_ycck: bool, options: &Options) -> Vec<u8> {
    let kind = if as_ycck { ColorType::CmykAsYcck } else { ColorType::Cmyk };
    encode(options, |encoder| encoder.encode(inks, width as u16, height as u16, kind))
}

/// The inks of a colour, 255 most, with as much black as there can be.
pub(crate) fn ink(rgb: [u8; 3]) -> [u8; 4] {
    let k = 255 - rgb.into_iter().max().unwrap_or(0);
    let [c, m, y] = rgb.map(|v| if k == 255 { 0 } else { (u32::from(255 - k - v) * 255 / u32::from(255 - k)) as u8 });
    [c, m, y, k]
}

/// RGB stored as it is, said so by Adobe's marker.
pub(crate) fn rgb(picture: &Picture) -> Vec<u8> {
    let options = Options { sampling: SamplingFactor::F_1_1, ..Options::default() };
    let file = encode(&options, |mut encoder| {
        encoder.add_app_segment(14, ADOBE_WITHOUT_TRANSFORM.to_vec())?;
        encoder.encode_image(RgbAsIs(picture))
    });
    // jpeg-encoder also writes JFIF's segment, which says YCbCr and which no RGB file has.
    [&file[..2], &file[20..]].concat()
}

/// YCbCr by JFIF's segment, and by Adobe's RGB: libjpeg believes JFIF.
pub(crate) fn jfif_beside_adobe(picture: &Picture, progressive: bool) -> Vec<u8> {
    let options = Options { progressive, ..Options::default() };
    encode(&options, |mut encoder| {
        encoder.add_app_segment(14, ADOBE_WITHOUT_TRANSFORM.to_vec())?;
        encoder.encode(&picture.rgb, picture.width as u16, picture.height as u16, ColorType::Rgb)
    })
}

const ADOBE_WITHOUT_TRANSFORM: &[u8] = b"Adobe\0\x64\0\0\0\0\0";

struct RgbAsIs<'a>(&'a Picture);

impl ImageBuffer for RgbAsIs<'_> {
    fn get_jpeg_color_type(&self) -> JpegColorType {
        JpegColorType::Ycbcr
    }

    fn width(&self) -> u16 {
        self.0.width as u16
    }

    fn height(&self) -> u16 {
        self.0.height as u16
    }

    fn fill_buffers(&self, y: u16, buffers: &mut [Vec<u8>; 4]) {
        for pixel in self.0.rgb[usize::from(y) * self.0.width * 3..][..self.0.width * 3].chunks(3) {
            buffers.iter_mut().zip(pixel).for_each(|(buffer, &value)| buffer.push(value));
        }
    }
}

fn encode(
    options: &Options,
    write: impl FnOnce(Encoder<&mut Vec<u8>>) -> Result<(), jpeg_encoder::EncodingError>,
) -> Vec<u8> {
    let mut file = Vec::new();
    let mut encoder = Encoder::new(&mut file, options.quality);
    encoder.set_sampling_factor(options.sampling);
    encoder.set_progressive(options.progressive);
    encoder.set_optimized_huffman_tables(options.scan_per_component);
    if options.restart_interval > 0 {
        encoder.set_restart_interval(options.restart_interval);
    }
    if !options.icc_profile.is_empty() {
        encoder.add_icc_profile(&options.icc_profile).unwrap();
    }
    write(encoder).unwrap();
    file
}

/// A TIFF directory with a text, then the orientation.
pub(crate) fn exif(orientation: u8, big_endian: bool) -> Vec<u8> {
    let u16_bytes = |v: u16| if big_endian { v.to_be_bytes() } else { v.to_le_bytes() };
    let u32_bytes = |v: u32| if big_endian { v.to_be_bytes() } else { v.to_le_bytes() };
    let mut block = if big_endian { b"MM\0*".to_vec() } else { b"II*\0".to_vec() };
    block.extend(u32_bytes(8));
    block.extend(u16_bytes(2));
    // Make, ASCII, four bytes in place.
    block.extend(u16_bytes(0x010F));
    block.extend(u16_bytes(2));
    block.extend(u32_bytes(4));
    block.extend(b"Acm\0");
    block.extend(u16_bytes(0x0112));
    block.extend(u16_bytes(3));
    block.extend(u32_bytes(1));
    block.extend(u16_bytes(orientation.into()));
    block.extend([0, 0]);
    block.extend(u32_bytes(0));
    block
}

/// The file with a segment put in before its first.
pub(crate) fn with_segment(file: &[u8], marker: u8, payload: &[u8]) -> Vec<u8> {
    let length = (payload.len() + 2) as u16;
    [&[0xFF, 0xD8, 0xFF, marker], &length.to_be_bytes()[..], payload, &file[2..]].concat()
}

pub(crate) fn with_exif(file: &[u8], block: &[u8]) -> Vec<u8> {
    with_segment(file, 0xE1, &[b"Exif\0\0", block].concat())
}

/// The file without its segments of this marker.
pub(crate) fn without_segment(file: &[u8], marker: u8) -> Vec<u8> {
    let mut out = file[..2].to_vec();
    let mut at = 2;
    while file[at + 1] != 0xDA {
        let end = at + 2 + usize::from(u16::from_be_bytes([file[at + 2], file[at + 3]]));
        if file[at + 1] != marker {
            out.extend_from_slice(&file[at..end]);
        }
        at = end;
    }
    out.extend_from_slice(&file[at..]);
    out
}

/// Where the segment of this marker begins.
pub(crate) fn position(file: &[u8], marker: u8) -> usize {
    let mut at = 2;
    while file[at + 1] != marker {
        assert_ne!(file[at + 1], 0xDA, "no segment {marker:#X}");
        at += 2 + usize::from(u16::from_be_bytes([file[at + 2], file[at + 3]]));
    }
    at
}

/// The file with its frame's marker changed, as from baseline to extended.
pub(crate) fn with_frame(file: &[u8], marker: u8) -> Vec<u8> {
    let mut out = file.to_vec();
    let at = position(file, 0xC0);
    out[at + 1] = marker;
    out
}

/// The file with another size in its header and the same data.
pub(crate) fn with_size(file: &[u8], frame: u8, width: u16, height: u16) -> Vec<u8> {
    let mut out = file.to_vec();
    let at = position(file, frame);
    out[at + 5..at + 7].copy_from_slice(&height.to_be_bytes());
    out[at + 7..at + 9].copy_from_slice(&width.to_be_bytes());
    out
}
