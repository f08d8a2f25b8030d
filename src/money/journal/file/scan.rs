//! Reads the whole journal once from end to end, without an index.

use std::{
    collections::HashMap,
    fs::File,
    hash::{BuildHasher, RandomState},
    io::{BufRead, BufReader, Read, Seek},
    path::Path,
};

use super::{
    FileJournal, LOCK_WAIT,
    disk::Disk,
    line,
    lock::{Lock, check_folder, is_remote},
    manifest::{self, FORMAT, Manifest, unreadable},
    store::judge_rest,
};
use crate::money::journal::{JournalError, JournalErrorKind, Record};

/// How many bytes of a segment are read at once.
const BUFFER_BYTES: usize = 256 * 1024;
/// About how many bytes the lines of a record take, so that the table of the calls need not grow.
const RECORD_BYTES: u64 = 1200;

impl FileJournal {
    /// Passes on the newest record of each call as the journal is now, in the order in which they last changed. It
    /// changes nothing except the lock, which it keeps only until the files are open. It needs far less memory than
    /// [`open`](Self::open): about 25 to 60 bytes a call. It does not pass on the keys that unseal records.
    ///
    /// ```
    /// use liveness::money::FileJournal;
    ///
    /// # let folder = std::env::temp_dir().join(format!("liveness-doc-scan-{}", std::process::id()));
    /// # let path = folder.join("journal");
    /// FileJournal::open(&path)?;
    /// let mut possible = 0;
    /// FileJournal::scan(&path, |record| possible += record.charges().possible())?;
    /// assert_eq!(possible, 0);
    /// # std::fs::remove_dir_all(folder).unwrap();
    /// # Ok::<(), liveness::money::JournalError>(())
    /// ```
    ///
    /// # Errors
    ///
    /// As [`open`](Self::open), and `Foreign` for a folder without a journal. The records passed on until then are
    /// incomplete.
    pub fn scan(folder: impl AsRef<Path>, mut found: impl FnMut(Record)) -> Result<(), JournalError> {
        let segments = segments(folder.as_ref())?;
        let is_newest = newest(&segments)?;
        let mut is_newest = is_newest.into_iter();
        each_line(&segments, |text| {
            if is_newest.next() == Some(true) {
                line::head(text).ok_or(JournalErrorKind::Foreign)?;
                found(line::record(text).ok_or(JournalErrorKind::Damaged)?);
            }
            Ok(())
        })
    }
}

/// An open file of records, so that it can be read after another one replaced it.
struct Segment {
    file: File,
    length: u64,
}

/// The segments as they are at one moment.
fn segments(folder: &Path) -> Result<Vec<Segment>, JournalError> {
    check_folder(folder)?;
    if is_remote(folder) {
        return Err(JournalErrorKind::UnsafeFileSystem.into());
    }
    let disk = Disk::new(folder);
    let lock = Lock::open(folder)?;
    let _held = lock.hold(LOCK_WAIT)?;
    let first = Manifest::read(&disk)?.ok_or(JournalErrorKind::Foreign)?.first;
    let mut segments = Vec::new();
    for number in first.. {
        let path = disk.path(&manifest::segment(number));
        if !path.exists() {
            break;
        }
        let file = File::open(path).map_err(unreadable)?;
        let length = file.metadata().map_err(unreadable)?.len();
        segments.push(Segment { file, length });
    }
    Ok(segments)
}

/// Whether each line is the newest one of its call.
fn newest(segments: &[Segment]) -> Result<Vec<bool>, JournalError> {
    let bytes: u64 = segments.iter().map(|segment| segment.length).sum();
    let mut lines: HashMap<[u64; 2], u32> =
        HashMap::with_capacity(usize::try_from(bytes / RECORD_BYTES).unwrap_or_default());
    // Two hashes of 64 bits under random keys: two calls of a journal practically never share both.
    let hashes = [RandomState::new(), RandomState::new()];
    let mut is_newest: Vec<bool> = Vec::new();
    each_line(segments, |text| {
        let (key, _) = text.split_once(' ').ok_or(JournalErrorKind::Foreign)?;
        let line = u32::try_from(is_newest.len()).map_err(|_| JournalErrorKind::Unavailable)?;
        if let Some(before) = lines.insert([hashes[0].hash_one(key), hashes[1].hash_one(key)], line) {
            is_newest[before as usize] = false;
        }
        is_newest.push(true);
        Ok(())
    })?;
    Ok(is_newest)
}

/// Reads the texts of all lines of records, without an incomplete last one after a crash.
fn each_line(
    segments: &[Segment],
    mut found: impl FnMut(&str) -> Result<(), JournalError>,
) -> Result<(), JournalError> {
    let mut line = Vec::new();
    for (index, segment) in segments.iter().enumerate() {
        let mut file = &segment.file;
        file.rewind().map_err(unreadable)?;
        let mut reader = BufReader::with_capacity(BUFFER_BYTES, file.take(segment.length));
        let mut offset = 0;
        loop {
            line.clear();
            let length = reader.read_until(b'\n', &mut line).map_err(unreadable)?;
            let Some(text) = line.strip_suffix(b"\n").and_then(line::text) else {
                reader.read_to_end(&mut line).map_err(unreadable)?;
                // An empty rest is the end.
                if !line.is_empty() || offset == 0 {
                    judge_rest(&line, offset, index + 1 == segments.len())?;
                }
                break;
            };
            match offset {
                0 if text != FORMAT => return Err(JournalErrorKind::Foreign.into()),
                0 => {}
                _ => found(text)?,
            }
            offset += length as u64;
        }
    }
    Ok(())
}
