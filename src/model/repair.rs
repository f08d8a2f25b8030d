//! Repairs of an answer that make it readable.

use crate::model::{Language, Text, Word, word::open_words};

/// One step that made a vendor's answer readable. A step rewrites text around or outside values, never a value.
///
/// [`Receipt::repaired`](crate::Receipt::repaired) lists the steps, so that an operator can count them and report
/// them to the vendor.
///
/// ```
/// use liveness::{Language, Repair};
///
/// assert_eq!(Repair::ByteOrderMark.as_str(), "byte_order_mark");
/// assert_eq!(Repair::Charset.description(Language::English), "the text was GBK or another charset instead of UTF-8");
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum Repair {
    /// It was compressed although the request did not allow that.
    Compression,
    /// It was GB 18030, GBK or UTF-16 instead of UTF-8.
    Charset,
    /// It had a byte-order mark at the start.
    ByteOrderMark,
    /// It had NUL, control characters or unusual space around it.
    Padding,
    /// It was a JSON document within a JSON string.
    NestedDocument,
    /// It contained comments or trailing commas.
    LooseJson,
    /// A step of a newer version; it was read from a store.
    Unrecognized(Word),
}

open_words!(Repair {
    Compression => "compression",
    Charset => "charset",
    ByteOrderMark => "byte_order_mark",
    Padding => "padding",
    NestedDocument => "nested_document",
    LooseJson => "loose_json",
});

impl Repair {
    /// What was wrong with the answer.
    pub const fn description(self, language: Language) -> &'static str {
        match self {
            Self::Compression => {
                Text::new("the response was compressed without being requested", "响应未经请求即被压缩")
            }
            Self::Charset => {
                Text::new("the text was GBK or another charset instead of UTF-8", "响应编码为 GBK 等，而非 UTF-8")
            }
            Self::ByteOrderMark => Text::new("the response began with a byte-order mark", "响应开头带有 BOM"),
            Self::Padding => Text::new(
                "the response began or ended with control characters or unusual white space",
                "响应首尾含有控制字符或特殊空白",
            ),
            Self::NestedDocument => {
                Text::new("the response was JSON within a JSON string", "响应是嵌在 JSON 字符串中的 JSON")
            }
            Self::LooseJson => {
                Text::new("the JSON contained comments or trailing commas", "JSON 中含有注释或多余的逗号")
            }
            Self::Unrecognized(_) => Text::new("a repair of a newer version", "新版本定义的修复"),
        }
        .get(language)
    }
}
