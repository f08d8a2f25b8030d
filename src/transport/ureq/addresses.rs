//! Chooses the address of a host to connect to.

use std::{
    collections::HashMap,
    fmt, io,
    net::{SocketAddr, TcpStream},
    sync::{
        Arc, Mutex, PoisonError,
        mpsc::{self, RecvTimeoutError},
    },
    thread,
    time::{Duration, Instant},
};

use http::Uri;
use ureq::{
    Error,
    config::Config,
    unversioned::{
        resolver::{ResolvedSocketAddrs, Resolver},
        transport::NextTimeout,
    },
};

use super::names;

/// How long an address has before the next one is tried beside it (RFC 8305 §5, "Connection Attempt Delay").
const HEAD_START: Duration = Duration::from_millis(250);
/// How long one address is tried at most.
const PATIENCE: Duration = Duration::from_secs(5);
/// How many hosts are remembered; a provider has one or two.
const MAX_HOSTS: usize = 64;
/// How many addresses of a host are tried; ureq takes no more.
const MAX_ADDRESSES: usize = 16;

/// Finds a host's addresses and puts an answering one first. ureq on its own gives the first address half of the time
/// to connect, so that a dead one costs seconds on every call. Where a host has several addresses and none is known
/// to answer, connections to them start 250 ms apart, and the first that succeeds is remembered. These connections
/// carry nothing and are closed at once.
#[derive(Clone, Default)]
pub(super) struct Addresses {
    /// By host and port, of those that have several.
    known: Arc<Mutex<HashMap<String, Known>>>,
}

#[derive(Clone, Copy, Default)]
struct Known {
    /// The address of the last successful connection.
    first: Option<SocketAddr>,
    /// The address of the last request that failed although it was connected.
    last: Option<SocketAddr>,
}

impl Addresses {
    /// An exchange over a new connection to this address succeeded.
    pub(super) fn answered(&self, uri: &Uri, address: SocketAddr) {
        if let Some(known) = self.lock().get_mut(&key(uri)) {
            known.first = Some(address);
        }
    }

    /// An exchange failed, over a connection to this address or before there was one. Whatever the reason, the next
    /// one searches for an address again and tries this one last: a host may accept connections without ever
    /// answering on them.
    pub(super) fn failed(&self, uri: &Uri, address: Option<SocketAddr>) {
        if let Some(known) = self.lock().get_mut(&key(uri)) {
            *known = Known { first: None, last: address.or(known.last) };
        }
    }

    fn lock(&self) -> std::sync::MutexGuard<'_, HashMap<String, Known>> {
        self.known.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// The same addresses, with the answering one first.
    fn ordered(
        &self,
        uri: &Uri,
        mut found: Vec<SocketAddr>,
        until: Option<Instant>,
        connect: impl Fn(SocketAddr, Duration) -> io::Result<()> + Clone + Send + 'static,
    ) -> Vec<SocketAddr> {
        // On this machine a dead address refuses at once.
        if found.len() < 2 || found.iter().all(|address| address.ip().is_loopback()) {
            return found;
        }
        let known = self.lock().get(&key(uri)).copied().unwrap_or_default();
        found.sort_by_key(|address| known.last == Some(*address));
        let first = known.first.filter(|first| found.contains(first)).or_else(|| race(&found, until, connect));
        found.sort_by_key(|address| first != Some(*address));
        let mut all = self.lock();
        if all.len() >= MAX_HOSTS && !all.contains_key(&key(uri)) {
            all.clear();
        }
        all.entry(key(uri)).or_insert(known).first = first;
        found
    }
}

impl Resolver for Addresses {
    fn resolve(&self, uri: &Uri, _: &Config, timeout: NextTimeout) -> Result<ResolvedSocketAddrs, Error> {
        // The lookup and the connecting share this time.
        let until = Instant::now().checked_add(*timeout.after);
        let mut found = names::found(uri, until, timeout.reason)?;
        found.truncate(MAX_ADDRESSES);
        let connect = |address: SocketAddr, patience| TcpStream::connect_timeout(&address, patience).map(drop);
        let mut ordered = self.empty();
        for address in self.ordered(uri, found, until, connect) {
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

/// The first address with a connection before that moment. Each has a head start before the next one, which ends
/// early if the address fails at once. Threads that are still waiting end on their own within their patience.
fn race(
    addresses: &[SocketAddr],
    until: Option<Instant>,
    connect: impl Fn(SocketAddr, Duration) -> io::Result<()> + Clone + Send + 'static,
) -> Option<SocketAddr> {
    let left = |most: Duration| until.map_or(most, |until| most.min(until.saturating_duration_since(Instant::now())));
    let (tell, told) = mpsc::channel();
    let mut waiting = 0;
    let mut rest = addresses.iter().copied();
    loop {
        let patience = left(PATIENCE);
        // The system takes a time-out of zero as none.
        let started = rest.next().filter(|_| !patience.is_zero());
        if let Some(address) = started {
            let (tell, connect) = (tell.clone(), connect.clone());
            let attempt = move || {
                let _ = tell.send((address, connect(address, patience).is_ok()));
            };
            // Without a thread this address is not tried, and the request tries it itself.
            waiting += usize::from(thread::Builder::new().name("liveness-connect".to_owned()).spawn(attempt).is_ok());
        }
        if waiting == 0 && started.is_none() {
            return None;
        }
        let pause = if started.is_some() { left(HEAD_START) } else { patience };
        match told.recv_timeout(pause) {
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

    /// Connects to these alone; the others do not answer until the test is over.
    fn answers(
        live: &[SocketAddr],
    ) -> (mpsc::Sender<()>, impl Fn(SocketAddr, Duration) -> io::Result<()> + Clone + Send + 'static) {
        let (end, ends) = mpsc::channel::<()>();
        let (ends, live) = (Arc::new(Mutex::new(ends)), live.to_vec());
        let connect = move |address, _| {
            if !live.contains(&address) {
                let _ = ends.lock().map(|ends| ends.recv());
            }
            Ok(())
        };
        (end, connect)
    }

    fn refuses_all_but(live: SocketAddr) -> impl Fn(SocketAddr, Duration) -> io::Result<()> + Clone + Send + 'static {
        move |asked, _| if asked == live { Ok(()) } else { Err(io::ErrorKind::ConnectionRefused.into()) }
    }

    #[test]
    fn a_dead_first_address_costs_its_head_start_and_no_more() {
        let [dead, live, _] = addresses();
        let (end, connect) = answers(&[live]);
        assert_eq!(race(&[dead, live], None, connect), Some(live));
        drop(end);
    }

    #[test]
    fn where_no_address_answers_the_time_that_was_given_is_kept() {
        let (end, connect) = answers(&[]);
        let (start, given) = (Instant::now(), Duration::from_millis(300));
        assert_eq!(race(&addresses(), Some(start + given), connect), None);
        // Without a limit it is three head starts and a whole patience.
        assert!(start.elapsed() >= given && start.elapsed() < PATIENCE, "{:?}", start.elapsed());
        drop(end);
    }

    #[test]
    fn an_address_is_connected_to_within_what_is_left_of_the_time() {
        let (tell, told) = mpsc::channel();
        let connect = move |_, patience| tell.send(patience).map_err(io::Error::other);
        let given = Duration::from_secs(2);
        race(&addresses(), Some(Instant::now() + given), connect);
        assert!(told.recv().unwrap() <= given);
    }

    #[test]
    fn an_address_that_refuses_gives_its_turn_to_the_next_at_once_and_none_is_none() {
        let [first, second, third] = addresses();
        assert_eq!(race(&[first, second, third], None, refuses_all_but(third)), Some(third));
        assert_eq!(race(&[first, second], None, refuses_all_but(third)), None);
    }

    #[test]
    fn what_answered_is_asked_first_until_a_request_fails() {
        let [first, second, _] = addresses();
        let (known, uri) = (Addresses::default(), Uri::from_static("https://vendor.example/x"));
        let count = Arc::new(AtomicUsize::new(0));
        let connect = {
            let (count, connect) = (Arc::clone(&count), refuses_all_but(second));
            move |address, patience| {
                count.fetch_add(1, Ordering::Relaxed);
                connect(address, patience)
            }
        };
        let ordered = || known.ordered(&uri, vec![first, second], None, connect.clone());
        assert_eq!((ordered(), ordered()), (vec![second, first], vec![second, first]));
        assert_eq!(count.load(Ordering::Relaxed), 2, "the second time nobody is connected to");
        known.failed(&uri, None);
        assert_eq!(ordered(), [second, first]);
        assert_eq!(count.load(Ordering::Relaxed), 4);
        assert_eq!(
            known.ordered(&uri, vec![first], None, |_, _| unreachable!()),
            [first],
            "there is nothing to choose"
        );
    }

    #[test]
    fn an_address_that_takes_connections_and_fails_on_them_is_tried_last() {
        let [first, second, _] = addresses();
        let (known, uri) = (Addresses::default(), Uri::from_static("https://vendor.example/x"));
        let ordered = || known.ordered(&uri, vec![first, second], None, |_, _| Ok(()));
        assert_eq!(ordered(), [first, second]);
        known.failed(&uri, Some(first));
        assert_eq!(ordered(), [second, first]);
        known.failed(&uri, Some(second));
        assert_eq!(ordered(), [first, second]);
    }

    #[test]
    fn the_address_over_which_an_answer_came_is_the_first_one() {
        let [first, second, _] = addresses();
        let (known, uri) = (Addresses::default(), Uri::from_static("https://vendor.example/x"));
        let ordered = || known.ordered(&uri, vec![first, second], None, |_, _| Ok(()));
        assert_eq!(ordered(), [first, second]);
        known.answered(&uri, second);
        assert_eq!(ordered(), [second, first]);
    }
}
