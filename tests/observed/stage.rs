//! One play with everything in it: both vendors, every fault, the money rooms, a set, a keeper, photos. Each value of a person and
//! each key in it is a canary.

use std::{
    panic::{AssertUnwindSafe, catch_unwind},
    sync::Arc,
    time::Duration,
};

use liveness::{
    Body, Check, Clock, IdNumber, Identity, Jumdata, LivenessProvider, ManualClock, Meter, Name, Observer, Photo,
    PhotoSpec, Progress, Request, Response, RetryBudget, RetryPolicy, ReturnUrl, Sandbox, TencentMarket,
    TransportError, Verdict,
    answer::Layout,
    jumdata,
    keeper::{Begun, Browser, Keeper, MemorySessionStore},
    mock::MockLivenessProvider,
    money::{AtMostOnce, BreakerPolicy, Capped, Caps, Failover, Journal, MemoryJournal, SealingKey},
    observe,
    sandbox::{Fault, Scenario, Vendor},
    tencent_market,
};
use time::macros::date;

use crate::{journal::Stumbling, support};

pub(crate) const NAME: &str = "欧阳镜澜";
const REGION_AND_BIRTH: &str = "33010219870614351";
const RETURN_URL: &str = "https://shop-canary.example/back-canary?visit=visit-canary-9182";
const KEYS: [&str; 4] = ["app-id-canary-11", "app-secret-canary-22", "secret-id-canary-33", "secret-key-canary-44"];
const FIELD: &str = "field-canary-0771";

/// Whoever is to see everything.
pub(crate) type Seen = Arc<dyn Observer>;

/// What must be seen nowhere.
#[derive(Default)]
pub(crate) struct Canaries(pub(crate) Vec<String>);

impl Canaries {
    fn plant(&mut self, value: impl Into<String>) {
        self.0.push(value.into());
    }
}

pub(crate) fn id_number() -> IdNumber {
    let tries = "0123456789X".chars().map(|check| format!("{REGION_AND_BIRTH}{check}"));
    tries.flat_map(|number| IdNumber::parse_on(&number, date!(2026 - 11 - 21))).next().unwrap()
}

fn png() -> Vec<u8> {
    [support::png(16, 16), b"photo-canary-photo-canary-photo".repeat(4)].concat()
}

fn compare_check() -> Check {
    let photo = Photo::from_bytes(png(), &PhotoSpec::TENCENT_MARKET).unwrap();
    let identity = Identity::new(Name::parse(NAME).unwrap(), id_number());
    Check::same_person(identity).with_photo(photo).with_return_url(ReturnUrl::parse(RETURN_URL).unwrap())
}

fn page_check() -> Check {
    let photo = Photo::from_bytes(png(), &PhotoSpec::TENCENT_MARKET).unwrap();
    let identity = Identity::new(Name::parse(NAME).unwrap(), id_number());
    Check::liveness().with_return_url(ReturnUrl::parse(RETURN_URL).unwrap()).with_identity(identity).with_photo(photo)
}

fn jumdata_keys() -> jumdata::Credentials {
    jumdata::Credentials { app_id: KEYS[0].into(), app_secret: KEYS[1].into() }
}

fn market_keys() -> tencent_market::Credentials {
    tencent_market::Credentials { secret_id: KEYS[2].into(), secret_key: KEYS[3].into() }
}

struct Play {
    seen: Seen,
    clock: ManualClock,
    sandbox: Sandbox,
    canaries: Canaries,
    orders: u32,
}

/// Plays it all, and says what must be seen nowhere.
pub(crate) fn play(seen: &Seen) -> Canaries {
    let clock = support::clock();
    let sandbox = Sandbox::builder()
        .with_clock(clock.clone())
        .with_jumdata_account(jumdata_keys())
        .with_tencent_market_account(market_keys())
        .build();
    let mut play = Play { seen: Arc::clone(seen), clock, sandbox, canaries: Canaries::default(), orders: 0 };
    for value in [
        NAME,
        RETURN_URL,
        "shop-canary",
        "visit-canary-9182",
        "photo-canary-photo",
        FIELD,
        REGION_AND_BIRTH,
        "19870614",
    ] {
        play.canaries.plant(value);
    }
    play.canaries.plant(id_number().reveal());
    KEYS.iter().for_each(|key| play.canaries.plant(*key));
    play.whole_checks();
    play.every_fault();
    play.every_scenario();
    play.hostile_answers();
    play.other_products();
    play.money();
    play.set();
    play.keeper();
    play.photos();
    play.canaries
}

impl Play {
    fn market(&self) -> TencentMarket {
        TencentMarket::new(market_keys(), self.sandbox.clone())
            .with_clock(self.clock.clone())
            .with_observer(self.seen.clone())
    }

    fn hosted(&self) -> Jumdata {
        Jumdata::new(jumdata_keys(), self.sandbox.clone())
            .with_clock(self.clock.clone())
            .with_observer(self.seen.clone())
    }

    /// A reference that was not used yet.
    fn numbered(&mut self, check: Check) -> Check {
        self.orders += 1;
        check.with_reference(format!("order-{}", self.orders).parse().unwrap())
    }

    fn open(&mut self) -> liveness::Session {
        let check = self.numbered(page_check());
        let session = self.hosted().begin(&check).unwrap().into_verdict().unwrap_err();
        self.remember(&session);
        session
    }

    fn remember(&mut self, session: &liveness::Session) {
        self.canaries.plant(session.token().reveal());
        self.canaries.plant(session.page_url());
    }

    fn remember_verdict(&mut self, verdict: &Verdict) {
        verdict.portrait_url().into_iter().for_each(|url| self.canaries.plant(url));
        verdict.address().into_iter().for_each(|address| self.canaries.plant(address));
    }

    fn whole_checks(&mut self) {
        let check = self.numbered(compare_check());
        let verdict = self.market().begin(&check).unwrap().into_verdict().unwrap();
        self.remember_verdict(&verdict);
        let hosted = self.hosted();
        let session = self.open();
        let session = hosted.resume(&session).unwrap().into_verdict().unwrap_err();
        hosted.page_html(&session).unwrap();
        let face = [b"\xFF\xD8\xFF\xE0portrait-canary-portrait-canary".repeat(3), b"\xFF\xD9".to_vec()].concat();
        self.canaries.plant("portrait-canary-portrait");
        self.sandbox.finish_with_portrait(&session, face);
        let verdict = hosted.resume(&session).unwrap().into_verdict().unwrap();
        self.remember_verdict(&verdict);
        assert!(hosted.portrait(&verdict).unwrap().is_some());
        // The newer gateway's requests carry a number of ours.
        let check = self.numbered(compare_check());
        let _ = self.market().with_signature_scheme(tencent_market::SignatureScheme::CloudMarket).begin(&check);
        // Refused before anything is sent.
        self.market().begin(&Check::liveness()).unwrap_err();
        hosted.begin(&Check::liveness()).unwrap_err();
    }

    fn every_fault(&mut self) {
        for fault in Fault::ALL {
            let (market, hosted) = (self.market(), self.hosted());
            let session = self.open();
            self.sandbox.finish(&session);
            let check = self.numbered(compare_check());
            let page = self.numbered(page_check());
            let arm = || {
                self.sandbox.disarm();
                self.sandbox.arm_fault(*fault, 2);
            };
            arm();
            let _ = market.begin(&check);
            arm();
            let _ = hosted.page_html(&session);
            arm();
            let opened = hosted.begin(&page);
            arm();
            let resumed = hosted.resume(&session);
            arm();
            let _ = hosted.package();
            self.sandbox.disarm();
            if let Ok(Progress::Pending(session)) = &opened {
                self.remember(session);
            }
            if let Ok(Progress::Done(verdict)) = &resumed {
                self.remember_verdict(verdict);
                self.sandbox.arm_fault(*fault, 2);
                let _ = hosted.portrait(verdict);
                self.sandbox.disarm();
            }
            self.set_clock_right();
            self.clock.advance(Duration::from_secs(1));
        }
    }

    /// A fault may have moved the vendor's clock.
    fn set_clock_right(&self) {
        self.sandbox.move_clock(self.clock.now() - self.sandbox.now());
    }

    fn every_scenario(&mut self) {
        let (market, hosted) = (self.market(), self.hosted());
        for scenario in Scenario::all() {
            if scenario.answer_for(Vendor::TencentMarket).is_ok() {
                let check = self.numbered(compare_check());
                self.sandbox.arm(scenario);
                let _ = market.begin(&check);
                self.sandbox.disarm();
            }
            if scenario.answer_for(Vendor::Jumdata).is_ok() {
                let session = self.open();
                self.sandbox.finish(&session);
                self.sandbox.arm(scenario);
                let _ = hosted.resume(&session);
                self.sandbox.disarm();
            }
        }
    }

    /// A vendor that puts the person, and what it was sent of the keys, where its codes and numbers belong.
    fn hostile_answers(&self) {
        let number = id_number().reveal().to_owned();
        let answers = |value: &str, status: u16| {
            let body = serde_json::json!({
                "code": value, "errcode": value, "msg": value, "errmsg": value, "taskNo": value, "jobid": value,
                "requestId": value, "charge": value, "data": { "token": value, value: value },
            });
            let text = body.to_string();
            move |_: Request| {
                let response =
                    liveness::http::Response::builder().status(status).header("x-canary", "visit-canary-9182");
                Ok(response.body(Body::from(text.clone())).unwrap())
            }
        };
        for status in [200, 403, 502] {
            for value in [NAME, &number, RETURN_URL, KEYS[2]] {
                let market = TencentMarket::new(market_keys(), answers(value, status)).with_observer(self.seen.clone());
                let _ = market.with_clock(self.clock.clone()).begin(&compare_check());
            }
            for value in [NAME, &number, RETURN_URL, KEYS[0]] {
                let hosted = Jumdata::new(jumdata_keys(), answers(value, status)).with_observer(self.seen.clone());
                let _ = hosted.with_clock(self.clock.clone()).begin(&page_check());
            }
        }
        // An answer that needs repair.
        let vendor = |_: Request| {
            Ok(Response::new(Body::from("\u{FEFF}{\"code\":200,\"data\":{\"token\":\"visit-canary-9182\",},}")))
        };
        let hosted =
            Jumdata::new(jumdata_keys(), vendor).with_observer(self.seen.clone()).with_clock(self.clock.clone());
        assert!(hosted.begin(&page_check()).is_ok());
        // A transport that panics.
        let broken = |_: Request| -> Result<Response, TransportError> { panic!("a transport") };
        let hosted =
            Jumdata::new(jumdata_keys(), broken).with_observer(self.seen.clone()).with_clock(self.clock.clone());
        assert!(catch_unwind(AssertUnwindSafe(|| hosted.begin(&page_check()))).is_err());
        // Retries that the budget forbids, and a clock that is off by hours.
        let down = |_: Request| -> Result<Response, TransportError> { Err(TransportError::unsent("nobody listens")) };
        let hosted = Jumdata::new(jumdata_keys(), down).with_observer(self.seen.clone()).with_clock(self.clock.clone());
        let retry = RetryPolicy::new().with_budget(RetryBudget::new(1));
        hosted.with_retry(retry).begin(&page_check()).unwrap_err();
        self.sandbox.move_clock(time::Duration::hours(2));
        let market = self.market();
        let _ = market.begin(&compare_check()).unwrap();
        self.set_clock_right();
        let _ = market.begin(&compare_check());
    }

    fn other_products(&self) {
        const LAYOUT: Layout = Layout::new("code").with_message(&["msg"]).with_request_id(&["seqno"]);
        let vendor =
            |_: Request| Ok(Response::new(Body::from(format!(r#"{{"code":"0","seqno":"S-7","msg":"{FIELD}"}}"#))));
        let market = TencentMarket::new(market_keys(), vendor).with_observer(self.seen.clone());
        market.listing().call(&LAYOUT, [("name", NAME), ("field", FIELD)]).unwrap();
        let hosted = Jumdata::new(jumdata_keys(), vendor).with_observer(self.seen.clone());
        hosted.api().call("/idcard/check", [("name", NAME), ("field", FIELD)]).unwrap();
        let _ = hosted.api().call("no-path-visit-canary-9182", []);
        let _ = hosted.balance();
    }

    fn once<P: LivenessProvider>(&self, inner: P, journal: &Arc<Stumbling>) -> AtMostOnce<P> {
        let once =
            AtMostOnce::sealing(inner, Arc::clone(journal) as Arc<dyn Journal>, SealingKey::new([7; 32])).unwrap();
        once.with_clock(self.clock.clone()).with_observer(self.seen.clone())
    }

    fn money(&mut self) {
        let journal = Arc::new(Stumbling(MemoryJournal::new().with_clock(self.clock.clone())));
        let market = self.once(self.market().with_retry(RetryPolicy::never()), &journal);
        let check = self.numbered(compare_check());
        let _ = market.begin(&check).unwrap();
        let _ = market.begin(&check).unwrap();
        let reference = check.reference().unwrap().clone();
        let other = Identity::new(Name::parse("张三").unwrap(), id_number());
        let photo = check.photo().unwrap().clone();
        market.begin(&Check::same_person(other).with_photo(photo).with_reference(reference)).unwrap_err();
        // In doubt, and asked again.
        let lost = self.numbered(compare_check());
        self.sandbox.arm_fault(Fault::DropAfterCharge, 1);
        market.begin(&lost).unwrap_err();
        market.begin(&lost).unwrap_err();
        // Nothing ran, and a session that is not done.
        let free = self.numbered(compare_check());
        self.sandbox.arm_fault(Fault::Refuse, 1);
        market.begin(&free).unwrap_err();
        let page = self.numbered(page_check());
        let hosted = self.once(self.hosted(), &journal);
        let session = hosted.begin(&page).unwrap().into_verdict().unwrap_err();
        self.remember(&session);
        let session = hosted.resume(&session).unwrap().into_verdict().unwrap_err();
        self.sandbox.finish(&session);
        let verdict = hosted.resume(&session).unwrap().into_verdict().unwrap();
        self.remember_verdict(&verdict);
        // A journal that fails before and after the call.
        for reference in ["no-open", "no-close"] {
            let _ = market.begin(&compare_check().with_reference(reference.parse().unwrap()));
        }
        // A provider that asks no gate.
        let mut vendor = MockLivenessProvider::new();
        vendor.expect_id().return_const("acme/a".parse::<liveness::ProviderId>().unwrap());
        vendor.expect_requirements().returning(|| liveness::Requirements::new([liveness::Goal::Liveness]));
        let receipt = liveness::Receipt::new("acme/a".parse().unwrap());
        vendor
            .expect_begin()
            .returning(move |_| Ok(Progress::Done(Verdict::new(liveness::Outcome::Passed, receipt.clone()))));
        let page = self.numbered(page_check());
        let _ = self.once(vendor, &journal).begin(&page).unwrap();
        // Caps.
        let capped = Capped::new(self.market(), Caps::new().with_per_day(2));
        let capped = capped.with_clock(self.clock.clone()).with_observer(self.seen.clone());
        for _ in 0..3 {
            let check = self.numbered(compare_check());
            let _ = capped.begin(&check);
        }
        assert_eq!(observe::MetricsObserver::new().count_doubts("journal", &*journal).unwrap(), 1);
    }

    fn set(&mut self) {
        let other = self.market().with_account("other").unwrap();
        let first = self.market().with_retry(RetryPolicy::never());
        let set = Failover::new("set", [Arc::new(first) as Arc<dyn LivenessProvider>, Arc::new(other)]).unwrap();
        let policy = BreakerPolicy::new().with_failures(1).with_wait(Duration::from_secs(10));
        let set = set.with_breaker(policy).with_clock(self.clock.clone()).with_observer(self.seen.clone());
        self.sandbox.arm_fault(Fault::Refuse, 1);
        let check = self.numbered(compare_check());
        let set = observe::Traced::new(set);
        set.portrait(&set.begin(&check).unwrap().into_verdict().unwrap()).unwrap();
        set.begin(&Check::liveness()).unwrap_err();
        self.clock.advance(Duration::from_secs(11));
        // One of them needs an identity, which this check lacks.
        let both = [Arc::new(self.market()) as Arc<dyn LivenessProvider>, Arc::new(self.hosted())];
        let both = Failover::new("both", both).unwrap().with_clock(self.clock.clone()).with_observer(self.seen.clone());
        let page = self.numbered(Check::liveness().with_return_url(ReturnUrl::parse(RETURN_URL).unwrap()));
        let session = both.begin(&page).unwrap().into_verdict().unwrap_err();
        self.remember(&session);
        let _ = set.begin(&check).unwrap();
    }

    fn keeper(&mut self) {
        let keeper = Keeper::new(self.hosted(), MemorySessionStore::new()).with_clock(self.clock.clone());
        let browser = Browser::new().unwrap();
        let check = self
            .numbered(Check::liveness().with_return_url(ReturnUrl::parse("https://shop-canary.example/b").unwrap()));
        let Begun::Open { state, session } = keeper.begin(&check, &browser).unwrap() else { panic!("a hosted vendor") };
        self.remember(&session);
        self.canaries.plant(state.reveal());
        self.sandbox.finish(&session);
        let _ = keeper.returned(&state, &browser).unwrap();
    }

    fn photos(&self) {
        observe::photo(&*self.seen, &Photo::from_bytes(*b"photo-canary-photo", &PhotoSpec::TENCENT_MARKET));
        #[cfg(feature = "photo")]
        {
            let mut preparer = liveness::photo::Preparer::new(PhotoSpec::TENCENT_MARKET);
            let pixels = image::RgbImage::from_fn(64, 48, |x, y| image::Rgb([(x * 3) as u8, (y * 5) as u8, 90]));
            let mut file = std::io::Cursor::new(Vec::new());
            pixels.write_to(&mut file, image::ImageFormat::Bmp).unwrap();
            let prepared = preparer.prepare(file.get_ref());
            assert!(prepared.is_ok());
            observe::photo(&*self.seen, &prepared);
        }
    }
}
