//! Takes a request as the vendor would, and decides which part of the answer arrives.

use std::time::Duration;

use http::{HeaderValue, Method, Version, header};

use crate::{
    model::{AttemptTimeout, Request, Response, http_date},
    provider::jumdata::Code as JumdataCode,
    sandbox::{
        control,
        echo::echoed,
        emulator::Sandbox,
        faults::Fault,
        jumdata,
        ledger::{Call, Entry, Vendor},
        log::Logged,
        reply::{Delivery, Moment, OWN_PATH, Reply},
        server::DRIP_PAUSE,
        shown,
        tencent_market::{self, gateway},
    },
    transport::{Transport, TransportError, TransportErrorKind},
};

/// How far a fault moves a clock.
const AN_HOUR: time::Duration = time::Duration::hours(1);
/// The patience of a client that sets no time-out.
const PATIENCE: Duration = Duration::from_secs(30);
const BROKEN: TransportErrorKind = TransportErrorKind::Interrupted;

/// The result of a request.
pub(super) struct Exchange {
    pub(super) delivery: Delivery,
    /// How long to delay what arrives, on the sandbox's clock.
    pub(super) delay: Duration,
}

impl Sandbox {
    /// Takes a request as the vendor would, and returns what of the answer arrives, and how late. It does not wait.
    pub(super) fn exchange(&self, request: &Request) -> Exchange {
        let path = request.uri().path();
        let at_once = |delivery| Exchange { delivery, delay: Duration::ZERO };
        let Some(asked) = asked_at(path) else {
            let reply = match path.starts_with(OWN_PATH) {
                true => control::answer(self, request),
                false => {
                    let reply = gateway::no_such_address();
                    self.log(logged(request.method(), path).replied(&reply, true));
                    reply
                }
            };
            return at_once(self.delivered(reply));
        };
        let (fault, delay) = {
            let state = &mut *self.lock();
            let fault = state.faults.next();
            let is_answered_late = fault.is_none_or(|fault| fault != Fault::Refuse && !fault.is_early());
            let drawn = if is_answered_late { state.limits.next_delay(asked.call(path)) } else { Duration::ZERO };
            (fault, state.faults.delay.saturating_add(drawn))
        };
        let seen = logged(request.method(), path).with(fault, delay);
        match fault {
            Some(Fault::Refuse) => {
                self.log(seen.with(fault, Duration::ZERO));
                let refused = TransportError::unsent("connection refused by the sandbox");
                return at_once(Delivery::Lost(refused.with_kind(TransportErrorKind::Connect)));
            }
            Some(fault) if fault.is_early() => return at_once(self.early(fault, logged(request.method(), path))),
            Some(Fault::ClockJump) => self.move_clock(AN_HOUR),
            _ => {}
        }
        let patience = AttemptTimeout::of(request).unwrap_or(Duration::MAX);
        let delay = delay.min(patience);
        Exchange { delivery: self.late(request, &asked, seen, patience), delay }
    }

    /// Takes a request whose answer is late, by as much as its log entry has and the client waits.
    fn late(&self, request: &Request, asked: &Asked, logged: Logged, patience: Duration) -> Delivery {
        let (fault, delay) = (logged.fault, logged.delay);
        let is_late = delay > patience;
        let is_answered = fault.is_none_or(Fault::is_answered) && !is_late;
        let reply = match asked {
            Asked::Vendor(vendor) => self.answer(*vendor, request, is_answered, logged),
            Asked::Portrait => {
                let reply = match fault {
                    Some(Fault::RateLimit | Fault::Quota) => Reply::of_a_proxy(429, "Too Many Requests"),
                    _ => control::answer(self, request),
                };
                self.log(logged.replied(&reply, is_answered));
                reply
            }
        };
        if is_late {
            return Delivery::Lost(too_late());
        }
        let code = reply.code;
        // It has the date on which it is sent.
        let then = self.now().saturating_add(delay.try_into().unwrap_or(time::Duration::ZERO));
        let mut response = reply.into_response(then);
        match fault {
            None | Some(Fault::RateLimit | Fault::Quota | Fault::ClockJump) => Delivery::Whole(response, code),
            Some(Fault::DropAfterCharge) => Delivery::Lost(
                TransportError::new("connection reset by the sandbox before its response").with_kind(BROKEN),
            ),
            Some(Fault::BadGateway) => self.delivered(Reply::of_a_proxy(502, "Bad Gateway")),
            Some(Fault::GarbleAnswer) => {
                // Reversed, it is neither JSON nor a page.
                let garbled: Vec<u8> = response.body().as_bytes().iter().rev().copied().collect();
                *response.body_mut() = garbled.into();
                Delivery::Whole(response, code)
            }
            Some(Fault::EchoInputs) => {
                *response.body_mut() = echoed(request, response.body());
                Delivery::Whole(response, code)
            }
            Some(Fault::WrongDate) => {
                let date = http_date(then.saturating_add(AN_HOUR));
                if let Ok(date) = HeaderValue::try_from(date) {
                    response.headers_mut().insert(header::DATE, date);
                }
                Delivery::Whole(response, code)
            }
            Some(fault) => Delivery::Spoiled(response, code, fault),
        }
    }

    /// The result before the body is read, if a fault applies there.
    pub(super) fn before_the_body(&self, method: &Method, path: &str) -> Option<Delivery> {
        asked_at(path)?;
        let fault = self.lock().faults.next_if(Fault::is_early)?;
        Some(self.early(fault, logged(method, path)))
    }

    fn early(&self, fault: Fault, logged: Logged) -> Delivery {
        self.log(logged.with(Some(fault), Duration::ZERO));
        match fault {
            Fault::EarlyAnswer => self.delivered(Reply::of_a_proxy(503, "Service Unavailable")),
            _ => Delivery::Lost(
                TransportError::new("connection reset by the sandbox before it read the request").with_kind(BROKEN),
            ),
        }
    }

    fn delivered(&self, reply: Reply) -> Delivery {
        let code = reply.code;
        Delivery::Whole(reply.into_response(self.now()), code)
    }

    /// Adds it to the last requests.
    fn log(&self, logged: Logged) {
        let now = self.now();
        self.lock().log.keep(logged, now);
    }

    /// Executes a vendor's call and enters it.
    fn answer(&self, vendor: Vendor, request: &Request, answered: bool, logged: Logged) -> Reply {
        let random = [self.clock.random(), self.clock.random(), self.clock.random(), self.clock.random()];
        // Simultaneous calls are counted in the order of their instants, so that the limits of a second and a day do
        // not leak.
        let state = &mut *self.lock();
        let now = self.clock.now();
        state.calls = state.calls.saturating_add(1);
        let moment = Moment { now: now.saturating_add(state.shift), random, number: state.calls };
        let signature = match vendor {
            Vendor::Jumdata => jumdata::examined(state, request, jumdata::call_at(request.uri().path())),
            Vendor::TencentMarket => gateway::examined(state, request, moment.now),
        };
        let reply = match (vendor, logged.fault) {
            (Vendor::Jumdata, Some(Fault::RateLimit)) => jumdata::limited(request, JumdataCode::TooFrequent, &moment),
            (Vendor::Jumdata, Some(Fault::Quota)) => jumdata::limited(request, JumdataCode::QuotaExceeded, &moment),
            (Vendor::Jumdata, _) => jumdata::answer(state, request, &moment),
            (Vendor::TencentMarket, Some(Fault::RateLimit)) => {
                tencent_market::limited(state, "API rate limit exceeded", &moment)
            }
            (Vendor::TencentMarket, Some(Fault::Quota)) => {
                tencent_market::limited(state, "API quota exceeded", &moment)
            }
            (Vendor::TencentMarket, _) => tencent_market::answer(state, request, &moment),
        };
        let logged = logged.replied(&reply, answered).of_vendor(vendor, reply.call, signature);
        state.log.keep(logged, moment.now);
        if reply.charged {
            state.package = state.package.map(|left| left.saturating_sub(1));
        }
        state.ledger.enter(Entry {
            number: moment.number,
            at: moment.now,
            vendor,
            call: reply.call,
            status: reply.status,
            code: reply.code,
            request_id: reply.request_id.clone(),
            charged: reply.charged,
            answered,
            note: reply.note,
        });
        reply
    }
}

/// The targets of a fault.
enum Asked {
    Vendor(Vendor),
    /// A file of the vendor's, which is not a call and is in no ledger.
    Portrait,
}

impl Asked {
    /// Which call it is.
    fn call(&self, path: &str) -> Call {
        match self {
            Self::Vendor(Vendor::Jumdata) => jumdata::call_at(path),
            Self::Vendor(Vendor::TencentMarket) => tencent_market::call_at(path),
            Self::Portrait => Call::Unknown,
        }
    }
}

/// The owner of a path. A browser's `/favicon.ico` has none, and must not use up a fault or appear in the ledger.
fn asked_at(path: &str) -> Option<Asked> {
    if control::is_portrait(path) {
        Some(Asked::Portrait)
    } else if jumdata::has(path) {
        Some(Asked::Vendor(Vendor::Jumdata))
    } else if tencent_market::has(path) {
        Some(Asked::Vendor(Vendor::TencentMarket))
    } else {
        None
    }
}

/// A request, as far as its first line may be shown.
fn logged(method: &Method, path: &str) -> Logged {
    Logged::of(shown::method(method), shown::path(path))
}

fn too_late() -> TransportError {
    TransportError::new("the response took longer than the attempt's time-out").with_kind(TransportErrorKind::Timeout)
}

impl Transport for Sandbox {
    fn send(&self, request: Request) -> Result<Response, TransportError> {
        let Exchange { delivery, delay } = self.exchange(&request);
        if !delay.is_zero() {
            self.clock.sleep(delay);
        }
        match delivery {
            Delivery::Whole(response, _) => Ok(sized(response)),
            Delivery::Spoiled(response, _, fault) => {
                let patience = AttemptTimeout::of(&request).unwrap_or(PATIENCE);
                arrived(sized(response), fault, patience.saturating_sub(delay), |time| self.clock.sleep(time))
            }
            Delivery::Lost(error) => Err(error),
        }
    }
}

/// The answer with the length that a server declares.
fn sized(mut response: Response) -> Response {
    let length = HeaderValue::from(response.body().len());
    response.headers_mut().insert(header::CONTENT_LENGTH, length);
    response
}

/// What a transport returns for an answer that arrives like this, within this time.
fn arrived(
    mut response: Response,
    fault: Fault,
    patience: Duration,
    wait: impl Fn(Duration),
) -> Result<Response, TransportError> {
    let whole = response.body().as_bytes().to_vec();
    let mut first = |bytes: usize| {
        *response.body_mut() = whole[..bytes.min(whole.len())].to_vec().into();
        response.clone()
    };
    let ended = |error: String| TransportError::new(error).with_kind(BROKEN);
    let half = whole.len() / 2;
    Err(match fault {
        Fault::StallBeforeAnswer => {
            wait(patience);
            too_late()
        }
        Fault::StallInAnswer => {
            wait(patience);
            too_late().with_partial(first(half))
        }
        Fault::DripAnswer => {
            wait(patience);
            let drops = usize::try_from(patience.as_millis() / DRIP_PAUSE.as_millis()).unwrap_or(usize::MAX);
            too_late().with_partial(first(drops.min(whole.len().saturating_sub(1))))
        }
        Fault::EndlessAnswer => {
            TransportError::new("the response does not end").permanent().with_kind(TransportErrorKind::TooLarge)
        }
        Fault::CutAnswer => {
            ended(format!("the response ended after {half} of {} bytes", whole.len())).with_partial(first(half))
        }
        Fault::OverstateLength => {
            ended("the response ended before its declared length".to_owned()).with_partial(first(whole.len()))
        }
        // A reader of chunks returns nothing of a body that it cannot read.
        Fault::GarbleChunks => TransportError::new("the response has a chunk without a length")
            .with_kind(TransportErrorKind::NotHttp)
            .with_partial(first(0)),
        Fault::UnderstateLength => return Ok(sized(first(half))),
        Fault::OldHttp => {
            *response.version_mut() = Version::HTTP_10;
            response.headers_mut().remove(header::CONTENT_LENGTH);
            return Ok(response);
        }
        _ => return Ok(response),
    })
}
