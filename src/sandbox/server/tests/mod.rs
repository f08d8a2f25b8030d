//! Tests of the server over loopback sockets, in front of closures.

use std::{
    io::{Read, Write},
    net::{TcpStream, ToSocketAddrs},
    sync::{
        Arc, Barrier,
        atomic::{AtomicUsize, Ordering},
        mpsc,
    },
    thread,
    time::{Duration, Instant},
};

use http::{HeaderValue, header};
use proptest::prelude::*;

use super::*;
use crate::{
    model::{Body, Request, Response},
    transport::TransportError,
};

mod places;

/// Long enough for a loaded machine, short enough for a broken test to end.
const PATIENCE: Duration = Duration::from_secs(20);

/// Answers with the request: method, URI, header names and the body's bytes.
fn echo(request: Request) -> Result<Response, TransportError> {
    let mut names: Vec<_> = request.headers().keys().map(|name| name.as_str().to_owned()).collect();
    names.sort();
    let text = format!("{} {} {}\n", request.method(), request.uri(), names.join(" "));
    Ok(Response::new(Body::from([text.as_bytes(), request.body().as_bytes()].concat())))
}

fn echoing() -> Server {
    Server::bind("127.0.0.1:0", echo).unwrap()
}

fn connect(addr: impl ToSocketAddrs) -> TcpStream {
    let stream = TcpStream::connect(addr).unwrap();
    stream.set_read_timeout(Some(PATIENCE)).unwrap();
    stream
}

/// Sends these bytes and returns all that arrives until the server closes.
fn exchange(server: &Server, bytes: &[u8]) -> String {
    let mut stream = connect(server.addr());
    stream.write_all(bytes).unwrap();
    rest(stream)
}

fn rest(mut stream: TcpStream) -> String {
    let mut answer = Vec::new();
    // A reset after the answer is as good as a close.
    let _ = stream.read_to_end(&mut answer);
    String::from_utf8(answer).unwrap()
}

/// Reads one answer with its body, and leaves the connection open.
fn one_answer(stream: &mut TcpStream) -> String {
    let mut answer = Vec::new();
    while !answer.ends_with(b"\r\n\r\n") {
        let mut byte = [0];
        stream.read_exact(&mut byte).unwrap();
        answer.push(byte[0]);
    }
    let head = String::from_utf8(answer).unwrap();
    let length =
        head.split("content-length: ").nth(1).map_or(0, |rest| rest.split("\r\n").next().unwrap().parse().unwrap());
    let mut body = vec![0; length];
    stream.read_exact(&mut body).unwrap();
    head + &String::from_utf8(body).unwrap()
}

#[test]
fn a_request_reaches_the_transport_with_an_absolute_address_and_its_body() {
    let answer = exchange(
        &echoing(),
        b"POST /a/b?c=%20d+e HTTP/1.1\r\nhOsT: a.example:8787\r\nX-DATE: now\r\ncontent-LENGTH: 4\r\nConnection: close\r\n\r\nbody",
    );
    assert!(answer.starts_with("HTTP/1.1 200 OK\r\n"), "{answer}");
    assert!(answer.contains("\r\ndate: ") && answer.contains("connection: close"), "{answer}");
    assert!(
        answer.ends_with("POST http://a.example:8787/a/b?c=%20d+e connection content-length host x-date\nbody"),
        "{answer}"
    );
}

#[test]
fn an_empty_query_and_an_absolute_target_are_taken_as_they_are() {
    let server = echoing();
    let answer = exchange(&server, b"GET /a? HTTP/1.1\r\nHost: h\r\nConnection: close\r\n\r\n");
    assert!(answer.contains("GET http://h/a? "), "{answer}");
    let answer = exchange(&server, b"GET http://other:1/a HTTP/1.1\r\nHost: h\r\nConnection: close\r\n\r\n");
    assert!(answer.contains("GET http://other:1/a "), "{answer}");
}

#[test]
fn a_chunked_body_arrives_whole_without_its_extensions_and_trailers() {
    let head = "POST / HTTP/1.1\r\nHost: h\r\nTransfer-Encoding: Chunked\r\nConnection: close\r\n\r\n";
    let body = "4;name=\"value\"\r\nWiki\r\n5\r\npedia\r\nA\r\n in chunks\r\n0\r\nTrailer: gone\r\n\r\n";
    let answer = exchange(&echoing(), format!("{head}{body}").as_bytes());
    assert!(answer.ends_with("POST http://h/ connection host\nWikipedia in chunks"), "{answer}");
}

#[test]
fn a_connection_is_kept_for_the_next_request_even_when_both_arrive_at_once() {
    let mut stream = connect(echoing_forever().addr());
    stream
        .write_all(b"GET /1 HTTP/1.1\r\nHost: h\r\n\r\nGET /2 HTTP/1.1\r\nHost: h\r\nConnection: close\r\n\r\n")
        .unwrap();
    let first = one_answer(&mut stream);
    assert!(first.contains("connection: keep-alive") && first.contains("/1"), "{first}");
    assert!(rest(stream).contains("/2"));
}

/// A server that outlives its statement.
fn echoing_forever() -> &'static Server {
    Box::leak(Box::new(echoing()))
}

#[test]
fn a_client_that_waits_for_100_continue_is_told_to_go_on() {
    let server = echoing();
    let mut stream = connect(server.addr());
    stream
        .write_all(
            b"POST / HTTP/1.1\r\nHost: h\r\nContent-Length: 2\r\nExpect: 100-continue\r\nConnection: close\r\n\r\n",
        )
        .unwrap();
    assert_eq!(one_answer(&mut stream), "HTTP/1.1 100 Continue\r\n\r\n");
    stream.write_all(b"ok").unwrap();
    assert!(rest(stream).ends_with("\nok"));
}

#[test]
fn head_is_get_without_the_body_and_options_of_the_server_needs_no_transport() {
    let server = echoing();
    let answer = exchange(&server, b"HEAD /a HTTP/1.1\r\nHost: h\r\nConnection: close\r\n\r\n");
    assert!(answer.contains("content-length: 31\r\n") && answer.ends_with("\r\n\r\n"), "{answer}");
    let answer = exchange(&server, b"OPTIONS * HTTP/1.1\r\nHost: h\r\nConnection: close\r\n\r\n");
    assert!(answer.starts_with("HTTP/1.1 204") && answer.contains("allow: GET"), "{answer}");
    let answer = exchange(&server, b"OPTIONS /a HTTP/1.1\r\nHost: h\r\nConnection: close\r\n\r\n");
    assert!(answer.contains("OPTIONS http://h/a"), "{answer}");
}

#[test]
fn what_is_not_http_is_refused_before_the_transport_sees_it() {
    let seen = Arc::new(AtomicUsize::new(0));
    let counter = Arc::clone(&seen);
    let server = Server::bind("127.0.0.1:0", move |request| {
        counter.fetch_add(1, Ordering::SeqCst);
        echo(request)
    })
    .unwrap();
    let host = "Host: h\r\n";
    for (request, status) in [
        ("\x16\x03\x01\x02\x00 a TLS handshake\r\n\r\n".to_owned(), 400),
        ("GET\r\n\r\n".to_owned(), 400),
        ("GET / HTTP/1.1\r\n\r\n".to_owned(), 400),
        (format!("GET / HTTP/1.1\r\n{host}{host}\r\n"), 400),
        (format!("GET / HTTP/2.0\r\n{host}\r\n"), 505),
        (format!("GET * HTTP/1.1\r\n{host}\r\n"), 400),
        (format!("CONNECT h:443 HTTP/1.1\r\n{host}\r\n"), 400),
        (format!("GET https://h/ HTTP/1.1\r\n{host}\r\n"), 400),
        (format!("GET /\x01 HTTP/1.1\r\n{host}\r\n"), 400),
        ("GET / HTTP/1.1\r\nHost: user@h\r\n\r\n".to_owned(), 400),
        (format!("GET / HTTP/1.1\r\n{host} folded: x\r\n\r\n"), 400),
        (format!("POST / HTTP/1.1\r\n{host}Content-Length: +1\r\n\r\nx"), 400),
        (format!("POST / HTTP/1.1\r\n{host}Content-Length: 1\r\nContent-Length: 2\r\n\r\nxx"), 400),
        (format!("POST / HTTP/1.1\r\n{host}Content-Length: 1\r\nContent-Length: 1\r\n\r\nx"), 400),
        (format!("POST / HTTP/1.1\r\n{host}Content-Length: 1, 1\r\n\r\nx"), 400),
        (format!("POST / HTTP/1.1\r\n{host}Content-Length: 1\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n"), 400),
        (format!("POST / HTTP/1.1\r\n{host}Transfer-Encoding: chunked\r\nContent-Length: 1\r\n\r\n0\r\n\r\n"), 400),
        (
            format!(
                "POST / HTTP/1.1\r\n{host}Transfer-Encoding: chunked\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n"
            ),
            400,
        ),
        (format!("POST / HTTP/1.1\r\n{host}Transfer-Encoding: gzip\r\n\r\nx"), 501),
        (format!("POST / HTTP/1.1\r\n{host}Transfer-Encoding: chunked\r\n\r\nxyz\r\n"), 400),
        (format!("POST / HTTP/1.1\r\n{host}Transfer-Encoding: chunked\r\n\r\n1\r\nxyz\r\n"), 400),
        (format!("POST / HTTP/1.1\r\n{host}Transfer-Encoding: chunked\r\n\r\n\r\n\r\n"), 400),
        (format!("POST / HTTP/1.1\r\n{host}Transfer-Encoding: chunked\r\n\r\n;x\r\n\r\n"), 400),
        (format!("POST / HTTP/1.1\r\n{host}Transfer-Encoding: chunked\r\n\r\n 1\r\nx\r\n0\r\n\r\n"), 400),
        (format!("POST / HTTP/1.1\r\n{host}Transfer-Encoding: chunked\r\n\r\n1\nx\n0\n\n"), 400),
        (format!("POST / HTTP/1.1\r\n{host}Transfer-Encoding: chunked\r\n\r\n0;x\n1\r\n\r\n"), 400),
        (format!("POST / HTTP/1.1\r\n{host}Expect: a miracle\r\n\r\n"), 417),
        (format!("POST / HTTP/1.1\r\n{host}Content-Length: 16777217\r\n\r\n"), 413),
        (format!("POST / HTTP/1.1\r\n{host}Content-Length: 99999999999999999999999\r\n\r\n"), 413),
        (format!("POST / HTTP/1.1\r\n{host}Transfer-Encoding: chunked\r\n\r\n1000001\r\n"), 413),
        (format!("GET / HTTP/1.1\r\n{host}X: {}\r\n\r\n", "x".repeat(40_000)), 431),
        (format!("GET / HTTP/1.1\r\n{host}{}\r\n", "X: y\r\n".repeat(100)), 431),
    ] {
        let answer = exchange(&server, request.as_bytes());
        assert!(answer.starts_with(&format!("HTTP/1.1 {status} ")), "{request:.60?} got {answer}");
        assert!(answer.contains(crate::model::SANDBOX_HEADER), "{answer}");
    }
    assert_eq!(seen.load(Ordering::SeqCst), 0);
    assert!(exchange(&server, b"GET / HTTP/1.0\r\n\r\n").contains(&format!("GET http://{}/ ", server.addr())));
}

#[test]
fn a_request_that_the_transport_loses_ends_in_a_closed_connection_and_never_in_an_answer() {
    for lost in [TransportError::unsent, TransportError::new] {
        let server = Server::bind("127.0.0.1:0", move |_| Err(lost("a fault"))).unwrap();
        assert_eq!(exchange(&server, b"POST / HTTP/1.1\r\nHost: h\r\nContent-Length: 1\r\n\r\nx"), "");
    }
}

#[test]
fn an_answer_that_declares_more_than_it_has_is_cut_off() {
    let cut = |_: Request| {
        let mut response = Response::new(Body::from("half"));
        response.headers_mut().insert(header::CONTENT_LENGTH, HeaderValue::from_static("8"));
        Ok(response)
    };
    let server = Server::bind("127.0.0.1:0", cut).unwrap();
    let answer = exchange(&server, b"GET / HTTP/1.1\r\nHost: h\r\n\r\n");
    assert!(answer.contains("content-length: 8\r\n") && answer.ends_with("\r\n\r\nhalf"), "{answer}");
}

#[test]
fn a_transport_that_panics_costs_its_own_connection_only() {
    let server = Server::bind("127.0.0.1:0", |request: Request| match request.uri().path() {
        "/panic" => panic!("on purpose"),
        _ => echo(request),
    })
    .unwrap();
    assert_eq!(exchange(&server, b"GET /panic HTTP/1.1\r\nHost: h\r\n\r\n"), "");
    assert!(exchange(&server, b"GET /fine HTTP/1.1\r\nHost: h\r\nConnection: close\r\n\r\n").contains("/fine"));
}

#[test]
fn a_server_that_listens_everywhere_names_an_address_that_can_be_reached() {
    let server = Server::bind("0.0.0.0:0", echo).unwrap();
    assert_eq!(server.url(), format!("http://127.0.0.1:{}", server.addr().port()));
    assert!(exchange_at(&server.url()[7..]).contains("/x"));
}

fn exchange_at(addr: &str) -> String {
    let mut stream = connect(addr);
    stream.write_all(b"GET /x HTTP/1.0\r\n\r\n").unwrap();
    rest(stream)
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(256))]

    #[test]
    fn no_bytes_make_the_head_parser_panic(bytes in proptest::collection::vec(any::<u8>(), 0..400)) {
        let _ = head::Head::parse(&bytes, 8, "h");
        let mut request = b"POST /a HTTP/1.1\r\nHost: ".to_vec();
        request.extend_from_slice(&bytes);
        request.extend_from_slice(b"\r\n\r\n");
        let _ = head::Head::parse(&request, 8, "h");
    }

    #[test]
    fn a_body_arrives_the_same_however_it_is_chunked(body in "[a-z]{0,300}", sizes in proptest::collection::vec(1usize..40, 1..20)) {
        static SERVER: std::sync::LazyLock<Server> = std::sync::LazyLock::new(echoing);
        let mut request = "POST / HTTP/1.1\r\nHost: h\r\nTransfer-Encoding: chunked\r\nConnection: close\r\n\r\n".to_owned();
        let (mut rest, mut sizes) = (body.as_str(), sizes.iter().cycle());
        while !rest.is_empty() {
            let (chunk, after) = rest.split_at(rest.len().min(*sizes.next().unwrap()));
            request += &format!("{:X}\r\n{chunk}\r\n", chunk.len());
            rest = after;
        }
        let answer = exchange(&SERVER, (request + "0\r\n\r\n").as_bytes());
        prop_assert_eq!(answer.split_once('\n').map(|_| answer.rsplit('\n').next().unwrap_or_default()), Some(body.as_str()));
    }
}
