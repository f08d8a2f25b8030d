//! What a person's browser sends to the integrator's server, by hand: for what no browser does, or not when it should.

use std::{
    io::{Read, Write},
    net::TcpStream,
};

use form_urlencoded::Serializer;

use crate::stage::Stage;

#[derive(Clone)]
pub(crate) struct Person {
    /// Where the server is, such as `127.0.0.1:8080`.
    host: String,
    pub(crate) cookie: String,
    /// The number in the last form that was seen.
    pub(crate) form: String,
    /// The query of the return URL, as the last page had it.
    pub(crate) back: String,
}

pub(crate) struct Answer {
    pub(crate) status: u16,
    /// Where it sends the browser, or nothing.
    pub(crate) location: String,
    pub(crate) head: String,
    pub(crate) text: String,
}

impl Person {
    /// A browser that was not there before.
    pub(crate) fn new(stage: &Stage) -> Self {
        let host = stage.url.strip_prefix("http://").expect("an address").to_owned();
        Self { host, cookie: String::new(), form: String::new(), back: String::new() }
    }

    pub(crate) fn get(&mut self, path: &str) -> Answer {
        let host = self.host.clone();
        self.get_from(&host, path)
    }

    /// From the vendor's page to the return URL.
    pub(crate) fn back(&mut self) -> Answer {
        self.get("/");
        self.get(&format!("/back?{}", self.back))
    }

    /// The same of a server that may die meanwhile: nothing then.
    pub(crate) fn try_get(&mut self, path: &str) -> Option<Answer> {
        let host = self.host.clone();
        let answer = self.try_exchange(&format!("GET {path} HTTP/1.1\r\nHost: {host}\r\n"), "")?;
        Some(self.seen(answer))
    }

    /// Asks the server by another name.
    pub(crate) fn get_from(&mut self, host: &str, path: &str) -> Answer {
        let answer = self.exchange(&format!("GET {path} HTTP/1.1\r\nHost: {host}\r\n"), "");
        self.seen(answer)
    }

    fn seen(&mut self, answer: Answer) -> Answer {
        if let Some((_, cookie)) = answer.head.split_once("liveness_browser=") {
            self.cookie = cookie.split(';').next().unwrap_or_default().to_owned();
        }
        if let Some((_, back)) = answer.text.split_once("href=\"/back?") {
            self.back = back.split('"').next().unwrap_or_default().to_owned();
        }
        if let Some((_, form)) = answer.text.split_once("name=\"form\" value=\"") {
            self.form = form.split('"').next().unwrap_or_default().to_owned();
        }
        answer
    }

    /// Sends a form, with the number that the last one had.
    pub(crate) fn post(&self, path: &str, fields: &[(&str, &str)]) -> Answer {
        self.try_post(path, fields).expect("an answer")
    }

    /// The same of a server that may die meanwhile: nothing then.
    pub(crate) fn try_post(&self, path: &str, fields: &[(&str, &str)]) -> Option<Answer> {
        let mut body = Serializer::new(String::new());
        let body = body.append_pair("form", &self.form).extend_pairs(fields).finish();
        let head = format!(
            "POST {path} HTTP/1.1\r\nHost: {0}\r\nOrigin: http://{0}\r\nContent-Length: {1}\r\n",
            self.host,
            body.len()
        );
        self.try_exchange(&head, &body)
    }

    fn exchange(&self, head: &str, body: &str) -> Answer {
        self.try_exchange(head, body).expect("an answer")
    }

    /// Nothing where the server died before it had answered.
    fn try_exchange(&self, head: &str, body: &str) -> Option<Answer> {
        let mut stream = TcpStream::connect(&self.host).ok()?;
        let cookie = &self.cookie;
        write!(stream, "{head}Cookie: liveness_browser={cookie}\r\nConnection: close\r\n\r\n{body}").ok()?;
        let mut answer = String::new();
        stream.read_to_string(&mut answer).ok()?;
        let (head, text) = answer.split_once("\r\n\r\n")?;
        let status = head.split(' ').nth(1).and_then(|status| status.parse().ok())?;
        let location = head.lines().find_map(|line| line.strip_prefix("location: ")).unwrap_or_default();
        Some(Answer { status, location: location.to_owned(), head: head.to_owned(), text: text.to_owned() })
    }
}
