//! Writes the figures as one HTML page that needs no network and no script.

use std::fmt::{Display, Write};

use liveness::{CallKind, Language, time::OffsetDateTime};

use super::{
    chart::{self, Column},
    figures::{Doubt, Ended, Figures, NAMED, Spent, Who, Window},
};
use crate::{html::escape, journal::shown, language::Words, meter::VENDORS_ZONE, verify};

const STYLE: &str = include_str!("page.css");

/// What the page is about.
#[derive(Debug)]
pub(super) struct About {
    pub(super) journal: String,
    pub(super) made: OffsetDateTime,
    pub(super) window: Option<Window>,
}

/// The whole page.
pub(super) fn page(about: &About, figures: &Figures, language: Language) -> String {
    let say = |english: &'static str, chinese: &'static str| match language {
        Language::English => english,
        _ => chinese,
    };
    let title = say("Paid calls", "付费调用报告");
    let tag = say("en", "zh-CN");
    let mut page = format!(
        "<!doctype html>\n<html lang=\"{tag}\">\n<meta charset=\"utf-8\">\n\
         <meta name=\"viewport\" content=\"width=device-width, initial-scale=1\">\n<title>{title}</title>\n\
         <style>\n{STYLE}</style>\n<main>\n<h1>{title}</h1>\n<p>{}</p>\n",
        escape(&covered(about, language))
    );
    if figures.sandbox > 0 {
        let warning = Words::new(
            format!(
                "Answered by the sandbox or a recording, so not billed by any vendor: {} of {} calls.",
                figures.sandbox, figures.calls
            ),
            format!("{} 笔调用中有 {} 笔由沙箱或录制响应，供应商并未计费。", figures.calls, figures.sandbox),
        );
        let _ = writeln!(page, "<p class=\"notice\">{}</p>", warning.get(language));
    }
    for (heading, text) in [
        (say("Charges by day", "每日计费"), charges(figures, language)),
        (say("Calls in doubt", "待核实"), doubts(figures, language)),
        (say("Outcomes", "核验结果"), outcomes(figures, language)),
        (say("Refusals and errors, by who must act", "拒绝与错误（按处理人）"), refusals(figures, language)),
        (say("How long answered calls took", "调用耗时"), times(figures, language)),
    ] {
        let _ = writeln!(page, "<section>\n<h2>{heading}</h2>\n{text}</section>");
    }
    page += "</main>\n</html>\n";
    page
}

fn covered(about: &About, language: Language) -> String {
    let (journal, made) = (&about.journal, shown(about.made, VENDORS_ZONE));
    let time = match about.window {
        Some((from, to)) => {
            let (from, to) = (shown(from, VENDORS_ZONE), shown(to, VENDORS_ZONE));
            Words::new(format!("calls opened from {from} to before {to}"), format!("{from} 至 {to}（不含）发起的调用"))
        }
        None => Words::new("all calls that the journal keeps", "流水日志中保存的全部调用"),
    };
    Words::new(
        format!("Journal {journal}, {}. Made {made}. Times are those of UTC+8.", time.get(Language::English)),
        format!("流水日志 {journal}，{}。生成于 {made}，时间均为 UTC+8。", time.get(Language::Chinese)),
    )
    .get(language)
    .to_owned()
}

fn charges(figures: &Figures, language: Language) -> String {
    let columns = chart::columns(&figures.days);
    if columns.is_empty() {
        return nothing(Words::new("No paid call was opened.", "没有付费调用。"), language);
    }
    let colours = chart::by_colour(&figures.days);
    let sum = figures.spent();
    let said = Words::new(
        format!("Calls: {}, opened {} times. Charges: {}.", figures.calls, sum.openings, range(sum)),
        format!("共 {} 笔调用，发起 {} 次，计费 {} 次。", figures.calls, sum.openings, range(sum)),
    );
    let said = said.get(language);
    let in_flight = match figures.in_flight.openings {
        0 => String::new(),
        openings => {
            let reserved = figures.in_flight.possible;
            let words = Words::new(
                format!("In flight: {openings}, with up to {reserved} charges reserved, which are not counted here."),
                format!("进行中 {openings} 次，为其预留最多 {reserved} 次计费，未计入以上及下图。"),
            );
            format!("<p>{}</p>\n", words.get(language))
        }
    };
    let legend = Words::new(
        "Full colour is certain; light colour is possible beyond that, because a response was lost or the vendor does not say whether it bills.",
        "深色为确定计费，浅色为可能另外计费的部分：响应丢失，或供应商未说明是否计费。",
    );
    let mut text = format!("<p>{said}</p>\n{in_flight}{}<p class=\"legend\">", chart::svg(&columns, &colours, said));
    for (number, accounts) in colours.iter().enumerate() {
        let names: Vec<_> = accounts.iter().map(ToString::to_string).collect();
        let name = match &names[..] {
            [name] => Words::new(name.clone(), name.clone()),
            names => Words::new(format!("others: {}", names.join(", ")), format!("其他：{}", names.join("、"))),
        };
        let _ = write!(text, "<span class=\"key a{number}\"></span>{} ", escape(name.get(language)));
    }
    let _ = writeln!(text, "<br>{}</p>", legend.get(language));
    let heading = [
        Words::new("time", "时间"),
        Words::new("account", "账号"),
        Words::new("times opened", "发起次数"),
        Words::new("certain charges", "确定计费"),
        Words::new("possible charges", "可能计费（上限）"),
    ];
    let summary = Words::new("as a table", "数据表");
    let name = Words::new("charges by day and account", "每日各账号的计费");
    let rows = table(&name, &heading, columns.iter().flat_map(of_column), 2, language);
    text + &format!("<details><summary>{}</summary>\n{rows}</details>\n", summary.get(language))
}

fn of_column(column: &Column) -> impl Iterator<Item = [String; 5]> + '_ {
    column.spent.iter().map(|(account, spent)| {
        let numbers = [spent.openings, spent.certain, spent.possible].map(|number| number.to_string());
        let [openings, certain, possible] = numbers;
        [column.name.clone(), account.to_string(), openings, certain, possible]
    })
}

fn range(spent: Spent) -> String {
    match spent.certain == spent.possible {
        true => spent.certain.to_string(),
        false => format!("{}–{}", spent.certain, spent.possible),
    }
}

fn doubts(figures: &Figures, language: Language) -> String {
    let open = &figures.doubts;
    let said = match open.all.openings {
        0 => Words::new("No call is in doubt.", "没有待核实的调用。"),
        openings => Words::new(
            format!("In doubt: {openings}. Charges that they may have caused: up to {}.", open.all.possible),
            format!("待核实 {openings} 次，最多可能计费 {} 次。", open.all.possible),
        ),
    };
    let mut text = format!("<p>{}</p>\n", said.get(language));
    if !open.oldest.is_empty() {
        if open.all.openings > NAMED as u64 {
            let oldest = Words::new(format!("The oldest {NAMED}:"), format!("以下为最早的 {NAMED} 次："));
            let _ = writeln!(text, "<p>{}</p>", oldest.get(language));
        }
        let heading = [
            Words::new("call", "调用"),
            Words::new("account", "账号"),
            Words::new("made at", "发起时间"),
            Words::new("request number", "请求号"),
        ];
        let name = Words::new("calls in doubt", "待核实的调用");
        text += &table(&name, &heading, open.oldest.iter().map(doubt), 4, language);
        let next = Words::new(
            "Look each one up in the vendor's statement: <code>liveness reconcile</code>, then <code>liveness settle</code>.",
            "请在供应商账单中逐一查找：先运行 <code>liveness reconcile</code>，再运行 <code>liveness settle</code>。",
        );
        let _ = writeln!(text, "<p>{}</p>", next.get(language));
    }
    if figures.passed_over.openings > 0 {
        let (openings, possible) = (figures.passed_over.openings, figures.passed_over.possible);
        let words = Words::new(
            format!(
                "Openings whose response was lost, and whose calls have since been answered or settled: {openings}. Whether they were \
                 billed is not known (up to {possible} charges). Find them in the vendor's statement with <code>liveness reconcile</code>."
            ),
            format!(
                "另有 {openings} 次发起的响应丢失，其调用后来已得到响应或已核销；这几次是否计费仍不清楚，最多可能计费 {possible} 次，\
                 只能用 <code>liveness reconcile</code> 在供应商账单中查找。"
            ),
        );
        let _ = writeln!(text, "<p>{}</p>", words.get(language));
    }
    if !figures.ended.is_empty() {
        let name = Words::new("how earlier doubts were settled", "此前待核实调用的结论");
        let heading = [name.clone(), Words::new("calls", "笔数")];
        let rows = figures.ended.iter().map(|(ended, count)| {
            let words = match ended {
                Ended::Billed => Words::new("billed, the response stays lost", "已计费，响应丢失"),
                Ended::NotBilled => Words::new("not billed", "未计费"),
                Ended::Answer => Words::new("the response was found", "已找到响应"),
            };
            [words.get(language).to_owned(), count.to_string()]
        });
        text += &table(&name, &heading, rows, 1, language);
    }
    text
}

fn doubt(doubt: &Doubt) -> [String; 4] {
    let number = doubt.number.as_deref().unwrap_or("–").to_owned();
    [doubt.key.to_string(), doubt.provider.to_string(), shown(doubt.at, VENDORS_ZONE), number]
}

fn outcomes(figures: &Figures, language: Language) -> String {
    if figures.outcomes.is_empty() {
        return nothing(Words::new("No verdict.", "没有核验结果。"), language);
    }
    let [outcome, reason, guidance, count] = [
        Words::new("outcome", "结果"),
        Words::new("reason", "原因"),
        Words::new("what the person is told", "给用户的提示"),
        Words::new("verdicts", "次数"),
    ];
    let rows = figures.outcomes.iter().map(|((_, reason), told)| {
        let outcome = verify::outcome(told.outcome).get(language).to_owned();
        let guidance = told.outcome.guidance(language).to_owned();
        (outcome, reason.unwrap_or("–").to_owned(), guidance, told.count.to_string())
    });
    let name = Words::new("outcomes", "核验结果");
    match language {
        Language::English => table(
            &name,
            &[outcome, reason, guidance, count],
            rows.map(|(outcome, reason, guidance, count)| [outcome, reason, guidance, count]),
            3,
            language,
        ),
        // The word of a reason is English, and the sentence to the person says the same.
        _ => table(
            &name,
            &[outcome, guidance, count],
            rows.map(|(outcome, _, guidance, count)| [outcome, guidance, count]),
            2,
            language,
        ),
    }
}

fn refusals(figures: &Figures, language: Language) -> String {
    let heading = [
        Words::new("who acts", "处理人"),
        Words::new("kind", "种类"),
        Words::new("vendor's code", "供应商返回码"),
        Words::new("what to do", "处理办法"),
        Words::new("calls", "次数"),
    ];
    if figures.refusals.is_empty() {
        return nothing(Words::new("None.", "没有。"), language);
    }
    let rows = figures.refusals.iter().map(|((who, _, code), refused)| {
        let who = match who {
            Who::Operator => Words::new("operator", "运维人员"),
            Who::Caller => Words::new("calling program", "调用方"),
            Who::Nobody => Words::new("no action; retry later", "无需人工处理，稍后重试"),
        };
        [
            who.get(language).to_owned(),
            refused.kind.name(language).to_owned(),
            code.clone().unwrap_or_else(|| "–".to_owned()),
            refused.kind.advice(language).replace('`', ""),
            refused.count.to_string(),
        ]
    });
    table(&Words::new("refusals and errors", "拒绝与错误"), &heading, rows, 4, language)
}

fn times(figures: &Figures, language: Language) -> String {
    let heading = [
        Words::new("account", "账号"),
        Words::new("call", "调用"),
        Words::new("answered", "已响应"),
        Words::new("50 %, ms", "50%（毫秒）"),
        Words::new("90 %, ms", "90%（毫秒）"),
        Words::new("99 %, ms", "99%（毫秒）"),
        Words::new("longest, ms", "最长（毫秒）"),
    ];
    if figures.times.is_empty() {
        return nothing(Words::new("No call was answered.", "没有得到响应的调用。"), language);
    }
    let rows = figures.times.iter().map(|((account, call), times)| {
        let number = |value: u64| value.to_string();
        [
            account.to_string(),
            name(*call).get(language).to_owned(),
            number(times.count()),
            number(times.share(0.5)),
            number(times.share(0.9)),
            number(times.share(0.99)),
            number(times.longest()),
        ]
    });
    let note = Words::new(
        "From the journal's entry before the call to its entry after the response, retries included. Percentiles are at most one eighth too high.",
        "从调用前写入流水日志到响应后写入为止，含重试。百分位数的误差不超过八分之一（偏大）。",
    );
    let name = Words::new("how long answered calls took", "调用耗时");
    table(&name, &heading, rows, 2, language) + &format!("<p class=\"legend\">{}</p>\n", note.get(language))
}

fn name(call: CallKind) -> Words {
    match call {
        CallKind::Begin => Words::new("begin", "发起核验"),
        CallKind::Resume => Words::new("resume", "查询结果"),
        other => Words::new(other.as_str(), other.as_str()),
    }
}

fn nothing(words: Words, language: Language) -> String {
    format!("<p>{}</p>\n", words.get(language))
}

/// A table of this name, whose columns from `numbers` on are numbers. Where it is wider than the page, keys scroll it too.
fn table<const N: usize>(
    name: &Words,
    heading: &[Words; N],
    rows: impl Iterator<Item = [String; N]>,
    numbers: usize,
    language: Language,
) -> String {
    let class = |column: usize| if column >= numbers { " class=\"number\"" } else { "" };
    let name = escape(name.get(language));
    let mut text =
        format!("<div class=\"wide\" tabindex=\"0\" role=\"group\" aria-label=\"{name}\"><table>\n<thead><tr>");
    let cell = |text: &mut String, tag: &str, column: usize, value: &dyn Display| {
        let _ = write!(text, "<{tag}{}>{}</{}>", class(column), escape(&value.to_string()), &tag[..2]);
    };
    for (column, words) in heading.iter().enumerate() {
        cell(&mut text, "th scope=\"col\"", column, &words.get(language));
    }
    text += "</tr></thead>\n<tbody>\n";
    for row in rows {
        text += "<tr>";
        for (column, value) in row.iter().enumerate() {
            cell(&mut text, "td", column, value);
        }
        text += "</tr>\n";
    }
    text += "</tbody>\n</table></div>\n";
    text
}
