//! How is a check paid for once, over crashes and outages? Providers around providers.

mod breaker;
mod failover;

pub use self::{
    breaker::BreakerPolicy,
    failover::{Failover, FailoverPolicy},
};
