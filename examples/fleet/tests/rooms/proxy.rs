//! A connection to Redis that breaks where a test wants it to.

use std::{
    io::{Read, Write},
    net::{Ipv4Addr, Shutdown, TcpListener, TcpStream},
    sync::{
        Arc, Mutex,
        atomic::{AtomicBool, Ordering},
    },
    thread,
    time::Duration,
};

use liveness_fleet::link::Link;

/// Stands between a client and Redis.
pub(crate) struct Proxy {
    port: u16,
    shared: Arc<Shared>,
}

#[derive(Default)]
struct Shared {
    /// What a request holds whose reply is to be lost.
    lose: Mutex<Option<String>>,
    /// What a request holds that Redis refuses because it still reads its log, and how often yet.
    loads: Mutex<Option<(String, u32)>>,
    /// What a request holds that reaches Redis late, and by how much.
    slow: Mutex<Option<(String, Duration)>>,
    /// What a request holds that a test waits for, and whether there was one.
    awaited: Mutex<Option<(String, bool)>>,
    streams: Mutex<Vec<TcpStream>>,
}

impl Proxy {
    pub(crate) fn start(redis: u16) -> Self {
        let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).unwrap();
        let port = listener.local_addr().unwrap().port();
        let shared = Arc::new(Shared::default());
        let own = Arc::clone(&shared);
        thread::spawn(move || {
            for client in listener.incoming().map_while(Result::ok) {
                let Ok(server) = TcpStream::connect((Ipv4Addr::LOCALHOST, redis)) else { continue };
                carry(&own, client, server);
            }
        });
        Self { port, shared }
    }

    pub(crate) fn url(&self) -> String {
        format!("redis://127.0.0.1:{}/0", self.port)
    }

    pub(crate) fn link(&self) -> Link {
        Link::new(&self.url()).unwrap()
    }

    /// Redis gets the next request that holds this text and does it, and its reply is lost with the connection.
    pub(crate) fn lose_the_reply_to(&self, text: &str) {
        *self.shared.lose.lock().unwrap() = Some(text.to_owned());
    }

    /// Whether that has happened.
    pub(crate) fn has_lost(&self) -> bool {
        self.shared.lose.lock().unwrap().is_none()
    }

    /// The next requests that hold this text do not reach Redis, and are answered as by one that still reads its log.
    pub(crate) fn load_at(&self, text: &str, times: u32) {
        *self.shared.loads.lock().unwrap() = Some((text.to_owned(), times));
    }

    /// How often that is still to happen.
    pub(crate) fn loads_yet(&self) -> u32 {
        self.shared.loads.lock().unwrap().as_ref().map_or(0, |(_, times)| *times)
    }

    /// Each request that holds this text reaches Redis so much later.
    pub(crate) fn slow_at(&self, text: &str, by: Duration) {
        *self.shared.slow.lock().unwrap() = Some((text.to_owned(), by));
    }

    /// From now on, looks for a request that holds this text.
    pub(crate) fn await_one(&self, text: &str) {
        *self.shared.awaited.lock().unwrap() = Some((text.to_owned(), false));
    }

    /// Whether one has come.
    pub(crate) fn has_come(&self) -> bool {
        self.shared.awaited.lock().unwrap().as_ref().is_some_and(|(_, has_come)| *has_come)
    }

    /// Ends all connections, as a load balancer does with those that are idle.
    pub(crate) fn close_all(&self) {
        for stream in self.shared.streams.lock().unwrap().drain(..) {
            let _ = stream.shutdown(Shutdown::Both);
        }
    }
}

fn carry(shared: &Arc<Shared>, client: TcpStream, server: TcpStream) {
    for stream in [&client, &server] {
        stream.set_nodelay(true).unwrap();
        shared.streams.lock().unwrap().push(stream.try_clone().unwrap());
    }
    let is_cut = Arc::new(AtomicBool::new(false));
    let (from_client, to_server) = (client.try_clone().unwrap(), server.try_clone().unwrap());
    let (own, cut) = (Arc::clone(shared), Arc::clone(&is_cut));
    let mut refusals = client.try_clone().unwrap();
    thread::spawn(move || {
        copy(from_client, to_server, |bytes| {
            let holds = |text: &str| bytes.windows(text.len()).any(|part| part == text.as_bytes());
            if let Some((text, has_come)) = &mut *own.awaited.lock().unwrap() {
                *has_come |= holds(text);
            }
            let slow = own.slow.lock().unwrap().clone();
            if let Some((_, by)) = slow.filter(|(text, _)| holds(text)) {
                thread::sleep(by);
            }
            let mut lose = own.lose.lock().unwrap();
            if lose.as_deref().is_some_and(holds) {
                *lose = None;
                cut.store(true, Ordering::SeqCst);
            }
            if let Some((text, times @ 1..)) = &mut *own.loads.lock().unwrap()
                && holds(text)
            {
                *times -= 1;
                refusals.write_all(b"-LOADING Redis is loading the dataset in memory\r\n").unwrap();
                return Fate::Dropped;
            }
            Fate::Passes
        });
    });
    thread::spawn(move || {
        copy(server, client, |_| if is_cut.load(Ordering::SeqCst) { Fate::Cuts } else { Fate::Passes });
    });
}

/// What becomes of bytes on their way.
#[derive(PartialEq)]
enum Fate {
    Passes,
    Dropped,
    /// The connection ends before them.
    Cuts,
}

/// Copies until one end closes, or until something comes that ends the connection.
fn copy(mut from: TcpStream, mut to: TcpStream, mut fate: impl FnMut(&[u8]) -> Fate) {
    let mut buffer = vec![0; 1 << 20];
    while let Ok(count @ 1..) = from.read(&mut buffer) {
        let fate = fate(&buffer[..count]);
        if fate == Fate::Cuts || fate == Fate::Passes && to.write_all(&buffer[..count]).is_err() {
            break;
        }
    }
    for stream in [from, to] {
        let _ = stream.shutdown(Shutdown::Both);
    }
}
