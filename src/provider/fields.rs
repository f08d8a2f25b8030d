//! The fields of a vendor's JSON, read without trusting their types.

use std::{collections::BTreeMap, fmt};

use serde_json::value::RawValue;

use crate::model::{Again, Error, ErrorKind, Response, Text};

/// The fields of a JSON object, each kept as the vendor wrote it. Vendors write numbers as strings and strings as numbers, and
/// they write an empty object as `{}`, as `null` or not at all. A request number has more digits than a float can hold.
///
/// `Debug` shows only the names, because the values may be personal data.
///
/// ```
/// use liveness::answer::Fields;
///
/// let fields = Fields::parse(br#"{"code":0,"score":"85","data":{"live":true}}"#)?;
/// assert_eq!((fields.text("code").as_deref(), fields.text("score").as_deref()), (Some("0"), Some("85")));
/// assert_eq!(fields.object("data").flag("live"), Some(true));
/// # Ok::<(), liveness::answer::NotJson>(())
/// ```
#[derive(Clone, Default)]
pub struct Fields(BTreeMap<String, Box<RawValue>>);

impl Fields {
    /// Reads the body of a response.
    ///
    /// # Errors
    ///
    /// If the body is not a JSON object, it does not come from the vendor. The HTTP status then decides: `OutcomeUnknown` if
    /// the call may have run, otherwise `Protocol`.
    pub fn read(response: &Response) -> Result<Self, Error> {
        Self::parse(response.body().as_bytes()).map_err(|source| not_the_vendors(response).with_source(source))
    }

    /// Reads an object.
    ///
    /// # Errors
    ///
    /// [`NotJson`] with the place, never the text: serde_json's own message quotes values.
    pub fn parse(json: &[u8]) -> Result<Self, NotJson> {
        serde_json::from_slice(json).map(Self).map_err(|error| NotJson(error.classify(), error.line(), error.column()))
    }

    /// The text of a string or number. `None` if the field is absent, `null`, empty or of another type.
    pub fn text(&self, name: &str) -> Option<String> {
        let raw = self.0.get(name)?.get();
        let text = match raw.as_bytes().first()? {
            b'"' => serde_json::from_str(raw).ok()?,
            b'-' | b'0'..=b'9' => raw.to_owned(),
            _ => return None,
        };
        Some(text).filter(|text| !text.is_empty())
    }

    /// A boolean, also one written as a string. `None` if the field is absent or of another type.
    pub fn flag(&self, name: &str) -> Option<bool> {
        match self.0.get(name)?.get() {
            "true" | r#""true""# => Some(true),
            "false" | r#""false""# => Some(false),
            _ => None,
        }
    }

    /// The fields of an object. There are none if the field is absent or of another type.
    pub fn object(&self, name: &str) -> Self {
        self.0.get(name).and_then(|raw| Self::parse(raw.get().as_bytes()).ok()).unwrap_or_default()
    }
}

/// The answer is no JSON object; says where it stops being one.
#[derive(Debug)]
pub struct NotJson(serde_json::error::Category, usize, usize);

impl fmt::Display for NotJson {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "not a JSON object: {:?} error at line {} column {}", self.0, self.1, self.2)
    }
}

impl std::error::Error for NotJson {}

impl fmt::Debug for Fields {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_set().entries(self.0.keys()).finish()
    }
}

/// An answer that is none of the vendor's.
pub(crate) fn not_the_vendors(response: &Response) -> Error {
    let status = response.status().as_u16();
    Error::new(kind_of_status(status)).with_again(Again::MayBillAgain).with_http_status(status).with_reason(Text {
        english: format!("the answer (HTTP status {status}) is not one of the vendor's"),
        chinese: format!("响应（HTTP 状态 {status}）不符合供应商格式"),
    })
}

/// Who must act on an answer that is none of the vendor's, by its HTTP status: refused as our fault, unless it is a proxy's
/// word for giving up on the answer (408, 499); everything else may have run.
pub(crate) const fn kind_of_status(status: u16) -> ErrorKind {
    match status {
        408 | 499 => ErrorKind::OutcomeUnknown,
        400..500 => ErrorKind::Protocol,
        _ => ErrorKind::OutcomeUnknown,
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn values_are_read_whatever_their_type() {
        let fields = Fields::parse(
            br#"{"a":"85","b":85,"c":null,"d":{},"e":202611210800000000000001,"f":true,"g":"false","h":"","i":{"j":-1.5}}"#,
        )
        .unwrap();
        assert_eq!(fields.text("a").as_deref(), Some("85"));
        assert_eq!(fields.text("b").as_deref(), Some("85"));
        assert_eq!(fields.text("e").as_deref(), Some("202611210800000000000001"));
        assert_eq!([fields.text("c"), fields.text("d"), fields.text("h"), fields.text("z")], [const { None }; 4]);
        assert_eq!((fields.flag("f"), fields.flag("g"), fields.flag("a")), (Some(true), Some(false), None));
        assert_eq!(fields.object("i").text("j").as_deref(), Some("-1.5"));
        assert_eq!(fields.object("a").text("j"), None);
    }

    #[test]
    fn a_parse_failure_names_the_place_and_not_the_text() {
        let error = Fields::parse(r#"{"idcard": 张三"#.as_bytes()).err().unwrap().to_string();
        assert!(error.contains("line 1") && !error.contains("张"), "{error}");
    }

    proptest! {
        #[test]
        fn no_answer_makes_it_panic(bytes in any::<Vec<u8>>(), text in r#"\{"(code|data)":[ "{}\[\],:a0tfn-]{0,20}\}"#) {
            for json in [&bytes[..], text.as_bytes()] {
                if let Ok(fields) = Fields::parse(json) {
                    let _ = (fields.text("code"), fields.flag("code"), fields.object("data").text("a"));
                }
            }
        }
    }
}
