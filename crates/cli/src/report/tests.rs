use liveness::{
    Again, Charges, Error, ErrorKind, Failure, ManualClock, Outcome, Ran, Receipt, Retake, Unverifiable, Verdict,
    money::{Answer, Closing, Ending, Fingerprint, Intent, Journal, MemoryJournal, Opened, Settled, Ticket},
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
        let ticket = self.open(ACCOUNT, reference, 1);
        let began = Source::now(&self.journal);
        self.clock.set(began + Duration::milliseconds(ms));
        self.journal.close(&ticket, &Closing::new(ending, charges)).unwrap();
        self.clock.set(began + Duration::MINUTE);
        self
    }

    /// Opens a call, or opens it again although an earlier one was lost.
    fn open(&self, account: &str, reference: &str, exposure: u32) -> Ticket {
        let mut intent = Intent::new(key(reference), account.parse().unwrap(), Fingerprint::new(1, "k", "0".into()));
        (intent.exposure, intent.repeats_in_doubt) = (exposure, 9);
        let Opened::New(ticket) = self.journal.open(&intent).unwrap() else { panic!("it is not opened") };
        ticket
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
    assert_eq!(row(&page, "failed")[1..], ["different_person", "Your face does not match the photo on record.", "1"]);
    assert_eq!(row(&page, "operator")[1..3], ["access denied", "601"]);
    assert_eq!(row(&page, "no action; retry later")[1..3], ["rate limited", "–"]);
    let times = row(&page, ACCOUNT);
    // Each is the end of its step, as `times` says; the longest is exact.
    assert_eq!(times[1..], ["begin", "3", "415", "12000", "12000", "12000"]);
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
        let (wide, named) = ("<div class=\"wide\"", "<div class=\"wide\" tabindex=\"0\" role=\"group\" aria-label=\"");
        assert!(page.contains(wide), "{page}");
        assert_eq!(page.matches(wide).count(), page.matches(named).count(), "keys reach each table that scrolls");
    }
    let english = books.page(Language::English);
    assert!(!english.replace("PingFang", "").chars().any(|c| ('\u{4E00}'..'\u{9FFF}').contains(&c)));
    let chinese = books.page(Language::Chinese);
    assert!(chinese.contains("<html lang=\"zh-CN\">") && chinese.contains("待核实 1 次，最多可能计费 1 次。"));
}

/// The texts of a page: without its tags and its style.
fn texts(page: &str) -> String {
    let (head, rest) = page.split_once("<style>").unwrap();
    let (_, body) = rest.split_once("</style>").unwrap();
    let parts = head.split('<').chain(body.split('<'));
    parts.filter_map(|part| part.split_once('>')).map(|(_, text)| format!("{text}\n")).collect()
}

#[test]
fn the_chinese_page_has_no_english_but_names() {
    let denied = Error::new(ErrorKind::Denied).with_ran(Ran::No).with_vendor_code("601").record();
    let busy = Error::new(ErrorKind::RateLimited).with_again(Again::Safe).with_ran(Ran::No).record();
    let books = Written::new()
        .told("a", 200, Outcome::Passed)
        .told("b", 400, Outcome::Failed(Failure::DifferentPerson))
        .told("c", 400, Outcome::Retake(Retake::CaptureFailed))
        .told("d", 400, Outcome::Unverifiable(Unverifiable::NoPortraitOnRecord))
        .call("e", 90, Ending::Free(Box::new(denied)), Charges::NONE)
        .call("f", 90, Ending::Free(Box::new(busy)), Charges::NONE)
        .lost("g")
        .lost("h")
        .told("h", 90, Outcome::Passed)
        .lost("i")
        .lost("j");
    books.journal.settle(&key("i"), &Settled::NotBilled).unwrap();
    books.journal.settle(&key("j"), &Settled::Billed(None)).unwrap();
    books.open(ACCOUNT, "k", 3);
    let seventh = (0..7).map(|number| format!("jumdata/{number}"));
    for account in seventh.clone() {
        let ticket = books.open(&account, &account.replace('/', "-"), 1);
        let receipt = Receipt::new(account.parse().unwrap()).with_sandbox(true);
        let ending = Ending::Answered { answer: Answer::Session(Box::new(receipt)), sealed: None };
        books.journal.close(&ticket, &Closing::new(ending, Charges::new(1, 1))).unwrap();
    }
    let mut texts = texts(&books.page(Language::Chinese));
    // An account, a call as `settle` takes it, a clock, the journal's own name, and commands.
    for account in seventh.chain([ACCOUNT.into()]) {
        texts = texts.replace(&account, "");
    }
    for name in ["g/1/begin", "UTC+8", "books", "liveness reconcile", "liveness settle", "IP 白名单"] {
        assert!(texts.contains(name), "{name}");
        texts = texts.replace(name, "");
    }
    let english = texts.lines().find(|line| line.chars().any(|char| char.is_ascii_alphabetic()));
    assert_eq!(english, None);
}

#[test]
fn what_is_reserved_for_a_call_in_flight_is_no_charge() {
    let books = Written::new().told("a", 200, Outcome::Passed);
    let ticket = books.open(ACCOUNT, "open", 3);
    let page = books.page(Language::English);
    assert!(page.contains("Calls: 2, opened 2 times. Charges: 1."), "{page}");
    assert!(page.contains("In flight: 1, with up to 3 charges reserved"), "{page}");
    assert!(page.contains("No call is in doubt."), "{page}");
    assert_eq!(row(&page, "2026-11-21"), ["2026-11-21", ACCOUNT, "2", "1", "1"]);
    assert!(books.page(Language::Chinese).contains("进行中 1 次，为其预留最多 3 次计费"));
    books.clock.set(ticket.until);
    let page = books.page(Language::English);
    assert!(page.contains("Charges: 1–4.") && page.contains("In doubt: 1.") && !page.contains("In flight"), "{page}");
}

#[test]
fn a_lost_call_that_was_repeated_and_answered_stays_unknown() {
    let books = Written::new().lost("a").told("a", 200, Outcome::Passed);
    let page = books.page(Language::English);
    assert!(page.contains("Calls: 1, opened 2 times. Charges: 1–2."), "{page}");
    let said = "Openings whose response was lost, and whose calls have since been answered or settled: 1. Whether they were billed is not known (up to 1 charges).";
    assert!(page.contains(said) && page.contains("No call is in doubt."), "{page}");
    assert!(!page.contains("how earlier doubts were settled"), "no evidence settled it: {page}");
    assert_eq!(row(&page, ACCOUNT)[1..3], ["begin", "1"], "it was answered once");
}

#[test]
fn a_doubt_counts_in_the_month_of_its_opening_with_its_own_charges() {
    let books = Written::new();
    books.clock.set(datetime!(2026-11-30 12:00 +8));
    let books = books.lost("a").lost("settled");
    books.clock.set(datetime!(2026-12-01 12:00 +8));
    let denied = || Error::new(ErrorKind::Denied).with_ran(Ran::No).record();
    let books = books.lost("a").call("settled", 5, Ending::Free(Box::new(denied())), Charges::NONE);
    books.journal.settle(&key("settled"), &Settled::Billed(None)).unwrap();
    let of = |from, to| report(&books.journal, "books".into(), Some((from, to)), Language::English).unwrap();
    let november = of(datetime!(2026-11-01 0:00 +8), datetime!(2026-12-01 0:00 +8));
    let december = of(datetime!(2026-12-01 0:00 +8), datetime!(2027-01-01 0:00 +8));
    for (page, at) in [(&november, "2026-11-30 12:00:00"), (&december, "2026-12-01 12:00:00")] {
        assert!(page.contains("In doubt: 1. Charges that they may have caused: up to 1."), "{page}");
        assert_eq!(row(page, "a/1/begin"), ["a/1/begin", ACCOUNT, at, "–"]);
    }
    assert_eq!(row(&november, "billed, the response stays lost").len(), 2, "the statement's row is in this month");
    assert_eq!(row(&december, "billed, the response stays lost").len(), 0);
    assert!(books.page(Language::English).contains("In doubt: 2. Charges that they may have caused: up to 2."));
}

#[test]
fn a_seventh_account_is_one_of_the_others() {
    let books = Written::new();
    for number in 0..7 {
        books.open(&format!("jumdata/{number}"), &format!("call-{number}"), 1);
    }
    let page = books.page(Language::English);
    assert!(page.contains("<span class=\"key a5\"></span>others: jumdata/5, jumdata/6 "), "{page}");
    assert_eq!(page.matches("class=\"key a0\"").count(), 1);
}

#[test]
fn a_month_holds_its_own_openings_alone() {
    let books = Written::new().told("a", 200, Outcome::Passed);
    books.clock.set(datetime!(2026-12-01 0:00 +8));
    let books = books.told("b", 200, Outcome::Passed);
    let november = Some((datetime!(2026-11-01 0:00 +8), datetime!(2026-12-01 0:00 +8)));
    let page = report(&books.journal, "books".into(), november, Language::English).unwrap();
    assert!(row(&page, "2026-12-01").is_empty() && page.contains("Calls: 1, opened 1 times."), "{page}");
    assert!(books.page(Language::English).contains("Calls: 2, opened 2 times."));
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
