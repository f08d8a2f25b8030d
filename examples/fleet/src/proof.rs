//! Checks that the application let a person begin the check of a reference: a signature over the reference, which ends.
//!
//! The application and the servers share a key of 32 bytes. A proof is the HMAC-SHA256 under it, in 64 lower-case hexadecimal digits, of
//! these bytes: the reference, one line feed (0x0A), and `expires`, both as they stand in the form before they are encoded for it.
//! `expires` is the second since 1970 from which on the proof no longer holds, in decimal digits alone.
//!
//! A proof names no browser. Whoever has it may begin the check until it ends, once: the check then belongs to that browser.

use std::fmt;

use base64::{Engine, engine::general_purpose::STANDARD};
use ring::hmac;

/// How many bytes a key has.
const KEY_BYTES: usize = 32;

/// The key that the application signs references with. Its `Debug` says nothing of it.
#[derive(Clone)]
pub struct ReferenceKey(hmac::Key);

/// Why a check may not begin.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Refused {
    /// A field is missing, or the application has not signed this reference with this end.
    Unsigned,
    /// The application has signed it, and its time is over.
    Expired,
}

impl ReferenceKey {
    /// Reads the key from 44 characters of standard Base64; `None` if it is not Base64 of 32 bytes.
    pub fn from_base64(text: &str) -> Option<Self> {
        let bytes = STANDARD.decode(text.trim()).ok().filter(|bytes| bytes.len() == KEY_BYTES)?;
        Some(Self(hmac::Key::new(hmac::HMAC_SHA256, &bytes)))
    }

    /// What the application writes in `proof`.
    pub fn proof(&self, reference: &str, expires: u64) -> String {
        let signed = hmac::sign(&self.0, &message(reference, &expires.to_string()));
        signed.as_ref().iter().map(|byte| format!("{byte:02x}")).collect()
    }

    /// Checks the fields of a form at this second since 1970. How long it takes does not depend on how much of the proof is right.
    ///
    /// # Errors
    ///
    /// Why the check may not begin.
    pub fn check(&self, reference: &str, expires: &str, proof: &str, now: u64) -> Result<(), Refused> {
        let proof = bytes(proof).ok_or(Refused::Unsigned)?;
        hmac::verify(&self.0, &message(reference, expires), &proof).map_err(|_| Refused::Unsigned)?;
        let is_number = expires.bytes().all(|byte| byte.is_ascii_digit());
        let until: u64 = expires.parse().ok().filter(|_| is_number).ok_or(Refused::Unsigned)?;
        if now < until { Ok(()) } else { Err(Refused::Expired) }
    }
}

fn message(reference: &str, expires: &str) -> Vec<u8> {
    format!("{reference}\n{expires}").into_bytes()
}

/// The bytes of lower-case hexadecimal digits.
fn bytes(hexadecimal: &str) -> Option<Vec<u8>> {
    let digit = |byte: u8| match byte {
        b'0'..=b'9' => Some(byte - b'0'),
        b'a'..=b'f' => Some(byte - b'a' + 10),
        _ => None,
    };
    let pairs = hexadecimal.as_bytes().chunks(2);
    pairs.map(|pair| Some(digit(*pair.first()?)? << 4 | digit(*pair.get(1)?)?)).collect()
}

impl fmt::Display for Refused {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Unsigned => "the application has not signed this reference",
            Self::Expired => "the signature of this reference has expired",
        })
    }
}

impl std::error::Error for Refused {}

impl fmt::Debug for ReferenceKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("ReferenceKey").finish_non_exhaustive()
    }
}
