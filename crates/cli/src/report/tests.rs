use liveness::{
    Again, Charges, Error, ErrorKind, Failure, ManualClock, Outcome, Ran, Receipt, Verdict,
    money::{Answer, Closing, Ending, Fingerprint, Intent, Journal, MemoryJournal, Opened, Settled},
    time::{Duration, macros::datetime},
};

use super::*;
use crate::books::{START, key};

const ACCOUNT: &str = "tencent-market/default";

/// A journal whose calls begin a minute after one another.
struct Written {
    journal: MemoryJournal,
    clock: ManualClock,
}

impl Written {
    fn new() -> Self {
        let clock = ManualClock::new(START);
        Self { journal: MemoryJournal::new().with_clock(clock.clone()), clock }
    }

    /// A call that takes so many milliseconds and ends so.
    fn call(self, reference: &str, ms: i64, ending: Ending, charges: Charges) -> Self {
        let intent = Intent::new(key(reference), ACCOUNT.parse().unwrap(), Fingerprint::new(1, "k", "0".into()));
        let Opened::New(ticket) = self.journal.open(&intent).unwrap() else { panic!("it is not opened") };
        let began = Source::now(&self.journal);
        self.clock.set(began + Duration::milliseconds(ms));
        self.journal.close(&ticket, &Closing::new(ending, charges)).unwrap();
        self.clock.set(began + Duration::MINUTE);
        self
    }

    fn told(self, reference: &str, ms: i64, outcome: Outcome) -> Self {
        let verdict = Verdict::new(outcome, Receipt::new(ACCOUNT.parse().unwrap()));
        let answer = Answer::Verdict(Box::new(verdict));
        self.call(reference, ms, Ending::Answered { answer, sealed: None }, Charges::new(1, 1))
    }

    fn lost(self, reference: &str) -> Self {
        let error = Error::new(ErrorKind::OutcomeUnknown).record();
        self.call(reference, 30_000, Ending::InDoubt(Box::new(error)), Charges::new(0, 1))
    }

    fn page(&self, language: Language) -> String {
        report(&self.journal, "books".into(), None, language).unwrap()
    }
}

/// The cells of the row that begins so.
fn row(page: &str, begin: &str) -> Vec<String> {
    let line = page.lines().find(|line| line.starts_with(&format!("<tr><td>{begin}</td>"))).unwrap_or_default();
    let cells = line.split("</td>").filter_map(|cell| cell.rsplit_once('>')).map(|(_, text)| text.to_owned());
    cells.filter(|cell| !cell.is_empty()).collect()
}

#[test]
fn a_month_is_told_with_its_charges_doubts_outcomes_refusals_and_times() {
    let denied = Error::new(ErrorKind::Denied).with_ran(Ran::No).with_vendor_code("601").record();
    let busy = Error::new(ErrorKind::RateLimited).with_again(Again::Safe).with_ran(Ran::No).record();
    let books = Written::new()
        .told("a", 200, Outcome::Passed)
        .told("b", 400, Outcome::Failed(Failure::DifferentPerson))
        .told("c", 12_000, Outcome::Passed)
        .lost("open")
        .lost("settled")
        .call("d", 90, Ending::Free(Box::new(denied)), Charges::NONE)
        .call("e", 90, Ending::Free(Box::new(busy)), Charges::NONE);
    books.journal.settle(&key("settled"), &Settled::NotBilled).unwrap();
    let page = books.page(Language::English);
    assert_eq!(row(&page, "2026-11-21"), ["2026-11-21", ACCOUNT, "7", "3", "4"]);
    assert_eq!(row(&page, "open/1/begin"), ["open/1/begin", ACCOUNT, "2026-11-21 08:03:00", "–"]);
    assert_eq!(row(&page, "settled/1/begin"), [""; 0], "it is not in doubt any more");
    assert_eq!(row(&page, "not billed"), ["not billed", "1"]);
    assert_eq!(row(&page, "passed")[3], "2");
    assert_eq!(row(&page, "failed")[1..], ["different_person", "The face is not that of the person on record.", "1"]);
    assert_eq!(row(&page, "operator")[1..3], ["access denied", "601"]);
    assert_eq!(row(&page, "nobody: retry later")[1..3], ["rate limited", "–"]);
    let times = row(&page, ACCOUNT);
    assert_eq!((&*times[1], &*times[2], &*times[6]), ("begin", "3", "12000"));
    assert!(
        page.contains("Charges: 3–4.") && page.contains("In doubt: 1. Charges that they may have caused: up to 1."),
        "{page}"
    );
}

#[test]
fn the_page_needs_nothing_else_and_says_everything_in_its_language() {
    let books = Written::new().told("a", 200, Outcome::Passed).lost("open");
    for language in [Language::English, Language::Chinese] {
        let page = books.page(language);
        for outside in ["http", "src=", "href=", "url(", "@import", "<script"] {
            assert!(!page.contains(outside), "{outside}");
        }
        assert_eq!(page.matches("<section>").count(), page.matches("</section>").count());
    }
    let english = books.page(Language::English);
    assert!(!english.replace("PingFang", "").chars().any(|c| ('\u{4E00}'..'\u{9FFF}').contains(&c)));
    let chinese = books.page(Language::Chinese);
    assert!(chinese.contains("<html lang=\"zh-CN\">") && chinese.contains("待核实 1 次，最多可能计费 1 次。"));
}

#[test]
fn a_month_holds_its_own_openings_alone() {
    let books = Written::new().told("a", 200, Outcome::Passed);
    books.clock.set(datetime!(2026-12-01 0:00 +8));
    let books = books.told("b", 200, Outcome::Passed);
    let november = Some((datetime!(2026-11-01 0:00 +8), datetime!(2026-12-01 0:00 +8)));
    let page = report(&books.journal, "books".into(), november, Language::English).unwrap();
    assert!(row(&page, "2026-12-01").is_empty() && page.contains("Calls opened: 1."), "{page}");
    assert!(books.page(Language::English).contains("Calls opened: 2."));
}

#[test]
fn what_the_sandbox_answered_is_said_to_be_no_money() {
    let receipt = Receipt::new(ACCOUNT.parse().unwrap()).with_sandbox(true);
    let answer = Answer::Verdict(Box::new(Verdict::new(Outcome::Passed, receipt)));
    let books = Written::new().call("a", 5, Ending::Answered { answer, sealed: None }, Charges::new(1, 1));
    assert!(books.page(Language::English).contains("so not billed by any vendor: 1 of 1 calls"));
}

#[test]
fn the_name_of_a_journal_is_no_markup() {
    let page = report(&MemoryJournal::new(), "<b>&\"".into(), None, Language::English).unwrap();
    assert!(page.contains("Journal &lt;b&gt;&amp;&quot;,") && page.contains("No paid call was opened."), "{page}");
}
