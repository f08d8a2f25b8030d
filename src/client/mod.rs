//! How does one call get to the vendor and back?
//!
//! [`call`] signs, sends, tries again and parses; it is the only place that does I/O. What a vendor's request looks like
//! and what its answer means is the vendor folder's to say, through [`Endpoint`].

mod retry;
mod skew;

use std::{fmt, sync::Arc, time::Duration};

pub use self::retry::RetryPolicy;
use self::skew::Skew;

use crate::{
    model::{
        Again, AttemptTimeout, Billed, Clock, Endpoint, Error, ErrorKind, Moment, ProviderId, Ran, Response, Result,
        SystemClock, Text,
    },
    transport::{Transport, TransportError},
};

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
                let has_news = line.skew.learn(&response, &*line.clock, skew);
                (parse(&response), Some(has_news))
            }
            Ok(response) => {
                line.skew.heal(&response, &*line.clock);
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
            let ran = if error.ran() == Ran::No { Ran::Maybe } else { error.ran() };
            error.with_billed(billed).with_ran(ran)
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
}

fn undelivered(lost: TransportError, is_free: bool) -> Error {
    const LOST: Text = Text::new("the answer was lost on the way", "应答在途中丢失");
    let later = |text| Error::new(ErrorKind::Unavailable).with_again(Again::Safe).with_reason(text);
    let error = match (lost.may_have_been_sent(), lost.is_permanent()) {
        (true, _) if !is_free => return Error::new(ErrorKind::OutcomeUnknown).with_reason(LOST).with_source(lost),
        (true, false) => later(LOST),
        (true, true) => Error::new(ErrorKind::Vendor)
            .with_reason(Text { english: "the answer is one that cannot be taken", chinese: "无法接收该应答" }),
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

fn no_time_left() -> Error {
    Error::configuration("retry")
        .with_reason(Text {
            english: "the deadline or the attempt time-out is zero", chinese: "总时限或单次时限为零"
        })
}

#[cfg(test)]
mod tests;
