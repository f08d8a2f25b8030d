//! A Redis that may lose what it acknowledged.

use liveness_fleet::durable::{Refused, check};

use crate::redis::{DURABLE, Redis};

#[test]
fn each_setting_that_loses_something_is_refused_whatever_the_operator_says() {
    check(&Redis::start(&DURABLE).link(), false).unwrap();
    for (wrong, value) in [("appendonly", "no"), ("appendfsync", "everysec"), ("maxmemory-policy", "allkeys-lru")] {
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
    assert!(matches!(check(&link, false), Err(Refused::Hidden(_))));
    check(&link, true).unwrap();
}

#[test]
fn a_server_that_is_away_is_not_taken_for_one_that_hides_its_settings() {
    let redis = Redis::start(&DURABLE);
    redis.kill();
    assert!(matches!(check(&redis.link(), true), Err(Refused::Unreachable(_))));
}
