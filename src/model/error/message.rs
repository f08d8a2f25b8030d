//! The text of an error: the message in either language, `Display` and `Debug`, all without personal data.

use std::{
    fmt::{self, Write},
    time::Duration,
};

use super::{Error, Inner, record::whole_milliseconds};
use crate::model::{Language, PassedOver, redact::printable};

impl Error {
    /// What happened and what to do next.
    ///
    /// ```
    /// use liveness::{Error, ErrorKind, Language};
    ///
    /// let error = Error::new(ErrorKind::RateLimited).with_attempts(3);
    /// assert_eq!(error.message(Language::English), "rate limited [3 attempts]. Slow down and retry later");
    /// assert_eq!(error.message(Language::Chinese), "请求过于频繁（已尝试 3 次）。请降低频率，稍后重试");
    /// ```
    pub fn message(&self, language: Language) -> String {
        self.written(language, self.reason(language))
    }

    /// The reason, if more is known than the kind.
    pub fn reason(&self, language: Language) -> Option<&str> {
        self.0.reason.as_ref().map(|reason| match language {
            Language::English => &*reason.english,
            Language::Chinese => &*reason.chinese,
        })
    }

    /// What to do next.
    pub fn advice(&self, language: Language) -> &str {
        match (&self.0.advice, language) {
            (Some(advice), Language::English) => &advice.english,
            (Some(advice), Language::Chinese) => &advice.chinese,
            (None, _) => self.0.kind.advice(language),
        }
    }

    fn written(&self, language: Language, reason: Option<&str>) -> String {
        let mut text = String::new();
        // Writing to a String does not fail.
        let _ = match language {
            Language::English => self.write_english(&mut text, reason),
            Language::Chinese => self.write_chinese(&mut text, reason),
        };
        text
    }

    fn write_english(&self, text: &mut String, reason: Option<&str>) -> fmt::Result {
        let error = &*self.0;
        if let Some(provider) = &error.provider {
            write!(text, "{provider}: ")?;
        }
        text.push_str(error.kind.name(Language::English));
        if let Some(field) = &error.field {
            write!(text, " ({field})")?;
        }
        if let Some(reason) = reason {
            write!(text, ": {reason}")?;
        }
        let number = |name: &str, number: &str| format!("{name} {}", printable(number));
        let mut details = Vec::new();
        details.extend(error.vendor_code.as_deref().map(|code| number("vendor code", code)));
        details.extend(error.request_id.as_deref().map(|id| number("request", id)));
        details.extend(error.reference.as_ref().map(|reference| format!("reference {reference}")));
        match (error.attempts, error.elapsed) {
            (0 | 1, _) => {}
            (attempts, None) => details.push(format!("{attempts} attempts")),
            (attempts, Some(elapsed)) => details.push(format!("{attempts} attempts in {} s", tenths(elapsed))),
        }
        if !error.passed_over.is_empty() {
            details.push(format!("skipped {}", listed(&error.passed_over, ", ")));
        }
        if !details.is_empty() {
            write!(text, " [{}]", details.join(", "))?;
        }
        text.push_str(if text.ends_with(['.', '?']) { " " } else { ". " });
        // The advice is a sentence of its own: after one colon of the kind and one of the reason, a third could not be read.
        let advice = self.advice(Language::English);
        let (first, rest) = advice.split_at(advice.chars().next().map_or(0, char::len_utf8));
        write!(text, "{}{rest}", first.to_ascii_uppercase())
    }

    fn write_chinese(&self, text: &mut String, reason: Option<&str>) -> fmt::Result {
        let error = &*self.0;
        if let Some(provider) = &error.provider {
            write!(text, "{provider}: ")?;
        }
        text.push_str(error.kind.name(Language::Chinese));
        if let Some(field) = &error.field {
            write!(text, "（{field}）")?;
        }
        if let Some(reason) = reason {
            write!(text, "：{reason}")?;
        }
        if let Some(code) = error.vendor_code.as_deref().map(printable) {
            write!(text, "，供应商返回码 {code}")?;
        }
        if let Some(id) = error.request_id.as_deref().map(printable) {
            write!(text, "，请求号 {id}")?;
        }
        if let Some(reference) = &error.reference {
            write!(text, "，业务单号 {reference}")?;
        }
        match (error.attempts, error.elapsed) {
            (0 | 1, _) => {}
            (attempts, None) => write!(text, "（已尝试 {attempts} 次）")?,
            (attempts, Some(elapsed)) => write!(text, "（已尝试 {attempts} 次，共 {} 秒）", tenths(elapsed))?,
        }
        if !error.passed_over.is_empty() {
            write!(text, "，已跳过 {}", listed(&error.passed_over, "、"))?;
        }
        text.push_str(if text.ends_with(['。', '？']) { "" } else { "。" });
        text.push_str(self.advice(Language::Chinese));
        Ok(())
    }
}

fn listed(providers: &[PassedOver], between: &str) -> String {
    providers.iter().map(ToString::to_string).collect::<Vec<_>>().join(between)
}

/// Seconds with one digit, from what a record keeps, so that the error of a record says the same.
fn tenths(elapsed: Duration) -> String {
    format!("{:.1}", Duration::from_millis(whole_milliseconds(elapsed)).as_secs_f64())
}

/// The message in English, without the reason where the source is the reason.
impl fmt::Display for Error {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let reason = self.reason(Language::English).filter(|_| !self.0.is_reason_in_source);
        f.write_str(&self.written(Language::English, reason))
    }
}

impl fmt::Debug for Error {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Inner { kind, field, provider, reference, vendor_code, vendor_message, .. } = &*self.0;
        let Inner { request_id, charges, passed_over, source, .. } = &*self.0;
        f.debug_struct("Error")
            .field("kind", kind)
            .field("field", field)
            .field("reason", &self.reason(Language::English))
            .field("provider", provider)
            .field("reference", reference)
            .field("vendor_code", &vendor_code.as_deref().map(printable))
            .field("vendor_message", &vendor_message.as_ref().map(|_| "[see vendor_message()]"))
            .field("request_id", &request_id.as_deref().map(printable))
            .field("http_status", &self.http_status())
            .field("attempts", &self.attempts())
            .field("elapsed", &self.elapsed())
            .field("charges", charges)
            .field("passed_over", passed_over)
            .field("again", &self.again())
            .field("ran", &self.ran())
            .field("source", source)
            .finish()
    }
}
