//! Values that must never be printed: keys, tokens, names, numbers.

use std::{
    convert::Infallible,
    fmt,
    hash::{Hash, Hasher},
};

use serde::{Deserialize, Deserializer};
use zeroize::Zeroizing;

use crate::model::from_text;

/// A string that never prints: a key, a token, a name, a number.
///
/// `Debug` shows `[redacted]`, and the memory is overwritten on drop. It can be deserialized from a setting, and no error
/// quotes it. It has neither `Display` nor `Serialize`, so that no program writes one out by accident. Only this buffer is
/// overwritten. Copies that the caller, the allocator or a TLS library made are out of its reach.
///
/// ```
/// let key = liveness::Secret::new("s3cr3t");
/// assert_eq!(format!("{key:?}"), "[redacted]");
/// assert_eq!(key.reveal(), "s3cr3t");
///
/// let key: liveness::Secret = serde_json::from_str(r#""s3cr3t""#)?;
/// assert_eq!(key, "s3cr3t".into());
/// # Ok::<(), serde_json::Error>(())
/// ```
#[derive(Clone, PartialEq, Eq)]
pub struct Secret(Zeroizing<String>);

impl Secret {
    /// Wraps a value.
    pub fn new(value: impl Into<String>) -> Self {
        Self(Zeroizing::new(value.into()))
    }

    /// The value itself. This is the only way to read it, so a search for `reveal` finds every use.
    pub fn reveal(&self) -> &str {
        &self.0
    }
}

impl fmt::Debug for Secret {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("[redacted]")
    }
}

impl Hash for Secret {
    fn hash<H: Hasher>(&self, state: &mut H) {
        self.reveal().hash(state);
    }
}

impl<'de> Deserialize<'de> for Secret {
    /// No error quotes the value.
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        from_text(deserializer, "a string", |text| Ok::<_, Infallible>(Self::from(text)))
    }
}

impl From<String> for Secret {
    fn from(value: String) -> Self {
        Self::new(value)
    }
}

impl From<&str> for Secret {
    fn from(value: &str) -> Self {
        Self::new(value)
    }
}
