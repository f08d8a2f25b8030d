//! Photos: the form that a vendor accepts, and its preparation from any upload.
//!
//! A [`Photo`] is finished: a JPEG or PNG whose format, size and bytes a [`PhotoSpec`] allows. [`Photo::from_bytes`]
//! verifies an existing one. With the feature `photo`, `Preparer` makes one from any upload of a phone.
//!
//! ```
//! use liveness::photo::{Photo, PhotoErrorKind, PhotoSpec};
//!
//! # let png = b"\x89PNG\r\n\x1a\n\0\0\0\x0dIHDR\0\0\0\x10\0\0\0\x10\x08\x02\0\0\0\x90\x91\x68\x36".to_vec();
//! // A picture that is finished already: its header is checked, and nothing is decoded.
//! let photo = Photo::from_bytes(png, &PhotoSpec::TENCENT_MARKET)?;
//! assert_eq!((photo.width(), photo.height()), (16, 16));
//!
//! // Any other upload goes through `Preparer::prepare`. What cannot be used says who must act.
//! let error = Photo::from_bytes(*b"GIF89a", &PhotoSpec::TENCENT_MARKET).unwrap_err();
//! assert_eq!(error.kind(), PhotoErrorKind::UnsupportedFormat);
//! # Ok::<(), liveness::photo::PhotoError>(())
//! ```

mod error;
mod format;
mod header;
#[cfg(feature = "photo")]
mod limits;
mod measure;
mod orientation;
#[cfg(feature = "photo")]
mod prepare;
mod reason;
mod report;
#[cfg(feature = "photo")]
mod sharpness;
mod sniff;
mod spec;

use std::{fmt, sync::Arc};

use ring::digest::{SHA256, digest};

use crate::model::Wiped;
use error::Reason;
pub use error::{PhotoError, PhotoErrorKind};
pub use format::{PhotoFormat, PhotoFormats, SourceFormat};
#[cfg(feature = "photo")]
pub use limits::Limits;
pub use measure::{Advice, Measures};
pub use orientation::Orientation;
#[cfg(feature = "photo")]
pub use prepare::Preparer;
pub use report::{Report, Source, StageTimes};
pub use spec::{ByteLimit, PhotoSpec};

/// A finished photo. Cloning it is cheap; its bytes are zeroed when the last clone is dropped, and never appear in `Debug`.
///
/// ```
/// use liveness::photo::{Photo, PhotoFormat, PhotoSpec};
///
/// # let png = b"\x89PNG\r\n\x1a\n\0\0\0\x0dIHDR\0\0\0\x10\0\0\0\x10\x08\x02\0\0\0\x90\x91\x68\x36".to_vec();
/// let photo = Photo::from_bytes(png, &PhotoSpec::TENCENT_MARKET)?;
/// assert_eq!((photo.format(), photo.bytes().len()), (PhotoFormat::Png, 33));
/// // A vendor that takes larger photos alone.
/// assert!(photo.verify(&PhotoSpec::TENCENT_MARKET.with_sides_px(200, 3999)).is_err());
/// # Ok::<(), liveness::photo::PhotoError>(())
/// ```
#[derive(Clone)]
pub struct Photo {
    inner: Arc<Inner>,
    upload: Option<[u8; 32]>,
}

struct Inner {
    bytes: Wiped,
    format: PhotoFormat,
    width: u32,
    height: u32,
    report: Option<Report>,
}

impl Photo {
    /// Takes a finished JPEG or PNG that `spec` allows, by its header: format, width, height, bytes, and no EXIF
    /// orientation other than upright, because vendors differ in honouring it. It decodes and changes nothing.
    ///
    /// ```
    /// use liveness::photo::{Photo, PhotoErrorKind, PhotoSpec};
    ///
    /// let error = Photo::from_bytes(b"\0\0\0\x18ftypavif".to_vec(), &PhotoSpec::TENCENT_MARKET).unwrap_err();
    /// assert_eq!(error.kind(), PhotoErrorKind::UnsupportedFormat);
    /// ```
    ///
    /// # Errors
    ///
    /// [`Empty`](PhotoErrorKind::Empty), [`UnsupportedFormat`](PhotoErrorKind::UnsupportedFormat),
    /// [`Damaged`](PhotoErrorKind::Damaged) or [`Truncated`](PhotoErrorKind::Truncated) if the header cannot be read,
    /// [`NotUpright`](PhotoErrorKind::NotUpright), and those of [`verify`](Self::verify).
    pub fn from_bytes(bytes: impl Into<Vec<u8>>, spec: &PhotoSpec) -> Result<Self, PhotoError> {
        let bytes = Wiped::from(bytes.into());
        let source = sniff::sniff(&bytes)?;
        let format = match source {
            SourceFormat::Jpeg => PhotoFormat::Jpeg,
            SourceFormat::Png => PhotoFormat::Png,
            format => return Err(Reason::NotAccepted { format }.into()),
        };
        let header = header::header(&bytes, source)?;
        if header.orientation != Orientation::Upright {
            return Err(Reason::NotUpright { orientation: header.orientation }.into());
        }
        let inner = Inner { bytes, format, width: header.width, height: header.height, report: None };
        let photo = Self { inner: Arc::new(inner), upload: None };
        photo.verify(spec)?;
        Ok(photo)
    }

    #[cfg(feature = "photo")]
    fn prepared(bytes: Vec<u8>, width: u32, height: u32, report: Report) -> Self {
        let inner = Inner { bytes: bytes.into(), format: PhotoFormat::Jpeg, width, height, report: Some(report) };
        Self { inner: Arc::new(inner), upload: None }
    }

    /// Checks that `spec` allows the photo's format, size and bytes, so that a vendor can refuse it before the call.
    ///
    /// # Errors
    ///
    /// [`UnsupportedFormat`](PhotoErrorKind::UnsupportedFormat), [`TooSmall`](PhotoErrorKind::TooSmall),
    /// [`TooLarge`](PhotoErrorKind::TooLarge) or [`OverByteLimit`](PhotoErrorKind::OverByteLimit).
    pub fn verify(&self, spec: &PhotoSpec) -> Result<(), PhotoError> {
        let Inner { format, width, height, .. } = *self.inner;
        let (bytes, max_bytes) = (self.inner.bytes.len(), spec.byte_limit().max_file_bytes());
        if !spec.formats().contains(format) {
            Err(Reason::NotAccepted { format: format.into() }.into())
        } else if width.min(height) < spec.min_side_px() {
            Err(Reason::TooSmall { width, height, min_px: spec.min_side_px() }.into())
        } else if width.max(height) > spec.max_side_px() {
            Err(Reason::TooLarge { width, height, max_px: spec.max_side_px() }.into())
        } else if bytes > max_bytes {
            Err(Reason::OverByteLimit { bytes, max_bytes }.into())
        } else {
            Ok(())
        }
    }

    /// Keeps the SHA-256 of the upload that the photo was made from, by which
    /// [`AtMostOnce`](crate::money::AtMostOnce) recognises a redelivered job. A newer version may prepare the same
    /// upload differently. Defaults to none.
    ///
    #[cfg_attr(feature = "photo", doc = "```")]
    #[cfg_attr(not(feature = "photo"), doc = "```ignore")]
    /// use liveness::photo::{Photo, PhotoError, Preparer};
    ///
    /// fn prepare(preparer: &mut Preparer, upload: &[u8]) -> Result<Photo, PhotoError> {
    ///     Ok(preparer.prepare(upload)?.with_upload(upload))
    /// }
    /// ```
    pub fn with_upload(mut self, upload: &[u8]) -> Self {
        self.upload = digest(&SHA256, upload).as_ref().try_into().ok();
        self
    }

    /// The SHA-256 of the upload, if it is known.
    pub fn upload_digest(&self) -> Option<&[u8; 32]> {
        self.upload.as_ref()
    }

    /// The file's bytes.
    pub fn bytes(&self) -> &[u8] {
        &self.inner.bytes
    }

    /// The file's format.
    pub fn format(&self) -> PhotoFormat {
        self.inner.format
    }

    /// The width in px.
    pub fn width(&self) -> u32 {
        self.inner.width
    }

    /// The height in px.
    pub fn height(&self) -> u32 {
        self.inner.height
    }

    /// The report on how the photo was made; `None` if it came finished.
    pub fn report(&self) -> Option<&Report> {
        self.inner.report.as_ref()
    }
}

/// Two photos are equal if their files are; their reports do not matter.
impl PartialEq for Photo {
    fn eq(&self, other: &Self) -> bool {
        self.bytes() == other.bytes()
    }
}

impl Eq for Photo {}

impl AsRef<[u8]> for Photo {
    fn as_ref(&self) -> &[u8] {
        self.bytes()
    }
}

impl fmt::Debug for Photo {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Photo")
            .field("format", &self.inner.format)
            .field("width", &self.inner.width)
            .field("height", &self.inner.height)
            .field("bytes", &self.inner.bytes.len())
            .finish_non_exhaustive()
    }
}
