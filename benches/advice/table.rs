//! Prints a table of the share of each half's photos that get each kind of advice.

use std::path::PathBuf;

use liveness::photo::{Advice, Report};

use crate::grade::Grade;

/// The advice that is counted; too few pixels says nothing of light or lens.
const COUNTED: [Advice; 5] =
    [Advice::BackLight, Advice::TooDark, Advice::TooBright, Advice::LowContrast, Advice::Blurred];

/// A thresholds' half, or the half that judges them.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Half {
    A,
    B,
}

impl Half {
    pub(crate) fn of(name: &str) -> Self {
        if hash(name) >> 32 & 1 == 0 { Self::A } else { Self::B }
    }
}

/// FNV-1a, 64 bits.
pub(crate) fn hash(name: &str) -> u64 {
    name.bytes().fold(0xcbf2_9ce4_8422_2325, |hash, byte| (hash ^ u64::from(byte)).wrapping_mul(0x0100_0000_01b3))
}

/// What one photo or copy was told.
pub(crate) struct Row {
    pub(crate) column: usize,
    pub(crate) half: Half,
    pub(crate) step: Option<Grade>,
    pub(crate) name: String,
    pub(crate) advice: Vec<Advice>,
}

/// The measures of one picture, for a spreadsheet.
pub(crate) fn measures(report: &Report) -> String {
    let m = &report.measures;
    format!(
        "{}\t{}\t{:.2}\t{:.2}\t{}\t{}\t{}\t{:.4}\t{}\t{:.4}\t{:.4}\t{:?}",
        report.width,
        report.height,
        m.mean,
        m.spread,
        m.darkest,
        m.brightest,
        m.middle_light,
        m.middle_highlights,
        m.border_light,
        m.sharpness,
        m.steadiness,
        report.advice()
    )
}

/// Prints the photos as they are, then every step, then the false alarms by name.
pub(crate) fn print(folders: &[PathBuf], steps: &[(Grade, Option<Advice>, bool)], rows: &[Row]) {
    println!("| photos | half | number | {} | any |", COUNTED.map(|advice| advice.to_string()).join(" | "));
    println!("|---|---|---|{}---|", "---|".repeat(COUNTED.len()));
    for (column, folder) in folders.iter().enumerate() {
        let label = folder.file_name().map(|name| name.to_string_lossy()).unwrap_or_default();
        for half in [Half::A, Half::B] {
            line(&format!("{label}, as they are"), half, rows, |row| row.column == column && row.step.is_none());
        }
    }
    println!("\n| copies | advice | a person rejects | half A | half B |\n|---|---|---|---|---|");
    for &(grade, wanted, is_rejected) in steps {
        let told = |half| {
            let is_told = |row: &Row| wanted.map_or(any(row), |advice| row.advice.contains(&advice));
            share(half, rows, |row| row.step == Some(grade), is_told)
        };
        let wanted = wanted.map_or("any".to_owned(), |advice| format!("`{advice}`"));
        let rejects = if is_rejected { "yes" } else { "" };
        println!("| {grade} | {wanted} | {rejects} | {} | {} |", told(Half::A), told(Half::B));
    }
    println!();
    for row in rows.iter().filter(|row| row.step.is_none() && !row.advice.is_empty()) {
        println!("- {} ({:?}): {:?}", row.name, row.half, row.advice);
    }
}

fn line(label: &str, half: Half, rows: &[Row], is_counted: impl Fn(&Row) -> bool) {
    let number = rows.iter().filter(|row| row.half == half && is_counted(row)).count();
    let each = COUNTED.map(|advice| share(half, rows, &is_counted, |row| row.advice.contains(&advice)));
    println!("| {label} | {half:?} | {number} | {} | {} |", each.join(" | "), share(half, rows, &is_counted, any));
}

fn any(row: &Row) -> bool {
    COUNTED.iter().any(|advice| row.advice.contains(advice))
}

fn share(half: Half, rows: &[Row], is_counted: impl Fn(&Row) -> bool, is_told: impl Fn(&Row) -> bool) -> String {
    let of: Vec<&Row> = rows.iter().filter(|row| row.half == half && is_counted(row)).collect();
    let told = of.iter().filter(|row| is_told(row)).count();
    format!("{:.1} %", told as f64 * 100.0 / of.len().max(1) as f64)
}
