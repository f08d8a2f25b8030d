//! Tests of refusal, of recovery, and of what the operator sees.

use std::{fs, os::unix::fs::PermissionsExt, sync::atomic::Ordering, time::Duration};

use super::{Folder, answered, clock, intent, key, lost, opened};
use crate::{
    model::{Error, ErrorKind, Ran},
    money::{
        journal::{Journal, JournalErrorKind, State, file::FileJournal},
        seal::SealingKey,
    },
};

fn refused(folder: &Folder) -> JournalErrorKind {
    FileJournal::open(&folder.0).unwrap_err().kind()
}

/// A journal of some records, in one file.
fn filled(records: usize) -> Folder {
    let (folder, clock) = (Folder::new(), clock());
    let journal = FileJournal::open(&folder.0).unwrap().with_clock(clock);
    for number in 0..records {
        journal.close(&opened(&journal, number), &answered(number)).unwrap();
    }
    folder
}

fn segment(folder: &Folder) -> std::path::PathBuf {
    folder.0.join("segment-00000001.log")
}

#[test]
fn it_goes_on_from_any_byte_at_which_its_last_line_was_cut() {
    let folder = filled(2);
    let whole = fs::read(segment(&folder)).unwrap();
    let last = whole[..whole.len() - 1].iter().rposition(|byte| *byte == b'\n').unwrap() + 1;
    for cut in last..whole.len() {
        fs::write(segment(&folder), &whole[..cut]).unwrap();
        let journal = FileJournal::open(&folder.0).unwrap();
        assert!(matches!(journal.find(&key(0)).unwrap().unwrap().state, State::Answered(_)));
        assert_eq!(journal.find(&key(1)).unwrap().unwrap().state, State::Open, "cut at {cut}");
        assert_eq!(fs::read(segment(&folder)).unwrap().len(), last, "the rest is gone");
    }
}

#[test]
fn a_line_that_was_changed_in_the_middle_is_damage_and_nothing_is_sent() {
    let folder = filled(3);
    let mut bytes = fs::read(segment(&folder)).unwrap();
    let middle = bytes.len() / 2;
    bytes[middle] ^= 1;
    fs::write(segment(&folder), bytes).unwrap();
    assert_eq!(refused(&folder), JournalErrorKind::Damaged);
}

#[test]
fn what_is_no_journal_is_refused_and_left_as_it_is() {
    for (name, text) in [("manifest", "hello\n"), ("segment-00000001.log", "hello\n"), ("keys-00000001.log", "x")] {
        let folder = Folder::new();
        super::super::lock::make_folder(&folder.0).unwrap();
        fs::write(folder.0.join(name), text).unwrap();
        assert_eq!(refused(&folder), JournalErrorKind::Foreign, "{name}");
        assert_eq!(fs::read_to_string(folder.0.join(name)).unwrap(), text);
    }
    let folder = filled(1);
    let newer = super::super::line::checked("liveness-journal 2 1 1 1");
    fs::write(folder.0.join("manifest"), newer).unwrap();
    assert_eq!(refused(&folder), JournalErrorKind::Foreign);
    let file = Folder::new();
    fs::write(&file.0, "a file").unwrap();
    assert!(FileJournal::open(&file.0).is_err());
    fs::remove_file(&file.0).unwrap();
}

#[test]
fn a_folder_that_is_open_to_others_is_refused_and_its_own_files_are_private() {
    let folder = filled(1);
    for file in fs::read_dir(&folder.0).unwrap() {
        let mode = file.unwrap().metadata().unwrap().permissions().mode();
        assert_eq!(mode & 0o077, 0, "{mode:o}");
    }
    fs::set_permissions(&folder.0, fs::Permissions::from_mode(0o750)).unwrap();
    assert_eq!(refused(&folder), JournalErrorKind::Exposed);
}

#[test]
fn a_lock_that_another_holds_is_waited_for_and_then_told() {
    let (folder, clock) = (Folder::new(), clock());
    let journal = folder.open(&clock).with_lock_wait(Duration::ZERO);
    let other = folder.open(&clock);
    let held = other.shared.lock.hold(Duration::ZERO).unwrap();
    let error = Error::from(journal.open(&intent(1)).unwrap_err());
    assert_eq!((error.kind(), error.ran(), error.field()), (ErrorKind::Unavailable, Ran::No, Some("journal")));
    drop(held);
    let _ = opened(&journal, 1);
}

#[test]
fn after_a_flush_failed_nothing_more_is_opened_until_the_journal_is() {
    let (folder, clock) = (Folder::new(), clock());
    let journal = folder.open(&clock);
    journal.shared.disk.tape.fails_to_sync.store(true, Ordering::Relaxed);
    assert_eq!(journal.open(&intent(1)).unwrap_err().kind(), JournalErrorKind::Poisoned);
    journal.shared.disk.tape.fails_to_sync.store(false, Ordering::Relaxed);
    assert_eq!(
        journal.open(&intent(2)).unwrap_err().kind(),
        JournalErrorKind::Poisoned,
        "what was written is not trusted"
    );
    let _ = opened(&folder.open(&clock), 2);
}

#[test]
fn a_full_disk_is_told_before_anything_is_sent_and_leaves_no_half_line() {
    let (folder, clock) = (Folder::new(), clock());
    let journal = folder.open(&clock);
    let first = opened(&journal, 1);
    journal.shared.disk.tape.is_full.store(true, Ordering::Relaxed);
    assert_eq!(journal.open(&intent(2)).unwrap_err().kind(), JournalErrorKind::Unavailable);
    assert!(journal.close(&first, &answered(1)).is_err(), "the record stays open, and is in doubt later");
    journal.shared.disk.tape.is_full.store(false, Ordering::Relaxed);
    let _ = opened(&journal, 2);
    assert_eq!(folder.open(&clock).find(&key(1)).unwrap().unwrap().state, State::Open);
}

#[test]
fn what_was_erased_cannot_be_unsealed_from_any_file_with_the_operators_key() {
    let (folder, clock) = (Folder::new(), clock());
    let journal = folder.open(&clock);
    for number in 0..5 {
        journal.close(&opened(&journal, number), &answered(number)).unwrap();
    }
    let operators = SealingKey::new([7; 32]);
    let before = journal.find(&key(3)).unwrap().unwrap().sealed.unwrap();
    assert!(operators.open(&key(3).to_string(), &before).is_some());
    let own_key = before.key.clone().unwrap();
    let holds = |text: &str| {
        fs::read_dir(&folder.0).unwrap().any(|file| {
            let bytes = fs::read(file.unwrap().path()).unwrap();
            bytes.windows(text.len()).any(|window| window == text.as_bytes())
        })
    };
    assert!(holds(&own_key) && !holds("t0ken-s3cr3t"));

    assert_eq!(journal.erase(key(3).reference()).unwrap(), 1);
    assert!(!holds(&own_key), "the key is in no file any more");
    for reader in [&journal, &folder.open(&clock)] {
        let record = reader.find(&key(3)).unwrap().unwrap();
        assert!(matches!(record.state, State::Answered(_)), "what was paid stays known");
        assert!(record.sealed.is_none_or(|sealed| operators.open(&key(3).to_string(), &sealed).is_none()));
        let other = reader.find(&key(2)).unwrap().unwrap().sealed.unwrap();
        assert!(operators.open(&key(2).to_string(), &other).is_some(), "and the others are whole");
    }
}

#[test]
fn what_is_over_its_retention_goes_and_doubts_stay() {
    let (folder, clock) = (Folder::new(), clock());
    let journal = folder.open(&clock);
    for number in 0..6 {
        let closing = if number == 1 { lost() } else { answered(number) };
        journal.close(&opened(&journal, number), &closing).unwrap();
    }
    let own_key = journal.find(&key(2)).unwrap().unwrap().sealed.unwrap().key.unwrap();
    clock.advance(Duration::from_secs(91 * 86_400));
    for number in 6..12 {
        journal.close(&opened(&journal, number), &answered(number)).unwrap();
    }
    journal.compact().unwrap();
    for reader in [&journal, &folder.open(&clock)] {
        assert_eq!(reader.find(&key(2)).unwrap(), None);
        assert!(reader.find(&key(1)).unwrap().is_some(), "a doubt stays");
        assert!(reader.find(&key(6)).unwrap().is_some());
    }
    let all = fs::read_dir(&folder.0).unwrap().map(|file| fs::read_to_string(file.unwrap().path()).unwrap());
    assert!(!all.collect::<String>().contains(&own_key), "and what unsealed it is destroyed");
}

#[test]
fn two_that_share_a_folder_see_what_the_other_did_over_rotation_and_tidying() {
    let (folder, clock) = (Folder::new(), clock());
    let (one, other) = (folder.open(&clock), folder.open(&clock));
    for number in 0..40 {
        let (writer, reader) = if number % 2 == 0 { (&one, &other) } else { (&other, &one) };
        let ticket = opened(writer, number);
        assert!(matches!(reader.find(&key(number)).unwrap().unwrap().state, State::Open));
        writer.close(&ticket, &answered(number)).unwrap();
        if number % 7 == 0 {
            reader.compact().unwrap();
        }
    }
    for journal in [&one, &other, &folder.open(&clock)] {
        let records = journal.records(None, 100).unwrap();
        assert_eq!(records.len(), 40);
        assert!(records.iter().all(|record| matches!(record.state, State::Answered(_)) && record.sealed.is_some()));
    }
}
