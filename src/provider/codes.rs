//! A vendor's table of codes: the meaning of each code and its result in this crate.
//!
//! [`codes!`](crate::codes!) makes such a table from one list: the enum, its rows, and the parser. Both vendors'
//! tables are made with it. Use it for your own vendor too.
//!
//! ```
//! use liveness::{Failure, Goal, Language, codes::Meaning};
//!
//! liveness::codes! {
//!     /// Acme's codes.
//!     Live = "0", "a living person", "活体", Yes, Meaning::passed(&[Goal::Liveness]);
//!     NotLive = "1", "no living person", "非活体", Yes, Meaning::failed(Failure::LivenessNotPassed).live(false);
//! }
//!
//! let code = Code::parse("1").unwrap();
//! assert_eq!(code.info().description(Language::English), "no living person");
//! ```

use crate::model::{
    Again, Billed, Error, ErrorKind, Failure, Goal, Language, Outcome, Receipt, Retake, Text, Unverifiable, Verdict,
};

/// One row of a vendor's table of codes.
///
/// ```
/// use liveness::{Language, Outcome, codes::Meaning, tencent_market::Code};
///
/// let info = Code::parse("P0000").unwrap().info();
/// assert!(matches!(info.meaning(), Meaning::Verdict { outcome: Outcome::Passed, live: Some(true), .. }));
/// assert_eq!(info.description(Language::English), "the same person");
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct CodeInfo {
    code: &'static str,
    vendor_text: Option<&'static str>,
    description: Text,
    meaning: Meaning,
    billed: Billed,
}

impl CodeInfo {
    /// A row: the code as the vendor writes it, its description in English and Chinese, and its result in this crate.
    pub const fn new(code: &'static str, english: &'static str, chinese: &'static str, meaning: Meaning) -> Self {
        let description = Text::new(english, chinese);
        Self { code, vendor_text: None, description, meaning, billed: Billed::Unknown }
    }

    /// The vendor's own text for it. Defaults to none.
    pub const fn with_vendor_text(mut self, text: &'static str) -> Self {
        self.vendor_text = Some(text);
        self
    }

    /// Sets whether the vendor documents that this code is billed. Defaults to `Unknown`.
    pub const fn with_billed(mut self, billed: Billed) -> Self {
        self.billed = billed;
        self
    }

    /// The code as the vendor writes it.
    pub const fn code(&self) -> &'static str {
        self.code
    }

    /// The vendor's own text for it, in Chinese, where the vendor publishes one.
    pub const fn vendor_text(&self) -> Option<&'static str> {
        self.vendor_text
    }

    /// The description of the code.
    pub const fn description(&self, language: Language) -> &'static str {
        self.description.get(language)
    }

    /// Its result in this crate.
    pub const fn meaning(&self) -> Meaning {
        self.meaning
    }

    /// Whether the vendor documents that this code is billed. The response's own statement has precedence.
    pub const fn billed(&self) -> Billed {
        self.billed
    }

    /// The error that this code becomes, with its description; `None` if it becomes a verdict or is pending.
    pub fn error(&self) -> Option<Error> {
        self.meaning.error().map(|error| error.with_reason(self.description))
    }

    pub(crate) const fn text(&self) -> Text {
        self.description
    }
}

/// The result that a vendor's code has in this crate.
///
/// ```
/// use liveness::{Again, ErrorKind, Failure, Language, Receipt, codes::Meaning};
///
/// let denied = Meaning::failed(Failure::DifferentPerson).live(true);
/// let verdict = denied.verdict_with(Receipt::new("acme/a".parse()?)).unwrap();
/// assert_eq!((verdict.is_passed(), verdict.live()), (false, Some(true)));
///
/// let busy = Meaning::error_of(ErrorKind::RateLimited, Again::Safe);
/// assert_eq!(busy.error().unwrap().again(), Again::Safe);
/// assert_eq!(Meaning::retake(liveness::Retake::NoFace).who_acts(Language::English), "the person: try again");
/// # Ok::<(), liveness::Error>(())
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum Meaning {
    /// A verdict.
    #[non_exhaustive]
    Verdict {
        /// The outcome, by which the caller decides.
        outcome: Outcome,
        /// Whether the vendor's liveness test was passed, where that is known.
        live: Option<bool>,
        /// The goals that it proves.
        established: &'static [Goal],
    },
    /// There is no result yet. Try again later.
    Pending,
    /// An error.
    #[non_exhaustive]
    Error {
        /// The kind, which determines the party that must act.
        kind: ErrorKind,
        /// Whether the call may be repeated, provided that the response does not report it as billed.
        again: Again,
        /// The field that is wrong, where one is known.
        field: Option<&'static str>,
        /// Whether the client retries the call automatically where that is safe.
        is_retried: bool,
    },
}

impl Meaning {
    /// The check passed: the person is live, and these goals are proven.
    pub const fn passed(established: &'static [Goal]) -> Self {
        Self::Verdict { outcome: Outcome::Passed, live: Some(true), established }
    }

    /// The vendor denied something.
    pub const fn failed(why: Failure) -> Self {
        Self::verdict(Outcome::Failed(why))
    }

    /// The person should try again.
    pub const fn retake(why: Retake) -> Self {
        Self::verdict(Outcome::Retake(why))
    }

    /// This vendor cannot know.
    pub const fn unverifiable(why: Unverifiable) -> Self {
        Self::verdict(Outcome::Unverifiable(why))
    }

    const fn verdict(outcome: Outcome) -> Self {
        Self::Verdict { outcome, live: None, established: &[] }
    }

    /// Sets for a verdict whether the vendor's liveness test was passed; a passed test proves liveness. Other
    /// meanings do not change.
    pub const fn live(self, is_live: bool) -> Self {
        match self {
            Self::Verdict { outcome, established, .. } => {
                let established = if is_live && established.is_empty() { &[Goal::Liveness] } else { established };
                Self::Verdict { outcome, live: Some(is_live), established }
            }
            other => other,
        }
    }

    /// An error of this kind.
    pub const fn error_of(kind: ErrorKind, again: Again) -> Self {
        Self::Error { kind, again, field: None, is_retried: true }
    }

    /// Turns off the automatic retry of an error, although it would be safe, because waiting a few seconds cannot
    /// help. Other meanings do not change.
    pub const fn not_retried(self) -> Self {
        match self {
            Self::Error { kind, again, field, .. } => Self::Error { kind, again, field, is_retried: false },
            other => other,
        }
    }

    /// The caller's input is wrong: `InvalidCheck` naming this field.
    pub const fn invalid(field: &'static str) -> Self {
        Self::Error { kind: ErrorKind::InvalidCheck, again: Again::Never, field: Some(field), is_retried: true }
    }

    /// The verdict that it becomes, with this receipt; `None` if it is an error or pending.
    pub fn verdict_with(self, receipt: Receipt) -> Option<Verdict> {
        let Self::Verdict { outcome, live, established } = self else { return None };
        let verdict = Verdict::new(outcome, receipt).with_established(established.iter().copied());
        Some(match live {
            Some(live) => verdict.with_live(live),
            None => verdict,
        })
    }

    /// The error that it becomes; `None` if it is a verdict or pending.
    pub fn error(self) -> Option<Error> {
        let Self::Error { kind, again, field, is_retried } = self else { return None };
        let error = Error::new(kind).with_again(again).with_automatic_retry(is_retried);
        Some(match field {
            Some(field) => error.with_field(field),
            None => error,
        })
    }

    /// The party that must act on it.
    pub const fn who_acts(self, language: Language) -> &'static str {
        match self {
            Self::Verdict { outcome: Outcome::Passed, .. } => Text::new("no action", "无需处理"),
            Self::Verdict { outcome: Outcome::Retake(_), .. } => Text::new("the person: try again", "用户：重试"),
            Self::Verdict { .. } => Text::new("the caller: decide on the verdict", "调用方：按核验结果处理"),
            Self::Pending => Text::new("no action; call `resume` again later", "无需处理，稍后再查即可"),
            Self::Error { kind, again, .. } => return kind.who_acts(again, language),
        }
        .get(language)
    }
}

/// Makes the table of codes of one vendor: the enum `Code` with `ALL`, `parse` and `info`.
///
/// A row is `Variant = "code" "the vendor's text", "English", "Chinese", Billed, Meaning;`, where the vendor's text
/// is optional.
///
/// ```
/// use liveness::{Again, Billed, ErrorKind, Failure, Goal, codes::Meaning};
///
/// liveness::codes! {
///     /// Acme's codes.
///     Live = "0", "a living person", "活体", Yes, Meaning::passed(&[Goal::Liveness]);
///     NotLive = "1" "NOT LIVE", "no living person", "非活体", Yes, Meaning::failed(Failure::LivenessNotPassed).live(false);
///     Busy = "9", "busy: nothing ran", "系统繁忙，未执行", No, Meaning::error_of(ErrorKind::RateLimited, Again::Safe);
/// }
///
/// assert_eq!(Code::parse("1"), Some(Code::NotLive));
/// assert_eq!(Code::Busy.info().billed(), Billed::No);
/// assert_eq!(Code::parse("2"), None);
/// ```
#[macro_export]
macro_rules! codes {
    ($(#[$doc:meta])* $($variant:ident = $code:literal $($vendor_text:literal)?, $english:literal, $chinese:literal, $billed:ident, $meaning:expr;)*) => {
        $(#[$doc])*
        #[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
        #[non_exhaustive]
        pub enum Code {
            $(#[doc = concat!("`", $code, "`", $(" ", $vendor_text,)? ": ", $english, ".")] $variant,)*
        }

        impl Code {
            /// Every code that the vendor documents.
            pub const ALL: &'static [Self] = &[$(Self::$variant),*];

            /// Finds a code; space around it and the case of its letters do not matter. `None` means that the vendor does not
            /// document it.
            pub fn parse(code: &str) -> Option<Self> {
                let code = code.trim_matches(|char: char| char.is_whitespace() || char.is_control());
                $(if code.eq_ignore_ascii_case($code) {
                    return Some(Self::$variant);
                })*
                None
            }

            /// The row of this code: its meaning and its result.
            pub const fn info(self) -> $crate::codes::CodeInfo {
                match self {
                    $(Self::$variant => $crate::codes::CodeInfo::new($code, $english, $chinese, $meaning)
                        .with_billed($crate::Billed::$billed)
                        $(.with_vendor_text($vendor_text))?,)*
                }
            }
        }
    };
}

pub(crate) use codes;
