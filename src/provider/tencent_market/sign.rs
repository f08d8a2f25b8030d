//! Signatures of requests to the listing.

use base64::{Engine, prelude::BASE64_STANDARD};
use ring::hmac;
use serde::{Deserialize, Serialize};

use crate::model::{Secret, words};

/// The algorithm that all of Tencent's pages name. One of them (628/31717) lists three more.
const SHA1: hmac::Algorithm = hmac::HMAC_SHA1_FOR_LEGACY_USE_ONLY;

/// An account's keys: the secretId and secretKey that came with the listing. `Debug` shows neither.
///
/// ```
/// use liveness::tencent_market::Credentials;
///
/// let credentials = Credentials { secret_id: "id".into(), secret_key: "key".into() };
/// assert!(!format!("{credentials:?}").contains("key\""));
/// ```
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Credentials {
    /// The vendor's `secretId`.
    pub secret_id: Secret,
    /// The vendor's `secretKey`.
    pub secret_key: Secret,
}

/// How requests to the listing are signed for the gateway in front of it. The body and the responses are the same with both
/// schemes.
///
/// Its words are the names of the two gateways:
///
/// ```
/// use liveness::tencent_market::SignatureScheme;
///
/// assert_eq!("cloudmarket".parse(), Ok(SignatureScheme::CloudMarket));
/// assert_eq!(SignatureScheme::default().to_string(), "apigw");
/// ```
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[non_exhaustive]
pub enum SignatureScheme {
    /// `Authorization: hmac id="…", …` over `x-date` and `x-source`: the documented scheme of Tencent's API gateway.
    #[default]
    #[serde(rename = "apigw")]
    Hmac,
    /// `Authorization: {"id":…,"x-date":…,"signature":…}` over `x-date` alone, with a `request-id`: the newer market gateway
    /// (`ap-<region>.cloudmarket-apigw.com`). **Unofficial**: it is taken from the code of public clients; the vendor does not
    /// document it.
    #[serde(rename = "cloudmarket")]
    CloudMarket,
}

words!(all SignatureScheme, "signature_scheme", { Hmac => "apigw", CloudMarket => "cloudmarket" });

/// Standard Base64 of the HMAC over `name: value` lines in the order given, names in lower case, without a last newline.
pub(crate) fn signature<'a>(
    algorithm: hmac::Algorithm,
    secret_key: &Secret,
    headers: impl IntoIterator<Item = (&'a str, &'a str)>,
) -> String {
    let lines: Vec<_> =
        headers.into_iter().map(|(name, value)| format!("{}: {value}", name.to_ascii_lowercase())).collect();
    let key = hmac::Key::new(algorithm, secret_key.reveal().as_bytes());
    BASE64_STANDARD.encode(hmac::sign(&key, lines.join("\n").as_bytes()))
}

/// The `Authorization` line of [`SignatureScheme::Hmac`].
pub(crate) fn hmac_authorization(secret_id: &Secret, secret_key: &Secret, date: &str, source: &str) -> Secret {
    let signature = signature(SHA1, secret_key, [("x-date", date), ("x-source", source)]);
    Secret::new(format!(
        r#"hmac id="{}", algorithm="hmac-sha1", headers="x-date x-source", signature="{signature}""#,
        secret_id.reveal()
    ))
}

/// The `Authorization` line of [`SignatureScheme::CloudMarket`].
pub(crate) fn cloud_market_authorization(secret_id: &Secret, secret_key: &Secret, date: &str) -> Secret {
    let signature = signature(SHA1, secret_key, [("x-date", date)]);
    let quoted = |text: &str| serde_json::Value::from(text).to_string();
    Secret::new(format!(
        r#"{{"id":{},"x-date":{},"signature":{}}}"#,
        quoted(secret_id.reveal()),
        quoted(date),
        quoted(&signature)
    ))
}

#[cfg(test)]
mod tests {
    use super::*;

    const DATE: &str = "Tue, 20 Oct 2020 06:03:36 GMT";

    #[test]
    fn the_published_examples_come_out() {
        let key = Secret::new("secret-key-demo");
        assert_eq!(signature(SHA1, &key, [("x-date", DATE), ("x-source", "market")]), "0OlAycM5+RurN27Xa7/YYkl4uC0=");
        let date = "Mon, 19 Mar 2018 12:08:40 GMT";
        assert_eq!(signature(SHA1, &key, [("Date", date), ("Source", "source")]), "fTo67LBiwRI9ULEJoPQumIASQFY=");
    }

    #[test]
    fn the_documented_line_is_spelt_out() {
        let line = hmac_authorization(&"id-1".into(), &"secret-key-demo".into(), DATE, "market");
        assert_eq!(
            line.reveal(),
            r#"hmac id="id-1", algorithm="hmac-sha1", headers="x-date x-source", signature="0OlAycM5+RurN27Xa7/YYkl4uC0=""#
        );
    }

    #[test]
    fn the_newer_gateways_line_is_json_whatever_the_id_holds() {
        let line = cloud_market_authorization(&r#"i"d"#.into(), &"secret-key-demo".into(), DATE);
        let json: serde_json::Value = serde_json::from_str(line.reveal()).unwrap();
        // Checked with: printf 'x-date: %s' "$DATE" | openssl dgst -sha1 -hmac secret-key-demo -binary | base64
        assert_eq!(json["signature"], "AtHo6AGGSmB6gS4L80kEJv6oCXg=");
        assert_eq!((json["id"].as_str(), json["x-date"].as_str()), (Some(r#"i"d"#), Some(DATE)));
    }
}
