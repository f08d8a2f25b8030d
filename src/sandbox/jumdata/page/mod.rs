//! The hosted page, as the person's browser gets it.

use std::sync::LazyLock;

use base64::{Engine, engine::general_purpose::STANDARD};
use ring::digest::{SHA256, digest};
use serde::Serialize;
use time::OffsetDateTime;

use super::session::Session;
use crate::{
    provider::FlashColor,
    sandbox::{reply::Reply, web::escaped},
};

mod ended;
#[cfg(test)]
mod tests;

pub(in crate::sandbox) use self::ended::{Ended, ended};

const HTML: &str = include_str!("page.html");
const STYLE: &str = include_str!("page.css");
const SCRIPT: &str = include_str!("page.js");
/// The texts of the page, in English and Chinese.
const TEXTS: &str = include_str!("texts.json");

/// The `Content-Security-Policy` of the page, as a header: nothing from outside, one style and one script, both named by
/// their hashes.
static POLICY: LazyLock<String> = LazyLock::new(|| format!("{}; frame-ancestors 'none'", policy("")));

/// All of the page except its configuration. The policy is in it too, for integrators who keep or serve the page
/// themselves: they serve it from their own origin, and it reports to the sandbox's.
static PARTS: LazyLock<(String, String)> = LazyLock::new(|| {
    let page = HTML
        .replace("{{POLICY}}", &policy(" {{ORIGIN}}"))
        .replace("{{STYLE}}", STYLE)
        .replace("{{TEXTS}}", &inert(TEXTS))
        .replace("{{SCRIPT}}", SCRIPT);
    let (before, after) = page.split_once("{{CONFIG}}").unwrap_or_default();
    (before.to_owned(), after.to_owned())
});

/// The hosted page of an open session. It judges nothing, and informs the person of that.
pub(in crate::sandbox) fn page(session: &Session, now: OffsetDateTime) -> Reply {
    let colors = session
        .asked
        .colors
        .iter()
        .map(|hex| Color { hex, bright: FlashColor::parse(hex).is_ok_and(FlashColor::is_bright) });
    let config = Config {
        token: &session.token,
        return_url: &session.asked.return_url,
        actions: &session.asked.actions,
        colors: colors.collect(),
        expires_in_ms: session.left(now).whole_milliseconds(),
        origin: session.web_origin(),
    };
    shown(config.html())
}

fn shown(html: String) -> Reply {
    let headers = vec![
        ("content-security-policy", POLICY.clone()),
        ("permissions-policy", "camera=(self), microphone=()".to_owned()),
        // Its address contains the token.
        ("referrer-policy", "no-referrer".to_owned()),
        ("cache-control", "no-store".to_owned()),
        ("x-content-type-options", "nosniff".to_owned()),
    ];
    Reply { headers, ..Reply::new(200, "text/html; charset=utf-8", html) }
}

/// The configuration of one person's page.
#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct Config<'a> {
    token: &'a str,
    return_url: &'a str,
    /// In order, as the vendor names them.
    actions: &'a [&'static str],
    colors: Vec<Color<'a>>,
    /// How long the token remains valid.
    expires_in_ms: i128,
    /// The origin to which the page reports, whatever server it comes from.
    origin: &'a str,
}

/// A flash colour.
#[derive(Serialize)]
struct Color<'a> {
    /// As `#RRGGBB`.
    hex: &'a str,
    bright: bool,
}

impl Config<'_> {
    fn html(&self) -> String {
        let (before, after) = &*PARTS;
        // Strings, numbers and lists always have a JSON form.
        let config = serde_json::to_string(self).unwrap_or_default();
        // A browser without scripts has only this link.
        let before = before.replace("{{ORIGIN}}", self.origin).replace("{{BACK}}", &escaped(self.return_url));
        format!("{before}{}{after}", inert(&config))
    }
}

/// JSON that has no meaning to an HTML parser: no tag, comment or entity can begin in it, and no old JavaScript
/// parser sees a line end.
fn inert(json: &str) -> String {
    let mut text = String::with_capacity(json.len());
    for character in json.chars() {
        match character {
            '<' | '>' | '&' | '\u{2028}' | '\u{2029}' => text.push_str(&format!("\\u{:04x}", u32::from(character))),
            other => text.push(other),
        }
    }
    text
}

/// `also` is another origin that the page may report to.
fn policy(also: &str) -> String {
    let hash = |text: &str| format!("'sha256-{}'", STANDARD.encode(digest(&SHA256, text.as_bytes())));
    format!(
        "default-src 'none'; script-src {}; style-src {}; connect-src 'self'{also}; img-src data:; base-uri 'none'; \
         form-action 'none'; require-trusted-types-for 'script'; trusted-types 'none'",
        hash(SCRIPT),
        hash(STYLE)
    )
}
