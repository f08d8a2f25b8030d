//! Settings that cannot stand in a request are refused before anything is sent.

use liveness::{ErrorKind, LivenessProvider, TencentMarket};

use crate::support::{Recorder, same_person};

#[test]
fn settings_that_cannot_be_sent_are_refused_when_they_are_made() {
    let credentials = || liveness::tencent_market::Credentials { secret_id: "id".into(), secret_key: "key".into() };
    let provider = || TencentMarket::new(credentials(), Recorder::new([]));
    assert_eq!(provider().with_source("鱼").unwrap_err().field(), Some("source"));
    assert_eq!(provider().with_endpoint("gateway.example").unwrap_err().field(), Some("endpoint"));
    let provider = TencentMarket::new(
        liveness::tencent_market::Credentials { secret_id: "id\n".into(), secret_key: "key".into() },
        Recorder::new([]),
    );
    assert_eq!(provider.begin(&same_person()).unwrap_err().kind(), ErrorKind::Configuration);
}
