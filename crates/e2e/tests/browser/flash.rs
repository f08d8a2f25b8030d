//! Tests that the screen changes slowly enough for everybody, and more slowly for people who want less motion.

use std::thread;

use crate::{
    begin,
    chromium::{self, Camera, Screen, Window},
    stage::Stage,
};

#[test]
fn the_flash_stays_under_three_a_second_and_calmer_where_less_motion_is_preferred() {
    if !chromium::found() {
        return;
    }
    let stage = Stage::open("flash");
    // Each browser has a visit of its own. A timer may be a millisecond early.
    thread::scope(|scope| {
        scope.spawn(|| flash(&stage, "flash", Screen::Phone, false, 599.0));
        scope.spawn(|| flash(&stage, "flash-calm", Screen::PhoneOnItsSide, true, 1499.0));
    });
}

fn flash(stage: &Stage, name: &str, screen: Screen, is_calm: bool, shortest_ms: f64) {
    let window = Window::open(name, screen, Camera::Allowed, "en-US");
    if is_calm {
        window.prefer("prefers-reduced-motion", "reduce");
        window.prefer("prefers-color-scheme", "dark");
    }
    begin(&window, stage);
    if !is_calm {
        // A page that is too busy to be on time: a timer that is late must not shorten what comes after it.
        window.ask("setInterval(() => { for (const end = performance.now() + 450; performance.now() < end;); }, 500)");
    }
    window.write_down();
    window.click("#start");
    let played = window.watch();
    let flash = |name: &str| name == "bright" || name == "dark";
    let first = played.iter().position(|step| flash(&step.name)).unwrap();
    let flashes = played[first..].iter().take_while(|step| flash(&step.name)).count();
    assert!(flashes >= 4, "bright and dark alternate: {played:?}");
    // With the end of the last one. A pair of changes is one flash; three a second would be 167 ms a change.
    let times: Vec<_> = played[first..=first + flashes].iter().map(|step| step.at).collect();
    assert!(times.windows(2).all(|pair| pair[1] - pair[0] >= shortest_ms), "{played:?}");
}
