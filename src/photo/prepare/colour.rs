//! Converts the scaled pixels from any colour profile to grey or YCbCr in sRGB.

use moxcms::{ColorProfile, DataColorSpace, TransformOptions};

use crate::photo::prepare::decode::Layout;

/// A profile that moves no colour of a lattice by more than this is sRGB under another name: the difference is
/// invisible.
const SAME_COLOUR_STEPS: u8 = 3;
/// The lattice's values in each channel. A plain curve of 2.2 differs from sRGB's only in the shadows.
const LATTICE: [u8; 8] = [0, 8, 16, 32, 64, 128, 192, 255];

/// The layout of the pixels afterwards.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Space {
    /// Grey, one channel.
    Grey,
    YCbCr,
    Rgb,
}

/// Makes `pixels` grey, YCbCr or RGB in sRGB, by `transform` if their profile needs one.
pub(super) fn to_srgb(
    pixels: &mut Vec<u8>,
    layout: Layout,
    transform: Option<&Transform>,
    scratch: &mut Vec<u8>,
) -> Space {
    match layout {
        Layout::YCbCr if transform.is_some() => map::<3>(pixels, ycc_to_rgb),
        Layout::Ycck { .. } => map::<4>(pixels, |[y, cb, cr, k]| {
            let [c, m, y] = ycc_to_rgb([y, cb, cr]).map(|ink| 255 - ink);
            [c, m, y, k]
        }),
        _ => {}
    }
    // From here on, inks are 255 where there is most.
    if let Layout::Cmyk { inverted: true } | Layout::Ycck { inverted: true } = layout {
        map::<4>(pixels, |inks| inks.map(|ink| 255 - ink));
    }
    match (transform, layout) {
        (Some(transform), _) => transform.apply(pixels, scratch),
        (None, Layout::Cmyk { .. } | Layout::Ycck { .. }) => {
            scratch.clear();
            scratch.extend(pixels.chunks_exact(4).flat_map(|inks| inks_to_rgb([inks[0], inks[1], inks[2], inks[3]])));
            std::mem::swap(pixels, scratch);
        }
        (None, Layout::Grey) => return Space::Grey,
        (None, Layout::YCbCr) => return Space::YCbCr,
        (None, Layout::Rgb) => {}
    }
    Space::Rgb
}

/// A conversion to sRGB that changes something.
pub(super) struct Transform {
    executor: std::sync::Arc<moxcms::Transform8BitExecutor>,
    channels: usize,
}

impl Transform {
    /// `None` if the profile is malformed, for other channels, or sRGB: then it is ignored.
    pub(super) fn new(profile: &[u8], layout: Layout) -> Option<Self> {
        let profile = ColorProfile::new_from_slice(profile).ok()?;
        let (space, from, channels) = match layout {
            Layout::Grey => (DataColorSpace::Gray, moxcms::Layout::Gray, 1),
            Layout::YCbCr | Layout::Rgb => (DataColorSpace::Rgb, moxcms::Layout::Rgb, 3),
            // moxcms takes four inks in the layout of RGBA.
            Layout::Cmyk { .. } | Layout::Ycck { .. } => (DataColorSpace::Cmyk, moxcms::Layout::Rgba, 4),
        };
        if profile.color_space != space {
            return None;
        }
        let srgb = ColorProfile::new_srgb();
        let executor =
            profile.create_transform_8bit(from, &srgb, moxcms::Layout::Rgb, TransformOptions::default()).ok()?;
        let transform = Self { executor, channels };
        (!transform.is_identity()).then_some(transform)
    }

    fn is_identity(&self) -> bool {
        let lattice: Vec<u8> = match self.channels {
            1 => LATTICE.to_vec(),
            3 => LATTICE
                .iter()
                .flat_map(|&r| LATTICE.iter().flat_map(move |&g| LATTICE.iter().flat_map(move |&b| [r, g, b])))
                .collect(),
            _ => return false,
        };
        let mut converted = lattice.clone();
        self.apply(&mut converted, &mut Vec::new());
        lattice
            .iter()
            .flat_map(|&value| std::iter::repeat_n(value, 3 / self.channels))
            .zip(&converted)
            .all(|(from, to)| from.abs_diff(*to) <= SAME_COLOUR_STEPS)
    }

    /// Replaces `pixels` by RGB ones.
    fn apply(&self, pixels: &mut Vec<u8>, scratch: &mut Vec<u8>) {
        scratch.clear();
        scratch.resize(pixels.len() / self.channels * 3, 0);
        // It refuses only lengths that do not match.
        if self.executor.transform(pixels, scratch).is_ok() {
            std::mem::swap(pixels, scratch);
        }
    }
}

/// Replaces each pixel of `N` channels.
fn map<const N: usize>(pixels: &mut [u8], convert: impl Fn([u8; N]) -> [u8; N]) {
    for pixel in pixels.as_chunks_mut::<N>().0 {
        *pixel = convert(*pixel);
    }
}

/// The ink-on-white formula, for inks without a profile.
fn inks_to_rgb([c, m, y, k]: [u8; 4]) -> [u8; 3] {
    [c, m, y].map(|ink| {
        let light = u32::from(255 - ink) * u32::from(255 - k);
        ((light + 127) / 255) as u8
    })
}

/// JFIF 1.02's conversion to RGB, in 2⁻¹⁶.
fn ycc_to_rgb([y, cb, cr]: [u8; 3]) -> [u8; 3] {
    let (y, cb, cr) = (i32::from(y) << 16, i32::from(cb) - 128, i32::from(cr) - 128);
    let half = 1 << 15;
    let r = (y + 91_881 * cr + half) >> 16;
    let g = (y - 22_554 * cb - 46_802 * cr + half) >> 16;
    let b = (y + 116_130 * cb + half) >> 16;
    [r, g, b].map(|value| value.clamp(0, 255) as u8)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn rgb(pixels: &[u8], layout: Layout, profile: Option<&[u8]>) -> ([u8; 3], bool) {
        let mut pixels = pixels.to_vec();
        let transform = profile.and_then(|profile| Transform::new(profile, layout));
        assert_eq!(to_srgb(&mut pixels, layout, transform.as_ref(), &mut Vec::new()), Space::Rgb);
        ([pixels[0], pixels[1], pixels[2]], transform.is_some())
    }

    fn near(left: [u8; 3], right: [u8; 3], steps: u8) -> bool {
        left.iter().zip(right).all(|(&l, r)| l.abs_diff(r) <= steps)
    }

    #[test]
    fn ycc_is_read_as_jfif_has_it() {
        for (ycc, rgb) in [
            ([76, 85, 255], [254, 0, 0]),
            ([150, 44, 21], [0, 255, 1]),
            ([29, 255, 107], [0, 0, 254]),
            ([90, 128, 128], [90; 3]),
        ] {
            assert_eq!(ycc_to_rgb(ycc), rgb);
        }
    }

    #[test]
    fn inks_darken_paper_whichever_way_they_are_stored() {
        let red = [255, 0, 0];
        assert!(near(rgb(&[0, 255, 255, 0], Layout::Cmyk { inverted: false }, None).0, red, 2));
        assert!(near(rgb(&[255, 0, 0, 255], Layout::Cmyk { inverted: true }, None).0, red, 2));
        // Cyan, inverted: (0, 255, 255).
        assert!(near(rgb(&[179, 171, 1, 255], Layout::Ycck { inverted: true }, None).0, red, 2));
    }

    #[test]
    fn a_profile_of_srgb_changes_nothing_and_is_not_called_converted() {
        let profile = ColorProfile::new_srgb().encode().unwrap();
        assert_eq!(rgb(&[10, 200, 30], Layout::Rgb, Some(&profile)), ([10, 200, 30], false));
    }

    #[test]
    fn a_plain_curve_of_2_2_is_converted_in_the_shadows_too() {
        let profile = ColorProfile::new_gray_with_gamma(2.2).encode().unwrap();
        // By the two curves: 8, 16 and 32 there are 2, 7 and 26 in sRGB.
        for (grey, srgb) in [(8, 2), (16, 7), (32, 26), (128, 128)] {
            let (converted, is_converted) = rgb(&[grey], Layout::Grey, Some(&profile));
            assert!(is_converted && near(converted, [srgb; 3], 1), "{grey}: {converted:?}");
        }
    }

    #[test]
    fn display_p3_becomes_srgb() {
        // Apple's Display P3: (120, 180, 90) there is (101, 182, 77) in sRGB, by the published matrices.
        let profile = ColorProfile::new_display_p3().encode().unwrap();
        let (converted, is_converted) = rgb(&[120, 180, 90], Layout::Rgb, Some(&profile));
        assert!(is_converted && near(converted, p3_to_srgb([120, 180, 90]), 3), "{converted:?}");
    }

    #[test]
    fn a_broken_profile_and_one_for_other_channels_are_ignored() {
        let p3 = ColorProfile::new_display_p3().encode().unwrap();
        for (layout, profile) in
            [(Layout::Rgb, &b"no profile"[..]), (Layout::Cmyk { inverted: true }, &p3), (Layout::Rgb, &p3[..200])]
        {
            assert!(!rgb(&[10, 200, 30, 255], layout, Some(profile)).1);
        }
    }

    /// Display P3 to sRGB by CSS Color 4's matrices, independent of the library.
    fn p3_to_srgb(rgb: [u8; 3]) -> [u8; 3] {
        let linear = rgb.map(|v| {
            let v = f64::from(v) / 255.0;
            if v <= 0.04045 { v / 12.92 } else { ((v + 0.055) / 1.055).powf(2.4) }
        });
        let matrix = [[1.224_940, -0.224_940, 0.0], [-0.042_057, 1.042_057, 0.0], [-0.019_638, -0.078_636, 1.098_274]];
        matrix.map(|row| {
            let v: f64 = row.iter().zip(linear).map(|(m, v)| m * v).sum::<f64>().clamp(0.0, 1.0);
            let v = if v <= 0.003_130_8 { v * 12.92 } else { 1.055 * v.powf(1.0 / 2.4) - 0.055 };
            (v * 255.0).round() as u8
        })
    }
}
