//! Redacts one value of a known kind.

use super::{
    known::{Known, is_code, is_instant, is_score},
    mask::{is_number, masked, masked_but, masked_number},
    stand_ins::StandIns,
};
use crate::{model::Sent, provider::FieldKind};

/// The longest text of which phrases are kept, in bytes: sent values are searched for only in such texts.
const MAX_MESSAGE_BYTES: usize = 4_000;

/// The inputs of redaction: the vendors' fields, the stand-ins so far, and the content of the request.
pub(in crate::record) struct Redactor<'r> {
    pub(in crate::record) known: &'r Known,
    pub(in crate::record) stand_ins: &'r mut StandIns,
    pub(in crate::record) sent: Option<&'r Sent>,
}

impl Redactor<'_> {
    /// The redacted text of a field.
    pub(in crate::record) fn text(&mut self, kind: Option<FieldKind>, value: &str) -> String {
        match kind {
            _ if value.is_empty() => String::new(),
            Some(FieldKind::Message) => self.message(value),
            Some(FieldKind::Words(words)) if value.split(',').all(|word| words.contains(&word)) => value.to_owned(),
            Some(FieldKind::Code) if is_code(value) && !self.was_sent(value) => value.to_owned(),
            Some(FieldKind::Instant) if is_instant(value) && !self.was_sent(value) => value.to_owned(),
            Some(FieldKind::Score) if is_score(value) && !self.was_sent(value) => value.to_owned(),
            Some(kind) => self.stand_ins.of(kind, value).unwrap_or_else(|| masked(value)),
            None => masked(value),
        }
    }

    /// The redacted form of a bare word of JSON: a number, or one of its literals.
    pub(super) fn bare(&mut self, kind: Option<FieldKind>, word: &str) -> String {
        match kind {
            _ if matches!(word, "true" | "false" | "null") => word.to_owned(),
            _ if !is_number(word) => masked(word),
            Some(FieldKind::Code | FieldKind::Instant | FieldKind::Score) => match self.text(kind, word) {
                kept if kept == word => kept,
                _ => masked_number(word),
            },
            // A word that is not a number to a reader is not one in the recording either.
            Some(_) if serde_json::from_str::<serde_json::Number>(word).is_err() => masked_number(word),
            Some(FieldKind::RequestId) if word.bytes().all(|byte| byte.is_ascii_digit()) => {
                // A leading zero would make it invalid.
                match self.text(kind, word) {
                    number if number.len() > 1 && number.starts_with('0') => number.replacen('0', "9", 1),
                    number => number,
                }
            }
            Some(FieldKind::RequestId) => masked_number(word),
            // A number that is sent back as a text, such as a token, becomes a text at once.
            Some(kind) => match self.stand_ins.of(kind, word) {
                Some(stand_in) => serde_json::Value::from(stand_in).to_string(),
                None => masked_number(word),
            },
            None => masked_number(word),
        }
    }

    /// A vendor's text: sent values are marked, known phrases stay, and the rest is masked.
    pub(super) fn message(&self, text: &str) -> String {
        if text.len() > MAX_MESSAGE_BYTES {
            return masked(text);
        }
        let hidden = self.sent.map_or_else(|| text.to_owned(), |sent| sent.hide(text));
        masked_but(&hidden, &self.known.anywhere, &self.known.whole)
    }

    fn was_sent(&self, value: &str) -> bool {
        self.sent.is_some_and(|sent| sent.hide_in_number(value) != value)
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    const KINDS: [Option<FieldKind>; 6] = [
        None,
        Some(FieldKind::RequestId),
        Some(FieldKind::Token),
        Some(FieldKind::Code),
        Some(FieldKind::Score),
        Some(FieldKind::IdNumber),
    ];

    fn is_json(text: &str) -> bool {
        serde_json::from_str::<serde_json::Value>(text).is_ok()
    }

    proptest! {
        #[test]
        fn what_is_left_of_a_number_can_be_read_if_it_could_and_only_then(
            words in proptest::collection::vec("-?[0-9]{1,3}(\\.[0-9]{0,2})?([eE][+-]?[0-9]{0,4})?", 1..30),
            kind in proptest::sample::select(KINDS.to_vec()),
        ) {
            let known = Known::new();
            let mut stand_ins = StandIns::new();
            let mut redactor = Redactor { known: &known, stand_ins: &mut stand_ins, sent: None };
            for word in words {
                let left = redactor.bare(kind, &word);
                prop_assert_eq!(is_json(&word), is_json(&left), "{} became {}", word, left);
            }
        }
    }
}
