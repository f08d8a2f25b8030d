//! The reason why a command cannot do its work, and the flag, variable or path that it is about.

use std::{fmt, io, path::Path};

use liveness::Language;

use crate::language::Words;

/// A flag, a variable or a path, its value where that may be shown, and the reason in words.
#[derive(Debug)]
pub(crate) struct Problem {
    about: String,
    value: Option<String>,
    why: Words,
}

/// What was tried when the system refused.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(crate) enum Doing {
    Reading,
    Writing,
}

impl Problem {
    /// `about` is a flag, a variable or a path.
    pub(crate) fn new(about: impl Into<String>, why: Words) -> Self {
        Self { about: about.into(), value: None, why }
    }

    /// Shows the value too; never one that is a key, or tells of a person.
    pub(crate) fn with_value(mut self, value: impl fmt::Display) -> Self {
        self.value = Some(value.to_string());
        self
    }

    /// What the system refused to do with a file.
    pub(crate) fn file(path: &Path, doing: Doing, error: &io::Error) -> Self {
        Self::new(path.display().to_string(), reason(doing, error))
    }

    /// The flag, variable or path.
    pub(crate) fn about(&self) -> &str {
        &self.about
    }

    /// The reason alone.
    pub(crate) fn why(&self) -> &Words {
        &self.why
    }

    pub(crate) fn text(&self, language: Language) -> String {
        let colon = match language {
            Language::English => ": ",
            _ => "：",
        };
        let value = self.value.as_deref().map(|value| format!(" {value}")).unwrap_or_default();
        format!("{}{value}{colon}{}", self.about, self.why.get(language))
    }

    pub(crate) fn words(&self) -> Words {
        Words::new(self.text(Language::English), self.text(Language::Chinese))
    }
}

/// What a system's error means, without its number.
pub(crate) fn reason(doing: Doing, error: &io::Error) -> Words {
    match (error.kind(), doing) {
        (io::ErrorKind::NotFound, _) => Words::new("there is no such file or folder", "没有该文件或文件夹"),
        (io::ErrorKind::PermissionDenied, Doing::Reading) => {
            Words::new("this user may not read it", "当前用户无权读取")
        }
        (io::ErrorKind::PermissionDenied, Doing::Writing) => {
            Words::new("this user may not write it", "当前用户无权写入")
        }
        (io::ErrorKind::IsADirectory, _) => Words::new("it is a folder, not a file", "这是文件夹，不是文件"),
        (io::ErrorKind::NotADirectory, _) => {
            Words::new("a part of the path is a file, not a folder", "路径中有一段是文件，不是文件夹")
        }
        (io::ErrorKind::AlreadyExists, _) => {
            Words::new("a file or folder with this name already exists", "已存在同名的文件或文件夹")
        }
        (io::ErrorKind::StorageFull, _) => Words::new("the disk is full", "磁盘空间已满"),
        (io::ErrorKind::ReadOnlyFilesystem, _) => Words::new("the disk is read-only", "磁盘为只读"),
        (io::ErrorKind::InvalidFilename, _) => {
            Words::new("the system does not allow such a name", "系统不支持这样的文件名")
        }
        _ => other(error),
    }
}

/// The system's own words, which are English in both languages.
pub(crate) fn other(error: &io::Error) -> Words {
    let text = error.to_string();
    let text = text.split(" (os error").next().unwrap_or_default().to_owned();
    let chinese = format!("系统报错（{text}）");
    Words::new(text, chinese)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_systems_error_is_told_without_its_number() {
        for number in 1..=133 {
            let error = io::Error::from_raw_os_error(number);
            for language in [Language::English, Language::Chinese] {
                let text = Problem::file(Path::new("a.jpg"), Doing::Reading, &error).text(language);
                assert!(text.starts_with("a.jpg") && !text.contains("os error"), "{text}");
            }
        }
    }
}
