//! `liveness prepare`: prepares photos and whole folders of photos without a paid call.

mod contact_sheet;
mod in_order;
mod inputs;
mod options;
mod outcome;

use std::{
    fs,
    io::{self, IsTerminal},
    panic::{AssertUnwindSafe, catch_unwind},
    path::Path,
    process::ExitCode,
    time::Instant,
};

use indicatif::{ProgressBar, ProgressStyle};
use liveness::{Language, photo::Preparer};

pub(crate) use self::options::{CHINESE, Options};
use self::{
    inputs::{Input, Place},
    outcome::{Outcome, Refusal, Table},
};
use crate::{
    file,
    language::Words,
    output::{Output, say},
    problem::{Doing, Problem},
};

/// Exits with 0 if all were prepared.
pub(crate) fn run(options: &Options, language: Language, output: Output) -> Result<ExitCode, Problem> {
    let (inputs, skipped) = inputs::find(&options.inputs, options.out.as_deref())?;
    let named = || options.inputs.iter().map(|path| path.display().to_string()).collect::<Vec<_>>().join(" ");
    if inputs.is_empty() {
        return Err(Problem::new(named(), Words::new("there are no photos in it", "其中没有照片")));
    }
    let is_piped = inputs.iter().any(|input| input.place == Place::Stdout);
    if is_piped && io::stdout().is_terminal() {
        let terminal = Words::new("standard output is a terminal: send it to a file", "标准输出是终端：请重定向到文件");
        return Err(Problem::new("--out -", terminal));
    }
    if options.contact_sheet.is_some() && inputs.iter().any(|input| file::is_dash(&input.path)) {
        let no_file =
            Words::new("it can show only files, and standard input is not a file", "只能展示文件，标准输入不是文件");
        return Err(Problem::new("--contact-sheet", no_file));
    }
    if let Some(sheet) = &options.contact_sheet {
        inputs::refuse_sheet(sheet, &inputs)?;
    }
    if skipped > 0 {
        say(Words::new(
            format!("skipped {skipped} files in folders: their extensions are not those of pictures"),
            format!("文件夹中有 {skipped} 个文件按扩展名不是图片，已跳过"),
        )
        .get(language));
    }
    let (mut photo, told) = if is_piped { (Some(output), Output::stderr()) } else { (None, output) };
    let mut report = Report::new(options, language, told, &inputs);
    let bar = bar(inputs.len());
    in_order::each(
        &inputs,
        options.threads(),
        || options.preparer(),
        |preparer, input| prepare(preparer, input, options),
        |outcome| {
            if let (Ok(done), Some(photo)) = (&outcome.result, &mut photo) {
                photo.write(done.bytes());
            }
            bar.inc(1);
            bar.suspend(|| report.tell(&outcome));
            report.is_wanted()
        },
    );
    bar.finish_and_clear();
    let is_all = report.finish()?;
    photo.map_or(Ok(()), Output::finish)?;
    Ok(ExitCode::from(u8::from(!is_all)))
}

/// On standard error, and only if that is a terminal.
fn bar(photos: usize) -> ProgressBar {
    let bar = ProgressBar::new(photos as u64);
    if let Ok(style) = ProgressStyle::with_template("{bar:40} {pos}/{len}") {
        bar.set_style(style);
    }
    bar
}

fn prepare(preparer: &mut Preparer, input: &Input, options: &Options) -> Outcome {
    let start = Instant::now();
    let result = file::read(&input.path).map_err(|problem| Refusal::file("unreadable", problem)).and_then(|file| {
        let prepared = catch_unwind(AssertUnwindSafe(|| preparer.prepare(&file)));
        prepared.map(|result| result.map_err(Refusal::photo)).unwrap_or_else(|_| {
            // Costs this photo only, and what state it left is not built upon.
            *preparer = options.preparer();
            Err(Refusal::panicked())
        })
    });
    let time = start.elapsed();
    let result = result.and_then(|photo| match &input.place {
        Place::File(path) => match write(path, photo.bytes()) {
            Ok(()) => Ok(photo),
            Err(error) => Err(Refusal::file("unwritable", Problem::file(path, Doing::Writing, &error))),
        },
        Place::Nowhere | Place::Stdout => Ok(photo),
    });
    Outcome { input: input.clone(), result, time }
}

fn write(path: &Path, bytes: &[u8]) -> io::Result<()> {
    path.parent().map_or(Ok(()), fs::create_dir_all).and_then(|()| file::replace(path, bytes))
}

/// Tells of each photo as it is done, in the order of the inputs.
struct Report<'a> {
    language: Language,
    output: Output,
    /// Where not JSON is wished.
    table: Option<Table>,
    sheet: Option<(&'a Path, String)>,
    is_writing: bool,
    prepared: usize,
    refused: usize,
    all: usize,
}

impl<'a> Report<'a> {
    fn new(options: &'a Options, language: Language, mut output: Output, inputs: &[Input]) -> Self {
        let table = (!options.json).then(|| Table::new(inputs, language));
        if let Some(table) = &table {
            output.line(table.head());
        }
        let sheet = options.contact_sheet.as_deref().map(|path| (path, contact_sheet::head(language)));
        Self {
            language,
            output,
            table,
            is_writing: sheet.is_some() || options.out.is_some(),
            sheet,
            prepared: 0,
            refused: 0,
            all: inputs.len(),
        }
    }

    fn tell(&mut self, outcome: &Outcome) {
        *(if outcome.result.is_ok() { &mut self.prepared } else { &mut self.refused }) += 1;
        match &self.table {
            Some(table) => self.output.line(table.row(outcome)),
            None => self.output.line(outcome.json()),
        }
        if let Some((_, page)) = &mut self.sheet {
            *page += &contact_sheet::article(outcome, self.language);
        }
    }

    /// Whether more photos are to be prepared: not only for a reader who went away.
    fn is_wanted(&self) -> bool {
        self.is_writing || self.output.is_open()
    }

    fn finish(mut self) -> Result<bool, Problem> {
        if let Some(table) = &self.table {
            self.output.line(table.foot(self.prepared, self.all));
        }
        if let Some((path, page)) = self.sheet {
            file::replace(path, page.as_bytes()).map_err(|error| Problem::file(path, Doing::Writing, &error))?;
        }
        self.output.finish()?;
        Ok(self.refused == 0)
    }
}
