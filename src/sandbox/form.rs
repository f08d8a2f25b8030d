//! How is a form body read?

use http::{HeaderMap, header};

/// The only content type that either vendor takes.
const FORM: &str = "application/x-www-form-urlencoded";

/// A form's fields, in the order sent. No `Debug`: it holds a person's data.
pub(super) struct Form(Vec<(String, String)>);

impl Form {
    pub(super) fn parse(body: &[u8]) -> Self {
        Self(form_urlencoded::parse(body).into_owned().collect())
    }

    /// The fields of a flat JSON object of strings, as the vendor's curl sample sends them.
    pub(super) fn parse_json(body: &[u8]) -> Option<Self> {
        let fields: std::collections::BTreeMap<String, String> = serde_json::from_slice(body).ok()?;
        Some(Self(fields.into_iter().collect()))
    }

    pub(super) fn get(&self, name: &str) -> Option<&str> {
        self.0.iter().find(|(own, _)| own == name).map(|(_, value)| value.as_str())
    }

    /// Whether a field is there more than once, so that nobody knows which counts.
    pub(super) fn repeats(&self, name: &str) -> bool {
        self.0.iter().filter(|(own, _)| own == name).count() > 1
    }
}

/// Whether the one content type is that of a form, whatever its parameters.
pub(super) fn is_form(headers: &HeaderMap) -> bool {
    let mut types = headers.get_all(header::CONTENT_TYPE).iter();
    let first = types.next().and_then(|value| value.to_str().ok()).and_then(|value| value.split(';').next());
    first.is_some_and(|media| media.trim().eq_ignore_ascii_case(FORM)) && types.next().is_none()
}
