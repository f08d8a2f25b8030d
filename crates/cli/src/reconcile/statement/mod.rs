//! Rows of a vendor's statement, as the vendor's console or a spreadsheet saved them.

mod broken;
mod field;
mod instant;
mod json;
mod reason;
mod row;
mod table;
#[cfg(test)]
#[allow(clippy::unwrap_used, reason = "a test may")]
mod tests;

use std::io::BufRead;

use liveness::{money::StatementLine, time::UtcOffset};

pub(crate) use self::{
    broken::Broken,
    instant::{instant, midnight},
    row::{Columns, Rows},
};
use crate::language::Words;

const UTF_8_MARK: &[u8] = b"\xEF\xBB\xBF";
const UTF_16_MARKS: [&[u8]; 2] = [b"\xFF\xFE", b"\xFE\xFF"];
/// How the files of spreadsheets begin: the newer format is a ZIP archive.
const WORKBOOKS: [&[u8]; 2] = [b"PK\x03\x04", b"\xD0\xCF\x11\xE0"];

/// Reads a statement: CSV in UTF-8 or GBK, JSON as an array, or JSON with one object a line. Hands over each row that can be
/// read, and says which could not. Times without an offset are in this time zone.
///
/// # Errors
///
/// A file that cannot be read to its end, or is none of these: half a statement would find doubts where there are none.
pub(crate) fn read(
    mut input: impl BufRead,
    columns: &Columns,
    zone: UtcOffset,
    found: impl FnMut(StatementLine),
) -> Result<Rows, Broken> {
    let start = input.fill_buf()?;
    if UTF_16_MARKS.iter().any(|mark| start.starts_with(mark)) {
        return Err(Words::new(
            "it is UTF-16 text: save it as CSV UTF-8",
            "文件编码为 UTF-16：请另存为 CSV UTF-8 格式",
        )
        .into());
    }
    if WORKBOOKS.iter().any(|mark| start.starts_with(mark)) {
        return Err(Words::new(
            "it is a spreadsheet's own format: save it as CSV UTF-8, with the column of numbers as text",
            "文件为 Excel 工作簿：请另存为 CSV UTF-8 格式，并把请求号一列设为文本",
        )
        .into());
    }
    if start.starts_with(UTF_8_MARK) {
        input.consume(UTF_8_MARK.len());
    }
    let start = input.fill_buf()?;
    if start.is_empty() {
        return Err(Words::new("it is empty", "文件为空").into());
    }
    let mut rows = Rows::new(zone, found);
    match start.iter().find(|byte| !byte.is_ascii_whitespace()) {
        Some(b'[') => json::array(input, columns, &mut rows)?,
        Some(b'{') => json::lines(input, columns, &mut rows)?,
        _ => table::read(input, columns, &mut rows)?,
    }
    Ok(rows.finish())
}
