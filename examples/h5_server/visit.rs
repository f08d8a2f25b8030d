//! The state of one person's visit, and what was paid for in it.

use std::fmt;

use liveness::{Billed, Failure, Outcome, Receipt, Retake, Session, Verdict, keeper::State};
use serde::{Deserialize, Serialize};
use time::{Duration, OffsetDateTime, macros::datetime};

/// How long a visit is kept after its last step. A session lives for ten minutes and is worth asking for ten more.
const KEPT: Duration = Duration::minutes(30);
const FOR_EVER: OffsetDateTime = datetime!(9999-12-31 00:00 UTC);
/// How often one browser may open a check or compare within an hour.
const TRIES: usize = 5;
/// The time over which tries are counted.
const TRIES_PER: Duration = Duration::HOUR;

/// One person's way through the site.
#[derive(Clone, Serialize, Deserialize)]
pub(crate) struct Visit {
    /// The visit's name in receipts and for the operator; no secret, and it says nothing of the person.
    pub(crate) reference: String,
    /// Stands in each form; changes with each step, so that an old form counts for nothing.
    pub(crate) form: String,
    pub(crate) stage: Stage,
    /// Which camera check of the visit it is, or will be.
    #[serde(default)]
    pub(crate) attempt: u32,
    /// A paid call went out and nobody knows what came of it. The stage is that of the step before, so only this call is in
    /// doubt. Written before each such call, so that a crash leaves it behind.
    #[serde(default)]
    pub(crate) doubt: Option<Doubt>,
    /// The openings in doubt after which the person began anew, each a possible charge.
    #[serde(default)]
    pub(crate) given_up: Vec<Doubt>,
    /// What the next page says of the last step.
    #[serde(default)]
    pub(crate) notice: Option<Notice>,
    #[serde(default)]
    tries: Vec<Try>,
}

impl Visit {
    pub(crate) fn new(reference: String, form: String) -> Self {
        Self {
            reference,
            form,
            stage: Stage::New,
            attempt: 1,
            doubt: None,
            given_up: Vec::new(),
            notice: None,
            tries: Vec::new(),
        }
    }

    /// The same browser without what is known of the person. The tries stay: deleting buys no new ones.
    pub(crate) fn forgotten(&self, reference: String, now: OffsetDateTime) -> Option<Self> {
        let tries = self.recent(now).cloned().collect::<Vec<_>>();
        let visit = Self::new(reference, String::new());
        (!tries.is_empty()).then_some(Self { tries, ..visit })
    }

    /// How long it is kept: as long as its last step and its tries are worth, and in doubt until the operator settles it.
    pub(crate) fn keep_until(&mut self, now: OffsetDateTime) -> OffsetDateTime {
        self.tries = self.recent(now).cloned().collect();
        let counted = self.tries.iter().map(|counted| counted.at + TRIES_PER).max();
        match &self.doubt {
            Some(_) => FOR_EVER,
            None => counted.unwrap_or(now).max(now + KEPT),
        }
    }

    /// Whether it is not known if a camera check was opened.
    pub(crate) fn is_opening_in_doubt(&self) -> bool {
        self.doubt.as_ref().is_some_and(|doubt| doubt.step == Step::Open)
    }

    /// Whether the person may begin anew after an opening in doubt, of which the operator allows so many.
    pub(crate) fn may_begin_anew(&self, allowed: usize) -> bool {
        self.is_opening_in_doubt() && self.given_up.len() < allowed
    }

    /// When this step may be tried again, if its tries of the last hour are used up.
    pub(crate) fn capped_until(&self, step: Step, now: OffsetDateTime) -> Option<OffsetDateTime> {
        let tries: Vec<_> = self.recent(now).filter(|counted| counted.step == step).collect();
        let oldest = tries.len().checked_sub(TRIES)?;
        Some(tries.get(oldest)?.at + TRIES_PER)
    }

    /// Says nothing of a cap any more whose time is over.
    pub(crate) fn let_go_of_cap(&mut self, now: OffsetDateTime) {
        if matches!(self.notice, Some(Notice::Capped { until }) if until <= now) {
            self.notice = None;
        }
    }

    /// Counts a try, before the call.
    pub(crate) fn count(&mut self, step: Step, now: OffsetDateTime) {
        self.tries.push(Try { step, at: now });
    }

    /// Takes the last try back: nothing ran.
    pub(crate) fn uncount(&mut self, step: Step) {
        if let Some(last) = self.tries.iter().rposition(|counted| counted.step == step) {
            self.tries.remove(last);
        }
    }

    fn recent(&self, now: OffsetDateTime) -> impl Iterator<Item = &Try> {
        self.tries.iter().filter(move |counted| now - counted.at < TRIES_PER)
    }
}

#[derive(Clone, Serialize, Deserialize)]
#[allow(clippy::large_enum_variant, reason = "a request holds one")]
pub(crate) enum Stage {
    /// Nothing asked yet.
    New,
    /// A session is open, and paid for; the keeper has it.
    Filming { state: String, opening: Opening },
    /// The hosted check ended, and then perhaps the compare.
    Checked(Box<Checked>),
}

/// What is known of a person who was filmed.
#[derive(Clone, Serialize, Deserialize)]
pub(crate) struct Checked {
    pub(crate) verdict: Verdict,
    /// What opening the check came to, for the accounts; the verdict's own comes on top.
    pub(crate) opening: Option<Opening>,
    /// The vendor gave no picture that can be compared.
    #[serde(default)]
    pub(crate) is_without_picture: bool,
    #[serde(default)]
    pub(crate) compared: Option<Verdict>,
}

impl Stage {
    pub(crate) fn filming(state: &State, session: &Session) -> Self {
        Self::Filming { state: state.reveal().to_owned(), opening: Opening::of(session) }
    }

    /// The state of the session that is open.
    pub(crate) fn state(&self) -> Option<State> {
        match self {
            Self::Filming { state, .. } => State::parse(state),
            _ => None,
        }
    }
}

impl Checked {
    pub(crate) fn new(verdict: Verdict, opening: Option<Opening>) -> Self {
        Self { verdict, opening, is_without_picture: false, compared: None }
    }

    /// Whether name and number may be compared with this picture, for the first time or corrected.
    pub(crate) fn takes_identity(&self) -> bool {
        self.verdict.is_passed()
            && !self.is_without_picture
            && self.compared.as_ref().is_none_or(|verdict| is_worth_correcting(verdict.outcome()))
    }

    /// Whether another camera check can help: not where all is passed, and not where the record itself is what is missing.
    pub(crate) fn takes_new_check(&self) -> bool {
        match &self.compared {
            None => !self.verdict.is_passed() && is_worth_filming(self.verdict.outcome()) || self.is_without_picture,
            Some(verdict) => is_worth_filming(verdict.outcome()),
        }
    }
}

/// Whether another name or number may change what the same picture was compared to.
fn is_worth_correcting(outcome: Outcome) -> bool {
    matches!(
        outcome,
        Outcome::Failed(Failure::NameMismatch | Failure::InvalidIdentity)
            | Outcome::Retake(Retake::Uncertain | Retake::Unrecognized(_))
    )
}

/// Whether another picture may change it.
pub(crate) fn is_worth_filming(outcome: Outcome) -> bool {
    match outcome {
        Outcome::Passed | Outcome::Unverifiable(_) => false,
        Outcome::Failed(why) => !matches!(why, Failure::NameMismatch | Failure::InvalidIdentity),
        Outcome::Retake(_) => true,
    }
}

/// What opening a hosted check came to, for the accounts.
#[derive(Clone, Serialize, Deserialize)]
pub(crate) struct Opening {
    billed: Billed,
    receipt: Receipt,
}

impl Opening {
    pub(crate) fn of(session: &Session) -> Self {
        Self { billed: session.billed(), receipt: session.receipt().clone() }
    }
}

/// A call to a vendor that costs money, or may.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub(crate) enum Step {
    /// Opens a camera check.
    Open,
    /// Asks how it went.
    Look,
    /// Compares the picture with the record.
    Compare,
}

impl Step {}

impl fmt::Display for Step {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Open => "open",
            Self::Look => "look",
            Self::Compare => "compare",
        })
    }
}

/// What the operator needs to find a lost call at the vendor's.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub(crate) struct Doubt {
    pub(crate) step: Step,
    pub(crate) provider: String,
    #[serde(with = "time::serde::rfc3339")]
    pub(crate) at: OffsetDateTime,
    /// The request's number, where there is one.
    pub(crate) request: Option<String>,
}

#[derive(Clone, Serialize, Deserialize)]
struct Try {
    step: Step,
    #[serde(with = "time::serde::rfc3339")]
    at: OffsetDateTime,
}

/// What came of the last step, where the stage does not say it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) enum Notice {
    /// Nothing ran: the person can begin again at no cost.
    NotBegun,
    /// The vendor did not say how the check went.
    NotTold,
    /// The session ended without a result.
    Expired,
    /// Nothing was compared, and not by the person's fault.
    NotCompared,
    /// The picture could not be had, and never will.
    PictureLost,
    /// The form has a mistake.
    Mistyped,
    /// The tries of this hour are used up.
    Capped {
        #[serde(with = "time::serde::rfc3339")]
        until: OffsetDateTime,
    },
}
