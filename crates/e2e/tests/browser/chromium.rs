//! A real Chromium with a fake camera: what a person does with it, and what they see.

use std::{
    collections::BTreeMap,
    env, fs,
    io::{self, Write},
    path::{Path, PathBuf},
    process::{Child, Command, Stdio},
    sync::{
        Condvar, Mutex, PoisonError,
        atomic::{AtomicUsize, Ordering},
    },
    thread,
    time::{Duration, Instant},
};

use serde_json::{Value, json};

use crate::devtools::{PATIENCE, Refused, Tab};

/// The names of its program, the first that is found; `CHROME` names another.
const PROGRAMS: [&str; 9] = [
    "chromium",
    "chromium-browser",
    "google-chrome-stable",
    "google-chrome",
    "chrome",
    "microsoft-edge-stable",
    "/Applications/Google Chrome.app/Contents/MacOS/Google Chrome",
    "/Applications/Chromium.app/Contents/MacOS/Chromium",
    "C:\\Program Files (x86)\\Microsoft\\Edge\\Application\\msedge.exe",
];
/// A browser that is watched, and nothing that it does by itself.
const FLAGS: [&str; 17] = [
    "--headless",
    "--no-sandbox",
    "--remote-debugging-port=0",
    "--window-size=1280,800",
    "--disable-gpu",
    "--disable-dev-shm-usage",
    "--disable-background-networking",
    "--disable-background-timer-throttling",
    "--disable-renderer-backgrounding",
    "--disable-default-apps",
    "--disable-extensions",
    "--disable-sync",
    "--force-color-profile=srgb",
    "--hide-scrollbars",
    "--no-first-run",
    "--password-store=basic",
    "--use-mock-keychain",
];
/// Width and height of a phone, in CSS pixels.
const PHONE: (u32, u32) = (390, 844);
const NARROW_PHONE: (u32, u32) = (320, 568);
/// Browsers at the same time: most of what they do is to wait.
const MOST_AT_ONCE: usize = 5;
/// Between two looks at what has no event.
pub(crate) const LOOK: Duration = Duration::from_millis(20);

/// The browser's program; where CI is set there must be one.
pub(crate) fn found() -> bool {
    let is_there = program().is_some();
    if !is_there {
        assert!(env::var_os("CI").is_none(), "CI needs Chromium (apt-get install chromium)");
        // Not eprintln!, which the test harness keeps to itself while the test passes.
        let _ = writeln!(io::stderr(), "skipped: no Chromium found, so the hosted page was not tested in a browser");
    }
    is_there
}

fn program() -> Option<PathBuf> {
    let named = env::var_os("CHROME").map(PathBuf::from);
    let path = env::var_os("PATH").unwrap_or_default();
    // A whole path joined to a folder is that path.
    let all = PROGRAMS.iter().flat_map(|name| env::split_paths(&path).map(move |folder| folder.join(name)));
    named.into_iter().chain(all).find(|program| program.is_file())
}

#[derive(Clone, Copy)]
pub(crate) enum Screen {
    Phone,
    PhoneOnItsSide,
    Desktop,
}

#[derive(Clone, Copy)]
pub(crate) enum Camera {
    /// There is one, and the person allows it.
    Allowed,
    /// There is one, and the person refuses it.
    Denied,
    /// The machine has none.
    Missing,
}

/// Writes down each step that the hosted page plays, and each flash, as they happen: looking now and then would miss some. The
/// picture waits at the end until all was read.
const WRITE_DOWN: &str = "(() => { window.played = []; const send = window.fetch; \
    new MutationObserver(() => { const body = document.body, last = played[played.length - 1]; \
        const isFlash = body.dataset.step === 'flash' && body.classList.contains('flash'); \
        const name = !isFlash ? body.dataset.step : body.style.getPropertyValue('--flash-ink') === '#000' ? 'bright' : 'dark'; \
        if (name && name !== 'flash' && (!last || last.name !== name)) played.push({ name, at: performance.now() }); \
    }).observe(document.body, { attributes: true }); \
    window.fetch = async (...what) => { await new Promise((go) => { window.letGo = go; }); return send(...what); }; })()";

/// What the hosted page played.
#[derive(Clone, Debug, serde::Deserialize)]
pub(crate) struct Step {
    /// An action by its name, `ready`, `bright` or `dark`.
    pub(crate) name: String,
    /// When, in milliseconds since the page was loaded.
    pub(crate) at: f64,
}

/// A tab of a browser of its own, so that no cookie, permission or language of one test reaches another.
pub(crate) struct Window {
    tab: Mutex<Tab>,
    browser: Child,
    profile: PathBuf,
    pub(crate) shots: PathBuf,
    /// What its person prefers, by the names of CSS.
    wishes: Mutex<BTreeMap<&'static str, &'static str>>,
    /// Given back when the window is closed.
    _place: Place,
}

impl Window {
    /// Opens one whose language is given as a browser does (`en-US`, `zh-CN`); `test` names its screenshots.
    pub(crate) fn open(test: &str, screen: Screen, camera: Camera, language: &str) -> Self {
        let place = Place::take();
        let target = Path::new(env!("CARGO_TARGET_TMPDIR"));
        static LAST: AtomicUsize = AtomicUsize::new(0);
        let number = LAST.fetch_add(1, Ordering::Relaxed);
        let profile = target.join(format!("chromium-{}-{number}", std::process::id()));
        let mut command = Command::new(program().expect("`found` was asked"));
        command.args(FLAGS).arg(format!("--lang={language}"));
        command.arg(format!("--user-data-dir={}", profile.display())).args(match camera {
            Camera::Allowed => ["--use-fake-device-for-media-stream", "--use-fake-ui-for-media-stream"],
            Camera::Denied => ["--use-fake-device-for-media-stream", "--deny-permission-prompts"],
            Camera::Missing => ["--use-fake-ui-for-media-stream", "--use-fake-device-for-media-stream=device-count=0"],
        });
        command.arg("about:blank").stdin(Stdio::null()).stdout(Stdio::null()).stderr(Stdio::piped());
        let mut browser = command.spawn().expect("Chromium starts");
        let tab = Mutex::new(Tab::of(&mut browser));
        // Beside the folder that cargo gives to tests: `target/h5-shots/`.
        let shots = target.with_file_name("h5-shots").join(test);
        fs::create_dir_all(&shots).expect("a folder for screenshots");
        let window = Self { tab, browser, profile, shots, wishes: Mutex::default(), _place: place };
        // Not by `--accept-lang`, which a headless Chromium 86 does not know.
        let agent = window.ask("navigator.userAgent");
        window.call("Emulation.setUserAgentOverride", json!({ "userAgent": agent, "acceptLanguage": language }));
        match screen {
            Screen::Phone => window.be_phone(PHONE),
            Screen::PhoneOnItsSide => window.be_phone((PHONE.1, PHONE.0)),
            Screen::Desktop => {}
        }
        window
    }

    fn be_phone(&self, (width, height): (u32, u32)) {
        let phone = json!({ "width": width, "height": height, "deviceScaleFactor": 2, "mobile": true });
        self.call("Emulation.setDeviceMetricsOverride", phone);
    }

    /// Panics if something sticks out sideways on the narrowest phone that WCAG 2.2 counts with (1.4.10, 320 px). The window is a phone
    /// before and after.
    pub(crate) fn fits_a_narrow_phone(&self, state: &str) {
        self.be_phone(NARROW_PHONE);
        assert_eq!(self.ask("document.documentElement.scrollWidth"), NARROW_PHONE.0.to_string(), "{state}");
        self.be_phone(PHONE);
    }

    fn call(&self, method: &str, parameters: Value) -> Value {
        self.try_call(method, parameters).unwrap_or_else(|why| panic!("{why}"))
    }

    pub(crate) fn try_call(&self, method: &str, parameters: Value) -> Result<Value, Refused> {
        self.tab.lock().unwrap_or_else(PoisonError::into_inner).call(method, parameters)
    }

    pub(crate) fn go(&self, url: &str) {
        let gone = self.call("Page.navigate", json!({ "url": url }));
        assert!(gone["errorText"].is_null(), "{url}: {gone}");
        self.until("document.readyState === 'complete'", || format!("{url} is not loaded"));
    }

    /// Loads the page again, until this is on the new one.
    pub(crate) fn reload(&self, selector: &str) {
        self.ask("window.isOld = true");
        self.call("Page.reload", json!({ "ignoreCache": true }));
        self.until("window.isOld === undefined && document.readyState === 'complete'", || "not loaded again".into());
        self.wait(selector);
    }

    /// Sets what the person prefers, beside what was set before.
    pub(crate) fn prefer(&self, name: &'static str, value: &'static str) {
        let mut wishes = self.wishes.lock().unwrap_or_else(PoisonError::into_inner);
        wishes.insert(name, value);
        let features: Vec<_> = wishes.iter().map(|(name, value)| json!({ "name": name, "value": value })).collect();
        self.call("Emulation.setEmulatedMedia", json!({ "features": features }));
    }

    /// Whether the pages that are loaded from now on have no JavaScript. They answer scripts of a test all the same.
    pub(crate) fn run_no_scripts(&self, is_so: bool) {
        self.call("Emulation.setScriptExecutionDisabled", json!({ "value": is_so }));
    }

    /// Waits until something on the page fits this selector.
    pub(crate) fn wait(&self, selector: &str) {
        self.until(&format!("document.querySelector({}) !== null", quoted(selector)), || {
            format!("{selector} never came; at {} it says {:?}", self.url(), self.text())
        });
    }

    /// Waits until this is true, on whatever page is there by then.
    fn until(&self, condition: &str, complaint: impl Fn() -> String) {
        let by = Instant::now() + PATIENCE;
        loop {
            match self.evaluate(condition).as_deref() {
                Ok("true") => return,
                Ok(_) | Err(Refused::PageLeft) => assert!(Instant::now() < by, "{}", complaint()),
                Err(why) => panic!("{condition}: {why}"),
            }
            thread::sleep(LOOK);
        }
    }

    /// Clicks in the middle of it, as a person does: what lies over it would get the click.
    pub(crate) fn click(&self, selector: &str) {
        self.wait(selector);
        // A style sheet that comes later would move it.
        self.until("document.readyState === 'complete'", || format!("{} is not loaded", self.url()));
        let place = self.ask(&format!(
            "(() => {{ const element = document.querySelector({}); element.scrollIntoView({{ block: 'center', behavior: 'instant' }}); \
             const box = element.getBoundingClientRect(), x = box.x + box.width / 2, y = box.y + box.height / 2; \
             const hit = document.elementFromPoint(x, y); \
             return JSON.stringify(element.contains(hit) ? [x, y] : [hit && hit.outerHTML]); }})()",
            quoted(selector)
        ));
        let place: Value = serde_json::from_str(&place).expect("a place");
        assert!(place[1].is_number(), "{selector} cannot be clicked: {place} is there");
        for (kind, button, clicks) in
            [("mouseMoved", "none", 0), ("mousePressed", "left", 1), ("mouseReleased", "left", 1)]
        {
            let mouse = json!({ "type": kind, "x": place[0], "y": place[1], "button": button, "clickCount": clicks });
            self.input("Input.dispatchMouseEvent", mouse);
        }
    }

    /// Writes into a field.
    pub(crate) fn fill(&self, selector: &str, text: &str) {
        self.click(selector);
        self.until(&format!("document.activeElement === document.querySelector({})", quoted(selector)), || {
            format!("{selector} takes no text")
        });
        self.input("Input.insertText", json!({ "text": text }));
    }

    pub(crate) fn press(&self, key: &str) {
        let (code, text) = match key {
            "Tab" => (9, ""),
            "Enter" => (13, "\r"),
            "Escape" => (27, ""),
            _ => panic!("no key {key} is known here"),
        };
        for kind in ["keyDown", "keyUp"] {
            let text = if kind == "keyDown" { text } else { "" };
            let press = json!({ "type": kind, "key": key, "code": key, "windowsVirtualKeyCode": code, "text": text });
            self.input("Input.dispatchKeyEvent", press);
        }
    }

    /// What a person does may lead to another page before the browser has said that it is done.
    fn input(&self, method: &str, parameters: Value) {
        match self.try_call(method, parameters) {
            Ok(_) | Err(Refused::PageLeft) => {}
            Err(why) => panic!("{why}"),
        }
    }

    /// Runs a script and gives its value as text, awaiting promises.
    pub(crate) fn ask(&self, script: &str) -> String {
        self.evaluate(script).unwrap_or_else(|why| panic!("{script}: {why}"))
    }

    fn evaluate(&self, script: &str) -> Result<String, Refused> {
        let script = format!("(async () => String({script}))()");
        let asked = json!({ "expression": script, "awaitPromise": true, "returnByValue": true, "userGesture": true });
        let answer = self.try_call("Runtime.evaluate", asked)?;
        match answer["exceptionDetails"]["exception"]["description"].as_str() {
            Some(why) => Err(Refused::Other(why.to_owned())),
            None => Ok(answer["result"]["value"].as_str().unwrap_or_default().to_owned()),
        }
    }

    /// All that can be read.
    pub(crate) fn text(&self) -> String {
        self.ask("document.body.innerText")
    }

    pub(crate) fn url(&self) -> String {
        self.evaluate("location.href").unwrap_or_default()
    }

    /// Waits until the address begins like this.
    pub(crate) fn arrive(&self, prefix: &str) {
        self.until(&format!("location.href.startsWith({})", quoted(prefix)), || {
            format!("still at {}: {:?}", self.url(), self.text())
        });
        self.wait("main h1");
    }

    /// From now on what the hosted page plays is written down.
    pub(crate) fn write_down(&self) {
        self.ask(WRITE_DOWN);
    }

    fn played(&self) -> Vec<Step> {
        serde_json::from_str(&self.ask("JSON.stringify(window.played)")).expect("steps")
    }

    /// Waits until the hosted page has played all and says what it was; keeps what is to be seen on the way, of which a busy
    /// machine misses some.
    pub(crate) fn watch(&self) -> Vec<Step> {
        let mut seen = 0;
        loop {
            self.until(&format!("typeof window.letGo === 'function' || window.played.length > {seen}"), || {
                format!("still at {}: {:?}", self.url(), self.played())
            });
            let played = self.played();
            if self.ask("typeof window.letGo") == "function" {
                self.ask("letGo()");
                return played;
            }
            if let Some(step) = played.last().filter(|_| played.len() > seen) {
                seen = played.len();
                if let Ok(png) = self.picture("png") {
                    self.keep(&format!("3-{}", step.name), &png);
                }
            }
        }
    }
}

impl Drop for Window {
    fn drop(&mut self) {
        let _ = self.try_call("Browser.close", json!({}));
        let by = Instant::now() + Duration::from_secs(5);
        while matches!(self.browser.try_wait(), Ok(None)) && Instant::now() < by {
            thread::sleep(LOOK);
        }
        let _ = self.browser.kill();
        let _ = self.browser.wait();
        let _ = fs::remove_dir_all(&self.profile);
    }
}

fn quoted(text: &str) -> String {
    Value::from(text).to_string()
}

/// One of the browsers that may run at the same time.
struct Place;

static TAKEN: Mutex<usize> = Mutex::new(0);
static FREED: Condvar = Condvar::new();

impl Place {
    fn take() -> Self {
        let taken = TAKEN.lock().unwrap_or_else(PoisonError::into_inner);
        let mut taken = FREED.wait_while(taken, |taken| *taken >= MOST_AT_ONCE).unwrap_or_else(PoisonError::into_inner);
        *taken += 1;
        Self
    }
}

impl Drop for Place {
    fn drop(&mut self) {
        *TAKEN.lock().unwrap_or_else(PoisonError::into_inner) -= 1;
        FREED.notify_one();
    }
}
