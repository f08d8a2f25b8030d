//! What becomes of a reply that is lost after Redis did what it was asked, and of a connection that was closed meanwhile.

use std::{
    cell::Cell,
    error::Error as _,
    thread,
    time::{Duration, Instant},
};

use liveness::{
    keeper::{Claimed, Kept, Key, SessionStore},
    money::{Journal, JournalErrorKind, Standing},
};
use liveness_fleet::{
    durable,
    journal::RedisJournal,
    link::{self, Link},
    sessions::RedisSessionStore,
};

use crate::{
    calls::{self, answered, intent, key, opened},
    proxy::Proxy,
    redis::{DURABLE, Redis},
};

/// Longer than a connection may have been idle that a write uses without a look.
const IDLE: Duration = Duration::from_millis(100);

fn kept(data: &str) -> Kept {
    calls::kept(data, true, i64::from(u32::MAX))
}

#[test]
fn a_call_whose_opening_was_written_and_not_acknowledged_is_in_flight_and_not_made() {
    let redis = Redis::start(&DURABLE);
    let (proxy, straight) = (Proxy::start(redis.port()), RedisJournal::new(redis.link()));
    let journal = RedisJournal::new(proxy.link());
    opened(&journal, &intent("order-1"));
    proxy.lose_the_reply_to("\"open\"");
    let error = journal.open(&intent("order-2")).unwrap_err();
    assert!(proxy.has_lost());
    assert_eq!(error.kind(), JournalErrorKind::Unavailable);
    assert!(error.source().unwrap().to_string().contains("the record may be written"), "{error:?}");
    let record = straight.find(&key("order-2", 1)).unwrap().expect("it was written");
    assert_eq!(record.standing(straight.now().unwrap()), Standing::InFlight);
}

#[test]
fn an_answer_that_was_written_and_not_acknowledged_is_there() {
    let redis = Redis::start(&DURABLE);
    let (proxy, straight) = (Proxy::start(redis.port()), RedisJournal::new(redis.link()));
    let journal = RedisJournal::new(proxy.link());
    let ticket = opened(&journal, &intent("order-1"));
    proxy.lose_the_reply_to("\"answered\"");
    let error = journal.close(&ticket, &answered()).unwrap_err();
    assert!(proxy.has_lost());
    assert!(error.source().unwrap().to_string().contains("the record may be written"), "{error:?}");
    let record = straight.find(&ticket.key).unwrap().unwrap();
    assert_eq!(record.standing(straight.now().unwrap()), Standing::Answered);
}

#[test]
fn each_step_of_a_session_is_done_once_though_its_reply_is_lost() {
    let redis = Redis::start(&DURABLE);
    let proxy = Proxy::start(redis.port());
    let store = RedisSessionStore::new(proxy.link());
    let (first, second) = (Key::of("first"), Key::of("second"));
    assert!(store.put(&first, &kept("first")).unwrap());
    // Its script is known to Redis from then on.
    let Claimed::Yours(claim, _) = store.claim(&first, Duration::from_secs(60)).unwrap() else { panic!("it is free") };
    assert!(store.release(&claim, None).unwrap());

    proxy.lose_the_reply_to("data of the second");
    assert!(store.put(&second, &kept("data of the second")).unwrap(), "it is a new one");
    assert!(proxy.has_lost());
    assert!(!store.put(&second, &kept("data of the second")).unwrap(), "and another call finds it");

    proxy.lose_the_reply_to(second.as_str());
    let Claimed::Yours(claim, _) = store.claim(&second, Duration::from_secs(60)).unwrap() else {
        panic!("nobody else has claimed it")
    };
    assert!(proxy.has_lost());
    assert_eq!(store.claim(&second, Duration::from_secs(60)).unwrap(), Claimed::Busy);

    proxy.lose_the_reply_to("a paid session");
    assert!(store.release(&claim, Some(&kept("a paid session"))).unwrap(), "nobody came between");
    assert!(proxy.has_lost());
    assert_eq!(store.find(&second).unwrap().unwrap().data(), "a paid session");
    assert!(!store.release(&claim, None).unwrap(), "a claim is released once");
}

#[test]
fn what_is_paid_for_is_written_when_redis_has_read_its_log() {
    let redis = Redis::start(&DURABLE);
    let (proxy, straight) = (Proxy::start(redis.port()), RedisJournal::new(redis.link()));
    let (journal, store) = (RedisJournal::new(proxy.link()), RedisSessionStore::new(proxy.link()));
    // Before the record is read, and between that and the write.
    for (reference, text) in [("order-1", "order-1"), ("order-2", "\"answered\"")] {
        let ticket = opened(&journal, &intent(reference));
        proxy.load_at(text, 2);
        journal.close(&ticket, &answered()).unwrap();
        assert_eq!(proxy.loads_yet(), 0);
        let record = straight.find(&ticket.key).unwrap().unwrap();
        assert_eq!(record.standing(straight.now().unwrap()), Standing::Answered);
    }
    proxy.load_at("order-3", 2);
    journal.open(&intent("order-3")).unwrap_err();
    assert_eq!(proxy.loads_yet(), 1, "what is not sent yet is refused at once");
    proxy.load_at("", 0);

    let session = Key::of("session");
    assert!(store.put(&session, &kept("open")).unwrap());
    let Claimed::Yours(claim, _) = store.claim(&session, Duration::from_secs(60)).unwrap() else {
        panic!("it is free")
    };
    proxy.load_at("a paid session", 2);
    assert!(store.release(&claim, Some(&kept("a paid session"))).unwrap());
    assert_eq!(proxy.loads_yet(), 0);
    assert_eq!(store.find(&session).unwrap().unwrap().data(), "a paid session");
    proxy.load_at(session.as_str(), 1);
    assert!(store.claim(&session, Duration::from_secs(60)).is_err(), "its caller asks again");
}

#[test]
fn nothing_is_written_over_a_connection_that_was_closed_while_it_was_idle() {
    let redis = Redis::start(&DURABLE);
    let proxy = Proxy::start(redis.port());
    let link = proxy.link();
    let count = |link: &Link| link.write(|connection| redis::cmd("INCR").arg("count").query::<i64>(connection));
    assert_eq!(count(&link).unwrap(), 1);
    proxy.close_all();
    thread::sleep(IDLE);
    assert_eq!(count(&link).unwrap(), 2, "done, and once");
    let store = RedisSessionStore::new(link.clone());
    proxy.close_all();
    assert!(store.put(&Key::of("k"), &kept("data")).unwrap());
    let Claimed::Yours(claim, _) = store.claim(&Key::of("k"), Duration::from_secs(60)).unwrap() else { panic!() };
    redis.kill();
    redis.start_again();
    assert!(store.release(&claim, Some(&kept("a paid session"))).unwrap(), "Redis was started again");
    assert_eq!(store.find(&Key::of("k")).unwrap().unwrap().data(), "a paid session");
}

#[test]
fn a_password_that_is_wrong_or_missing_is_for_the_operator() {
    let redis = Redis::start(&DURABLE);
    let set = |connection: &mut redis::Connection| {
        redis::cmd("CONFIG").arg("SET").arg("requirepass").arg("right").query::<String>(connection)
    };
    redis.link().read(set).unwrap();
    let with = |password: &str| Link::new(&format!("redis://{password}127.0.0.1:{}/0", redis.port())).unwrap();
    RedisJournal::new(with(":right@")).now().unwrap();
    for password in [":wrong@", ""] {
        let error = RedisJournal::new(with(password)).now().unwrap_err();
        assert_eq!(error.kind(), JournalErrorKind::ReadOnly, "{error:?}");
        assert_eq!(liveness::Error::from(error).kind(), liveness::ErrorKind::Configuration);
        let refused = durable::check(&with(password), true).unwrap_err();
        assert!(
            matches!(refused, durable::Refused::Unreachable(_)),
            "the operator's word is for settings: {refused:?}"
        );
    }
}

#[test]
fn what_is_paid_for_is_tried_for_ten_seconds_while_redis_reads_its_log() {
    let (start, tries) = (Instant::now(), Cell::new(0));
    let refused = link::after_loading(
        |_: &&str| true,
        || {
            tries.set(tries.get() + 1);
            Err::<(), _>("LOADING")
        },
    );
    let tried = start.elapsed();
    assert_eq!(refused, Err("LOADING"));
    assert!((Duration::from_secs(10)..Duration::from_secs(12)).contains(&tried), "{tried:?}");
    assert!((20..=101).contains(&tries.get()), "it rests in between: {tries:?}");
}
