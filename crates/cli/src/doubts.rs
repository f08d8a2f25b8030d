//! `liveness doubts`: lists the paid calls that are in doubt.

use std::process::ExitCode;

use clap::Args;
use liveness::{
    Language,
    money::{Record, Standing},
    time::format_description::well_known::Rfc3339,
};
use serde_json::json;

use crate::{
    journal::{Place, Source, shown},
    language::{Chinese, Words},
    meter::VENDORS_ZONE,
    output::Output,
    problem::Problem,
    reconcile::table,
};

const SOME: u8 = 1;

/// List the paid calls in doubt: they may have been billed, and their response is lost
#[derive(Args, Debug)]
#[command(after_help = AFTER)]
pub(crate) struct Options {
    #[command(flatten)]
    journal: Place,
    /// Print one JSON object for each call
    #[arg(long)]
    json: bool,
}

const AFTER: &str = "\
A call stays in doubt until it is settled: look it up in the vendor's statement (`liveness reconcile`), then record the
result (`liveness settle`). Times are in UTC+8, as in the vendors' statements.

Exit code: 0 nothing is in doubt; 1 something is; 2 error or wrong usage. A closed output pipe does not change it.

Examples:
  liveness doubts --journal /var/lib/kyc/journal
  liveness doubts --journal /var/lib/kyc/journal --json";

/// The same in Chinese.
pub(crate) const CHINESE: Chinese = Chinese {
    command: "doubts",
    about: "列出待核实的付费调用：可能已计费，而结果丢失",
    arguments: &[("folder", "流水日志所在的文件夹"), ("json", "每次调用输出一个 JSON 对象")],
    after: "\
待核实的调用不会随时间自行消除：请在供应商账单中查到该调用（`liveness reconcile`），再录入结论（`liveness settle`）。
时间为 UTC+8，与供应商账单一致。

退出码：0 没有待核实的调用；1 有待核实的调用；2 出错或用法有误。输出管道提前关闭不影响退出码。

示例：
  liveness doubts --journal /var/lib/kyc/journal
  liveness doubts --journal /var/lib/kyc/journal --json",
};

/// Exits with 0 if nothing is in doubt.
pub(crate) fn run(options: &Options, language: Language, mut output: Output) -> Result<ExitCode, Problem> {
    let records = all(&options.journal)?;
    tell(&records, options.json, language, &mut output);
    output.finish()?;
    Ok(ExitCode::from(if records.is_empty() { 0 } else { SOME }))
}

/// The doubts in the order of their keys.
fn all(books: &impl Source) -> Result<Vec<Record>, Problem> {
    let (now, mut records) = (books.now(), Vec::new());
    books.each(&mut |record| {
        if record.standing(now) == Standing::InDoubt {
            records.push(record);
        }
    })?;
    records.sort_unstable_by(|a, b| a.key.cmp(&b.key));
    Ok(records)
}

fn tell(records: &[Record], is_json: bool, language: Language, output: &mut Output) {
    if is_json {
        return records.iter().for_each(|record| output.line(object(record)));
    }
    if !records.is_empty() {
        let heading = [
            Words::new("call", "调用"),
            Words::new("account", "账号"),
            Words::new("made at", "发起时间"),
            Words::new("charges", "计费"),
            Words::new("request number", "请求号"),
        ];
        let mut rows = vec![heading.map(|words| words.get(language).to_owned())];
        rows.extend(records.iter().map(|record| {
            let charges = record.charges();
            [
                record.key.to_string(),
                record.provider.to_string(),
                shown(record.opened, VENDORS_ZONE),
                format!("{}–{}", charges.certain(), charges.possible()),
                record.request_id().unwrap_or("–").to_owned(),
            ]
        }));
        table(rows, output);
        output.line("");
    }
    let count = records.len();
    let words = Words::new(format!("in doubt: {count}"), format!("待核实：{count}"));
    output.line(words.get(language));
}

fn object(record: &Record) -> serde_json::Value {
    let at = |at: liveness::time::OffsetDateTime| {
        at.checked_to_offset(VENDORS_ZONE).unwrap_or(at).format(&Rfc3339).unwrap_or_default()
    };
    let charges = record.charges();
    json!({
        "reference": record.key.reference().as_str(), "attempt": record.key.attempt(), "call": record.key.call().as_str(),
        "provider": record.provider.to_string(), "opened": at(record.opened), "until": at(record.until),
        "certain": charges.certain(), "possible": charges.possible(), "request_id": record.request_id(),
    })
}

#[cfg(test)]
#[allow(clippy::unwrap_used, reason = "a test may")]
mod tests {
    use super::*;
    use crate::books::{Books, Page};

    fn told(books: &Books, is_json: bool, language: Language) -> String {
        let page = Page::default();
        tell(&all(&books.journal).unwrap(), is_json, language, &mut page.output());
        page.text()
    }

    #[test]
    fn doubts_are_listed_with_what_leads_to_them_in_the_statement() {
        let books = Books::new().call("known", 0, "n-0", Some(1)).call("lost", 60, "n-1", None);
        assert_eq!(
            told(&books, false, Language::English),
            "\
call          account                 made at              charges  request number
lost/1/begin  tencent-market/default  2026-11-21 08:01:00  0–1      n-1

in doubt: 1
"
        );
        assert!(told(&books, false, Language::Chinese).ends_with("\n待核实：1\n"));
        let json: serde_json::Value = serde_json::from_str(&told(&books, true, Language::English)).unwrap();
        assert_eq!((&json["reference"], &json["opened"]), (&"lost".into(), &"2026-11-21T08:01:00+08:00".into()));
        assert_eq!(told(&Books::new(), false, Language::English), "in doubt: 0\n");
    }
}
