//! A vendor over loopback that loses one call in twenty.

use std::{
    collections::HashSet,
    sync::{Arc, Mutex},
};

use liveness::{
    Request, Sandbox, Transport,
    sandbox::{Fault, Server},
};

/// What can be lost within the client's patience.
const FAULTS: [Fault; 5] =
    [Fault::Refuse, Fault::DropBeforeReading, Fault::DropAfterCharge, Fault::CutAnswer, Fault::GarbleAnswer];

struct Books {
    random: u64,
    charged: HashSet<String>,
}

pub(crate) struct Vendor {
    server: Server,
    books: Arc<Mutex<Books>>,
}

impl Vendor {
    pub(crate) fn new(seed: u64) -> Self {
        let sandbox = Sandbox::new();
        let books = Arc::new(Mutex::new(Books { random: seed, charged: HashSet::new() }));
        let shared = Arc::clone(&books);
        let server = Server::bind("127.0.0.1:0", move |request: Request| {
            // One at a time, so that a fault strikes the call that it was drawn for.
            let mut books = shared.lock().unwrap();
            books.random = books.random.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
            let drawn = (books.random >> 33) as usize;
            if drawn.is_multiple_of(20) {
                sandbox.arm_fault(FAULTS[drawn / 20 % FAULTS.len()], 1);
            }
            let id = request.headers().get("request-id").map(|id| id.to_str().unwrap().to_owned());
            let answer = sandbox.send(request);
            if sandbox.ledger().charges() > 0 {
                books.charged.extend(id);
            }
            sandbox.reset_ledger();
            answer
        });
        Self { server: server.unwrap(), books }
    }

    pub(crate) fn address(&self) -> String {
        format!("http://{}/service-1/jingmocompare", self.server.addr())
    }

    /// The numbers of the requests that were charged.
    pub(crate) fn charged(&self) -> HashSet<String> {
        self.books.lock().unwrap().charged.clone()
    }
}
