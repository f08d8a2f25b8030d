//! Converts pixels of any depth and with alpha to 8-bit pixels without alpha.

use image::ColorType;

use crate::photo::{
    error::{Foreign, Reason},
    prepare::decode::pixels::Layout,
};

/// Makes `pixels` 8-bit grey or RGB, in place: 16-bit samples rounded, alpha laid over white.
pub(super) fn flatten(pixels: &mut Vec<u8>, colour: ColorType) -> Result<Layout, Reason> {
    match colour {
        ColorType::L8 => {}
        ColorType::Rgb8 => return Ok(Layout::Rgb),
        ColorType::La8 => in_place(pixels, |[v, a]: [u8; 2]| [over_white(v, a)]),
        ColorType::Rgba8 => {
            in_place(pixels, |[r, g, b, a]: [u8; 4]| [over_white(r, a), over_white(g, a), over_white(b, a)])
        }
        ColorType::L16 => in_place(pixels, |v: [u8; 2]| [to_8_bit(u16::from_ne_bytes(v))]),
        ColorType::La16 => in_place(pixels, |v: [u8; 4]| {
            let [v, a] = samples(v);
            [over_white_16(v, a)]
        }),
        ColorType::Rgb16 => in_place(pixels, |v: [u8; 6]| samples::<6, 3>(v).map(to_8_bit)),
        ColorType::Rgba16 => in_place(pixels, |v: [u8; 8]| {
            let [r, g, b, a] = samples(v);
            [over_white_16(r, a), over_white_16(g, a), over_white_16(b, a)]
        }),
        _ => {
            return Err(Reason::UnsupportedFormat {
                name: Foreign::called("floating-point image", "浮点像素的图片")
            });
        }
    }
    Ok(match colour {
        ColorType::L8 | ColorType::La8 | ColorType::L16 | ColorType::La16 => Layout::Grey,
        _ => Layout::Rgb,
    })
}

/// Replaces each pixel of `N` bytes by one of `M`, no more than `N`.
fn in_place<const N: usize, const M: usize>(pixels: &mut Vec<u8>, convert: impl Fn([u8; N]) -> [u8; M]) {
    let count = pixels.len() / N;
    for pixel in 0..count {
        let mut from = [0; N];
        from.copy_from_slice(&pixels[pixel * N..][..N]);
        pixels[pixel * M..][..M].copy_from_slice(&convert(from));
    }
    pixels.truncate(count * M);
}

fn samples<const N: usize, const M: usize>(bytes: [u8; N]) -> [u16; M] {
    let mut samples = [0; M];
    for (sample, bytes) in samples.iter_mut().zip(bytes.chunks_exact(2)) {
        *sample = u16::from_ne_bytes([bytes[0], bytes[1]]);
    }
    samples
}

pub(super) fn to_8_bit(value: u16) -> u8 {
    ((u32::from(value) * 255 + 32_767) / 65_535) as u8
}

pub(super) fn over_white(value: u8, alpha: u8) -> u8 {
    let (value, alpha) = (u32::from(value), u32::from(alpha));
    ((value * alpha + 255 * (255 - alpha) + 127) / 255) as u8
}

pub(super) fn over_white_16(value: u16, alpha: u16) -> u8 {
    let (value, alpha) = (u64::from(value), u64::from(alpha));
    to_8_bit(((value * alpha + 65_535 * (65_535 - alpha) + 32_767) / 65_535) as u16)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn flat(colour: ColorType, bytes: &[u8]) -> (Layout, Vec<u8>) {
        let mut pixels = bytes.to_vec();
        let layout = flatten(&mut pixels, colour).unwrap();
        (layout, pixels)
    }

    #[test]
    fn alpha_is_laid_over_white() {
        let pixels = [200, 0, 0, 255, 200, 0, 0, 0, 200, 0, 0, 51];
        assert_eq!(flat(ColorType::Rgba8, &pixels), (Layout::Rgb, vec![200, 0, 0, 255, 255, 255, 244, 204, 204]));
        assert_eq!(flat(ColorType::La8, &[10, 255, 10, 0]), (Layout::Grey, vec![10, 255]));
    }

    #[test]
    fn sixteen_bits_are_rounded_to_eight() {
        let bytes: Vec<u8> = [0u16, 128, 129, 65_535].into_iter().flat_map(u16::to_ne_bytes).collect();
        assert_eq!(flat(ColorType::L16, &bytes), (Layout::Grey, vec![0, 0, 1, 255]));
        let bytes: Vec<u8> = [65_535u16, 0, 32_768, 32_768].into_iter().flat_map(u16::to_ne_bytes).collect();
        assert_eq!(flat(ColorType::Rgba16, &bytes), (Layout::Rgb, vec![255, 127, 191]));
    }
}
