//! Tests that a real transport over a real socket gives the same result for each fault.

use std::{sync::Mutex, thread, time::Duration};

use liveness::{
    AttemptTimeout, Body, Charges, Ran, Response, Sandbox, Transport, TransportError, UreqTransport, sandbox::Fault,
};

use crate::{
    cell::{Bench, Door, Lasts, Setting, Trouble},
    matrix::{is_as, lie},
    rule::{Expected, expected},
    support,
};

/// Long enough for an honest answer on a busy machine; a stall lasts as long.
const ATTEMPT_TIMEOUT: Duration = Duration::from_secs(1);

/// What an answer without an end soon exceeds.
fn transport() -> UreqTransport {
    UreqTransport::new().with_max_response_bytes(100_000)
}

/// What a call over a socket must come to, where that is not what it is in process.
fn over_a_socket(door: Door, fault: Fault) -> Expected {
    let expected = expected(door, Trouble::Of(fault), lasts(fault), Setting::Default);
    match (fault, door, expected.error) {
        // So soon a drip has not said what the call cost.
        (Fault::DripAnswer, Door::Init, Some((kind, _, again))) => {
            Expected { error: Some((kind, Ran::Maybe, again)), charges: Charges::new(0, 1), ..expected }
        }
        _ => expected,
    }
}

/// A refused connection reaches no server that could count it: the port is closed for a while.
fn lasts(fault: Fault) -> Lasts {
    if fault == Fault::Refuse { Lasts::EveryAttempt } else { Lasts::OneAttempt }
}

#[test]
fn over_a_socket_each_fault_comes_to_the_same() {
    let wrong = Mutex::new(Vec::new());
    thread::scope(|scope| {
        for door in Door::ALL {
            let wrong = &wrong;
            scope.spawn(move || {
                for fault in Fault::ALL.iter().copied() {
                    // No wait of ours is real; the vendor's are.
                    let clock = support::clock();
                    let sandbox = Sandbox::builder().with_clock(clock.clone()).build();
                    let server = sandbox.serve("127.0.0.1:0").unwrap();
                    let bench = Bench::over(transport(), sandbox, clock, Some(server.url()), Setting::Default)
                        .with_attempt_timeout(ATTEMPT_TIMEOUT);
                    let seen = bench.meet(door, Trouble::Of(fault), lasts(fault));
                    let expected = over_a_socket(door, fault);
                    if !is_as(&seen, &expected, door) || lie(&seen).is_some() {
                        let text = format!("{door:?} × {fault:?}\n   is        {seen:?}\n   should be {expected:?}");
                        wrong.lock().unwrap().push(text);
                    }
                }
            });
        }
    });
    let wrong = wrong.into_inner().unwrap();
    assert!(wrong.is_empty(), "{} cells:\n{}", wrong.len(), wrong.join("\n"));
}

#[test]
fn in_process_the_sandbox_reports_what_a_real_transport_does() {
    let shape = |answer: Result<Response, TransportError>| match answer {
        Ok(answer) => Ok((answer.status(), answer.version(), answer.body().is_empty())),
        Err(error) => Err((error.kind(), error.may_have_been_sent(), error.is_permanent())),
    };
    for fault in Fault::ALL.iter().copied() {
        let [served, sandbox] = [(), ()].map(|()| Sandbox::builder().with_clock(support::clock()).build());
        let server = served.serve("127.0.0.1:0").unwrap();
        let send = |sandbox: &Sandbox, transport: &dyn Transport, base: &str| {
            sandbox.arm_fault(fault, 1);
            let url = format!("{base}/lifecheck/h5/v2/init");
            let mut request = http::Request::post(url).body(Body::from("appId=any")).unwrap();
            request.extensions_mut().insert(AttemptTimeout(ATTEMPT_TIMEOUT));
            let answer = shape(transport.send(request));
            sandbox.disarm();
            answer
        };
        let over_a_socket = send(&served, &transport(), &server.url());
        assert_eq!(send(&sandbox, &sandbox, "https://api.jumdata.com"), over_a_socket, "{fault:?}");
    }
}
