//! The provider that was passed over before another one answered, and the reason.

use std::fmt;

use serde::{Deserialize, Serialize};

use crate::model::{
    ErrorKind, ProviderId,
    redact::{kept, printable},
};

/// A provider of a set that was not called, or gave no verdict, before the set went on to the next one. Its possible
/// cost is part of the charges of the verdict, session or error that names it.
///
/// ```
/// use liveness::{ErrorKind, PassedOver};
///
/// let over = PassedOver::new("jumdata/default".parse()?, ErrorKind::Denied);
/// assert_eq!(over.to_string(), "jumdata/default (denied)");
/// # Ok::<(), liveness::Error>(())
/// ```
#[derive(Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct PassedOver {
    provider: ProviderId,
    kind: ErrorKind,
    #[serde(default)]
    request_id: Option<String>,
}

impl PassedOver {
    /// This account was passed over because of an error of this kind.
    pub fn new(provider: ProviderId, kind: ErrorKind) -> Self {
        Self { provider, kind, request_id: None }
    }

    /// Keeps the number of the request, at most 200 characters of it and no control character. Defaults to none.
    pub fn with_request_id(mut self, id: impl Into<String>) -> Self {
        self.request_id = Some(kept(id.into()));
        self
    }

    /// The account that was passed over.
    pub fn provider(&self) -> &ProviderId {
        &self.provider
    }

    /// The kind of its error, which determines the party that must act before it is called again.
    pub fn kind(&self) -> ErrorKind {
        self.kind
    }

    /// The number of the request, if one was sent and has one. After `OutcomeUnknown`, look it up in the vendor's statement.
    pub fn request_id(&self) -> Option<&str> {
        self.request_id.as_deref()
    }

    /// The same without a request number of an unexpected form.
    pub(crate) fn without_words(mut self) -> Self {
        self.request_id = self.request_id.map(|id| printable(&id).to_owned());
        self
    }
}

/// `jumdata/default (denied)`.
impl fmt::Display for PassedOver {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} ({})", self.provider, self.kind)
    }
}

impl fmt::Debug for PassedOver {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("PassedOver")
            .field("provider", &self.provider)
            .field("kind", &self.kind)
            .field("request_id", &self.request_id.as_deref().map(printable))
            .finish()
    }
}
