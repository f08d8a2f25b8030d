//! What an operator's machine reads, and what people cannot.

use std::{fs, sync::Arc};

use http::Method;
use liveness::{Body, Error, ErrorKind, LivenessProvider, Request, Transport, UreqTransport};
use time::Duration;

use super::{Browser, ID_NUMBER, IDENTITY, NAME, NOW, World};
use crate::{
    operator::{Operator, builder},
    preparers::Preparers,
    visits::{Visits, store},
};

/// The status and the text at this path of the operator's address.
fn read(operator: &Operator, method: Method, path: &str, after: Duration) -> (u16, String) {
    let mut request = Request::new(Body::empty());
    *request.method_mut() = method;
    *request.uri_mut() = format!("http://127.0.0.1:9464{path}").parse().unwrap();
    let response = operator.answer(&request, NOW + after);
    (response.status().as_u16(), String::from_utf8(response.body().as_bytes().to_vec()).unwrap())
}

fn operated(run: impl FnOnce(&mut World, &Operator)) {
    let mut world = World::new();
    let recorder = builder().unwrap().build_recorder();
    let handle = recorder.handle();
    metrics::with_local_recorder(&recorder, || {
        let operator = Operator::new(handle, Visits::new(store(&world.folder).unwrap()));
        operator.has_swept(NOW);
        run(&mut world, &operator);
    });
}

#[test]
fn the_metrics_tell_of_photos_and_of_visits_in_doubt_and_of_no_person() {
    operated(|world, operator| {
        world.site.preparers = Preparers::with(1).with_observer(operator.observer());
        let (status, text) = read(operator, Method::GET, "/metrics", Duration::ZERO);
        assert!(status == 200 && text.contains("liveness_in_doubt 0"), "{text}");
        operator.start_at_zero(world.hosted.id(), Some(world.compare.id()));
        let (_, text) = read(operator, Method::GET, "/metrics", Duration::ZERO);
        let charges = r#"liveness_charges_possible_total{vendor="tencent-market",account="default",call="compare"} 0"#;
        assert!(text.contains(charges), "{text}");
        let mut browser = Browser::passed(&world.site);
        world.compare.next_begin(Err(Error::new(ErrorKind::OutcomeUnknown)));
        browser.send("/identify", &IDENTITY);
        let (_, text) = read(operator, Method::GET, "/metrics", Duration::ZERO);
        assert!(text.contains("liveness_in_doubt 1"), "{text}");
        assert!(text.contains(r#"liveness_photos_total{source="jpeg",result="#), "{text}");
        assert!(text.contains(r#"liveness_photo_stage_duration_seconds_bucket{stage="decode",le="0.001"}"#), "{text}");
        for canary in [NAME, ID_NUMBER, "token-1", "vendor.example"] {
            assert!(!text.contains(canary), "{canary} in {text}");
        }
    });
}

#[test]
fn it_is_well_while_visits_can_be_kept_and_open_checks_are_finished() {
    operated(|world, operator| {
        assert_eq!(read(operator, Method::GET, "/healthz", Duration::ZERO), (200, "ok\n".to_owned()));
        assert!(world.files().is_empty(), "what was tried out is gone again");
        let (status, why) = read(operator, Method::GET, "/healthz", Duration::minutes(6));
        assert_eq!((status, why.as_str()), (503, "open checks were not finished for five minutes\n"));
        operator.has_swept(NOW + Duration::minutes(6));
        assert_eq!(read(operator, Method::GET, "/healthz", Duration::minutes(7)).0, 200);
        fs::remove_dir_all(&world.folder).unwrap();
        fs::write(&world.folder, "a file in place of the folder").unwrap();
        let (status, why) = read(operator, Method::GET, "/healthz", Duration::minutes(7));
        fs::remove_file(&world.folder).unwrap();
        assert_eq!((status, why.as_str()), (503, "visits cannot be kept; the log says why\n"));
    });
}

#[test]
fn no_vendor_is_called_for_either_and_nothing_else_answers_there() {
    operated(|world, operator| {
        for path in ["/metrics", "/healthz"] {
            assert_eq!(read(operator, Method::GET, path, Duration::ZERO).0, 200);
            assert_eq!(read(operator, Method::POST, path, Duration::ZERO).0, 405);
        }
        assert_eq!(read(operator, Method::GET, "/", Duration::ZERO).0, 404);
        assert!(world.hosted.calls.lock().unwrap().is_empty() && world.compare.calls.lock().unwrap().is_empty());
    });
}

#[test]
fn people_reach_neither_by_the_address_of_the_site() {
    let world = World::new();
    let mut browser = Browser::new(&world.site);
    for path in ["/metrics", "/healthz"] {
        assert_eq!(browser.get(path).status, 404, "{path}");
    }
}

#[test]
fn over_a_socket_it_answers_at_an_address_of_its_own() {
    let world = World::new();
    let handle = builder().unwrap().build_recorder().handle();
    let operator = Arc::new(Operator::new(handle, Visits::new(store(&world.folder).unwrap())));
    let server = operator.serve("127.0.0.1:0".parse().unwrap()).unwrap();
    let mut request = Request::new(Body::empty());
    *request.uri_mut() = format!("{}/healthz", server.url()).parse().unwrap();
    let response = UreqTransport::new().send(request).unwrap();
    assert_eq!((response.status().as_u16(), response.body().as_bytes()), (200, &b"ok\n"[..]));
}
