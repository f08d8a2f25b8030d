//! People at the servers: each begins one check, is filmed, comes back, and repeats what got no answer.

use std::{
    sync::{
        Arc,
        atomic::{AtomicUsize, Ordering},
    },
    thread,
    time::{Duration, SystemTime, UNIX_EPOCH},
};

use http::{Method, header};
use liveness::{Body, Request, Transport, UreqTransport};
use liveness_fleet::proof::ReferenceKey;
use serde_json::Value;

use crate::fleet::REFERENCE_KEY;

/// How many come at a time.
const AT_A_TIME: usize = 16;
/// How long one waits before sending again.
const PAUSE: Duration = Duration::from_millis(300);
/// How often one sends the same.
const PATIENCE: usize = 400;
/// How long the signature of a reference holds, in seconds: longer than the drill.
const SIGNED_FOR: u64 = 3600;

/// The people who are on their way.
pub(crate) struct People {
    threads: Vec<thread::JoinHandle<()>>,
}

impl People {
    /// One for each reference.
    pub(crate) fn start(references: Vec<String>, site: String, vendor: String) -> Self {
        let (references, next) = (Arc::new(references), Arc::new(AtomicUsize::new(0)));
        let come = move || {
            let (references, next) = (Arc::clone(&references), Arc::clone(&next));
            let (site, vendor) = (site.clone(), vendor.clone());
            thread::spawn(move || {
                while let Some(reference) = references.get(next.fetch_add(1, Ordering::Relaxed)) {
                    if verified(reference, &site, &vendor).is_none() {
                        println!("{reference} went home without an answer");
                    }
                }
            })
        };
        Self { threads: std::iter::repeat_with(come).take(AT_A_TIME).collect() }
    }

    /// Whether all are done.
    pub(crate) fn are_home(&self) -> bool {
        self.threads.iter().all(thread::JoinHandle::is_finished)
    }
}

/// One person's way; `None` if the servers never told how it ended.
fn verified(reference: &str, site: &str, vendor: &str) -> Option<()> {
    let (cookie, _) = persist(|| request(Method::GET, &format!("{site}/"), "", ""))?;
    let form = signed(reference)?;
    let (_, begun) = persist(|| request(Method::POST, &format!("{site}/checks"), &cookie, &form))?;
    let (Some(page), Some(state)) = (begun["page"].as_str(), begun["state"].as_str()) else { return Some(()) };
    let token = page.split_once("token=")?.1.split('&').next()?;
    let finish = format!("{vendor}/sandbox/finish");
    persist(|| request(Method::POST, &finish, "", &format!("token={token}")))?;
    for _ in 0..PATIENCE {
        let (_, ended) = persist(|| request(Method::GET, &format!("{site}/back?state={state}"), &cookie, ""))?;
        if ended["page"].is_null() {
            return Some(());
        }
        thread::sleep(PAUSE);
    }
    None
}

/// The form of a person whom the application has let in.
fn signed(reference: &str) -> Option<String> {
    let expires = SystemTime::now().duration_since(UNIX_EPOCH).ok()?.as_secs() + SIGNED_FOR;
    let proof = ReferenceKey::from_base64(REFERENCE_KEY)?.proof(reference, expires);
    Some(format!("reference={reference}&expires={expires}&proof={proof}"))
}

/// Sends the same until a server answers: a new cookie, and what was said.
fn persist(request: impl Fn() -> Option<Request>) -> Option<(String, Value)> {
    for _ in 0..PATIENCE {
        if let Ok(response) = UreqTransport::new().send(request()?)
            && !response.status().is_server_error()
        {
            let cookie = response.headers().get(header::SET_COOKIE).and_then(|cookie| cookie.to_str().ok());
            let cookie = cookie.and_then(|cookie| cookie.split(';').next()).unwrap_or_default();
            return Some((cookie.to_owned(), serde_json::from_slice(response.body().as_bytes()).ok()?));
        }
        thread::sleep(PAUSE);
    }
    None
}

fn request(method: Method, url: &str, cookie: &str, form: &str) -> Option<Request> {
    let request = http::Request::builder()
        .method(method)
        .uri(url)
        .header(header::COOKIE, cookie)
        .header(header::CONTENT_TYPE, "application/x-www-form-urlencoded");
    request.body(Body::from(form.to_owned())).ok()
}
