//! How does one call get to the vendor and back?
//!
//! [`call`] signs, sends, tries again and parses; it is the only place that does I/O. What a vendor's request looks like
//! and what its answer means is the vendor folder's to say, through [`Endpoint`].

use std::{
    fmt,
    sync::{
        Arc,
        atomic::{AtomicI64, Ordering},
    },
    time::Duration,
};

use http::{Uri, header};
use time::OffsetDateTime;

pub(crate) use crate::model::{Request, Response, SANDBOX_HEADER};
use crate::{
    RetryPolicy, Transport, TransportError,
    model::{
        Again, AttemptTimeout, Billed, Clock, Error, ErrorKind, ProviderId, Receipt, Result, SystemClock, Text,
        parse_http_date,
    },
};

/// How far the vendor's clock must stand from ours before we believe it, or be back within before we forget it.
const CLOCK_TOLERANCE_SECONDS: i64 = 60;

/// One kind of call: what to send at a given moment, and what the answer means.
pub(crate) trait Endpoint {
    type Answer;

    /// Whether it may be sent again although it may have run. Of a paid call true only where the operator may say so.
    fn is_repeatable(&self) -> bool {
        false
    }

    /// Whether it asks for nothing that could be billed, so that it may always be sent again.
    fn is_free(&self) -> bool {
        false
    }

    /// The caller's own number for the check, which an error echoes.
    fn reference(&self) -> Option<&str> {
        None
    }

    /// The number that the request of this moment carries, if it carries one.
    fn sent_id(&self, moment: &Moment) -> Option<String> {
        let _ = moment;
        None
    }

    /// The request, signed for this moment. Called anew for each attempt, so costly bodies are made before.
    fn request(&self, moment: &Moment) -> Result<Request>;

    /// What the answer to the request of this moment means, of whatever status.
    fn parse(&self, response: &Response, moment: &Moment) -> Result<Self::Answer>;

    /// The same answer if an earlier attempt was lost that may have been billed: what is said to be free is not known to be.
    fn after_loss(&self, answer: Self::Answer) -> Self::Answer {
        answer
    }

    /// Whether the answer says that the signature's date is off, so that nothing ran.
    fn is_clock_skew(&self, response: &Response) -> bool {
        let _ = response;
        false
    }
}

/// What signing needs from outside: the instant, and some bits of chance.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Moment {
    pub(crate) now: OffsetDateTime,
    pub(crate) random: u128,
}

/// One account's line to its vendor.
#[derive(Clone)]
pub(crate) struct Line {
    pub(crate) provider: ProviderId,
    pub(crate) transport: Arc<dyn Transport>,
    pub(crate) clock: Arc<dyn Clock>,
    pub(crate) retry: RetryPolicy,
    skew: Skew,
}

impl Line {
    pub(crate) fn new(provider: ProviderId, transport: impl Transport + 'static) -> Self {
        Self {
            provider,
            transport: Arc::new(transport),
            clock: Arc::new(SystemClock),
            retry: RetryPolicy::new(),
            skew: Skew::default(),
        }
    }
}

impl fmt::Debug for Line {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Line")
            .field("provider", &self.provider)
            .field("clock", &self.clock)
            .field("retry", &self.retry)
            .field("skew", &self.skew)
            .finish_non_exhaustive()
    }
}

/// Calls an endpoint: signed anew for each attempt, and sent again only while that is certain to bill once.
pub(crate) fn call<E: Endpoint>(line: &Line, endpoint: &E) -> Result<E::Answer> {
    attempt(line, endpoint).map_err(|error| line.named(error, endpoint.reference()))
}

fn attempt<E: Endpoint>(line: &Line, endpoint: &E) -> Result<E::Answer> {
    let start = line.clock.monotonic();
    let elapsed = || line.clock.monotonic().saturating_sub(start);
    let mut attempts = 0;
    let mut is_corrected = false;
    // The first answer that was lost after it may have run: whatever later attempts say, that stays true.
    let mut lost = None;
    let mut last_error = None;
    while let Some(timeout) = line.retry.next_timeout(attempts, elapsed()) {
        let skew = line.skew.get();
        let moment = line.moment(skew);
        let parse = |response: &Response| {
            endpoint.parse(response, &moment).map_err(|error| identified(error, endpoint.sent_id(&moment)))
        };
        let mut request = endpoint.request(&moment)?;
        request.extensions_mut().insert(AttemptTimeout(timeout));
        attempts += 1;
        let (answer, is_skewed) = match line.transport.send(request) {
            Ok(response) if endpoint.is_clock_skew(&response) => {
                let has_news = line.learn_skew(&response, skew);
                (parse(&response), Some(has_news))
            }
            Ok(response) => {
                line.heal_skew(&response);
                (parse(&response), None)
            }
            Err(lost) => {
                let sent_id = endpoint.sent_id(&moment).filter(|_| lost.may_have_been_sent());
                (Err(identified(undelivered(lost, endpoint.is_free()), sent_id)), None)
            }
        };
        let error = match answer {
            Ok(answer) if lost.is_some() => return Ok(endpoint.after_loss(answer)),
            Ok(answer) => return Ok(answer),
            Err(error) => error,
        };
        let is_lost = error.kind() == ErrorKind::OutcomeUnknown;
        let wait = match is_skewed {
            // Nothing to wait for: the right time is known now. Once; a clock that is off again is not ours to mend.
            Some(has_news) if has_news && !is_corrected && attempts < line.retry.attempts() => Some(Duration::ZERO),
            None if error.again() == Again::Safe || (endpoint.is_repeatable() && is_lost) => {
                line.retry.next_wait(attempts, elapsed(), line.clock.random())
            }
            _ => None,
        };
        is_corrected |= is_skewed.is_some();
        let Some(wait) = wait else { return Err(settle(error, lost)) };
        if is_lost && lost.is_none() {
            lost = Some(error);
        } else {
            last_error = Some(error);
        }
        if !wait.is_zero() {
            line.clock.sleep(wait);
        }
    }
    Err(match last_error {
        Some(error) => settle(error, lost),
        None => lost.unwrap_or_else(no_time_left),
    })
}

/// What the last error says of the whole call: an earlier attempt whose answer was lost may have run and been billed.
fn settle(error: Error, lost: Option<Error>) -> Error {
    match lost {
        Some(lost) if error.again() == Again::Safe => lost,
        Some(_) => {
            let billed = error.billed().plus(Billed::Unknown);
            error.with_billed(billed)
        }
        None => error,
    }
}

/// Names the request by the number that it was sent with, unless the answer gave one.
fn identified(error: Error, sent_id: Option<String>) -> Error {
    match sent_id {
        Some(id) if error.request_id().is_none() => error.with_request_id(id),
        _ => error,
    }
}

impl Line {
    /// Now, as the vendor's clock is thought to show it.
    fn moment(&self, skew: i64) -> Moment {
        let random = (u128::from(self.clock.random()) << 64) | u128::from(self.clock.random());
        Moment { now: self.clock.now().saturating_add(time::Duration::seconds(skew)), random }
    }

    /// Says of an error whose account it was, and which of the caller's checks.
    pub(crate) fn named(&self, error: Error, reference: Option<&str>) -> Error {
        let error = error.with_provider(self.provider.clone());
        match reference {
            Some(reference) => error.with_reference(reference),
            None => error,
        }
    }

    /// Learns the vendor's clock from its answer to a request that was signed with this skew; false if there is nothing to
    /// learn, so that signing again would not help.
    fn learn_skew(&self, response: &Response, signed_with: i64) -> bool {
        let Some(date) = vendor_date(response) else { return false };
        let skew = (date - self.clock.now()).whole_seconds();
        let news = skew.abs_diff(signed_with) > CLOCK_TOLERANCE_SECONDS.unsigned_abs();
        if news {
            self.skew.set(skew);
        }
        news
    }

    /// Forgets what was learnt once our own clock agrees with the vendor's again.
    fn heal_skew(&self, response: &Response) {
        if self.skew.get() != 0
            && let Some(date) = vendor_date(response)
            && (date - self.clock.now()).whole_seconds().abs() <= CLOCK_TOLERANCE_SECONDS
        {
            self.skew.set(0);
        }
    }
}

/// How many seconds the vendor's clock is ahead of ours; shared by an account's clones.
#[derive(Clone, Debug, Default)]
struct Skew(Arc<AtomicI64>);

impl Skew {
    fn get(&self) -> i64 {
        self.0.load(Ordering::Relaxed)
    }

    fn set(&self, seconds: i64) {
        self.0.store(seconds, Ordering::Relaxed);
    }
}

/// Checks an address that the operator set: http or https, with a host, without user, query or fragment.
pub(crate) fn parse_address(field: &'static str, address: &str) -> Result<String> {
    let broken = |rule: Text| Err(Error::invalid(field).with_text(rule));
    let Ok(uri) = address.parse::<Uri>() else {
        return broken(Text::new("it is not a valid URL", "不是合法的 URL"));
    };
    let named = uri.host().is_some_and(|host| !host.is_empty());
    if !matches!(uri.scheme_str(), Some("http" | "https")) || !named {
        return broken(Text::new(
            "it must begin with http:// or https:// and name a host",
            "必须以 http:// 或 https:// 开头并含主机名",
        ));
    }
    if uri.query().is_some() || address.contains(['@', '#']) {
        return broken(Text::new("it must hold no user, query or fragment", "不能包含用户名、查询串或片段"));
    }
    Ok(address.to_owned())
}

/// A receipt that names the account and says whether a sandbox answered.
pub(crate) fn receipt(provider: &ProviderId, response: &Response) -> Receipt {
    Receipt::new(provider.clone()).with_sandbox(response.headers().contains_key(SANDBOX_HEADER))
}

/// An answer that cannot be read although the call may have run.
pub(crate) fn outcome_unknown(english: &'static str, chinese: &'static str) -> Error {
    Error::new(ErrorKind::OutcomeUnknown).with_reason(english, chinese)
}

fn undelivered(lost: TransportError, is_free: bool) -> Error {
    const LOST: Text = Text::new("the answer was lost on the way", "应答在途中丢失");
    let later = |text| Error::new(ErrorKind::Unavailable).with_again(Again::Safe).with_text(text);
    let error = match (lost.may_have_been_sent(), lost.is_permanent()) {
        (true, _) if !is_free => return Error::new(ErrorKind::OutcomeUnknown).with_text(LOST).with_source(lost),
        (true, false) => later(LOST),
        (true, true) => {
            Error::new(ErrorKind::Vendor).with_reason("the answer is one that cannot be taken", "无法接收该应答")
        }
        (false, false) if is_free => later(Text::new("the address could not be reached", "无法连接该地址")),
        (false, false) => {
            later(Text::new("the vendor could not be reached: nothing was sent", "无法连接供应商：未发送任何请求"))
        }
        (false, true) => return refused(&lost),
    };
    error.with_billed(Billed::No).with_source(lost)
}

/// What the operator must mend stands in the error itself, not in its source: only so is it seen.
fn refused(lost: &TransportError) -> Error {
    Error::new(ErrorKind::Protocol)
        .with_billed(Billed::No)
        .with_field("transport")
        .with_reason(
            format!("the transport refused to send it: {}", lost.reason()),
            format!("transport 拒绝发送该请求（{}）", lost.reason()),
        )
        .with_advice(Text::new(
            "correct the endpoint or the transport's settings; nothing was sent",
            "请修正接口地址或 transport 的设置；未发送任何请求",
        ))
}

fn no_time_left() -> Error {
    Error::invalid("retry").with_reason(
        "the deadline or the attempt time-out is zero: nothing was sent",
        "总时限或单次时限为零：未发送任何请求",
    )
}

fn vendor_date(response: &Response) -> Option<OffsetDateTime> {
    parse_http_date(response.headers().get(header::DATE)?.to_str().ok()?)
}

#[cfg(test)]
mod tests;
