//! Chooses the provider to call, and waits for the result of a hosted check.

use std::{sync::Arc, time::Duration};

use liveness::{
    Billed, Check, Clock, Error, ErrorKind, Jumdata, Language, LivenessProvider, ManualClock, Progress, ProviderId,
    Result, Session, SystemClock, TencentMarket, UreqTransport, Verdict,
    sandbox::{Ledger, Sandbox, Vendor},
};

use super::options::{Asked as Wish, Options};
use crate::{
    environment::{self, Asked},
    language::Words,
    output::{Output, say},
    progress::spinner,
};

/// How long to wait between two questions for a hosted check's result.
const POLL: Duration = Duration::from_secs(3);

/// A provider, the clock that it waits by, and the sandbox if it is one.
pub(super) struct Stage {
    provider: Arc<dyn LivenessProvider>,
    clock: Box<dyn Clock>,
    sandbox: Option<Sandbox>,
}

impl Stage {
    /// The vendor with the environment's keys, or the sandbox, whose clock moves at once instead of waiting.
    ///
    /// # Errors
    ///
    /// A setting that the provider does not take.
    pub(super) fn open(options: &Options, asked: Asked) -> Result<Self> {
        let vendor = match asked {
            Asked::Vendor(vendor) => {
                let setting = |name: &str| environment::setting(name, vendor);
                let provider = liveness::from_vars(setting, UreqTransport::new())?;
                return Ok(Self { provider, clock: Box::new(SystemClock), sandbox: None });
            }
            Asked::Sandbox(vendor) => vendor,
        };
        let clock = ManualClock::new(SystemClock.now());
        let mut sandbox = Sandbox::builder().with_clock(clock.clone());
        if let Some(Wish::Scenario(scenario)) = options.scenario {
            // For every call, so that what is tried again meets it again.
            sandbox = sandbox.with_default(scenario);
        }
        let sandbox = sandbox.build();
        if let Some(fault) = options.fault {
            sandbox.arm_fault(fault, 1);
        }
        let provider: Arc<dyn LivenessProvider> = match vendor {
            Vendor::Jumdata => {
                Arc::new(Jumdata::new(Sandbox::jumdata_credentials(), sandbox.clone()).with_clock(clock.clone()))
            }
            _ => Arc::new(
                TencentMarket::new(Sandbox::tencent_market_credentials(), sandbox.clone()).with_clock(clock.clone()),
            ),
        };
        Ok(Self { provider, clock: Box::new(clock), sandbox: Some(sandbox) })
    }

    pub(super) fn id(&self) -> &ProviderId {
        self.provider.id()
    }

    /// What was asked of the sandbox.
    pub(super) fn ledger(&self) -> Option<Ledger> {
        self.sandbox.as_ref().map(Sandbox::ledger)
    }

    /// Begins, and waits for a hosted check's result; `session_billed` is what the session cost so far.
    pub(super) fn verify(
        &self,
        check: &Check,
        is_json: bool,
        language: Language,
        output: &mut Output,
        session_billed: &mut Option<Billed>,
    ) -> Result<Verdict> {
        let session = match self.provider.begin(check)? {
            Progress::Done(verdict) => return Ok(verdict),
            Progress::Pending(session) => session,
        };
        let open = Words::new(
            format!("The person opens {}", session.page_url()),
            format!("请用户打开 {}", session.page_url()),
        );
        match &self.sandbox {
            _ if !is_json => output.line(open.get(language)),
            // Without it nobody can go on.
            None => say(open.get(language)),
            Some(_) => {}
        }
        if let Some(sandbox) = &self.sandbox {
            sandbox.finish(&session);
        }
        self.poll(session, language, session_billed)
    }

    /// Asks until the person is done.
    fn poll(&self, mut session: Session, language: Language, billed: &mut Option<Billed>) -> Result<Verdict> {
        let waiting = spinner();
        loop {
            *billed = Some(session.billed());
            match self.provider.resume(&session)? {
                Progress::Done(verdict) => return Ok(verdict),
                Progress::Pending(_) if session.is_expired(self.clock.now()) => {
                    return Err(Error::new(ErrorKind::Expired).with_provider(session.provider().clone()));
                }
                Progress::Pending(kept) => session = kept,
            }
            let left = (session.expires() - self.clock.now()).whole_seconds();
            let left =
                Words::new(format!("waiting for the person: {left} s left"), format!("等待用户完成：剩余 {left} 秒"));
            waiting.set_message(left.get(language).to_owned());
            self.clock.sleep(POLL);
        }
    }
}
