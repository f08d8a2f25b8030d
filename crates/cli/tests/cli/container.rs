//! `liveness sandbox` in a container: a health check without a shell, and orders under the container's name.

use std::{
    io::{Read, Write},
    net::{TcpListener, TcpStream},
};

use liveness::sandbox::Server;

use crate::{
    command::{liveness, run},
    sandbox::Running,
};

/// The status of this order under this host's name.
fn status(addr: &str, host: &str) -> String {
    let mut stream = TcpStream::connect(addr).unwrap();
    write!(stream, "GET /sandbox/clock HTTP/1.1\r\nHost: {host}\r\nConnection: close\r\n\r\n").unwrap();
    let mut answer = String::new();
    stream.read_to_string(&mut answer).unwrap();
    answer[9..12].to_owned()
}

#[test]
fn orders_are_taken_under_the_names_that_were_given_alone() {
    let mut sandbox = Running::start(&["--port=0", "--json", "--host", "sandbox", "--host", "Sandbox.Test.Svc"]);
    let url = sandbox.json()["url"].as_str().unwrap().to_owned();
    let addr = url.trim_start_matches("http://");
    for (host, wanted) in [
        ("sandbox:8787", "200"),
        ("SANDBOX", "200"),
        ("sandbox.test.svc", "200"),
        ("localhost", "200"),
        (addr, "200"),
        ("rebound.example", "403"),
        ("sandbox.rebound.example", "403"),
        ("test.svc", "403"),
    ] {
        assert_eq!(status(addr, host), wanted, "{host}");
    }
}

#[test]
fn a_check_says_by_its_exit_code_whether_a_sandbox_answers() {
    let check = |url: &str| run(&mut liveness(["sandbox", "--check", url]));
    let mut sandbox = Running::start(&["--port=0", "--json"]);
    let url = sandbox.json()["url"].as_str().unwrap().to_owned();
    assert_eq!(check(&url).code, 0);
    assert_eq!(check(&format!("{url}/")).code, 0);

    let other = |_: liveness::Request| -> Result<liveness::Response, liveness::TransportError> {
        Ok(liveness::Response::default())
    };
    let other = Server::bind("127.0.0.1:0", other).unwrap();
    let closed = TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap();
    for (url, why) in [
        (other.url(), "not a sandbox"),
        (format!("http://{closed}"), "nothing answers there"),
        ("127.0.0.1 8787".to_owned(), "an address is expected"),
    ] {
        let said = check(&url);
        assert_eq!(said.code, 2, "{url}");
        assert!(said.stderr.contains(why) && said.stderr.contains("--check"), "{url}: {}", said.stderr);
    }
}

#[test]
fn a_host_with_a_port_is_no_name() {
    for wrong in ["sandbox:8787", "", "*", "http://sandbox"] {
        let said = run(&mut liveness(["sandbox", "--port", "0", "--host", wrong]));
        assert_eq!(said.code, 2, "{wrong}");
        assert!(said.stderr.contains("--host"), "{}", said.stderr);
    }
}
