//! The parts that the processes of a fleet share: a journal of paid calls, a store of hosted sessions, a batch of
//! jobs and its results, all in one Redis. The processes are in `src/bin/`.
//!
//! ```no_run
//! use liveness::{TencentMarket, UreqTransport, money::AtMostOnce};
//! use liveness_fleet::{durable, journal::RedisJournal, link::Link};
//!
//! let link = Link::new("redis://127.0.0.1:6379/0")?;
//! durable::check(&link, false)?;
//! let keys = liveness::tencent_market::Credentials { secret_id: "id".into(), secret_key: "key".into() };
//! let provider = AtMostOnce::new(TencentMarket::new(keys, UreqTransport::new()), RedisJournal::new(link))?;
//! # Ok::<(), Box<dyn std::error::Error>>(())
//! ```

pub mod doubts;
pub mod durable;
pub mod export;
pub mod jobs;
pub mod journal;
pub mod link;
pub mod log;
pub mod missing;
pub mod owners;
pub mod proof;
pub mod results;
pub mod retention;
pub mod sessions;
pub mod settings;
pub mod stop;
mod whole;

pub use whole::whole;
