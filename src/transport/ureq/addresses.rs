//! Which of a host's addresses is connected to?

use std::{
    collections::HashMap,
    fmt, io,
    net::{SocketAddr, TcpStream},
    sync::{
        Arc, Mutex, PoisonError,
        mpsc::{self, RecvTimeoutError},
    },
    thread,
    time::Duration,
};

use http::Uri;
use ureq::{
    Error,
    config::Config,
    unversioned::{
        resolver::{DefaultResolver, ResolvedSocketAddrs, Resolver},
        transport::NextTimeout,
    },
};

/// How long an address has before the next one is tried beside it (RFC 8305 §5, "Connection Attempt Delay").
const HEAD_START: Duration = Duration::from_millis(250);
/// How long one address is tried at most.
const PATIENCE: Duration = Duration::from_secs(5);
/// How many hosts are remembered; a provider has one or two.
const MAX_HOSTS: usize = 64;

/// Finds a host's addresses and puts the one first that answers. ureq by itself gives the first address half of the time to
/// connect, so that a dead one costs seconds on every call. Where a host has several addresses and none is known to answer,
/// they are connected to one after the other, 250 ms apart, and the first that stands is remembered. These connections carry
/// nothing and are closed at once.
#[derive(Clone, Default)]
pub(super) struct Addresses {
    /// By host and port.
    answered: Arc<Mutex<HashMap<String, SocketAddr>>>,
}

impl Addresses {
    /// Forgets which address answered, because a connection to it failed.
    pub(super) fn forget(&self, uri: &Uri) {
        self.lock().remove(&key(uri));
    }

    fn lock(&self) -> std::sync::MutexGuard<'_, HashMap<String, SocketAddr>> {
        self.answered.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// The same addresses, the one that answers first.
    fn ordered(
        &self,
        uri: &Uri,
        found: &[SocketAddr],
        connect: impl Fn(SocketAddr) -> io::Result<()> + Clone + Send + 'static,
    ) -> Vec<SocketAddr> {
        let mut ordered = found.to_vec();
        // On this machine a dead address refuses at once.
        if found.len() < 2 || found.iter().all(|address| address.ip().is_loopback()) {
            return ordered;
        }
        let known = self.lock().get(&key(uri)).copied().filter(|address| found.contains(address));
        let first = known.or_else(|| race(found, connect));
        if let Some(first) = first {
            ordered.retain(|address| *address != first);
            ordered.insert(0, first);
            let mut answered = self.lock();
            if answered.len() >= MAX_HOSTS {
                answered.clear();
            }
            answered.insert(key(uri), first);
        }
        ordered
    }
}

impl Resolver for Addresses {
    fn resolve(&self, uri: &Uri, config: &Config, timeout: NextTimeout) -> Result<ResolvedSocketAddrs, Error> {
        let found = DefaultResolver::default().resolve(uri, config, timeout)?;
        let patience = PATIENCE.min(*timeout.after);
        let connect = move |address| TcpStream::connect_timeout(&address, patience).map(drop);
        let mut ordered = self.empty();
        for address in self.ordered(uri, &found, connect) {
            ordered.push(address);
        }
        Ok(ordered)
    }
}

impl fmt::Debug for Addresses {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Addresses")
    }
}

fn key(uri: &Uri) -> String {
    let port = uri.port_u16().map(|port| format!(":{port}")).unwrap_or_default();
    format!("{}://{}{port}", uri.scheme_str().unwrap_or_default(), uri.host().unwrap_or_default())
}

/// The first address to which a connection stands. Each has a head start before the next one; one that fails at once gives it
/// up. Threads that are still waiting end by themselves within their patience.
fn race(
    addresses: &[SocketAddr],
    connect: impl Fn(SocketAddr) -> io::Result<()> + Clone + Send + 'static,
) -> Option<SocketAddr> {
    let (tell, told) = mpsc::channel();
    let mut waiting = 0;
    let mut rest = addresses.iter().copied();
    loop {
        let started = rest.next();
        if let Some(address) = started {
            let (tell, connect) = (tell.clone(), connect.clone());
            let attempt = move || {
                let _ = tell.send((address, connect(address).is_ok()));
            };
            // Without a thread this address is not tried, and ureq tries it itself.
            waiting += usize::from(thread::Builder::new().name("liveness-connect".to_owned()).spawn(attempt).is_ok());
        }
        if waiting == 0 && started.is_none() {
            return None;
        }
        let patience = if started.is_some() { HEAD_START } else { PATIENCE };
        match told.recv_timeout(patience) {
            Ok((address, true)) => return Some(address),
            Ok((_, false)) => waiting -= 1,
            Err(RecvTimeoutError::Timeout) if started.is_some() => {}
            Err(_) => return None,
        }
    }
}

#[cfg(test)]
mod tests {
    use std::sync::atomic::{AtomicUsize, Ordering};

    use super::*;

    fn addresses() -> [SocketAddr; 3] {
        [1, 2, 3].map(|last| SocketAddr::from(([192, 0, 2, last], 443)))
    }

    #[test]
    fn a_dead_first_address_costs_its_head_start_and_no_more() {
        let [dead, live, _] = addresses();
        let (end, ends) = mpsc::channel::<()>();
        let ends = Arc::new(Mutex::new(ends));
        let winner = race(&[dead, live], move |address| {
            if address == dead {
                // Until the test is over.
                let _ = ends.lock().map(|ends| ends.recv());
            }
            Ok(())
        });
        assert_eq!(winner, Some(live));
        drop(end);
    }

    #[test]
    fn an_address_that_refuses_gives_its_turn_to_the_next_at_once_and_none_is_none() {
        let [first, second, third] = addresses();
        let refuses = |address| {
            move |asked| if asked == address { Ok(()) } else { Err(io::Error::from(io::ErrorKind::ConnectionRefused)) }
        };
        assert_eq!(race(&[first, second, third], refuses(third)), Some(third));
        assert_eq!(race(&[first, second], refuses(third)), None);
    }

    #[test]
    fn what_answered_is_asked_first_until_it_is_forgotten() {
        let [first, second, _] = addresses();
        let (known, uri) = (Addresses::default(), Uri::from_static("https://vendor.example/x"));
        let count = Arc::new(AtomicUsize::new(0));
        let connect = {
            let count = Arc::clone(&count);
            move |address| {
                count.fetch_add(1, Ordering::Relaxed);
                if address == second { Ok(()) } else { Err(io::Error::from(io::ErrorKind::ConnectionRefused)) }
            }
        };
        assert_eq!(known.ordered(&uri, &[first, second], connect.clone()), [second, first]);
        assert_eq!(known.ordered(&uri, &[first, second], connect.clone()), [second, first]);
        assert_eq!(count.load(Ordering::Relaxed), 2, "the second time nobody is connected to");
        known.forget(&uri);
        assert_eq!(known.ordered(&uri, &[first, second], connect), [second, first]);
        assert_eq!(count.load(Ordering::Relaxed), 4);
        assert_eq!(known.ordered(&uri, &[first], |_| unreachable!()), [first], "there is nothing to choose");
    }
}
