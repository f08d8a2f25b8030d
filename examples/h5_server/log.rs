//! The operator's log, and the protection of its lines from forged text.

use std::{
    error::Error as _,
    io::{self, Write},
};

use liveness::{Billed, Error, Receipt, Reference, keeper::Key};

use time::format_description::well_known::Rfc3339;

use crate::visit::{Doubt, Step};

/// For the accounts: what one call to a vendor came to.
pub(crate) fn account(reference: &str, step: Step, receipt: &Receipt, billed: Billed) {
    tell(&account_line(reference, step, receipt, billed));
}

/// For the accounts and the operator: the same of a call that failed. What the crate says of an error and its causes quotes
/// neither the person nor a key.
pub(crate) fn note(reference: &str, step: Step, provider: &str, error: &Error) {
    tell(&note_line(reference, step, provider, error));
}

/// What the operator needs to ask the vendor for a lost call.
pub(crate) fn doubt(reference: &str, doubt: &Doubt) -> String {
    format!(
        "visit {reference}: {} by {} at {}, request {}, may have run",
        doubt.step,
        doubt.provider,
        doubt.at.format(&Rfc3339).unwrap_or_default(),
        request(doubt.request.as_deref())
    )
}

/// Prints a line; not by println!, which panics where nobody reads: what was paid for must still be written down and answered.
pub(crate) fn tell(line: &str) {
    say(&one_line(line));
}

/// Prints a text of ours as it stands.
pub(crate) fn say(text: &str) {
    if cfg!(test) {
        // What a test prints is shown where it fails.
        println!("{text}");
    } else {
        let _ = writeln!(io::stdout(), "{text}");
    }
}

pub(crate) fn warn(line: &str) {
    let _ = writeln!(io::stderr(), "{}", one_line(line));
}

fn account_line(reference: &str, step: Step, receipt: &Receipt, billed: Billed) -> String {
    let request = request(receipt.request_id());
    format!("visit {reference}: {step} by {}, request {request}, billed: {billed:?}", receipt.provider())
}

fn note_line(reference: &str, step: Step, provider: &str, error: &Error) -> String {
    let (request, billed) = (request(error.request_id()), error.billed());
    // The crate's own sentence names the number too, as the vendor wrote it.
    let shown = if error.request_id().is_some_and(|id| !is_printable(id)) {
        error.kind().to_string()
    } else {
        let mut text = error.to_string();
        let mut source = error.source();
        while let Some(cause) = source {
            text += &format!(": {cause}");
            source = cause.source();
        }
        text
    };
    format!("visit {reference}: {step} by {provider}, request {request}, billed: {billed:?}: {shown}")
}

/// A request's number as it may be printed. A vendor's answer, or who stands between, may put anything there: a line break that
/// forges an entry, codes that a terminal obeys, or the person. Then its hash stands for it, by which the operator finds it.
fn request(id: Option<&str>) -> String {
    match id {
        None => "-".to_owned(),
        Some(id) if is_printable(id) => id.to_owned(),
        Some(id) => {
            let hash: String = Key::of(id).as_str().chars().take(16).collect();
            format!("not printable (SHA-256 {hash}…)")
        }
    }
}

/// The crate's rule for a caller's own number fits: few characters, and neither a valid ID number nor a mobile number in it.
fn is_printable(id: &str) -> bool {
    Reference::parse(id).is_ok()
}

fn one_line(text: &str) -> String {
    text.chars().map(|c| if c.is_control() || matches!(c, '\u{2028}' | '\u{2029}') { '\u{FFFD}' } else { c }).collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use liveness::ErrorKind;

    /// The standard's own example, nobody's.
    const ID_NUMBER: &str = "11010519491231002X";

    #[test]
    fn a_request_number_can_forge_no_line_and_names_no_person() {
        for id in
            ["1\nvisit v2: compare by x, request 9, billed: No", "\u{1b}[2K", "a\u{2028}b", "张三", ID_NUMBER, "a b"]
        {
            let receipt = Receipt::new("jumdata/default".parse().unwrap()).with_request_id(id);
            let error = Error::new(ErrorKind::Vendor).with_request_id(id);
            for line in [
                account_line("v1", Step::Compare, &receipt, Billed::Yes),
                note_line("v1", Step::Compare, "jumdata/default", &error),
            ] {
                assert!(!line.contains(id) && !line.contains(char::is_control), "{line:?}");
                // The receipt keeps no separator of lines, so that what is left of that number is one.
                let shown = if id == "a\u{2028}b" { "ab, " } else { "not printable (SHA-256 " };
                let start = format!("visit v1: compare by jumdata/default, request {shown}");
                assert!(line.starts_with(&start), "{line}");
            }
        }
        assert_eq!(request(Some("ZT2026-1:a")), "ZT2026-1:a");
        assert_eq!(request(None), "-");
    }

    #[test]
    fn a_failed_call_says_what_it_was_billed() {
        let error = Error::new(ErrorKind::Vendor).with_billed(Billed::Yes).with_request_id("Z1");
        let line = note_line("v1", Step::Open, "jumdata/default", &error);
        assert!(line.starts_with("visit v1: open by jumdata/default, request Z1, billed: Yes: "), "{line}");
    }

    #[test]
    fn what_is_printed_is_one_line() {
        assert_eq!(one_line("a\r\nb\u{2028}c\u{7}"), "a\u{FFFD}\u{FFFD}b\u{FFFD}c\u{FFFD}");
    }
}
