//! A transport that remembers the last exchange with a vendor.

use std::{
    sync::{Arc, Mutex, PoisonError},
    time::Duration,
};

use liveness::{
    Clock, Request, Response, SANDBOX_HEADER, Transport, TransportError, TransportErrorKind, tencent_market::Refusal,
};
use time::{OffsetDateTime, format_description::well_known::Rfc2822};

/// What the newer gateway's and the documented gateway's answers have their text in.
const MESSAGES: [&str; 2] = ["message", "msg"];

/// What one exchange showed. Nothing of the request, nothing of the answer's body but the gateway's refusal.
#[derive(Clone, Debug)]
pub(super) struct Seen {
    pub(super) status: u16,
    /// How far the other side's clock is ahead of ours; `None` without a `Date` that can be read.
    pub(super) ahead: Option<time::Duration>,
    pub(super) is_sandbox: bool,
    /// Whether the body is a JSON object, as every answer of the vendors is.
    pub(super) is_json: bool,
    /// The documented refusal of a gateway that it is.
    pub(super) refusal: Option<&'static Refusal>,
    pub(super) refusal_text: Option<&'static str>,
    /// `X-RateLimit-Limit` and `X-RateLimit-Used`.
    pub(super) rate: Option<(u64, u64)>,
    pub(super) took: Duration,
}

/// Why there was no answer.
#[derive(Clone, Debug)]
pub(super) struct Lost {
    pub(super) kind: TransportErrorKind,
    pub(super) reason: String,
    pub(super) took: Duration,
}

pub(super) type Exchange = Result<Seen, Lost>;

/// A transport that remembers the last exchange and the last rate that was told.
#[derive(Clone)]
pub(super) struct Watch {
    transport: Arc<dyn Transport>,
    clock: Arc<dyn Clock>,
    last: Arc<Mutex<Option<Exchange>>>,
    rate: Arc<Mutex<Option<(u64, u64)>>>,
}

impl Watch {
    pub(super) fn new(transport: impl Transport + 'static, clock: impl Clock + 'static) -> Self {
        Self { transport: Arc::new(transport), clock: Arc::new(clock), last: Arc::default(), rate: Arc::default() }
    }

    /// The last exchange; `None` if nothing was sent.
    pub(super) fn last(&self) -> Option<Exchange> {
        self.last.lock().unwrap_or_else(PoisonError::into_inner).clone()
    }

    /// What the gateway last told of the rate.
    pub(super) fn rate(&self) -> Option<(u64, u64)> {
        *self.rate.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn see(&self, answer: &Result<Response, TransportError>, took: Duration) -> Exchange {
        match answer {
            Ok(response) => Ok(seen(response, self.clock.now(), took)),
            Err(lost) => Err(Lost { kind: lost.kind(), reason: lost.reason().to_owned(), took }),
        }
    }
}

impl Transport for Watch {
    fn send(&self, request: Request) -> Result<Response, TransportError> {
        let start = self.clock.monotonic();
        let answer = self.transport.send(request);
        let exchange = self.see(&answer, self.clock.monotonic().saturating_sub(start));
        if let Some(rate) = exchange.as_ref().ok().and_then(|seen| seen.rate) {
            *self.rate.lock().unwrap_or_else(PoisonError::into_inner) = Some(rate);
        }
        *self.last.lock().unwrap_or_else(PoisonError::into_inner) = Some(exchange);
        answer
    }
}

fn seen(response: &Response, now: OffsetDateTime, took: Duration) -> Seen {
    let header = |name: &str| response.headers().get(name)?.to_str().ok();
    let date = header("date").and_then(|date| OffsetDateTime::parse(date.trim(), &Rfc2822).ok());
    // The answer was dated at some time of the way; half of it is the best guess.
    let dated = now - took.min(Duration::from_secs(60)) / 2;
    let body = serde_json::from_slice::<serde_json::Value>(response.body().as_bytes()).ok();
    let body = body.filter(serde_json::Value::is_object);
    let message = body.as_ref().and_then(|body| MESSAGES.iter().find_map(|name| body.get(name)?.as_str()));
    let status = response.status().as_u16();
    // A refusal that is known by its status alone has no text; it is one of the gateway's all the same.
    let refusal = Refusal::find(status, message.unwrap_or_default());
    let texts = refusal.map_or(&[][..], Refusal::texts);
    let refusal_text = texts.iter().copied().find(|text| {
        let first = text.split('…').next().unwrap_or_default().trim();
        message.is_some_and(|message| message.contains(first))
    });
    let number = |name| header(name)?.trim().parse().ok();
    Seen {
        status,
        ahead: date.map(|date| date - dated),
        is_sandbox: response.headers().contains_key(SANDBOX_HEADER),
        is_json: body.is_some(),
        refusal,
        refusal_text,
        rate: number("x-ratelimit-limit").zip(number("x-ratelimit-used")),
        took,
    }
}

#[cfg(test)]
mod tests {
    use liveness::{Body, ManualClock, time::macros::datetime};

    use super::*;

    #[test]
    fn the_vendors_clock_is_read_off_its_answer_in_the_form_of_http() {
        let clock = ManualClock::new(datetime!(2026-11-26 08:00 UTC));
        for (date, ahead) in [
            ("Thu, 26 Nov 2026 08:20:00 GMT", Some(1200)),
            ("Thu, 26 Nov 2026 07:59:00 GMT", Some(-60)),
            ("yesterday", None),
            ("", None),
        ] {
            let transport = move |_: Request| {
                let mut response = Response::new(Body::empty());
                response.headers_mut().insert("date", date.parse().unwrap());
                Ok(response)
            };
            let watch = Watch::new(transport, clock.clone());
            watch.send(Request::new(Body::empty())).unwrap();
            let seen = watch.last().unwrap().unwrap();
            assert_eq!(seen.ahead.map(|ahead| ahead.whole_seconds()), ahead, "{date}");
        }
    }
}
