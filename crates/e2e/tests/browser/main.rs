//! The whole journey in a real Chromium with a fake camera: start page, hosted page, return, verdict, compare.
//!
//! What was to be seen is kept in `target/h5-shots/`.
#![allow(clippy::expect_used, clippy::panic, clippy::unwrap_used, reason = "a test may")]

mod accessibility;
mod chromium;
mod devtools;
mod flash;
mod kills;
mod person;
mod pictures;
mod server;
mod stage;
mod states;

use std::{
    io::{self, Write},
    thread,
};

use chromium::{Camera, Screen, Window};
use liveness::{LivenessProvider, sandbox::Call};
use stage::{Stage, session};

/// The standard's own example, nobody's.
const NAME: &str = "张三";
const ID_NUMBER: &str = "11010519491231002X";

/// From the start page to the vendor's page; gives the token.
fn begin(window: &Window, stage: &Stage) -> String {
    window.go(&stage.url);
    window.wait("form[action='/begin']");
    window.shot("1-start");
    window.click("form[action='/begin'] button");
    window.wait("body[data-screen=intro]");
    window.shot("2-intro");
    token(window)
}

fn token(window: &Window) -> String {
    window.ask("JSON.parse(document.getElementById('config').textContent).token")
}

/// Before the camera, step by step, until the browser is back.
fn film(window: &Window, stage: &Stage) {
    let played: Vec<_> = window.watch().into_iter().map(|step| step.name).collect();
    window.arrive(&format!("{}/result", stage.url));
    let asked = ["ready", "LookFront", "bright", "dark", "bright", "dark", "bright", "dark", "OpenMouth"];
    assert!(played.ends_with(&asked.map(str::to_owned)), "{played:?}");
}

/// To the return URL, by the link that the server's own page has.
fn back(window: &Window, stage: &Stage) {
    window.go(&stage.url);
    window.go(&window.ask("document.querySelector(\"a[href^='/back?state=']\").href"));
}

fn identify(window: &Window) {
    window.fill("#name", NAME);
    window.fill("#number", ID_NUMBER);
    window.shot("8-passed");
    window.click("form[action='/identify'] button");
    window.wait("dl");
    window.shot("9-verified");
}

#[test]
fn a_person_on_a_phone_passes_actions_and_flash_and_is_compared_with_the_record() {
    if !chromium::found() {
        return;
    }
    let stage = Stage::open("phone");
    let window = Window::open("phone", Screen::Phone, Camera::Allowed, "en-US");
    let token = begin(&window, &stage);
    assert!(
        window.text().contains("It judges nothing") && window.text().contains("Open your mouth"),
        "{}",
        window.text()
    );
    assert_eq!(window.ask("document.documentElement.scrollWidth <= innerWidth"), "true", "nothing sticks out sideways");
    window.write_down();
    window.click("#start");
    film(&window, &stage);
    identify(&window);
    assert!(window.text().contains("You are verified") && window.text().contains("Sandbox"), "{}", window.text());
    assert!(!window.text().contains("tencent-market"), "who was asked is the operator's to know");

    let ledger = stage.sandbox.ledger();
    let calls = [Call::Init, Call::Html, Call::Result, Call::Compare].map(|call| ledger.calls(call));
    assert_eq!(calls, [1, 1, 1, 1], "{ledger}");

    // The portrait is what the camera saw: Chromium's fake one shows a green picture.
    let verdict = stage.result(&token).unwrap();
    let portrait = stage.provider().portrait(&verdict).unwrap().unwrap();
    let picture = image_of(portrait.as_bytes());
    let [red, green, blue] = picture;
    assert!(green > 2 * red.max(blue), "{picture:?}");
}

#[test]
fn a_wrong_number_is_marked_and_neither_back_nor_reload_sends_a_form_again() {
    if !chromium::found() {
        return;
    }
    let stage = Stage::open("wrong-number");
    let window = Window::open("wrong-number", Screen::Phone, Camera::Allowed, "en-US");
    let token = begin(&window, &stage);
    assert!(stage.sandbox.finish(&session(&token)));
    back(&window, &stage);
    window.fill("#name", NAME);
    window.fill("#number", &format!("{ID_NUMBER} 1"));
    window.click("form[action='/identify'] button");
    window.wait("#number-wrong");
    window.shot("8-wrong");
    let entries = "[document.activeElement.id, document.getElementById('name').value, \
                   document.getElementById('number').value, document.getElementById('number').getAttribute('aria-invalid'), \
                   document.documentElement.scrollWidth <= innerWidth].join()";
    assert_eq!(window.ask(entries), format!("number,{NAME},{ID_NUMBER} 1,true,true"));
    window.reload("#number-wrong");
    window.ask("document.getElementById('number').value = ''");
    window.fill("#number", ID_NUMBER);
    window.click("form[action='/identify'] button");
    window.wait("a[href='/welcome']");
    // A page that came of a form would ask the person whether to send it again.
    window.ask("history.back()");
    window.arrive(&format!("{}/result", stage.url));
    window.reload("a[href='/welcome']");
    assert_eq!(stage.sandbox.ledger().calls(Call::Compare), 1);
    window.click("a[href='/welcome']");
    window.arrive(&format!("{}/welcome", stage.url));
    window.shot("9-welcome");
    window.go(&format!("{}/delete", stage.url));
    window.shot("9-delete");
    window.click("form[action='/forget'] button");
    window.arrive(&format!("{}/deleted", stage.url));
}

/// The mean colour of a JPEG.
fn image_of(jpeg: &[u8]) -> [u64; 3] {
    let options = zune_core::options::DecoderOptions::default();
    let mut decoder = zune_jpeg::JpegDecoder::new_with_options(zune_core::bytestream::ZCursor::new(jpeg), options);
    let pixels = decoder.decode().unwrap();
    [0, 1, 2].map(|channel| {
        let values = pixels.iter().skip(channel).step_by(3);
        values.clone().map(|value| u64::from(*value)).sum::<u64>() / values.count() as u64
    })
}

#[test]
fn a_person_at_a_desk_passes_in_chinese_by_keyboard_alone() {
    if !chromium::found() {
        return;
    }
    let stage = Stage::open("desk");
    let window = Window::open("desktop", Screen::Desktop, Camera::Allowed, "zh-CN");
    begin(&window, &stage);
    assert!(window.text().contains("不做任何判断") && window.text().contains("请张嘴"), "{}", window.text());
    assert_eq!(window.ask("document.documentElement.lang"), "zh-CN");
    window.press("Tab");
    assert_eq!(window.ask("document.activeElement.id"), "start");
    window.press("Enter");
    window.wait("body[data-screen=capture][data-step=ready]");
    // What a screen reader finds.
    let spoken = "[document.activeElement.id, document.getElementById('instruction').getAttribute('aria-live'), \
                  document.getElementById('video').getAttribute('aria-label'), \
                  document.getElementById('counter').getAttribute('role')].join()";
    assert_eq!(window.ask(spoken), "instruction,assertive,摄像头画面,progressbar");
    let progress = "['aria-label', 'aria-valuetext', 'aria-valuenow', 'aria-valuemax'].map((name) => \
                    document.getElementById('counter').getAttribute(name)).join()";
    assert_eq!(window.ask(progress), "进度,请准备,0,3");
    // Escape stops, and a new start starts over.
    window.press("Escape");
    window.wait("body[data-screen=intro]");
    window.press("Tab");
    window.press("Enter");
    window.wait("body[data-screen=capture]");
    // A page out of sight has no camera: it says so and starts over when told.
    window.ask(
        "(Object.defineProperty(document, 'hidden', { value: true, configurable: true }), \
         document.dispatchEvent(new Event('visibilitychange')), delete document.hidden)",
    );
    window.wait("body[data-problem=paused]");
    window.press("Tab");
    assert_eq!(window.ask("document.activeElement.id"), "again");
    window.write_down();
    window.press("Enter");
    film(&window, &stage);
    identify(&window);
    assert!(window.text().contains("核验通过"), "{}", window.text());
}

#[test]
fn a_refused_or_missing_camera_ends_the_check_as_the_vendors_203_does() {
    if !chromium::found() {
        return;
    }
    let end = |name: &str, camera, said: &str| {
        let stage = Stage::open(name);
        let window = Window::open(name, Screen::Phone, camera, "en-US");
        begin(&window, &stage);
        window.click("#start");
        if name == "unplugged" {
            window.wait("body[data-step=LookFront]");
            window.ask("document.getElementById('video').srcObject.getTracks()[0].dispatchEvent(new Event('ended'))");
        }
        window.wait("body[data-screen=problem]");
        window.shot("3-problem");
        assert!(window.text().contains(said), "{}", window.text());
        window.click("section[data-screen=problem] [data-return]");
        window.arrive(&format!("{}/result", stage.url));
        window.shot("4-back");
        assert!(window.text().contains("The camera could not be used"), "{}", window.text());
        let ledger = stage.sandbox.ledger();
        assert_eq!(ledger.entries().last().unwrap().code(), "203", "{ledger}");
    };
    thread::scope(|scope| {
        scope.spawn(|| end("denied", Camera::Denied, "The camera was not allowed"));
        scope.spawn(|| end("missing", Camera::Missing, "No camera was found"));
        scope.spawn(|| end("unplugged", Camera::Allowed, "The camera could not be used"));
    });
}

#[test]
fn a_token_that_expires_is_said_to_be_expired_on_the_page_and_by_the_server() {
    if !chromium::found() {
        return;
    }
    let stage = Stage::open("expired");
    let window = Window::open("expired", Screen::Phone, Camera::Allowed, "en-US");
    begin(&window, &stage);
    stage.sandbox.move_clock(time::Duration::minutes(10) + time::Duration::SECOND);
    window.click("#start");
    window.wait("body[data-screen=problem][data-problem=expired]");
    window.shot("3-expired");
    assert!(window.text().contains("This check has expired"), "{}", window.text());
    window.reload("main h1");
    assert!(window.text().contains("This check has expired") && window.text().contains("Sandbox"), "{}", window.text());
    window.shot("4-reloaded");
    window.click("a.button");
    window.arrive(&stage.url);
    window.shot("5-back");
    assert!(
        window.text().contains("This check has expired") && window.text().contains("Start a new check"),
        "{}",
        window.text()
    );
}

#[test]
fn a_reload_starts_over_and_a_page_closed_halfway_leaves_the_check_open() {
    if !chromium::found() {
        return;
    }
    let mut stage = Stage::open("reload");
    let window = Window::open("reload", Screen::Phone, Camera::Allowed, "en-US");
    let token = begin(&window, &stage);
    window.click("#start");
    window.wait("body[data-step=LookFront]");
    window.reload("body[data-screen=intro]");
    window.click("#start");
    window.wait("body[data-step=LookFront]");
    // The person closes the page and opens the shop again: 201, until the token dies.
    back(&window, &stage);
    window.shot("3-not-finished");
    assert!(window.text().contains("Not finished yet"), "{}", window.text());
    assert!(stage.result(&token).is_none());

    // The server is killed meanwhile, and nothing is lost or paid again.
    stage.restart();
    window.click("a.button");
    window.wait("body[data-screen=intro]");
    assert_eq!(self::token(&window), token);
    window.click("#start");
    window.wait("body.flash");
    stage.restart();
    window.arrive(&format!("{}/result", stage.url));
    identify(&window);
    assert!(window.text().contains("You are verified"), "{}", window.text());
    assert_eq!(stage.sandbox.ledger().calls(Call::Init), 1);
}

#[test]
fn a_picture_sent_twice_counts_once() {
    if !chromium::found() {
        return;
    }
    let stage = Stage::open("twice");
    let window = Window::open("twice", Screen::Desktop, Camera::Allowed, "en-US");
    let token = begin(&window, &stage);
    // As fast as a program can: two starts, two pictures.
    let picture = "new Promise((done) => { const c = document.createElement('canvas'); c.width = c.height = 64; \
                   c.toBlob(done, 'image/jpeg'); })";
    let send = format!(
        "fetch('/sandbox/h5/capture?token={token}', {{ method: 'POST', body: picture }}).then((a) => a.status)"
    );
    let statuses = window.ask(&format!(
        "await (async () => {{ const picture = await {picture}; return Promise.all([{send}, {send}]); }})()"
    ));
    assert!(["200,409", "409,200"].contains(&statuses.as_str()), "{statuses}");
    window.ask("(document.getElementById('start').click(), document.getElementById('start').click())");
    window.arrive(&format!("{}/result", stage.url));
    // The site's own policy lets no script send anything; `server` sends its forms twice by hand.
    let send = "await fetch('/identify', { method: 'POST' }).then((a) => a.status, () => 'refused by the policy')";
    assert_eq!(window.ask(send), "refused by the policy");
}

#[test]
fn the_person_can_stop_while_the_browser_asks_and_at_the_last_moment() {
    if !chromium::found() {
        return;
    }
    let stage = Stage::open("stop");
    let window = Window::open("stop", Screen::Phone, Camera::Allowed, "en-US");
    let token = begin(&window, &stage);
    // A browser whose prompt was closed without an answer.
    window.ask(
        "(window.camera = navigator.mediaDevices.getUserMedia.bind(navigator.mediaDevices), \
         navigator.mediaDevices.getUserMedia = () => new Promise(() => {}))",
    );
    for stop in ["Escape", "Enter"] {
        window.click("#start");
        window.wait("body[data-screen=waiting]");
        window.shot("3-waiting");
        if stop == "Enter" {
            window.press("Tab");
        }
        window.press(stop);
        window.wait("body[data-screen=intro]");
    }
    // The button is pressed while the picture is made.
    window.ask(
        "(navigator.mediaDevices.getUserMedia = camera, HTMLCanvasElement.prototype.toBlob = function (done) { \
         document.getElementById('cancel').click(); done(new Blob(['a picture'])); window.isMade = true; })",
    );
    window.click("#start");
    window.wait("body[data-step=OpenMouth][data-screen=intro]");
    assert_eq!(window.ask("window.isMade"), "true");
    // It would have been sent by now: the page is asked after it.
    assert_eq!(window.ask("document.body.dataset.screen"), "intro");
    assert!(stage.sandbox.finish(&session(&token)), "nothing was sent");
}

#[test]
fn a_clock_that_was_put_back_by_weeks_does_not_end_the_check() {
    if !chromium::found() {
        return;
    }
    let stage = Stage::open("back");
    let window = Window::open("back", Screen::Phone, Camera::Allowed, "en-US");
    begin(&window, &stage);
    stage.sandbox.move_clock(-time::Duration::days(30));
    window.reload("body");
    // What the page's timer would do at once is done before a later timer ends.
    window.ask("await new Promise((done) => setTimeout(() => setTimeout(done, 1), 1))");
    assert_eq!(window.ask("document.body.dataset.screen"), "intro");
}

#[test]
fn a_sandbox_at_any_address_of_this_machine_is_where_the_form_may_lead() {
    if !chromium::found() {
        return;
    }
    let Some(stage) = Stage::open_with("ipv6", "[::1]:0", |_| {}) else {
        let _ = writeln!(io::stderr(), "skipped: this machine has no [::1], so no sandbox was tried there");
        return;
    };
    let window = Window::open("ipv6", Screen::Phone, Camera::Allowed, "en-US");
    begin(&window, &stage);
}
