//! The sandbox as the vendor, with a line of its ledger beside each request, to tell what it charged and for whom.

use std::{
    collections::HashMap,
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
    kept: Arc<Mutex<Kept>>,
    server: Server,
}

/// A call that was charged.
#[derive(Clone, Debug)]
pub(crate) struct Line {
    pub(crate) call: Call,
    /// The ID number, or the reference in the return URL that its session was opened with; empty where neither was told.
    pub(crate) of: String,
}

/// What was charged, and whose each session is.
#[derive(Default)]
struct Kept {
    lines: Vec<Line>,
    sessions: HashMap<String, String>,
}

impl Vendor {
    pub(crate) fn start() -> io::Result<Self> {
        let kept = Arc::new(Mutex::new(Kept::default()));
        let (sandbox, keeps) = (Sandbox::new(), Arc::clone(&kept));
        let answer = move |request: Request| {
            let is_call = !request.uri().path().starts_with("/sandbox/");
            let of = of(&request);
            if is_call {
                thread::sleep(WAY);
            }
            let answered = charged(&sandbox, request, of, &keeps);
            if is_call {
                thread::sleep(WAY);
            }
            answered
        };
        let server = Server::bind_with("127.0.0.1:0", answer, ServerLimits::new())?;
        Ok(Self { kept, server })
    }

    pub(crate) fn url(&self) -> String {
        self.server.url()
    }

    /// Each charged call, in order.
    pub(crate) fn charged(&self) -> Vec<Line> {
        self.kept.lock().unwrap_or_else(PoisonError::into_inner).lines.clone()
    }
}

/// Answers one request, and writes down what the sandbox charged for it. One at a time, so that the ledger holds this call alone.
fn charged(
    sandbox: &Sandbox,
    request: Request,
    of: Of,
    kept: &Mutex<Kept>,
) -> Result<liveness::Response, TransportError> {
    let mut kept = kept.lock().unwrap_or_else(PoisonError::into_inner);
    let answered = sandbox.send(request);
    let ledger = sandbox.ledger();
    sandbox.reset_ledger();
    let of = match of {
        Of::Session(token) => kept.sessions.get(&token).cloned().unwrap_or_default(),
        Of::Person(of) => of,
    };
    let answer: Option<serde_json::Value> =
        answered.as_ref().ok().and_then(|answer| serde_json::from_slice(answer.body().as_bytes()).ok());
    if let Some(token) = answer.as_ref().and_then(|answer| answer["data"]["token"].as_str()) {
        kept.sessions.insert(token.to_owned(), of.clone());
    }
    let charged = ledger.entries().iter().filter(|entry| entry.is_charged());
    kept.lines.extend(charged.map(|entry| Line { call: entry.call(), of: of.clone() }));
    answered
}

/// By what the vendor knows whose call it is.
enum Of {
    Person(String),
    Session(String),
}

fn of(request: &Request) -> Of {
    let body = request.body().as_bytes();
    let field = |name: &str| form_urlencoded::parse(body).find(|(known, _)| known == name).map(|(_, value)| value);
    let check = field("returnUrl").and_then(|url| {
        let query = url.split_once('?')?.1.to_owned();
        form_urlencoded::parse(query.as_bytes()).find(|(name, _)| name == "check").map(|(_, value)| value.into_owned())
    });
    match field("token") {
        Some(token) => Of::Session(token.into_owned()),
        None => Of::Person(check.or_else(|| field("idcard").map(Into::into)).unwrap_or_default()),
    }
}
