//! An error in a file of settings, with its place and without the value.

use liveness::Language;

use crate::language::Words;

/// The longest key that is shown; a longer one is none, and may be a value in the wrong place.
const MAX_SHOWN: usize = 40;

/// What is wrong, and where, in bytes from the beginning. It never holds a value.
#[derive(Debug)]
pub(super) struct Flaw {
    at: usize,
    /// The key with those above it; empty for the whole file.
    path: String,
    why: Words,
}

impl Flaw {
    pub(super) fn new(at: usize, why: Words) -> Self {
        Self { at, path: String::new(), why }
    }

    /// Within the table of this key.
    pub(super) fn under(mut self, key: &str) -> Self {
        self.path = if self.path.is_empty() { shown(key).to_owned() } else { format!("{}.{}", shown(key), self.path) };
        self
    }

    /// As it is told of this text.
    pub(super) fn words(&self, text: &str) -> Words {
        let before = text.as_bytes().get(..self.at).unwrap_or(text.as_bytes());
        let line = before.iter().filter(|byte| **byte == b'\n').count() + 1;
        let begin = before.iter().rposition(|byte| *byte == b'\n').map_or(0, |at| at + 1);
        let column = String::from_utf8_lossy(&before[begin..]).chars().count() + 1;
        let (key, zh_key) = match &*self.path {
            "" => Default::default(),
            path => (format!(", {path}"), format!("，{path}")),
        };
        let (english, chinese) = (self.why.get(Language::English), self.why.get(Language::Chinese));
        Words::new(
            format!("line {line}, column {column}{key}: {english}"),
            format!("第 {line} 行第 {column} 列{zh_key}：{chinese}"),
        )
    }
}

/// A key as it may be shown: a name. Anything else may be a value.
fn shown(key: &str) -> &str {
    let is_name = key.chars().all(|char| char.is_ascii_alphanumeric() || "_-".contains(char));
    let begins = key.starts_with(|char: char| char.is_ascii_alphabetic());
    if is_name && begins && key.len() <= MAX_SHOWN { key } else { "…" }
}
