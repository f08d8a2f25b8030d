//! The flow: start page → `begin` → the vendor's page → `returnUrl` → `resume` → verdict → form → compare.

use std::{
    io,
    sync::{Arc, Mutex, PoisonError},
};

use http::{Method, StatusCode, header};
use liveness::{
    Action, Challenge, Check, Error, ErrorKind, FlashColor, IdNumber, Identity, Language, LivenessProvider, Name,
    Progress, Request, Response, ReturnUrl, Session, Verdict, photo::Preparer,
};
use time::{OffsetDateTime, UtcOffset};

use crate::{
    pages::{self, Page},
    visit::{Stage, Store, Visit},
};

const COOKIE: &str = "liveness_visit";

/// All that a request needs.
pub(crate) struct Site {
    /// Establishes liveness on a page of its own.
    pub(crate) hosted: Arc<dyn LivenessProvider>,
    /// Compares the portrait with the record.
    pub(crate) compare: Arc<dyn LivenessProvider>,
    pub(crate) preparer: Mutex<Preparer>,
    pub(crate) store: Store,
    /// Where browsers reach this server, such as `https://shop.example`.
    pub(crate) public_url: String,
    pub(crate) is_sandbox: bool,
}

/// What a request becomes.
enum Answer {
    Page(StatusCode, Page),
    /// See the page at this address, by GET.
    See(String),
}

type Answered = Result<Answer, io::Error>;

/// Where forms and links of this site lead.
const PATHS: [&str; 6] = ["/", "/begin", "/back", "/result", "/identify", "/forget"];

impl Site {
    /// Answers one request and says so in one line, without anything of the person.
    pub(crate) fn serve(&self, request: &Request) -> Response {
        let path = request.uri().path();
        if path == "/style.css" {
            return pages::style();
        }
        let response = self.answer(request);
        let path = if PATHS.contains(&path) { path } else { "another path" };
        println!("{} {path} {}", request.method(), response.status().as_u16());
        response
    }

    /// Answers one request; what goes wrong here, such as a full disk, is a page too.
    fn answer(&self, request: &Request) -> Response {
        let language = pages::language(request);
        let now = OffsetDateTime::now_utc();
        let known = cookie(request).filter(|id| self.store.load(id, now).is_some());
        let (id, is_new) = match known {
            Some(id) => (id, false),
            None if *request.method() == Method::GET && request.uri().path() == "/" => match self.store.create(now) {
                Ok(id) => (id, true),
                Err(_) => return self.respond(language, self.broken(language), None),
            },
            None => (String::new(), false),
        };
        let answer = self.route(request, &id, language, now).unwrap_or_else(|_| self.broken(language));
        self.respond(language, answer, is_new.then_some(id.as_str()))
    }

    fn route(&self, request: &Request, id: &str, language: Language, now: OffsetDateTime) -> Answered {
        let path = request.uri().path();
        let host = request.uri().authority().map(|authority| authority.as_str()).unwrap_or_default();
        // A cookie of `localhost` is not there under `127.0.0.1`, where the person would come back to.
        if *request.method() == Method::GET && !self.public_url.ends_with(&format!("//{host}")) {
            return Ok(Answer::See(format!("{}/", self.public_url)));
        }
        if *request.method() == Method::POST && !self.is_own_form(request) {
            return Ok(Answer::Page(StatusCode::FORBIDDEN, pages::foreign_form(language)));
        }
        if !PATHS.contains(&path) {
            return Ok(Answer::Page(StatusCode::NOT_FOUND, pages::not_found(language)));
        }
        // Two tabs of one person wait for each other, so that no step is taken and paid for twice.
        let _turn = self.store.lock(id);
        let Some(mut visit) = self.store.load(id, now) else {
            return Ok(Answer::Page(StatusCode::BAD_REQUEST, pages::unknown_browser(language)));
        };
        match (request.method(), path) {
            (&Method::GET, "/") => Ok(match &visit.stage {
                Stage::New => Answer::Page(StatusCode::OK, pages::start(language, &visit.form)),
                Stage::Filming(session) => Answer::Page(StatusCode::OK, pages::pending(language, session, &visit.form)),
                _ => Answer::See("/result".into()),
            }),
            (&Method::POST, "/begin") => self.begin(id, visit, language, now),
            (&Method::GET, "/back") => self.back(request, id, visit, language, now),
            (&Method::GET, "/result") => Ok(self.result(&visit, language)),
            (&Method::POST, "/identify") => self.identify(request, id, visit, language, now),
            (&Method::POST, "/forget") => {
                self.store.remove(id);
                visit.stage = Stage::New;
                Ok(Answer::See("/".into()))
            }
            _ => Ok(Answer::Page(StatusCode::METHOD_NOT_ALLOWED, pages::not_found(language))),
        }
    }

    /// Opens a session; one that is open already is paid for and goes on.
    fn begin(&self, id: &str, mut visit: Visit, language: Language, now: OffsetDateTime) -> Answered {
        if let Stage::Filming(session) = &visit.stage
            && !session.is_expired(now)
        {
            return Ok(Answer::See(session.page_url().to_owned()));
        }
        let challenge = Challenge::new([Action::LookFront, Action::OpenMouth], [FlashColor::WHITE, FlashColor::BLACK]);
        let check = challenge.and_then(|challenge| {
            let back = ReturnUrl::parse(&format!("{}/back", self.public_url))?;
            Ok(Check::liveness().with_return_url(back).with_challenge(challenge))
        });
        match check.and_then(|check| self.hosted.begin(&check)) {
            Ok(Progress::Pending(session)) => {
                let page = session.page_url().to_owned();
                visit.stage = Stage::Filming(session);
                self.store.save(id, &mut visit, now)?;
                Ok(Answer::See(page))
            }
            Ok(Progress::Done(verdict)) => self.checked(id, visit, verdict, now),
            Err(error) => {
                note(&error);
                Ok(Answer::Page(StatusCode::BAD_GATEWAY, pages::not_begun(language, &visit.form)))
            }
        }
    }

    /// The person comes back. What the address says counts for nothing, except that a token in it must be ours.
    fn back(&self, request: &Request, id: &str, mut visit: Visit, language: Language, now: OffsetDateTime) -> Answered {
        let Stage::Filming(session) = &visit.stage else { return Ok(Answer::See("/result".into())) };
        if field(request.uri().query().unwrap_or_default().as_bytes(), "token")
            .is_some_and(|token| !is_ours(session, &token))
        {
            return Ok(Answer::Page(StatusCode::BAD_REQUEST, pages::foreign_token(language)));
        }
        match self.hosted.resume(session) {
            Ok(Progress::Done(verdict)) => self.checked(id, visit, verdict, now),
            Ok(Progress::Pending(session)) => {
                Ok(Answer::Page(StatusCode::OK, pages::pending(language, &session, &visit.form)))
            }
            Err(error) if error.kind() == ErrorKind::Expired => {
                visit.stage = Stage::New;
                self.store.save(id, &mut visit, now)?;
                Ok(Answer::Page(StatusCode::GONE, pages::expired(language, &visit.form)))
            }
            Err(error) => {
                note(&error);
                Ok(Answer::Page(StatusCode::BAD_GATEWAY, pages::not_told(language)))
            }
        }
    }

    fn checked(&self, id: &str, mut visit: Visit, verdict: Verdict, now: OffsetDateTime) -> Answered {
        visit.stage = Stage::Checked(verdict);
        self.store.save(id, &mut visit, now)?;
        Ok(Answer::See("/result".into()))
    }

    fn result(&self, visit: &Visit, language: Language) -> Answer {
        match &visit.stage {
            Stage::New => Answer::See("/".into()),
            Stage::Filming(_) => Answer::See("/back".into()),
            Stage::Checked(verdict) => {
                Answer::Page(StatusCode::OK, pages::checked(language, verdict, &visit.form, None))
            }
            // Nobody is comparing, for this request has the visit's turn: the server died while it asked.
            Stage::Comparing => Answer::Page(StatusCode::OK, pages::unclear(language, None)),
            Stage::Unclear(number) => Answer::Page(StatusCode::OK, pages::unclear(language, number.as_deref())),
            Stage::Compared(verdict) => Answer::Page(StatusCode::OK, pages::compared(language, verdict, &visit.form)),
        }
    }

    /// The second vendor: the portrait of the first, with name and number from the form. Paid, so it is asked once.
    fn identify(
        &self,
        request: &Request,
        id: &str,
        mut visit: Visit,
        language: Language,
        now: OffsetDateTime,
    ) -> Answered {
        let body = request.body().as_bytes();
        let verdict = match &visit.stage {
            Stage::Checked(verdict) if verdict.is_passed() => verdict.clone(),
            _ => return Ok(Answer::See("/result".into())),
        };
        // A form sent twice, or by the back button, is an old one.
        if field(body, "form").as_deref() != Some(visit.form.as_str()) {
            return Ok(Answer::See("/result".into()));
        }
        let check = match self.check(body, &verdict, language, now) {
            Ok(check) => check,
            Err(wrong) => {
                let page = pages::checked(language, &verdict, &visit.form, Some(&wrong));
                return Ok(Answer::Page(StatusCode::UNPROCESSABLE_ENTITY, page));
            }
        };
        // Written before the call: whoever finds it after a crash knows that money may have been spent.
        visit.stage = Stage::Comparing;
        self.store.save(id, &mut visit, now)?;
        let error = match self.compare.begin(&check) {
            Ok(Progress::Done(verdict)) => {
                // What the vendor returned of the person is not needed any more.
                visit.stage = Stage::Compared(verdict.without_person());
                self.store.save(id, &mut visit, now)?;
                return Ok(Answer::See("/result".into()));
            }
            // A hosted vendor in the place of the one-shot one: a mistake in the wiring, and nothing was compared.
            Ok(Progress::Pending(_)) => Error::new(ErrorKind::Unsupported),
            Err(error) => error,
        };
        note(&error);
        if error.kind() == ErrorKind::OutcomeUnknown {
            visit.stage = Stage::Unclear(error.request_id().map(str::to_owned));
            self.store.save(id, &mut visit, now)?;
            return Ok(Answer::See("/result".into()));
        }
        // Nothing was found, so the person may send the form again.
        visit.stage = Stage::Checked(verdict.clone());
        self.store.save(id, &mut visit, now)?;
        let wrong = match error.kind() {
            ErrorKind::InvalidCheck => pages::refused_input(language),
            _ => pages::later(language),
        };
        Ok(Answer::Page(StatusCode::BAD_GATEWAY, pages::checked(language, &verdict, &visit.form, Some(wrong))))
    }

    /// Everything that can go wrong before the paid call, in words for the person.
    fn check(&self, body: &[u8], verdict: &Verdict, language: Language, now: OffsetDateTime) -> Result<Check, String> {
        // Birth dates are those of China.
        let today = now.to_offset(UtcOffset::from_hms(8, 0, 0).unwrap_or(UtcOffset::UTC)).date();
        let name = Name::parse(&field(body, "name").unwrap_or_default());
        let name = name.map_err(|error| error.message(language))?;
        let number = IdNumber::parse(&field(body, "number").unwrap_or_default(), today);
        let number = number.map_err(|error| error.message(language))?;
        let portrait = self.hosted.portrait(verdict).and_then(|jpeg| jpeg.ok_or_else(|| Error::invalid("photo")));
        let portrait = portrait.map_err(|error| {
            note(&error);
            pages::later(language)
        })?;
        let photo = self.preparer.lock().unwrap_or_else(PoisonError::into_inner).prepare(&portrait);
        let photo = photo.map_err(|error| error.advice(language))?;
        Ok(Check::same_person(Identity::new(name, number)).with_photo(photo))
    }

    /// Browsers name the page that a form was sent from; another site's is refused, also where cookies went along.
    fn is_own_form(&self, request: &Request) -> bool {
        request.headers().get(header::ORIGIN).is_some_and(|origin| origin.as_bytes() == self.public_url.as_bytes())
    }

    fn broken(&self, language: Language) -> Answer {
        Answer::Page(StatusCode::INTERNAL_SERVER_ERROR, pages::broken(language))
    }

    fn respond(&self, language: Language, answer: Answer, new_visit: Option<&str>) -> Response {
        let secure = if self.public_url.starts_with("https://") { "; Secure" } else { "" };
        let mut response = http::Response::builder();
        if let Some(id) = new_visit {
            // Lax: the cookie comes along when the vendor's page sends the person back, and with no form of another site.
            response =
                response.header(header::SET_COOKIE, format!("{COOKIE}={id}; Path=/; HttpOnly; SameSite=Lax{secure}"));
        }
        let (response, body) = match answer {
            Answer::See(place) => {
                (response.status(StatusCode::SEE_OTHER).header(header::LOCATION, place), String::new())
            }
            Answer::Page(status, page) => (response.status(status), page.html(language, self.is_sandbox)),
        };
        let response = pages::headers(response).body(body.into());
        response.unwrap_or_else(|_| Response::new("a header could not be written".into()))
    }
}

/// For the operator: what the crate says of an error quotes neither the person nor a key.
fn note(error: &Error) {
    eprintln!("{error}");
}

/// In constant time, as for any secret.
fn is_ours(session: &Session, token: &str) -> bool {
    let (ours, theirs) = (session.token().reveal().as_bytes(), token.as_bytes());
    ours.len() == theirs.len() && ours.iter().zip(theirs).fold(0, |differ, (a, b)| differ | (a ^ b)) == 0
}

/// One field of a form or query.
fn field(form: &[u8], name: &str) -> Option<String> {
    form_urlencoded::parse(form).find(|(key, _)| key == name).map(|(_, value)| value.into_owned())
}

fn cookie(request: &Request) -> Option<String> {
    let mut headers = request.headers().get_all(header::COOKIE).iter().filter_map(|value| value.to_str().ok());
    headers.find_map(|header| {
        header.split(';').find_map(|pair| pair.trim().strip_prefix(COOKIE)?.strip_prefix('=').map(str::to_owned))
    })
}
