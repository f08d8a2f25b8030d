//! Reads a vendor's answer as far as possible.
//!
//! A paid answer is never thrown away while it can be read. [`Reading`] undoes what was done to the text on its way
//! ([`Repair`](crate::Repair)) and reads it strictly: one JSON object in which no field stands twice with different values.
//! A [`Layout`] says under which names a vendor puts its code, text and number. [`Answer`] is what comes out: the fields, and an
//! [`Envelope`] that makes the verdict, the receipt or the error. An answer that is broken gives its code, number and charge to
//! the error and never becomes a verdict.

mod charge;
mod envelope;
mod fetch;
mod fields;
mod inflate;
mod layout;
mod page;
mod reading;
mod strict;
mod text;

use self::charge::Charge;
pub use self::{
    envelope::Envelope,
    fetch::is_safe_to_fetch,
    fields::Fields,
    layout::Layout,
    reading::{Answer, Reading},
    strict::NotJson,
};
pub(crate) use self::{
    reading::said,
    text::{Unread, unpack},
};
