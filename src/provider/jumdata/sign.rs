//! The signature of a request to Jumdata.

use std::fmt::Write;

use ring::digest::{SHA256, digest};

use crate::model::Secret;

/// An account's keys: the appId and appSecret that the vendor issued. `Debug` shows neither.
///
/// ```
/// use liveness::jumdata::Credentials;
///
/// let credentials = Credentials { app_id: "id".into(), app_secret: "key".into() };
/// assert!(!format!("{credentials:?}").contains("key\""));
/// ```
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Credentials {
    /// The vendor's `appId`.
    pub app_id: Secret,
    /// The vendor's `appSecret`.
    pub app_secret: Secret,
}

/// Lower-case hex of SHA-256 over appId, appSecret and the timestamp (Unix milliseconds, decimal), joined as they are, in
/// UTF-8 (vendor's page 活体检测H5-V2, common field `sign`).
pub(crate) fn sign(app_id: &Secret, app_secret: &Secret, timestamp: &str) -> String {
    let text = Secret::new([app_id.reveal(), app_secret.reveal(), timestamp].concat());
    let mut hex = String::with_capacity(64);
    for byte in digest(&SHA256, text.reveal().as_bytes()).as_ref() {
        // Writing to a String cannot fail.
        let _ = write!(hex, "{byte:02x}");
    }
    hex
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_published_examples_come_out() {
        for (app_id, app_secret, timestamp, expected) in [
            (
                "xyzxy2121zxyz",
                "efcefcef1121cefcefc1212121",
                "1555378976238",
                "6ddcdc405743c576cb6d34b17b47ed56e2b9b6670fae1fe85ed01244fd31558b",
            ),
            (
                "demo-app",
                "密钥-demo",
                "1700000000000",
                "1510136e05778e825631e05f2a2f19f3fc2b623fecf7110db7334b55449c5342",
            ),
        ] {
            assert_eq!(sign(&app_id.into(), &app_secret.into(), timestamp), expected);
        }
    }
}
