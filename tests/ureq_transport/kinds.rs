//! Tests the kind of each failure, as metrics count it, and the cause that is kept.

use std::{
    error::Error,
    io::{self, Read},
    net::TcpListener,
};

use liveness::{TransportError, TransportErrorKind as Kind};

use crate::{
    SHORT, Transport, UreqTransport, get,
    loopback::{Identity, Loopback, read_request, reset, wait_for_close},
    post, send, within,
};

/// How the cause sorts itself, where there is one of the system's.
fn cause(error: &TransportError) -> Option<io::ErrorKind> {
    error.source()?.downcast_ref::<io::Error>().map(io::Error::kind)
}

#[test]
fn each_way_to_fail_before_the_request_has_its_kind() {
    let closed = TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap();
    let error = send(post(format!("http://{closed}/"))).unwrap_err();
    assert_eq!((error.kind(), cause(&error)), (Kind::Connect, Some(io::ErrorKind::ConnectionRefused)));

    assert_eq!(send(post("https://vendor.invalid/")).unwrap_err().kind(), Kind::Dns);

    let identity = Identity::new();
    let server = Loopback::once(move |stream| {
        identity.wrap(stream).read_to_end(&mut Vec::new()).unwrap_err();
    });
    let error = send(post(server.https())).unwrap_err();
    assert!(error.is_permanent(), "the operator must trust the certificate first");
    assert_eq!(error.kind(), Kind::Tls);
    drop(server);

    let silent = Loopback::once(|mut stream| wait_for_close(&mut stream));
    let hasty = UreqTransport::new().with_connect_timeout(SHORT);
    assert_eq!(hasty.send(post(silent.https())).unwrap_err().kind(), Kind::Timeout);
    drop(silent);

    let error = send(post("http://vendor.example/")).unwrap_err();
    assert_eq!((error.kind(), error.is_permanent(), cause(&error)), (Kind::Blocked, true, None));
}

#[test]
fn each_way_to_fail_after_the_request_has_its_kind() {
    let server = Loopback::once(|mut stream| wait_for_close(&mut stream));
    assert_eq!(send(within(get(server.http()), SHORT)).unwrap_err().kind(), Kind::Timeout);
    drop(server);

    let server = Loopback::once(|mut stream| {
        read_request(&mut stream);
        reset(stream);
    });
    let error = send(post(server.http())).unwrap_err();
    assert_eq!((error.kind(), cause(&error)), (Kind::Interrupted, Some(io::ErrorKind::ConnectionReset)));

    let cut = "HTTP/1.1 200 OK\r\nContent-Length: 10\r\n\r\n{";
    for (answer, kind) in [
        (cut, Kind::Interrupted),
        ("HTTP/1.1 200 OK\r\n", Kind::Interrupted),
        ("SSH-2.0-OpenSSH_9.6\r\n\r\n", Kind::NotHttp),
        ("HTTP/1.1 200 OK\r\nContent-Length: 4000001\r\n\r\n", Kind::TooLarge),
    ] {
        let server = Loopback::answering(answer);
        let error = send(post(server.http())).unwrap_err();
        assert!(error.may_have_been_sent());
        assert_eq!(error.kind(), kind, "{answer:?}: {error}");
    }
    let server = Loopback::answering(format!("HTTP/1.1 200 OK\r\nX-Long: {}\r\n\r\n", "x".repeat(70_000)));
    assert_eq!(send(post(server.http())).unwrap_err().kind(), Kind::TooLarge);
}
