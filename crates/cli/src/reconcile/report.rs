//! Prints the findings for a person.

use liveness::{
    Language,
    money::{Finding, FindingKind, MatchedBy, Settled},
};
use unicode_width::UnicodeWidthStr;

use super::{found::Found, meter::Moved, options::Options};
use crate::{journal::shown, language::Words, output::Output};

/// What separates two columns.
const GAP: &str = "  ";

/// Tells all: what was compared, how many of each kind, each finding, and what was settled.
pub(super) fn tell(found: &Found, options: &Options, language: Language, output: &mut Output) {
    head(found, options, language, output);
    output.line("");
    let counts = FindingKind::ALL
        .iter()
        .rev()
        .map(|kind| [kind.text().get(language).to_owned(), found.held.count(*kind).to_string()]);
    table(counts.collect(), output);
    unreadable(found, language, output);
    if let Some(moved) = &found.moved {
        output.line(meter(moved).get(language));
    }
    let mut rows: Vec<_> = found.held.findings().map(|finding| row(&finding, options, language)).collect();
    if !rows.is_empty() {
        output.line("");
        rows.insert(0, heading(language));
        table(rows, output);
    }
    if !found.settled.is_empty() {
        output.line("");
    }
    settled(found, language, output);
}

fn head(found: &Found, options: &Options, language: Language, output: &mut Output) {
    let held = &found.held;
    let (calls, rows, zone) = (held.calls(), found.rows.read, options.utc_offset);
    let (hours, minutes, _) = zone.as_hms();
    let named = format!("{}{:02}:{:02}", if zone.is_negative() { '-' } else { '+' }, hours.abs(), minutes.abs());
    let (window, chinese_window) = match held.window() {
        None => (String::new(), String::new()),
        Some((from, to)) => {
            let (from, to) = (shown(from, zone), shown(to, zone));
            (format!(", {from} to {to}"), format!("，{from} 至 {to}"))
        }
    };
    let ((certain, possible), billed) = (held.charges(), held.billed());
    let charges = if certain == possible { certain.to_string() } else { format!("{certain}–{possible}") };
    let words = Words::new(
        format!(
            "{calls} calls of the journal ({charges} charges), {rows} rows of the statement ({billed} charges){window} (UTC{named})"
        ),
        format!(
            "流水日志 {calls} 次调用（计费 {charges} 次），账单 {rows} 行（计费 {billed} 次）{chinese_window}（UTC{named}）"
        ),
    );
    output.line(words.get(language));
    let (calls, rows) = (held.calls_left(), held.rows_left());
    if calls + rows > 0 {
        let words = Words::new(
            format!(
                "left out: {calls} calls and {rows} rows that are outside this time range, too near its limits, or still in flight"
            ),
            format!("未核对 {calls} 次调用、{rows} 行：不在此时间范围内、过于接近范围两端，或仍在进行中"),
        );
        output.line(words.get(language));
    }
}

fn unreadable(found: &Found, language: Language, output: &mut Output) {
    for (reason, count, rows) in found.rows.unreadable() {
        let rows: Vec<_> = rows.iter().map(ToString::to_string).collect();
        let (more, chinese_more) = if count > rows.len() as u64 { (", …", "……") } else { ("", "") };
        let reason = reason.words();
        let words = Words::new(
            format!("rows that cannot be read: {count} ({}{more}): {}", rows.join(", "), reason.get(Language::English)),
            format!(
                "无法读取 {count} 行（第 {} 行{chinese_more}）：{}",
                rows.join("、"),
                reason.get(Language::Chinese)
            ),
        );
        output.line(words.get(language));
    }
}

fn meter(moved: &Moved) -> Words {
    let (calls, billed, certain, possible) = (moved.calls(), moved.billed, moved.certain, moved.possible);
    let journal = if certain == possible { certain.to_string() } else { format!("{certain}–{possible}") };
    let (end, chinese_end) = match () {
        () if moved.is_more() => (": more than the journal explains", "：多于流水日志所能解释的"),
        () if moved.is_less() => (": less than the certain charges in the journal", "：少于流水日志中确定的计费"),
        () => ("", ""),
    };
    Words::new(
        format!(
            "the meter moved by {calls}; in that time the journal has {journal} charges and the statement {billed}{end}"
        ),
        format!("余量扣减 {calls} 次；同期流水日志计费 {journal} 次，账单计费 {billed} 次{chinese_end}"),
    )
}

fn heading(language: Language) -> [String; 7] {
    let words = [
        Words::new("finding", "核对结果"),
        Words::new("time", "时间"),
        Words::new("call", "调用"),
        Words::new("journal", "流水计费"),
        Words::new("statement", "账单计费"),
        Words::new("row", "行"),
        Words::new("found by", "匹配方式"),
    ];
    words.map(|words| words.get(language).to_owned())
}

fn row(finding: &Finding, options: &Options, language: Language) -> [String; 7] {
    let none = || "–".to_owned();
    let call = finding.call.as_ref();
    let charges = call.map(|call| match (call.charges.certain(), call.charges.possible()) {
        (certain, possible) if certain == possible => certain.to_string(),
        (certain, possible) => format!("{certain}–{possible}"),
    });
    let rows: Vec<_> = finding.rows.iter().map(ToString::to_string).collect();
    let by = match (finding.by, finding.is_one_of_several) {
        (_, true) => Words::new("this row or an adjacent one", "此项或相邻项"),
        (Some(MatchedBy::Number), _) => Words::new("number", "请求号"),
        (Some(_), _) => Words::new("time", "时间"),
        (None, _) => Words::new("–", "–"),
    };
    [
        finding.kind.text().get(language).to_owned(),
        shown(finding.at, options.utc_offset),
        call.map_or_else(none, |call| call.key.to_string()),
        charges.unwrap_or_else(none),
        if finding.rows.is_empty() { none() } else { finding.billed.to_string() },
        if rows.is_empty() { none() } else { rows.join(", ") },
        by.get(language).to_owned(),
    ]
}

fn settled(found: &Found, language: Language, output: &mut Output) {
    for done in &found.settled {
        let rows: Vec<_> = done.proof.rows.iter().map(ToString::to_string).collect();
        let (key, rows) = (&done.proof.key, rows.join(", "));
        let is_free = done.proof.settled == Settled::NotBilled;
        let words = match &done.failed {
            Some(why) => Words::new(
                format!("not settled: {key}: {}", why.get(Language::English)),
                format!("未核销：{key}：{}", why.get(Language::Chinese)),
            ),
            None if is_free => Words::new(
                format!("settled: {key} was not billed (row {rows})"),
                format!("已核销：{key} 未计费（第 {rows} 行）"),
            ),
            None => Words::new(
                format!("settled: {key} was billed (row {rows})"),
                format!("已核销：{key} 已计费（第 {rows} 行）"),
            ),
        };
        output.line(words.get(language));
    }
}

/// Prints columns one below the other.
pub(crate) fn table<const N: usize>(rows: Vec<[String; N]>, output: &mut Output) {
    let mut widths = [0; N];
    for row in &rows {
        for (width, cell) in widths.iter_mut().zip(row) {
            *width = (*width).max(cell.width());
        }
    }
    for row in rows {
        let padded = row.iter().zip(widths).map(|(cell, width)| format!("{cell}{}", " ".repeat(width - cell.width())));
        output.line(padded.collect::<Vec<_>>().join(GAP).trim_end());
    }
}
