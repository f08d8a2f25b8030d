//! The ledger: which calls reached the vendors, and what they cost.

use std::{collections::BTreeSet, fmt};

use serde::{Deserialize, Serialize};
use time::OffsetDateTime;

use crate::{
    model::{ErrorKind, words},
    provider::{codes::Meaning, tencent_market},
};

/// The vendor of a call.
///
/// Its word is the vendor's name, as in [`ProviderId::vendor`](crate::ProviderId::vendor) and in `LIVENESS_VENDOR`. The enum is
/// exhaustive, so that a `match` on it stops compiling when a vendor is added.
///
/// ```
/// use liveness::sandbox::{Conditions, Vendor};
///
/// let word = |vendor| match vendor {
///     Vendor::Jumdata => "hosted",
///     Vendor::TencentMarket => "one-shot",
/// };
/// assert_eq!(word("tencent-market".parse::<Vendor>()?), "one-shot");
/// let one_a_second = Conditions::new().with_calls_per_second(Vendor::Jumdata, 1);
/// # let _ = one_a_second;
/// # Ok::<(), liveness::UnknownWord>(())
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Vendor {
    /// Jumdata's hosted page.
    Jumdata,
    /// The Tencent cloud market's compare.
    #[serde(rename = "tencent-market")]
    TencentMarket,
}

words!(all Vendor, "vendor", { Jumdata => "jumdata", TencentMarket => "tencent-market" });

/// The kind of a call.
///
/// ```
/// use liveness::{Check, Jumdata, LivenessProvider, ReturnUrl, Sandbox};
/// # let sandbox = Sandbox::new();
/// # let provider = Jumdata::new(Sandbox::jumdata_credentials(), sandbox.clone());
/// # let check = Check::liveness().with_return_url(ReturnUrl::parse("https://shop.example/back")?);
/// let _session = provider.begin(&check)?;
/// use liveness::sandbox::Call;
///
/// assert_eq!((sandbox.ledger().calls(Call::Init), sandbox.ledger().calls(Call::Result)), (1, 0));
/// # Ok::<(), liveness::Error>(())
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
#[non_exhaustive]
pub enum Call {
    /// Jumdata's init.
    Init,
    /// Jumdata's page.
    Html,
    /// Jumdata's result.
    Result,
    /// Tencent market's compare.
    Compare,
    /// One of Jumdata's free meters.
    Meter,
    /// A call that the vendor does not have.
    Unknown,
}

words!(all Call, "call", {
    Init => "init",
    Html => "html",
    Result => "result",
    Compare => "compare",
    Meter => "meter",
    Unknown => "unknown",
});

/// The calls that reached the sandbox, in order, as the vendors' own records would list them.
///
/// It counts every call, and keeps an [`Entry`] for each of the last [`MAX_ENTRIES`](Self::MAX_ENTRIES). It serializes as the
/// list of these entries. It contains no name, ID number, photo or token, so it can be printed.
///
/// ```
/// use liveness::{Check, Jumdata, LivenessProvider, ReturnUrl, Sandbox};
/// # let sandbox = Sandbox::new();
/// # let provider = Jumdata::new(Sandbox::jumdata_credentials(), sandbox.clone());
/// # let check = Check::liveness().with_return_url(ReturnUrl::parse("https://shop.example/back")?);
/// let _session = provider.begin(&check)?;
/// let ledger = sandbox.ledger();
/// assert_eq!((ledger.entries().len(), ledger.charges()), (1, 1));
/// sandbox.reset_ledger();
/// assert_eq!(sandbox.ledger().charges(), 0);
/// # Ok::<(), liveness::Error>(())
/// ```
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize)]
#[serde(transparent)]
pub struct Ledger {
    entries: Vec<Entry>,
    #[serde(skip)]
    charges: usize,
    /// By [`Call`], in its order.
    #[serde(skip)]
    calls: [usize; 6],
}

impl Ledger {
    /// How many calls have an entry. Older calls are only counted.
    pub const MAX_ENTRIES: usize = 10_000;

    /// The last calls, the oldest first.
    pub fn entries(&self) -> &[Entry] {
        &self.entries
    }

    /// How many calls were charged, those without an entry included.
    pub fn charges(&self) -> usize {
        self.charges
    }

    /// How many calls of this kind there were, those without an entry included.
    pub fn calls(&self, call: Call) -> usize {
        self.calls[call as usize]
    }

    /// How many calls there were.
    pub(super) fn all_calls(&self) -> usize {
        self.calls.iter().sum()
    }

    pub(super) fn enter(&mut self, entry: Entry) {
        self.charges += usize::from(entry.charged);
        self.calls[entry.call as usize] += 1;
        if self.entries.len() == Self::MAX_ENTRIES {
            self.entries.remove(0);
        }
        self.entries.push(entry);
    }
}

impl fmt::Display for Ledger {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.entries.iter().try_for_each(|entry| writeln!(f, "{entry}"))
    }
}

/// One call.
///
/// ```
/// use liveness::{Check, Jumdata, LivenessProvider, ReturnUrl, Sandbox};
/// # let sandbox = Sandbox::new();
/// # let provider = Jumdata::new(Sandbox::jumdata_credentials(), sandbox.clone());
/// # let check = Check::liveness().with_return_url(ReturnUrl::parse("https://shop.example/back")?);
/// let _session = provider.begin(&check)?;
/// use liveness::sandbox::{Call, Vendor};
///
/// let ledger = sandbox.ledger();
/// let entry = &ledger.entries()[0];
/// assert_eq!((entry.number(), entry.vendor(), entry.call()), (1, Vendor::Jumdata, Call::Init));
/// assert_eq!((entry.status(), entry.code(), entry.is_charged()), (200, "200", true));
/// assert_eq!(entry.note(), None); // the rule that a refused request breaks
/// # Ok::<(), liveness::Error>(())
/// ```
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Entry {
    pub(super) number: u64,
    #[serde(with = "time::serde::rfc3339")]
    pub(super) at: OffsetDateTime,
    pub(super) vendor: Vendor,
    pub(super) call: Call,
    pub(super) status: u16,
    pub(super) code: &'static str,
    pub(super) request_id: Option<String>,
    pub(super) charged: bool,
    pub(super) answered: bool,
    pub(super) note: Option<&'static str>,
}

impl Entry {
    /// The number of the call, from 1 since the sandbox was made.
    pub fn number(&self) -> u64 {
        self.number
    }

    /// The time at which it arrived, by the sandbox's clock.
    pub fn at(&self) -> OffsetDateTime {
        self.at
    }

    /// The vendor.
    pub fn vendor(&self) -> Vendor {
        self.vendor
    }

    /// The call.
    pub fn call(&self) -> Call {
        self.call
    }

    /// The answer's HTTP status.
    pub fn status(&self) -> u16 {
        self.status
    }

    /// The vendor's code, or the gateway's message with `…` for what it filled in.
    pub fn code(&self) -> &str {
        self.code
    }

    /// The request's number (`taskNo`, `jobid`), if the answer has one.
    pub fn request_id(&self) -> Option<&str> {
        self.request_id.as_deref()
    }

    /// Whether it was charged.
    pub fn is_charged(&self) -> bool {
        self.charged
    }

    /// Whether its response arrived whole. A [`Fault`](super::Fault) or a delay can prevent that.
    pub fn is_answered(&self) -> bool {
        self.answered
    }

    /// The rule that the request breaks, if the sandbox refused it. A real vendor does not report this.
    pub fn note(&self) -> Option<&str> {
        self.note
    }
}

impl fmt::Display for Entry {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let charged = if self.charged { "charged" } else { "not charged" };
        write!(f, "{} {} {}: {} (HTTP {}), {charged}", self.number, self.vendor, self.call, self.code, self.status)?;
        if let Some(id) = &self.request_id {
            write!(f, ", request {id}")?;
        }
        if !self.answered {
            f.write_str(", the answer was lost")?;
        }
        match self.note {
            Some(note) => write!(f, " [{note}]"),
            None => Ok(()),
        }
    }
}

/// What the sandbox charges for. **The rule is the sandbox's own**: neither vendor states it in full.
///
/// Jumdata's documents call a result's 200 and 202 billed, and init's sample has `"charge": true`. Tencent's listing
/// documents nothing, so every compare that ran is charged: all except those refused because of their input (00002,
/// 00082, 21082, 210J4) or their number (21089). A 500, 502 or 504 of the gateway counts as run. This is the worse
/// case, and it makes a client that retries pay twice.
///
/// ```
/// use liveness::sandbox::ChargeRule;
/// let rule = ChargeRule::new().with_init(false).with_compare_codes(["P0000", "P0001"]);
/// # let _ = liveness::Sandbox::builder().with_charge_rule(rule);
/// ```
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ChargeRule {
    pub(super) init: bool,
    pub(super) result: bool,
    pub(super) repeated_result: bool,
    compare_codes: Option<BTreeSet<String>>,
}

impl ChargeRule {
    /// The defaults of every setter.
    pub fn new() -> Self {
        Self { init: true, result: true, repeated_result: false, compare_codes: None }
    }

    /// Sets whether a successful init is charged. Its `charge` shows it. Defaults to yes.
    pub fn with_init(mut self, charged: bool) -> Self {
        self.init = charged;
        self
    }

    /// Sets whether a result's 200 and 202 are charged. If not, the answer has `"charge": false`; otherwise it has no
    /// flag, as in the vendor's samples. Defaults to yes.
    pub fn with_result(mut self, charged: bool) -> Self {
        self.result = charged;
        self
    }

    /// Sets whether another call for the same result is charged again. The response does not show it. Defaults to no.
    pub fn with_repeated_result(mut self, charged: bool) -> Self {
        self.repeated_result = charged;
        self
    }

    /// Sets the only `errcode`s that are charged. Defaults to every compare that ran.
    pub fn with_compare_codes(mut self, codes: impl IntoIterator<Item = impl Into<String>>) -> Self {
        self.compare_codes = Some(codes.into_iter().map(Into::into).collect());
        self
    }

    pub(super) fn compare(&self, errcode: &str) -> bool {
        match &self.compare_codes {
            Some(codes) => codes.contains(errcode),
            None => tencent_market::Code::parse(errcode).is_none_or(|code| match code.info().meaning() {
                Meaning::Error { kind, .. } => {
                    kind != ErrorKind::InvalidCheck && code != tencent_market::Code::DuplicateRequest
                }
                Meaning::Verdict { .. } | Meaning::Pending => true,
            }),
        }
    }
}

impl Default for ChargeRule {
    fn default() -> Self {
        Self::new()
    }
}
