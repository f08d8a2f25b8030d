//! Tests which error a set gives when no provider answered.

use liveness::{Again, Error, ErrorKind, Language, LivenessProvider, Ran, money::FailoverPolicy};

use crate::{
    fixture::{Stub, check, hosted, listed, market, set, set_of},
    support::clock,
};

fn error(first: Error, second: Error) -> Error {
    let set = set_of([Stub::failing("acme/a", first), Stub::failing("acme/b", second)]);
    set.with_policy(FailoverPolicy::new().with_after_doubt(true)).begin(&check()).unwrap_err()
}

#[test]
fn the_error_is_the_one_that_decides_what_to_do_next() {
    use ErrorKind::{Configuration, Credentials, Denied, InvalidCheck, OutcomeUnknown, RateLimited, Vendor};
    let doubt = "the doubt stays, whatever others say";
    for (first, second, chosen, why) in [
        (Credentials, RateLimited, "acme/b", "the set may be asked again later"),
        (RateLimited, Credentials, "acme/a", "the set may be asked again later"),
        (Credentials, Denied, "acme/a", "the first of two that somebody must mend"),
        (RateLimited, RateLimited, "acme/a", "the first of two that pass by themselves"),
        (OutcomeUnknown, RateLimited, "acme/a", doubt),
        (OutcomeUnknown, InvalidCheck, "acme/a", doubt),
        (RateLimited, OutcomeUnknown, "acme/b", doubt),
        (Vendor, OutcomeUnknown, "acme/a", "the first of two that may have run"),
        (RateLimited, InvalidCheck, "acme/b", "it ended the search"),
        (Configuration, RateLimited, "acme/b", "the set may be asked again later"),
    ] {
        let error = error(Error::new(first), Error::new(second));
        let (kind, other) = if chosen == "acme/a" {
            (first, format!("acme/b ({second})"))
        } else {
            (second, format!("acme/a ({first})"))
        };
        assert_eq!(error.provider().unwrap().to_string(), chosen, "{first}, {second}: {why}");
        assert_eq!((error.kind(), listed(error.passed_over())), (kind, vec![other]), "{first}, {second}");
    }
}

#[test]
fn a_set_in_doubt_is_never_called_safe_to_repeat() {
    let error = error(Error::new(ErrorKind::OutcomeUnknown), Error::new(ErrorKind::RateLimited));
    assert_eq!((error.again(), error.ran(), error.charges().possible()), (Again::MayBillAgain, Ran::Maybe, 2));
}

#[test]
fn who_was_left_out_is_not_the_error_where_somebody_was_asked() {
    let clock = clock();
    let (a, b) = (hosted("a", &clock), market("b", &clock));
    b.arm("credentials");
    let error = set([&a, &b]).begin(&crate::support::same_person()).unwrap_err();
    assert_eq!(
        (error.kind(), listed(error.passed_over())),
        (ErrorKind::Credentials, vec!["jumdata/a (unsupported)".to_owned()])
    );
}

#[test]
fn the_message_names_the_others_in_both_languages_and_so_does_a_record() {
    let error = error(Error::new(ErrorKind::RateLimited), Error::new(ErrorKind::Credentials));
    let english = "acme/a: rate limited [reference order-7, skipped acme/b (credentials)]. Slow down and retry later";
    assert_eq!(error.to_string(), english);
    assert!(error.message(Language::Chinese).contains("，已跳过 acme/b (credentials)。"));
    assert!(format!("{error:?}").contains("acme"), "{error:?}");
    assert_eq!(Error::from(error.record()).to_string(), english);
}
