use liveness::{
    Again, Billed, Error, ErrorKind, LivenessProvider, Progress, Receipt, Reference, RetryPolicy, Verdict,
    codes::{CodeInfo, Meaning},
    jumdata,
    sandbox::{Answer, Scenario, Vendor},
    tencent_market,
};

use crate::support::*;

/// What a row promises, held against what came of it.
fn assert_is(row: CodeInfo, billed: Billed, got: Result<Verdict, Error>) {
    let code = row.code();
    match (row.meaning(), got) {
        (Meaning::Verdict { outcome, live, .. }, Ok(verdict)) => {
            assert_eq!((verdict.outcome(), verdict.live(), verdict.billed()), (outcome, live, billed), "{code}");
            assert_receipt(verdict.receipt(), row, live);
        }
        (Meaning::Error { kind, again, field, .. }, Err(error)) => {
            let got = (error.kind(), error.again(), error.field(), error.billed());
            let billed = if again == Again::Safe { Billed::No } else { billed };
            assert_eq!(got, (kind, again, field, billed), "{code}");
            assert_eq!((error.vendor_code(), error.vendor_message()), (Some(code), Some(said(row, None))));
            assert!(error.request_id().is_some() && error.provider().is_some(), "{code}");
        }
        (becomes, got) => panic!("{code} should be {becomes:?}, is {got:?}"),
    }
}

/// The vendor's own text.
fn said(row: CodeInfo, live: Option<bool>) -> &'static str {
    match (row.code(), live) {
        // A result's 200 has a text of its own.
        ("200", Some(true)) => "活体检测通过",
        _ => row.vendor_text().unwrap(),
    }
}

fn assert_receipt(receipt: &Receipt, row: CodeInfo, live: Option<bool>) {
    assert_eq!((receipt.vendor_code(), receipt.vendor_message()), (Some(row.code()), Some(said(row, live))));
    assert!(receipt.request_id().is_some() && receipt.is_sandbox());
}

#[test]
fn every_code_of_the_listing_becomes_what_its_row_says() {
    for code in tencent_market::Code::ALL {
        let bench = bench();
        let tencent = bench.tencent.clone().with_retry(RetryPolicy::never());
        bench.arm(code.info().code());
        let got = tencent.begin(&same_person()).map(done);
        if let Ok(verdict) = &got {
            assert_eq!(
                (verdict.receipt().vendor_time(), verdict.receipt().reference().map(Reference::as_str)),
                (Some(START), Some("order-7"))
            );
        }
        assert_is(code.info(), code.info().billed(), got);
        assert_eq!(bench.sandbox.ledger().entries().len(), 1);
    }
}

#[test]
fn every_code_of_jumdatas_becomes_what_its_row_says_on_a_result() {
    for code in jumdata::Code::ALL {
        let bench = bench();
        let session = bench.filmed();
        bench.arm(code.info().code());
        let got = bench.jumdata.clone().with_retry(RetryPolicy::never()).resume(&session);
        match (code.info().meaning(), got) {
            (Meaning::Pending, Ok(Progress::Pending(pending))) => assert_eq!(pending, with_a_result_asked(&session)),
            (_, got) => assert_is(code.info(), code.info().billed(), got.map(done)),
        }
    }
}

#[test]
fn every_refusal_of_jumdatas_becomes_what_its_row_says_on_init_too() {
    for code in jumdata::Code::ALL {
        let Meaning::Error { kind, .. } = code.info().meaning() else { continue };
        if kind == ErrorKind::Expired {
            continue;
        }
        let bench = bench();
        bench.arm(code.info().code());
        let got = bench.jumdata.clone().with_retry(RetryPolicy::never()).begin(&hosted()).map(done);
        // Init's answers say of themselves what they cost.
        assert_is(code.info(), Billed::No, got);
    }
}

#[test]
fn every_refusal_of_the_gateway_becomes_what_its_row_says_under_each_of_its_statuses() {
    let mut seen = Vec::new();
    for scenario in Scenario::all() {
        let Ok(Answer::Gateway { status, message }) = scenario.answer_for(Vendor::TencentMarket) else { continue };
        for forbidden in [false, true] {
            let bench = bench_with(|sandbox| if forbidden { sandbox.with_forbidden_signatures() } else { sandbox });
            bench.sandbox.arm(scenario);
            let tencent = bench.tencent.clone().with_retry(RetryPolicy::never());
            let error = tencent.begin(&same_person()).unwrap_err();
            let status = if forbidden && status == 401 { 403 } else { status };
            let refusal = tencent_market::Refusal::find(status, error.vendor_message().unwrap()).unwrap();
            let fits = |text: &&&str| message.contains(text.trim_end_matches(" …"));
            assert!(refusal.texts().is_empty() || refusal.texts().iter().any(|text| fits(&text)), "{message}");
            seen.push(*refusal);
            let Meaning::Error { kind, again, .. } = refusal.meaning() else { panic!("{message} is an error") };
            let got = (error.kind(), error.again(), error.billed());
            assert_eq!(got, (kind, again, refusal.billed()), "{status} {message}");
            assert_eq!(bench.sandbox.ledger().entries().len(), 1, "{message}: never sent again");
        }
    }
    for refusal in tencent_market::Refusal::ALL {
        assert!(seen.contains(refusal), "{refusal:?}");
    }
}

#[test]
fn an_undocumented_code_is_kept_verbatim_and_a_stranger_in_between_is_an_unknown_outcome() {
    let bench = bench();
    bench.arm("undocumented-code");
    let error = bench.compare().unwrap_err();
    assert_eq!(
        (error.kind(), error.again(), error.vendor_code(), error.billed()),
        (ErrorKind::Vendor, Again::Never, Some("P9999"), Billed::Unknown)
    );
    bench.arm("undocumented-code");
    let error = bench.jumdata.begin(&hosted()).unwrap_err();
    assert_eq!((error.kind(), error.again(), error.vendor_code()), (ErrorKind::Vendor, Again::Never, Some("777")));
    bench.arm("outcome-unknown");
    let error = bench.jumdata.begin(&hosted()).unwrap_err();
    assert_eq!((error.kind(), error.billed()), (ErrorKind::OutcomeUnknown, Billed::Unknown));
}

#[test]
fn every_neutral_scenario_becomes_for_either_vendor_what_its_answer_says() {
    for scenario in Scenario::all() {
        for vendor in Vendor::ALL.iter().copied() {
            let Ok(answer) = scenario.answer_for(vendor) else { continue };
            let bench = bench();
            bench.sandbox.set_default(scenario);
            let got = match vendor {
                Vendor::TencentMarket => bench.tencent.begin(&same_person()),
                Vendor::Jumdata => bench.jumdata.begin(&hosted()).and_then(|progress| match progress {
                    Progress::Pending(session) => {
                        bench.sandbox.finish(&session);
                        bench.jumdata.resume(&session)
                    }
                    done => Ok(done),
                }),
            };
            let why = format!("{scenario:?} of {vendor}: {got:?}");
            match answer.meaning() {
                Meaning::Verdict { outcome, live, .. } => {
                    let verdict = done(got.unwrap());
                    assert_eq!((verdict.outcome(), verdict.live()), (outcome, live), "{why}");
                }
                Meaning::Pending => assert!(matches!(got, Ok(Progress::Pending(_))), "{why}"),
                Meaning::Error { kind, .. } => assert_eq!(got.unwrap_err().kind(), kind, "{why}"),
                other => panic!("{other:?}: {why}"),
            }
        }
    }
}

#[test]
fn a_wrong_key_is_told_as_the_vendor_tells_it() {
    let bench = bench();
    let wrong = |id: &str, key: &str| {
        let tencent = liveness::TencentMarket::new(
            liveness::tencent_market::Credentials { secret_id: id.into(), secret_key: key.into() },
            bench.sandbox.clone(),
        )
        .with_clock(bench.clock.clone());
        tencent.begin(&same_person()).unwrap_err()
    };
    for error in
        [wrong("other", liveness::Sandbox::TENCENT_SECRET_KEY), wrong(liveness::Sandbox::TENCENT_SECRET_ID, "other")]
    {
        assert_eq!((error.kind(), error.again()), (ErrorKind::Credentials, Again::Never));
    }
    let jumdata = liveness::Jumdata::new(
        liveness::jumdata::Credentials { app_id: liveness::Sandbox::JUMDATA_APP_ID.into(), app_secret: "other".into() },
        bench.sandbox.clone(),
    );
    let error = jumdata.begin(&hosted()).unwrap_err();
    assert_eq!((error.kind(), error.vendor_code()), (ErrorKind::Protocol, Some("400")));
    assert_eq!(bench.sandbox.ledger().charges(), 0);
}
