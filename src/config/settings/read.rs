//! Reads the tree into serde's types, so that each error knows its path and place.

use std::borrow::Cow;

use serde::{
    Deserializer,
    de::{
        DeserializeSeed, EnumAccess, IntoDeserializer, MapAccess, SeqAccess, VariantAccess, Visitor,
        value::StrDeserializer,
    },
    forward_to_deserialize_any,
};
use zeroize::Zeroizing;

use super::{
    flaw::{Flaw, shown},
    keys::{self, Kind},
    tree::{Entry, Node, Place, Value, under},
};
use crate::config::suspicious_setting;

type Result<T> = std::result::Result<T, Flaw>;

/// A value and its path.
pub(super) struct Reader<'a> {
    node: &'a Node,
    path: String,
}

impl<'a> Reader<'a> {
    /// Of the whole tree.
    pub(super) const fn new(node: &'a Node) -> Self {
        Self { node, path: String::new() }
    }

    fn flaw(&self, english: impl Into<String>, chinese: impl Into<String>) -> Flaw {
        Flaw::of(self.path.clone(), self.node.place.clone(), english, chinese)
    }

    /// A number up to this limit, also as the text of a variable.
    fn integer(&self, most: u64) -> Result<u64> {
        let number = match &self.node.value {
            Value::Integer(number) => u64::try_from(*number).ok(),
            Value::Text(text) if self.node.is_of_variable() => text.parse().ok(),
            _ => None,
        };
        let least = match keys::kind(&self.path) {
            Some(Kind::Count(least)) => least.into(),
            _ => 0,
        };
        number.filter(|number| (least..=most).contains(number)).ok_or_else(|| {
            self.flaw(
                format!("it must be a whole number from {least} to {most}"),
                format!("必须是 {least} 到 {most} 的整数"),
            )
        })
    }

    fn items(&self) -> Result<Cow<'a, [Node]>> {
        match &self.node.value {
            Value::List(items) => Ok(Cow::Borrowed(items)),
            // A variable has no brackets.
            Value::Text(text) if self.node.is_of_variable() => Ok(text
                .split(',')
                .map(|item| Node {
                    value: Value::Text(Zeroizing::new(item.trim().to_owned())),
                    place: self.node.place.clone(),
                })
                .collect()),
            _ => Err(self.flaw("it must be a list in brackets", "必须是方括号括起的列表")),
        }
    }

    fn entries(&self) -> Result<&'a [Entry]> {
        match &self.node.value {
            Value::Table(entries) => Ok(entries),
            _ => Err(self.flaw("it must be a table with keys of its own", "必须是含有键的表")),
        }
    }

    /// Adds the place of an error that the visitor found.
    fn placed<T>(&self, read: Result<T>) -> Result<T> {
        read.map_err(|flaw| flaw.at(&self.path, &self.node.place))
    }
}

impl<'de> Deserializer<'de> for Reader<'_> {
    type Error = Flaw;

    fn deserialize_any<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value> {
        match &self.node.value {
            Value::Null => self.placed(visitor.visit_unit()),
            Value::Bool(bool) => self.placed(visitor.visit_bool(*bool)),
            Value::Integer(number) => self.placed(visitor.visit_i64(*number)),
            Value::Float(number) => self.placed(visitor.visit_f64(*number)),
            Value::Text(_) => self.deserialize_str(visitor),
            Value::List(_) => self.deserialize_seq(visitor),
            Value::Table(_) => self.deserialize_map(visitor),
        }
    }

    fn deserialize_bool<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value> {
        match &self.node.value {
            Value::Bool(bool) => visitor.visit_bool(*bool),
            Value::Text(text) if self.node.is_of_variable() && **text == "true" => visitor.visit_bool(true),
            Value::Text(text) if self.node.is_of_variable() && **text == "false" => visitor.visit_bool(false),
            _ => Err(self.flaw("it must be true or false", "只能取 true 或 false")),
        }
    }

    fn deserialize_u32<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value> {
        visitor.visit_u64(self.integer(u32::MAX.into())?)
    }

    fn deserialize_u64<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value> {
        // Bytes: at most what fits the memory of any machine.
        self.deserialize_u32(visitor)
    }

    fn deserialize_f32<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value> {
        let number = match &self.node.value {
            Value::Integer(number) => Some(*number as f64),
            Value::Float(number) => Some(*number),
            Value::Text(text) if self.node.is_of_variable() => text.parse().ok(),
            _ => None,
        };
        let (least, most) = match keys::kind(&self.path) {
            Some(Kind::Number(least, most)) => (least, most),
            _ => (0, u32::MAX),
        };
        match number.filter(|number| (f64::from(least)..=f64::from(most)).contains(number)) {
            Some(number) => visitor.visit_f64(number),
            None => Err(self.flaw(
                format!("it must be a number from {least} to {most}"),
                format!("必须是 {least} 到 {most} 之间的数字"),
            )),
        }
    }

    /// A text that looks as if more than itself was pasted is refused, whatever it is for.
    fn deserialize_str<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value> {
        match &self.node.value {
            Value::Text(text) if text.is_empty() => Err(self.flaw("it is empty", "值为空")),
            Value::Text(text) => match suspicious_setting(text) {
                Some(rule) => Err(self.flaw(rule.english, rule.chinese)),
                None => self.placed(visitor.visit_str(text)),
            },
            _ => Err(self.flaw("it must be a text in quotation marks", "必须是加引号的字符串")),
        }
    }

    fn deserialize_string<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value> {
        self.deserialize_str(visitor)
    }

    fn deserialize_option<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value> {
        match &self.node.value {
            Value::Null => visitor.visit_none(),
            _ => visitor.visit_some(self),
        }
    }

    fn deserialize_newtype_struct<V: Visitor<'de>>(self, _: &'static str, visitor: V) -> Result<V::Value> {
        visitor.visit_newtype_struct(self)
    }

    fn deserialize_seq<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value> {
        let items = self.items()?;
        self.placed(visitor.visit_seq(Items { path: &self.path, items: items.iter(), index: 0 }))
    }

    fn deserialize_map<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value> {
        let entries = self.entries()?;
        self.placed(visitor.visit_map(Entries { path: &self.path, entries: entries.iter(), value: None }))
    }

    fn deserialize_struct<V: Visitor<'de>>(
        self,
        _: &'static str,
        _: &'static [&'static str],
        visitor: V,
    ) -> Result<V::Value> {
        self.deserialize_map(visitor)
    }

    fn deserialize_enum<V: Visitor<'de>>(
        self,
        _: &'static str,
        _: &'static [&'static str],
        visitor: V,
    ) -> Result<V::Value> {
        match &self.node.value {
            Value::Text(word) => self.placed(visitor.visit_enum(word.as_str().into_deserializer())),
            Value::Table(entries) => match entries.as_slice() {
                [entry] => self.placed(visitor.visit_enum(Choice { path: &self.path, entry })),
                _ => Err(self.flaw("exactly one of its keys must be set here", "此处必须且只能有一个键")),
            },
            _ => Err(self.flaw("it must be one of the allowed values", "必须是可选值之一")),
        }
    }

    forward_to_deserialize_any! {
        i8 i16 i32 i64 i128 u8 u16 u128 f64 char bytes byte_buf unit unit_struct tuple tuple_struct identifier ignored_any
    }
}

/// The keys of a table.
struct Entries<'a> {
    path: &'a str,
    entries: std::slice::Iter<'a, Entry>,
    value: Option<&'a Entry>,
}

impl<'de> MapAccess<'de> for Entries<'_> {
    type Error = Flaw;

    fn next_key_seed<K: DeserializeSeed<'de>>(&mut self, seed: K) -> Result<Option<K::Value>> {
        self.value = self.entries.next();
        let Some(entry) = self.value else { return Ok(None) };
        let key: StrDeserializer<'_, Flaw> = entry.key.as_str().into_deserializer();
        let place = if entry.node.is_of_variable() { &entry.node.place } else { &entry.place };
        seed.deserialize(key).map(Some).map_err(|flaw| flaw.at(&under(self.path, shown(&entry.key)), place))
    }

    fn next_value_seed<V: DeserializeSeed<'de>>(&mut self, seed: V) -> Result<V::Value> {
        match self.value {
            Some(entry) => seed.deserialize(Reader { node: &entry.node, path: under(self.path, shown(&entry.key)) }),
            // serde requests a value only after its key.
            None => Err(Flaw::new(Place::Nowhere, "it has no value", "缺少值")),
        }
    }
}

/// The items of a list.
struct Items<'a> {
    path: &'a str,
    items: std::slice::Iter<'a, Node>,
    index: usize,
}

impl<'de> SeqAccess<'de> for Items<'_> {
    type Error = Flaw;

    fn next_element_seed<T: DeserializeSeed<'de>>(&mut self, seed: T) -> Result<Option<T::Value>> {
        let Some(node) = self.items.next() else { return Ok(None) };
        let path = format!("{}[{}]", self.path, self.index);
        self.index += 1;
        seed.deserialize(Reader { node, path }).map(Some)
    }
}

/// A word with a value, such as `{ raw = 100000 }`.
struct Choice<'a> {
    path: &'a str,
    entry: &'a Entry,
}

impl<'de, 'a> EnumAccess<'de> for Choice<'a> {
    type Error = Flaw;
    type Variant = Reader<'a>;

    fn variant_seed<V: DeserializeSeed<'de>>(self, seed: V) -> Result<(V::Value, Self::Variant)> {
        let path = under(self.path, shown(&self.entry.key));
        let word: StrDeserializer<'_, Flaw> = self.entry.key.as_str().into_deserializer();
        let word = seed.deserialize(word).map_err(|flaw| flaw.at(&path, &self.entry.place))?;
        Ok((word, Reader { node: &self.entry.node, path }))
    }
}

impl<'de> VariantAccess<'de> for Reader<'_> {
    type Error = Flaw;

    fn unit_variant(self) -> Result<()> {
        Err(self.flaw("it takes no value", "此项不带值"))
    }

    fn newtype_variant_seed<T: DeserializeSeed<'de>>(self, seed: T) -> Result<T::Value> {
        seed.deserialize(self)
    }

    fn tuple_variant<V: Visitor<'de>>(self, _: usize, visitor: V) -> Result<V::Value> {
        self.deserialize_seq(visitor)
    }

    fn struct_variant<V: Visitor<'de>>(self, _: &'static [&'static str], visitor: V) -> Result<V::Value> {
        self.deserialize_map(visitor)
    }
}
