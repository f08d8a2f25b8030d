//! Reads a form body.

use std::{borrow::Cow, collections::BTreeMap};

use form_urlencoded::Serializer;
use http::{HeaderMap, header};

/// The only content type that either vendor accepts.
const FORM: &str = "application/x-www-form-urlencoded";

/// A form, still as it was sent. A field is read only on use, so that an unverified body costs no more than its own
/// bytes. No `Debug`: it contains personal data.
pub(super) struct Form<'a>(Cow<'a, [u8]>);

impl<'a> Form<'a> {
    pub(super) fn parse(body: &'a [u8]) -> Self {
        Self(Cow::Borrowed(body))
    }

    /// The fields of a flat JSON object of strings, as the vendor's curl sample sends them, with the comma that its printed
    /// samples have after the last field.
    pub(super) fn parse_json(body: &[u8]) -> Option<Self> {
        let mut json = String::from_utf8(body.to_vec()).ok()?;
        json_strip_comments::strip(&mut json).ok()?;
        let fields: BTreeMap<String, String> = serde_json::from_str(&json).ok()?;
        let form = Serializer::new(String::new()).extend_pairs(fields).finish();
        Some(Self(Cow::Owned(form.into_bytes())))
    }

    pub(super) fn get(&self, name: &str) -> Option<Cow<'_, str>> {
        self.values(name).next()
    }

    /// Whether a field occurs more than once, so that its value is ambiguous.
    pub(super) fn repeats(&self, name: &str) -> bool {
        self.values(name).nth(1).is_some()
    }

    /// Every value.
    pub(super) fn all(&self) -> impl Iterator<Item = String> {
        form_urlencoded::parse(&self.0).map(|(_, value)| value.into_owned())
    }

    fn values(&self, name: &str) -> impl Iterator<Item = Cow<'_, str>> {
        form_urlencoded::parse(&self.0).filter(move |(own, _)| own == name).map(|(_, value)| value)
    }
}

/// Whether the one content type is that of a form, whatever its parameters.
pub(super) fn is_form(headers: &HeaderMap) -> bool {
    let mut types = headers.get_all(header::CONTENT_TYPE).iter();
    let first = types.next().and_then(|value| value.to_str().ok()).and_then(|value| value.split(';').next());
    first.is_some_and(|media| media.trim().eq_ignore_ascii_case(FORM)) && types.next().is_none()
}
