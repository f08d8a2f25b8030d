//! Answers as they were seen in the field, with a person in each: recorded without, and replayed as what they were.

use std::io::Write;

use encoding_rs::GBK;
use flate2::{Compression, write::GzEncoder};
use liveness::TransportErrorKind;

use super::{canaries::SAID, *};

fn gzip(text: &[u8]) -> Vec<u8> {
    let mut encoder = GzEncoder::new(Vec::new(), Compression::default());
    encoder.write_all(text).unwrap();
    encoder.finish().unwrap()
}

fn gbk(text: &str) -> Vec<u8> {
    GBK.encode(text).0.into_owned()
}

/// The listing's success, with what it says of the person.
fn passed() -> String {
    let [_, _, born, _, address, ..] = SAID;
    format!(
        r#"{{"jobid":"ZT20261121160000123456","responsetime":"20261121160000456","errcode":"P0000","errmsg":"同一人","result":{{"birthday":"{born}","score":"85","address":"{address}","sex":"男"}}}}"#
    )
}

fn refused() -> String {
    passed().replace("P0000", "P0001").replace("同一人", "不同人")
}

/// A result of Jumdata's that says that the person passed.
fn live() -> String {
    format!(
        r#"{{"code":200,"msg":"活体检测通过","taskNo":"202611210800000000000002","data":{{"faceImageUrl":"{}"}}}}"#,
        SAID[6]
    )
}

fn opened() -> String {
    format!(
        r#"{{"code":200,"msg":"成功","charge":true,"taskNo":"202611210800000000000001","data":{{"token":"{}"}}}}"#,
        SAID[7]
    )
}

/// What an answer may say of the person in a text.
fn gossip() -> String {
    let Person { name, id_number, key, token, .. } = RECORDED;
    format!("{name} {id_number} {key} {token} {} {} {}", SAID[0], SAID[1], SAID[5])
}

/// Each answer with what is odd about it.
fn odd() -> Vec<(&'static str, Reply)> {
    let ok = |body: String| answer(200, &[], body);
    let gossip = gossip();
    let with = |old: &str, new: &str| passed().replacen(old, new, 1);
    let json = |status: u16, text: String| answer(status, &[("content-type", "application/json")], text);
    let mut all = vec![
        ("passed", ok(passed())),
        ("live", ok(live())),
        ("opened", ok(opened())),
        (
            "opened, with a page",
            ok(opened()
                .replace("\"data\":{", "\"data\":{\"url\":\"https://h5.example/?token=t0ken-given-canary-77aa\",")),
        ),
        ("a mark of byte order", ok(format!("\u{FEFF}{}", passed()))),
        ("a mark in Latin-1", ok(format!("\u{EF}\u{BB}\u{BF}{}", passed()))),
        ("GBK", answer(200, &[], gbk(&refused()))),
        ("GBK that says so", answer(200, &[("content-type", "application/json;charset=gbk")], gbk(&refused()))),
        ("gzip", answer(200, &[("content-encoding", "gzip")], gzip(passed().as_bytes()))),
        ("gzip of GBK, not said", answer(200, &[], gzip(&gbk(&refused())))),
        ("gzip, cut", answer(200, &[("content-encoding", "gzip")], &gzip(passed().as_bytes())[..120])),
        ("brotli", answer(200, &[("content-encoding", "br")], b"\x1b\x30\x00\xf8canary-photo".to_vec())),
        ("padded", ok(format!("{}\n\0", with("P0000", "00003")))),
        ("a trailing comma", ok(with("\"sex\":\"男\"}", "\"sex\":\"男\",}"))),
        ("comments", ok(with("{", &format!("{{ // {gossip}\n /* {gossip} \" */ # {gossip}\n")))),
        ("a document in a string", ok(serde_json::to_string(&passed()).unwrap())),
        (
            "a result in a string",
            ok(format!(
                r#"{{"jobid":"ZT1","errcode":"P0000","errmsg":"同一人","result":{}}}"#,
                serde_json::to_string(&format!(r#"{{"address":"{}","score":"85"}}"#, SAID[4])).unwrap()
            )),
        ),
        ("two codes", ok(with("\"errcode\":\"P0000\"", "\"errcode\":\"P0000\",\"errcode\":\"00001\""))),
        ("two codes, by case", ok(with("\"errcode\":\"P0000\"", "\"errcode\":\"P0000\",\"ErrCode\":\"00001\""))),
        ("two texts", ok(with("\"errmsg\":\"同一人\"", "\"errmsg\":\"张\",\"errmsg\":\"李\""))),
        ("two records", ok(with("\"score\":\"85\"", "\"score\":\"85\",\"x\":{\"y\":1},\"x\":{\"y\":2}"))),
        ("the same twice", ok(with("\"score\":\"85\"", "\"score\":\"85\",\"score\":\"85\""))),
        ("a code with a space", ok(with("P0000", "p0001 "))),
        ("an unknown code", ok(with("P0000", "P7777"))),
        ("a person as the code", ok(with("P0000", SAID[1]))),
        ("a person as the number", ok(with("ZT20261121160000123456", &gossip))),
        ("no number", ok(with("\"jobid\":\"ZT20261121160000123456\",", ""))),
        ("no result", ok(with("\"result\"", "\"other\""))),
        ("a person in the text", ok(with("同一人", &gossip))),
        ("a person in escapes", ok(with("同一人", r"\u6b27\u9633\u955c\u6f9c \u4e0a\u5b98\u98de\u71d5"))),
        ("half a character", ok(with("同一人", r"\ud83d"))),
        ("a person as a name of a field", ok(with("\"sex\"", &format!("\"{}\"", SAID[0])))),
        (
            "numbers for texts",
            ok(r#"{"errcode":910,"jobid":20261121160000123456,"result":{"score":85,"birthday":19780315}}"#.to_owned()),
        ),
        ("cut in the text", ok(passed()[..passed().find("同一").unwrap() + 3].to_owned())),
        ("cut in a name", ok(passed()[..passed().find("errmsg").unwrap() + 3].to_owned())),
        ("cut in the address", ok(passed()[..passed().find("龙井").unwrap()].to_owned())),
        ("cut in a character", answer(200, &[], &passed().as_bytes()[..passed().find("杭州").unwrap() + 1])),
        ("something behind it", ok(format!("{} {gossip}", passed()))),
        ("reversed", answer(200, &[], passed().bytes().rev().collect::<Vec<_>>())),
        ("JSONP", ok(format!("callback({})", passed()))),
        ("a list", ok(format!("[{},\"{gossip}\"]", passed()))),
        ("empty", ok(String::new())),
        ("a word", ok("null".to_owned())),
        ("a plain text", ok(gossip.clone())),
        ("noise", answer(200, &[], b"\xff\xfe\x01\x02canary-photo\x80\x81".to_vec())),
        (
            "a page",
            answer(
                200,
                &[("content-type", "text/html"), ("content-length", "99")],
                format!(
                    "<html><head><title>{gossip}</title></head><body onload=\"x('{gossip}')\">{gossip}</body></html>"
                ),
            ),
        ),
        ("a page, cut", ok(format!("<html><body>{gossip}"))),
        ("a firewall's page", json(429, format!("<html><title>{gossip}</title></html>"))),
        ("a proxy's page", answer(502, &[], "<html><h1>502 Bad Gateway</h1></html>")),
        ("a redirect", answer(302, &[("location", "https://login-canary.example/?user=canary")], "")),
        ("a redirect here", answer(307, &[("location", "/t0ken-canary-0f4b")], gossip.clone())),
        ("303", answer(303, &[("location", "https://a.example/")], "")),
        (
            "the newer gateway: signature",
            json(
                401,
                r#"{"code":401,"message":"签名不匹配","requestId":"3fa85f64-5717-4562-b3fc-2c963f66afa6"}"#.to_owned(),
            ),
        ),
        (
            "the newer gateway: odd",
            json(400, format!(r#"{{"code":"InvalidThing","msg":"{gossip}","requestid":"a-1"}}"#)),
        ),
        ("plain refusal", answer(403, &[], "HMAC signature does not match")),
        ("unknown key", json(403, format!(r#"{{"message":"HMAC signature cannot be verified, {gossip}"}}"#))),
        ("quota", json(429, r#"{"message":"API quota exceeded"}"#.to_owned())),
        ("rate", answer(429, &[("retry-after", "7")], r#"{"message":"API rate limit exceeded"}"#)),
        ("a wrong parameter", json(403, r#"{"message":"param idcard is required"}"#.to_owned())),
        ("no such address", json(404, "{\"message\":\"There is no api match /zhangsan\"}\n".to_owned())),
        ("408", answer(408, &[], "")),
        ("too large", answer(200, &[], vec![b' '; 4_100_000])),
        ("deep", ok(format!("{}\"{gossip}\"{}", "[".repeat(20_000), "]".repeat(20_000)))),
    ];
    for charge in [
        "\"charge\":1",
        "\"charge\":\"True\"",
        "\"Charge\":true",
        "\"isCharge\":true",
        "\"charge\":true,\"charge\":false",
        "\"charge\":false",
    ] {
        all.push(("a charge", ok(format!(r#"{{"code":500,{charge},"taskNo":"7"}}"#))));
        all.push(("a charge within", ok(format!(r#"{{"code":500,"data":{{{charge}}}}}"#))));
    }
    for code in
        ["200", "201", "202", "203", "301", "400", "500", "601", "606", "609", "610", "999", "777", "\"202\"", "123456"]
    {
        all.push(("a code of Jumdata's", ok(format!(r#"{{"code":{code},"message":"{gossip}","taskNo":"7","data":{{"remaining":12,"expireTime":"2027-01-01"}}}}"#))));
    }
    all
}

#[test]
fn every_odd_answer_is_recorded_without_the_person_and_replays_as_what_it_was() {
    assert_all(odd());
}

#[test]
fn every_failure_of_a_transport_replays_as_what_it_was() {
    let partial = || answer(200, &[], &passed().as_bytes()[..passed().find("address").unwrap() + 13]).unwrap();
    assert_all([
        ("lost", Err(TransportError::new(gossip()))),
        ("timeout", Err(TransportError::new(gossip()).with_kind(TransportErrorKind::Timeout))),
        ("unsent", Err(TransportError::unsent(gossip()).with_kind(TransportErrorKind::Dns))),
        ("permanent", Err(TransportError::new(gossip()).with_kind(TransportErrorKind::TooLarge).permanent())),
        ("blocked", Err(TransportError::blocked(gossip()))),
        (
            "partial",
            Err(TransportError::new(gossip()).with_kind(TransportErrorKind::Interrupted).with_partial(partial())),
        ),
    ]);
}

fn assert_all(replies: impl IntoIterator<Item = (&'static str, Reply)>) {
    let calls = |(what, reply)| Call::ALL.map(|call| replays(call, &reply).map_err(|why| format!("{what}: {why}")));
    let wrong: Vec<_> = replies.into_iter().flat_map(calls).filter_map(|replayed| replayed.err()).collect();
    assert!(wrong.is_empty(), "{} do not replay:\n{}", wrong.len(), wrong.join("\n\n"));
}

#[test]
fn a_failure_is_rebuilt_with_all_it_says_of_delivery() {
    let lost = TransportError::new("zhangsan")
        .with_kind(TransportErrorKind::Interrupted)
        .permanent()
        .with_partial(answer(200, &[], r#"{"errcode":"P0000","jobid":"ZT7"#).unwrap());
    let (transport, cassette) = recording(move |_: liveness::Request| Err(lost.clone()));
    let request = || liveness::Request::new(Body::empty());
    let _ = transport.send(request());
    let error = ReplayTransport::new(stored(&cassette)).send(request()).unwrap_err();
    assert_eq!(
        (error.kind(), error.may_have_been_sent(), error.is_permanent(), error.reason()),
        (TransportErrorKind::Interrupted, true, true, "a recorded failure (interrupted)")
    );
    let partial = error.partial().unwrap();
    assert_eq!(partial.body().as_bytes(), br#"{"errcode":"P0000","jobid":"XX1"#);
}
