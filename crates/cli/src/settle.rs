//! `liveness settle`: ends a doubt by order of the operator.

use std::{process::ExitCode, time::Duration};

use clap::{
    Args,
    builder::{StringValueParser, TypedValueParser},
};
use liveness::{
    CallKind, Language, Reference,
    money::{ByMeter, Journal, SettleError, Settled, Standing, State, TryKey, settle_by_meter, the_doubt},
};
use serde_json::json;

use crate::{
    journal::{Place, Source},
    language::{Chinese, Words},
    meter::{Reading, noted, noted_or_now},
    output::Output,
    problem::Problem,
    value::{number, one_of},
};

const STAYS: u8 = 1;

/// Settle a call in doubt by the vendor's statement or meter
#[derive(Args, Debug)]
#[command(after_help = AFTER)]
pub(crate) struct Options {
    /// The reference of the check, as `liveness doubts` lists it
    #[arg(value_name = "REFERENCE", value_parser = references())]
    reference: Reference,
    /// billed, not-billed, or by-meter with two readings
    #[arg(value_name = "billed|not-billed|by-meter", hide_possible_values = true, value_parser = words())]
    word: Word,
    #[command(flatten)]
    journal: Place,
    /// Which try of the reference, where several are in doubt
    #[arg(long, value_name = "NUMBER", requires = "call", value_parser = number::<u32>(1, 1_000_000))]
    attempt: Option<u32>,
    /// Which call of the try, begin or resume
    #[arg(long, value_name = "CALL", requires = "attempt", hide_possible_values = true, value_parser = calls())]
    call: Option<CallKind>,
    /// The calls left in the package before the call
    #[arg(long, value_name = "CALLS@TIME", required_if_eq("word", "by-meter"), value_parser = noted())]
    meter_before: Option<Reading>,
    /// The calls left after the call's time limit; `now` queries Jumdata's meter with the keys in the environment
    #[arg(long, value_name = "CALLS@TIME|now", required_if_eq("word", "by-meter"), value_parser = noted_or_now())]
    meter_after: Option<Reading>,
    /// How many seconds the vendor's meter may be late; defaults to 60
    #[arg(long, value_name = "SECONDS", default_value = "60", hide_default_value = true, value_parser = number::<u64>(0, 604_800))]
    lag: u64,
    /// Print one JSON object
    #[arg(long)]
    json: bool,
}

#[derive(Clone, Copy, Debug, PartialEq)]
enum Word {
    Billed,
    NotBilled,
    ByMeter,
}

const AFTER: &str = "\
`billed` keeps the try closed: its response is lost, and a new check of this person needs the next attempt number. `not-billed`
reopens it: the next call with the same reference is sent, and may be billed. A wrong entry can cause a second charge, so take it from
the vendor's statement. `by-meter` settles only where nothing else can have moved the meter between the readings; nothing but the programs
of this journal may use the account in that time. The number of calls left is what `liveness doctor` shows.

Exit code: 0 settled; 1 it stays in doubt; 2 error or wrong usage: no call is in doubt, several are, or it is in flight.
A closed output pipe does not change it.

Examples:
  liveness settle --journal /var/lib/kyc/journal order-7 billed
  liveness settle --journal /var/lib/kyc/journal order-7 not-billed --attempt 2 --call begin
  liveness settle --journal /var/lib/kyc/journal order-7 by-meter --meter-before 250@2026-11-21T08:00:00 --meter-after now";

/// The same in Chinese.
pub(crate) const CHINESE: Chinese = Chinese {
    command: "settle",
    about: "按供应商的账单或余量核销一次待核实的调用",
    arguments: &[
        ("reference", "业务单号，见 `liveness doubts`"),
        ("word", "billed（已计费）、not-billed（未计费）或 by-meter（按两次余量读数判定）"),
        ("folder", "流水日志所在的文件夹"),
        ("attempt", "第几次尝试；有多次待核实时使用"),
        ("call", "该次尝试中的哪个调用：begin 或 resume"),
        ("meter_before", "调用之前的套餐剩余次数"),
        ("meter_after", "调用时限之后的套餐剩余次数；now 表示用环境变量中的密钥查询聚美智数的余量"),
        ("lag", "供应商余量更新可能滞后的秒数；默认 60"),
        ("json", "输出一个 JSON 对象"),
    ],
    after: "\
`billed`：该次尝试保持关闭，结果已丢失，再次核验须使用新的尝试序号。`not-billed`：该次尝试重新可用，同一业务单号的下一次调用会真正发起，可能计费。
填错会导致重复计费，请以供应商账单为准。`by-meter`：仅当两次读数之间没有其他调用可能影响余量时才核销；其间该账号只能由使用此流水日志的
程序调用。剩余次数见 `liveness doctor`。

退出码：0 已核销；1 仍待核实；2 出错或用法有误：没有待核实的调用、有多次待核实，或仍在进行中。输出管道提前关闭不影响退出码。

示例：
  liveness settle --journal /var/lib/kyc/journal order-7 billed
  liveness settle --journal /var/lib/kyc/journal order-7 not-billed --attempt 2 --call begin
  liveness settle --journal /var/lib/kyc/journal order-7 by-meter --meter-before 250@2026-11-21T08:00:00 --meter-after now",
};

/// Exits with 0 if the doubt is ended.
pub(crate) fn run(options: &Options, language: Language, mut output: Output) -> Result<ExitCode, Problem> {
    let is_settled = tell(options, options.journal.journal()?, language, &mut output)?;
    output.finish()?;
    Ok(ExitCode::from(if is_settled { 0 } else { STAYS }))
}

/// Settles it and says so; whether the doubt is ended.
fn tell(options: &Options, journal: &dyn Journal, language: Language, output: &mut Output) -> Result<bool, Problem> {
    let (key, why) = settled(options, journal)?;
    let words = match &why {
        Some(why) => Words::new(
            format!("{key} stays in doubt: {}", why.get(Language::English)),
            format!("{key} 仍待核实：{}", why.get(Language::Chinese)),
        ),
        None => match journal.find(&key).map_err(|error| options.journal.cannot(&error))? {
            // Other openings of the call may have charges of their own.
            Some(record) if record.state == State::NotBilled => {
                Words::new(format!("{key} is settled: not billed"), format!("{key} 已核销：未计费"))
            }
            _ => Words::new(format!("{key} is settled: billed"), format!("{key} 已核销：已计费")),
        },
    };
    match options.json {
        true => output.line(json!({ "call": key.to_string(), "settled": why.is_none(), "text": words.json() })),
        false => output.line(words.get(language)),
    }
    Ok(why.is_none())
}

/// Settles it; which call it was, and why it stays in doubt if it does.
fn settled(options: &Options, journal: &dyn Journal) -> Result<(TryKey, Option<Words>), Problem> {
    let refused = |error: SettleError| match error {
        SettleError::Journal(error) => options.journal.cannot(&error),
        error => Problem::new(
            options.reference.to_string(),
            Words::new(error.message(Language::English), error.message(Language::Chinese)),
        ),
    };
    let record = match (options.attempt, options.call) {
        (Some(attempt), Some(call)) => named(options, journal, attempt, call),
        _ => the_doubt(journal, &options.reference),
    }
    .map_err(refused)?;
    let settled = match options.word {
        Word::Billed => Settled::Billed(None),
        Word::NotBilled => Settled::NotBilled,
        Word::ByMeter => {
            let (Some(before), Some(after)) = (options.meter_before, options.meter_after) else {
                let why = Words::new("two readings are needed", "需要两次读数");
                return Err(Problem::new("--meter-before", why));
            };
            let before = before.of(&record.provider, || Ok(journal), "--meter-before")?;
            let after = after.of(&record.provider, || Ok(journal), "--meter-after")?;
            let lag = Duration::from_secs(options.lag);
            return match settle_by_meter(journal, &record.key, &before, &after, lag).map_err(refused)? {
                ByMeter::InDoubt(why) => {
                    let text = why.text();
                    let why = Words::new(text.get(Language::English), text.get(Language::Chinese));
                    Ok((record.key, Some(why)))
                }
                _ => Ok((record.key, None)),
            };
        }
    };
    journal.settle(&record.key, &settled).map_err(|error| refused(error.into()))?;
    Ok((record.key, None))
}

/// The call of this name, if it is in doubt.
fn named(
    options: &Options,
    journal: &dyn Journal,
    attempt: u32,
    call: CallKind,
) -> Result<liveness::money::Record, SettleError> {
    let now = journal.now()?;
    let key = TryKey::new(options.reference.clone(), attempt, call);
    match journal.find(&key)? {
        Some(record) if record.standing(now) == Standing::InDoubt => Ok(record),
        Some(record) if record.standing(now) == Standing::InFlight => Err(SettleError::InFlight(record.until)),
        _ => Err(SettleError::NoDoubt),
    }
}

fn words() -> impl TypedValueParser<Value = Word> {
    let words = [
        ("billed", "the statement bills it"),
        ("not-billed", "it does not"),
        ("by-meter", "decide by two meter readings"),
    ];
    one_of(words, |name| match name {
        "billed" => Some(Word::Billed),
        "not-billed" => Some(Word::NotBilled),
        "by-meter" => Some(Word::ByMeter),
        _ => None,
    })
}

fn calls() -> impl TypedValueParser<Value = CallKind> {
    one_of(
        [("begin", "the compare, or the init of a hosted check"), ("resume", "the result of a hosted check")],
        |name| name.parse().ok(),
    )
}

fn references() -> impl TypedValueParser<Value = Reference> {
    StringValueParser::new().try_map(|text| {
        Reference::parse(&text)
            .map_err(|error| Words::new(error.message(Language::English), error.message(Language::Chinese)))
    })
}

#[cfg(test)]
#[allow(clippy::panic, clippy::unwrap_used, reason = "a test may")]
mod tests {
    use clap::Parser;
    use liveness::{
        Charges, Error, ErrorKind,
        money::{Closing, Ending, Fingerprint, Intent, Opened},
        time::Duration,
    };

    use super::*;
    use crate::books::{Books, Page, START, key};

    #[derive(Parser)]
    struct Line {
        #[command(flatten)]
        options: Options,
    }

    fn run(books: &Books, line: &str, language: Language) -> Result<(String, bool), String> {
        let line = format!("settle --journal j {line}");
        let options = Line::try_parse_from(line.split(' ')).map_err(|error| error.to_string())?.options;
        let page = Page::default();
        let is_settled = tell(&options, &books.journal, language, &mut page.output());
        is_settled.map(|is_settled| (page.text(), is_settled)).map_err(|problem| problem.text(language))
    }

    fn doubt() -> Books {
        Books::new().call("lost", 60, "n-1", None)
    }

    #[test]
    fn the_operators_word_ends_a_doubt_once() {
        let books = doubt();
        let (text, _) = run(&books, "lost billed", Language::English).unwrap();
        assert_eq!(text, "lost/1/begin is settled: billed\n");
        let again = run(&books, "lost not-billed", Language::Chinese).unwrap_err();
        assert_eq!(again, "lost：该业务单号没有待核实的调用");
        let (text, _) = run(&doubt(), "lost not-billed --attempt 1 --call begin --json", Language::English).unwrap();
        let json: serde_json::Value = serde_json::from_str(&text).unwrap();
        assert_eq!((&json["settled"], &json["text"]["zh"]), (&true.into(), &"lost/1/begin 已核销：未计费".into()));
    }

    #[test]
    fn what_another_opening_of_the_call_cost_does_not_change_the_word() {
        let books = Books::new();
        let open = |closing: &Closing| {
            let fingerprint = Fingerprint::new(1, "k", "0".into());
            let intent = Intent::new(key("asked"), "tencent-market/default".parse().unwrap(), fingerprint);
            let Opened::New(ticket) = books.journal.open(&intent).unwrap() else { panic!("it is not opened") };
            books.journal.close(&ticket, closing).unwrap();
        };
        open(&Closing::new(Ending::Pending, Charges::new(1, 1)));
        let lost = Error::new(ErrorKind::OutcomeUnknown).record();
        open(&Closing::new(Ending::InDoubt(Box::new(lost)), Charges::new(0, 1)));
        let (text, _) = run(&books, "asked not-billed", Language::English).unwrap();
        assert_eq!(text, "asked/1/begin is settled: not billed\n");
    }

    #[test]
    fn a_call_that_is_not_in_doubt_is_not_settled() {
        let books = doubt().call("known", 90, "n-2", Some(1));
        for line in [
            "known billed",
            "nobody billed",
            "lost billed --attempt 2 --call begin",
            "lost billed --attempt 1 --call resume",
        ] {
            assert!(run(&books, line, Language::English).unwrap_err().ends_with("no call in doubt"), "{line}");
        }
        books.clock.set(START);
        assert!(run(&books, "lost by-meter", Language::English).unwrap_err().contains("--meter-before"));
    }

    #[test]
    fn two_readings_settle_it_or_say_why_not() {
        let readings = |before: &str, after: &str| {
            format!("lost by-meter --meter-before {before}@2026-11-21T08:00 --meter-after {after} --lag 10")
        };
        let books = doubt();
        let (text, is_settled) = run(&books, &readings("9", "7@2026-11-21T09:00"), Language::English).unwrap();
        assert!(text.starts_with("lost/1/begin stays in doubt: more was charged") && !is_settled, "{text}");
        let (text, _) = run(&books, &readings("9", "9@2026-11-21T08:02"), Language::Chinese).unwrap();
        assert!(text.starts_with("lost/1/begin 仍待核实：两次读数之间未完整包含该调用"), "{text}");
        let (text, is_settled) = run(&books, &readings("9", "8@2026-11-21T09:00"), Language::English).unwrap();
        assert!(text == "lost/1/begin is settled: billed\n" && is_settled, "{text}");
        assert!(books.journal.in_doubt(None, 9).unwrap().is_empty());
        let (text, _) = run(&doubt(), &readings("9", "9@2026-11-21T09:00"), Language::English).unwrap();
        assert_eq!(text, "lost/1/begin is settled: not billed\n");
    }

    #[test]
    fn a_meter_whose_keys_are_not_there_is_not_read() {
        let books = doubt();
        books.clock.set(START + Duration::days(1));
        let line = "lost by-meter --meter-before 9@2026-11-21T08:00 --meter-after now";
        assert!(run(&books, line, Language::English).unwrap_err().starts_with("--meter-after: "));
    }
}
