//! Which addresses are refused, and which are what they look like.

use liveness::{ErrorKind, Jumdata, LivenessProvider, Outcome, ProviderId, Receipt, TencentMarket, Verdict};

use crate::support::{Recorder, clock, ok};

#[test]
fn an_endpoint_holds_no_user_and_no_fragment() {
    for (bad, rule) in [
        ("https://a.example/#part", "no user, query or fragment"),
        ("https://a.example#", "no user, query or fragment"),
        ("https://user@a.example/", "no user, query or fragment"),
        ("https://a.example/?", "no user, query or fragment"),
        ("https:///path", ""),
    ] {
        let market = TencentMarket::new("id", "key", Recorder::default()).with_endpoint(bad).unwrap_err();
        let jumdata = Jumdata::new("id", "key", Recorder::default()).with_endpoint(bad).unwrap_err();
        for error in [market, jumdata] {
            assert_eq!(error.field(), Some("endpoint"), "{bad}");
            assert!(error.to_string().contains(rule) && !error.to_string().contains("a.example"), "{bad}: {error}");
        }
    }
}

#[test]
fn a_host_may_end_in_a_dot_and_stays_what_it_is() {
    let fetch = |url: &str| {
        let recorder = Recorder::new([ok("portrait")]);
        let verdict = Verdict::new(Outcome::Passed, Receipt::new(ProviderId::new("jumdata", "default")));
        Jumdata::new("id", "secret", recorder.clone())
            .with_clock(clock())
            .portrait(&verdict.with_portrait_url(url))
            .map(|_| recorder.requests().len())
    };
    assert_eq!(fetch("https://oss.example./f").unwrap(), 1);
    assert_eq!(fetch("https://oss1.example/f").unwrap(), 1);
    for private in ["localhost.", "a.localhost.", "10.1.2.3.", "2130706433.", "127.1.", "0x7f.1.", "1.0x7f"] {
        assert_eq!(fetch(&format!("https://{private}/f")).unwrap_err().kind(), ErrorKind::Protocol, "{private}");
    }
}
