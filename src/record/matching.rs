//! Compares a request with a recorded one.

use std::fmt;

use zeroize::Zeroizing;

use super::{
    exchange::{Match, RecordedField, RecordedRequest},
    redact::{Comparable, Known, UNKNOWN},
};
use crate::provider::FieldKind;

/// The caller's values for the recorded stand-ins.
#[derive(Clone, Default)]
pub(super) struct Bound(Vec<(String, Zeroizing<String>)>);

impl Bound {
    /// Whether this value may replace that recorded stand-in; if so, it is bound to it.
    fn binds(&mut self, stand_in: &str, value: &str) -> bool {
        let known = self.0.iter().find(|(other, bound)| other == stand_in || bound.as_str() == value);
        match known {
            Some((other, bound)) => other == stand_in && bound.as_str() == value,
            None => {
                self.0.push((stand_in.to_owned(), Zeroizing::new(value.to_owned())));
                true
            }
        }
    }
}

/// One difference, without a personal value.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct Difference {
    field: String,
    what: What,
}

#[derive(Debug, PartialEq, Eq)]
enum What {
    Replayed,
    NotSent,
    NotRecorded,
    Other { recorded: String, sent: String },
    NotGiven,
    NotTheSame,
}

impl Difference {
    /// The exchange was replayed before.
    pub(super) fn replayed() -> Self {
        Self { field: String::new(), what: What::Replayed }
    }
}

impl fmt::Display for Difference {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { field, what } = self;
        match what {
            What::Replayed => f.write_str("it was replayed before"),
            What::NotSent => write!(f, "`{field}` was recorded and is not sent"),
            What::NotRecorded => write!(f, "`{field}` is sent and was not recorded"),
            What::Other { recorded, sent } => {
                write!(f, "`{field}` was recorded as `{recorded}` and is sent as `{sent}`")
            }
            What::NotGiven => write!(f, "`{field}` is not the one that the cassette's answer gave"),
            What::NotTheSame => {
                write!(
                    f,
                    "`{field}` is the same as elsewhere where the recorded one was another, or the other way round"
                )
            }
        }
    }
}

/// The differences, and the new bindings if this exchange matches.
pub(super) fn differences(
    recorded: &RecordedRequest,
    sent: &Comparable,
    bound: &Bound,
    known: &Known,
    is_given: impl Fn(&str) -> bool,
) -> (Vec<Difference>, Bound) {
    let mut bound = bound.clone();
    let mut found = Vec::new();
    let mut rest: Vec<_> = sent.fields.iter().collect();
    for field in recorded.fields.iter().filter(|field| field.name != UNKNOWN) {
        let Some(at) = rest.iter().position(|(name, _)| *name == field.name) else {
            if field.matches != Match::Ignored {
                found.push(Difference { field: field.name.clone(), what: What::NotSent });
            }
            continue;
        };
        let (_, value) = rest.remove(at);
        if let Some(what) = difference(field, value, &mut bound, known, &is_given) {
            found.push(Difference { field: field.name.clone(), what });
        }
    }
    // Of the fields that are in no table, as many must be present as were recorded.
    let mut unknown = recorded.fields.iter().filter(|field| field.name == UNKNOWN).count();
    for (name, _) in rest {
        let kind = known.kind(name);
        match kind {
            Some(FieldKind::Instant | FieldKind::Signature | FieldKind::Secret) => {}
            None if unknown > 0 => unknown -= 1,
            None => found.push(Difference { field: UNKNOWN.to_owned(), what: What::NotRecorded }),
            Some(_) => found.push(Difference { field: name.clone(), what: What::NotRecorded }),
        }
    }
    found.extend((0..unknown).map(|_| Difference { field: UNKNOWN.to_owned(), what: What::NotSent }));
    (found, bound)
}

fn difference(
    field: &RecordedField,
    value: &str,
    bound: &mut Bound,
    known: &Known,
    is_given: &impl Fn(&str) -> bool,
) -> Option<What> {
    let is_same = match field.matches {
        Match::Ignored | Match::Present => true,
        Match::Exact if value == field.value => true,
        Match::Exact => {
            let sent = known.words(&field.name, value);
            return Some(What::Other { recorded: field.value.clone(), sent });
        }
        Match::Given if is_given(&field.value) => return (value != field.value).then_some(What::NotGiven),
        Match::Given | Match::Same => bound.binds(&field.value, value),
    };
    (!is_same).then_some(What::NotTheSame)
}
