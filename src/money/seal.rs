//! Seals the data about a person or a session that a journal must keep, so that only the key's owner can read it.

use std::fmt;

use base64::{Engine as _, engine::general_purpose::STANDARD};
use ring::{
    aead::{AES_256_GCM, Aad, LessSafeKey, NONCE_LEN, Nonce, UnboundKey},
    hmac,
    rand::{SecureRandom, SystemRandom},
};
use serde::{Deserialize, Serialize};
use zeroize::{Zeroize, Zeroizing};

use crate::model::{Error, ErrorKind, Result, Text};

const KEY_LEN: usize = 32;

/// The operator's key, under which a journal seals the data that a repeat needs: a session's token, the person's
/// record, the portrait's address. It is 32 random bytes, stored apart from the journal, such as in the secrets of
/// the deployment.
///
/// ```
/// use liveness::money::SealingKey;
///
/// let key = SealingKey::from_base64("q83vASNFZ4mrze8BI0VniavN7wEjRWeJq83vASNFZ4k=")?;
/// assert!(!format!("{key:?}").contains("q83v"));
/// # Ok::<(), liveness::Error>(())
/// ```
#[derive(Clone)]
pub struct SealingKey {
    bytes: Zeroizing<[u8; KEY_LEN]>,
    name: String,
}

impl SealingKey {
    /// The key with these bytes. They must come from a good source of randomness, such as `openssl rand -base64 32`.
    pub fn new(bytes: [u8; KEY_LEN]) -> Self {
        let bytes = Zeroizing::new(bytes);
        let name = derived(&bytes, "name").iter().take(4).map(|byte| format!("{byte:02x}")).collect();
        Self { bytes, name }
    }

    /// Reads the key from 44 characters of standard Base64.
    ///
    /// # Errors
    ///
    /// `Configuration` naming `sealing_key` if it is not Base64 of 32 bytes.
    pub fn from_base64(text: &str) -> Result<Self> {
        let mut decoded = Zeroizing::new(STANDARD.decode(text.trim()).unwrap_or_default());
        let bytes = <[u8; KEY_LEN]>::try_from(decoded.as_slice()).map_err(|_| {
            Error::configuration("sealing_key").with_reason(Text {
                english: "it must be 32 bytes in Base64, such as `openssl rand -base64 32` prints",
                chinese: "必须为 32 字节的 Base64，例如 `openssl rand -base64 32` 的输出",
            })
        });
        decoded.zeroize();
        bytes.map(Self::new)
    }

    /// Its public name: 8 hexadecimal digits. Records contain it, so that a journal knows which key it needs.
    pub fn name(&self) -> &str {
        &self.name
    }

    /// The key for fingerprints of inputs, made from this one.
    pub(super) fn for_fingerprints(&self) -> [u8; KEY_LEN] {
        derived(&self.bytes, "fingerprint")
    }

    /// Seals a text under a separate key. `context` is bound to it: the text opens under no other context.
    ///
    /// # Errors
    ///
    /// `Unavailable` on a system without randomness.
    pub(super) fn seal(&self, context: &str, text: &[u8]) -> Result<Sealed> {
        let mut own = Zeroizing::new([0; KEY_LEN]);
        SystemRandom::new().fill(own.as_mut_slice()).map_err(|_| no_randomness())?;
        let outer = Zeroizing::new(derived(&self.bytes, "seal"));
        Ok(Sealed {
            under: self.name.clone(),
            key: Some(encrypted(&outer, context, own.as_slice())?),
            data: encrypted(&own, context, text)?,
        })
    }

    /// Opens a text that was sealed under this key for this context; `None` if it was erased, changed, or sealed
    /// under another.
    pub(super) fn open(&self, context: &str, sealed: &Sealed) -> Option<Zeroizing<Vec<u8>>> {
        let outer = Zeroizing::new(derived(&self.bytes, "seal"));
        let own = decrypted(&outer, context, sealed.key.as_deref()?)?;
        let own = Zeroizing::new(<[u8; KEY_LEN]>::try_from(own.as_slice()).ok()?);
        decrypted(&own, context, &sealed.data)
    }
}

impl fmt::Debug for SealingKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("SealingKey").field("name", &self.name).finish_non_exhaustive()
    }
}

/// A sealed text: AES-256-GCM under a separate key, which is encrypted under the operator's. Without that key it is
/// unreadable, so a journal stores the key apart and destroys it to erase the text.
///
/// ```
/// use liveness::{
///     Check, Jumdata, LivenessProvider, ReturnUrl, Sandbox,
///     money::{AtMostOnce, Journal, MemoryJournal, SealingKey},
/// };
///
/// let (journal, key) = (MemoryJournal::new(), SealingKey::new([7; 32]));
/// let account = Jumdata::new(Sandbox::jumdata_credentials(), Sandbox::new());
/// let provider = AtMostOnce::sealing(account, journal.clone(), key.clone())?;
/// let check = Check::liveness()
///     .with_return_url(ReturnUrl::parse("https://shop.example/back")?)
///     .with_reference("order-7".parse()?);
/// let _session = provider.begin(&check)?;
///
/// let sealed = journal.records(None, 1)?.remove(0).sealed.unwrap();
/// assert_eq!(sealed.under, key.name());
/// // To erase it, its own key is destroyed.
/// journal.erase(check.reference().unwrap())?;
/// assert!(journal.records(None, 1)?.remove(0).sealed.is_none_or(|sealed| sealed.key.is_none()));
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Clone, PartialEq, Eq, Serialize, Deserialize)]
#[non_exhaustive]
pub struct Sealed {
    /// The public name of the operator's key: 8 hexadecimal digits.
    pub under: String,
    /// The text's own key, encrypted, in Base64; `None` once it is erased.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub key: Option<String>,
    /// The encrypted text, in Base64.
    pub data: String,
}

impl fmt::Debug for Sealed {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Sealed").field("under", &self.under).field("is_erased", &self.key.is_none()).finish()
    }
}

/// A key for one purpose, made from another.
fn derived(key: &[u8; KEY_LEN], purpose: &str) -> [u8; KEY_LEN] {
    let tag = hmac::sign(&hmac::Key::new(hmac::HMAC_SHA256, key), format!("liveness journal {purpose}").as_bytes());
    let mut derived = [0; KEY_LEN];
    derived.copy_from_slice(tag.as_ref());
    derived
}

/// The nonce and the encrypted text, in Base64.
fn encrypted(key: &[u8; KEY_LEN], context: &str, text: &[u8]) -> Result<String> {
    let mut nonce = [0; NONCE_LEN];
    SystemRandom::new().fill(&mut nonce).map_err(|_| no_randomness())?;
    let cipher = LessSafeKey::new(UnboundKey::new(&AES_256_GCM, key).map_err(|_| no_randomness())?);
    let mut sealed = nonce.to_vec();
    let mut data = text.to_vec();
    cipher
        .seal_in_place_append_tag(Nonce::assume_unique_for_key(nonce), Aad::from(context), &mut data)
        .map_err(|_| no_randomness())?;
    sealed.append(&mut data);
    Ok(STANDARD.encode(sealed))
}

fn decrypted(key: &[u8; KEY_LEN], context: &str, text: &str) -> Option<Zeroizing<Vec<u8>>> {
    let sealed = STANDARD.decode(text).ok()?;
    let (nonce, data) = sealed.split_first_chunk::<NONCE_LEN>()?;
    let cipher = LessSafeKey::new(UnboundKey::new(&AES_256_GCM, key).ok()?);
    let mut data = Zeroizing::new(data.to_vec());
    let length = cipher.open_in_place(Nonce::assume_unique_for_key(*nonce), Aad::from(context), &mut data).ok()?.len();
    data.truncate(length);
    Some(data)
}

fn no_randomness() -> Error {
    Error::new(ErrorKind::Unavailable)
        .with_reason(Text::new("the system cannot provide random numbers", "系统无法提供随机数"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_sealed_opens_with_its_key_in_its_context_alone() {
        let key = SealingKey::new([7; KEY_LEN]);
        let sealed = key.seal("order-7/1/begin", b"t0ken").unwrap();
        assert_eq!(key.open("order-7/1/begin", &sealed).unwrap().as_slice(), b"t0ken");
        assert_eq!(key.open("order-8/1/begin", &sealed), None);
        assert_eq!(SealingKey::new([8; KEY_LEN]).open("order-7/1/begin", &sealed), None);
        assert_eq!(key.open("order-7/1/begin", &Sealed { key: None, ..sealed.clone() }), None, "erased");
        assert!(!serde_json::to_string(&sealed).unwrap().contains("t0ken"));
        assert_ne!(key.seal("order-7/1/begin", b"t0ken").unwrap(), sealed, "each has a key of its own");
    }

    #[test]
    fn a_key_is_32_bytes_of_base64_and_its_name_gives_nothing_away() {
        for wrong in ["", "abc", "QUJD", &"A".repeat(88)] {
            let error = SealingKey::from_base64(wrong).unwrap_err();
            assert_eq!((error.kind(), error.field()), (ErrorKind::Configuration, Some("sealing_key")));
        }
        let key = SealingKey::from_base64(&format!(" {}\n", STANDARD.encode([7; KEY_LEN]))).unwrap();
        assert_eq!((key.name(), key.name().len()), (SealingKey::new([7; KEY_LEN]).name(), 8));
    }
}
