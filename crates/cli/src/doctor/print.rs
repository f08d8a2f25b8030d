//! Prints a report for a person.

use std::time::Duration;

use liveness::{Billed, Language};
use unicode_width::UnicodeWidthStr;

use super::report::{Line, Report, State};
use crate::{language::Words, output::Output};

const STATE_COLUMNS: usize = 9;
const CHECK_COLUMNS: usize = 11;

/// Says whom the report is about, before its lines.
pub(super) fn head(report: &Report, may_bill: bool, language: Language, output: &mut Output) {
    let Some(about) = &report.about else { return };
    let (provider, origin) = (&about.provider, &about.origin);
    let words = match (about.is_embedded, may_bill && about.has_paid_call) {
        (true, _) => Words::new(
            format!("SANDBOX: the embedded sandbox is examined as {provider}; no vendor is called, nothing is billed."),
            format!("沙箱：检查内置沙箱（{provider}）；不调用任何供应商，不产生费用。"),
        ),
        (false, false) => Words::new(
            format!("Examined: {provider} at {origin}, without a paid call."),
            format!("检查对象：{provider}，地址 {origin}；不发起付费调用。"),
        ),
        (false, true) => Words::new(
            format!("Examined: {provider} at {origin}, with one call that may be billed."),
            format!("检查对象：{provider}，地址 {origin}；将发起一次可能计费的调用。"),
        ),
    };
    output.line(words.get(language));
}

/// Tells of one line: what was found, what was done and cost, who acts and how.
pub(super) fn line(line: &Line, language: Language, output: &mut Output) {
    let state = state(line.state);
    let found = line.found.get(language);
    output.line(format_args!(
        "{}{}{found}",
        padded(state.get(language), STATE_COLUMNS),
        padded(line.check.name(), CHECK_COLUMNS)
    ));
    let mut row = |label: Words, text: String| {
        let indent = " ".repeat(STATE_COLUMNS);
        output.line(format_args!("{indent}{}{text}", padded(label.get(language), CHECK_COLUMNS)));
    };
    let cost = cost(line.cost);
    let did = match &line.did {
        None => Words::new("nothing", "未执行"),
        Some(did) => did.clone(),
    };
    let took = line.took.map_or_else(|| Words::new("", ""), milliseconds);
    let did = Words::new(
        format!("{}{}; cost: {}", did.get(Language::English), took.get(Language::English), cost.get(Language::English)),
        format!("{}{}；费用：{}", did.get(Language::Chinese), took.get(Language::Chinese), cost.get(Language::Chinese)),
    );
    row(Words::new("  did", "  操作"), did.get(language).to_owned());
    if let Some(acts) = &line.acts {
        row(Words::new("  acts", "  处理"), acts.get(language).to_owned());
    }
    if let Some(advice) = &line.advice {
        row(Words::new("  advice", "  建议"), advice.get(language).to_owned());
    }
}

/// Counts the lines.
pub(super) fn sum(report: &Report, language: Language, output: &mut Output) {
    let counted = State::ALL.map(|each| (report.count(each), state(each)));
    let counted: Vec<_> = counted.iter().map(|(count, state)| format!("{count} {}", state.get(language))).collect();
    let cost = cost(report.cost());
    let words = Words::new(
        format!("{}; cost: {}", counted.join(", "), cost.get(Language::English)),
        format!("{}；费用：{}", counted.join("，"), cost.get(Language::Chinese)),
    );
    output.line("");
    output.line(words.get(language));
}

fn state(state: State) -> Words {
    let chinese = match state {
        State::Ok => "正常",
        State::Warning => "警告",
        State::Failed => "失败",
        State::Skipped => "跳过",
    };
    Words::new(state.name(), chinese)
}

fn cost(cost: Billed) -> Words {
    match cost {
        Billed::No => Words::new("nothing", "无"),
        Billed::Yes => Words::new("billed", "已计费"),
        Billed::Unknown => {
            Words::new("unknown: it may be billed, the vendor does not say", "未知：可能计费，供应商未说明")
        }
    }
}

fn milliseconds(took: Duration) -> Words {
    let took = took.as_secs_f64() * 1e3;
    Words::new(format!(" ({took:.1} ms)"), format!("（{took:.1} 毫秒）"))
}

fn padded(text: &str, columns: usize) -> String {
    format!("{text}{}", " ".repeat(columns.saturating_sub(text.width()).max(1)))
}
