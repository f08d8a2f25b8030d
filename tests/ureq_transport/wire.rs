//! Tests the exact bytes of requests on the wire.

use std::{io::Write, sync::mpsc, thread};

use http::{HeaderValue, header};
use liveness::{Body, Request, Transport, UreqTransport};

use crate::{
    get,
    loopback::{Loopback, accept, read_request, wait_for_close},
    post, send,
};

/// The request as the server gets it.
fn on_the_wire(change: impl FnOnce(&str) -> Request) -> (Vec<u8>, String) {
    let (to_test, from_server) = mpsc::channel();
    let server = Loopback::once(move |mut stream| {
        to_test.send(read_request(&mut stream)).unwrap();
        stream.write_all(b"HTTP/1.1 204 No Content\r\n\r\n").unwrap();
        wait_for_close(&mut stream);
    });
    send(change(&server.http())).unwrap();
    (from_server.recv().unwrap(), server.address.to_string())
}

/// The head's lines after the first, sorted: their order means nothing.
fn headers(request: &[u8]) -> Vec<String> {
    let text = String::from_utf8_lossy(request).into_owned();
    let head = text.split_once("\r\n\r\n").unwrap().0;
    let mut lines: Vec<_> = head.lines().skip(1).map(str::to_owned).collect();
    lines.sort();
    lines
}

#[test]
fn a_post_goes_out_as_written_with_its_length_and_nothing_compressed() {
    let (request, host) = on_the_wire(|origin| {
        let mut request = post(format!("{origin}/release/compare?a=%E5%BC%A0&b=1+2"));
        *request.body_mut() = Body::from(vec![0, 255, b'\r', b'\n', b'&']);
        let mut key = HeaderValue::from_static("hmac id=\"AKID\"");
        key.set_sensitive(true);
        request.headers_mut().insert(header::AUTHORIZATION, key);
        request.headers_mut().insert(header::CONTENT_TYPE, HeaderValue::from_static("application/json"));
        request
    });
    assert!(request.starts_with(b"POST /release/compare?a=%E5%BC%A0&b=1+2 HTTP/1.1\r\n"));
    assert!(request.ends_with(b"\r\n\r\n\x00\xff\r\n&"));
    let user_agent = format!("user-agent: liveness/{}", env!("CARGO_PKG_VERSION"));
    let expected = [
        "accept: */*",
        "authorization: hmac id=\"AKID\"",
        "connection: close",
        "content-length: 5",
        "content-type: application/json",
        &format!("host: {host}"),
        &user_agent,
    ];
    assert_eq!(headers(&request), expected);
}

#[test]
fn a_get_goes_out_without_a_body_or_a_length() {
    let (request, host) = on_the_wire(|origin| get(format!("{origin}/lifecheck/h5/v2/html?token=t%2Bx")));
    assert!(request.starts_with(b"GET /lifecheck/h5/v2/html?token=t%2Bx HTTP/1.1\r\n"));
    assert!(request.ends_with(b"\r\n\r\n"));
    let user_agent = format!("user-agent: liveness/{}", env!("CARGO_PKG_VERSION"));
    assert_eq!(headers(&request), ["accept: */*", "connection: close", &format!("host: {host}"), &user_agent]);
}

#[test]
fn a_post_without_a_body_states_length_zero() {
    let (request, _) = on_the_wire(|origin| http::Request::post(origin).body(Body::empty()).unwrap());
    assert!(headers(&request).contains(&"content-length: 0".to_owned()));
    assert!(request.ends_with(b"\r\n\r\n"));
}

#[test]
fn the_requests_own_framing_is_replaced() {
    let (request, _) = on_the_wire(|origin| {
        let mut request = post(origin);
        for (name, value) in [
            (header::EXPECT, "100-continue"),
            (header::TRANSFER_ENCODING, "chunked"),
            (header::CONTENT_LENGTH, "3"),
            (header::CONNECTION, "keep-alive"),
        ] {
            request.headers_mut().insert(name, HeaderValue::from_static(value));
        }
        *request.version_mut() = http::Version::HTTP_2;
        request
    });
    assert!(request.ends_with(b"\r\n\r\nname=value"));
    let headers = headers(&request);
    assert!(headers.contains(&"content-length: 10".to_owned()) && headers.contains(&"connection: close".to_owned()));
    assert!(!headers.iter().any(|line| line.starts_with("expect") || line.starts_with("transfer-encoding")));
}

#[test]
fn a_body_larger_than_every_buffer_arrives_whole() {
    let large: Vec<u8> = (0..1_000_000u32).map(|n| n.to_le_bytes()[(n % 4) as usize]).collect();
    let (request, _) = on_the_wire(|origin| http::Request::post(origin).body(Body::from(large.clone())).unwrap());
    assert!(request.ends_with(&large));
}

#[test]
fn two_requests_ride_on_two_connections_though_the_server_would_keep_one() {
    let server = Loopback::run(|listener| {
        // Kept open until both have been answered, so that the second could ride on the first.
        let answered = [(); 2].map(|()| {
            let mut stream = accept(&listener);
            read_request(&mut stream);
            stream.write_all(b"HTTP/1.1 200 OK\r\nConnection: keep-alive\r\nContent-Length: 2\r\n\r\nok").unwrap();
            stream
        });
        drop(answered);
    });
    let transport = UreqTransport::new();
    for _ in 0..2 {
        assert_eq!(transport.send(post(server.http())).unwrap().body().as_bytes(), b"ok");
    }
}

#[test]
fn eight_threads_share_one_transport_and_each_gets_its_own_answer() {
    const THREADS: usize = 8;
    const REQUESTS: usize = 5;
    let server = Loopback::run(|listener| {
        let connections: Vec<_> = (0..THREADS * REQUESTS)
            .map(|_| {
                let mut stream = accept(&listener);
                thread::spawn(move || {
                    let request = read_request(&mut stream);
                    let echo = request.rsplit(|byte| *byte == b'\n').next().unwrap();
                    write!(stream, "HTTP/1.1 200 OK\r\nContent-Length: {}\r\n\r\n", echo.len()).unwrap();
                    stream.write_all(echo).unwrap();
                })
            })
            .collect();
        connections.into_iter().for_each(|connection| connection.join().unwrap());
    });
    let transport = UreqTransport::new();
    thread::scope(|scope| {
        for thread in 0..THREADS {
            let (transport, origin) = (&transport, server.http());
            scope.spawn(move || {
                for number in 0..REQUESTS {
                    let mut request = post(&origin);
                    *request.body_mut() = Body::from(format!("{thread}-{number}"));
                    let answer = transport.send(request).unwrap();
                    assert_eq!(answer.body().as_bytes(), format!("{thread}-{number}").as_bytes());
                }
            });
        }
    });
}
