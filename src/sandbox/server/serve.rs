//! How does the sandbox answer over HTTP?

use std::{io, net::ToSocketAddrs};

use http::{HeaderValue, Method, header};

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
    /// Serves the same answers to clients in any language, until the [`Server`] is dropped. What this sandbox is told
    /// ([`arm`](Self::arm), [`move_clock`](Self::move_clock), …) counts for them too, and they can tell it the same under `/sandbox/`.
    ///
    /// Name a loopback address unless other machines are to reach it: there is no TLS, its keys are no secret, and it keeps
    /// the portraits of those who try the hosted page.
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
    /// The system's own, if the address cannot be had.
    pub fn serve(&self, addr: impl ToSocketAddrs) -> io::Result<Server> {
        self.serve_and_tell(addr, |_| {})
    }

    /// As [`serve`](Self::serve), and tells of each request in one line, such as `POST /lifecheck/h5/v2/init: HTTP 200, 200`, once
    /// it is answered. The line holds no name, number, photo or token.
    ///
    /// # Errors
    ///
    /// As [`serve`](Self::serve).
    pub fn serve_and_tell(
        &self,
        addr: impl ToSocketAddrs,
        tell: impl Fn(&str) + Send + Sync + 'static,
    ) -> io::Result<Server> {
        let sandbox = self.clone();
        Server::bind(addr, move |request: Request| {
            let asked = asked(&request);
            match sandbox.exchange(&request) {
                Delivery::Whole(response, code) => {
                    let comma = if code.is_empty() { "" } else { ", " };
                    tell(&format!("{asked}: HTTP {}{comma}{code}", response.status().as_u16()));
                    Ok(response)
                }
                Delivery::Cut(response) => {
                    tell(&format!("{asked}: HTTP {}, cut short by a fault", response.status().as_u16()));
                    Ok(cut(response))
                }
                Delivery::Lost(error) => {
                    tell(&format!("{asked}: no answer, by a fault"));
                    Err(error)
                }
            }
        })
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

fn asked(request: &Request) -> String {
    let method = match *request.method() {
        Method::GET | Method::POST | Method::DELETE => request.method().as_str(),
        _ => "another method",
    };
    let path = request.uri().path();
    let path = match SHOWN.contains(&path) || control::has(path) {
        true => path,
        false if path.starts_with(&format!("{OWN_PATH}portrait/")) => "/sandbox/portrait/…",
        false => "another path",
    };
    format!("{method} {path}")
}
