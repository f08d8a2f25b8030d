//! What was paid is kept, and nothing is paid twice.

use std::sync::{Arc, Barrier, Mutex};

use liveness::{Again, Billed, ErrorKind, Ran};

use super::*;
use crate::visit::{Stage, Step};

/// Every kind but the one by which the vendor says that the session has ended.
const NOT_EXPIRED: [ErrorKind; 10] = [
    ErrorKind::InvalidCheck,
    ErrorKind::Configuration,
    ErrorKind::Credentials,
    ErrorKind::Denied,
    ErrorKind::RateLimited,
    ErrorKind::Unavailable,
    ErrorKind::Vendor,
    ErrorKind::OutcomeUnknown,
    ErrorKind::Protocol,
    ErrorKind::Unsupported,
];

#[test]
fn a_paid_session_is_kept_through_every_error_but_its_end() {
    for kind in NOT_EXPIRED {
        for again in [Again::Never, Again::MayBillAgain, Again::Safe] {
            let world = World::new();
            let mut browser = Browser::filming(&world.site);
            world.hosted.next_resume(Err(Error::new(kind).with_again(again)));
            let back = browser.back();
            let page = browser.follow(back);
            assert_eq!(page.title(), "We could not get your result yet", "{kind} {again:?}");
            assert!(page.text.contains("Your check is saved") && !page.offers("/begin"), "{}", page.text);
            assert!(matches!(world.visit().stage, Stage::Filming { .. }), "{kind} {again:?}");
            // The operator has mended it.
            let back = browser.back();
            assert!(browser.follow(back).offers("/identify"));
            assert_eq!(world.hosted.calls("begin"), 1);
        }
    }
    let world = World::new();
    let mut browser = Browser::filming(&world.site);
    world.hosted.next_resume(Err(Error::new(ErrorKind::Expired)));
    let back = browser.back();
    let page = browser.follow(back);
    assert!(page.title() == "This check has expired" && page.offers("/begin"), "{}", page.text);
}

/// 91096 and an unknown code of the compare, 999 with a charge at the opening, and all else that may have run.
fn perhaps_billed() -> Vec<Error> {
    vec![
        Error::new(ErrorKind::Vendor).with_billed(Billed::Yes),
        Error::new(ErrorKind::Vendor).with_ran(Ran::Maybe).with_again(Again::Never),
        Error::new(ErrorKind::Vendor).with_ran(Ran::Yes).with_billed(Billed::No),
        Error::new(ErrorKind::Unavailable),
        Error::new(ErrorKind::OutcomeUnknown).with_request_id("Z9"),
        Error::new(ErrorKind::Protocol),
        Error::new(ErrorKind::RateLimited).with_billed(Billed::Yes),
        Error::new(ErrorKind::Credentials).with_billed(Billed::Yes),
        Error::new(ErrorKind::Expired),
    ]
}

#[test]
fn what_may_have_been_billed_is_never_offered_again() {
    for error in perhaps_billed() {
        for step in [Step::Open, Step::Compare] {
            let mut world = World::new();
            let (vendor, path) = match step {
                Step::Open => (world.hosted.clone(), "/begin"),
                _ => (world.compare.clone(), "/identify"),
            };
            vendor.next_begin(Err(error.clone()));
            let mut browser = match step {
                Step::Open => Browser::new(&world.site),
                _ => Browser::passed(&world.site),
            };
            for _ in 0..10 {
                let page = browser.send(path, &IDENTITY);
                assert_eq!(page.title(), "The result is unknown", "{error:?}");
                assert!(!page.text.contains("<form") && !page.text.contains("/delete"), "{}", page.text);
                // Whoever makes the forms by themselves gets no further.
                browser.form = world.visit().form;
            }
            for other in ["/begin", "/identify", "/forget"] {
                assert_eq!(browser.send(other, &IDENTITY).title(), "The result is unknown");
            }
            assert_eq!(vendor.calls("begin"), 1, "{error:?}");
            let doubt = world.visit().doubt.unwrap();
            assert_eq!((doubt.step, doubt.provider, doubt.at), (step, vendor.id.to_string(), NOW));
            assert_eq!(doubt.request.as_deref(), error.request_id());
            world.restart();
            let told = crate::doubt_line(&world.site.visits.in_doubt().unwrap()[0].1, 0);
            assert!(told.contains("at 2026-03-01T04:00:00Z") && told.contains(&format!("{step} by ")), "{told}");
        }
    }
}

#[test]
fn what_certainly_did_not_run_may_be_tried_again_and_counts_for_nothing() {
    for kind in [ErrorKind::Configuration, ErrorKind::Credentials, ErrorKind::Denied, ErrorKind::RateLimited] {
        let world = World::new();
        let mut browser = Browser::new(&world.site);
        for _ in 0..8 {
            world.hosted.next_begin(Err(Error::new(kind)));
            let page = browser.send("/begin", &[]);
            assert!(page.title() == "The check could not be started" && page.offers("/begin"), "{}", page.text);
        }
        assert!(browser.post("/begin", &[]).location.starts_with("https://vendor.example/"));
        browser.back();
        browser.get("/result");
        for _ in 0..8 {
            world.compare.next_begin(Err(Error::new(kind)));
            let page = browser.send("/identify", &IDENTITY);
            assert!(
                page.title() == "The comparison could not be completed" && page.offers("/identify"),
                "{}",
                page.text
            );
            assert!(page.text.contains(&format!("value=\"{NAME}\"")), "what was typed is there: {}", page.text);
        }
        assert_eq!(browser.send("/identify", &IDENTITY).title(), "You are verified");
    }
}

#[test]
fn a_browser_that_fails_twenty_times_is_stopped_after_five_and_told_until_when() {
    let world = World::new();
    let mut browser = Browser::new(&world.site);
    for _ in 0..20 {
        world.hosted.next_resume(done(&world.hosted, failed(Failure::LivenessNotPassed)));
        browser.post("/begin", &[]);
        browser.back();
        browser.get("/result");
    }
    assert_eq!(world.hosted.calls("begin"), 5);
    let page = browser.get("/result");
    assert!(page.title() == "Too many attempts" && page.text.contains("13:00 (Beijing time)"), "{}", page.text);
    assert!(!page.offers("/begin"), "{}", page.text);
    // Neither a deletion nor a restart buys new tries.
    let question = browser.get("/delete");
    assert!(question.offers("/forget"), "{}", question.text);
    browser.post("/forget", &[]);
    browser.get("/");
    browser.send("/begin", &[]);
    assert_eq!(world.hosted.calls("begin"), 5);
    // The hour is over.
    browser.now = NOW + Duration::HOUR;
    browser.get("/");
    assert!(browser.post("/begin", &[]).location.starts_with("https://vendor.example/"));
    assert_eq!(world.hosted.calls("begin"), 6);
}

#[test]
fn compares_and_looks_that_may_be_billed_are_capped_too() {
    let world = World::new();
    let mut browser = Browser::passed(&world.site);
    for _ in 0..20 {
        world.compare.next_begin(done(&world.compare, failed(Failure::NameMismatch)));
        browser.send("/identify", &IDENTITY);
    }
    assert_eq!(world.compare.calls("begin"), 5);
    assert_eq!(browser.get("/result").title(), "Too many attempts");
    browser.now = NOW + Duration::HOUR;
    assert!(browser.get("/result").offers("/identify"), "the paid camera check is still there");

    // A refusal of the vendor's may be billed as well.
    let world = World::new();
    let mut browser = Browser::passed(&world.site);
    for _ in 0..20 {
        let refused = Error::new(ErrorKind::InvalidCheck).with_field("name").with_billed(Billed::Unknown);
        world.compare.next_begin(Err(refused));
        browser.send("/identify", &IDENTITY);
    }
    assert_eq!(world.compare.calls("begin"), 5);

    let world = World::new();
    let mut browser = Browser::filming(&world.site);
    for _ in 0..60 {
        world.hosted.next_resume(Err(Error::new(ErrorKind::Vendor).with_billed(Billed::Yes)));
        browser.back();
    }
    assert_eq!(world.hosted.calls("resume"), 20);
}

#[test]
fn a_kill_during_a_call_loses_that_call_alone() {
    let mut world = World::new();
    let during = Arc::new(Mutex::new(None));
    let (seen, folder) = (during.clone(), world.folder.clone());
    let mut browser = Browser::passed(&world.site);
    *world.compare.on_begin.lock().unwrap() = Some(Box::new(move || {
        let visit = fs::read(one_visit(&folder).0).unwrap();
        *seen.lock().unwrap() = Some(visit);
    }));
    browser.post("/identify", &IDENTITY);
    let (cookie, visit) = (browser.cookie.clone(), during.lock().unwrap().take().unwrap());
    // What the disk held at that moment is all that a kill leaves.
    fs::write(one_visit(&world.folder).0, visit).unwrap();
    world.restart();

    let visit = world.visit();
    let doubt = visit.doubt.unwrap();
    assert_eq!((doubt.step, doubt.provider.as_str(), doubt.at), (Step::Compare, "tencent-market/default", NOW));
    let Stage::Checked(checked) = &visit.stage else { panic!("the verdict of the step before is gone") };
    assert!(checked.verdict.is_passed() && checked.opening.is_some());

    // The operator has asked the vendor; the person goes on with the check that is paid.
    assert!(world.site.visits.settle(&visit.reference, NOW).unwrap());
    assert!(!world.site.visits.settle(&visit.reference, NOW).unwrap(), "there is no doubt any more");
    let mut browser = Browser { cookie, ..Browser::new(&world.site) };
    assert!(browser.get("/result").offers("/identify"));
    assert_eq!(browser.send("/identify", &IDENTITY).title(), "You are verified");
    assert_eq!(world.hosted.calls("begin"), 1);
}

#[test]
fn a_visit_in_doubt_is_kept_when_its_time_is_over() {
    let world = World::new();
    world.hosted.next_begin(Err(Error::new(ErrorKind::OutcomeUnknown)));
    let mut browser = Browser::new(&world.site);
    browser.post("/begin", &[]);
    browser.now = NOW + Duration::days(30);
    world.sweep(browser.now);
    assert_eq!(browser.get("/result").title(), "The result is unknown");
}

#[test]
fn two_clicks_at_the_same_moment_pay_once() {
    let world = World::new();
    let (browser, start) = (Browser::new(&world.site), Barrier::new(2));
    std::thread::scope(|scope| {
        for _ in 0..2 {
            let mut tab =
                Browser { cookie: browser.cookie.clone(), form: browser.form.clone(), ..Browser::new(&world.site) };
            let start = &start;
            scope.spawn(move || {
                start.wait();
                tab.post("/begin", &[]);
            });
        }
    });
    assert_eq!(world.hosted.calls("begin"), 1);
}

#[test]
fn an_open_session_is_gone_on_with_and_not_paid_for_anew() {
    let world = World::new();
    let mut browser = Browser::filming(&world.site);
    assert!(browser.get("/").text.contains("Continue the check"));
    assert_eq!(browser.post("/begin", &[]).location, "/", "the pending page has no form, so this is an old one");
    browser.form = world.visit().form;
    assert_eq!(browser.post("/begin", &[]).location, "https://vendor.example/page");
    assert_eq!(world.hosted.calls("begin"), 1);
}

#[test]
fn nothing_is_kept_before_something_is_begun() {
    let world = World::new();
    for _ in 0..400 {
        Browser::new(&world.site);
    }
    assert_eq!(world.files().len(), 0);
    let mut browser = Browser::new(&world.site);
    browser.post("/begin", &[]);
    assert_eq!(world.files().len(), 2, "one file a visit, and one a session");
}
