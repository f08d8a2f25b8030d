//! References: the caller's own number for one check.

use std::fmt;

use serde::{Serialize, Serializer};
use time::{Date, macros::date};

use crate::model::{IdNumber, Language, Text, input_error, parsed};

/// The longest reference, in bytes.
const MAX_REFERENCE_BYTES: usize = 64;
/// Digits of a Chinese mobile number, and the country codes that may precede it.
const MOBILE_DIGITS: usize = 11;
const COUNTRY_CODES: [&str; 2] = ["0086", "86"];
/// A number with a later birth date is not an ID number. The day is fixed, so that a reference that is accepted once
/// is always accepted.
const LAST_BIRTH: Date = date!(2099 - 12 - 31);

/// The caller's own number for one check, such as an order's: 1 to 64 of `A–Z a–z 0–9 . _ : -`, the first a letter or digit.
///
/// It is never sent to a vendor. It is copied into the [`Receipt`](crate::Receipt) and into an
/// [`Error`](crate::Error) and printed there, so that a log line leads back to the order. A reference that contains a
/// valid ID number or a Chinese mobile number is therefore refused: it would put personal data into every log.
///
/// ```
/// use liveness::{Check, Reference};
///
/// let check = Check::liveness().with_reference(Reference::parse("order-7")?);
/// assert_eq!(check.reference().map(Reference::as_str), Some("order-7"));
///
/// for person in ["13800138000", "order-8613800138000", "11010519491231002x", "user:110105194912310021"] {
///     let refused = person.parse::<Reference>().is_err();
///     assert_eq!(refused, person != "user:110105194912310021"); // its check digit is wrong: it is no ID number
/// }
/// # Ok::<(), liveness::Error>(())
/// ```
///
/// A plain number of 18 digits has the form of a valid ID number by chance about once in 17,000. A number that is
/// made of a 6-digit branch, a date and 4 digits has it about once in 11. Put a separator into such numbers
/// (`330106-20261121-0001`), or take a UUID.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Reference(Box<str>);

impl Reference {
    /// Parses a reference.
    ///
    /// # Errors
    ///
    /// [`ReferenceError`] names the broken rule; it becomes an
    /// [`ErrorKind::InvalidCheck`](crate::ErrorKind::InvalidCheck) naming `reference`.
    pub fn parse(text: &str) -> Result<Self, ReferenceError> {
        let is_of = |byte: u8| byte.is_ascii_alphanumeric() || matches!(byte, b'.' | b'_' | b':' | b'-');
        let begins_well = text.starts_with(|c: char| c.is_ascii_alphanumeric());
        if !begins_well || text.len() > MAX_REFERENCE_BYTES || !text.bytes().all(is_of) {
            return Err(ReferenceError::Form);
        }
        if holds_a_person(text) {
            return Err(ReferenceError::Person);
        }
        Ok(Self(text.into()))
    }

    /// The text.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl fmt::Display for Reference {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(&self.0)
    }
}

impl AsRef<str> for Reference {
    fn as_ref(&self) -> &str {
        &self.0
    }
}

impl Serialize for Reference {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_str(&self.0)
    }
}

parsed!(Reference, ReferenceError, "a reference of 1 to 64 characters");

/// Why a reference was refused. It does not quote it.
///
/// ```
/// use liveness::{Language, Reference, ReferenceError};
///
/// let error = Reference::parse("13800138000").unwrap_err();
/// assert_eq!(error, ReferenceError::Person);
/// assert!(!error.message(Language::English).contains("138")); // the sentence does not quote it
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum ReferenceError {
    /// It is not 1 to 64 characters of `A–Z a–z 0–9 . _ : -`, or does not begin with a letter or digit.
    Form,
    /// It contains an ID number or a mobile number.
    Person,
}

impl ReferenceError {
    /// What is wrong, in either language.
    pub const fn message(self, language: Language) -> &'static str {
        self.text().get(language)
    }

    pub(in crate::model) const fn text(self) -> Text {
        match self {
            Self::Form => Text::new(
                "a reference must have 1 to 64 of A-Z, a-z, 0-9, dot, underscore, colon and hyphen, and begin with a letter or digit",
                "业务单号只能由 1 至 64 个英文字母、数字、点、下划线、冒号或连字符组成，且以字母或数字开头",
            ),
            Self::Person => Text::new(
                "the reference holds an ID number or a mobile number, which would appear in every log; use a reference without personal data",
                "业务单号中含有身份证号或手机号，会写入所有日志；请改用不含个人信息的业务单号",
            ),
        }
    }
}

input_error!(ReferenceError);

/// Whether any run of digits in it is a person's number. Hashes and UUIDs have such runs by chance, so the digits of
/// a part that is hexadecimal and has a letter are skipped.
fn holds_a_person(text: &str) -> bool {
    text.split(|c: char| !c.is_ascii_alphanumeric()).filter(|part| !is_hash(part)).any(|part| {
        let mut rest = part;
        while let Some(start) = rest.find(|c: char| c.is_ascii_digit()) {
            let run = &rest[start..];
            let end = run.find(|c: char| !c.is_ascii_digit()).unwrap_or(run.len());
            let with_check = run.get(..=end).filter(|number| number.ends_with(['x', 'X']));
            let is_id = |number: &str| IdNumber::parse_on(number, LAST_BIRTH).is_ok();
            if is_mobile(&run[..end]) || is_id(&run[..end]) || with_check.is_some_and(is_id) {
                return true;
            }
            rest = &run[end..];
        }
        false
    })
}

fn is_hash(part: &str) -> bool {
    part.bytes().all(|byte| byte.is_ascii_hexdigit()) && !part.bytes().all(|byte| byte.is_ascii_digit())
}

fn is_mobile(digits: &str) -> bool {
    let national =
        COUNTRY_CODES.iter().find_map(|code| digits.strip_prefix(code)).filter(|rest| rest.len() == MOBILE_DIGITS);
    let national = national.unwrap_or(digits);
    national.len() == MOBILE_DIGITS && matches!(national.as_bytes(), [b'1', b'3'..=b'9', ..])
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;
    use crate::model::{Error, ErrorKind};

    #[test]
    fn form_and_length_are_held_and_the_error_does_not_quote() {
        for good in ["o", "7", "order-7", "a.b_c:d-e", "2026-11-21T08:00", &"x".repeat(64)] {
            assert_eq!(Reference::parse(good).unwrap().as_str(), good);
        }
        for bad in ["", "-a", ".a", ":a", "_a", "a b", "订单7", "a/b", "a\n", "a+b", &"x".repeat(65)] {
            assert_eq!(Reference::parse(bad), Err(ReferenceError::Form), "{bad}");
        }
    }

    #[test]
    fn a_persons_number_is_refused_wherever_it_stands() {
        for person in [
            "11010519491231002X",
            "11010519491231002x",
            "order-11010519491231002X",
            "order11010519491231002X",
            "11010519491231002X-2",
            "11010519491231002Xray",
            "v2order13800138000",
            "a:990003199001010016:b",
            "13800138000",
            "19912345678",
            "tel.13800138000",
            "order13800138000v2",
            "8613800138000",
            "008613800138000",
        ] {
            assert_eq!(Reference::parse(person), Err(ReferenceError::Person), "{person}");
            let error = Error::from(ReferenceError::Person);
            assert_eq!((error.kind(), error.field()), (ErrorKind::InvalidCheck, Some("reference")));
        }
        for not_one in [
            "12800138000",                              // no mobile number begins so
            "138001380001",                             // a digit more
            "1380013800",                               // one less
            "138-0013-8000",                            // an order's parts
            "110105194912310021",                       // a wrong check digit
            "211010519491231002X",                      // a digit more
            "330106-20261121-0001",                     // a branch, a day, a count
            "1795248000123",                            // milliseconds
            "550e8400-e29b-41d4-a716-a13800138000",     // a UUID
            "da39a3ee5e6b4b0d13800138000fef95601890af", // a hash
            "01JDM7Z8Q4X5V6W7Y8Z9A0B1C2",               // a ULID
        ] {
            assert!(Reference::parse(not_one).is_ok(), "{not_one}");
        }
    }

    proptest! {
        #[test]
        fn every_uuid_and_hash_is_taken(uuid in "[0-9a-f]{8}-[0-9a-f]{4}-4[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}", hash in "[0-9a-f]{40}") {
            prop_assert!(Reference::parse(&uuid).is_ok());
            prop_assert!(Reference::parse(&hash).is_ok());
        }

        #[test]
        fn no_text_makes_it_panic(text in any::<String>(), near in "[0-9xX.:_a-g-]{0,40}") {
            for text in [text, near] {
                if let Ok(reference) = Reference::parse(&text) {
                    prop_assert_eq!(reference.as_str(), text);
                }
            }
        }
    }
}
