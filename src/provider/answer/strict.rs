//! Reads a text as one JSON object in which no field occurs twice.

use std::{
    borrow::Cow,
    cell::{Cell, RefCell},
    collections::{BTreeMap, BTreeSet},
    fmt,
};

use serde::{
    Deserializer,
    de::{DeserializeSeed, Error, MapAccess, SeqAccess, Visitor},
};
use serde_json::value::RawValue;

/// The deepest nesting of objects and lists. A vendor's answers have two levels.
const MAX_DEPTH: usize = 32;
/// The most fields of one object. A vendor's answers have ten.
const MAX_FIELDS: usize = 1_000;
/// The longest name that is kept, in bytes.
const MAX_NAME_BYTES: usize = 200;

/// The fields of an object as far as they could be read, and the reason if some could not.
pub(super) struct Members<'a> {
    /// In their order; a field that occurs twice is here twice.
    pub(super) fields: Vec<(String, &'a RawValue)>,
    /// Whether a field occurs twice with different values, at any depth.
    pub(super) is_doubled: bool,
    /// The names of the fields within its values.
    pub(super) within: Names,
    pub(super) broken: Option<NotJson>,
}

/// The names of fields, as far as they are kept.
#[derive(Clone, Debug, Default)]
pub(super) struct Names {
    known: BTreeSet<String>,
    /// Whether there are more, or some could not be read.
    is_open: bool,
}

impl Names {
    pub(super) fn add(&mut self, name: &str) {
        if self.known.len() < MAX_FIELDS && name.len() <= MAX_NAME_BYTES {
            self.known.insert(name.to_owned());
        } else {
            self.is_open = true;
        }
    }

    pub(super) fn extend(&mut self, other: Self) {
        self.is_open |= other.is_open;
        other.known.iter().for_each(|name| self.add(name));
    }

    pub(super) fn open(&mut self) {
        self.is_open = true;
    }

    /// Whether one of them may be such a name.
    pub(super) fn may_hold(&self, is_such: impl Fn(&str) -> bool) -> bool {
        self.is_open || self.known.iter().any(|name| is_such(name))
    }
}

/// Reads an object, to its end or to the place where it breaks.
pub(super) fn members(text: &str) -> Members<'_> {
    let mut fields = Vec::new();
    let seen = Seen::default();
    let mut reader = serde_json::Deserializer::from_str(text);
    let seed = Top { fields: &mut fields, seen: &seen };
    let ended = seed.deserialize(&mut reader).map(|()| reader.end());
    let broken = match ended {
        Ok(Ok(())) => None,
        Ok(Err(error)) => Some(NotJson::new(&error, true)),
        Err(error) => Some(NotJson::new(&error, false)),
    };
    let is_doubled = seen.is_doubled.get() || has_doubles(fields.iter().map(|(name, value)| (name.as_str(), *value)));
    Members { fields, is_doubled, within: seen.within.into_inner(), broken }
}

fn has_doubles<'a>(fields: impl Iterator<Item = (&'a str, &'a RawValue)>) -> bool {
    let mut seen = BTreeMap::new();
    fields.into_iter().any(|(name, value)| {
        let first = *seen.entry(name).or_insert(value.get());
        first != value.get()
    })
}

/// The text is no JSON object, with the place where it stops being one.
///
/// ```
/// use liveness::answer::Fields;
///
/// let error = Fields::parse(r#"{"name":"张三","#).unwrap_err();
/// assert!(!error.to_string().contains("张三"));
/// ```
#[derive(Debug)]
pub struct NotJson {
    category: serde_json::error::Category,
    line: usize,
    column: usize,
    is_trailing: bool,
}

impl NotJson {
    fn new(error: &serde_json::Error, is_trailing: bool) -> Self {
        Self { category: error.classify(), line: error.line(), column: error.column(), is_trailing }
    }

    /// The text ends within the object.
    pub(super) fn is_cut_off(&self) -> bool {
        self.category == serde_json::error::Category::Eof
    }

    /// Something follows the object.
    pub(super) fn is_trailing(&self) -> bool {
        self.is_trailing
    }
}

impl fmt::Display for NotJson {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "not a JSON object: {:?} error at line {} column {}", self.category, self.line, self.column)
    }
}

impl std::error::Error for NotJson {}

/// The names and doubled fields that were found within the values.
#[derive(Default)]
struct Seen {
    is_doubled: Cell<bool>,
    within: RefCell<Names>,
}

/// The object itself.
struct Top<'s, 'a> {
    fields: &'s mut Vec<(String, &'a RawValue)>,
    seen: &'s Seen,
}

impl<'a> DeserializeSeed<'a> for Top<'_, 'a> {
    type Value = ();

    fn deserialize<D: Deserializer<'a>>(self, deserializer: D) -> Result<(), D::Error> {
        deserializer.deserialize_map(self)
    }
}

impl<'a> Visitor<'a> for Top<'_, 'a> {
    type Value = ();

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("an object")
    }

    fn visit_map<A: MapAccess<'a>>(self, mut map: A) -> Result<(), A::Error> {
        while let Some(name) = map.next_key::<String>()? {
            if self.fields.len() == MAX_FIELDS {
                return Err(A::Error::custom("too many fields"));
            }
            let value: &'a RawValue = map.next_value()?;
            inspect(value, MAX_DEPTH, self.seen).map_err(A::Error::custom)?;
            self.fields.push((name, value));
        }
        Ok(())
    }
}

/// Searches a value for doubled fields.
fn inspect(value: &RawValue, depth: usize, seen: &Seen) -> Result<(), serde_json::Error> {
    if !value.get().starts_with(['{', '[']) {
        return Ok(());
    }
    let depth = depth.checked_sub(1).ok_or_else(|| serde_json::Error::custom("nested too deep"))?;
    Inner { depth, seen }.deserialize(&mut serde_json::Deserializer::from_str(value.get()))
}

/// An object or a list within the object.
#[derive(Clone, Copy)]
struct Inner<'s> {
    depth: usize,
    seen: &'s Seen,
}

impl<'a> DeserializeSeed<'a> for Inner<'_> {
    type Value = ();

    fn deserialize<D: Deserializer<'a>>(self, deserializer: D) -> Result<(), D::Error> {
        deserializer.deserialize_any(self)
    }
}

impl<'a> Visitor<'a> for Inner<'_> {
    type Value = ();

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("an object or a list")
    }

    fn visit_map<A: MapAccess<'a>>(self, mut map: A) -> Result<(), A::Error> {
        let mut fields: BTreeMap<Cow<'a, str>, &'a RawValue> = BTreeMap::new();
        while let Some(name) = map.next_key::<String>()? {
            if fields.len() == MAX_FIELDS {
                return Err(A::Error::custom("too many fields"));
            }
            let value: &'a RawValue = map.next_value()?;
            inspect(value, self.depth, self.seen).map_err(A::Error::custom)?;
            self.seen.within.borrow_mut().add(&name);
            let first = *fields.entry(Cow::Owned(name)).or_insert(value);
            if first.get() != value.get() {
                self.seen.is_doubled.set(true);
            }
        }
        Ok(())
    }

    fn visit_seq<A: SeqAccess<'a>>(self, mut items: A) -> Result<(), A::Error> {
        while let Some(item) = items.next_element::<&'a RawValue>()? {
            inspect(item, self.depth, self.seen).map_err(A::Error::custom)?;
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn doubled(text: &str) -> bool {
        let members = members(text);
        assert!(members.broken.is_none(), "{text}");
        members.is_doubled
    }

    #[test]
    fn a_field_that_stands_twice_with_two_values_is_seen_at_every_depth() {
        for text in [
            r#"{"a":1,"a":2}"#,
            r#"{"a":1,"b":2,"\u0061":3}"#,
            r#"{"d":{"a":1,"a":2}}"#,
            r#"{"d":[{"a":{"b":[{"c":1,"c":null}]}}]}"#,
        ] {
            assert!(doubled(text), "{text}");
        }
        for text in [r#"{"a":1,"a":1}"#, r#"{"a":1,"A":2,"d":{"a":3}}"#, r#"{"d":[{"a":1},{"a":2}]}"#, "{}"] {
            assert!(!doubled(text), "{text}");
        }
    }

    #[test]
    fn what_stands_before_the_break_is_kept() {
        for (text, kept) in [
            (r#"{"errcode":"P0000","errmsg":"#, 1),
            (r#"{"errcode":"P0000","errmsg":"同"#, 1),
            (r#"{"errcode":"P0000","result":{"score":"8"#, 1),
            (r#"{"errcode":"P0000" "errmsg":"x"}"#, 1),
            (r#"{"errcode":"P0000","errmsg":"x"} x"#, 2),
            (r#"{"errcode":"P0000","errmsg":"x"}{"errcode":"00001"}"#, 2),
            (r#"{"a":01}"#, 0),
            ("[1]", 0),
            ("", 0),
        ] {
            let members = members(text);
            assert!(members.broken.is_some(), "{text}");
            assert_eq!(members.fields.len(), kept, "{text}");
        }
        assert!(members(r#"{"a":"#).broken.unwrap().is_cut_off());
        assert!(members(r#"{"a":1}}"#).broken.unwrap().is_trailing());
    }

    #[test]
    fn what_is_nested_too_deep_or_has_too_many_fields_is_no_answer() {
        let deep = format!(r#"{{"a":{}1{}}}"#, "[".repeat(100_000), "]".repeat(100_000));
        assert!(members(&deep).broken.is_some());
        let deep = format!(r#"{{"a":{}1{}}}"#, r#"{"a":"#.repeat(100_000), "}".repeat(100_000));
        assert!(members(&deep).broken.is_some());
        let wide = (0..2_000).map(|i| format!(r#""{i}":1"#)).collect::<Vec<_>>().join(",");
        assert!(members(&format!("{{{wide}}}")).broken.is_some());
        assert!(members(&format!(r#"{{"a":{{{wide}}}}}"#)).broken.is_some());
    }
}
