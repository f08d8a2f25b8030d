//! A Redis that may lose what it acknowledged, and an address that names none.

use liveness_fleet::{
    durable::{Refused, check},
    link::Link,
};

use crate::redis::{DURABLE, Redis};

#[test]
fn each_setting_that_loses_something_is_refused_whatever_the_operator_says() {
    check(&Redis::start(&DURABLE).link(), false).unwrap();
    let others = ["no", "everysec", "yes", "allkeys-lru"];
    for ((wrong, _), value) in DURABLE.into_iter().zip(others) {
        let settings: Vec<_> =
            DURABLE.iter().map(|(name, is)| (*name, if *name == wrong { value } else { is })).collect();
        let redis = Redis::start(&settings);
        for is_vouched_for in [false, true] {
            let refused = check(&redis.link(), is_vouched_for).unwrap_err();
            assert!(
                matches!(&refused, Refused::Setting { name, is, .. } if *name == wrong && is == value),
                "{refused}"
            );
        }
    }
}

#[test]
fn a_server_that_hides_its_settings_needs_the_operators_word() {
    let redis = Redis::start(&DURABLE);
    let link = redis.link();
    let forbid = |connection: &mut ::redis::Connection| {
        ::redis::cmd("ACL").arg("SETUSER").arg("default").arg("-config").query::<String>(connection)
    };
    link.read(forbid).unwrap();
    let refused = check(&link, false).unwrap_err();
    assert!(matches!(refused, Refused::Hidden(_)));
    for (name, must) in DURABLE {
        assert!(
            refused.to_string().contains(&format!("`{name} {must}`")),
            "the operator is to look at {name}: {refused}"
        );
    }
    check(&link, true).unwrap();
}

#[test]
fn a_server_that_is_away_is_not_taken_for_one_that_hides_its_settings() {
    let redis = Redis::start(&DURABLE);
    redis.kill();
    assert!(matches!(check(&redis.link(), true), Err(Refused::Unreachable(_))));
}

#[test]
fn an_address_with_tls_needs_its_feature_and_the_refusal_says_so() {
    let made = Link::new("rediss://:secret@127.0.0.1:6379/0");
    assert_eq!(made.is_ok(), cfg!(feature = "tls"));
    if let Err(error) = made {
        assert!(error.to_string().contains("`tls`") && !error.to_string().contains("secret"), "{error}");
    }
}
