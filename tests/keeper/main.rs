//! Tests of a keeper with returns, crashes and strangers.
#![allow(clippy::expect_used, clippy::panic, clippy::unwrap_used, reason = "a test may")]

mod begins;
mod crashes;
mod once;
mod open;
mod returns;
mod stores;

use std::{
    collections::VecDeque,
    fmt,
    sync::{Arc, Mutex},
};

use liveness::{
    Charges, Check, Error, LivenessProvider, ManualClock, Outcome, Progress, ProviderId, Receipt, Reference,
    Requirements, Result, ReturnUrl, Session, Verdict,
    client::CallOptions,
    keeper::{Begun, Browser, Keeper, MemorySessionStore, SessionStore, State},
};
use time::{Duration, OffsetDateTime, macros::datetime};

const NOW: OffsetDateTime = datetime!(2026-11-21 08:00 UTC);
const LEASE: std::time::Duration = std::time::Duration::from_secs(90);

type Hook = Box<dyn Fn(&CallOptions) -> Result<()> + Send + Sync>;

/// A hosted vendor that answers what it is told to, and else what a person who passes gets.
struct Vendor {
    id: ProviderId,
    begins: Mutex<VecDeque<Result<Progress>>>,
    resumes: Mutex<VecDeque<Result<Progress>>>,
    /// The sessions that it was asked for.
    asked: Mutex<Vec<Session>>,
    /// The return URLs of the sessions that it opened.
    opened: Mutex<Vec<String>>,
    /// Runs inside each call for a result.
    on_resume: Mutex<Option<Hook>>,
}

impl Vendor {
    fn receipt(&self) -> Receipt {
        Receipt::new(self.id.clone()).with_reference(Reference::parse("order-7").unwrap())
    }

    fn session(&self, token: &str) -> Session {
        Session::new(self.receipt(), token, NOW, Duration::minutes(10))
            .with_page_url(format!("https://vendor.example/?token={token}"))
            .with_charges(Charges::new(1, 1))
    }

    fn verdict(&self, request: &str) -> Verdict {
        Verdict::new(Outcome::Passed, self.receipt().with_request_id(request))
    }

    fn next_begin(&self, answer: Result<Progress>) {
        self.begins.lock().unwrap().push_back(answer);
    }

    fn next_resume(&self, answer: Result<Progress>) {
        self.resumes.lock().unwrap().push_back(answer);
    }

    fn on_resume(&self, hook: impl Fn(&CallOptions) -> Result<()> + Send + Sync + 'static) {
        *self.on_resume.lock().unwrap() = Some(Box::new(hook));
    }

    fn begins(&self) -> usize {
        self.opened.lock().unwrap().len()
    }

    fn resumes(&self) -> usize {
        self.asked.lock().unwrap().len()
    }
}

impl fmt::Debug for Vendor {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Vendor")
    }
}

impl LivenessProvider for Vendor {
    fn id(&self) -> &ProviderId {
        &self.id
    }

    fn requirements(&self) -> Requirements {
        Requirements::new([])
    }

    fn begin(&self, check: &Check) -> Result<Progress> {
        let token = {
            let mut opened = self.opened.lock().unwrap();
            opened.push(check.return_url().map(|url| url.as_str().to_owned()).unwrap_or_default());
            format!("t0ken-{}", opened.len())
        };
        let told = self.begins.lock().unwrap().pop_front();
        told.unwrap_or_else(|| Ok(Progress::Pending(self.session(&token))))
    }

    fn resume(&self, session: &Session) -> Result<Progress> {
        self.resume_with(session, &CallOptions::new())
    }

    fn resume_with(&self, session: &Session, options: &CallOptions) -> Result<Progress> {
        let hook = self.on_resume.lock().unwrap().take();
        hook.map_or(Ok(()), |hook| hook(options))?;
        let number = {
            let mut asked = self.asked.lock().unwrap();
            asked.push(session.clone());
            asked.len()
        };
        let told = self.resumes.lock().unwrap().pop_front();
        told.unwrap_or_else(|| Ok(Progress::Done(self.verdict(&format!("Z{number}")))))
    }
}

/// A keeper over a store in memory, and all that a test moves.
struct World {
    vendor: Arc<Vendor>,
    store: MemorySessionStore,
    clock: ManualClock,
    keeper: Keeper,
}

impl World {
    fn new() -> Self {
        let vendor = Arc::new(Vendor {
            id: "acme/default".parse().unwrap(),
            begins: Mutex::default(),
            resumes: Mutex::default(),
            asked: Mutex::default(),
            opened: Mutex::default(),
            on_resume: Mutex::default(),
        });
        let clock = ManualClock::new(NOW);
        let store = MemorySessionStore::new().with_clock(clock.clone());
        let keeper = keeper(&vendor, store.clone(), &clock);
        Self { vendor, store, clock, keeper }
    }

    /// As after a restart: a keeper that knows nothing but the store.
    fn restart(&mut self) {
        self.keeper = keeper(&self.vendor, self.store.clone(), &self.clock);
    }

    /// A browser at the vendor's page.
    fn begun(&self) -> (State, Browser) {
        begin(&self.keeper).unwrap()
    }
}

fn keeper(vendor: &Arc<Vendor>, store: impl SessionStore + 'static, clock: &ManualClock) -> Keeper {
    Keeper::new(vendor.clone(), store).with_clock(clock.clone()).with_lease(LEASE)
}

fn check() -> Check {
    Check::liveness().with_return_url(ReturnUrl::parse("https://shop.example/back").unwrap())
}

fn begin(keeper: &Keeper) -> Result<(State, Browser)> {
    let browser = Browser::new()?;
    match keeper.begin(&check(), &browser)? {
        Begun::Open { state, .. } => Ok((state, browser)),
        Begun::Done(verdict) => panic!("a hosted vendor: {verdict:?}"),
    }
}

fn lost() -> Error {
    Error::new(liveness::ErrorKind::OutcomeUnknown)
}
