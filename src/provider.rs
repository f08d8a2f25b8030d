//! What does every vendor promise?

use std::{fmt, sync::Arc};

use serde::{Deserialize, Serialize};
use time::OffsetDateTime;

use crate::{
    Action, Challenge, Check,
    model::{Billed, Error, ErrorKind, Goal, ProviderId, Receipt, Result, Secret, Verdict},
};

/// A vendor's account, ready to run checks. Blocking, and shared by as many threads as like.
///
/// One program drives both kinds of vendor. A one-shot vendor answers [`begin`](Self::begin) with a verdict; a hosted one
/// answers with a [`Session`], whose page films the person, and gives the verdict to [`resume`](Self::resume).
///
/// The contract of every implementation:
///
/// - What it cannot establish or run is [`ErrorKind::Unsupported`], and what is missing is [`ErrorKind::InvalidCheck`],
///   **before any call**; [`Requirements::verify`] decides both.
/// - An input that it does not need is ignored.
/// - A person who fails is a [`Verdict`], never an `Err`.
/// - Every session, verdict and error says whether *its own call* was billed.
/// - It never sends a paid call again that may have run, unless its documentation names the call and the operator can forbid
///   it (Jumdata's `result`: [`Jumdata::with_repeated_result`](crate::Jumdata::with_repeated_result)).
///
/// ```
/// use liveness::{Check, LivenessProvider, Progress, Result, Verdict};
///
/// /// Knows no vendor: which one it is comes from the configuration.
/// fn run(provider: &dyn LivenessProvider, check: &Check, show: impl Fn(&str)) -> Result<Option<Verdict>> {
///     match provider.begin(check)? {
///         Progress::Done(verdict) => Ok(Some(verdict)),
///         Progress::Pending(session) => {
///             show(session.page_url()); // keep the session; `resume` it when the person comes back
///             Ok(None)
///         }
///     }
/// }
/// ```
pub trait LivenessProvider: fmt::Debug + Send + Sync {
    /// The vendor and the account; a [`Session`] names it and [`resume`](Self::resume) checks it.
    fn id(&self) -> &ProviderId;

    /// What it can establish, which inputs it needs, which challenges it can run.
    fn requirements(&self) -> Requirements;

    /// Starts a check; with a one-shot vendor it also ends it.
    ///
    /// # Errors
    ///
    /// Any [`ErrorKind`] but `Expired`; [`Error::again`] says whether asking again may bill again.
    fn begin(&self, check: &Check) -> Result<Progress>;

    /// Asks for the result of a hosted check; `Pending` while the person is not done: then keep the session that comes back
    /// instead of the one asked with, since it knows what was billed so far.
    ///
    /// Store the verdict, and never resume a session after `Done`: whether the same result is billed again is not stated, and
    /// soon the vendor forgets it.
    ///
    /// # Errors
    ///
    /// `InvalidCheck` for another provider's session, `Expired` when the session ended without a result, `Unsupported` of
    /// one-shot vendors; else as [`begin`](Self::begin). After `OutcomeUnknown`, resume the same session again before it
    /// expires: nothing else tells the result, and it may be billed again.
    fn resume(&self, session: &Session) -> Result<Progress>;

    /// Fetches the portrait that a passed check yielded; `None` where this vendor yields none.
    ///
    /// # Errors
    ///
    /// `InvalidCheck` for another provider's verdict, `Protocol` for an address that is not safe to fetch, else what the fetch
    /// met.
    fn portrait(&self, verdict: &Verdict) -> Result<Option<Vec<u8>>> {
        let _ = verdict;
        Ok(None)
    }
}

macro_rules! forward {
    ($pointer:ident) => {
        impl<P: LivenessProvider + ?Sized> LivenessProvider for $pointer<P> {
            fn id(&self) -> &ProviderId {
                (**self).id()
            }

            fn requirements(&self) -> Requirements {
                (**self).requirements()
            }

            fn begin(&self, check: &Check) -> Result<Progress> {
                (**self).begin(check)
            }

            fn resume(&self, session: &Session) -> Result<Progress> {
                (**self).resume(session)
            }

            fn portrait(&self, verdict: &Verdict) -> Result<Option<Vec<u8>>> {
                (**self).portrait(verdict)
            }
        }
    };
}

forward!(Arc);
forward!(Box);

/// How far a check is. Exhaustive: a caller's match is the whole truth.
#[derive(Clone, Debug, PartialEq)]
#[must_use = "it may have been paid for"]
pub enum Progress {
    /// It ended.
    Done(Verdict),
    /// The person is to open [`Session::page_url`]; ask [`LivenessProvider::resume`] afterwards.
    Pending(Session),
}

/// A hosted check under way: plain data, so that it can be kept in any store and resumed by any instance.
///
/// **Its serialized form is as good as the token**: whoever holds it can read the result. Keep it on the server. `Debug`
/// hides the token and the page's address, which holds it too.
#[derive(Clone, PartialEq, Eq, Serialize, Deserialize)]
#[must_use = "it may have been paid for"]
pub struct Session {
    #[serde(with = "token")]
    token: Secret,
    #[serde(with = "token")]
    page_url: Secret,
    #[serde(with = "time::serde::rfc3339")]
    opened: OffsetDateTime,
    #[serde(with = "time::serde::rfc3339")]
    expires: OffsetDateTime,
    billed: Billed,
    receipt: Receipt,
}

impl Session {
    /// A session of the account that the receipt names; its billing is `Unknown`.
    pub fn new(
        receipt: Receipt,
        token: impl Into<Secret>,
        page_url: impl Into<Secret>,
        opened: OffsetDateTime,
        expires: OffsetDateTime,
    ) -> Self {
        Self { token: token.into(), page_url: page_url.into(), opened, expires, billed: Billed::Unknown, receipt }
    }

    /// Says whether it was billed so far. Defaults to `Unknown`.
    pub fn with_billed(mut self, billed: Billed) -> Self {
        self.billed = billed;
        self
    }

    /// The account that opened it.
    pub fn provider(&self) -> &ProviderId {
        self.receipt.provider()
    }

    /// The vendor's token.
    pub fn token(&self) -> &Secret {
        &self.token
    }

    /// The page that films the person: send their browser there, and nobody else's.
    pub fn page_url(&self) -> &str {
        self.page_url.reveal()
    }

    /// When it was opened, by our clock.
    pub fn opened(&self) -> OffsetDateTime {
        self.opened
    }

    /// Until when the vendor keeps it, by our clock.
    pub fn expires(&self) -> OffsetDateTime {
        self.expires
    }

    /// Whether the expiry lies behind; informs only: a fast clock must not throw away a paid check, so ask
    /// [`LivenessProvider::resume`] all the same.
    pub fn is_expired(&self, now: OffsetDateTime) -> bool {
        now > self.expires
    }

    /// Whether it was billed so far: its opening, and each `resume` that found no result yet. The verdict's own call comes
    /// on top, see [`Billed::plus`].
    pub fn billed(&self) -> Billed {
        self.billed
    }

    /// What to account for the opening with.
    pub fn receipt(&self) -> &Receipt {
        &self.receipt
    }
}

impl fmt::Debug for Session {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Session")
            .field("token", &self.token)
            .field("page_url", &self.page_url)
            .field("opened", &self.opened)
            .field("expires", &self.expires)
            .field("billed", &self.billed)
            .field("receipt", &self.receipt)
            .finish()
    }
}

/// Serde for the two secrets whose serialized form is the point of a [`Session`]; [`Secret`] itself has none.
mod token {
    use serde::{Deserialize, Deserializer, Serializer};

    use crate::model::Secret;

    pub(super) fn serialize<S: Serializer>(secret: &Secret, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_str(secret.reveal())
    }

    pub(super) fn deserialize<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Secret, D::Error> {
        String::deserialize(deserializer).map(Secret::from)
    }
}

/// One kind of input to a [`Check`].
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum Input {
    /// [`Check::with_identity`].
    Identity,
    /// [`Check::with_photo`].
    Photo,
    /// [`Check::with_return_url`].
    ReturnUrl,
}

impl Input {
    /// The field that an error names.
    pub const fn field(self) -> &'static str {
        match self {
            Self::Identity => "identity",
            Self::Photo => "photo",
            Self::ReturnUrl => "return_url",
        }
    }
}

/// What a provider can establish, which inputs it needs, which challenges it can run.
///
/// ```
/// use liveness::{Check, ErrorKind, Goal, Input, Requirements};
///
/// let requirements = Requirements::new([Goal::Liveness]).with_needed([Input::ReturnUrl]);
/// let error = requirements.verify(&Check::liveness()).unwrap_err();
/// assert_eq!((error.kind(), error.field()), (ErrorKind::InvalidCheck, Some("return_url")));
/// ```
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Requirements {
    goals: Vec<Goal>,
    needed: Vec<Input>,
    actions: Vec<Action>,
    flash: bool,
}

impl Requirements {
    /// Can establish these goals, needs no input and runs no challenge.
    pub fn new(goals: impl IntoIterator<Item = Goal>) -> Self {
        Self { goals: goals.into_iter().collect(), needed: Vec::new(), actions: Vec::new(), flash: false }
    }

    /// The inputs without which it refuses; it ignores the others. Defaults to none.
    pub fn with_needed(mut self, inputs: impl IntoIterator<Item = Input>) -> Self {
        self.needed = inputs.into_iter().collect();
        self
    }

    /// The actions that it can ask for. Defaults to none.
    pub fn with_actions(mut self, actions: impl IntoIterator<Item = Action>) -> Self {
        self.actions = actions.into_iter().collect();
        self
    }

    /// Whether it can flash the screen. Defaults to no.
    pub fn with_flash(mut self, flash: bool) -> Self {
        self.flash = flash;
        self
    }

    /// The goals that it can establish.
    pub fn goals(&self) -> &[Goal] {
        &self.goals
    }

    /// The inputs that it needs; it ignores the others.
    pub fn needed(&self) -> &[Input] {
        &self.needed
    }

    /// The actions that it can ask for.
    pub fn actions(&self) -> &[Action] {
        &self.actions
    }

    /// Whether it can flash the screen.
    pub fn flash(&self) -> bool {
        self.flash
    }

    /// Whether it can run this challenge.
    pub fn can_run(&self, challenge: &Challenge) -> bool {
        challenge.actions().iter().all(|action| self.actions.contains(action))
            && (self.flash || challenge.colors().is_empty())
    }

    /// Decides before any call whether a check can be begun.
    ///
    /// # Errors
    ///
    /// `Unsupported` for a goal that it cannot establish or a challenge that it cannot run; `InvalidCheck` naming the
    /// input that is missing.
    pub fn verify(&self, check: &Check) -> Result<()> {
        if !self.goals.contains(&check.goal()) {
            return Err(Error::new(ErrorKind::Unsupported).with_field("goal").with_reason(
                format!("this provider cannot establish {:?}", check.goal()),
                format!("该供应商无法完成核验目标 {:?}", check.goal()),
            ));
        }
        if check.challenge().is_some_and(|challenge| !self.can_run(challenge)) {
            return Err(Error::new(ErrorKind::Unsupported).with_field("challenge").with_reason(
                "this provider cannot run this challenge; leave it out or choose another provider",
                "该供应商不支持此动作或炫光要求，请去掉或更换供应商",
            ));
        }
        let given = |input| match input {
            Input::Identity => check.identity().is_some(),
            Input::Photo => check.photo().is_some(),
            Input::ReturnUrl => check.return_url().is_some(),
        };
        match self.needed.iter().find(|input| !given(**input)) {
            Some(input) => Err(Error::invalid(input.field())
                .with_reason("this provider needs it, and the check has none", "该供应商要求此项，但请求中未提供")),
            None => Ok(()),
        }
    }
}

#[cfg(test)]
mod tests {
    use time::macros::datetime;

    use super::*;

    fn session() -> Session {
        let at = datetime!(2026-11-21 08:00 UTC);
        let receipt = Receipt::new(ProviderId::new("jumdata", "a"));
        Session::new(receipt, "t0ken", "https://a.example/?token=t0ken", at, at + time::Duration::minutes(10))
    }

    #[test]
    fn a_session_is_kept_in_a_store_and_its_debug_hides_the_token() {
        let json = serde_json::to_string(&session()).unwrap();
        assert_eq!(serde_json::from_str::<Session>(&json).unwrap(), session());
        assert!(!format!("{:?}", session()).contains("t0ken"));
    }

    #[test]
    fn the_expiry_itself_is_not_expired_yet() {
        assert!(!session().is_expired(session().expires()));
        assert!(session().is_expired(session().expires() + time::Duration::SECOND));
    }
}
