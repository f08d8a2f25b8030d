//! Prepares photos, whole folders of them, as `liveness::photo` does before a paid call, and shows what was done to each.
//!
//! ```text
//! cargo run --release --example prepare -- PHOTOS… --out DIR --contact-sheet sheet.html
//! ```

mod contact_sheet;
mod inputs;

use std::ffi::OsString;
use std::num::NonZeroUsize;
use std::panic::{AssertUnwindSafe, catch_unwind, resume_unwind};
use std::path::{Path, PathBuf};
use std::process::ExitCode;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::{Duration, Instant};
use std::{fs, thread};

use indicatif::{ProgressBar, ProgressStyle};
use liveness::Language;
use liveness::photo::{Advice, Limits, Photo, PhotoError, PhotoSpec, Preparer};
use serde_json::json;

use inputs::Input;

const USAGE: &str = "\
Usage: prepare [OPTIONS] FILE|FOLDER…

Prepares photos for the Tencent cloud market: upright, at most 1280 px and 100,000 bytes.

  --out DIR              write the prepared photos there, by the same relative paths, as .jpg
  --json                 print a line of JSON for each input instead of the table
  --jobs N               work on so many at once (default: one for each processor)
  --contact-sheet FILE   write an HTML page with each photo before and after
  --accept-truncated     take photos that lack some of their rows
  --language en|zh       the language of advice and reasons (default: en)

Exit code: 0 all were prepared, 1 some were refused, 2 nothing was done.";

struct Options {
    inputs: Vec<PathBuf>,
    out: Option<PathBuf>,
    json: bool,
    jobs: NonZeroUsize,
    contact_sheet: Option<PathBuf>,
    accept_truncated: bool,
    language: Language,
}

/// What became of one input.
struct Outcome {
    input: Input,
    result: Result<Photo, Refusal>,
    output: Option<PathBuf>,
    time: Duration,
}

enum Refusal {
    Photo(PhotoError),
    File(&'static str, String),
}

pub(crate) fn main(arguments: impl Iterator<Item = OsString>) -> ExitCode {
    let options = match Options::parse(arguments) {
        Ok(options) => options,
        Err(message) => {
            eprintln!("{message}\n\n{USAGE}");
            return ExitCode::from(2);
        }
    };
    match run(&options) {
        Ok(true) => ExitCode::SUCCESS,
        Ok(false) => ExitCode::from(1),
        Err(message) => {
            eprintln!("{message}");
            ExitCode::from(2)
        }
    }
}

/// Whether all were prepared.
fn run(options: &Options) -> Result<bool, String> {
    let (inputs, skipped) = inputs::find(&options.inputs, options.out.as_deref())?;
    if inputs.is_empty() {
        return Err("no photos found".into());
    }
    if skipped > 0 {
        eprintln!("skipped {skipped} files in folders whose names are not those of pictures");
    }
    let outcomes = prepare_all(inputs, options);
    if options.json {
        outcomes.iter().for_each(|outcome| println!("{}", outcome.json()));
    } else {
        print_table(&outcomes, options.language);
    }
    if let Some(path) = &options.contact_sheet {
        fs::write(path, contact_sheet::page(&outcomes, options.language)).map_err(|e| cannot("write", path, &e))?;
    }
    Ok(outcomes.iter().all(|outcome| outcome.result.is_ok()))
}

/// Prepares all inputs on `jobs` threads, each with a `Preparer` of its own; outcomes are in the order of the inputs.
fn prepare_all(inputs: Vec<Input>, options: &Options) -> Vec<Outcome> {
    let bar = ProgressBar::new(inputs.len() as u64);
    if let Ok(style) = ProgressStyle::with_template("{bar:40} {pos}/{len} {msg}") {
        bar.set_style(style);
    }
    let (next, inputs) = (AtomicUsize::new(0), &inputs);
    let work = || {
        let mut preparer = options.preparer();
        let mut done = Vec::new();
        while let Some((number, input)) =
            Some(next.fetch_add(1, Ordering::Relaxed)).and_then(|n| Some((n, inputs.get(n)?)))
        {
            done.push((number, prepare(&mut preparer, input, options)));
            bar.inc(1);
        }
        done
    };
    let mut done: Vec<(usize, Outcome)> = thread::scope(|scope| {
        let threads: Vec<_> = (0..options.jobs.get().min(inputs.len())).map(|_| scope.spawn(work)).collect();
        // A thread that panics must not take its outcomes along unnoticed.
        threads.into_iter().flat_map(|thread| thread.join().unwrap_or_else(|panic| resume_unwind(panic))).collect()
    });
    bar.finish_and_clear();
    done.sort_by_key(|(number, _)| *number);
    done.into_iter().map(|(_, outcome)| outcome).collect()
}

fn prepare(preparer: &mut Preparer, input: &Input, options: &Options) -> Outcome {
    let start = Instant::now();
    let result = read(&input.path).and_then(|file| {
        let prepared = catch_unwind(AssertUnwindSafe(|| preparer.prepare(&file)));
        prepared.map(|result| result.map_err(Refusal::Photo)).unwrap_or_else(|_| {
            // Costs this photo only, and what state it left is not built upon.
            *preparer = options.preparer();
            Err(Refusal::File(
                "Panicked",
                "the photo pipeline panicked, a fault of the liveness crate; report it".into(),
            ))
        })
    });
    let time = start.elapsed();
    let (result, output) = match (result, &input.output) {
        (Ok(photo), Some(path)) => match write(path, photo.bytes()) {
            Ok(()) => (Ok(photo), Some(path.clone())),
            Err(refusal) => (Err(refusal), None),
        },
        (result, _) => (result, None),
    };
    Outcome { input: input.clone(), result, output, time }
}

/// Reads a file, unless it is larger than the pipeline looks at.
fn read(path: &Path) -> Result<Vec<u8>, Refusal> {
    let refuse = |error: std::io::Error| Refusal::File("Unreadable", cannot("read", path, &error));
    let bytes = fs::metadata(path).map_err(refuse)?.len();
    if bytes > Limits::new().max_file_bytes() as u64 {
        return Err(Refusal::File("FileTooLarge", format!("the file has {bytes} bytes, more than is looked at")));
    }
    fs::read(path).map_err(refuse)
}

fn write(path: &Path, bytes: &[u8]) -> Result<(), Refusal> {
    path.parent()
        .map_or(Ok(()), fs::create_dir_all)
        .and_then(|()| fs::write(path, bytes))
        .map_err(|error| Refusal::File("Unwritable", cannot("write", path, &error)))
}

fn cannot(what: &str, path: &Path, error: &std::io::Error) -> String {
    format!("cannot {what} {}: {error}", path.display())
}

fn print_table(outcomes: &[Outcome], language: Language) {
    let name = |outcome: &Outcome| outcome.input.name.chars().count();
    let width = outcomes.iter().map(name).max().unwrap_or(0).max(6);
    println!("{:width$}  {:>24}  {:>24}  {:>7}  {:>6}  advice", "photo", "source", "result", "quality", "ms");
    for outcome in outcomes {
        let ms = outcome.time.as_secs_f64() * 1e3;
        let [source, result, quality, advice] = outcome.cells(language);
        println!("{:width$}  {source:>24}  {result:>24}  {quality:>7}  {ms:>6.1}  {advice}", outcome.input.name);
    }
    let prepared = outcomes.iter().filter(|outcome| outcome.result.is_ok()).count();
    println!("{prepared} of {} prepared", outcomes.len());
}

impl Outcome {
    /// Source, result, quality and advice as a person reads them; of a refusal the reason.
    fn cells(&self, language: Language) -> [String; 4] {
        let photo = match &self.result {
            Ok(photo) => photo,
            Err(refusal) => return ["".into(), "refused".into(), "".into(), refusal.text(language)],
        };
        let Some(report) = photo.report() else { return Default::default() };
        let source = &report.source;
        let quality = report.quality.map_or("as is".into(), |quality| format!("{quality:.1}"));
        let mut advice: Vec<String> = report.advice().iter().map(|advice| advice.text(language).to_owned()).collect();
        if report.truncated {
            advice.insert(0, truncated(language).to_owned());
        }
        [
            format!("{} {}×{} {} kB", source.format, source.width, source.height, source.bytes / 1000),
            format!("{}×{} {} B", photo.width(), photo.height(), photo.bytes().len()),
            quality,
            advice.join("; "),
        ]
    }

    fn json(&self) -> serde_json::Value {
        let both =
            |text: &dyn Fn(Language) -> String| json!({"en": text(Language::English), "zh": text(Language::Chinese)});
        let advice = |advice: &Advice| json!({"what": advice, "text": both(&|language| advice.text(language).into())});
        match &self.result {
            Ok(photo) => json!({
                "photo": self.input.name,
                "prepared": true,
                "output": self.output.as_deref().map(Path::to_string_lossy),
                "ms": self.time.as_secs_f64() * 1e3,
                "report": photo.report(),
                "advice": photo.report().map(|report| report.advice().iter().map(advice).collect::<Vec<_>>()),
            }),
            Err(refusal) => json!({
                "photo": self.input.name,
                "prepared": false,
                "ms": self.time.as_secs_f64() * 1e3,
                "reason": refusal.name(),
                "text": both(&|language| refusal.text(language)),
            }),
        }
    }
}

impl Refusal {
    fn name(&self) -> String {
        match self {
            Self::Photo(error) => format!("{:?}", error.kind()),
            Self::File(name, _) => (*name).into(),
        }
    }

    fn text(&self, language: Language) -> String {
        match self {
            Self::Photo(error) => error.advice(language),
            Self::File(_, text) => text.clone(),
        }
    }
}

fn truncated(language: Language) -> &'static str {
    match language {
        Language::English => "the file is damaged or ends early",
        _ => "文件已损坏或不完整",
    }
}

impl Options {
    fn preparer(&self) -> Preparer {
        Preparer::new(PhotoSpec::TENCENT_MARKET).with_truncated_accepted(self.accept_truncated)
    }

    /// Paths may be anything that the system has for a name, so arguments need not be Unicode.
    fn parse(mut args: impl Iterator<Item = OsString>) -> Result<Self, String> {
        let mut options = Self {
            inputs: Vec::new(),
            out: None,
            json: false,
            jobs: thread::available_parallelism().unwrap_or(NonZeroUsize::MIN),
            contact_sheet: None,
            accept_truncated: false,
            language: Language::English,
        };
        while let Some(arg) = args.next() {
            let text = arg.to_string_lossy();
            let mut value = || args.next().ok_or(format!("{text} needs a value"));
            match &*text {
                "--out" => options.out = Some(value()?.into()),
                "--json" => options.json = true,
                "--jobs" => {
                    let jobs = value()?.to_str().and_then(|jobs| jobs.parse().ok());
                    options.jobs = jobs.ok_or("--jobs needs a number of at least 1")?;
                }
                "--contact-sheet" => options.contact_sheet = Some(value()?.into()),
                "--accept-truncated" => options.accept_truncated = true,
                "--language" => {
                    options.language = match value()?.to_str() {
                        Some("en") => Language::English,
                        Some("zh") => Language::Chinese,
                        _ => return Err("--language is en or zh".into()),
                    }
                }
                flag if flag.starts_with("--") => return Err(format!("{flag} is no option")),
                _ => options.inputs.push(arg.into()),
            }
        }
        if options.inputs.is_empty() { Err("name a file or a folder".into()) } else { Ok(options) }
    }
}
