//! What the person reads, and can do next.

use liveness::{ErrorKind, Retake, Unverifiable};

use super::*;

#[test]
fn a_new_check_that_does_not_begin_is_said_and_can_be_tried_again() {
    let world = World::new();
    let mut browser = Browser::filming(&world.site);
    world.hosted.next_resume(done(&world.hosted, failed(Failure::LivenessNotPassed)));
    let back = browser.back();
    browser.follow(back);
    world.hosted.next_begin(Err(Error::new(ErrorKind::Denied)));
    let page = browser.send("/begin", &[]);
    assert!(page.title() == "The check could not be started" && page.offers("/begin"), "{}", page.text);
    assert!(browser.post("/begin", &[]).location.starts_with("https://vendor.example/"));
}

#[test]
fn a_wrong_name_or_number_is_corrected_on_the_form_with_the_picture_that_is_there() {
    for why in [Failure::NameMismatch, Failure::InvalidIdentity] {
        let world = World::new();
        let mut browser = Browser::passed(&world.site);
        world.compare.next_begin(done(&world.compare, failed(why)));
        let page = browser.send("/identify", &[("name", "张山"), ("number", ID_NUMBER)]);
        assert!(page.offers("/identify") && !page.offers("/begin"), "{}", page.text);
        assert!(page.text.contains("value=\"张山\"") && page.text.contains(ID_NUMBER), "{}", page.text);
        assert_eq!(browser.send("/identify", &IDENTITY).title(), "You are verified");
        let calls = (world.hosted.calls("begin"), world.hosted.calls("resume"), world.compare.calls("begin"));
        assert_eq!(calls, (1, 1, 2));
    }
}

#[test]
fn each_outcome_has_a_title_and_a_way_on_of_its_own_and_offers_nothing_that_cannot_help() {
    // Outcome, title, correct the form, take a new picture.
    let compared = [
        (Outcome::Passed, "You are verified", false, false),
        (failed(Failure::NameMismatch), "Please check your entries", true, false),
        (failed(Failure::InvalidIdentity), "Please check your entries", true, false),
        (failed(Failure::DifferentPerson), "You could not be verified", false, true),
        (failed(Failure::LivenessNotPassed), "The picture was not accepted", false, true),
        (Outcome::Retake(Retake::Uncertain), "A new picture is needed", true, true),
        (Outcome::Retake(Retake::NoFace), "A new picture is needed", false, true),
        (Outcome::Retake(Retake::EyesCovered), "A new picture is needed", false, true),
        (Outcome::Unverifiable(Unverifiable::NoPortraitOnRecord), "You cannot be verified online", false, false),
    ];
    for (outcome, title, corrects, films) in compared {
        for language in ["en", "zh-CN"] {
            let world = World::new();
            let mut browser = Browser::passed(&world.site);
            browser.language = language;
            world.compare.next_begin(done(&world.compare, outcome));
            let page = browser.send("/identify", &IDENTITY);
            assert_eq!((page.offers("/identify"), page.offers("/begin")), (corrects, films), "{outcome:?}");
            let is_english = page.title() == title;
            assert_eq!(is_english, language == "en", "{outcome:?}: {}", page.title());
            assert_eq!(page.text.matches(page.title()).count(), 2, "the text says the title again: {}", page.text);
            assert!(!page.text.contains("tencent-market"), "who was asked is the operator's to know: {}", page.text);
            assert!(page.text.contains(&world.visit().reference), "a number to ask by: {}", page.text);
        }
    }
    let filmed = [
        (failed(Failure::LivenessNotPassed), "Please try again", true),
        (Outcome::Retake(Retake::CaptureFailed), "The camera check could not be completed", true),
        (Outcome::Unverifiable(Unverifiable::NoPortraitOnRecord), "You cannot be verified online", false),
    ];
    for (outcome, title, films) in filmed {
        let world = World::new();
        let mut browser = Browser::filming(&world.site);
        world.hosted.next_resume(done(&world.hosted, outcome));
        let back = browser.back();
        let page = browser.follow(back);
        assert_eq!((page.title(), page.offers("/begin"), page.offers("/identify")), (title, films, false));
        assert_eq!(page.text.matches(title).count(), 2, "the text says the title again: {}", page.text);
    }
}

#[test]
fn a_mistake_keeps_what_was_typed_and_is_marked_where_it_is() {
    let world = World::new();
    let mut browser = Browser::passed(&world.site);
    let wrong = format!("{ID_NUMBER}99 <b>");
    let page = browser.send("/identify", &[("name", "  张三\t"), ("number", &wrong)]);
    assert_eq!(page.title(), "Please check your entries");
    assert!(page.text.contains("value=\"张三\""), "the name as it will be sent: {}", page.text);
    assert!(page.text.contains(&format!("value=\"{ID_NUMBER}99 &lt;b&gt;\"")), "nothing is cut off: {}", page.text);
    let number = page.text.split("<input id=\"number\"").nth(1).unwrap().split('>').next().unwrap();
    let name = page.text.split("<input id=\"name\"").nth(1).unwrap().split('>').next().unwrap();
    for mark in ["aria-invalid=\"true\"", "aria-describedby=\"number-wrong\"", "autofocus"] {
        assert!(number.contains(mark) && !name.contains(mark.split('=').next().unwrap()), "{mark}: {}", page.text);
    }
    assert!(
        page.text.contains("id=\"number-wrong\">An ID number has 18 characters; this one has 23."),
        "{}",
        page.text
    );
    assert!(!page.text.contains("maxlength"));
    assert_eq!(world.compare.calls("begin"), 0);

    // Both at once; the first has the focus.
    let page = browser.send("/identify", &[("name", ""), ("number", "")]);
    assert_eq!(page.text.matches("aria-invalid").count(), 2);
    assert_eq!(page.text.matches("autofocus").count(), 1);
    assert!(page.text.contains("id=\"name-wrong\">Please enter your name."), "{}", page.text);
    assert_eq!(browser.send("/identify", &IDENTITY).title(), "You are verified");
}

#[test]
fn every_mistake_is_a_sentence_in_both_languages() {
    let cases = [
        ("", ID_NUMBER),
        (&"张".repeat(51), ID_NUMBER),
        ("张\u{7}三", ID_NUMBER),
        (NAME, ""),
        (NAME, "110105491231002"),
        (NAME, "11010519491231002A"),
        (NAME, "01010519491231002X"),
        (NAME, "110105194913310021"),
        (NAME, "110105194912310021"),
        (NAME, "110105299912310021"),
    ];
    for (language, end) in [("en", ".</p>"), ("zh-CN", "。</p>")] {
        for (name, number) in cases {
            let world = World::new();
            let mut browser = Browser::passed(&world.site);
            browser.language = language;
            let page = browser.send("/identify", &[("name", name), ("number", number)]);
            let said = page.text.split("-wrong\">").nth(1).expect("a mark").split_inclusive("</p>").next().unwrap();
            assert!(said.ends_with(end), "{said}");
            assert!(language != "en" || said.starts_with(char::is_uppercase), "{said}");
        }
    }
}

#[test]
fn what_the_vendor_refuses_is_marked_in_the_field_that_it_names() {
    let world = World::new();
    let mut browser = Browser::passed(&world.site);
    world.compare.next_begin(Err(Error::new(ErrorKind::InvalidCheck).with_field("id_number")));
    let page = browser.send("/identify", &IDENTITY);
    assert!(page.text.contains("number-wrong") && !page.text.contains("name-wrong"), "{}", page.text);
}

#[test]
fn what_was_typed_is_in_no_file_and_is_forgotten() {
    let world = World::new();
    let mut browser = Browser::passed(&world.site);
    let typed = [("name", "张三丰"), ("number", "110105194912310029")];
    let shows = |page: &Seen| page.text.contains("张三丰");
    assert!(shows(&browser.send("/identify", &typed)));
    for file in world.files() {
        let kept = fs::read_to_string(file).unwrap();
        assert!(!kept.contains("张三丰") && !kept.contains("110105194912310029"), "{kept}");
    }
    world.site.entries.sweep(NOW + Duration::minutes(10));
    assert!(!shows(&browser.get("/result")));
    // Nor does another browser see it.
    browser.send("/identify", &typed);
    let mut other = Browser::passed(&world.site);
    assert!(!shows(&other.get("/result")));
    browser.get("/delete");
    browser.post("/forget", &[]);
    assert!(world.site.entries.of(&browser.cookie).is_none());
}

#[test]
fn a_verified_person_gets_a_way_onward_and_no_riddles() {
    let world = World::new();
    let mut browser = Browser::passed(&world.site);
    assert_eq!(browser.get("/welcome").location, "/", "not before");
    let page = browser.send("/identify", &IDENTITY);
    assert!(page.text.contains("href=\"/welcome\"") && !page.text.contains("<form"), "{}", page.text);
    assert_eq!(page.text.matches("verified").count(), 2, "title and heading: {}", page.text);
    assert_eq!(browser.get("/welcome").title(), "Welcome");
}

#[test]
fn deleting_is_asked_once_apart_and_does_nothing_before_the_answer() {
    let world = World::new();
    let mut browser = Browser::filming(&world.site);
    let pending = browser.get("/");
    assert!(pending.text.contains("href=\"/delete\"") && !pending.offers("/forget"), "{}", pending.text);
    let question = browser.get("/delete");
    assert!(question.title() == "Delete your data?" && question.offers("/forget"), "{}", question.text);
    assert!(browser.get("/").text.contains("Continue the check"), "nothing happened yet");
    browser.get("/delete");
    assert_eq!(browser.send("/forget", &[]).title(), "Your data is deleted");
    assert_eq!(world.files().len(), 1, "the session is gone too");
    let kept = fs::read_to_string(&world.files()[0]).unwrap();
    assert!(!kept.contains("token-1") && !kept.contains("vendor.example"), "{kept}");
    world.sweep(NOW + Duration::HOUR + Duration::SECOND);
    assert_eq!(world.files().len(), 0, "the count of tries goes with its hour");
}

#[test]
fn nothing_of_a_check_that_ended_is_kept_twice_and_deleting_leaves_none_of_it() {
    let world = World::new();
    let mut browser = Browser::passed(&world.site);
    let holding = || world.files().iter().filter(|file| fs::read_to_string(file).unwrap().contains("passed")).count();
    assert_eq!(holding(), 1, "the visit has the verdict, and the keeper let go of it");
    browser.get("/delete");
    browser.send("/forget", &[]);
    assert_eq!(holding(), 0);
}

#[test]
fn a_passed_check_without_a_picture_says_so_and_leads_to_a_new_one() {
    // Known at once.
    let world = World::new();
    let mut browser = Browser::filming(&world.site);
    world.hosted.next_resume(Ok(Progress::Done(Verdict::new(Outcome::Passed, world.hosted.receipt()))));
    world.hosted.portraits.lock().unwrap().push_back(Ok(None));
    let back = browser.back();
    let page = browser.follow(back);
    assert!(page.title() == "The picture is missing" && page.offers("/begin"), "{}", page.text);
    assert!(!page.offers("/identify"), "{}", page.text);

    // Found when it is fetched: there is none, or it is no picture.
    for portrait in [None, Some(Portrait::new(b"no picture".as_slice()))] {
        let world = World::new();
        let mut browser = Browser::passed(&world.site);
        world.hosted.portraits.lock().unwrap().push_back(Ok(portrait));
        let page = browser.send("/identify", &IDENTITY);
        assert!(page.title() == "The picture is missing" && page.offers("/begin"), "{}", page.text);
        assert!(browser.post("/begin", &[]).location.starts_with("https://vendor.example/"));
        assert_eq!(world.compare.calls("begin"), 0);
    }

    // It cannot be had now: the verdict stays, and a new check is there for whom waiting does not help.
    let world = World::new();
    let mut browser = Browser::passed(&world.site);
    world.hosted.portraits.lock().unwrap().push_back(Err(Error::new(ErrorKind::Unavailable)));
    let page = browser.send("/identify", &IDENTITY);
    assert!(page.offers("/identify") && page.offers("/begin"), "{}", page.text);
    assert!(browser.post("/begin", &[]).location.starts_with("https://vendor.example/"));
}

#[test]
fn a_site_that_asks_one_vendor_alone_ends_with_the_camera_check() {
    let mut world = World::new();
    world.site.compare = None;
    let mut browser = Browser::filming(&world.site);
    let back = browser.back();
    let page = browser.follow(back);
    assert!(page.title() == "Camera check passed" && !page.offers("/identify"), "{}", page.text);
    assert_eq!(browser.get("/welcome").title(), "Welcome");
}

#[test]
fn a_return_without_the_state_of_this_visit_changes_nothing() {
    let world = World::new();
    let other = Browser::filming(&world.site);
    let theirs = other.back_query();
    let mut browser = Browser::filming(&world.site);
    for query in [theirs.as_str(), "token=token-1", "state=", "state=AAAAAAAAAAAAAAAAAAAAAA", ""] {
        let page = browser.get(&format!("/back?{query}"));
        assert_eq!((page.status, page.title()), (400, "Not your check"), "{query}");
    }
    assert_eq!(world.hosted.calls("resume"), 0);
    let back = browser.back();
    assert!(browser.follow(back).offers("/identify"));
}
