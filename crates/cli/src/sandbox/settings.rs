//! Reads the file of `--settings`, and says what is wrong in it and where.

use std::{path::Path, time::Duration};

use liveness::{
    Error, Language,
    sandbox::{Call, Conditions, Delay, Vendor},
};

use super::{
    flaw::Flaw,
    read::{self, Entry, Node, Value},
};
use crate::{
    file,
    language::Words,
    problem::{Doing, Problem, reason},
};

/// As much as the sandbox takes of the same by HTTP.
const MAX_BYTES: usize = 64 * 1024;
const SECTIONS: [&str; 4] = ["seed", "delay", "calls_per_second", "calls_per_day"];
const DELAYS: [&str; 4] = ["fixed_ms", "uniform_ms", "log_normal_ms", "percentiles_ms"];
const CALLS: [Call; 5] = [Call::Init, Call::Html, Call::Result, Call::Meter, Call::Compare];

/// Reads the file: JSON if its name ends in `.json`, else TOML.
///
/// # Errors
///
/// A file that cannot be read, and what is wrong in it, with its place.
pub(super) fn read(file: &Path) -> Result<Conditions, Problem> {
    let problem = |why| Problem::new("--settings", why).with_value(file.display().to_string());
    let bytes = file::bytes(file, MAX_BYTES).map_err(|error| problem(reason(Doing::Reading, &error)))?;
    if bytes.len() > MAX_BYTES {
        return Err(problem(file::too_large(MAX_BYTES)));
    }
    let text =
        String::from_utf8(bytes).map_err(|_| problem(Words::new("it is not valid UTF-8", "不是合法的 UTF-8")))?;
    let text = text.strip_prefix('\u{FEFF}').unwrap_or(&text);
    let is_json = file.extension().is_some_and(|extension| extension.eq_ignore_ascii_case("json"));
    let node = if is_json { read::json(text) } else { read::toml(text) };
    node.and_then(|node| conditions(&node)).map_err(|flaw| problem(flaw.words(text)))
}

fn conditions(root: &Node) -> Result<Conditions, Flaw> {
    let mut conditions = Conditions::new();
    for Entry { key, at, node } in table(root)? {
        let within = |flaw: Flaw| flaw.under(key);
        match &**key {
            "seed" => conditions = conditions.with_seed(whole(node).map_err(within)?),
            "delay" => {
                for entry in table(node).map_err(within)? {
                    let call = named(entry, &CALLS.map(Call::as_str)).map_err(within)?;
                    let delay = delay(&entry.node).map_err(|flaw| flaw.under(&entry.key).under(key))?;
                    conditions = conditions.with_delay(CALLS[call], delay);
                }
            }
            "calls_per_second" | "calls_per_day" => {
                for entry in table(node).map_err(within)? {
                    let names: Vec<_> = Vendor::ALL.iter().map(|vendor| vendor.as_str()).collect();
                    let vendor = Vendor::ALL[named(entry, &names).map_err(within)?];
                    let calls = whole(&entry.node).map_err(|flaw| flaw.under(&entry.key).under(key))?;
                    conditions = match &**key {
                        "calls_per_day" => conditions.with_calls_per_day(vendor, calls),
                        _ => conditions.with_calls_per_second(vendor, calls),
                    };
                }
            }
            _ => return Err(unknown(*at, key, &SECTIONS)),
        }
    }
    Ok(conditions)
}

fn delay(node: &Node) -> Result<Delay, Flaw> {
    let [Entry { key, at, node }] = table(node)? else {
        let names = DELAYS.join(", ");
        let why = Words::new(
            format!("it must have exactly one of the keys {names}"),
            format!("须恰有一项，可用的有 {names}"),
        );
        return Err(Flaw::new(node.at, why));
    };
    let within = |flaw: Flaw| flaw.under(key);
    let made = match &**key {
        "fixed_ms" => Delay::fixed(milliseconds(node).map_err(within)?),
        "uniform_ms" => {
            let [shortest, longest] = list(node).map_err(within)? else {
                return Err(within(Flaw::new(node.at, Words::new("it must be a list of two", "须为两项的列表"))));
            };
            Delay::uniform(milliseconds(shortest).map_err(within)?, milliseconds(longest).map_err(within)?)
        }
        "log_normal_ms" => {
            let (mut median, mut p99) = (None, None);
            for entry in table(node).map_err(within)? {
                let place = if named(entry, &["median", "p99"]).map_err(within)? == 0 { &mut median } else { &mut p99 };
                *place = Some(milliseconds(&entry.node).map_err(|flaw| flaw.under(&entry.key).under(key))?);
            }
            let (Some(median), Some(p99)) = (median, p99) else {
                let why = Words::new("both median and p99 are needed", "median 与 p99 均须填写");
                return Err(within(Flaw::new(node.at, why)));
            };
            Delay::log_normal(median, p99)
        }
        "percentiles_ms" => {
            let pairs = list(node).map_err(within)?.iter().map(pair).collect::<Result<Vec<_>, _>>().map_err(within)?;
            Delay::percentiles(pairs)
        }
        _ => return Err(unknown(*at, key, &DELAYS)),
    };
    made.map_err(|error| Flaw::new(node.at, told(&error)).under(key))
}

fn pair(node: &Node) -> Result<(f64, Duration), Flaw> {
    let [percent, delay] = list(node)? else {
        let why = Words::new("it must be a pair of a percentile and milliseconds", "须为一对数：百分位与毫秒数");
        return Err(Flaw::new(node.at, why));
    };
    let percent = match percent.value {
        Value::Whole(number) => number as f64,
        Value::Fraction(number) => number,
        _ => return Err(Flaw::new(percent.at, Words::new("it must be a number", "须为数字"))),
    };
    Ok((percent, milliseconds(delay)?))
}

/// What the crate says of a delay that cannot be.
fn told(error: &Error) -> Words {
    let text = |language| error.reason(language).unwrap_or_default().to_owned();
    Words::new(text(Language::English), text(Language::Chinese))
}

fn milliseconds(node: &Node) -> Result<Duration, Flaw> {
    whole(node).map(Duration::from_millis)
}

fn whole(node: &Node) -> Result<u64, Flaw> {
    match node.value {
        Value::Whole(number) => Ok(number),
        _ => Err(Flaw::new(node.at, Words::new("it must be a whole number, 0 or more", "须为不小于 0 的整数"))),
    }
}

fn list(node: &Node) -> Result<&[Node], Flaw> {
    match &node.value {
        Value::List(items) => Ok(items),
        _ => Err(Flaw::new(node.at, Words::new("it must be a list", "须为列表"))),
    }
}

fn table(node: &Node) -> Result<&[Entry], Flaw> {
    match &node.value {
        Value::Table(entries) => Ok(entries),
        _ => Err(Flaw::new(node.at, Words::new("it must be a table of keys and values", "须为由键和值组成的表"))),
    }
}

/// Which of these names the key is.
fn named(entry: &Entry, names: &[&str]) -> Result<usize, Flaw> {
    names.iter().position(|name| *name == entry.key).ok_or_else(|| unknown(entry.at, &entry.key, names))
}

fn unknown(at: usize, key: &str, known: &[&str]) -> Flaw {
    let (english, chinese) = (known.join(", "), known.join("、"));
    let why = Words::new(
        format!("there is no such key; the allowed keys are {english}"),
        format!("没有这一项；可用的有 {chinese}"),
    );
    Flaw::new(at, why).under(key)
}

#[cfg(test)]
#[allow(clippy::unwrap_used, reason = "a test may")]
mod tests {
    use super::*;

    fn of(text: &str, read: fn(&str) -> Result<Node, Flaw>) -> Result<Conditions, Words> {
        read(text).and_then(|node| conditions(&node)).map_err(|flaw| flaw.words(text))
    }

    #[test]
    fn whatever_the_conditions_write_down_is_read_back() {
        let ms = Duration::from_millis;
        let delays = [
            Delay::fixed(ms(120)),
            Delay::uniform(ms(80), ms(400)),
            Delay::log_normal(ms(300), ms(1_800)),
            Delay::percentiles([(50.0, ms(300)), (99.5, ms(1_800)), (100.0, ms(5_000))]),
            Delay::fixed(ms(0)),
        ];
        let mut whole = Conditions::new().with_seed(u64::MAX);
        for (call, delay) in CALLS.into_iter().zip(delays) {
            whole = whole.with_delay(call, delay.unwrap());
        }
        for (number, vendor) in Vendor::ALL.iter().enumerate() {
            whole = whole.with_calls_per_second(*vendor, number as u64).with_calls_per_day(*vendor, 5_000);
        }
        for text in [serde_json::to_string(&whole).unwrap(), serde_json::to_string_pretty(&whole).unwrap()] {
            assert_eq!(of(&text, read::json).unwrap(), whole, "{text}");
        }
        let toml = "
            seed = 7
            delay.init = { fixed_ms = 120 }
            [delay.compare]
            percentiles_ms = [[50, 300], [99.5, 1_800]]
            [calls_per_second]
            tencent-market = 10
        ";
        let compare = Delay::percentiles([(50.0, ms(300)), (99.5, ms(1_800))]).unwrap();
        let same = Conditions::new()
            .with_seed(7)
            .with_delay(Call::Init, Delay::fixed(ms(120)).unwrap())
            .with_delay(Call::Compare, compare)
            .with_calls_per_second(Vendor::TencentMarket, 10);
        assert_eq!(of(toml, read::toml).unwrap(), same);
        assert_eq!(of("", read::toml).unwrap(), Conditions::new());
    }

    #[test]
    fn a_mistake_is_told_with_its_place_and_its_key_in_both_languages() {
        for (text, english, chinese) in [
            ("seed = \n", "line 1, column 8: this is not valid TOML", "第 1 行第 8 列：不是合法的 TOML"),
            (
                "[delay.init]\nfixed_ms = 1\n[delay.compare]\nfixed_ms = 600001\n",
                "line 4, column 12, delay.compare.fixed_ms: at most 600000 ms, ten minutes",
                "第 4 行第 12 列，delay.compare.fixed_ms：最长 600000 毫秒，即十分钟",
            ),
            (
                "[calls_per_minute]\njumdata = 1\n",
                "line 1, column 2, calls_per_minute: there is no such key; the allowed keys are seed, delay, calls_per_second, calls_per_day",
                "第 1 行第 2 列，calls_per_minute：没有这一项；可用的有 seed、delay、calls_per_second、calls_per_day",
            ),
            (
                "[delay.html]\nlog_normal_ms = { median = 3 }\n",
                "line 2, column 17, delay.html.log_normal_ms: both median and p99 are needed",
                "第 2 行第 17 列，delay.html.log_normal_ms：median 与 p99 均须填写",
            ),
        ] {
            let words = of(text, read::toml).unwrap_err();
            assert_eq!((words.get(Language::English), words.get(Language::Chinese)), (english, chinese));
        }
        for (text, english) in [
            ("{\n  \"seed\": 1,\n  \"seed\": 2 }", "line 3, column 3: this key is set twice"),
            (
                "{\n\"delay\": { \"compares\": {} } }",
                "line 2, column 12, delay.compares: there is no such key; the allowed keys are init, html, result, meter, compare",
            ),
            (
                "{\"delay\": {\"init\": {\"uniform_ms\": [1]}}}",
                "line 1, column 35, delay.init.uniform_ms: it must be a list of two",
            ),
            ("{\"seed\": 1", "line 1, column 10: this is not valid JSON"),
            ("{\"seed\": -1}", "line 1, column 10, seed: it must be a whole number, 0 or more"),
        ] {
            assert_eq!(of(text, read::json).unwrap_err().get(Language::English), english);
        }
    }

    #[test]
    fn no_value_is_quoted_wherever_it_stands() {
        const SECRET: &str = "13800138000";
        for text in [
            format!("\"{SECRET}\""),
            format!("{{\"seed\": \"{SECRET}\"}}"),
            format!("{{\"{SECRET}\": 1}}"),
            format!("{{\"delay\": {{\"init\": {{\"{SECRET}\": {SECRET}}}}}}}"),
            format!("{{\"delay\": {{\"init\": {{\"fixed_ms\": {SECRET}}}}}}}"),
            format!("{{\"calls_per_day\": {{\"jumdata\": {SECRET}.5}}}}"),
            format!("{{\"calls_per_day\": {SECRET} {SECRET}}}"),
            format!("{}{SECRET}", "[".repeat(100)),
        ] {
            let words = of(&text, read::json).unwrap_err();
            assert!(!words.json().to_string().contains(SECRET), "{text}: {words}");
        }
        for text in [
            SECRET.to_owned(),
            format!("seed = \"{SECRET}\""),
            format!("\"{SECRET}\" = 1"),
            format!("[{SECRET}]\n[{SECRET}]"),
            format!("seed = {SECRET}x"),
        ] {
            let words = of(&text, read::toml).unwrap_err();
            assert!(!words.json().to_string().contains(SECRET), "{text}: {words}");
        }
    }
}
