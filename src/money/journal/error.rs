//! The errors of a journal, and the person who must act on each.

use std::{error::Error as StdError, fmt, sync::Arc};

use crate::model::{Again, Billed, Error, ErrorKind, Language, Ran, Text, words};

/// The error of a journal operation. If a call cannot be opened, nothing is sent.
///
/// ```
/// use std::{error::Error, io};
/// use liveness::money::{JournalError, JournalErrorKind};
///
/// // What a journal of your own returns where its database does not answer.
/// let error = JournalError::new(JournalErrorKind::Unavailable).with_source(io::Error::from(io::ErrorKind::TimedOut));
/// assert_eq!(error.kind(), JournalErrorKind::Unavailable);
/// assert!(error.source().is_some());
/// ```
#[derive(Clone)]
pub struct JournalError {
    kind: JournalErrorKind,
    source: Option<Arc<dyn StdError + Send + Sync>>,
}

/// The kinds of [`JournalError`].
///
/// ```
/// # use liveness::{*, money::*, time::macros::datetime};
/// # let clock = ManualClock::new(datetime!(2026-11-21 08:00 UTC));
/// # let journal = MemoryJournal::new().with_clock(clock.clone());
/// # let key = TryKey::new("order-7".parse()?, 1, CallKind::Begin);
/// # let intent = Intent::new(key.clone(), "acme/a".parse()?, Fingerprint::new(1, "key", "0".repeat(32)));
/// # let Opened::New(ticket) = journal.open(&intent)? else { unreachable!("it is new") };
/// # journal.sent(&ticket, &SentAttempt::new(1, clock.now(), Some("n-1".into())))?;
/// # let lost = Box::new(Error::new(ErrorKind::OutcomeUnknown).record());
/// # journal.close(&ticket, &Closing::new(Ending::InDoubt(lost), Charges::new(0, 1)))?;
/// // The journal holds a call whose answer was lost.
/// use liveness::money::{JournalErrorKind, Settled};
///
/// // A doubt is settled once.
/// journal.settle(&key, &Settled::NotBilled)?;
/// let error = journal.settle(&key, &Settled::NotBilled).unwrap_err();
/// assert_eq!(error.kind(), JournalErrorKind::NotInDoubt);
/// assert_eq!(error.kind().as_str(), "not_in_doubt");
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum JournalErrorKind {
    /// It cannot be read or written now, such as on a full disk.
    Unavailable,
    /// Another process keeps the lock for too long.
    Locked,
    /// It can never be written: it is read-only, or belongs to another user.
    ReadOnly,
    /// The folder or file is not a journal, or is one of a newer version.
    Foreign,
    /// A line in the middle is damaged, where no crash can damage one.
    Damaged,
    /// Its folder is open to other users.
    Exposed,
    /// It is on a file system whose locks or flushes are not reliable.
    UnsafeFileSystem,
    /// A flush to the disk failed, so what was written before may be lost. The journal must be reopened.
    Poisoned,
    /// The call is in flight: wait until its lease ends before settling it.
    InFlight,
    /// There is no doubt to settle.
    NotInDoubt,
    /// The verdict names another reference or attempt, or an account whose answer was not lost; or the call cannot
    /// have caused this many charges.
    OtherCall,
    /// The ticket has expired.
    Late,
    /// The call was settled or reopened meanwhile. What this one cost was added to the record.
    Stale,
}

words!(all JournalErrorKind, "journal error", {
    Unavailable => "unavailable",
    Locked => "locked",
    ReadOnly => "read_only",
    Foreign => "foreign",
    Damaged => "damaged",
    Exposed => "exposed",
    UnsafeFileSystem => "unsafe_file_system",
    Poisoned => "poisoned",
    InFlight => "in_flight",
    NotInDoubt => "not_in_doubt",
    OtherCall => "other_call",
    Late => "late",
    Stale => "stale",
});

impl JournalErrorKind {
    /// What is wrong.
    pub const fn text(self) -> Text {
        match self {
            Self::Unavailable => Text::new("the journal cannot be read or written now", "流水日志暂时无法读写"),
            Self::Locked => Text::new("another process holds the journal's lock", "流水日志被其他进程锁定"),
            Self::ReadOnly => Text::new("the journal cannot be written to", "流水日志不可写"),
            Self::Foreign => Text::new(
                "the content at this place is not a journal of this version",
                "该位置的内容不是本版本的流水日志",
            ),
            Self::Damaged => Text::new("a line of the journal is damaged", "流水日志中有损坏的记录"),
            Self::Exposed => Text::new(
                "the journal's folder is open to other users: it must be readable by its owner alone (0700)",
                "流水日志目录对其他用户开放：必须仅限所有者访问（0700）",
            ),
            Self::UnsafeFileSystem => {
                Text::new("the journal is on a file system with unreliable locks", "流水日志所在文件系统的文件锁不可靠")
            }
            Self::Poisoned => {
                Text::new("a flush to the disk failed: reopen the journal", "刷盘失败：请重新打开流水日志")
            }
            Self::InFlight => Text::new("the call is still in flight", "该调用仍在进行中"),
            Self::NotInDoubt => Text::new("no call is in doubt", "没有待核实的调用"),
            Self::OtherCall => {
                Text::new("the verdict or the charges are those of another call", "该核验结果或计费次数属于另一次调用")
            }
            Self::Late => Text::new("the call's time limit has passed", "该调用已超过时限"),
            Self::Stale => {
                Text::new("the call was settled or started again in the meantime", "该调用已被核销或已重新发起")
            }
        }
    }
}

impl JournalError {
    /// An error of this kind.
    pub const fn new(kind: JournalErrorKind) -> Self {
        Self { kind, source: None }
    }

    /// Keeps the cause. It must not print personal data. Defaults to none.
    pub fn with_source(mut self, source: impl Into<Box<dyn StdError + Send + Sync>>) -> Self {
        self.source = Some(Arc::from(source.into()));
        self
    }

    /// What is wrong.
    pub const fn kind(&self) -> JournalErrorKind {
        self.kind
    }
}

impl From<JournalErrorKind> for JournalError {
    fn from(kind: JournalErrorKind) -> Self {
        Self::new(kind)
    }
}

impl fmt::Display for JournalError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.kind.text().get(Language::English))
    }
}

impl fmt::Debug for JournalError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("JournalError").field("kind", &self.kind).field("source", &self.source).finish()
    }
}

impl StdError for JournalError {
    fn source(&self) -> Option<&(dyn StdError + 'static)> {
        self.source.as_ref().map(|source| &**source as &(dyn StdError + 'static))
    }
}

/// A call that could not be written down is not made. Nothing ran, but the journal may have written it, so a retry
/// can find it in doubt.
impl From<JournalError> for Error {
    fn from(error: JournalError) -> Self {
        let kind = match error.kind {
            JournalErrorKind::ReadOnly
            | JournalErrorKind::Foreign
            | JournalErrorKind::Damaged
            | JournalErrorKind::Exposed
            | JournalErrorKind::UnsafeFileSystem => ErrorKind::Configuration,
            _ => ErrorKind::Unavailable,
        };
        Self::new(kind)
            .with_field("journal")
            .with_cause(error.kind.text(), error)
            .with_billed(Billed::No)
            .with_ran(Ran::No)
            .with_again(Again::MayBillAgain)
    }
}
