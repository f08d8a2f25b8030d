//! Redacts requests and answers by an allow-list, so that they contain no personal data, key or token.
//!
//! A value whose field is in a vendor's table is kept, or replaced by a stand-in that is the same for the same value;
//! every other letter and digit is masked. A cassette that shows too little can be recorded again with another table,
//! but one that shows too much cannot be taken back.

mod answer;
mod headers;
mod json;
mod known;
mod mask;
mod request;
mod stand_ins;
mod values;

pub(super) use self::{
    answer::recorded_response,
    known::Known,
    mask::masked,
    request::{Comparable, UNKNOWN},
    stand_ins::StandIns,
    values::Redactor,
};
