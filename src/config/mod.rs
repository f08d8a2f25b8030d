//! Providers from settings: the vendor that a service calls, and its keys.
//!
//! The sandbox cannot be selected here, so no service uses it by accident.

mod account;
#[cfg(feature = "config")]
mod settings;
mod value;

#[cfg(feature = "ureq")]
use std::env::VarError;
use std::sync::Arc;

#[cfg(feature = "config")]
pub use self::settings::{BuildOptions, Config, ConfigKey, VendorSettings};
pub use self::{account::Account, value::suspicious_setting};
use crate::{
    model::{Error, Language, Result, Secret, Text, UnknownWord},
    provider::{
        LivenessProvider,
        jumdata::{self, Jumdata},
        tencent_market::{self, SignatureScheme, TencentMarket},
    },
    transport::Transport,
};

/// Names the vendor: `jumdata` or `tencent-market`.
const VENDOR: &str = "LIVENESS_VENDOR";
/// Labels the account.
const ACCOUNT: &str = "LIVENESS_ACCOUNT";
const DEFAULT_ACCOUNT: &str = "default";
/// Names which of the two gateways is in front of the listing.
const SCHEME: &str = "TENCENT_MARKET_SCHEME";
const MARKET_ENDPOINT: &str = "TENCENT_MARKET_ENDPOINT";

/// The provider that the environment names, over [`UreqTransport`](crate::UreqTransport) with its defaults.
///
/// | variable | meaning |
/// |---|---|
/// | `LIVENESS_VENDOR` | `jumdata` or `tencent-market` |
/// | `LIVENESS_ACCOUNT` | optional label of the account, see [`ProviderId`](crate::ProviderId); services with several need it |
/// | `JUMDATA_APP_ID`, `JUMDATA_APP_SECRET` | Jumdata's key pair |
/// | `JUMDATA_ENDPOINT` | optional, see [`Jumdata::with_endpoint`] |
/// | `JUMDATA_PATH` | optional, see [`Jumdata::with_path`] |
/// | `JUMDATA_PAGE_ADDRESS` | optional, see [`Jumdata::with_page_address`] |
/// | `JUMDATA_PRODUCT_CODE` | optional, see [`Jumdata::with_product_code`] |
/// | `TENCENT_MARKET_SECRET_ID`, `TENCENT_MARKET_SECRET_KEY` | the listing's key pair |
/// | `TENCENT_MARKET_SCHEME` | `apigw` (default) or `cloudmarket`, see [`SignatureScheme`](crate::tencent_market::SignatureScheme) |
/// | `TENCENT_MARKET_ENDPOINT` | see [`TencentMarket::with_endpoint`]; optional, but with `cloudmarket` required |
///
/// ```
/// use liveness::ErrorKind;
///
/// match liveness::from_env() {
///     Ok(provider) => println!("checks go to {}", provider.id()),
///     // The field is the variable that the operator must set or correct.
///     Err(error) => assert_eq!((error.kind(), error.field().is_some()), (ErrorKind::Configuration, true)),
/// }
/// ```
///
/// # Errors
///
/// [`ErrorKind::Configuration`](crate::ErrorKind::Configuration) naming the variable that is missing or wrong. A
/// value that is not UTF-8 is wrong. A value with signs of a bad paste is wrong too: space or quotes at an end, or a
/// control, invisible or full-width character.
#[cfg(feature = "ureq")]
pub fn from_env() -> Result<Arc<dyn LivenessProvider>> {
    load(|name| readable(name, std::env::var(name)), crate::transport::UreqTransport::new()).map(Account::into_provider)
}

/// The same, from any source of variables and over any transport, for services that keep their settings elsewhere.
///
/// ```
/// use std::collections::HashMap;
/// use liveness::{Body, Request, Response};
///
/// let settings = HashMap::from([
///     ("LIVENESS_VENDOR", "tencent-market"),
///     ("TENCENT_MARKET_SECRET_ID", "id"),
///     ("TENCENT_MARKET_SECRET_KEY", "key"),
/// ]);
/// let transport = |_: Request| Ok(Response::new(Body::empty()));
/// let provider = liveness::from_vars(|name| settings.get(name).map(ToString::to_string), transport)?;
/// assert_eq!(provider.id().vendor(), "tencent-market");
/// # Ok::<(), liveness::Error>(())
/// ```
///
/// # Errors
///
/// As [`from_env`](fn@crate::from_env).
pub fn from_vars(
    get: impl Fn(&str) -> Option<String>,
    transport: impl Transport + 'static,
) -> Result<Arc<dyn LivenessProvider>> {
    account_from_vars(get, transport).map(Account::into_provider)
}

/// As [`from_vars`], with the account as its own type.
///
/// ```
/// use liveness::{Account, Sandbox};
///
/// let get = |name: &str| match name {
///     "LIVENESS_VENDOR" => Some("tencent-market".to_owned()),
///     "TENCENT_MARKET_SECRET_ID" => Some(Sandbox::TENCENT_SECRET_ID.to_owned()),
///     "TENCENT_MARKET_SECRET_KEY" => Some(Sandbox::TENCENT_SECRET_KEY.to_owned()),
///     _ => None,
/// };
/// let Account::TencentMarket(market) = liveness::account_from_vars(get, Sandbox::new())? else { unreachable!() };
/// // What only this vendor has: the contract's own billed codes.
/// let market = market.with_billed_codes(["P0000", "P0001"]);
/// # let _ = market;
/// # Ok::<(), liveness::Error>(())
/// ```
///
/// # Errors
///
/// As [`from_env`](fn@crate::from_env).
pub fn account_from_vars(get: impl Fn(&str) -> Option<String>, transport: impl Transport + 'static) -> Result<Account> {
    load(|name| Ok(get(name)), transport)
}

fn load(get: impl Fn(&'static str) -> Result<Option<String>>, transport: impl Transport + 'static) -> Result<Account> {
    let get = |name| match get(name)?.filter(|value| !value.is_empty()) {
        Some(value) => match suspicious_setting(&value) {
            // A key with one would sign wrongly, without a visible reason.
            Some(rule) => Err(Error::configuration(name).with_reason(rule)),
            None => Ok(Some(value)),
        },
        None => Ok(None),
    };
    let need = |name| {
        get(name)?.map(Secret::from).ok_or_else(|| {
            Error::configuration(name)
                .with_reason(Text { english: "it is not set, or it is empty", chinese: "未设置或为空" })
        })
    };
    let account = get(ACCOUNT)?.unwrap_or_else(|| DEFAULT_ACCOUNT.to_owned());
    match need(VENDOR)?.reveal() {
        "jumdata" => {
            let keys =
                jumdata::Credentials { app_id: need("JUMDATA_APP_ID")?, app_secret: need("JUMDATA_APP_SECRET")? };
            let mut provider = Jumdata::new(keys, transport).with_account(account).map_err(named(ACCOUNT))?;
            if let Some(endpoint) = get("JUMDATA_ENDPOINT")? {
                provider = provider.with_endpoint(&endpoint).map_err(named("JUMDATA_ENDPOINT"))?;
            }
            if let Some(path) = get("JUMDATA_PATH")? {
                provider = provider.with_path(&path).map_err(named("JUMDATA_PATH"))?;
            }
            if let Some(address) = get("JUMDATA_PAGE_ADDRESS")? {
                provider = provider.with_page_address(&address).map_err(named("JUMDATA_PAGE_ADDRESS"))?;
            }
            if let Some(code) = get("JUMDATA_PRODUCT_CODE")? {
                provider = provider.with_product_code(code);
            }
            Ok(Account::Jumdata(provider))
        }
        "tencent-market" => {
            let keys = tencent_market::Credentials {
                secret_id: need("TENCENT_MARKET_SECRET_ID")?,
                secret_key: need("TENCENT_MARKET_SECRET_KEY")?,
            };
            let scheme = match get(SCHEME)? {
                Some(word) => word.parse().map_err(|unknown| unknown_scheme(&unknown))?,
                None => SignatureScheme::default(),
            };
            let endpoint = get(MARKET_ENDPOINT)?;
            if scheme == SignatureScheme::CloudMarket && endpoint.is_none() {
                return Err(Error::configuration(MARKET_ENDPOINT).with_reason(Text {
                    english: "it must be set with the scheme cloudmarket: the buyer's console shows the listing's address at the newer gateway",
                    chinese: "签名方式为 cloudmarket 时必须设置：服务在新网关的地址见云市场买家控制台",
                }));
            }
            let mut provider = TencentMarket::new(keys, transport)
                .with_account(account)
                .map_err(named(ACCOUNT))?
                .with_signature_scheme(scheme);
            if let Some(endpoint) = endpoint {
                provider = provider.with_endpoint(&endpoint).map_err(named(MARKET_ENDPOINT))?;
            }
            Ok(Account::TencentMarket(provider))
        }
        _ => Err(Error::configuration(VENDOR).with_reason(Text {
            english: "it must be jumdata or tencent-market",
            chinese: "只能取 jumdata 或 tencent-market",
        })),
    }
}

/// Names the setting instead of the builder's field.
fn named(setting: &'static str) -> impl Fn(Error) -> Error {
    move |error| error.with_field(setting)
}

fn unknown_scheme(unknown: &UnknownWord) -> Error {
    let [english, chinese] = [Language::English, Language::Chinese].map(|language| unknown.message(language));
    Error::configuration(SCHEME).with_reason(Text { english, chinese })
}

/// The value in the environment; a value that is not UTF-8 does not count as missing.
#[cfg(feature = "ureq")]
fn readable(name: &'static str, found: std::result::Result<String, VarError>) -> Result<Option<String>> {
    match found {
        Ok(value) => Ok(Some(value)),
        Err(VarError::NotPresent) => Ok(None),
        Err(VarError::NotUnicode(_)) => Err(Error::configuration(name)
            .with_reason(Text { english: "it is not valid UTF-8", chinese: "不是合法的 UTF-8" })),
    }
}

#[cfg(test)]
mod tests;
