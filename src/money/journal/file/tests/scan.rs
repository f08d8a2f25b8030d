//! Tests that compare a read without an index with the journal that has one.

use std::{collections::BTreeMap, fs, time::Duration};

use super::{Folder, answered, clock, key, lost, opened};
use crate::money::journal::{Journal, JournalErrorKind, Record, TryKey, file::FileJournal};

fn scanned(folder: &Folder) -> Result<BTreeMap<TryKey, Record>, JournalErrorKind> {
    let mut found = BTreeMap::new();
    FileJournal::scan(&folder.0, |record| {
        assert!(found.insert(record.key.clone(), record).is_none(), "each call once");
    })
    .map_err(|error| error.kind())?;
    Ok(found)
}

/// The records without the keys that unseal them, which a scan does not read.
fn indexed(folder: &Folder) -> BTreeMap<TryKey, Record> {
    let records = FileJournal::open(&folder.0).unwrap().records(None, 1000).unwrap();
    let without_key = |mut record: Record| {
        record.sealed.iter_mut().for_each(|sealed| sealed.key = None);
        (record.key.clone(), record)
    };
    records.into_iter().map(without_key).collect()
}

#[test]
fn it_finds_the_newest_record_of_each_call_over_files_that_were_written_anew() {
    let (folder, clock) = (Folder::new(), clock());
    let journal = folder.open(&clock).with_retention(time::Duration::hours(1));
    for number in 0..20 {
        let ticket = opened(&journal, number);
        match number % 3 {
            0 => journal.close(&ticket, &answered(number)).unwrap(),
            1 => journal.close(&ticket, &lost()).unwrap(),
            _ => {}
        }
        if number == 10 {
            clock.advance(Duration::from_secs(7200));
        }
    }
    assert_eq!(scanned(&folder).unwrap(), indexed(&folder));
    journal.compact().unwrap();
    let found = scanned(&folder).unwrap();
    assert!(!found.contains_key(&key(0)), "it is older than the retention");
    assert_eq!(found, indexed(&folder));
}

#[test]
fn it_passes_over_a_last_line_that_was_cut_at_any_byte_and_leaves_it() {
    let folder = Folder::new();
    let journal = FileJournal::open(&folder.0).unwrap().with_clock(clock());
    (0..2).for_each(|number| journal.close(&opened(&journal, number), &answered(number)).unwrap());
    let path = folder.0.join("segment-00000001.log");
    let whole = fs::read(&path).unwrap();
    for cut in 0..whole.len() {
        fs::write(&path, &whole[..cut]).unwrap();
        let found = scanned(&folder).unwrap();
        assert_eq!(fs::read(&path).unwrap(), whole[..cut], "nothing is written");
        assert_eq!(found, indexed(&folder), "cut at {cut}");
    }
}

#[test]
fn it_refuses_what_the_journal_refuses() {
    let folder = Folder::new();
    let journal = FileJournal::open(&folder.0).unwrap().with_clock(clock());
    (0..3).for_each(|number| journal.close(&opened(&journal, number), &answered(number)).unwrap());
    let path = folder.0.join("segment-00000001.log");
    let whole = fs::read(&path).unwrap();
    let mut damaged = 0;
    for place in (0..whole.len()).step_by(7) {
        let mut bytes = whole.clone();
        bytes[place] ^= 1;
        fs::write(&path, bytes).unwrap();
        let found = scanned(&folder);
        match FileJournal::open(&folder.0) {
            Ok(_) => assert_eq!(found.unwrap(), indexed(&folder), "changed at {place}"),
            Err(error) => {
                assert_eq!(found.unwrap_err(), error.kind(), "changed at {place}");
                damaged += 1;
            }
        }
    }
    assert!(damaged > 10);
    fs::remove_file(folder.0.join("manifest")).unwrap();
    assert_eq!(scanned(&folder).unwrap_err(), JournalErrorKind::Foreign);
}

#[test]
fn it_makes_no_journal_and_reads_none_that_is_open_to_others() {
    use std::os::unix::fs::PermissionsExt;
    let folder = Folder::new();
    assert_eq!(scanned(&folder).unwrap_err(), JournalErrorKind::Unavailable);
    assert!(!folder.0.exists());
    drop(FileJournal::open(&folder.0).unwrap());
    fs::set_permissions(&folder.0, fs::Permissions::from_mode(0o755)).unwrap();
    assert_eq!(scanned(&folder).unwrap_err(), JournalErrorKind::Exposed);
}
