//! A client of the Chrome DevTools protocol over the browser's web socket: a call, then its answer.
//!
//! Ours and small, because the crates that know the whole protocol generate it: two minutes to compile and 750 MB of files,
//! where these tests need a dozen calls.

use std::{
    fmt,
    io::{BufRead, BufReader},
    net::TcpStream,
    process::Child,
    sync::mpsc,
    thread,
    time::Duration,
};

use serde_json::{Value, json};
use tungstenite::{Message, WebSocket};

/// How long a browser may take to start, or to answer a call; long enough for a loaded machine.
pub(crate) const PATIENCE: Duration = Duration::from_secs(60);

/// One tab of a browser.
pub(crate) struct Tab {
    socket: WebSocket<TcpStream>,
    session: Option<String>,
    last: u64,
}

/// Why a call came to nothing.
#[derive(Debug)]
pub(crate) enum Refused {
    /// The page that it was for was left meanwhile; the next one may be asked the same.
    PageLeft,
    Other(String),
}

impl fmt::Display for Refused {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::PageLeft => f.write_str("the page was left meanwhile"),
            Self::Other(why) => f.write_str(why),
        }
    }
}

impl Tab {
    /// The first tab of a browser that was started with `--remote-debugging-port=0` and whose standard error is ours.
    pub(crate) fn of(browser: &mut Child) -> Self {
        let url = address(browser);
        let host = url.strip_prefix("ws://").and_then(|rest| rest.split('/').next()).expect("a web socket's address");
        let stream = TcpStream::connect(host).expect("the browser listens");
        stream.set_nodelay(true).and_then(|()| stream.set_read_timeout(Some(PATIENCE))).expect("a socket's options");
        let (socket, _) = tungstenite::client(&url, stream).expect("the browser speaks");
        let mut tab = Self { socket, session: None, last: 0 };
        let page = tab.first_page();
        let attached = tab.call("Target.attachToTarget", json!({ "targetId": page, "flatten": true })).expect("a tab");
        tab.session = attached["sessionId"].as_str().map(str::to_owned);
        tab
    }

    fn first_page(&mut self) -> Value {
        loop {
            let targets = self.call("Target.getTargets", json!({})).expect("its tabs");
            let targets = targets["targetInfos"].as_array().expect("a list").clone();
            if let Some(page) = targets.iter().find(|target| target["type"] == "page") {
                return page["targetId"].clone();
            }
            thread::sleep(Duration::from_millis(10));
        }
    }

    /// Calls a method and waits for its answer; what else the browser tells meanwhile is passed over.
    pub(crate) fn call(&mut self, method: &str, parameters: Value) -> Result<Value, Refused> {
        self.last += 1;
        let mut call = json!({ "id": self.last, "method": method, "params": parameters });
        if let Some(session) = &self.session {
            call["sessionId"] = session.as_str().into();
        }
        let other = |error: tungstenite::Error| Refused::Other(format!("{method}: {error}"));
        self.socket.send(Message::text(call.to_string())).map_err(other)?;
        loop {
            let message = self.socket.read().map_err(other)?;
            let Message::Text(text) = message else { continue };
            let answer: Value = serde_json::from_str(&text).expect("JSON");
            if answer["id"] != self.last {
                continue;
            }
            return match answer["error"]["message"].as_str() {
                None => Ok(answer["result"].clone()),
                Some(why) if is_page_left(why) => Err(Refused::PageLeft),
                Some(why) => Err(Refused::Other(format!("{method}: {why}"))),
            };
        }
    }
}

/// What the browser says when a script's page goes away under it.
fn is_page_left(why: &str) -> bool {
    ["context was destroyed", "Cannot find context", "Cannot find default execution context", "navigated or closed"]
        .iter()
        .any(|sign| why.contains(sign))
}

/// Where a browser listens, which it tells on standard error; the rest of what it tells is thrown away.
fn address(browser: &mut Child) -> String {
    let lines = BufReader::new(browser.stderr.take().expect("its standard error")).lines();
    let (found, wait) = mpsc::channel();
    thread::spawn(move || {
        for line in lines.map_while(Result::ok) {
            if let Some(url) = line.strip_prefix("DevTools listening on ") {
                let _ = found.send(url.to_owned());
            }
        }
    });
    wait.recv_timeout(PATIENCE).expect("Chromium tells where it listens")
}
