//! The wrappers stand in the order that is right, as their behaviour on the sandbox shows.

use std::{
    path::Path,
    sync::{Arc, Mutex},
};

use liveness::{
    BuildOptions, Check, Config, ErrorKind, Event, Identity, LivenessProvider, ManualClock, Observer, Outcome, Photo,
    PhotoSpec, Progress, Ran, ReturnUrl, Sandbox,
    sandbox::{Call, Fault},
    time::macros::datetime,
};

use crate::Folder;

/// The listing first, a second account of it behind.
pub(crate) fn file(journal: Option<&Path>, rest: &str) -> String {
    let (id, key) = (Sandbox::TENCENT_SECRET_ID, Sandbox::TENCENT_SECRET_KEY);
    let candidate = |account: &str| {
        format!(
            "[[candidates]]\nvendor = \"tencent-market\"\naccount = \"{account}\"\nsecret_id = \"{id}\"\nsecret_key = \"{key}\"\n"
        )
    };
    let journal = journal.map(|folder| format!("[journal]\nfolder = '{}'\n", folder.display())).unwrap_or_default();
    format!("{}{}[retry]\nmax_attempts = 1\n{journal}{rest}", candidate("a"), candidate("b"))
}

pub(crate) fn check(reference: &str) -> Check {
    let identity = Identity::new("张三".parse().unwrap(), "11010519491231002X".parse().unwrap());
    Check::same_person(identity).with_photo(photo()).with_reference(reference.parse().unwrap())
}

fn photo() -> Photo {
    Photo::from_bytes(include_bytes!("../../src/sandbox/jumdata/portrait.jpg").to_vec(), &PhotoSpec::TENCENT_MARKET)
        .unwrap()
}

/// Both accounts on one sandbox.
struct Stage {
    sandbox: Sandbox,
    provider: std::sync::Arc<dyn LivenessProvider>,
}

impl Stage {
    fn of(file: &str) -> Self {
        let clock = ManualClock::new(datetime!(2031-03-01 08:00 UTC));
        let sandbox = Sandbox::builder().with_clock(clock.clone()).build();
        let options = BuildOptions::new().with_clock(clock);
        let provider = Config::from_toml(file).unwrap().build_with(sandbox.clone(), &options).unwrap();
        Self { sandbox, provider }
    }

    fn compares(&self) -> usize {
        self.sandbox.ledger().calls(Call::Compare)
    }
}

fn passed(progress: Progress) -> String {
    let verdict = progress.into_verdict().unwrap();
    assert_eq!(verdict.outcome(), Outcome::Passed);
    verdict.receipt().provider().to_string()
}

#[test]
fn failover_stands_outermost_and_asks_the_candidates_in_their_order() {
    let stage = Stage::of(&file(None, ""));
    assert_eq!(passed(stage.provider.begin(&check("order-1")).unwrap()), "tencent-market/a");
    stage.sandbox.arm_fault(Fault::Refuse, 1);
    let verdict = stage.provider.begin(&check("order-2")).unwrap().into_verdict().unwrap();
    assert_eq!(verdict.receipt().provider().to_string(), "tencent-market/b");
    assert_eq!(verdict.passed_over()[0].to_string(), "tencent-market/a (unavailable)");
}

#[test]
fn at_most_once_stands_around_each_account_with_one_journal_for_all() {
    let folder = Folder::new();
    let journal = folder.0.join("journal");
    let stage = Stage::of(&file(Some(&journal), ""));
    // A reference is required: that is AtMostOnce.
    let nameless = Check::same_person(Identity::new("张三".parse().unwrap(), "11010519491231002X".parse().unwrap()));
    let error = stage.provider.begin(&nameless.with_photo(photo())).unwrap_err();
    assert_eq!((error.kind(), error.field()), (ErrorKind::InvalidCheck, Some("reference")));
    // An answer is repeated, also by the next process.
    assert_eq!(passed(stage.provider.begin(&check("order-1")).unwrap()), "tencent-market/a");
    let next = Stage::of(&file(Some(&journal), ""));
    let again = next.provider.begin(&check("order-1")).unwrap().into_verdict().unwrap();
    assert!(again.receipt().is_repeat());
    assert_eq!((stage.compares(), next.compares()), (1, 0));
    // While the first is in doubt, the journal holds the second back even where the policy would go on.
    let eager = Stage::of(&file(Some(&journal), "[failover]\nafter_doubt = true\n"));
    eager.sandbox.arm_fault(Fault::DropAfterCharge, 1);
    let error = eager.provider.begin(&check("order-2")).unwrap_err();
    assert_eq!(error.kind(), ErrorKind::OutcomeUnknown, "{error}");
    assert_eq!(eager.compares(), 1);
    // Inside each account: A refuses before it is sent, and B is asked and written down.
    eager.sandbox.arm_fault(Fault::Refuse, 1);
    assert_eq!(passed(eager.provider.begin(&check("order-3")).unwrap()), "tencent-market/b");
}

#[test]
fn caps_are_checked_in_the_journal_and_hold_over_processes() {
    let folder = Folder::new();
    let journal = folder.0.join("journal");
    let with_caps = || Stage::of(&file(Some(&journal), "[caps]\nper_day = 2\n"));
    let stage = with_caps();
    for name in ["order-1", "order-2"] {
        passed(stage.provider.begin(&check(name)).unwrap());
    }
    let next = with_caps();
    // A repeat is no charge, so that it passes; a new one does not, and nobody else is asked.
    assert!(next.provider.begin(&check("order-1")).unwrap().into_verdict().unwrap().receipt().is_repeat());
    let error = next.provider.begin(&check("order-3")).unwrap_err();
    assert_eq!((error.kind(), error.ran(), next.compares()), (ErrorKind::BudgetExceeded, Ran::No, 0));
}

#[test]
fn without_a_journal_the_caps_are_of_this_process_and_of_all_candidates_together() {
    let stage = Stage::of(&file(None, "[caps]\nper_day = 3\n"));
    passed(stage.provider.begin(&check("order-1")).unwrap());
    stage.sandbox.arm_fault(Fault::Refuse, 1);
    assert_eq!(passed(stage.provider.begin(&check("order-2")).unwrap()), "tencent-market/b");
    // What all candidates can cause is reserved: 2 are spent, and 2 more would be 4.
    assert_eq!(stage.provider.begin(&check("order-3")).unwrap_err().kind(), ErrorKind::BudgetExceeded);
    assert_eq!(stage.compares(), 2);
    assert!(Stage::of(&file(None, "[caps]\nper_day = 3\n")).provider.begin(&check("order-3")).is_ok());
}

#[test]
fn the_photo_specification_is_the_accounts_own_so_that_a_set_looks_at_each_before_any_call() {
    let photo = "photo = { byte_limit = { raw = 1000 } }\n";
    let narrow = file(None, "").replacen("[[candidates]]\nvendor", &format!("[[candidates]]\n{photo}vendor"), 1);
    let stage = Stage::of(&narrow);
    let verdict = stage.provider.begin(&check("order-1")).unwrap().into_verdict().unwrap();
    assert_eq!(verdict.receipt().provider().to_string(), "tencent-market/b");
    assert_eq!(stage.compares(), 1);
}

#[test]
fn the_retries_of_an_account_come_before_the_next_account() {
    let stage = Stage::of(&file(None, "").replace("max_attempts = 1", "max_attempts = 2"));
    stage.sandbox.arm_fault(Fault::Refuse, 1);
    let verdict = stage.provider.begin(&check("order-1")).unwrap().into_verdict().unwrap();
    assert_eq!(
        (verdict.receipt().provider().to_string().as_str(), verdict.passed_over().len()),
        ("tencent-market/a", 0)
    );
}

#[test]
fn a_hosted_account_needs_a_key_that_seals_before_it_stands_behind_a_journal() {
    let folder = Folder::new();
    let hosted = format!(
        "[[candidates]]\nvendor = \"jumdata\"\napp_id = \"{}\"\napp_secret = \"{}\"\n[journal]\nfolder = '{}'\n",
        Sandbox::JUMDATA_APP_ID,
        Sandbox::JUMDATA_APP_SECRET,
        folder.0.join("journal").display()
    );
    let error = Config::from_toml(&hosted).unwrap().build_over(Sandbox::new()).unwrap_err();
    assert_eq!((error.kind(), error.field()), (ErrorKind::Configuration, Some("journal.sealing_key")));
    let sealed = format!("{hosted}sealing_key = \"q83vASNFZ4mrze8BI0VniavN7wEjRWeJq83vASNFZ4k=\"\n");
    let sandbox = Sandbox::new();
    let provider = Config::from_toml(&sealed).unwrap().build_over(sandbox.clone()).unwrap();
    let begin = || {
        let back = ReturnUrl::parse("https://shop.example/back").unwrap();
        provider.begin(&Check::liveness().with_return_url(back).with_reference("order-1".parse().unwrap())).unwrap()
    };
    let (first, second) = (begin(), begin());
    assert_eq!(first.session().unwrap().token(), second.session().unwrap().token());
    assert_eq!(sandbox.ledger().calls(Call::Init), 1);
}

#[test]
fn a_retired_candidate_begins_nothing_and_ends_what_is_open() {
    let sandbox = Sandbox::new();
    let (id, secret) = (Sandbox::JUMDATA_APP_ID, Sandbox::JUMDATA_APP_SECRET);
    let candidate = |account: &str, rest: &str| {
        format!(
            "[[candidates]]\nvendor = \"jumdata\"\naccount = \"{account}\"\napp_id = \"{id}\"\napp_secret = \"{secret}\"\n{rest}"
        )
    };
    let build = |file: String| Config::from_toml(&file).unwrap().build_over(sandbox.clone()).unwrap();
    let begin = |provider: &dyn LivenessProvider| {
        let back = ReturnUrl::parse("https://shop.example/back").unwrap();
        provider.begin(&Check::liveness().with_return_url(back)).unwrap().session().unwrap().clone()
    };
    let open = begin(&*build(candidate("old", "")));
    let after = build(candidate("old", "retired = true\n") + &candidate("new", ""));
    assert_eq!(begin(&*after).provider().to_string(), "jumdata/new");
    sandbox.finish(&open);
    assert!(after.resume(&open).unwrap().into_verdict().is_ok());
}

#[test]
fn two_candidates_with_one_label_are_refused() {
    let twice = file(None, "").replace("account = \"b\"", "account = \"a\"");
    let error = Config::from_toml(&twice).unwrap().build_over(Sandbox::new()).unwrap_err();
    assert_eq!(error.field(), Some("candidates"));
    assert!(error.to_string().contains("tencent-market/a"), "{error}");
}

#[test]
fn one_clock_and_one_observer_reach_every_vendor_and_every_wrapper() {
    #[derive(Debug, Default)]
    struct Seen(Mutex<Vec<String>>);
    impl Observer for Seen {
        fn on(&self, event: &Event<'_>) {
            let event = format!("{event:?}");
            self.0.lock().unwrap().push(event.split([' ', '{', '(']).next().unwrap().to_owned());
        }
    }
    let folder = Folder::new();
    let clock = ManualClock::new(datetime!(2031-03-01 08:00 UTC));
    let sandbox = Sandbox::builder().with_clock(clock.clone()).build();
    let seen = Arc::new(Seen::default());
    let options = BuildOptions::new().with_clock(clock).with_observer(Arc::clone(&seen));
    let (id, secret) = (Sandbox::JUMDATA_APP_ID, Sandbox::JUMDATA_APP_SECRET);
    let hosted = format!("[[candidates]]\nvendor = \"jumdata\"\napp_id = \"{id}\"\napp_secret = \"{secret}\"\n");
    let rest = "sealing_key = \"q83vASNFZ4mrze8BI0VniavN7wEjRWeJq83vASNFZ4k=\"\n[caps]\nper_day = 2\n";
    let file = hosted + &file(Some(&folder.0.join("journal")), rest);
    let provider = Config::from_toml(&file).unwrap().build_with(sandbox.clone(), &options).unwrap();
    // The sandbox takes no signature that is 15 minutes off, so each vendor goes by its clock.
    let back = ReturnUrl::parse("https://shop.example/back").unwrap();
    let begun = provider.begin(&check("order-1").with_return_url(back)).unwrap();
    assert_eq!(begun.into_verdict().unwrap().receipt().provider().to_string(), "tencent-market/a");
    let back = ReturnUrl::parse("https://shop.example/back").unwrap();
    let hosted = Check::liveness().with_return_url(back).with_reference("order-2".parse().unwrap());
    let session = provider.begin(&hosted).unwrap().session().unwrap().clone();
    assert_eq!(session.opened(), datetime!(2031-03-01 08:00 UTC));
    let seen = seen.0.lock().unwrap().clone();
    // Of the accounts, of the failover, and of the journal's caps.
    for event in ["AttemptBegan", "PassedOver", "JournalOpened", "CapNear"] {
        assert!(seen.iter().any(|seen| seen == event), "{event}: {seen:?}");
    }
}
