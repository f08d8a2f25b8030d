//! Reads JSON with the place of each key and value, and quotes none.

use std::{borrow::Cow, fmt};

use serde::{
    Deserialize, Deserializer as _,
    de::{MapAccess, SeqAccess, Visitor},
};
use serde_json::{Deserializer, value::RawValue};
use zeroize::Zeroizing;

use super::{
    flaw::{Flaw, shown},
    tree::{Entry, Node, Place, Value},
};

/// Far deeper than any key; it bounds the stack and the work.
const MAX_DEPTH: usize = 16;

/// Reads a file.
///
/// # Errors
///
/// An error for broken grammar, and for a key that occurs twice.
pub(super) fn read(text: &str) -> Result<Node, Flaw> {
    // All of the grammar is checked here, so that the later code reads valid values.
    let raw: &RawValue = serde_json::from_str(text).map_err(|error| {
        let (english, chinese) = if error.is_eof() {
            ("the JSON ends too early: a quotation mark or a bracket is missing", "JSON 提前结束：缺少引号或括号")
        } else {
            ("this is not valid JSON", "不是合法的 JSON")
        };
        Flaw::new(Place::File { line: error.line(), column: error.column().max(1) }, english, chinese)
    })?;
    node(text, raw.get(), 0)
}

/// The value of this text; `part` is a part of `whole`.
fn node(whole: &str, part: &str, depth: usize) -> Result<Node, Flaw> {
    let place = place(whole, part);
    if depth > MAX_DEPTH {
        return Err(Flaw::new(place, "it is nested too deeply", "嵌套过深"));
    }
    let broken = |_| Flaw::new(place.clone(), "this is not valid JSON", "不是合法的 JSON");
    let mut reader = Deserializer::from_str(part);
    let value = match part.as_bytes().first() {
        Some(b'{') => {
            let mut entries: Vec<Entry> = Vec::new();
            for (key, raw) in reader.deserialize_map(Entries).map_err(broken)? {
                let key_place = match &key {
                    Cow::Borrowed(key) => quoted(whole, key),
                    Cow::Owned(_) => self::place(whole, raw.get()),
                };
                if let Some(first) = entries.iter().find(|entry| entry.key == key) {
                    let (line, key) = (first.place.line(), shown(&key));
                    return Err(Flaw::new(
                        key_place,
                        format!("{key} is set twice; the first is on line {line}"),
                        format!("{key} 重复，首次出现在第 {line} 行"),
                    ));
                }
                let node = node(whole, raw.get(), depth + 1)?;
                entries.push(Entry { key: key.into_owned(), place: key_place, node });
            }
            Value::Table(entries)
        }
        Some(b'[') => {
            let items = reader.deserialize_seq(Items).map_err(broken)?;
            Value::List(items.into_iter().map(|raw| node(whole, raw.get(), depth + 1)).collect::<Result<_, _>>()?)
        }
        Some(b'"') => Value::Text(Zeroizing::new(String::deserialize(&mut reader).map_err(broken)?)),
        Some(b't') => Value::Bool(true),
        Some(b'f') => Value::Bool(false),
        Some(b'n') => Value::Null,
        _ => match part.parse() {
            Ok(number) => Value::Integer(number),
            Err(_) => Value::Float(part.parse().unwrap_or(f64::NAN)),
        },
    };
    Ok(Node { value, place })
}

/// The offset of a part within the text, which is in the same memory.
fn place(whole: &str, part: &str) -> Place {
    Place::of(whole, (part.as_ptr() as usize).saturating_sub(whole.as_ptr() as usize))
}

/// Where a key begins, with its quotation mark.
fn quoted(whole: &str, key: &str) -> Place {
    Place::of(whole, (key.as_ptr() as usize).saturating_sub(whole.as_ptr() as usize + 1))
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

/// A key, borrowed if it has no escape; then its address gives its place.
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
