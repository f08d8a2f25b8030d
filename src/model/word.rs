//! Stable words for reasons and kinds, which an older version reads without losing those that it does not know.

use std::{fmt, str};

/// The longest word that is kept, in bytes. Every word of this crate is shorter, which a test checks.
pub(crate) const MAX_WORD_BYTES: usize = 31;

/// A word that this version of the crate does not know: a newer version wrote it.
///
/// It is kept as it was written, so an older instance that reads and rewrites a stored value changes nothing. It
/// contains only ASCII letters and `_`, at most 31 of them. Any other text is not a word of this crate and is
/// replaced or cut, so that no ID number is kept or printed here.
///
/// ```
/// use liveness::Retake;
///
/// let newer: Retake = serde_json::from_str(r#""glasses""#).unwrap();
/// assert!(matches!(newer, Retake::Unrecognized(word) if word.as_str() == "glasses"));
/// assert_eq!(serde_json::to_string(&newer).unwrap(), r#""glasses""#);
/// ```
#[derive(Clone, Copy, PartialEq, Eq, Hash)]
pub struct Word {
    bytes: [u8; MAX_WORD_BYTES],
    length: u8,
}

impl Word {
    pub(crate) fn new(text: &str) -> Self {
        let mut word = Self { bytes: [0; MAX_WORD_BYTES], length: 0 };
        for (kept, char) in word.bytes.iter_mut().zip(text.chars()) {
            *kept = u8::try_from(char).ok().filter(u8::is_ascii_alphabetic).unwrap_or(b'_');
            word.length += 1;
        }
        word
    }

    /// The word.
    pub const fn as_str(&self) -> &str {
        let (word, _) = self.bytes.split_at(self.length as usize);
        match str::from_utf8(word) {
            Ok(word) => word,
            // Not reached: `new` keeps ASCII alone.
            Err(_) => "",
        }
    }
}

impl fmt::Display for Word {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}

impl fmt::Debug for Word {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Debug::fmt(self.as_str(), f)
    }
}

/// Gives an enum of reasons or kinds its stable words, from one list: `ALL`, `as_str`, `Display` and serde. The enum
/// has a variant `Unrecognized(Word)` for the words of newer versions.
///
/// A word is written as a text in every format, never as a variant's number, which would change with their order.
macro_rules! open_words {
    ($name:ident { $($variant:ident => $word:literal),+ $(,)? }) => {
        impl $name {
            /// All values that this version knows, for tables and tests.
            pub const ALL: &'static [Self] = &[$(Self::$variant),+];

            /// Its stable word, the same as its serialized form. A value that this version does not know has the word
            /// `unrecognized`, so that a metric's labels stay a closed set; `Display` and serde write the word that
            /// was read.
            pub const fn as_str(self) -> &'static str {
                match self {
                    $(Self::$variant => $word,)+
                    Self::Unrecognized(_) => "unrecognized",
                }
            }
        }

        impl ::std::fmt::Display for $name {
            fn fmt(&self, f: &mut ::std::fmt::Formatter<'_>) -> ::std::fmt::Result {
                match self {
                    Self::Unrecognized(word) => f.pad(word.as_str()),
                    known => f.pad(known.as_str()),
                }
            }
        }

        impl ::serde::Serialize for $name {
            fn serialize<S: ::serde::Serializer>(&self, serializer: S) -> ::std::result::Result<S::Ok, S::Error> {
                match self {
                    Self::Unrecognized(word) => serializer.serialize_str(word.as_str()),
                    known => serializer.serialize_str(known.as_str()),
                }
            }
        }

        impl<'de> ::serde::Deserialize<'de> for $name {
            /// A word that is not known becomes `Unrecognized`.
            fn deserialize<D: ::serde::Deserializer<'de>>(deserializer: D) -> ::std::result::Result<Self, D::Error> {
                let word = <String as ::serde::Deserialize>::deserialize(deserializer)?;
                Ok(match word.as_str() {
                    $($word => Self::$variant,)+
                    newer => Self::Unrecognized($crate::model::Word::new(newer)),
                })
            }
        }
    };
}

pub(crate) use open_words;

#[cfg(test)]
mod tests {
    use super::*;
    use crate::model::{ErrorKind, Failure, Retake, Unverifiable};

    #[test]
    fn a_word_is_kept_as_it_is_and_what_is_no_word_is_made_one() {
        for (text, kept) in [
            ("glasses", "glasses"),
            ("", ""),
            ("Sold_out", "Sold_out"),
            ("11010519491231002X", "_________________X"),
            ("a b\n\u{202e}汉", "a_b___"),
            ("thirty_one_letters_are_not_lost", "thirty_one_letters_are_not_lost"),
            ("thirty_two_letters_lose_the_last", "thirty_two_letters_lose_the_las"),
        ] {
            assert_eq!(Word::new(text).as_str(), kept);
            assert_eq!(format!("{0} {0:?}", Word::new(text)), format!("{kept} {kept:?}"));
        }
    }

    /// A longer word, or one in another script, would be lost on the instance that does not know it.
    #[test]
    fn every_word_of_this_version_would_survive_in_an_older_one() {
        let words = Failure::ALL.iter().map(|why| why.as_str());
        let words = words.chain(Retake::ALL.iter().map(|why| why.as_str()));
        let words = words.chain(Unverifiable::ALL.iter().map(|why| why.as_str()));
        for word in words.chain(ErrorKind::ALL.iter().map(|kind| kind.as_str())) {
            assert_eq!(Word::new(word).as_str(), word);
            assert!(word.bytes().all(|byte| byte.is_ascii_lowercase() || byte == b'_'), "{word}");
        }
    }
}
