//! Tests where a request must not go: plain http elsewhere, a proxy that was not asked for, no scheme at all.

use std::{
    env,
    io::{ErrorKind, Write},
    net::TcpListener,
    process::Command,
};

use liveness::{ErrorKind as Kind, Transport, UreqTransport};

use crate::{
    assert_refused, assert_unsent, get,
    loopback::{Identity, Loopback, read_request},
    post, send,
};

const REFUSED: &str = "plain http is allowed to this machine only; use https";

/// A listening socket that fails the test if anybody knocks.
struct Untouched(TcpListener);

impl Untouched {
    fn new() -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        listener.set_nonblocking(true).unwrap();
        Self(listener)
    }

    fn port(&self) -> u16 {
        self.0.local_addr().unwrap().port()
    }

    #[track_caller]
    fn assert_untouched(&self) {
        assert_eq!(self.0.accept().unwrap_err().kind(), ErrorKind::WouldBlock);
    }
}

#[test]
fn plain_http_to_another_host_is_refused_before_any_packet() {
    let untouched = Untouched::new();
    let port = untouched.port();
    for host in [
        "vendor.example",
        "127.0.0.1.example",
        "localhost.example",
        "127.0.0.1@vendor.example",
        "localhost:80@vendor.example",
        "10.0.0.1",
        "127.1",
        "0x7f.0.0.1",
        "2130706433",
        "0.0.0.0",
        "[::]",
        "[::ffff:127.0.0.1]",
        "[fe80::1]",
    ] {
        assert_refused(send(post(format!("http://{host}:{port}/"))), REFUSED);
        assert_refused(send(get(format!("http://{host}:{port}/"))), REFUSED);
    }
    untouched.assert_untouched();
}

#[test]
fn plain_http_to_this_machine_is_sent() {
    for host in ["127.0.0.1", "localhost", "LOCALHOST"] {
        let server = Loopback::answering("HTTP/1.1 204 No Content\r\n\r\n");
        assert_eq!(send(post(format!("http://{host}:{}/", server.address.port()))).unwrap().status(), 204);
    }
    // Refused by the system, not by us: nothing listens on these.
    let untouched = Untouched::new();
    for host in ["127.1.2.3", "[::1]"] {
        let error = send(post(format!("http://{host}:{}/", untouched.port()))).unwrap_err();
        assert!(!error.to_string().contains(REFUSED), "{error}");
    }
}

#[test]
fn plain_http_to_any_host_is_sent_when_allowed() {
    let server = Loopback::answering("HTTP/1.1 204 No Content\r\n\r\n");
    let transport = UreqTransport::new().allow_plain_http();
    // Only the system reads this as 127.0.0.1.
    let url = format!("http://127.1:{}/", server.address.port());
    assert_eq!(transport.send(post(url)).unwrap().status(), 204);
}

#[test]
fn an_address_that_is_no_web_address_is_refused() {
    for (url, reason) in [
        ("/compare?token=t", "names no host"),
        ("vendor.example:443", "must begin with https://"),
        ("ftp://vendor.example/", "must begin with https://"),
        ("socks5://vendor.example/", "must begin with https://"),
    ] {
        assert_refused(UreqTransport::new().allow_plain_http().send(post(url)), reason);
    }
}

#[test]
fn proxies_of_the_environment_are_not_used() {
    const CHILD: &str = "LIVENESS_TEST_IS_CHILD";
    if env::var_os(CHILD).is_some() {
        // With a proxy, the name would be the proxy's to find.
        assert!(env::var_os("ALL_PROXY").is_some());
        for scheme in ["http", "https"] {
            let error = UreqTransport::new().allow_plain_http().send(post(format!("{scheme}://vendor.invalid/")));
            assert_unsent(error, "");
        }
        return;
    }
    let proxy = Untouched::new();
    let mut child = Command::new(env::current_exe().unwrap());
    child.args(["--exact", "safety::proxies_of_the_environment_are_not_used"]).env(CHILD, "1");
    for name in ["ALL_PROXY", "HTTP_PROXY", "HTTPS_PROXY", "all_proxy", "http_proxy", "https_proxy"] {
        child.env(name, format!("http://127.0.0.1:{}", proxy.port()));
    }
    let output = child.output().unwrap();
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stdout));
    assert!(String::from_utf8_lossy(&output.stdout).contains("1 passed"));
    proxy.assert_untouched();
}

#[test]
fn a_named_proxy_is_asked_to_connect_and_its_refusal_is_unsent() {
    for request in [post, get] {
        let proxy = Loopback::once(|mut stream| {
            let asked = String::from_utf8(read_request(&mut stream)).unwrap();
            assert!(asked.starts_with("CONNECT vendor.invalid:443 HTTP/1.1\r\n"), "{asked}");
            // Basic, of user:s3cret.
            assert!(asked.contains("Proxy-Authorization: Basic dXNlcjpzM2NyZXQ=\r\n"), "{asked}");
            stream.write_all(b"HTTP/1.1 407 Proxy Authentication Required\r\n\r\n").unwrap();
        });
        let transport = UreqTransport::new().with_proxy(&format!("http://user:s3cret@{}", proxy.address)).unwrap();
        assert_unsent(transport.send(request("https://vendor.invalid/?token=t")), "the proxy refused the connection");
    }
}

/// Else what may be plain because it stays on this machine would leave it.
#[test]
fn requests_to_this_machine_go_around_the_proxy() {
    let proxy = Untouched::new();
    let transport = UreqTransport::new().with_proxy(&format!("http://127.0.0.1:{}", proxy.port())).unwrap();
    let server = Loopback::answering("HTTP/1.1 204 No Content\r\n\r\n");
    assert_eq!(transport.send(post(server.http())).unwrap().status(), 204);
    proxy.assert_untouched();
}

#[test]
fn a_setting_that_cannot_work_is_refused_and_named() {
    for url in ["", "socks5://proxy.example:1080", "ftp://proxy.example", "/proxy", "http://"] {
        let error = UreqTransport::new().with_proxy(url).unwrap_err();
        assert_eq!(error.kind(), Kind::Configuration, "{url}");
        assert!(error.to_string().contains("proxy"), "{error}");
    }
    let key = "-----BEGIN PRIVATE KEY-----\nMAA=\n-----END PRIVATE KEY-----\n";
    let damaged = "-----BEGIN CERTIFICATE-----\nMAA=\n-----END CERTIFICATE-----\n";
    let one_damaged = format!("{}{damaged}", Identity::new().pem);
    for pem in
        ["", "not PEM", "-----BEGIN CERTIFICATE-----\n!\n-----END CERTIFICATE-----\n", key, damaged, &one_damaged]
    {
        let error = UreqTransport::new().with_root_certificates(pem.as_bytes()).unwrap_err();
        assert_eq!(error.kind(), Kind::Configuration, "{pem}");
        assert!(error.to_string().contains("root_certificates"), "{error}");
    }
}
