//! The vendor: the served sandbox, which outlives every process that asks it.

use std::{
    collections::HashSet,
    sync::{Arc, Condvar, Mutex},
};

use liveness::{Request, Sandbox, Transport, sandbox::Server};

#[derive(Default)]
struct Seen {
    /// The numbers of the requests that ran.
    executed: HashSet<String>,
    /// Whether an execution stops the vendor until the process is dead.
    holds: bool,
    is_held: bool,
}

pub(crate) struct Vendor {
    server: Server,
    seen: Arc<(Mutex<Seen>, Condvar)>,
}

impl Vendor {
    pub(crate) fn new() -> Self {
        let sandbox = Sandbox::new();
        let seen: Arc<(Mutex<Seen>, Condvar)> = Arc::default();
        let shared = Arc::clone(&seen);
        let server = Server::bind("127.0.0.1:0", move |request: Request| {
            let id = request.headers().get("request-id").map(|id| id.to_str().unwrap().to_owned());
            let before = sandbox.ledger().charges();
            let answer = sandbox.send(request);
            let (seen, changed) = &*shared;
            let mut seen = seen.lock().unwrap();
            if sandbox.ledger().charges() > before {
                seen.executed.extend(id);
            }
            if seen.holds {
                seen.is_held = true;
                changed.notify_all();
                drop(changed.wait_while(seen, |seen| seen.is_held).unwrap());
            }
            answer
        });
        Self { server: server.unwrap(), seen }
    }

    pub(crate) fn address(&self) -> String {
        format!("http://{}/service-1/jingmocompare", self.server.addr())
    }

    /// Waits until a call has run, and keeps its answer back.
    pub(crate) fn wait_for_execution(&self) {
        let (seen, changed) = &*self.seen;
        let mut seen = seen.lock().unwrap();
        seen.holds = true;
        drop(changed.wait_while(seen, |seen| !seen.is_held).unwrap());
    }

    pub(crate) fn go_on(&self) {
        let (seen, changed) = &*self.seen;
        let mut seen = seen.lock().unwrap();
        (seen.holds, seen.is_held) = (false, false);
        changed.notify_all();
    }

    pub(crate) fn executed(&self) -> HashSet<String> {
        self.seen.0.lock().unwrap().executed.clone()
    }
}
