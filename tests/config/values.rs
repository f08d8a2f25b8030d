//! Every key reaches what it sets.

use std::sync::{Arc, Mutex, OnceLock};

use liveness::{
    BuildOptions, Config, ErrorKind, LivenessProvider, ManualClock, Request, Sandbox, Transport, money::FileJournal,
    time::macros::datetime,
};
use serde_json::{Value, json};

use crate::{Folder, order, schema::whole};

/// Where, what else, and how the provider or the transport shows it; nothing where it is shown in another form.
const CHANGES: &[(&str, &str, &str)] = &[
    ("/candidates/0/account", "\"b\"", "account: \"b\""),
    ("/candidates/0/endpoint", "\"https://z.example\"", "https://z.example"),
    ("/candidates/0/path", "\"/z/\"", "path: \"/z/\""),
    ("/candidates/0/page_address", "\"https://z.example/p\"", "page_address: Some(\"https://z.example/p\")"),
    ("/candidates/0/portrait_hosts", "[\"z.example\"]", "portrait_hosts: Some([\"z.example\"])"),
    ("/candidates/0/repeated_result", "false", "repeat_result: false"),
    ("/candidates/0/meter_field", "\"left\"", "meter_field: \"left\""),
    ("/candidates/0/retry/max_attempts", "7", "max_attempts: 7"),
    ("/candidates/0/retry/budget", "77", "retries: 77"),
    ("/candidates/1/endpoint", "\"https://z.example/l\"", "https://z.example/l"),
    ("/candidates/1/scheme", "\"apigw\"", "scheme: Hmac"),
    ("/candidates/1/source", "\"zzz\"", "source: \"zzz\""),
    ("/candidates/1/billed_codes", "[\"P0001\"]", "\"P0001\""),
    ("/candidates/1/photo/byte_limit", "{\"raw\":777}", "Raw(777)"),
    ("/candidates/1/photo/formats", "[\"png\"]", "formats: {Png}"),
    ("/candidates/1/photo/min_side_px", "17", "min_side_px: 17"),
    ("/candidates/1/photo/max_side_px", "777", "max_side_px: 777"),
    ("/candidates/1/photo/long_side_px", "777", "long_side_px: 777"),
    ("/candidates/1/photo/quality_floor", "77", "quality_floor: 77.0"),
    ("/retry/max_attempts", "7", "max_attempts: 7"),
    ("/retry/initial_backoff", "\"77ms\"", "initial_backoff: 77ms"),
    ("/retry/max_backoff", "\"77s\"", "max_backoff: 77s"),
    ("/retry/attempt_timeout", "\"77s\"", "attempt_timeout: 77s"),
    ("/retry/deadline", "\"77s\"", "deadline: 77s"),
    ("/retry/budget", "77", "retries: 77"),
    ("/retry/successes_per_retry", "7", "successes_per_retry: 7"),
    ("/transport/connect_timeout", "\"7s\"", "connect_timeout: 7s"),
    ("/transport/timeout", "\"77s\"", " timeout: 77s"),
    ("/transport/idle_connections", "\"7s\"", "idle_connections: Some(7s)"),
    ("/transport/max_response_bytes", "777", "max_response_bytes: 777"),
    ("/transport/proxy", "\"http://z.example:77\"", "z.example:77"),
    ("/transport/allow_plain_http", "true", "plain_http: true"),
    ("/failover/label", "\"zzz\"", "account: \"zzz\""),
    ("/failover/after_doubt", "true", "after_doubt: true"),
    ("/failover/after_cap", "true", "after_cap: true"),
    ("/failover/same_goal_only", "false", "same_goal_only: false"),
    ("/failover/identity_only_to", "[\"jumdata/z\"]", "account: \"z\""),
    ("/failover/breaker/failures", "77", "failures: Some(77)"),
    ("/failover/breaker/wait", "\"77s\"", "wait: 77s"),
    ("/failover/breaker/probe_time", "\"77s\"", "probe_time: 77s"),
    ("/caps/per_minute", "77", "per_minute: Some(77)"),
    ("/caps/per_day", "77", "per_day: Some(77)"),
    ("/caps/per_reference", "77", "per_reference: Some(77)"),
    ("/caps/in_flight", "77", "in_flight: Some(77)"),
    ("/journal/sealing_key", "\"AAAAASNFZ4mrze8BI0VniavN7wEjRWeJq83vASNFZ4k=\"", ""),
    ("/journal/retention", "\"77d\"", ""),
    ("/journal/new_sessions", "77", "new_sessions: 77"),
    ("/journal/repeated_results", "77", "repeated_results: 77"),
];

/// What is built of a file with every key.
fn built(folder: &Folder, change: impl FnOnce(&mut Value)) -> String {
    let mut file = whole();
    // Of a vendor that is not here.
    file["candidates"].as_array_mut().unwrap().pop();
    file["journal"]["folder"] = folder.0.join("journal").display().to_string().into();
    change(&mut file);
    let config = Config::from_json(&file.to_string()).unwrap();
    format!("{:?} {:?}", config.build_over(Sandbox::new()).unwrap(), config.transport().unwrap())
}

#[test]
fn each_value_stands_in_what_is_built() {
    let folder = Folder::new();
    let before = built(&folder, |_| {});
    for (pointer, value, shown) in CHANGES {
        let after = built(&folder, |file| {
            *file.pointer_mut(pointer).unwrap() = serde_json::from_str(value).unwrap();
        });
        assert_ne!(before, after, "{pointer}");
        assert!(shown.is_empty() || (!before.contains(shown) && after.contains(shown)), "{pointer}: {shown}\n{after}");
    }
}

#[test]
fn a_product_code_is_sent() {
    let sent = Arc::new(Mutex::new(String::new()));
    let keep = Arc::clone(&sent);
    let file = json!({"candidates": [{"vendor": "jumdata", "app_id": "i", "app_secret": "s", "product_code": "zzz"}]});
    let provider = Config::from_json(&file.to_string()).unwrap().build_over(move |request: Request| {
        *keep.lock().unwrap() = String::from_utf8_lossy(request.body().as_bytes()).into_owned();
        Sandbox::new().send(request)
    });
    let back = liveness::ReturnUrl::parse("https://shop.example/back").unwrap();
    let _ = provider.unwrap().begin(&liveness::Check::liveness().with_return_url(back));
    assert!(sent.lock().unwrap().contains("productCode=zzz"));
}

/// A provider behind a journal in this folder, over this transport.
fn behind(
    journal: &str,
    folder: &Folder,
    clock: &ManualClock,
    transport: impl Transport + 'static,
) -> Arc<dyn LivenessProvider> {
    let file = order::file(Some(&folder.0.join("journal")), "") + journal;
    let one = file.replacen("[[candidates]]", "[[candidates]]\nretired = true", 1);
    let options = BuildOptions::new().with_clock(clock.clone());
    Config::from_toml(&one).unwrap().build_with(transport, &options).unwrap()
}

#[test]
fn the_wait_for_a_try_elsewhere_is_the_journals() {
    for (journal, waited) in [("", 0), ("wait = \"3s\"\n", 3)] {
        let folder = Folder::new();
        let clock = ManualClock::new(datetime!(2031-03-01 08:00 UTC));
        let sandbox = Sandbox::builder().with_clock(clock.clone()).build();
        // While the call is on its way, another process is asked for the same try.
        let other = behind(journal, &folder, &clock, sandbox.clone());
        let seen = Arc::new(OnceLock::new());
        let (tell, at) = (Arc::clone(&seen), clock.clone());
        let first = behind(journal, &folder, &clock, move |request: Request| {
            let start = liveness::Clock::monotonic(&at);
            let error = other.begin(&order::check("order-1")).unwrap_err();
            tell.set((error.kind(), (liveness::Clock::monotonic(&at) - start).as_secs())).unwrap();
            sandbox.send(request)
        });
        let _ = first.begin(&order::check("order-1")).unwrap();
        assert_eq!(seen.get(), Some(&(ErrorKind::InProgress, waited)));
    }
}

#[test]
fn the_deadline_of_a_call_is_the_journals() {
    for (journal, seconds) in [("", 60), ("deadline = \"20s\"\n", 20)] {
        let folder = Folder::new();
        let clock = ManualClock::new(datetime!(2031-03-01 08:00 UTC));
        let sandbox = Sandbox::builder().with_clock(clock.clone()).build();
        let _ = behind(journal, &folder, &clock, sandbox).begin(&order::check("order-1")).unwrap();
        let mut held = Vec::new();
        FileJournal::scan(folder.0.join("journal"), |record| held.push((record.until - record.opened).whole_seconds()))
            .unwrap();
        // With the margin in which its last attempt ends.
        assert_eq!(held, [seconds + 30]);
    }
}
