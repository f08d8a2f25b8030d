//! Which journal is meant, and what is said of it?

use std::{
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

/// How many records are asked for at once.
pub(crate) const PAGE: usize = 4096;

// Where the journal is. No documentation: clap would make it that of the command.
#[derive(Args, Debug)]
pub(crate) struct Place {
    /// The folder of the journal
    #[arg(long = "journal", value_name = "FOLDER")]
    folder: PathBuf,
}

impl Place {
    /// Opens it. A folder without a journal is none: a new one would hold no call, and find every charge unexplained.
    ///
    /// # Errors
    ///
    /// A folder that holds no journal, or one that cannot be read.
    pub(crate) fn open(&self) -> Result<FileJournal, Problem> {
        let mut entries =
            fs::read_dir(&self.folder).map_err(|error| Problem::file(&self.folder, Doing::Reading, &error))?;
        if entries.next().is_none() {
            return Err(
                self.problem(Words::new("the folder is empty: it holds no journal", "文件夹为空，没有流水日志"))
            );
        }
        FileJournal::open(&self.folder).map_err(|error| self.cannot(&error))
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

/// Hands over all records, page by page.
///
/// # Errors
///
/// If they could not be read.
pub(crate) fn each(journal: &dyn Journal, mut found: impl FnMut(&Record)) -> Result<(), JournalError> {
    let mut page = journal.records(None, PAGE)?;
    while let Some(last) = page.last() {
        page.iter().for_each(&mut found);
        page = journal.records(Some(&last.key), PAGE)?;
    }
    Ok(())
}

/// An instant in a time zone, to the second.
pub(crate) fn shown(at: OffsetDateTime, zone: UtcOffset) -> String {
    let format = format_description!("[year]-[month]-[day] [hour]:[minute]:[second]");
    at.checked_to_offset(zone).unwrap_or(at).format(format).unwrap_or_default()
}
