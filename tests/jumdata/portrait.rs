//! The portrait that a passed check yielded.

use super::*;

fn passed() -> Verdict {
    Verdict::new(Outcome::Passed, Receipt::new(ProviderId::new("jumdata", "default").unwrap()))
        .with_portrait_url("https://oss.example/f")
}

fn portrait(url: &str, provider: impl Fn(Jumdata) -> Jumdata) -> Result<Portrait, ErrorKind> {
    let recorder = Recorder::new([ok("jpeg")]);
    let verdict = Verdict::new(Outcome::Passed, Receipt::new(ProviderId::new("jumdata", "default").unwrap()))
        .with_portrait_url(url);
    provider(jumdata(&recorder)).portrait(&verdict).map(Option::unwrap).map_err(|error| {
        assert!(recorder.requests().is_empty() && (url.is_empty() || !error.to_string().contains(url)));
        error.kind()
    })
}

#[test]
fn a_portrait_is_fetched_over_https_or_from_the_endpoints_own_origin() {
    let local = |provider: Jumdata| provider.with_endpoint("http://127.0.0.1:8787").unwrap();
    assert!(portrait("https://oss.example/f.jpg?x=1", |p| p).is_ok());
    assert!(portrait("http://127.0.0.1:8787/f.jpg", local).is_ok());
    for unsafe_url in [
        "http://oss.example/f.jpg",
        "http://127.0.0.1:8788/f.jpg",
        "https://127.0.0.1:8787/f.jpg",
        "ftp://oss.example/f.jpg",
        "file:///etc/passwd",
        "",
        "https://",
        "https://u@oss.example/f.jpg",
    ] {
        assert_eq!(portrait(unsafe_url, local), Err(ErrorKind::Protocol), "{unsafe_url}");
    }
}

#[test]
fn a_portrait_is_never_fetched_from_a_private_address() {
    for host in [
        "127.0.0.1",
        "10.1.2.3",
        "172.16.0.1",
        "192.168.1.1",
        "169.254.169.254",
        "100.64.0.1",
        "0.0.0.0",
        "127.1",
        "2130706433",
        "0x7f.1",
        "0x7f000001",
        "localhost",
        "a.localhost",
        "LOCALHOST.",
        "[::1]",
        "[::]",
        "[fd00::1]",
        "[fe80::1]",
        "[::ffff:127.0.0.1]",
        "[::127.0.0.1]",
        "224.0.0.1",
        "255.255.255.255",
    ] {
        assert_eq!(portrait(&format!("https://{host}/f.jpg"), |p| p), Err(ErrorKind::Protocol), "{host}");
    }
    assert!(
        portrait("https://8.8.8.8/f.jpg", |p| p).is_ok() && portrait("https://[2400:3200::1]/f.jpg", |p| p).is_ok()
    );
}

#[test]
fn a_portrait_that_cannot_be_had_costs_nothing() {
    for (answer, kind, again) in [
        (Err(TransportError::new("reset")), ErrorKind::Unavailable, Again::Safe),
        (status(503, "x"), ErrorKind::Unavailable, Again::Safe),
        (status(403, "expired"), ErrorKind::Vendor, Again::Never),
        (status(302, "elsewhere"), ErrorKind::Vendor, Again::Never),
        (ok(""), ErrorKind::Vendor, Again::Never),
    ] {
        let provider = jumdata(&Recorder::new([answer])).with_retry(RetryPolicy::never());
        let error = provider.portrait(&passed()).unwrap_err();
        assert_eq!((error.kind(), error.again(), error.billed()), (kind, again, Billed::No));
    }
}

#[test]
fn the_operator_may_narrow_the_portraits_hosts() {
    let narrowed = |provider: Jumdata| provider.with_portrait_hosts(["oss.example"]);
    assert!(portrait("https://OSS.example/f.jpg", narrowed).is_ok());
    assert_eq!(portrait("https://evil.example/f.jpg", narrowed), Err(ErrorKind::Protocol));
}

#[test]
fn a_verdict_without_a_portrait_needs_no_call() {
    let verdict = Verdict::new(Outcome::Passed, Receipt::new(ProviderId::new("jumdata", "default").unwrap()));
    assert_eq!(jumdata(&Recorder::new([])).portrait(&verdict).unwrap(), None);
}

#[test]
fn a_portrait_that_is_lost_or_cannot_be_served_is_fetched_again() {
    let recorder = Recorder::new([Err(TransportError::new("reset")), status(503, "busy"), ok("jpeg")]);
    assert_eq!(jumdata(&recorder).portrait(&passed()).unwrap(), Some(Portrait::new(*b"jpeg")));
}

#[test]
fn a_portrait_that_is_too_long_is_fetched_once() {
    let longest = "x".repeat(4_000_000);
    assert!(jumdata(&Recorder::new([ok(&longest)])).portrait(&passed()).is_ok());
    for answer in
        [ok(&(longest + "x")), Err(TransportError::new("the answer is longer than 4000000 bytes").permanent())]
    {
        let recorder = Recorder::new([answer]);
        let error = jumdata(&recorder).portrait(&passed()).unwrap_err();
        assert_eq!((error.kind(), error.again(), error.billed()), (ErrorKind::Vendor, Again::Never, Billed::No));
        assert!(!error.to_string().contains("could not be reached"), "{error}");
    }
}

#[test]
fn another_accounts_verdict_is_refused_before_any_call() {
    let stranger = Verdict::new(Outcome::Passed, Receipt::new(ProviderId::new("jumdata", "other").unwrap()))
        .with_portrait_url("https://oss.example/f");
    let error = jumdata(&Recorder::new([])).portrait(&stranger).unwrap_err();
    assert_eq!((error.kind(), error.field(), error.billed()), (ErrorKind::InvalidCheck, Some("verdict"), Billed::No));
}
