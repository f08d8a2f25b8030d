//! How is a value kept that must never be printed?

use std::fmt;

use zeroize::Zeroizing;

/// A string that never prints: a key, a token, a name, a number.
///
/// `Debug` shows `[redacted]`, there is no `Display` and no `Serialize`, and the memory is wiped on drop.
/// Only this buffer is wiped: copies that the caller, the allocator or a TLS library made are out of its reach.
///
/// ```
/// let key = liveness::Secret::new("s3cr3t");
/// assert_eq!(format!("{key:?}"), "[redacted]");
/// assert_eq!(key.reveal(), "s3cr3t");
/// ```
#[derive(Clone, PartialEq, Eq)]
pub struct Secret(Zeroizing<String>);

impl Secret {
    /// Takes the value in.
    pub fn new(value: impl Into<String>) -> Self {
        Self(Zeroizing::new(value.into()))
    }

    /// The value itself; the only way out, so that a search for `reveal` finds every use.
    pub fn reveal(&self) -> &str {
        &self.0
    }
}

impl fmt::Debug for Secret {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("[redacted]")
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
