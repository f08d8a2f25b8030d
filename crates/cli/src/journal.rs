//! Opens the journal that the operator names, and says why it cannot be used.

use std::{
    cell::OnceCell,
    fs,
    path::{Path, PathBuf},
};

use clap::Args;
use liveness::{
    Language,
    money::{FileJournal, Journal, JournalError, Record},
    time::{OffsetDateTime, UtcOffset, macros::format_description},
};

use crate::{
    language::Words,
    problem::{Doing, Problem},
};

/// A journal that is read once, and opened only where something is looked up or written.
pub(crate) trait Source {
    /// The journal's clock: it decides what is in flight.
    fn now(&self) -> OffsetDateTime;

    /// Hands over all records once.
    ///
    /// # Errors
    ///
    /// If they could not be read.
    fn each(&self, found: &mut dyn FnMut(Record)) -> Result<(), Problem>;

    /// Opens it.
    ///
    /// # Errors
    ///
    /// If it cannot be read.
    fn journal(&self) -> Result<&dyn Journal, Problem>;
}

// Where the journal is. No documentation: clap would make it that of the command.
#[derive(Args, Debug)]
pub(crate) struct Place {
    /// The folder of the journal
    #[arg(long = "journal", value_name = "FOLDER")]
    folder: PathBuf,
    #[arg(skip)]
    opened: OnceCell<FileJournal>,
}

impl Place {
    pub(crate) fn new(folder: PathBuf) -> Self {
        Self { folder, opened: OnceCell::new() }
    }

    /// Refuses a folder without a journal: a new one would hold no call, and find every charge unexplained.
    fn check(&self) -> Result<(), Problem> {
        let mut entries =
            fs::read_dir(&self.folder).map_err(|error| Problem::file(&self.folder, Doing::Reading, &error))?;
        if entries.next().is_none() {
            return Err(
                self.problem(Words::new("the folder is empty: there is no journal in it", "文件夹为空，没有流水日志"))
            );
        }
        Ok(())
    }

    /// What the journal could not do.
    pub(crate) fn cannot(&self, error: &JournalError) -> Problem {
        let text = error.kind().text();
        self.problem(Words::new(text.get(Language::English), text.get(Language::Chinese)))
    }

    pub(crate) fn problem(&self, why: Words) -> Problem {
        Problem::new(Path::display(&self.folder).to_string(), why)
    }
}

impl Source for Place {
    fn now(&self) -> OffsetDateTime {
        OffsetDateTime::now_utc()
    }

    fn each(&self, found: &mut dyn FnMut(Record)) -> Result<(), Problem> {
        self.check()?;
        FileJournal::scan(&self.folder, found).map_err(|error| self.cannot(&error))
    }

    fn journal(&self) -> Result<&dyn Journal, Problem> {
        if let Some(opened) = self.opened.get() {
            return Ok(opened);
        }
        self.check()?;
        let journal = FileJournal::open(&self.folder).map_err(|error| self.cannot(&error))?;
        Ok(self.opened.get_or_init(|| journal))
    }
}

/// An instant in a time zone, to the second.
pub(crate) fn shown(at: OffsetDateTime, zone: UtcOffset) -> String {
    let format = format_description!("[year]-[month]-[day] [hour]:[minute]:[second]");
    at.checked_to_offset(zone).unwrap_or(at).format(format).unwrap_or_default()
}
