//! The command `liveness`: runs the tool that its arguments name, and exits with its code.
#![forbid(unsafe_code)]

mod answers;
#[cfg(test)]
#[allow(clippy::expect_used, clippy::panic, clippy::unwrap_used, reason = "a test may")]
mod books;
mod command;
mod doctor;
mod doubts;
mod environment;
mod file;
mod help;
mod html;
mod journal;
mod language;
mod meter;
mod month;
mod output;
mod prepare;
mod problem;
mod progress;
mod reconcile;
mod report;
mod sandbox;
mod settle;
mod usage;
mod value;
mod verify;

use std::{env, ffi::OsString, process::ExitCode};

use liveness::Language;

use crate::{
    command::{Command, Line},
    output::{Output, say},
    problem::Problem,
    usage::Said,
};

/// For an error, and for a command line that is wrong.
const ERROR: u8 = 2;

fn main() -> ExitCode {
    let arguments: Vec<OsString> = env::args_os().skip(1).collect();
    let language = language::wanted(&arguments);
    let end = match Line::parse(&arguments, language) {
        Ok(line) => run(line, language),
        Err(error) => match usage::said(&error, &arguments, language) {
            Said::Asked(text) => print(&text),
            Said::Wrong(text) => {
                say(text);
                return ExitCode::from(ERROR);
            }
        },
    };
    end.unwrap_or_else(|problem| {
        say(problem.text(language));
        ExitCode::from(ERROR)
    })
}

fn run(line: Line, language: Language) -> Result<ExitCode, Problem> {
    match line.command {
        Command::Verify(options) => verify::run(&options, language, Output::stdout()),
        Command::Prepare(options) => prepare::run(&options, language, Output::stdout()),
        Command::Doctor(options) => doctor::run(&options, language, Output::stdout()),
        Command::Reconcile(options) => reconcile::run(&options, language, Output::stdout()),
        Command::Doubts(options) => doubts::run(&options, language, Output::stdout()),
        Command::Settle(options) => settle::run(&options, language, Output::stdout()),
        Command::Report(options) => report::run(&options, language, Output::stdout()),
        Command::Sandbox(options) => sandbox::run(options, language, Output::stdout()),
        Command::Completions(completions) => {
            let mut script = Vec::new();
            clap_complete::generate(completions.shell, &mut command::described(language), "liveness", &mut script);
            print(&String::from_utf8_lossy(&script))
        }
    }
}

fn print(text: &str) -> Result<ExitCode, Problem> {
    let mut output = Output::stdout();
    output.line(text);
    output.finish()?;
    Ok(ExitCode::SUCCESS)
}
