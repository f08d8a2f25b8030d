//! Whole runs over the sandbox, with its faults, recorded into a file and replayed by another person.

use liveness::{
    Error, Sandbox, TransportErrorKind,
    record::CassetteFile,
    sandbox::{Fault, Scenario},
};

use super::{sinks::temporary, *};

/// Which call of a run asks for the page, from 0.
const PAGE: usize = 3;

/// A sandbox that knows the recorded accounts.
fn sandbox() -> Sandbox {
    let Person { key, secret, .. } = RECORDED;
    Sandbox::builder()
        .with_clock(clock())
        .with_jumdata_account(jumdata::Credentials { app_id: key.into(), app_secret: secret.into() })
        .with_tencent_market_account(tencent_market::Credentials { secret_id: key.into(), secret_key: secret.into() })
        .build()
}

/// What a program is told on the way through both vendors, and whether all of it was live.
fn run(
    person: Person,
    transport: impl Transport + Clone + 'static,
    wants_page: bool,
    play: impl Fn(&Session),
) -> Vec<String> {
    let market = person.market(transport.clone());
    let hosted = person.jumdata(transport);
    let mut lines = vec![told(&market.begin(&person.same_person())), told(&market.begin(&person.same_person()))];
    let opened = hosted.begin(&person.hosted());
    lines.push(told(&opened));
    let Ok(Progress::Pending(session)) = opened else { return lines };
    if wants_page {
        lines.push(match hosted.page_html(&session) {
            Ok(page) => format!("a page: {}", page.trim_start().starts_with('<')),
            Err(error) => told_of_error(&error),
        });
    }
    lines.push(told(&hosted.resume(&session)));
    play(&session);
    let answer = hosted.resume(&session);
    lines.push(told(&answer));
    if let Ok(Progress::Done(verdict)) = answer {
        assert!(verdict.receipt().is_sandbox());
        lines.push(match hosted.portrait(&verdict) {
            Ok(Some(portrait)) if portrait.as_ref().starts_with(b"\xFF\xD8\xFF") => {
                format!("a portrait of {} bytes", portrait.as_ref().len())
            }
            // Of what is no picture not even the size is kept.
            Ok(portrait) => format!("a file: {}", portrait.is_some()),
            Err(error) => told_of_error(&error),
        });
    }
    lines
}

#[test]
fn every_fault_at_every_call_replays_as_what_it_was() {
    let no_fault = [None];
    let faults = Fault::ALL.iter().copied().map(Some).chain(no_fault);
    for fault in faults {
        for call in 0..7 {
            // It is large.
            let wants_page = call == PAGE;
            let sandbox = sandbox();
            let path = temporary(&format!("run-{}-{call}", fault.map_or("none", Fault::name)));
            let recording = RecordingTransport::new(sandbox.clone(), CassetteFile::create(&path).unwrap());
            let asked = Arc::new(Mutex::new(0));
            let (counted, inner, armed) = (asked.clone(), recording.clone(), sandbox.clone());
            let transport = move |request: liveness::Request| {
                let mut asked = counted.lock().unwrap();
                if *asked == call
                    && let Some(fault) = fault
                {
                    armed.arm_fault(fault, 1);
                }
                *asked += 1;
                inner.send(request)
            };
            let tokens = Mutex::new(Vec::new());
            let recorded = run(RECORDED, Arc::new(transport), wants_page, |session| {
                tokens.lock().unwrap().push(session.token().reveal().to_owned());
                sandbox.finish_with_portrait(session, b"\xFF\xD8\xFFcanary-photo-of-a-face\xFF\xD9".to_vec());
            });
            assert_eq!(recording.not_recorded(), 0);

            let json = std::fs::read_to_string(&path).unwrap();
            canaries::assert_none(&json);
            for secret in
                tokens.lock().unwrap().iter().map(String::as_str).chain(["canary-photo", "沙箱省", "/portrait/"])
            {
                assert!(!json.contains(secret), "{fault:?} at {call}: {secret} in {json}");
            }
            let replay = ReplayTransport::from_file(&path).unwrap();
            std::fs::remove_file(&path).unwrap();
            let replayed = run(REPLAYING, replay.clone(), wants_page, |_| {});
            assert_eq!(replayed, recorded, "{fault:?} at {call}");
            assert_eq!(replay.remaining(), 0, "{fault:?} at {call}");
        }
    }
}

#[test]
fn every_scenario_replays_as_what_it_was() {
    for scenario in Scenario::all() {
        let sandbox = sandbox();
        sandbox.set_default(scenario);
        let (transport, cassette) = recording(sandbox.clone());
        let recorded = run(RECORDED, transport, false, |session| {
            sandbox.finish(session);
        });
        let replayed = run(REPLAYING, ReplayTransport::new(stored(&cassette)), false, |_| {});
        assert_eq!(replayed, recorded, "{scenario:?}");
    }
}

#[test]
fn a_portrait_becomes_a_picture_of_nobody_of_the_same_size() {
    let sandbox = sandbox();
    let (transport, cassette) = recording(sandbox.clone());
    let hosted = RECORDED.jumdata(transport);
    let Ok(Progress::Pending(session)) = hosted.begin(&RECORDED.hosted()) else { panic!("it is opened") };
    let face = b"\xFF\xD8\xFFcanary-photo-of-a-face\xFF\xD9".to_vec();
    sandbox.finish_with_portrait(&session, face.clone());
    let Ok(Progress::Done(verdict)) = hosted.resume(&session) else { panic!("it passed") };
    assert_eq!(hosted.portrait(&verdict).unwrap().unwrap().as_ref(), face);

    let hosted = REPLAYING.jumdata(ReplayTransport::new(stored(&cassette)));
    let Ok(Progress::Pending(session)) = hosted.begin(&REPLAYING.hosted()) else { panic!("it is opened") };
    assert_eq!(session.token().reveal(), "token-1");
    let Ok(Progress::Done(verdict)) = hosted.resume(&session) else { panic!("it passed") };
    assert_eq!(verdict.portrait_url(), Some("https://portrait.example/portrait-1"));
    let portrait = hosted.portrait(&verdict).unwrap().unwrap();
    let blank = [b"\xFF\xD8\xFF".as_slice(), &vec![0; face.len() - 5], b"\xFF\xD9"].concat();
    assert_eq!(portrait.as_ref(), blank);
}

#[test]
fn each_attempt_is_recorded_and_a_wrong_clock_is_corrected_in_the_replay_too() {
    let mut replies = [
        Err(TransportError::unsent("refused").with_kind(TransportErrorKind::Connect)),
        answer(
            403,
            &[("date", "Sat, 21 Nov 2026 09:00:00 GMT")],
            r#"{"message":"HMAC signature cannot be verified, the x-date header is out of date for HMAC Authentication"}"#,
        ),
        answer(200, &[], r#"{"errcode":"P0001","jobid":"ZT1","result":{}}"#),
    ]
    .into_iter();
    let replies = Mutex::new(move || replies.next().expect("one request too many"));
    let (transport, cassette) = recording(move |_: liveness::Request| (replies.lock().unwrap())());
    let recorded = told(&RECORDED.market(transport).begin(&RECORDED.same_person()));
    assert_eq!(cassette.lock().unwrap().exchanges().len(), 3);
    let replay = ReplayTransport::new(stored(&cassette));
    assert_eq!(told(&REPLAYING.market(replay.clone()).begin(&REPLAYING.same_person())), recorded);
    assert!(recorded.contains("DifferentPerson") && replay.remaining() == 0);
    let spent: Error = REPLAYING.market(replay).begin(&REPLAYING.same_person()).unwrap_err();
    assert!(spent.to_string().contains("it was replayed before"), "{spent}");
}
