//! Redacts the headers of an answer, and drops those that are not needed.

use http::{HeaderMap, HeaderName, Uri, header};

use super::mask::masked;
use crate::model::{http_date, parse_http_date};

/// The words of media types, charsets and codings. Any other word of those headers is masked.
const WORDS: &[&str] = &[
    "application",
    "text",
    "image",
    "multipart",
    "json",
    "html",
    "plain",
    "xml",
    "javascript",
    "x-www-form-urlencoded",
    "form-data",
    "octet-stream",
    "jpeg",
    "jpg",
    "png",
    "webp",
    "charset",
    "utf-8",
    "utf8",
    "gbk",
    "gb2312",
    "gb18030",
    "iso-8859-1",
    "gzip",
    "x-gzip",
    "deflate",
    "br",
    "zstd",
    "identity",
    "chunked",
];
/// The replacement target of every redirect that names a host.
const REDIRECT: &str = "https://redirect.example/";
/// The longest wait that is kept, in digits of seconds.
const MAX_WAIT_DIGITS: usize = 5;

/// The headers about how to read the answer, when it was given and when to retry. No other is kept: a gateway names
/// the account in some.
pub(super) fn recorded_headers(headers: &HeaderMap, body_bytes: usize) -> Vec<(String, String)> {
    headers
        .iter()
        .filter_map(|(name, value)| {
            let value = value.to_str().ok()?;
            Some((name.as_str().to_owned(), kept(name, value, body_bytes)?))
        })
        .collect()
}

fn kept(name: &HeaderName, value: &str, body_bytes: usize) -> Option<String> {
    let date = || parse_http_date(value).map(http_date);
    match *name {
        header::CONTENT_TYPE | header::CONTENT_ENCODING | header::TRANSFER_ENCODING => Some(known_words(value)),
        header::CONTENT_LENGTH => Some(body_bytes.to_string()),
        header::DATE => date(),
        header::RETRY_AFTER => match value.len() {
            1..=MAX_WAIT_DIGITS if value.bytes().all(|byte| byte.is_ascii_digit()) => Some(value.to_owned()),
            _ => date(),
        },
        header::LOCATION => {
            let is_elsewhere = value.parse::<Uri>().is_ok_and(|uri| uri.host().is_some());
            Some(if is_elsewhere { REDIRECT } else { "/" }.to_owned())
        }
        _ => None,
    }
}

fn known_words(value: &str) -> String {
    let is_of_word = |char: char| char.is_ascii_alphanumeric() || char == '-';
    let mut kept = String::new();
    let mut rest = value;
    while let Some(char) = rest.chars().next() {
        let end = rest.find(|char| !is_of_word(char)).unwrap_or(rest.len());
        let (word, after) = rest.split_at(if end == 0 { char.len_utf8() } else { end });
        let is_known = WORDS.iter().any(|known| known.eq_ignore_ascii_case(word));
        kept.push_str(&if is_known { word.to_owned() } else { masked(word) });
        rest = after;
    }
    kept
}

#[cfg(test)]
mod tests {
    use http::{HeaderName, HeaderValue};

    use super::*;

    fn left(name: HeaderName, value: &str) -> Option<String> {
        let headers = HeaderMap::from_iter([(name, HeaderValue::from_str(value).unwrap())]);
        recorded_headers(&headers, 7).pop().map(|(_, value)| value)
    }

    #[test]
    fn only_what_says_how_to_read_the_answer_is_kept() {
        assert_eq!(
            left(header::CONTENT_TYPE, "text/html; charset=GBK; for=zhangsan").unwrap(),
            "text/html; charset=GBK; xxx=xxxxxxxx"
        );
        assert_eq!(left(header::LOCATION, "https://login.corp.cn/?user=zhangsan").unwrap(), REDIRECT);
        assert_eq!(left(header::DATE, "Sat, 21 Nov 2026 08:00:00 GMT").unwrap(), "Sat, 21 Nov 2026 08:00:00 GMT");
        assert_eq!(left(header::DATE, "zhangsan"), None);
        assert_eq!(left(header::RETRY_AFTER, "13800138000"), None);
        assert_eq!(left(header::CONTENT_LENGTH, "9"), Some("7".to_owned()));
        assert_eq!(left(HeaderName::from_static("x-secret-id"), "AKID"), None);
        assert_eq!(left(header::SET_COOKIE, "a=b"), None);
    }
}
