//! Tests of the page in each state, in both languages; with UPDATE_PICTURES set, they make the manual's pictures.

use std::thread;

use liveness::sandbox::{Call, Scenario};

use crate::{
    ID_NUMBER, NAME, accessibility, back, begin,
    chromium::{self, Camera, Screen, Window},
    stage::{Stage, session},
};

/// A person of this language, before servers of their own.
struct Visit {
    stage: Stage,
    window: Window,
    language: &'static str,
}

impl Visit {
    fn begin(name: &str, language: &'static str, camera: Camera) -> (Self, String) {
        let name = format!("states-{name}-{language}");
        let stage = Stage::open(&name);
        let browser = if language == "zh" { "zh-CN" } else { "en-US" };
        let window = Window::open(&name, Screen::Phone, camera, browser);
        let token = begin(&window, &stage);
        (Self { stage, window, language }, token)
    }

    /// What is to be seen now. Nobody may be kept out of it.
    fn picture(&self, state: &str) {
        self.window.shot(state);
        self.window.keep_for_the_manual(self.language, state);
        accessibility::examine(&self.window, state);
        self.window.fits_a_narrow_phone(state);
    }

    /// The camera check ends like this, and the person is back.
    fn ends(&self, token: &str, scenario: &str) {
        self.stage.sandbox.arm(Scenario::named(scenario).unwrap());
        assert!(self.stage.sandbox.finish(&session(token)));
        back(&self.window, &self.stage);
        self.window.wait("main h1");
    }

    fn identify(&self, until: &str) {
        self.window.fill("#name", NAME);
        self.window.fill("#number", ID_NUMBER);
        self.window.click("form[action='/identify'] button");
        self.window.wait(until);
    }
}

#[test]
fn every_state_is_a_page_that_nobody_is_kept_out_of() {
    if !chromium::found() {
        return;
    }
    for language in ["en", "zh"] {
        thread::scope(|scope| {
            scope.spawn(|| filmed(language));
            scope.spawn(|| refused(language));
            scope.spawn(|| compared(language));
            scope.spawn(|| answered(language));
        });
    }
}

/// From the start to the picture that is sent, with all that can come between.
fn filmed(language: &'static str) {
    let (visit, _) = Visit::begin("filmed", language, Camera::Allowed);
    let window = &visit.window;
    visit.picture("intro");
    back(window, &visit.stage);
    visit.picture("pending");
    window.click("a.button");
    window.wait("body[data-screen=intro]");
    // A prompt that nobody has answered yet.
    window.ask(
        "(window.camera = navigator.mediaDevices.getUserMedia.bind(navigator.mediaDevices), \
         navigator.mediaDevices.getUserMedia = () => new Promise(() => {}))",
    );
    window.click("#start");
    window.wait("body[data-screen=waiting]");
    visit.picture("camera-asked");
    window.press("Escape");
    window.wait("body[data-screen=intro]");
    window.ask("navigator.mediaDevices.getUserMedia = camera");
    window.click("#start");
    window.wait("body[data-screen=capture][data-step=LookFront]");
    visit.window.keep_for_the_manual(language, "step");
    window.fits_a_narrow_phone("step");
    let preview = "(({ width, height }) => [Math.round(100 * width / height), height > 300].join())\
                   (document.getElementById('stage').getBoundingClientRect())";
    assert_eq!(window.ask(preview), "75,true", "the person sees themselves, three to four");
    window.ask(
        "(Object.defineProperty(document, 'hidden', { value: true, configurable: true }), \
         document.dispatchEvent(new Event('visibilitychange')), delete document.hidden)",
    );
    window.wait("body[data-problem=paused]");
    visit.picture("interrupted");
    // The picture is on its way, and then does not arrive.
    window.ask(
        "(window.sends = window.fetch, window.fetch = () => new Promise((_, refuse) => { window.fail = refuse; }))",
    );
    window.click("#again");
    window.wait("body[data-screen=sending]");
    visit.picture("upload");
    window.ask("(window.fail(new TypeError('there is no network')), window.fetch = window.sends)");
    window.wait("body[data-problem=offline]");
    visit.picture("server-away");
    window.click("#again");
    window.arrive(&format!("{}/result", visit.stage.url));
}

/// Without a camera, without its time, without scripts.
fn refused(language: &'static str) {
    let (visit, _) = Visit::begin("refused", language, Camera::Denied);
    let window = &visit.window;
    window.run_no_scripts(true);
    window.go(&window.url());
    // axe-core needs the scripts that the page must do without.
    visit.window.keep_for_the_manual(language, "no-javascript");
    window.run_no_scripts(false);
    window.go(&window.url());
    window.wait("body[data-screen=intro]");
    window.click("#start");
    window.wait("body[data-screen=problem]");
    visit.picture("camera-refused");
    // Who goes back to the page finds that the check is over.
    window.reload("main h1");
    visit.picture("over");
    let (visit, token) = Visit::begin("expired", language, Camera::Allowed);
    let window = &visit.window;
    visit.stage.sandbox.move_clock(time::Duration::minutes(10) + time::Duration::SECOND);
    window.click("#start");
    window.wait("body[data-problem=expired]");
    visit.picture("expired");
    back(window, &visit.stage);
    visit.picture("expired-back");
    window.go(&format!("{}/lifecheck/h5/v2/html?token={token}x", visit.stage.sandbox_server.url()));
    visit.picture("unknown");
}

/// What the check and the compare can come to.
fn compared(language: &'static str) {
    let (visit, token) = Visit::begin("compared", language, Camera::Allowed);
    visit.ends(&token, "passed");
    visit.picture("passed");
    visit.stage.sandbox.arm(Scenario::named("name-mismatch").unwrap());
    visit.identify("dl");
    visit.picture("mismatch");
    // What was entered is kept.
    visit.window.click("form[action='/identify'] button");
    visit.window.wait("a[href='/welcome']");
    visit.picture("verified");
    for (state, path) in [("delete", "/delete"), ("deleted", "/deleted"), ("start", "/")] {
        if state == "deleted" {
            visit.window.click("form[action='/forget'] button");
            visit.window.arrive(&format!("{}/deleted", visit.stage.url));
        }
        visit.window.go(&format!("{}{path}", visit.stage.url));
        visit.picture(state);
    }
    assert_eq!(visit.stage.sandbox.ledger().calls(Call::Compare), 2);
}

/// The ends on which nobody is verified.
fn answered(language: &'static str) {
    for (state, scenario) in [("failed", "liveness-not-passed"), ("retake", "capture-failed")] {
        let (visit, token) = Visit::begin(state, language, Camera::Allowed);
        visit.ends(&token, scenario);
        visit.picture(state);
    }
    let (visit, token) = Visit::begin("doubt", language, Camera::Allowed);
    visit.ends(&token, "passed");
    visit.stage.sandbox.arm(Scenario::named("unavailable").unwrap());
    visit.identify("main h1");
    visit.window.arrive(&format!("{}/result", visit.stage.url));
    visit.picture("doubt");
}
