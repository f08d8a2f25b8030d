//! The way of a request: which are refused, whose visit it is, and what every response carries.
//!
//! The flow itself is in `steps.rs`: start page → `begin` → the vendor's page → `returnUrl` → `resume` → verdict → form → compare.

use std::{io, sync::Arc};

use http::{Method, StatusCode, header};
use liveness::{
    Language, LivenessProvider, Request, Response,
    keeper::{Browser, Keeper},
};
use time::OffsetDateTime;

use crate::{
    address::{Asked, PublicUrl},
    entries::AllEntries,
    log,
    pages::{self, Page},
    preparers::Preparers,
    steps::Turn,
    turns::Turns,
    visit::Visit,
    visits::{Visits, first_form, random},
};

/// All that a request needs.
pub(crate) struct Site {
    /// Establishes liveness on a page of its own.
    pub(crate) keeper: Keeper,
    /// Compares the portrait with the record; without it the site establishes liveness alone.
    pub(crate) compare: Option<Arc<dyn LivenessProvider>>,
    pub(crate) preparers: Preparers,
    pub(crate) visits: Visits,
    pub(crate) turns: Turns,
    pub(crate) entries: AllEntries,
    pub(crate) public_url: PublicUrl,
    /// Whether the hosted page is reached without TLS, as a sandbox's is.
    pub(crate) has_plain_page: bool,
    pub(crate) is_sandbox: bool,
    /// How often a person may begin anew after an opening in doubt, each of which may have been billed.
    pub(crate) begin_anew: usize,
}

/// What a request becomes.
pub(crate) enum Answer {
    Page(StatusCode, Page),
    /// See the page at this address, by GET.
    See(String),
}

pub(crate) type Answered = Result<Answer, io::Error>;

/// Where forms and links of this site lead.
const PATHS: [&str; 9] = ["/", "/begin", "/back", "/result", "/identify", "/welcome", "/delete", "/forget", "/deleted"];

impl Site {
    /// Answers one request and says so in one line, without anything of the person.
    pub(crate) fn serve(&self, request: &Request) -> Response {
        let path = request.uri().path();
        if path == "/style.css" {
            return pages::style();
        }
        let response = self.answer(request, OffsetDateTime::now_utc());
        let path = if PATHS.contains(&path) { path } else { "another path" };
        let method = match *request.method() {
            Method::GET => "GET",
            Method::POST => "POST",
            _ => "another method",
        };
        log::tell(&format!("{method} {path} {}", response.status().as_u16()));
        response
    }

    /// Answers one request; what goes wrong here, such as a full disk, is a page too.
    pub(crate) fn answer(&self, request: &Request, now: OffsetDateTime) -> Response {
        let language = pages::language(request);
        let is_start = *request.method() == Method::GET && request.uri().path() == "/";
        let (browser, is_new) = match (self.browser(request), self.refusal(request, language)) {
            (_, Some(answer)) => return self.respond(language, answer, None),
            (Some(browser), None) => (browser, false),
            // Only a number to begin with; nothing is kept until something is begun.
            (None, None) if is_start => match Browser::new() {
                Ok(browser) => (browser, true),
                Err(_) => return self.respond(language, broken(language), None),
            },
            (None, None) => {
                let page = pages::unknown_browser(language);
                return self.respond(language, Answer::Page(StatusCode::BAD_REQUEST, page), None);
            }
        };
        let answer = self.turn(request, &browser, language, now).unwrap_or_else(|error| {
            log::warn(&format!("a visit could not be read or kept: {error}"));
            broken(language)
        });
        self.respond(language, answer, is_new.then_some(&browser))
    }

    fn turn(&self, request: &Request, browser: &Browser, language: Language, now: OffsetDateTime) -> Answered {
        // Two tabs of one person wait for each other, so that no step is taken and paid for twice.
        let answered = self.turns.in_turn(browser.reveal(), || {
            let mut visit = match self.visits.load(browser, now)? {
                Some(visit) => visit,
                None if ["/", "/begin"].contains(&request.uri().path()) => Visit::new(random()?, first_form(browser)),
                None => return Ok(Answer::Page(StatusCode::BAD_REQUEST, pages::unknown_browser(language))),
            };
            visit.let_go_of_cap(now);
            Turn { site: self, request, browser, visit, language, now }.route()
        });
        answered.unwrap_or_else(|| Ok(Answer::Page(StatusCode::TOO_MANY_REQUESTS, pages::busy(language))))
    }

    /// What this site does not answer, whoever asks, and what it answers to everybody; nothing is looked up or written for it.
    fn refusal(&self, request: &Request, language: Language) -> Option<Answer> {
        match request.uri().authority().map_or(Asked::Another, |host| self.public_url.asked(host)) {
            Asked::Us => {}
            Asked::UsByAlias => return Some(Answer::See(format!("{}/", self.public_url.as_str()))),
            Asked::Another => {
                let page = pages::another_site(language, self.public_url.as_str());
                return Some(Answer::Page(StatusCode::MISDIRECTED_REQUEST, page));
            }
        }
        if *request.method() == Method::POST && !self.is_own_form(request) {
            return Some(Answer::Page(StatusCode::FORBIDDEN, pages::foreign_form(language)));
        }
        match (request.method(), request.uri().path()) {
            (_, path) if !PATHS.contains(&path) => {
                Some(Answer::Page(StatusCode::NOT_FOUND, pages::not_found(language)))
            }
            (&Method::GET, "/deleted") => Some(Answer::Page(StatusCode::OK, pages::deleted(language))),
            (&Method::GET | &Method::POST, _) => None,
            _ => Some(Answer::Page(StatusCode::METHOD_NOT_ALLOWED, pages::not_found(language))),
        }
    }

    /// Browsers name the page that a form was sent from; another site's is refused, also where cookies went along.
    fn is_own_form(&self, request: &Request) -> bool {
        request
            .headers()
            .get(header::ORIGIN)
            .is_some_and(|origin| origin.as_bytes() == self.public_url.as_str().as_bytes())
    }

    fn browser(&self, request: &Request) -> Option<Browser> {
        let mut headers = request.headers().get_all(header::COOKIE).iter().filter_map(|value| value.to_str().ok());
        headers.find_map(|header| Browser::from_cookies(header, self.public_url.is_https()))
    }

    fn respond(&self, language: Language, answer: Answer, new: Option<&Browser>) -> Response {
        let mut response = http::Response::builder();
        if let Some(browser) = new {
            response = response.header(header::SET_COOKIE, browser.set_cookie(self.public_url.is_https()));
        }
        let (response, body) = match answer {
            Answer::See(place) => {
                (response.status(StatusCode::SEE_OTHER).header(header::LOCATION, place), String::new())
            }
            Answer::Page(status, page) => (response.status(status), page.html(language, self.is_sandbox)),
        };
        let response = pages::headers(response, self.has_plain_page).body(body.into());
        response.unwrap_or_else(|_| Response::new("a header could not be written".into()))
    }
}

fn broken(language: Language) -> Answer {
    Answer::Page(StatusCode::INTERNAL_SERVER_ERROR, pages::broken(language))
}

/// One field of a form or query.
pub(crate) fn field(form: &[u8], name: &str) -> Option<String> {
    form_urlencoded::parse(form).find(|(key, _)| key == name).map(|(_, value)| value.into_owned())
}
