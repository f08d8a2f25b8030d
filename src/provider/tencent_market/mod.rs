//! Tencent cloud market (云鉴), silent liveness and face compare, which judges a photo, a name and an ID number in one
//! call.
//!
//! Sources of every rule here: the listing's page; Tencent Cloud's API Gateway documents 628/35260, 628/31717, 628/11819,
//! 628/11782, restated.
//!
//! ```
//! use liveness::{
//!     Check, Goal, IdNumber, Identity, LivenessProvider, Name, Photo, PhotoSpec, Sandbox, TencentMarket,
//! };
//!
//! # let png = b"\x89PNG\r\n\x1a\n\0\0\0\x0dIHDR\0\0\0\x10\0\0\0\x10\x08\x02\0\0\0\x90\x91\x68\x36".to_vec();
//! let photo = Photo::from_bytes(png, &PhotoSpec::TENCENT_MARKET)?; // or `Preparer::prepare` of any upload
//! let identity = Identity::new(Name::parse("张三")?, IdNumber::parse("11010519491231002X")?);
//!
//! // The contract says which codes are billed; without it the bill is `Unknown`.
//! let provider = TencentMarket::new(Sandbox::tencent_market_credentials(), Sandbox::new())
//!     .with_billed_codes(["P0000", "P0001", "P0002"]);
//! let progress = provider.begin(&Check::same_person(identity).with_photo(photo))?;
//! let verdict = progress.verdict().unwrap();
//! assert!(verdict.has_established(Goal::SamePerson));
//! assert_eq!(verdict.billed(), liveness::Billed::Yes);
//! # Ok::<(), liveness::Error>(())
//! ```

mod code;
mod config;
mod ending;
mod fields;
mod listing;
mod photo_field;
mod sign;
mod wire;

use std::sync::Arc;

#[cfg(feature = "sandbox")]
pub(crate) use self::sign::signature;
pub use self::{
    code::{Code, Refusal},
    fields::FIELDS,
    listing::{Listing, ListingAnswer},
    sign::{Credentials, SignatureScheme},
};
use self::{
    config::Config,
    ending::{announcement, with_announcement},
    wire::Compare,
};
use crate::{
    client::{CallOptions, Client, RetryPolicy},
    model::{Clock, Error, ErrorKind, Goal, Observer, ProviderId, Result, Text},
    photo::PhotoSpec,
    provider::{Check, Input, LivenessProvider, Progress, Requirements, Session},
    transport::{Transport, endpoint::parse_address},
};

/// The vendor's short name, in a [`ProviderId`].
pub(crate) const VENDOR: &str = "tencent-market";
/// The listing's address in the documents. Its gateway was announced to end in batches from 2026-10-30.
const ENDPOINT: &str = "https://service-2f8hgj2k-1256122842.gz.apigw.tencentcs.com/release/jingmocompare";
/// The watermark of the market.
const SOURCE: &str = "market";

/// The one-shot check of the Tencent cloud market. It needs [`Input::Identity`] and [`Input::Photo`], establishes
/// [`Goal::Liveness`] and [`Goal::SamePerson`] in one paid call, and runs no challenge.
///
/// The vendor does not document which calls are billed, so [`Billed`](crate::Billed) is `Unknown` until you state your contract
/// with [`with_billed_codes`](Self::with_billed_codes).
///
/// Cloning is cheap. Clones share what was learnt about the vendor's clock.
///
/// ```
/// use liveness::{Body, ErrorKind, LivenessProvider, Check, Request, Response, TencentMarket};
///
/// let vendor = |_: Request| Ok(Response::new(Body::from(r#"{"errcode":"P0000"}"#)));
/// let provider = TencentMarket::new(liveness::tencent_market::Credentials { secret_id: "secret-id".into(), secret_key: "secret-key".into() }, vendor);
/// let error = provider.begin(&Check::liveness()).unwrap_err();
/// assert_eq!((error.kind(), error.field()), (ErrorKind::InvalidCheck, Some("identity")));
/// ```
#[derive(Clone, Debug)]
pub struct TencentMarket {
    client: Client,
    config: Arc<Config>,
}

impl TencentMarket {
    /// The names of its calls for an [`Observer`].
    pub const CALLS: &[&'static str] = &[wire::COMPARE, "listing"];

    /// A provider for the listing with this key pair, over this transport.
    pub fn new(credentials: Credentials, transport: impl Transport + 'static) -> Self {
        Self {
            client: Client::new(ProviderId::of_vendor(VENDOR), transport),
            config: Arc::new(Config {
                credentials,
                endpoint: ENDPOINT.to_owned(),
                source: SOURCE.to_owned(),
                scheme: SignatureScheme::Hmac,
                photo_spec: PhotoSpec::TENCENT_MARKET,
                billed_codes: None,
            }),
        }
    }

    /// Sets your label for this account: 1 to 64 of `A–Z a–z 0–9 . _ -`. It is printed, so it must not be a key. A service with
    /// two accounts gives each its own label. Defaults to `default`.
    ///
    /// # Errors
    ///
    /// `Configuration` naming `account` if it has another form.
    pub fn with_account(mut self, label: impl Into<String>) -> Result<Self> {
        let id = ProviderId::new(VENDOR, label.into())?;
        self.client = self.client.with_provider(id);
        Ok(self)
    }

    /// Sets the whole address of the listing. Defaults to the documented one, which ends in `/release/jingmocompare`.
    /// Its gateway was announced to end in batches from 2026-10-30. The buyer's console of the market shows the
    /// listing's address at the newer gateway.
    ///
    /// # Errors
    ///
    /// `Configuration` naming `endpoint` if it is not an http or https address, or contains a user, query or fragment.
    pub fn with_endpoint(mut self, endpoint: &str) -> Result<Self> {
        Arc::make_mut(&mut self.config).endpoint = parse_address("endpoint", endpoint)?;
        Ok(self)
    }

    /// The whole address of the listing.
    pub fn endpoint(&self) -> &str {
        &self.config.endpoint
    }

    /// The announcement about the gateway at this address, with advice; `None` if there was none. An error that means
    /// that no server answers there any more includes it too.
    ///
    /// ```
    /// # let keys = liveness::tencent_market::Credentials { secret_id: "id".into(), secret_key: "key".into() };
    /// # let account = liveness::TencentMarket::new(keys, liveness::Sandbox::new());
    /// assert!(account.announcement().unwrap().english.contains("2026-10-30"));
    /// let newer = account.with_endpoint("https://ap-guangzhou.cloudmarket-apigw.com/service-x/compare")?;
    /// assert_eq!(newer.announcement(), None);
    /// # Ok::<(), liveness::Error>(())
    /// ```
    pub fn announcement(&self) -> Option<Text> {
        announcement(&self.config.endpoint)
    }

    /// How requests are signed.
    pub fn signature_scheme(&self) -> SignatureScheme {
        self.config.scheme
    }

    /// Sets how requests are signed. Defaults to [`SignatureScheme::Hmac`], the documented one.
    pub fn with_signature_scheme(mut self, scheme: SignatureScheme) -> Self {
        Arc::make_mut(&mut self.config).scheme = scheme;
        self
    }

    /// Sets the watermark that is sent as `X-Source`. It must be visible ASCII. Defaults to `market`.
    ///
    /// # Errors
    ///
    /// `Configuration` naming `source` if it is not a valid header value.
    pub fn with_source(mut self, source: impl Into<String>) -> Result<Self> {
        let source = source.into();
        if source.is_empty() || !source.bytes().all(|byte| byte.is_ascii_graphic()) {
            return Err(Error::configuration("source")
                .with_reason(Text { english: "it must be visible ASCII", chinese: "只能为可见 ASCII 字符" }));
        }
        Arc::make_mut(&mut self.config).source = source;
        Ok(self)
    }

    /// Sets the specification that photos are checked against before the call. Defaults to [`PhotoSpec::TENCENT_MARKET`], the
    /// listing's limits.
    pub fn with_photo_spec(mut self, spec: PhotoSpec) -> Self {
        Arc::make_mut(&mut self.config).photo_spec = spec;
        self
    }

    /// Sets the `errcode`s that your contract bills. Every other code then counts as not billed, except if the
    /// outcome is unknown. Defaults to none set: every response is [`Billed::Unknown`](crate::Billed::Unknown).
    pub fn with_billed_codes(mut self, codes: impl IntoIterator<Item = impl Into<String>>) -> Self {
        Arc::make_mut(&mut self.config).billed_codes = Some(codes.into_iter().map(Into::into).collect());
        self
    }

    /// Another listing of the market, at the address that [`with_endpoint`](Self::with_endpoint) set.
    pub fn listing(&self) -> Listing {
        Listing { client: self.client.clone(), config: Arc::clone(&self.config) }
    }

    /// Sets how calls are retried. Defaults to [`RetryPolicy::new`].
    pub fn with_retry(mut self, retry: RetryPolicy) -> Self {
        self.client = self.client.with_retry(retry);
        self
    }

    /// Sets the source of time, waiting and randomness. Defaults to [`SystemClock`](crate::SystemClock).
    pub fn with_clock(mut self, clock: impl Clock + 'static) -> Self {
        self.client = self.client.with_clock(clock);
        self
    }

    /// Sets the observer of each call and attempt; see [`Observer`]. Defaults to none.
    pub fn with_observer(mut self, observer: impl Observer + 'static) -> Self {
        self.client = self.client.with_observer(observer);
        self
    }
}

impl LivenessProvider for TencentMarket {
    fn id(&self) -> &ProviderId {
        self.client.provider()
    }

    fn requirements(&self) -> Requirements {
        Requirements::new([Goal::Liveness, Goal::SamePerson])
            .with_needed([Input::Identity, Input::Photo])
            .with_photo(self.config.photo_spec)
    }

    fn begin(&self, check: &Check) -> Result<Progress> {
        self.begin_with(check, &CallOptions::new())
    }

    fn begin_with(&self, check: &Check, options: &CallOptions) -> Result<Progress> {
        let refused = |error| self.client.refuse(wire::COMPARE, error, check.reference());
        self.requirements().verify(check).map_err(refused)?;
        let identity = check.identity().ok_or_else(|| refused(Error::invalid("identity")))?;
        let photo = check.photo().ok_or_else(|| refused(Error::invalid("photo")))?;
        let compare = Compare::new(&self.config, self.client.provider(), identity, photo, check.reference());
        let asked = self.client.call_with(&compare, options).map(Progress::Done);
        asked.map_err(|error| with_announcement(error, &self.config.endpoint))
    }

    fn resume(&self, session: &Session) -> Result<Progress> {
        let error = Error::new(ErrorKind::Unsupported).with_reason(Text {
            english: "this vendor returns the verdict in one call and has no sessions",
            chinese: "该供应商一次性返回结果，没有会话",
        });
        Err(self.client.refuse(wire::COMPARE, error, session.receipt().reference()))
    }
}
