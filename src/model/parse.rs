//! Text from a form, a setting or a store, read without ever quoting it in an error.
//!
//! serde's own errors quote the value that they refuse (``invalid type: integer `110105…` ``). That would print an ID
//! number that came as a JSON number, or a key. The visitor here names the expected type only.

use std::{fmt, marker::PhantomData};

use serde::{
    Deserializer,
    de::{Error, Visitor},
};
use zeroize::Zeroizing;

/// Reads a string by `parse`. The error is that function's own, or a demand for `expected`.
pub(crate) fn from_text<'de, D, T, E>(
    deserializer: D,
    expected: &'static str,
    parse: impl FnOnce(&str) -> Result<T, E>,
) -> Result<T, D::Error>
where
    D: Deserializer<'de>,
    E: fmt::Display,
{
    let text = Text { expected, parse, result: PhantomData };
    // For a string, serde_json itself refuses a number and quotes it. For any value, it leaves that to the visitor.
    match deserializer.is_human_readable() {
        true => deserializer.deserialize_any(text),
        false => deserializer.deserialize_str(text),
    }
}

/// Gives a type with a `parse(&str)` the conversions that forms, command lines and settings use: `FromStr`, `TryFrom`
/// of both kinds of string, and `Deserialize`.
macro_rules! parsed {
    ($type:ty, $error:ty, $expected:literal) => {
        impl std::str::FromStr for $type {
            type Err = $error;

            fn from_str(text: &str) -> Result<Self, Self::Err> {
                Self::parse(text)
            }
        }

        impl TryFrom<&str> for $type {
            type Error = $error;

            fn try_from(text: &str) -> Result<Self, Self::Error> {
                Self::parse(text)
            }
        }

        impl TryFrom<String> for $type {
            type Error = $error;

            /// The string is wiped.
            fn try_from(text: String) -> Result<Self, Self::Error> {
                Self::parse(&zeroize::Zeroizing::new(text))
            }
        }

        impl<'de> serde::Deserialize<'de> for $type {
            /// No error quotes the value.
            fn deserialize<D: serde::Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
                $crate::model::from_text(deserializer, $expected, Self::parse)
            }
        }
    };
}

/// Gives the error of an input, which has a `message`, its `Display` and `std::error::Error`.
macro_rules! input_error {
    ($error:ty) => {
        impl std::fmt::Display for $error {
            fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
                std::fmt::Display::fmt(&self.message($crate::model::Language::English), f)
            }
        }

        impl std::error::Error for $error {}
    };
}

pub(crate) use {input_error, parsed};

struct Text<F, T> {
    expected: &'static str,
    parse: F,
    result: PhantomData<T>,
}

impl<F, T> Text<F, T> {
    fn refuse<E: Error>(&self) -> E {
        E::custom(format_args!("expected {}", self.expected))
    }
}

impl<'de, F: FnOnce(&str) -> Result<T, E>, T, E: fmt::Display> Visitor<'de> for Text<F, T> {
    type Value = T;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.expected)
    }

    fn visit_str<R: Error>(self, text: &str) -> Result<T, R> {
        (self.parse)(text).map_err(R::custom)
    }

    fn visit_string<R: Error>(self, text: String) -> Result<T, R> {
        self.visit_str(&Zeroizing::new(text))
    }

    fn visit_bool<R: Error>(self, _: bool) -> Result<T, R> {
        Err(self.refuse())
    }

    fn visit_i64<R: Error>(self, _: i64) -> Result<T, R> {
        Err(self.refuse())
    }

    fn visit_u64<R: Error>(self, _: u64) -> Result<T, R> {
        Err(self.refuse())
    }

    fn visit_i128<R: Error>(self, _: i128) -> Result<T, R> {
        Err(self.refuse())
    }

    fn visit_u128<R: Error>(self, _: u128) -> Result<T, R> {
        Err(self.refuse())
    }

    fn visit_f64<R: Error>(self, _: f64) -> Result<T, R> {
        Err(self.refuse())
    }

    fn visit_bytes<R: Error>(self, _: &[u8]) -> Result<T, R> {
        Err(self.refuse())
    }
}
