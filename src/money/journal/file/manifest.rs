//! The manifest, which lists the files of the journal.

use std::io;

use ring::rand::{SecureRandom, SystemRandom};

use super::{disk::Disk, line};
use crate::money::journal::{JournalError, JournalErrorKind};

pub(super) const MANIFEST: &str = "manifest";
/// The start of the first line of each file: this format and its version.
pub(super) const FORMAT: &str = "liveness-journal 1";

/// What all processes that share the journal must agree on. It is replaced whole.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Manifest {
    /// Raised before a file that others may have read is replaced: a process with an older generation reads
    /// everything again.
    pub(super) generation: u64,
    /// The first segment that counts.
    pub(super) first: u32,
    /// The file to which the keys of sealed parts are added.
    pub(super) keys: u32,
    pub(super) salt: [u8; 32],
}

impl Manifest {
    /// Reads it, or creates that of a new journal.
    pub(super) fn open(disk: &Disk) -> Result<Self, JournalError> {
        if let Some(manifest) = Self::read(disk)? {
            return Ok(manifest);
        }
        if disk.names().map_err(unreadable)?.iter().any(|name| is_ours(name)) {
            // Segments without their manifest are not a new journal.
            return Err(JournalErrorKind::Foreign.into());
        }
        let mut salt = [0; 32];
        SystemRandom::new().fill(&mut salt).map_err(|_| JournalError::from(JournalErrorKind::Unavailable))?;
        let manifest = Self { generation: 1, first: 1, keys: 1, salt };
        manifest.write(disk)?;
        Ok(manifest)
    }

    /// Reads the stored manifest; `None` if there is none.
    pub(super) fn read(disk: &Disk) -> Result<Option<Self>, JournalError> {
        let bytes = match std::fs::read(disk.path(MANIFEST)) {
            Ok(bytes) => bytes,
            Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(None),
            Err(error) => return Err(unreadable(error)),
        };
        let parsed = bytes.strip_suffix(b"\n").and_then(line::text).and_then(Self::parse);
        parsed.map(Some).ok_or_else(|| JournalErrorKind::Foreign.into())
    }

    pub(super) fn write(&self, disk: &Disk) -> Result<(), JournalError> {
        let salt: String = self.salt.iter().map(|byte| format!("{byte:02x}")).collect();
        let text = format!("{FORMAT} {} {} {} {salt}", self.generation, self.first, self.keys);
        disk.replace(MANIFEST, &line::checked(&text)).map_err(unwritable)
    }

    fn parse(text: &str) -> Option<Self> {
        let mut parts = text.strip_prefix(FORMAT)?.strip_prefix(' ')?.split(' ');
        let generation = parts.next()?.parse().ok().filter(|generation| *generation < u64::MAX / 2)?;
        // No journal reaches numbers at which counting on would overflow.
        let mut file = || parts.next()?.parse().ok().filter(|number| (1..u32::MAX / 2).contains(number));
        let (first, keys) = (file()?, file()?);
        let hex = parts.next().filter(|hex| hex.len() == 64 && hex.is_ascii())?;
        let mut salt = [0; 32];
        for (byte, digits) in salt.iter_mut().zip(hex.as_bytes().chunks(2)) {
            *byte = u8::from_str_radix(std::str::from_utf8(digits).ok()?, 16).ok()?;
        }
        parts.next().is_none().then_some(Self { generation, first, keys, salt })
    }
}

/// The name of a segment, which contains records.
pub(super) fn segment(number: u32) -> String {
    format!("segment-{number:08}.log")
}

/// The number of a segment of this name.
pub(super) fn segment_number(name: &str) -> Option<u32> {
    name.strip_prefix("segment-")?.strip_suffix(".log")?.parse().ok()
}

/// The name of a file with keys of sealed parts.
pub(super) fn keys(number: u32) -> String {
    format!("keys-{number:08}.log")
}

fn is_ours(name: &str) -> bool {
    (name.starts_with("segment-") || name.starts_with("keys-")) && name.ends_with(".log")
}

pub(super) fn unreadable(error: io::Error) -> JournalError {
    JournalError::new(JournalErrorKind::Unavailable).with_source(error)
}

/// The error of a file that cannot be written to now, or ever.
pub(super) fn unwritable(error: io::Error) -> JournalError {
    let kind = match error.kind() {
        io::ErrorKind::PermissionDenied | io::ErrorKind::ReadOnlyFilesystem => JournalErrorKind::ReadOnly,
        _ => JournalErrorKind::Unavailable,
    };
    JournalError::new(kind).with_source(error)
}
