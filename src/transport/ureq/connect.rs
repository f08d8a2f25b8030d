//! How does a request get its connection, and what becomes of it afterwards?

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

/// The connection of one request: what is there before it, and what may be kept after it.
#[derive(Clone, Default)]
pub(super) struct Slot(Arc<Mutex<Places>>);

#[derive(Default)]
struct Places {
    open: Option<Wire>,
    rested: Option<Wire>,
}

impl Slot {
    /// A slot with an open connection, or none.
    pub(super) fn holding(open: Option<Wire>) -> Self {
        Self(Arc::new(Mutex::new(Places { open, rested: None })))
    }

    /// Whether an open connection waits to be used, so that no address is needed.
    pub(super) fn is_open(&self) -> bool {
        self.lock().open.is_some()
    }

    /// The connection on which the answer was read to its end and neither side asked to close.
    pub(super) fn rested(&self) -> Option<Wire> {
        self.lock().rested.take()
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
        let open = self.slot.lock().open.take();
        let wire = match open {
            Some(wire) => wire,
            None => self.connected(details)?,
        };
        Ok(Some(Line { buffers: WipedBuffers::default(), wire: Some(wire), is_done: false, slot: self.slot.clone() }))
    }
}

impl Direct {
    fn connected(&self, details: &ConnectionDetails<'_>) -> Result<Wire, Error> {
        let until = Instant::now().checked_add(*details.timeout.after);
        let stream = first(&details.addrs, until, details.timeout.reason, |address, patience| match patience {
            Some(patience) => TcpStream::connect_timeout(&address, patience),
            None => TcpStream::connect(address),
        })?;
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

/// A connection while it carries a request.
pub(super) struct Line {
    buffers: WipedBuffers,
    /// There until it is dropped.
    wire: Option<Wire>,
    /// The answer was read to its end, and neither side asked to close.
    is_done: bool,
    slot: Slot,
}

impl Line {
    fn wire(&mut self) -> Result<(&mut Wire, &mut WipedBuffers), Error> {
        self.wire.as_mut().map(|wire| (wire, &mut self.buffers)).ok_or(Error::ConnectionFailed)
    }
}

impl Transport for Line {
    fn buffers(&mut self) -> &mut dyn Buffers {
        &mut self.buffers
    }

    fn transmit_output(&mut self, amount: usize, timeout: NextTimeout) -> Result<(), Error> {
        let (wire, buffers) = self.wire()?;
        wire.write_all(&buffers.output()[..amount], timeout)
    }

    fn await_input(&mut self, timeout: NextTimeout) -> Result<bool, Error> {
        let (wire, buffers) = self.wire()?;
        let count = wire.read(buffers.input_append_buf(), timeout)?;
        buffers.input_appended(count);
        Ok(count > 0)
    }

    /// ureq asks this of a connection that it would keep: the answer was read to its end, nothing is left over, and no side asked to
    /// close. Its own pool cannot look at TLS, so it is told no, and the connection goes back by the slot when ureq drops it.
    fn is_open(&mut self) -> bool {
        self.is_done = true;
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

/// ureq's own connector, for what goes through a proxy; one for all requests, so that its TLS is set up once.
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
    use std::cell::RefCell;

    use super::*;

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
        // No time passes while it is asked.
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
