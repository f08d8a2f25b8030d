//! What does the person's browser get to see?

use std::sync::LazyLock;

use base64::{Engine, engine::general_purpose::STANDARD};
use ring::digest::{SHA256, digest};
use serde::Serialize;

#[cfg(test)]
mod tests;

const HTML: &str = include_str!("page.html");
const STYLE: &str = include_str!("page.css");
const SCRIPT: &str = include_str!("page.js");
/// What the page says, in English and Chinese.
const TEXTS: &str = include_str!("texts.json");

/// The `Content-Security-Policy` of the page, as a header: nothing from outside, one style and one script, both named by
/// their hashes.
pub(super) static POLICY: LazyLock<String> = LazyLock::new(|| format!("{}; frame-ancestors 'none'", policy()));

/// All of the page but its configuration. The policy stands in it too, for a page that is kept or served by others.
static PARTS: LazyLock<(String, String)> = LazyLock::new(|| {
    let page = HTML
        .replace("{{POLICY}}", &policy())
        .replace("{{STYLE}}", STYLE)
        .replace("{{TEXTS}}", &inert(TEXTS))
        .replace("{{SCRIPT}}", SCRIPT);
    let (before, after) = page.split_once("{{CONFIG}}").unwrap_or_default();
    (before.to_owned(), after.to_owned())
});

/// What one person's page is to do.
#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct Page<'a> {
    pub(super) token: &'a str,
    pub(super) return_url: &'a str,
    /// As the vendor names them, in order.
    pub(super) actions: &'a [&'a str],
    pub(super) colors: &'a [PageColor],
    /// How long the token lives from now on.
    pub(super) expires_in_ms: u64,
    /// `open`, or `finished` once the person was before the camera.
    pub(super) state: &'a str,
}

/// A flash colour.
#[derive(Serialize)]
pub(super) struct PageColor {
    /// As `#RRGGBB`.
    pub(super) hex: &'static str,
    pub(super) bright: bool,
}

impl Page<'_> {
    /// The page: one HTML document that needs nothing else.
    pub(super) fn html(&self) -> String {
        let (before, after) = &*PARTS;
        // Strings, numbers and lists always have a JSON form.
        let config = serde_json::to_string(self).unwrap_or_default();
        format!("{before}{}{after}", inert(&config))
    }
}

/// JSON that means nothing to an HTML parser: no tag, comment or entity can begin in it, and no old JavaScript parser sees
/// a line end.
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

fn policy() -> String {
    let hash = |text: &str| format!("'sha256-{}'", STANDARD.encode(digest(&SHA256, text.as_bytes())));
    format!(
        "default-src 'none'; script-src {}; style-src {}; connect-src 'self'; img-src data:; base-uri 'none'; \
         form-action 'none'; require-trusted-types-for 'script'; trusted-types 'none'",
        hash(SCRIPT),
        hash(STYLE)
    )
}
