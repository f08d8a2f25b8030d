//! Chooses the language of the command, and keeps each sentence in both languages.

use std::{
    borrow::Cow,
    env,
    ffi::{OsStr, OsString},
    fmt,
};

use liveness::Language;

/// The variables that name the reader's language; the first that is set and not empty decides.
const VARIABLES: [&str; 3] = ["LC_ALL", "LC_MESSAGES", "LANG"];
/// The names of the two languages, as `--lang` takes them.
pub(crate) const NAMES: [&str; 2] = ["en", "zh"];

/// One sentence in both languages.
#[derive(Clone, Debug)]
pub(crate) struct Words {
    english: Cow<'static, str>,
    chinese: Cow<'static, str>,
}

impl Words {
    pub(crate) fn new(english: impl Into<Cow<'static, str>>, chinese: impl Into<Cow<'static, str>>) -> Self {
        Self { english: english.into(), chinese: chinese.into() }
    }

    pub(crate) fn get(&self, language: Language) -> &str {
        match language {
            Language::English => &self.english,
            _ => &self.chinese,
        }
    }

    pub(crate) fn json(&self) -> serde_json::Value {
        serde_json::json!({ "en": self.english, "zh": self.chinese })
    }
}

/// The Chinese help of one command.
pub(crate) struct Chinese {
    pub(crate) command: &'static str,
    pub(crate) about: &'static str,
    /// Each argument by its name in the declaration.
    pub(crate) arguments: &'static [(&'static str, &'static str)],
    pub(crate) after: &'static str,
}

/// clap keeps what a value's parser says as an error, and gives it back to be told.
impl std::error::Error for Words {}

impl fmt::Display for Words {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.english)
    }
}

/// The language of this name.
pub(crate) fn named(name: &str) -> Option<Language> {
    match name {
        "en" => Some(Language::English),
        "zh" => Some(Language::Chinese),
        _ => None,
    }
}

/// The language that the command line asks for, whatever else is wrong in it, else the environment's.
pub(crate) fn wanted(arguments: &[OsString]) -> Language {
    let after = |pair: &[OsString]| (pair[0] == "--lang").then(|| pair[1].to_str().and_then(named)).flatten();
    let within = |argument: &OsString| argument.to_str()?.strip_prefix("--lang=").and_then(named);
    let said = arguments.windows(2).find_map(after).or_else(|| arguments.iter().find_map(within));
    said.unwrap_or_else(|| of_environment(|name| env::var_os(name)))
}

fn of_environment(get: impl Fn(&str) -> Option<OsString>) -> Language {
    let set = VARIABLES.into_iter().filter_map(get).find(|value| !value.is_empty());
    match set.as_deref().map(OsStr::to_string_lossy) {
        Some(value) if value.to_ascii_lowercase().starts_with("zh") => Language::Chinese,
        _ => Language::English,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_first_variable_that_says_something_decides() {
        for (set, language) in [
            (&[][..], Language::English),
            (&[("LANG", "zh_CN.UTF-8")], Language::Chinese),
            (&[("LANG", "zh_CN.UTF-8"), ("LC_ALL", "C")], Language::English),
            (&[("LANG", "zh_CN.UTF-8"), ("LC_ALL", "")], Language::Chinese),
            (&[("LANG", "de_DE"), ("LC_MESSAGES", "zh_TW")], Language::Chinese),
        ] {
            let get = |name: &str| set.iter().find(|(known, _)| *known == name).map(|(_, value)| value.into());
            assert_eq!(of_environment(get), language, "{set:?}");
        }
    }

    #[test]
    fn the_option_is_found_in_a_command_line_that_is_wrong() {
        let line = |text: &str| text.split(' ').map(OsString::from).collect::<Vec<_>>();
        assert_eq!(wanted(&line("verify --nonsense --lang zh")), Language::Chinese);
        assert_eq!(wanted(&line("verify --lang=zh --nonsense")), Language::Chinese);
    }
}
