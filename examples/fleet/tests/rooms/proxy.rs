//! A connection to Redis that breaks where a test wants it to.

use std::{
    io::{Read, Write},
    net::{Ipv4Addr, Shutdown, TcpListener, TcpStream},
    sync::{
        Arc, Mutex,
        atomic::{AtomicBool, Ordering},
    },
    thread,
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

    pub(crate) fn link(&self) -> Link {
        Link::new(&format!("redis://127.0.0.1:{}/0", self.port)).unwrap()
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
