//! Both vendors without an account.

mod page;
mod server;

pub use server::Server;
