//! Tests when a connection may carry another request, and what happens if its other side has gone.

use std::{
    io::{self, Read, Write},
    net::{Shutdown, TcpListener, TcpStream},
    sync::{Arc, Barrier, mpsc},
    thread,
    time::{Duration, Instant},
};

use liveness::{
    Check, ErrorKind, IdNumber, Identity as Person, LivenessProvider, Name, Photo, Progress, TencentMarket, Transport,
    UreqTransport, photo::PhotoSpec, tencent_market,
};

use crate::{
    FAR_TOO_LONG, SHORT, assert_perhaps_sent, assert_refused, get,
    loopback::{self, Identity, Loopback, read_request, reset, wait_for_close},
    post, within,
};

pub(crate) const OK: &[u8] = b"HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok";
/// No test takes so long.
const LIMIT: Duration = Duration::from_secs(600);

pub(crate) fn keeping() -> UreqTransport {
    UreqTransport::new().with_idle_connections(LIMIT)
}

pub(crate) fn trusting(identity: &Identity) -> UreqTransport {
    keeping().with_root_certificates(identity.pem.as_bytes()).unwrap()
}

#[track_caller]
pub(crate) fn assert_answered(transport: &UreqTransport, url: &str) {
    assert_eq!(transport.send(post(url)).unwrap().body().as_bytes(), b"ok");
}

/// The next connection. What is written goes out at once: else the system holds a second piece back until the first is confirmed.
pub(crate) fn accept(listener: &TcpListener) -> TcpStream {
    let stream = loopback::accept(listener);
    stream.set_nodelay(true).unwrap();
    stream
}

/// Reads a request and answers it.
pub(crate) fn serve(stream: &mut (impl Read + Write)) {
    let request = read_request(stream);
    assert!(!String::from_utf8(request).unwrap().to_ascii_lowercase().contains("connection: close"));
    stream.write_all(OK).unwrap();
    stream.flush().unwrap();
}

#[track_caller]
pub(crate) fn assert_nobody_connects(listener: &TcpListener) {
    listener.set_nonblocking(true).unwrap();
    assert_eq!(listener.accept().unwrap_err().kind(), io::ErrorKind::WouldBlock);
}

/// Sends two requests; the server does something to the first connection between them, and must get the second request, once, on a
/// new one.
fn assert_second_needs_a_new_connection(spoil: impl FnOnce(TcpStream) -> Option<TcpStream> + Send + 'static) {
    let ((answered, is_answered), (spoilt, wait)) = (mpsc::channel(), mpsc::channel());
    let server = Loopback::run(move |listener| {
        let mut first = accept(&listener);
        serve(&mut first);
        is_answered.recv().unwrap();
        let first = spoil(first);
        spoilt.send(()).unwrap();
        let mut second = accept(&listener);
        serve(&mut second);
        if let Some(mut first) = first {
            let mut got = Vec::new();
            let _ = first.read_to_end(&mut got);
            assert_eq!(got, b"", "nothing more was sent on the first connection");
        }
        assert_nobody_connects(&listener);
    });
    let transport = keeping();
    assert_answered(&transport, &server.http());
    answered.send(()).unwrap();
    wait.recv().unwrap();
    assert_answered(&transport, &server.http());
}

#[test]
fn requests_ride_on_one_connection_where_the_operator_wants_it() {
    let server = Loopback::run(|listener| {
        let mut stream = accept(&listener);
        (0..3).for_each(|_| serve(&mut stream));
        assert_nobody_connects(&listener);
    });
    let transport = keeping();
    assert_answered(&transport, &server.http());
    // A clone has the same connections, also in another thread.
    let (clone, url) = (transport.clone(), server.http());
    thread::spawn(move || assert_answered(&clone, &url)).join().unwrap();
    assert_eq!(transport.send(get(server.http())).unwrap().body().as_bytes(), b"ok");
}

#[test]
fn a_connection_that_was_closed_before_is_not_used_and_the_request_goes_out_once() {
    assert_second_needs_a_new_connection(|first| {
        drop(first);
        None
    });
}

#[test]
fn a_connection_that_was_reset_before_is_not_used() {
    assert_second_needs_a_new_connection(|first| {
        reset(first);
        None
    });
}

#[test]
fn a_connection_that_was_closed_on_one_side_is_not_used() {
    assert_second_needs_a_new_connection(|first| {
        first.shutdown(Shutdown::Write).unwrap();
        Some(first)
    });
}

#[test]
fn a_connection_on_which_something_waits_is_not_used() {
    // What some servers say to an idle connection before they close it, and one byte of anything.
    for waiting in [b"HTTP/1.1 408 Request Timeout\r\nContent-Length: 0\r\n\r\n".as_slice(), b"\n"] {
        assert_second_needs_a_new_connection(|mut first| {
            first.write_all(waiting).unwrap();
            Some(first)
        });
    }
}

/// The test beside the one above: here the other side closes when it has the request, and nobody can tell what it did with it.
#[test]
fn a_connection_that_is_closed_after_the_request_leaves_it_perhaps_sent_and_it_is_not_repeated() {
    for request in [post, get] {
        let (sent, wait) = mpsc::channel();
        let server = Loopback::run(move |listener| {
            let mut stream = accept(&listener);
            serve(&mut stream);
            read_request(&mut stream);
            drop(stream);
            wait.recv().unwrap();
            assert_nobody_connects(&listener);
        });
        let transport = keeping();
        assert_answered(&transport, &server.http());
        assert_perhaps_sent(transport.send(request(server.http())), "");
        sent.send(()).unwrap();
    }
}

#[test]
fn a_paid_check_whose_idle_connection_is_closed_after_it_was_written_is_in_doubt_and_never_sent_again() {
    let (done, wait) = mpsc::channel();
    let server = Loopback::run(move |listener| {
        let mut stream = accept(&listener);
        read_request(&mut stream);
        let answer = r#"{"errcode":"P0001","errmsg":"no","jobid":"J-1","result":{}}"#;
        write!(stream, "HTTP/1.1 200 OK\r\nContent-Length: {}\r\n\r\n{answer}", answer.len()).unwrap();
        read_request(&mut stream);
        drop(stream);
        wait.recv().unwrap();
        assert_nobody_connects(&listener);
    });
    let keys = tencent_market::Credentials { secret_id: "id".into(), secret_key: "key".into() };
    let market = TencentMarket::new(keys, keeping()).with_endpoint(&format!("{}/compare", server.http())).unwrap();
    let person = Person::new(Name::parse("张三").unwrap(), IdNumber::parse("11010519491231002X").unwrap());
    // The head of a PNG of 16 × 16 pixels is all that is read of it.
    let mut png = b"\x89PNG\r\n\x1a\n\0\0\0\x0dIHDR\0\0\0\x10\0\0\0\x10\x08\0\0\0\0".to_vec();
    png.extend([0; 64]);
    let photo = Photo::from_bytes(png, &PhotoSpec::TENCENT_MARKET).unwrap();
    let check = Check::same_person(person).with_photo(photo);
    assert!(matches!(market.begin(&check), Ok(Progress::Done(_))));
    assert_eq!(market.begin(&check).unwrap_err().kind(), ErrorKind::OutcomeUnknown);
    done.send(()).unwrap();
}

#[test]
fn a_stalled_answer_on_a_used_connection_meets_its_time_out() {
    let server = Loopback::once(|mut stream| {
        serve(&mut stream);
        wait_for_close(&mut stream);
    });
    let transport = keeping();
    assert_answered(&transport, &server.http());
    let started = Instant::now();
    assert_perhaps_sent(transport.send(within(post(server.http()), SHORT)), "no complete answer within 1s");
    assert!((SHORT..FAR_TOO_LONG).contains(&started.elapsed()));
}

#[test]
fn a_connection_that_was_idle_for_longer_than_the_limit_is_not_used() {
    let server = Loopback::run(|listener| (0..2).for_each(|_| serve_last(&mut accept(&listener))));
    // It is over before the next request can begin.
    let transport = UreqTransport::new().with_idle_connections(Duration::from_nanos(1));
    (0..2).for_each(|_| assert_answered(&transport, &server.http()));
}

#[test]
fn no_limit_means_no_idle_connections() {
    let server = Loopback::run(|listener| {
        for _ in 0..2 {
            let mut stream = accept(&listener);
            assert!(String::from_utf8(read_request(&mut stream)).unwrap().to_lowercase().contains("connection: close"));
            stream.write_all(OK).unwrap();
        }
    });
    let transport = keeping().with_idle_connections(Duration::ZERO);
    (0..2).for_each(|_| assert_answered(&transport, &server.http()));
}

/// Serves, and sees that nothing else comes.
fn serve_last(stream: &mut TcpStream) {
    serve(stream);
    let mut rest = Vec::new();
    let _ = stream.read_to_end(&mut rest);
    assert_eq!(rest, b"");
}

#[test]
fn a_connection_over_which_an_answer_was_not_plainly_whole_is_not_used() {
    for answer in [
        "HTTP/1.1 200 OK\r\nContent-Length: 2\r\nConnection: close\r\n\r\nok",
        "HTTP/1.1 200 OK\r\nContent-Length: 2\r\nConnection: Keep-Alive, Close\r\n\r\nok",
        "HTTP/1.0 200 OK\r\nContent-Length: 2\r\n\r\nok",
        "HTTP/1.0 200 OK\r\nContent-Length: 2\r\nConnection: keep-alive\r\n\r\nok",
        "HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok and more",
        "HTTP/1.1 200 OK\r\nContent-Length: 2\r\nContent-Length: 2\r\n\r\nok",
        "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\nContent-Length: 2\r\n\r\n2\r\nok\r\n0\r\n\r\n",
        "HTTP/1.1 200 OK\r\nTransfer-Encoding: gzip, chunked\r\n\r\n2\r\nok\r\n0\r\n\r\n",
        "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\nTransfer-Encoding: chunked\r\n\r\n2\r\nok\r\n0\r\n\r\n",
        // The other side is about to close it.
        "HTTP/1.1 200 OK\r\nContent-Length: 2\r\nKeep-Alive: timeout=1\r\n\r\nok",
        // Over the limit, stated and not.
        "HTTP/1.1 200 OK\r\nContent-Length: 3000\r\n\r\nok",
        "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\nA00\r\n",
    ] {
        let server = Loopback::run(move |listener| {
            let mut first = accept(&listener);
            read_request(&mut first);
            first.write_all(answer.as_bytes()).unwrap();
            first.write_all(&vec![b' '; if answer.contains("A00") { 0xA00 } else { 0 }]).unwrap();
            serve(&mut accept(&listener));
            let mut got = Vec::new();
            let _ = first.read_to_end(&mut got);
            assert_eq!(got, b"", "{answer}");
        });
        let transport = keeping().with_max_response_bytes(2_000);
        let _ = transport.send(post(server.http()));
        assert_answered(&transport, &server.http());
    }
}

#[test]
fn a_connection_whose_answer_was_cut_is_not_used() {
    let server = Loopback::run(|listener| {
        let mut first = accept(&listener);
        read_request(&mut first);
        first.write_all(b"HTTP/1.1 200 OK\r\nContent-Length: 9\r\n\r\nok").unwrap();
        drop(first);
        serve(&mut accept(&listener));
    });
    let transport = keeping();
    assert_perhaps_sent(transport.send(post(server.http())), "");
    assert_answered(&transport, &server.http());
}

#[test]
fn answers_in_chunks_and_without_a_body_leave_the_connection_fit() {
    let server = Loopback::once(|mut stream| {
        for answer in [
            "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n2\r\nok\r\n0\r\n\r\n",
            "HTTP/1.1 204 No Content\r\n\r\n",
            "HTTP/1.1 103 Early Hints\r\n\r\nHTTP/1.1 500 Oh\r\nContent-Length: 2\r\n\r\nno",
        ] {
            read_request(&mut stream);
            stream.write_all(answer.as_bytes()).unwrap();
        }
        serve(&mut stream);
    });
    let transport = keeping();
    for status in [200, 204, 500, 200] {
        assert_eq!(transport.send(post(server.http())).unwrap().status(), status);
    }
}

#[test]
fn a_connection_carries_one_request_at_a_time_however_many_threads_there_are() {
    const THREADS: usize = 8;
    let server = Loopback::run(|listener| {
        let both = Arc::new(Barrier::new(THREADS));
        let serving: Vec<_> = (0..THREADS)
            .map(|_| {
                let (mut stream, both) = (accept(&listener), Arc::clone(&both));
                thread::spawn(move || {
                    for _ in 0..20 {
                        let request = String::from_utf8(read_request(&mut stream)).unwrap();
                        // All are in flight before any is answered.
                        both.wait();
                        let path = request.split(' ').nth(1).unwrap();
                        write!(stream, "HTTP/1.1 200 OK\r\nContent-Length: {}\r\n\r\n{path}", path.len()).unwrap();
                    }
                })
            })
            .collect();
        serving.into_iter().for_each(|thread| thread.join().unwrap());
        assert_nobody_connects(&listener);
    });
    let transport = Arc::new(keeping());
    thread::scope(|scope| {
        for thread in 0..THREADS {
            let (transport, url) = (Arc::clone(&transport), server.http());
            scope.spawn(move || {
                for round in 0..20 {
                    let path = format!("/{thread}/{round}");
                    let answer = transport.send(post(format!("{url}{path}"))).unwrap();
                    assert_eq!(answer.body().as_bytes(), path.as_bytes());
                }
            });
        }
    });
}

#[test]
fn a_request_to_another_endpoint_has_another_connection() {
    let (first, second) =
        (Loopback::once(|mut stream| serve_last(&mut stream)), Loopback::once(|mut stream| serve_last(&mut stream)));
    let transport = keeping();
    assert_answered(&transport, &first.http());
    assert_answered(&transport, &second.http());
    // Idle connections are closed with their transport.
    drop(transport);
}

#[test]
fn a_connection_is_not_used_by_who_trusts_others() {
    let (identity, other) = (Identity::new(), Identity::new());
    let transport = trusting(&identity);
    let server = Loopback::run(move |listener| {
        let mut first = identity.wrap(accept(&listener));
        serve(&mut first);
        identity.wrap(accept(&listener)).read_to_end(&mut Vec::new()).unwrap_err();
    });
    assert_answered(&transport, &server.https());
    let doubting = transport.clone().with_root_certificates(other.pem.as_bytes()).unwrap();
    assert_refused(doubting.send(post(server.https())), "certificate");
}

#[test]
fn through_a_proxy_every_request_has_its_own_connection() {
    let proxy = Loopback::run(|listener| {
        for _ in 0..2 {
            let mut stream = accept(&listener);
            assert!(read_request(&mut stream).starts_with(b"CONNECT vendor.invalid:80 "));
            stream.write_all(b"HTTP/1.1 200 OK\r\n\r\n").unwrap();
            assert!(String::from_utf8(read_request(&mut stream)).unwrap().to_lowercase().contains("connection: close"));
            stream.write_all(OK).unwrap();
        }
    });
    let transport = keeping().allow_plain_http().with_proxy(&format!("http://{}", proxy.address)).unwrap();
    (0..2).for_each(|_| assert_answered(&transport, "http://vendor.invalid/"));
}
