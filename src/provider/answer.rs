//! A vendor's answer: its JSON fields, and what it says of itself.
//!
//! The author of another vendor reads the body with [`Fields`], puts what every answer carries into an [`Envelope`], and lets
//! that make the receipt or the error.

pub use crate::provider::{
    envelope::Envelope,
    fetch::is_safe_to_fetch,
    fields::{Fields, NotJson},
};
