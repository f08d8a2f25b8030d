//! The fields of a vendor's JSON, read without trusting their types.

use std::{collections::BTreeMap, fmt};

use serde_json::value::RawValue;

use super::{
    charge::Charge,
    strict::{self, Members, Names, NotJson},
};

/// The fields of a JSON object, each kept as the vendor wrote it. Vendors write numbers as strings and strings as
/// numbers, and they write an empty object as `{}`, as `null` or not at all. A request number has more digits than a
/// float can represent.
///
/// `Debug` shows only the names, because the values may be personal data.
///
/// ```
/// use liveness::answer::Fields;
///
/// let fields = Fields::parse(r#"{"code":0,"score":"85","data":{"live":true}}"#)?;
/// assert_eq!((fields.text("code").as_deref(), fields.text("score").as_deref()), (Some("0"), Some("85")));
/// assert_eq!(fields.object("data").flag("live"), Some(true));
/// # Ok::<(), liveness::answer::NotJson>(())
/// ```
#[derive(Clone, Default)]
pub struct Fields(BTreeMap<String, Box<RawValue>>, Names);

impl Fields {
    /// Reads an object. If a field occurs twice, the first one counts; a [`Reading`](super::Reading) refuses such an
    /// answer.
    ///
    /// # Errors
    ///
    /// [`NotJson`] with the place, never the text: serde_json's own message quotes values.
    pub fn parse(json: &str) -> Result<Self, NotJson> {
        let members = strict::members(json);
        let fields = Self::of(&members);
        match members.broken {
            None => Ok(fields),
            Some(broken) => Err(broken),
        }
    }

    pub(super) fn of(members: &Members<'_>) -> Self {
        let mut fields = BTreeMap::new();
        for (name, value) in &members.fields {
            fields.entry(name.clone()).or_insert_with(|| (*value).to_owned());
        }
        let mut within = members.within.clone();
        for (_, value) in &members.fields {
            if let Some(document) = document_of(value) {
                within.extend(names_of(&document));
            }
        }
        Self(fields, within)
    }

    /// The text of a string or number. `None` if the field is absent, `null`, empty or of another type.
    pub fn text(&self, name: &str) -> Option<String> {
        text_of(self.0.get(name)?)
    }

    /// A boolean, also one written as a string. `None` if the field is absent or of another type.
    pub fn flag(&self, name: &str) -> Option<bool> {
        match self.0.get(name)?.get() {
            "true" | r#""true""# => Some(true),
            "false" | r#""false""# => Some(false),
            _ => None,
        }
    }

    /// The fields of an object, also of one written as a string. There are none if the field is absent or of another type.
    pub fn object(&self, name: &str) -> Self {
        self.0.get(name).and_then(|raw| object_of(raw)).unwrap_or_default()
    }

    /// The field as the vendor wrote it: JSON. `None` if it is absent.
    pub fn raw(&self, name: &str) -> Option<&str> {
        self.0.get(name).map(|raw| raw.get())
    }

    /// Whether the field is an object, whatever is in it, or one written as a string.
    pub fn has_object(&self, name: &str) -> bool {
        self.0.get(name).and_then(|raw| object_of(raw)).is_some()
    }

    /// Whether a field contains an object that is written as a string.
    pub(super) fn has_nested_document(&self) -> bool {
        self.0.values().any(|raw| raw.get().starts_with('"') && object_of(raw).is_some())
    }

    pub(super) fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    /// The first of these fields that has a text.
    pub(super) fn first_text(&self, names: &[&str]) -> Option<String> {
        names.iter().find_map(|name| self.text(name))
    }

    /// The charge that the answer reports. A value in another place, or one that cannot be read, does not count as
    /// absent.
    pub(super) fn charge(&self, name: &str) -> Charge {
        match (self.0.contains_key(name), self.flag(name)) {
            (true, Some(flag)) if self.0.keys().filter(|other| is_like(other, name)).count() == 1 => Charge::Said(flag),
            (false, _)
                if !self.0.keys().any(|other| is_like(other, name))
                    && !self.1.may_hold(|other| is_like(other, name)) =>
            {
                Charge::Absent
            }
            _ => Charge::Unclear,
        }
    }
}

/// The text of a string or number.
pub(super) fn text_of(raw: &RawValue) -> Option<String> {
    let raw = raw.get();
    let text = match raw.as_bytes().first()? {
        b'"' => serde_json::from_str(raw).ok()?,
        b'-' | b'0'..=b'9' => raw.to_owned(),
        _ => return None,
    };
    Some(text).filter(|text| !text.is_empty())
}

/// The fields of an object, also of one written as a string.
fn object_of(raw: &RawValue) -> Option<Fields> {
    if !raw.get().starts_with('"') {
        return Fields::parse(raw.get()).ok();
    }
    Fields::parse(&document_of(raw)?).ok()
}

/// Whether a field's name contains the other, whatever its case: `Charge`, `isCharge`, `charge `.
fn is_like(name: &str, sought: &str) -> bool {
    name.to_ascii_lowercase().contains(&sought.to_ascii_lowercase())
}

/// The text of a string that has the form of a document of its own.
pub(super) fn document_of(raw: &RawValue) -> Option<String> {
    let text = raw.get().starts_with('"').then(|| serde_json::from_str::<String>(raw.get()))?;
    // A string that cannot be decoded may be one.
    let text = text.unwrap_or_else(|_| "{".to_owned());
    let text = text.trim().to_owned();
    text.starts_with(['{', '[']).then_some(text)
}

/// The names of all fields of a document, or the mark that they are not known.
fn names_of(document: &str) -> Names {
    let members = strict::members(document);
    let mut names = members.within;
    members.fields.iter().for_each(|(name, _)| names.add(name));
    if members.broken.is_some() || members.fields.iter().any(|(_, value)| document_of(value).is_some()) {
        names.open();
    }
    names
}

impl fmt::Debug for Fields {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_set().entries(self.0.keys()).finish()
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn values_are_read_whatever_their_type() {
        let fields = Fields::parse(
            r#"{"a":"85","b":85,"c":null,"d":{},"e":202611210800000000000001,"f":true,"g":"false","h":"","i":{"j":-1.5},"k":"{\"l\":1}"}"#,
        )
        .unwrap();
        assert_eq!(fields.text("a").as_deref(), Some("85"));
        assert_eq!(fields.text("b").as_deref(), Some("85"));
        assert_eq!(fields.text("e").as_deref(), Some("202611210800000000000001"));
        assert_eq!([fields.text("c"), fields.text("d"), fields.text("h"), fields.text("z")], [const { None }; 4]);
        assert_eq!((fields.flag("f"), fields.flag("g"), fields.flag("a")), (Some(true), Some(false), None));
        assert_eq!(fields.object("i").text("j").as_deref(), Some("-1.5"));
        assert_eq!(fields.object("k").text("l").as_deref(), Some("1"));
        assert_eq!(fields.object("a").text("j"), None);
        assert!(fields.has_object("d") && !fields.has_object("a") && !fields.has_object("z"));
    }

    #[test]
    fn a_parse_failure_names_the_place_and_not_the_text() {
        let error = Fields::parse(r#"{"idcard": 张三"#).err().unwrap().to_string();
        assert!(error.contains("line 1") && !error.contains("张"), "{error}");
    }

    #[test]
    fn a_charge_that_cannot_be_read_is_not_an_absent_one() {
        let charge = |json: &str| Fields::parse(json).unwrap().charge("charge");
        assert_eq!(charge(r#"{"charge":true}"#), Charge::Said(true));
        assert_eq!(charge(r#"{"charge":"false","data":{}}"#), Charge::Said(false));
        assert_eq!(charge(r#"{"code":500,"msg":"no charge"}"#), Charge::Absent);
        for json in [
            r#"{"charge":1}"#,
            r#"{"charge":"1"}"#,
            r#"{"charge":"True"}"#,
            r#"{"charge":null}"#,
            r#"{"charge":{}}"#,
            r#"{"Charge":true}"#,
            r#"{"charge ":true}"#,
            r#"{"isCharge":true}"#,
            r#"{"charge":false,"CHARGE":true}"#,
            r#"{"data":{"charge":true}}"#,
            r#"{"data":[{"x":{"\u0063harge":true}}]}"#,
            r#"{"data":"{\"charge\":true}"}"#,
            r#"{"data":"[{\"charge\":true"}"#,
            r#"{"data":{"charge":true,"m":"\ud83d"}}"#,
            r#"{"data":{"charge":true,"n":1e999}}"#,
        ] {
            assert_eq!(charge(json), Charge::Unclear, "{json}");
        }
    }

    proptest! {
        #[test]
        fn no_answer_makes_it_panic(bytes in any::<Vec<u8>>(), text in r#"\{"(code|data)":[ "{}\[\],:a0tfn-]{0,20}\}"#) {
            for json in [&String::from_utf8_lossy(&bytes), text.as_str()] {
                if let Ok(fields) = Fields::parse(json) {
                    let _ = (fields.text("code"), fields.flag("code"), fields.object("data").text("a"), fields.charge("code"));
                }
            }
        }
    }
}
