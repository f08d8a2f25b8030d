//! The frame that all pages share, and the safe way of text into them.

use http::{header, response};
use liveness::{Language, Request, Response};

const STYLE: &str = include_str!("../style.css");

/// One page: a heading and what stands under it.
pub(crate) struct Page {
    title: String,
    body: String,
}

impl Page {
    pub(super) fn new(title: &str, body: String) -> Self {
        Self { title: escape(title), body }
    }

    /// With this under it.
    pub(super) fn with(mut self, more: &str) -> Self {
        self.body += more;
        self
    }

    pub(crate) fn html(&self, language: Language, is_sandbox: bool) -> String {
        let Self { title, body } = self;
        let lang = say(language, "en", "zh-CN");
        let banner = say(
            language,
            "Sandbox: no real service is called, nothing is billed, and the result proves nothing.",
            "沙箱：不会调用真实的认证服务，不产生费用，结果不具任何证明效力。",
        );
        let banner = if is_sandbox { format!("<header class=\"banner\">{banner}</header>") } else { String::new() };
        format!(
            "<!doctype html>\n<html lang=\"{lang}\"><head><meta charset=\"utf-8\">\
             <meta name=\"viewport\" content=\"width=device-width, initial-scale=1\"><link rel=\"icon\" href=\"data:,\">\
             <link rel=\"stylesheet\" href=\"/style.css\"><title>{title}</title></head>\
             <body>{banner}<main><h1>{title}</h1>{body}</main></body></html>\n"
        )
    }
}

/// What every answer carries. A referrer may name the person's way, so it goes to nobody else; a cache keeps nothing.
pub(crate) fn headers(response: response::Builder, has_plain_page: bool) -> response::Builder {
    // A form's answer may send the browser on to the vendor's page, which the policy counts as the form's target. Policies
    // cannot name `[::1]`, where a sandbox may be, so plain addresses are allowed by their scheme.
    let plain = if has_plain_page { " http:" } else { "" };
    let policy = format!(
        "default-src 'none'; style-src 'self'; img-src data:; base-uri 'none'; frame-ancestors 'none'; \
         form-action 'self' https:{plain}"
    );
    response
        .header(header::CONTENT_TYPE, "text/html; charset=utf-8")
        .header(header::CONTENT_SECURITY_POLICY, policy)
        .header(header::REFERRER_POLICY, "same-origin")
        .header(header::X_CONTENT_TYPE_OPTIONS, "nosniff")
        .header(header::CACHE_CONTROL, "no-store")
}

/// The style, which all pages share.
pub(crate) fn style() -> Response {
    let response = http::Response::builder().header(header::CONTENT_TYPE, "text/css; charset=utf-8");
    response.body(STYLE.into()).unwrap_or_default()
}

/// The first language that the browser names.
pub(crate) fn language(request: &Request) -> Language {
    let wanted =
        request.headers().get(header::ACCEPT_LANGUAGE).and_then(|value| value.to_str().ok()).unwrap_or_default();
    if wanted.trim_start().to_ascii_lowercase().starts_with("zh") { Language::Chinese } else { Language::English }
}

pub(super) fn paragraph(text: &str) -> String {
    format!("<p>{}</p>", escape(text))
}

pub(super) fn home(language: Language) -> String {
    format!("<a class=\"button\" href=\"/\">{}</a>", say(language, "Back to start", "回到首页"))
}

/// The visit's number, by which the operator finds it.
pub(super) fn support(language: Language, reference: &str) -> String {
    let label = say(language, "Reference number (quote it if you contact us)", "编号（咨询时请提供）");
    format!("<dl><dt>{label}</dt><dd>{}</dd></dl>", escape(reference))
}

/// Apart from everything else, and only a link: the question comes on a page of its own.
pub(super) fn delete(language: Language) -> String {
    format!("<p class=\"apart\"><a href=\"/delete\">{}</a></p>", say(language, "Delete my data", "删除我的数据"))
}

pub(super) fn button(action: &str, form: &str, text: &str, fields: &str) -> String {
    let form = escape(form);
    format!(
        "<form method=\"post\" action=\"{action}\"><input type=\"hidden\" name=\"form\" value=\"{form}\">{fields}\
         <button>{text}</button></form>"
    )
}

pub(super) fn say(language: Language, english: &'static str, chinese: &'static str) -> &'static str {
    match language {
        Language::English => english,
        _ => chinese,
    }
}

/// Text as it may stand in HTML, in attributes too.
pub(super) fn escape(text: &str) -> String {
    let mut safe = String::with_capacity(text.len());
    for character in text.chars() {
        match character {
            '&' => safe.push_str("&amp;"),
            '<' => safe.push_str("&lt;"),
            '>' => safe.push_str("&gt;"),
            '"' => safe.push_str("&quot;"),
            '\'' => safe.push_str("&#39;"),
            other => safe.push(other),
        }
    }
    safe
}
