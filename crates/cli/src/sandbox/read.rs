//! Reads TOML and JSON with the place of each value, and quotes no value in an error.

use std::{borrow::Cow, fmt};

use serde::{
    Deserialize, Deserializer as _,
    de::{MapAccess, SeqAccess, Visitor},
};
use serde_json::{Deserializer, value::RawValue};
use toml_span::value::ValueInner;

use super::flaw::Flaw;
use crate::language::Words;

/// More than any setting lies deep; it bounds the stack.
const MAX_DEPTH: usize = 16;

/// A value, and where it begins, in bytes.
#[derive(Debug)]
pub(super) struct Node {
    pub(super) value: Value,
    pub(super) at: usize,
}

#[derive(Debug)]
pub(super) enum Value {
    Whole(u64),
    Fraction(f64),
    List(Vec<Node>),
    Table(Vec<Entry>),
    /// What no setting takes: a text, a truth, nothing, a negative number.
    Other,
}

/// A key with its own place.
#[derive(Debug)]
pub(super) struct Entry {
    pub(super) key: String,
    pub(super) at: usize,
    pub(super) node: Node,
}

/// Reads TOML.
///
/// # Errors
///
/// What breaks the grammar; a key that stands twice is of it.
pub(super) fn toml(text: &str) -> Result<Node, Flaw> {
    let mut value = toml_span::parse(text)
        .map_err(|error| Flaw::new(error.span.start, Words::new("this is not valid TOML", "不是合法的 TOML")))?;
    Ok(of_toml(&mut value))
}

fn of_toml(value: &mut toml_span::Value<'_>) -> Node {
    // The span of a text begins behind its quotation mark.
    let at = value.span.start.saturating_sub(usize::from(value.as_str().is_some()));
    let value = match value.take() {
        ValueInner::Integer(number) => u64::try_from(number).map_or(Value::Other, Value::Whole),
        ValueInner::Float(number) => Value::Fraction(number),
        ValueInner::Array(items) => Value::List(items.into_iter().map(|mut item| of_toml(&mut item)).collect()),
        ValueInner::Table(table) => Value::Table(
            table
                .into_iter()
                .map(|(key, mut value)| Entry {
                    at: key.span.start,
                    key: key.name.into_owned(),
                    node: of_toml(&mut value),
                })
                .collect(),
        ),
        ValueInner::String(_) | ValueInner::Boolean(_) => Value::Other,
    };
    Node { value, at }
}

/// Reads JSON.
///
/// # Errors
///
/// What breaks the grammar, and a key that stands twice.
pub(super) fn json(text: &str) -> Result<Node, Flaw> {
    // All of the grammar is looked at here, so that what follows reads values that are sound.
    let raw: &RawValue = serde_json::from_str(text).map_err(|error| {
        let lines = text.split_inclusive('\n').take(error.line().saturating_sub(1));
        not_json(lines.map(str::len).sum::<usize>() + error.column().saturating_sub(1))
    })?;
    of_json(text, raw.get(), 0)
}

/// The value that is written so; `part` is a part of `whole`.
fn of_json(whole: &str, part: &str, depth: usize) -> Result<Node, Flaw> {
    let at = place(whole, part);
    if depth > MAX_DEPTH {
        return Err(Flaw::new(at, Words::new("it is nested too deeply", "嵌套过深")));
    }
    let mut reader = Deserializer::from_str(part);
    let value = match part.as_bytes().first() {
        Some(b'{') => {
            let mut entries: Vec<Entry> = Vec::new();
            for (key, raw) in reader.deserialize_map(Entries).map_err(|_| not_json(at))? {
                let value_at = place(whole, raw.get());
                // One with an escape in it was copied; its value's place is near.
                let at = if let Cow::Borrowed(key) = key { place(whole, key).saturating_sub(1) } else { value_at };
                if entries.iter().any(|entry| entry.key == key) {
                    return Err(Flaw::new(at, Words::new("this key is set twice", "此项重复")));
                }
                entries.push(Entry { key: key.into_owned(), at, node: of_json(whole, raw.get(), depth + 1)? });
            }
            Value::Table(entries)
        }
        Some(b'[') => {
            let items = reader.deserialize_seq(Items).map_err(|_| not_json(at))?;
            Value::List(items.into_iter().map(|raw| of_json(whole, raw.get(), depth + 1)).collect::<Result<_, _>>()?)
        }
        _ => match (part.parse(), part.parse()) {
            (Ok(number), _) => Value::Whole(number),
            (_, Ok(number)) => Value::Fraction(number),
            _ => Value::Other,
        },
    };
    Ok(Node { value, at })
}

fn not_json(at: usize) -> Flaw {
    Flaw::new(at, Words::new("this is not valid JSON", "不是合法的 JSON"))
}

/// Where a part of the text begins: both lie in the same memory.
fn place(whole: &str, part: &str) -> usize {
    (part.as_ptr() as usize).saturating_sub(whole.as_ptr() as usize)
}

struct Entries;

impl<'de> Visitor<'de> for Entries {
    type Value = Vec<(Cow<'de, str>, &'de RawValue)>;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("an object")
    }

    fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<Self::Value, A::Error> {
        let mut entries = Vec::new();
        while let Some(Key(key)) = map.next_key()? {
            entries.push((key, map.next_value()?));
        }
        Ok(entries)
    }
}

/// A key, borrowed where it holds no escape: then it tells where it stands.
#[derive(Deserialize)]
struct Key<'a>(#[serde(borrow)] Cow<'a, str>);

struct Items;

impl<'de> Visitor<'de> for Items {
    type Value = Vec<&'de RawValue>;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("an array")
    }

    fn visit_seq<A: SeqAccess<'de>>(self, mut list: A) -> Result<Self::Value, A::Error> {
        let mut items = Vec::new();
        while let Some(item) = list.next_element()? {
            items.push(item);
        }
        Ok(items)
    }
}
