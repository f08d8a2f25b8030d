//! The settings of a service's providers: one file, with the environment laid over it.

mod build;
mod candidate;
mod duration;
mod environment;
mod flaw;
mod json;
mod key;
mod keys;
mod options;
mod read;
mod schema;
mod secret;
mod sections;
mod table;
mod toml;
mod tree;

use std::{collections::BTreeMap, ffi::OsString, path::Path};

use serde::Deserialize;

pub use self::options::{BuildOptions, ConfigKey, VendorSettings};
use self::{
    flaw::Flaw,
    read::Reader,
    sections::{Candidate, CapsSection, Failover, JournalSection, Retry, Transport},
    tree::{Node, Place},
};
use crate::model::{Error, Goal, Result, Text};

/// The settings of a service's providers from one file: their keys, retries, order and caps, and the place of the
/// journal. [`build`](Self::build) makes the provider, with its wrappers in the right order.
///
/// The file is TOML or JSON. A variable of the environment wins over the file, key by key: the key
/// `retry.max_attempts` is `LIVENESS_RETRY_MAX_ATTEMPTS`, `candidates[1].app_secret` is
/// `LIVENESS_CANDIDATES_1_APP_SECRET`, and the names that [`from_env`](fn@crate::from_env) reads mean the one
/// candidate of their vendor. A secret key is given by value, or by the path of a file that contains nothing else,
/// under the same name with `_file`, as Docker and Kubernetes mount it. The manual's page on settings names every
/// key, and [`json_schema`](Self::json_schema) describes them to editors.
///
/// It is plain data and [`Deserialize`], so it can also be a part of the service's own settings. It is not
/// `Serialize`, because it contains keys.
///
/// ```
/// use liveness::{Check, Config, Sandbox};
///
/// let config = Config::from_toml(&format!(
///     r#"
///     [[candidates]]
///     vendor = "tencent-market"
///     secret_id = "{}"
///     secret_key = "{}"
///
///     [retry]
///     max_attempts = 2
///     deadline = "40s"
///     "#,
///     Sandbox::TENCENT_SECRET_ID,
///     Sandbox::TENCENT_SECRET_KEY,
/// ))?;
/// let provider = config.build_over(Sandbox::new())?;
/// assert_eq!(provider.id().to_string(), "tencent-market/default");
/// # Ok::<(), liveness::Error>(())
/// ```
///
/// # Errors
///
/// Everything here fails with [`ErrorKind::Configuration`](crate::ErrorKind::Configuration). The field is the key
/// with its path, or the variable that it came from. The reason gives the line, the column and the variable that
/// could set it. No error quotes a value.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
#[cfg_attr(docsrs, doc(cfg(feature = "config")))]
pub struct Config {
    /// The address of the schema, for editors.
    #[serde(rename = "$schema")]
    _schema: Option<String>,
    candidates: Vec<Candidate>,
    #[serde(default)]
    require: Vec<Goal>,
    #[serde(default)]
    retry: Retry,
    #[serde(default)]
    transport: Transport,
    failover: Option<Failover>,
    caps: Option<CapsSection>,
    journal: Option<JournalSection>,
    #[serde(skip)]
    places: BTreeMap<String, Place>,
}

impl Config {
    /// Reads TOML, without the environment.
    ///
    /// # Errors
    ///
    /// As the type documents.
    pub fn from_toml(text: &str) -> Result<Self> {
        Self::read(toml::read(without_mark(text)), [])
    }

    /// Reads JSON, without the environment.
    ///
    /// # Errors
    ///
    /// As the type documents.
    pub fn from_json(text: &str) -> Result<Self> {
        Self::read(json::read(without_mark(text)), [])
    }

    /// Reads a file whose name ends in `.toml` or `.json`, without the environment.
    ///
    /// # Errors
    ///
    /// As the type documents, and naming the file if it cannot be read, is over 1 MiB, or has another ending.
    pub fn from_file(path: impl AsRef<Path>) -> Result<Self> {
        Self::from_file_and_vars(path, [])
    }

    /// Reads a file, and lays these variables over it. A service calls this with the environment of its process:
    ///
    /// ```no_run
    /// let config = liveness::Config::from_file_and_vars("liveness.toml", std::env::vars_os())?;
    /// # Ok::<(), liveness::Error>(())
    /// ```
    ///
    /// A variable that begins with `LIVENESS_`, `JUMDATA_` or `TENCENT_MARKET_` and sets nothing is an error, because
    /// its name was mistyped. The variables that Kubernetes sets for a service of such a name are no errors. An empty
    /// variable counts as not set.
    ///
    /// # Errors
    ///
    /// As [`from_file`](Self::from_file).
    pub fn from_file_and_vars(
        path: impl AsRef<Path>,
        variables: impl IntoIterator<Item = (OsString, OsString)>,
    ) -> Result<Self> {
        let path = path.as_ref();
        let named = |reason| Error::configuration(path.display().to_string()).with_reason::<&'static str>(reason);
        let ending = path.extension().map(|ending| ending.to_string_lossy().to_ascii_lowercase());
        let reader = match ending.as_deref() {
            Some("toml") => toml::read,
            Some("json") => json::read,
            _ => return Err(named(Text::new("its name must end in .toml or .json", "文件名须以 .toml 或 .json 结尾"))),
        };
        let bytes = secret::bytes(path).map_err(named)?;
        let text = std::str::from_utf8(&bytes)
            .map_err(|_| named(Text::new("the file is not valid UTF-8", "文件不是合法的 UTF-8")))?;
        Self::read(reader(without_mark(text)), variables)
    }

    /// Reads variables alone, from any source. All keys of one candidate can be set in this way.
    ///
    /// ```
    /// let variables = [
    ///     ("LIVENESS_VENDOR", "jumdata"),
    ///     ("JUMDATA_APP_ID", "id"),
    ///     ("JUMDATA_APP_SECRET", "secret"),
    ///     ("LIVENESS_RETRY_MAX_ATTEMPTS", "2"),
    /// ];
    /// let config = liveness::Config::from_vars(variables.map(|(name, value)| (name.into(), value.into())))?;
    /// # Ok::<(), liveness::Error>(())
    /// ```
    ///
    /// # Errors
    ///
    /// As the type documents.
    pub fn from_vars(variables: impl IntoIterator<Item = (OsString, OsString)>) -> Result<Self> {
        Self::read(Ok(Node::table()), variables)
    }

    /// The JSON schema of such a file, in English, for editors: the content of `docs/config.schema.json`.
    ///
    /// ```
    /// let schema = liveness::Config::json_schema();
    /// assert_eq!(schema["properties"]["retry"]["properties"]["max_attempts"]["minimum"], 1);
    /// ```
    pub fn json_schema() -> serde_json::Value {
        schema::schema()
    }

    /// All keys, in the order of the manual.
    ///
    /// ```
    /// let key = liveness::Config::keys().into_iter().find(|key| key.path == "candidates[<n>].app_secret").unwrap();
    /// assert_eq!(key.variables, ["JUMDATA_APP_SECRET", "LIVENESS_CANDIDATES_<n>_APP_SECRET"]);
    /// assert!(key.is_secret); // so JUMDATA_APP_SECRET_FILE is one too
    /// ```
    pub fn keys() -> Vec<ConfigKey> {
        keys::KEYS.iter().map(keys::Key::told).collect()
    }

    fn read(
        tree: std::result::Result<Node, Flaw>,
        variables: impl IntoIterator<Item = (OsString, OsString)>,
    ) -> Result<Self> {
        let read = || {
            let mut tree = tree?;
            environment::lay_over(&mut tree, variables)?;
            let mut config = Self::deserialize(Reader::new(&tree)).map_err(|flaw| flaw.at("", &Place::Nowhere))?;
            tree.each("", &mut |path, place| drop(config.places.insert(path, place)));
            config.check()?;
            Ok(config)
        };
        read().map_err(Flaw::into_error)
    }

    /// An error about the key at this path, at its place.
    fn flaw(&self, path: &str, english: impl Into<String>, chinese: impl Into<String>) -> Flaw {
        // A missing key has no place of its own, so the place is that of its table.
        let parent = || path.rsplit_once('.').and_then(|(parent, _)| self.places.get(parent));
        let place = self.places.get(path).or_else(parent).cloned().unwrap_or_default();
        Flaw::of(path, place, english, chinese)
    }

    /// A constructor's refusal, as an error about the key at this path.
    fn refused(&self, path: &str, error: &Error) -> Flaw {
        use crate::model::Language::{Chinese, English};
        let say = |language| error.reason(language).unwrap_or_else(|| error.kind().name(language)).to_owned();
        self.flaw(path, say(English), say(Chinese))
    }
}

/// Windows' editors begin a file with a mark that no grammar knows.
fn without_mark(text: &str) -> &str {
    text.strip_prefix('\u{FEFF}').unwrap_or(text)
}

#[cfg(test)]
mod tests;
