//! The journal's files and how they grow. Everything here runs under the lock.

use time::OffsetDateTime;

use super::{
    disk::{Disk, Tail, read_part},
    index::{Index, Slot},
    line::{self, Place},
    manifest::{self, FORMAT, Manifest, unreadable, unwritable},
};
use crate::money::journal::{JournalError, JournalErrorKind, Record, TryKey};

/// The share of a segment, in percent, that must still count for it to be left as it is.
const WORTH_KEEPING: u64 = 50;
/// What a destroyed key is overwritten with.
const DESTROYED: u8 = b'#';

/// The files of the journal, as far as this process has read them.
#[derive(Debug)]
pub(super) struct Store {
    pub(super) manifest: Manifest,
    pub(super) index: Index,
    /// The segment that is appended to.
    segment: u32,
    pub(super) log: Tail,
    pub(super) keys: Tail,
    /// Counts what was appended, so that a flush knows how far it reaches.
    pub(super) added: u64,
}

impl Store {
    pub(super) fn open(disk: &Disk, now: OffsetDateTime) -> Result<Self, JournalError> {
        let manifest = Manifest::open(disk)?;
        for name in disk.names().map_err(unreadable)? {
            // What a crash left of a file that was to replace another one.
            let is_behind = manifest::segment_number(&name).is_some_and(|number| number < manifest.first);
            if name.ends_with(".draft") || is_behind {
                disk.remove(&name).map_err(unwritable)?;
            }
        }
        let log = disk.tail(&manifest::segment(manifest.first), 0).map_err(unwritable)?;
        let keys = open_keys(disk, manifest.keys)?;
        let (segment, index) = (manifest.first, Index::default());
        let mut store = Self { manifest, index, segment, log, keys, added: 0 };
        store.read_on(disk, now)?;
        Ok(store)
    }

    /// Reads what other processes have appended since.
    pub(super) fn catch_up(&mut self, disk: &Disk, now: OffsetDateTime) -> Result<(), JournalError> {
        let manifest = Manifest::read(disk)?.ok_or(JournalErrorKind::Foreign)?;
        if manifest.generation != self.manifest.generation {
            let added = self.added;
            *self = Self::open(disk, now)?;
            self.added = added;
            return Ok(());
        }
        if manifest.keys != self.manifest.keys {
            self.keys = open_keys(disk, manifest.keys)?;
            self.manifest = manifest;
        }
        self.keys.end = self.keys.length().map_err(unreadable)?;
        self.read_on(disk, now)
    }

    /// The newest record of a call.
    pub(super) fn find(&self, disk: &Disk, key: &TryKey) -> Result<Option<Record>, JournalError> {
        self.index.get(key).map(|slot| self.read(disk, slot)).transpose()
    }

    /// Reads a record with the key that unseals it.
    pub(super) fn read(&self, disk: &Disk, slot: Slot) -> Result<Record, JournalError> {
        let path = disk.path(&manifest::segment(slot.line.file));
        let bytes = read_part(&path, slot.line.offset.into(), slot.length as usize).map_err(unreadable)?;
        let damaged = || JournalError::from(JournalErrorKind::Damaged);
        let text = bytes.strip_suffix(b"\n").and_then(line::text).ok_or_else(damaged)?;
        let mut record = line::record(text).ok_or_else(damaged)?;
        if let (Some(sealed), Some(place)) = (&mut record.sealed, slot.sealed_key) {
            sealed.key = read_key(disk, place, &record.key)?;
        }
        Ok(record)
    }

    /// The files that are appended to, to flush them without the lock.
    pub(super) fn files(&self) -> std::io::Result<[Tail; 2]> {
        Ok([self.keys.again()?, self.log.again()?])
    }

    /// Appends a record's new state. It survives a crash of the process at once, and a power cut after a flush.
    pub(super) fn put(&mut self, disk: &Disk, record: &Record, now: OffsetDateTime) -> Result<(), JournalError> {
        let key = record.sealed.as_ref().and_then(|sealed| sealed.key.as_deref());
        let before = self.index.get(&record.key).and_then(|slot| slot.sealed_key);
        let place = match (key, before) {
            (Some(key), None) => {
                let place = Place::new(self.manifest.keys, self.keys.end)?;
                disk.append(&mut self.keys, &line::checked(&format!("{} {key}", record.key))).map_err(unwritable)?;
                Some(place)
            }
            (Some(_), before) => before,
            (None, _) => None,
        };
        let line = line::encode(record, place)?;
        let place = Place::new(self.segment, self.log.end)?;
        disk.append(&mut self.log, &line).map_err(unwritable)?;
        self.added += 1;
        let text = line.strip_suffix(b"\n").and_then(line::text);
        let Some((head, _)) = text.and_then(line::head) else { return Err(JournalErrorKind::Damaged.into()) };
        let length = u32::try_from(line.len()).map_err(|_| JournalError::from(JournalErrorKind::Unavailable))?;
        self.index.put(head, (place, length), || Some(record.clone()), now);
        Ok(())
    }

    /// Begins a new segment once this one is full, and tidies one old segment that is mostly out of date.
    pub(super) fn rotate(&mut self, disk: &Disk, segment_bytes: u64, now: OffsetDateTime) -> Result<(), JournalError> {
        if self.log.end < segment_bytes {
            return Ok(());
        }
        // A finished segment is synced, so that damage in one never comes from a crash.
        disk.sync(&self.keys).and_then(|()| disk.sync(&self.log)).map_err(unwritable)?;
        self.begin_segment(disk, self.segment + 1)?;
        if self.keys.end >= segment_bytes {
            let manifest = Manifest { keys: self.manifest.keys + 1, ..self.manifest.clone() };
            self.keys = open_keys(disk, manifest.keys)?;
            disk.sync_folder().map_err(unwritable)?;
            manifest.write(disk)?;
            self.manifest = manifest;
        }
        let emptiest = (self.manifest.first..self.segment).min_by_key(|segment| self.live_share(disk, *segment));
        match emptiest.filter(|segment| self.live_share(disk, *segment) < WORTH_KEEPING) {
            Some(segment) => self.tidy(disk, segment, now, None),
            None => Ok(()),
        }
    }

    /// Rewrites a finished segment without what is out of date, and without records that were closed before `oldest`.
    /// A crash leaves the old one or the new one.
    ///
    /// A record is removed only if no earlier segment has an older line of it, which would then be taken for the
    /// newest one: pass `oldest` only once the earlier segments are tidy.
    pub(super) fn tidy(
        &mut self,
        disk: &Disk,
        segment: u32,
        now: OffsetDateTime,
        oldest: Option<OffsetDateTime>,
    ) -> Result<(), JournalError> {
        let (mut kept, mut over) = (Vec::new(), Vec::new());
        let mut text = line::checked(FORMAT);
        for (key, slot) in self.index.of_segment(segment) {
            if oldest.is_some_and(|oldest| slot.is_over(oldest)) {
                over.push((key, slot));
                continue;
            }
            let path = disk.path(&manifest::segment(segment));
            let line = read_part(&path, slot.line.offset.into(), slot.length as usize).map_err(unreadable)?;
            kept.push((key, text.len() as u64, line.len()));
            text.extend(line);
        }
        // From here on, other processes read everything again, whether the segment is replaced or a crash prevents
        // it.
        let mut manifest = Manifest { generation: self.manifest.generation + 1, ..self.manifest.clone() };
        if kept.is_empty() && segment == manifest.first {
            manifest.first += 1;
        }
        manifest.write(disk)?;
        if manifest.first > segment {
            disk.remove(&manifest::segment(segment)).map_err(unwritable)?;
        } else {
            disk.replace(&manifest::segment(segment), &text).map_err(unwritable)?;
        }
        self.manifest = manifest;
        for (key, slot) in over {
            if let Some(place) = slot.sealed_key {
                destroy(disk, place, &key)?;
            }
            self.index.remove(&key);
        }
        for (_, offset, length) in kept {
            let line = text.get(offset as usize..offset as usize + length);
            let text = line.and_then(|line| line.strip_suffix(b"\n")).and_then(line::text);
            let length = u32::try_from(length).map_err(|_| JournalError::from(JournalErrorKind::Damaged))?;
            self.put_read(text.ok_or(JournalErrorKind::Damaged)?, (Place::new(segment, offset)?, length), now)?;
        }
        Ok(())
    }

    /// The finished segments that are worth tidying, in order, and whether records may be removed from each: all are
    /// tidied up to the last one with a record that was closed before `oldest`.
    pub(super) fn untidy(&self, disk: &Disk, oldest: OffsetDateTime) -> Vec<(u32, bool)> {
        let last_old = self.index.last_with_old(oldest);
        let finished = self.manifest.first..self.segment;
        let marked = finished.map(|segment| (segment, last_old.is_some_and(|last| segment <= last)));
        marked.filter(|(segment, is_old)| *is_old || self.live_share(disk, *segment) < WORTH_KEEPING).collect()
    }

    /// How much of a finished segment still counts, in percent. One without a record counts in full, because tidying
    /// gains nothing.
    fn live_share(&self, disk: &Disk, segment: u32) -> u64 {
        let length = std::fs::metadata(disk.path(&manifest::segment(segment))).map_or(0, |data| data.len());
        let lines = length.saturating_sub(line::checked(FORMAT).len() as u64);
        (self.index.live_bytes(segment) * 100).checked_div(lines).unwrap_or(100)
    }

    /// Destroys the key of a record's sealed part.
    pub(super) fn destroy_key(&self, disk: &Disk, key: &TryKey) -> Result<bool, JournalError> {
        match self.index.get(key).and_then(|slot| slot.sealed_key) {
            Some(place) => destroy(disk, place, key),
            None => Ok(false),
        }
    }

    /// Reads the active segment to its end, and those that follow.
    fn read_on(&mut self, disk: &Disk, now: OffsetDateTime) -> Result<(), JournalError> {
        loop {
            let is_last = !disk.path(&manifest::segment(self.segment + 1)).exists();
            self.read_segment(disk, is_last, now)?;
            if is_last {
                return Ok(());
            }
            self.segment += 1;
            self.log = disk.tail(&manifest::segment(self.segment), 0).map_err(unwritable)?;
        }
    }

    fn read_segment(&mut self, disk: &Disk, is_last: bool, now: OffsetDateTime) -> Result<(), JournalError> {
        if self.log.length().map_err(unreadable)? == self.log.end && self.log.end > 0 {
            return Ok(());
        }
        let bytes = self.log.read_from(self.log.end).map_err(unreadable)?;
        let mut read = 0;
        while let Some(length) = bytes[read..].iter().position(|byte| *byte == b'\n') {
            let Some(text) = line::text(&bytes[read..read + length]) else { break };
            let offset = self.log.end + read as u64;
            if offset == 0 {
                if text != FORMAT {
                    return Err(JournalErrorKind::Foreign.into());
                }
            } else {
                let length = u32::try_from(length + 1).map_err(|_| JournalErrorKind::Damaged)?;
                self.put_read(text, (Place::new(self.segment, offset)?, length), now)?;
            }
            read += length + 1;
        }
        self.log.end += read as u64;
        if read == bytes.len() && self.log.end > 0 {
            return Ok(());
        }
        self.recover(disk, &bytes[read..], is_last)
    }

    fn put_read(&mut self, text: &str, place: (Place, u32), now: OffsetDateTime) -> Result<(), JournalError> {
        let (head, _) = line::head(text).ok_or(JournalErrorKind::Foreign)?;
        // Without the record, a cap would not count what may have been spent.
        self.index.put(head, place, || line::record(text), now).ok_or_else(|| JournalErrorKind::Damaged.into())
    }

    /// Handles the rest of a segment that is not a line. At the end of the last segment, it comes from a crash or a
    /// power cut, and nothing flushed comes after it: it is cut off.
    fn recover(&mut self, disk: &Disk, rest: &[u8], is_last: bool) -> Result<(), JournalError> {
        judge_rest(rest, self.log.end, is_last)?;
        let end = self.log.end;
        disk.truncate(&mut self.log, end).map_err(unwritable)?;
        if end == 0 {
            disk.append(&mut self.log, &line::checked(FORMAT)).map_err(unwritable)?;
            disk.sync(&self.log).and_then(|()| disk.sync_folder()).map_err(unwritable)?;
        }
        Ok(())
    }

    fn begin_segment(&mut self, disk: &Disk, number: u32) -> Result<(), JournalError> {
        let mut log = disk.tail(&manifest::segment(number), 0).map_err(unwritable)?;
        disk.append(&mut log, &line::checked(FORMAT)).map_err(unwritable)?;
        disk.sync(&log).and_then(|()| disk.sync_folder()).map_err(unwritable)?;
        (self.segment, self.log) = (number, log);
        Ok(())
    }
}

/// Whether the rest of a segment, which is not a line, may be what a crash or a power cut left of one.
pub(super) fn judge_rest(rest: &[u8], offset: u64, is_last: bool) -> Result<(), JournalError> {
    // A lost page reads as zeros. If whole lines come after a line of other bytes, it was damaged later.
    let is_followed = rest.split(|byte| *byte == b'\n').skip(1).any(|line| line::text(line).is_some());
    if !is_last || (is_followed && !rest.contains(&0)) {
        return Err(JournalErrorKind::Damaged.into());
    }
    if offset == 0 && !rest.is_empty() && !could_be_first_line(rest) {
        return Err(JournalErrorKind::Foreign.into());
    }
    Ok(())
}

/// Whether these bytes are the beginning of a journal's first line, or of one that a power cut truncated.
fn could_be_first_line(bytes: &[u8]) -> bool {
    let first = line::checked(FORMAT);
    bytes.iter().zip(&first).all(|(byte, expected)| byte == expected || *byte == 0) && bytes.len() <= first.len()
}

fn open_keys(disk: &Disk, number: u32) -> Result<Tail, JournalError> {
    let mut keys = disk.tail(&manifest::keys(number), 0).map_err(unwritable)?;
    keys.end = keys.length().map_err(unreadable)?;
    Ok(keys)
}

/// The key of a sealed part; `None` if it was destroyed, or lost in a power cut.
fn read_key(disk: &Disk, place: Place, owner: &TryKey) -> Result<Option<String>, JournalError> {
    let path = disk.path(&manifest::keys(place.file));
    let (length, owner) = (std::fs::metadata(&path).map_or(0, |data| data.len()), owner.to_string());
    let left = length.saturating_sub(place.offset.into()).min(KEY_LINE_MAX);
    let bytes = read_part(&path, place.offset.into(), left as usize).unwrap_or_default();
    let line = bytes.split(|byte| *byte == b'\n').next().unwrap_or_default();
    let found = line::text(line).and_then(|text| text.split_once(' ')).filter(|(named, _)| *named == owner);
    Ok(found.map(|(_, key)| key.to_owned()))
}

/// Longer than any line of a key: a reference has at most 64 characters, a wrapped key 80.
const KEY_LINE_MAX: u64 = 512;

/// Overwrites a key in place. Returns whether there was one.
fn destroy(disk: &Disk, place: Place, owner: &TryKey) -> Result<bool, JournalError> {
    let Some(key) = read_key(disk, place, owner)? else { return Ok(false) };
    // After the checksum, the owner and two spaces.
    let offset = u64::from(place.offset) + 10 + owner.to_string().len() as u64;
    let nothing = vec![DESTROYED; key.len()];
    disk.overwrite(&manifest::keys(place.file), offset, &nothing).map_err(unwritable)?;
    Ok(true)
}
