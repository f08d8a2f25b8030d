//! The answer of a vendor in a scenario, or the reason why there is none.

use std::fmt;

use crate::{
    model::{Again, ErrorKind, Language, Text},
    provider::{
        codes::Meaning,
        jumdata::Code as JumdataCode,
        tencent_market::{Code as MarketCode, Refusal},
    },
};

/// The response of a vendor in a scenario. It prints as the code, or as the gateway's status and text.
///
/// ```
/// use liveness::{codes::Meaning, sandbox::{Scenario, Vendor}};
///
/// let answer = Scenario::named("passed").unwrap().answer_for(Vendor::TencentMarket)?;
/// assert_eq!(answer.to_string(), "P0000");
/// assert!(matches!(answer.meaning(), Meaning::Verdict { .. }));
/// # Ok::<(), liveness::sandbox::Absent>(())
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum Answer {
    /// One of Jumdata's codes: of a `result` where only a result has it, else of the next JSON call.
    Jumdata(JumdataCode),
    /// One of the listing's codes.
    TencentMarket(MarketCode),
    /// A refusal of the gateway; `…` marks what it fills in.
    Gateway {
        /// The HTTP status.
        status: u16,
        /// The text.
        message: &'static str,
    },
    /// A code that the vendor does not document.
    Undocumented(&'static str),
    /// An HTTP 502 from a proxy, in answer to Jumdata's init; the session was still opened and charged.
    BadGateway,
}

impl Answer {
    /// The meaning of the response in this crate.
    pub fn meaning(&self) -> Meaning {
        let error = Meaning::error_of;
        match self {
            Self::Jumdata(code) => code.info().meaning(),
            Self::TencentMarket(code) => code.info().meaning(),
            Self::Gateway { status, message } => Refusal::find(*status, &fill(message))
                .map_or(error(ErrorKind::Protocol, Again::MayBillAgain), Refusal::meaning),
            Self::Undocumented(_) => error(ErrorKind::Vendor, Again::Never),
            Self::BadGateway => error(ErrorKind::OutcomeUnknown, Again::MayBillAgain),
        }
    }

    /// Whether only Jumdata's result can have this answer.
    pub(in crate::sandbox) fn is_of_a_result(self) -> bool {
        use JumdataCode::{CaptureFailed, LivenessNotPassed, NoResultYet, Success, TokenExpired};
        matches!(self, Self::Jumdata(Success | NoResultYet | LivenessNotPassed | CaptureFailed | TokenExpired))
    }
}

impl fmt::Display for Answer {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Jumdata(code) => f.write_str(code.info().code()),
            Self::TencentMarket(code) => f.write_str(code.info().code()),
            Self::Gateway { status, message } => write!(f, "HTTP {status} {message}"),
            Self::Undocumented(code) => f.write_str(code),
            Self::BadGateway => f.write_str("HTTP 502"),
        }
    }
}

/// The reason why a vendor has no such response.
///
/// ```
/// use liveness::{Language, sandbox::{Scenario, Vendor}};
///
/// let absent = Scenario::named("P0001").unwrap().answer_for(Vendor::Jumdata).unwrap_err();
/// assert!(!absent.reason(Language::English).is_empty());
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Absent(pub(super) Text);

impl Absent {
    /// The reason.
    pub const fn reason(&self, language: Language) -> &'static str {
        self.0.get(language)
    }
}

impl fmt::Display for Absent {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.reason(Language::English))
    }
}

impl std::error::Error for Absent {}

/// Replaces `…` in a text as the gateway would; what a client sent never gets into the ledger.
pub(in crate::sandbox) fn fill(message: &str) -> String {
    let filler = match message.split(' ').next() {
        Some("algorithm") => "hmac-md5",
        Some("param") => "photo",
        Some("签名时间" | "超时") => "已",
        _ => "x-date",
    };
    message.replace('…', filler)
}
