//! What comes back: any status, but no answer that is cut, endless or not HTTP.

use std::{io::Write, sync::mpsc};

use liveness::{Transport, UreqTransport};

use crate::{
    assert_perhaps_sent, get,
    loopback::{Loopback, flood, read_request},
    post, send,
};

/// How many bytes a server gets rid of before the client hangs up.
fn flooded(opening: &'static str, rest: &'static [u8], transport: &UreqTransport, reason: &str) -> usize {
    let (to_test, from_server) = mpsc::channel();
    let server = Loopback::once(move |mut stream| {
        read_request(&mut stream);
        stream.write_all(opening.as_bytes()).unwrap();
        to_test.send(flood(&mut stream, rest)).unwrap();
    });
    assert_perhaps_sent(transport.send(post(server.http())), reason);
    from_server.recv().unwrap()
}

/// What the sockets of both sides may hold beside the client's limit.
const SOCKETS_BYTES: usize = 16_000_000;

#[test]
fn any_status_is_an_answer() {
    for status in [200, 201, 204, 304, 400, 401, 404, 418, 429, 500, 502, 503, 504] {
        let server =
            Loopback::answering(format!("HTTP/1.1 {status} Whatever\r\nX-Request-Id: 7\r\nContent-Length: 0\r\n\r\n"));
        let answer = send(post(server.http())).unwrap();
        assert_eq!((answer.status().as_u16(), answer.body().len()), (status, 0));
        assert_eq!(answer.headers()["x-request-id"], "7");
    }
}

#[test]
fn a_redirect_is_handed_back_and_not_followed() {
    for status in [301, 302, 303, 307, 308] {
        for request in [post, get] {
            // A second connection would be refused: the server takes one.
            let server = Loopback::answering(format!(
                "HTTP/1.1 {status} Elsewhere\r\nLocation: /elsewhere\r\nContent-Length: 4\r\n\r\nbody"
            ));
            let answer = send(request(server.http())).unwrap();
            assert_eq!((answer.status().as_u16(), answer.body().as_bytes()), (status, &b"body"[..]));
            assert_eq!(answer.headers()["location"], "/elsewhere");
        }
    }
}

#[test]
fn a_body_arrives_whole_by_length_by_chunks_and_by_close() {
    for (head, body) in [
        ("Content-Length: 5\r\n", "a\r\n\u{1}\n"),
        ("Transfer-Encoding: chunked\r\n", "2\r\na\r\r\n3;x=y\r\n\n\u{1}\n\r\n0\r\n\r\n"),
        ("", "a\r\n\u{1}\n"),
    ] {
        let server = Loopback::answering(format!("HTTP/1.1 200 OK\r\n{head}\r\n{body}"));
        assert_eq!(send(post(server.http())).unwrap().body().as_bytes(), b"a\r\n\x01\n");
    }
}

#[test]
fn a_large_body_within_the_limit_arrives_whole() {
    let large: Vec<u8> = (0..3_999_999u32).map(|n| n.to_le_bytes()[(n % 4) as usize]).collect();
    let server = Loopback::answering([b"HTTP/1.1 200 OK\r\n\r\n", &large[..]].concat());
    assert!(send(post(server.http())).unwrap().body().as_bytes() == large);
}

#[test]
fn an_interim_answer_is_passed_over() {
    let server = Loopback::answering("HTTP/1.1 100 Continue\r\n\r\nHTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok");
    assert_eq!(send(post(server.http())).unwrap().body().as_bytes(), b"ok");
}

#[test]
fn bytes_beyond_the_stated_length_are_no_part_of_the_answer() {
    let server = Loopback::answering("HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nokHTTP/1.1 500 Oops\r\n\r\n");
    assert_eq!(send(post(server.http())).unwrap().body().as_bytes(), b"ok");
}

#[test]
fn a_body_cut_short_of_its_length_may_have_been_sent() {
    let server = Loopback::answering("HTTP/1.1 200 OK\r\nContent-Length: 10\r\n\r\n{\"code\":");
    assert_perhaps_sent(send(post(server.http())), "disconnected");
}

#[test]
fn a_body_cut_in_or_between_chunks_may_have_been_sent() {
    for cut in ["", "5", "5\r\n", "5\r\nhel", "5\r\nhello", "5\r\nhello\r\n"] {
        let server = Loopback::answering(format!("HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n{cut}"));
        assert_perhaps_sent(send(post(server.http())), "");
    }
}

#[test]
fn a_cut_head_may_have_been_sent() {
    for cut in ["HT", "HTTP/1.1 200 OK\r\n", "HTTP/1.1 200 OK\r\nContent-Length: 0\r\n"] {
        let server = Loopback::answering(cut);
        assert_perhaps_sent(send(post(server.http())), "disconnected");
    }
}

#[test]
fn what_is_not_http_may_have_been_sent() {
    for garbage in [
        "SSH-2.0-OpenSSH_9.6\r\n\r\n",
        "\u{15}\u{3}\u{3}\0\u{2}\u{2}(",
        "HTTP/1.1 99999 No\r\n\r\n",
        "HTTP/1.1 200 OK\r\nNo colon\r\n\r\n",
        "HTTP/1.1 200 OK\r\nContent-Length: -1\r\n\r\n",
        "HTTP/1.1 200 OK\r\nContent-Length: 1\r\nContent-Length: 2\r\n\r\nxx",
        "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\nzz\r\n",
        "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\nfffffffffffffffff\r\nxx",
        "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n2\r\nokxx0\r\n\r\n",
    ] {
        let server = Loopback::answering(garbage);
        assert_perhaps_sent(send(post(server.http())), "");
    }
}

#[test]
fn a_stated_length_over_the_limit_is_refused_before_reading() {
    let server = Loopback::answering("HTTP/1.1 200 OK\r\nContent-Length: 4000001\r\n\r\n");
    let result = send(post(server.http()));
    assert!(result.as_ref().is_err_and(liveness::TransportError::is_permanent), "it will be as long the next time");
    assert_perhaps_sent(result, "the answer is longer than 4000000 bytes");
}

#[test]
fn the_limit_is_exact_however_the_body_is_framed() {
    let transport = UreqTransport::new().with_max_response_bytes(10);
    for (head, body) in [
        ("Content-Length: 10\r\n", "0123456789"),
        ("Transfer-Encoding: chunked\r\n", "a\r\n0123456789\r\n0\r\n\r\n"),
        ("", "0123456789"),
    ] {
        let server = Loopback::answering(format!("HTTP/1.1 200 OK\r\n{head}\r\n{body}"));
        assert_eq!(transport.send(post(server.http())).unwrap().body().len(), 10);
    }
    for (head, body) in [
        ("Content-Length: 11\r\n", "01234567890"),
        ("Transfer-Encoding: chunked\r\n", "b\r\n01234567890\r\n0\r\n\r\n"),
        ("", "01234567890"),
    ] {
        let server = Loopback::answering(format!("HTTP/1.1 200 OK\r\n{head}\r\n{body}"));
        assert_perhaps_sent(transport.send(post(server.http())), "longer than 10 bytes");
    }
}

#[test]
fn an_endless_body_is_refused_while_it_is_read() {
    const LIMIT: usize = 100_000;
    let transport = UreqTransport::new().with_max_response_bytes(LIMIT);
    let sent = flooded("HTTP/1.1 200 OK\r\n\r\n", &[b'x'; 65_536], &transport, "longer than 100000 bytes");
    assert!((LIMIT..LIMIT + SOCKETS_BYTES).contains(&sent), "{sent}");
}

#[test]
fn endless_chunks_are_refused_while_they_are_read() {
    let transport = UreqTransport::new().with_max_response_bytes(100_000);
    let opening = "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n";
    let sent = flooded(opening, &b"8\r\nabcdefgh\r\n".repeat(4096).leak()[..], &transport, "longer than 100000 bytes");
    assert!(sent < SOCKETS_BYTES, "{sent}");
}

#[test]
fn an_endless_chunk_header_is_refused() {
    let opening = "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n8;";
    assert!(flooded(opening, &[b'x'; 65_536], &UreqTransport::new(), "") < SOCKETS_BYTES);
}

#[test]
fn endless_headers_are_refused() {
    let transport = UreqTransport::new();
    for (opening, rest) in [
        ("HTTP/1.1 200 OK\r\nX-Long: ", &[b'x'; 65_536][..]),
        ("HTTP/1.1 200 OK\r\n", b"X-Many: 1\r\n"),
        ("HTTP/1.1 200 ", b"reason"),
    ] {
        assert!(flooded(opening, rest, &transport, "") < SOCKETS_BYTES);
    }
}

#[test]
fn a_head_over_64_kib_is_refused_though_it_ends() {
    for (length, is_accepted) in [(60_000, true), (70_000, false)] {
        let server = Loopback::answering(format!(
            "HTTP/1.1 200 OK\r\nContent-Length: 0\r\nX-Long: {}\r\n\r\n",
            "x".repeat(length)
        ));
        let result = send(post(server.http()));
        if is_accepted {
            assert_eq!(result.unwrap().headers()["x-long"].len(), length);
        } else {
            assert_perhaps_sent(result, "the answer's header is longer than 65536 bytes");
        }
    }
}

#[test]
fn an_answer_with_more_header_lines_than_the_parser_takes_is_read() {
    let lines: String = (0..200).map(|i| format!("X-Line-{i}: v\r\n")).collect();
    for interim in ["", "HTTP/1.1 103 Early Hints\r\nLink: x\r\n\r\n"] {
        let server = Loopback::answering(format!("{interim}HTTP/1.1 200 OK\r\n{lines}Content-Length: 4\r\n\r\nbody"));
        let answer = send(post(server.http())).unwrap();
        assert_eq!(answer.body().as_bytes(), b"body");
    }
    let server = Loopback::answering(format!(
        "HTTP/1.1 200 OK\r\n{lines}Transfer-Encoding: chunked\r\n\r\n4\r\nbody\r\n0\r\n\r\n"
    ));
    assert_eq!(send(post(server.http())).unwrap().body().as_bytes(), b"body");
}

#[test]
fn what_arrived_before_a_cut_is_kept_for_the_error_and_not_printed() {
    let server = Loopback::answering("HTTP/1.1 200 OK\r\nContent-Length: 300\r\n\r\n{\"errcode\":\"P0000\",");
    let error = send(post(server.http())).unwrap_err();
    let partial = error.partial().unwrap();
    assert_eq!((partial.status().as_u16(), partial.body().as_bytes()), (200, &b"{\"errcode\":\"P0000\","[..]));
    assert!(!format!("{error:?} {error}").contains("P0000"));
    // A head that is cut tells nothing.
    let server = Loopback::answering("HTTP/1.1 200 OK\r\nContent-Le");
    assert!(send(post(server.http())).unwrap_err().partial().is_none());
}
