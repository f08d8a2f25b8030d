//! Tests whether a failed request is reported as sent.

use std::{
    io::{Read, Write},
    net::{Shutdown, TcpListener},
    sync::mpsc,
    time::{Duration, Instant},
};

use liveness::{Body, Transport, UreqTransport};

use crate::{
    FAR_TOO_LONG, SHORT, assert_perhaps_sent, assert_refused, assert_unsent, get,
    loopback::{Identity, Loopback, flood, read_request, reset, trickle, wait_for_close},
    post, send, within,
};

#[test]
fn a_refused_connection_is_unsent_with_and_without_a_body() {
    let closed = TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap();
    let refused = send(post(format!("http://{closed}/")));
    assert!(refused.as_ref().is_err_and(|error| !error.is_permanent()), "it may listen the next time");
    assert_unsent(refused, "refused");
    assert_unsent(send(get(format!("http://{closed}/"))), "refused");
}

#[test]
fn a_host_that_is_not_found_is_unsent() {
    assert_unsent(send(post("https://vendor.invalid/compare")), "POST vendor.invalid: ");
    assert_unsent(send(get("https://vendor.invalid/html")), "GET vendor.invalid: ");
}

#[test]
fn a_close_in_the_tls_handshake_is_unsent() {
    let server = Loopback::once(|stream| {
        // Closed for writing first: a close with unread bytes would be a reset.
        stream.shutdown(Shutdown::Write).unwrap();
        wait_for_close(&mut &stream);
    });
    assert_unsent(send(post(server.https())), "end of file");
}

#[test]
fn a_reset_in_the_tls_handshake_is_unsent() {
    let server = Loopback::once(|mut stream| {
        stream.read_exact(&mut [0; 5]).unwrap();
        reset(stream);
    });
    assert_unsent(send(post(server.https())), "reset");
}

#[test]
fn a_plain_answer_to_a_tls_client_is_unsent() {
    let server = Loopback::once(|mut stream| {
        stream.write_all(b"HTTP/1.1 400 Bad Request\r\n\r\n").unwrap();
        wait_for_close(&mut stream);
    });
    assert_unsent(send(post(server.https())), "");
}

#[test]
fn a_stall_in_the_tls_handshake_is_unsent_after_the_time_out_to_connect() {
    let server = Loopback::once(|mut stream| wait_for_close(&mut stream));
    let transport = UreqTransport::new().with_connect_timeout(SHORT);
    assert_unsent(transport.send(post(server.https())), "timed out connecting");
    drop(server);

    let server = Loopback::once(|mut stream| wait_for_close(&mut stream));
    assert_unsent(transport.send(get(server.https())), "timed out connecting");
}

#[test]
fn a_certificate_that_nobody_vouches_for_is_refused_and_the_request_unsent() {
    for request in [post, get] {
        let identity = Identity::new();
        let server = Loopback::once(move |stream| {
            let mut got = Vec::new();
            identity.wrap(stream).read_to_end(&mut got).unwrap_err();
            assert_eq!(got, b"");
        });
        assert_refused(send(request(server.https())), "certificate");
    }
}

#[test]
fn a_certificate_for_another_name_is_refused_and_the_request_unsent() {
    let identity = Identity::new();
    let transport = UreqTransport::new().with_root_certificates(identity.pem.as_bytes()).unwrap();
    let server = Loopback::once(move |stream| {
        identity.wrap(stream).read_to_end(&mut Vec::new()).unwrap_err();
    });
    assert_refused(transport.send(post(format!("https://{}/", server.address))), "certificate");
}

#[test]
fn a_certificate_that_the_operator_trusts_is_accepted() {
    let identity = Identity::new();
    let transport = UreqTransport::new().with_root_certificates(identity.pem.as_bytes()).unwrap();
    let server = Loopback::once(move |stream| {
        let mut stream = identity.wrap(stream);
        assert!(read_request(&mut stream).ends_with(b"\r\n\r\nname=value"));
        stream.write_all(b"HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok").unwrap();
        wait_for_close(&mut stream);
    });
    assert_eq!(transport.send(post(server.https())).unwrap().body().as_bytes(), b"ok");
}

/// The other side read nothing, but its system may have taken every byte: nobody on this side can tell, so a small
/// request cannot be called unsent once its body has gone to the socket. This one is too big to go there at once.
#[test]
fn a_reset_in_the_middle_of_the_body_may_have_been_sent() {
    let server = Loopback::once(|mut stream| {
        stream.read_exact(&mut [0; 4096]).unwrap();
        reset(stream);
    });
    let mut request = post(server.http());
    *request.body_mut() = Body::from(vec![b'x'; 32_000_000]);
    assert_perhaps_sent(send(request), "");
}

#[test]
fn a_reset_without_reading_is_an_error() {
    let server = Loopback::once(reset);
    send(post(server.http())).unwrap_err();
}

/// A gateway that refuses a request by its head does not read the photo.
#[test]
fn an_answer_that_comes_before_the_body_was_taken_is_the_answer() {
    const ANSWER: &[u8] = b"HTTP/1.1 401 Unauthorized\r\nContent-Length: 2\r\n\r\nno";
    let big = |origin: String| http::Request::post(origin).body(Body::from(vec![b'x'; 30_000_000])).unwrap();
    let head = |stream: &mut dyn Read| {
        let mut head = Vec::new();
        while !head.ends_with(b"\r\n\r\n") {
            let mut byte = [0];
            stream.read_exact(&mut byte).unwrap();
            head.extend(byte);
        }
    };
    let server = Loopback::once(move |mut stream| {
        head(&mut stream);
        // Closed with bytes unread, it is reset.
        stream.write_all(ANSWER).unwrap();
    });
    let answer = send(big(server.http())).unwrap();
    assert_eq!((answer.status().as_u16(), answer.body().as_bytes()), (401, &b"no"[..]));
    let identity = Identity::new();
    let transport = UreqTransport::new().with_root_certificates(identity.pem.as_bytes()).unwrap();
    let server = Loopback::once(move |stream| {
        // Or the answer waits behind what TLS said before, and a reset drops it.
        stream.set_nodelay(true).unwrap();
        let mut tls = identity.wrap(stream);
        head(&mut tls);
        tls.write_all(ANSWER).unwrap();
    });
    let answer = transport.send(big(server.https())).unwrap();
    assert_eq!((answer.status().as_u16(), answer.body().as_bytes()), (401, &b"no"[..]));
    // What was cut is no answer, and the first error is told.
    let server = Loopback::once(move |mut stream| {
        head(&mut stream);
        stream.write_all(&ANSWER[..20]).unwrap();
    });
    assert_perhaps_sent(send(big(server.http())), "");
}

#[test]
fn a_reset_after_reading_may_have_been_sent() {
    for request in [post, get] {
        let server = Loopback::once(|mut stream| {
            read_request(&mut stream);
            reset(stream);
        });
        assert_perhaps_sent(send(request(server.http())), "reset");
    }
}

#[test]
fn a_close_without_an_answer_may_have_been_sent() {
    for request in [post, get] {
        let server = Loopback::once(|mut stream| drop(read_request(&mut stream)));
        assert_perhaps_sent(send(request(server.http())), "disconnected");
    }
}

#[test]
fn a_close_after_reading_over_tls_may_have_been_sent() {
    let identity = Identity::new();
    let transport = UreqTransport::new().with_root_certificates(identity.pem.as_bytes()).unwrap();
    let server = Loopback::once(move |stream| {
        let mut stream = identity.wrap(stream);
        read_request(&mut stream);
        reset(stream.sock);
    });
    assert_perhaps_sent(transport.send(post(server.https())), "");
}

#[test]
fn a_stall_ends_within_the_attempt_time_out_and_may_have_been_sent() {
    for request in [post, get] {
        let server = Loopback::once(|mut stream| wait_for_close(&mut stream));
        let started = Instant::now();
        assert_perhaps_sent(send(within(request(server.http()), SHORT)), "timed out: no complete answer within 1s");
        assert!((SHORT..FAR_TOO_LONG).contains(&started.elapsed()));
    }
}

#[test]
fn an_attempt_time_out_does_not_raise_the_transports_own() {
    let server = Loopback::once(|mut stream| wait_for_close(&mut stream));
    let transport = UreqTransport::new().with_timeout(SHORT);
    assert_perhaps_sent(transport.send(within(post(server.http()), FAR_TOO_LONG)), "within 1s");
}

#[test]
fn a_head_that_trickles_for_ever_meets_the_total_time_out() {
    let server = Loopback::once(|mut stream| {
        read_request(&mut stream);
        stream.write_all(b"HTTP/1.1 200 OK\r\nX-Slow: ").unwrap();
        trickle(&mut stream, b'x');
    });
    let started = Instant::now();
    assert_perhaps_sent(send(within(post(server.http()), SHORT)), "timed out");
    assert!((SHORT..FAR_TOO_LONG).contains(&started.elapsed()));
}

#[test]
fn a_body_that_trickles_for_ever_meets_the_total_time_out() {
    let server = Loopback::once(|mut stream| {
        read_request(&mut stream);
        stream.write_all(b"HTTP/1.1 200 OK\r\nContent-Length: 100000\r\n\r\n").unwrap();
        trickle(&mut stream, b'x');
    });
    let started = Instant::now();
    assert_perhaps_sent(send(within(post(server.http()), SHORT)), "timed out");
    assert!((SHORT..FAR_TOO_LONG).contains(&started.elapsed()));
}

#[test]
fn an_endless_row_of_interim_answers_is_refused() {
    let server = Loopback::once(|mut stream| {
        read_request(&mut stream);
        flood(&mut stream, b"HTTP/1.1 103 Early Hints\r\n\r\n");
    });
    assert_perhaps_sent(send(within(post(server.http()), SHORT)), "header is longer");
}

#[test]
fn a_server_that_never_reads_a_big_body_meets_the_total_time_out() {
    let (client_is_done, wait) = mpsc::channel();
    let server = Loopback::once(move |_stream| wait.recv().unwrap());
    let mut request = within(post(server.http()), SHORT);
    *request.body_mut() = Body::from(vec![b'x'; 32_000_000]);
    assert_perhaps_sent(send(request), "timed out");
    client_is_done.send(()).unwrap();
}

#[test]
fn no_time_at_all_is_unsent() {
    let untouched = TcpListener::bind("127.0.0.1:0").unwrap();
    let url = format!("http://{}/", untouched.local_addr().unwrap());
    assert_unsent(send(within(post(url), Duration::ZERO)), "timed out");
}

#[test]
fn endless_time_outs_are_no_overflow() {
    let server = Loopback::answering("HTTP/1.1 204 No Content\r\n\r\n");
    let for_ever = Duration::MAX;
    let transport = UreqTransport::new().with_connect_timeout(for_ever).with_timeout(for_ever);
    assert_eq!(transport.send(within(post(server.http()), for_ever)).unwrap().status(), 204);
}
