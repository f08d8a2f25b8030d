//! The state of the sandbox.

use crate::{
    provider::{jumdata, tencent_market},
    sandbox::{
        conditions::Limits,
        faults::Faults,
        jumdata::session::Sessions,
        ledger::{ChargeRule, Ledger},
        log::Log,
        scenario::Script,
        server::Gate,
    },
};

/// The number that is reported for an unlimited package.
const UNLIMITED: u64 = 100_000;

/// The whole state of the sandbox.
pub(super) struct State {
    pub(super) loose: bool,
    pub(super) forbidden_signatures: bool,
    /// The host names at which commands are accepted, in lower case.
    pub(super) hosts: Vec<String>,
    pub(super) jumdata_account: jumdata::Credentials,
    pub(super) market_account: tencent_market::Credentials,
    /// How far its clock was moved.
    pub(super) shift: time::Duration,
    pub(super) script: Script,
    pub(super) faults: Faults,
    pub(super) limits: Limits,
    pub(super) charge_rule: ChargeRule,
    pub(super) ledger: Ledger,
    pub(super) log: Log,
    /// The charges that are left of the bought package, if it has an end.
    pub(super) package: Option<u64>,
    /// The calls so far; the last one's number.
    pub(super) calls: u64,
    pub(super) sessions: Sessions,
    /// The gates of the servers that serve it over HTTP.
    pub(super) gates: Vec<Gate>,
}

impl State {
    /// How many charges the package still has, as the meters report it.
    pub(super) fn left(&self) -> u64 {
        self.package.unwrap_or(UNLIMITED)
    }
}
