//! Copies the journal in Redis into a folder, for the commands of `liveness` that read one.
//!
//! The copy is made through the folder's own journal, whose clock is set to the instant of each entry: it opens and closes the calls as
//! they were opened and closed. What has come out otherwise than it stands in Redis is told by its name. What is sealed, such as a
//! session, is left out.
//!
//! **It is no snapshot of a moment.** It reads one page after another: what is opened meanwhile may be missing, and a call in flight stands
//! in the folder as one in doubt once its time is over. Stop the fleet, or look at a period that is over.

use std::{
    error::Error as StdError,
    fs::{self, File},
    io,
    path::{Path, PathBuf},
    time::Duration,
};

use liveness::{
    Charges, Error, ErrorKind, ErrorRecord, ManualClock,
    money::{
        Answer, Closing, Ending, FileJournal, Intent, Journal, JournalError, JournalErrorKind, Opened, Record, Settled,
        Spend, State, Ticket, TryKey,
    },
    time,
};

/// How many records are read at a time.
const PAGE: usize = 200;

/// What was copied.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Exported {
    /// How many records are in the folder.
    pub copied: usize,
    /// The records that could not be copied as they are, and are incomplete in the folder or not there.
    pub others: Vec<TryKey>,
}

/// Copies all records into a folder that is empty or not there yet. It comes into being at the end: until then the copy is in a folder
/// beside it, whose name ends with `.partial`, and one that was interrupted leaves that alone.
///
/// # Errors
///
/// If the folder holds something, or the one beside it is there, or one of the two journals could not be read or written.
pub fn export(journal: &dyn Journal, folder: &Path) -> Result<Exported, Box<dyn StdError>> {
    let is_there = match fs::read_dir(folder).map(Iterator::count) {
        Ok(1..) => return Err("the folder is not empty".into()),
        Err(error) if error.kind() != io::ErrorKind::NotFound => return Err(error.into()),
        read => read.is_ok(),
    };
    let partial = beside(folder)?;
    if partial.try_exists()? {
        return Err(format!("{} is left of an export that was interrupted; delete it", partial.display()).into());
    }
    let exported = copy(journal, &partial).and_then(|exported| {
        File::open(&partial)?.sync_all()?;
        if is_there {
            fs::remove_dir(folder)?;
        }
        fs::rename(&partial, folder)?;
        Ok(exported)
    });
    if exported.is_err() {
        // It is this call's own.
        let _ = fs::remove_dir_all(&partial);
        return exported;
    }
    let parent = folder.parent().filter(|parent| !parent.as_os_str().is_empty());
    File::open(parent.unwrap_or(Path::new(".")))?.sync_all()?;
    exported
}

/// The folder's name with an ending.
fn beside(folder: &Path) -> Result<PathBuf, Box<dyn StdError>> {
    let mut name = folder.file_name().ok_or("it must be the name of a new folder")?.to_owned();
    name.push(".partial");
    Ok(folder.with_file_name(name))
}

/// The folder's own journal flushes each record.
fn copy(journal: &dyn Journal, folder: &Path) -> Result<Exported, Box<dyn StdError>> {
    let clock = ManualClock::new(journal.now()?);
    let copy = FileJournal::open(folder)?.with_clock(clock.clone()).with_retention(time::Duration::MAX);
    let (mut exported, mut after) = (Exported::default(), None);
    loop {
        let page = journal.records(after.as_ref(), PAGE)?;
        for record in &page {
            let wanted = without_what_is_sealed(record);
            // It refuses what no journal of this version writes.
            let _ = write(&wanted, &copy, &clock);
            match copy.find(&record.key)? {
                Some(copied) if copied == wanted => exported.copied += 1,
                _ => exported.others.push(record.key.clone()),
            }
        }
        match page.last() {
            Some(last) => after = Some(last.key.clone()),
            None => return Ok(exported),
        }
    }
}

/// The record as it stands in the folder: its openings are counted anew, because some of which nothing ran may be gone.
fn without_what_is_sealed(record: &Record) -> Record {
    let mut record = record.clone();
    record.sealed = None;
    record.is_erased = false;
    for (fence, spend) in (1..).zip(&mut record.spends) {
        spend.fence = fence;
    }
    record
}

fn write(record: &Record, copy: &FileJournal, clock: &ManualClock) -> Result<(), JournalError> {
    let Some((last, before)) = record.spends.split_last() else { return Err(JournalErrorKind::Damaged.into()) };
    let mut tickets = Vec::new();
    for spend in before {
        let ticket = open(record, spend, Duration::from_secs(1), copy, clock)?;
        // Closed so that nothing of it is in the way of the next one. What it really came to is added below.
        copy.close(&ticket, &Closing::new(Ending::Free(nothing(spend)), Charges::new(0, 1)))?;
        tickets.push(ticket);
    }
    let lease = (record.until - record.opened).unsigned_abs();
    let ticket = open(record, last, lease, copy, clock)?;
    clock.set(record.closed.unwrap_or(record.opened));
    if let Some((ending, settled)) = end(record, last) {
        copy.close(&ticket, &Closing::new(ending, last.charges))?;
        if let Some(settled) = settled {
            copy.settle(&record.key, &settled)?;
        }
        tickets.push(ticket);
    }
    // A close that comes too late changes nothing but what its opening cost.
    for (at, ticket) in tickets.iter().enumerate() {
        let wanted = &record.spends[at];
        if copy.find(&record.key)?.and_then(|copied| copied.spends.get(at).cloned()).as_ref() != Some(wanted) {
            let ending = match wanted {
                Spend { is_lost: true, .. } => Ending::InDoubt(nothing(wanted)),
                Spend { is_pending: true, .. } => Ending::AskAgain(nothing(wanted)),
                _ => Ending::Free(nothing(wanted)),
            };
            match copy.close(ticket, &Closing::new(ending, wanted.charges)) {
                Err(error) if error.kind() != JournalErrorKind::Stale => return Err(error),
                _ => {}
            }
        }
    }
    Ok(())
}

fn open(
    record: &Record,
    spend: &Spend,
    lease: Duration,
    copy: &FileJournal,
    clock: &ManualClock,
) -> Result<Ticket, JournalError> {
    clock.set(spend.at);
    let mut intent = Intent::new(record.key.clone(), spend.provider.clone(), record.fingerprint.clone());
    (intent.lease, intent.exposure) = (lease, spend.charges.possible());
    let Opened::New(ticket) = copy.open(&intent)? else { return Err(JournalErrorKind::Damaged.into()) };
    for attempt in &spend.sent {
        copy.sent(&ticket, attempt)?;
    }
    Ok(ticket)
}

/// How the last opening ended, and how its doubt was settled. `None` while it is open.
fn end(record: &Record, last: &Spend) -> Option<(Ending, Option<Settled>)> {
    Some(match &record.state {
        State::Open => return None,
        State::InDoubt(error) => (Ending::InDoubt(error.clone()), None),
        State::Pending => (Ending::Pending, None),
        State::Free(error) => (Ending::Free(error.clone()), None),
        State::NotBilled => (Ending::InDoubt(nothing(last)), Some(Settled::NotBilled)),
        State::Answered(Answer::Verdict(verdict)) if record.is_settled => {
            (Ending::InDoubt(nothing(last)), Some(Settled::Billed(Some(verdict.clone()))))
        }
        State::Answered(_) if record.is_settled => (Ending::InDoubt(nothing(last)), Some(Settled::Billed(None))),
        State::Answered(answer) => (Ending::Answered { answer: answer.clone(), sealed: None }, None),
        // A state of a later version.
        _ => return None,
    })
}

/// An error that says nothing but how the vendor knows this opening.
fn nothing(spend: &Spend) -> Box<ErrorRecord> {
    let mut error = Error::new(ErrorKind::OutcomeUnknown).record();
    error.request_id.clone_from(&spend.request_id);
    error.vendor_code.clone_from(&spend.vendor_code);
    Box::new(error)
}
