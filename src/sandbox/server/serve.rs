//! How does the sandbox answer over HTTP?

use std::{fmt, io, net::ToSocketAddrs};

use http::{HeaderValue, Method, header};
use serde::Serialize;

use super::Server;
use crate::{
    model::{Request, Response},
    sandbox::{
        control,
        emulator::Sandbox,
        reply::{Delivery, OWN_PATH},
        tencent_market,
    },
};

/// The paths outside the sandbox's own that a line may show; any other, and what follows a slash, may be a person's.
const SHOWN: [&str; 6] = [
    "/",
    "/favicon.ico",
    "/lifecheck/h5/v2/html",
    "/lifecheck/h5/v2/init",
    "/lifecheck/h5/v2/result",
    tencent_market::PATH,
];

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

    /// As [`serve`](Self::serve), and reports each request after its response.
    ///
    /// # Errors
    ///
    /// As [`serve`](Self::serve).
    pub fn serve_and_tell(
        &self,
        addr: impl ToSocketAddrs,
        tell: impl Fn(&ServedRequest) + Send + Sync + 'static,
    ) -> io::Result<Server> {
        let sandbox = self.clone();
        let server = Server::bind(addr, move |request: Request| {
            let asked = ServedRequest::of(&request);
            match sandbox.exchange(&request) {
                Delivery::Whole(response, code) => {
                    tell(&asked.answered(&response, code));
                    Ok(response)
                }
                Delivery::Cut(response) => {
                    tell(&ServedRequest { status: Some(response.status().as_u16()), ..asked });
                    Ok(cut(response))
                }
                Delivery::Lost(error) => {
                    tell(&asked);
                    Err(error)
                }
            }
        })?;
        self.lock().gates.push(server.gate());
        Ok(server)
    }
}

/// A request that the sandbox served, for a log. Nothing in it came from the client, so it contains no name, number, photo or
/// token. `Display` gives one line, such as `POST /lifecheck/h5/v2/init: HTTP 200, 200`.
#[derive(Clone, Debug, PartialEq, Eq, Hash, Serialize)]
pub struct ServedRequest {
    method: &'static str,
    path: String,
    status: Option<u16>,
    code: Option<&'static str>,
    answered: bool,
}

impl ServedRequest {
    fn of(request: &Request) -> Self {
        let method = match *request.method() {
            Method::GET => "GET",
            Method::POST => "POST",
            Method::DELETE => "DELETE",
            _ => "another method",
        };
        let path = request.uri().path();
        let path = match SHOWN.contains(&path) || control::has(path) {
            true => path,
            false if path.starts_with(&format!("{OWN_PATH}portrait/")) => "/sandbox/portrait/…",
            false => "another path",
        };
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

    /// The path, or `another path` if the sandbox has none of that name.
    pub fn path(&self) -> &str {
        &self.path
    }

    /// The answer's HTTP status; `None` if a fault kept the answer back.
    pub fn status(&self) -> Option<u16> {
        self.status
    }

    /// The vendor's code, the gateway's message, or what the sandbox's own control API answered, where the answer has one.
    pub fn code(&self) -> Option<&str> {
        self.code
    }

    /// Whether the whole response was sent. A [`Fault`](crate::sandbox::Fault) can lose it or cut it short.
    pub fn is_answered(&self) -> bool {
        self.answered
    }
}

impl fmt::Display for ServedRequest {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} {}: ", self.method, self.path)?;
        match (self.status, self.code) {
            (Some(status), _) if !self.answered => write!(f, "HTTP {status}, cut short by a fault"),
            (Some(status), Some(code)) => write!(f, "HTTP {status}, {code}"),
            (Some(status), None) => write!(f, "HTTP {status}"),
            (None, _) => f.write_str("no answer, by a fault"),
        }
    }
}

/// Half of an answer that is announced in full, so that the client sees that the rest is missing.
fn cut(mut response: Response) -> Response {
    let whole = response.body().as_bytes();
    let (bytes, half) = (whole.len(), whole[..whole.len() / 2].to_vec());
    *response.body_mut() = half.into();
    response.headers_mut().insert(header::CONTENT_LENGTH, HeaderValue::from(bytes));
    response
}
