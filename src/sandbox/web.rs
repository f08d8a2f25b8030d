//! Common parts of the sandbox's pages for people: their language, and escaped text.

use http::{HeaderMap, header};

use crate::model::Language;

/// Chinese if the browser prefers it to English.
pub(super) fn preferred(headers: &HeaderMap) -> Language {
    let wanted = headers.get(header::ACCEPT_LANGUAGE).and_then(|value| value.to_str().ok()).unwrap_or_default();
    let weight = |language: &str| {
        let ranges = wanted.split(',').filter_map(|range| {
            let (tag, rest) = range.split_once(';').unwrap_or((range, ""));
            let is_it = tag.trim().split('-').next().is_some_and(|tag| tag.eq_ignore_ascii_case(language));
            let weight = rest.trim().strip_prefix("q=").map_or(Some(1.0), |weight| weight.trim().parse::<f32>().ok());
            weight.filter(|_| is_it)
        });
        ranges.fold(0.0, f32::max)
    };
    if weight("zh") > weight("en") { Language::Chinese } else { Language::English }
}

/// Escapes a text for HTML, or for an attribute value.
pub(super) fn escaped(text: &str) -> String {
    let mut html = String::with_capacity(text.len());
    for character in text.chars() {
        match character {
            '&' => html += "&amp;",
            '<' => html += "&lt;",
            '>' => html += "&gt;",
            '"' => html += "&quot;",
            '\'' => html += "&#39;",
            other => html.push(other),
        }
    }
    html
}

/// Whether a browser shows the answer to a person, who needs a page rather than a line of text.
pub(super) fn is_of_a_person(headers: &HeaderMap) -> bool {
    let accepted = headers.get(header::ACCEPT).and_then(|value| value.to_str().ok()).unwrap_or_default();
    accepted.contains("text/html")
}
