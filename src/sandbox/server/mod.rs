//! An HTTP server in front of a transport, for clients in any language.

use std::{
    fmt, io,
    net::{Ipv4Addr, Ipv6Addr, SocketAddr, TcpListener, TcpStream, ToSocketAddrs},
    sync::{Arc, Condvar, Mutex, PoisonError},
    thread::{self, JoinHandle},
    time::{Duration, Instant},
};

use http::request;

use crate::{
    model::Response,
    transport::{Transport, TransportError},
};

mod connection;
mod gate;
mod head;
mod held;
mod response;
mod serve;
mod shared;
mod spoiled;
#[cfg(test)]
mod tests;
mod wire;

pub(in crate::sandbox) use self::{gate::Gate, spoiled::DRIP_PAUSE};
use self::{gate::reopened, shared::Shared};
pub use self::{serve::ServedRequest, shared::ServerLimits};

/// How long running requests may take to end when the server is dropped.
const SHUTDOWN_GRACE: Duration = Duration::from_secs(5);
/// The pause after a failed accept (too many open files), so that the loop goes on without burning the processor.
const ACCEPT_PAUSE: Duration = Duration::from_millis(10);
/// How often a client that waits for a place checks which connection may lose its own.
const ROOM_TICK: Duration = Duration::from_millis(20);
/// Small stacks: a connection only reads, calls the transport and writes.
const STACK_BYTES: usize = 1024 * 1024;

/// HTTP/1.1 in front of a [`Transport`]: every request that arrives is passed to it, and its answer is sent back.
///
/// A blocking server for tests and trials on your own machine. Each connection has its own thread, up to 256. If more
/// are needed, the connection that has waited longest for its client gives up its place: at once if it was answered,
/// and after a second at the earliest if its client is silent or slower than 64 KB/s. A request has at most 32 KB of
/// head and, by default, 16 MB of body ([`ServerLimits`]). The head must arrive within 10 seconds of its first byte
/// and the whole request within 30. The client must take an answer within 30 seconds. Anything that is not HTTP is
/// refused with 400 and never reaches the transport.
///
/// The transport sees an absolute URI: scheme `http` and the authority that the client named. If the transport loses
/// a request ([`TransportError`](crate::TransportError)), the connection is reset without an answer. If its answer
/// declares a longer `Content-Length` than it has, the answer is cut off there.
///
/// Dropping it stops it: no new connection is accepted, and running requests get five seconds.
///
/// ```
/// use std::{io::{Read, Write}, net::TcpStream};
/// use liveness::{Body, Request, Response, TransportError, sandbox::Server};
///
/// let hello = |request: Request| -> Result<Response, TransportError> {
///     Ok(Response::new(Body::from(format!("you asked for {}", request.uri().path()))))
/// };
/// let server = Server::bind("127.0.0.1:0", hello)?;
/// let mut stream = TcpStream::connect(server.addr())?;
/// stream.write_all(b"GET /here HTTP/1.1\r\nHost: a.example\r\nConnection: close\r\n\r\n")?;
/// let mut answer = String::new();
/// stream.read_to_string(&mut answer)?;
/// assert!(answer.starts_with("HTTP/1.1 200 OK\r\n") && answer.ends_with("you asked for /here"));
/// # Ok::<(), std::io::Error>(())
/// ```
pub struct Server {
    addr: SocketAddr,
    shared: Arc<Shared>,
    acceptor: Option<JoinHandle<()>>,
}

impl Server {
    /// Listens on this address and answers in the background; port 0 takes a free one, which [`addr`](Self::addr)
    /// returns.
    ///
    /// Use a loopback address (`127.0.0.1:0`) unless other machines must reach it: there is no TLS and no password.
    ///
    /// # Errors
    ///
    /// The error of the system if it cannot listen on the address or start a thread.
    pub fn bind(addr: impl ToSocketAddrs, transport: impl Transport + 'static) -> io::Result<Self> {
        Self::bind_with(addr, transport, ServerLimits::new())
    }

    /// As [`bind`](Self::bind), with other limits.
    ///
    /// ```
    /// use liveness::{Request, Response, TransportError, sandbox::{Server, ServerLimits}};
    ///
    /// let limits = ServerLimits::new().with_max_body_bytes(64 * 1024);
    /// let hello = |_: Request| -> Result<Response, TransportError> { Ok(Response::default()) };
    /// let server = Server::bind_with("127.0.0.1:0", hello, limits)?;
    /// # Ok::<(), std::io::Error>(())
    /// ```
    ///
    /// # Errors
    ///
    /// As [`bind`](Self::bind).
    pub fn bind_with(
        addr: impl ToSocketAddrs,
        transport: impl Transport + 'static,
        limits: ServerLimits,
    ) -> io::Result<Self> {
        Self::start(addr, transport, |_: &request::Parts| None, limits)
    }

    /// As [`bind_with`](Self::bind_with), with some requests answered before their body is read.
    fn start(
        addr: impl ToSocketAddrs,
        transport: impl Transport + 'static,
        early: impl Fn(&request::Parts) -> Option<Result<Response, TransportError>> + Send + Sync + 'static,
        limits: ServerLimits,
    ) -> io::Result<Self> {
        let listener = TcpListener::bind(addr)?;
        let addr = listener.local_addr()?;
        let shared = Arc::new(Shared {
            transport: Box::new(transport),
            early: Box::new(early),
            limits,
            local: addr,
            load: Mutex::default(),
            changed: Condvar::new(),
        });
        let acceptor = {
            let shared = Arc::clone(&shared);
            thread::Builder::new().name("sandbox-accept".into()).spawn(move || accept(listener, &shared))?
        };
        Ok(Self { addr, shared, acceptor: Some(acceptor) })
    }

    /// The address that it listens on.
    pub fn addr(&self) -> SocketAddr {
        self.addr
    }

    /// Its port, to be closed for a while.
    pub(in crate::sandbox) fn gate(&self) -> Gate {
        Gate::new(&self.shared, reachable(self.addr))
    }

    /// The address as a URL without a path, such as `http://127.0.0.1:8787`; a server that listens on all addresses
    /// has its loopback address here.
    pub fn url(&self) -> String {
        format!("http://{}", reachable(self.addr))
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        self.shared.lock().stopping = true;
        self.shared.changed.notify_all();
        // Wakes the acceptor, which then stops; if that fails, it has already ended.
        let woken = TcpStream::connect_timeout(&reachable(self.addr), Duration::from_secs(1));
        if let (Ok(_), Some(acceptor)) = (woken, self.acceptor.take()) {
            let _ = acceptor.join();
        }
        let running = self.shared.lock();
        drop(self.shared.changed.wait_timeout_while(running, SHUTDOWN_GRACE, |load| load.connections > 0));
    }
}

impl fmt::Debug for Server {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Server").field("addr", &self.addr).finish_non_exhaustive()
    }
}

/// One connection's place, which is freed however the thread ends.
struct Place {
    shared: Arc<Shared>,
    id: u64,
}

impl Place {
    /// Waits for a place; `None` once the server stops.
    fn wait(shared: &Arc<Shared>) -> Option<Self> {
        let mut load = shared.lock();
        while load.connections >= shared.limits.connections && !load.stopping {
            load.crowded = true;
            load.make_room(Instant::now());
            load = shared.changed.wait_timeout(load, ROOM_TICK).unwrap_or_else(PoisonError::into_inner).0;
        }
        load.crowded = false;
        if load.stopping {
            return None;
        }
        load.connections += 1;
        load.next += 1;
        Some(Self { shared: Arc::clone(shared), id: load.next })
    }
}

impl Drop for Place {
    fn drop(&mut self) {
        let mut load = self.shared.lock();
        load.connections -= 1;
        load.is_busy(self.id);
        drop(load);
        self.shared.changed.notify_all();
    }
}

fn accept(mut listener: TcpListener, shared: &Arc<Shared>) {
    loop {
        let stream = listener.accept();
        if shared.is_stopping() {
            return;
        }
        if shared.closed_until().is_some() {
            // Connections that wait to be accepted are reset with it.
            drop((stream, listener));
            shared.tell_whether_closed(true);
            let Some(again) = reopened(shared) else { return };
            listener = again;
            shared.tell_whether_closed(false);
            continue;
        }
        let Ok((stream, _)) = stream else {
            thread::sleep(ACCEPT_PAUSE);
            continue;
        };
        let Some(place) = Place::wait(shared) else { return };
        // A thread that cannot be started drops the connection and its place; the client sees a closed connection.
        let _ = thread::Builder::new().name("sandbox-connection".into()).stack_size(STACK_BYTES).spawn(move || {
            connection::serve(stream, &place.shared, place.id);
        });
    }
}

/// The address on this machine of a server that listens on all addresses.
fn reachable(addr: SocketAddr) -> SocketAddr {
    let mut addr = addr;
    if addr.ip().is_unspecified() {
        addr.set_ip(if addr.is_ipv4() { Ipv4Addr::LOCALHOST.into() } else { Ipv6Addr::LOCALHOST.into() });
    }
    addr
}
