//! In which language is a person spoken to?

/// The language of a text meant for a person: guidance, advice, what to do next.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Language {
    /// English.
    English,
    /// Simplified Chinese, 简体中文.
    Chinese,
}
