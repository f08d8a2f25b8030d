//! What is paid for once, over crashes of Redis.

use liveness::{
    CallKind, Charges, Check, ErrorKind, IdNumber, Identity, LivenessProvider, Name, Photo, Progress, Ran, Sandbox,
    TencentMarket,
    money::{AtMostOnce, Closing, Ending, Fingerprint, Intent, Journal, JournalErrorKind, Opened, TryKey},
    photo::{PhotoSpec, Preparer},
};
use liveness_fleet::journal::RedisJournal;

use crate::redis::{DURABLE, Redis};

fn intent(reference: &str) -> Intent {
    let key = TryKey::new(reference.parse().unwrap(), 1, CallKind::Begin);
    Intent::new(key, "acme/a".parse().unwrap(), Fingerprint::new(1, "key", "0".repeat(32)))
}

#[test]
fn what_redis_acknowledged_it_knows_after_it_was_killed() {
    let redis = Redis::start(&DURABLE);
    let journal = RedisJournal::new(redis.link());
    let salt = journal.salt().unwrap();
    for number in 0..50 {
        let Opened::New(ticket) = journal.open(&intent(&format!("order-{number}"))).unwrap() else {
            panic!("{number}")
        };
        if number % 2 == 0 {
            let ending = Ending::InDoubt(Box::new(liveness::Error::new(ErrorKind::OutcomeUnknown).record()));
            journal.close(&ticket, &Closing::new(ending, Charges::new(0, 1))).unwrap();
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
        set.arg("{liveness}:calls:order-7")
            .arg("0000000001 begin")
            .arg("1 1 0 {\"canary\":\"11010519491231002X\"}")
            .query::<i64>(connection)
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
