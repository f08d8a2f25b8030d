//! What the command says of a journal and a statement, and how it ends.

use clap::Parser;
use liveness::{
    Language,
    money::{Answer, Journal, State},
    time::{Duration, macros::datetime},
};

use super::{Options, examine, tell};
use crate::books::{Books, Page, START, key};

const COLUMNS: &str = "--time-column 时间 --number-column 请求号 --billed-column 计费";

#[derive(Parser)]
struct Line {
    #[command(flatten)]
    options: Options,
}

/// Runs the command, and says what it prints and how it ends.
trait Runs {
    fn run(&self, options: &str, statement: &str, language: Language) -> Result<(String, u8), String>;
    fn code(&self, statement: &str) -> u8;
}

impl Runs for Books {
    fn run(&self, options: &str, statement: &str, language: Language) -> Result<(String, u8), String> {
        let line = format!("liveness --journal j --statement s.csv {COLUMNS} {options}");
        let options = Line::try_parse_from(line.split_whitespace()).unwrap().options;
        let found = examine(&options, &self.journal, statement.as_bytes()).map_err(|problem| problem.text(language))?;
        let page = Page::default();
        tell(&found, &options, language, &mut page.output());
        let text = page.text();
        Ok((text, found.code()))
    }

    fn code(&self, statement: &str) -> u8 {
        self.run("--month 2026-11", &rows(statement), Language::English).unwrap().1
    }
}

/// A statement of these rows: seconds, number, billed.
fn rows(rows: &str) -> String {
    let mut csv = String::from("时间,姓名,请求号,计费\n");
    for row in rows.split_whitespace() {
        let [seconds, number, billed] = row.split(',').collect::<Vec<_>>().try_into().unwrap();
        let at = START + Duration::seconds(seconds.parse().unwrap());
        csv += &format!("{} {}:{:02}:{:02},王芳,{number},{billed}\n", at.date(), at.hour(), at.minute(), at.second());
    }
    csv
}

/// One of each finding.
fn all() -> (Books, String) {
    let books = Books::new()
        .call("known", 0, "n-known", Some(1))
        .call("lost", 100, "n-lost", None)
        .call("free", 200, "n-free", None)
        .call("doubt", 300, "n-doubt", None)
        .call("denied", 400, "n-denied", Some(0))
        .call("missing", 500, "n-missing", Some(1));
    let statement =
        rows("0,n-known,是 1,n-known,是 100,n-lost,是 200,n-free,否 400,n-denied,是 900,n-other,是 901,9.87654E+23,是");
    (books, statement)
}

#[test]
fn a_report_names_each_finding_in_english_and_in_chinese() {
    let (books, statement) = all();
    for (language, golden) in [
        (Language::English, include_str!("golden/report.en.txt")),
        (Language::Chinese, include_str!("golden/report.zh.txt")),
    ] {
        let (text, code) = books.run("--month 2026-11", &statement, language).unwrap();
        assert_eq!(text, golden, "\n{text}");
        assert_eq!(code, 4 + 8 + 16 + 32 + 64);
    }
}

#[test]
fn each_finding_has_its_exit_code() {
    let books = || Books::new().call("a", 0, "n", Some(1));
    assert_eq!(books().code("0,n,是"), 0);
    assert_eq!(books().call("b", 60, "m", None).code("0,n,是"), 4);
    assert_eq!(books().call("b", 60, "m", None).code("0,n,是 60,m,否"), 4);
    assert_eq!(books().call("b", 60, "m", None).code("0,n,是 60,m,是"), 8);
    assert_eq!(books().code("0,n,是 60,m,是"), 16);
    assert_eq!(books().code("0,n,是 0,n,是"), 16);
    assert_eq!(books().code("0,n,2"), 16);
    assert_eq!(books().code("0,n,否"), 32);
    assert_eq!(books().code(""), 32);
    assert_eq!(books().code("0,n,是 9,m,也许"), 64);
    assert_eq!(books().call("b", 60, "m", None).code("0,n,是 60,m,是 70,o,是"), 8 + 16);
}

#[test]
fn only_what_a_number_proves_is_settled() {
    let (books, statement) = all();
    let books = books.call("by-time", 600, "", None);
    books.run("--month 2026-11", &statement, Language::English).unwrap();
    assert_eq!(books.journal.in_doubt(None, 9).unwrap().len(), 4, "nothing is written unless it is asked for");
    let (text, _) = books.run("--month 2026-11 --settle", &statement, Language::English).unwrap();
    assert!(
        text.ends_with("settled: free/1/begin was not billed (row 5)\nsettled: lost/1/begin was billed (row 4)\n"),
        "{text}"
    );
    let state = |reference| books.journal.find(&key(reference)).unwrap().unwrap().state;
    assert_eq!((state("lost"), state("free")), (State::Answered(Answer::Lost), State::NotBilled));
    assert_eq!(books.journal.in_doubt(None, 9).unwrap().len(), 2);
    let (text, _) = books.run("--month 2026-11 --settle", &statement, Language::Chinese).unwrap();
    assert!(!text.contains("已核销"), "{text}");
}

#[test]
fn a_journal_of_several_accounts_needs_to_be_told_whose_statement_it_is() {
    let books = Books::new().call("a", 0, "n", Some(1)).call_of("jumdata/default", "b", 9, "m", Some(1));
    let said = books.run("", &rows("0,n,是"), Language::English).unwrap_err();
    assert!(
        said.starts_with("--provider: the journal has calls of several accounts")
            && said.ends_with("jumdata/default, tencent-market/default"),
        "{said}"
    );
    let (_, code) = books.run("--provider tencent-market/default", &rows("0,n,是"), Language::English).unwrap();
    assert_eq!(code, 0);
}

#[test]
fn two_readings_of_the_meter_are_held_against_the_journal() {
    let books = Books::new().call("a", 60, "n", Some(1)).call("b", 120, "m", None);
    let run = |after: u32, language| {
        let readings = format!(
            "--provider tencent-market/default --meter-before 50@2026-11-21T08:00 --meter-after {after}@2026-11-21T09:00"
        );
        books.run(&readings, &rows("60,n,是 120,m,是"), language).unwrap()
    };
    let (text, code) = run(48, Language::English);
    assert!(
        text.contains("the meter moved by 2; in that time the journal has 1–2 charges and the statement 2\n"),
        "{text}"
    );
    assert_eq!(code, 8);
    assert_eq!((run(47, Language::English).1, run(50, Language::English).1), (8 + 16, 8 + 32));
    assert!(
        run(47, Language::Chinese)
            .0
            .contains("余量扣减 3 次；同期流水日志计费 1–2 次，账单计费 2 次：多于流水日志所能解释的")
    );
    let said =
        books.run("--meter-before 5@2026-11-21T08:00 --meter-after 4@2026-11-21T09:00", &rows(""), Language::English);
    assert!(said.unwrap_err().starts_with("--provider: "));
}

#[test]
fn json_and_csv_tell_the_same() {
    let (books, statement) = all();
    let (text, code) = books.run("--month 2026-11 --json", &statement, Language::English).unwrap();
    let json: serde_json::Value = serde_json::from_str(&text).unwrap();
    assert_eq!((code, &json["counts"]["paid_and_known"], &json["rows"]), (124, &1.into(), &6.into()));
    assert_eq!(
        (&json["window"]["to"], &json["unreadable"][0]["first_rows"][0]),
        (&"2026-12-01T00:00:00+08:00".into(), &8.into())
    );
    let (csv, _) = books.run("--month 2026-11 --csv", &statement, Language::Chinese).unwrap();
    let findings = json["findings"].as_array().unwrap();
    assert_eq!(csv.lines().count(), 1 + findings.len());
    assert_eq!(csv.lines().nth(1).unwrap(), "not_by_us,2026-11-21T08:15:00+08:00,,,,,,,1,7,,false");
    for (line, finding) in csv.lines().skip(1).zip(findings) {
        assert!(line.starts_with(finding["finding"].as_str().unwrap()), "{line}");
    }
}

#[test]
fn nothing_of_a_row_is_ever_shown() {
    let (books, statement) = all();
    let broken = statement.replace("是", "王芳");
    for (options, language) in
        [("", Language::English), ("--json", Language::English), ("--csv", Language::Chinese), ("", Language::Chinese)]
    {
        for statement in [&statement, &broken] {
            let (text, _) = books.run(options, statement, language).unwrap();
            assert!(!text.contains("王芳") && !text.contains("9.87654"), "{text}");
        }
    }
}

#[test]
fn a_month_ends_at_midnight_in_the_statements_zone() {
    let books = Books::new().call("last", 0, "n", Some(1));
    let end = (datetime!(2026-11-30 23:59:00 +8) - START).whole_seconds();
    let statement = rows(&format!("0,n,是 {end},x,是 {},y,是", end + 60));
    let (text, _) = books.run("--month 2026-11 --csv", &statement, Language::English).unwrap();
    assert_eq!(text.lines().skip(1).collect::<Vec<_>>(), ["not_by_us,2026-11-30T23:59:00+08:00,,,,,,,1,3,,false"]);
    let (text, _) = books.run("--month 2026-11 --utc-offset +00:00 --csv", &statement, Language::English).unwrap();
    assert!(text.contains("2026-11-30T23:59:00Z,"), "{text}");
    let (text, _) = books.run("--from 2026-11-30 --to 2026-12-02T08:00 --csv", &statement, Language::English).unwrap();
    assert_eq!(text.lines().count(), 3);
}
