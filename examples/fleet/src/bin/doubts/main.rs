//! Lists the calls in doubt of the journal in Redis, settles them by what the vendor's statement says, and copies the journal into a folder.
//!
//! The words are those of `liveness doubts` and `liveness settle`, which read a folder. The variables are those of
//! [`liveness_fleet::settings`]; no vendor is called.

mod line;
mod words;

use std::{
    env,
    error::Error,
    io::{self, Write},
    path::Path,
    process::ExitCode,
};

use liveness::{
    Language,
    money::{Record, Settled},
    time::{OffsetDateTime, UtcOffset, format_description::well_known::Rfc3339},
};
use liveness_fleet::{
    doubts::{self, Followed, Settlement, Unsettled},
    export,
    jobs::Jobs,
    settings::Settings,
    whole,
};
use serde_json::json;

use crate::{
    line::{Asked, Order},
    words::Words,
};

/// Something is in doubt, or was not copied as it is.
const SOME: u8 = 1;
/// An error, or wrong usage.
const WRONG: u8 = 2;
/// The time of the vendors' statements.
const VENDORS_ZONE_HOURS: i8 = 8;

fn main() -> ExitCode {
    let arguments: Vec<String> =
        env::args_os().skip(1).map(|argument| argument.to_string_lossy().into_owned()).collect();
    let language = words::language(&arguments, |name| env::var(name).ok());
    let words = Words(language);
    let order = match line::read(&arguments) {
        Ok(Asked::Order(order)) => order,
        Ok(Asked::Help) => {
            say(words.usage());
            return ExitCode::SUCCESS;
        }
        Err(wrong) => {
            eprintln!("doubts: {wrong}\n\n{}", words.usage());
            return ExitCode::from(WRONG);
        }
    };
    match run(&order, words) {
        Ok(code) => ExitCode::from(code),
        Err(why) => {
            eprintln!("doubts: {}", whole(&*why));
            ExitCode::from(WRONG)
        }
    }
}

fn run(order: &Order, words: Words) -> Result<u8, Box<dyn Error>> {
    let settings = Settings::of_operator()?;
    let journal = settings.journal();
    match order {
        Order::List { is_json } => {
            let records = doubts::all(&journal).map_err(|error| words.journal(&error))?;
            list(&records, *is_json, words);
            Ok(if records.is_empty() { 0 } else { SOME })
        }
        Order::Settle { reference, is_billed, call, is_json } => {
            if settings.days().is_none() {
                return Err(words.no_retention().into());
            }
            let jobs = Jobs::new(settings.link().clone(), settings.results());
            let settled = if *is_billed { Settled::Billed(None) } else { Settled::NotBilled };
            let settlement = doubts::settle(&journal, &jobs, reference, *call, &settled)
                .map_err(|error: Unsettled| format!("{reference}: {}", error.message(words.0)))?;
            tell(&settlement, *is_json, words);
            Ok(0)
        }
        Order::Export { folder } => {
            let exported = export::export(&journal, Path::new(folder))
                .map_err(|error| format!("{folder}: {}", words.whole(&*error)))?;
            say(words.copied(exported.copied));
            for key in &exported.others {
                say(words.not_copied(key));
            }
            Ok(if exported.others.is_empty() { 0 } else { SOME })
        }
    }
}

fn list(records: &[Record], is_json: bool, words: Words) {
    if is_json {
        return records.iter().for_each(|record| say(object(record).to_string()));
    }
    let mut rows = vec![words.heading().map(str::to_owned)];
    rows.extend(records.iter().map(|record| {
        let charges = record.charges();
        [
            record.key.to_string(),
            record.provider.to_string(),
            shown(record.opened),
            format!("{}–{}", charges.certain(), charges.possible()),
            record.request_id().unwrap_or("–").to_owned(),
        ]
    }));
    if !records.is_empty() {
        let widths: Vec<usize> =
            (0..5).map(|at| rows.iter().map(|row| words::width(&row[at])).max().unwrap_or(0)).collect();
        for row in &rows {
            let cells =
                row.iter().zip(&widths).map(|(cell, width)| cell.clone() + &" ".repeat(width - words::width(cell)));
            say(cells.collect::<Vec<_>>().join("  ").trim_end());
        }
        say("");
    }
    say(words.count(records.len()));
}

fn object(record: &Record) -> serde_json::Value {
    let at = |at: OffsetDateTime| in_vendors_zone(at).format(&Rfc3339).unwrap_or_default();
    let charges = record.charges();
    json!({
        "reference": record.key.reference().as_str(), "attempt": record.key.attempt(), "call": record.key.call().as_str(),
        "provider": record.provider.to_string(), "opened": at(record.opened), "until": at(record.until),
        "certain": charges.certain(), "possible": charges.possible(), "request_id": record.request_id(),
    })
}

fn tell(settlement: &Settlement, is_json: bool, words: Words) {
    let lines = words.settled(settlement);
    if is_json {
        let [en, zh] =
            [Language::English, Language::Chinese].map(|language| Words(language).settled(settlement).join("\n"));
        let call = settlement.record.key.to_string();
        let result = match &settlement.result {
            Followed::By(ended) => Some(ended),
            _ => None,
        };
        return say(
            json!({ "call": call, "settled": true, "result": result, "text": { "en": en, "zh": zh } }).to_string()
        );
    }
    lines.iter().for_each(say);
}

fn in_vendors_zone(at: OffsetDateTime) -> OffsetDateTime {
    UtcOffset::from_hms(VENDORS_ZONE_HOURS, 0, 0).ok().and_then(|zone| at.checked_to_offset(zone)).unwrap_or(at)
}

/// An instant in the vendors' time, to the second.
fn shown(at: OffsetDateTime) -> String {
    let at = in_vendors_zone(at);
    format!("{} {:02}:{:02}:{:02}", at.date(), at.hour(), at.minute(), at.second())
}

/// A reader who goes away changes nothing.
fn say(line: impl AsRef<str>) {
    let _ = writeln!(io::stdout(), "{}", line.as_ref());
}
