//! Rows of a JSON file: an array of objects, or one object a line.

use std::{borrow::Cow, collections::BTreeMap, fmt, io::BufRead};

use liveness::money::StatementLine;
use serde::{
    Deserializer,
    de::{IgnoredAny, SeqAccess, Visitor},
};
use serde_json::value::RawValue;

use super::{
    broken::Broken,
    reason::Reason,
    row::{Columns, Fields, Rows},
};
use crate::language::Words;

/// Reads an array. A row is named by its place in it, from 1.
///
/// # Errors
///
/// A file that cannot be read to its end, or is no JSON up to there.
pub(super) fn array(
    input: impl BufRead,
    columns: &Columns,
    rows: &mut Rows<impl FnMut(StatementLine)>,
) -> Result<(), Broken> {
    let mut place = 0;
    let mut json = serde_json::Deserializer::from_reader(input);
    let read = json.deserialize_seq(Each(|row: Box<RawValue>| {
        place += 1;
        add(row.get(), place, columns, rows);
    }));
    match read.and_then(|()| json.end()) {
        Ok(()) => Ok(()),
        Err(error) if error.is_io() => Err(Broken::File(error.into())),
        Err(_) => Err(Words::new(
            format!("it is not valid UTF-8 JSON after row {place}"),
            format!("第 {place} 行之后不是合法的 UTF-8 JSON"),
        )
        .into()),
    }
}

/// Reads one object a line. A row is named by its line.
///
/// # Errors
///
/// A file that cannot be read to its end, or whose first line is no object.
pub(super) fn lines(
    mut input: impl BufRead,
    columns: &Columns,
    rows: &mut Rows<impl FnMut(StatementLine)>,
) -> Result<(), Broken> {
    let mut bytes = Vec::new();
    let (mut line, mut is_first) = (0, true);
    while input.read_until(b'\n', &mut bytes)? > 0 {
        line += 1;
        match std::str::from_utf8(&bytes) {
            Ok(text) if text.trim().is_empty() => {}
            Ok(text) if is_first && serde_json::from_str::<IgnoredAny>(text).is_err() => {
                return Err(Words::new(
                    "its rows are neither one JSON array nor one JSON object per line: extract the rows from the surrounding structure",
                    "数据既不是一个数组，也不是每行一个对象：请先把明细从外层结构中取出",
                )
                .into());
            }
            Ok(text) => {
                is_first = false;
                add(text, line, columns, rows);
            }
            Err(_) => rows.refuse(line, Reason::NotText),
        }
        bytes.clear();
    }
    Ok(())
}

fn add(text: &str, place: u64, columns: &Columns, rows: &mut Rows<impl FnMut(StatementLine)>) {
    let Ok(object) = serde_json::from_str::<BTreeMap<String, &RawValue>>(text) else {
        return rows.refuse(place, Reason::NoObject);
    };
    let field = |column: Option<&str>| match column {
        None => Ok(None),
        Some(column) => match object.get(column.trim()) {
            None => Err(Reason::Missing),
            Some(value) => plain(value.get()).map(Some).ok_or(Reason::NoObject),
        },
    };
    let [time, number, billed] = columns.all().map(field);
    match (time, number, billed) {
        (Ok(time), Ok(number), Ok(billed)) => {
            let time = time.as_deref().unwrap_or_default();
            rows.add(place, &Fields { time, number: number.as_deref(), billed: billed.as_deref() });
        }
        (Err(reason), ..) | (_, Err(reason), _) | (.., Err(reason)) => rows.refuse(place, reason),
    }
}

/// A text, a number as it is written, or a word; `null` says nothing.
fn plain(value: &str) -> Option<Cow<'_, str>> {
    match value.as_bytes().first()? {
        b'"' => serde_json::from_str::<String>(value).ok().map(Cow::Owned),
        b'{' | b'[' => None,
        b'n' => Some(Cow::Borrowed("")),
        _ => Some(Cow::Borrowed(value)),
    }
}

/// Hands over each element of an array, so that none is kept.
struct Each<F>(F);

impl<'de, F: FnMut(Box<RawValue>)> Visitor<'de> for Each<F> {
    type Value = ();

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("an array")
    }

    fn visit_seq<A: SeqAccess<'de>>(mut self, mut elements: A) -> Result<(), A::Error> {
        while let Some(element) = elements.next_element()? {
            (self.0)(element);
        }
        Ok(())
    }
}
