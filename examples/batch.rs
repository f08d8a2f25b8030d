//! A batch of one-shot checks that can be killed at any moment and started again: nothing is asked twice.
//!
//!     cargo run --release --example batch -- --journal JOURNAL --out RESULTS.csv INPUT.csv
//!
//! INPUT.csv has the columns `reference,name,id_number,photo`; a photo is a path, from here or from INPUT's folder. Without
//! `LIVENESS_VENDOR` it asks the embedded sandbox. The next run asks again for an `error` and, once it is settled, for `in_doubt`.

use std::collections::{BTreeMap, HashSet};
use std::{env, error::Error, fs, path::Path, path::PathBuf, sync::Arc};

use liveness::{
    CallKind, Charges, Check, ErrorKind, IdNumber, Identity, LivenessProvider, Name, Outcome, Progress, Ran, Sandbox,
    TencentMarket,
    money::{AtMostOnce, FileJournal},
    photo::{PhotoSpec, Preparer},
};

type Anything<T> = Result<T, Box<dyn Error>>;
const HEAD: &str = "reference,outcome,billed,certain_charges,possible_charges,code,request_id,reason";
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
    let arguments: Vec<PathBuf> = env::args_os().skip(1).map(PathBuf::from).collect();
    let after = |flag: &str| arguments.get(arguments.iter().position(|argument| argument.as_os_str() == flag)? + 1);
    let (Some(journal), Some(out), [_, _, _, _, input]) = (after("--journal"), after("--out"), &*arguments) else {
        return Err("usage: batch --journal JOURNAL --out RESULTS.csv INPUT.csv".into());
    };
    let provider = AtMostOnce::new(vendor()?, FileJournal::open(journal)?)?;
    let mut preparer = Preparer::new(provider.requirements().photo().copied().unwrap_or(PhotoSpec::TENCENT_MARKET));
    let (known, mut seen) = (tidied(out)?, HashSet::new());
    let mut results = csv::Writer::from_writer(fs::OpenOptions::new().append(true).open(out)?);
    for (number, row) in (2..).zip(csv::Reader::from_path(input)?.deserialize()) {
        let row: Row = row?;
        if !seen.insert(row.reference.clone()) {
            eprintln!("row {number} of INPUT: skipped, because an earlier row has the same reference");
            continue;
        } else if known.contains(&row.reference) {
            continue;
        }
        let answered = check(&row, input, &mut preparer).and_then(|check| provider.begin(&check));
        let (outcome, charges, code, number, reason) = match &answered {
            Ok(Progress::Pending(_)) => return Err("a hosted vendor needs a person".into()),
            Ok(Progress::Done(verdict)) => {
                let (word, receipt) = (word(verdict.outcome()), verdict.receipt());
                (word, verdict.charges(), receipt.vendor_code(), receipt.request_id(), String::new())
            }
            Err(error) if OPERATORS.contains(&error.kind()) || error.field() == Some("journal") => Err(error.clone())?,
            Err(error) => {
                // A run that was killed a moment ago may have paid. What certainly ran was settled, and its answer is lost.
                let (word, charges) = match error.kind() {
                    ErrorKind::InProgress => ("in_doubt", Charges::new(0, provider.exposure(CallKind::Begin))),
                    ErrorKind::OutcomeUnknown if error.ran() != Ran::Yes => ("in_doubt", error.charges()),
                    _ => ("error", error.charges()),
                };
                (word, charges, error.vendor_code(), error.request_id(), error.to_string())
            }
        };
        let (billed, certain, possible) = (charges.billed().as_str(), charges.certain(), charges.possible());
        results.serialize((&row.reference, outcome, billed, certain, possible, code, number, reason))?;
        results.flush()?;
    }
    tidied(out)?;
    println!("{} references: {}", seen.len(), out.display());
    Ok(())
}

/// Keeps each reference's last row; says which are final. A kill leaves the old file or the new, or a row that is cut.
fn tidied(out: &Path) -> Anything<HashSet<String>> {
    let mut rows = out.exists().then(|| csv::ReaderBuilder::new().flexible(true).from_path(out)).transpose()?;
    if rows.as_mut().is_some_and(|rows| rows.headers().map_or(true, |head| head.iter().ne(HEAD.split(',')))) {
        return Err(format!("{} is not a results file and would be overwritten", out.display()).into());
    }
    let is_whole = |row: &csv::StringRecord| row.len() == HEAD.split(',').count();
    let is_read = |error: &csv::Error| !matches!(error.kind(), csv::ErrorKind::Utf8 { .. });
    let rows = rows.into_iter().flat_map(csv::Reader::into_records);
    let rows = rows.filter(|row| row.as_ref().map_or_else(is_read, is_whole));
    let rows: BTreeMap<_, _> = rows.map(|row| row.map(|row| (row[0].to_owned(), row))).collect::<Result<_, _>>()?;
    let draft = out.with_extension("tidied.draft");
    let mut kept = csv::Writer::from_path(&draft)?;
    kept.write_record(HEAD.split(','))?;
    rows.values().try_for_each(|row| kept.write_record(row))?;
    kept.flush()?;
    fs::rename(&draft, out)?;
    Ok(rows.into_iter().filter(|(_, row)| !matches!(&row[1], "error" | "in_doubt")).map(|(name, _)| name).collect())
}

fn vendor() -> Anything<Arc<dyn LivenessProvider>> {
    if env::var_os("LIVENESS_VENDOR").is_none() {
        println!("SANDBOX: no vendor is called, nothing is billed.");
        return Ok(Arc::new(TencentMarket::new(Sandbox::tencent_market_credentials(), Sandbox::new())));
    }
    Ok(liveness::from_env()?)
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
