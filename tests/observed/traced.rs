//! Tests which spans and events a program gets, and what they say.

use std::{collections::BTreeSet, sync::Arc};

use liveness::{
    Jumdata, LivenessProvider, Observer, RetryPolicy, Sandbox, TencentMarket,
    observe::{ATTEMPT_SPAN, CALL_SPAN, CHECK_SPAN, EVENTS, Traced, TracingObserver},
    sandbox::Fault,
};

use tracing_subscriber::filter::LevelFilter;

use crate::{
    capture::{Seen, Trace, capture, capture_from},
    stage::play,
    support::{self, liveness, same_person},
};

fn trace(run: impl FnOnce(&Arc<TracingObserver>)) -> Trace {
    capture(|| run(&Arc::new(TracingObserver::new()))).trace
}

fn sandbox() -> Sandbox {
    Sandbox::builder().with_clock(support::clock()).build()
}

fn market(sandbox: &Sandbox, seen: &Arc<TracingObserver>) -> TencentMarket {
    let market = TencentMarket::new(Sandbox::tencent_market_credentials(), sandbox.clone());
    market.with_clock(support::clock()).with_observer(Arc::clone(seen))
}

#[test]
fn an_attempt_is_a_child_of_its_call_and_the_call_of_the_callers_own_span() {
    let sandbox = sandbox();
    sandbox.arm_fault(Fault::Refuse, 1);
    let trace = trace(|seen| {
        let _own = tracing::info_span!("own").entered();
        let _ = market(&sandbox, seen).begin(&same_person()).unwrap();
        tracing::info!("afterwards");
    });
    let [call] = &trace.named("liveness.call")[..] else { panic!("one call") };
    assert_eq!((&*call.within, call.is_closed), (&["own".to_owned()][..], true));
    let attempts = trace.named("liveness.attempt");
    assert!(attempts.iter().all(|attempt| attempt.within == ["own", "liveness.call"] && attempt.is_closed));
    let fields = |attempt: &Seen| ["liveness.attempt", "liveness.delivery"].map(|name| attempt.get(name).to_owned());
    assert_eq!(attempts.iter().map(fields).collect::<Vec<_>>(), [["1", "not_sent"], ["2", "answered"]]);
    assert_eq!(trace.named("liveness.retry")[0].within, ["own", "liveness.call"]);
    assert_eq!(trace.events().last().unwrap().within, ["own"], "the call's span was left");
}

#[test]
fn the_span_of_a_call_says_what_it_cost_and_whom_to_ask() {
    let trace = trace(|seen| {
        let _ = market(&sandbox(), seen).begin(&same_person()).unwrap();
    });
    let call = &trace.named("liveness.call")[0];
    let said = ["vendor", "account", "call", "paid", "reference", "result", "code", "billed", "attempts"];
    let said = said.map(|field| call.get(&format!("liveness.{field}")).to_owned());
    assert_eq!(said, ["tencent-market", "default", "compare", "true", "order-7", "passed", "P0000", "unknown", "1"]);
    assert!(!call.get("liveness.request_id").is_empty() && call.get("liveness.charges.possible") == "1");
    let attempt = &trace.named("liveness.attempt")[0];
    let http = ["otel.name", "otel.kind", "http.request.method", "server.port", "http.response.status_code"];
    assert_eq!(http.map(|field| attempt.get(field)), ["POST", "client", "POST", "443", "200"]);
    assert!(attempt.get("server.address").ends_with("apigw.tencentcs.com"));
    assert!(attempt.get("http.request.body.size").parse::<u32>().unwrap() > 100);
    assert!(!attempt.fields.contains_key("http.request.resend_count"), "the first attempt is none sent again");
}

#[test]
fn a_lost_answer_is_an_error_of_the_span_and_an_event_of_its_level() {
    let sandbox = sandbox();
    sandbox.arm_fault(Fault::DropAfterCharge, 1);
    let trace = trace(|seen| {
        market(&sandbox, seen).with_retry(RetryPolicy::never()).begin(&same_person()).unwrap_err();
    });
    let (call, attempt) = (&trace.named("liveness.call")[0], &trace.named("liveness.attempt")[0]);
    assert_eq!((call.get("error.type"), call.get("otel.status_code")), ("outcome_unknown", "ERROR"));
    assert_eq!((call.get("liveness.actor"), call.get("liveness.billed")), ("operator", "unknown"));
    assert_eq!((attempt.get("error.type"), attempt.get("liveness.delivery")), ("interrupted", "lost"));
    let [event] = &trace.events()[..] else { panic!("{:?}", trace.events()) };
    assert_eq!((&*event.name, &*event.level), ("liveness.outcome_unknown", "ERROR"));
}

#[test]
fn an_error_says_whose_it_is_also_where_spans_are_filtered_out() {
    let sandbox = sandbox();
    sandbox.arm_fault(Fault::DropAfterCharge, 1);
    let captured = capture_from(LevelFilter::WARN, || {
        let market = market(&sandbox, &Arc::new(TracingObserver::new())).with_retry(RetryPolicy::never());
        market.begin(&same_person()).unwrap_err();
        let _ = market.begin(&same_person()).unwrap();
    });
    let [event] = &captured.trace.events()[..] else { panic!("{:?}", captured.trace.events()) };
    let said = ["provider", "call", "reference", "result", "charges"].map(|field| event.get(field));
    assert_eq!(said, ["tencent-market/default", "compare", "order-7", "outcome_unknown", "0 to 1"]);
    assert!(captured.trace.spans().is_empty());
}

#[test]
fn a_call_that_panics_leaves_no_span_open_on_its_thread() {
    let broken =
        |_: liveness::Request| -> Result<liveness::Response, liveness::TransportError> { panic!("a transport") };
    let trace = trace(|seen| {
        let hosted = Jumdata::new(Sandbox::jumdata_credentials(), broken).with_observer(Arc::clone(seen));
        let run = std::panic::AssertUnwindSafe(|| hosted.begin(&liveness()));
        assert!(std::panic::catch_unwind(run).is_err());
        tracing::info!("afterwards");
    });
    assert!(trace.spans().iter().all(|span| span.is_closed), "{:?}", trace.spans());
    assert!(trace.events().last().unwrap().within.is_empty());
    assert_eq!(trace.named("liveness.call")[0].get("liveness.result"), "panicked");
}

#[test]
fn what_a_transport_traces_is_a_child_of_the_attempt() {
    let sandbox = sandbox();
    let trace = trace(|seen| {
        let own = sandbox.clone();
        let transport = move |request: liveness::Request| {
            tracing::info!("on the way");
            liveness::Transport::send(&own, request)
        };
        let hosted = Jumdata::new(Sandbox::jumdata_credentials(), transport).with_clock(support::clock());
        let _ = hosted.with_observer(Arc::clone(seen)).begin(&liveness()).unwrap();
    });
    assert_eq!(trace.events()[0].within, ["liveness.call", "liveness.attempt"]);
}

#[test]
fn all_that_is_done_for_a_check_stands_in_one_span_with_what_it_came_to() {
    use liveness::money::{AtMostOnce, BreakerPolicy, Failover, MemoryJournal};
    let sandbox = sandbox();
    let trace = trace(|seen| {
        let journal = Arc::new(MemoryJournal::new().with_clock(support::clock()));
        let line = |account: &str| {
            let market = market(&sandbox, seen).with_account(account).unwrap().with_retry(RetryPolicy::never());
            let once = AtMostOnce::new(market, Arc::clone(&journal) as Arc<dyn liveness::money::Journal>).unwrap();
            Arc::new(once.with_clock(support::clock()).with_observer(Arc::clone(seen))) as Arc<dyn LivenessProvider>
        };
        let set = Failover::new("set", [line("a"), line("b")]).unwrap();
        let set = set.with_breaker(BreakerPolicy::new().with_failures(1)).with_observer(Arc::clone(seen));
        let set = Traced::new(set);
        sandbox.arm_fault(Fault::Refuse, 1);
        let verdict = set.begin(&same_person()).unwrap().into_verdict().unwrap();
        let _ = set.begin(&same_person()).unwrap();
        set.portrait(&verdict).unwrap();
        sandbox.arm_fault(Fault::DropAfterCharge, 1);
        set.begin(&same_person().with_attempt(2)).unwrap_err();
        set.resume(&support::session("t-1")).unwrap_err();
        tracing::info!("afterwards");
    });
    let checks = trace.named("liveness.check");
    let said = |field: &str| {
        checks.iter().map(|check| check.fields.get(field).cloned().unwrap_or_default()).collect::<Vec<_>>()
    };
    assert_eq!(said("liveness.step"), ["begin", "begin", "portrait", "begin", "resume"]);
    assert_eq!(said("liveness.result"), ["passed", "passed", "answered", "outcome_unknown", "invalid_check"]);
    let b = "tencent-market/b";
    assert_eq!(said("liveness.answered_by"), [b, b, "", "", ""]);
    assert_eq!(said("liveness.repeat"), ["false", "true", "", "", ""]);
    assert_eq!(said("liveness.charges.possible"), ["1", "1", "", "1", "0"]);
    assert_eq!(said("liveness.actor"), ["", "", "", "operator", "caller"]);
    let mut around: BTreeSet<_> = trace.named("liveness.call").into_iter().map(|call| call.within).collect();
    around.extend(
        trace
            .events()
            .into_iter()
            .filter(|event| event.name.starts_with("liveness."))
            .map(|event| event.within.into_iter().take(1).collect()),
    );
    assert_eq!(around, BTreeSet::from([vec!["liveness.check".to_owned()]]), "nothing of it stands outside");
    for event in ["liveness.journal_opened", "liveness.passed_over", "liveness.breaker_opened", "liveness.call_refused"]
    {
        assert!(!trace.named(event).is_empty(), "{event}");
    }
    assert!(checks.iter().all(|check| check.is_closed));
    assert!(trace.events().last().unwrap().within.is_empty(), "the span was left");
}

#[test]
fn every_span_field_and_event_stands_in_the_catalogue_and_is_seen_in_the_play() {
    let trace = trace(|seen| {
        play(&(Arc::clone(seen) as Arc<dyn Observer>));
    });
    let names = |fields: &[liveness::observe::SpanField]| {
        fields.iter().map(|field| field.name.to_owned()).collect::<BTreeSet<_>>()
    };
    for (span, fields) in [
        ("liveness.check", names(CHECK_SPAN)),
        ("liveness.call", names(CALL_SPAN)),
        ("liveness.attempt", names(ATTEMPT_SPAN)),
    ] {
        let spans = trace.named(span);
        assert_eq!(spans[0].declared.iter().cloned().collect::<BTreeSet<_>>(), fields);
        let recorded: BTreeSet<_> = spans.iter().flat_map(|span| span.fields.keys().cloned()).collect();
        assert_eq!(recorded, fields, "{span}: a field that nothing ever fills");
    }
    assert!(trace.spans().iter().all(|span| span.is_closed && span.target == "liveness"));
    let seen: BTreeSet<_> = trace.events().iter().map(|event| (event.name.clone(), event.level.clone())).collect();
    let known: BTreeSet<_> = EVENTS.iter().map(|event| (event.name.to_owned(), event.level.to_owned())).collect();
    let prepares = |(name, _): &&(String, String)| cfg!(feature = "photo") || name != "liveness.photo_prepared";
    assert_eq!(seen, known.iter().filter(prepares).cloned().collect());
}
