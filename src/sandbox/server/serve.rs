//! Serves the sandbox over HTTP.

use std::{fmt, io, net::ToSocketAddrs, sync::Arc};

use http::{Method, Uri, request};
use serde::Serialize;

use super::{Server, ServerLimits, held::Held, spoiled::Spoiled};
use crate::{
    model::{Request, Response},
    sandbox::{emulator::Sandbox, exchange::Exchange, faults::Fault, reply::Delivery, shown},
    transport::TransportError,
};

impl Sandbox {
    /// Serves the sandbox over HTTP to clients in any language, until the [`Server`] is dropped. Commands to this sandbox
    /// ([`arm`](Self::arm), [`move_clock`](Self::move_clock), …) apply to those clients too, and they can send the same
    /// commands under `/sandbox/`.
    ///
    /// Use a loopback address unless other machines must reach it. There is no TLS, its keys are public, and it keeps the
    /// portraits of the people who try the hosted page.
    ///
    /// ```
    /// use liveness::Sandbox;
    ///
    /// let server = Sandbox::new().serve("127.0.0.1:0")?;
    /// println!("point your client at {}", server.url());
    /// # Ok::<(), std::io::Error>(())
    /// ```
    ///
    /// # Errors
    ///
    /// The error of the system if it cannot listen on the address.
    pub fn serve(&self, addr: impl ToSocketAddrs) -> io::Result<Server> {
        self.serve_and_tell(addr, |_| {})
    }

    /// As [`serve`](Self::serve), and reports each request right before its response is sent, and before a delay. A
    /// report that blocks delays the response.
    ///
    /// # Errors
    ///
    /// As [`serve`](Self::serve).
    pub fn serve_and_tell(
        &self,
        addr: impl ToSocketAddrs,
        tell: impl Fn(&ServedRequest) + Send + Sync + 'static,
    ) -> io::Result<Server> {
        let (sandbox, tell) = (self.clone(), Arc::new(tell));
        let early = {
            let (sandbox, tell) = (self.clone(), Arc::clone(&tell));
            move |head: &request::Parts| {
                let delivery = sandbox.before_the_body(&head.method, head.uri.path())?;
                Some(sent(delivery, ServedRequest::of(&head.method, &head.uri), &*tell))
            }
        };
        let answer = move |request: Request| {
            let asked = ServedRequest::of(request.method(), request.uri());
            let Exchange { delivery, delay } = sandbox.exchange(&request);
            let sent = sent(delivery, asked, &*tell);
            if delay.is_zero() { sent } else { Ok(Held::back(sent, delay, &sandbox.clock)) }
        };
        let server = Server::start(addr, answer, early, ServerLimits::new())?;
        self.lock().gates.push(server.gate());
        Ok(server)
    }
}

/// A request that the sandbox served, for a log. Nothing in it came from the client, so it contains no name, number, photo or
/// token. `Display` gives one line, such as `POST /lifecheck/h5/v2/init: HTTP 200, 200`.
///
/// ```
/// use std::{io::{Read, Write}, net::TcpStream, sync::{Arc, Mutex}};
/// use liveness::Sandbox;
///
/// let lines = Arc::new(Mutex::new(Vec::new()));
/// let log = Arc::clone(&lines);
/// let server = Sandbox::new().serve_and_tell("127.0.0.1:0", move |served| log.lock().unwrap().push(served.to_string()))?;
///
/// let mut client = TcpStream::connect(server.addr())?;
/// client.write_all(b"GET /nowhere HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n")?;
/// client.read_to_string(&mut String::new())?;
/// assert_eq!(*lines.lock().unwrap(), ["GET another path: HTTP 404, There is no api match"]);
/// # Ok::<(), std::io::Error>(())
/// ```
#[derive(Clone, Debug, PartialEq, Eq, Hash, Serialize)]
pub struct ServedRequest {
    method: &'static str,
    path: String,
    status: Option<u16>,
    code: Option<&'static str>,
    answered: bool,
}

impl ServedRequest {
    fn of(method: &Method, uri: &Uri) -> Self {
        let (method, path) = (shown::method(method), shown::path(uri.path()));
        Self { method, path: path.to_owned(), status: None, code: None, answered: false }
    }

    fn answered(self, response: &Response, code: &'static str) -> Self {
        let code = Some(code).filter(|code| !code.is_empty());
        Self { status: Some(response.status().as_u16()), code, answered: true, ..self }
    }

    /// The method, or `another method` if it is none of `GET`, `POST` and `DELETE`.
    pub fn method(&self) -> &str {
        self.method
    }

    /// The path, with `…` for the rest after a known prefix, or `another path`.
    pub fn path(&self) -> &str {
        &self.path
    }

    /// The answer's HTTP status; `None` if a fault kept the answer back.
    pub fn status(&self) -> Option<u16> {
        self.status
    }

    /// The vendor's code, the gateway's message, or the answer of the sandbox's own control API, if the response has
    /// one.
    pub fn code(&self) -> Option<&str> {
        self.code
    }

    /// Whether the whole response was to be sent. The client may be gone by then. A [`Fault`](crate::sandbox::Fault)
    /// can lose it or cut it short.
    pub fn is_answered(&self) -> bool {
        self.answered
    }
}

impl fmt::Display for ServedRequest {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} {}: ", self.method, self.path)?;
        match (self.status, self.code) {
            (Some(status), _) if !self.answered => write!(f, "HTTP {status}, cut off by a fault"),
            (Some(status), Some(code)) => write!(f, "HTTP {status}, {code}"),
            (Some(status), None) => write!(f, "HTTP {status}"),
            (None, _) => f.write_str("no response, because of a fault"),
        }
    }
}

/// The response to the client, after it was reported to the log.
fn sent(delivery: Delivery, asked: ServedRequest, tell: &impl Fn(&ServedRequest)) -> Result<Response, TransportError> {
    match delivery {
        Delivery::Whole(response, code) => {
            tell(&asked.answered(&response, code));
            Ok(response)
        }
        Delivery::Spoiled(mut response, code, fault) => {
            let status = (fault != Fault::StallBeforeAnswer).then(|| response.status().as_u16());
            match fault.is_answered() {
                true => tell(&asked.answered(&response, code)),
                false => tell(&ServedRequest { status, ..asked }),
            }
            response.extensions_mut().insert(Spoiled(fault));
            Ok(response)
        }
        Delivery::Lost(error) => {
            tell(&asked);
            Err(error)
        }
    }
}
