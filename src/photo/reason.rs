//! The fault of a refused photo, and the texts about it.
//!
//! Each text has one reader. The advice to the person who sent a photo names no setting of the program. The change
//! that a developer can make is a hint of its own. A fault of a finished photo, or of a PhotoSpec, concerns the
//! developer only.

use crate::photo::{format::SourceFormat, orientation::Orientation};

/// A format that is named although it is not read.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(in crate::photo) struct Foreign {
    english: &'static str,
    chinese: &'static str,
}

impl Foreign {
    /// A name that is the same in both languages.
    pub(in crate::photo) const fn named(name: &'static str) -> Self {
        Self { english: name, chinese: name }
    }

    pub(in crate::photo) const fn called(english: &'static str, chinese: &'static str) -> Self {
        Self { english, chinese }
    }
}

/// The fault, with the numbers for the texts.
#[derive(Clone, Copy, Debug, PartialEq)]
#[cfg_attr(not(feature = "photo"), allow(dead_code, reason = "some are found only by the pipeline"))]
pub(in crate::photo) enum Reason {
    Empty,
    NotAPicture,
    Base64Text,
    /// A picture that a program read as text.
    MangledText,
    Heic,
    UnsupportedFormat {
        name: Foreign,
    },
    /// A JPEG of a kind that is not read.
    UnusualJpeg {
        kind: Foreign,
    },
    NotAccepted {
        format: SourceFormat,
    },
    Damaged {
        format: SourceFormat,
    },
    Truncated {
        format: SourceFormat,
    },
    TooSmall {
        width: u32,
        height: u32,
        min_px: u32,
    },
    TooLarge {
        width: u32,
        height: u32,
        max_px: u32,
    },
    TooNarrow {
        width: u32,
        height: u32,
        long_side_px: u32,
        min_px: u32,
    },
    OverByteLimit {
        bytes: usize,
        max_bytes: usize,
    },
    NotUpright {
        orientation: Orientation,
    },
    BudgetTooSmall {
        max_bytes: usize,
    },
    FileTooLarge {
        bytes: usize,
        max_bytes: usize,
    },
    TooManyPixels {
        width: u32,
        height: u32,
        max_pixels: u64,
        limit: &'static str,
    },
    /// `fitting_pixels` is how many would fit, if that is known.
    Memory {
        size: Option<(u32, u32)>,
        fitting_pixels: Option<u64>,
        max_bytes: u64,
    },
    OutOfMemory {
        needed_bytes: u64,
    },
    TooManyScans {
        scans: usize,
        max_scans: usize,
    },
    Internal {
        stage: &'static str,
    },
}

impl Reason {
    /// The fault, the party that must act and the advice.
    pub(in crate::photo) fn english(&self) -> String {
        match self {
            Self::Empty => "the photo file is empty; send the photo again".into(),
            Self::NotAPicture => "the file is not a picture; send a JPEG or PNG photo".into(),
            Self::Base64Text => "the bytes are Base64 text, not a picture; decode them (without the `data:` prefix) first".into(),
            Self::MangledText => "a program read the picture as text, and its bytes are lost; read and send the file as bytes, never \
                                  as a string"
                .into(),
            Self::Heic => "HEIC photos are not supported; send a JPEG. To take JPEGs: iPhone: Settings > Camera > Formats > Most \
                           Compatible; Samsung: Camera > Settings > High efficiency pictures (HEIF) off; Xiaomi: Camera > \
                           Settings > HEIF format off"
                .into(),
            Self::UnsupportedFormat { name } => {
                format!("{} files are not supported; convert the photo to JPEG or PNG before the upload", name.english)
            }
            Self::UnusualJpeg { kind } => {
                format!("{} files are not supported; save the photo as an ordinary JPEG, or send another photo", kind.english)
            }
            Self::NotAccepted { format } => format!(
                "a finished photo must not be {}; prepare it first, or send one of the formats of the PhotoSpec",
                format.name()
            ),
            Self::Damaged { format } => format!("the {} file is damaged; send the photo again", format.name()),
            Self::Truncated { format } => format!(
                "the {} file ends before the picture does, probably a broken upload; send the photo again",
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
                "the photo file has {} and at most {} are read; send a smaller one",
                megabytes(*bytes as u64),
                megabytes(*max_bytes as u64)
            ),
            Self::TooManyPixels { width, height, max_pixels, .. } => format!(
                "the photo is {width}×{height} px ({}) and at most {} are read; set the camera to its usual size (12 megapixels), or \
                 send a smaller photo",
                megapixels(u64::from(*width) * u64::from(*height)),
                megapixels(*max_pixels)
            ),
            Self::Memory { size, fitting_pixels, .. } => {
                let size = size.map(|(width, height)| format!(" of {width}×{height} px")).unwrap_or_default();
                let fitting = fitting_pixels.map(|pixels| format!(", at most {}", megapixels(pixels))).unwrap_or_default();
                format!("reading the photo{size} would take more memory than is allowed; send a smaller one{fitting}")
            }
            Self::OutOfMemory { needed_bytes } => format!(
                "the system could not provide the {} of memory that the photo needs; retry later",
                megabytes(*needed_bytes)
            ),
            Self::TooManyScans { scans, max_scans } => {
                format!("the JPEG has {scans} scans and at most {max_scans} are decoded; send another photo")
            }
            Self::Internal { stage } => {
                format!("the photo pipeline failed to {stage}, a bug in the liveness crate; open an issue and state the photo's format and size")
            }
        }
    }

    /// The same in Chinese.
    pub(in crate::photo) fn chinese(&self) -> String {
        match self {
            Self::Empty => "照片文件为空，请重新上传".into(),
            Self::NotAPicture => "该文件不是图片，请上传 JPEG 或 PNG 照片".into(),
            Self::Base64Text => "传入的是 Base64 文本而不是图片，请先解码（去掉 data:image/…;base64, 前缀）".into(),
            Self::MangledText => "图片被当作文本读取，字节已经丢失；请按字节读取和传输文件，不要转换为字符串".into(),
            Self::Heic => {
                "不支持 HEIC 格式，请上传 JPEG 照片。拍摄 JPEG 的设置：iPhone：设置 > 相机 > 格式 > 兼容性最佳；三星：相机 > 设置 > 关闭“高效图片（HEIF）”；\
                 小米：相机 > 设置 > 关闭“HEIF 格式”"
                    .into()
            }
            Self::UnsupportedFormat { name } => format!("不支持{}格式，请先转换为 JPEG 或 PNG 再上传", spaced(name.chinese)),
            Self::UnusualJpeg { kind } => {
                format!("不支持{}，请另存为普通 JPEG，或换一张照片", spaced(kind.chinese).trim_end())
            }
            Self::NotAccepted { format } => {
                format!("成品照片不能是 {} 格式，请先用 Preparer 处理，或使用 PhotoSpec 所列的格式", format.name())
            }
            Self::Damaged { format } => format!("{} 文件已损坏，请重新上传照片", format.name()),
            Self::Truncated { format } => format!("{} 文件不完整，可能上传中断，请重新上传照片", format.name()),
            Self::TooSmall { width, height, min_px } => {
                format!("照片为 {width}×{height} 像素，宽和高都不得小于 {min_px} 像素，请拍摄更大的照片")
            }
            Self::TooLarge { width, height, max_px } => {
                format!("照片为 {width}×{height} 像素，宽和高都不得大于 {max_px} 像素，请先用 Preparer 处理")
            }
            Self::TooNarrow { width, height, long_side_px, min_px } => format!(
                "照片为 {width}×{height} 像素，过于狭长：长边缩至 {long_side_px} 像素时短边不足 {min_px} 像素，请裁剪到人脸部分"
            ),
            Self::OverByteLimit { bytes, max_bytes } => {
                format!("照片为 {bytes} 字节，上限为 {max_bytes} 字节，请先用 Preparer 处理")
            }
            Self::NotUpright { orientation } => format!(
                "照片带有 EXIF 旋转标记（{}），供应商可能忽略该标记，请先用 Preparer 处理",
                orientation.to_exif()
            ),
            Self::BudgetTooSmall { max_bytes } => {
                format!("允许尺寸的图片无法压缩到 {max_bytes} 字节以内，请提高 PhotoSpec 的字节上限")
            }
            Self::FileTooLarge { bytes, max_bytes } => format!(
                "照片文件为 {}，上限为 {}，请上传更小的文件",
                megabytes(*bytes as u64),
                megabytes(*max_bytes as u64)
            ),
            Self::TooManyPixels { width, height, max_pixels, .. } => format!(
                "照片为 {width}×{height} 像素（{}），上限为{}，请将相机设为普通模式（1200 万像素）拍摄，或上传更小的照片",
                wan(u64::from(*width) * u64::from(*height)),
                spaced(&wan(*max_pixels))
            ),
            Self::Memory { size, fitting_pixels, .. } => {
                let size = size.map(|(width, height)| format!("（{width}×{height} 像素）")).unwrap_or_default();
                let fitting = fitting_pixels.map(|pixels| format!("，不超过 {}", wan(pixels))).unwrap_or_default();
                format!("读取该照片{size}所需内存超过上限，请上传更小的照片{fitting}")
            }
            Self::OutOfMemory { needed_bytes } => {
                format!("系统内存不足，处理该照片需要 {}，请稍后重试", megabytes(*needed_bytes))
            }
            Self::TooManyScans { scans, max_scans } => {
                format!("该 JPEG 含有 {scans} 次扫描，最多解码 {max_scans} 次，请换一张照片")
            }
            Self::Internal { stage } => {
                format!("照片处理失败（{stage}），这是 liveness 库的缺陷，请提交 issue，并注明照片的格式与尺寸")
            }
        }
    }

    /// The change with which a developer can make such a photo acceptable.
    pub(in crate::photo) const fn hint(&self) -> Option<&'static str> {
        Some(match self {
            Self::Heic => "enable the crate feature `heic` to read HEIC; it is off by default",
            Self::Truncated { .. } => "Preparer::with_truncated_accepted accepts such a photo with its missing part",
            Self::FileTooLarge { .. } => "Limits::with_max_file_bytes sets how large a file may be",
            Self::TooManyPixels { limit, .. } => limit,
            Self::Memory { .. } | Self::OutOfMemory { .. } => {
                "Limits::with_max_memory_bytes sets how much memory one photo may take"
            }
            _ => return None,
        })
    }
}

/// A name between Chinese characters: one in Latin letters or digits has a space on both sides.
fn spaced(name: &str) -> String {
    let is_latin = |char: Option<char>| char.is_some_and(|char| char.is_ascii_alphanumeric());
    let (before, after) = (is_latin(name.chars().next()), is_latin(name.chars().next_back()));
    format!("{}{name}{}", if before { " " } else { "" }, if after { " " } else { "" })
}

fn megabytes(bytes: u64) -> String {
    match bytes {
        0..100_000 => format!("{bytes} bytes"),
        _ => format!("{:.1} MB", bytes as f64 / 1e6),
    }
}

fn megapixels(pixels: u64) -> String {
    match pixels {
        0..1_000_000 => format!("{pixels} pixels"),
        1_000_000..10_000_000 => format!("{:.1} megapixels", pixels as f64 / 1e6),
        _ => format!("{} megapixels", pixels / 1_000_000),
    }
}

/// In the units of camera advertisements: 1200 万像素, 1.08 亿像素.
fn wan(pixels: u64) -> String {
    match pixels {
        0..10_000 => format!("{pixels} 像素"),
        10_000..100_000_000 => format!("{} 万像素", pixels / 10_000),
        _ => format!("{} 亿像素", (pixels / 1_000_000) as f64 / 100.0),
    }
}
