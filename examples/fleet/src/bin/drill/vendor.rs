//! What did the vendor charge, and for whom? The sandbox, with a line of its ledger beside each request.

use std::{
    io,
    sync::{Arc, Mutex, PoisonError},
    thread,
    time::Duration,
};

use liveness::{
    Request, Sandbox, Transport, TransportError,
    sandbox::{Call, Server, ServerLimits},
};

/// How long a call is on its way to the vendor, and its answer on the way back: a kill finds calls on both ways.
const WAY: Duration = Duration::from_millis(150);

/// Both vendors, in this process, which nobody kills.
pub(crate) struct Vendor {
    lines: Arc<Mutex<Vec<Line>>>,
    server: Server,
}

/// A call that was charged.
#[derive(Clone, Debug)]
pub(crate) struct Line {
    pub(crate) call: Call,
    /// The ID number, or the reference in the return URL.
    pub(crate) of: String,
}

impl Vendor {
    pub(crate) fn start() -> io::Result<Self> {
        let lines = Arc::new(Mutex::new(Vec::new()));
        let (sandbox, kept) = (Sandbox::new(), Arc::clone(&lines));
        let answer = move |request: Request| {
            let is_call = !request.uri().path().starts_with("/sandbox/");
            let of = of(&request);
            if is_call {
                thread::sleep(WAY);
            }
            let answered = charged(&sandbox, request, of, &kept);
            if is_call {
                thread::sleep(WAY);
            }
            answered
        };
        let server = Server::bind_with("127.0.0.1:0", answer, ServerLimits::new())?;
        Ok(Self { lines, server })
    }

    pub(crate) fn url(&self) -> String {
        self.server.url()
    }

    /// Each charged call, in order.
    pub(crate) fn charged(&self) -> Vec<Line> {
        self.lines.lock().unwrap_or_else(PoisonError::into_inner).clone()
    }
}

/// Answers one request, and writes down what the sandbox charged for it. One at a time, so that the ledger holds this call alone.
fn charged(
    sandbox: &Sandbox,
    request: Request,
    of: String,
    lines: &Mutex<Vec<Line>>,
) -> Result<liveness::Response, TransportError> {
    let mut lines = lines.lock().unwrap_or_else(PoisonError::into_inner);
    let answered = sandbox.send(request);
    let ledger = sandbox.ledger();
    sandbox.reset_ledger();
    let charged = ledger.entries().iter().filter(|entry| entry.is_charged());
    lines.extend(charged.map(|entry| Line { call: entry.call(), of: of.clone() }));
    answered
}

fn of(request: &Request) -> String {
    let body = request.body().as_bytes();
    let field = |name: &str| form_urlencoded::parse(body).find(|(known, _)| known == name).map(|(_, value)| value);
    let check = field("returnUrl").and_then(|url| {
        let query = url.split_once('?')?.1.to_owned();
        form_urlencoded::parse(query.as_bytes()).find(|(name, _)| name == "check").map(|(_, value)| value.into_owned())
    });
    check.or_else(|| field("idcard").map(Into::into)).unwrap_or_default()
}
