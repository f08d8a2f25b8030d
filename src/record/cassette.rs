//! The cassette, and the reader that checks its text.

use std::{fmt, fs, io, path::Path};

use serde::{Deserialize, Serialize};

use super::exchange::Exchange;
use crate::model::{Error, Language, Text};

/// The version of the format that this crate writes and reads.
const VERSION: u64 = 1;

/// A recorded case: each attempt of its calls in the order of their ends, redacted. Its stored form is JSON.
///
/// ```
/// use liveness::record::Cassette;
///
/// let cassette = Cassette::new();
/// assert!(cassette.to_json().contains("\"liveness_cassette\": 1"));
/// assert_eq!(Cassette::from_json(&cassette.to_json())?, cassette);
///
/// let newer = Cassette::from_json(r#"{"liveness_cassette":2}"#).unwrap_err();
/// assert!(newer.to_string().contains("version 2"));
/// # Ok::<(), liveness::record::CassetteError>(())
/// ```
#[derive(Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(try_from = "Document")]
pub struct Cassette {
    liveness_cassette: u64,
    recorded_by: String,
    exchanges: Vec<Exchange>,
}

/// A cassette before it is checked.
#[derive(Deserialize)]
struct Document {
    liveness_cassette: u64,
    #[serde(default)]
    recorded_by: String,
    exchanges: Vec<Exchange>,
}

/// The part that is the same in every version.
#[derive(Deserialize)]
struct Versioned {
    liveness_cassette: u64,
}

impl Cassette {
    /// A cassette without any exchange.
    pub fn new() -> Self {
        let recorded_by = concat!("liveness ", env!("CARGO_PKG_VERSION")).to_owned();
        Self { liveness_cassette: VERSION, recorded_by, exchanges: Vec::new() }
    }

    /// Reads a cassette.
    ///
    /// # Errors
    ///
    /// [`CassetteError`] if the text is not a cassette, or is one of an unknown version. No value is quoted.
    pub fn from_json(json: &str) -> Result<Self, CassetteError> {
        let Versioned { liveness_cassette: version } = serde_json::from_str(json).map_err(|error| malformed(&error))?;
        if version != VERSION {
            return Err(CassetteError(Problem::Version(version)));
        }
        let document: Document = serde_json::from_str(json).map_err(|error| malformed(&error))?;
        document.try_into()
    }

    /// Reads the cassette in a file.
    ///
    /// # Errors
    ///
    /// [`CassetteError`] if the file cannot be read, and as [`from_json`](Self::from_json).
    pub fn from_file(path: impl AsRef<Path>) -> Result<Self, CassetteError> {
        let json = fs::read_to_string(path).map_err(|error| CassetteError(Problem::Unreadable(error)))?;
        Self::from_json(&json)
    }

    /// The stored form.
    pub fn to_json(&self) -> String {
        // It has only texts, numbers and lists, so it does not fail.
        serde_json::to_string_pretty(self).unwrap_or_default() + "\n"
    }

    /// Adds an exchange at the end.
    pub fn push(&mut self, exchange: Exchange) {
        self.exchanges.push(exchange);
    }

    /// The exchanges, in their order.
    pub fn exchanges(&self) -> &[Exchange] {
        &self.exchanges
    }
}

impl Default for Cassette {
    fn default() -> Self {
        Self::new()
    }
}

impl fmt::Debug for Cassette {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Cassette").field("exchanges", &self.exchanges).finish_non_exhaustive()
    }
}

impl TryFrom<Document> for Cassette {
    type Error = CassetteError;

    fn try_from(document: Document) -> Result<Self, CassetteError> {
        let Document { liveness_cassette: version, recorded_by, exchanges } = document;
        if version != VERSION {
            return Err(CassetteError(Problem::Version(version)));
        }
        match exchanges.iter().position(|exchange| !exchange.is_replayable()) {
            Some(at) => Err(CassetteError(Problem::Exchange(at + 1))),
            None => Ok(Self { liveness_cassette: version, recorded_by, exchanges }),
        }
    }
}

/// The error of a text or a file that is not a readable cassette. No value of it is printed.
///
/// ```
/// use liveness::{Language, record::Cassette};
///
/// let error = Cassette::from_json("[]").unwrap_err();
/// println!("{}", error.message(Language::Chinese));
/// assert_eq!(error.message(Language::English), error.to_string());
/// ```
#[derive(Debug)]
pub struct CassetteError(Problem);

#[derive(Debug)]
enum Problem {
    Unreadable(io::Error),
    Malformed { line: usize, column: usize },
    Version(u64),
    Exchange(usize),
}

impl CassetteError {
    /// What is wrong, and what to do.
    pub fn message(&self, language: Language) -> String {
        let text = match &self.0 {
            Problem::Unreadable(error) => Text {
                english: format!("the cassette cannot be read: {:?}", error.kind()),
                chinese: format!("无法读取录制文件：{:?}", error.kind()),
            },
            Problem::Malformed { line, column } => Text {
                english: format!("this is not a cassette: line {line}, column {column} is malformed"),
                chinese: format!("不是录制文件：第 {line} 行第 {column} 列格式不符"),
            },
            Problem::Version(version) => Text {
                english: format!(
                    "this cassette has version {version}, and this crate reads version {VERSION} alone: use the version of the crate that recorded it"
                ),
                chinese: format!("该录制文件的版本为 {version}，本库只支持版本 {VERSION}：请使用录制时的版本"),
            },
            Problem::Exchange(number) => Text {
                english: format!(
                    "exchange {number} of the cassette cannot be replayed: a method, status, header or size is not valid"
                ),
                chinese: format!("录制文件的第 {number} 次请求无法回放：方法、状态码、响应头或大小不合法"),
            },
        };
        match language {
            Language::English => text.english,
            Language::Chinese => text.chinese,
        }
    }
}

impl fmt::Display for CassetteError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.message(Language::English))
    }
}

impl std::error::Error for CassetteError {
    fn source(&self) -> Option<&(dyn std::error::Error + 'static)> {
        match &self.0 {
            Problem::Unreadable(error) => Some(error),
            _ => None,
        }
    }
}

impl From<CassetteError> for Error {
    /// The operator named an invalid file: `Configuration` naming `cassette`.
    fn from(error: CassetteError) -> Self {
        let reason = Text { english: error.message(Language::English), chinese: error.message(Language::Chinese) };
        Self::configuration("cassette").with_reason(reason).with_source(error)
    }
}

fn malformed(error: &serde_json::Error) -> CassetteError {
    CassetteError(Problem::Malformed { line: error.line(), column: error.column() })
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn with(answer: &str) -> String {
        let request = r#"{"method":"POST","path":"/a","fields":[]}"#;
        format!(r#"{{"liveness_cassette":1,"exchanges":[{{"request":{request},"answer":{answer}}}]}}"#)
    }

    #[test]
    fn what_cannot_be_replayed_is_refused_by_its_place() {
        let response = |status: &str, headers: &str, body: &str| {
            with(&format!(r#"{{"response":{{"status":{status},"headers":{headers},"body":{body}}}}}"#))
        };
        let text = r#"{"text":{"text":"张三"}}"#;
        assert!(Cassette::from_json(&response("200", "[]", text)).is_ok());
        for json in [
            response("99", "[]", text),
            response("200", r#"[["a b","c"]]"#, text),
            response("200", r#"[["a","\n"]]"#, text),
            response("200", "[]", r#"{"image":{"format":"jpeg","bytes":99999999999,"is_whole":true}}"#),
        ] {
            let error = Cassette::from_json(&json).unwrap_err();
            assert!(error.to_string().contains("exchange 1") && !error.to_string().contains('张'), "{error}");
        }
    }

    #[test]
    fn another_version_is_refused_by_its_number_whatever_else_it_holds() {
        for version in ["0", "2", "18446744073709551615"] {
            let json = format!(r#"{{"liveness_cassette":{version},"exchanges":"elsewhere"}}"#);
            let error = Cassette::from_json(&json).unwrap_err();
            assert!(error.to_string().contains(&format!("version {version}")), "{error}");
            assert!(error.message(Language::Chinese).contains(version));
        }
    }

    #[test]
    fn no_error_quotes_what_the_file_holds() {
        for json in [r#"{"liveness_cassette":"张三"}"#, r#"{"liveness_cassette":1,"exchanges":["张三"]}"#, "张三"]
        {
            let error = Cassette::from_json(json).unwrap_err();
            assert!(
                !format!("{error} {error:?} {:?}", Error::from(Cassette::from_json(json).unwrap_err())).contains('张')
            );
        }
    }

    proptest! {
        #[test]
        fn no_text_makes_the_reader_panic(text in any::<String>(), json in r#"\{"(liveness_cassette|exchanges)":[ "{}\[\],:a0-3tfn-]{0,20}\}"#) {
            for text in [&text, &json, &with(&text), &with(&json)] {
                if let Ok(cassette) = Cassette::from_json(text) {
                    prop_assert_eq!(Cassette::from_json(&cassette.to_json()).unwrap(), cassette);
                }
            }
        }
    }
}
