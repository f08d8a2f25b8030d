//! Checks: what the caller asks.

use crate::{
    model::{Goal, Identity, Reference},
    photo::Photo,
    provider::{Challenge, ReturnUrl},
};

/// One check: the goal, and the inputs that providers may need for it.
///
/// The goal is said, never implied: a provider that cannot establish it answers
/// [`ErrorKind::Unsupported`](crate::ErrorKind::Unsupported) before any call. An input that a provider does not need is
/// ignored; [`Requirements`](crate::Requirements) says which.
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
}

impl Check {
    /// Asks whether a living person is there.
    pub fn liveness() -> Self {
        Self { goal: Goal::Liveness, identity: None, photo: None, return_url: None, challenge: None, reference: None }
    }

    /// Asks whether a living person is there and is the one that this identity belongs to.
    pub fn same_person(identity: Identity) -> Self {
        Self { goal: Goal::SamePerson, identity: Some(identity), ..Self::liveness() }
    }

    /// Hands in who the person says they are; the goal stays what it is. Defaults to none.
    pub fn with_identity(mut self, identity: Identity) -> Self {
        self.identity = Some(identity);
        self
    }

    /// Hands in the person's photo. Defaults to none.
    pub fn with_photo(mut self, photo: Photo) -> Self {
        self.photo = Some(photo);
        self
    }

    /// Says where the vendor's page sends the person afterwards. Defaults to none.
    pub fn with_return_url(mut self, url: ReturnUrl) -> Self {
        self.return_url = Some(url);
        self
    }

    /// Asks the person to do something before the camera. Defaults to none: a silent check.
    pub fn with_challenge(mut self, challenge: Challenge) -> Self {
        self.challenge = Some(challenge);
        self
    }

    /// The caller's own number for this check, echoed in the receipt and never sent. Defaults to none.
    pub fn with_reference(mut self, reference: Reference) -> Self {
        self.reference = Some(reference);
        self
    }

    /// What is to be established.
    pub fn goal(&self) -> Goal {
        self.goal
    }

    /// Who the person says they are.
    pub fn identity(&self) -> Option<&Identity> {
        self.identity.as_ref()
    }

    /// The person's photo.
    pub fn photo(&self) -> Option<&Photo> {
        self.photo.as_ref()
    }

    /// Where the vendor's page sends the person afterwards.
    pub fn return_url(&self) -> Option<&ReturnUrl> {
        self.return_url.as_ref()
    }

    /// What the person is asked to do.
    pub fn challenge(&self) -> Option<&Challenge> {
        self.challenge.as_ref()
    }

    /// The caller's own number for this check.
    pub fn reference(&self) -> Option<&Reference> {
        self.reference.as_ref()
    }
}
