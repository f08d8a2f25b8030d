//! The reasons why a PNG is refused, or not shown to its end.

use std::fmt;

use crate::photo::{
    error::{PhotoError, Reason},
    format::SourceFormat,
    header,
};

/// What is wrong with a PNG.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Fault(pub(super) &'static str);

/// The data ends, and rows are missing.
pub(super) const DATA_ENDS: Fault = Fault("less data than rows");

impl fmt::Display for Fault {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.0)
    }
}

impl std::error::Error for Fault {}

/// A file that does not go on to its last chunk was cut.
pub(super) fn refusal(fault: Fault, file: &[u8]) -> PhotoError {
    let format = SourceFormat::Png;
    PhotoError::caused_by(
        if header::png_ends(file) { Reason::Damaged { format } } else { Reason::Truncated { format } },
        fault,
    )
}
