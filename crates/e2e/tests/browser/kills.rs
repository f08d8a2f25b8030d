//! Tests that no person is left without a result when the server is killed again and again under load.

use std::{
    collections::HashMap,
    fs,
    sync::{
        Arc, Mutex,
        atomic::{AtomicUsize, Ordering},
    },
    thread,
    time::Duration,
};

use liveness::{
    Request, Transport,
    keeper::Kept,
    sandbox::{Call, Sandbox, Server},
};
use serde_json::Value;

use crate::{
    person::Person,
    stage::{Stage, session},
};

const CLIENTS: usize = 64;
const VISITS: usize = 400;
const KILLS: usize = 8;
/// What a vendor takes for a call: more than everything else, so that a kill finds calls under way.
const VENDOR_TIME: Duration = Duration::from_millis(60);

/// How a visit ended for its person.
#[derive(Clone, Copy, Debug, PartialEq)]
enum End {
    Verified,
    /// They were told that the result is unknown, and to wait.
    Waits,
}

/// On 2 cores, busy with other builds, in a debug build, it printed 275 to 331 verified by themselves, 69 to 125 that waited for
/// the operator, 112 to 129 checks begun anew, and none stuck: `cargo test -p liveness-e2e -- --ignored --nocapture eight_kills`
#[test]
#[ignore = "kills a server under load, for half a minute"]
fn eight_kills_under_load_charge_nobody_twice_and_leave_nobody_behind() {
    let compared = Arc::new(Mutex::new(HashMap::<String, usize>::new()));
    let mut stage = stage(&compared);
    let (next, over) = (AtomicUsize::new(0), AtomicUsize::new(0));
    let person = Person::new(&stage);
    let sandbox = stage.sandbox.clone();
    let mut visits: Vec<(usize, Person, End)> = Vec::new();
    let mut told = String::new();
    thread::scope(|scope| {
        let clients: Vec<_> = (0..CLIENTS)
            .map(|_| {
                let (person, sandbox, next, over) = (person.clone(), &sandbox, &next, &over);
                scope.spawn(move || {
                    let mut visits = Vec::new();
                    loop {
                        let number = next.fetch_add(1, Ordering::Relaxed);
                        if number >= VISITS {
                            return visits;
                        }
                        let mut person = person.clone();
                        let end = go_on(&mut person, sandbox, &id_number(number));
                        over.fetch_add(1, Ordering::Relaxed);
                        visits.push((number, person, end));
                    }
                })
            })
            .collect();
        for kill in 1..=KILLS {
            while over.load(Ordering::Relaxed) < kill * VISITS / (KILLS + 1) {
                thread::sleep(Duration::from_millis(1));
            }
            stage.restart();
            told += &stage.said;
        }
        visits = clients.into_iter().flat_map(|client| client.join().expect("no panic")).collect();
    });
    assert_eq!(visits.len(), VISITS);
    // Before the operator does anything.
    let waiting = visits.iter().filter(|(.., end)| *end == End::Waits).count();
    let books = Books::of(&stage);
    let most = *compared.lock().unwrap().values().max().unwrap();
    assert_eq!(most, 1, "nobody's picture is compared twice");
    let opened = stage.sandbox.ledger().calls(Call::Init);
    assert!(opened <= VISITS + books.given_up, "{opened} checks were opened, {} given up", books.given_up);

    // The operator reads what is told at the start, asks the vendor, and settles.
    stage.restart();
    let in_doubt = books.in_doubt;
    let settled: Vec<_> = references(&stage.said).map(str::to_owned).collect();
    assert_eq!(settled.len(), in_doubt, "each visit in doubt is told: {}", stage.said);
    stage.stop();
    settled.iter().for_each(|reference| stage.settle(reference));
    stage.restart();
    let mut stuck = 0;
    for (number, person, _) in visits.iter_mut().filter(|(.., end)| *end == End::Waits) {
        stuck += usize::from(go_on(person, &sandbox, &id_number(*number)) != End::Verified);
    }
    let twice = compared.lock().unwrap().values().filter(|calls| **calls > 1).count();
    assert!(twice <= waiting, "a second compare is made where the operator settled the first alone");
    println!(
        "{VISITS} visits by {CLIENTS} clients, {KILLS} kills: {} verified by themselves, {} checks begun anew, {waiting} told \
         to wait for the operator, {stuck} stuck after that",
        VISITS - waiting,
        books.given_up
    );
    assert!(stuck * 100 < VISITS, "{stuck} of {VISITS} are stuck");
}

/// A sandbox that takes its time and counts the compares of each person.
fn stage(compared: &Arc<Mutex<HashMap<String, usize>>>) -> Stage {
    let (sandbox, compared) = (Sandbox::new(), Arc::clone(compared));
    let vendor = sandbox.clone();
    let answer = move |request: Request| {
        let number = form_urlencoded::parse(request.body().as_bytes()).find(|(name, _)| name == "idcard");
        if let Some((_, number)) = number {
            *compared.lock().unwrap().entry(number.into_owned()).or_default() += 1;
        }
        let path = request.uri().path().to_owned();
        if !path.starts_with("/sandbox/") {
            thread::sleep(VENDOR_TIME / 2);
        }
        let answer = vendor.send(request);
        if !path.starts_with("/sandbox/") {
            thread::sleep(VENDOR_TIME / 2);
        }
        answer
    };
    let server = Server::bind("127.0.0.1:0", answer).unwrap();
    Stage::open_on("kills", sandbox, server, |_| {})
}

/// What a person does: what the page offers, again and again, also when the server does not answer.
fn go_on(person: &mut Person, sandbox: &Sandbox, id_number: &str) -> End {
    let mut path = "/".to_owned();
    loop {
        let Some(page) = person.try_get(&path) else {
            thread::sleep(Duration::from_millis(5));
            continue;
        };
        path = if page.status == 303 { page.location } else { "/".to_owned() };
        if page.status == 303 {
            continue;
        }
        let offers = |action: &str| page.text.contains(&format!("action=\"{action}\""));
        let sent = if page.text.contains("/welcome") {
            return End::Verified;
        } else if page.text.contains("The result is unknown") {
            return End::Waits;
        } else if let Some((_, rest)) = page.text.split_once("html?token=") {
            sandbox.finish(&session(rest.split('"').next().unwrap()));
            path = format!("/back?{}", person.back);
            continue;
        } else if offers("/identify") {
            person.try_post("/identify", &[("name", "张三"), ("number", id_number)])
        } else if offers("/begin") {
            person.try_post("/begin", &[])
        } else {
            None
        };
        // The vendor's page is found again by the link at the start.
        path = sent.map(|sent| sent.location).filter(|place| place.starts_with('/')).unwrap_or("/".to_owned());
    }
}

/// What the server's own files say of all visits.
#[derive(Default)]
struct Books {
    in_doubt: usize,
    given_up: usize,
}

impl Books {
    fn of(stage: &Stage) -> Self {
        let mut books = Self::default();
        for file in stage.all_kept() {
            // A draft may be cut off.
            let Ok(kept) = serde_json::from_slice::<Kept>(&fs::read(file).unwrap()) else { continue };
            let visit: Value = serde_json::from_str(kept.data()).unwrap();
            books.in_doubt += usize::from(visit["doubt"].is_object());
            books.given_up += visit["given_up"].as_array().map_or(0, Vec::len);
        }
        books
    }
}

/// The visits that the server says are in doubt.
fn references(said: &str) -> impl Iterator<Item = &str> {
    said.lines().filter_map(|line| line.split_once("--settle ").map(|(_, reference)| reference.trim()))
}

/// A number of a person who does not exist, with the right check character (GB 11643).
fn id_number(number: usize) -> String {
    let digits = format!("1101011980{:02}{:02}{:03}", number / 28 % 12 + 1, number % 28 + 1, number / 336 + 1);
    let weights = [7, 9, 10, 5, 8, 4, 2, 1, 6, 3, 7, 9, 10, 5, 8, 4, 2];
    let sum: u32 = digits.bytes().zip(weights).map(|(digit, weight)| u32::from(digit - b'0') * weight).sum();
    format!("{digits}{}", char::from(b"10X98765432"[sum as usize % 11]))
}
