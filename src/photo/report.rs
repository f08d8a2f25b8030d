//! The report on a prepared photo: its processing, and its possible reasons for a refusal.

use std::time::Duration;

use serde::{Serialize, Serializer};

use crate::photo::{
    format::SourceFormat,
    measure::{Advice, Measures},
    orientation::Orientation,
};

/// The report of the `Preparer` on how it made a photo.
///
/// ```
/// # #[cfg(feature = "photo")] {
/// # let mut bmp = b"BM\x36\x0C\0\0\0\0\0\0\x36\0\0\0\x28\0\0\0\x20\0\0\0\x20\0\0\0\x01\0\x18\0\0\0\0\0\0\x0C\0\0".to_vec();
/// # bmp.extend([0; 16]);
/// # bmp.resize(54 + 32 * 32 * 3, 128); // grey, 32×32 px
/// # let photo = liveness::photo::Preparer::new(liveness::PhotoSpec::TENCENT_MARKET).prepare(&bmp)?;
/// // `photo` was prepared from a grey BMP of 32×32 px.
/// let report = photo.report().unwrap();
/// assert_eq!((report.width, report.height, report.bytes), (32, 32, photo.bytes().len()));
/// assert!(report.quality.is_some() && !report.passed_through);
/// for advice in report.advice() {
///     println!("{advice}");
/// }
/// # }
/// # Ok::<(), liveness::photo::PhotoError>(())
/// ```
#[derive(Clone, Debug, PartialEq, Serialize)]
#[non_exhaustive]
pub struct Report {
    /// The unchanged source.
    pub source: Source,
    /// The prepared photo's width in px, upright.
    pub width: u32,
    /// The prepared photo's height in px, upright.
    pub height: u32,
    /// The prepared photo's size in bytes.
    pub bytes: usize,
    /// The prepared long side over the source's: above 0, and at most 1.
    pub scale: f32,
    /// The JPEG quality, 1–100 on the scale of the Independent JPEG Group; `None` if the photo passed through untouched.
    pub quality: Option<f32>,
    /// Whether the source already fitted and passed through untouched.
    pub passed_through: bool,
    /// Whether the quality would have fallen below the floor, so that the picture is smaller than the specified long
    /// side.
    pub stepped_down: bool,
    /// Whether rows of the source are missing, which are filled in.
    pub truncated: bool,
    /// Whether the source has any other fault, such as a missing end or useless bytes. The picture is complete as far
    /// as can be seen.
    pub damaged: bool,
    /// The part of a JPEG that is lost and filled in with grey, 0–100 percent, rounded up, as far as it is known. If
    /// more than 25 percent between its ends is lost, the photo is refused as damaged unless truncated photos are
    /// accepted.
    pub lost_percent: u8,
    /// Whether a colour profile other than sRGB was converted.
    pub profile_converted: bool,
    /// The measures of the prepared picture.
    pub measures: Measures,
    /// The time each stage took.
    pub times: StageTimes,
}

/// The source before its preparation.
///
/// ```
/// # #[cfg(feature = "photo")] {
/// # let mut bmp = b"BM\x36\x0C\0\0\0\0\0\0\x36\0\0\0\x28\0\0\0\x20\0\0\0\x20\0\0\0\x01\0\x18\0\0\0\0\0\0\x0C\0\0".to_vec();
/// # bmp.extend([0; 16]);
/// # bmp.resize(54 + 32 * 32 * 3, 128); // grey, 32×32 px
/// # let photo = liveness::photo::Preparer::new(liveness::PhotoSpec::TENCENT_MARKET).prepare(&bmp)?;
/// // `photo` was prepared from a grey BMP of 32×32 px.
/// use liveness::photo::{Orientation, SourceFormat};
///
/// let source = photo.report().unwrap().source;
/// assert_eq!((source.format, source.width, source.height), (SourceFormat::Bmp, 32, 32));
/// assert_eq!(source.orientation, Orientation::Upright);
/// # }
/// # Ok::<(), liveness::photo::PhotoError>(())
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[non_exhaustive]
pub struct Source {
    /// Its format.
    pub format: SourceFormat,
    /// Its width in px as stored, before its orientation is applied.
    pub width: u32,
    /// Its height in px as stored.
    pub height: u32,
    /// Its size in bytes.
    pub bytes: usize,
    /// The turn that made it upright.
    pub orientation: Orientation,
    /// Whether it is an animation (GIF, WebP, HEIC). Its first picture was used; for a HEIC, its representative
    /// picture.
    pub animated: bool,
}

/// The wall time that each stage took.
///
/// ```
/// # #[cfg(feature = "photo")] {
/// # let mut bmp = b"BM\x36\x0C\0\0\0\0\0\0\x36\0\0\0\x28\0\0\0\x20\0\0\0\x20\0\0\0\x01\0\x18\0\0\0\0\0\0\x0C\0\0".to_vec();
/// # bmp.extend([0; 16]);
/// # bmp.resize(54 + 32 * 32 * 3, 128); // grey, 32×32 px
/// # let photo = liveness::photo::Preparer::new(liveness::PhotoSpec::TENCENT_MARKET).prepare(&bmp)?;
/// // `photo` was prepared from a grey BMP of 32×32 px.
/// let times = photo.report().unwrap().times;
/// println!("{:?}, of it decoding {:?}", times.total(), times.decode);
/// assert!(times.total() >= times.decode + times.encode);
/// # }
/// # Ok::<(), liveness::photo::PhotoError>(())
/// ```
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize)]
#[non_exhaustive]
pub struct StageTimes {
    /// Reading the header and decoding; for a JPEG and a PNG also scaling, which happens row by row during decoding.
    #[serde(rename = "decode_ms", serialize_with = "milliseconds")]
    pub decode: Duration,
    /// Scaling to the final size; zero for a picture that is scaled row by row.
    #[serde(rename = "resize_ms", serialize_with = "milliseconds")]
    pub resize: Duration,
    /// Converting a colour profile and turning upright.
    #[serde(rename = "colour_ms", serialize_with = "milliseconds")]
    pub colour: Duration,
    /// Measuring light, contrast and sharpness.
    #[serde(rename = "measure_ms", serialize_with = "milliseconds")]
    pub measure: Duration,
    /// Encoding within the byte limit; for a photo that passes through, its reading by two other decoders.
    #[serde(rename = "encode_ms", serialize_with = "milliseconds")]
    pub encode: Duration,
}

impl StageTimes {
    /// The time of all stages.
    pub fn total(&self) -> Duration {
        self.decode + self.resize + self.colour + self.measure + self.encode
    }
}

impl Report {
    /// With a shorter side than this, in px, a picture may be too small for a face. The number is our own, because no
    /// vendor gives one.
    pub const FACE_MIN_SIDE_PX: u32 = 80;

    /// The properties of the picture that are likely to make a vendor refuse it, in the order of [`Advice`]; empty if
    /// there are none.
    pub fn advice(&self) -> Vec<Advice> {
        let mut advice = self.measures.advice();
        if self.width.min(self.height) < Self::FACE_MIN_SIDE_PX {
            advice.push(Advice::TooFewPixels);
        }
        advice
    }
}

fn milliseconds<S: Serializer>(time: &Duration, serializer: S) -> Result<S::Ok, S::Error> {
    serializer.serialize_f64(time.as_secs_f64() * 1e3)
}
