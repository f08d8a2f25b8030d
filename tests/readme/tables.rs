//! The generated tables of the manual say what the code says.

use std::{fmt::Write, fs, path::Path};

use liveness::{
    Again, Billed, Config, ErrorKind, Language, Outcome,
    codes::{CodeInfo, Meaning},
    jumdata,
    observe::{ATTEMPT_SPAN, CALL_SPAN, CHECK_SPAN, EVENTS, METRICS, SpanField},
    sandbox::{Fault, Scenario, Vendor},
    tencent_market,
};

use crate::markdown::{self, BOOKS, READMES, ROOT};

fn becomes(becomes: Meaning) -> String {
    match becomes {
        Meaning::Verdict { outcome, live, .. } => {
            let outcome = match outcome {
                Outcome::Passed => "Passed".to_owned(),
                Outcome::Failed(why) => format!("Failed({why:?})"),
                Outcome::Retake(why) => format!("Retake({why:?})"),
                Outcome::Unverifiable(why) => format!("Unverifiable({why:?})"),
            };
            let live = live.map(|live| format!(", live: {live}")).unwrap_or_default();
            format!("`{outcome}`{live}")
        }
        Meaning::Pending => "`Pending`".to_owned(),
        Meaning::Error { kind, again, field, .. } => {
            let field = field.map(|field| format!(" (`{field}`)")).unwrap_or_default();
            format!("error `{kind:?}`{field}, `{again:?}`")
        }
        other => panic!("a meaning that has no words here: {other:?}"),
    }
}

fn billed(billed: Billed) -> String {
    format!("{billed:?}")
}

fn header(table: &mut String, columns: &[&str]) {
    let _ = writeln!(table, "| {} |\n|{}", columns.join(" | "), "---|".repeat(columns.len()));
}

fn codes(rows: impl Iterator<Item = CodeInfo>, language: Language) -> String {
    let mut table = String::new();
    header(
        &mut table,
        match language {
            Language::English => &["code", "vendor's text", "meaning", "becomes", "who acts", "billed"],
            _ => &["返回码", "供应商原文", "含义", "对应结果", "由谁处理", "是否计费"],
        },
    );
    for row in rows {
        let _ = writeln!(
            table,
            "| `{}` | {} | {} | {} | {} | {} |",
            row.code(),
            row.vendor_text().unwrap_or("–"),
            row.description(language),
            becomes(row.meaning()),
            row.meaning().who_acts(language),
            billed(row.billed())
        );
    }
    table
}

fn refusals(language: Language) -> String {
    let mut table = String::new();
    header(
        &mut table,
        match language {
            Language::English => &["status", "message contains", "meaning", "becomes", "who acts"],
            _ => &["状态码", "message 包含", "含义", "对应结果", "由谁处理"],
        },
    );
    for refusal in tencent_market::Refusal::ALL {
        let statuses: Vec<_> = refusal.statuses().iter().map(ToString::to_string).collect();
        let texts: Vec<_> = refusal.texts().iter().map(|text| format!("`{text}`")).collect();
        let _ = writeln!(
            table,
            "| {} | {} | {} | {} | {} |",
            statuses.join(", "),
            texts.join(" · "),
            refusal.description(language),
            becomes(refusal.meaning()),
            refusal.meaning().who_acts(language)
        );
    }
    table
}

fn errors(language: Language) -> String {
    let mut table = String::new();
    header(
        &mut table,
        match language {
            Language::English => &["kind", "what it is", "who acts", "what to do next"],
            _ => &["种类", "是什么", "由谁处理", "下一步"],
        },
    );
    for kind in ErrorKind::ALL {
        let who = kind.who_acts(Again::Never, language);
        let _ = writeln!(table, "| `{kind:?}` | {} | {who} | {} |", kind.name(language), kind.advice(language));
    }
    table
}

fn scenarios(language: Language) -> String {
    let mut table = String::new();
    header(
        &mut table,
        match language {
            Language::English => &["scenario", "what happens", "Jumdata", "Tencent cloud market", "magic ID number"],
            _ => &["场景", "发生什么", "聚美智数", "腾讯云市场", "触发场景的身份证号"],
        },
    );
    // Those of a single code or refusal stand in the vendors' own tables.
    let is_one_answer = |name: &str| {
        name.starts_with("gateway-")
            || jumdata::Code::parse(name).is_some()
            || tencent_market::Code::parse(name).is_some()
    };
    for scenario in Scenario::all().filter(|scenario| !is_one_answer(scenario.name())) {
        let answer = |vendor| match scenario.answer_for(vendor) {
            Ok(answer) => format!("`{answer}`: {}", becomes(answer.meaning())),
            Err(absent) => absent.reason(language).to_owned(),
        };
        let _ = writeln!(
            table,
            "| `{}` | {} | {} | {} | {} |",
            scenario.name(),
            scenario.meaning(language),
            answer(Vendor::Jumdata),
            answer(Vendor::TencentMarket),
            scenario.id_number().map(|number| format!("`{number}`")).unwrap_or_default()
        );
    }
    table
}

fn faults(language: Language) -> String {
    let mut table = String::new();
    header(
        &mut table,
        match language {
            Language::English => &["fault", "what happens"],
            _ => &["故障", "发生什么"],
        },
    );
    for fault in Fault::ALL {
        let _ = writeln!(table, "| `{}` | {} |", fault.name(), fault.meaning(language));
    }
    table
}

fn fields(fields: &[SpanField], language: Language) -> String {
    let mut table = String::new();
    header(
        &mut table,
        match language {
            Language::English => &["field", "what it says"],
            _ => &["字段", "含义"],
        },
    );
    for field in fields {
        let _ = writeln!(table, "| `{}` | {} |", field.name, field.description(language));
    }
    table
}

fn events(language: Language) -> String {
    let mut table = String::new();
    header(
        &mut table,
        match language {
            Language::English => &["event", "level", "when"],
            _ => &["事件", "级别", "何时"],
        },
    );
    for event in EVENTS {
        let _ = writeln!(table, "| `{}` | `{}` | {} |", event.name, event.level, event.description(language));
    }
    table
}

fn metrics(language: Language) -> String {
    let mut table = String::new();
    header(
        &mut table,
        match language {
            Language::English => &["metric", "kind", "labels", "what it counts"],
            _ => &["指标", "类型", "标签", "含义"],
        },
    );
    for metric in METRICS {
        let labels: Vec<_> = metric.labels.iter().map(|label| format!("`{label}`")).collect();
        let _ = writeln!(
            table,
            "| `{}` | {} | {} | {} |",
            metric.name,
            metric.kind.as_str(),
            if labels.is_empty() { "–".to_owned() } else { labels.join(" ") },
            metric.description(language)
        );
    }
    table
}

fn settings(language: Language) -> String {
    let mut table = String::new();
    header(
        &mut table,
        match language {
            Language::English => &["key", "variable", "meaning"],
            _ => &["键", "环境变量", "含义"],
        },
    );
    for key in Config::keys() {
        let variables: Vec<_> = key.variables.iter().map(|variable| format!("`{variable}`")).collect();
        let variables = if variables.is_empty() { "–".to_owned() } else { variables.join(" ") };
        let mark = if key.is_secret { " ⚿" } else { "" };
        let vendor = key.vendor.map(|vendor| format!("{vendor}: ")).unwrap_or_default();
        let _ = writeln!(table, "| `{}`{mark} | {variables} | {vendor}{} |", key.path, key.meaning.get(language));
    }
    table
}

fn tables(language: Language) -> Vec<(&'static str, String)> {
    vec![
        ("errors", errors(language)),
        ("scenarios", scenarios(language)),
        ("faults", faults(language)),
        ("jumdata", codes(jumdata::Code::ALL.iter().map(|code| code.info()), language)),
        ("tencent-market", codes(tencent_market::Code::ALL.iter().map(|code| code.info()), language)),
        ("gateway", refusals(language)),
        ("check-span", fields(CHECK_SPAN, language)),
        ("call-span", fields(CALL_SPAN, language)),
        ("attempt-span", fields(ATTEMPT_SPAN, language)),
        ("events", events(language)),
        ("metrics", metrics(language)),
        ("settings", settings(language)),
    ]
}

/// The page with its tables as they should be, and which ones it has.
fn generated(path: &str, text: &str, tables: &[(&'static str, String)]) -> (String, Vec<&'static str>) {
    let mut wanted = text.to_owned();
    let mut found = Vec::new();
    for (name, table) in tables {
        let (begin, end) = (format!("<!-- table: {name} -->\n"), format!("<!-- end: {name} -->"));
        let Some(from) = wanted.find(&begin).map(|from| from + begin.len()) else { continue };
        let to = from + wanted[from..].find(&end).unwrap_or_else(|| panic!("{path} lacks {end}"));
        wanted.replace_range(from..to, table);
        found.push(*name);
    }
    assert_eq!(wanted.matches("<!-- table: ").count(), found.len(), "{path} has a table that nothing generates");
    (wanted, found)
}

fn check(readme: &str, book: &str, language: Language) {
    let tables = tables(language);
    let mut found = Vec::new();
    for page in markdown::manual().iter().filter(|page| page.path == readme || page.path.starts_with(book)) {
        let (wanted, names) = generated(&page.path, &page.text, &tables);
        found.extend(names);
        if std::env::var_os("UPDATE_DOCS").is_some() {
            fs::write(Path::new(ROOT).join(&page.path), &wanted).unwrap();
        } else {
            let drifted = page.text.lines().zip(wanted.lines()).position(|(is, should)| is != should);
            assert!(
                page.text == wanted,
                "{}:{} has drifted from the code: UPDATE_DOCS=1 cargo test --test readme",
                page.path,
                drifted.map_or(0, |line| line + 1)
            );
        }
    }
    for (name, _) in tables {
        assert!(found.contains(&name), "no page in {language:?} has the table {name}");
    }
}

#[test]
fn the_english_tables_say_what_the_code_says() {
    check(READMES[0], BOOKS[0], Language::English);
}

#[test]
fn the_chinese_tables_say_what_the_code_says() {
    check(READMES[1], BOOKS[1], Language::Chinese);
}

#[test]
fn a_table_is_replaced_between_its_marks_alone() {
    let text = "a\n<!-- table: errors -->\nold\n<!-- end: errors -->\nb\n";
    let (page, found) = generated("a.md", text, &[("errors", "new\n".to_owned()), ("faults", "x\n".to_owned())]);
    assert_eq!(page, "a\n<!-- table: errors -->\nnew\n<!-- end: errors -->\nb\n");
    assert_eq!(found, ["errors"]);
}
