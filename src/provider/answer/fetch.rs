//! The check that an address from a vendor's answer is safe to fetch.

use std::net::{Ipv4Addr, Ipv6Addr};

use http::Uri;

/// Whether this address is safe to fetch. Any public host over https is safe, unless there is a list of allowed
/// hosts; the configured endpoint's own origin is trusted without further checks.
///
/// ```
/// use liveness::answer::is_safe_to_fetch;
///
/// let endpoint = "https://api.acme.example";
/// assert!(is_safe_to_fetch("https://oss.acme.example/face.jpg", endpoint, None));
/// // No plain http, and nothing inside your own network.
/// assert!(!is_safe_to_fetch("http://oss.acme.example/face.jpg", endpoint, None));
/// assert!(!is_safe_to_fetch("https://169.254.169.254/latest/meta-data", endpoint, None));
/// // Where the operator names the hosts, no other one.
/// let hosts = ["oss.acme.example".to_owned()];
/// assert!(!is_safe_to_fetch("https://elsewhere.example/face.jpg", endpoint, Some(&hosts)));
/// ```
pub fn is_safe_to_fetch(url: &str, endpoint: &str, allowed: Option<&[String]>) -> bool {
    let (Ok(uri), Ok(own)) = (url.parse::<Uri>(), endpoint.parse::<Uri>()) else { return false };
    let (Some(host), Some(authority)) = (uri.host(), uri.authority()) else { return false };
    if authority.as_str().contains('@') {
        return false;
    }
    if (uri.scheme(), uri.authority()) == (own.scheme(), own.authority()) {
        return true;
    }
    let is_allowed = allowed.is_none_or(|hosts| hosts.iter().any(|known| known.eq_ignore_ascii_case(host)));
    uri.scheme_str() == Some("https") && is_allowed && is_public(host)
}

/// Whether a host is not literally a private address. Resolvers also accept `127.1`, `0x7f.1` and `2130706433`, so a
/// host that ends like a number must be a whole IPv4 address.
fn is_public(host: &str) -> bool {
    if let Some(v6) = host.strip_prefix('[').and_then(|host| host.strip_suffix(']')) {
        return v6.parse::<Ipv6Addr>().is_ok_and(|v6| v6.to_ipv4().map_or_else(|| is_public_v6(v6), is_public_v4));
    }
    if let Ok(v4) = host.parse::<Ipv4Addr>() {
        return is_public_v4(v4);
    }
    let name = host.trim_end_matches('.').to_ascii_lowercase();
    let last = name.rsplit('.').next().unwrap_or_default();
    let numeric = last.starts_with("0x") || last.bytes().all(|byte| byte.is_ascii_digit());
    !numeric && name != "localhost" && !name.ends_with(".localhost")
}

fn is_public_v4(ip: Ipv4Addr) -> bool {
    let [a, b, ..] = ip.octets();
    let shared = a == 100 && (64..128).contains(&b);
    !(a == 0
        || ip.is_private()
        || ip.is_loopback()
        || ip.is_link_local()
        || ip.is_multicast()
        || ip.is_broadcast()
        || shared)
}

fn is_public_v6(ip: Ipv6Addr) -> bool {
    !(ip.is_loopback()
        || ip.is_unspecified()
        || ip.is_unique_local()
        || ip.is_unicast_link_local()
        || ip.is_multicast())
}
