//! Scenarios, which are the possible responses to a valid request.

mod answer;
mod catalogue;
mod script;

use std::{
    fmt,
    hash::{Hash, Hasher},
    str::FromStr,
};

pub use self::answer::{Absent, Answer};
use self::catalogue::{CATALOGUE, Definition};
pub(super) use self::{
    answer::fill,
    catalogue::{UNDOCUMENTED_JUMDATA, UNDOCUMENTED_MARKET},
    script::Script,
};
use crate::{
    model::{Language, UnknownWord},
    sandbox::{id_number, ledger::Vendor},
};

/// One possible response to a valid request. An invalid request is refused whatever the scenario.
///
/// The catalogue has neutral names for the responses that both vendors share (`passed`, `liveness-not-passed`,
/// `rate-limited` …), every code of either vendor under its own name (`202`, `P0001` …), and every refusal of the
/// gateway as `gateway-…`.
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

    /// Its name, which is also its name on a command line.
    pub fn name(&self) -> &'static str {
        &self.0.name
    }

    /// The effect of the scenario.
    pub fn meaning(&self, language: Language) -> &'static str {
        self.0.meaning.get(language)
    }

    /// The response of this vendor.
    ///
    /// # Errors
    ///
    /// [`Absent`], with the reason why this vendor has no such response.
    pub fn answer_for(&self, vendor: Vendor) -> Result<Answer, Absent> {
        match vendor {
            Vendor::Jumdata => self.0.jumdata,
            Vendor::TencentMarket => self.0.tencent_market,
        }
        .map_err(Absent)
    }

    /// The ID number that selects this scenario in Tencent's compare. It is valid and of region 99, which no real person has.
    /// `None` if Tencent has no such response. Jumdata takes no identity, so it has no such numbers.
    ///
    /// ```
    /// use liveness::sandbox::Scenario;
    /// assert_eq!(Scenario::named("different-person").unwrap().id_number().unwrap(), "990003199001010016");
    /// assert_eq!(Scenario::named("expired").unwrap().id_number(), None);
    /// ```
    pub fn id_number(&self) -> Option<String> {
        self.answer_for(Vendor::TencentMarket).ok().and(self.0.number).map(id_number::magic)
    }

    /// The default scenario, which is the first of the catalogue.
    pub(in crate::sandbox) fn passed() -> Self {
        Self(&CATALOGUE[0])
    }

    /// The scenario that an ID number of region 99 selects.
    pub(in crate::sandbox) fn numbered(number: u16) -> Option<Self> {
        Self::all().find(|scenario| scenario.0.number == Some(number))
    }
}

impl PartialEq for Scenario {
    fn eq(&self, other: &Self) -> bool {
        self.name() == other.name()
    }
}

impl Eq for Scenario {}

impl Hash for Scenario {
    fn hash<H: Hasher>(&self, state: &mut H) {
        self.name().hash(state);
    }
}

impl fmt::Display for Scenario {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(self.name())
    }
}

impl FromStr for Scenario {
    type Err = UnknownWord;

    /// Finds a scenario by its name.
    fn from_str(name: &str) -> Result<Self, Self::Err> {
        Self::named(name)
            .ok_or_else(|| UnknownWord::new("scenario", Self::all().map(|scenario| scenario.0.name.as_ref())))
    }
}

impl fmt::Debug for Scenario {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_tuple("Scenario").field(&self.name()).finish()
    }
}
