//! Explains an error in the command line in words.

use std::{error::Error, ffi::OsString};

use clap::error::{ContextKind, ContextValue, ErrorKind};
use liveness::Language;

use crate::{help, language::Words};

/// More values than these are not listed.
const MAX_LISTED: usize = 8;

/// What is told instead of doing anything.
pub(crate) enum Said {
    /// Help or the version, which were asked for: they go to standard output.
    Asked(String),
    /// What is wrong.
    Wrong(String),
}

/// Tells what clap found. Never repeats a value that may be a person's or a key: only those that are chosen from a list, and numbers.
pub(crate) fn said(error: &clap::Error, arguments: &[OsString], language: Language) -> Said {
    let wrong = match error.kind() {
        ErrorKind::DisplayHelp | ErrorKind::DisplayVersion => {
            return Said::Asked(error.to_string().trim_end().to_owned());
        }
        ErrorKind::DisplayHelpOnMissingArgumentOrSubcommand => {
            return Said::Wrong(error.to_string().trim_end().to_owned());
        }
        _ => wrong(error, arguments),
    };
    let tool = arguments.first().and_then(|tool| tool.to_str());
    let tool = tool.filter(|tool| help::TOOLS.iter().any(|known| known.command == *tool) || *tool == "completions");
    let help = format!("liveness{} --help", tool.map(|tool| format!(" {tool}")).unwrap_or_default());
    Said::Wrong(match language {
        Language::English => format!("{}\nSee {help}.", wrong.get(language)),
        _ => format!("{}\n请参阅 {help}。", wrong.get(language)),
    })
}

fn wrong(error: &clap::Error, arguments: &[OsString]) -> Words {
    let text = |kind| error.get(kind).map(ToString::to_string).unwrap_or_default();
    // As `--photo <FILE>`, where the flag alone is meant.
    let flag = |kind| text(kind).split([' ', '=']).next().unwrap_or_default().to_owned();
    let argument = flag(ContextKind::InvalidArg);
    match error.kind() {
        ErrorKind::UnknownArgument if argument.starts_with('-') => {
            let (english, chinese) = meant(&flag(ContextKind::SuggestedArg));
            Words::new(format!("there is no option {argument}{english}"), format!("没有选项 {argument}{chinese}"))
        }
        ErrorKind::UnknownArgument => {
            let value = text(ContextKind::InvalidArg);
            let place = place(arguments, |argument| *argument == *value);
            Words::new(
                format!(
                    "{} does not belong to an option: put a value with spaces in quotes",
                    place.get(Language::English)
                ),
                format!("{}不属于任何选项：含空格的值请加引号", place.get(Language::Chinese)),
            )
        }
        ErrorKind::InvalidSubcommand => {
            let (name, (english, chinese)) =
                (text(ContextKind::InvalidSubcommand), meant(&text(ContextKind::SuggestedSubcommand)));
            Words::new(format!("there is no command {name}{english}"), format!("没有命令 {name}{chinese}"))
        }
        ErrorKind::ArgumentConflict => {
            let prior = flag(ContextKind::PriorArg);
            if prior.is_empty() || prior == argument {
                Words::new(format!("{argument} is given more than once"), format!("{argument} 重复"))
            } else {
                Words::new(
                    format!("{argument} and {prior} cannot be used together"),
                    format!("{argument} 与 {prior} 不能同时使用"),
                )
            }
        }
        ErrorKind::MissingRequiredArgument => Words::new(
            format!("{} is missing", text(ContextKind::InvalidArg)),
            format!("缺少 {}", text(ContextKind::InvalidArg)),
        ),
        ErrorKind::TooManyValues => Words::new(format!("{argument} takes no value"), format!("{argument} 不带值")),
        ErrorKind::InvalidValue => value(error, &argument, &text(ContextKind::InvalidValue)),
        ErrorKind::ValueValidation => {
            let given = text(ContextKind::InvalidValue);
            if given.is_empty() {
                return needs_value(&argument);
            }
            match error.source().and_then(|why| why.downcast_ref::<Words>()) {
                Some(why) => Words::new(
                    format!("{argument} {given}: {}", why.get(Language::English)),
                    format!("{argument} {given}：{}", why.get(Language::Chinese)),
                ),
                None => Words::new(format!("{argument}: the value is wrong"), format!("{argument}：取值有误")),
            }
        }
        ErrorKind::InvalidUtf8 => {
            let place = place(arguments, |argument| argument.to_str().is_none());
            Words::new(
                format!("{} is not valid UTF-8", place.get(Language::English)),
                format!("{}不是合法的 UTF-8", place.get(Language::Chinese)),
            )
        }
        _ => {
            let text = error.to_string();
            let first = text.lines().next().unwrap_or_default().trim_start_matches("error: ").to_owned();
            Words::new(first.clone(), format!("命令行有误（{first}）"))
        }
    }
}

fn value(error: &clap::Error, argument: &str, given: &str) -> Words {
    let listed = match error.get(ContextKind::ValidValue) {
        Some(ContextValue::Strings(values)) => values.as_slice(),
        _ => &[],
    };
    if given.is_empty() {
        return needs_value(argument);
    }
    let suggested = match error.get(ContextKind::SuggestedValue) {
        Some(ContextValue::String(value)) => value,
        Some(ContextValue::Strings(values)) => values.first().map_or("", String::as_str),
        _ => "",
    };
    let (english, chinese) = match listed.len() {
        _ if !suggested.is_empty() => meant(suggested),
        0 => Default::default(),
        1..=MAX_LISTED => (format!("; it takes {}", listed.join(", ")), format!("；可取 {}", listed.join("、"))),
        _ => ("; run liveness verify --list for all values".into(), "；liveness verify --list 列出全部取值".into()),
    };
    Words::new(
        format!("{argument} {given}: there is no such value{english}"),
        format!("{argument} {given}：没有该取值{chinese}"),
    )
}

fn needs_value(argument: &str) -> Words {
    Words::new(format!("{argument} needs a value"), format!("{argument} 需要一个值"))
}

fn meant(name: &str) -> (String, String) {
    if name.is_empty() {
        return Default::default();
    }
    (format!("; did you mean {name}?"), format!("；是否想用 {name}？"))
}

/// Names an argument by its place, counted from 1: its value may be a person's name.
fn place(arguments: &[OsString], is_meant: impl Fn(&OsString) -> bool) -> Words {
    match arguments.iter().rposition(is_meant).map(|index| index + 1) {
        Some(number) => Words::new(format!("argument {number}"), format!("第 {number} 个参数")),
        None => Words::new("one argument", "有一个参数"),
    }
}
