//! Tests how a person goes on when the outcome of a call is unknown.

use std::panic::{AssertUnwindSafe, catch_unwind};

use liveness::ErrorKind;

use super::*;
use crate::visit::{Stage, Step};

fn lost() -> Result<Progress> {
    Err(Error::new(ErrorKind::OutcomeUnknown).with_request_id("Z9"))
}

#[test]
fn a_lost_opening_is_begun_anew_as_often_as_the_operator_allows_and_each_is_counted() {
    let mut world = World::new();
    world.site.begin_anew = 2;
    let mut browser = Browser::new(&world.site);
    for lost_before in 0..2 {
        world.hosted.next_begin(lost());
        let page = browser.send("/begin", &[]);
        assert!(page.title() == "The check was interrupted" && page.offers("/begin"), "{}", page.text);
        assert_eq!(world.visit().given_up.len(), lost_before);
        let visit = world.visit();
        let told = crate::doubt_line(&visit, 2);
        assert!(told.contains("request Z9") && told.contains("can start again"), "{told}");
    }
    world.hosted.next_begin(lost());
    let page = browser.send("/begin", &[]);
    assert!(page.title() == "The result is unknown" && !page.offers("/begin"), "{}", page.text);
    assert!(crate::doubt_line(&world.visit(), 2).contains("the person waits"));
    // Whoever makes the form by themselves gets no further.
    browser.form = world.visit().form;
    browser.post("/begin", &[]);
    assert_eq!((world.hosted.calls("begin"), world.visit().given_up.len()), (3, 2));
    // The operator settles the last one.
    assert!(world.site.visits.settle(&world.visit().reference, NOW).unwrap());
    browser.get("/");
    assert!(browser.post("/begin", &[]).location.starts_with("https://vendor.example/"));
}

#[test]
fn a_kill_while_a_check_is_opened_leaves_a_way_on() {
    for language in ["en", "zh-CN"] {
        let mut world = World::new();
        world.site.begin_anew = 1;
        let mut browser = Browser::new(&world.site);
        *world.hosted.on_begin.lock().unwrap() = Some(Box::new(|| panic!("killed")));
        let form = browser.form.clone();
        assert!(catch_unwind(AssertUnwindSafe(|| browser.post("/begin", &[]))).is_err());
        let cookie = browser.cookie.clone();
        world.hosted.on_begin.clear_poison();
        *world.hosted.on_begin.lock().unwrap() = None;
        world.restart();
        let mut browser = Browser { site: &world.site, cookie, form, now: NOW, language };
        let page = browser.get("/result");
        assert!(page.offers("/begin") && !page.offers("/forget"), "{}", page.text);
        assert!(browser.post("/begin", &[]).location.starts_with("https://vendor.example/"));
        let visit = world.visit();
        assert!(visit.doubt.is_none() && matches!(visit.stage, Stage::Filming { .. }));
        assert_eq!((visit.given_up.len(), visit.given_up[0].step), (1, Step::Open));
    }
}

/// A visit that does not know what the keeper made of its opening, and perhaps of the session meanwhile.
fn killed_after_the_opening(meanwhile: impl Fn(&World)) -> (World, String) {
    let mut world = World::new();
    // What the disk holds of the visit while the check is opened.
    let (during, folder) = (Arc::new(Mutex::new(None)), world.folder.clone());
    let seen = during.clone();
    *world.hosted.on_begin.lock().unwrap() = Some(Box::new(move || {
        let (file, _) = one_visit(&folder);
        *seen.lock().unwrap() = Some((file.clone(), fs::read(file).unwrap()));
    }));
    let mut browser = Browser::new(&world.site);
    browser.post("/begin", &[]);
    let (cookie, (file, visit)) = (browser.cookie.clone(), during.lock().unwrap().take().unwrap());
    fs::write(file, visit).unwrap();
    *world.hosted.on_begin.lock().unwrap() = None;
    meanwhile(&world);
    world.restart();
    assert!(world.visit().doubt.is_some(), "the visit does not know of the session");
    (world, cookie)
}

fn finish_open(world: &World) {
    assert_eq!(world.site.keeper.finish_open(std::time::Duration::from_secs(600)).unwrap().len(), 1);
}

#[test]
fn a_kill_after_a_check_was_opened_loses_nothing() {
    let (world, cookie) = killed_after_the_opening(|_| ());
    let mut browser = Browser { cookie, ..Browser::new(&world.site) };
    assert!(browser.get("/").text.contains("Continue the check"));
    assert!(world.visit().doubt.is_none() && world.visit().given_up.is_empty());
    let back = browser.back();
    assert!(browser.follow(back).offers("/identify"));
    assert_eq!(world.hosted.calls("begin"), 1);
}

#[test]
fn an_opening_in_doubt_whose_session_ended_meanwhile_leads_to_a_new_check() {
    let (world, cookie) = killed_after_the_opening(|world| {
        world.hosted.next_resume(Err(Error::new(ErrorKind::Expired)));
        finish_open(world);
    });
    let mut browser = Browser { cookie, ..Browser::new(&world.site) };
    let page = browser.get("/");
    assert!(page.title() == "This check has expired" && page.offers("/begin"), "{}", page.text);
    assert!(world.visit().doubt.is_none() && world.visit().given_up.is_empty());
    assert!(browser.post("/begin", &[]).location.starts_with("https://vendor.example/"));
    assert_eq!(world.hosted.calls("begin"), 2);
}

#[test]
fn an_opening_in_doubt_whose_verdict_came_meanwhile_has_it() {
    let (world, cookie) = killed_after_the_opening(finish_open);
    let mut browser = Browser { cookie, ..Browser::new(&world.site) };
    let start = browser.get("/");
    assert!(browser.follow(start).offers("/identify"));
    assert!(world.visit().doubt.is_none());
    assert_eq!((world.hosted.calls("begin"), world.hosted.calls("resume")), (1, 1));
}

#[test]
fn a_lost_compare_says_when_and_how_it_goes_on_and_cannot_be_begun_anew() {
    for (language, when, how) in [
        ("en", "by 03-02 12:00 (Beijing time)", "you need not repeat them"),
        ("zh-CN", "北京时间 3 月 2 日 12:00 前", "无需重做"),
    ] {
        let mut world = World::new();
        world.site.begin_anew = 200;
        let mut browser = Browser::passed(&world.site);
        browser.language = language;
        world.compare.next_begin(lost());
        let page = browser.send("/identify", &IDENTITY);
        assert!(page.text.contains(when) && page.text.contains(how), "{}", page.text);
        assert!(page.text.contains(&world.visit().reference) && !page.text.contains("<form"), "{}", page.text);
        assert!(crate::doubt_line(&world.visit(), 200).contains("the person waits"));
        // As it was told: the same page, the form, and no new film.
        assert!(world.site.visits.settle(&world.visit().reference, NOW).unwrap());
        assert!(browser.get("/result").offers("/identify"));
        browser.send("/identify", &IDENTITY);
        assert!(browser.get("/result").text.contains("href=\"/welcome\""));
        assert_eq!(world.hosted.calls("begin"), 1);
    }
}

#[test]
fn a_lost_result_is_asked_for_again_when_the_person_looks() {
    let world = World::new();
    let mut browser = Browser::filming(&world.site);
    for _ in 0..3 {
        world.hosted.next_resume(lost());
        let back = browser.back();
        assert_eq!(browser.follow(back).title(), "We could not get your result yet");
    }
    let back = browser.back();
    assert!(browser.follow(back).offers("/identify"));
    assert_eq!((world.hosted.calls("begin"), world.hosted.calls("resume")), (1, 4));
}

#[test]
fn what_was_finished_without_the_person_is_there_when_they_come_back() {
    let mut world = World::new();
    let mut browser = Browser::filming(&world.site);
    let cookie = browser.cookie.clone();
    browser.get("/");
    world.restart();
    let finished = world.site.keeper.finish_open(std::time::Duration::from_secs(600)).unwrap();
    assert_eq!(finished.len(), 1);
    let mut browser = Browser { cookie, ..Browser::new(&world.site) };
    let start = browser.get("/");
    let page = browser.follow(start);
    assert!(page.offers("/identify"), "{}", page.text);
    assert_eq!((world.hosted.calls("begin"), world.hosted.calls("resume")), (1, 1));
}

#[test]
fn a_session_that_nobody_finished_in_time_leads_to_a_new_check() {
    let world = World::new();
    let mut browser = Browser::filming(&world.site);
    world.hosted.next_resume(Err(Error::new(ErrorKind::Expired)));
    assert_eq!(world.site.keeper.finish_open(std::time::Duration::from_secs(600)).unwrap().len(), 1);
    let start = browser.get("/");
    let page = browser.follow(start);
    assert!(page.title() == "This check has expired" && page.offers("/begin"), "{}", page.text);
}
