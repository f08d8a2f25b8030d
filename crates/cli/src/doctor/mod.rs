//! `liveness doctor`: examines an installation as far as that is possible without a paid call.

mod address;
mod answered;
mod beyond;
mod configured;
mod jumdata;
mod look;
mod network;
mod options;
mod print;
mod report;
mod settings;
mod stage;
mod tencent;
mod watch;

use std::{env, process::ExitCode};

use liveness::Language;

pub(crate) use self::options::{CHINESE, Options};
use self::{
    beyond::BEHIND_THE_SETTINGS,
    report::{Check, FAILED, Report},
    settings::Settings,
    stage::Stage,
};
use crate::{environment, language::Words, output::Output, problem::Problem, progress::spinner};

/// Exits with 0 if nothing failed.
pub(crate) fn run(options: &Options, language: Language, mut output: Output) -> Result<ExitCode, Problem> {
    if let Some(file) = &options.config {
        return configured::run(file, options, language, output);
    }
    let mut report = Report::default();
    let progress = spinner();
    progress.set_message(Words::new("examining …", "正在检查…").get(language).to_owned());
    examine(options, &mut report);
    progress.finish_and_clear();
    if options.json {
        output.line(report.json());
    } else {
        print::head(&report, options.may_bill, language, &mut output);
        for line in &report.lines {
            print::line(line, language, &mut output);
        }
        print::sum(&report, language, &mut output);
    }
    output.finish()?;
    Ok(if report.is_healthy() { ExitCode::SUCCESS } else { ExitCode::from(FAILED) })
}

fn examine(options: &Options, report: &mut Report) {
    let asked = environment::asked(options.vendor, options.sandbox, |name| env::var_os(name));
    let stage = asked.as_ref().ok().map(|asked| Stage::open(*asked));
    let settings = Settings {
        get: &|name| env::var_os(name),
        names: env::vars_os().filter_map(|(name, _)| name.into_string().ok()).collect(),
    };
    let account = stage.as_ref().map(|stage| stage.as_ref().map(|stage| stage.account.clone()).map_err(Clone::clone));
    for line in settings.lines(&asked, account.as_ref()) {
        report.add(line);
    }
    let Some(Ok(stage)) = stage else { return report.skip(&BEHIND_THE_SETTINGS, Check::Settings) };
    beyond::examine(report, &stage, false, options.may_bill);
}

#[cfg(test)]
#[allow(clippy::expect_used, clippy::panic, clippy::unwrap_used, reason = "a test may")]
mod tests;
