//! Two accounts, one sandbox, one clock.

use liveness::{
    Billed, Charges, Check, IdNumber, Identity, Jumdata, LivenessProvider, ManualClock, Name, Photo, PhotoSpec,
    Progress, Result, ReturnUrl, Sandbox, Session, TencentMarket, Verdict,
    sandbox::{Call, SandboxBuilder, Scenario},
};
use time::{
    OffsetDateTime,
    macros::{date, datetime},
};

pub(crate) const START: OffsetDateTime = datetime!(2026-11-21 08:00 UTC);
const JPEG: &[u8] = include_bytes!("../../src/sandbox/jumdata/portrait.jpg");

pub(crate) struct Bench {
    pub(crate) sandbox: Sandbox,
    /// The clients' clock, and the sandbox's too until that is moved.
    pub(crate) clock: ManualClock,
    pub(crate) jumdata: Jumdata,
    pub(crate) tencent: TencentMarket,
}

pub(crate) fn bench() -> Bench {
    bench_with(|sandbox| sandbox)
}

/// The same with other settings of the sandbox.
pub(crate) fn bench_with(set: impl Fn(SandboxBuilder) -> SandboxBuilder) -> Bench {
    let clock = ManualClock::new(START);
    let sandbox = set(Sandbox::builder().with_clock(clock.clone())).build();
    let jumdata = Jumdata::new(Sandbox::jumdata_credentials(), sandbox.clone());
    let tencent = TencentMarket::new(Sandbox::tencent_market_credentials(), sandbox.clone());
    Bench { sandbox, jumdata: jumdata.with_clock(clock.clone()), tencent: tencent.with_clock(clock.clone()), clock }
}

impl Bench {
    pub(crate) fn arm(&self, name: &str) {
        self.sandbox.arm(named(name));
    }

    /// How many calls were entered, and how many charged.
    pub(crate) fn calls_and_charges(&self, call: Call) -> (usize, usize) {
        let ledger = self.sandbox.ledger();
        (ledger.calls(call), ledger.entries().iter().filter(|e| e.call() == call && e.is_charged()).count())
    }

    pub(crate) fn open(&self) -> Session {
        let Progress::Pending(session) = self.jumdata.begin(&hosted()).unwrap() else { panic!("done already") };
        session
    }

    /// A session whose person is done.
    pub(crate) fn filmed(&self) -> Session {
        let session = self.open();
        assert!(self.sandbox.finish(&session));
        session
    }

    pub(crate) fn resume(&self, session: &Session) -> Result<Verdict> {
        self.jumdata.resume(session).map(done)
    }

    pub(crate) fn compare(&self) -> Result<Verdict> {
        self.tencent.begin(&same_person()).map(done)
    }
}

pub(crate) fn named(name: &str) -> Scenario {
    Scenario::named(name).unwrap_or_else(|| panic!("no scenario {name}"))
}

pub(crate) fn done(progress: Progress) -> Verdict {
    match progress {
        Progress::Done(verdict) => verdict,
        Progress::Pending(_) => panic!("still pending"),
    }
}

pub(crate) fn hosted() -> Check {
    Check::liveness().with_return_url(
        ReturnUrl::parse("https://shop.example/back?a=b&c=路%20".replace('路', "%E8%B7%AF").as_str()).unwrap(),
    )
}

pub(crate) fn photo() -> Photo {
    Photo::from_bytes(JPEG, &PhotoSpec::TENCENT_MARKET).unwrap()
}

pub(crate) fn identity(number: &str) -> Identity {
    Identity::new(Name::parse("买买提•吐尔逊").unwrap(), IdNumber::parse_on(number, date!(2026 - 11 - 21)).unwrap())
}

pub(crate) fn same_person() -> Check {
    Check::same_person(identity("11010519491231002X")).with_photo(photo()).with_reference("order-7".parse().unwrap())
}

/// The session after a result that was not there yet, of which the vendor does not say whether it was billed.
pub(crate) fn with_a_result_asked(session: &Session) -> Session {
    session.clone().with_charges(session.charges().plus(Charges::of(Billed::Unknown)))
}
