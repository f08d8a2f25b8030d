//! The stand-ins for values, always the same one for the same value.

use std::{collections::HashMap, fmt};

use ring::{
    hmac,
    rand::{SecureRandom, SystemRandom},
};
use time::{Date, Duration, macros::date};

use super::mask::masked;
use crate::{model::IdNumber, provider::FieldKind};

/// The first stand-in for a birth date.
const FIRST_BIRTH: Date = date!(1990 - 01 - 01);
/// The class of the portraits' addresses.
const PORTRAIT: &str = "portrait";
/// How many ID numbers of one region are born on one day, without 000.
const SEQUENCES: u32 = 999;

/// Gives each value a stand-in that shows only its number in the cassette: the first name, the second. No value is
/// kept: values are compared by a hash under a random key that never leaves the memory.
pub(in crate::record) struct StandIns {
    key: hmac::Key,
    numbers: HashMap<(&'static str, [u8; 32]), u32>,
    counted: HashMap<&'static str, u32>,
}

impl StandIns {
    pub(in crate::record) fn new() -> Self {
        let mut key = [0; 32];
        // Without randomness the hashes use a known key, in this memory alone.
        let _ = SystemRandom::new().fill(&mut key);
        Self { key: hmac::Key::new(hmac::HMAC_SHA256, &key), numbers: HashMap::new(), counted: HashMap::new() }
    }

    /// The stand-in for this value of this kind. `None` if the kind has no stand-ins, or the value does not have its
    /// form; then the value is masked.
    pub(super) fn of(&mut self, kind: FieldKind, value: &str) -> Option<String> {
        let class = class(kind)?;
        Some(match kind {
            FieldKind::Signature => class.to_owned(),
            FieldKind::Sex => matches!(value, "男" | "女").then(|| "男".to_owned())?,
            FieldKind::IdNumber => id_number(self.number(class, &value.trim().to_ascii_uppercase())),
            FieldKind::BirthDate => birth_date(self.number(class, value), value)?,
            FieldKind::RequestId => numbered(value, self.number(class, value)),
            FieldKind::ReturnUrl | FieldKind::PageUrl | FieldKind::PortraitUrl => {
                let uri = web_address(value)?;
                format!("{}://{class}.example/{class}-{}", uri.scheme_str()?, self.number(class, &uri.to_string()))
            }
            _ => format!("{class}-{}", self.number(class, value)),
        })
    }

    /// The stand-in for the name of a field that is in no table.
    pub(super) fn of_name(&mut self, name: &str) -> String {
        // A field that may report the charge makes it unclear, under any name.
        let is_charge = name.to_ascii_lowercase().contains("charge");
        format!("unknown-{}{}", if is_charge { "charge-" } else { "" }, self.number("unknown", name))
    }

    /// Whether an answer named this address as a portrait's.
    pub(in crate::record) fn is_portrait(&self, uri: &http::Uri) -> bool {
        self.numbers.contains_key(&(PORTRAIT, self.digest(&uri.to_string())))
    }

    fn number(&mut self, class: &'static str, value: &str) -> u32 {
        let digest = self.digest(value);
        let counted = self.counted.entry(class).or_default();
        *self.numbers.entry((class, digest)).or_insert_with(|| {
            *counted = counted.saturating_add(1);
            *counted
        })
    }

    fn digest(&self, value: &str) -> [u8; 32] {
        hmac::sign(&self.key, value.as_bytes()).as_ref().try_into().unwrap_or_default()
    }
}

impl fmt::Debug for StandIns {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("StandIns").field("given", &self.counted).finish_non_exhaustive()
    }
}

const fn class(kind: FieldKind) -> Option<&'static str> {
    Some(match kind {
        FieldKind::RequestId => "request",
        FieldKind::Secret => "secret",
        FieldKind::Signature => "signature",
        FieldKind::Token => "token",
        FieldKind::Name => "name",
        FieldKind::IdNumber => "id",
        FieldKind::Photo => "photo",
        FieldKind::Address => "address",
        FieldKind::BirthDate => "birth",
        FieldKind::Sex => "sex",
        FieldKind::ReturnUrl => "return",
        FieldKind::PageUrl => "page",
        FieldKind::PortraitUrl => PORTRAIT,
        FieldKind::Words(_) | FieldKind::Code | FieldKind::Message => return None,
        FieldKind::Instant | FieldKind::Score | FieldKind::Masked => return None,
    })
}

/// A number of region 99, which no real person has, with its right check character. None of them selects a scenario
/// of the sandbox.
fn id_number(count: u32) -> String {
    let count = count.saturating_sub(1);
    let (region, sequence) = (9_999_u32.saturating_sub(count / SEQUENCES), count % SEQUENCES + 1);
    let digits = format!("99{region:04}19900101{sequence:03}");
    let numbers = "0123456789X".chars().map(|check| format!("{digits}{check}"));
    let mut right = numbers.filter(|number| IdNumber::parse_on(number, Date::MAX).is_ok());
    right.next().unwrap_or(digits)
}

/// A date in the form of this one: `yyyyMMdd`, with or without separators.
fn birth_date(count: u32, like: &str) -> Option<String> {
    let digits = like.bytes().filter(u8::is_ascii_digit).count();
    let between = || like.chars().filter(|char| !char.is_ascii_digit());
    if digits != 8 || between().count() > 2 || between().any(|char| !matches!(char, '-' | '/' | '.')) {
        return None;
    }
    let date = FIRST_BIRTH.checked_add(Duration::days(i64::from(count % 10_000)))?;
    let plain = format!("{:04}{:02}{:02}", date.year(), u8::from(date.month()), date.day());
    Some(put_digits(like, plain.chars().rev()))
}

/// The number of a request in the form of this one, with the count in its last digits.
fn numbered(like: &str, count: u32) -> String {
    let digits: Vec<char> = count.to_string().chars().rev().collect();
    put_digits(&masked(like), digits.into_iter().chain(std::iter::repeat('0')))
}

/// The text with its digits replaced by these, from the last.
fn put_digits(like: &str, mut from_last: impl Iterator<Item = char>) -> String {
    let chars =
        like.chars().rev().map(|char| if char.is_ascii_digit() { from_last.next().unwrap_or('0') } else { char });
    chars.collect::<Vec<_>>().into_iter().rev().collect()
}

fn web_address(url: &str) -> Option<http::Uri> {
    let uri = url.parse::<http::Uri>().ok()?;
    let is_web = matches!(uri.scheme_str(), Some("http" | "https")) && !uri.authority()?.as_str().contains('@');
    (is_web && !uri.host()?.is_empty()).then_some(uri)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_same_value_has_the_same_stand_in_and_another_has_another() {
        let mut stand_ins = StandIns::new();
        let mut name = |value| stand_ins.of(FieldKind::Name, value).unwrap();
        assert_eq!([name("张三"), name("李四"), name("张三")], ["name-1", "name-2", "name-1"]);
    }

    #[test]
    fn every_number_is_one_that_nobody_has_and_that_every_check_takes() {
        let mut stand_ins = StandIns::new();
        let mut seen = std::collections::BTreeSet::new();
        for count in 0..2_000 {
            let number = stand_ins.of(FieldKind::IdNumber, &count.to_string()).unwrap();
            assert!(number.starts_with("99") && IdNumber::parse_on(&number, date!(2026 - 11 - 21)).is_ok(), "{number}");
            assert!(seen.insert(number));
        }
        assert_eq!(
            stand_ins.of(FieldKind::IdNumber, "11010519491231002x"),
            stand_ins.of(FieldKind::IdNumber, "11010519491231002X")
        );
    }

    #[test]
    fn the_form_of_a_value_stays() {
        let mut stand_ins = StandIns::new();
        let mut of = |kind, value| stand_ins.of(kind, value);
        assert_eq!(of(FieldKind::BirthDate, "19491231").as_deref(), Some("19900102"));
        assert_eq!(of(FieldKind::BirthDate, "1949-12-30").as_deref(), Some("1990-01-03"));
        assert_eq!(of(FieldKind::BirthDate, "unknown"), None);
        assert_eq!(of(FieldKind::RequestId, "ZT20261121160000123").as_deref(), Some("XX00000000000000001"));
        assert_eq!(
            of(FieldKind::PortraitUrl, "https://oss.x.cn/f.jpg").as_deref(),
            Some("https://portrait.example/portrait-1")
        );
        assert_eq!(of(FieldKind::PortraitUrl, "not an address"), None);
    }
}
