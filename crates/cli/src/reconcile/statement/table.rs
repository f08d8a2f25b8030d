//! Rows of a CSV file.

use std::{
    borrow::Cow,
    io::{self, BufRead, Read},
};

use csv::{ByteRecord, ReaderBuilder};
use encoding_rs::{GBK, UTF_8};
use liveness::money::StatementLine;

use super::{
    broken::Broken,
    reason::Reason,
    row::{Columns, Fields, Rows},
};
use crate::language::Words;

/// A row over more lines than these has a quote that was never closed.
const MAX_LINES_OF_A_ROW: u64 = 20;

/// Reads a table whose fields are separated by commas, semicolons or tabs. GBK never has these bytes within a character, so that
/// rows are told apart before they are decoded.
///
/// # Errors
///
/// A file that cannot be read to its end, and a column that it does not have.
pub(super) fn read(
    mut input: impl BufRead,
    columns: &Columns,
    rows: &mut Rows<impl FnMut(StatementLine)>,
) -> Result<(), Broken> {
    let separator = separator(input.fill_buf()?);
    let mut reader =
        ReaderBuilder::new().delimiter(separator).has_headers(false).flexible(true).from_reader(Lines::of(input));
    let mut record = ByteRecord::new();
    let mut places = None;
    while reader.read_byte_record(&mut record).map_err(failed)? {
        // Where the row begins: what was read ends with its last line, and blank lines before it were left out.
        let breaks = record.as_slice().iter().filter(|byte| **byte == b'\n').count() as u64;
        let first = reader.position().line().saturating_sub(breaks + 1);
        let places = match &places {
            Some(places) => places,
            None => {
                let (found, is_heading) = Places::find(&record, columns, rows)?;
                places = Some(found);
                if is_heading {
                    continue;
                }
                places.get_or_insert(found)
            }
        };
        if record.iter().all(|field| field.iter().all(u8::is_ascii_whitespace)) {
            continue;
        }
        // A row that the file's end closed lacks the end of its last line.
        let start = record.position().map_or(first, csv::Position::line);
        if breaks >= MAX_LINES_OF_A_ROW || first < start {
            rows.refuse(start, Reason::OpenQuote);
            continue;
        }
        match places.fields(&record) {
            Ok([time, number, billed]) => {
                let fields = Fields {
                    time: time.as_deref().unwrap_or_default(),
                    number: number.as_deref(),
                    billed: billed.as_deref(),
                };
                rows.add(first, &fields);
            }
            Err(reason) => rows.refuse(first, reason),
        }
    }
    Ok(())
}

/// The places of the three columns, from 0.
#[derive(Clone, Copy)]
struct Places([Option<usize>; 3]);

impl Places {
    /// Finds the columns in the first row, and says whether this row is a heading: it is unless all columns are meant by their
    /// places and a time stands where one is expected.
    fn find(
        first: &ByteRecord,
        columns: &Columns,
        rows: &Rows<impl FnMut(StatementLine)>,
    ) -> Result<(Self, bool), Broken> {
        let mut places = [None; 3];
        let mut is_named = false;
        for (place, column) in places.iter_mut().zip(columns.all()) {
            let Some(column) = column else { continue };
            let is_it = |field: &[u8]| texts(field).iter().any(|text| text.trim() == column.trim());
            let mut found = first.iter().enumerate().filter(|(_, field)| is_it(field)).map(|(index, _)| index);
            let by_place = || column.parse::<usize>().ok().filter(|place| (1..=first.len()).contains(place));
            *place = match (found.next(), found.next()) {
                (Some(index), None) => {
                    is_named = true;
                    Some(index)
                }
                (Some(_), Some(_)) => return Err(twice(column).into()),
                (None, _) => Some(by_place().ok_or_else(|| missing(column, first.len()))? - 1),
            };
        }
        let time = places[0].and_then(|place| first.get(place)).unwrap_or_default();
        let is_heading = is_named || !texts(time).iter().any(|text| rows.is_time(text));
        Ok((Self(places), is_heading))
    }

    fn fields<'r>(&self, record: &'r ByteRecord) -> Result<[Option<Cow<'r, str>>; 3], Reason> {
        let mut fields = [None, None, None];
        for (field, place) in fields.iter_mut().zip(self.0) {
            let Some(place) = place else { continue };
            let bytes = record.get(place).ok_or(Reason::Missing)?;
            *field = Some(text(bytes).ok_or(Reason::NotText)?);
        }
        Ok(fields)
    }
}

/// A field as text. What is valid UTF-8 by chance and was GBK is no known word, no number and no time: it is refused, and never
/// taken for something else.
fn text(bytes: &[u8]) -> Option<Cow<'_, str>> {
    let [utf_8, gbk] = [UTF_8, GBK].map(|encoding| encoding.decode_without_bom_handling_and_without_replacement(bytes));
    utf_8.or(gbk)
}

/// A heading in both encodings: two Chinese characters of GBK may be valid UTF-8.
fn texts(bytes: &[u8]) -> Vec<Cow<'_, str>> {
    let decoded = [UTF_8, GBK].map(|encoding| encoding.decode_without_bom_handling_and_without_replacement(bytes));
    decoded.into_iter().flatten().collect()
}

/// What separates the fields of the first line.
fn separator(start: &[u8]) -> u8 {
    let line = start.split(|byte| *byte == b'\n').next().unwrap_or_default();
    let count = |separator: u8| line.iter().filter(|byte| **byte == separator).count();
    // The comma wins where nothing tells.
    [b';', b'\t', b','].into_iter().max_by_key(|separator| count(*separator)).unwrap_or(b',')
}

/// The same bytes with one kind of line end, and one at the end of the last line, so that lines can be counted.
struct Lines<R> {
    input: R,
    is_after_return: bool,
    last: u8,
}

impl<R> Lines<R> {
    const fn of(input: R) -> Self {
        Self { input, is_after_return: false, last: b'\n' }
    }
}

impl<R: BufRead> Read for Lines<R> {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        let mut written = 0;
        while written == 0 {
            let bytes = self.input.fill_buf()?;
            if bytes.is_empty() {
                let (Some(first), true) = (buffer.first_mut(), self.last != b'\n') else { return Ok(0) };
                (*first, self.last) = (b'\n', b'\n');
                return Ok(1);
            }
            let taken = bytes.len().min(buffer.len());
            for &byte in &bytes[..taken] {
                let is_rest_of_an_end = byte == b'\n' && self.is_after_return;
                self.is_after_return = byte == b'\r';
                if !is_rest_of_an_end {
                    buffer[written] = if byte == b'\r' { b'\n' } else { byte };
                    self.last = buffer[written];
                    written += 1;
                }
            }
            self.input.consume(taken);
            if taken == 0 {
                return Ok(0);
            }
        }
        Ok(written)
    }
}

fn failed(error: csv::Error) -> Broken {
    match error.into_kind() {
        csv::ErrorKind::Io(error) => Broken::File(error),
        _ => Broken::Content(Words::new("it is not a CSV file", "不是 CSV 文件")),
    }
}

/// The first row is not quoted: without a heading it is of a person.
fn missing(column: &str, count: usize) -> Words {
    Words::new(
        format!("its first row has {count} columns, none of them named {column}"),
        format!("首行有 {count} 列，没有名为 {column} 的列"),
    )
}

fn twice(column: &str) -> Words {
    Words::new(
        format!("two columns are named {column}: give the number of the right one instead, counted from 1"),
        format!("有两列都名为 {column}：请改用列的序号（从 1 开始）"),
    )
}
