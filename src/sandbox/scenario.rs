//! What can a valid request be answered with?

use std::{fmt, sync::LazyLock};

use super::{
    catalogue::{Definition, catalogue},
    id_number,
    ledger::Vendor,
};
use crate::{
    model::{Again, ErrorKind, Language, Text},
    provider::{
        codes::Becomes,
        jumdata::Code as JumdataCode,
        tencent_market::{Code as MarketCode, Refusal},
    },
};

static CATALOGUE: LazyLock<Vec<Definition>> = LazyLock::new(catalogue);

/// One thing that a vendor may answer to a valid request. An invalid one is refused whatever the scenario.
///
/// The catalogue has neutral names for what both vendors share (`passed`, `liveness-not-passed`, `rate-limited` …), every
/// code of either vendor under its own name (`202`, `P0001` …), and every refusal of the gateway as `gateway-…`.
///
/// ```
/// use liveness::{Language, sandbox::{Scenario, Vendor}};
///
/// let scenario = Scenario::named("different-person").unwrap();
/// assert_eq!(scenario.answer_for(Vendor::TencentMarket).unwrap().to_string(), "P0001");
/// let why_not = scenario.answer_for(Vendor::Jumdata).unwrap_err();
/// assert!(why_not.reason(Language::English).contains("no identity"));
/// ```
#[derive(Clone, Copy)]
pub struct Scenario(&'static Definition);

impl Scenario {
    /// The whole catalogue: neutral names first, then Jumdata's codes, the listing's codes, the gateway's refusals.
    pub fn all() -> impl ExactSizeIterator<Item = Self> {
        CATALOGUE.iter().map(Self)
    }

    /// Finds a scenario by its name.
    pub fn named(name: &str) -> Option<Self> {
        Self::all().find(|scenario| scenario.name() == name)
    }

    /// Its name, also on a command line.
    pub fn name(&self) -> &'static str {
        &self.0.name
    }

    /// What happens.
    pub fn meaning(&self, language: Language) -> &'static str {
        self.0.meaning.get(language)
    }

    /// What this vendor answers.
    ///
    /// # Errors
    ///
    /// [`Absent`] says why it cannot.
    pub fn answer_for(&self, vendor: Vendor) -> Result<Answer, Absent> {
        match vendor {
            Vendor::Jumdata => self.0.jumdata,
            Vendor::TencentMarket => self.0.tencent_market,
        }
        .map_err(Absent)
    }

    /// The valid ID number of region 99, which no real person has, that asks Tencent's compare for this scenario; `None` where
    /// Tencent cannot answer so. Jumdata takes no identity and so knows no such number.
    ///
    /// ```
    /// use liveness::sandbox::Scenario;
    /// assert_eq!(Scenario::named("different-person").unwrap().id_number().unwrap(), "990003199001010016");
    /// assert_eq!(Scenario::named("expired").unwrap().id_number(), None);
    /// ```
    pub fn id_number(&self) -> Option<String> {
        self.answer_for(Vendor::TencentMarket).ok().and(self.0.number).map(id_number::magic)
    }

    /// What happens where nothing else is said; the catalogue begins with it.
    pub(super) fn passed() -> Self {
        Self(&CATALOGUE[0])
    }

    /// The scenario that an ID number of region 99 asks for.
    pub(super) fn numbered(number: u16) -> Option<Self> {
        Self::all().find(|scenario| scenario.0.number == Some(number))
    }
}

impl PartialEq for Scenario {
    fn eq(&self, other: &Self) -> bool {
        self.name() == other.name()
    }
}

impl Eq for Scenario {}

impl fmt::Debug for Scenario {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_tuple("Scenario").field(&self.name()).finish()
    }
}

/// What a vendor answers in a scenario. It prints as the code, or as the gateway's status and text.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum Answer {
    /// One of Jumdata's codes: of a `result` where only a result has it, else of the next JSON call.
    Jumdata(JumdataCode),
    /// One of the listing's codes.
    TencentMarket(MarketCode),
    /// A refusal of the gateway; `…` stands for what it fills in.
    Gateway {
        /// The HTTP status.
        status: u16,
        /// The text.
        message: &'static str,
    },
    /// A code that the vendor does not document.
    Undocumented(&'static str),
    /// An HTTP 502 that is not the vendor's, in answer to Jumdata's init; the session was opened and charged all the same.
    BadGateway,
}

impl Answer {
    /// What it becomes in this crate.
    pub fn becomes(&self) -> Becomes {
        let error = |kind, again| Becomes::Error { kind, again, field: None };
        match self {
            Self::Jumdata(code) => code.row().becomes(),
            Self::TencentMarket(code) => code.row().becomes(),
            Self::Gateway { status, message } => Refusal::find(*status, &fill(message))
                .map_or(error(ErrorKind::Protocol, Again::MayBillAgain), Refusal::becomes),
            Self::Undocumented(_) => error(ErrorKind::Vendor, Again::Never),
            Self::BadGateway => error(ErrorKind::OutcomeUnknown, Again::MayBillAgain),
        }
    }

    /// Whether only Jumdata's result can be answered so.
    pub(super) fn is_of_a_result(self) -> bool {
        use JumdataCode::{CaptureFailed, LivenessNotPassed, NoResultYet, Success, TokenExpired};
        matches!(self, Self::Jumdata(Success | NoResultYet | LivenessNotPassed | CaptureFailed | TokenExpired))
    }
}

impl fmt::Display for Answer {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Jumdata(code) => f.write_str(code.row().code()),
            Self::TencentMarket(code) => f.write_str(code.row().code()),
            Self::Gateway { status, message } => write!(f, "HTTP {status} {message}"),
            Self::Undocumented(code) => f.write_str(code),
            Self::BadGateway => f.write_str("HTTP 502"),
        }
    }
}

/// Why a vendor cannot answer so.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Absent(Text);

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

/// Puts what the gateway would fill in for `…`; what a client sent never takes its place in the ledger.
pub(super) fn fill(message: &str) -> String {
    let filler = match message.split(' ').next() {
        Some("algorithm") => "hmac-md5",
        Some("param") => "photo",
        _ => "x-date",
    };
    message.replace('…', filler)
}
