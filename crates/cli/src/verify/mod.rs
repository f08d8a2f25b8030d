//! `liveness verify`: verifies one person from a photo, and prints the verdict, the charge and its reference.
//!
//! Asks the vendor the vendor whose keys are set, else the embedded sandbox, and says which.

mod ask;
mod camera;
mod check;
mod json;
mod list;
mod options;
mod report;
mod run;
mod words;

use std::{env, process::ExitCode};

use liveness::{Language, Outcome, Verdict};

use self::{
    ask::Stage,
    check::Inputs,
    run::{Failed, Run},
};
pub(crate) use self::{
    options::{CHINESE, Options},
    words::outcome,
};
use crate::{
    environment::{self, Asked},
    output::{Output, say},
    problem::Problem,
};

const FAILED: u8 = 1;
const ERROR: u8 = 2;

/// Exits with 0 if the person passed.
pub(crate) fn run(options: &Options, language: Language, mut output: Output) -> Result<ExitCode, Problem> {
    if options.list {
        list::print(options.json, language, &mut output);
        output.finish()?;
        return Ok(ExitCode::SUCCESS);
    }
    let mut run = Run::default();
    let result = verify(options, language, &mut run, &mut output);
    if options.json {
        output.line(json::object(&run, &result));
    } else {
        match &result {
            Ok(verdict) => report::verdict(&run, verdict, language, &mut output),
            // A setting, or what the check is made of.
            Err(Failed::Error(error)) if run.provider.is_none() => say(error.message(language)),
            Err(Failed::Error(error)) => report::error(&run, error, language, &mut output),
            Err(Failed::Before(problem)) => say(problem.text(language)),
        }
    }
    output.finish()?;
    Ok(ExitCode::from(match result.as_ref().map(Verdict::outcome) {
        Ok(Outcome::Passed) => 0,
        Ok(Outcome::Failed(_) | Outcome::Retake(_) | Outcome::Unverifiable(_)) => FAILED,
        Err(_) => ERROR,
    }))
}

fn verify(options: &Options, language: Language, run: &mut Run, output: &mut Output) -> Result<Verdict, Failed> {
    let asked = environment::asked(options.vendor, options.sandbox, |name| env::var_os(name))?;
    check::allowed(options, asked)?;
    let inputs = Inputs::of(options, asked)?;
    run.photo = inputs.photo.clone();
    for changed in &inputs.changed {
        say(changed.text(language));
    }
    let stage = Stage::open(options, asked)?;
    run.provider = Some(stage.id().clone());
    // Only now is everything right that can be known before.
    if !options.json {
        report::who_is_asked(stage.id(), matches!(asked, Asked::Sandbox(_)), language, output);
    }
    let result = stage.verify(&inputs.check, options.json, language, output, &mut run.session_billed);
    run.ledger = stage.ledger();
    Ok(result?)
}
