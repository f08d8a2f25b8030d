//! Fuzzes the reader of journals: no panic, and no line before the damage is lost without a word.

#![no_main]

use std::{fs, os::unix::fs::PermissionsExt, path::Path};

use libfuzzer_sys::fuzz_target;
use liveness::{
    CallKind,
    money::{FileJournal, Fingerprint, Intent, Journal, JournalErrorKind, Opened, Record, Settled, Standing, TryKey},
    time::Duration,
};

const MANIFEST: &str = "liveness-journal 1 1 1 1 0000000000000000000000000000000000000000000000000000000000000000";
const FORMAT: &str = "liveness-journal 1";
/// What stands between the files of an input, which is no byte of a text.
const BETWEEN: u8 = 0xff;

fuzz_target!(|input: &[u8]| {
    let [choice, bytes @ ..] = input else { return };
    let folder = std::env::temp_dir().join(format!("liveness-fuzz-journal-{}", std::process::id()));
    let folder = Path::new("/dev/shm").join(folder.file_name().expect("it has a name"));
    let _ = fs::remove_dir_all(&folder);
    fs::create_dir(&folder).expect("a folder");
    fs::set_permissions(&folder, fs::Permissions::from_mode(0o700)).expect("its own folder");
    let segments = lay(&folder, *choice, bytes);
    look(&folder, &segments);
    let _ = fs::remove_dir_all(&folder);
});

/// Writes the input's files, and returns what stands in the segments.
fn lay(folder: &Path, choice: u8, bytes: &[u8]) -> Vec<Vec<u8>> {
    let (has_checksums, has_manifest) = (choice & 1 == 0, choice & 2 != 0);
    let mut parts = bytes.split(|byte| *byte == BETWEEN);
    let written = |part: &[u8]| if has_checksums { with_checksums(part) } else { part.to_vec() };
    let manifest = match has_manifest {
        true => written(parts.next().unwrap_or_default()),
        false => with_checksums(MANIFEST.as_bytes()),
    };
    fs::write(folder.join("manifest"), manifest).expect("it is written");
    fs::write(folder.join("keys-00000001.log"), written(parts.next().unwrap_or_default())).expect("it is written");
    let mut segments = Vec::new();
    for (part, number) in parts.take(3).zip(1..) {
        let mut segment = with_checksums(FORMAT.as_bytes());
        segment.extend(written(part));
        // A line that was cut.
        segment.truncate(segment.len() - usize::from(choice >> 4).min(segment.len()));
        fs::write(folder.join(format!("segment-{number:08}.log")), &segment).expect("it is written");
        segments.push(segment);
    }
    segments
}

/// Each line with its checksum, so that what stands behind it is looked at. A line that begins with `!` is left as it is.
fn with_checksums(part: &[u8]) -> Vec<u8> {
    let line = |line: &[u8]| match line {
        [b'!', raw @ ..] => [raw, b"\n"].concat(),
        _ => [format!("{:08x} ", crc32fast::hash(line)).as_bytes(), line, b"\n"].concat(),
    };
    part.split(|byte| *byte == b'\n').filter(|each| !each.is_empty()).flat_map(line).collect()
}

fn look(folder: &Path, segments: &[Vec<u8>]) {
    let mut scanned = Vec::new();
    let scan = FileJournal::scan(folder, |record| scanned.push(record)).map_err(|error| error.kind());
    let journal = match FileJournal::open(folder) {
        Ok(journal) => journal.with_retention(Duration::MAX).with_segment_bytes(600),
        Err(error) => {
            let kind = error.kind();
            assert!(matches!(kind, JournalErrorKind::Foreign | JournalErrorKind::Damaged), "{error:?}");
            return;
        }
    };
    // A manifest may count from another segment on.
    let first = journal_first(folder);
    let counted: Vec<_> = segments.iter().skip(first - 1).collect();
    let mut keys = Vec::new();
    for (number, segment) in counted.iter().enumerate() {
        let (whole, named) = whole_lines(segment);
        assert!(whole == segment.len() || number + 1 == counted.len(), "a finished file that is damaged is refused");
        let now = fs::read(folder.join(format!("segment-{:08}.log", first + number))).expect("it is there");
        assert!(now.starts_with(&segment[..whole]), "no line before the damage is gone");
        keys.extend(named);
    }
    keys.sort();
    keys.dedup();
    let found: Vec<_> = keys.iter().map(|key| journal.find(key).map_err(|error| error.kind())).collect();
    assert!(found.iter().all(|found| !matches!(found, Ok(None))), "each call that stands there is found");
    let listed = journal.records(None, usize::MAX).map_err(|error| error.kind());
    if let (Ok(()), Ok(listed)) = (&scan, &listed) {
        scanned.iter().for_each(|record| assert!(listed.iter().any(|each| same(each, record)), "both read the same"));
        assert_eq!(scanned.len(), listed.len());
    }
    go_on(folder, &journal, &keys, &found);
}

/// Uses what was read as any other journal.
fn go_on(folder: &Path, journal: &FileJournal, keys: &[TryKey], found: &[Result<Option<Record>, JournalErrorKind>]) {
    let _ = journal.in_doubt(None, 10);
    let own = TryKey::new("own-key-of-the-target".parse().expect("a reference"), 1, CallKind::Begin);
    let fingerprint = Fingerprint::new(1, "key", "0".repeat(32));
    let intent = |key| Intent::new(key, "acme/a".parse().expect("an id"), fingerprint.clone());
    let opened = match keys.contains(&own) {
        true => false,
        false => matches!(journal.open(&intent(own.clone())), Ok(Opened::New(_))),
    };
    if journal.compact().is_ok() {
        for (key, before) in keys.iter().zip(found) {
            let after = journal.find(key).map_err(|error| error.kind());
            assert!(before.is_err() || after == *before, "compaction loses and changes nothing: {key}");
        }
    }
    let again = FileJournal::open(folder).expect("what was opened is opened again");
    assert!(!opened || matches!(again.find(&own), Ok(Some(_))), "what was opened is there");
    for (key, before) in keys.iter().zip(found) {
        let Ok(Some(record)) = before else { continue };
        assert_eq!(again.find(key).map_err(|error| error.kind()).as_ref(), Ok(&Some(record.clone())));
        let now = again.now().expect("the clock is read");
        match again.settle(key, &Settled::NotBilled) {
            Ok(settled) => assert!(settled.is_settled && record.standing(now) == Standing::InDoubt),
            Err(error) => assert_ne!(error.kind(), JournalErrorKind::Stale),
        }
        let _ = again.open(&intent(key.clone()));
        let _ = again.erase(key.reference());
        let record = again.find(key).expect("it can still be read").expect("it is still there");
        assert!(record.sealed.is_none_or(|sealed| sealed.key.is_none()), "{key} cannot be unsealed");
    }
}

/// The first segment that counts.
fn journal_first(folder: &Path) -> usize {
    let manifest = fs::read_to_string(folder.join("manifest")).expect("a journal has one");
    manifest.split(' ').nth(4).and_then(|first| first.parse().ok()).expect("it names the first segment")
}

/// How far a segment consists of whole lines, and which calls they name.
fn whole_lines(segment: &[u8]) -> (usize, Vec<TryKey>) {
    let (mut whole, mut keys) = (0, Vec::new());
    for line in segment.split_inclusive(|byte| *byte == b'\n') {
        let Some(text) = line.strip_suffix(b"\n").filter(|line| line.len() > 8 && line[8] == b' ') else { break };
        let sum = std::str::from_utf8(&text[..8]).ok().and_then(|sum| u32::from_str_radix(sum, 16).ok());
        if sum != Some(crc32fast::hash(&text[9..])) || std::str::from_utf8(text).is_err() {
            break;
        }
        if whole > 0 {
            let named = std::str::from_utf8(&text[9..]).ok().and_then(|text| text.split(' ').next());
            keys.extend(named.and_then(key));
        }
        whole += line.len();
    }
    (whole, keys)
}

fn key(text: &str) -> Option<TryKey> {
    let [reference, attempt, call] = text.split('/').collect::<Vec<_>>().try_into().ok()?;
    Some(TryKey::new(reference.parse().ok()?, attempt.parse().ok()?, call.parse().ok()?))
}

/// Whether two are the same but for what unseals them, which is not read from end to end.
fn same(one: &Record, other: &Record) -> bool {
    let (mut one, mut other) = (one.clone(), other.clone());
    for record in [&mut one, &mut other] {
        record.sealed.iter_mut().for_each(|sealed| sealed.key = None);
    }
    one == other
}
