//! Tests of what the caps count after files were rewritten, and in another process.

use std::{fs, time::Duration};

use super::{Folder, answered, clock, intent, key, opened};
use crate::money::{
    CapUse, Caps,
    journal::{Ending, Intent, Journal, JournalErrorKind, Opened, file::FileJournal},
};

fn used(journal: &FileJournal, number: usize, caps: Caps) -> u32 {
    match journal.open(&Intent { caps, ..intent(number) }).unwrap() {
        Opened::OverCap(CapUse { used, .. }) => used - 1,
        told => panic!("a cap of nothing: {told:?}"),
    }
}

#[test]
fn what_was_opened_in_the_last_minute_counts_although_its_first_lines_are_gone() {
    let (folder, clock) = (Folder::new(), clock());
    let journal = folder.open(&clock);
    for number in 0..20 {
        journal.close(&opened(&journal, number), &answered(number)).unwrap();
    }
    journal.compact().unwrap();
    for reader in [&journal, &folder.open(&clock)] {
        assert_eq!(used(reader, 99, Caps::new().with_per_minute(0)), 20);
        assert_eq!(used(reader, 99, Caps::new().with_per_day(0)), 20);
    }
    clock.advance(Duration::from_secs(60));
    assert_eq!(used(&journal, 99, Caps::new().with_per_minute(0)), 0);
}

#[test]
fn a_result_that_was_asked_for_often_counts_each_time_and_none_twice() {
    let (folder, clock) = (Folder::new(), clock());
    let journal = folder.open(&clock);
    for _ in 0..3 {
        let pending = crate::money::Closing::new(Ending::Pending, crate::model::Charges::new(0, 1));
        journal.close(&opened(&journal, 1), &pending).unwrap();
    }
    for reader in [&journal, &folder.open(&clock)] {
        assert_eq!(used(reader, 99, Caps::new().with_per_minute(0)), 3);
    }
}

#[test]
fn what_the_retention_let_go_counts_no_longer_for_its_reference() {
    let (folder, clock) = (Folder::new(), clock());
    let journal = folder.open(&clock);
    for number in 0..6 {
        journal.close(&opened(&journal, number), &answered(number)).unwrap();
    }
    clock.advance(Duration::from_secs(91 * 86_400));
    journal.compact().unwrap();
    assert_eq!(journal.find(&key(1)).unwrap(), None);
    for reader in [&journal, &folder.open(&clock)] {
        assert_eq!(used(reader, 1, Caps::new().with_per_reference(0)), 0);
    }
}

/// A line with a right checksum whose content no journal writes.
#[test]
fn a_line_that_names_another_call_than_its_record_is_damage() {
    let (folder, clock) = (Folder::new(), clock());
    drop(opened(&folder.open(&clock), 1));
    let path = folder.0.join("segment-00000001.log");
    let text = fs::read_to_string(&path).unwrap();
    // A second name of a call would look like another call to code that compares texts.
    let names = [("order-2/1", JournalErrorKind::Damaged), ("order-1/01", JournalErrorKind::Foreign)];
    for (name, refusal) in names {
        let swapped = |line: &str| super::super::line::checked(&line[9..].replacen("order-1/1", name, 1));
        fs::write(&path, text.lines().flat_map(swapped).collect::<Vec<_>>()).unwrap();
        assert_eq!(FileJournal::open(&folder.0).unwrap_err().kind(), refusal);
        assert_eq!(FileJournal::scan(&folder.0, drop).unwrap_err().kind(), refusal);
    }
}

#[test]
fn a_manifest_whose_numbers_leave_no_room_to_count_on_is_refused() {
    let (folder, clock) = (Folder::new(), clock());
    drop(folder.open(&clock));
    for numbers in ["1 4294967295 1", "1 0 1", "1 1 4294967295", "18446744073709551615 1 1"] {
        let text = format!("{} {numbers} {}", super::super::manifest::FORMAT, "0".repeat(64));
        fs::write(folder.0.join("manifest"), super::super::line::checked(&text)).unwrap();
        assert_eq!(FileJournal::open(&folder.0).unwrap_err().kind(), JournalErrorKind::Foreign, "{numbers}");
    }
}

#[test]
fn a_record_at_the_end_of_the_calendar_is_read() {
    let (folder, clock) = (Folder::new(), clock());
    drop(opened(&folder.open(&clock), 1));
    let path = folder.0.join("segment-00000001.log");
    let text = fs::read_to_string(&path).unwrap();
    let late = |line: &str| super::super::line::checked(&line[9..].replace("2026-11-21T08:0", "9999-12-31T23:0"));
    fs::write(&path, text.lines().flat_map(late).collect::<Vec<_>>()).unwrap();
    let journal = FileJournal::open(&folder.0).unwrap().with_clock(clock);
    assert_eq!(used(&journal, 99, Caps::new().with_in_flight(0)), 1, "it is in flight for long");
}
