//! The sandbox itself: how it is set, told and asked.

use std::{
    fmt,
    sync::{Arc, Mutex, MutexGuard, PoisonError},
    time::Duration,
};

use time::OffsetDateTime;

use crate::{
    model::{Clock, Secret, SystemClock},
    provider::{Session, jumdata, tencent_market},
    sandbox::{
        faults::{Fault, Faults},
        jumdata::session::{Sessions, Stage},
        ledger::{ChargeRule, Ledger},
        scenario::{Scenario, Script},
        state::State,
    },
};

/// The farthest that its clock goes from the one beneath, either way: a hundred years, so that every instant still has a date in
/// four digits.
const MAX_SHIFT: time::Duration = time::Duration::days(36_525);

/// Both vendors, emulated in process: a [`Transport`](crate::Transport) without a socket; [`serve`](Self::serve) puts it behind one.
///
/// Requests are told apart by path, whatever the host; one to a path of neither vendor is answered with 404 and counts as no
/// call. A request that breaks a rule of its vendor's is refused as the vendor
/// would; a valid one is answered with, in this order, the scenario [armed](Self::arm) for it, the one that its
/// [magic ID number](Scenario::id_number) asks for, the [default](SandboxBuilder::with_default), a pass. The person before Jumdata's
/// camera is played by [`finish`](Self::finish). Every answer carries [`SANDBOX_HEADER`](crate::SANDBOX_HEADER) and the sandbox's `Date`.
///
/// Where a vendor does not say how it answers, the sandbox chooses, and the [`Entry`](super::Entry) notes which rule was broken.
/// It is a handle: clones share everything. [`builder`](Self::builder) makes one with other settings.
///
/// ```
/// use liveness::{Check, Jumdata, LivenessProvider, Progress, ReturnUrl, Sandbox, sandbox::Scenario};
///
/// let sandbox = Sandbox::new();
/// let provider = Jumdata::new(Sandbox::jumdata_credentials(), sandbox.clone());
/// let check = Check::liveness().with_return_url(ReturnUrl::parse("https://shop.example/back")?);
/// let Progress::Pending(session) = provider.begin(&check)? else { unreachable!("a hosted vendor does not know yet") };
///
/// sandbox.arm(Scenario::named("liveness-not-passed").unwrap());
/// sandbox.finish(&session);
/// let Progress::Done(verdict) = provider.resume(&session)? else { unreachable!("the person is done") };
/// assert_eq!(verdict.live(), Some(false));
/// assert_eq!(sandbox.ledger().charges(), 2);
/// # Ok::<(), liveness::Error>(())
/// ```
#[derive(Clone)]
pub struct Sandbox {
    pub(super) clock: Arc<dyn Clock>,
    state: Arc<Mutex<State>>,
}

impl Sandbox {
    /// The `appId` that it knows.
    pub const JUMDATA_APP_ID: &str = "sandbox-app-id";
    /// The `appSecret` of that account.
    pub const JUMDATA_APP_SECRET: &str = "sandbox-app-secret";
    /// The `secretId` that it knows.
    pub const TENCENT_SECRET_ID: &str = "sandbox-secret-id";
    /// The `secretKey` of that account.
    pub const TENCENT_SECRET_KEY: &str = "sandbox-secret-key";

    /// The keys of the Jumdata account that it knows unless it is built with another.
    pub fn jumdata_credentials() -> jumdata::Credentials {
        jumdata::Credentials { app_id: Self::JUMDATA_APP_ID.into(), app_secret: Self::JUMDATA_APP_SECRET.into() }
    }

    /// The keys of the Tencent listing that it knows unless it is built with others.
    pub fn tencent_market_credentials() -> tencent_market::Credentials {
        tencent_market::Credentials {
            secret_id: Self::TENCENT_SECRET_ID.into(),
            secret_key: Self::TENCENT_SECRET_KEY.into(),
        }
    }

    /// On the machine's clock and randomness, with the defaults of every setting.
    pub fn new() -> Self {
        Self::builder().build()
    }

    /// A sandbox with other settings, to be built.
    pub fn builder() -> SandboxBuilder {
        SandboxBuilder::new()
    }

    /// From now on answers a valid request like this where nothing else is armed or asked for, as
    /// [`with_default`](SandboxBuilder::with_default) says.
    pub fn set_default(&self, scenario: Scenario) {
        self.lock().script.default = scenario;
    }

    /// Answers the next valid request that it fits with this scenario; several are taken in order, each vendor's on its own.
    ///
    /// A scenario of Jumdata's result (200, 201, 202, 203, 301) that is armed before init belongs to the session which that
    /// init opens, otherwise to the next result of a session that has none. Any other is for the next JSON call.
    pub fn arm(&self, scenario: Scenario) {
        self.lock().script.arm(scenario);
    }

    /// Loses this many calls in this way, after those that were armed before.
    pub fn arm_fault(&self, fault: Fault, calls: usize) {
        self.lock().faults.arm(fault, calls);
    }

    /// Keeps every answer back for so long, on the sandbox's clock. A client whose [`AttemptTimeout`](crate::AttemptTimeout) ends sooner gets a
    /// time-out then, though the call ran. Defaults to no delay.
    pub fn delay(&self, delay: Duration) {
        self.lock().faults.delay = delay;
    }

    /// Forgets what was armed: scenarios, faults and the delay.
    pub fn disarm(&self) {
        let mut state = self.lock();
        state.script.disarm();
        state.faults.clear();
    }

    /// Plays the person before the camera: the check of this session ends, and its scenario decides how. False if no such
    /// session is open.
    pub fn finish(&self, session: &Session) -> bool {
        self.end(session.token(), Stage::Filmed, None)
    }

    /// As [`finish`](Self::finish), with the portrait (a JPEG) that a pass then yields. The last 256 such portraits are kept.
    pub fn finish_with_portrait(&self, session: &Session, jpeg: impl Into<Vec<u8>>) -> bool {
        self.end(session.token(), Stage::Filmed, Some(jpeg.into()))
    }

    /// Plays a person whose camera is refused or missing: the check of this session ends with 203, whatever its scenario.
    /// False if no such session is open.
    pub fn fail_capture(&self, session: &Session) -> bool {
        self.end(session.token(), Stage::NotFilmed, None)
    }

    /// As [`finish`](Self::finish), for a client that holds the token alone.
    pub(super) fn finish_token(&self, token: &Secret) -> bool {
        self.end(token, Stage::Filmed, None)
    }

    fn end(&self, token: &Secret, stage: Stage, portrait: Option<Vec<u8>>) -> bool {
        let now = self.now();
        self.lock().sessions.get(token.reveal()).is_some_and(|session| session.end(stage, portrait, now))
    }

    /// The sandbox's clock.
    pub fn now(&self) -> OffsetDateTime {
        let now = self.clock.now();
        now.saturating_add(self.lock().shift)
    }

    /// Moves the sandbox's clock, and no other, forward or back; in all a hundred years at most.
    pub fn move_clock(&self, by: time::Duration) {
        let mut state = self.lock();
        state.shift = state.shift.saturating_add(by).clamp(-MAX_SHIFT, MAX_SHIFT);
    }

    /// The calls that reached it, and what they cost.
    pub fn ledger(&self) -> Ledger {
        self.lock().ledger.clone()
    }

    /// Empties the ledger; sessions stay.
    pub fn reset_ledger(&self) {
        self.lock().ledger = Ledger::default();
    }

    pub(super) fn lock(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// The settings of a [`Sandbox`] to be built. What changes while it runs is a method of the sandbox itself.
///
/// ```
/// use liveness::{ManualClock, Sandbox, sandbox::Scenario, time::macros::datetime};
///
/// let sandbox = Sandbox::builder()
///     .with_clock(ManualClock::new(datetime!(2026-11-21 08:00 UTC)))
///     .with_default("liveness-not-passed".parse()?)
///     .build();
/// assert_eq!(sandbox.now(), datetime!(2026-11-21 08:00 UTC));
/// # Ok::<(), liveness::Error>(())
/// ```
#[derive(Clone, Debug)]
#[must_use = "it is no sandbox before `build`"]
pub struct SandboxBuilder {
    clock: Arc<dyn Clock>,
    loose: bool,
    forbidden_signatures: bool,
    jumdata_account: jumdata::Credentials,
    market_account: tencent_market::Credentials,
    default: Scenario,
    charge_rule: ChargeRule,
}

impl SandboxBuilder {
    /// The defaults of every setter.
    pub fn new() -> Self {
        Self {
            clock: Arc::new(SystemClock),
            loose: false,
            forbidden_signatures: false,
            jumdata_account: Sandbox::jumdata_credentials(),
            market_account: Sandbox::tencent_market_credentials(),
            default: Scenario::passed(),
            charge_rule: ChargeRule::new(),
        }
    }

    /// The clock that dates and ages requests and tokens, and whose randomness makes the tokens. Defaults to [`SystemClock`].
    pub fn with_clock(mut self, clock: impl Clock + 'static) -> Self {
        self.clock = Arc::new(clock);
        self
    }

    /// Takes what the vendors' own samples do against their documents: Tencent's JSON body under the form content type.
    /// Defaults to strict.
    pub fn loose(mut self) -> Self {
        self.loose = true;
        self
    }

    /// What a valid request is answered with where nothing else is armed or asked for; a scenario that a vendor does not have
    /// is a pass there. Defaults to `passed`.
    pub fn with_default(mut self, scenario: Scenario) -> Self {
        self.default = scenario;
        self
    }

    /// What it charges for. Defaults to [`ChargeRule::new`].
    pub fn with_charge_rule(mut self, rule: ChargeRule) -> Self {
        self.charge_rule = rule;
        self
    }

    /// The one Jumdata account that it knows. Defaults to [`JUMDATA_APP_ID`](Sandbox::JUMDATA_APP_ID) and
    /// [`JUMDATA_APP_SECRET`](Sandbox::JUMDATA_APP_SECRET).
    pub fn with_jumdata_account(mut self, account: jumdata::Credentials) -> Self {
        self.jumdata_account = account;
        self
    }

    /// The one Tencent key pair that it knows. Defaults to [`TENCENT_SECRET_ID`](Sandbox::TENCENT_SECRET_ID) and
    /// [`TENCENT_SECRET_KEY`](Sandbox::TENCENT_SECRET_KEY).
    pub fn with_tencent_market_account(mut self, account: tencent_market::Credentials) -> Self {
        self.market_account = account;
        self
    }

    /// Answers Tencent's signature errors with HTTP 403, for its documents name both 401 and 403. Defaults to 401.
    pub fn with_forbidden_signatures(mut self) -> Self {
        self.forbidden_signatures = true;
        self
    }

    /// A sandbox of these settings, with an empty ledger and no session.
    pub fn build(self) -> Sandbox {
        let state = State {
            loose: self.loose,
            forbidden_signatures: self.forbidden_signatures,
            jumdata_account: self.jumdata_account,
            market_account: self.market_account,
            shift: time::Duration::ZERO,
            script: Script::new(self.default),
            faults: Faults::default(),
            charge_rule: self.charge_rule,
            ledger: Ledger::default(),
            calls: 0,
            sessions: Sessions::default(),
        };
        Sandbox { clock: self.clock, state: Arc::new(Mutex::new(state)) }
    }
}

impl Default for SandboxBuilder {
    fn default() -> Self {
        Self::new()
    }
}

impl Default for Sandbox {
    fn default() -> Self {
        Self::new()
    }
}

impl fmt::Debug for Sandbox {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let state = self.lock();
        f.debug_struct("Sandbox")
            .field("clock", &self.clock)
            .field("loose", &state.loose)
            .field("default", &state.script.default)
            .field("armed", &state.script.armed())
            .field("faults", &state.faults)
            .field("sessions", &state.sessions.len())
            .field("calls", &state.calls)
            .finish_non_exhaustive()
    }
}
