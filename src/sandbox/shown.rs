//! Limits what is shown of a request's first line. Any word that the sandbox does not know may be personal data.

use http::Method;

use crate::sandbox::{control, tencent_market};

/// The paths outside the sandbox's own that it knows in full.
const WHOLE: [&str; 8] = [
    "/",
    "/assistant/balance",
    "/assistant/product-balance",
    "/favicon.ico",
    "/lifecheck/h5/v2/html",
    "/lifecheck/h5/v2/init",
    "/lifecheck/h5/v2/result",
    tencent_market::PATH,
];
/// The prefixes of the paths that it knows in part, and what is shown of them.
const BEGINNINGS: [(&str, &str); 6] = [
    ("/sandbox/portrait/", "/sandbox/portrait/…"),
    ("/lifecheck/", "/lifecheck/…"),
    ("/release/", "/release/…"),
    ("/assistant/", "/assistant/…"),
    ("/service-", "/service-…"),
    ("/services-", "/services-…"),
];

pub(super) fn method(method: &Method) -> &'static str {
    match *method {
        Method::GET => "GET",
        Method::POST => "POST",
        Method::DELETE => "DELETE",
        _ => "another method",
    }
}

pub(super) fn path(path: &str) -> &str {
    if WHOLE.contains(&path) || control::has(path) {
        return path;
    }
    BEGINNINGS.iter().find(|(beginning, _)| path.starts_with(beginning)).map_or("another path", |(_, shown)| shown)
}
