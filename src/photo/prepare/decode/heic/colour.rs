//! What colours a HEIC's samples mean, by its container or, where that is silent, by its HEVC stream (ITU-T H.273).

use heifer_hevc_dec::{nal::NalUnit, params::ParameterSets};
use moxcms::{CicpColorPrimaries, CicpProfile, ColorProfile, MatrixCoefficients, TransferCharacteristics};

use crate::photo::{
    error::{Foreign, Reason},
    prepare::{
        decode::heic::{bytes::IsoBox, configuration::Configuration},
        samples::Coding,
    },
};

/// H.273's code for "not said".
const UNSPECIFIED: u16 = 2;

/// The code points of H.273.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
struct CodePoints {
    primaries: u16,
    transfer: u16,
    matrix: u16,
    is_full_range: bool,
}

impl CodePoints {
    /// What MIAF (ISO/IEC 23000-22) has where nothing is said.
    const DEFAULT: Self = Self { primaries: 1, transfer: 13, matrix: 6, is_full_range: true };
}

/// How the samples become YCbCr of JPEG's kind, and the ICC profile of the colours then; `None` for sRGB.
pub(super) fn of<'a>(
    mut properties: impl Iterator<Item = IsoBox<'a>>,
    configuration: &Configuration<'_>,
) -> Result<(Coding, Option<Vec<u8>>), Reason> {
    let (mut icc, mut points) = (None, None);
    // The first of each kind counts; a picture may have one of both.
    for mut body in properties.by_ref().filter(|property| property.name == *b"colr").map(|property| property.body) {
        match body.name() {
            Some([b'n', b'c', b'l', b'x']) if points.is_none() => {
                points = (|| {
                    let (primaries, transfer, matrix) = (body.u16()?, body.u16()?, body.u16()?);
                    Some(CodePoints { primaries, transfer, matrix, is_full_range: body.u8()? & 0x80 != 0 })
                })();
            }
            Some(kind) if matches!(&kind, b"prof" | b"rICC") && icc.is_none() && !body.0.is_empty() => {
                icc = Some(body.0)
            }
            _ => {}
        }
    }
    let points = points.or_else(|| of_stream(configuration)).unwrap_or(CodePoints::DEFAULT);
    let coding = Coding::new(points.matrix, points.is_full_range).ok_or(Reason::UnsupportedFormat {
        name: Foreign::called("HEIC (YCgCo or ICtCp)", "HEIC（YCgCo 或 ICtCp）"),
    })?;
    let profile = match icc {
        Some(icc) => Some(icc.to_vec()),
        None => profile(points)?,
    };
    Ok((coding, profile))
}

/// What the stream's parameters say of it.
fn of_stream(configuration: &Configuration<'_>) -> Option<CodePoints> {
    let mut sets = ParameterSets::default();
    for unit in &configuration.units {
        sets.add(&NalUnit::parse(unit).ok()?).ok()?;
    }
    let video = sets.sps.iter().flatten().find_map(|set| set.vui.as_ref())?;
    Some(CodePoints {
        primaries: video.colour_primaries.into(),
        transfer: video.transfer_characteristics.into(),
        matrix: video.matrix_coeffs.into(),
        is_full_range: video.video_full_range_flag,
    })
}

/// The profile of the code points; `None` for sRGB, and for what video calls BT.709 or BT.601: viewers show it as sRGB.
fn profile(points: CodePoints) -> Result<Option<Vec<u8>>, Reason> {
    let transfer = match points.transfer {
        1 | UNSPECIFIED | 6 | 13..=15 => TransferCharacteristics::Srgb,
        16 | 18 => {
            return Err(Reason::UnsupportedFormat {
                name: Foreign::called("HDR HEIC (PQ or HLG)", "HDR HEIC（PQ 或 HLG）"),
            });
        }
        other => u8::try_from(other)
            .ok()
            .and_then(|code| TransferCharacteristics::try_from(code).ok())
            .unwrap_or(TransferCharacteristics::Srgb),
    };
    let is_srgb = matches!(points.primaries, 1 | UNSPECIFIED | 5 | 6) && transfer == TransferCharacteristics::Srgb;
    let primaries = u8::try_from(points.primaries).ok().and_then(|code| CicpColorPrimaries::try_from(code).ok());
    let Some(color_primaries) = primaries.filter(|_| !is_srgb) else { return Ok(None) };
    let points = CicpProfile {
        color_primaries,
        transfer_characteristics: transfer,
        matrix_coefficients: MatrixCoefficients::Identity,
        full_range: true,
    };
    Ok(ColorProfile::new_from_cicp(points).encode().ok())
}
