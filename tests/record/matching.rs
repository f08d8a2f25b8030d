//! Tests which request a recorded exchange answers, and what is said where none does.

use liveness::{Action, Challenge, ErrorKind, FlashColor, record::FieldKind};

use super::*;

/// A vendor that opens a session for each init, and knows the result of none.
fn vendor() -> impl Transport {
    let opened = Mutex::new(0);
    move |request: liveness::Request| {
        let mut opened = opened.lock().unwrap();
        let is_init = request.uri().path().ends_with("/init");
        *opened += u32::from(is_init);
        answer(
            200,
            &[],
            match is_init {
                true => format!(r#"{{"code":200,"taskNo":"1","data":{{"token":"given-{opened}"}}}}"#),
                false => r#"{"code":201,"taskNo":"2"}"#.to_owned(),
            },
        )
    }
}

fn compared(name: &'static str, id_number: &'static str, person: Person) -> Check {
    Person { name, id_number, ..person }.same_person()
}

fn same(_: liveness::Request) -> Reply {
    answer(200, &[], r#"{"errcode":"P0001","jobid":"ZT1","result":{}}"#)
}

#[test]
fn a_challenge_must_be_the_recorded_one_and_the_difference_is_told() {
    let (transport, cassette) = recording(vendor());
    let white = Challenge::new([Action::LookFront], [FlashColor::WHITE, FlashColor::BLACK]).unwrap();
    let _ = RECORDED.jumdata(transport).begin(&RECORDED.hosted().with_challenge(white.clone())).unwrap();
    let replay = ReplayTransport::new(stored(&cassette));
    let provider = REPLAYING.jumdata(replay.clone());

    let blink = Challenge::new([Action::BlinkEye], []).unwrap();
    let error = provider.begin(&REPLAYING.hosted().with_challenge(blink)).unwrap_err();
    let text = error.to_string();
    assert_eq!((error.kind(), error.ran(), replay.remaining()), (ErrorKind::Configuration, liveness::Ran::No, 1));
    assert!(text.contains("`actions` was recorded as `LookFront` and is sent as `BlinkEye`"), "{text}");
    assert!(text.contains("`colors` was recorded and is not sent"), "{text}");
    assert!(provider.begin(&REPLAYING.hosted().with_challenge(white)).is_ok());
}

#[test]
fn a_token_must_be_the_one_that_the_replayed_answer_gave() {
    let (transport, cassette) = recording(vendor());
    let provider = RECORDED.jumdata(transport);
    let open = |provider: &Jumdata, person: Person| match provider.begin(&person.hosted()) {
        Ok(Progress::Pending(session)) => session,
        other => panic!("{other:?}"),
    };
    let sessions = [open(&provider, RECORDED), open(&provider, RECORDED)];
    sessions.iter().for_each(|session| assert!(provider.resume(session).is_ok()));

    let provider = REPLAYING.jumdata(ReplayTransport::new(stored(&cassette)));
    let [first, second] = [open(&provider, REPLAYING), open(&provider, REPLAYING)];
    assert_eq!([first.token().reveal(), second.token().reveal()], ["token-1", "token-2"]);
    let error = provider.resume(&REPLAYING.session()).unwrap_err();
    assert!(error.to_string().contains("`token` is not the one that the cassette's answer gave"), "{error}");
    assert!(!format!("{error} {error:?}").contains(REPLAYING.token));
    // In another order than the recorded one.
    assert!(provider.resume(&second).is_ok() && provider.resume(&first).is_ok() && provider.resume(&first).is_err());
}

#[test]
fn another_persons_names_and_numbers_must_be_the_same_where_the_recorded_ones_are() {
    let (transport, cassette) = recording(same);
    let provider = RECORDED.market(transport);
    for check in [RECORDED.same_person(), compared("上官飞燕", "440524197803152211", RECORDED), RECORDED.same_person()]
    {
        let _ = provider.begin(&check).unwrap();
    }
    let provider = REPLAYING.market(ReplayTransport::new(stored(&cassette)));
    let other = || compared("Bo Li", "110101199003071233", REPLAYING);
    assert!(provider.begin(&REPLAYING.same_person()).is_ok());
    assert!(provider.begin(&REPLAYING.same_person()).is_ok(), "the third exchange is of the first person");
    let error = provider.begin(&REPLAYING.same_person()).unwrap_err();
    let text = format!("{error} {error:?}");
    assert!(text.contains("replayed before"), "{text}");
    assert!(
        provider.begin(&compared("Bo Li", REPLAYING.id_number, REPLAYING)).is_err(),
        "a name with another's number"
    );
    assert!(provider.begin(&other()).is_ok());
    for value in [REPLAYING.name, REPLAYING.id_number, "Bo Li"] {
        assert!(!text.contains(value), "{text}");
    }
}

#[test]
fn an_address_that_was_not_recorded_is_told_without_what_may_be_a_persons() {
    let replay = ReplayTransport::new(Cassette::new());
    let request = liveness::http::Request::post("https://h/zhang-13800138000/张三".replace("张三", "%E5%BC%A0"));
    let error = replay.send(request.body(Body::from("token=t-1")).unwrap()).unwrap_err();
    assert_eq!(error.reason(), "the cassette has no exchange for POST /xxxxx-11111111111/%X1%XX%X1");
    assert!(error.is_permanent() && !error.may_have_been_sent());
}

#[test]
fn a_table_of_ones_own_says_what_is_kept_of_another_product() {
    const FIELDS: &[(&str, FieldKind)] =
        &[("mobile", FieldKind::Name), ("verdict", FieldKind::Code), ("level", FieldKind::Words(&["high"]))];
    let reply = |_: liveness::Request| {
        answer(200, &[], r#"{"code":0,"data":{"verdict":"A1","mobile":"13912345678","more":"13912345678"}}"#)
    };
    let (transport, cassette) = recording(reply);
    let transport = transport.with_fields(FIELDS);
    let call = |person: Person, transport: Arc<dyn Transport>, mobile| {
        person
            .jumdata(transport)
            .api()
            .call("/mobile/check", [("mobile", mobile), ("level", "high"), ("extra", "t0ken-given-canary-77aa")])
    };
    call(RECORDED, Arc::new(transport), "13912345678").unwrap();
    let json = cassette.lock().unwrap().to_json();
    let kept = serde_json::to_string(r#"{"verdict":"A1","mobile":"name-1","unknown-1":"11111111111"}"#).unwrap();
    let kept = kept.trim_matches('"');
    assert!(json.contains(kept), "{kept}\n{json}");
    let replay = ReplayTransport::new(stored(&cassette)).with_fields(FIELDS);
    let answer = call(REPLAYING, Arc::new(replay), "13700000000").unwrap();
    assert_eq!(answer.data().text("verdict").as_deref(), Some("A1"));
}
