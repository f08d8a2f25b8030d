//! Recognises words of a vendor that cannot be personal data.

use super::mask::masked;
use crate::provider::{FieldKind, jumdata, tencent_market};

/// The tables of the fields, and the values that may be kept.
#[derive(Clone)]
pub(in crate::record) struct Known {
    tables: Vec<&'static [(&'static str, FieldKind)]>,
    /// Phrases that identify the gateways' refusals, wherever they occur.
    pub(super) anywhere: Vec<&'static str>,
    /// The vendors' texts for their codes.
    pub(super) whole: Vec<&'static str>,
}

impl Known {
    pub(in crate::record) fn new() -> Self {
        let refusals = tencent_market::Refusal::ALL.iter().flat_map(|refusal| refusal.texts());
        let anywhere = refusals.flat_map(|text| text.split('…')).map(str::trim).filter(|part| !part.is_empty());
        let jumdata = jumdata::Code::ALL.iter().filter_map(|code| code.info().vendor_text());
        let market = tencent_market::Code::ALL.iter().filter_map(|code| code.info().vendor_text());
        Self {
            tables: vec![jumdata::FIELDS, tencent_market::FIELDS],
            // The mark of a value of the request; see `Sent::hide`.
            anywhere: anywhere.chain(["[…]"]).collect(),
            whole: jumdata.chain(market).collect(),
        }
    }

    /// Adds a table; the newest one is searched first.
    pub(in crate::record) fn add(&mut self, table: &'static [(&'static str, FieldKind)]) {
        self.tables.insert(0, table);
    }

    /// The kind of the field with this name, whatever its case and the space around it.
    pub(in crate::record) fn kind(&self, name: &str) -> Option<FieldKind> {
        let name = name.trim();
        let rows = || self.tables.iter().flat_map(|table| table.iter());
        let exact = rows().find(|(known, _)| *known == name);
        exact.or_else(|| rows().find(|(known, _)| known.eq_ignore_ascii_case(name))).map(|(_, kind)| *kind)
    }

    /// The value of a field of words, with everything else masked.
    pub(in crate::record) fn words(&self, name: &str, value: &str) -> String {
        let words = match self.kind(name) {
            Some(FieldKind::Words(words)) => words,
            _ => &[],
        };
        let kept = value.split(',').map(|word| if words.contains(&word) { word.to_owned() } else { masked(word) });
        kept.collect::<Vec<_>>().join(",")
    }
}

/// Whether it looks like a vendor's code or flag: a documented one, or up to five letters and digits with a digit
/// among them. A longer text may be a birth date.
pub(super) fn is_code(text: &str) -> bool {
    let text = text.trim_matches(|char: char| char.is_whitespace() || char.is_control());
    let digits = text.strip_prefix('-').unwrap_or(text);
    let is_short = matches!(digits.len(), 1..=5) && digits.bytes().all(|byte| byte.is_ascii_alphanumeric());
    let is_flag = ["true", "false"].iter().any(|word| word.eq_ignore_ascii_case(text));
    is_flag
        || (is_short && digits.bytes().any(|byte| byte.is_ascii_digit()))
        || jumdata::Code::parse(text).is_some()
        || tencent_market::Code::parse(text).is_some()
}

/// Whether it looks like a vendor's instant: `yyyyMMddHHmmss` with up to three more digits, or seconds or
/// milliseconds since 1970.
pub(super) fn is_instant(text: &str) -> bool {
    if !text.bytes().all(|byte| byte.is_ascii_digit()) {
        return false;
    }
    let part = |from: usize, least: u8, most: u8| {
        text.get(from..from + 2)
            .and_then(|part| part.parse().ok())
            .is_some_and(|part: u8| (least..=most).contains(&part))
    };
    match text.len() {
        10 | 13 => text.starts_with(['1', '2']),
        14..=17 => {
            text.starts_with("20")
                && part(4, 1, 12)
                && part(6, 1, 31)
                && part(8, 0, 23)
                && part(10, 0, 59)
                && part(12, 0, 59)
        }
        _ => false,
    }
}

/// Whether it looks like a score: at most three digits, and four after a point.
pub(super) fn is_score(text: &str) -> bool {
    let (whole, rest) = text.trim().split_once('.').unwrap_or((text.trim(), "0"));
    let digits = |text: &str, most| (1..=most).contains(&text.len()) && text.bytes().all(|byte| byte.is_ascii_digit());
    digits(whole, 3) && digits(rest, 4)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_field_is_known_whatever_its_case() {
        let known = Known::new();
        assert_eq!(known.kind("errcode"), Some(FieldKind::Code));
        assert_eq!(known.kind("Charge "), Some(FieldKind::Code));
        assert_eq!(known.kind("张三"), None);
    }

    #[test]
    fn what_may_be_of_a_person_is_no_code_instant_or_score() {
        for code in ["P0000", "p0001 ", "200", "-1", "True", "910RE", "777"] {
            assert!(is_code(code), "{code}");
        }
        for other in ["19491231", "ANNA", "491231", "", "张三"] {
            assert!(!is_code(other), "{other}");
        }
        assert!(is_instant("20261121160000123") && is_instant("1763712000123"));
        for other in ["11010519491231002", "13800138000", "19491231", "20269921160000123"] {
            assert!(!is_instant(other), "{other}");
        }
        assert!(is_score("85") && is_score("85.5") && !is_score("1949") && !is_score("491231"));
    }
}
