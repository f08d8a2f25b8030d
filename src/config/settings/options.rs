//! The options of a build that no file can contain.

use std::{collections::BTreeMap, fmt, sync::Arc};

use crate::{
    client::RetryPolicy,
    model::{Clock, Observer, ProviderId, Result, Secret, SystemClock, Text},
    provider::LivenessProvider,
    transport::Transport,
};

type Make = dyn Fn(VendorSettings) -> Result<Arc<dyn LivenessProvider>> + Send + Sync;

/// The options that a service gives to [`Config::build_with`](crate::Config::build_with) beside the settings: an
/// observer, a clock, and vendors of its own.
///
/// ```
/// use std::sync::Arc;
/// use liveness::{BuildOptions, Config, Jumdata, Sandbox, jumdata::Credentials};
///
/// // A sibling of Jumdata's, under a name of its own in the file.
/// let options = BuildOptions::new().with_vendor("acme", |settings| {
///     let key = |name: &str| settings.options.get(name).cloned().unwrap_or_else(|| "".into());
///     let keys = Credentials { app_id: key("id"), app_secret: key("secret") };
///     Ok(Arc::new(Jumdata::new(keys, settings.transport).with_retry(settings.retry)))
/// });
/// let config = Config::from_toml(
///     r#"
///     [[candidates]]
///     vendor = "acme"
///     options = { id = "i", secret = "s" }
///     "#,
/// )?;
/// assert!(config.build_with(Sandbox::new(), &options).is_ok());
/// assert_eq!(config.build_over(Sandbox::new()).unwrap_err().field(), Some("candidates[0].vendor"));
/// # Ok::<(), liveness::Error>(())
/// ```
#[derive(Clone)]
#[cfg_attr(docsrs, doc(cfg(feature = "config")))]
pub struct BuildOptions {
    pub(super) observer: Arc<dyn Observer>,
    pub(super) clock: Arc<dyn Clock>,
    pub(super) vendors: BTreeMap<String, Arc<Make>>,
}

/// The settings of a candidate of a vendor that [`BuildOptions::with_vendor`] names.
///
/// ```
/// use std::sync::Arc;
/// use liveness::{
///     BuildOptions, Config, Error, Jumdata, LivenessProvider, Result, Sandbox, VendorSettings, jumdata::Credentials,
/// };
///
/// /// Makes an account of a sibling of Jumdata's. It passes on everything that the settings say.
/// fn make(settings: VendorSettings) -> Result<Arc<dyn LivenessProvider>> {
///     let option = |name| settings.options.get(name).cloned().ok_or_else(|| Error::configuration(name));
///     let keys = Credentials { app_id: option("id")?, app_secret: option("secret")? };
///     let account = Jumdata::new(keys, settings.transport)
///         .with_account(settings.id.account())?
///         .with_retry(settings.retry)
///         .with_observer(settings.observer)
///         .with_clock(settings.clock);
///     Ok(Arc::new(account))
/// }
///
/// let config = Config::from_toml("[[candidates]]\nvendor = \"acme\"\noptions = { id = \"i\", secret = \"s\" }")?;
/// assert!(config.build_with(Sandbox::new(), &BuildOptions::new().with_vendor("acme", make)).is_ok());
/// # Ok::<(), liveness::Error>(())
/// ```
#[derive(Clone)]
#[non_exhaustive]
#[cfg_attr(docsrs, doc(cfg(feature = "config")))]
pub struct VendorSettings {
    /// The vendor's name and the account's label.
    pub id: ProviderId,
    /// The key `endpoint`.
    pub endpoint: Option<String>,
    /// The table `options`.
    pub options: BTreeMap<String, Secret>,
    /// How calls are retried.
    pub retry: RetryPolicy,
    /// The transport of its requests.
    pub transport: Arc<dyn Transport>,
    /// The observer of its calls.
    pub observer: Arc<dyn Observer>,
    /// The source of time.
    pub clock: Arc<dyn Clock>,
}

/// A key of the settings, for manuals and for tools that check deployments; [`Config::keys`](crate::Config::keys) lists them.
///
/// ```
/// use liveness::{Config, Language};
///
/// let key = Config::keys().into_iter().find(|key| key.path == "retry.max_attempts").unwrap();
/// assert_eq!(key.variables, ["LIVENESS_RETRY_MAX_ATTEMPTS"]);
/// assert!(!key.is_secret && key.vendor.is_none());
/// println!("{}: {}", key.path, key.meaning.get(Language::English));
/// ```
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
#[cfg_attr(docsrs, doc(cfg(feature = "config")))]
pub struct ConfigKey {
    /// Its path; `[<n>]` is the place of a candidate's number, which counts from 0.
    pub path: String,
    /// The variables that set it: that of `from_env` first, if it has one, then the general one. None for a key that
    /// only the file sets.
    pub variables: Vec<String>,
    /// Whether it is a secret, so that the same key and variables with `_file` and `_FILE` name a file that contains
    /// it.
    pub is_secret: bool,
    /// The vendor that it belongs to, if it is only for one.
    pub vendor: Option<&'static str>,
    /// Its meaning and its default.
    pub meaning: Text,
}

impl BuildOptions {
    /// No observer, the system's clock, and the crate's own vendors only.
    pub fn new() -> Self {
        Self { observer: Arc::new(()), clock: Arc::new(SystemClock), vendors: BTreeMap::new() }
    }

    /// Sets the observer of each call, each retry, each cap and each doubt. Defaults to none.
    pub fn with_observer(mut self, observer: impl Observer + 'static) -> Self {
        self.observer = Arc::new(observer);
        self
    }

    /// Sets the clock of all parts, the journal's too. Defaults to [`SystemClock`].
    pub fn with_clock(mut self, clock: impl Clock + 'static) -> Self {
        self.clock = Arc::new(clock);
        self
    }

    /// Adds a vendor: the name that `vendor` has in the file, and the function that makes its provider. The crate's
    /// own vendors keep their names. Defaults to none.
    pub fn with_vendor(
        mut self,
        name: impl Into<String>,
        make: impl Fn(VendorSettings) -> Result<Arc<dyn LivenessProvider>> + Send + Sync + 'static,
    ) -> Self {
        self.vendors.insert(name.into(), Arc::new(make));
        self
    }
}

impl Default for BuildOptions {
    fn default() -> Self {
        Self::new()
    }
}

impl fmt::Debug for BuildOptions {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("BuildOptions").field("vendors", &self.vendors.keys()).finish_non_exhaustive()
    }
}

impl fmt::Debug for VendorSettings {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("VendorSettings").field("id", &self.id).field("options", &self.options).finish_non_exhaustive()
    }
}
