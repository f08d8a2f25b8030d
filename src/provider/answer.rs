//! A vendor's response: its JSON fields, and its envelope of code, text, number and billing.
//!
//! The author of another vendor reads the body with [`Fields`] and fills an [`Envelope`], which then makes the receipt or the
//! error.

pub use crate::provider::{
    envelope::Envelope,
    fetch::is_safe_to_fetch,
    fields::{Fields, NotJson},
};
