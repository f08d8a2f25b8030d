//! Tests which addresses are refused, and which are accepted.

use liveness::{ErrorKind, Jumdata, LivenessProvider, Outcome, ProviderId, Ran, Receipt, TencentMarket, Verdict};

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
        let market = TencentMarket::new(
            liveness::tencent_market::Credentials { secret_id: "id".into(), secret_key: "key".into() },
            Recorder::default(),
        )
        .with_endpoint(bad)
        .unwrap_err();
        let jumdata = Jumdata::new(
            liveness::jumdata::Credentials { app_id: "id".into(), app_secret: "key".into() },
            Recorder::default(),
        )
        .with_endpoint(bad)
        .unwrap_err();
        for error in [market, jumdata] {
            assert_eq!(error.field(), Some("endpoint"), "{bad}");
            assert!(error.to_string().contains(rule) && !error.to_string().contains("a.example"), "{bad}: {error}");
        }
    }
}

#[test]
fn a_portrait_comes_from_public_hosts_alone_also_where_one_ends_in_a_dot() {
    let fetch = |url: &str| {
        let recorder = Recorder::new([ok("portrait")]);
        let verdict = Verdict::new(Outcome::Passed, Receipt::new(ProviderId::new("jumdata", "default").unwrap()));
        Jumdata::new(
            liveness::jumdata::Credentials { app_id: "id".into(), app_secret: "secret".into() },
            recorder.clone(),
        )
        .with_clock(clock())
        .portrait(&verdict.with_portrait_url(url))
        .map(|_| recorder.requests().len())
    };
    assert_eq!(fetch("https://oss.example./f").unwrap(), 1);
    assert_eq!(fetch("https://oss1.example/f").unwrap(), 1);
    // Beside each private range.
    for public in ["8.8.8.8", "100.63.0.1", "100.128.0.1", "101.64.0.1", "99.127.0.1", "172.32.0.1", "[2400:3200::1]"] {
        assert_eq!(fetch(&format!("https://{public}/f")).unwrap(), 1, "{public}");
    }
    for private in
        ["0.1.2.3", "100.64.0.1", "100.127.255.255", "224.0.0.1", "255.255.255.255", "[ff02::1]", "[fe80::1]"]
    {
        let error = fetch(&format!("https://{private}/f")).unwrap_err();
        assert_eq!((error.kind(), error.ran()), (ErrorKind::Protocol, Ran::No), "{private}");
    }
    for private in ["localhost.", "a.localhost.", "10.1.2.3.", "2130706433.", "127.1.", "0x7f.1.", "1.0x7f"] {
        assert_eq!(fetch(&format!("https://{private}/f")).unwrap_err().kind(), ErrorKind::Protocol, "{private}");
    }
}
