//! Both vendors without an account.

mod page;
mod server;

pub use server::Server;

/// marker
pub(crate) const MARKER: &str = "x-liveness-sandbox";
pub(crate) const MARKER_VALUE: &str = "1";
