//! The state of a Jumdata check between its calls.

use std::{borrow::Cow, collections::HashMap};

use http::header;
use time::{Duration, OffsetDateTime};

use crate::{
    model::Request,
    sandbox::{
        reply::{Moment, OWN_PATH},
        scenario::Answer,
    },
};

/// How long a token is valid.
const TOKEN_LIFE: Duration = Duration::minutes(10);
/// How long an expired session is remembered, so that its token is reported as expired and not as unknown.
const MEMORY: Duration = Duration::hours(1);
/// How many frames are kept at once; a frame has up to 4 MB.
const MAX_FRAMES: usize = 256;
/// The portrait of a pass without a captured picture: a drawing, 48 × 64 px.
const PORTRAIT: &[u8] = include_bytes!("portrait.jpg");

/// The checks that were opened and not yet forgotten.
#[derive(Default)]
pub(in crate::sandbox) struct Sessions {
    by_token: HashMap<String, Session>,
    /// The number of look-ups: orders the sessions by last use, wherever the clock is moved.
    uses: u64,
}

impl Sessions {
    /// Opens a check and returns its token; forgets checks that ended long ago.
    pub(in crate::sandbox) fn open(
        &mut self,
        request: &Request,
        asked: Asked,
        bound: Option<Answer>,
        moment: &Moment,
    ) -> String {
        self.by_token.retain(|_, session| !session.is_expired(moment.now.saturating_sub(MEMORY)));
        let [a, b, c, d] = moment.random;
        // The call's number makes it unique even if the random numbers repeat.
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
            portrait: Some(Cow::Borrowed(PORTRAIT)),
            used: self.uses,
        };
        self.by_token.insert(token.clone(), session);
        token
    }

    /// A check by its token. An open check may get a frame now, so room is made for it.
    pub(in crate::sandbox) fn get(&mut self, token: impl AsRef<str>) -> Option<&mut Session> {
        let token = token.as_ref();
        if self.by_token.get(token)?.stage == Stage::Open {
            self.make_room();
        }
        self.uses += 1;
        let session = self.by_token.get_mut(token)?;
        session.used = self.uses;
        Some(session)
    }

    /// Drops the frame of the check with the oldest use, if the maximum is kept.
    fn make_room(&mut self) {
        let mut kept: Vec<_> = self.by_token.values_mut().filter(|session| session.has_frame()).collect();
        if kept.len() >= MAX_FRAMES
            && let Some(session) = kept.iter_mut().min_by_key(|session| session.used)
        {
            session.portrait = None;
        }
    }

    /// A portrait by the name in its address.
    pub(in crate::sandbox) fn portrait(&self, id: &str) -> Option<Vec<u8>> {
        let session = self.by_token.values().find(|session| session.portrait_id == id)?;
        session.portrait.as_deref().map(<[u8]>::to_vec)
    }

    pub(in crate::sandbox) fn len(&self) -> usize {
        self.by_token.len()
    }
}

/// One check.
pub(in crate::sandbox) struct Session {
    pub(in crate::sandbox) token: String,
    opened: OffsetDateTime,
    /// The scheme and authority by which the client reached us.
    origin: String,
    pub(in crate::sandbox) asked: Asked,
    pub(in crate::sandbox) stage: Stage,
    /// The result that was set for it.
    pub(in crate::sandbox) bound: Option<Answer>,
    /// Whether a billed result was returned.
    pub(in crate::sandbox) told: bool,
    portrait_id: String,
    /// The frame, or the drawing; none if it was dropped to make room.
    portrait: Option<Cow<'static, [u8]>>,
    /// Its last use, counted in look-ups.
    used: u64,
}

impl Session {
    /// Ends the person's part, once, while the token is valid, with a portrait of their own or without.
    pub(in crate::sandbox) fn end(&mut self, stage: Stage, portrait: Option<Vec<u8>>, now: OffsetDateTime) -> bool {
        if self.stage != Stage::Open || self.is_expired(now) {
            return false;
        }
        self.stage = stage;
        if let Some(frame) = portrait {
            self.portrait = Some(Cow::Owned(frame));
        }
        true
    }

    /// The token expires after the tenth minute, not with it.
    pub(in crate::sandbox) fn is_expired(&self, now: OffsetDateTime) -> bool {
        now > self.opened.saturating_add(TOKEN_LIFE)
    }

    /// How long the token remains valid.
    pub(in crate::sandbox) fn left(&self, now: OffsetDateTime) -> Duration {
        self.opened.saturating_add(TOKEN_LIFE) - now
    }

    fn has_frame(&self) -> bool {
        matches!(self.portrait, Some(Cow::Owned(_)))
    }

    /// The origin by which a browser reaches us, or an empty text for the page's own origin if the client names none.
    pub(in crate::sandbox) fn web_origin(&self) -> &str {
        let is_origin = |origin: &str| {
            let uri = origin.parse::<http::Uri>().ok();
            uri.is_some_and(|uri| uri.host().is_some() && uri.path().len() < 2 && uri.query().is_none())
                && !origin.contains(['"', '\'', '<', '>', ';', ',', ' ', '@'])
        };
        if is_origin(&self.origin) { &self.origin } else { "" }
    }

    /// Where the portrait is served.
    pub(in crate::sandbox) fn portrait_url(&self) -> String {
        format!("{}{OWN_PATH}portrait/{}", self.origin, self.portrait_id)
    }
}

/// The person's progress.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(in crate::sandbox) enum Stage {
    Open,
    Filmed,
    /// The camera was refused or is missing.
    NotFilmed,
}

/// The inputs of init, as the page needs them.
pub(in crate::sandbox) struct Asked {
    pub(in crate::sandbox) return_url: String,
    pub(in crate::sandbox) actions: Vec<&'static str>,
    pub(in crate::sandbox) colors: Vec<&'static str>,
}

/// The scheme and authority by which the client reached us.
pub(super) fn origin(request: &Request) -> String {
    format!("{}://{}", request.uri().scheme_str().unwrap_or("http"), authority(request))
}

/// The authority by which the client reached us; an origin-form request names it in a header.
pub(in crate::sandbox) fn authority(request: &Request) -> &str {
    match request.uri().authority() {
        Some(authority) => authority.as_str(),
        None => request.headers().get(header::HOST).and_then(|host| host.to_str().ok()).unwrap_or("localhost"),
    }
}
