//! The colour profile of a PNG, by the first of `cICP`, `iCCP`, `sRGB` and `gAMA` with `cHRM` that can be read (PNG,
//! third edition, §4.3).

use moxcms::{
    Chromaticity, CicpColorPrimaries, CicpProfile, ColorPrimaries, ColorProfile, MatrixCoefficients, ToneReprCurve,
    TransferCharacteristics, XyY,
};

use crate::photo::prepare::decode::{pixels::Layout, png::chunks::Chunks};

/// A profile longer than this is ignored, as in a JPEG.
const MAX_PROFILE_BYTES: usize = 10 << 20;
/// `gAMA` and `cHRM` are in units of so many parts of one.
const UNITS: f64 = 100_000.0;
/// Exponents of screens and cameras, and far beyond; another is no gamma.
const EXPONENTS: std::ops::RangeInclusive<f64> = 0.3..=5.0;
/// sRGB's white point and primaries, in pairs of x and y.
const SRGB_CHROMATICITIES: [f64; 8] = [0.3127, 0.3290, 0.64, 0.33, 0.30, 0.60, 0.15, 0.06];

/// The ICC profile of the samples; `None` for sRGB, which is also what nothing means.
pub(super) fn profile(chunks: &Chunks<'_>, layout: Layout) -> Option<Vec<u8>> {
    let of_points = || chunks.cicp.and_then(|points| of_code_points(points, layout));
    let embedded = || chunks.icc.and_then(embedded).map(Some);
    let srgb = || chunks.is_srgb.then_some(None);
    of_points().or_else(embedded).or_else(srgb).or_else(|| of_gamma(chunks, layout).map(Some)).flatten()
}

/// The profile of `cICP`; `None` if it says what cannot be converted, so that the next chunk counts.
fn of_code_points(points: &[u8], layout: Layout) -> Option<Option<Vec<u8>>> {
    // A matrix other than RGB's is against the standard, and samples of a video's range are not read.
    let &[primaries, transfer, 0, 1] = points else { return None };
    // What is brighter than white cannot be shown in sRGB: PQ and HLG.
    if matches!(transfer, 16 | 18) {
        return None;
    }
    let color_primaries = CicpColorPrimaries::try_from(primaries).ok()?;
    let transfer_characteristics = TransferCharacteristics::try_from(transfer).ok()?;
    if color_primaries == CicpColorPrimaries::Bt709 && transfer_characteristics == TransferCharacteristics::Srgb {
        return Some(None);
    }
    let profile = ColorProfile::new_from_cicp(CicpProfile {
        color_primaries,
        transfer_characteristics,
        matrix_coefficients: MatrixCoefficients::Identity,
        full_range: true,
    });
    // Without a curve where the codes mean none.
    let curve = profile.red_trc.clone()?;
    encoded(profile, curve, layout).map(Some)
}

/// The profile of `iCCP`.
fn embedded(chunk: &[u8]) -> Option<Vec<u8>> {
    let name = chunk.iter().position(|&byte| byte == 0)?;
    let (&[_, 0], data) = chunk.get(name..)?.split_first_chunk::<2>()? else { return None };
    fdeflate::decompress_to_vec_bounded(data, MAX_PROFILE_BYTES).ok().filter(|profile| !profile.is_empty())
}

/// The profile of `gAMA`, and of `cHRM` beside it.
fn of_gamma(chunks: &Chunks<'_>, layout: Layout) -> Option<Vec<u8>> {
    let stored = f64::from(u32::from_be_bytes(chunks.gamma?.try_into().ok()?)) / UNITS;
    let exponent = stored.recip();
    if !EXPONENTS.contains(&exponent) {
        return None;
    }
    let points = chunks.chromaticities.and_then(chromaticities).unwrap_or(SRGB_CHROMATICITIES);
    let [white_x, white_y, red_x, red_y, green_x, green_y, blue_x, blue_y] = points;
    let point = |x: f64, y: f64| Chromaticity { x: x as f32, y: y as f32 };
    let mut profile = ColorProfile::new_srgb();
    profile.update_rgb_colorimetry(
        XyY { x: white_x, y: white_y, yb: 1.0 },
        ColorPrimaries { red: point(red_x, red_y), green: point(green_x, green_y), blue: point(blue_x, blue_y) },
    );
    encoded(profile, ToneReprCurve::Parametric(vec![exponent as f32]), layout)
}

/// White, red, green and blue of `cHRM`, if they span colours.
fn chromaticities(chunk: &[u8]) -> Option<[f64; 8]> {
    let (values, []) = chunk.as_chunks::<4>() else { return None };
    let values: &[[u8; 4]; 8] = values.try_into().ok()?;
    let points = values.map(|value| f64::from(u32::from_be_bytes(value)) / UNITS);
    let [white_x, white_y, red_x, red_y, green_x, green_y, blue_x, blue_y] = points;
    let area = (green_x - red_x) * (blue_y - red_y) - (blue_x - red_x) * (green_y - red_y);
    let is_usable = white_y > 0.01 && area.abs() > 0.01 && points.iter().all(|&value| value <= 1.0);
    (is_usable && white_x + white_y <= 1.0 && red_y.min(green_y).min(blue_y) > 0.0).then_some(points)
}

/// The profile with this curve in each channel, or of grey that has it.
fn encoded(mut profile: ColorProfile, curve: ToneReprCurve, layout: Layout) -> Option<Vec<u8>> {
    profile.cicp = None;
    if layout == Layout::Grey {
        profile = ColorProfile::new_gray_with_gamma(2.2);
        profile.gray_trc = Some(curve);
    } else {
        profile.red_trc = Some(curve.clone());
        profile.green_trc = Some(curve.clone());
        profile.blue_trc = Some(curve);
    }
    profile.encode().ok()
}
