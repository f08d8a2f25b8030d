//! The inputs that identify a check.

use ring::{
    digest::{SHA256, digest},
    hmac,
};
use zeroize::Zeroizing;

use crate::{
    money::{journal::Fingerprint, seal::SealingKey},
    provider::{Check, Session},
};

/// The version of the hashed inputs: the goal, the normalised identity, the challenge, and the photo. The return URL
/// is left out, because a service may change it between two deliveries.
const VERSION: u32 = 1;

/// The inputs to hash, in each form that an earlier call may have used; the first one is written down.
pub(super) struct Inputs {
    first: Zeroizing<Vec<u8>>,
    other: Option<Zeroizing<Vec<u8>>>,
}

impl Inputs {
    /// The inputs of a check. The photo counts as the caller's upload, if the photo still has it, because the
    /// prepared image differs from one version to the next.
    pub(super) fn of_check(check: &Check) -> Self {
        let (actions, colors): (Vec<_>, Vec<_>) = check.challenge().map_or_else(Default::default, |challenge| {
            let actions = challenge.actions().iter().map(|action| action.as_str());
            (actions.collect(), challenge.colors().iter().map(|color| color.as_str()).collect())
        });
        let (actions, colors) = (actions.join(","), colors.join(","));
        let (name, number) =
            check.identity().map_or(("", ""), |identity| (identity.name().reveal(), identity.id_number().reveal()));
        let with_photo = |photo: &[u8]| {
            let texts = [check.goal().as_str(), name, number, &actions, &colors];
            joined(texts.iter().map(|text| text.as_bytes()).chain([photo]))
        };
        let Some(photo) = check.photo() else { return Self { first: with_photo(&[]), other: None } };
        let prepared = with_photo(digest(&SHA256, photo.bytes()).as_ref());
        match photo.upload_digest() {
            Some(upload) => Self { first: with_photo(upload), other: Some(prepared) },
            None => Self { first: prepared, other: None },
        }
    }

    /// The inputs of a session: another session of the same try would have another token.
    pub(super) fn of_session(session: &Session) -> Self {
        Self { first: joined([session.token().reveal().as_bytes()].into_iter()), other: None }
    }

    /// The fingerprint to write down, under this key.
    pub(super) fn fingerprint(&self, key: &SealingKey) -> Fingerprint {
        hashed(key, &self.first)
    }

    /// The fingerprints in each form, under each of these keys.
    pub(super) fn fingerprints<'a>(&'a self, keys: &'a [&SealingKey]) -> impl Iterator<Item = Fingerprint> + 'a {
        let forms = || [&self.first].into_iter().chain(&self.other);
        keys.iter().flat_map(move |key| forms().map(|form| hashed(key, form)))
    }
}

fn hashed(key: &SealingKey, input: &[u8]) -> Fingerprint {
    let hmac_key = hmac::Key::new(hmac::HMAC_SHA256, Zeroizing::new(key.for_fingerprints()).as_slice());
    let mac = hmac::sign(&hmac_key, input);
    Fingerprint::new(VERSION, key.name(), mac.as_ref().iter().take(16).map(|byte| format!("{byte:02x}")).collect())
}

/// Each part with its length before it, so that no two lists of parts give the same bytes.
fn joined<'a>(parts: impl Iterator<Item = &'a [u8]> + Clone) -> Zeroizing<Vec<u8>> {
    let mut written = Zeroizing::new(Vec::with_capacity(parts.clone().map(|part| part.len() + 8).sum()));
    for part in parts {
        written.extend_from_slice(&(part.len() as u64).to_be_bytes());
        written.extend_from_slice(part);
    }
    written
}
