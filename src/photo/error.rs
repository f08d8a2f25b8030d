//! The reasons why a photo is refused, and the advice for each.

use std::{error, fmt, sync::Arc};

use serde::{Deserialize, Serialize};

use crate::model::{Language, Text, words};
pub(in crate::photo) use crate::photo::reason::{Foreign, Reason};

/// Why a photo was refused. `Display` gives in English the party that must act and the advice,
/// [`advice`](Self::advice) gives them in either language, and [`hint`](Self::hint) names what a developer can
/// change. `source` is the decoder's error, if one refused the file. None of them contains any of the photo's bytes,
/// nor of the texts in it. Two errors are equal if their texts are equal, whatever the decoder's error.
///
/// ```
/// use liveness::{Error, ErrorKind, Language, photo::{Photo, PhotoSpec}};
///
/// let error = Photo::from_bytes(*b"", &PhotoSpec::TENCENT_MARKET).unwrap_err();
/// println!("{}", error.advice(Language::Chinese)); // for the person
/// // By `?` it becomes an error that names the field.
/// let error = Error::from(error);
/// assert_eq!((error.kind(), error.field()), (ErrorKind::InvalidCheck, Some("photo")));
/// ```
#[derive(Clone)]
pub struct PhotoError {
    reason: Reason,
    source: Option<Arc<dyn error::Error + Send + Sync>>,
}

/// The kind of a [`PhotoError`].
///
/// ```
/// use liveness::photo::{Photo, PhotoErrorKind, PhotoSpec};
///
/// let error = Photo::from_bytes(*b"", &PhotoSpec::TENCENT_MARKET).unwrap_err();
/// let ask_for_another = match error.kind() {
///     PhotoErrorKind::OverByteLimit | PhotoErrorKind::TooLarge | PhotoErrorKind::NotUpright => false, // prepare it
///     _ => true,
/// };
/// assert!(ask_for_another);
/// assert_eq!(error.kind().as_str(), "empty");
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
#[non_exhaustive]
pub enum PhotoErrorKind {
    /// The file is empty. The person must send the photo again.
    Empty,
    /// The file is no picture, or of a format that is not read here (AVIF, HEIC without its feature, …). The person
    /// must send a JPEG or PNG.
    UnsupportedFormat,
    /// The file is broken. The person must send the photo again.
    Damaged,
    /// The file ends before the picture does. The person must send the photo again, or the caller accepts the part
    /// that is there.
    Truncated,
    /// A side has fewer px than the vendor accepts. The person must take a larger photo.
    TooSmall,
    /// A side of a finished photo has more px than the vendor accepts. The caller must prepare it first.
    TooLarge,
    /// The picture is so long and narrow that its short side would be too small once it is scaled. The person must
    /// crop it.
    TooNarrow,
    /// A finished photo has more bytes than the vendor accepts. The caller must prepare it first.
    OverByteLimit,
    /// A finished photo is turned by its EXIF orientation, and the vendor requires it upright. The caller must
    /// prepare it first.
    NotUpright,
    /// Even the smallest picture at the lowest quality has more bytes than the limit. The caller must raise the
    /// limit.
    BudgetTooSmall,
    /// The file has more bytes than the caller's limits allow. The person must send a smaller one, or the caller
    /// raises them.
    FileTooLarge,
    /// The picture has more pixels than the caller's limits allow. The person must send a smaller one, or the caller
    /// raises them.
    TooManyPixels,
    /// Decoding would take more memory than the caller's limits allow. The person must send a smaller picture, or the
    /// caller raises them.
    Memory,
    /// A progressive JPEG has far more scans than any camera writes. The person must send another photo.
    TooManyScans,
    /// A fault of this crate. Report it.
    Internal,
}

words!(all PhotoErrorKind, "photo_error_kind", {
    Empty => "empty",
    UnsupportedFormat => "unsupported_format",
    Damaged => "damaged",
    Truncated => "truncated",
    TooSmall => "too_small",
    TooLarge => "too_large",
    TooNarrow => "too_narrow",
    OverByteLimit => "over_byte_limit",
    NotUpright => "not_upright",
    BudgetTooSmall => "budget_too_small",
    FileTooLarge => "file_too_large",
    TooManyPixels => "too_many_pixels",
    Memory => "memory",
    TooManyScans => "too_many_scans",
    Internal => "internal",
});

impl PhotoError {
    /// The kind of the refusal.
    pub fn kind(&self) -> PhotoErrorKind {
        match self.reason {
            Reason::Empty => PhotoErrorKind::Empty,
            Reason::NotAPicture
            | Reason::Base64Text
            | Reason::MangledText
            | Reason::Heic
            | Reason::UnsupportedFormat { .. }
            | Reason::UnusualJpeg { .. }
            | Reason::NotAccepted { .. } => PhotoErrorKind::UnsupportedFormat,
            Reason::Damaged { .. } => PhotoErrorKind::Damaged,
            Reason::Truncated { .. } => PhotoErrorKind::Truncated,
            Reason::TooSmall { .. } => PhotoErrorKind::TooSmall,
            Reason::TooLarge { .. } => PhotoErrorKind::TooLarge,
            Reason::TooNarrow { .. } => PhotoErrorKind::TooNarrow,
            Reason::OverByteLimit { .. } => PhotoErrorKind::OverByteLimit,
            Reason::NotUpright { .. } => PhotoErrorKind::NotUpright,
            Reason::BudgetTooSmall { .. } => PhotoErrorKind::BudgetTooSmall,
            Reason::FileTooLarge { .. } => PhotoErrorKind::FileTooLarge,
            Reason::TooManyPixels { .. } => PhotoErrorKind::TooManyPixels,
            Reason::Memory { .. } | Reason::OutOfMemory { .. } => PhotoErrorKind::Memory,
            Reason::TooManyScans { .. } => PhotoErrorKind::TooManyScans,
            Reason::Internal { .. } => PhotoErrorKind::Internal,
        }
    }

    /// The fault, the party that must act and the advice, in this language.
    pub fn advice(&self, language: Language) -> String {
        match language {
            Language::English => self.reason.english(),
            Language::Chinese => self.reason.chinese(),
        }
    }

    /// The change with which a developer can make such a photo readable, in English. It is of no use to the person
    /// who sends the photo.
    ///
    #[cfg_attr(not(feature = "heic"), doc = "```")]
    #[cfg_attr(feature = "heic", doc = "```ignore")]
    /// use liveness::photo::{Photo, PhotoSpec};
    ///
    /// let error = Photo::from_bytes(*b"\0\0\0\x18ftypheic", &PhotoSpec::TENCENT_MARKET).unwrap_err();
    /// assert!(error.hint().is_some_and(|hint| hint.contains("feature `heic`")));
    /// assert!(!error.to_string().contains("feature"));
    /// ```
    pub fn hint(&self) -> Option<&'static str> {
        self.reason.hint()
    }

    /// A refusal for an error of a decoder or encoder.
    #[cfg(feature = "photo")]
    pub(super) fn caused_by(reason: Reason, source: impl error::Error + Send + Sync + 'static) -> Self {
        Self { reason, source: Some(Arc::new(source)) }
    }

    /// The same cause with another reason.
    #[cfg(feature = "photo")]
    pub(super) fn with_reason(self, reason: Reason) -> Self {
        Self { reason, ..self }
    }
}

impl From<Reason> for PhotoError {
    fn from(reason: Reason) -> Self {
        Self { reason, source: None }
    }
}

impl PartialEq for PhotoError {
    fn eq(&self, other: &Self) -> bool {
        self.reason == other.reason
    }
}

impl fmt::Display for PhotoError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.reason.english())
    }
}

impl fmt::Debug for PhotoError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.hint() {
            Some(hint) => write!(f, "{:?} ({hint})", self.reason),
            None => self.reason.fmt(f),
        }
    }
}

impl error::Error for PhotoError {
    fn source(&self) -> Option<&(dyn error::Error + 'static)> {
        self.source.as_deref().map(|source| source as _)
    }
}

impl From<PhotoError> for crate::model::Error {
    fn from(error: PhotoError) -> Self {
        let reason = Text { english: error.to_string(), chinese: error.advice(Language::Chinese) };
        Self::invalid("photo").with_cause(reason, error)
    }
}
