//! The manual's page of the matrix says what was seen.
//!
//! `UPDATE_DOCS=1 cargo test --test faults` writes its tables.

use std::{fmt::Write, fs, path::Path};

use liveness::{Charges, Language, sandbox::ChargeRule};

use crate::{
    cell::{Bench, Door, Lasts, Seen, Setting, Trouble, charges, check},
    wrapped::{Around, what_came},
};

const PAGES: [(&str, Language); 2] =
    [("docs/src/en/faults.md", Language::English), ("docs/src/zh/faults.md", Language::Chinese)];
/// The doors of which each is a column; the rule is the same for both gateways.
const COLUMNS: [Door; 6] = [Door::Init, Door::Compare, Door::Result, Door::Page, Door::Portrait, Door::Meter];

fn name(trouble: Trouble, language: Language) -> String {
    let own = |direction| match (language, direction) {
        (Language::English, true) => "our clock jumps an hour ahead",
        (Language::English, false) => "our clock jumps an hour back",
        (_, true) => "等待响应期间本机时钟前跳一小时",
        (_, false) => "等待响应期间本机时钟回拨一小时",
    };
    match trouble {
        Trouble::Of(fault) => format!("`{}`", fault.name()),
        Trouble::OurClock(hours) => own(hours > 0).to_owned(),
    }
}

fn range(charges: Charges) -> String {
    match (charges.certain(), charges.possible()) {
        (certain, possible) if certain == possible => certain.to_string(),
        (certain, possible) => format!("{certain}–{possible}"),
    }
}

/// What came, what it may have cost, and how often it was sent.
fn cell(seen: &Seen, door: Door, language: Language) -> String {
    let what = match (seen.error, language) {
        (Some((kind, ..)), _) => format!("`{kind:?}`"),
        (None, Language::English) => "answer".to_owned(),
        (None, _) => "响应".to_owned(),
    };
    let charges = if door.is_paid() { format!(", {}", range(seen.charges)) } else { String::new() };
    let sent = if seen.attempts > 1 { format!(" ×{}", seen.attempts) } else { String::new() };
    format!("{what}{charges}{sent}")
}

fn row(table: &mut String, cells: impl IntoIterator<Item = String>) {
    let cells: Vec<_> = cells.into_iter().collect();
    let _ = writeln!(table, "| {} |", cells.join(" | "));
}

fn header(table: &mut String, columns: &[&str]) {
    row(table, columns.iter().map(ToString::to_string));
    let _ = writeln!(table, "|{}", "---|".repeat(columns.len()));
}

/// What each call makes of each trouble.
fn calls(lasts: Lasts, setting: Setting, language: Language) -> String {
    let mut table = String::new();
    header(
        &mut table,
        match language {
            Language::English => &["fault", "init", "compare", "result", "page", "portrait", "meter"],
            _ => &["故障", "init", "人证比对", "result", "检测页面", "人像", "余量查询"],
        },
    );
    for trouble in Trouble::all() {
        let seen = |door| Bench::new(setting, ChargeRule::new()).meet(door, trouble, lasts);
        assert_eq!(seen(Door::Compare), seen(Door::CloudMarketCompare), "{trouble:?}: both gateways come to the same");
        let cells = COLUMNS.map(|door| cell(&seen(door), door, language));
        row(&mut table, [name(trouble, language)].into_iter().chain(cells));
    }
    table
}

/// What a compare that meets a lasting trouble comes to within wrappers, and the same compare after it.
fn wrapped(language: Language) -> String {
    let mut table = String::new();
    header(
        &mut table,
        match language {
            Language::English => {
                &["fault", "compare", "again by `AtMostOnce`", "again under a cap of 1", "by `Failover` of two"]
            }
            _ => &["故障", "人证比对", "经 `AtMostOnce` 再次调用", "上限为 1 时再次调用", "两个账号的 `Failover`"],
        },
    );
    let translated = |came: &'static str| match (language, came) {
        (Language::English, came) => came,
        (_, "the same answer") => "原响应",
        (_, "a call") => "重新调用",
        (_, "in doubt") => "待核实",
        (_, "the cap") => "达到上限",
        (_, other) => panic!("no words for {other}"),
    };
    for trouble in Trouble::all() {
        let met = |around: Around| {
            let bench = Bench::new(Setting::Default, ChargeRule::new());
            let provider = around.wrap(&bench, Door::Compare);
            let begin = || provider.begin(&check(Door::Compare));
            let seen = bench.seen(trouble, Lasts::EveryAttempt, || begin().map(|progress| charges(&progress, None)));
            let sent = bench.sent();
            let again = begin();
            (cell(&seen, Door::Compare, language), translated(what_came(&again, bench.sent() - sent)).to_owned())
        };
        let (once, capped, set) = (met(Around::AtMostOnce), met(Around::Capped), met(Around::Failover));
        row(&mut table, [name(trouble, language), once.0, once.1, capped.1, set.0]);
    }
    table
}

#[test]
fn the_page_says_what_was_seen() {
    for (path, language) in PAGES {
        let file = Path::new(env!("CARGO_MANIFEST_DIR")).join(path);
        let text = fs::read_to_string(&file).unwrap();
        let mut wanted = text.clone();
        for (mark, table) in [
            ("one attempt", calls(Lasts::OneAttempt, Setting::Default, language)),
            ("every attempt", calls(Lasts::EveryAttempt, Setting::Default, language)),
            ("never again", calls(Lasts::OneAttempt, Setting::NeverAgain, language)),
            ("wrapped", wrapped(language)),
        ] {
            let (begin, end) = (format!("<!-- matrix: {mark} -->\n"), format!("<!-- end: {mark} -->"));
            let from = wanted.find(&begin).unwrap_or_else(|| panic!("{path} lacks {begin}")) + begin.len();
            let to = from + wanted[from..].find(&end).unwrap_or_else(|| panic!("{path} lacks {end}"));
            wanted.replace_range(from..to, &table);
        }
        if std::env::var_os("UPDATE_DOCS").is_some() {
            fs::write(&file, &wanted).unwrap();
        } else {
            assert!(text == wanted, "{path} has drifted: UPDATE_DOCS=1 cargo test --test faults");
        }
    }
}
