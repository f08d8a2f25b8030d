//! One text in both languages of this crate.

use serde::{Deserialize, Serialize};

use crate::model::Language;

/// One text in English and in Chinese, so that neither can be forgotten and the two cannot be swapped.
///
/// ```
/// use liveness::{Error, Language, Text};
///
/// let error = Error::invalid("session")
///     .with_reason(Text { english: "it belongs to another account", chinese: "属于另一账号" });
/// assert!(error.message(Language::Chinese).contains("属于另一账号"));
///
/// let seconds = 8;
/// let late = Text { english: format!("{seconds} s are left"), chinese: format!("仅剩 {seconds} 秒") };
/// assert!(Error::invalid("deadline").with_reason(late).to_string().contains("8 s are left"));
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub struct Text<S = &'static str> {
    /// English.
    pub english: S,
    /// Simplified Chinese (简体中文).
    pub chinese: S,
}

impl Text {
    /// A short constructor for this crate's own tables, whose tests read each text in its language.
    pub(crate) const fn new(english: &'static str, chinese: &'static str) -> Self {
        Self { english, chinese }
    }

    /// The text in this language.
    pub const fn get(self, language: Language) -> &'static str {
        match language {
            Language::English => self.english,
            Language::Chinese => self.chinese,
        }
    }
}

impl<S> Text<S> {
    /// The same with its texts converted to another type of text.
    pub(crate) fn map<T>(self, turn: impl Fn(S) -> T) -> Text<T> {
        Text { english: turn(self.english), chinese: turn(self.chinese) }
    }
}
