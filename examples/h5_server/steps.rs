//! The steps that the person takes, what each costs, and what is kept of it.
//!
//! Each step ends with a redirect, errors too, so that neither a reload nor the back button sends a form again.

use std::io;

use http::{Method, StatusCode};
use liveness::{
    Action, Billed, Challenge, Check, Error, ErrorKind, FlashColor, Identity, Progress, Ran, Reference, Request,
    Result, ReturnUrl, Session, Verdict,
    keeper::{Begun, Browser, Returned, State},
};
use time::OffsetDateTime;

use crate::{
    entries::Entries,
    log, pages,
    site::{Answer, Answered, Site, field},
    visit::{Checked, Doubt, Notice, Opening, Stage, Step, Visit},
    visits::random,
};

/// What an answer to a paid call leaves behind.
#[allow(clippy::large_enum_variant, reason = "one is there at a time")]
enum Came<T> {
    Of(T),
    /// It did not run, or the vendor refused what was typed: the visit is where it was.
    Back(Error),
    /// It may have run and been billed: the operator decides.
    Doubt,
}

/// One request of one visit, which has the visit's turn.
pub(crate) struct Turn<'a> {
    pub(crate) site: &'a Site,
    pub(crate) request: &'a Request,
    pub(crate) browser: &'a Browser,
    pub(crate) visit: Visit,
    pub(crate) language: liveness::Language,
    pub(crate) now: OffsetDateTime,
}

impl Turn<'_> {
    pub(crate) fn route(mut self) -> Answered {
        self.recover()?;
        let is_post = *self.request.method() == Method::POST;
        let form = field(self.request.body().as_bytes(), "form");
        // A form sent twice, by the back button or from another tab, is an old one; the start shows where the person is now.
        if is_post && form.as_deref() != Some(self.visit.form.as_str()) {
            return Ok(see("/"));
        }
        match (is_post, self.request.uri().path()) {
            (false, "/") => self.start(),
            (false, "/back") => self.back(),
            (false, "/result") => Ok(self.result()),
            (false, "/welcome") => Ok(self.welcome()),
            (false, "/delete") => Ok(self.ask_to_forget()),
            (true, "/begin") if self.visit.may_begin_anew(self.site.begin_anew) => self.begin(),
            // A call in doubt is the operator's: no other is paid for meanwhile, and nothing of it is deleted.
            (true, _) if self.visit.doubt.is_some() => Ok(see("/result")),
            (true, "/begin") => self.begin(),
            (true, "/identify") => self.identify(),
            (true, "/forget") => self.forget(),
            _ => Ok(Answer::Page(StatusCode::METHOD_NOT_ALLOWED, pages::not_found(self.language))),
        }
    }

    /// An opening in doubt that the keeper knows of, because the server died right afterwards, is in doubt no more.
    fn recover(&mut self) -> io::Result<()> {
        if !self.visit.is_opening_in_doubt() {
            return Ok(());
        }
        match self.camera_check().and_then(|check| self.site.keeper.begun(&check, self.browser)) {
            Ok(Some(Begun::Open { state, session })) => {
                log::account(&self.visit.reference, Step::Open, session.receipt(), session.billed());
                (self.visit.stage, self.visit.doubt) = (Stage::filming(&state, &session), None);
                self.save()
            }
            Ok(Some(Begun::Done(verdict))) => {
                self.was_opened();
                self.checked(verdict, None)
            }
            Err(error) if error.kind() == ErrorKind::Expired => {
                self.was_opened();
                self.expired();
                self.save()
            }
            Ok(None) | Err(_) => Ok(()),
        }
    }

    /// For the accounts: an opening in doubt was one, and how its session ended is told by the look at it.
    fn was_opened(&mut self) {
        if let Some(opened) = self.visit.doubt.take() {
            log::tell(&format!("{}; it did, and its session has ended", log::doubt(&self.visit.reference, &opened)));
        }
    }

    /// The session is over and has no result: only another one can help.
    fn expired(&mut self) {
        (self.visit.stage, self.visit.attempt) = (Stage::New, self.visit.attempt + 1);
        self.visit.notice = Some(Notice::Expired);
    }

    fn start(self) -> Answered {
        let page = match (&self.visit.stage, self.session()) {
            _ if self.visit.doubt.is_some() => return Ok(see("/result")),
            (Stage::Checked(_), _) => return Ok(see("/result")),
            (Stage::New, _) => pages::start(self.language, &self.visit),
            (Stage::Filming { state, .. }, Some(session)) => {
                pages::pending(self.language, &session, state, &self.visit)
            }
            // It has ended meanwhile, without this browser.
            (Stage::Filming { .. }, None) => return self.look(),
        };
        Ok(Answer::Page(StatusCode::OK, page))
    }

    /// The session that the keeper has open for this visit.
    fn session(&self) -> Option<Session> {
        let state = self.visit.stage.state()?;
        self.site.keeper.find(&state, self.browser).ok()??.session().cloned()
    }

    fn result(&self) -> Answer {
        let page = match &self.visit.stage {
            // Nobody is asking, for this request has the visit's turn: the answer was lost, or the server died meanwhile.
            _ if self.visit.doubt.is_some() => {
                pages::in_doubt(self.language, &self.visit, self.visit.may_begin_anew(self.site.begin_anew))
            }
            Stage::New | Stage::Filming { .. } => return see("/"),
            Stage::Checked(checked) => {
                let entries = self.site.entries.of(self.browser.reveal()).unwrap_or_default();
                pages::checked(self.language, checked, &self.visit, &entries, self.site.compare.is_some())
            }
        };
        Answer::Page(StatusCode::OK, page)
    }

    /// Where your own site goes on with a person who is verified.
    fn welcome(&self) -> Answer {
        match &self.visit.stage {
            Stage::Checked(checked) if self.is_verified(checked) => {
                Answer::Page(StatusCode::OK, pages::welcome(self.language))
            }
            _ => see("/"),
        }
    }

    fn is_verified(&self, checked: &Checked) -> bool {
        match (&checked.compared, &self.site.compare) {
            (Some(verdict), _) => verdict.is_passed(),
            (None, None) => checked.verdict.is_passed(),
            (None, Some(_)) => false,
        }
    }

    fn ask_to_forget(&self) -> Answer {
        match (&self.visit.stage, &self.visit.doubt) {
            (_, Some(_)) => see("/result"),
            (Stage::New, _) => see("/"),
            _ => Answer::Page(StatusCode::OK, pages::ask_to_forget(self.language, &self.visit)),
        }
    }

    fn forget(self) -> Answered {
        self.site.entries.forget(self.browser.reveal());
        self.let_go().map_err(io::Error::other)?;
        match self.visit.forgotten(random()?, self.now) {
            Some(mut visit) => self.site.visits.save(self.browser, &mut visit, self.now)?,
            None => self.site.visits.remove(self.browser)?,
        }
        Ok(see("/deleted"))
    }

    /// Opens a session where there is nothing to lose by a new one; one that is open already is paid for and goes on.
    fn begin(mut self) -> Answered {
        match (&self.visit.stage, self.session()) {
            (Stage::New, _) => {}
            (Stage::Filming { .. }, Some(session)) if !session.is_expired(self.now) => {
                return Ok(see(session.page_url()));
            }
            // By our clock, which may be fast; the vendor knows.
            (Stage::Filming { .. }, _) => return self.look(),
            // An opening in doubt is the same check again.
            (Stage::Checked(_), _) if self.visit.doubt.is_some() => {}
            (Stage::Checked(checked), _)
                if checked.takes_new_check() || self.visit.notice == Some(Notice::NotCompared) =>
            {
                self.visit.attempt += 1;
            }
            (Stage::Checked(_), _) => return Ok(see("/result")),
        }
        let (keeper, browser) = (&self.site.keeper, self.browser);
        let came = match self.camera_check() {
            Ok(check) => self.pay(Step::Open, &keeper.provider().id().to_string(), || keeper.begin(&check, browser))?,
            Err(error) => Some(Came::Back(error)),
        };
        match came {
            Some(Came::Of(Begun::Open { state, session })) => {
                log::account(&self.visit.reference, Step::Open, session.receipt(), session.billed());
                self.site.entries.forget(self.browser.reveal());
                self.visit.stage = Stage::filming(&state, &session);
                self.save()?;
                Ok(see(session.page_url()))
            }
            Some(Came::Of(Begun::Done(verdict))) => self.checked(verdict, None).map(|()| see("/result")),
            Some(Came::Back(_)) => self.tell(Notice::NotBegun),
            Some(Came::Doubt) | None => Ok(see("/result")),
        }
    }

    fn camera_check(&self) -> Result<Check> {
        let challenge = Challenge::new([Action::LookFront, Action::OpenMouth], [FlashColor::WHITE, FlashColor::BLACK])?;
        let back = ReturnUrl::parse(&format!("{}/back", self.site.public_url.as_str()))?;
        let check = Check::liveness().with_return_url(back).with_challenge(challenge);
        Ok(check.with_reference(Reference::parse(&self.visit.reference)?).with_attempt(self.visit.attempt))
    }

    /// Makes one paid call, and none where this hour's tries are used up. What may have been billed decides what comes of an
    /// error: where nothing ran the visit is where it was, else the call is in doubt. An opening in doubt before it is given up.
    fn pay<T>(&mut self, step: Step, provider: &str, call: impl FnOnce() -> Result<T>) -> io::Result<Option<Came<T>>> {
        if let Some(until) = self.visit.capped_until(step, self.now) {
            self.visit.notice = Some(Notice::Capped { until });
            self.save()?;
            return Ok(None);
        }
        if let Some(given_up) = self.visit.doubt.take() {
            let lost = log::doubt(&self.visit.reference, &given_up);
            log::tell(&format!("{lost}; the check was started again, so the lost call counts as a possible charge"));
            self.visit.given_up.push(given_up);
        }
        let doubt = Doubt { step, provider: provider.to_owned(), at: self.now, request: None };
        (self.visit.notice, self.visit.doubt) = (None, Some(doubt.clone()));
        self.visit.count(step, self.now);
        self.save()?;
        let error = match call() {
            Ok(answer) => {
                self.visit.doubt = None;
                return Ok(Some(Came::Of(answer)));
            }
            Err(error) => error,
        };
        log::note(&self.visit.reference, step, provider, &error);
        if error.ran() != Ran::No && error.kind() != ErrorKind::InvalidCheck {
            self.visit.doubt = Some(Doubt { request: error.request_id().map(str::to_owned), ..doubt });
            self.save()?;
            return Ok(Some(Came::Doubt));
        }
        self.visit.doubt = None;
        // A vendor may bill what it looks at before it refuses it, so that counts as a try.
        if error.kind() != ErrorKind::InvalidCheck || error.billed() == Billed::No {
            self.visit.uncount(step);
        }
        Ok(Some(Came::Back(error)))
    }

    /// The person comes back. Of what the address says, the state counts alone.
    fn back(self) -> Answered {
        let state = State::from_query(self.request.uri().query().unwrap_or_default());
        match self.visit.stage.state() {
            None => Ok(see("/result")),
            ours if ours == state => self.look(),
            _ => Ok(Answer::Page(StatusCode::BAD_REQUEST, pages::foreign_return(self.language))),
        }
    }

    /// Asks how the person did. The keeper has the session through every error but its end.
    fn look(mut self) -> Answered {
        let (Some(state), None) = (self.visit.stage.state(), &self.visit.doubt) else { return Ok(see("/result")) };
        let error = match self.site.keeper.returned(&state, self.browser) {
            Ok(Returned::Done(verdict)) => {
                let Stage::Filming { opening, .. } = self.visit.stage.clone() else { return Ok(see("/result")) };
                return self.checked(verdict, Some(opening)).map(|()| see("/result"));
            }
            Ok(Returned::Pending(session)) => {
                (self.visit.stage, self.visit.notice) = (Stage::filming(&state, &session), None);
                self.save()?;
                return Ok(see("/"));
            }
            Ok(Returned::Busy) => return self.tell(Notice::NotTold),
            Ok(Returned::Unknown) => Error::new(ErrorKind::Expired),
            Err(error) => error,
        };
        log::note(&self.visit.reference, Step::Look, &self.site.keeper.provider().id().to_string(), &error);
        let until = self.session().map(|session| session.expires()).filter(|expires| *expires > self.now);
        match (error.kind(), until) {
            (ErrorKind::BudgetExceeded, Some(until)) => self.tell(Notice::Capped { until }),
            (ErrorKind::BudgetExceeded | ErrorKind::Expired, _) => {
                self.expired();
                self.tell(Notice::Expired)
            }
            _ => self.tell(Notice::NotTold),
        }
    }

    fn checked(&mut self, verdict: Verdict, opening: Option<Opening>) -> io::Result<()> {
        if !verdict.receipt().is_repeat() {
            log::account(&self.visit.reference, Step::Look, verdict.receipt(), verdict.billed());
        }
        let mut checked = Checked::new(verdict, opening);
        // Known without a call: nobody types name and number for nothing.
        checked.is_without_picture = self.site.compare.is_some()
            && checked.verdict.is_passed()
            && checked.verdict.portrait_url().is_none()
            && matches!(self.site.keeper.provider().portrait(&checked.verdict), Ok(None));
        (self.visit.stage, self.visit.notice) = (Stage::Checked(Box::new(checked)), None);
        self.save()?;
        // The visit has the verdict now, and the person can delete one of them alone.
        self.let_go().map_err(io::Error::other)
    }

    /// The keeper lets go of the camera check.
    fn let_go(&self) -> Result<()> {
        self.site.keeper.forget_begun(&self.camera_check()?, self.browser)
    }

    /// The second vendor: the portrait of the first, with name and number from the form.
    fn identify(mut self) -> Answered {
        let (Stage::Checked(checked), Some(compare)) = (self.visit.stage.clone(), &self.site.compare) else {
            return Ok(see("/result"));
        };
        if !checked.takes_identity() {
            return Ok(see("/result"));
        }
        let body = self.request.body().as_bytes();
        let of = |name| zeroize::Zeroizing::new(field(body, name).unwrap_or_default());
        let (mut entries, identity) = Entries::read(&of("name"), &of("number"), self.now);
        self.site.entries.keep(self.browser.reveal(), entries.clone(), self.now);
        let Some(identity) = identity else { return self.tell(Notice::Mistyped) };
        let check = match self.compare_check(identity, checked) {
            Ok(check) => check,
            Err(notice) => return self.tell(notice),
        };
        match self.pay(Step::Compare, &compare.id().to_string(), || compare.begin(&check))? {
            Some(Came::Of(Progress::Done(verdict))) => self.compared(verdict),
            // A hosted vendor in the place of the one-shot one: a mistake in the wiring, and nothing was compared.
            Some(Came::Of(Progress::Pending(session))) => {
                log::account(&self.visit.reference, Step::Compare, session.receipt(), session.billed());
                self.tell(Notice::NotCompared)
            }
            Some(Came::Back(error)) if error.kind() == ErrorKind::InvalidCheck => {
                let field = error.field().filter(|field| ["name", "id_number"].contains(field));
                entries.refuse(field);
                self.site.entries.keep(self.browser.reveal(), entries, self.now);
                self.tell(Notice::Mistyped)
            }
            Some(Came::Back(_)) => self.tell(Notice::NotCompared),
            Some(Came::Doubt) | None => Ok(see("/result")),
        }
    }

    /// All that can go wrong before the paid call, and costs nothing.
    fn compare_check(&mut self, identity: Identity, mut checked: Box<Checked>) -> Result<Check, Notice> {
        let hosted = self.site.keeper.provider();
        let portrait = hosted.portrait(&checked.verdict).map_err(|error| {
            log::note(&self.visit.reference, Step::Look, &hosted.id().to_string(), &error);
            Notice::NotCompared
        })?;
        let photo = portrait.and_then(|portrait| self.site.preparers.prepare(portrait.as_bytes()).ok());
        let Some(photo) = photo else {
            checked.is_without_picture = true;
            self.visit.stage = Stage::Checked(checked);
            return Err(Notice::PictureLost);
        };
        let reference = Reference::parse(&self.visit.reference).map_err(|_| Notice::NotCompared)?;
        Ok(Check::same_person(identity).with_photo(photo).with_reference(reference))
    }

    fn compared(mut self, verdict: Verdict) -> Answered {
        log::account(&self.visit.reference, Step::Compare, verdict.receipt(), verdict.billed());
        if let Stage::Checked(checked) = &mut self.visit.stage {
            // What the vendor returned of the person is not needed any more; the picture's address is, while it can be used.
            checked.compared = Some(verdict.without_person());
            if !checked.takes_identity() {
                checked.verdict = checked.verdict.clone().without_person();
                self.site.entries.forget(self.browser.reveal());
            }
        }
        self.save()?;
        Ok(see("/result"))
    }

    /// Keeps what the next page is to say, and leads there.
    fn tell(mut self, notice: Notice) -> Answered {
        self.visit.notice = Some(notice);
        self.save()?;
        Ok(see("/"))
    }

    fn save(&mut self) -> io::Result<()> {
        self.site.visits.save(self.browser, &mut self.visit, self.now)
    }
}

fn see(place: &str) -> Answer {
    Answer::See(place.to_owned())
}
