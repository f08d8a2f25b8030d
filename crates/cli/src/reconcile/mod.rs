//! `liveness reconcile`: compares the vendor's statement with the journal of paid calls.

mod found;
mod machine;
mod meter;
mod options;
mod report;
pub(crate) mod statement;
#[cfg(test)]
#[allow(clippy::expect_used, clippy::panic, clippy::unwrap_used, reason = "a test may")]
mod tests;

use std::{
    fs::File,
    io::{self, BufRead, BufReader},
    process::ExitCode,
    time::Duration,
};

use liveness::{
    Language,
    money::{Journal, Proof, Reconciler, Statement, StatementScope},
};

use self::{
    found::{Done, Found},
    meter::Moved,
    statement::Broken,
};
pub(crate) use self::{
    options::{CHINESE, Options},
    report::table,
};
use crate::{
    file::is_dash,
    journal::Source,
    language::Words,
    output::Output,
    problem::{Doing, Problem},
};

/// How much of the statement is read at once.
const BUFFER_BYTES: usize = 256 * 1024;

/// Exits with 0 if all is explained.
pub(crate) fn run(options: &Options, language: Language, mut output: Output) -> Result<ExitCode, Problem> {
    let (books, path) = (&options.journal, &options.statement);
    let found = match is_dash(path) {
        true => examine(options, books, BufReader::with_capacity(BUFFER_BYTES, io::stdin())),
        false => {
            let file = File::open(path).map_err(|error| Problem::file(path, Doing::Reading, &error))?;
            examine(options, books, BufReader::with_capacity(BUFFER_BYTES, file))
        }
    }?;
    tell(&found, options, language, &mut output);
    output.finish()?;
    Ok(ExitCode::from(found.code()))
}

fn tell(found: &Found, options: &Options, language: Language, output: &mut Output) {
    if options.json {
        machine::json(found, options, output);
    } else if options.csv {
        machine::csv(found, options, output);
    } else {
        report::tell(found, options, language, output);
    }
}

fn examine(options: &Options, books: &impl Source, input: impl BufRead) -> Result<Found, Problem> {
    let mut scope = StatementScope::new()
        .with_provider(options.provider.clone())
        .with_tolerance(Duration::from_secs(options.tolerance));
    if let Some((from, to)) = options.window().map_err(|(option, why)| Problem::new(option, why))? {
        scope = scope.with_window(from, to);
    }
    let mut moved = Moved::of(options, books)?;
    let mut statement = Statement::new();
    let rows = statement::read(input, &options.columns(), options.utc_offset, |line| {
        if let Some(moved) = &mut moved {
            moved.add_row(&line);
        }
        statement.push(&line);
    });
    let rows = rows.map_err(|broken| match broken {
        Broken::File(error) => Problem::file(&options.statement, Doing::Reading, &error),
        Broken::Content(why) => Problem::new(options.statement.display().to_string(), why),
    })?;
    let now = books.now();
    let mut reconciler = Reconciler::new(statement, scope);
    books.each(&mut |record| {
        if let Some(moved) = &mut moved {
            moved.add_record(&record);
        }
        reconciler.add(&record, now);
    })?;
    let held = reconciler.finish();
    if options.provider.is_none() && held.providers().len() > 1 {
        let names: Vec<_> = held.providers().iter().map(ToString::to_string).collect();
        return Err(Problem::new(
            "--provider",
            Words::new(
                format!(
                    "the journal has calls of several accounts: name the account of the statement, one of {}",
                    names.join(", ")
                ),
                format!("流水日志中有多个账号的调用，请指明账单所属的账号：{}", names.join("、")),
            ),
        ));
    }
    let mut settled = Vec::new();
    for proof in held.proofs().filter(|_| options.settle) {
        settled.push(settle(books.journal()?, proof));
    }
    Ok(Found { held, rows, moved, settled })
}

/// Settles a doubt, unless something became of it since the journal was read.
fn settle(journal: &dyn Journal, proof: Proof) -> Done {
    let said = |error: liveness::money::JournalError| {
        let text = error.kind().text();
        Words::new(text.get(Language::English), text.get(Language::Chinese))
    };
    let failed = match journal.find(&proof.key) {
        Err(error) => Some(said(error)),
        Ok(record) if record.as_ref().is_none_or(|record| record.fence() != proof.fence) => {
            Some(Words::new("the call was made again meanwhile", "该调用已重新发起"))
        }
        Ok(_) => journal.settle(&proof.key, &proof.settled).err().map(said),
    };
    Done { proof, failed }
}
