//! How does the sandbox take a request, and what of its answer arrives?

use std::time::Duration;

use crate::{
    model::{AttemptTimeout, Request, Response},
    sandbox::{
        control,
        echo::echoed,
        emulator::Sandbox,
        faults::Fault,
        jumdata,
        ledger::{Entry, Vendor},
        reply::{Delivery, Moment, OWN_PATH, Reply},
        tencent_market::{self, gateway},
    },
    transport::{Transport, TransportError},
};

impl Sandbox {
    /// Takes a request as the vendor would, and says what of the answer arrives.
    pub(super) fn exchange(&self, request: &Request) -> Delivery {
        let path = request.uri().path();
        if path.starts_with(OWN_PATH) {
            return self.delivered(control::answer(self, request));
        }
        let Some(vendor) = vendor_at(path) else { return self.delivered(gateway::no_such_address()) };
        let (fault, delay) = {
            let faults = &mut self.lock().faults;
            (faults.next(), faults.delay)
        };
        match fault {
            Some(Fault::Refuse) => return Delivery::Lost(TransportError::unsent("connection refused by the sandbox")),
            Some(Fault::DropBeforeReading) => {
                return Delivery::Lost(TransportError::new(
                    "connection reset by the sandbox before it read the request",
                ));
            }
            Some(Fault::DropAfterCharge | Fault::CutAnswer | Fault::GarbleAnswer | Fault::EchoInputs) | None => {}
        }
        let patience = AttemptTimeout::of(request).unwrap_or(Duration::MAX);
        let is_late = delay > patience;
        let is_answered = matches!(fault, None | Some(Fault::EchoInputs)) && !is_late;
        let reply = self.answer(vendor, request, is_answered);
        if !delay.is_zero() {
            self.clock.sleep(delay.min(patience));
        }
        if is_late {
            return Delivery::Lost(TransportError::new("the answer took longer than the attempt's time-out"));
        }
        let code = reply.code;
        let mut response = reply.into_response(self.now());
        match fault {
            Some(Fault::DropAfterCharge) => {
                Delivery::Lost(TransportError::new("connection reset by the sandbox before its answer"))
            }
            Some(Fault::CutAnswer) => Delivery::Cut(response),
            Some(Fault::GarbleAnswer) => {
                // Backwards nothing is JSON or a page.
                let garbled: Vec<u8> = response.body().as_bytes().iter().rev().copied().collect();
                *response.body_mut() = garbled.into();
                Delivery::Whole(response, code)
            }
            Some(Fault::EchoInputs) => {
                *response.body_mut() = echoed(request, response.body());
                Delivery::Whole(response, code)
            }
            _ => Delivery::Whole(response, code),
        }
    }

    fn delivered(&self, reply: Reply) -> Delivery {
        let code = reply.code;
        Delivery::Whole(reply.into_response(self.now()), code)
    }

    /// Executes a vendor's call and enters it.
    fn answer(&self, vendor: Vendor, request: &Request, answered: bool) -> Reply {
        let random = [self.clock.random(), self.clock.random(), self.clock.random(), self.clock.random()];
        let now = self.clock.now();
        let state = &mut *self.lock();
        state.calls = state.calls.saturating_add(1);
        let moment = Moment { now: now.saturating_add(state.shift), random, number: state.calls };
        let reply = match vendor {
            Vendor::Jumdata => jumdata::answer(state, request, &moment),
            Vendor::TencentMarket => tencent_market::answer(state, request, &moment),
        };
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

/// Whose path it is; a browser's `/favicon.ico` is nobody's, and must not use up a fault or stand in the ledger.
fn vendor_at(path: &str) -> Option<Vendor> {
    if jumdata::has(path) {
        Some(Vendor::Jumdata)
    } else if tencent_market::has(path) {
        Some(Vendor::TencentMarket)
    } else {
        None
    }
}

impl Transport for Sandbox {
    fn send(&self, request: Request) -> Result<Response, TransportError> {
        match self.exchange(&request) {
            Delivery::Whole(response, _) => Ok(response),
            Delivery::Cut(response) => {
                let bytes = response.body().len();
                Err(TransportError::new(format!("the answer ended after {} of {bytes} bytes", bytes / 2)))
            }
            Delivery::Lost(error) => Err(error),
        }
    }
}
