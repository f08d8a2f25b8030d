//! What was deleted, in the log on the disk.

use std::{
    fs,
    path::Path,
    thread,
    time::{Duration, Instant},
};

use liveness::{
    keeper::{Key, SessionStore},
    money::Journal,
};
use liveness_fleet::{journal::RedisJournal, log, sessions::RedisSessionStore};

use crate::{
    calls::{intent, kept, key, opened, sealed},
    redis::{DURABLE, Redis},
};

const SOON: Duration = Duration::from_secs(60);

/// Whether a file of the log holds this text.
fn stands(redis: &Redis, text: &str) -> bool {
    let holds =
        |path: &Path| fs::read(path).is_ok_and(|bytes| bytes.windows(text.len()).any(|part| part == text.as_bytes()));
    fs::read_dir(redis.folder().join("appendonlydir")).unwrap().any(|file| holds(&file.unwrap().path()))
}

/// Redis removes the old files in a thread of its own.
fn is_gone(redis: &Redis, text: &str) -> bool {
    let start = Instant::now();
    while stands(redis, text) && start.elapsed() < Duration::from_secs(5) {
        thread::sleep(Duration::from_millis(20));
    }
    !stands(redis, text)
}

fn ask(redis: &Redis, command: &str) -> String {
    let mut words = command.split(' ');
    let mut ask = ::redis::cmd(words.next().unwrap());
    ask.arg(words.collect::<Vec<_>>());
    redis.link().read(|connection| ask.query(connection)).unwrap()
}

#[test]
fn what_is_erased_while_the_log_is_written_anew_is_not_in_it_afterwards() {
    let redis = Redis::start(&DURABLE);
    let journal = RedisJournal::new(redis.link());
    for (reference, text) in [("order-1", "SEALED-OF-ONE"), ("order-2", "SEALED-OF-TWO")] {
        journal.close(&opened(&journal, &intent(reference)), &sealed(text)).unwrap();
        assert!(stands(&redis, text));
    }
    // So long takes each key of a rewrite, in microseconds, so that the next one comes in its midst.
    ask(&redis, "CONFIG SET rdb-key-save-delay 100000");
    ask(&redis, "BGREWRITEAOF");
    assert_eq!(journal.erase(&"order-2".parse().unwrap()).unwrap(), 1);
    assert!(is_gone(&redis, "SEALED-OF-TWO"));
    assert!(journal.find(&key("order-1", 1)).unwrap().unwrap().sealed.is_some(), "another's is there");
}

#[test]
fn an_erasure_that_did_not_reach_the_log_reaches_it_when_it_is_asked_for_again() {
    let redis = Redis::start(&DURABLE);
    let journal = RedisJournal::new(redis.link());
    journal.close(&opened(&journal, &intent("order-1")), &sealed("SEALED-OF-ONE")).unwrap();
    let reference = "order-1".parse().unwrap();
    ask(&redis, "ACL SETUSER default -bgrewriteaof");
    assert_eq!(journal.erase(&reference).unwrap(), 1, "a server may forbid it");
    assert!(stands(&redis, "SEALED-OF-ONE"));
    ask(&redis, "ACL SETUSER default +bgrewriteaof");
    assert_eq!(journal.erase(&reference).unwrap(), 0);
    assert!(is_gone(&redis, "SEALED-OF-ONE"));
}

#[test]
fn a_rewrite_that_is_not_done_in_time_is_said() {
    let redis = Redis::start(&DURABLE);
    RedisJournal::new(redis.link()).salt().unwrap();
    ask(&redis, "CONFIG SET rdb-key-save-delay 2000000");
    let refused = log::rewrite(&redis.link(), Duration::from_millis(100));
    assert!(matches!(refused, Err(log::NotRewritten::Slow)), "{refused:?}");
    ask(&redis, "CONFIG SET rdb-key-save-delay 0");
    log::rewrite(&redis.link(), SOON).unwrap();
}

#[test]
fn what_a_store_removed_is_in_the_log_until_that_is_written_anew() {
    let redis = Redis::start(&DURABLE);
    let store = RedisSessionStore::new(redis.link());
    assert!(store.put(&Key::of("k"), &kept("TOKEN-OF-A-PERSON", true, i64::from(u32::MAX))).unwrap());
    store.remove(&Key::of("k")).unwrap();
    assert!(stands(&redis, "TOKEN-OF-A-PERSON"));
    log::rewrite(&redis.link(), SOON).unwrap();
    assert!(is_gone(&redis, "TOKEN-OF-A-PERSON"));
}
