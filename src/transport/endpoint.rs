//! The check of an address from the operator's settings.

use http::Uri;

use crate::model::{Error, Result, Text};

/// Checks an address from the operator's settings: http or https, with a host, without user, query or fragment.
pub(crate) fn parse_address(field: &'static str, address: &str) -> Result<String> {
    let broken = |rule: Text| Err(Error::configuration(field).with_reason(rule));
    let Ok(uri) = address.parse::<Uri>() else {
        return broken(Text::new("it is not a valid URL", "不是合法的 URL"));
    };
    let named = uri.host().is_some_and(|host| !host.is_empty());
    if !matches!(uri.scheme_str(), Some("http" | "https")) || !named {
        return broken(Text::new(
            "it must begin with http:// or https:// and name a host",
            "必须以 http:// 或 https:// 开头并含主机名",
        ));
    }
    if uri.query().is_some() || address.contains(['@', '#']) {
        return broken(Text::new("it must hold no user, query or fragment", "不能包含用户名、查询串或片段"));
    }
    Ok(address.to_owned())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::model::ErrorKind;

    #[test]
    fn an_address_holds_a_scheme_and_a_host_and_nothing_personal() {
        assert_eq!(parse_address("endpoint", "https://a.example/x/").unwrap(), "https://a.example/x/");
        for bad in [
            "",
            "a.example",
            "ftp://a.example",
            "https://",
            "https://u:p@a.example",
            "https://a.example/?q=1",
            "https://a b",
        ] {
            let error = parse_address("endpoint", bad).unwrap_err();
            assert_eq!((error.kind(), error.field()), (ErrorKind::Configuration, Some("endpoint")), "{bad}");
        }
    }
}
