//! The address at which browsers reach this server, and a test of whether a request is meant for it.

use http::{
    Uri,
    uri::{Authority, Scheme},
};

/// Names of the machine itself. A cookie of one of them is not there under another.
const LOOPBACK: [&str; 3] = ["localhost", "127.0.0.1", "[::1]"];

/// An origin, written as browsers write it: what they send as `Origin` must be equal to it, letter by letter.
pub(crate) struct PublicUrl {
    origin: String,
    authority: Authority,
}

/// Whom a request asks for.
pub(crate) enum Asked {
    /// This site by its public name.
    Us,
    /// This site by another name of this machine.
    UsByAlias,
    /// Another site: a wrong setting of a proxy, or somebody who made their own name lead here.
    Another,
}

impl PublicUrl {
    pub(crate) fn parse(text: &str) -> Result<Self, String> {
        let wrong = || {
            format!(
                "{text}: write it as browsers do, such as https://shop.example or http://127.0.0.1:8080, in lower case, \
                 without a path, a user or the scheme's own port"
            )
        };
        let parts = text.parse::<Uri>().map_err(|_| wrong())?.into_parts();
        let (Some(scheme), Some(authority)) = (parts.scheme, parts.authority) else { return Err(wrong()) };
        let default_port = match &scheme {
            https if *https == Scheme::HTTPS => 443,
            http if *http == Scheme::HTTP => 80,
            _ => return Err(wrong()),
        };
        let port = authority.port_u16().filter(|port| *port != default_port);
        let port = port.map(|port| format!(":{port}")).unwrap_or_default();
        let origin = format!("{scheme}://{}{port}", authority.host().to_ascii_lowercase());
        if origin == text { Ok(Self { origin, authority }) } else { Err(wrong()) }
    }

    pub(crate) fn as_str(&self) -> &str {
        &self.origin
    }

    pub(crate) fn is_https(&self) -> bool {
        self.origin.starts_with("https:")
    }

    /// Whom a request with this `Host` asks for.
    pub(crate) fn asked(&self, host: &Authority) -> Asked {
        let is_loopback = |name: &Authority| LOOPBACK.iter().any(|ours| name.host().eq_ignore_ascii_case(ours));
        if *host == self.authority {
            Asked::Us
        } else if is_loopback(host) && is_loopback(&self.authority) && host.port_u16() == self.authority.port_u16() {
            Asked::UsByAlias
        } else {
            Asked::Another
        }
    }
}
