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
};

use http::{Uri, header};
use time::OffsetDateTime;

pub(crate) use crate::transport::{Body, Request, Response, SANDBOX_HEADER};
use crate::{
    Again, AttemptTimeout, Billed, Clock, Error, ErrorKind, ProviderId, Receipt, Result, RetryPolicy, SystemClock,
    Transport, clock::parse_http_date, language::Text,
};

/// How far the vendor's clock must stand from ours before we believe it, or be back within before we forget it.
const CLOCK_TOLERANCE_SECONDS: i64 = 60;

/// One kind of call: what to send at a given moment, and what the answer means.
pub(crate) trait Endpoint {
    type Answer;

    /// Whether it may be sent again although it may have run. Never true of a call that is paid for.
    fn is_repeatable(&self) -> bool {
        false
    }

    /// The request, signed for this moment. Called anew for each attempt, so costly bodies are made before.
    fn request(&self, moment: &Moment) -> Result<Request>;

    /// What the answer means, of whatever status.
    fn parse(&self, response: &Response) -> Result<Self::Answer>;

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
    let start = line.clock.monotonic();
    let elapsed = || line.clock.monotonic().saturating_sub(start);
    let mut attempts = 0;
    let mut corrected = false;
    let mut last_error = None;
    while let Some(timeout) = line.retry.next_timeout(elapsed()) {
        let skew = line.skew.get();
        let mut request = endpoint.request(&line.moment(skew)).map_err(|error| line.named(error))?;
        request.extensions_mut().insert(AttemptTimeout(timeout));
        let answer = match line.transport.send(request) {
            Ok(response) if endpoint.is_clock_skew(&response) => {
                let answer = endpoint.parse(&response);
                if corrected || !line.learn_skew(&response, skew) {
                    return answer.map_err(|error| line.named(error));
                }
                corrected = true;
                last_error = answer.err();
                continue;
            }
            Ok(response) => {
                line.heal_skew(&response);
                endpoint.parse(&response)
            }
            Err(lost) => Err(undelivered(lost)),
        };
        attempts += 1;
        let error = match answer {
            Ok(answer) => return Ok(answer),
            Err(error) => error,
        };
        let may_repeat =
            error.again() == Again::Safe || (endpoint.is_repeatable() && error.kind() == ErrorKind::OutcomeUnknown);
        let wait = line.retry.next_wait(attempts, elapsed(), line.clock.random()).filter(|_| may_repeat);
        let Some(wait) = wait else { return Err(line.named(error)) };
        last_error = Some(error);
        line.clock.sleep(wait);
    }
    Err(line.named(last_error.unwrap_or_else(no_time_left)))
}

impl Line {
    /// Now, as the vendor's clock is thought to show it.
    fn moment(&self, skew: i64) -> Moment {
        let random = (u128::from(self.clock.random()) << 64) | u128::from(self.clock.random());
        Moment { now: self.clock.now().saturating_add(time::Duration::seconds(skew)), random }
    }

    fn named(&self, error: Error) -> Error {
        error.with_provider(self.provider.clone())
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
    Ok(address.trim_end_matches('/').to_owned())
}

/// A receipt that names the account and says whether a sandbox answered.
pub(crate) fn receipt(provider: &ProviderId, response: &Response) -> Receipt {
    Receipt::new(provider.clone()).with_sandbox(response.headers().contains_key(SANDBOX_HEADER))
}

/// An answer that cannot be read although the call may have run.
pub(crate) fn outcome_unknown(english: &'static str, chinese: &'static str) -> Error {
    Error::new(ErrorKind::OutcomeUnknown).with_reason(english, chinese)
}

fn undelivered(lost: crate::TransportError) -> Error {
    if lost.may_have_been_sent() {
        outcome_unknown("the answer was lost on the way", "应答在途中丢失").with_source(lost)
    } else {
        Error::new(ErrorKind::Unavailable)
            .with_reason("the vendor could not be reached: nothing was sent", "无法连接供应商:未发送任何请求")
            .with_billed(Billed::No)
            .with_again(Again::Safe)
            .with_source(lost)
    }
}

fn no_time_left() -> Error {
    Error::invalid("retry").with_reason(
        "the deadline or the attempt time-out is zero: nothing was sent",
        "总时限或单次时限为零:未发送任何请求",
    )
}

fn vendor_date(response: &Response) -> Option<OffsetDateTime> {
    parse_http_date(response.headers().get(header::DATE)?.to_str().ok()?)
}

#[cfg(test)]
mod tests;
