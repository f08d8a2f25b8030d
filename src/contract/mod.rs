//! The contract of a provider, as tests that the author of another vendor runs on theirs.
//!
//! [`contract!`](crate::contract!) makes one test of each rule of [`LivenessProvider`]; both vendors of this crate
//! pass them. Each rule is also a function, which panics with what is wrong. A [`Stage`] is the provider with its
//! test environment, and a [`Scene`] is how its vendor must behave. Build the stage on your own emulator, or on a
//! transport of canned responses.
//!
//! ```
//! use liveness::{Check, Jumdata, LivenessProvider, Sandbox, contract::{Scene, Stage}, sandbox::{Fault, Scenario}};
//!
//! /// Jumdata on the sandbox.
//! fn jumdata(scene: Scene) -> Stage {
//!     let sandbox = Sandbox::new();
//!     match scene {
//!         Scene::Fails => sandbox.arm(Scenario::named("liveness-not-passed").unwrap()),
//!         Scene::LosesTheAnswer => sandbox.arm_fault(Fault::DropAfterCharge, 1),
//!         _ => {}
//!     }
//!     let provider = Jumdata::new(Sandbox::jumdata_credentials(), sandbox.clone());
//!     let calls = sandbox.clone();
//!     Stage::new(provider, move || calls.ledger().entries().len()).with_person(move |session| {
//!         sandbox.finish(session);
//!     })
//! }
//!
//! liveness::contract!(jumdata);
//! ```

// The purpose of this code is to fail tests.
#![allow(
    clippy::panic,
    clippy::expect_used,
    clippy::unwrap_used,
    reason = "a broken rule is a panic, as of any assertion"
)]

pub mod journal;
pub mod session_store;

use std::{fmt, sync::Arc, thread};

use time::macros::{date, datetime};

pub use self::{journal::JournalStage, session_store::StoreStage};
use crate::{
    model::{
        Again, Billed, ErrorKind, Goal, IdNumber, Identity, Name, Outcome, ProviderId, Receipt, Reference, Result,
        Verdict,
    },
    photo::{Photo, PhotoSpec},
    provider::{Challenge, Check, Input, LivenessProvider, Progress, ReturnUrl, Session},
};

/// How the vendor must behave on a stage.
///
/// ```
/// use liveness::contract::Scene;
///
/// /// The canned response of a vendor in each scene; `None` is a response that is lost.
/// fn response(scene: Scene) -> Option<&'static str> {
///     match scene {
///         Scene::Fails => Some(r#"{"errcode":"00001"}"#),
///         Scene::LosesTheAnswer => None,
///         _ => Some(r#"{"errcode":"P0000"}"#),
///     }
/// }
/// assert_eq!(response(Scene::LosesTheAnswer), None);
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum Scene {
    /// Every check passes.
    Passes,
    /// The person fails the liveness test: the outcome is `Failed`.
    Fails,
    /// The first paid call runs and is charged, and its response is lost.
    LosesTheAnswer,
}

/// A provider with its test environment.
///
/// ```
/// use liveness::{Jumdata, Sandbox, contract::{Scene, Stage, a_pass_establishes_every_goal_that_was_promised}};
///
/// let passes = |_: Scene| {
///     let sandbox = Sandbox::new();
///     let (calls, person) = (sandbox.clone(), sandbox.clone());
///     Stage::new(Jumdata::new(Sandbox::jumdata_credentials(), sandbox), move || calls.ledger().entries().len())
///         .with_person(move |session| assert!(person.finish(session)))
/// };
/// // One rule alone, as a function.
/// a_pass_establishes_every_goal_that_was_promised(passes);
/// ```
pub struct Stage {
    provider: Arc<dyn LivenessProvider>,
    calls: Box<dyn Fn() -> usize + Send + Sync>,
    person: Box<dyn Fn(&Session) + Send + Sync>,
    check: Box<dyn Fn(Check) -> Check + Send + Sync>,
}

impl Stage {
    /// A stage for this provider. `calls` returns how many calls have reached its vendor.
    pub fn new(provider: impl LivenessProvider + 'static, calls: impl Fn() -> usize + Send + Sync + 'static) -> Self {
        Self { provider: Arc::new(provider), calls: Box::new(calls), person: Box::new(|_| {}), check: Box::new(full) }
    }

    /// Stands in for the person in front of a hosted vendor's camera, who is done when this returns. Defaults to no action.
    pub fn with_person(mut self, person: impl Fn(&Session) + Send + Sync + 'static) -> Self {
        self.person = Box::new(person);
        self
    }

    /// Adds the inputs that this provider needs to a check. Defaults to an identity, a photo of 16 × 16 px, a return URL and
    /// the reference `order-7`.
    pub fn with_check(mut self, complete: impl Fn(Check) -> Check + Send + Sync + 'static) -> Self {
        self.check = Box::new(complete);
        self
    }

    fn goals(&self) -> Vec<Check> {
        let asked = |goal: &Goal| match goal {
            Goal::Liveness => (self.check)(Check::liveness()),
            Goal::SamePerson => (self.check)(Check::same_person(identity())),
        };
        self.provider.requirements().goals().iter().map(asked).collect()
    }

    /// A check of the first goal that it can establish.
    fn complete(&self) -> Check {
        self.goals().into_iter().next().expect("a provider establishes at least one goal")
    }

    /// Runs a check to its verdict, over a session that was stored and read back.
    fn run(&self, check: &Check) -> Result<Verdict> {
        match self.provider.begin(check)? {
            Progress::Done(verdict) => Ok(verdict),
            Progress::Pending(session) => {
                assert!(self.owns(session.provider()), "a session names the account that opened it");
                assert_eq!(session.receipt().reference(), check.reference(), "a session echoes the reference");
                assert!(session.page_url().starts_with("http"), "a session has a page to show");
                assert!(session.expires() > session.opened(), "a session expires after it was opened");
                (self.person)(&session);
                let stored = serde_json::to_string(&session).expect("a session is plain data");
                let session = serde_json::from_str::<Session>(&stored).expect("a session is read back");
                match self.provider.resume(&session)? {
                    Progress::Done(verdict) => Ok(verdict),
                    Progress::Pending(_) => panic!("the person is done: there is a result"),
                }
            }
        }
    }

    /// Whether this is one of its accounts. A set has several, and its own id is not one of them.
    fn owns(&self, id: &ProviderId) -> bool {
        self.provider.accounts().contains(id)
    }

    fn refuses(&self, check: &Check, kind: ErrorKind, field: &str) {
        let error = self.provider.begin(check).expect_err("a check that cannot be run is refused");
        assert_eq!((error.kind(), error.field()), (kind, Some(field)), "{error}");
        assert_eq!(error.billed(), Billed::No, "nothing is billed before any call");
        assert!(error.provider().is_some_and(|id| self.owns(id)), "the error names the account");
        assert_eq!(error.reference(), check.reference(), "the error echoes the reference");
        assert_eq!((self.calls)(), 0, "it is refused before any call");
    }
}

impl fmt::Debug for Stage {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Stage").field("provider", &self.provider).finish_non_exhaustive()
    }
}

/// A pass establishes every goal that was promised, and its receipt names the account and echoes the reference.
pub fn a_pass_establishes_every_goal_that_was_promised(make: impl Fn(Scene) -> Stage) {
    let stage = make(Scene::Passes);
    for check in stage.goals() {
        let verdict = stage.run(&check).expect("this scene passes");
        assert!(verdict.is_passed(), "{verdict:?}");
        assert!(verdict.established().contains(&check.goal()), "{verdict:?} establishes {:?}", check.goal());
        let receipt = verdict.receipt();
        assert!(stage.owns(receipt.provider()), "a receipt names the account that answered");
        assert_eq!(receipt.reference(), check.reference());
    }
}

/// If a person does not pass, the result is a verdict, never an error, and nothing is established.
pub fn a_person_who_fails_is_a_verdict(make: impl Fn(Scene) -> Stage) {
    let stage = make(Scene::Fails);
    let verdict = stage.run(&stage.complete()).expect("a person who fails is a verdict");
    assert!(matches!(verdict.outcome(), Outcome::Failed(_)), "{verdict:?}");
    assert!(verdict.established().is_empty(), "{verdict:?}");
}

/// A goal that it cannot establish and a challenge that it cannot run are refused before any call.
pub fn what_it_cannot_do_is_unsupported_before_any_call(make: impl Fn(Scene) -> Stage) {
    let stage = make(Scene::Passes);
    let requirements = stage.provider.requirements();
    if !requirements.goals().contains(&Goal::SamePerson) {
        stage.refuses(&full(Check::same_person(identity())), ErrorKind::Unsupported, "goal");
    }
    if !requirements.goals().contains(&Goal::Liveness) {
        stage.refuses(&full(Check::liveness()), ErrorKind::Unsupported, "goal");
    }
    let challenge = Challenge::new([crate::provider::Action::BlinkEye], []).expect("one action is a challenge");
    if !requirements.can_run(&challenge) {
        stage.refuses(&stage.complete().with_challenge(challenge), ErrorKind::Unsupported, "challenge");
    }
}

/// A missing input is named before any call.
pub fn what_is_missing_is_named_before_any_call(make: impl Fn(Scene) -> Stage) {
    let stage = make(Scene::Passes);
    for goal in stage.provider.requirements().goals() {
        let bare = match goal {
            Goal::Liveness => Check::liveness(),
            Goal::SamePerson => Check::same_person(identity()),
        };
        let is_given = |input: &Input| *input == Input::Identity && bare.identity().is_some();
        if let Some(missing) = stage.provider.requirements().needed(*goal).find(|input| !is_given(input)) {
            stage.refuses(&bare, ErrorKind::InvalidCheck, missing.field());
        }
    }
}

/// Sessions and verdicts of another account are refused before any call.
pub fn what_another_account_gave_is_refused_before_any_call(make: impl Fn(Scene) -> Stage) {
    let stage = make(Scene::Passes);
    let receipt = Receipt::new(ProviderId::new("stranger", "default").expect("a name of letters"));
    let now = datetime!(2026-11-21 08:00 UTC);
    let session = Session::new(receipt.clone(), "t", now, time::Duration::MINUTE);
    let error = stage.provider.resume(&session).expect_err("another account's session is refused");
    assert!(matches!(error.kind(), ErrorKind::InvalidCheck | ErrorKind::Unsupported), "{error}");
    assert_eq!(error.billed(), Billed::No);
    let verdict = Verdict::new(Outcome::Passed, receipt).with_portrait_url("https://stranger.example/face.jpg");
    // Not `Ok(None)`: a program that calls each of its providers would conclude that there is no portrait.
    let error = stage.provider.portrait(&verdict).expect_err("another account's verdict is refused");
    assert_eq!((error.kind(), error.billed()), (ErrorKind::InvalidCheck, Billed::No), "{error}");
    assert_eq!((stage.calls)(), 0, "it is refused before any call");
}

/// A paid call whose response was lost is an unknown outcome and is not sent again.
pub fn a_lost_paid_call_is_an_unknown_outcome_and_stays_one_call(make: impl Fn(Scene) -> Stage) {
    let stage = make(Scene::LosesTheAnswer);
    let check = stage.complete();
    let error = stage.provider.begin(&check).expect_err("the answer was lost");
    assert_eq!(error.kind(), ErrorKind::OutcomeUnknown, "{error}");
    assert_ne!(error.billed(), Billed::No, "it may have been billed");
    assert_eq!(error.again(), Again::MayBillAgain, "{error}");
    assert_eq!(error.reference(), check.reference(), "what to reconcile by");
    assert_eq!((stage.calls)(), 1, "it is not sent again");
}

/// Eight threads share one provider.
pub fn many_threads_share_it(make: impl Fn(Scene) -> Stage) {
    let stage = make(Scene::Passes);
    let check = stage.complete();
    thread::scope(|scope| {
        let threads: Vec<_> = (0..8)
            .map(|_| scope.spawn(|| (0..25).all(|_| stage.run(&check).is_ok_and(|verdict| verdict.is_passed()))))
            .collect();
        for thread in threads {
            assert!(thread.join().unwrap_or(false), "each of the threads' checks passes");
        }
    });
}

/// Everything that a provider may need.
fn full(check: Check) -> Check {
    let return_url = ReturnUrl::parse("https://shop.example/back").expect("a return URL");
    let photo = Photo::from_bytes(png(16, 16), &PhotoSpec::TENCENT_MARKET).expect("a small PNG");
    let reference = Reference::parse("order-7").expect("a reference");
    check.with_identity(identity()).with_photo(photo).with_return_url(return_url).with_reference(reference)
}

/// The example of the standard for ID numbers (GB 11643), which is not a real person's.
fn identity() -> Identity {
    let number = IdNumber::parse_on("11010519491231002X", date!(2026 - 11 - 21)).expect("the standard's example");
    Identity::new(Name::parse("张三").expect("a name"), number)
}

/// A PNG's header, which is enough to verify a finished photo.
fn png(width: u32, height: u32) -> Vec<u8> {
    let mut bytes = b"\x89PNG\r\n\x1a\n\0\0\0\x0dIHDR".to_vec();
    bytes.extend(width.to_be_bytes());
    bytes.extend(height.to_be_bytes());
    bytes.extend(b"\x08\x02\0\0\0\x90\x91\x68\x36\xfb\xef\xbe");
    bytes
}

/// Makes a test of each rule of the contract, each on a fresh stage that `$make` builds for the scene: any
/// `Fn(Scene) -> Stage`. Call it once in a module.
///
/// ```
/// use liveness::{Jumdata, Sandbox, contract::{Scene, Stage}, sandbox::{Fault, Scenario}};
///
/// fn jumdata(scene: Scene) -> Stage {
///     let sandbox = Sandbox::new();
///     match scene {
///         Scene::Fails => sandbox.arm(Scenario::named("liveness-not-passed").unwrap()),
///         Scene::LosesTheAnswer => sandbox.arm_fault(Fault::DropAfterCharge, 1),
///         _ => {}
///     }
///     let (calls, person) = (sandbox.clone(), sandbox.clone());
///     Stage::new(Jumdata::new(Sandbox::jumdata_credentials(), sandbox), move || calls.ledger().entries().len())
///         .with_person(move |session| assert!(person.finish(session)))
/// }
///
/// liveness::contract!(jumdata);
/// ```
#[macro_export]
macro_rules! contract {
    ($make:expr) => {
        $crate::contract! { @tests $make;
            a_pass_establishes_every_goal_that_was_promised
            a_person_who_fails_is_a_verdict
            what_it_cannot_do_is_unsupported_before_any_call
            what_is_missing_is_named_before_any_call
            what_another_account_gave_is_refused_before_any_call
            a_lost_paid_call_is_an_unknown_outcome_and_stays_one_call
            many_threads_share_it
        }
    };
    (@tests $make:expr; $($rule:ident)*) => {
        $(
            #[test]
            fn $rule() {
                $crate::contract::$rule($make);
            }
        )*
    };
}
