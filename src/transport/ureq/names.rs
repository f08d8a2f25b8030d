//! Finds the addresses of a host.

use std::{
    io,
    net::{IpAddr, SocketAddr, ToSocketAddrs},
    sync::mpsc::{self, RecvTimeoutError},
    thread,
    time::Instant,
};

use http::{Uri, uri::Scheme};
use ureq::{Error, Timeout};

use super::error::LOOKUP_TEXT;

/// The addresses of the host, in the system's order. An address needs no lookup. A name is looked up in a thread,
/// because the system's lookup cannot be given a time limit.
pub(super) fn found(uri: &Uri, until: Option<Instant>, reason: Timeout) -> Result<Vec<SocketAddr>, Error> {
    let host = uri.host().unwrap_or_default();
    let port = uri.port_u16().unwrap_or(if uri.scheme() == Some(&Scheme::HTTPS) { 443 } else { 80 });
    let bare = host.strip_prefix('[').and_then(|host| host.strip_suffix(']')).unwrap_or(host);
    if let Ok(address) = bare.parse::<IpAddr>() {
        return Ok(vec![SocketAddr::new(address, port)]);
    }
    let asked = format!("{host}:{port}");
    let (tell, told) = mpsc::sync_channel(1);
    let lookup = move || {
        let _ = tell.send(asked.to_socket_addrs());
    };
    // The system's error for a thread without room looks like other errors of a request.
    let no_thread = || Error::Io(io::Error::other(format!("{LOOKUP_TEXT}: no thread can be started")));
    thread::Builder::new().name("liveness-lookup".to_owned()).spawn(lookup).map_err(|_| no_thread())?;
    let answer = match until {
        Some(until) => told.recv_timeout(until.saturating_duration_since(Instant::now())),
        None => told.recv().map_err(RecvTimeoutError::from),
    };
    match answer {
        Ok(addresses) => match addresses?.collect::<Vec<_>>() {
            none if none.is_empty() => Err(Error::HostNotFound),
            addresses => Ok(addresses),
        },
        Err(RecvTimeoutError::Timeout) => Err(Error::Timeout(reason)),
        Err(RecvTimeoutError::Disconnected) => Err(Error::HostNotFound),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_address_is_its_own_and_has_the_port_of_its_scheme() {
        // There is no time left to look anything up.
        let of = |uri| found(&Uri::from_static(uri), Some(Instant::now()), Timeout::Resolve).unwrap();
        assert_eq!(of("https://192.0.2.1/a"), ["192.0.2.1:443".parse().unwrap()]);
        assert_eq!(of("http://[2001:db8::1]/"), ["[2001:db8::1]:80".parse().unwrap()]);
        assert_eq!(of("http://[::1]:8080/"), ["[::1]:8080".parse().unwrap()]);
    }

    #[test]
    fn a_name_is_looked_up() {
        let uri = Uri::from_static("http://localhost:81/");
        let addresses = found(&uri, None, Timeout::Resolve).unwrap();
        assert!(addresses.iter().all(|address| address.ip().is_loopback() && address.port() == 81), "{addresses:?}");
    }
}
