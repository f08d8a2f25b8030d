//! What is paid for once, over crashes of Redis.

use std::time::Duration;

use liveness::{
    Check, ErrorKind, IdNumber, Identity, LivenessProvider, Name, Photo, Progress, Ran, Sandbox, TencentMarket,
    keeper::{Claimed, Key, SessionStore},
    money::{AtMostOnce, Journal, JournalErrorKind, Opened},
    photo::{PhotoSpec, Preparer},
};
use liveness_fleet::{journal::RedisJournal, sessions::RedisSessionStore};

use crate::{
    calls::{intent, kept, lost, opened},
    redis::{DURABLE, Redis},
};

/// A kill leaves what the system has taken to be written, so this shows the log. That it is flushed before Redis answers only a lost
/// power shows; `durable::check` asks for it.
#[test]
fn what_redis_acknowledged_it_knows_after_it_was_killed() {
    let redis = Redis::start(&DURABLE);
    let journal = RedisJournal::new(redis.link());
    let salt = journal.salt().unwrap();
    for number in 0..50 {
        let ticket = opened(&journal, &intent(&format!("order-{number}")));
        if number % 2 == 0 {
            journal.close(&ticket, &lost()).unwrap();
        }
        if number % 10 == 0 {
            redis.kill();
            redis.start_again();
        }
    }
    redis.kill();
    redis.start_again();
    assert_eq!(journal.salt().unwrap(), salt, "inputs are hashed as before");
    for number in 0..50 {
        let opened = journal.open(&intent(&format!("order-{number}"))).unwrap();
        assert!(matches!((number % 2, &opened), (0, Opened::InDoubt(_)) | (1, Opened::InFlight(_))), "{opened:?}");
    }
    assert_eq!(journal.records(None, 100).unwrap().len(), 50);
    assert_eq!(journal.in_doubt(None, 100).unwrap().len(), 25);
}

#[test]
fn a_session_and_its_claim_are_there_after_redis_was_killed_between_any_two_steps() {
    let redis = Redis::start(&DURABLE);
    let store = RedisSessionStore::new(redis.link());
    let kept = |data: &str, is_open| kept(data, is_open, i64::from(u32::MAX));
    let crash = || {
        redis.kill();
        redis.start_again();
    };
    let key = Key::of("k");
    assert!(store.put(&key, &kept("begun", true)).unwrap());
    crash();
    let Claimed::Yours(claim, _) = store.claim(&key, Duration::from_secs(60)).unwrap() else { panic!("it is free") };
    crash();
    assert_eq!(store.claim(&key, Duration::from_secs(60)).unwrap(), Claimed::Busy, "the claim is kept");
    assert!(store.release(&claim, Some(&kept("a paid session", true))).unwrap());
    crash();
    assert_eq!(store.find(&key).unwrap().unwrap().data(), "a paid session");
    assert_eq!(store.list_open(None, 10).unwrap().len(), 1);
    let Claimed::Yours(claim, _) = store.claim(&key, Duration::from_secs(60)).unwrap() else { panic!("it is free") };
    crash();
    assert!(store.release(&claim, Some(&kept("its verdict", false))).unwrap());
    crash();
    assert!(store.list_open(None, 10).unwrap().is_empty());
    assert_eq!(store.find(&key).unwrap().unwrap().data(), "its verdict");
}

#[test]
fn nothing_is_sent_while_redis_is_away_and_the_next_call_finds_it_again() {
    let redis = Redis::start(&DURABLE);
    let sandbox = Sandbox::new();
    let vendor = TencentMarket::new(Sandbox::tencent_market_credentials(), sandbox.clone());
    let provider = AtMostOnce::new(vendor, RedisJournal::new(redis.link())).unwrap();
    let check = |reference: &str| {
        let identity = Identity::new(Name::parse("张三").unwrap(), IdNumber::parse("11010519491231002X").unwrap());
        Check::same_person(identity).with_photo(photo()).with_reference(reference.parse().unwrap())
    };
    assert!(matches!(provider.begin(&check("a")), Ok(Progress::Done(_))));
    redis.kill();
    let error = provider.begin(&check("b")).unwrap_err();
    assert_eq!(
        (error.kind(), error.ran(), error.field()),
        (ErrorKind::Unavailable, Ran::No, Some("journal")),
        "{error}"
    );
    assert_eq!(sandbox.ledger().entries().len(), 1);
    redis.start_again();
    assert!(matches!(provider.begin(&check("b")), Ok(Progress::Done(_))));
    let Ok(Progress::Done(repeat)) = provider.begin(&check("a")) else { panic!("it is known") };
    assert!(repeat.receipt().is_repeat());
    assert_eq!(sandbox.ledger().entries().len(), 2);
}

#[test]
fn an_error_of_redis_says_nothing_of_what_it_holds() {
    let redis = Redis::start(&DURABLE);
    let journal = RedisJournal::new(redis.link());
    let link = redis.link();
    let spoil = |connection: &mut ::redis::Connection| {
        let mut set = ::redis::cmd("HSET");
        set.arg("{liveness}:journal:calls:order-7")
            .arg("0000000001 begin")
            .arg("{\"canary\":\"11010519491231002X\"}")
            .query::<i64>(connection)?;
        let mut set = ::redis::cmd("HSET");
        set.arg("{liveness}:journal:sums:order-7").arg("0000000001 begin").arg("1 1 0").query::<i64>(connection)
    };
    link.read(spoil).unwrap();
    let error = journal.open(&intent("order-7")).unwrap_err();
    assert_eq!(error.kind(), JournalErrorKind::Damaged);
    assert!(!format!("{error:?} {error}").contains("110105"), "{error:?}");
}

fn photo() -> Photo {
    let (width, height) = (480_u16, 640_u16);
    let pixels: Vec<u8> =
        (0..u32::from(width) * u32::from(height) * 3).map(|at| (at.wrapping_mul(2_654_435_761) >> 24) as u8).collect();
    let mut file = Vec::new();
    jpeg_encoder::Encoder::new(&mut file, 90).encode(&pixels, width, height, jpeg_encoder::ColorType::Rgb).unwrap();
    Preparer::new(PhotoSpec::TENCENT_MARKET).prepare(&file).unwrap()
}
