//! What is told of a call while it runs?

use std::{
    cell::Cell,
    sync::atomic::{AtomicU64, Ordering},
    time::Duration,
};

use http::uri::Scheme;

use crate::{
    client::Attempt,
    model::{
        CallResult, CallSummary, Charges, Clock, Delivery, ErrorKind, Event, Observer, ProviderId, Reference, Request,
        Response, printable, tell,
    },
    transport::{Transport, TransportError},
};

/// The number of the next call that is observed.
static NEXT: AtomicU64 = AtomicU64::new(1);

/// One call that an observer is told of. When it is dropped without an end, the call panicked.
pub(super) struct Watch<'a> {
    pub(super) observer: &'a dyn Observer,
    pub(super) clock: &'a dyn Clock,
    pub(super) provider: &'a ProviderId,
    pub(super) name: &'static str,
    pub(super) is_paid: bool,
    pub(super) reference: Option<&'a Reference>,
    call: u64,
    start: Duration,
    attempts: Cell<u32>,
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
        let (start, attempts) = (clock.monotonic(), Cell::new(0));
        Self { observer, clock, provider, name, is_paid, reference, call, start, attempts, has_ended: false }
    }

    /// Sends an attempt.
    pub(super) fn send(
        &self,
        transport: &dyn Transport,
        request: Request,
        attempt: &Attempt<'_>,
    ) -> Result<Response, TransportError> {
        let (call, provider, name, number) = (self.call, self.provider, self.name, attempt.number);
        self.attempts.set(number);
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
        let start = self.clock.monotonic();
        let answered = transport.send(request);
        let elapsed = self.clock.monotonic().saturating_sub(start);
        let (delivery, error) = match &answered {
            Ok(_) => (Delivery::Answered, None),
            Err(lost) if lost.may_have_been_sent() => (Delivery::Lost, Some(lost.kind().as_str())),
            Err(lost) => (Delivery::NotSent, Some(lost.kind().as_str())),
        };
        let came = answered.as_ref().map_or_else(TransportError::partial, Some);
        let (status, bytes) = (came.map(|came| came.status().as_u16()), came.map_or(0, |came| came.body().len()));
        self.tell(&Event::AttemptEnded { call, provider, name, number, delivery, status, error, bytes, elapsed });
        answered
    }

    pub(super) fn retrying(&self, kind: ErrorKind, wait: Duration) {
        let (call, provider, name, number) = (self.call, self.provider, self.name, self.attempts.get());
        self.tell(&Event::Retrying { call, provider, name, number, kind, wait });
    }

    pub(super) fn retry_budget_empty(&self) {
        self.tell(&Event::RetryBudgetEmpty { provider: self.provider });
    }

    pub(super) fn skewed(&self, seconds: i64) {
        self.tell(&Event::ClockSkew { provider: self.provider, seconds });
    }

    pub(super) fn end(mut self, summary: CallSummary<'_>) {
        self.has_ended = true;
        let (provider, name) = (self.provider, self.name);
        for repair in summary.repaired {
            self.tell(&Event::AnswerRepaired { provider, name, repair: *repair });
        }
        self.ended(summary);
    }

    fn ended(&self, summary: CallSummary<'_>) {
        self.tell(&Event::CallEnded {
            call: self.call,
            provider: self.provider,
            name: self.name,
            is_paid: self.is_paid,
            reference: self.reference,
            attempts: self.attempts.get(),
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
            let possible = if self.is_paid { self.attempts.get() } else { 0 };
            self.ended(CallSummary::new(CallResult::Panicked, Charges::new(0, possible)));
        }
    }
}
