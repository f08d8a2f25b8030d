//! Tests when a TLS connection may carry another request, and when a handshake is resumed.

use std::{
    io::{Read, Write},
    net::{Shutdown, TcpStream},
    sync::mpsc,
};

use liveness::UreqTransport;
use rustls::{HandshakeKind, ServerConnection, StreamOwned};

use crate::{
    idle::{OK, accept, assert_answered, assert_nobody_connects, serve, trusting},
    loopback::{Identity, Loopback, read_request, wait_for_close},
};

/// Sends two requests; the server does something to the first connection between them, and must get the second request on a new one.
fn assert_second_needs_a_new_handshake(
    spoil: impl FnOnce(&mut StreamOwned<ServerConnection, TcpStream>) + Send + 'static,
) {
    let ((answered, is_answered), (spoilt, wait)) = (mpsc::channel(), mpsc::channel());
    let identity = Identity::new();
    let transport = trusting(&identity);
    let server = Loopback::run(move |listener| {
        let mut first = identity.wrap(accept(&listener));
        serve(&mut first);
        is_answered.recv().unwrap();
        spoil(&mut first);
        spoilt.send(()).unwrap();
        serve(&mut identity.wrap(accept(&listener)));
        assert_eq!(first.read(&mut [0; 100]).unwrap_or_default(), 0, "nothing more was sent on the first connection");
    });
    assert_answered(&transport, &server.https());
    answered.send(()).unwrap();
    wait.recv().unwrap();
    assert_answered(&transport, &server.https());
}

#[test]
fn requests_ride_on_one_connection_over_tls_and_the_handshake_is_done_once() {
    let identity = Identity::new();
    let transport = trusting(&identity);
    let server = Loopback::run(move |listener| {
        let mut stream = identity.wrap(accept(&listener));
        (0..3).for_each(|_| serve(&mut stream));
        assert_nobody_connects(&listener);
    });
    (0..3).for_each(|_| assert_answered(&transport, &server.https()));
}

/// Nothing is kept unless it is asked for, and what is shared of TLS is the ticket.
#[test]
fn without_idle_connections_the_second_handshake_is_resumed() {
    let identity = Identity::new();
    let transport = UreqTransport::new().with_root_certificates(identity.pem.as_bytes()).unwrap();
    let server = Loopback::run(move |listener| {
        for expected in [HandshakeKind::Full, HandshakeKind::Resumed] {
            let mut stream = identity.wrap(accept(&listener));
            assert!(String::from_utf8(read_request(&mut stream)).unwrap().to_lowercase().contains("connection: close"));
            assert_eq!(stream.conn.handshake_kind(), Some(expected));
            stream.write_all(OK).unwrap();
            wait_for_close(&mut stream);
        }
    });
    assert_answered(&transport.clone(), &server.https());
    assert_answered(&transport, &server.https());
}

#[test]
fn a_polite_end_of_tls_is_seen() {
    assert_second_needs_a_new_handshake(|first| {
        first.conn.send_close_notify();
        first.flush().unwrap();
    });
}

#[test]
fn an_alert_of_tls_is_seen() {
    // A fatal one that is not even encrypted.
    assert_second_needs_a_new_handshake(|first| first.sock.write_all(&[21, 3, 3, 0, 2, 2, 40]).unwrap());
}

#[test]
fn half_a_record_of_which_nobody_knows_what_it_will_be_is_seen() {
    assert_second_needs_a_new_handshake(|first| first.sock.write_all(&[23, 3, 3]).unwrap());
}

#[test]
fn data_of_tls_that_nobody_asked_for_is_seen() {
    assert_second_needs_a_new_handshake(|first| first.write_all(b"HTTP/1.1 408 Request Timeout\r\n\r\n").unwrap());
}

#[test]
fn an_end_of_tls_without_a_word_is_seen() {
    assert_second_needs_a_new_handshake(|first| first.sock.shutdown(Shutdown::Write).unwrap());
}

#[test]
fn an_end_of_tls_that_came_in_one_piece_with_the_answer_is_seen() {
    let identity = Identity::new();
    let transport = trusting(&identity);
    let server = Loopback::run(move |listener| {
        let mut first = identity.wrap(accept(&listener));
        read_request(&mut first);
        first.conn.writer().write_all(OK).unwrap();
        first.conn.send_close_notify();
        let mut both = Vec::new();
        while first.conn.wants_write() {
            first.conn.write_tls(&mut both).unwrap();
        }
        first.sock.write_all(&both).unwrap();
        serve(&mut identity.wrap(accept(&listener)));
        assert_eq!(first.read(&mut [0; 100]).unwrap_or_default(), 0);
    });
    assert_answered(&transport, &server.https());
    assert_answered(&transport, &server.https());
}

/// As a ticket that comes late: it is no data of the other side's, and the connection is as good as before.
#[test]
fn a_message_of_tls_itself_is_taken_in_and_the_connection_is_used() {
    let ((answered, is_answered), (said, wait)) = (mpsc::channel(), mpsc::channel());
    let identity = Identity::new();
    let transport = trusting(&identity);
    let server = Loopback::run(move |listener| {
        let mut stream = identity.wrap(accept(&listener));
        serve(&mut stream);
        is_answered.recv().unwrap();
        stream.conn.refresh_traffic_keys().unwrap();
        stream.flush().unwrap();
        said.send(()).unwrap();
        serve(&mut stream);
        assert_nobody_connects(&listener);
    });
    assert_answered(&transport, &server.https());
    answered.send(()).unwrap();
    wait.recv().unwrap();
    assert_answered(&transport, &server.https());
}
