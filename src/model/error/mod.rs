//! What went wrong, who must act, and may the check be asked again?

use std::{borrow::Cow, error::Error as StdError, fmt};

use crate::model::{
    Billed, Language, ProviderId, Text,
    redact::{cut, printable},
};

mod kind;

pub use kind::{Again, ErrorKind};

/// `Result` with this crate's [`Error`].
pub type Result<T, E = Error> = std::result::Result<T, E>;

/// Why no verdict came back. A person who fails the check is a [`Verdict`](crate::Verdict), never an `Error`.
///
/// [`kind`](Self::kind) says who must act, [`again`](Self::again) whether asking again may cost money,
/// [`billed`](Self::billed) whether this call did. `Display` says the same in English,
/// [`message`](Self::message) in either language. Neither of them, nor `Debug`, nor a source holds a body, a photo,
/// a name, a number or a key; the vendor's own words are behind [`vendor_message`](Self::vendor_message) only.
///
/// ```
/// use liveness::{Again, Billed, Error, ErrorKind};
///
/// let error = Error::new(ErrorKind::OutcomeUnknown).with_request_id("ZT2026");
/// assert_eq!(error.billed(), Billed::Unknown);
/// assert_eq!(error.again(), Again::MayBillAgain);
/// assert!(error.to_string().contains("reconcile"));
/// ```
pub struct Error(Box<Inner>);

struct Inner {
    kind: ErrorKind,
    field: Option<Cow<'static, str>>,
    reason: Option<Reason>,
    advice: Option<Text>,
    provider: Option<ProviderId>,
    reference: Option<String>,
    vendor_code: Option<String>,
    vendor_message: Option<String>,
    request_id: Option<String>,
    billed: Billed,
    again: Again,
    source: Option<Box<dyn StdError + Send + Sync>>,
}

struct Reason {
    english: Cow<'static, str>,
    chinese: Cow<'static, str>,
}

impl Error {
    /// An error of this kind. [`billed`](Self::billed) defaults to `No` for what is refused before any call
    /// (`InvalidCheck`, `Unsupported`) and to `Unknown` for the rest; [`again`](Self::again) defaults to the kind's own
    /// (see [`ErrorKind`]).
    pub fn new(kind: ErrorKind) -> Self {
        Self(Box::new(Inner {
            kind,
            field: None,
            reason: None,
            advice: None,
            provider: None,
            reference: None,
            vendor_code: None,
            vendor_message: None,
            request_id: None,
            billed: match kind {
                ErrorKind::InvalidCheck | ErrorKind::Unsupported => Billed::No,
                _ => Billed::Unknown,
            },
            again: kind.again(),
            source: None,
        }))
    }

    /// `InvalidCheck` naming the field that the caller must mend.
    pub fn invalid(field: impl Into<Cow<'static, str>>) -> Self {
        Self::new(ErrorKind::InvalidCheck).with_field(field)
    }

    /// An answer that cannot be read although the call may have run.
    pub(crate) fn outcome_unknown(english: &'static str, chinese: &'static str) -> Self {
        Self::new(ErrorKind::OutcomeUnknown).with_reason(english, chinese)
    }

    /// Names the field that is wrong. Defaults to none.
    pub fn with_field(mut self, field: impl Into<Cow<'static, str>>) -> Self {
        self.0.field = Some(field.into());
        self
    }

    /// Says what is wrong, in both languages; must not quote the value itself. Defaults to the kind's own words.
    pub fn with_reason(mut self, english: impl Into<Cow<'static, str>>, chinese: impl Into<Cow<'static, str>>) -> Self {
        self.0.reason = Some(Reason { english: english.into(), chinese: chinese.into() });
        self
    }

    pub(crate) fn with_text(self, text: Text) -> Self {
        self.with_reason(text.english, text.chinese)
    }

    /// Says what to do next where the kind's own advice does not fit.
    pub(crate) fn with_advice(mut self, advice: Text) -> Self {
        self.0.advice = Some(advice);
        self
    }

    /// Names the account that was asked. Defaults to none.
    pub fn with_provider(mut self, provider: ProviderId) -> Self {
        self.0.provider = Some(provider);
        self
    }

    /// Keeps the caller's own number, to reconcile by; it is never printed. Defaults to none.
    pub fn with_reference(mut self, reference: impl Into<String>) -> Self {
        self.0.reference = Some(reference.into());
        self
    }

    /// Keeps the vendor's code verbatim, at most 200 characters of it. Defaults to none.
    pub fn with_vendor_code(mut self, code: impl Into<String>) -> Self {
        self.0.vendor_code = Some(cut(code.into()));
        self
    }

    /// Keeps the vendor's own text, at most 200 characters of it. Defaults to none.
    pub fn with_vendor_message(mut self, message: impl Into<String>) -> Self {
        self.0.vendor_message = Some(cut(message.into()));
        self
    }

    /// Keeps the request's number, at most 200 characters of it. Defaults to none.
    pub fn with_request_id(mut self, id: impl Into<String>) -> Self {
        self.0.request_id = Some(cut(id.into()));
        self
    }

    /// Says whether this call was billed. Defaults as [`Error::new`] says.
    pub fn with_billed(mut self, billed: Billed) -> Self {
        self.0.billed = billed;
        self
    }

    /// Says whether the check may be asked again. Defaults as [`Error::new`] says.
    pub fn with_again(mut self, again: Again) -> Self {
        self.0.again = again;
        self
    }

    /// Keeps the cause. It must print no personal data. Defaults to none.
    pub fn with_source(mut self, source: impl Into<Box<dyn StdError + Send + Sync>>) -> Self {
        self.0.source = Some(source.into());
        self
    }

    /// Who must act.
    pub fn kind(&self) -> ErrorKind {
        self.0.kind
    }

    /// The field that is wrong, such as `id_number`; of `InvalidCheck` always, else where one is known.
    pub fn field(&self) -> Option<&str> {
        self.0.field.as_deref()
    }

    /// The account that was asked, if one was.
    pub fn provider(&self) -> Option<&ProviderId> {
        self.0.provider.as_ref()
    }

    /// The caller's own number, from [`Check::with_reference`](crate::Check::with_reference): what to reconcile by if the answer
    /// was lost. Neither `Display` nor `Debug` shows it.
    pub fn reference(&self) -> Option<&str> {
        self.0.reference.as_deref()
    }

    /// The vendor's code verbatim, if it gave one.
    pub fn vendor_code(&self) -> Option<&str> {
        self.0.vendor_code.as_deref()
    }

    /// The vendor's own words, at most 200 characters. Whether they repeat what was sent is up to the vendor, so
    /// neither `Display` nor `Debug` shows them.
    pub fn vendor_message(&self) -> Option<&str> {
        self.0.vendor_message.as_deref()
    }

    /// The request's number, to name when asking the vendor: theirs, or where their answer gave none, the one that the request
    /// was sent with, if it carried one.
    pub fn request_id(&self) -> Option<&str> {
        self.0.request_id.as_deref()
    }

    /// Whether this call was billed.
    pub fn billed(&self) -> Billed {
        self.0.billed
    }

    /// Whether the same check may be asked again.
    pub fn again(&self) -> Again {
        self.0.again
    }

    /// What happened and what to do next. `Display` is the English one.
    pub fn message(&self, language: Language) -> String {
        let chinese = language == Language::Chinese;
        let mut text = String::new();
        if let Some(provider) = &self.0.provider {
            text.push_str(&format!("{provider}: "));
        }
        text.push_str(self.0.kind.name(language));
        if let Some(field) = &self.0.field {
            text.push_str(&if chinese { format!("（{field}）") } else { format!(" ({field})") });
        }
        if let Some(reason) = &self.0.reason {
            let reason = if chinese { &reason.chinese } else { &reason.english };
            text.push_str(&if chinese { format!("：{reason}") } else { format!(": {reason}") });
        }
        if let Some(code) = self.0.vendor_code.as_deref().map(printable) {
            text.push_str(&if chinese {
                format!("，供应商代码 {code}")
            } else {
                format!(", vendor code {code}")
            });
        }
        if let Some(id) = self.0.request_id.as_deref().map(printable) {
            text.push_str(&if chinese { format!("，请求号 {id}") } else { format!(", request {id}") });
        }
        let advice = self.0.advice.map_or(self.0.kind.advice(language), |advice| advice.get(language));
        text.push_str(&if chinese { format!("。{advice}") } else { format!("; {advice}") });
        text
    }
}

impl fmt::Display for Error {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.message(Language::English))
    }
}

impl fmt::Debug for Error {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Inner {
            kind, field, reason, provider, vendor_code, vendor_message, request_id, billed, again, source, ..
        } = &*self.0;
        f.debug_struct("Error")
            .field("kind", kind)
            .field("field", field)
            .field("reason", &reason.as_ref().map(|r| &r.english))
            .field("provider", provider)
            .field("vendor_code", &vendor_code.as_deref().map(printable))
            .field("vendor_message", &vendor_message.as_ref().map(|_| "[see vendor_message()]"))
            .field("request_id", &request_id.as_deref().map(printable))
            .field("billed", billed)
            .field("again", again)
            .field("source", source)
            .finish()
    }
}

impl StdError for Error {
    fn source(&self) -> Option<&(dyn StdError + 'static)> {
        self.0.source.as_ref().map(|source| &**source as &(dyn StdError + 'static))
    }
}

#[cfg(test)]
mod tests;
