//! The sandbox itself: its settings, commands and state.

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
        conditions::{Conditions, Limits},
        faults::{Fault, Faults},
        jumdata::session::{Sessions, Stage},
        ledger::{ChargeRule, Ledger},
        log::Log,
        scenario::{Scenario, Script},
        server::Gate,
        state::State,
    },
};

/// The largest shift of its clock from the one beneath, in either direction: a hundred years, so that every instant
/// still has a date in four digits.
const MAX_SHIFT: time::Duration = time::Duration::days(36_525);

/// Both vendors, emulated in process. It is a [`Transport`](crate::Transport) without a socket; [`serve`](Self::serve) puts it
/// behind one.
///
/// The path of a request decides which vendor it is for; the host does not matter. A path of neither vendor gets a 404 and does
/// not count as a call. A request that breaks a rule of its vendor is refused as the vendor would refuse it. The response to a
/// valid request comes from the first of these: the scenario that was [armed](Self::arm) for it, the scenario of its [magic ID
/// number](Scenario::id_number), the [default](SandboxBuilder::with_default), a pass. [`finish`](Self::finish) stands in for
/// the person in front of Jumdata's camera. Every response carries [`SANDBOX_HEADER`](crate::SANDBOX_HEADER) and the sandbox's
/// `Date`.
///
/// Where a vendor documents nothing, the sandbox makes its own choice. The [`Entry`](super::Entry) in the ledger notes which
/// rule a request broke. A `Sandbox` is a handle: clones share everything. [`builder`](Self::builder) makes one with other
/// settings.
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

    /// The keys of the sandbox's Jumdata account, unless it was built with other keys.
    pub fn jumdata_credentials() -> jumdata::Credentials {
        jumdata::Credentials { app_id: Self::JUMDATA_APP_ID.into(), app_secret: Self::JUMDATA_APP_SECRET.into() }
    }

    /// The keys of the sandbox's Tencent listing, unless it was built with others.
    pub fn tencent_market_credentials() -> tencent_market::Credentials {
        tencent_market::Credentials {
            secret_id: Self::TENCENT_SECRET_ID.into(),
            secret_key: Self::TENCENT_SECRET_KEY.into(),
        }
    }

    /// A sandbox with the defaults of every setting, on the machine's clock and randomness.
    pub fn new() -> Self {
        Self::builder().build()
    }

    /// Starts to build a sandbox with other settings.
    pub fn builder() -> SandboxBuilder {
        SandboxBuilder::new()
    }

    /// Changes the default scenario from now on; see [`with_default`](SandboxBuilder::with_default).
    pub fn set_default(&self, scenario: Scenario) {
        self.lock().script.default = scenario;
    }

    /// Sets the scenario of the next valid request that it applies to. Several are used in order, separately for each vendor.
    ///
    /// A scenario for Jumdata's result (200, 201, 202, 203, 301) that is armed before init belongs to the session that this
    /// init opens. Armed later, it belongs to the next result of a session that has none. Any other scenario is for the next
    /// JSON call, and the free meters are such calls too.
    ///
    /// Tencent's gateway refuses before the listing looks at the parameters: one of its refusals also answers a signed request
    /// whose parameters are wrong.
    pub fn arm(&self, scenario: Scenario) {
        self.lock().script.arm(scenario);
    }

    /// Spoils this number of calls in this way, after the faults that were armed before. Fetching a portrait is such a call too.
    ///
    /// A sandbox that is [served](Self::serve) refuses connections at once: its port is closed for 2 s for each call, because a
    /// connection that is refused reaches no server.
    pub fn arm_fault(&self, fault: Fault, calls: usize) {
        let gates = {
            let mut state = self.lock();
            state.gates.retain(|gate| !gate.is_gone());
            if fault != Fault::Refuse || state.gates.is_empty() {
                state.faults.arm(fault, calls);
                return;
            }
            state.gates.clone()
        };
        gates.iter().filter(|_| calls > 0).for_each(|gate| gate.close(calls));
    }

    /// Delays every response by this time, on the sandbox's clock, in addition to the delays of its [`Conditions`]. A
    /// client whose [`AttemptTimeout`](crate::AttemptTimeout) is shorter gets a time-out, although the call ran.
    /// Defaults to no delay.
    pub fn delay(&self, delay: Duration) {
        self.lock().faults.delay = delay;
    }

    /// Changes how many charges the bought package still has; see [`with_package`](SandboxBuilder::with_package).
    pub fn set_package(&self, charges: u64) {
        self.lock().package = Some(charges);
    }

    /// Changes how late its vendors answer and how many calls they take. Delays are drawn from the start; the calls
    /// of this second and of this day still count.
    ///
    /// ```
    /// use liveness::sandbox::{Conditions, Sandbox, Vendor};
    ///
    /// let sandbox = Sandbox::new();
    /// sandbox.set_conditions(Conditions::new().with_calls_per_day(Vendor::Jumdata, 100));
    /// assert_ne!(sandbox.conditions(), Conditions::new());
    /// ```
    pub fn set_conditions(&self, conditions: Conditions) {
        let random = self.clock.random();
        self.lock().limits.set(conditions, random);
    }

    /// The current conditions; see [`set_conditions`](Self::set_conditions).
    pub fn conditions(&self) -> Conditions {
        self.lock().limits.conditions().clone()
    }

    /// Removes armed scenarios, faults and the delay of [`delay`](Self::delay). The conditions stay.
    pub fn disarm(&self) {
        let gates = {
            let mut state = self.lock();
            state.script.disarm();
            state.faults.clear();
            state.gates.clone()
        };
        gates.iter().for_each(Gate::open);
    }

    /// Stands in for the person in front of the camera: the check of this session ends, and its scenario decides how. Returns
    /// false if no such session is open.
    pub fn finish(&self, session: &Session) -> bool {
        self.end(session.token(), Stage::Filmed, None)
    }

    /// As [`finish`](Self::finish), with the portrait (a JPEG) that a pass then returns. The last 256 such portraits
    /// are kept.
    pub fn finish_with_portrait(&self, session: &Session, jpeg: impl Into<Vec<u8>>) -> bool {
        self.end(session.token(), Stage::Filmed, Some(jpeg.into()))
    }

    /// Stands in for a person whose camera is refused or missing: the check of this session ends with 203, whatever its
    /// scenario. Returns false if no such session is open.
    pub fn fail_capture(&self, session: &Session) -> bool {
        self.end(session.token(), Stage::NotFilmed, None)
    }

    /// As [`finish`](Self::finish), for a client that has only the token.
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

    /// Moves the sandbox's clock, and no other clock, forward or back, by at most a hundred years in all.
    pub fn move_clock(&self, by: time::Duration) {
        let mut state = self.lock();
        state.shift = state.shift.saturating_add(by).clamp(-MAX_SHIFT, MAX_SHIFT);
    }

    /// The calls that reached the sandbox, and what they cost.
    pub fn ledger(&self) -> Ledger {
        self.lock().ledger.clone()
    }

    /// Empties the ledger. Sessions remain.
    pub fn reset_ledger(&self) {
        self.lock().ledger = Ledger::default();
    }

    pub(super) fn lock(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// Builds a [`Sandbox`] with other settings. Everything that can change while it runs is a method of the sandbox itself.
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
    hosts: Vec<String>,
    jumdata_account: jumdata::Credentials,
    market_account: tencent_market::Credentials,
    default: Scenario,
    charge_rule: ChargeRule,
    package: Option<u64>,
    conditions: Conditions,
}

impl SandboxBuilder {
    /// The defaults of every setter.
    pub fn new() -> Self {
        Self {
            clock: Arc::new(SystemClock),
            loose: false,
            forbidden_signatures: false,
            hosts: Vec::new(),
            jumdata_account: Sandbox::jumdata_credentials(),
            market_account: Sandbox::tencent_market_credentials(),
            default: Scenario::passed(),
            charge_rule: ChargeRule::new(),
            package: None,
            conditions: Conditions::new(),
        }
    }

    /// The clock that dates and ages requests and tokens, and whose randomness makes the tokens. Defaults to [`SystemClock`].
    pub fn with_clock(mut self, clock: impl Clock + 'static) -> Self {
        self.clock = Arc::new(clock);
        self
    }

    /// Accepts what the vendors' own samples do against their documents: Tencent's JSON body with the form content type.
    /// Defaults to strict.
    pub fn loose(mut self) -> Self {
        self.loose = true;
        self
    }

    /// Sets the scenario of a valid request if no other was armed or chosen. For a vendor that does not have this scenario, it
    /// is a pass. Defaults to `passed`.
    pub fn with_default(mut self, scenario: Scenario) -> Self {
        self.default = scenario;
        self
    }

    /// Sets what the sandbox charges for. Defaults to [`ChargeRule::new`].
    pub fn with_charge_rule(mut self, rule: ChargeRule) -> Self {
        self.charge_rule = rule;
        self
    }

    /// Sets how many charges the bought package of each account still has. When it is used up, calls are refused as
    /// the vendors refuse them (606, and the gateway's `API quota exceeded`). Defaults to an unlimited package.
    pub fn with_package(mut self, charges: u64) -> Self {
        self.package = Some(charges);
        self
    }

    /// Sets how late its vendors answer and how many calls they take. Defaults to no delay and no limit.
    pub fn with_conditions(mut self, conditions: Conditions) -> Self {
        self.conditions = conditions;
        self
    }

    /// Sets the sandbox's one Jumdata account. Defaults to [`JUMDATA_APP_ID`](Sandbox::JUMDATA_APP_ID) and
    /// [`JUMDATA_APP_SECRET`](Sandbox::JUMDATA_APP_SECRET).
    pub fn with_jumdata_account(mut self, account: jumdata::Credentials) -> Self {
        self.jumdata_account = account;
        self
    }

    /// Sets the sandbox's one Tencent key pair. Defaults to [`TENCENT_SECRET_ID`](Sandbox::TENCENT_SECRET_ID) and
    /// [`TENCENT_SECRET_KEY`](Sandbox::TENCENT_SECRET_KEY).
    pub fn with_tencent_market_account(mut self, account: tencent_market::Credentials) -> Self {
        self.market_account = account;
        self
    }

    /// Accepts commands of the control API under this host name too, such as the name of a container, whatever the
    /// port. Defaults to IP addresses and `localhost` alone: a website can make its own name resolve to this machine
    /// (DNS rebinding), and would then have the same origin. Do not set a name that others can point elsewhere.
    pub fn with_host(mut self, name: impl Into<String>) -> Self {
        self.hosts.push(name.into().to_ascii_lowercase());
        self
    }

    /// Sends Tencent's signature errors with HTTP 403. Its documents name both 401 and 403. Defaults to 401.
    pub fn with_forbidden_signatures(mut self) -> Self {
        self.forbidden_signatures = true;
        self
    }

    /// Builds the sandbox, with an empty ledger and no session.
    pub fn build(self) -> Sandbox {
        let state = State {
            loose: self.loose,
            forbidden_signatures: self.forbidden_signatures,
            hosts: self.hosts,
            jumdata_account: self.jumdata_account,
            market_account: self.market_account,
            shift: time::Duration::ZERO,
            script: Script::new(self.default),
            faults: Faults::default(),
            limits: Limits::new(self.conditions, self.clock.random()),
            charge_rule: self.charge_rule,
            ledger: Ledger::default(),
            log: Log::default(),
            package: self.package,
            calls: 0,
            sessions: Sessions::default(),
            gates: Vec::new(),
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
