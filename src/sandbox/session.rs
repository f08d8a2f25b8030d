//! What does Jumdata remember of a check between its calls?

use std::collections::{HashMap, VecDeque};

use http::header;
use time::{Duration, OffsetDateTime};

use super::{OWN_PATH, reply::Moment, scenario::Answer};
use crate::Request;

/// How long a token lives.
const TOKEN_LIFE: Duration = Duration::minutes(10);
/// How long an expired session is remembered, so that its token is called expired and not unknown.
const MEMORY: Duration = Duration::hours(1);
/// The portrait of a pass that nobody was filmed for: a drawing, 48 × 64 px.
const PORTRAIT: &[u8] = include_bytes!("portrait.jpg");

/// The checks that were opened and not yet forgotten.
#[derive(Default)]
pub(super) struct Sessions {
    by_token: HashMap<String, Session>,
    /// The tokens, the oldest first.
    opened: VecDeque<String>,
}

impl Sessions {
    /// Opens a check and gives its token; forgets the ones that are long over.
    pub(super) fn open(&mut self, request: &Request, asked: Asked, bound: Option<Answer>, moment: &Moment) -> String {
        let forgotten = |session: &Session| session.is_expired(moment.now.saturating_sub(MEMORY));
        while self.opened.front().is_some_and(|oldest| self.by_token.get(oldest).is_none_or(forgotten)) {
            if let Some(oldest) = self.opened.pop_front() {
                self.by_token.remove(&oldest);
            }
        }
        let [a, b, c, d] = moment.random;
        // The call's number keeps them apart even where chance fails.
        let token = format!("{a:016x}{b:016x}{:x}", moment.number);
        let session = Session {
            token: token.clone(),
            opened: moment.now,
            origin: origin(request),
            asked,
            stage: Stage::Open,
            bound,
            told: false,
            portrait_id: format!("{c:016x}{d:016x}{:x}.jpg", moment.number),
            portrait: None,
        };
        self.by_token.insert(token.clone(), session);
        self.opened.push_back(token.clone());
        token
    }

    pub(super) fn get(&mut self, token: &str) -> Option<&mut Session> {
        self.by_token.get_mut(token)
    }

    /// A portrait by the name in its address.
    pub(super) fn portrait(&self, id: &str) -> Option<Vec<u8>> {
        let session = self.by_token.values().find(|session| session.portrait_id == id)?;
        Some(session.portrait.clone().unwrap_or_else(|| PORTRAIT.to_vec()))
    }

    pub(super) fn len(&self) -> usize {
        self.by_token.len()
    }
}

/// One check.
pub(super) struct Session {
    pub(super) token: String,
    opened: OffsetDateTime,
    /// Scheme and authority by which the client reached us.
    origin: String,
    pub(super) asked: Asked,
    pub(super) stage: Stage,
    /// What its result was set to be.
    pub(super) bound: Option<Answer>,
    /// Whether a result that is billed was told.
    pub(super) told: bool,
    portrait_id: String,
    portrait: Option<Vec<u8>>,
}

impl Session {
    /// Ends the person's part, once, while the token lives; with a portrait of their own or without.
    pub(super) fn end(&mut self, stage: Stage, portrait: Option<Vec<u8>>, now: OffsetDateTime) -> bool {
        if self.stage != Stage::Open || self.is_expired(now) {
            return false;
        }
        (self.stage, self.portrait) = (stage, portrait);
        true
    }

    /// Life ends after the tenth minute, not with it.
    pub(super) fn is_expired(&self, now: OffsetDateTime) -> bool {
        now > self.opened.saturating_add(TOKEN_LIFE)
    }

    /// How long the token still lives.
    pub(super) fn left(&self, now: OffsetDateTime) -> Duration {
        self.opened.saturating_add(TOKEN_LIFE) - now
    }

    /// Where the portrait is served.
    pub(super) fn portrait_url(&self) -> String {
        format!("{}{OWN_PATH}portrait/{}", self.origin, self.portrait_id)
    }
}

/// How far the person is.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(super) enum Stage {
    Open,
    Filmed,
    /// The camera was refused or is missing.
    NotFilmed,
}

/// What init asked for, as the page needs it.
pub(super) struct Asked {
    pub(super) return_url: String,
    pub(super) actions: Vec<&'static str>,
    pub(super) colors: Vec<&'static str>,
}

/// The scheme and authority by which the client reached us; an origin-form request names its host in a header.
fn origin(request: &Request) -> String {
    if let (Some(scheme), Some(authority)) = (request.uri().scheme_str(), request.uri().authority()) {
        return format!("{scheme}://{authority}");
    }
    let host = request.headers().get(header::HOST).and_then(|host| host.to_str().ok()).unwrap_or("localhost");
    format!("http://{host}")
}
