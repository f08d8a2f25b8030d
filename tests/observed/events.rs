//! Tests which events a call reports, in which order, and what they say.

use std::{
    panic::{AssertUnwindSafe, catch_unwind},
    sync::{Arc, Mutex},
    time::Duration,
};

use liveness::{
    Body, CallResult, Check, Delivery, ErrorKind, Event, Jumdata, LivenessProvider, Meter, Observer, Outcome, Repair,
    Request, Response, RetryBudget, RetryPolicy, Sandbox, TencentMarket, Transport, TransportError,
    money::{AtMostOnce, Capped, Caps, Failover, MemoryJournal, SealingKey},
    sandbox::{Fault, Scenario},
};

use crate::{
    capture::Told,
    support::{self, liveness, same_person},
};

fn market(sandbox: &Sandbox, told: &(impl Observer + Clone + 'static)) -> TencentMarket {
    TencentMarket::new(Sandbox::tencent_market_credentials(), sandbox.clone())
        .with_clock(support::clock())
        .with_observer(told.clone())
}

fn hosted(transport: impl Transport + 'static, told: &(impl Observer + Clone + 'static)) -> Jumdata {
    Jumdata::new(Sandbox::jumdata_credentials(), transport).with_clock(support::clock()).with_observer(told.clone())
}

fn sandbox() -> Sandbox {
    Sandbox::builder().with_clock(support::clock()).build()
}

#[test]
fn a_call_tells_its_beginning_each_attempt_and_its_end() {
    let (sandbox, told) = (sandbox(), Told::default());
    sandbox.arm_fault(Fault::Refuse, 1);
    let verdict = market(&sandbox, &told).begin(&same_person()).unwrap().into_verdict().unwrap();
    let events = told.take();
    let names: Vec<_> = events.iter().map(|event| event.split(' ').next().unwrap()).collect();
    assert_eq!(
        names,
        ["CallBegan", "AttemptBegan", "AttemptEnded", "Retrying", "AttemptBegan", "AttemptEnded", "CallEnded"]
    );
    let call = events[0].split("call: ").nth(1).unwrap().split(',').next().unwrap();
    assert!(events.iter().all(|event| event.contains(&format!("call: {call}"))), "{events:#?}");
    assert!(events[0].contains(r#"name: "compare", is_paid: true, reference: Some("#), "{}", events[0]);
    assert!(events[1].contains(r#"method: "POST""#) && events[1].contains("port: Some(443)"), "{}", events[1]);
    assert!(events[2].contains("delivery: NotSent, status: None"), "{}", events[2]);
    assert!(events[3].contains("number: 1, kind: Unavailable"), "{}", events[3]);
    assert!(events[5].contains("delivery: Answered, status: Some(200)"), "{}", events[5]);
    assert!(events[6].contains("attempts: 2"), "{}", events[6]);
    assert!(events[6].contains(r#"result: Verdict(Passed)"#), "{}", events[6]);
    assert!(events[6].contains(&format!("request_id: Some({:?})", verdict.receipt().request_id().unwrap())));
    assert!(events[6].contains(r#"vendor_code: Some("P0000"), code: Some("P0000")"#), "{}", events[6]);
}

#[test]
fn charges_are_told_once_for_each_call_and_come_to_those_of_the_ledger() {
    #[derive(Clone, Debug, Default)]
    struct Sum(Arc<Mutex<(u32, u32)>>);
    impl Observer for Sum {
        fn on(&self, event: &Event<'_>) {
            if let Event::CallEnded { summary, .. } = event {
                let mut sum = self.0.lock().unwrap();
                *sum = (sum.0 + summary.charges.certain(), sum.1 + summary.charges.possible());
            }
        }
    }
    let (sandbox, sum) = (sandbox(), Sum::default());
    let provider = hosted(sandbox.clone(), &sum);
    let session = provider.begin(&liveness()).unwrap().into_verdict().unwrap_err();
    let session = provider.resume(&session).unwrap().into_verdict().unwrap_err();
    sandbox.finish(&session);
    sandbox.arm_fault(Fault::DropAfterCharge, 1);
    assert!(provider.resume(&session).unwrap().verdict().unwrap().is_passed());
    let (certain, possible) = *sum.0.lock().unwrap();
    let charged = u32::try_from(sandbox.ledger().charges()).unwrap();
    assert!(certain <= charged && charged <= possible, "{certain} <= {charged} <= {possible}");
}

#[test]
fn what_is_refused_before_it_is_sent_is_told_as_such() {
    let (sandbox, told) = (sandbox(), Told::default());
    let market = market(&sandbox, &told);
    market.begin(&Check::liveness()).unwrap_err();
    let refused = told.take();
    assert!(refused[0].starts_with("CallRefused") && refused.len() == 1, "{refused:?}");
    assert!(refused[0].contains(r#"name: "compare", kind: InvalidCheck, actor: Caller"#), "{refused:?}");
    market.resume(&support::session("t-1")).unwrap_err();
    assert!(told.take()[0].contains("kind: Unsupported"));
    let hosted = hosted(sandbox.clone(), &told);
    hosted.begin(&Check::liveness()).unwrap_err();
    hosted
        .resume(&liveness::Session::new(
            liveness::Receipt::new("jumdata/other".parse().unwrap()),
            "t",
            support::NOW,
            time::Duration::minutes(10),
        ))
        .unwrap_err();
    hosted
        .resume(&liveness::Session::new(
            liveness::Receipt::new("jumdata/default".parse().unwrap()),
            "t",
            support::NOW - time::Duration::days(3),
            time::Duration::minutes(10),
        ))
        .unwrap_err();
    hosted.api().call("no path", []).unwrap_err();
    // What belongs to another account.
    let foreign = liveness::Receipt::new("jumdata/other".parse().unwrap());
    hosted
        .page_html(&liveness::Session::new(foreign.clone(), "t", support::NOW, time::Duration::minutes(10)))
        .unwrap_err();
    hosted.portrait(&liveness::Verdict::new(Outcome::Passed, foreign)).unwrap_err();
    let refused = told.take();
    assert_eq!(refused.iter().filter(|event| event.starts_with("CallRefused")).count(), 6, "{refused:#?}");
    for name in ["html", "portrait"] {
        assert!(
            refused.iter().any(|event| event.contains(&format!(r#"name: "{name}", kind: InvalidCheck"#))),
            "{name}"
        );
    }
    assert_eq!(sandbox.ledger().entries().len(), 0);
}

#[test]
fn each_refusal_is_told_once_by_who_refused() {
    let (sandbox, told) = (sandbox(), Told::default());
    let refusals = || told.names().into_iter().filter(|name| name == "CallRefused").count();
    let journal = MemoryJournal::new().with_clock(support::clock());
    let market = market(&sandbox, &told).with_retry(RetryPolicy::never());
    let once = AtMostOnce::sealing(market.clone(), journal, SealingKey::new([7; 32])).unwrap();
    let once = once.with_clock(support::clock()).with_observer(told.clone());
    // No reference, no photo, no answer, then the doubt of it.
    let check = |number: u32| same_person().with_reference(format!("order-{number}").parse().unwrap());
    once.begin(&Check::same_person(support::identity()).with_photo(support::photo())).unwrap_err();
    assert_eq!(refusals(), 1);
    once.begin(&Check::same_person(support::identity()).with_reference("order-1".parse().unwrap())).unwrap_err();
    assert_eq!(refusals(), 1);
    sandbox.arm_fault(Fault::DropAfterCharge, 1);
    once.begin(&check(2)).unwrap_err();
    assert_eq!(refusals(), 0, "it was sent");
    once.begin(&check(2)).unwrap_err();
    assert_eq!(refusals(), 1);
    // A repeat comes without the person, so its portrait cannot be fetched.
    let journal = MemoryJournal::new().with_clock(support::clock());
    let unsealed = AtMostOnce::new(market.clone(), journal).unwrap();
    let unsealed = unsealed.with_clock(support::clock()).with_observer(told.clone());
    let _ = unsealed.begin(&check(9)).unwrap();
    let repeat = unsealed.begin(&check(9)).unwrap().into_verdict().unwrap();
    told.take();
    unsealed.portrait(&repeat).unwrap_err();
    let refused = told.take();
    assert!(refused.len() == 1 && refused[0].contains(r#"CallRefused"#), "{refused:?}");
    assert!(refused[0].contains(r#"name: "portrait", kind: Configuration, actor: Operator"#), "{refused:?}");
    let once = once.with_caps(Caps::new().with_per_day(1));
    once.begin(&check(3)).unwrap_err();
    assert_eq!(refusals(), 1);
    let capped = Capped::new(market.clone(), Caps::new().with_per_day(0)).with_observer(told.clone());
    capped.begin(&check(4)).unwrap_err();
    assert_eq!(refusals(), 1);
    // A set in which nobody can run it, and one in which the vendor refuses.
    let set =
        Failover::new("set", [Arc::new(market) as Arc<dyn LivenessProvider>]).unwrap().with_observer(told.clone());
    set.begin(&liveness()).unwrap_err();
    assert_eq!(refusals(), 1);
    sandbox.arm(Scenario::named("rate-limited").unwrap());
    set.begin(&check(5)).unwrap_err();
    assert_eq!(refusals(), 0, "the call's own end says it");
}

#[test]
fn a_retry_that_the_budget_forbids_and_a_clock_that_is_off_are_told() {
    let told = Told::default();
    let down = |_: Request| -> Result<Response, TransportError> { Err(TransportError::unsent("nobody listens")) };
    let retry = RetryPolicy::new().with_budget(RetryBudget::new(0));
    hosted(down, &told).with_retry(retry).begin(&liveness()).unwrap_err();
    assert_eq!(told.names(), ["CallBegan", "AttemptBegan", "AttemptEnded", "RetryBudgetEmpty", "CallEnded"]);

    let sandbox = sandbox();
    sandbox.move_clock(time::Duration::hours(2));
    let _ = market(&sandbox, &told).begin(&same_person()).unwrap();
    let events = told.take();
    let skew = events.iter().find(|event| event.starts_with("ClockSkew")).unwrap();
    assert!(skew.contains("seconds: 7200") || skew.contains("seconds: 7199"), "{skew}");
}

#[test]
fn a_repaired_answer_is_told_step_by_step() {
    let told = Told::default();
    let vendor = |_: Request| {
        Ok(Response::new(Body::from("\u{FEFF}{\"code\":200,\"charge\":true,\"data\":{\"token\":\"t-1\",},}")))
    };
    let _ = hosted(vendor, &told).begin(&liveness()).unwrap();
    let events = told.take();
    let repairs: Vec<_> = events.iter().filter(|event| event.starts_with("AnswerRepaired")).collect();
    assert!(repairs[0].contains("ByteOrderMark") && repairs[1].contains("LooseJson"), "{events:#?}");
    // A session that is not done yet, and meters, have no receipt of their answer.
    let answers = |body: &'static str| move |_: Request| Ok(Response::new(Body::from(format!("\u{FEFF}{body}"))));
    let steps = || told.take().into_iter().filter(|event| event.contains("repair: ByteOrderMark")).count();
    let pending = hosted(answers(r#"{"code":201,"msg":"?"}"#), &told).resume(&support::session("t-1")).unwrap();
    assert!(pending.session().is_some() && steps() == 1);
    hosted(answers(r#"{"code":200,"data":"810.75"}"#), &told).balance().unwrap();
    assert_eq!(steps(), 1);
    let package = hosted(answers(r#"{"code":200,"data":{"remaining":"7"}}"#), &told).package().unwrap();
    assert_eq!((package.calls(), steps()), (Some(7), 1));
    // An answer that is an error is one too.
    let refusal = |_: Request| Ok(Response::new(Body::from("\u{FEFF}{\"code\":602,\"msg\":\"账号停用\"}")));
    let error = hosted(refusal, &told).begin(&liveness()).unwrap_err();
    assert_eq!((error.kind(), error.repaired()), (ErrorKind::Denied, &[Repair::ByteOrderMark][..]));
    assert!(told.take().iter().any(|event| event.contains("repair: ByteOrderMark")));
}

#[test]
fn an_undocumented_code_is_no_label_and_one_that_is_no_code_is_not_told_at_all() {
    let told = Told::default();
    let answer = |body: &'static str| move |_: Request| Ok(Response::new(Body::from(body)));
    hosted(answer(r#"{"code":"7777","msg":"?"}"#), &told).begin(&liveness()).unwrap_err();
    assert!(told.take().last().unwrap().contains(r#"vendor_code: Some("7777"), code: None"#));
    hosted(answer(r#"{"code":"张三 11010519491231002X","msg":"?"}"#), &told).begin(&liveness()).unwrap_err();
    let end = told.take().pop().unwrap();
    assert!(end.contains("code: None") && !end.contains("张三") && !end.contains("11010519491231002X"), "{end}");
}

/// Panics at each event.
#[derive(Clone, Debug)]
struct Panics;

impl Observer for Panics {
    fn on(&self, _: &Event<'_>) {
        panic!("an observer");
    }
}

#[test]
fn a_panicking_observer_loses_no_paid_answer() {
    let sandbox = sandbox();
    let verdict = market(&sandbox, &Panics).begin(&same_person()).unwrap().into_verdict().unwrap();
    assert_eq!((verdict.outcome(), sandbox.ledger().charges()), (Outcome::Passed, 1));
}

#[test]
fn a_panicking_transport_is_told_as_one_possible_charge_even_if_the_observer_panics_too() {
    let broken = |_: Request| -> Result<Response, TransportError> { panic!("a transport") };
    let told = Told::default();
    for provider in [hosted(broken, &told), hosted(broken, &(Arc::new(Panics)))] {
        assert!(catch_unwind(AssertUnwindSafe(|| provider.begin(&liveness()))).is_err());
    }
    let events = told.take();
    let end = events.last().unwrap();
    assert!(
        end.starts_with("CallEnded") && end.contains("result: Panicked, charges: Charges { certain: 0, possible: 1 }")
    );
}

#[test]
fn words_of_deliveries_and_results_are_those_of_closed_sets() {
    assert_eq!(Delivery::ALL.iter().map(|word| word.as_str()).collect::<Vec<_>>(), ["not_sent", "lost", "answered"]);
    assert!(CallResult::WORDS.contains(&CallResult::Verdict(Outcome::Passed).as_str()));
    assert!(ErrorKind::ALL.iter().all(|kind| !CallResult::WORDS.contains(&kind.as_str())));
}

#[test]
fn the_time_of_a_call_is_that_of_its_clock() {
    #[derive(Clone, Debug, Default)]
    struct Times(Arc<Mutex<Vec<Duration>>>);
    impl Observer for Times {
        fn on(&self, event: &Event<'_>) {
            match event {
                Event::AttemptEnded { elapsed, .. } | Event::CallEnded { elapsed, .. } => {
                    self.0.lock().unwrap().push(*elapsed);
                }
                _ => {}
            }
        }
    }
    let (clock, times) = (support::clock(), Times::default());
    let hands = clock.clone();
    let vendor = move |_: Request| {
        hands.advance(Duration::from_millis(1500));
        Ok(Response::new(Body::from(r#"{"code":200,"data":{"token":"t-1"}}"#)))
    };
    let _ = hosted(vendor, &times).with_clock(clock).begin(&liveness()).unwrap();
    assert_eq!(*times.0.lock().unwrap(), [Duration::from_millis(1500); 2]);
}

#[test]
fn every_scenario_of_both_vendors_ends_with_an_event_that_says_what_the_caller_got() {
    #[derive(Clone, Debug, Default)]
    struct Last(Arc<Mutex<Option<(String, u32, u32)>>>);
    impl Observer for Last {
        fn on(&self, event: &Event<'_>) {
            if let Event::CallEnded { summary, .. } = event {
                let end = (summary.result.as_str().to_owned(), summary.charges.certain(), summary.charges.possible());
                *self.0.lock().unwrap() = Some(end);
            }
        }
    }
    let (sandbox, last) = (sandbox(), Last::default());
    let market = market(&sandbox, &last).with_retry(RetryPolicy::never());
    for scenario in
        Scenario::all().filter(|scenario| scenario.answer_for(liveness::sandbox::Vendor::TencentMarket).is_ok())
    {
        sandbox.disarm();
        sandbox.arm(scenario);
        let answered = market.begin(&same_person());
        let (word, charges) = match &answered {
            Ok(progress) => {
                let verdict = progress.verdict().unwrap();
                (CallResult::Verdict(verdict.outcome()).as_str(), verdict.charges())
            }
            Err(error) => (error.kind().as_str(), error.charges()),
        };
        let end = last.0.lock().unwrap().take().unwrap();
        assert_eq!(end, (word.to_owned(), charges.certain(), charges.possible()), "{}", scenario.name());
    }
}
