//! Reports a running call to an observer.

use std::{
    cell::Cell,
    panic::{AssertUnwindSafe, catch_unwind},
    sync::atomic::{AtomicU64, Ordering},
    time::Duration,
};

use http::uri::Scheme;

use crate::{
    client::Attempt,
    model::{
        Call, CallResult, CallSummary, Charges, Clock, Delivery, Error, ErrorKind, Event, Observer, ProviderId,
        Reference, Request, Response, Result, printable, tell,
    },
    transport::{Transport, TransportError},
};

/// The word for an attempt that was stopped by something other than the transport.
const HELD_BACK: &str = "held_back";

/// The number of the next call that is observed.
static NEXT: AtomicU64 = AtomicU64::new(1);

/// One call that is reported to an observer. When it is dropped without an end, the call panicked.
pub(super) struct Watch<'a> {
    pub(super) observer: &'a dyn Observer,
    pub(super) clock: &'a dyn Clock,
    pub(super) provider: &'a ProviderId,
    pub(super) name: &'static str,
    pub(super) is_paid: bool,
    pub(super) reference: Option<&'a Reference>,
    call: u64,
    start: Duration,
    /// How many were sent, and when the last one began.
    attempts: Cell<u32>,
    attempt_start: Cell<Duration>,
    /// How far the furthest one got.
    furthest: Cell<Delivery>,
    /// The cost of the lost ones, and the possible cost of the last one: all that is known of a call that panics.
    earlier: Cell<Charges>,
    last: Cell<Charges>,
    has_ended: bool,
}

impl<'a> Watch<'a> {
    pub(super) fn begin(
        observer: &'a dyn Observer,
        clock: &'a dyn Clock,
        provider: &'a ProviderId,
        (name, is_paid, reference): (&'static str, bool, Option<&'a Reference>),
    ) -> Self {
        let call = NEXT.fetch_add(1, Ordering::Relaxed);
        tell(observer, &Event::CallBegan { call, provider, name, is_paid, reference });
        let start = clock.monotonic();
        Self {
            observer,
            clock,
            provider,
            name,
            is_paid,
            reference,
            call,
            start,
            attempts: Cell::new(0),
            attempt_start: Cell::new(start),
            furthest: Cell::new(Delivery::NotSent),
            earlier: Cell::new(Charges::NONE),
            last: Cell::new(Charges::NONE),
            has_ended: false,
        }
    }

    /// Reports that an attempt is about to be sent, unless a gate blocks it; with the error and pause before it, if
    /// it is not the first one.
    pub(super) fn began(&self, request: &Request, attempt: &Attempt<'_>, after: Option<(ErrorKind, Duration)>) {
        let (call, provider, name, number) = (self.call, self.provider, self.name, attempt.number);
        self.last.set(Charges::NONE);
        if let Some((kind, wait)) = after {
            self.tell(&Event::Retrying { call, provider, name, number: number.saturating_sub(1), kind, wait });
        }
        let uri = request.uri();
        let own_port = if uri.scheme() == Some(&Scheme::HTTPS) { 443 } else { 80 };
        self.tell(&Event::AttemptBegan {
            call,
            provider,
            name,
            number,
            method: request.method().as_str(),
            host: uri.host(),
            port: uri.host().map(|_| uri.port_u16().unwrap_or(own_port)),
            sent_id: attempt.sent_id.map(printable),
            bytes: request.body().len(),
        });
        self.attempt_start.set(self.clock.monotonic());
    }

    /// The attempt that began is not sent.
    pub(super) fn held_back(&self, number: u32) {
        self.attempt_ended(number, Delivery::NotSent, None, Some(HELD_BACK));
    }

    /// Sends the attempt that began. No foreign code except the transport runs here, because the gates have already
    /// looked at the clock.
    pub(super) fn send(
        &self,
        transport: &dyn Transport,
        request: Request,
        number: u32,
    ) -> Result<Response, TransportError> {
        self.attempts.set(number);
        self.attempt_start.set(self.clock.monotonic());
        // If the transport panics, the request may have arrived.
        let before = self.furthest.get();
        self.furthest.set(before.max(Delivery::Lost));
        self.last.set(Charges::new(0, 1));
        let answered = transport.send(request);
        let (delivery, error) = match &answered {
            Ok(_) => (Delivery::Answered, None),
            Err(lost) if lost.may_have_been_sent() => (Delivery::Lost, Some(lost.kind().as_str())),
            Err(lost) => (Delivery::NotSent, Some(lost.kind().as_str())),
        };
        self.furthest.set(before.max(delivery));
        if delivery == Delivery::NotSent {
            self.last.set(Charges::NONE);
        }
        self.attempt_ended(number, delivery, answered.as_ref().map_or_else(TransportError::partial, Some), error);
        answered
    }

    fn attempt_ended(&self, number: u32, delivery: Delivery, came: Option<&Response>, error: Option<&'static str>) {
        let (call, provider, name) = (self.call, self.provider, self.name);
        let elapsed = self.clock.monotonic().saturating_sub(self.attempt_start.get());
        let (status, bytes) = (came.map(|came| came.status().as_u16()), came.map_or(0, |came| came.body().len()));
        self.tell(&Event::AttemptEnded { call, provider, name, number, delivery, status, error, bytes, elapsed });
    }

    /// Sets the cost of the finished attempts.
    pub(super) fn cost(&self, earlier: Charges) {
        self.earlier.set(earlier);
        self.last.set(Charges::NONE);
    }

    pub(super) fn retry_budget_empty(&self) {
        self.tell(&Event::RetryBudgetEmpty { provider: self.provider });
    }

    pub(super) fn skewed(&self, seconds: i64) {
        self.tell(&Event::ClockSkew { provider: self.provider, seconds });
    }

    pub(super) fn end<C: Call>(mut self, call: &C, answered: Result<&C::Answer, &Error>) {
        let mut summary = self.summary_of(call, answered);
        if !self.is_paid {
            summary.charges = Charges::NONE;
        }
        self.has_ended = true;
        let (provider, name) = (self.provider, self.name);
        for repair in summary.repaired {
            self.tell(&Event::AnswerRepaired { provider, name, repair: *repair });
        }
        self.ended(summary);
    }

    /// The summary of an answer. A fault in a vendor's own summary must not lose a paid answer, nor the details that
    /// are known without it.
    fn summary_of<'s, C: Call>(&self, call: &C, answered: Result<&'s C::Answer, &'s Error>) -> CallSummary<'s> {
        let mut summary = match answered {
            Ok(answer) => catch_unwind(AssertUnwindSafe(|| call.summary(answer)))
                .unwrap_or_else(|_| CallSummary::answered().with_charges(self.cost_so_far())),
            Err(error) => CallSummary::of_error(error),
        };
        let documented = |code| catch_unwind(AssertUnwindSafe(|| call.documented(code))).unwrap_or_default();
        summary.code = summary.vendor_code.and_then(documented);
        summary
    }

    fn cost_so_far(&self) -> Charges {
        self.earlier.get().plus(self.last.get())
    }

    fn ended(&self, summary: CallSummary<'_>) {
        self.tell(&Event::CallEnded {
            call: self.call,
            provider: self.provider,
            name: self.name,
            is_paid: self.is_paid,
            reference: self.reference,
            attempts: self.attempts.get(),
            delivery: self.furthest.get(),
            elapsed: self.clock.monotonic().saturating_sub(self.start),
            summary,
        });
    }

    fn tell(&self, event: &Event<'_>) {
        tell(self.observer, event);
    }
}

impl Drop for Watch<'_> {
    fn drop(&mut self) {
        if !self.has_ended {
            let charges = if self.is_paid { self.cost_so_far() } else { Charges::NONE };
            self.ended(CallSummary::new(CallResult::Panicked, charges));
        }
    }
}
