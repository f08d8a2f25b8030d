//! Another vendor, whose code goes through the client, is seen as this crate's own are.

#[path = "../../examples/third_vendor.rs"]
#[allow(dead_code, unreachable_pub, missing_docs, reason = "the example as it stands")]
mod third_vendor;

use liveness::{
    Body, Check, LivenessProvider, Request, Response,
    observe::{MetricsObserver, TracingObserver},
};

use self::third_vendor::Acme;
use crate::{
    capture::{Told, capture, sum},
    support::{liveness, same_person},
};

#[test]
fn the_calls_of_the_third_vendors_example_are_told_with_their_names_and_codes() {
    let told = Told::default();
    let seen = capture(|| {
        let vendor = |request: Request| {
            let code = if request.uri().path() == "/fetch" { "3" } else { "1" };
            let code = if request.uri().path() == "/open" { "0" } else { code };
            Ok(Response::new(Body::from(format!(r#"{{"code":"{code}","id":"A-1","token":"t-1"}}"#))))
        };
        let observer = (told.clone(), (TracingObserver::new(), MetricsObserver::new()));
        let acme = Acme::new("acme/a".parse().unwrap(), "k3y-canary", vendor).with_observer(observer);
        assert!(acme.begin(&same_person()).unwrap().verdict().unwrap().is_passed());
        let session = acme.begin(&liveness()).unwrap().into_verdict().unwrap_err();
        let _ = acme.resume(&session).unwrap();
        acme.begin(&Check::liveness()).unwrap_err();
    });
    let names =
        seen.trace.named("liveness.call").iter().map(|call| call.get("liveness.call").to_owned()).collect::<Vec<_>>();
    assert_eq!(names, ["compare", "open", "fetch"]);
    assert_eq!(seen.trace.named("liveness.attempt").len(), 3);
    assert_eq!(sum(&seen.metrics, "liveness_charges_certain_total", &[r#"call="compare""#]), 1.0, "{}", seen.metrics);
    assert_eq!(sum(&seen.metrics, "liveness_vendor_codes_total", &[r#"code="1""#]), 1.0);
    assert_eq!(sum(&seen.metrics, "liveness_calls_total", &[r#"result="pending""#]), 2.0);
    assert!(told.names().contains(&"CallRefused".to_owned()));
    assert!(!seen.printed.contains("canary"));
}
