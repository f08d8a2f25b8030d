//! Tests of the site with money, people and strangers. In process, with vendors that answer as a test tells them.

mod doubts;
mod load;
mod money;
mod operator;
mod people;

use std::{
    collections::VecDeque,
    fmt, fs,
    path::{Path, PathBuf},
    sync::{Arc, Mutex},
};

use http::Method;
use liveness::{
    Body, Check, Error, Failure, LivenessProvider, ManualClock, Outcome, Portrait, Progress, ProviderId, Receipt,
    Request, Requirements, Result, Session, Verdict,
    keeper::{self, Keeper, Kept},
};
use time::{Duration, OffsetDateTime, macros::datetime};

use crate::{
    address::PublicUrl,
    entries::AllEntries,
    preparers::Preparers,
    site::Site,
    turns::Turns,
    visit::Visit,
    visits::{Visits, random, store},
};

const NOW: OffsetDateTime = datetime!(2026-03-01 04:00 UTC);
const URL: &str = "http://127.0.0.1:8080";
/// The standard's own example, nobody's.
const NAME: &str = "张三";
const ID_NUMBER: &str = "11010519491231002X";
const IDENTITY: [(&str, &str); 2] = [("name", NAME), ("number", ID_NUMBER)];

type Hook = Box<dyn Fn() + Send + Sync>;

/// A vendor that answers what it is told to, and else what a person who passes gets.
struct Vendor {
    id: ProviderId,
    begins: Mutex<VecDeque<Result<Progress>>>,
    resumes: Mutex<VecDeque<Result<Progress>>>,
    portraits: Mutex<VecDeque<Result<Option<Portrait>>>>,
    calls: Mutex<Vec<&'static str>>,
    on_begin: Mutex<Option<Hook>>,
}

impl Vendor {
    fn new(id: &str) -> Arc<Self> {
        Arc::new(Self {
            id: id.parse().unwrap(),
            begins: Mutex::default(),
            resumes: Mutex::default(),
            portraits: Mutex::default(),
            calls: Mutex::default(),
            on_begin: Mutex::default(),
        })
    }

    fn receipt(&self) -> Receipt {
        Receipt::new(self.id.clone()).with_request_id("Z1")
    }

    fn verdict(&self, outcome: Outcome) -> Verdict {
        Verdict::new(outcome, self.receipt()).with_portrait_url("https://vendor.example/portrait")
    }

    fn session(&self) -> Session {
        Session::new(self.receipt(), "token-1", NOW, Duration::minutes(10)).with_page_url("https://vendor.example/page")
    }

    fn next_begin(&self, answer: Result<Progress>) {
        self.begins.lock().unwrap().push_back(answer);
    }

    fn next_resume(&self, answer: Result<Progress>) {
        self.resumes.lock().unwrap().push_back(answer);
    }

    fn calls(&self, name: &str) -> usize {
        self.calls.lock().unwrap().iter().filter(|call| **call == name).count()
    }

    fn called(&self, name: &'static str) {
        self.calls.lock().unwrap().push(name);
    }
}

impl fmt::Debug for Vendor {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Vendor")
    }
}

impl LivenessProvider for Vendor {
    fn id(&self) -> &ProviderId {
        &self.id
    }

    fn requirements(&self) -> Requirements {
        Requirements::new([])
    }

    fn begin(&self, check: &Check) -> Result<Progress> {
        self.called("begin");
        if let Some(hook) = self.on_begin.lock().unwrap().as_ref() {
            hook();
        }
        let told = self.begins.lock().unwrap().pop_front();
        told.unwrap_or_else(|| match check.identity() {
            Some(_) => Ok(Progress::Done(self.verdict(Outcome::Passed))),
            None => Ok(Progress::Pending(self.session())),
        })
    }

    fn resume(&self, _: &Session) -> Result<Progress> {
        self.called("resume");
        let told = self.resumes.lock().unwrap().pop_front();
        told.unwrap_or_else(|| Ok(Progress::Done(self.verdict(Outcome::Passed))))
    }

    fn portrait(&self, _: &Verdict) -> Result<Option<Portrait>> {
        let told = self.portraits.lock().unwrap().pop_front();
        told.unwrap_or_else(|| Ok(Some(Portrait::new(jpeg()))))
    }
}

fn jpeg() -> Vec<u8> {
    let mut bytes = Vec::new();
    let pixels = vec![128; 480 * 640];
    jpeg_encoder::Encoder::new(&mut bytes, 90).encode(&pixels, 480, 640, jpeg_encoder::ColorType::Luma).unwrap();
    bytes
}

/// A site with a folder of its own.
struct World {
    hosted: Arc<Vendor>,
    compare: Arc<Vendor>,
    site: Site,
    folder: PathBuf,
    clock: ManualClock,
}

impl World {
    fn new() -> Self {
        let (hosted, compare) = (Vendor::new("jumdata/default"), Vendor::new("tencent-market/default"));
        let folder = std::env::temp_dir().join(format!("h5-server-test-{}", random().unwrap()));
        let (clock, store) = (ManualClock::new(NOW), store(&folder).unwrap());
        let site = Site {
            keeper: Keeper::new(hosted.clone(), store.clone()).with_clock(clock.clone()),
            compare: Some(compare.clone()),
            preparers: Preparers::with(1),
            visits: Visits::new(store),
            turns: Turns::default(),
            entries: AllEntries::default(),
            public_url: PublicUrl::parse(URL).unwrap(),
            has_plain_page: false,
            is_sandbox: false,
            begin_anew: 0,
        };
        Self { hosted, compare, site, folder, clock }
    }

    /// As after a kill: what is in memory is gone, what is in the folder stays.
    fn restart(&mut self) {
        let store = store(&self.folder).unwrap();
        self.site.visits = Visits::new(store.clone());
        self.site.keeper = Keeper::new(self.hosted.clone(), store).with_clock(self.clock.clone());
        self.site.entries = AllEntries::default();
    }

    fn files(&self) -> Vec<PathBuf> {
        files(&self.folder)
    }

    fn sweep(&self, now: OffsetDateTime) {
        self.clock.set(now);
        self.site.keeper.sweep().unwrap();
    }

    /// The one visit that is kept.
    fn visit(&self) -> Visit {
        one_visit(&self.folder).1
    }
}

impl Drop for World {
    fn drop(&mut self) {
        let _ = fs::remove_dir_all(&self.folder);
    }
}

fn files(folder: &Path) -> Vec<PathBuf> {
    fs::read_dir(folder).unwrap().map(|entry| entry.unwrap().path()).collect()
}

/// The visit among the sessions, and its file.
fn one_visit(folder: &Path) -> (PathBuf, Visit) {
    let visits = files(folder).into_iter().filter_map(|file| {
        let kept: Kept = serde_json::from_slice(&fs::read(&file).unwrap()).unwrap();
        Some((file, serde_json::from_str(kept.data()).ok()?))
    });
    let [visit] = <[_; 1]>::try_from(visits.collect::<Vec<_>>()).map_err(|visits| visits.len()).expect("one visit");
    visit
}

/// One browser: its cookie, its clock, and the number of the last form that it saw.
struct Browser<'a> {
    site: &'a Site,
    cookie: String,
    form: String,
    now: OffsetDateTime,
    language: &'static str,
}

struct Seen {
    status: u16,
    location: String,
    text: String,
}

impl Seen {
    fn title(&self) -> &str {
        self.text.split("<h1>").nth(1).and_then(|rest| rest.split("</h1>").next()).unwrap_or_default()
    }

    fn offers(&self, action: &str) -> bool {
        self.text.contains(&format!("action=\"{action}\""))
    }
}

impl<'a> Browser<'a> {
    /// One that has seen the start page.
    fn new(site: &'a Site) -> Self {
        let mut browser = Self { site, cookie: String::new(), form: String::new(), now: NOW, language: "en" };
        browser.get("/");
        browser
    }

    /// Up to the vendor's page.
    fn filming(site: &'a Site) -> Self {
        let mut browser = Self::new(site);
        assert_eq!(browser.post("/begin", &[]).location, "https://vendor.example/page");
        browser.get("/");
        browser
    }

    /// Up to the form for name and number.
    fn passed(site: &'a Site) -> Self {
        let mut browser = Self::filming(site);
        assert_eq!(browser.back().location, "/result");
        assert!(browser.get("/result").offers("/identify"));
        browser
    }

    fn get(&mut self, path: &str) -> Seen {
        let seen = self.ask(Method::GET, path, String::new());
        if let Some((_, form)) = seen.text.split_once("name=\"form\" value=\"") {
            self.form = form.split('"').next().unwrap().to_owned();
        }
        seen
    }

    /// From the vendor's page to the return URL.
    fn back(&mut self) -> Seen {
        self.get(&format!("/back?{}", self.back_query()))
    }

    fn back_query(&self) -> String {
        let browser = keeper::Browser::parse(&self.cookie).unwrap();
        let state = self.site.visits.load(&browser, self.now).unwrap().and_then(|visit| visit.stage.state());
        format!("token=t&state={}", state.map(|state| state.reveal().to_owned()).unwrap_or_default())
    }

    fn post(&mut self, path: &str, fields: &[(&str, &str)]) -> Seen {
        let mut body = form_urlencoded::Serializer::new(String::new());
        let body = body.append_pair("form", &self.form).extend_pairs(fields).finish();
        let seen = self.ask(Method::POST, path, body);
        assert_eq!((seen.status, seen.text.as_str()), (303, ""), "a form is answered by a redirect: {path}");
        seen
    }

    /// Sends a form and follows to the page that comes of it.
    fn send(&mut self, path: &str, fields: &[(&str, &str)]) -> Seen {
        let seen = self.post(path, fields);
        self.follow(seen)
    }

    fn follow(&mut self, mut seen: Seen) -> Seen {
        for _ in 0..5 {
            if seen.status != 303 || seen.location.starts_with("http") {
                return seen;
            }
            seen = self.get(&seen.location);
        }
        panic!("it is sent in a circle: {}", seen.location);
    }

    fn ask(&mut self, method: Method, path: &str, body: String) -> Seen {
        let mut request = Request::new(Body::from(body));
        *request.method_mut() = method;
        *request.uri_mut() = format!("{URL}{path}").parse().unwrap();
        let headers = request.headers_mut();
        headers.insert("origin", URL.parse().unwrap());
        headers.insert("accept-language", self.language.parse().unwrap());
        headers.insert("cookie", format!("liveness_browser={}", self.cookie).parse().unwrap());
        let response = self.site.answer(&request, self.now);
        let header = |name| response.headers().get(name).map_or("", |value| value.to_str().unwrap());
        if let Some(cookie) = header("set-cookie").strip_prefix("liveness_browser=") {
            self.cookie = cookie.split(';').next().unwrap().to_owned();
        }
        Seen {
            status: response.status().as_u16(),
            location: header("location").to_owned(),
            text: String::from_utf8(response.body().as_bytes().to_vec()).unwrap(),
        }
    }
}

fn failed(why: Failure) -> Outcome {
    Outcome::Failed(why)
}

fn done(vendor: &Vendor, outcome: Outcome) -> Result<Progress, Error> {
    Ok(Progress::Done(vendor.verdict(outcome)))
}
