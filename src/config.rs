//! Which vendor does this service ask, and with which keys?
//!
//! Never the sandbox by accident: it is not to be had from here.

use std::sync::Arc;

use crate::{Error, Jumdata, LivenessProvider, Result, Secret, TencentMarket, Transport};

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
/// [`ErrorKind::InvalidCheck`](crate::ErrorKind::InvalidCheck) naming the variable that is missing or wrong.
#[cfg(feature = "ureq")]
pub fn from_env() -> Result<Arc<dyn LivenessProvider>> {
    from_vars(|name| std::env::var(name).ok(), crate::UreqTransport::new())
}

/// The same from any source of variables and over any transport, for services that keep their settings elsewhere.
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
    let get = |name: &str| get(name).filter(|value| !value.is_empty());
    let need = |name: &'static str| {
        get(name).map(Secret::from).ok_or_else(|| {
            Error::invalid(name).with_reason(
                "this setting is missing; real keys are needed here, only the examples choose the sandbox by themselves",
                "缺少该配置；此处需要真实密钥，只有示例程序才会自动使用沙箱",
            )
        })
    };
    let account = get(ACCOUNT).unwrap_or_else(|| DEFAULT_ACCOUNT.to_owned());
    match need(VENDOR)?.reveal() {
        "jumdata" => {
            let provider =
                Jumdata::new(need("JUMDATA_APP_ID")?, need("JUMDATA_APP_SECRET")?, transport).with_account(account);
            Ok(match get("JUMDATA_ENDPOINT") {
                Some(endpoint) => {
                    Arc::new(provider.with_endpoint(&endpoint).map_err(|e| e.with_field("JUMDATA_ENDPOINT"))?)
                }
                None => Arc::new(provider),
            })
        }
        "tencent-market" => {
            let (id, key) = (need("TENCENT_MARKET_SECRET_ID")?, need("TENCENT_MARKET_SECRET_KEY")?);
            let provider = TencentMarket::new(id, key, transport).with_account(account);
            Ok(match get("TENCENT_MARKET_ENDPOINT") {
                Some(endpoint) => {
                    Arc::new(provider.with_endpoint(&endpoint).map_err(|e| e.with_field("TENCENT_MARKET_ENDPOINT"))?)
                }
                None => Arc::new(provider),
            })
        }
        _ => Err(Error::invalid(VENDOR)
            .with_reason("it must be jumdata or tencent-market", "只能取 jumdata 或 tencent-market")),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{Body, Request, Response};

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
                    ("LIVENESS_VENDOR", "jumdata"),
                    ("JUMDATA_APP_ID", "i"),
                    ("JUMDATA_APP_SECRET", "s"),
                    ("JUMDATA_ENDPOINT", "nowhere"),
                ],
                "JUMDATA_ENDPOINT",
            ),
        ] {
            assert_eq!(from(vars).unwrap_err().field(), Some(named));
        }
    }
}
