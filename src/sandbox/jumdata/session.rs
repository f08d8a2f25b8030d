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

/// How long a token lives.
const TOKEN_LIFE: Duration = Duration::minutes(10);
/// How long an expired session is remembered, so that its token is called expired and not unknown.
const MEMORY: Duration = Duration::hours(1);
/// How many frames are kept at once; a frame has up to 4 MB.
const MAX_FRAMES: usize = 256;
/// The portrait of a pass that nobody was filmed for: a drawing, 48 × 64 px.
const PORTRAIT: &[u8] = include_bytes!("portrait.jpg");

/// The checks that were opened and not yet forgotten.
#[derive(Default)]
pub(in crate::sandbox) struct Sessions {
    by_token: HashMap<String, Session>,
    /// How often one was asked for: says which was last, wherever the clock is moved.
    uses: u64,
}

impl Sessions {
    /// Opens a check and gives its token; forgets the ones that are long over.
    pub(in crate::sandbox) fn open(
        &mut self,
        request: &Request,
        asked: Asked,
        bound: Option<Answer>,
        moment: &Moment,
    ) -> String {
        self.by_token.retain(|_, session| !session.is_expired(moment.now.saturating_sub(MEMORY)));
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
            portrait: Some(Cow::Borrowed(PORTRAIT)),
            used: self.uses,
        };
        self.by_token.insert(token.clone(), session);
        token
    }

    /// A check by its token. One that is open may get a frame now, so there is room for it.
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

    /// Drops the frame of the check that was not asked for the longest, where as many are kept as may be.
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
    /// Scheme and authority by which the client reached us.
    origin: String,
    pub(in crate::sandbox) asked: Asked,
    pub(in crate::sandbox) stage: Stage,
    /// What its result was set to be.
    pub(in crate::sandbox) bound: Option<Answer>,
    /// Whether a result that is billed was told.
    pub(in crate::sandbox) told: bool,
    portrait_id: String,
    /// The frame, or the drawing; none where room was made.
    portrait: Option<Cow<'static, [u8]>>,
    /// When it was last asked for, counted in uses.
    used: u64,
}

impl Session {
    /// Ends the person's part, once, while the token lives; with a portrait of their own or without.
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

    /// Life ends after the tenth minute, not with it.
    pub(in crate::sandbox) fn is_expired(&self, now: OffsetDateTime) -> bool {
        now > self.opened.saturating_add(TOKEN_LIFE)
    }

    /// How long the token still lives.
    pub(in crate::sandbox) fn left(&self, now: OffsetDateTime) -> Duration {
        self.opened.saturating_add(TOKEN_LIFE) - now
    }

    fn has_frame(&self) -> bool {
        matches!(self.portrait, Some(Cow::Owned(_)))
    }

    /// The origin by which a browser reaches us, or an empty text for the page's own where the client's is none.
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

/// How far the person is.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(in crate::sandbox) enum Stage {
    Open,
    Filmed,
    /// The camera was refused or is missing.
    NotFilmed,
}

/// What init asked for, as the page needs it.
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
