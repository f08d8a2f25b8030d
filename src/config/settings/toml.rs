//! Reads TOML with the place of each key and value, and quotes none.

use toml_span::{ErrorKind, value::ValueInner};
use zeroize::Zeroizing;

use super::{
    flaw::{Flaw, shown},
    tree::{Entry, Node, Place, Value},
};

/// Reads a file.
///
/// # Errors
///
/// An error for broken grammar, for a key that occurs twice, and for a date, which no key takes.
pub(super) fn read(text: &str) -> Result<Node, Flaw> {
    let mut value = toml_span::parse(text).map_err(|error| {
        let place = Place::of(text, error.span.start);
        match &error.kind {
            ErrorKind::DuplicateKey { key, first } => twice(key, place, &Place::of(text, first.start)),
            ErrorKind::DuplicateTable { name, first } => twice(name, place, &Place::of(text, first.start)),
            ErrorKind::UnterminatedString => {
                Flaw::new(place, "a text that begins here does not end on its line", "此处开始的字符串没有在本行结束")
            }
            ErrorKind::InvalidNumber | ErrorKind::UnquotedString => Flaw::new(
                place,
                "a string must be in quotation marks, and this is not a number",
                "字符串必须加引号，而此处不是数字",
            ),
            ErrorKind::InvalidEscape(_) | ErrorKind::InvalidHexEscape(_) | ErrorKind::InvalidEscapeValue(_) => {
                Flaw::new(
                    place,
                    "the backslash here is not a valid escape: put the string in single quotes",
                    "此处的反斜杠不是合法转义：请改用单引号",
                )
            }
            _ => Flaw::new(place, "this is not valid TOML", "不是合法的 TOML"),
        }
    })?;
    Ok(node(text, &mut value))
}

fn twice(key: &str, place: Place, first: &Place) -> Flaw {
    let (line, key) = (first.line(), shown(key));
    Flaw::new(
        place,
        format!("{key} is set twice; the first is on line {line}"),
        format!("{key} 重复，首次出现在第 {line} 行"),
    )
}

fn node(text: &str, value: &mut toml_span::Value<'_>) -> Node {
    // The span of a text begins behind its quotation marks.
    let before = text.as_bytes().get(..value.span.start).unwrap_or_default();
    let marks = match value.as_str() {
        Some(_) => before.iter().rev().take(3).take_while(|byte| matches!(byte, b'"' | b'\'')).count(),
        None => 0,
    };
    let place = Place::of(text, value.span.start - marks);
    let value = match value.take() {
        ValueInner::String(text) => Value::Text(Zeroizing::new(text.into_owned())),
        ValueInner::Integer(number) => Value::Integer(number),
        ValueInner::Float(number) => Value::Float(number),
        ValueInner::Boolean(bool) => Value::Bool(bool),
        ValueInner::Array(items) => Value::List(items.into_iter().map(|mut item| node(text, &mut item)).collect()),
        ValueInner::Table(table) => Value::Table(
            table
                .into_iter()
                .map(|(key, mut value)| Entry {
                    place: Place::of(text, key.span.start),
                    key: key.name.into_owned(),
                    node: node(text, &mut value),
                })
                .collect(),
        ),
    };
    Node { value, place }
}
