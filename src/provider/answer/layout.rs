//! The names of the fields that every answer of a vendor has.

/// The names of the fields that every answer of a vendor has: its code, text, number and charge. Of several names,
/// the first one with a value counts.
///
/// ```
/// use liveness::{Body, Response, answer::{Layout, Reading}};
///
/// const ACME: Layout = Layout::new("code").with_message(&["text"]).with_request_id(&["id"]).with_charge("billed");
///
/// let answer = Reading::of(&Response::new(Body::from(r#"{"code":0,"id":"A-1","live":true}"#))).answer(&ACME)?;
/// assert_eq!((answer.envelope.code(), answer.fields.flag("live")), (Some("0"), Some(true)));
/// # Ok::<(), liveness::Error>(())
/// ```
#[derive(Clone, Copy, Debug)]
pub struct Layout {
    pub(super) code: &'static str,
    pub(super) message: &'static [&'static str],
    pub(super) request_id: &'static [&'static str],
    pub(super) charge: Option<&'static str>,
}

impl Layout {
    /// A layout with the code in this field.
    pub const fn new(code: &'static str) -> Self {
        Self { code, message: &[], request_id: &[], charge: None }
    }

    /// Names the fields of the vendor's text. Defaults to none.
    pub const fn with_message(mut self, names: &'static [&'static str]) -> Self {
        self.message = names;
        self
    }

    /// Names the fields of the request's number. Defaults to none.
    pub const fn with_request_id(mut self, names: &'static [&'static str]) -> Self {
        self.request_id = names;
        self
    }

    /// Names the boolean field that reports whether the call was billed. Defaults to none.
    ///
    /// If such a field has another type, occurs twice or elsewhere, or is written in another case, it does not count
    /// as absent: the call may have been billed, and it is not repeated.
    pub const fn with_charge(mut self, name: &'static str) -> Self {
        self.charge = Some(name);
        self
    }
}
