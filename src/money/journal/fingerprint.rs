//! Compares the inputs of a call with those of an earlier call of the same try.

use serde::{Deserialize, Serialize};

/// A keyed hash of the inputs of a check. An ID number can be guessed, so a hash without a key would reveal it.
///
/// ```
/// use liveness::money::Fingerprint;
///
/// // `AtMostOnce` makes them. The author of a journal stores them as they are: they serialize.
/// let fingerprint = Fingerprint::new(1, "0a1b2c3d", "5f".repeat(16));
/// let stored = serde_json::to_string(&fingerprint).unwrap();
/// assert_eq!(serde_json::from_str::<Fingerprint>(&stored).unwrap(), fingerprint);
/// ```
#[derive(Clone, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub struct Fingerprint {
    /// The version of the choice of inputs and of how they are hashed. Raised when that changes.
    version: u32,
    /// The public name of the key that made the hash.
    key: String,
    /// 128 bits of HMAC-SHA256, in hexadecimal digits.
    mac: String,
}

/// How two sets of inputs compare.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Likeness {
    Same,
    Other,
    /// They were hashed with a key or in a form that is unknown here.
    Unknown,
}

impl Fingerprint {
    /// A hash: `version` says which inputs are hashed and how, `key` is the public name of the key, and `mac` has 32 hexadecimal
    /// digits.
    pub fn new(version: u32, key: &str, mac: String) -> Self {
        Self { version, key: key.to_owned(), mac }
    }

    /// Compares it with the same inputs under each known key and form.
    pub(super) fn likeness<'a>(&self, known: impl Iterator<Item = &'a Self>) -> Likeness {
        let comparable: Vec<_> =
            known.filter(|known| (known.version, &known.key) == (self.version, &self.key)).collect();
        match comparable.iter().any(|known| known.mac == self.mac) {
            true => Likeness::Same,
            false if comparable.is_empty() => Likeness::Unknown,
            false => Likeness::Other,
        }
    }
}
