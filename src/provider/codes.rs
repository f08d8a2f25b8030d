//! What does a vendor's code mean, and what does it become?

use crate::model::{Again, Billed, ErrorKind, Failure, Language, Outcome, Retake, Text};

/// One row of a vendor's table of codes: what the vendor's answer means and what it becomes here.
///
/// ```
/// use liveness::{Outcome, codes::Becomes, tencent_market::Code};
///
/// let row = Code::parse("P0000").unwrap().row();
/// assert!(matches!(row.becomes(), Becomes::Verdict { outcome: Outcome::Passed, live: Some(true) }));
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Row {
    pub(crate) code: &'static str,
    pub(crate) vendor_text: Option<&'static str>,
    pub(crate) meaning: Text,
    pub(crate) becomes: Becomes,
    pub(crate) billed: Billed,
}

impl Row {
    /// The code as the vendor writes it.
    pub const fn code(&self) -> &'static str {
        self.code
    }

    /// The vendor's own text for it, in Chinese, where the vendor publishes one.
    pub const fn vendor_text(&self) -> Option<&'static str> {
        self.vendor_text
    }

    /// What it means.
    pub const fn meaning(&self, language: Language) -> &'static str {
        self.meaning.get(language)
    }

    /// What it becomes in this crate.
    pub const fn becomes(&self) -> Becomes {
        self.becomes
    }

    /// Whether the vendor documents that such an answer is billed; an answer that says so itself overrides it.
    pub const fn billed(&self) -> Billed {
        self.billed
    }
}

/// What a vendor's code becomes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Becomes {
    /// A verdict.
    Verdict {
        /// What to act on.
        outcome: Outcome,
        /// Whether the vendor's liveness test was passed, where that is known.
        live: Option<bool>,
    },
    /// Still pending: ask again later.
    Pending,
    /// An error.
    Error {
        /// Who must act.
        kind: ErrorKind,
        /// Whether the check may be asked again, if the answer does not say that it was billed.
        again: Again,
        /// The field that is wrong, where one is known.
        field: Option<&'static str>,
    },
}

impl Becomes {
    pub(crate) const fn passed() -> Self {
        Self::Verdict { outcome: Outcome::Passed, live: Some(true) }
    }

    pub(crate) const fn failed(why: Failure, live: Option<bool>) -> Self {
        Self::Verdict { outcome: Outcome::Failed(why), live }
    }

    pub(crate) const fn retake(why: Retake) -> Self {
        Self::Verdict { outcome: Outcome::Retake(why), live: None }
    }

    pub(crate) const fn error(kind: ErrorKind, again: Again) -> Self {
        Self::Error { kind, again, field: None }
    }

    pub(crate) const fn invalid(field: &'static str) -> Self {
        Self::Error { kind: ErrorKind::InvalidCheck, again: Again::Never, field: Some(field) }
    }

    /// Who must act on it.
    pub const fn who_acts(self, language: Language) -> &'static str {
        match self {
            Self::Verdict { outcome: Outcome::Passed, .. } => Text::new("no action", "无需处理"),
            Self::Verdict { outcome: Outcome::Retake(_), .. } => Text::new("the person: try again", "用户：重试"),
            Self::Verdict { .. } => Text::new("the caller: decide on the verdict", "调用方：按核验结果处理"),
            Self::Pending => Text::new("no action; ask for the result later", "无需人工处理，稍后再查即可"),
            Self::Error { kind, .. } => return kind.who_acts(language),
        }
        .get(language)
    }
}

/// Writes one vendor's table of codes down once: the enum, the rows and the way back from the wire.
macro_rules! codes {
    (@text) => { None };
    (@text $vendor_text:literal) => { Some($vendor_text) };
    ($(#[$doc:meta])* $($variant:ident = $code:literal $($vendor_text:literal)?, $english:literal, $chinese:literal, $billed:ident, $becomes:expr;)*) => {
        $(#[$doc])*
        #[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
        #[non_exhaustive]
        pub enum Code {
            $(#[doc = concat!("`", $code, "`", $(" ", $vendor_text,)? ": ", $english, ".")] $variant,)*
        }

        impl Code {
            /// Every code that the vendor documents.
            pub const ALL: &'static [Self] = &[$(Self::$variant),*];

            /// Finds a code; `None` for one that the vendor does not document.
            pub fn parse(code: &str) -> Option<Self> {
                match code {
                    $($code => Some(Self::$variant),)*
                    _ => None,
                }
            }

            /// What the code means and what it becomes.
            pub const fn row(self) -> $crate::provider::codes::Row {
                match self {
                    $(Self::$variant => $crate::provider::codes::Row {
                        code: $code,
                        vendor_text: $crate::provider::codes::codes!(@text $($vendor_text)?),
                        meaning: $crate::model::Text::new($english, $chinese),
                        becomes: $becomes,
                        billed: $crate::model::Billed::$billed,
                    },)*
                }
            }
        }
    };
}

pub(crate) use codes;
