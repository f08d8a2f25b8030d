//! Tests which providers are left out before any call, and which may be given a person's data.

use std::sync::Arc;

use liveness::{
    Check, ErrorKind, Goal, Input, LivenessProvider, Sandbox, TencentMarket,
    money::FailoverPolicy,
    photo::{ByteLimit, PhotoSpec},
};

use crate::{
    fixture::{Stub, Told, answered, check, hosted, listed, market, passed_over, set, set_of},
    support::{clock, liveness, same_person},
};

#[test]
fn who_cannot_establish_the_goal_is_left_out_and_the_verdict_says_so() {
    let clock = clock();
    let (a, b) = (hosted("a", &clock), market("b", &clock));
    let set = set([&a, &b]);
    let check = same_person().with_return_url(liveness().return_url().unwrap().clone());
    assert!(set.verify(&check).is_ok(), "one of them can");
    let progress = set.begin(&check).unwrap();
    assert!(progress.verdict().unwrap().has_established(Goal::SamePerson));
    assert_eq!(passed_over(&progress), ["jumdata/a (unsupported)"]);
    assert_eq!((a.calls(), b.charges()), (0, 1));
}

#[test]
fn who_cannot_take_the_photo_is_left_out_before_the_first_call() {
    let clock = clock();
    let (sandbox, b) = (Sandbox::new(), hosted("b", &clock));
    let tiny = PhotoSpec::TENCENT_MARKET.with_byte_limit(ByteLimit::Raw(10));
    let a = TencentMarket::new(Sandbox::tencent_market_credentials(), sandbox.clone()).with_photo_spec(tiny);
    let progress = set_of([Arc::new(a), b.provider.clone()]).begin(&check()).unwrap();
    assert_eq!(passed_over(&progress), ["tencent-market/default (invalid_check)"]);
    assert!(sandbox.ledger().entries().is_empty());
}

#[test]
fn if_nobody_can_the_first_says_why_and_nobody_is_asked() {
    let clock = clock();
    let (a, b) = (hosted("a", &clock), market("b", &clock));
    let set = set([&a, &b]);
    let check = Check::liveness().with_reference("order-7".parse().unwrap());
    let error = set.verify(&check).unwrap_err();
    assert_eq!(
        (error.kind(), error.field(), error.provider()),
        (ErrorKind::InvalidCheck, Some("return_url"), Some(a.id()))
    );
    let error = set.begin(&check).unwrap_err();
    assert_eq!(
        (error.kind(), error.field(), error.provider()),
        (ErrorKind::InvalidCheck, Some("return_url"), Some(a.id()))
    );
    assert_eq!(listed(error.passed_over()), ["tencent-market/b (invalid_check)"]);
    assert_eq!(error.reference().map(AsRef::as_ref), Some("order-7"));
    assert_eq!((a.calls(), b.calls()), (0, 0));
}

#[test]
fn the_requirements_of_a_set_are_those_of_its_first() {
    let clock = clock();
    let (a, b) = (hosted("a", &clock), market("b", &clock));
    assert_eq!(set([&a, &b]).requirements(), a.provider.requirements());
    let needed: Vec<_> = set([&b, &a]).requirements().needed(Goal::Liveness).collect();
    assert_eq!(needed, [Input::Identity, Input::Photo]);
}

#[test]
fn a_persons_data_goes_to_those_alone_whom_the_policy_names() {
    let clock = clock();
    let (a, b) = (market("a", &clock), market("b", &clock));
    let named = FailoverPolicy::new().with_identity_only_to([a.id().clone()]);
    let set = set([&a, &b]).with_policy(named);
    a.arm("denied");
    let error = set.begin(&check()).unwrap_err();
    assert_eq!(
        (error.kind(), listed(error.passed_over())),
        (ErrorKind::Denied, vec!["tencent-market/b (unsupported)".to_owned()])
    );
    assert_eq!(b.calls(), 0);
}

#[test]
fn a_photo_alone_is_a_persons_data_and_a_check_without_any_goes_to_all() {
    let named = FailoverPolicy::new().with_identity_only_to(["acme/a".parse().unwrap()]);
    let b = Stub::passing("acme/b");
    let set = set_of([b.clone()]).with_policy(named);
    let error = set.begin(&Check::liveness().with_photo(crate::support::photo())).unwrap_err();
    assert_eq!((error.kind(), error.field(), b.asked()), (ErrorKind::Unsupported, Some("identity"), 0));
    assert_eq!(answered(&set.begin(&Check::liveness()).unwrap()), "acme/b");
}

#[test]
fn a_check_of_liveness_is_kept_from_who_compares_the_identity_too_if_the_policy_says_so() {
    let clock = clock();
    let (a, b, told) = (hosted("a", &clock), market("b", &clock), Told::default());
    let set = set([&a, &b]).with_policy(FailoverPolicy::new().with_same_goal_only(true)).with_observer(told.clone());
    a.arm("denied");
    assert_eq!(set.begin(&check()).unwrap_err().kind(), ErrorKind::Denied);
    assert_eq!(told.take(), ["passed over jumdata/a (denied)", "passed over tencent-market/b (unsupported)"]);
    assert_eq!(b.calls(), 0);
    let progress = set.begin(&same_person()).unwrap();
    assert_eq!(answered(&progress), "tencent-market/b", "there the goal asks for it");
}
