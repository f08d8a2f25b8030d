//! Stable words for values, used as metric labels, in settings and in serialized forms.
//!
//! Each type with words has one list of them, from which `as_str`, `Display` and `FromStr` are made. serde's derive
//! gives the same words, and `tests/words.rs` checks that the four agree.

use std::{fmt, str::FromStr};

use serde::{Deserialize, Deserializer, Serialize, Serializer};

use crate::model::{
    Again, Billed, Change, Error, ErrorKind, Failure, Goal, Language, Outcome, Ran, Retake, Sex, Text, Unverifiable,
    from_text,
};

/// The most choices that a message names.
const MAX_NAMED_CHOICES: usize = 20;

/// A word that is not a value of its type. It keeps the choices and never the word itself, which may be a secret that
/// was pasted into the wrong field.
///
/// ```
/// use liveness::Goal;
///
/// let error = "passport".parse::<Goal>().unwrap_err();
/// assert_eq!(error.to_string(), "this is no goal; choose one of liveness, same_person");
/// assert_eq!(liveness::Error::from(error).field(), Some("goal"));
/// ```
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct UnknownWord {
    what: &'static str,
    choices: Vec<&'static str>,
}

impl UnknownWord {
    pub(crate) fn new(what: &'static str, choices: impl IntoIterator<Item = &'static str>) -> Self {
        Self { what, choices: choices.into_iter().collect() }
    }

    /// The name of the type, such as `goal`.
    pub fn what(&self) -> &'static str {
        self.what
    }

    /// The valid words.
    pub fn choices(&self) -> &[&'static str] {
        &self.choices
    }

    /// What is wrong and which words are valid; `Display` prints the English text. It names at most 20 choices.
    pub fn message(&self, language: Language) -> String {
        let what = self.what.replace('_', " ");
        let named = &self.choices[..self.choices.len().min(MAX_NAMED_CHOICES)];
        let rest = self.choices.len() - named.len();
        match language {
            Language::English => {
                let more = if rest == 0 { String::new() } else { format!(" and {rest} more") };
                format!("this is no {what}; choose one of {}{more}", named.join(", "))
            }
            Language::Chinese => {
                let more = if rest == 0 { String::new() } else { format!(" 等 {} 种", self.choices.len()) };
                format!("{what} 取值无效，可选值为：{}{more}", named.join("、"))
            }
        }
    }
}

impl fmt::Display for UnknownWord {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.message(Language::English))
    }
}

impl std::error::Error for UnknownWord {}

impl From<UnknownWord> for Error {
    fn from(error: UnknownWord) -> Self {
        let reason = Text { english: error.message(Language::English), chinese: error.message(Language::Chinese) };
        Self::invalid(error.what).with_cause(reason, error)
    }
}

/// Gives a type of plain variants its words: `as_str`, `Display` and `FromStr`, and with `all` also `ALL`.
macro_rules! words {
    (all $type:ident, $what:literal, { $($variant:ident => $word:literal),+ $(,)? }) => {
        impl $type {
            /// Every value, for tables and tests.
            pub const ALL: &'static [Self] = &[$(Self::$variant),+];
        }

        $crate::model::words!($type, $what, { $($variant => $word),+ });
    };
    ($type:ident, $what:literal, { $($variant:ident => $word:literal),+ $(,)? }) => {
        impl $type {
            /// The stable word for this value: for metric labels, settings and stores. `Display` prints it, serde writes it,
            /// and `FromStr` reads it, where case, hyphens and underscores do not matter.
            pub const fn as_str(self) -> &'static str {
                match self {
                    $(Self::$variant => $word),+
                }
            }
        }

        $crate::model::words!(of $type, $what, [$($word => Self::$variant),+]);
    };
    (of $type:ident, $what:literal, [$($word:literal => $value:expr),+ $(,)?]) => {
        impl std::fmt::Display for $type {
            fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
                f.pad(self.as_str())
            }
        }

        impl std::str::FromStr for $type {
            type Err = $crate::model::UnknownWord;

            fn from_str(text: &str) -> Result<Self, Self::Err> {
                $(
                    if $crate::model::is_word(text, $word) {
                        return Ok($value);
                    }
                )+
                Err($crate::model::UnknownWord::new($what, [$($word),+]))
            }
        }
    };
}

pub(crate) use words;

/// Makes a type of open words (see [`word`](super::word)) readable from the words that this version knows.
macro_rules! reads_known {
    ($type:ident, $what:literal) => {
        impl FromStr for $type {
            type Err = UnknownWord;

            fn from_str(text: &str) -> Result<Self, Self::Err> {
                let known = Self::ALL.iter().copied().find(|known| is_word(text, known.as_str()));
                known.ok_or_else(|| UnknownWord::new($what, Self::ALL.iter().map(|known| known.as_str())))
            }
        }
    };
}

/// Whether this text is that word, whatever its case and whether its parts are joined by hyphens, underscores or nothing: a
/// command line writes `same-person`, a vendor's document `SamePerson`.
pub(crate) fn is_word(text: &str, word: &str) -> bool {
    let letters = |text: &str| -> Vec<u8> {
        text.bytes().filter(|byte| !matches!(byte, b'-' | b'_')).map(|byte| byte.to_ascii_lowercase()).collect()
    };
    // No word is that long, so the rest of a long text is skipped.
    text.len() <= 2 * word.len() && letters(text) == letters(word)
}

words!(all Goal, "goal", { Liveness => "liveness", SamePerson => "same_person" });
words!(all Sex, "sex", { Male => "male", Female => "female" });
words!(all Change, "change", {
    FormatCharacter => "format_character",
    VariationSelector => "variation_selector",
    Space => "space",
    MiddleDot => "middle_dot",
    Radical => "radical",
    FullWidth => "full_width",
    PrivateUse => "private_use",
    Dash => "dash",
    CheckCharacter => "check_character",
});
words!(all Billed, "billed", { Yes => "yes", No => "no", Unknown => "unknown" });
words!(all Again, "again", { Safe => "safe", MayBillAgain => "may_bill_again", Never => "never" });
words!(all Ran, "ran", { No => "no", Yes => "yes", Maybe => "maybe" });
reads_known!(ErrorKind, "error_kind");
reads_known!(Failure, "failure");
reads_known!(Retake, "retake");
reads_known!(Unverifiable, "unverifiable");

impl Language {
    /// Every language, for tables and tests.
    pub const ALL: &'static [Self] = &[Self::English, Self::Chinese];

    /// The language's tag (BCP 47): `en` or `zh`. `Display` prints it and serde writes it.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::English => "en",
            Self::Chinese => "zh",
        }
    }
}

impl fmt::Display for Language {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(self.as_str())
    }
}

impl FromStr for Language {
    type Err = UnknownWord;

    /// Reads one language tag or locale name, such as `zh-CN` or `zh_CN.UTF-8`: its language decides, and the rest is
    /// ignored.
    fn from_str(text: &str) -> Result<Self, Self::Err> {
        let mut parts = text.split(['-', '_', '.', '@']);
        let language = parts.next().unwrap_or_default();
        let is_one_tag = parts.all(|part| part.bytes().all(|byte| byte.is_ascii_alphanumeric()));
        let mut all = Self::ALL.iter().copied().filter(|_| is_one_tag);
        all.find(|known| language.eq_ignore_ascii_case(known.as_str()))
            .ok_or_else(|| UnknownWord::new("language", Self::ALL.iter().map(|known| known.as_str())))
    }
}

impl Serialize for Language {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_str(self.as_str())
    }
}

impl<'de> Deserialize<'de> for Language {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        from_text(deserializer, "a language tag", str::parse)
    }
}

impl Outcome {
    /// The stable word for the class of this outcome, for a metric label: `passed`, `failed`, `retake` or `unverifiable`.
    ///
    /// ```
    /// use liveness::{Failure, Outcome};
    ///
    /// let outcome = Outcome::Failed(Failure::DifferentPerson);
    /// assert_eq!((outcome.as_str(), outcome.reason()), ("failed", Some("different_person")));
    /// assert_eq!(outcome.to_string(), "failed: different_person");
    /// assert_eq!("failed: different_person".parse(), Ok(outcome));
    /// ```
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Passed => "passed",
            Self::Failed(_) => "failed",
            Self::Retake(_) => "retake",
            Self::Unverifiable(_) => "unverifiable",
        }
    }

    /// The stable word for the reason of any outcome except a pass.
    pub const fn reason(self) -> Option<&'static str> {
        match self {
            Self::Passed => None,
            Self::Failed(why) => Some(why.as_str()),
            Self::Retake(why) => Some(why.as_str()),
            Self::Unverifiable(why) => Some(why.as_str()),
        }
    }
}

impl fmt::Display for Outcome {
    /// The class, and after it the reason: `retake: no_face`.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.reason() {
            Some(reason) => f.pad(&format!("{}: {reason}", self.as_str())),
            None => f.pad(self.as_str()),
        }
    }
}

impl FromStr for Outcome {
    type Err = UnknownWord;

    /// Reads what `Display` prints.
    fn from_str(text: &str) -> Result<Self, Self::Err> {
        let Some((class, reason)) = text.split_once(':') else {
            return match is_word(text, "passed") {
                true => Ok(Self::Passed),
                false => Err(unknown_outcome()),
            };
        };
        let reason = reason.trim();
        match class {
            class if is_word(class, "failed") => reason.parse().map(Self::Failed),
            class if is_word(class, "retake") => reason.parse().map(Self::Retake),
            class if is_word(class, "unverifiable") => reason.parse().map(Self::Unverifiable),
            _ => Err(unknown_outcome()),
        }
    }
}

fn unknown_outcome() -> UnknownWord {
    UnknownWord::new("outcome", ["passed", "failed: …", "retake: …", "unverifiable: …"])
}
