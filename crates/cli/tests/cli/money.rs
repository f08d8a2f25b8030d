//! `liveness doubts`, `reconcile` and `settle`, over a journal on the disk.

use std::fs;

use liveness::{
    CallKind, Charges, Error, ErrorKind, ManualClock,
    money::{Closing, Ending, FileJournal, Fingerprint, Intent, Journal, Opened, SentAttempt, TryKey},
    time::{OffsetDateTime, macros::datetime},
};

use crate::command::{folder, is_chinese, liveness, run};

const AT: OffsetDateTime = datetime!(2026-11-21 08:00 +8);

/// A folder with a journal that has one doubt, and a statement that bills it.
fn doubt(test: &str) -> std::path::PathBuf {
    let folder = folder(test);
    let clock = ManualClock::new(AT);
    let journal = FileJournal::open(folder.join("journal")).unwrap().with_clock(clock);
    let key = TryKey::new("order-7".parse().unwrap(), 1, CallKind::Begin);
    let intent = Intent::new(key, "tencent-market/default".parse().unwrap(), Fingerprint::new(1, "k", "0".into()));
    let Opened::New(ticket) = journal.open(&intent).unwrap() else { panic!("it is new") };
    journal.sent(&ticket, &SentAttempt::new(1, AT, Some("id-1".into()))).unwrap();
    let lost = Error::new(ErrorKind::OutcomeUnknown).record();
    journal.close(&ticket, &Closing::new(Ending::InDoubt(Box::new(lost)), Charges::new(0, 1))).unwrap();
    fs::write(folder.join("month.csv"), "time,number\n2026/11/21 8:00,ID-1\n").unwrap();
    folder
}

#[test]
fn a_doubt_is_listed_found_in_the_statement_and_settled_by_it() {
    let folder = doubt("money-doubt");
    let ask = |line: &str| run(liveness(line.split(' ')).current_dir(&folder));
    let listed = ask("doubts --journal journal");
    assert!(
        listed.code == 1 && listed.text().contains("order-7/1/begin") && listed.text().contains("id-1"),
        "{listed:?}"
    );
    let reconcile = "reconcile --journal journal --statement month.csv --time-column time --number-column number";
    let found = ask(reconcile);
    assert!(found.code == 8 && found.text().contains("paid and lost"), "{found:?}");
    assert_eq!(ask("doubts --journal journal").code, 1, "nothing is written unless it is asked for");
    let settled = ask(&format!("{reconcile} --settle --lang zh"));
    assert!(
        settled.code == 8 && settled.text().ends_with("已核销：order-7/1/begin 已计费（第 2 行）\n"),
        "{settled:?}"
    );
    assert_eq!(ask("doubts --journal journal").code, 0);
    assert_eq!(ask(reconcile).code, 0, "it is known now");
}

#[test]
fn the_operators_word_is_written_down() {
    let folder = doubt("money-word");
    let ask = |line: &str| run(liveness(line.split(' ')).current_dir(&folder));
    let stays =
        "settle --journal journal order-7 by-meter --meter-before 9@2026-11-21T07:00 --meter-after 5@2026-11-21T09:00";
    assert_eq!(ask(stays).code, 1);
    assert_eq!(ask("settle --journal journal order-7 not-billed").code, 0);
    let again = ask("settle --journal journal order-7 billed --lang zh");
    assert!(again.code == 2 && is_chinese(&again.stderr) && again.stdout.is_empty(), "{again:?}");
    assert_eq!(ask("doubts --journal journal").code, 0);
}

#[test]
fn a_place_without_a_journal_is_no_journal() {
    let folder = folder("money-none");
    fs::create_dir(folder.join("empty")).unwrap();
    let ask = |line: &str| run(liveness(line.split(' ')).current_dir(&folder));
    assert_eq!(ask("doubts --journal nowhere").stderr, "nowhere: there is no such file or folder\n");
    let empty = ask("doubts --journal empty");
    assert!(empty.code == 2 && empty.stderr == "empty: the folder is empty: there is no journal in it\n", "{empty:?}");
    assert_eq!(fs::read_dir(folder.join("empty")).unwrap().count(), 0, "none is made");
}

#[test]
fn a_page_about_the_journal_is_written_and_the_journal_stays_as_it_is() {
    let folder = doubt("money-report");
    let ask = |line: &str| run(liveness(line.split(' ')).current_dir(&folder));
    let files = || {
        let entries = fs::read_dir(folder.join("journal")).unwrap().map(|entry| entry.unwrap().path());
        let mut files: Vec<_> = entries.map(|path| (path.clone(), fs::read(path).unwrap())).collect();
        files.sort();
        files
    };
    let before = files();
    let written = ask("report journal --html report.html --month 2026-11");
    assert!(written.code == 0 && written.text() == "written: report.html\n", "{written:?}");
    let page = fs::read_to_string(folder.join("report.html")).unwrap();
    assert!(page.starts_with("<!doctype html>") && page.contains("order-7/1/begin"), "{page}");
    assert!(is_chinese(ask("report journal --html - --lang zh").text()));
    assert_eq!(files(), before);
    for (line, about) in [
        ("report nowhere --html a.html", "nowhere: "),
        ("report journal --html no/such/folder.html", "no/such/folder.html: "),
        ("report journal", "--html"),
        ("report journal --html a.html --month 2026-13", "--month"),
    ] {
        let refused = ask(line);
        assert!(refused.code == 2 && refused.stderr.contains(about) && refused.stdout.is_empty(), "{line} {refused:?}");
    }
    assert!(!folder.join("a.html").exists());
}

#[test]
fn a_page_is_not_written_over_the_journal() {
    let folder = doubt("money-overwrite");
    let ask = |html: &str, lang: &str| {
        run(liveness(["report", "journal", "--lang", lang, "--html", html]).current_dir(&folder))
    };
    let segment = fs::read_dir(folder.join("journal")).unwrap().map(|entry| entry.unwrap().path());
    let segment = segment.filter(|path| path.is_file()).max_by_key(|path| fs::metadata(path).unwrap().len()).unwrap();
    let before = fs::read(&segment).unwrap();
    let name = segment.file_name().unwrap().to_str().unwrap();
    let mut places =
        vec![format!("journal/{name}"), "journal/report.html".to_owned(), format!("./journal/../journal/{name}")];
    #[cfg(unix)]
    {
        std::os::unix::fs::symlink(&segment, folder.join("link.html")).unwrap();
        std::os::unix::fs::symlink(folder.join("journal"), folder.join("linked")).unwrap();
        places.extend(["link.html".to_owned(), format!("linked/{name}")]);
    }
    for place in places {
        let refused = ask(&place, "en");
        let said =
            format!("{place}: this path belongs to the journal, which is only read; choose another one for --html\n");
        assert_eq!((refused.code, refused.stderr), (2, said));
        assert!(is_chinese(&ask(&place, "zh").stderr));
    }
    // Another name of the same file is what cannot be seen: it gets a file of its own.
    fs::hard_link(&segment, folder.join("hard.html")).unwrap();
    assert_eq!(ask("hard.html", "en").code, 0);
    assert!(fs::read_to_string(folder.join("hard.html")).unwrap().starts_with("<!doctype html>"));
    assert_eq!(fs::read(&segment).unwrap(), before);
    let names = fs::read_dir(&folder).unwrap().map(|entry| entry.unwrap().file_name().into_string().unwrap());
    assert!(names.into_iter().all(|name| !name.ends_with(".part")), "nothing is left beside it");
}

#[cfg(unix)]
#[test]
fn a_page_keeps_the_rights_of_the_one_before_and_goes_into_a_pipe() {
    use std::os::unix::fs::PermissionsExt;
    let folder = doubt("money-rights");
    let ask = |html: &str| run(liveness(["report", "journal", "--html", html]).current_dir(&folder));
    let page = folder.join("page.html");
    fs::write(&page, "before").unwrap();
    fs::set_permissions(&page, fs::Permissions::from_mode(0o600)).unwrap();
    std::os::unix::fs::symlink("page.html", folder.join("latest.html")).unwrap();
    assert_eq!(ask("latest.html").code, 0);
    assert!(fs::read_to_string(&page).unwrap().starts_with("<!doctype html>"), "the link's file is replaced");
    assert_eq!(fs::metadata(&page).unwrap().permissions().mode() & 0o777, 0o600);
    fs::set_permissions(&page, fs::Permissions::from_mode(0o400)).unwrap();
    let refused = ask("page.html");
    assert_eq!((refused.code, refused.stderr), (2, "page.html: this user may not write it\n".to_owned()));
    assert!(ask("/dev/stdout").text().starts_with("<!doctype html>"), "no file, so nothing stands in its place");
}
