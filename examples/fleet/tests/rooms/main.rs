//! The journal and the store of sessions in Redis, by the rules of every journal and of every store, and over crashes of Redis; the
//! batch and its results; doubts that are settled and results that are missing; the server; what is deployed.

#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, reason = "a test may")]

mod batch;
mod calls;
mod crash;
mod deploy;
mod doubts;
mod durable;
mod kept;
mod log;
mod lost;
mod missing;
mod proof;
mod proxy;
mod redis;
mod server;
mod settings;

mod journal {
    use std::thread;

    use liveness::contract::JournalStage;
    use liveness_fleet::journal::RedisJournal;

    use crate::redis::shared;

    fn stage() -> JournalStage {
        let (link, prefix) = shared();
        JournalStage::new(move || RedisJournal::new(link.clone()).with_prefix(&prefix), thread::sleep)
    }

    liveness::journal_contract!(stage);
}

mod sessions {
    use std::thread;

    use liveness::contract::StoreStage;
    use liveness_fleet::sessions::RedisSessionStore;

    use crate::redis::shared;

    fn stage() -> StoreStage {
        let (link, prefix) = shared();
        StoreStage::new(RedisSessionStore::new(link).with_prefix(&prefix), thread::sleep)
    }

    liveness::session_store_contract!(stage);
}
