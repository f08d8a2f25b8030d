//! Checks: the goal and the inputs.

use crate::{
    model::{Goal, Identity, Reference},
    photo::Photo,
    provider::{Challenge, ReturnUrl},
};

/// One check: the goal, and the inputs that providers may need for it.
///
/// Every check states its goal. A provider that cannot establish the goal returns
/// [`ErrorKind::Unsupported`](crate::ErrorKind::Unsupported) before any call. A provider ignores an input that it does not
/// need; [`Requirements`](crate::Requirements) lists what it needs.
///
/// ```
/// use liveness::{Check, Goal, Reference, ReturnUrl};
///
/// let check = Check::liveness()
///     .with_return_url(ReturnUrl::parse("https://shop.example/back")?)
///     .with_reference(Reference::parse("order-7")?);
/// assert_eq!(check.goal(), Goal::Liveness);
/// # Ok::<(), liveness::Error>(())
/// ```
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Check {
    goal: Goal,
    identity: Option<Identity>,
    photo: Option<Photo>,
    return_url: Option<ReturnUrl>,
    challenge: Option<Challenge>,
    reference: Option<Reference>,
    attempt: u32,
}

impl Check {
    /// A check that a living person is there.
    pub fn liveness() -> Self {
        Self {
            goal: Goal::Liveness,
            identity: None,
            photo: None,
            return_url: None,
            challenge: None,
            reference: None,
            attempt: 1,
        }
    }

    /// A check that a living person is there and that this identity is theirs.
    pub fn same_person(identity: Identity) -> Self {
        Self { goal: Goal::SamePerson, identity: Some(identity), ..Self::liveness() }
    }

    /// Adds the identity that the person claims. The goal does not change. Defaults to none.
    pub fn with_identity(mut self, identity: Identity) -> Self {
        self.identity = Some(identity);
        self
    }

    /// Adds the person's photo. Defaults to none.
    pub fn with_photo(mut self, photo: Photo) -> Self {
        self.photo = Some(photo);
        self
    }

    /// Sets the address to which the vendor's page sends the person afterwards. Defaults to none.
    pub fn with_return_url(mut self, url: ReturnUrl) -> Self {
        self.return_url = Some(url);
        self
    }

    /// Sets the person's task in front of the camera. Defaults to none, which is a silent check.
    pub fn with_challenge(mut self, challenge: Challenge) -> Self {
        self.challenge = Some(challenge);
        self
    }

    /// Sets the caller's own number for this check. It is copied into the receipt and never sent to the vendor.
    /// Defaults to none.
    pub fn with_reference(mut self, reference: Reference) -> Self {
        self.reference = Some(reference);
        self
    }

    /// Sets which try of the reference this is, from 1. A redelivered job, a second post and a reload are the same
    /// try. If the person takes another photo or uses the camera once more, that is another try.
    /// [`AtMostOnce`](crate::money::AtMostOnce) pays once for each. 0 is read as 1. Defaults to 1.
    pub fn with_attempt(mut self, attempt: u32) -> Self {
        self.attempt = attempt.max(1);
        self
    }

    /// The goal of the check.
    pub fn goal(&self) -> Goal {
        self.goal
    }

    /// The identity that the person claims.
    pub fn identity(&self) -> Option<&Identity> {
        self.identity.as_ref()
    }

    /// The person's photo.
    pub fn photo(&self) -> Option<&Photo> {
        self.photo.as_ref()
    }

    /// The address to which the vendor's page sends the person afterwards.
    pub fn return_url(&self) -> Option<&ReturnUrl> {
        self.return_url.as_ref()
    }

    /// The person's task in front of the camera.
    pub fn challenge(&self) -> Option<&Challenge> {
        self.challenge.as_ref()
    }

    /// The caller's own number for this check.
    pub fn reference(&self) -> Option<&Reference> {
        self.reference.as_ref()
    }

    /// Which try of the reference this is, from 1.
    pub fn attempt(&self) -> u32 {
        self.attempt
    }
}
