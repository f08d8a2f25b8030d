//! The kinds of fields in a vendor's requests and answers, so that a recording can leave out what is personal.

/// The kind of value in one field of a vendor's request or answer. Each vendor's module has a table of its fields
/// ([`jumdata::FIELDS`](crate::jumdata::FIELDS), [`tencent_market::FIELDS`](crate::tencent_market::FIELDS)), and a
/// [`RecordingTransport`](crate::record::RecordingTransport) uses it to replace the values. A field that is in no
/// table is masked.
///
/// ```
/// use liveness::{jumdata, record::FieldKind};
///
/// assert!(jumdata::FIELDS.contains(&("token", FieldKind::Token)));
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum FieldKind {
    /// A list of these words, separated by commas, such as actions. Anything else is masked.
    Words(&'static [&'static str]),
    /// The vendor's code of an answer, or its flag for a billed call.
    Code,
    /// A text of the vendor's. Only the phrases that the vendor documents are kept.
    Message,
    /// The vendor's number of a request.
    RequestId,
    /// An instant: of a signature or of an answer.
    Instant,
    /// A score: a small number.
    Score,
    /// A key or its id.
    Secret,
    /// A signature.
    Signature,
    /// The token of a session.
    Token,
    /// A person's name.
    Name,
    /// A person's ID number.
    IdNumber,
    /// A photo of a person, in Base64.
    Photo,
    /// The address of a person's home.
    Address,
    /// A birth date.
    BirthDate,
    /// A person's sex.
    Sex,
    /// The address that the person's browser returns to.
    ReturnUrl,
    /// The address of a page for one person.
    PageUrl,
    /// The address of a portrait.
    PortraitUrl,
    /// The name of the field is kept, and its value is masked at equal length. A field with other fields in it also
    /// has this kind.
    Masked,
}
