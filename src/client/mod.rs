//! The client that makes one call to a vendor: signing, sending, retries and the accounting of charges.
//!
//! The author of another vendor implements [`Call`] for each call of that vendor. A [`Client`] does the rest: attempts,
//! back-off, the vendor's clock, the deadline, `OutcomeUnknown`, and whether the call was billed. [`codes`](mod@crate::codes)
//! and [`answer`](crate::answer) help to interpret a response. `examples/third_vendor.rs` shows a whole vendor.
//!
//! ```
//! use std::sync::atomic::{AtomicU32, Ordering};
//! use liveness::{
//!     Body, Check, Jumdata, LivenessProvider, ManualClock, Request, Response, ReturnUrl, TransportError, jumdata,
//! };
//!
//! // The first attempt is certainly not sent, so the client makes a second one. The clock waits for nothing.
//! let attempts = AtomicU32::new(0);
//! let vendor = move |_: Request| match attempts.fetch_add(1, Ordering::Relaxed) {
//!     0 => Err(TransportError::unsent("connection refused")),
//!     _ => Ok(Response::new(Body::from(r#"{"code":200,"data":{"token":"t-1"}}"#))),
//! };
//! let keys = jumdata::Credentials { app_id: "id".into(), app_secret: "secret".into() };
//! let provider = Jumdata::new(keys, vendor).with_clock(ManualClock::new(time::OffsetDateTime::UNIX_EPOCH));
//! let check = Check::liveness().with_return_url(ReturnUrl::parse("https://shop.example/back")?);
//! assert!(provider.begin(&check)?.session().is_some());
//! # Ok::<(), liveness::Error>(())
//! ```

mod gate;
mod losses;
mod options;
mod retry;
mod retry_budget;
mod skew;
mod watch;

use std::{fmt, sync::Arc, time::Duration};

use time::OffsetDateTime;

pub use self::{
    gate::{Attempt, Gate},
    options::CallOptions,
    retry::RetryPolicy,
    retry_budget::RetryBudget,
};
use self::{
    losses::{identified, no_time_left, settle, told_by, too_late, undelivered},
    skew::Skew,
    watch::Watch,
};
pub use crate::model::{AfterLoss, Call, SigningParams};

use crate::{
    model::{
        AttemptTimeout, Billed, Charges, Clock, CutOff, Error, ErrorKind, Observer, ProviderId, Ran, Receipt,
        Reference, Response, Result, Sent, SystemClock, tell_refused, verify_own,
    },
    transport::{Transport, TransportError},
};

/// The client of one account: its transport, clock, retry policy, and what it learnt about the vendor's clock.
///
/// [`call`](Self::call) is the only place where this crate does I/O. It signs each attempt separately, and retries only what
/// certainly did not run.
///
/// Cloning is cheap. Clones share what was learnt about the vendor's clock.
///
/// ```
/// use liveness::{Body, Error, ErrorKind, ProviderId, Request, Response, Result, client::{Call, Client, SigningParams}};
///
/// /// A paid call of a vendor that answers `live` or nothing that can be read.
/// struct Ask;
///
/// impl Call for Ask {
///     type Answer = bool;
///
///     fn request(&self, _: &SigningParams) -> Result<Request> {
///         let request = liveness::http::Request::post("https://api.acme.example/ask");
///         request.body(Body::empty()).map_err(|_| Error::new(ErrorKind::Protocol))
///     }
///
///     fn parse(&self, response: &Response, _: &SigningParams) -> Result<bool> {
///         match response.body().as_bytes() {
///             b"live" => Ok(true),
///             _ => Err(Error::new(ErrorKind::OutcomeUnknown)), // it may have run: the client does not send it again
///         }
///     }
/// }
///
/// let vendor = |_: Request| Ok(Response::new(Body::from("live")));
/// let client = Client::new(ProviderId::new("acme", "default")?, vendor);
/// assert!(client.call(&Ask)?);
/// # Ok::<(), Error>(())
/// ```
#[derive(Clone)]
pub struct Client {
    provider: ProviderId,
    transport: Arc<dyn Transport>,
    clock: Arc<dyn Clock>,
    retry: RetryPolicy,
    skew: Skew,
    observer: Option<Arc<dyn Observer>>,
}

impl Client {
    /// A client for this account over this transport, on the system's clock, with [`RetryPolicy::new`].
    pub fn new(provider: ProviderId, transport: impl Transport + 'static) -> Self {
        Self {
            provider,
            transport: Arc::new(transport),
            clock: Arc::new(SystemClock),
            retry: RetryPolicy::new(),
            skew: Skew::default(),
            observer: None,
        }
    }

    /// The account that receipts and errors name. Defaults to the one given to [`new`](Self::new).
    pub fn with_provider(mut self, provider: ProviderId) -> Self {
        self.provider = provider;
        self
    }

    /// Sets how calls are retried. Defaults to [`RetryPolicy::new`].
    pub fn with_retry(mut self, retry: RetryPolicy) -> Self {
        self.retry = retry;
        self
    }

    /// Sets the source of time, waiting and randomness. Defaults to [`SystemClock`].
    pub fn with_clock(mut self, clock: impl Clock + 'static) -> Self {
        self.clock = Arc::new(clock);
        self
    }

    /// Sets the observer of each call and attempt. Defaults to none, at no cost.
    pub fn with_observer(mut self, observer: impl Observer + 'static) -> Self {
        self.observer = Some(Arc::new(observer));
        self
    }

    /// The account that receipts and errors name.
    pub fn provider(&self) -> &ProviderId {
        &self.provider
    }

    /// How calls are retried.
    pub fn retry(&self) -> &RetryPolicy {
        &self.retry
    }

    /// Now, by our own clock.
    pub fn now(&self) -> OffsetDateTime {
        self.clock.now()
    }

    /// Makes a call. It signs each attempt separately, and retries only what certainly did not run.
    ///
    /// # Errors
    ///
    /// The errors of [`Call::request`] and [`Call::parse`]; `OutcomeUnknown` if no response to a paid call was received;
    /// `Unavailable` if nothing was sent. The error names the account and the caller's reference.
    pub fn call<C: Call>(&self, call: &C) -> Result<C::Answer> {
        self.call_with(call, &CallOptions::new())
    }

    /// As [`call`](Self::call), with options for this call alone.
    ///
    /// # Errors
    ///
    /// As [`call`](Self::call).
    pub fn call_with<C: Call>(&self, call: &C, options: &CallOptions) -> Result<C::Answer> {
        let watch = self.observer.as_deref().map(|observer| {
            let what = (call.name(), !call.is_free(), call.reference());
            Watch::begin(observer, &*self.clock, &self.provider, what)
        });
        let (start, mut attempts) = (self.clock.monotonic(), 0);
        let answered = self.attempts(call, options, &mut attempts, watch.as_ref());
        let answered = answered.inspect(|_| self.retry.succeeded()).map_err(|error| {
            let elapsed = self.clock.monotonic().saturating_sub(start);
            self.sign_error(error.with_attempts(attempts).with_elapsed(elapsed), call.reference())
        });
        if let Some(watch) = watch {
            watch.end(call, answered.as_ref());
        }
        answered
    }

    /// Adds the account and the caller's reference to the error of a call that is not made, and reports the refusal
    /// to the observer. `name` is the [name](Call::name) of the call.
    pub fn refuse(&self, name: &'static str, error: Error, reference: Option<&Reference>) -> Error {
        let error = self.sign_error(error, reference);
        if let Some(observer) = &self.observer {
            tell_refused(&**observer, &self.provider, name, &error);
        }
        error
    }

    /// Adds the account and the caller's reference to an error.
    pub fn sign_error(&self, error: Error, reference: Option<&Reference>) -> Error {
        let error = error.with_provider(self.provider.clone());
        match reference {
            Some(reference) => error.with_reference(reference.clone()),
            None => error,
        }
    }

    /// Refuses a receipt of another account, whose sessions and verdicts do not belong to this one. `field` names the
    /// refused value.
    ///
    /// # Errors
    ///
    /// `InvalidCheck` naming the field, before any call.
    pub fn verify_own(&self, field: &'static str, receipt: &Receipt) -> Result<()> {
        verify_own(&self.provider, field, receipt)
    }

    /// Counts the attempts that it makes.
    fn attempts<C: Call>(
        &self,
        call: &C,
        options: &CallOptions,
        count: &mut u32,
        watch: Option<&Watch<'_>>,
    ) -> Result<C::Answer> {
        let retry = self.retry.within(options.deadline());
        let start = self.clock.monotonic();
        let elapsed = || self.clock.monotonic().saturating_sub(start);
        let after_loss = call.repeat_after_loss();
        let mut is_corrected = false;
        // The first answer that was lost after it may have run, and the cost of all lost ones. Later attempts do not
        // change either.
        let mut lost = None;
        let mut earlier = Charges::NONE;
        let mut last_error = None;
        let mut pause = None;
        while let Some(timeout) = retry.next_timeout(*count, elapsed()) {
            let signed_with = self.skew.get();
            let params = self.signing_params(signed_with);
            let mut request = match call.request(&params) {
                Ok(request) => request,
                Err(error) => return Err(settle(error.with_billed(Billed::No).with_ran(Ran::No), lost, earlier)),
            };
            let sent_id = call.sent_id(&params);
            let parse =
                |response: &Response| call.parse(response, &params).map_err(|error| identified(error, sent_id.clone()));
            let mut attempt = Attempt {
                provider: &self.provider,
                is_paid: !call.is_free(),
                number: *count + 1,
                sent_id: sent_id.as_deref(),
                at: params.now,
                timeout,
            };
            if let Some(watch) = watch {
                watch.began(&request, &attempt, pause.take());
                // An observer is foreign code and may take long. The gates come after it and get the remaining time.
                let Some(left) = retry.next_timeout(*count, elapsed()) else {
                    watch.held_back(attempt.number);
                    break;
                };
                attempt.timeout = left;
            }
            let timeout = match self.admit(&attempt, options) {
                Ok(timeout) => timeout,
                Err(error) => {
                    if let Some(watch) = watch {
                        watch.held_back(attempt.number);
                    }
                    return Err(match last_error {
                        Some(last) => settle(last, lost, earlier),
                        None => match lost {
                            Some(lost) => lost.with_charges(earlier),
                            None => error.with_billed(Billed::No).with_ran(Ran::No),
                        },
                    });
                }
            };
            let sent = Sent::of(&request);
            request.extensions_mut().insert(AttemptTimeout(timeout));
            *count += 1;
            let answered = match watch {
                Some(watch) => watch.send(&*self.transport, request, attempt.number),
                None => self.transport.send(request),
            };
            let answered = answered.map(|mut response| {
                response.extensions_mut().insert(sent.clone());
                response
            });
            let is_final = answered.as_ref().is_err_and(TransportError::is_permanent);
            let (answer, is_skewed) = match answered {
                Ok(response) if call.is_clock_skew(&response) => {
                    let has_news = self.skew.learn(&response, &*self.clock, signed_with);
                    if let Some(watch) = watch.filter(|_| has_news) {
                        watch.skewed(self.skew.get());
                    }
                    (parse(&response), Some(has_news))
                }
                Ok(response) => {
                    let has_healed = self.skew.heal(&response, &*self.clock);
                    if let Some(watch) = watch.filter(|_| has_healed) {
                        watch.skewed(0);
                    }
                    (parse(&response), None)
                }
                Err(failure) => {
                    let sent_id = sent_id.clone().filter(|_| failure.may_have_been_sent());
                    // The part that arrived is never an answer, but it may contain the charge of the call.
                    let told = failure.partial().and_then(|partial| {
                        let mut response = partial.clone();
                        response.extensions_mut().insert(sent.clone());
                        response.extensions_mut().insert(CutOff);
                        call.parse(&response, &params).err()
                    });
                    let error = told_by(undelivered(failure, call.is_free()), told);
                    (Err(identified(error, sent_id)), None)
                }
            };
            let error = match (answer, after_loss) {
                (Ok(answer), Some(after_loss)) if lost.is_some() => return Ok(after_loss(answer, earlier)),
                (Ok(answer), _) => return Ok(answer),
                (Err(error), _) if call.is_free() => error.into_free().with_billed(Billed::No),
                (Err(error), _) => error,
            };
            let is_lost = error.kind() == ErrorKind::OutcomeUnknown;
            let wait = match is_skewed {
                // No wait is needed, because the right time is known now. This is done once; if the clock is off
                // again, this crate cannot correct it.
                Some(has_news) if has_news && !is_corrected && *count < retry.max_attempts() => Some(Duration::ZERO),
                None if error.is_retried()
                    || (after_loss.is_some() && is_lost && !is_final && error.may_be_repeated()) =>
                {
                    retry.next_wait(*count, elapsed(), self.clock.random())
                }
                _ => None,
            };
            is_corrected |= is_skewed.is_some();
            let Some(wait) = wait.filter(|_| take_retry(&retry, watch)) else {
                return Err(settle(error, lost, earlier));
            };
            pause = Some((error.kind(), wait));
            if is_lost {
                earlier = earlier.plus(error.charges());
            }
            if let Some(watch) = watch {
                watch.cost(earlier);
            }
            if is_lost && lost.is_none() {
                // The error before a gate's refusal is not an error after it.
                last_error = None;
                lost = Some(error);
            } else {
                last_error = Some(error);
            }
            if !wait.is_zero() {
                self.clock.sleep(wait);
            }
        }
        Err(match last_error {
            Some(error) => settle(error, lost, earlier),
            None => lost.map_or_else(|| no_time_left(options, &retry), |lost| lost.with_charges(earlier)),
        })
    }

    /// Runs the gates, and returns the time that the attempt may take. It ends at the time that they were given,
    /// however long they took.
    fn admit(&self, attempt: &Attempt<'_>, options: &CallOptions) -> Result<Duration> {
        let asked = self.clock.monotonic();
        options.before_send(attempt)?;
        let took = self.clock.monotonic().saturating_sub(asked);
        attempt.timeout.checked_sub(took).filter(|left| !left.is_zero()).ok_or_else(too_late)
    }

    fn signing_params(&self, skew: i64) -> SigningParams {
        let nonce = (u128::from(self.clock.random()) << 64) | u128::from(self.clock.random());
        SigningParams::new(self.clock.now().saturating_add(time::Duration::seconds(skew)), nonce)
    }
}

impl fmt::Debug for Client {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Client")
            .field("provider", &self.provider)
            .field("clock", &self.clock)
            .field("retry", &self.retry)
            .field("skew", &self.skew)
            .finish_non_exhaustive()
    }
}

/// Takes a retry from the budget, and reports to the observer if there is none.
fn take_retry(retry: &RetryPolicy, watch: Option<&Watch<'_>>) -> bool {
    let is_left = retry.take_retry();
    if let Some(watch) = watch.filter(|_| !is_left) {
        watch.retry_budget_empty();
    }
    is_left
}

#[cfg(test)]
mod tests;
