//! Tests that the variables of a process are read as the operator meant them.

use std::{ffi::OsString, fs, time::Duration};

use liveness_fleet::{
    retention,
    settings::{Settings, Wrong},
};

use crate::redis::{DURABLE, Redis};

fn read(set: &[(&str, &str)]) -> Result<Settings, Wrong> {
    Settings::from_vars(|name| set.iter().find(|(known, _)| *known == name).map(|(_, value)| OsString::from(value)))
}

fn refused(set: &[(&str, &str)]) -> String {
    read(set).unwrap_err().to_string()
}

#[test]
fn what_is_wrong_is_named_and_never_repeated() {
    let redis = ("FLEET_REDIS", "redis://:hunter2@127.0.0.1:1/0");
    assert_eq!(refused(&[]), "FLEET_REDIS: it is missing");
    assert_eq!(
        refused(&[redis, ("FLEET_REDIS_FILE", "/x")]),
        "FLEET_REDIS: FLEET_REDIS_FILE is set too; leave one of them out"
    );
    assert_eq!(refused(&[("FLEET_REDIS_FILE", "/there/is/none")]), "FLEET_REDIS: FLEET_REDIS_FILE: entity not found");
    for (name, value) in [
        ("FLEET_REDIS", "hunter2"),
        ("FLEET_THREADS", "0"),
        ("FLEET_THREADS", "513"),
        ("FLEET_DEADLINE_SECONDS", "hunter2"),
        ("FLEET_CHARGES_PER_DAY", "4294967296"),
        ("FLEET_CHARGES_PER_MINUTE", "-1"),
        ("FLEET_RETENTION_DAYS", "2"),
        ("FLEET_SEALING_KEY_FORMER", "hunter2"),
        ("FLEET_REDIS_IS_DURABLE", "hunter2"),
        ("FLEET_SEALING_KEY", "hunter2"),
        ("FLEET_REFERENCE_KEY", "hunter2"),
        ("FLEET_BEHIND_LOGIN", "hunter2"),
    ] {
        let said = refused(&[(name, value), redis]);
        assert!(said.starts_with(&format!("{name}: ")) && !said.contains("hunter2"), "{said}");
    }
}

#[test]
fn a_redis_that_loses_what_it_acknowledged_is_refused_at_the_start() {
    let redis = Redis::start(&[("appendonly", "no")]);
    let said = refused(&[("FLEET_REDIS", &redis.url())]);
    assert!(said.contains("appendonly"), "{said}");
}

#[test]
fn a_wrong_password_is_an_end_and_no_wait() {
    let redis = Redis::start(&DURABLE);
    let protect = |connection: &mut ::redis::Connection| {
        ::redis::cmd("CONFIG").arg(&["SET", "requirepass", "hunter2"]).query::<String>(connection)
    };
    redis.link().write(protect).unwrap();
    let said = refused(&[("FLEET_REDIS", &redis.url().replace("://", "://:hunter3@"))]);
    assert!(said.starts_with("FLEET_REDIS: ") && !said.contains("hunter"), "{said}");
}

#[test]
fn the_longest_retention_of_any_process_counts_for_all() {
    let redis = Redis::start(&DURABLE);
    let url = redis.url();
    let days = |days: &str| read(&[("FLEET_REDIS", &url), ("FLEET_RETENTION_DAYS", days)]).unwrap().days();
    let in_redis = || retention::agreed(&redis.link()).unwrap();
    assert_eq!(in_redis(), None);
    assert_eq!((days("30"), in_redis()), (Some(30), Some(30)));
    assert_eq!((days("365"), in_redis()), (Some(365), Some(365)));
    assert_eq!((days("90"), in_redis()), (Some(365), Some(365)));
    let set = |connection: &mut ::redis::Connection| {
        ::redis::cmd("SET").arg(&["{liveness}:retention:days", "a year"]).query::<()>(connection)
    };
    redis.link().read(set).unwrap();
    let said = refused(&[("FLEET_REDIS", &url)]);
    assert!(said.contains("{liveness}:retention:days"), "{said}");
}

#[test]
fn a_job_is_handed_on_after_the_journal_has_let_go_of_its_call() {
    let redis = Redis::start(&DURABLE);
    let file = std::env::temp_dir().join(format!("liveness-fleet-settings-{}", std::process::id()));
    fs::write(&file, format!("{}\r\n", redis.url())).unwrap();
    let settings = read(&[("FLEET_REDIS_FILE", file.to_str().unwrap()), ("FLEET_DEADLINE_SECONDS", "7")]);
    fs::remove_file(&file).unwrap();
    // `AtMostOnce` holds a call for its deadline and 30 s.
    assert!(settings.unwrap().hand_on_after() > Duration::from_secs(37));
}
