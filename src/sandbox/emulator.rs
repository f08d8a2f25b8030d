//! How is the sandbox set, told and asked?

use std::{
    fmt,
    sync::{Arc, Mutex, MutexGuard, PoisonError},
    time::Duration,
};

use time::OffsetDateTime;

use crate::{
    model::{Clock, Secret, SystemClock},
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
/// [magic ID number](Scenario::id_number) asks for, the [default](Self::with_default), a pass. The person before Jumdata's
/// camera is played by [`finish`](Self::finish). Every answer carries [`SANDBOX_HEADER`](crate::SANDBOX_HEADER) and the sandbox's `Date`.
///
/// Where a vendor does not say how it answers, the sandbox chooses, and the [`Entry`](super::Entry) notes which rule was broken.
/// Clones share everything, the settings too.
///
/// ```
/// use liveness::{Check, Jumdata, LivenessProvider, Progress, ReturnUrl, Sandbox, sandbox::Scenario};
///
/// let sandbox = Sandbox::new();
/// let provider = Jumdata::new(Sandbox::JUMDATA_APP_ID, Sandbox::JUMDATA_APP_SECRET, sandbox.clone());
/// let check = Check::liveness().with_return_url(ReturnUrl::parse("https://shop.example/back")?);
/// let Progress::Pending(session) = provider.begin(&check)? else { unreachable!("a hosted vendor does not know yet") };
///
/// sandbox.arm(Scenario::named("liveness-not-passed").unwrap());
/// sandbox.finish(session.token().reveal());
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

    /// On the machine's clock and randomness.
    pub fn new() -> Self {
        Self::with_clock(SystemClock)
    }

    /// On this clock: it dates and ages requests and tokens, and its randomness makes the tokens.
    pub fn with_clock(clock: impl Clock + 'static) -> Self {
        let state = State {
            loose: false,
            forbidden_signatures: false,
            jumdata_account: (Self::JUMDATA_APP_ID.into(), Self::JUMDATA_APP_SECRET.into()),
            market_account: (Self::TENCENT_SECRET_ID.into(), Self::TENCENT_SECRET_KEY.into()),
            shift: time::Duration::ZERO,
            script: Script::new(),
            faults: Faults::default(),
            charge_rule: ChargeRule::new(),
            ledger: Ledger::default(),
            calls: 0,
            sessions: Sessions::default(),
        };
        Self { clock: Arc::new(clock), state: Arc::new(Mutex::new(state)) }
    }

    /// Takes what the vendors' own samples do against their documents: Tencent's JSON body under the form content type.
    /// Defaults to strict.
    pub fn loose(self) -> Self {
        self.lock().loose = true;
        self
    }

    /// What a valid request is answered with where nothing else is armed or asked for; a scenario that a vendor does not have
    /// is a pass there. Defaults to `passed`.
    pub fn with_default(self, scenario: Scenario) -> Self {
        self.lock().script.default = scenario;
        self
    }

    /// What it charges for. Defaults to [`ChargeRule::new`].
    pub fn with_charge_rule(self, rule: ChargeRule) -> Self {
        self.lock().charge_rule = rule;
        self
    }

    /// The one Jumdata account that it knows. Defaults to [`JUMDATA_APP_ID`](Self::JUMDATA_APP_ID) and
    /// [`JUMDATA_APP_SECRET`](Self::JUMDATA_APP_SECRET).
    pub fn with_jumdata_account(self, app_id: impl Into<Secret>, app_secret: impl Into<Secret>) -> Self {
        self.lock().jumdata_account = (app_id.into(), app_secret.into());
        self
    }

    /// The one Tencent key pair that it knows. Defaults to [`TENCENT_SECRET_ID`](Self::TENCENT_SECRET_ID) and
    /// [`TENCENT_SECRET_KEY`](Self::TENCENT_SECRET_KEY).
    pub fn with_tencent_market_account(self, secret_id: impl Into<Secret>, secret_key: impl Into<Secret>) -> Self {
        self.lock().market_account = (secret_id.into(), secret_key.into());
        self
    }

    /// Answers Tencent's signature errors with HTTP 403, for its documents name both 401 and 403. Defaults to 401.
    pub fn with_forbidden_signatures(self) -> Self {
        self.lock().forbidden_signatures = true;
        self
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
    pub fn finish(&self, token: &str) -> bool {
        self.end(token, Stage::Filmed, None)
    }

    /// As [`finish`](Self::finish), with the portrait (a JPEG) that a pass then yields. The last 256 such portraits are kept.
    pub fn finish_with_portrait(&self, token: &str, jpeg: impl Into<Vec<u8>>) -> bool {
        self.end(token, Stage::Filmed, Some(jpeg.into()))
    }

    /// Plays a person whose camera is refused or missing: the check of this session ends with 203, whatever its scenario.
    /// False if no such session is open.
    pub fn fail_capture(&self, token: &str) -> bool {
        self.end(token, Stage::NotFilmed, None)
    }

    fn end(&self, token: &str, stage: Stage, portrait: Option<Vec<u8>>) -> bool {
        let now = self.now();
        self.lock().sessions.get(token).is_some_and(|session| session.end(stage, portrait, now))
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
