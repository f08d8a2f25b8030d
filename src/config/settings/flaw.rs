//! An error in the settings, with its path and place and without the value.

use std::fmt;

use serde::de;

use super::{
    keys,
    tree::{Place, under},
};
use crate::model::{Error, Text};

/// The longest name of a key that is shown; a longer one is no name.
const MAX_SHOWN: usize = 40;
/// How many typing mistakes make a name another one.
const MAX_MISTAKES: usize = 3;

/// An error in the settings, with its path and place. It never contains a value.
#[derive(Clone, Debug)]
pub(super) struct Flaw {
    /// `None` until the reader that knows it has set it.
    pub(super) path: Option<String>,
    pub(super) place: Place,
    said: Said,
}

#[derive(Clone, Debug)]
enum Said {
    Text(Text<String>),
    /// A flaw that no variable can correct.
    Final(Text<String>),
    Unknown {
        known: &'static [&'static str],
    },
    Missing(&'static str),
}

impl Flaw {
    /// Without a path as yet.
    pub(super) fn new(place: Place, english: impl Into<String>, chinese: impl Into<String>) -> Self {
        let text = Text { english: english.into(), chinese: chinese.into() };
        Self { path: None, place, said: Said::Text(text) }
    }

    pub(super) fn of(
        path: impl Into<String>,
        place: Place,
        english: impl Into<String>,
        chinese: impl Into<String>,
    ) -> Self {
        Self { path: Some(path.into()), ..Self::new(place, english, chinese) }
    }

    /// No variable can set it either.
    pub(super) fn without_variable(mut self) -> Self {
        if let Said::Text(text) = self.said {
            self.said = Said::Final(text);
        }
        self
    }

    /// Adds the place, unless it is known already: the reader nearest to the value knows it best.
    pub(super) fn at(mut self, path: &str, place: &Place) -> Self {
        if self.path.is_none() {
            self.path = Some(match self.said {
                Said::Missing(key) => under(path, key),
                _ => path.to_owned(),
            });
            if self.place == Place::Nowhere {
                self.place = place.clone();
            }
        }
        self
    }

    /// The known keys, if this one is unknown.
    #[cfg(test)]
    pub(super) fn known(&self) -> Option<&'static [&'static str]> {
        match self.said {
            Said::Unknown { known } => Some(known),
            _ => None,
        }
    }

    /// The crate's error for it, which names the key, its place, and the variable that sets it too.
    pub(super) fn into_error(self) -> Error {
        let path = self.path.unwrap_or_default();
        let variables = if matches!(self.said, Said::Final(_)) { Vec::new() } else { keys::variables(&path) };
        let mut text = match self.said {
            Said::Text(text) | Said::Final(text) => text,
            Said::Missing(_) => Text { english: "it is missing".to_owned(), chinese: "缺少该项".to_owned() },
            Said::Unknown { known } => unknown(&path, known),
        };
        match &self.place {
            Place::File { line, column } => {
                text.english = format!("line {line}, column {column}: {}", text.english);
                text.chinese = format!("第 {line} 行第 {column} 列：{}", text.chinese);
            }
            Place::Variable(_) | Place::Nowhere => {}
        }
        let field = match self.place {
            Place::Variable(name) => name,
            _ => {
                let variables = variables.join(" / ");
                if !variables.is_empty() {
                    text.english =
                        format!("{}; it can also be set by the environment variable {variables}", text.english);
                    text.chinese = format!("{}；也可用环境变量 {variables} 设置", text.chinese);
                }
                if path.is_empty() { "config".to_owned() } else { path }
            }
        };
        Error::configuration(field).with_reason(text)
    }
}

impl Place {
    /// The line in the file, 0 where it is not of the file.
    pub(super) const fn line(&self) -> usize {
        match self {
            Self::File { line, .. } => *line,
            _ => 0,
        }
    }
}

fn unknown(path: &str, known: &[&'static str]) -> Text<String> {
    let key = path.rsplit('.').next().unwrap_or(path);
    let shown: Vec<_> = known.iter().copied().filter(|known| !known.starts_with('$')).collect();
    match nearest(key, &shown) {
        Some(near) => Text {
            english: format!("there is no such key; did you mean {near}?"),
            chinese: format!("没有这一项，是否应为 {near}？"),
        },
        None => Text {
            english: format!("there is no such key; the allowed keys are {}", shown.join(", ")),
            chinese: format!("没有这一项；可用的有 {}", shown.join("、")),
        },
    }
}

/// The known name that this one was probably meant to be.
pub(super) fn nearest<'a>(name: &str, known: &[&'a str]) -> Option<&'a str> {
    // A name for another vendor's key, or with other separators between its words, is as near as a typing mistake.
    let plain = |name: &str| name.replace(['-', '_'], "").to_ascii_lowercase();
    let name = plain(name);
    let far = |known: &str| strsim::osa_distance(&name, &plain(known));
    let allowed = MAX_MISTAKES.min(name.chars().count() / 3);
    known
        .iter()
        .copied()
        .map(|known| (far(known), known))
        .filter(|(far, _)| *far <= allowed)
        .min()
        .map(|(_, known)| known)
}

/// A key as it may be shown: a name. Any other text may be a value in the wrong place.
pub(super) fn shown(key: &str) -> &str {
    let is_name = key.chars().all(|char| char.is_ascii_alphanumeric() || "_-$.".contains(char));
    if is_name && !key.is_empty() && key.len() <= MAX_SHOWN { key } else { "…" }
}

impl fmt::Display for Flaw {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a setting is wrong")
    }
}

impl std::error::Error for Flaw {}

/// The errors of serde's derive. They come with values, which are dropped here.
impl de::Error for Flaw {
    fn custom<T: fmt::Display>(said: T) -> Self {
        let said = said.to_string();
        match keys::SAYINGS.iter().find(|(known, _)| *known == said) {
            Some((_, (english, chinese))) => Self::new(Place::Nowhere, *english, *chinese),
            None => Self::new(Place::Nowhere, "it has a value that is not valid here", "取值无效"),
        }
    }

    fn invalid_type(_: de::Unexpected<'_>, expected: &dyn de::Expected) -> Self {
        match expected.to_string().as_str() {
            "a string" => Self::new(Place::Nowhere, "it must be a text in quotation marks", "必须是加引号的字符串"),
            _ => Self::custom(""),
        }
    }

    fn invalid_value(_: de::Unexpected<'_>, _: &dyn de::Expected) -> Self {
        Self::custom("")
    }

    fn invalid_length(_: usize, _: &dyn de::Expected) -> Self {
        Self::custom("")
    }

    fn unknown_variant(_: &str, choices: &'static [&'static str]) -> Self {
        Self::new(
            Place::Nowhere,
            format!("it must be one of {}", choices.join(", ")),
            format!("只能取：{}", choices.join("、")),
        )
    }

    fn unknown_field(_: &str, known: &'static [&'static str]) -> Self {
        Self { path: None, place: Place::Nowhere, said: Said::Unknown { known } }
    }

    fn missing_field(key: &'static str) -> Self {
        Self { path: None, place: Place::Nowhere, said: Said::Missing(key) }
    }

    fn duplicate_field(_: &'static str) -> Self {
        Self::custom("")
    }
}
