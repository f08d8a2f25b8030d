//! Return addresses: the place to which the vendor's page sends the person.

use std::fmt;

use serde::{Serialize, Serializer};

use crate::model::{Error, Result, Text, parsed};

/// The longest return URL, in characters (Jumdata, init's `returnUrl`).
const MAX_RETURN_URL_CHARS: usize = 128;

/// The address to which the vendor's page sends the person afterwards: http or https, at most 128 characters (Jumdata H5 V2,
/// `returnUrl`).
///
/// `Debug` shows only the host, because the rest may name the person's session.
///
/// ```
/// use liveness::ReturnUrl;
/// assert_eq!(ReturnUrl::parse("https://shop.example/back?order=7")?.as_str(), "https://shop.example/back?order=7");
/// assert!("ftp://shop.example/".parse::<ReturnUrl>().is_err());
/// # Ok::<(), liveness::Error>(())
/// ```
#[derive(Clone, PartialEq, Eq, Hash)]
pub struct ReturnUrl(String);

impl ReturnUrl {
    /// Parses an address. Characters outside ASCII must be percent-encoded.
    ///
    /// # Errors
    ///
    /// [`ErrorKind::InvalidCheck`](crate::ErrorKind::InvalidCheck) naming `return_url` and the rule it breaks.
    pub fn parse(url: &str) -> Result<Self> {
        let broken = |rule: Text| Err(Error::invalid("return_url").with_reason(rule));
        if url.chars().count() > MAX_RETURN_URL_CHARS {
            return broken(Text::new("it is longer than 128 characters", "长度超过 128 个字符"));
        }
        let is_ascii = url.bytes().all(|byte| byte.is_ascii_graphic());
        let Some(uri) = url.parse::<http::Uri>().ok().filter(|_| is_ascii) else {
            return broken(Text::new(
                "it is not a valid URL; percent-encode non-ASCII characters",
                "不是合法的 URL；非 ASCII 字符请先做百分号编码",
            ));
        };
        let begins_well = url.starts_with("http://") || url.starts_with("https://");
        match uri.host() {
            Some(host) if begins_well && !host.is_empty() => Ok(Self(url.to_owned())),
            _ => broken(Text::new(
                "it must begin with http:// or https:// and name a host",
                "必须以 http:// 或 https:// 开头并含主机名",
            )),
        }
    }

    /// The address.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl fmt::Debug for ReturnUrl {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let host = self.0.parse::<http::Uri>().ok().and_then(|uri| uri.host().map(str::to_owned)).unwrap_or_default();
        write!(f, "ReturnUrl({host}…)")
    }
}

impl Serialize for ReturnUrl {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_str(&self.0)
    }
}

parsed!(ReturnUrl, Error, "an http or https address");

#[cfg(test)]
mod tests {
    use super::*;

    fn refusal<T: fmt::Debug>(result: Result<T>) -> String {
        result.unwrap_err().to_string()
    }

    #[test]
    fn a_return_url_keeps_to_the_vendors_rule() {
        let long = |n: usize| format!("https://a.example/{}", "x".repeat(n - 18));
        assert!(ReturnUrl::parse(&long(128)).is_ok());
        assert!(refusal(ReturnUrl::parse(&long(129))).contains("128"));
        for bad in [
            "",
            "shop.example/back",
            "//shop.example",
            "javascript:alert(1)",
            "https://",
            "https://汉字.example/",
            "https://a.example/返回",
            "https://a.example/?q=张三",
            "https://a.example/#返回 x",
            "HTTPS://a.example/",
            "http://a b",
        ] {
            assert!(refusal(ReturnUrl::parse(bad)).contains("return_url"), "{bad}");
        }
        assert!(ReturnUrl::parse("http://a.example/b?c=1#d").is_ok());
    }
}
