//! Leads people through hosted checks. Any number of these processes run behind a proxy, and share their checks.
//!
//! `GET /` sets a cookie. `POST /checks` with `reference`, `expires` and `proof` begins a check and answers with the vendor's page. The
//! vendor sends the person back to `GET /back?state=…`, and that answers how the check ended. A request that got no answer is sent again as it
//! was, to any server: nothing is opened or paid for twice.
//!
//! **It has no login.** The application, which has one, [signs](liveness_fleet::proof) the reference that the person may use; without that
//! signature nothing is begun. With `FLEET_BEHIND_LOGIN=yes` the reference is enough.
//!
//! The variables are those of [`liveness_fleet::settings`] and of the vendor, and `FLEET_LISTEN` (127.0.0.1:8080) and `FLEET_PUBLIC_URL`,
//! where browsers reach the proxy.

use std::{
    env,
    error::Error,
    process::{self, ExitCode},
    sync::{
        Arc,
        atomic::{AtomicBool, AtomicUsize, Ordering},
    },
    thread,
    time::{Duration, Instant, SystemTime, UNIX_EPOCH},
};

use http::{Method, StatusCode, header};
use liveness::{
    CallKind, Check, ErrorKind, Progress, Reference, Request, Response, ReturnUrl, Session, Verdict,
    keeper::{Begun, Browser, Finished, Keeper, Returned, State},
    money::{Journal, TryKey},
    sandbox::{Server, ServerLimits},
};
use liveness_fleet::{
    journal::RedisJournal,
    missing::Missing,
    owners::{Owner, Owners},
    proof::ReferenceKey,
    results::{Ended, Results},
    sessions::RedisSessionStore,
    settings::Settings,
    stop::Stop,
    whole,
};
use serde_json::{Value, json};

/// How long a request tries to keep a verdict that was paid for, while Redis is away.
const KEEP_TRYING: Duration = Duration::from_secs(10);
/// How often the checks are finished whose people did not come back, and how long before their expiry.
const SWEEP: (Duration, Duration) = (Duration::from_secs(60), Duration::from_secs(120));
/// How long a proxy may need to notice that this server is going.
const NOTICED: Duration = Duration::from_secs(5);
/// The largest form: one field.
const MAX_FORM_BYTES: usize = 4096;

fn main() -> ExitCode {
    match run() {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            eprintln!("server: {}", whole(&*error));
            ExitCode::from(2)
        }
    }
}

fn run() -> Result<(), Box<dyn Error>> {
    let settings = Settings::from_env()?;
    let reference_key = settings.reference_key()?;
    let listen = env::var("FLEET_LISTEN").unwrap_or_else(|_| "127.0.0.1:8080".to_owned());
    let public_url = env::var("FLEET_PUBLIC_URL").map_err(|_| "FLEET_PUBLIC_URL: it is missing, or not UTF-8")?;
    let provider = settings.provider()?;
    if !provider.requirements().is_hosted() {
        return Err(format!("{}: it has no page; the workers ask it", provider.id()).into());
    }
    let keeper = Keeper::new(provider, RedisSessionStore::new(settings.link().clone()))
        // A call gets five sixths of it.
        .with_lease(settings.deadline() * 6 / 5 + Duration::from_secs(1));
    let stop = Stop::listen()?;
    let site = Arc::new(Site {
        back: format!("{}/back", public_url.trim_end_matches('/')),
        is_https: public_url.starts_with("https:"),
        reference_key,
        missing: Missing::new(settings.link().clone(), settings.journal(), settings.results()),
        results: settings.results(),
        journal: settings.journal(),
        owners: Owners::new(settings.link().clone()),
        keeper,
        stop: stop.clone(),
        is_closed: AtomicBool::new(false),
        under_way: AtomicUsize::new(0),
    });
    let answering = Arc::clone(&site);
    let limits = ServerLimits::new().with_max_body_bytes(MAX_FORM_BYTES);
    let _server = Server::bind_with(&*listen, move |request: Request| Ok(answering.serve(&request)), limits)?;
    println!("server {}: listens at {listen}", process::id());
    // Each on a thread of its own: a sweep waits for the vendor, and none waits for a pass, which takes minutes in which sessions expire.
    let (sweeping, passing) = (Arc::clone(&site), Arc::clone(&site));
    thread::spawn(move || {
        loop {
            thread::sleep(SWEEP.0);
            sweeping.sweep();
        }
    });
    thread::spawn(move || {
        loop {
            passing.find_missing();
            thread::sleep(SWEEP.0);
        }
    });
    while !stop.is_asked() {
        thread::sleep(Duration::from_millis(200));
    }
    // A proxy that asks /healthz sends nothing more by then. What comes all the same is refused before anything is begun.
    thread::sleep(NOTICED);
    site.is_closed.store(true, Ordering::SeqCst);
    while site.under_way.load(Ordering::SeqCst) > 0 {
        thread::sleep(Duration::from_millis(50));
    }
    println!("server {}: ended, nothing is in flight", process::id());
    Ok(())
}

struct Site {
    keeper: Keeper,
    /// `None` where a login stands before this server.
    reference_key: Option<ReferenceKey>,
    missing: Missing,
    results: Results,
    owners: Owners,
    journal: RedisJournal,
    /// Where the vendor sends people back to.
    back: String,
    is_https: bool,
    stop: Stop,
    /// Nothing is begun any more.
    is_closed: AtomicBool,
    /// What must end before the process does.
    under_way: AtomicUsize,
}

/// One thing that is under way, also where it panics.
struct UnderWay<'a>(&'a AtomicUsize);

impl<'a> UnderWay<'a> {
    fn begin(count: &'a AtomicUsize) -> Self {
        count.fetch_add(1, Ordering::SeqCst);
        Self(count)
    }
}

impl Drop for UnderWay<'_> {
    fn drop(&mut self) {
        self.0.fetch_sub(1, Ordering::SeqCst);
    }
}

/// A status and what is said; nothing of the person but the outcome.
type Answer = (StatusCode, Value);

impl Site {
    fn serve(&self, request: &Request) -> Response {
        let _under_way = UnderWay::begin(&self.under_way);
        let cookies = request.headers().get_all(header::COOKIE).iter().filter_map(|value| value.to_str().ok());
        let known = cookies.filter_map(|cookies| Browser::from_cookies(cookies, self.is_https)).next();
        let (method, path) = (request.method(), request.uri().path());
        let mut new = None;
        let (status, said) = match (method, path, &known) {
            (&Method::GET, "/healthz", _) => self.health(),
            (_, "/checks" | "/back", _) if self.is_closed.load(Ordering::SeqCst) => unavailable(),
            // A cookie comes before anything is begun: a request that is sent again must come from the same browser.
            (&Method::GET, "/", None) => match Browser::new() {
                Ok(browser) => {
                    new = Some(browser);
                    (StatusCode::OK, json!({ "next": "POST /checks" }))
                }
                Err(error) => failed(&error),
            },
            (&Method::GET, "/", Some(_)) => (StatusCode::OK, json!({ "next": "POST /checks" })),
            (&Method::POST, "/checks", Some(browser)) => self.begin(request.body().as_bytes(), browser),
            (&Method::GET, "/back", Some(browser)) => self.back(request.uri().query().unwrap_or_default(), browser),
            (_, "/checks" | "/back", None) => (StatusCode::UNAUTHORIZED, json!({ "error": "GET / sets the cookie" })),
            _ => (StatusCode::NOT_FOUND, json!({ "error": "there is no such address" })),
        };
        let mut response = http::Response::builder()
            .status(status)
            .header(header::CONTENT_TYPE, "application/json")
            .header(header::CACHE_CONTROL, "no-store");
        if let Some(browser) = &new {
            response = response.header(header::SET_COOKIE, browser.set_cookie(self.is_https));
        }
        if status == StatusCode::SERVICE_UNAVAILABLE {
            response = response.header(header::RETRY_AFTER, "1");
        }
        response.body(said.to_string().into()).unwrap_or_default()
    }

    /// Whether a proxy should send people here: Redis can be asked, and this server is not about to end.
    fn health(&self) -> Answer {
        match !self.stop.is_asked() && self.results.count().is_ok() {
            true => (StatusCode::OK, json!({ "healthy": true })),
            false => (StatusCode::SERVICE_UNAVAILABLE, json!({ "healthy": false })),
        }
    }

    fn begin(&self, form: &[u8], browser: &Browser) -> Answer {
        let field =
            |wanted: &str| form_urlencoded::parse(form).find(|(name, _)| name == wanted).map(|(_, value)| value);
        let reference: Reference = match field("reference").map(|value| value.parse()) {
            Some(Ok(reference)) => reference,
            Some(Err(error)) => return failed(&error.into()),
            None => return failed(&liveness::Error::invalid("reference")),
        };
        if let Some(key) = &self.reference_key {
            let [expires, proof] = ["expires", "proof"].map(|name| field(name).unwrap_or_default());
            // A clock before 1970 lets nobody in.
            let now = SystemTime::now().duration_since(UNIX_EPOCH).map_or(u64::MAX, |since| since.as_secs());
            if let Err(refused) = key.check(reference.as_str(), &expires, &proof, now) {
                return (StatusCode::FORBIDDEN, json!({ "error": refused.to_string() }));
            }
        }
        match self.is_of(&reference, browser) {
            Ok(true) => {}
            Ok(false) => return (StatusCode::FORBIDDEN, json!({ "error": "another browser has begun this check" })),
            Err(_) => return unavailable(),
        }
        // The vendor's own record of the call leads back to the check. Whose check it is, the state and the cookie say.
        let back = match ReturnUrl::parse(&format!("{}?check={reference}", self.back)) {
            Ok(back) => back,
            Err(error) => return failed(&error),
        };
        let check = Check::liveness().with_return_url(back).with_reference(reference.clone());
        match self.keeper.begin(&check, browser) {
            Ok(Begun::Open { state, session }) => (StatusCode::OK, page(&state, &session)),
            Ok(Begun::Done(verdict)) => self.ended(reference.as_str(), &verdict),
            Err(error) => self.refused(Some(reference.as_str()), &error),
        }
    }

    /// Whether the check is this browser's. One that the journal knows and that has no owner any more is nobody's.
    fn is_of(&self, reference: &Reference, browser: &Browser) -> Result<bool, Box<dyn Error>> {
        match self.owners.owner(reference.as_str(), browser)? {
            Owner::This => Ok(true),
            Owner::Another => Ok(false),
            Owner::New if self.journal.find(&TryKey::new(reference.clone(), 1, CallKind::Begin))?.is_none() => Ok(true),
            Owner::New => self.owners.disown(reference.as_str()).map(|()| false).map_err(Into::into),
        }
    }

    fn back(&self, query: &str, browser: &Browser) -> Answer {
        let Some(state) = State::from_query(query) else { return failed(&liveness::Error::invalid("state")) };
        // Whose check it is must be known where the answer is an error.
        let session = match self.keeper.find(&state, browser) {
            Ok(Some(Progress::Pending(session))) => Some(session),
            Ok(_) | Err(_) => None,
        };
        let reference = session.as_ref().and_then(|session| session.receipt().reference());
        match self.keeper.returned(&state, browser) {
            Ok(Returned::Done(verdict)) => {
                let reference = verdict.receipt().reference().or(reference).map(ToString::to_string);
                self.ended(&reference.unwrap_or_default(), &verdict)
            }
            Ok(Returned::Pending(session)) => (StatusCode::ACCEPTED, page(&state, &session)),
            Ok(Returned::Busy) => {
                (StatusCode::SERVICE_UNAVAILABLE, json!({ "error": "another request asks for it now" }))
            }
            Ok(Returned::Unknown) => {
                (StatusCode::NOT_FOUND, json!({ "error": "there is no such check of this browser" }))
            }
            Err(error) => self.refused(reference.map(Reference::as_str), &error),
        }
    }

    fn ended(&self, reference: &str, verdict: &Verdict) -> Answer {
        let ended = Ended::verdict(verdict);
        match self.keep(reference, &ended) {
            true => (StatusCode::OK, json!({ "outcome": ended.word })),
            // The keeper or the journal has the verdict, if Redis took it before it was away, and gives it to the next request.
            false => unavailable(),
        }
    }

    /// Keeps a result, over a Redis that is away for a moment; whether it is kept.
    fn keep(&self, reference: &str, ended: &Ended) -> bool {
        let start = Instant::now();
        loop {
            match self.results.keep(reference, ended) {
                Ok(()) => return true,
                Err(error) if start.elapsed() > KEEP_TRYING => {
                    eprintln!("{reference}: {} is not kept: {}", ended.word, whole(&error));
                    return false;
                }
                Err(_) => thread::sleep(Duration::from_millis(500)),
            }
        }
    }

    fn refused(&self, reference: Option<&str>, error: &liveness::Error) -> Answer {
        let Some(ended) = Ended::error(error) else { return unavailable() };
        // Not over a Redis that is away: then that is what the error comes from, and the same request goes on when it is back.
        match reference.map(|reference| self.results.keep(reference, &ended)) {
            Some(Err(_)) => unavailable(),
            _ => failed(error),
        }
    }

    /// Finishes the checks of people who did not come back, and lets go of what is over. Every server does; a check is finished once.
    fn sweep(&self) {
        if self.stop.is_asked() {
            return;
        }
        let _under_way = UnderWay::begin(&self.under_way);
        let finished = self.keeper.finish_open(SWEEP.1).unwrap_or_else(|error| {
            eprintln!("open checks could not be finished: {}", whole(&error));
            Vec::new()
        });
        for Finished { session, result } in &finished {
            let Some(reference) = session.receipt().reference() else { continue };
            let ended = match result {
                Ok(Progress::Done(verdict)) => Some(Ended::verdict(verdict)),
                Ok(Progress::Pending(_)) => None,
                Err(error) => Ended::error(error),
            };
            if let Some(ended) = ended {
                self.keep(reference.as_str(), &ended);
            }
        }
        if let Err(error) = self.keeper.sweep() {
            eprintln!("expired entries could not be removed: {}", whole(&error));
        }
    }

    /// Keeps the results that are missing, such as those of a server that was killed, if no other server does.
    fn find_missing(&self) {
        match self.missing.pass(|| self.stop.is_asked()) {
            Ok(None | Some(0)) => {}
            Ok(Some(kept)) => println!("server {}: kept {kept} results that were missing", process::id()),
            Err(error) => eprintln!("{}", whole(&error)),
        }
    }
}

fn page(state: &State, session: &Session) -> Value {
    json!({ "page": session.page_url(), "state": state.reveal() })
}

fn failed(error: &liveness::Error) -> Answer {
    let status = match error.kind() {
        ErrorKind::InvalidCheck => StatusCode::BAD_REQUEST,
        ErrorKind::Expired => StatusCode::GONE,
        ErrorKind::OutcomeUnknown => StatusCode::CONFLICT,
        // What a proxy answers in place of a server begins with 5.
        _ => StatusCode::FAILED_DEPENDENCY,
    };
    (status, json!({ "error": error.kind().as_str(), "reason": error.to_string() }))
}

/// Send the same again.
fn unavailable() -> Answer {
    (StatusCode::SERVICE_UNAVAILABLE, json!({ "error": "send the same again" }))
}
