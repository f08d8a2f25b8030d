//! Tests that no observer, gate or vendor's text makes the caller pay twice, or reports a charge that cannot be.

use std::{
    panic::{AssertUnwindSafe, catch_unwind},
    sync::{Arc, Mutex},
    time::Duration,
};

use liveness::{
    AttemptTimeout, Billed, Body, CallSummary, Charges, Clock, Error, ErrorKind, Event, LivenessProvider, ManualClock,
    Observer, ProviderId, Request, Response, Result, RetryPolicy, Sandbox, TencentMarket, TransportError,
    client::{Attempt, Call, CallOptions, Client, Gate, SigningParams},
    keeper::{Browser, Keeper, MemorySessionStore},
    money::{AtMostOnce, MemoryJournal},
    observe::{MetricsObserver, TracingObserver},
};

use crate::{
    capture::{Told, capture, sum},
    support::{self, liveness, same_person},
};

/// Takes so long over each event of this name.
#[derive(Clone, Debug)]
struct Slow {
    over: &'static str,
    takes: Duration,
    clock: ManualClock,
}

impl Observer for Slow {
    fn on(&self, event: &Event<'_>) {
        if format!("{event:?}").starts_with(self.over) {
            self.clock.advance(self.takes);
        }
    }
}

/// By when each request that was sent is over, by the clock.
type Ends = Arc<Mutex<Vec<Duration>>>;

fn noting(clock: &ManualClock, ends: &Ends, answer: Sandbox) -> impl liveness::Transport + use<> {
    let (clock, ends) = (clock.clone(), Arc::clone(ends));
    move |request: Request| {
        ends.lock().unwrap().push(clock.monotonic() + AttemptTimeout::of(&request).unwrap());
        liveness::Transport::send(&answer, request)
    }
}

#[test]
fn no_paid_request_goes_out_when_an_observer_took_longer_than_its_lease() {
    let (clock, ends) = (support::clock(), Ends::default());
    let sandbox = Sandbox::builder().with_clock(clock.clone()).build();
    let journal = Arc::new(MemoryJournal::new().with_clock(clock.clone()));
    let provider = |observer: Arc<dyn Observer>| {
        let market = TencentMarket::new(Sandbox::tencent_market_credentials(), noting(&clock, &ends, sandbox.clone()))
            .with_clock(clock.clone())
            .with_observer(Arc::clone(&observer));
        let journal = Arc::clone(&journal) as Arc<dyn liveness::money::Journal>;
        AtMostOnce::new(market, journal).unwrap().with_clock(clock.clone()).with_observer(observer)
    };
    // A pipe that nobody reads for 100 s: the call's lease is 90 s, and another process may make it by then.
    let slow = Slow { over: "AttemptBegan", takes: Duration::from_secs(100), clock: clock.clone() };
    let check = same_person().with_reference("order-7".parse().unwrap());
    let error = provider(Arc::new(slow)).begin(&check).unwrap_err();
    assert_eq!((error.kind(), error.billed()), (ErrorKind::Unavailable, Billed::No), "{error}");
    assert_eq!((ends.lock().unwrap().len(), sandbox.ledger().charges()), (0, 0), "nothing was sent");
    assert!(provider(Arc::new(())).begin(&check).unwrap().verdict().unwrap().is_passed());
    assert_eq!(sandbox.ledger().charges(), 1);
}

#[test]
fn whichever_event_an_observer_is_slow_at_every_attempt_is_over_within_the_lease() {
    let events =
        ["JournalOpened", "CallBegan", "AttemptBegan", "AttemptEnded", "Retrying", "ClockSkew", "RetryBudgetEmpty"];
    for over in events {
        for seconds in [1, 20, 29, 31, 45, 59, 61, 89, 91, 300] {
            let (clock, ends) = (support::clock(), Ends::default());
            let sandbox = Sandbox::builder().with_clock(clock.clone()).build();
            sandbox.move_clock(time::Duration::hours(2));
            sandbox.arm_fault(liveness::sandbox::Fault::Refuse, 1);
            let slow = Slow { over, takes: Duration::from_secs(seconds), clock: clock.clone() };
            let market =
                TencentMarket::new(Sandbox::tencent_market_credentials(), noting(&clock, &ends, sandbox.clone()))
                    .with_clock(clock.clone())
                    .with_observer(slow.clone());
            let once = AtMostOnce::new(market, MemoryJournal::new().with_clock(clock.clone())).unwrap();
            let begun = clock.monotonic();
            let check = same_person().with_reference("order-7".parse().unwrap());
            let _ = once.with_clock(clock.clone()).with_observer(slow).begin(&check);
            for end in &*ends.lock().unwrap() {
                let took = *end - begun;
                assert!(took <= Duration::from_secs(90), "{over} took {seconds} s: over after {took:?}");
            }
        }
    }
}

#[test]
fn a_keeper_asks_for_no_result_that_could_come_after_its_claim() {
    for seconds in [1, 50, 85, 89, 91, 119, 121, 300] {
        let (clock, ends) = (support::clock(), Ends::default());
        let sandbox = Sandbox::builder().with_clock(clock.clone()).build();
        let lease = Duration::from_secs(90);
        let late = Late(Arc::default(), clock.clone());
        let hosted = liveness::Jumdata::new(Sandbox::jumdata_credentials(), noting(&clock, &ends, sandbox.clone()))
            .with_clock(clock.clone())
            .with_observer(late.clone());
        let keeper = Keeper::new(hosted, MemorySessionStore::new()).with_clock(clock.clone()).with_lease(lease);
        let browser = Browser::new().unwrap();
        let liveness::keeper::Begun::Open { state, session } = keeper.begin(&liveness(), &browser).unwrap() else {
            panic!("a hosted vendor")
        };
        sandbox.finish(&session);
        ends.lock().unwrap().clear();
        *late.0.lock().unwrap() = Duration::from_secs(seconds);
        let begun = clock.monotonic();
        let _ = keeper.returned(&state, &browser);
        for end in &*ends.lock().unwrap() {
            assert!(*end - begun <= lease, "an observer took {seconds} s: over after {:?}", *end - begun);
        }
    }
}

/// Takes so long over the beginning of an attempt, from when it is told to.
#[derive(Clone, Debug)]
struct Late(Arc<Mutex<Duration>>, ManualClock);

impl Observer for Late {
    fn on(&self, event: &Event<'_>) {
        if matches!(event, Event::AttemptBegan { .. }) {
            self.1.advance(*self.0.lock().unwrap());
        }
    }
}

/// Takes so long, as a journal does whose disk is stuck.
#[derive(Debug)]
struct SlowGate(ManualClock, Duration);

impl Gate for SlowGate {
    fn before_send(&self, _: &Attempt<'_>) -> Result<()> {
        self.0.advance(self.1);
        Ok(())
    }
}

#[test]
fn what_gates_take_is_taken_from_the_attempt_so_that_it_ends_when_they_were_told() {
    for (seconds, sent) in [(10, vec![Duration::from_secs(30)]), (30, vec![]), (40, vec![])] {
        let (clock, ends) = (support::clock(), Ends::default());
        let begun = clock.monotonic();
        let sandbox = Sandbox::builder().with_clock(clock.clone()).build();
        let market = TencentMarket::new(Sandbox::tencent_market_credentials(), noting(&clock, &ends, sandbox));
        let gate = Arc::new(SlowGate(clock.clone(), Duration::from_secs(seconds)));
        let begin = market.with_clock(clock).begin_with(&same_person(), &CallOptions::new().with_gate(gate));
        let ended: Vec<_> = ends.lock().unwrap().iter().map(|end| *end - begun).collect();
        assert_eq!(ended, sent, "a gate that took {seconds} s");
        assert_eq!(begin.is_err_and(|error| error.billed() == Billed::No), sent.is_empty());
    }
}

/// Refuses every attempt.
#[derive(Debug)]
struct Shut;

impl Gate for Shut {
    fn before_send(&self, _: &Attempt<'_>) -> Result<()> {
        Err(Error::new(ErrorKind::InProgress))
    }
}

#[test]
fn an_attempt_that_a_gate_holds_back_ends_as_not_sent() {
    let (told, sandbox) = (Told::default(), Sandbox::new());
    let market = TencentMarket::new(Sandbox::tencent_market_credentials(), sandbox).with_observer(told.clone());
    market.begin_with(&same_person(), &CallOptions::new().with_gate(Arc::new(Shut))).unwrap_err();
    let events = told.take();
    let names: Vec<_> = events.iter().map(|event| event.split(' ').next().unwrap()).collect();
    assert_eq!(names, ["CallBegan", "AttemptBegan", "AttemptEnded", "CallEnded"]);
    assert!(events[2].contains(r#"delivery: NotSent, status: None, error: Some("held_back")"#), "{}", events[2]);
    assert!(events[3].contains("attempts: 0, delivery: NotSent"), "{}", events[3]);
}

/// A call whose answers, panics and costs are those of its response's text.
struct Odd {
    is_free: bool,
}

impl Call for Odd {
    type Answer = String;

    fn is_free(&self) -> bool {
        self.is_free
    }

    fn request(&self, _: &SigningParams) -> Result<Request> {
        let request = liveness::http::Request::post("https://api.acme.example/ask");
        request.body(Body::empty()).map_err(|_| Error::new(ErrorKind::Protocol))
    }

    fn parse(&self, response: &Response, _: &SigningParams) -> Result<String> {
        match std::str::from_utf8(response.body().as_bytes()).unwrap() {
            "panic" => panic!("a vendor's parser"),
            "denied" => Err(Error::new(ErrorKind::Denied).with_billed(Billed::Unknown).with_vendor_code("7")),
            "rate" => Err(Error::new(ErrorKind::RateLimited)),
            "free" => Err(Error::new(ErrorKind::RateLimited).with_billed(Billed::No)),
            "lost" => Err(Error::new(ErrorKind::OutcomeUnknown).with_vendor_code("7")),
            text => Ok(text.to_owned()),
        }
    }

    fn summary<'a>(&self, answer: &'a String) -> CallSummary<'a> {
        match answer.as_str() {
            "panic-summary" => panic!("a vendor's summary"),
            _ => CallSummary::answered(),
        }
    }

    fn documented(&self, _: &str) -> Option<&'static str> {
        panic!("a vendor's table")
    }
}

/// The last event of a call with these replies, `CallEnded`.
fn end_of(is_free: bool, replies: &[&'static str]) -> String {
    let told = Told::default();
    let _ = catch_unwind(AssertUnwindSafe(|| client(replies).with_observer(told.clone()).call(&Odd { is_free })));
    told.take().pop().unwrap()
}

fn client(replies: &[&'static str]) -> Client {
    let replies: Vec<&'static str> = replies.to_vec();
    let replies = Mutex::new(replies.into_iter());
    let transport = move |_: Request| match replies.lock().unwrap().next().unwrap() {
        "unsent" => Err(TransportError::unsent("refused")),
        "reset" => Err(TransportError::new("reset")),
        text => Ok(Response::new(Body::from(text))),
    };
    Client::new(ProviderId::new("acme", "a").unwrap(), transport).with_clock(support::clock())
}

#[track_caller]
fn ends_with(is_free: bool, replies: &[&'static str], wanted: &str) {
    let end = end_of(is_free, replies);
    assert!(end.contains(wanted), "{replies:?} should end with {wanted}: {end}");
}

#[test]
fn a_free_call_is_told_at_no_charge_whatever_its_error_and_its_summary_say() {
    for replies in [&["denied"][..], &["lost"; 3], &["rate"; 3], &["ok"], &["reset"; 3], &["panic-summary"], &["panic"]]
    {
        ends_with(true, replies, "charges: Charges { certain: 0, possible: 0 }");
        let answered = catch_unwind(AssertUnwindSafe(|| client(replies).call(&Odd { is_free: true })));
        if let Ok(Err(error)) = answered {
            assert_eq!(error.charges(), Charges::NONE, "{replies:?}: {error}");
        }
    }
    ends_with(false, &["denied"], "charges: Charges { certain: 0, possible: 1 }");
}

#[test]
fn a_request_that_cannot_be_made_costs_nothing() {
    struct Unmade(bool);
    impl Call for Unmade {
        type Answer = ();

        fn repeat_after_loss(&self) -> Option<liveness::client::AfterLoss<()>> {
            Some(|(), _| ())
        }

        fn request(&self, _: &SigningParams) -> Result<Request> {
            Err(Error::new(if self.0 { ErrorKind::Protocol } else { ErrorKind::OutcomeUnknown }))
        }

        fn parse(&self, _: &Response, _: &SigningParams) -> Result<()> {
            Ok(())
        }
    }
    for is_protocol in [true, false] {
        let told = Told::default();
        let error = client(&[]).with_observer(told.clone()).call(&Unmade(is_protocol)).unwrap_err();
        assert_eq!((error.charges(), error.attempts()), (Charges::NONE, 0), "{error}");
        assert!(told.take().pop().unwrap().contains("charges: Charges { certain: 0, possible: 0 }"));
    }
}

#[test]
fn a_panic_is_told_at_what_its_attempts_can_have_cost() {
    ends_with(false, &["unsent", "unsent", "panic"], "charges: Charges { certain: 0, possible: 1 }");
    ends_with(false, &["free", "rate", "panic"], "charges: Charges { certain: 0, possible: 1 }");
    ends_with(false, &["panic"], "result: Panicked, charges: Charges { certain: 0, possible: 1 }");
    ends_with(true, &["panic"], "result: Panicked, charges: Charges { certain: 0, possible: 0 }");
}

#[test]
fn a_vendor_whose_words_about_a_call_panic_changes_neither_its_result_nor_its_cost() {
    // The table panics at each code.
    ends_with(
        false,
        &["lost"],
        "result: Failed { kind: OutcomeUnknown, actor: Operator }, charges: Charges { certain: 0, possible: 1 }, vendor_code: Some(\"7\"), code: None",
    );
    ends_with(false, &["denied"], "result: Failed { kind: Denied, actor: Operator }");
    ends_with(false, &["panic-summary"], "result: Answered, charges: Charges { certain: 0, possible: 1 }");
}

#[test]
fn sent_says_whether_a_request_may_have_gone_out_and_a_code_is_counted_only_of_an_answer() {
    let text = |replies: &[&'static str]| {
        capture(|| {
            let _ = client(replies).with_observer(MetricsObserver::new()).call(&Odd { is_free: false });
        })
        .metrics
    };
    for (replies, sent, codes) in [
        (&["unsent"; 3][..], "no", 0.0),
        (&["reset"], "yes", 0.0),
        (&["denied"], "yes", 1.0),
        (&["rate", "unsent", "unsent"], "yes", 1.0),
    ] {
        let text = text(replies);
        for (word, count) in [("yes", f64::from(sent == "yes")), ("no", f64::from(sent == "no"))] {
            let label = format!("sent=\"{word}\"");
            assert_eq!(sum(&text, "liveness_refusals_total", &[&label]), count, "{replies:?}: {text}");
        }
        assert_eq!(sum(&text, "liveness_vendor_codes_total", &[]), codes, "{replies:?}: {text}");
    }
}

#[test]
fn a_trace_and_the_metrics_agree_on_which_calls_are_in_doubt() {
    for (is_free, replies, is_in_doubt) in [
        (false, &["panic"][..], true),
        (false, &["reset"], true),
        (false, &["lost"], true),
        (true, &["panic"], false),
        (true, &["lost"; 3], false),
        (false, &["unsent"; 3], false),
        (false, &["denied"], false),
        (false, &["ok"], false),
    ] {
        let seen = capture(|| {
            let client = client(replies).with_observer((TracingObserver::new(), MetricsObserver::new()));
            let _ = catch_unwind(AssertUnwindSafe(|| client.call(&Odd { is_free })));
        });
        let alarms = seen.trace.named("liveness.outcome_unknown").len();
        assert_eq!(alarms, usize::from(is_in_doubt), "{replies:?}, free: {is_free}");
        assert_eq!(sum(&seen.metrics, "liveness_calls_in_doubt_total", &[]), alarms as f64, "{replies:?}");
    }
}

#[test]
fn a_retry_is_told_only_where_it_is_made() {
    let told = Told::default();
    let clock = support::clock();
    // The pause is over, and so is the time: what slept longer than it should.
    let late = Slow { over: "AttemptEnded", takes: Duration::from_secs(50), clock: clock.clone() };
    let down = |_: Request| -> std::result::Result<Response, TransportError> { Err(TransportError::unsent("refused")) };
    let client = Client::new(ProviderId::new("acme", "a").unwrap(), down).with_clock(clock);
    let client = client.with_retry(RetryPolicy::new().with_deadline(Duration::from_secs(54)));
    client.clone().with_observer((told.clone(), late.clone())).call(&Odd { is_free: false }).unwrap_err();
    let names = told.names();
    let count = |wanted: &str| names.iter().filter(|name| *name == wanted).count();
    assert_eq!(count("Retrying") + 1, count("AttemptBegan"), "{names:?}");

    // The pause itself took longer than the clock was asked for.
    #[derive(Clone, Debug)]
    struct Oversleeps(ManualClock);
    impl Clock for Oversleeps {
        fn now(&self) -> time::OffsetDateTime {
            self.0.now()
        }

        fn monotonic(&self) -> Duration {
            self.0.monotonic()
        }

        fn sleep(&self, _: Duration) {
            self.0.advance(Duration::from_secs(120));
        }

        fn random(&self) -> u64 {
            self.0.random()
        }
    }
    let client = client.with_clock(Oversleeps(support::clock())).with_observer(told.clone());
    client.call(&Odd { is_free: false }).unwrap_err();
    assert_eq!(told.names(), ["CallBegan", "AttemptBegan", "AttemptEnded", "CallEnded"]);
}
