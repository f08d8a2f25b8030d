//! One call to a vendor: sign, send, retry, and say what is known of the money.
//!
//! The author of another vendor implements [`Call`] for each call of that vendor. A [`Client`] does the rest: attempts,
//! back-off, the vendor's clock, the deadline, `OutcomeUnknown`, and whether the call was billed. [`codes`](mod@crate::codes)
//! and [`answer`](crate::answer) help to interpret a response. `examples/third_vendor.rs` shows a whole vendor.

mod gate;
mod options;
mod retry;
mod retry_budget;
mod skew;

use std::{fmt, sync::Arc, time::Duration};

use time::OffsetDateTime;

use self::skew::Skew;
pub use self::{
    gate::{Attempt, Gate},
    options::CallOptions,
    retry::RetryPolicy,
    retry_budget::RetryBudget,
};
pub use crate::model::{AfterLoss, Call, SigningParams};

use crate::{
    model::{
        Again, AttemptTimeout, Billed, Charges, Clock, CutOff, Error, ErrorKind, Language, ProviderId, Ran, Receipt,
        Reference, Response, Result, Sent, SystemClock, Text, printable, verify_own,
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
        let (start, mut attempts) = (self.clock.monotonic(), 0);
        self.attempts(call, options, &mut attempts).inspect(|_| self.retry.succeeded()).map_err(|error| {
            let elapsed = self.clock.monotonic().saturating_sub(start);
            self.sign_error(error.with_attempts(attempts).with_elapsed(elapsed), call.reference())
        })
    }

    /// Adds the account and the caller's reference to an error.
    pub fn sign_error(&self, error: Error, reference: Option<&Reference>) -> Error {
        let error = error.with_provider(self.provider.clone());
        match reference {
            Some(reference) => error.with_reference(reference.clone()),
            None => error,
        }
    }

    /// Refuses a receipt of another account, whose sessions and verdicts do not belong to this one. `field` names what is
    /// refused.
    ///
    /// # Errors
    ///
    /// `InvalidCheck` naming the field, before any call.
    pub fn verify_own(&self, field: &'static str, receipt: &Receipt) -> Result<()> {
        verify_own(&self.provider, field, receipt)
    }

    /// Counts the attempts that it makes.
    fn attempts<C: Call>(&self, call: &C, options: &CallOptions, count: &mut u32) -> Result<C::Answer> {
        let retry = self.retry.within(options.deadline());
        let start = self.clock.monotonic();
        let elapsed = || self.clock.monotonic().saturating_sub(start);
        let after_loss = call.repeat_after_loss();
        let mut is_corrected = false;
        // The first answer that was lost after it may have run, and what all the lost ones cost: whatever later attempts say,
        // that stays true.
        let mut lost = None;
        let mut earlier = Charges::NONE;
        let mut last_error = None;
        while let Some(timeout) = retry.next_timeout(*count, elapsed()) {
            let signed_with = self.skew.get();
            let params = self.signing_params(signed_with);
            let mut request = match call.request(&params) {
                Ok(request) => request,
                Err(error) => return Err(settle(error, lost, earlier)),
            };
            let sent_id = call.sent_id(&params);
            let parse =
                |response: &Response| call.parse(response, &params).map_err(|error| identified(error, sent_id.clone()));
            let attempt = Attempt {
                provider: &self.provider,
                is_paid: !call.is_free(),
                number: *count + 1,
                sent_id: sent_id.as_deref(),
                at: params.now,
                timeout,
            };
            if let Err(error) = options.before_send(&attempt) {
                return Err(match last_error {
                    Some(last) => settle(last, lost, earlier),
                    None => match lost {
                        Some(lost) => lost.with_charges(earlier),
                        None => error.with_billed(Billed::No).with_ran(Ran::No),
                    },
                });
            }
            let sent = Sent::of(&request);
            request.extensions_mut().insert(AttemptTimeout(timeout));
            *count += 1;
            let answered = self.transport.send(request).map(|mut response| {
                response.extensions_mut().insert(sent.clone());
                response
            });
            let is_final = answered.as_ref().is_err_and(TransportError::is_permanent);
            let (answer, is_skewed) = match answered {
                Ok(response) if call.is_clock_skew(&response) => {
                    let has_news = self.skew.learn(&response, &*self.clock, signed_with);
                    (parse(&response), Some(has_news))
                }
                Ok(response) => {
                    self.skew.heal(&response, &*self.clock);
                    (parse(&response), None)
                }
                Err(failure) => {
                    let sent_id = sent_id.clone().filter(|_| failure.may_have_been_sent());
                    // What arrived is never an answer, but it may say what the call cost.
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
                (Err(error), _) => error,
            };
            let is_lost = error.kind() == ErrorKind::OutcomeUnknown;
            let wait = match is_skewed {
                // Nothing to wait for: the right time is known now. Once; a clock that is off again is not ours to mend.
                Some(has_news) if has_news && !is_corrected && *count < retry.max_attempts() => Some(Duration::ZERO),
                None if error.is_retried()
                    || (after_loss.is_some() && is_lost && !is_final && error.may_be_repeated()) =>
                {
                    retry.next_wait(*count, elapsed(), self.clock.random())
                }
                _ => None,
            };
            is_corrected |= is_skewed.is_some();
            let wait = wait.filter(|_| retry.take_retry(&self.provider));
            let Some(wait) = wait else { return Err(settle(error, lost, earlier)) };
            if is_lost {
                earlier = earlier.plus(error.charges());
            }
            if is_lost && lost.is_none() {
                // What was refused before it was not said after it.
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
            None => lost.map_or_else(|| no_time_left(options), |lost| lost.with_charges(earlier)),
        })
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

/// What the last error says of the whole call: an earlier attempt whose answer was lost may have run and been billed, so that
/// only a verdict ends the doubt. What was said last is told.
fn settle(error: Error, lost: Option<Error>, earlier: Charges) -> Error {
    let Some(lost) = lost else { return error };
    let charges = match error.ran() {
        Ran::No => earlier,
        _ => earlier.plus(error.charges()),
    };
    let says_nothing = error.again() == Again::Safe && error.vendor_code().is_none();
    if error.kind() == ErrorKind::OutcomeUnknown || says_nothing {
        return lost.with_charges(charges);
    }
    let code = error.vendor_code().map(|code| printable(code).to_owned());
    let name = |language| match &code {
        Some(code) => format!("{} ({code})", error.kind().name(language)),
        None => error.kind().name(language).to_owned(),
    };
    lost.with_charges(charges)
        .with_reason(Text {
            english: format!(
                "an answer was lost that may have held a verdict; the next one said: {}",
                name(Language::English)
            ),
            chinese: format!("此前丢失的响应可能含有核验结果；其后的响应为：{}", name(Language::Chinese)),
        })
        .with_advice(LOOK_IT_UP)
}

/// What to do where asking again did not end the doubt.
const LOOK_IT_UP: Text = Text::new(
    "look the check up in the vendor's statement, by time and request number, before beginning a new one",
    "请按时间与请求号在供应商账单中核对，再决定是否重新发起核验",
);

/// Adds to the error of a lost answer what stood in the part of it that arrived.
fn told_by(error: Error, told: Option<Error>) -> Error {
    let Some(told) = told.filter(|told| error.kind() == ErrorKind::OutcomeUnknown && told.kind() == error.kind())
    else {
        return error;
    };
    let mut error = error;
    if let Some(code) = told.vendor_code() {
        error = error.with_vendor_code(code);
    }
    if let Some(text) = told.vendor_message() {
        error = error.with_vendor_message(text);
    }
    if let Some(id) = told.request_id() {
        error = error.with_request_id(id);
    }
    if let Some(status) = told.http_status() {
        error = error.with_http_status(status);
    }
    match told.billed() {
        Billed::Yes => error.with_billed(Billed::Yes),
        _ => error,
    }
}

/// Names the request by the number that it was sent with, unless the answer gave one.
fn identified(error: Error, sent_id: Option<String>) -> Error {
    match sent_id {
        Some(id) if error.request_id().is_none() => error.with_request_id(id),
        _ => error,
    }
}

fn undelivered(lost: TransportError, is_free: bool) -> Error {
    const LOST: Text = Text::new("no response was received", "未收到响应");
    let later = |text| Error::new(ErrorKind::Unavailable).with_again(Again::Safe).with_reason(text);
    let error = match (lost.may_have_been_sent(), lost.is_permanent()) {
        (true, _) if !is_free => return Error::new(ErrorKind::OutcomeUnknown).with_reason(LOST).with_source(lost),
        (true, false) => later(LOST),
        (true, true) => Error::new(ErrorKind::Vendor)
            .with_reason(Text { english: "the response cannot be accepted", chinese: "无法接收该响应" }),
        (false, false) if is_free => later(Text::new("the address could not be reached", "无法连接该地址")),
        (false, false) => {
            later(Text::new("the vendor could not be reached: nothing was sent", "无法连接供应商：未发送任何请求"))
        }
        (false, true) => return blocked(&lost),
    };
    error.with_billed(Billed::No).with_source(lost)
}

/// What the operator must correct stands in the error itself, not in its source: only so is it seen.
fn blocked(lost: &TransportError) -> Error {
    Error::configuration("transport")
        .with_reason(Text {
            english: format!("the transport did not send the request: {}", lost.reason()),
            chinese: format!("transport 未发送该请求（{}）", lost.reason()),
        })
        .with_advice(Text::new(
            "correct the endpoint or the transport's settings; nothing was sent",
            "请修正接口地址或 transport 的设置；未发送任何请求",
        ))
}

/// Whose deadline it was decides who must act.
fn no_time_left(options: &CallOptions) -> Error {
    if options.deadline().is_some_and(|deadline| deadline.is_zero()) {
        return Error::invalid("deadline")
            .with_reason(Text::new("no time is left for the call: nothing was sent", "没有剩余时间：未发送任何请求"));
    }
    Error::configuration("retry")
        .with_reason(Text::new("the deadline or the attempt time-out is zero", "总时限或单次时限为零"))
}

#[cfg(test)]
mod tests;
