//! The output of a command, also when its reader has gone.

use std::{
    fmt,
    io::{self, Write},
    path::Path,
};

use crate::problem::{Doing, Problem};

/// Standard output, or standard error where a photo goes to standard output. What cannot be written is remembered and told
/// at the end: a check that was paid for ends like any other.
pub(crate) struct Output {
    to: Box<dyn Write + Send>,
    failed: Option<io::Error>,
}

impl Output {
    pub(crate) fn stdout() -> Self {
        Self { to: Box::new(io::stdout()), failed: None }
    }

    pub(crate) fn stderr() -> Self {
        Self { to: Box::new(io::stderr()), failed: None }
    }

    /// Where a test reads it.
    #[cfg(test)]
    pub(crate) fn to(to: impl Write + Send + 'static) -> Self {
        Self { to: Box::new(to), failed: None }
    }

    /// Writes a line, unless nothing more can be written.
    pub(crate) fn line(&mut self, text: impl fmt::Display) {
        self.write(format!("{text}\n").as_bytes());
    }

    /// Writes bytes as they are.
    pub(crate) fn write(&mut self, bytes: &[u8]) {
        if self.is_open() {
            self.failed = self.to.write_all(bytes).and_then(|()| self.to.flush()).err();
        }
    }

    /// Whether somebody still reads.
    pub(crate) fn is_open(&self) -> bool {
        self.failed.is_none()
    }

    /// # Errors
    ///
    /// Where something could not be written, such as to a full disk; a reader who went away is no error.
    pub(crate) fn finish(self) -> Result<(), Problem> {
        match self.failed {
            Some(error) if error.kind() != io::ErrorKind::BrokenPipe => {
                Err(Problem::file(Path::new("stdout"), Doing::Writing, &error))
            }
            _ => Ok(()),
        }
    }
}

/// Tells a person something that is not the result. Not `eprintln!`, which panics where standard error is closed.
pub(crate) fn say(text: impl fmt::Display) {
    let _ = writeln!(io::stderr(), "{text}");
}
