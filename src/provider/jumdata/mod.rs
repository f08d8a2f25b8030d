//! Jumdata (聚美智数), liveness H5 V2, in which the vendor's own page uses the person's camera.
//!
//! Source of every rule here: the vendor's page 活体检测H5-V2, restated.
//!
//! ```
//! use liveness::{Check, Jumdata, LivenessProvider, ReturnUrl, Sandbox};
//!
//! let sandbox = Sandbox::new();
//! let provider = Jumdata::new(Sandbox::jumdata_credentials(), sandbox.clone());
//! let check = Check::liveness().with_return_url(ReturnUrl::parse("https://shop.example/back")?);
//! let progress = provider.begin(&check)?;
//! let session = progress.session().unwrap(); // the browser goes to `session.page_url()`
//! sandbox.finish(session); // stands in for the person in front of the camera
//! let progress = provider.resume(session)?;
//! let verdict = progress.verdict().unwrap();
//! assert!(verdict.is_passed());
//! // What both calls cost together.
//! println!("{}", session.charges().plus(verdict.charges()));
//! # Ok::<(), liveness::Error>(())
//! ```

mod api;
mod code;
mod config;
mod fields;
mod meter;
mod sign;
mod wire;

use std::sync::Arc;

use time::Duration;

#[cfg(feature = "sandbox")]
pub(crate) use self::sign::sign;
use self::wire::{FetchPortrait, Html, Init, Outcomes};
pub use self::{
    api::{Api, ApiAnswer},
    code::Code,
    fields::FIELDS,
    sign::Credentials,
};
use self::{
    config::Config,
    meter::{Balance, ProductBalance},
};
use crate::{
    client::{CallOptions, Client, RetryPolicy},
    model::{
        Billed, Clock, Error, ErrorKind, Goal, Observer, Portrait, ProviderId, Ran, Result, Secret, Text, Verdict,
    },
    provider::{Action, CallKind, Check, Input, LivenessProvider, Meter, Package, Progress, Requirements, Session},
    transport::{Transport, endpoint::parse_address},
};

/// The vendor's short name, in a [`ProviderId`].
pub(crate) const VENDOR: &str = "jumdata";
/// The address of the documented V2.
const ENDPOINT: &str = "https://api.jumdata.com";
/// The default name of the count's field. The documents do not show the name in full.
const METER_FIELD: &str = "remaining";
/// How long past its expiry a session is still resumed. The vendor's answer reports whether it expired. Our clock, or
/// the one of the machine that opened it, may be off by hours.
const GRACE: Duration = Duration::days(1);
/// The advice for a lost result. Reconciling takes longer than the token lives, and there is no other way to get the
/// verdict.
const ASK_AGAIN: Text = Text::new(
    "call resume for this session again before it expires: there is no other way to get the result, and the call may be billed again",
    "请在会话过期前再次调用 resume：只有这样才能得知核验结果，但可能再次计费",
);

/// Jumdata's hosted liveness check. It establishes [`Goal::Liveness`], needs [`Input::ReturnUrl`] and can run every challenge.
///
/// [`begin`](LivenessProvider::begin) returns a [`Session`]. Send the person to its [`page_url`](Session::page_url), and call
/// [`resume`](LivenessProvider::resume) when they come back to the return URL. Do not trust anything that arrives on the return
/// URL: only `resume` returns the result. Both calls may be billed; the total is that of the session and the verdict.
///
/// A paid call that may have run is never sent again. The one exception is `result`, because there is no other way to
/// learn what a token cost; see [`with_repeated_result`](Self::with_repeated_result).
///
/// Cloning is cheap.
///
/// ```
/// use liveness::{Body, Check, Jumdata, LivenessProvider, Progress, Request, Response, ReturnUrl};
///
/// let vendor = |_: Request| Ok(Response::new(Body::from(r#"{"code":200,"charge":true,"data":{"token":"t-1"}}"#)));
/// let provider = Jumdata::new(liveness::jumdata::Credentials { app_id: "app-id".into(), app_secret: "app-secret".into() }, vendor);
/// let check = Check::liveness().with_return_url(ReturnUrl::parse("https://shop.example/back")?);
/// match provider.begin(&check)? {
///     Progress::Pending(session) => assert!(session.page_url().ends_with("/lifecheck/h5/v2/html?token=t-1")),
///     Progress::Done(_) => unreachable!("a hosted vendor does not know yet"),
/// }
/// # Ok::<(), liveness::Error>(())
/// ```
#[derive(Clone, Debug)]
pub struct Jumdata {
    client: Client,
    config: Arc<Config>,
}

impl Jumdata {
    /// The names of its calls for an [`Observer`]: `page_html` is `html`, the [`Api`] is `product`.
    pub const CALLS: &[&'static str] =
        &[wire::INIT, wire::RESULT, wire::HTML, Portrait::CALL, "balance", "product_balance", "product"];

    /// A provider for the account with these keys, over this transport.
    pub fn new(credentials: Credentials, transport: impl Transport + 'static) -> Self {
        Self {
            client: Client::new(ProviderId::of_vendor(VENDOR), transport),
            config: Arc::new(Config {
                credentials,
                endpoint: ENDPOINT.to_owned(),
                path: config::PATH.to_owned(),
                page_address: None,
                extra_fields: Vec::new(),
                portrait_hosts: None,
                repeat_result: true,
                meter_field: METER_FIELD.to_owned(),
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

    /// Sets the address of the vendor's API: scheme, host and optionally a path before `/lifecheck/…`. Defaults to
    /// `https://api.jumdata.com`.
    ///
    /// # Errors
    ///
    /// `Configuration` naming `endpoint` if it is not an http or https address, or contains a user, query or fragment.
    pub fn with_endpoint(mut self, endpoint: &str) -> Result<Self> {
        Arc::make_mut(&mut self.config).endpoint = parse_address("endpoint", endpoint)?;
        Ok(self)
    }

    /// The address of the vendor's API.
    pub fn endpoint(&self) -> &str {
        &self.config.endpoint
    }

    /// Sets the address of the page, to which `?token=…` is added. Other versions of the product have their page
    /// elsewhere. An address in the response to init has precedence. Defaults to the endpoint's
    /// `/lifecheck/h5/v2/html`.
    ///
    /// # Errors
    ///
    /// `Configuration` naming `page_address`, as [`with_endpoint`](Self::with_endpoint).
    pub fn with_page_address(mut self, address: &str) -> Result<Self> {
        Arc::make_mut(&mut self.config).page_address = Some(parse_address("page_address", address)?);
        Ok(self)
    }

    /// Sets the path before `init`, `html` and `result`; other versions of the product have another. It begins and ends with
    /// `/`. Defaults to `/lifecheck/h5/v2/`.
    ///
    /// # Errors
    ///
    /// `Configuration` naming `path` if it is not such a path of letters, digits, `.`, `-`, `_` and `/`.
    pub fn with_path(mut self, path: &str) -> Result<Self> {
        let is_plain = path.bytes().all(|byte| byte.is_ascii_alphanumeric() || b"/.-_".contains(&byte));
        if !is_plain || !path.starts_with('/') || !path.ends_with('/') || path.contains("..") || path.contains("//") {
            return Err(Error::configuration("path").with_reason(Text {
                english: "it must begin and end with / and contain only letters, digits, dots, hyphens and underscores",
                chinese: "必须以 / 开头和结尾，且只含字母、数字、点、连字符和下划线",
            }));
        }
        Arc::make_mut(&mut self.config).path = path.to_owned();
        Ok(self)
    }

    /// Sets the common field `productCode`, which newer versions of the product require, such as `life_check_v2`.
    /// Defaults to none.
    pub fn with_product_code(self, code: impl Into<Secret>) -> Self {
        self.with_extra_field("productCode", code)
    }

    /// Adds a common field, such as `productCode`, to each signed call. Defaults to none.
    pub fn with_extra_field(mut self, name: impl Into<String>, value: impl Into<Secret>) -> Self {
        Arc::make_mut(&mut self.config).extra_fields.push((name.into(), value.into()));
        self
    }

    /// Limits the hosts from which a portrait is fetched to these and the endpoint's own. Defaults to any public host over
    /// https, because the vendor names no host.
    pub fn with_portrait_hosts(mut self, hosts: impl IntoIterator<Item = impl Into<String>>) -> Self {
        Arc::make_mut(&mut self.config).portrait_hosts = Some(hosts.into_iter().map(Into::into).collect());
        self
    }

    /// Sets whether `result` is retried after its response was lost. There is no other way to learn what a token
    /// cost, but the vendor does not document whether the same result is billed twice. The lost response may itself
    /// have been billed, so the result of the retry is never [`Billed::No`]. Defaults to yes.
    pub fn with_repeated_result(mut self, repeat: bool) -> Self {
        Arc::make_mut(&mut self.config).repeat_result = repeat;
        self
    }

    /// Names the field of the meter's object that has the number of calls left; see [`Meter`]. The documents do not
    /// show it in full. Defaults to `remaining`.
    pub fn with_meter_field(mut self, name: impl Into<String>) -> Self {
        Arc::make_mut(&mut self.config).meter_field = name.into();
        self
    }

    /// The field of the meter's object that has the number of calls left.
    pub fn meter_field(&self) -> &str {
        &self.config.meter_field
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

    /// The vendor's other products of the same account.
    pub fn api(&self) -> Api {
        Api { client: self.client.clone(), config: Arc::clone(&self.config) }
    }

    /// Fetches the money of the account, as the vendor writes it, such as `810.75`. The call is free.
    ///
    /// # Errors
    ///
    /// As [`Meter::package`].
    pub fn balance(&self) -> Result<String> {
        let balance = Balance { config: &self.config, provider: self.client.provider() };
        self.client.call(&balance).map(|money| money.text)
    }

    /// Fetches the HTML of the page, for servers that render it. Prefer [`Session::page_url`]: HTML that you render runs the
    /// vendor's script on **your** origin, where it can reach your cookies.
    ///
    /// The HTML comes from the [page's address](Self::with_page_address), with the session's token. A page that the response to
    /// init named is not fetched: the vendor chooses its host, so only the person's browser should go there.
    ///
    /// # Errors
    ///
    /// `InvalidCheck` for the session of another provider. `Vendor`, with the vendor's text, if the response is not the page.
    /// Otherwise as [`LivenessProvider::begin`], but never `OutcomeUnknown`, because the page is free.
    pub fn page_html(&self, session: &Session) -> Result<String> {
        let refused = |error| self.client.refuse(wire::HTML, error, session.receipt().reference());
        self.client.verify_own("session", session.receipt()).map_err(refused)?;
        self.client.call(&Html { config: &self.config, session })
    }
}

impl Meter for Jumdata {
    fn id(&self) -> &ProviderId {
        self.client.provider()
    }

    /// The package of the product that [`with_product_code`](Jumdata::with_product_code) names, or else of `life_check_v2`.
    fn package_with(&self, options: &CallOptions) -> Result<Package> {
        self.client.call_with(&ProductBalance { config: &self.config, provider: self.client.provider() }, options)
    }
}

impl LivenessProvider for Jumdata {
    fn id(&self) -> &ProviderId {
        self.client.provider()
    }

    fn requirements(&self) -> Requirements {
        Requirements::new([Goal::Liveness])
            .with_needed([Input::ReturnUrl])
            .with_actions(Action::ALL.iter().copied())
            .with_flash(true)
    }

    fn begin(&self, check: &Check) -> Result<Progress> {
        self.begin_with(check, &CallOptions::new())
    }

    fn begin_with(&self, check: &Check, options: &CallOptions) -> Result<Progress> {
        let refused = |error| self.client.refuse(wire::INIT, error, check.reference());
        self.requirements().verify(check).map_err(refused)?;
        let return_url = check.return_url().ok_or_else(|| refused(Error::invalid("return_url")))?;
        let init = Init {
            config: &self.config,
            provider: self.client.provider(),
            return_url,
            challenge: check.challenge(),
            reference: check.reference(),
            opened: self.client.now(),
        };
        self.client.call_with(&init, options).map(Progress::Pending)
    }

    fn exposure(&self, call: CallKind) -> u32 {
        match call {
            CallKind::Resume if self.config.repeat_result => self.client.retry().max_attempts(),
            _ => 1,
        }
    }

    fn resume(&self, session: &Session) -> Result<Progress> {
        self.resume_with(session, &CallOptions::new())
    }

    fn resume_with(&self, session: &Session, options: &CallOptions) -> Result<Progress> {
        let refused = |error| self.client.refuse(wire::RESULT, error, session.receipt().reference());
        self.client.verify_own("session", session.receipt()).map_err(refused)?;
        if session.is_expired(self.client.now().saturating_sub(GRACE)) {
            let error = Error::new(ErrorKind::Expired).with_billed(Billed::No).with_ran(Ran::No).with_reason(Text {
                english: "the session expired more than a day ago: nothing was sent",
                chinese: "会话过期已超过一天：未发送任何请求",
            });
            return Err(refused(error));
        }
        let asked = self.client.call_with(&Outcomes { config: &self.config, session }, options);
        asked.map(|polled| polled.progress).map_err(|error| match error.kind() {
            ErrorKind::OutcomeUnknown if !error.has_own_advice() => error.with_advice(ASK_AGAIN),
            _ => error,
        })
    }

    fn portrait(&self, verdict: &Verdict) -> Result<Option<Portrait>> {
        let refused = |error| self.client.refuse(Portrait::CALL, error, verdict.receipt().reference());
        self.client.verify_own("verdict", verdict.receipt()).map_err(refused)?;
        let Some(url) = verdict.portrait_url() else { return Ok(None) };
        let portrait = FetchPortrait { config: &self.config, url, reference: verdict.receipt().reference() };
        self.client.call(&portrait).map(Some)
    }
}
