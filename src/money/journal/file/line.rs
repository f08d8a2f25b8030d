//! The format of a record's line.
//!
//! `checksum key state possible instant sealed-key record`: an operator reads it with `less`, and the index needs
//! only the fields before the record.

use time::{OffsetDateTime, format_description::well_known::Rfc3339};

use super::super::{JournalError, JournalErrorKind, Record, State, TryKey};
use crate::provider::CallKind;

/// The fields of a line that the index needs.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Head {
    pub(super) key: TryKey,
    pub(super) state: Word,
    /// The most that the call can have cost.
    pub(super) possible: u32,
    /// When the record last changed.
    pub(super) at: OffsetDateTime,
    pub(super) sealed_key: Option<Place>,
}

/// A record's state in one word.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Word {
    Open,
    Doubt,
    Pending,
    Free,
    Answered,
}

impl Word {
    const ALL: [(Self, &'static str); 5] = [
        (Self::Open, "open"),
        (Self::Doubt, "in-doubt"),
        (Self::Pending, "pending"),
        (Self::Free, "free"),
        (Self::Answered, "answered"),
    ];

    fn of(state: &State) -> Self {
        match state {
            State::Open => Self::Open,
            State::InDoubt(_) => Self::Doubt,
            State::Pending => Self::Pending,
            State::Free(_) | State::NotBilled => Self::Free,
            State::Answered(_) => Self::Answered,
        }
    }

    /// Whether the record may still be in flight or in doubt.
    pub(super) fn is_unfinished(self) -> bool {
        matches!(self, Self::Open | Self::Doubt)
    }
}

/// A position: the number of a file, and an offset in it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Place {
    pub(super) file: u32,
    pub(super) offset: u32,
}

impl Place {
    /// This place, if the file is no longer than the longest that a journal creates.
    pub(super) fn new(file: u32, offset: u64) -> Result<Self, JournalError> {
        Ok(Self { file, offset: u32::try_from(offset).map_err(|_| unavailable())? })
    }
}

/// The line of a record, without the key that unseals it: that key is stored elsewhere, so that it can be destroyed.
pub(super) fn encode(record: &Record, sealed_key: Option<Place>) -> Result<Vec<u8>, JournalError> {
    let mut written = record.clone();
    if let Some(sealed) = &mut written.sealed {
        sealed.key = None;
    }
    let json = serde_json::to_string(&written).map_err(|error| unavailable().with_source(error))?;
    let state = Word::of(&record.state);
    let word = Word::ALL.iter().find(|(known, _)| *known == state).map_or("", |(_, word)| word);
    let at =
        record.closed.unwrap_or(record.opened).format(&Rfc3339).map_err(|error| unavailable().with_source(error))?;
    let place = sealed_key.map_or_else(|| "-".to_owned(), |place| format!("{}:{}", place.file, place.offset));
    Ok(checked(&format!("{} {word} {} {at} {place} {json}", record.key, record.charges().possible())))
}

/// A text with its checksum before it and a newline after it.
pub(super) fn checked(text: &str) -> Vec<u8> {
    format!("{:08x} {text}\n", crc32fast::hash(text.as_bytes())).into_bytes()
}

/// The text of a line without its newline, if the checksum is right.
pub(super) fn text(line: &[u8]) -> Option<&str> {
    let line = std::str::from_utf8(line).ok()?;
    let (sum, text) = line.split_at_checked(8)?;
    let text = text.strip_prefix(' ')?;
    (u32::from_str_radix(sum, 16).ok()? == crc32fast::hash(text.as_bytes())).then_some(text)
}

/// The head of a line's text, and the record's JSON.
pub(super) fn head(text: &str) -> Option<(Head, &str)> {
    let mut parts = text.splitn(6, ' ');
    let mut next = || parts.next();
    let (key, word, possible, at, place, json) = (next()?, next()?, next()?, next()?, next()?, next()?);
    let head = Head {
        key: parse_key(key)?,
        state: Word::ALL.iter().find(|(_, known)| *known == word)?.0,
        possible: possible.parse().ok()?,
        at: OffsetDateTime::parse(at, &Rfc3339).ok()?,
        sealed_key: match place {
            "-" => None,
            place => {
                let (file, offset) = place.split_once(':')?;
                Some(Place { file: file.parse().ok()?, offset: offset.parse().ok()? })
            }
        },
    };
    Some((head, json))
}

/// The record of a line's text; `None` if it has none, or one of another call than the line names.
pub(super) fn record(text: &str) -> Option<Record> {
    let (head, json) = head(text)?;
    serde_json::from_str(json).ok().filter(|record: &Record| record.key == head.key)
}

pub(super) fn parse_key(text: &str) -> Option<TryKey> {
    let mut parts = text.split('/');
    let (reference, attempt, call) = (parts.next()?, parts.next()?, parts.next()?);
    let call: CallKind = call.parse().ok()?;
    parts.next().is_none().then_some(())?;
    let key = TryKey::new(reference.parse().ok()?, attempt.parse().ok()?, call);
    // A call has exactly one name, and its text identifies the call too.
    (key.to_string() == text).then_some(key)
}

fn unavailable() -> JournalError {
    JournalErrorKind::Unavailable.into()
}
