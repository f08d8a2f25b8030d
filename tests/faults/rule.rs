//! The rule by which each cell is decided, written from the documents of the vendors and of HTTP.

use liveness::{Again, Charges, ErrorKind, Ran, sandbox::Fault};

use crate::cell::{Door, Lasts, Setting, Trouble};

/// What one attempt comes to.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Attempt {
    /// The answer arrives and is believed.
    Answered,
    /// Certainly nothing was sent.
    Unsent,
    /// The vendor refuses, and nothing ran.
    Refused(ErrorKind, Again),
    /// The vendor's time is learnt, and the call signed anew at once.
    Misdated,
    /// The call may have run, and cost so much.
    Lost(Charges),
    /// The same, and asking again would bring the same.
    LostForGood,
    /// A free call that may be made again.
    Late,
    /// What comes is nothing that was asked for.
    Wrong,
    /// The session is over by the vendor's clock.
    Expired,
}

/// What a call must come to.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Expected {
    pub(crate) error: Option<(ErrorKind, Ran, Again)>,
    pub(crate) charges: Charges,
    pub(crate) attempts: u32,
}

const MAYBE: Charges = Charges::new(0, 1);
const ONE: Charges = Charges::new(1, 1);

/// One attempt at this door.
fn attempt(door: Door, trouble: Trouble) -> Attempt {
    use Fault::*;
    let Trouble::Of(fault) = trouble else {
        // Deadlines are measured by a clock that does not jump, and what was signed is signed.
        return Attempt::Answered;
    };
    match (fault, door) {
        // HTTP says how these are read, and a date that nobody asked for changes nothing.
        (EchoInputs | InterimAnswers | OldHttp | KeepAliveThenClose | WrongDate, _) => Attempt::Answered,
        (Refuse, _) => Attempt::Unsent,

        // Nobody can tell half a page or another file from the whole where its length says that it is.
        (UnderstateLength, Door::Page | Door::Portrait) | (GarbleAnswer, Door::Portrait) => Attempt::Answered,
        (GarbleAnswer | RateLimit | Quota | ClockJump, Door::Page) => Attempt::Wrong,
        (RateLimit | Quota, Door::Portrait) => Attempt::Wrong,

        (RateLimit, _) => Attempt::Refused(ErrorKind::RateLimited, Again::Safe),
        // 606 may pass and is not asked again by itself; the gateway's package is used up.
        (Quota, door) if door.is_compare() => Attempt::Refused(ErrorKind::Denied, Again::Never),
        (Quota, _) => Attempt::Refused(ErrorKind::RateLimited, Again::MayBillAgain),

        // Only the gateway looks at the date; Jumdata's token lives ten minutes.
        (ClockJump, door) if door.is_compare() => Attempt::Misdated,
        (ClockJump, Door::Result) => Attempt::Expired,
        (ClockJump, _) => Attempt::Answered,

        (EndlessAnswer, Door::Page | Door::Portrait | Door::Meter) => Attempt::Wrong,
        (_, Door::Page | Door::Portrait | Door::Meter) => Attempt::Late,
        (EndlessAnswer, _) => Attempt::LostForGood,

        // Half of init's answer says that it was charged.
        (StallInAnswer | DripAnswer | CutAnswer | OverstateLength | UnderstateLength, Door::Init) => Attempt::Lost(ONE),
        _ => Attempt::Lost(MAYBE),
    }
}

/// What the answer of this door says of its cost.
fn price(door: Door) -> Charges {
    match door {
        // Its `charge` says so; a result's 200 is called billed.
        Door::Init | Door::Result => ONE,
        // The listing does not say.
        Door::Compare | Door::CloudMarketCompare => MAYBE,
        Door::Page | Door::Portrait | Door::Meter => Charges::NONE,
    }
}

/// The most attempts within 60 s: one that stalls takes 30 s, and a third would not have 5 s left.
fn most_attempts(trouble: Trouble, lasts: Lasts, setting: Setting) -> u32 {
    let stalls = matches!(trouble, Trouble::Of(Fault::StallBeforeAnswer | Fault::StallInAnswer | Fault::DripAnswer));
    match setting {
        Setting::NeverAgain => 1,
        _ if stalls && lasts == Lasts::EveryAttempt => 2,
        _ => 3,
    }
}

/// The whole call.
pub(crate) fn expected(door: Door, trouble: Trouble, lasts: Lasts, setting: Setting) -> Expected {
    let most = most_attempts(trouble, lasts, setting);
    let repeats = door == Door::Result && setting != Setting::NoRepeatedResult;
    let mut lost = Charges::NONE;
    for attempts in 1.. {
        let met = match (attempts, lasts) {
            (1, _) | (_, Lasts::EveryAttempt) => attempt(door, trouble),
            _ => Attempt::Answered,
        };
        let may_go_on = match met {
            Attempt::Unsent | Attempt::Late | Attempt::Refused(ErrorKind::RateLimited, Again::Safe) => true,
            // Once: a clock that is off again is not ours to mend.
            Attempt::Misdated => attempts == 1,
            Attempt::Lost(_) => repeats,
            _ => false,
        };
        if let Attempt::Lost(charges) = met {
            lost = lost.plus(charges);
        }
        if may_go_on && attempts < most {
            continue;
        }
        let ran = |charges: Charges| if charges.certain() > 0 { Ran::Yes } else { Ran::Maybe };
        let (error, charges) = match met {
            Attempt::Answered => (None, price(door).plus(lost)),
            Attempt::Unsent | Attempt::Late => (Some((ErrorKind::Unavailable, Ran::No, Again::Safe)), Charges::NONE),
            // That it is not asked again by itself is no word on whether the caller may.
            Attempt::Refused(kind, again) => {
                let again = if again == Again::MayBillAgain { Again::Safe } else { again };
                (Some((kind, Ran::No, again)), Charges::NONE)
            }
            Attempt::Misdated => (Some((ErrorKind::Denied, Ran::No, Again::Safe)), Charges::NONE),
            Attempt::Lost(_) => (Some((ErrorKind::OutcomeUnknown, ran(lost), Again::MayBillAgain)), lost),
            Attempt::LostForGood => (Some((ErrorKind::OutcomeUnknown, Ran::Maybe, Again::MayBillAgain)), MAYBE),
            Attempt::Wrong => (Some((ErrorKind::Vendor, Ran::Maybe, Again::Never)), Charges::NONE),
            Attempt::Expired => (Some((ErrorKind::Expired, Ran::Maybe, Again::Never)), MAYBE),
        };
        return Expected { error, charges, attempts };
    }
    unreachable!("three attempts at most")
}
