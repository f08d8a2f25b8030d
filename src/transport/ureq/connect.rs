//! Gives each request a connection, and decides afterwards whether to keep it.

use std::{
    fmt, io,
    net::{SocketAddr, TcpStream},
    sync::{Arc, Mutex, MutexGuard, PoisonError},
    time::{Duration, Instant},
};

use http::Uri;
use ureq::{
    Error, Timeout,
    config::Config,
    tls::RootCerts,
    unversioned::{
        resolver::{ResolvedSocketAddrs, Resolver},
        transport::{Buffers, ConnectionDetails, Connector, DefaultConnector, NextTimeout, Transport},
    },
};

use super::{addresses::Addresses, buffers::WipedBuffers, socket::Wire, tls::Tls};

/// The least time that an address has.
const MIN_PATIENCE: Duration = Duration::from_millis(10);

/// The connection of one request: the open one before it, and the one that may be kept after it.
#[derive(Clone, Default)]
pub(super) struct Slot(Arc<Mutex<Places>>);

#[derive(Default)]
struct Places {
    open: Option<Wire>,
    rested: Option<Wire>,
    /// Where a new connection leads.
    address: Option<SocketAddr>,
    has_body: bool,
}

impl Slot {
    /// A slot with an open connection, or none, for a request with or without a body.
    pub(super) fn holding(open: Option<Wire>, has_body: bool) -> Self {
        Self(Arc::new(Mutex::new(Places { open, has_body, ..Places::default() })))
    }

    /// Whether an open connection waits to be used, so that no address is needed.
    pub(super) fn is_open(&self) -> bool {
        self.lock().open.is_some()
    }

    /// The connection, if the answer was read to its end and neither side requested its end.
    pub(super) fn rested(&self) -> Option<Wire> {
        self.lock().rested.take()
    }

    /// The address of the new connection.
    pub(super) fn address(&self) -> Option<SocketAddr> {
        self.lock().address
    }

    fn lock(&self) -> MutexGuard<'_, Places> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// Finds the addresses of a host, unless there is a connection already.
#[derive(Debug)]
pub(super) struct Lookup {
    pub(super) slot: Slot,
    pub(super) addresses: Addresses,
}

impl Resolver for Lookup {
    fn resolve(&self, uri: &Uri, config: &Config, timeout: NextTimeout) -> Result<ResolvedSocketAddrs, Error> {
        match self.slot.is_open() {
            true => Ok(self.empty()),
            false => self.addresses.resolve(uri, config, timeout),
        }
    }
}

/// Takes the open connection, or makes one.
pub(super) struct Direct {
    pub(super) slot: Slot,
    pub(super) tls: Arc<Tls>,
    pub(super) roots: RootCerts,
}

impl Connector for Direct {
    type Out = Line;

    fn connect(&self, details: &ConnectionDetails<'_>, _: Option<()>) -> Result<Option<Line>, Error> {
        let (open, has_body) = {
            let mut places = self.slot.lock();
            (places.open.take(), places.has_body)
        };
        // The head of a request without a body is all of it, and its answer may be there at once.
        let is_looked_at = open.is_some() && has_body;
        let wire = match open {
            Some(wire) => wire,
            None => self.connected(details)?,
        };
        Ok(Some(Line::on(wire, is_looked_at, self.slot.clone())))
    }
}

impl Direct {
    fn connected(&self, details: &ConnectionDetails<'_>) -> Result<Wire, Error> {
        let until = Instant::now().checked_add(*details.timeout.after);
        let (stream, address) = first(&details.addrs, until, details.timeout.reason, |address, patience| {
            let stream = match patience {
                Some(patience) => TcpStream::connect_timeout(&address, patience),
                None => TcpStream::connect(address),
            };
            stream.map(|stream| (stream, address))
        })?;
        self.slot.lock().address = Some(address);
        stream.set_nodelay(true)?;
        let wire = Wire::plain(stream);
        if !details.needs_tls() {
            return Ok(wire);
        }
        let tls = self.tls.client(details.uri.host().unwrap_or_default(), &self.roots)?;
        let mut left = details.timeout;
        if let Some(until) = until {
            left.after = until.saturating_duration_since(Instant::now()).into();
        }
        wire.with_tls(tls, left)
    }
}

/// The first address that takes a connection. Each has half of the time that is left, the last one all of it.
fn first<T>(
    addresses: &[SocketAddr],
    until: Option<Instant>,
    reason: Timeout,
    connect: impl Fn(SocketAddr, Option<Duration>) -> io::Result<T>,
) -> Result<T, Error> {
    let mut last_error = Error::Io(io::ErrorKind::ConnectionRefused.into());
    for (index, address) in addresses.iter().enumerate() {
        let left = until.map(|until| until.saturating_duration_since(Instant::now()));
        if left.is_some_and(|left| left.is_zero()) {
            return Err(Error::Timeout(reason));
        }
        let is_last = index + 1 == addresses.len();
        let patience = left.map(|left| if is_last { left } else { (left / 2).max(MIN_PATIENCE).min(left) });
        last_error = match connect(*address, patience) {
            Ok(connected) => return Ok(connected),
            Err(error) => match error.kind() {
                io::ErrorKind::TimedOut | io::ErrorKind::WouldBlock => Error::Timeout(Timeout::Connect),
                // These concern this address alone.
                io::ErrorKind::ConnectionRefused
                | io::ErrorKind::HostUnreachable
                | io::ErrorKind::NetworkUnreachable
                | io::ErrorKind::AddrNotAvailable => Error::Io(error),
                _ => return Err(Error::Io(error)),
            },
        };
    }
    Err(last_error)
}

/// Whether this is the other side's end of a connection.
fn is_hung_up(kind: io::ErrorKind) -> bool {
    matches!(kind, io::ErrorKind::BrokenPipe | io::ErrorKind::ConnectionReset | io::ErrorKind::ConnectionAborted)
}

/// A connection while it carries a request.
pub(super) struct Line {
    buffers: WipedBuffers,
    /// There until it is dropped.
    wire: Option<Wire>,
    /// It carried other requests, and is checked once more before this request's body is read.
    is_looked_at: bool,
    is_head_out: bool,
    /// Why no more of the body can be written.
    broken: Option<io::Error>,
    /// The answer was read to its end, and neither side requested the end of the connection.
    is_done: bool,
    slot: Slot,
}

impl Line {
    fn on(wire: Wire, is_looked_at: bool, slot: Slot) -> Self {
        let buffers = WipedBuffers::default();
        Self { buffers, wire: Some(wire), is_looked_at, is_head_out: false, broken: None, is_done: false, slot }
    }
}

impl Transport for Line {
    fn buffers(&mut self) -> &mut dyn Buffers {
        &mut self.buffers
    }

    fn transmit_output(&mut self, amount: usize, timeout: NextTimeout) -> Result<(), Error> {
        if self.broken.is_some() {
            return Ok(());
        }
        let wire = self.wire.as_mut().ok_or(Error::ConnectionFailed)?;
        let output = &self.buffers.output()[..amount];
        let is_end_of_head = !self.is_head_out && output.ends_with(b"\r\n\r\n");
        match wire.write_all(output, timeout) {
            // The other side may have answered before it stopped reading, and its answer matters more than the failed
            // write.
            Err(Error::Io(error)) if self.is_head_out && is_hung_up(error.kind()) => self.broken = Some(error),
            written => written?,
        }
        if is_end_of_head {
            self.is_head_out = true;
            // Any input now answers no request of ours, and no byte of the body was read yet.
            if self.is_looked_at && !wire.is_silent() {
                return Err(Error::Io(io::ErrorKind::ConnectionReset.into()));
            }
        }
        Ok(())
    }

    fn await_input(&mut self, timeout: NextTimeout) -> Result<bool, Error> {
        let wire = self.wire.as_mut().ok_or(Error::ConnectionFailed)?;
        let room = self.buffers.input_append_buf();
        let count = match self.broken.take() {
            None => wire.read(room, timeout)?,
            Some(error) => match wire.read_left(room, timeout) {
                Ok(count @ 1..) => {
                    self.broken = Some(error);
                    count
                }
                Ok(0) | Err(_) => return Err(Error::Io(error)),
            },
        };
        self.buffers.input_appended(count);
        Ok(count > 0)
    }

    /// ureq calls this for a connection that it would keep: the answer was read to its end, nothing is left over, and
    /// no side requested the end of the connection. Its own pool cannot check TLS, so the result is no, and the
    /// connection goes back by the slot when ureq drops it.
    fn is_open(&mut self) -> bool {
        self.is_done = self.broken.is_none();
        false
    }

    fn is_tls(&self) -> bool {
        self.wire.as_ref().is_some_and(Wire::is_tls)
    }
}

impl Drop for Line {
    fn drop(&mut self) {
        if self.is_done {
            self.slot.lock().rested = self.wire.take();
        }
    }
}

/// ureq's own connector for requests through a proxy; one for all requests, so that its TLS is set up once.
#[derive(Clone, Debug, Default)]
pub(super) struct Proxied(Arc<DefaultConnector>);

impl Connector for Proxied {
    type Out = Box<dyn Transport>;

    fn connect(&self, details: &ConnectionDetails<'_>, chained: Option<()>) -> Result<Option<Self::Out>, Error> {
        self.0.connect(details, chained)
    }
}

impl fmt::Debug for Slot {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Slot")
    }
}

impl fmt::Debug for Direct {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Direct")
    }
}

impl fmt::Debug for Line {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Line")
    }
}

#[cfg(test)]
mod tests {
    use std::{cell::RefCell, io::Write, net::TcpListener};

    use super::*;

    #[test]
    fn a_used_connection_that_speaks_before_the_body_is_asked_for_carries_none() {
        const HEAD: &[u8] = b"POST / HTTP/1.1\r\nContent-Length: 9\r\n\r\n";
        for (is_looked_at, is_fit) in [(true, false), (false, true)] {
            let listener = TcpListener::bind("127.0.0.1:0").unwrap();
            let client = TcpStream::connect(listener.local_addr().unwrap()).unwrap();
            let (mut peer, _) = listener.accept().unwrap();
            peer.write_all(b"HTTP/1.1 408 Request Timeout\r\n\r\n").unwrap();
            // Until it is there.
            client.peek(&mut [0]).unwrap();
            let mut line = Line::on(Wire::plain(client), is_looked_at, Slot::default());
            line.buffers().output()[..HEAD.len()].copy_from_slice(HEAD);
            let timeout =
                NextTimeout { after: Duration::from_secs(9).into(), reason: Timeout::Global, ..Default::default() };
            assert_eq!(line.transmit_output(HEAD.len(), timeout).is_ok(), is_fit);
        }
    }

    fn addresses(count: u8) -> Vec<SocketAddr> {
        (1..=count).map(|last| SocketAddr::from(([192, 0, 2, last], 443))).collect()
    }

    #[test]
    fn each_address_has_half_of_the_time_and_the_last_one_all_of_it() {
        let (given, until) = (RefCell::new(Vec::new()), Instant::now() + Duration::from_secs(800));
        let connected = first(&addresses(3), Some(until), Timeout::Connect, |address, patience| {
            given.borrow_mut().push(patience.unwrap().as_secs().div_ceil(100));
            if given.borrow().len() < 3 { Err(io::ErrorKind::TimedOut.into()) } else { Ok(address) }
        });
        // No time passes during this call.
        assert_eq!((connected.unwrap(), given.into_inner()), (addresses(3)[2], vec![4, 4, 8]));
    }

    #[test]
    fn an_error_of_one_address_leads_to_the_next_and_any_other_ends_it() {
        for (kind, attempts) in [
            (io::ErrorKind::ConnectionRefused, 2),
            (io::ErrorKind::HostUnreachable, 2),
            (io::ErrorKind::NetworkUnreachable, 2),
            (io::ErrorKind::AddrNotAvailable, 2),
            (io::ErrorKind::PermissionDenied, 1),
        ] {
            let count = RefCell::new(0);
            let failed: Result<(), _> = first(&addresses(2), None, Timeout::Connect, |_, _| {
                *count.borrow_mut() += 1;
                Err(kind.into())
            });
            assert!(matches!(failed, Err(Error::Io(error)) if error.kind() == kind), "{kind:?}");
            assert_eq!(count.into_inner(), attempts, "{kind:?}");
        }
    }

    #[test]
    fn no_time_and_no_address_are_errors_of_connecting() {
        let late: Result<(), _> = first(&addresses(2), Some(Instant::now()), Timeout::Global, |_, _| unreachable!());
        assert!(matches!(late, Err(Error::Timeout(Timeout::Global))));
        let none: Result<(), _> = first(&[], None, Timeout::Connect, |_, _| unreachable!());
        assert!(matches!(none, Err(Error::Io(error)) if error.kind() == io::ErrorKind::ConnectionRefused));
    }
}
