//! Mocks of a provider and of a transport, for a user's own tests.
//!
//! [mockall](https://docs.rs/mockall) mocks of both traits, for tests about the *number or order* of calls. To emulate a
//! vendor, use the sandbox. To return one canned response, use a closure, which is a [`Transport`].
//!
//! ```
//! use liveness::{
//!     Check, ErrorKind, Error, LivenessProvider, Outcome, Progress, ProviderId, Receipt, Verdict, mock::MockLivenessProvider,
//! };
//!
//! /// The code under test: asks once, and never again when it cannot know what happened.
//! fn is_live(provider: &dyn LivenessProvider) -> Option<bool> {
//!     match provider.begin(&Check::liveness()) {
//!         Ok(Progress::Done(verdict)) => Some(verdict.is_passed()),
//!         Ok(Progress::Pending(_)) | Err(_) => None,
//!     }
//! }
//!
//! let mut provider = MockLivenessProvider::new();
//! provider.expect_begin().times(1).returning(|_| {
//!     let receipt = Receipt::new(ProviderId::new("mock", "default")?);
//!     Ok(Progress::Done(Verdict::new(Outcome::Passed, receipt)))
//! });
//! assert_eq!(is_live(&provider), Some(true));
//!
//! let mut provider = MockLivenessProvider::new();
//! provider.expect_begin().times(1).returning(|_| Err(Error::new(ErrorKind::OutcomeUnknown)));
//! assert_eq!(is_live(&provider), None);
//! ```

use crate::{
    model::{Portrait, ProviderId, Request, Response, Result, Verdict},
    provider::{Check, LivenessProvider, Progress, Requirements, Session},
    transport::{Transport, TransportError},
};

mockall::mock! {
    /// A [`LivenessProvider`] whose calls and results a test sets. `begin_with` and `resume_with` call `begin` and `resume`;
    /// `accounts`, `verify` and `exposure` are those of the trait.
    ///
    /// ```
    /// use liveness::{Check, Error, ErrorKind, LivenessProvider, ProviderId, mock::MockLivenessProvider};
    ///
    /// let mut provider = MockLivenessProvider::new();
    /// provider.expect_id().return_const(ProviderId::new("mock", "default")?);
    /// provider.expect_begin().once().returning(|_| Err(Error::new(ErrorKind::RateLimited)));
    /// assert_eq!(provider.id().vendor(), "mock");
    /// assert_eq!(provider.begin(&Check::liveness()).unwrap_err().kind(), ErrorKind::RateLimited);
    /// # Ok::<(), Error>(())
    /// ```
    #[derive(Debug)]
    pub LivenessProvider {}

    impl LivenessProvider for LivenessProvider {
        fn id(&self) -> &ProviderId;
        fn requirements(&self) -> Requirements;
        fn begin(&self, check: &Check) -> Result<Progress>;
        fn resume(&self, session: &Session) -> Result<Progress>;
        fn portrait(&self, verdict: &Verdict) -> Result<Option<Portrait>>;
    }
}

mockall::mock! {
    /// A [`Transport`] whose calls and responses a test sets.
    ///
    /// ```
    /// use liveness::{
    ///     Check, ErrorKind, Jumdata, LivenessProvider, Ran, RetryPolicy, ReturnUrl, Sandbox, TransportError,
    ///     mock::MockTransport,
    /// };
    ///
    /// // A paid call whose answer is lost is sent once.
    /// let mut transport = MockTransport::new();
    /// transport.expect_send().once().returning(|_| Err(TransportError::new("the connection was reset")));
    /// let provider = Jumdata::new(Sandbox::jumdata_credentials(), transport).with_retry(RetryPolicy::new());
    /// let check = Check::liveness().with_return_url(ReturnUrl::parse("https://shop.example/back")?);
    /// let error = provider.begin(&check).unwrap_err();
    /// assert_eq!((error.kind(), error.ran()), (ErrorKind::OutcomeUnknown, Ran::Maybe));
    /// # Ok::<(), liveness::Error>(())
    /// ```
    #[derive(Debug)]
    pub Transport {}

    impl Transport for Transport {
        fn send(&self, request: Request) -> std::result::Result<Response, TransportError>;
    }
}
