//! Reading of a vendor's answers, as far as they are readable.
//!
//! A paid answer is never thrown away while it can be read. [`Reading`] undoes changes to the text on its way
//! ([`Repair`](crate::Repair)) and reads it strictly: one JSON object in which no field occurs twice with different
//! values. A [`Layout`] gives the names under which a vendor puts its code, text and number. The result is an
//! [`Answer`]: the fields, and an [`Envelope`] that makes the verdict, the receipt or the error. A broken answer
//! gives its code, number and charge to the error and never becomes a verdict.
//!
//! ```
//! use liveness::{Body, Response, answer::{Layout, Reading}};
//!
//! const LAYOUT: Layout = Layout::new("code").with_message(&["msg"]).with_request_id(&["taskNo"]).with_charge("charge");
//!
//! let response = Response::new(Body::from(r#"{"code":200,"taskNo":"7","charge":true,"data":{"token":"t-1"}}"#));
//! let answer = Reading::of(&response).answer(&LAYOUT)?;
//! assert_eq!((answer.envelope.code(), answer.envelope.request_id()), (Some("200"), Some("7")));
//! assert_eq!(answer.fields.object("data").text("token").as_deref(), Some("t-1"));
//! # Ok::<(), liveness::Error>(())
//! ```

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
