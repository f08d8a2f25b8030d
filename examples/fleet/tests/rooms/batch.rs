//! Tests that each job reaches one worker, or another if that one dies, and keeps its result and its owner.

use std::time::Duration;

use liveness::{Error, ErrorKind, Outcome, Ran, Receipt, Verdict, keeper::Browser};
use liveness_fleet::{
    jobs::{Job, Jobs},
    owners::{Owner, Owners},
    results::{End, Ended, Results},
};

use crate::redis::{DURABLE, Redis};

const AT_ONCE: Duration = Duration::ZERO;
const LONG: Duration = Duration::from_secs(600);
/// Not at all: a test waits for nothing.
const NO_WAIT: Duration = Duration::from_millis(1);

/// A batch of a Redis of its own: the names of its keys are fixed.
fn batch() -> (Redis, Jobs) {
    let redis = Redis::start(&DURABLE);
    let jobs = Jobs::new(redis.link(), Results::new(redis.link()));
    jobs.prepare().unwrap();
    (redis, jobs)
}

fn job(reference: &str) -> Job {
    Job {
        reference: reference.to_owned(),
        name: "张三".to_owned(),
        id_number: "990001199001010013".to_owned(),
        photo: "/photos/1.jpg".to_owned(),
    }
}

fn passed() -> Ended {
    let provider = "tencent-market/default".parse().unwrap();
    Ended::verdict(&Verdict::new(Outcome::Passed, Receipt::new(provider)))
}

fn ended(kind: ErrorKind, ran: Ran) -> Ended {
    Ended::error(&Error::new(kind).with_ran(ran)).unwrap()
}

#[test]
fn a_job_reaches_one_worker_and_stays_with_it() {
    let (_redis, jobs) = batch();
    jobs.submit(&job("order-1")).unwrap();
    let taken = jobs.take("a", LONG, NO_WAIT).unwrap().unwrap();
    assert_eq!((taken.job, taken.deliveries), (Some(job("order-1")), 1));
    assert!(jobs.take("b", LONG, NO_WAIT).unwrap().is_none());
    assert!(jobs.take("a", LONG, NO_WAIT).unwrap().is_none(), "nor does the same worker take it twice");
}

#[test]
fn the_job_of_a_dead_worker_is_taken_over_and_the_deliveries_are_counted() {
    let (redis, jobs) = batch();
    let taken: Vec<_> = (0..30)
        .map(|number| {
            jobs.submit(&job(&format!("order-{number}"))).unwrap();
            jobs.take("dead", LONG, NO_WAIT).unwrap().unwrap()
        })
        .collect();
    // More than Redis looks at in one step stand before the one that waits.
    let last = &taken[29];
    for delivery in 2..5 {
        // As if its worker had been silent for longer.
        let age = |connection: &mut ::redis::Connection| {
            let claim = ["{liveness}:jobs", "workers", "dead", "0", &last.id, "IDLE", "700000", "JUSTID"];
            ::redis::cmd("XCLAIM").arg(&claim).query::<Vec<String>>(connection)
        };
        redis.link().write(age).unwrap();
        let again = jobs.take("next", LONG, NO_WAIT).unwrap().unwrap();
        assert_eq!((again.reference.as_str(), again.deliveries), ("order-29", delivery));
        assert!(jobs.take("next", LONG, NO_WAIT).unwrap().is_none(), "the others are with a worker that may live");
    }
}

#[test]
fn a_job_that_is_put_back_comes_again_soon_and_its_delivery_does_not_count() {
    let (_redis, jobs) = batch();
    jobs.submit(&job("order-1")).unwrap();
    let mut taken = jobs.take("a", LONG, NO_WAIT).unwrap().unwrap();
    for _ in 0..9 {
        assert_eq!(taken.deliveries, 1);
        jobs.put_back(&taken, LONG, LONG).unwrap();
        assert!(jobs.take("a", LONG, NO_WAIT).unwrap().is_none(), "not before it has rested");
        jobs.put_back(&taken, LONG, AT_ONCE).unwrap();
        taken = jobs.take("b", LONG, NO_WAIT).unwrap().unwrap();
    }
}

#[test]
fn a_job_that_is_done_is_gone_and_so_is_its_person() {
    let (redis, jobs) = batch();
    jobs.submit(&job("order-1")).unwrap();
    let taken = jobs.take("a", LONG, NO_WAIT).unwrap().unwrap();
    jobs.finish(&taken, &passed()).unwrap();
    assert_eq!(jobs.waiting().unwrap(), 0);
    assert!(jobs.take("b", AT_ONCE, NO_WAIT).unwrap().is_none());
    assert_eq!(jobs.results().find("order-1").unwrap(), Some(passed()));
    assert!(!everything(&redis).contains("990001"));
}

#[test]
fn what_is_buried_is_named_without_the_person() {
    let (redis, jobs) = batch();
    jobs.submit(&job("order-1")).unwrap();
    jobs.take("a", LONG, NO_WAIT).unwrap().unwrap();
    let taken = jobs.take("b", AT_ONCE, NO_WAIT).unwrap().unwrap();
    jobs.bury(&taken).unwrap();
    // A worker that was thought dead does the same.
    jobs.bury(&taken).unwrap();
    assert_eq!(jobs.buried().unwrap(), [("order-1".to_owned(), 2)]);
    assert_eq!(jobs.waiting().unwrap(), 0);
    assert!(!everything(&redis).contains("990001"));
}

#[test]
fn a_job_that_is_not_whole_is_handed_out_as_such() {
    let (redis, jobs) = batch();
    let add = |connection: &mut ::redis::Connection| {
        ::redis::cmd("XADD")
            .arg(&["{liveness}:jobs", "*", "reference", "order-1", "name", "x"])
            .query::<String>(connection)
    };
    redis.link().write(add).unwrap();
    let taken = jobs.take("a", LONG, NO_WAIT).unwrap().unwrap();
    assert_eq!((taken.job, taken.reference.as_str()), (None, "order-1"));
}

#[test]
fn what_is_no_reference_is_kept_nowhere_because_it_may_be_a_person() {
    let (redis, jobs) = batch();
    jobs.submit(&job("990001199001010013")).unwrap();
    let taken = jobs.take("a", LONG, NO_WAIT).unwrap().unwrap();
    assert_eq!(taken.reference, taken.id);
    jobs.finish(&taken, &ended(ErrorKind::InvalidCheck, Ran::No)).unwrap();
    assert_eq!(jobs.results().find(&taken.id).unwrap().unwrap().end, End::Error);
    assert!(!everything(&redis).contains("990001"));
}

#[test]
fn less_never_replaces_what_is_known() {
    let (_redis, jobs) = batch();
    let costly = Ended { possible: 1, ..ended(ErrorKind::Unavailable, Ran::Yes) };
    let error = Ended { possible: 0, ..ended(ErrorKind::InvalidCheck, Ran::No) };
    let doubt = ended(ErrorKind::OutcomeUnknown, Ran::Maybe);
    let failed = Ended { word: "failed".to_owned(), ..passed() };
    for (comes, stands) in [
        (&error, &error),
        (&costly, &costly),
        (&error, &costly),
        (&doubt, &doubt),
        (&error, &doubt),
        (&failed, &failed),
        (&doubt, &failed),
        (&error, &failed),
        (&passed(), &failed),
    ] {
        jobs.results().keep("order-1", comes).unwrap();
        assert_eq!(jobs.results().find("order-1").unwrap().as_ref(), Some(stands));
    }
    assert_eq!(jobs.results().count().unwrap(), 1);
}

#[test]
fn an_error_that_may_have_been_billed_is_a_doubt_and_one_whose_time_will_come_is_no_end() {
    use ErrorKind::*;
    assert_eq!(ended(OutcomeUnknown, Ran::Maybe).end, End::InDoubt);
    assert_eq!(ended(OutcomeUnknown, Ran::Yes).end, End::Error, "it ran, and the operator knows");
    assert_eq!(ended(InvalidCheck, Ran::No).end, End::Error);
    assert_eq!(ended(Unavailable, Ran::Yes).end, End::Error);
    for kind in [Unavailable, RateLimited, Credentials, Denied, Configuration, BudgetExceeded] {
        assert_eq!(Ended::error(&Error::new(kind).with_ran(Ran::No)), None, "{kind:?}");
    }
    assert_eq!(Ended::error(&Error::new(InProgress).with_ran(Ran::Maybe)), None);
}

#[test]
fn a_check_is_that_of_the_browser_which_first_came_with_its_reference() {
    let (redis, _jobs) = batch();
    let owners = Owners::new(redis.link());
    let (first, second) = (Browser::new().unwrap(), Browser::new().unwrap());
    assert_eq!(owners.owner("order-1", &first).unwrap(), Owner::New);
    for _ in 0..2 {
        assert_eq!(owners.owner("order-1", &second).unwrap(), Owner::Another);
        assert_eq!(owners.owner("order-1", &first).unwrap(), Owner::This);
    }
    assert_eq!(owners.owner("order-2", &second).unwrap(), Owner::New);
    owners.disown("order-2").unwrap();
    assert_eq!(owners.owner("order-2", &first).unwrap(), Owner::New);
    assert!(!everything(&redis).contains(first.reveal()));
}

#[test]
fn a_worker_that_ends_takes_its_name_along_unless_it_has_a_job() {
    let (redis, jobs) = batch();
    jobs.submit(&job("order-1")).unwrap();
    jobs.take("has-one", LONG, NO_WAIT).unwrap().unwrap();
    jobs.take("has-none", LONG, NO_WAIT).unwrap();
    for worker in ["has-one", "has-none"] {
        jobs.leave(worker).unwrap();
    }
    let names = |connection: &mut ::redis::Connection| {
        let told: Vec<Vec<::redis::Value>> =
            ::redis::cmd("XINFO").arg(&["CONSUMERS", "{liveness}:jobs", "workers"]).query(connection)?;
        told.into_iter()
            .map(|told| ::redis::from_redis_value::<String>(told[1].clone()))
            .collect::<Result<Vec<_>, _>>()
            .map_err(Into::into)
    };
    assert_eq!(redis.link().read(names).unwrap(), ["has-one"]);
    assert!(jobs.take("next", AT_ONCE, NO_WAIT).unwrap().is_some());
}

#[test]
fn a_job_says_nothing_of_its_person_in_a_log() {
    assert_eq!(format!("{:?}", job("order-1")), r#"Job { reference: "order-1", .. }"#);
}

/// All that this Redis holds, as it would dump it.
fn everything(redis: &Redis) -> String {
    let dump = |connection: &mut ::redis::Connection| {
        let keys: Vec<String> = ::redis::cmd("KEYS").arg("*").query(connection)?;
        keys.iter()
            .map(|key| {
                let kind: String = ::redis::cmd("TYPE").arg(key).query(connection)?;
                let value: ::redis::Value = match kind.as_str() {
                    "stream" => ::redis::cmd("XRANGE").arg(key).arg("-").arg("+").query(connection)?,
                    "string" => ::redis::cmd("GET").arg(key).query(connection)?,
                    "hash" => ::redis::cmd("HGETALL").arg(key).query(connection)?,
                    _ => ::redis::Value::Nil,
                };
                Ok(format!("{key} {value:?}"))
            })
            .collect::<::redis::RedisResult<String>>()
    };
    redis.link().read(dump).unwrap()
}
