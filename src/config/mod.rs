//! Providers from settings: which vendor a service calls, and with which keys.
//!
//! The sandbox cannot be selected here, so no service uses it by accident.

#[cfg(feature = "ureq")]
use std::env::VarError;
use std::sync::Arc;

use crate::{
    model::{Error, Result, Secret, Text},
    provider::{
        LivenessProvider,
        jumdata::{self, Jumdata},
        tencent_market::{self, TencentMarket},
    },
    transport::Transport,
};

/// Names the vendor: `jumdata` or `tencent-market`.
const VENDOR: &str = "LIVENESS_VENDOR";
/// Labels the account.
const ACCOUNT: &str = "LIVENESS_ACCOUNT";
const DEFAULT_ACCOUNT: &str = "default";

/// The provider that the environment names, over [`UreqTransport`](crate::UreqTransport) with its defaults.
///
/// | variable | meaning |
/// |---|---|
/// | `LIVENESS_VENDOR` | `jumdata` or `tencent-market` |
/// | `LIVENESS_ACCOUNT` | optional label of the account, see [`ProviderId`](crate::ProviderId); services with several need it |
/// | `JUMDATA_APP_ID`, `JUMDATA_APP_SECRET` | Jumdata's key pair |
/// | `JUMDATA_ENDPOINT` | optional, see [`Jumdata::with_endpoint`] |
/// | `TENCENT_MARKET_SECRET_ID`, `TENCENT_MARKET_SECRET_KEY` | the listing's key pair |
/// | `TENCENT_MARKET_ENDPOINT` | optional, see [`TencentMarket::with_endpoint`] |
///
/// # Errors
///
/// [`ErrorKind::Configuration`](crate::ErrorKind::Configuration) naming the variable that is missing or wrong. A value that is
/// not UTF-8, or that contains a control character such as the line break at the end of a file, is wrong too.
#[cfg(feature = "ureq")]
pub fn from_env() -> Result<Arc<dyn LivenessProvider>> {
    load(|name| readable(name, std::env::var(name)), crate::transport::UreqTransport::new())
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
    load(|name| Ok(get(name)), transport)
}

fn load(
    get: impl Fn(&'static str) -> Result<Option<String>>,
    transport: impl Transport + 'static,
) -> Result<Arc<dyn LivenessProvider>> {
    let get = |name| match get(name)?.filter(|value| !value.is_empty()) {
        // A key with one would sign wrongly, and nobody sees why.
        Some(value) if value.contains(char::is_control) => Err(Error::configuration(name).with_reason(Text {
            english: "it holds a control character, such as a line break at its end",
            chinese: "含有控制字符（如末尾的换行符）",
        })),
        value => Ok(value),
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
            let provider = Jumdata::new(
                jumdata::Credentials { app_id: need("JUMDATA_APP_ID")?, app_secret: need("JUMDATA_APP_SECRET")? },
                transport,
            )
            .with_account(account)
            .map_err(|e| e.with_field(ACCOUNT))?;
            Ok(match get("JUMDATA_ENDPOINT")? {
                Some(endpoint) => {
                    Arc::new(provider.with_endpoint(&endpoint).map_err(|e| e.with_field("JUMDATA_ENDPOINT"))?)
                }
                None => Arc::new(provider),
            })
        }
        "tencent-market" => {
            let (id, key) = (need("TENCENT_MARKET_SECRET_ID")?, need("TENCENT_MARKET_SECRET_KEY")?);
            let provider =
                TencentMarket::new(tencent_market::Credentials { secret_id: id, secret_key: key }, transport)
                    .with_account(account)
                    .map_err(|e| e.with_field(ACCOUNT))?;
            Ok(match get("TENCENT_MARKET_ENDPOINT")? {
                Some(endpoint) => {
                    Arc::new(provider.with_endpoint(&endpoint).map_err(|e| e.with_field("TENCENT_MARKET_ENDPOINT"))?)
                }
                None => Arc::new(provider),
            })
        }
        _ => Err(Error::configuration(VENDOR).with_reason(Text {
            english: "it must be jumdata or tencent-market",
            chinese: "只能取 jumdata 或 tencent-market",
        })),
    }
}

/// What stands in the environment; a value that is not UTF-8 is not a missing one.
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
mod tests {
    use super::*;
    use crate::model::{Body, ErrorKind, Request, Response};

    fn from(vars: &'static [(&str, &str)]) -> Result<Arc<dyn LivenessProvider>> {
        let get = |name: &str| vars.iter().find(|(known, _)| *known == name).map(|(_, value)| (*value).to_owned());
        from_vars(get, |_: Request| Ok(Response::new(Body::empty())))
    }

    #[test]
    fn both_vendors_come_from_their_own_keys() {
        let provider = from(&[("LIVENESS_VENDOR", "jumdata"), ("JUMDATA_APP_ID", "i"), ("JUMDATA_APP_SECRET", "s")]);
        assert_eq!(provider.unwrap().id().vendor(), "jumdata");
        let provider = from(&[
            ("LIVENESS_VENDOR", "tencent-market"),
            ("TENCENT_MARKET_SECRET_ID", "i"),
            ("TENCENT_MARKET_SECRET_KEY", "s"),
            ("TENCENT_MARKET_ENDPOINT", "https://gateway.example/x"),
            ("LIVENESS_ACCOUNT", "hangzhou"),
        ]);
        assert_eq!(provider.unwrap().id().to_string(), "tencent-market/hangzhou");
    }

    #[test]
    fn what_is_missing_or_wrong_is_named_and_never_becomes_the_sandbox() {
        for (vars, named) in [
            (&[][..], "LIVENESS_VENDOR"),
            (&[("LIVENESS_VENDOR", "acme")], "LIVENESS_VENDOR"),
            (&[("LIVENESS_VENDOR", "sandbox")], "LIVENESS_VENDOR"),
            (&[("LIVENESS_VENDOR", "jumdata")], "JUMDATA_APP_ID"),
            (
                &[("LIVENESS_VENDOR", "jumdata"), ("JUMDATA_APP_ID", "i"), ("JUMDATA_APP_SECRET", "")],
                "JUMDATA_APP_SECRET",
            ),
            (&[("LIVENESS_VENDOR", "tencent-market")], "TENCENT_MARKET_SECRET_ID"),
            (
                &[
                    ("LIVENESS_VENDOR", "tencent-market"),
                    ("TENCENT_MARKET_SECRET_ID", "i"),
                    ("TENCENT_MARKET_SECRET_KEY", "s"),
                    ("LIVENESS_ACCOUNT", "a/b"),
                ],
                "LIVENESS_ACCOUNT",
            ),
            (
                &[
                    ("LIVENESS_VENDOR", "jumdata"),
                    ("JUMDATA_APP_ID", "i"),
                    ("JUMDATA_APP_SECRET", "s"),
                    ("JUMDATA_ENDPOINT", "nowhere"),
                ],
                "JUMDATA_ENDPOINT",
            ),
        ] {
            let error = from(vars).unwrap_err();
            assert_eq!((error.kind(), error.field()), (ErrorKind::Configuration, Some(named)));
        }
    }

    #[test]
    fn a_key_with_a_line_break_at_its_end_is_named_and_not_shown() {
        let error = from(&[("LIVENESS_VENDOR", "jumdata"), ("JUMDATA_APP_ID", "i"), ("JUMDATA_APP_SECRET", "k3y\n")]);
        let error = error.unwrap_err();
        assert_eq!(error.field(), Some("JUMDATA_APP_SECRET"));
        assert!(error.to_string().contains("control character") && !error.to_string().contains("k3y"), "{error}");
    }

    #[cfg(feature = "ureq")]
    #[test]
    fn a_variable_that_is_not_utf_8_is_called_so() {
        let error = readable("JUMDATA_APP_ID", Err(VarError::NotUnicode("k3y".into()))).unwrap_err();
        assert_eq!(error.field(), Some("JUMDATA_APP_ID"));
        assert!(error.to_string().contains("UTF-8") && !format!("{error:?}").contains("k3y"), "{error}");
        assert_eq!(readable("JUMDATA_APP_ID", Err(VarError::NotPresent)).unwrap(), None);
    }
}
