//! Reads the value of an option, and explains a wrong one.

use clap::builder::{PossibleValue, PossibleValuesParser, StringValueParser, TypedValueParser};
use liveness::sandbox::Vendor;

use crate::language::Words;

/// A value out of a list, each with its meaning, which completions show.
pub(crate) fn one_of<T: Clone + Send + Sync + 'static>(
    values: impl IntoIterator<Item = (&'static str, &'static str)>,
    find: fn(&str) -> Option<T>,
) -> impl TypedValueParser<Value = T> {
    let values = values.into_iter().map(|(name, meaning)| PossibleValue::new(name).help(meaning));
    PossibleValuesParser::new(values)
        .try_map(move |name| find(&name).ok_or_else(|| Words::new("there is no such value", "没有该取值")))
}

/// A number from `min` to `max`.
pub(crate) fn number<T: TryFrom<u64> + Clone + Send + Sync + 'static>(
    min: u64,
    max: u64,
) -> impl TypedValueParser<Value = T> {
    StringValueParser::new().try_map(move |text| {
        let number = text.parse().ok().filter(|number| (min..=max).contains(number));
        number.and_then(|number| T::try_from(number).ok()).ok_or_else(|| {
            Words::new(
                format!("a whole number from {min} to {max} is expected"),
                format!("应为 {min} 到 {max} 之间的整数"),
            )
        })
    })
}

/// A host's name, without a port.
pub(crate) fn host() -> impl TypedValueParser<Value = String> {
    StringValueParser::new().try_map(|name| {
        let is_of_a_name = |c: char| c.is_ascii_alphanumeric() || matches!(c, '-' | '_' | '.');
        match !name.is_empty() && name.chars().all(is_of_a_name) {
            true => Ok(name),
            false => Err(Words::new("a host name without a port is expected", "应为不带端口的主机名")),
        }
    })
}

/// One of the two vendors.
pub(crate) fn vendors() -> impl TypedValueParser<Value = Vendor> {
    one_of([("jumdata", "hosted page"), ("tencent-market", "one-shot compare")], |name| {
        Vendor::ALL.iter().copied().find(|vendor| vendor.to_string() == name)
    })
}
