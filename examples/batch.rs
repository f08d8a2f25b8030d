//! A batch of one-shot checks that can be killed at any moment and started again: nothing is asked twice.
//!
//!     cargo run --release --example batch -- --journal JOURNAL --out RESULTS.csv INPUT.csv
//!
//! INPUT.csv has the columns `reference,name,id_number,photo`; a photo is a path, from here or from INPUT's folder. Without
//! `LIVENESS_VENDOR` it asks the embedded sandbox. The next run asks again for an `error` and, once it is settled, for `in_doubt`.

use std::{collections::HashSet, env, error::Error, fs, path::Path, path::PathBuf, sync::Arc};

use liveness::{
    Check, ErrorKind, IdNumber, Identity, LivenessProvider, Name, Outcome, Sandbox, TencentMarket,
    money::{AtMostOnce, FileJournal},
    photo::{PhotoSpec, Preparer},
};

type Anything<T> = Result<T, Box<dyn Error>>;
const HEAD: [&str; 8] =
    ["reference", "outcome", "billed", "certain_charges", "possible_charges", "code", "request_id", "reason"];
/// What is the operator's to mend, and alike for every row.
const OPERATORS: [ErrorKind; 4] =
    [ErrorKind::Credentials, ErrorKind::Denied, ErrorKind::Configuration, ErrorKind::BudgetExceeded];

#[derive(serde::Deserialize)]
struct Row {
    reference: String,
    name: String,
    id_number: String,
    photo: PathBuf,
}

fn main() -> Anything<()> {
    let (mut journal, mut out, mut input) = (None, None, None);
    let mut arguments = env::args_os().skip(1);
    while let Some(argument) = arguments.next() {
        match argument.to_str() {
            Some("--journal") => journal = arguments.next(),
            Some("--out") => out = arguments.next(),
            _ => input = Some(argument),
        }
    }
    let (Some(journal), Some(out), Some(input)) = (journal, out.map(PathBuf::from), input.map(PathBuf::from)) else {
        return Err("usage: batch --journal JOURNAL --out RESULTS.csv INPUT.csv".into());
    };
    let provider = AtMostOnce::new(vendor()?, FileJournal::open(journal)?)?;
    let mut preparer = Preparer::new(provider.requirements().photo().copied().unwrap_or(PhotoSpec::TENCENT_MARKET));
    let (mut results, mut seen) = resumed(&out)?;
    for row in csv::Reader::from_path(&input)?.deserialize() {
        let row: Row = row?;
        if !seen.insert(row.reference.clone()) {
            continue;
        }
        let answered = check(&row, &input, &mut preparer).and_then(|check| provider.begin(&check));
        let answered = answered.map(|progress| progress.into_verdict().map_err(|_| "a hosted vendor needs a person"));
        let (outcome, charges, code, number, reason) = match &answered {
            Ok(answer) => {
                let verdict = answer.as_ref().map_err(|reason| *reason)?;
                let (word, receipt) = (word(verdict.outcome()), verdict.receipt());
                (word, verdict.charges(), receipt.vendor_code(), receipt.request_id(), String::new())
            }
            Err(error) => {
                let word = match error.kind() {
                    ErrorKind::OutcomeUnknown | ErrorKind::InProgress => "in_doubt",
                    kind if OPERATORS.contains(&kind) => return Err(error.clone().into()),
                    _ => "error",
                };
                (word, error.charges(), error.vendor_code(), error.request_id(), error.to_string())
            }
        };
        let (certain, possible) = (charges.certain().to_string(), charges.possible().to_string());
        let (billed, code, number) = (charges.billed(), code.unwrap_or_default(), number.unwrap_or_default());
        let fields = [&row.reference, outcome, billed.as_str(), &certain, &possible, code, number, &reason];
        results.write_record(fields)?;
        results.flush()?;
    }
    println!("{} references: {}", seen.len(), out.display());
    Ok(())
}

/// The results, with what an earlier run knows for good. The file is replaced whole: a kill leaves the old one or the new one.
fn resumed(out: &Path) -> Anything<(csv::Writer<fs::File>, HashSet<String>)> {
    let (draft, mut seen) = (out.with_extension("draft"), HashSet::new());
    let mut kept = csv::Writer::from_path(&draft)?;
    kept.write_record(HEAD)?;
    // A kill can have cut the last row, which then has too few fields.
    let earlier = out.exists().then(|| csv::ReaderBuilder::new().flexible(true).from_path(out)).transpose()?;
    for row in earlier.into_iter().flat_map(csv::Reader::into_records).map_while(Result::ok) {
        let is_final = row.len() == HEAD.len() && !matches!(&row[1], "error" | "in_doubt");
        if is_final && seen.insert(row[0].to_owned()) {
            kept.write_record(&row)?;
        }
    }
    kept.flush()?;
    fs::rename(&draft, out)?;
    Ok((csv::Writer::from_writer(fs::OpenOptions::new().append(true).open(out)?), seen))
}

fn vendor() -> Anything<Arc<dyn LivenessProvider>> {
    if env::var_os("LIVENESS_VENDOR").is_some() {
        return Ok(liveness::from_env()?);
    }
    println!("SANDBOX: no vendor is asked, nobody is billed.");
    Ok(Arc::new(TencentMarket::new(Sandbox::tencent_market_credentials(), Sandbox::new())))
}

fn check(row: &Row, input: &Path, preparer: &mut Preparer) -> liveness::Result<Check> {
    let unreadable = |error| liveness::Error::invalid("photo").with_source(error);
    let upload = fs::read(&row.photo).or_else(|_| fs::read(input.with_file_name(&row.photo))).map_err(unreadable)?;
    let identity = Identity::new(Name::parse(&row.name)?, IdNumber::parse(&row.id_number)?);
    let photo = preparer.prepare(&upload)?.with_upload(&upload);
    Ok(Check::same_person(identity).with_photo(photo).with_reference(row.reference.parse()?))
}

fn word(outcome: Outcome) -> &'static str {
    match outcome {
        Outcome::Passed => "passed",
        Outcome::Failed(_) => "failed",
        Outcome::Retake(_) => "retake",
        Outcome::Unverifiable(_) => "unverifiable",
    }
}
