//! Why was a photo refused, and what is to be done?

use std::{error, fmt, sync::Arc};

use serde::{Deserialize, Serialize};

use crate::{
    model::{Language, Text, words},
    photo::{format::SourceFormat, orientation::Orientation},
};

/// Why a photo was refused. `Display` says in English who must act and what to do, [`advice`](Self::advice) says it in
/// either language, [`hint`](Self::hint) what a developer can change; `source` is what a decoder said, if one refused the file. None of them holds any of the photo's bytes, nor of
/// the texts in it. Two are equal if they say the same, whatever the decoder said.
#[derive(Clone)]
pub struct PhotoError {
    reason: Reason,
    source: Option<Arc<dyn error::Error + Send + Sync>>,
}

/// The kind of a [`PhotoError`].
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
#[non_exhaustive]
pub enum PhotoErrorKind {
    /// The file is empty. The person sends the photo again.
    Empty,
    /// The file is no picture, or of a format that is not read here (AVIF, HEIC without its feature, …). The person sends a JPEG or PNG.
    UnsupportedFormat,
    /// The file is broken. The person sends the photo again.
    Damaged,
    /// The file ends before the picture does. The person sends the photo again, or the caller accepts what is there.
    Truncated,
    /// A side has fewer px than the vendor accepts. The person takes a larger photo.
    TooSmall,
    /// A side of a finished photo has more px than the vendor accepts. The caller prepares it first.
    TooLarge,
    /// The picture is so long and narrow that its short side would be too small once it is scaled. The person crops it.
    TooNarrow,
    /// A finished photo has more bytes than the vendor accepts. The caller prepares it first.
    OverByteLimit,
    /// A finished photo is turned by its EXIF orientation, and the vendor wants it upright. The caller prepares it first.
    NotUpright,
    /// Even the smallest picture at the lowest quality has more bytes than the limit. The caller raises the limit.
    BudgetTooSmall,
    /// The file has more bytes than the caller's limits allow. The person sends a smaller one, or the caller raises them.
    FileTooLarge,
    /// The picture has more pixels than the caller's limits allow. The person sends a smaller one, or the caller raises them.
    TooManyPixels,
    /// Decoding would take more memory than the caller's limits allow. As above.
    Memory,
    /// A progressive JPEG has far more scans than any camera writes. The person sends another photo.
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

/// What was found, with the numbers that the texts name. A `size` is missing where a decoder refuses before it has said one.
#[derive(Clone, Copy, Debug, PartialEq)]
#[cfg_attr(not(feature = "photo"), allow(dead_code, reason = "some are found only by the pipeline"))]
pub(super) enum Reason {
    Empty,
    NotAPicture,
    Base64Text,
    Heic,
    UnsupportedFormat { name: &'static str },
    NotAccepted { format: SourceFormat },
    Damaged { format: SourceFormat },
    Truncated { format: SourceFormat },
    TooSmall { width: u32, height: u32, min_px: u32 },
    TooLarge { width: u32, height: u32, max_px: u32 },
    TooNarrow { width: u32, height: u32, long_side_px: u32, min_px: u32 },
    OverByteLimit { bytes: usize, max_bytes: usize },
    NotUpright { orientation: Orientation },
    BudgetTooSmall { max_bytes: usize },
    FileTooLarge { bytes: usize, max_bytes: usize },
    TooManyPixels { width: u32, height: u32, max_pixels: u64 },
    Memory { size: Option<(u32, u32)>, max_bytes: u64 },
    OutOfMemory { needed_bytes: u64 },
    TooManyScans { scans: usize, max_scans: usize },
    Internal { stage: &'static str },
}

impl PhotoError {
    /// What kind of refusal it is.
    pub fn kind(&self) -> PhotoErrorKind {
        match self.reason {
            Reason::Empty => PhotoErrorKind::Empty,
            Reason::NotAPicture
            | Reason::Base64Text
            | Reason::Heic
            | Reason::UnsupportedFormat { .. }
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

    /// What is wrong, who must act and what to do, in the language asked for.
    pub fn advice(&self, language: Language) -> String {
        match language {
            Language::English => self.reason.english(),
            Language::Chinese => self.reason.chinese(),
        }
    }

    /// What the developer can change so that the like is read, in English: a person who sends photos can do nothing with it.
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
        match self.reason {
            Reason::Heic => Some("the feature `heic` of the crate liveness reads HEIC; it is off by default"),
            _ => None,
        }
    }

    /// A refusal for what a decoder or encoder said.
    #[cfg(feature = "photo")]
    pub(super) fn caused_by(reason: Reason, source: impl error::Error + Send + Sync + 'static) -> Self {
        Self { reason, source: Some(Arc::new(source)) }
    }

    /// The same cause, seen as another reason.
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

impl Reason {
    fn english(&self) -> String {
        match self {
            Self::Empty => "the photo file is empty; send the photo again".into(),
            Self::NotAPicture => "the file is not a picture; send a JPEG or PNG photo".into(),
            Self::Base64Text => "the bytes are Base64 text, not a picture; decode them (without the `data:` prefix) first".into(),
            Self::Heic => "HEIC photos are not read here; send a JPEG. To take JPEGs: iPhone: Settings > Camera > Formats > Most \
                           Compatible; Samsung: Camera > Settings > High efficiency pictures (HEIF) off; Xiaomi: Camera > \
                           Settings > HEIF format off"
                .into(),
            Self::UnsupportedFormat { name } => {
                format!("{name} files are not read here; convert it to JPEG or PNG before the upload")
            }
            Self::NotAccepted { format } => {
                format!(
                    "a finished photo may not be {}; prepare it first, or send one of the formats of the PhotoSpec",
                    format.name()
                )
            }
            Self::Damaged { format } => format!("the {} file is damaged; send the photo again", format.name()),
            Self::Truncated { format } => format!(
                "the {} file ends before the picture does, probably a broken upload; send the photo again, or accept \
                 truncated photos in the Preparer",
                format.name()
            ),
            Self::TooSmall { width, height, min_px } => {
                format!("the photo is {width}×{height} px and each side must have at least {min_px} px; take a larger photo")
            }
            Self::TooLarge { width, height, max_px } => {
                format!("the photo is {width}×{height} px and a side may have at most {max_px} px; prepare it first")
            }
            Self::TooNarrow { width, height, long_side_px, min_px } => format!(
                "the photo is {width}×{height} px: scaled to a long side of {long_side_px} px its short side would have fewer than \
                 {min_px} px; crop it to the face"
            ),
            Self::OverByteLimit { bytes, max_bytes } => {
                format!("the photo has {bytes} bytes and may have at most {max_bytes}; prepare it first")
            }
            Self::NotUpright { orientation } => format!(
                "the photo is turned by its EXIF orientation ({}), which the vendor may ignore; prepare it first",
                orientation.to_exif()
            ),
            Self::BudgetTooSmall { max_bytes } => {
                format!("no picture of the allowed size fits {max_bytes} bytes; raise the byte limit of the PhotoSpec")
            }
            Self::FileTooLarge { bytes, max_bytes } => format!(
                "the photo file has {bytes} bytes and at most {max_bytes} are read; send a smaller one, or raise max_file_bytes in \
                 the Limits"
            ),
            Self::TooManyPixels { width, height, max_pixels } => format!(
                "the photo is {width}×{height} px and at most {max_pixels} pixels are decoded; send a smaller one, or raise \
                 max_pixels in the Limits"
            ),
            Self::Memory { size, max_bytes } => format!(
                "decoding the photo{} would take more than the {max_bytes} bytes of memory allowed; send a smaller one, or raise \
                 max_memory_bytes in the Limits",
                size.map(|(width, height)| format!(" of {width}×{height} px")).unwrap_or_default()
            ),
            Self::OutOfMemory { needed_bytes } => format!(
                "the machine did not give the {needed_bytes} bytes of memory that the photo takes; try later, or lower \
                 max_memory_bytes in the Limits"
            ),
            Self::TooManyScans { scans, max_scans } => {
                format!("the JPEG has {scans} scans and at most {max_scans} are decoded; send another photo")
            }
            Self::Internal { stage } => {
                format!("the photo pipeline failed to {stage}, a fault of the liveness crate; report it, with the photo's format and size")
            }
        }
    }

    fn chinese(&self) -> String {
        match self {
            Self::Empty => "照片文件为空，请重新上传".into(),
            Self::NotAPicture => "该文件不是图片，请上传 JPEG 或 PNG 照片".into(),
            Self::Base64Text => "传入的是 Base64 文本而不是图片，请先解码（去掉 data:image/…;base64, 前缀）".into(),
            Self::Heic => {
                "不支持 HEIC 格式，请上传 JPEG 照片。拍摄 JPEG 的设置：iPhone：设置 > 相机 > 格式 > 兼容性最佳；三星：相机 > 设置 > 关闭“高效图片（HEIF）”；\
                 小米：相机 > 设置 > 关闭“HEIF 格式”"
                    .into()
            }
            Self::UnsupportedFormat { name } => format!("不支持 {name} 格式，请先转换为 JPEG 或 PNG 再上传"),
            Self::NotAccepted { format } => {
                format!("成品照片不能是 {} 格式，请先用 Preparer 处理，或使用 PhotoSpec 所列的格式", format.name())
            }
            Self::Damaged { format } => format!("{} 文件已损坏，请重新上传照片", format.name()),
            Self::Truncated { format } => {
                format!("{} 文件不完整，可能上传中断，请重新上传照片；或在 Preparer 中允许不完整的照片", format.name())
            }
            Self::TooSmall { width, height, min_px } => {
                format!("照片为 {width}×{height} 像素，宽和高都不得小于 {min_px} 像素，请拍摄更大的照片")
            }
            Self::TooLarge { width, height, max_px } => {
                format!("照片为 {width}×{height} 像素，宽和高都不得大于 {max_px} 像素，请先用 Preparer 处理")
            }
            Self::TooNarrow { width, height, long_side_px, min_px } => {
                format!(
                    "照片为 {width}×{height} 像素，过于狭长：长边缩至 {long_side_px} 像素时短边不足 {min_px} 像素，请裁剪到人脸部分"
                )
            }
            Self::OverByteLimit { bytes, max_bytes } => {
                format!("照片为 {bytes} 字节，上限为 {max_bytes} 字节，请先用 Preparer 处理")
            }
            Self::NotUpright { orientation } => {
                format!(
                    "照片带有 EXIF 旋转标记（{}），供应商可能忽略该标记，请先用 Preparer 处理",
                    orientation.to_exif()
                )
            }
            Self::BudgetTooSmall { max_bytes } => {
                format!("允许尺寸的图片无法压缩到 {max_bytes} 字节以内，请提高 PhotoSpec 的字节上限")
            }
            Self::FileTooLarge { bytes, max_bytes } => {
                format!(
                    "照片文件为 {bytes} 字节，上限为 {max_bytes} 字节，请上传更小的文件，或提高 Limits 的 max_file_bytes"
                )
            }
            Self::TooManyPixels { width, height, max_pixels } => {
                format!(
                    "照片为 {width}×{height} 像素，最多解码 {max_pixels} 像素，请上传更小的照片，或提高 Limits 的 max_pixels"
                )
            }
            Self::Memory { size, max_bytes } => format!(
                "解码该照片{}所需内存超过上限 {max_bytes} 字节，请上传更小的照片，或提高 Limits 的 max_memory_bytes",
                size.map(|(width, height)| format!("（{width}×{height} 像素）")).unwrap_or_default()
            ),
            Self::OutOfMemory { needed_bytes } => {
                format!(
                    "系统内存不足，处理该照片需要 {needed_bytes} 字节，请稍后重试，或降低 Limits 的 max_memory_bytes"
                )
            }
            Self::TooManyScans { scans, max_scans } => {
                format!("该 JPEG 含有 {scans} 次扫描，最多解码 {max_scans} 次，请换一张照片")
            }
            Self::Internal { stage } => {
                format!("照片处理失败（{stage}），这是 liveness 库的缺陷，请连同照片的格式与尺寸一并反馈")
            }
        }
    }
}
