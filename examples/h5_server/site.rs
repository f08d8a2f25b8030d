//! The flow: start page → `begin` → the vendor's page → `returnUrl` → `resume` → verdict → form → compare.

use std::{
    error::Error as _,
    io::{self, Write},
    mem,
    sync::{Arc, Mutex, PoisonError},
};

use http::{Method, StatusCode, header};
use liveness::{
    Action, Again, Billed, Challenge, Check, Error, ErrorKind, FlashColor, IdNumber, Identity, Language,
    LivenessProvider, Name, Progress, Receipt, Reference, Request, Response, ReturnUrl, Session, Verdict,
    photo::Preparer,
};
use time::{OffsetDateTime, UtcOffset};

use crate::{
    address::{Asked, PublicUrl},
    pages::{self, Page},
    visit::{Opening, Stage, Store, Visit},
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
    pub(crate) public_url: PublicUrl,
    /// Whether the hosted page is reached without TLS, as a sandbox's is.
    pub(crate) has_plain_page: bool,
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
        tell(&format!("{} {path} {}", request.method(), response.status().as_u16()));
        response
    }

    /// Answers one request; what goes wrong here, such as a full disk, is a page too.
    fn answer(&self, request: &Request) -> Response {
        let language = pages::language(request);
        let now = OffsetDateTime::now_utc();
        if let Some(answer) = self.refusal(request, language) {
            return self.respond(language, answer, None);
        }
        let (id, is_new) = match self.visit(request, now) {
            Ok(visit) => visit,
            Err(_) => return self.respond(language, self.broken(language), None),
        };
        let answer = self.route(request, &id, language, now).unwrap_or_else(|_| self.broken(language));
        self.respond(language, answer, is_new.then_some(id.as_str()))
    }

    /// What this site does not answer, whoever asks; nothing is looked up or written for it.
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
        let is_known = PATHS.contains(&request.uri().path());
        (!is_known).then(|| Answer::Page(StatusCode::NOT_FOUND, pages::not_found(language)))
    }

    /// The number of this browser's visit, and whether it is new; an empty one where there is none.
    fn visit(&self, request: &Request, now: OffsetDateTime) -> io::Result<(String, bool)> {
        if let Some(id) = cookie(request)
            && self.store.load(&id, now)?.is_some()
        {
            return Ok((id, false));
        }
        if *request.method() == Method::GET && request.uri().path() == "/" {
            return Ok((self.store.create(now)?, true));
        }
        Ok((String::new(), false))
    }

    fn route(&self, request: &Request, id: &str, language: Language, now: OffsetDateTime) -> Answered {
        // Two tabs of one person wait for each other, so that no step is taken and paid for twice.
        let _turn = self.store.lock(id);
        let Some(visit) = self.store.load(id, now)? else {
            return Ok(Answer::Page(StatusCode::BAD_REQUEST, pages::unknown_browser(language)));
        };
        let form = field(request.body().as_bytes(), "form");
        // A form sent twice, by the back button or from another tab, is an old one; the start shows where the person is now.
        if *request.method() == Method::POST && form.as_deref() != Some(visit.form.as_str()) {
            return Ok(Answer::See("/".into()));
        }
        match (request.method(), request.uri().path()) {
            (&Method::GET, "/") => Ok(match &visit.stage {
                Stage::New => Answer::Page(StatusCode::OK, pages::start(language, &visit.form)),
                Stage::Filming(session) => Answer::Page(StatusCode::OK, pages::pending(language, session, &visit.form)),
                _ => Answer::See("/result".into()),
            }),
            (&Method::POST, "/begin") => self.begin(id, visit, language, now),
            (&Method::GET, "/back") => self.back(request, id, visit, language, now),
            (&Method::GET, "/result") => Ok(self.result(&visit, language)),
            (&Method::POST, "/identify") => self.identify(request, id, visit, language, now),
            (&Method::POST, "/forget") if visit.is_unclear() => Ok(Answer::See("/result".into())),
            (&Method::POST, "/forget") => self.store.remove(id).map(|()| Answer::See("/".into())),
            _ => Ok(Answer::Page(StatusCode::METHOD_NOT_ALLOWED, pages::not_found(language))),
        }
    }

    /// Opens a session where there is nothing to lose by a new one; one that is open already is paid for and goes on.
    fn begin(&self, id: &str, mut visit: Visit, language: Language, now: OffsetDateTime) -> Answered {
        match &visit.stage {
            Stage::New => {}
            // By our clock, which may be fast; the vendor knows.
            Stage::Filming(session) if session.is_expired(now) => return self.look(id, visit, language, now),
            Stage::Filming(session) => return Ok(Answer::See(session.page_url().to_owned())),
            Stage::Checked { verdict, .. } | Stage::Compared(verdict) if !verdict.is_passed() => {}
            _ => return Ok(Answer::See("/result".into())),
        }
        let challenge = Challenge::new([Action::LookFront, Action::OpenMouth], [FlashColor::WHITE, FlashColor::BLACK]);
        let check = challenge.and_then(|challenge| {
            let back = ReturnUrl::parse(&format!("{}/back", self.public_url.as_str()))?;
            let reference = Reference::parse(&visit.reference)?;
            Ok(Check::liveness().with_return_url(back).with_challenge(challenge).with_reference(reference))
        });
        let before = mem::replace(&mut visit.stage, Stage::Unclear(None));
        self.store.save(id, &mut visit, now)?;
        match check.and_then(|check| self.hosted.begin(&check)) {
            Ok(Progress::Pending(session)) => {
                account(&visit, "opened", session.receipt(), session.billed());
                let page = session.page_url().to_owned();
                visit.stage = Stage::Filming(session);
                self.store.save(id, &mut visit, now)?;
                Ok(Answer::See(page))
            }
            Ok(Progress::Done(verdict)) => self.checked(id, visit, verdict, None, now),
            Err(error) => {
                let is_unclear = self.not_done(id, &mut visit, before, &error, now)?;
                if is_unclear {
                    return Ok(Answer::See("/result".into()));
                }
                Ok(Answer::Page(StatusCode::BAD_GATEWAY, pages::not_begun(language, &visit.form)))
            }
        }
    }

    /// After an error of a paid call: back to where the person was, unless it may have run. Whether it is paid for again is the
    /// operator's decision then; true says that it is.
    fn not_done(
        &self,
        id: &str,
        visit: &mut Visit,
        before: Stage,
        error: &Error,
        now: OffsetDateTime,
    ) -> io::Result<bool> {
        note(visit, error);
        visit.stage = match error.again() {
            Again::MayBillAgain => Stage::Unclear(error.request_id().map(str::to_owned)),
            Again::Safe | Again::Never => before,
        };
        self.store.save(id, visit, now)?;
        Ok(visit.is_unclear())
    }

    /// The person comes back. What the address says counts for nothing, except that a token in it must be ours.
    fn back(&self, request: &Request, id: &str, visit: Visit, language: Language, now: OffsetDateTime) -> Answered {
        let token = field(request.uri().query().unwrap_or_default().as_bytes(), "token");
        if let (Stage::Filming(session), Some(token)) = (&visit.stage, token)
            && !is_ours(session, &token)
        {
            return Ok(Answer::Page(StatusCode::BAD_REQUEST, pages::foreign_token(language)));
        }
        self.look(id, visit, language, now)
    }

    /// Asks the first vendor how the person did.
    fn look(&self, id: &str, mut visit: Visit, language: Language, now: OffsetDateTime) -> Answered {
        let Stage::Filming(session) = &visit.stage else { return Ok(Answer::See("/result".into())) };
        let error = match self.hosted.resume(session) {
            Ok(Progress::Done(verdict)) => {
                let opening = Opening::of(session);
                return self.checked(id, visit, verdict, Some(opening), now);
            }
            // It knows what was billed so far.
            Ok(Progress::Pending(session)) => {
                visit.stage = Stage::Filming(session.clone());
                self.store.save(id, &mut visit, now)?;
                return Ok(Answer::Page(StatusCode::OK, pages::pending(language, &session, &visit.form)));
            }
            Err(error) => error,
        };
        note(&visit, &error);
        // What the operator can mend leaves the session as good as it was.
        let stays = [ErrorKind::Configuration, ErrorKind::Credentials, ErrorKind::Denied].contains(&error.kind());
        let is_over = error.again() == Again::Never && !stays;
        if !is_over {
            return Ok(Answer::Page(StatusCode::BAD_GATEWAY, pages::not_told(language)));
        }
        visit.stage = Stage::New;
        self.store.save(id, &mut visit, now)?;
        Ok(match error.kind() {
            ErrorKind::Expired => Answer::Page(StatusCode::GONE, pages::expired(language, &visit.form)),
            _ => Answer::Page(StatusCode::BAD_GATEWAY, pages::lost(language, &visit.form)),
        })
    }

    fn checked(
        &self,
        id: &str,
        mut visit: Visit,
        verdict: Verdict,
        opening: Option<Opening>,
        now: OffsetDateTime,
    ) -> Answered {
        account(&visit, "checked", verdict.receipt(), verdict.billed());
        visit.stage = Stage::Checked { verdict, opening };
        self.store.save(id, &mut visit, now)?;
        Ok(Answer::See("/result".into()))
    }

    fn result(&self, visit: &Visit, language: Language) -> Answer {
        let page = match &visit.stage {
            Stage::New => return Answer::See("/".into()),
            Stage::Filming(_) => return Answer::See("/back".into()),
            Stage::Checked { verdict, .. } => pages::checked(language, verdict, &visit.form, None),
            // Nobody is asking, for this request has the visit's turn: the answer was lost, or the server died meanwhile.
            Stage::Unclear(_) => pages::unclear(language, &visit.reference),
            Stage::Compared(verdict) => pages::compared(language, verdict, &visit.form),
        };
        Answer::Page(StatusCode::OK, page)
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
        let verdict = match &visit.stage {
            Stage::Checked { verdict, .. } if verdict.is_passed() => verdict.clone(),
            _ => return Ok(Answer::See("/result".into())),
        };
        let check = match self.check(request.body().as_bytes(), &visit, &verdict, language, now) {
            Ok(check) => check,
            Err(wrong) => {
                let page = pages::checked(language, &verdict, &visit.form, Some(&wrong));
                return Ok(Answer::Page(StatusCode::UNPROCESSABLE_ENTITY, page));
            }
        };
        let before = mem::replace(&mut visit.stage, Stage::Unclear(None));
        self.store.save(id, &mut visit, now)?;
        let error = match self.compare.begin(&check) {
            Ok(Progress::Done(verdict)) => {
                account(&visit, "compared", verdict.receipt(), verdict.billed());
                // What the vendor returned of the person is not needed any more.
                visit.stage = Stage::Compared(verdict.without_person());
                self.store.save(id, &mut visit, now)?;
                return Ok(Answer::See("/result".into()));
            }
            // A hosted vendor in the place of the one-shot one: a mistake in the wiring, and nothing was compared.
            Ok(Progress::Pending(_)) => Error::new(ErrorKind::Unsupported),
            Err(error) => error,
        };
        if self.not_done(id, &mut visit, before, &error, now)? {
            return Ok(Answer::See("/result".into()));
        }
        let wrong = match error.kind() {
            ErrorKind::InvalidCheck => pages::refused_input(language),
            _ => pages::later(language),
        };
        Ok(Answer::Page(StatusCode::BAD_GATEWAY, pages::checked(language, &verdict, &visit.form, Some(wrong))))
    }

    /// Everything that can go wrong before the paid call, in words for the person.
    fn check(
        &self,
        body: &[u8],
        visit: &Visit,
        verdict: &Verdict,
        language: Language,
        now: OffsetDateTime,
    ) -> Result<Check, String> {
        // Birth dates are those of China.
        let today = now.to_offset(UtcOffset::from_hms(8, 0, 0).unwrap_or(UtcOffset::UTC)).date();
        let name = Name::parse(&field(body, "name").unwrap_or_default());
        let name = name.map_err(|error| error.message(language))?;
        let number = IdNumber::parse_on(&field(body, "number").unwrap_or_default(), today);
        let number = number.map_err(|error| error.message(language))?;
        let portrait = self.hosted.portrait(verdict).and_then(|found| found.ok_or_else(|| Error::invalid("photo")));
        let portrait = portrait.map_err(|error| {
            note(visit, &error);
            pages::later(language)
        })?;
        let photo = self.preparer.lock().unwrap_or_else(PoisonError::into_inner).prepare(portrait.as_bytes());
        let photo = photo.map_err(|error| error.advice(language))?;
        let reference = Reference::parse(&visit.reference).map_err(|error| error.message(language))?;
        Ok(Check::same_person(Identity::new(name, number)).with_photo(photo).with_reference(reference))
    }

    /// Browsers name the page that a form was sent from; another site's is refused, also where cookies went along.
    fn is_own_form(&self, request: &Request) -> bool {
        request
            .headers()
            .get(header::ORIGIN)
            .is_some_and(|origin| origin.as_bytes() == self.public_url.as_str().as_bytes())
    }

    fn broken(&self, language: Language) -> Answer {
        Answer::Page(StatusCode::INTERNAL_SERVER_ERROR, pages::broken(language))
    }

    fn respond(&self, language: Language, answer: Answer, new_visit: Option<&str>) -> Response {
        let secure = if self.public_url.is_https() { "; Secure" } else { "" };
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
        let response = pages::headers(response, self.has_plain_page).body(body.into());
        response.unwrap_or_else(|_| Response::new("a header could not be written".into()))
    }
}

/// For the accounts: what one call to a vendor came to.
fn account(visit: &Visit, step: &str, receipt: &Receipt, billed: Billed) {
    let (provider, request_id) = (receipt.provider(), receipt.request_id().unwrap_or("-"));
    tell(&format!("visit {}: {step} by {provider}, request {request_id}, billed: {billed:?}", visit.reference));
}

/// For the operator: what the crate says of an error and its causes quotes neither the person nor a key.
fn note(visit: &Visit, error: &Error) {
    let mut text = format!("visit {}: {error}", visit.reference);
    let mut source = error.source();
    while let Some(cause) = source {
        text += &format!(": {cause}");
        source = cause.source();
    }
    let _ = writeln!(io::stderr(), "{text}");
}

/// Prints a line; not by println!, which panics where nobody reads: what was paid for must still be written down and answered.
fn tell(line: &str) {
    let _ = writeln!(io::stdout(), "{line}");
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
