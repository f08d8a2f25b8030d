//! In which language does a text speak to its reader?

/// The languages in which guidance, advice and error messages are written.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Language {
    /// English.
    English,
    /// Simplified Chinese (简体中文).
    Chinese,
}
