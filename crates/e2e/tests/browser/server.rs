//! Tests of the integrator's server with money, files and strangers, without a browser.

use std::{
    fs,
    path::Path,
    sync::Barrier,
    thread,
    time::{Duration, SystemTime},
};

use liveness::{
    keeper::Kept,
    sandbox::{Call, Scenario},
};
use serde_json::Value;

use crate::{
    ID_NUMBER, NAME,
    person::Person,
    stage::{Stage, session, sha256},
};

const IDENTITY: [(&str, &str); 2] = [("name", NAME), ("number", ID_NUMBER)];

/// From the start page to the vendor's; gives the token.
fn begun(stage: &Stage) -> (Person, String) {
    let mut person = Person::new(stage);
    assert_eq!(person.get("/").status, 200);
    let page = person.post("/begin", &[]).location;
    (person, page.split_once("token=").expect("the vendor's page").1.to_owned())
}

/// Up to the form for name and number.
fn passed(stage: &Stage) -> Person {
    let (mut person, token) = begun(stage);
    assert!(stage.sandbox.finish(&session(&token)));
    assert_eq!(person.back().location, "/result");
    assert!(person.get("/result").text.contains("/identify"));
    person
}

fn arm(stage: &Stage, scenario: &str) {
    stage.sandbox.arm(Scenario::named(scenario).unwrap());
}

fn kept(file: &Path) -> Value {
    let kept: Kept = serde_json::from_slice(&fs::read(file).unwrap()).unwrap();
    serde_json::from_str(kept.data()).unwrap()
}

#[test]
fn a_form_sent_twice_at_the_same_moment_is_compared_once() {
    let stage = Stage::open("at-once");
    let person = passed(&stage);
    let start = Barrier::new(2);
    let mut places = thread::scope(|scope| {
        let send = || {
            start.wait();
            person.post("/identify", &IDENTITY).location
        };
        let [a, b] = [scope.spawn(send), scope.spawn(send)];
        [a.join().unwrap(), b.join().unwrap()]
    });
    places.sort();
    assert_eq!(places, ["/", "/result"], "the later one is an old form");
    assert_eq!(stage.sandbox.ledger().calls(Call::Compare), 1);
}

#[test]
fn an_old_form_neither_begins_nor_forgets_anything() {
    let stage = Stage::open("old-form");
    let mut old = Person::new(&stage);
    old.get("/");
    assert!(old.post("/begin", &[]).location.contains("token="));
    for path in ["/begin", "/forget", "/identify"] {
        assert_eq!(old.post(path, &IDENTITY).location, "/", "{path}");
    }
    assert!(old.clone().get("/").text.contains("Not finished yet"));
    assert_eq!(stage.sandbox.ledger().calls(Call::Init), 1);
}

#[test]
fn a_passed_check_is_not_begun_anew() {
    let stage = Stage::open("passed");
    let mut person = passed(&stage);
    assert_eq!(person.post("/begin", &[]).location, "/result");
    assert!(person.get("/result").text.contains("/identify"));
    assert_eq!(stage.sandbox.ledger().calls(Call::Init), 1);

    let visit = kept(&stage.visit(&person.cookie));
    let opening = &visit["stage"]["Checked"]["opening"];
    assert_eq!(opening["billed"], "yes", "what the opening cost is kept for the accounts");
    assert_eq!(opening["receipt"]["reference"], visit["reference"]);
}

#[test]
fn a_compare_that_may_have_run_is_left_to_the_operator() {
    // The listing says 910RE: live, but the comparison failed.
    let mut stage = Stage::open("unclear-compare");
    let mut person = passed(&stage);
    arm(&stage, "unavailable");
    assert_eq!(person.post("/identify", &IDENTITY).location, "/result");
    let page = person.get("/result").text;
    assert!(page.contains("The result is unknown") && !page.contains("<form"), "{page}");

    // Whoever makes the forms by themselves gets no further.
    let file = stage.visit(&person.cookie);
    person.form = kept(&file)["form"].as_str().unwrap().to_owned();
    for path in ["/begin", "/identify", "/forget"] {
        assert_eq!(person.post(path, &IDENTITY).location, "/result", "{path}");
    }
    assert_eq!(stage.sandbox.ledger().calls(Call::Compare), 1);

    // It waits for the operator, who is told, however long that takes.
    let visit = kept(&file);
    let reference = visit["reference"].as_str().unwrap();
    let until = serde_json::from_slice::<Kept>(&fs::read(&file).unwrap()).unwrap().keep_until();
    assert!(until > time::OffsetDateTime::now_utc() + time::Duration::days(900), "{until}");
    stage.restart();
    assert!(stage.said.contains(&format!("--settle {reference}")), "{}", stage.said);
    assert!(person.get("/result").text.contains("The result is unknown"));

    // The operator has asked the vendor, and the person goes on with the paid camera check.
    stage.settle(reference);
    assert!(person.get("/result").text.contains("/identify"));
    assert_eq!(person.post("/identify", &IDENTITY).location, "/result");
    assert!(person.get("/result").text.contains("You are verified"));
}

#[test]
fn a_check_that_may_have_been_opened_is_begun_anew_and_the_operator_is_told() {
    let mut stage = Stage::open("unclear-init");
    let mut person = Person::new(&stage);
    person.get("/");
    // A 502 of somebody on the way.
    arm(&stage, "outcome-unknown");
    assert_eq!(person.post("/begin", &[]).location, "/result");
    let reference = kept(&stage.visit(&person.cookie))["reference"].as_str().unwrap().to_owned();
    stage.restart();
    let told = format!(
        "the person can start again, or you settle it: reconcile it with the vendor, then run with --settle {reference}"
    );
    assert!(stage.said.contains(&told), "{}", stage.said);
    assert!(person.get("/result").text.contains("You can start it again now"));
    assert!(person.post("/begin", &[]).location.contains("token="));
    assert_eq!(kept(&stage.visit(&person.cookie))["given_up"].as_array().unwrap().len(), 1);
    assert_eq!(stage.sandbox.ledger().calls(Call::Init), 2);
}

#[test]
fn what_the_vendor_refuses_goes_back_to_the_form() {
    let stage = Stage::open("again");
    let mut person = passed(&stage);
    arm(&stage, "invalid-check");
    assert_eq!(person.post("/identify", &IDENTITY).location, "/");
    let page = person.get("/result").text;
    assert!(page.contains("typing error") && page.contains(ID_NUMBER), "{page}");
    assert_eq!(person.post("/identify", &IDENTITY).location, "/result");
    assert!(person.get("/result").text.contains("You are verified"));
}

#[test]
fn a_session_that_our_clock_calls_expired_is_asked_for_before_a_new_one_is_paid() {
    let stage = Stage::open("fast-clock");
    let (mut person, token) = begun(&stage);
    stage.sandbox.finish(&session(&token));
    let visit = kept(&stage.visit(&person.cookie));
    let file = stage.kept(visit["stage"]["Filming"]["state"].as_str().unwrap());
    let mut session = kept(&file);
    let fast = time::OffsetDateTime::now_utc() - time::Duration::minutes(1);
    session["stage"]["open"]["session"]["expires"] =
        fast.format(&time::format_description::well_known::Rfc3339).unwrap().into();
    let session = Kept::new(session.to_string(), true, fast + time::Duration::DAY);
    fs::write(&file, serde_json::to_string(&session).unwrap()).unwrap();
    person.form = visit["form"].as_str().unwrap().to_owned();
    assert_eq!(person.post("/begin", &[]).location, "/result");
    assert!(person.get("/result").text.contains("Your name and ID number"));
    assert_eq!(stage.sandbox.ledger().calls(Call::Init), 1);
}

#[test]
fn a_session_outlives_odd_answers_of_the_vendor() {
    let stage = Stage::open("odd");
    let (mut person, token) = begun(&stage);
    stage.sandbox.finish(&session(&token));
    for scenario in ["protocol", "vendor", "denied", "undocumented-code"] {
        arm(&stage, scenario);
        assert_eq!(person.back().location, "/");
        let page = person.get("/").text;
        assert!(page.contains("Your check is saved") && !page.contains("/begin"), "{page}");
    }
    assert_eq!(person.back().location, "/result");
    assert!(person.get("/result").text.contains("/identify"));
    assert_eq!(stage.sandbox.ledger().calls(Call::Init), 1);
}

#[test]
fn a_wrong_command_line_is_answered_by_a_sentence() {
    let stage = Stage::open("command-line");
    let said = stage.refused(&["--prot=1"]);
    assert_eq!(said, "--prot: there is no such option; --help names them all\n");
    let port = stage.url.rsplit(':').next().unwrap().to_owned();
    let said = stage.refused_alone(&["--port", &port]);
    assert_eq!(said, format!("--port {port}: port {port} is in use\n"));
    assert_eq!(stage.refused_alone(&["--port", "abc"]), "--port abc: a port is a number from 0 to 65535\n");
}

#[test]
fn only_old_rubbish_of_its_own_is_removed_from_the_folder_of_visits() {
    let long_ago = SystemTime::now() - Duration::from_secs(3600);
    let own = |text: &str| format!("{}.kept", sha256(text));
    let visit = |kept_until: &str| format!(r#"{{"data":"","is_open":false,"keep_until":"{kept_until}"}}"#);
    let files = [
        ("notes.json".to_owned(), "mine".to_owned(), long_ago, true),
        ("draft.tmp".to_owned(), "mine".to_owned(), long_ago, true),
        ("holiday.kept".to_owned(), "mine".to_owned(), long_ago, true),
        (own("young rubbish"), "{".to_owned(), SystemTime::now(), true),
        (own("alive"), visit("2999-01-01T00:00:00Z"), long_ago, true),
        (own("old rubbish"), "{".to_owned(), long_ago, false),
        (own("over"), visit("2020-01-01T00:00:00Z"), SystemTime::now(), false),
        (format!("{}-draft", own("crashed")), visit("2999-01-01T00:00:00Z"), long_ago, false),
    ];
    let mut folder = Default::default();
    let stage = Stage::open_with("rubbish", "127.0.0.1:0", |state| {
        private_folder(state);
        for (name, text, at, _) in &files {
            fs::write(state.join(name), text).unwrap();
            fs::File::options().append(true).open(state.join(name)).unwrap().set_modified(*at).unwrap();
        }
        // As one that cannot be read just now.
        fs::create_dir(state.join(own("unreadable"))).unwrap();
        folder = state.to_owned();
    });
    assert!(stage.is_some());
    for (name, _, _, stays) in &files {
        assert_eq!(folder.join(name).exists(), *stays, "{name}");
    }
    assert!(folder.join(own("unreadable")).exists());
}

fn private_folder(folder: &Path) {
    let mut builder = fs::DirBuilder::new();
    #[cfg(unix)]
    std::os::unix::fs::DirBuilderExt::mode(&mut builder, 0o700);
    builder.create(folder).unwrap();
}

#[cfg(unix)]
#[test]
fn a_folder_that_others_can_open_is_refused_and_left_as_it_is() {
    use std::os::unix::fs::PermissionsExt;

    let stage = Stage::open("shared");
    let folder = Path::new(env!("CARGO_TARGET_TMPDIR")).join("visits-shared-with-others");
    let _ = fs::remove_dir_all(&folder);
    fs::create_dir(&folder).unwrap();
    fs::set_permissions(&folder, fs::Permissions::from_mode(0o755)).unwrap();
    let said = stage.refused(&["--state", folder.to_str().unwrap()]);
    assert!(said.contains("open to other users"), "{said}");
    assert_eq!(fs::metadata(&folder).unwrap().permissions().mode() & 0o777, 0o755);
}

#[test]
fn another_host_is_turned_away_and_another_name_of_this_machine_is_sent_on() {
    let stage = Stage::open("hosts");
    let mut person = Person::new(&stage);
    let port = stage.url.rsplit(':').next().unwrap();
    for host in ["shop.example", "127.0.0.1", "localhost.shop.example:80"] {
        let answer = person.get_from(host, "/");
        assert_eq!(answer.status, 421, "{host}");
    }
    for name in ["localhost", "LOCALHOST", "[::1]"] {
        let answer = person.get_from(&format!("{name}:{port}"), "/back?x=1");
        assert_eq!((answer.status, answer.location), (303, format!("{}/", stage.url)), "{name}");
    }
    assert_eq!(person.cookie, "");
    let folder = stage.visit("").parent().unwrap().to_owned();
    assert_eq!(fs::read_dir(folder).unwrap().count(), 0, "nothing was written for them");
}

#[test]
fn a_public_address_that_no_browser_would_send_is_refused_at_the_start() {
    let stage = Stage::open("public");
    for url in [
        "shop.example",
        "ftp://shop.example",
        "https://Shop.example",
        "HTTPS://shop.example",
        "https://shop.example/",
        "https://shop.example/shop",
        "https://shop.example:443",
        "http://shop.example:80",
        "https://user@shop.example",
        "https://shop.example?x",
    ] {
        let said = stage.refused(&["--public-url", url]);
        assert!(said.starts_with(url) && said.contains("as browsers do"), "{said}");
    }
}
