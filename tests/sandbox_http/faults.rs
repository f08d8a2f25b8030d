//! What stands on the line of each fault, read byte by byte.

use std::{
    io::{ErrorKind, Read, Write},
    net::TcpStream,
    time::Duration,
};

use liveness::sandbox::Fault;
use serde_json::Value;

use crate::client::Client;

/// An init that Jumdata refuses (400), which is as good as any other answer here.
const CALL: &str =
    "POST /lifecheck/h5/v2/init HTTP/1.1\r\nHost: h\r\nContent-Length: 9\r\nConnection: close\r\n\r\nappId=any";
/// The same without its body.
const HEAD: &str = "POST /lifecheck/h5/v2/init HTTP/1.1\r\nHost: h\r\nContent-Length: 9\r\nConnection: close\r\n\r\n";
/// How long silence is listened to.
const SILENCE: Duration = Duration::from_millis(250);
/// More than an answer has.
const FLOOD_BYTES: usize = 1 << 20;

/// How a connection ended.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum End {
    Closed,
    Reset,
    /// It is still open.
    Silent,
    /// More comes than was read.
    Flooded,
}

/// What comes of this request with this fault, and how it ends.
fn met(client: &Client, fault: Fault, request: &str) -> (String, End) {
    client.sandbox.arm_fault(fault, 1);
    let mut stream = TcpStream::connect(client.server.addr()).unwrap();
    stream.set_read_timeout(Some(SILENCE)).unwrap();
    stream.write_all(request.as_bytes()).unwrap();
    let (mut got, mut chunk) = (Vec::new(), [0; 16 * 1024]);
    let end = loop {
        match stream.read(&mut chunk) {
            Ok(0) => break End::Closed,
            Ok(bytes) => got.extend_from_slice(&chunk[..bytes]),
            Err(error) if error.kind() == ErrorKind::ConnectionReset => break End::Reset,
            Err(error) if matches!(error.kind(), ErrorKind::WouldBlock | ErrorKind::TimedOut) => break End::Silent,
            Err(error) => panic!("{fault:?}: {error}"),
        }
        if got.len() > FLOOD_BYTES {
            break End::Flooded;
        }
        // A drop of a drip comes in time for ever.
        if fault == Fault::DripAnswer && got.ends_with(b"\"co") {
            break End::Silent;
        }
    };
    (String::from_utf8_lossy(&got).into_owned(), end)
}

/// The head's lines and the body.
fn parted(answer: &str) -> (Vec<&str>, &str) {
    let (head, body) = answer.split_once("\r\n\r\n").unwrap();
    (head.lines().collect(), body)
}

fn declared(head: &[&str]) -> Option<usize> {
    head.iter().find_map(|line| line.strip_prefix("content-length: ")).map(|length| length.parse().unwrap())
}

fn is_whole(body: &str) -> bool {
    serde_json::from_str::<Value>(body).is_ok_and(|answer| answer["code"].is_number())
}

#[test]
fn a_request_can_be_lost_or_answered_before_its_body_is_read() {
    let client = Client::new();
    // Nobody waits for the body: it never comes.
    assert_eq!(met(&client, Fault::DropBeforeReading, HEAD), (String::new(), End::Reset));
    let (answer, end) = met(&client, Fault::EarlyAnswer, HEAD);
    assert!(answer.starts_with("HTTP/1.1 503 Service Unavailable\r\n") && end == End::Closed, "{answer} {end:?}");
    assert_eq!(client.sandbox.ledger().entries().len(), 0);
    // A path of no vendor's uses no fault up.
    client.sandbox.arm_fault(Fault::DropBeforeReading, 1);
    assert_eq!(client.get("/sandbox/ledger").json()["calls"], 0);
    assert_eq!(client.send(http::Method::GET, "/favicon.ico", &[], "").status(), 404);
    client.sandbox.disarm();
}

#[test]
fn an_answer_is_reset_late_cut_or_without_an_end_as_the_fault_says() {
    let client = Client::new();
    let (plain, _) = met(&client, Fault::WrongDate, CALL);
    let length = parted(&plain).1.len();
    for (fault, end, bytes, stated) in [
        (Fault::StallInAnswer, End::Silent, length / 2, Some(length)),
        (Fault::CutAnswer, End::Closed, length / 2, Some(length)),
        (Fault::OverstateLength, End::Closed, length, Some(length + 100)),
        (Fault::UnderstateLength, End::Closed, length, Some(length / 2)),
        (Fault::OldHttp, End::Closed, length, None),
        (Fault::KeepAliveThenClose, End::Closed, length, Some(length)),
    ] {
        let (answer, ended) = met(&client, fault, CALL);
        let (head, body) = parted(&answer);
        assert_eq!((ended, body.len(), declared(&head)), (end, bytes, stated), "{fault:?}: {answer}");
        let version = if fault == Fault::OldHttp { "HTTP/1.0 200 OK" } else { "HTTP/1.1 200 OK" };
        assert_eq!(head[0], version, "{fault:?}");
        assert_eq!(head.contains(&"connection: keep-alive"), fault == Fault::KeepAliveThenClose, "{fault:?}");
    }
    assert_eq!(met(&client, Fault::DropAfterCharge, CALL), (String::new(), End::Reset));
    assert_eq!(met(&client, Fault::StallBeforeAnswer, CALL), (String::new(), End::Silent));
    let (answer, end) = met(&client, Fault::EndlessAnswer, CALL);
    let (head, body) = parted(&answer);
    assert!(end == End::Flooded && declared(&head).is_none() && is_whole(body), "what comes first is the answer");
    let (answer, end) = met(&client, Fault::DripAnswer, CALL);
    assert!(end == End::Silent && parted(&answer).1.starts_with('{') && parted(&answer).1.len() < 40, "{answer}");
}

#[test]
fn an_answer_comes_in_broken_chunks_after_interim_answers_or_from_a_proxy_as_the_fault_says() {
    let client = Client::new();
    let (answer, end) = met(&client, Fault::GarbleChunks, CALL);
    let (head, body) = parted(&answer);
    assert!(head.contains(&"transfer-encoding: chunked") && body.contains("\r\nzz\r\n"), "{answer}");
    assert_eq!((end, declared(&head)), (End::Closed, None));

    let (answer, end) = met(&client, Fault::InterimAnswers, CALL);
    let heads: Vec<_> = answer.split("\r\n\r\n").map(|head| head.lines().next().unwrap_or_default()).collect();
    assert_eq!(heads[..3], ["HTTP/1.1 100 Continue", "HTTP/1.1 103 Early Hints", "HTTP/1.1 200 OK"]);
    assert!(end == End::Closed && is_whole(answer.rsplit("\r\n\r\n").next().unwrap()), "{answer}");

    let (answer, end) = met(&client, Fault::BadGateway, CALL);
    assert!(answer.starts_with("HTTP/1.1 502 Bad Gateway\r\n") && end == End::Closed, "{answer}");
    for (fault, code) in [(Fault::RateLimit, 609), (Fault::Quota, 606)] {
        let (answer, _) = met(&client, fault, CALL);
        assert!(parted(&answer).1.contains(&format!("\"code\":{code}")), "{fault:?}: {answer}");
    }
}

#[test]
fn a_server_that_stalls_ends_with_its_last_handle() {
    let client = Client::new();
    let stalled: Vec<_> = [Fault::StallBeforeAnswer, Fault::DripAnswer, Fault::EndlessAnswer]
        .into_iter()
        .map(|fault| {
            client.sandbox.arm_fault(fault, 1);
            let mut stream = TcpStream::connect(client.server.addr()).unwrap();
            stream.write_all(CALL.as_bytes()).unwrap();
            stream
        })
        .collect();
    let began = std::time::Instant::now();
    drop(client);
    assert!(began.elapsed() < Duration::from_secs(3), "{:?} with {} stalled", began.elapsed(), stalled.len());
}
