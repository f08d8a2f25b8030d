//! The timestamp that both vendors write into their numbers.

use time::{
    OffsetDateTime,
    format_description::BorrowedFormatItem,
    macros::{format_description, offset},
};

const STAMP: &[BorrowedFormatItem<'_>] =
    format_description!("[year][month][day][hour][minute][second][subsecond digits:3]");

/// `yyyyMMddHHmmssSSS` in UTC+8.
pub(super) fn stamp(at: OffsetDateTime) -> String {
    // A year beyond four digits has no stamp; no clock shows one.
    at.checked_to_offset(offset!(+8)).and_then(|at| at.format(STAMP).ok()).unwrap_or_else(|| "0".repeat(17))
}
