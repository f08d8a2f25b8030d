//! A real Chromium with a fake camera: what a person does with it, and what they see.

use std::{
    ffi::OsStr,
    fs,
    io::{self, Write},
    path::{Path, PathBuf},
    sync::Arc,
    time::{Duration, Instant},
};

use headless_chrome::{
    Browser, LaunchOptions, Tab,
    browser::default_executable,
    protocol::cdp::{Emulation, Page},
};

/// Long enough for a loaded machine.
const PATIENCE: Duration = Duration::from_secs(60);

/// The browser's program, or why there is none; where CI is set there must be one.
pub(crate) fn found() -> bool {
    match default_executable() {
        Ok(_) => true,
        Err(why) => {
            assert!(std::env::var_os("CI").is_none(), "CI needs Chromium (apt-get install chromium): {why}");
            // Not eprintln!, which the test harness keeps to itself while the test passes.
            let _ = writeln!(
                io::stderr(),
                "skipped: no Chromium found, so the hosted page was not tested in a browser ({why})"
            );
            false
        }
    }
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
    tab: Arc<Tab>,
    /// Ends with the window.
    _browser: Browser,
    shots: PathBuf,
}

impl Window {
    /// Opens one whose language is given as a browser does (`en-US`, `zh-CN`); `test` names its screenshots.
    pub(crate) fn open(test: &str, screen: Screen, camera: Camera, language: &str) -> Self {
        let (lang, accept) = (format!("--lang={language}"), format!("--accept-lang={language}"));
        let mut args = vec!["--disable-gpu", "--disable-background-networking", "--hide-scrollbars", &lang, &accept];
        args.extend(match camera {
            Camera::Allowed => &["--use-fake-device-for-media-stream", "--use-fake-ui-for-media-stream"][..],
            Camera::Denied => &["--use-fake-device-for-media-stream", "--deny-permission-prompts"],
            Camera::Missing => &["--use-fake-ui-for-media-stream", "--use-fake-device-for-media-stream=device-count=0"],
        });
        let options = LaunchOptions {
            sandbox: false,
            idle_browser_timeout: Duration::from_secs(300),
            window_size: Some((1280, 800)),
            args: args.iter().map(OsStr::new).collect(),
            ..LaunchOptions::default()
        };
        let browser = Browser::new(options).expect("Chromium starts");
        let tab = browser.new_tab().expect("a tab");
        tab.set_default_timeout(PATIENCE);
        let phone = match screen {
            Screen::Phone => Some((390, 844)),
            Screen::PhoneOnItsSide => Some((844, 390)),
            Screen::Desktop => None,
        };
        if let Some((width, height)) = phone {
            let phone = Emulation::SetDeviceMetricsOverride {
                width,
                height,
                device_scale_factor: 2.0,
                mobile: true,
                scale: None,
                screen_width: None,
                screen_height: None,
                position_x: None,
                position_y: None,
                dont_set_visible_size: None,
                screen_orientation: None,
                viewport: None,
                display_feature: None,
                device_posture: None,
            };
            tab.call_method(phone).expect("a phone's screen");
        }
        // Beside the folder that cargo gives to tests: `target/h5-shots/`.
        let shots = Path::new(env!("CARGO_TARGET_TMPDIR")).with_file_name("h5-shots").join(test);
        fs::create_dir_all(&shots).expect("a folder for screenshots");
        Self { tab, _browser: browser, shots }
    }

    pub(crate) fn go(&self, url: &str) {
        self.tab.navigate_to(url).and_then(|tab| tab.wait_until_navigated().map(drop)).expect("the page loads");
    }

    /// Loads the page again, until this is on the new one.
    pub(crate) fn reload(&self, selector: &str) {
        self.ask("window.isOld = true");
        self.tab.reload(true, None).expect("the page loads again");
        let by = Instant::now() + PATIENCE;
        while self.ask("window.isOld === undefined && document.readyState === 'complete'") != "true" {
            assert!(Instant::now() < by, "not loaded again");
        }
        self.wait(selector);
    }

    pub(crate) fn prefer_reduced_motion_and_darkness(&self) {
        let wishes = [("prefers-reduced-motion", "reduce"), ("prefers-color-scheme", "dark")];
        let features = wishes.map(|(name, value)| Emulation::MediaFeature { name: name.into(), value: value.into() });
        self.tab
            .call_method(Emulation::SetEmulatedMedia { media: None, features: Some(features.into()) })
            .expect("set");
    }

    /// Waits until something on the page fits this selector.
    pub(crate) fn wait(&self, selector: &str) {
        if let Err(why) = self.tab.wait_for_element(selector) {
            panic!("{selector} never came ({why}); at {} it says {:?}", self.tab.get_url(), self.text());
        }
    }

    pub(crate) fn click(&self, selector: &str) {
        self.tab.wait_for_element(selector).and_then(|element| element.click().map(drop)).expect("a click");
    }

    pub(crate) fn fill(&self, selector: &str, text: &str) {
        let element = self.tab.wait_for_element(selector).expect("a field");
        element.click().and_then(|element| element.type_into(text).map(drop)).expect("typing");
    }

    pub(crate) fn press(&self, key: &str) {
        self.tab.press_key(key).expect("a key");
    }

    /// Runs a script and gives its value as text, awaiting promises.
    pub(crate) fn ask(&self, script: &str) -> String {
        let value = self.tab.evaluate(&format!("(async () => String({script}))()"), true).expect("the script runs");
        value.value.and_then(|value| value.as_str().map(str::to_owned)).unwrap_or_default()
    }

    /// All that can be read.
    pub(crate) fn text(&self) -> String {
        self.ask("document.body.innerText")
    }

    /// Waits until the address begins like this.
    pub(crate) fn arrive(&self, prefix: &str) {
        let by = Instant::now() + PATIENCE;
        while !self.tab.get_url().starts_with(prefix) {
            assert!(Instant::now() < by, "still at {}: {:?}", self.tab.get_url(), self.text());
            std::thread::yield_now();
        }
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
        let by = Instant::now() + PATIENCE;
        let mut seen = 0;
        while self.ask("typeof window.letGo") != "function" {
            let played = self.played();
            assert!(Instant::now() < by, "still at {}: {played:?}", self.tab.get_url());
            if let Some(step) = played.last().filter(|_| played.len() > seen) {
                seen = played.len();
                if let Ok(png) = self.picture() {
                    self.keep(&format!("3-{}", step.name), &png);
                }
            }
        }
        let played = self.played();
        self.ask("letGo()");
        played
    }

    /// Keeps what is to be seen, for people to look at.
    pub(crate) fn shot(&self, name: &str) {
        self.keep(name, &self.picture().expect("a screenshot"));
    }

    fn keep(&self, name: &str, png: &[u8]) {
        fs::write(self.shots.join(format!("{name}.png")), png).expect("written");
    }

    fn picture(&self) -> Result<Vec<u8>, impl std::fmt::Debug> {
        self.tab.capture_screenshot(Page::CaptureScreenshotFormatOption::Png, None, None, true)
    }
}
