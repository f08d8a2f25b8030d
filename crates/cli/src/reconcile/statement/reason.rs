//! The reasons why a row of a statement cannot be read.

use crate::language::Words;

/// Why a row cannot be read.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum Reason {
    Time,
    Shortened,
    Rounded,
    Number,
    Billed,
    Missing,
    NotText,
    NoObject,
    OpenQuote,
}

impl Reason {
    pub(crate) const fn name(self) -> &'static str {
        match self {
            Self::Time => "time",
            Self::Shortened => "shortened",
            Self::Rounded => "rounded",
            Self::Number => "number",
            Self::Billed => "billed",
            Self::Missing => "missing",
            Self::NotText => "not_text",
            Self::NoObject => "no_object",
            Self::OpenQuote => "open_quote",
        }
    }

    pub(crate) fn words(self) -> Words {
        match self {
            Self::Time => Words::new("the time format is not recognized", "时间格式无法识别"),
            Self::Shortened => Words::new(
                "a spreadsheet shortened the number (as 2.02611E+23): export it again with that column as text",
                "表格软件把请求号变成了科学计数法（如 2.02611E+23）：请把该列设为文本后重新导出",
            ),
            Self::Rounded => Words::new(
                "a spreadsheet rounded the number to 15 digits: export it again with that column as text",
                "表格软件把请求号截断为 15 位有效数字：请把该列设为文本后重新导出",
            ),
            Self::Number => Words::new("the format of the request number is not recognized", "请求号格式无法识别"),
            Self::Billed => Words::new(
                "the charge column contains neither a known word (such as 是 or 否) nor a number of charges",
                "计费列既不是已知的取值，也不是计费次数",
            ),
            Self::Missing => Words::new("it has fewer columns than the first row", "列数少于首行"),
            Self::NotText => Words::new("a field is neither UTF-8 nor GBK", "字段编码既不是 UTF-8 也不是 GBK"),
            Self::NoObject => Words::new("it is no JSON object with plain fields", "不是由简单字段组成的 JSON 对象"),
            Self::OpenQuote => Words::new("a quote in it is not closed", "引号没有闭合"),
        }
    }
}
