//! The reasons why a file is not a statement at all.

use std::io;

use crate::language::Words;

/// Why a file is no statement, or only a part of one.
#[derive(Debug)]
pub(crate) enum Broken {
    /// It cannot be read.
    File(io::Error),
    /// It is read, and is wrong.
    Content(Words),
}

impl From<io::Error> for Broken {
    fn from(error: io::Error) -> Self {
        Self::File(error)
    }
}

impl From<Words> for Broken {
    fn from(words: Words) -> Self {
        Self::Content(words)
    }
}
