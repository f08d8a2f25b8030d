//! The personal values of a request, to remove them from an answer that repeats them.

use std::{
    borrow::Cow,
    fmt,
    fmt::Write,
    sync::{Arc, OnceLock},
};

use encoding_rs::{GB18030, GBK, WINDOWS_1252};
use http::{HeaderMap, Request, Uri, header};
use zeroize::Zeroizing;

use crate::model::Body;

/// What stands where a value of the request stood.
const HIDDEN: &str = "[…]";
/// How much of a text is looked through, in characters.
const MAX_CHARS: usize = 4_000;
/// A shorter value of ASCII letters is hidden only where it stands as a word of its own.
const LEAST_ASCII: usize = 6;
/// The least characters of a value in another script. A name has two.
const LEAST_OTHER: usize = 2;
/// Of a longer value, such as a photo, any part that begins like it is hidden too.
const LONG: usize = 24;
/// How much of a long value must stand in the text.
const PREFIX: usize = 12;
/// Of a value with more characters only these are spelled at first: a photo has a hundred thousand, and stands in no usual answer.
const PROBE_CHARS: usize = 64;
/// What a character takes at most in a form: four bytes, each of them escaped.
const BYTES_PER_CHAR: usize = 12;

/// The values of one request. The client puts it into the extensions of the response, where an
/// [`Envelope`](crate::answer::Envelope) looks before it keeps a text.
#[derive(Clone)]
pub(crate) struct Sent(Arc<Parts>);

struct Parts {
    uri: Uri,
    headers: HeaderMap,
    body: Body,
    /// The beginnings of the values, once an answer's text was looked through.
    beginnings: OnceLock<Vec<Zeroizing<String>>>,
}

impl Sent {
    pub(crate) fn of(request: &Request<Body>) -> Self {
        let (uri, headers) = (request.uri().clone(), request.headers().clone());
        Self(Arc::new(Parts { uri, headers, body: request.body().clone(), beginnings: OnceLock::new() }))
    }

    /// The text without what the request held, in any encoding that a vendor may have put it into.
    pub(crate) fn hide(&self, text: &str) -> String {
        self.without(text, |_| true)
    }

    /// A request's number without what the request held. A short value with a digit is left: it stands in numbers by
    /// chance.
    pub(crate) fn hide_in_number(&self, number: &str) -> String {
        let is_name = |value: &str| value.bytes().all(|byte| byte.is_ascii_alphabetic() || byte == b' ');
        self.without(number, |value| !value.is_ascii() || value.len() >= LEAST_ASCII || is_name(value))
    }

    fn without(&self, text: &str, is_meant: impl Fn(&str) -> bool) -> String {
        // No more than a few hundred characters are kept of it.
        let mut text: String = text.chars().take(MAX_CHARS).collect();
        let beginnings = self.0.beginnings.get_or_init(|| self.values(PROBE_CHARS));
        let (long, short): (Vec<_>, Vec<_>) = beginnings.iter().partition(|value| is_cut(value, PROBE_CHARS));
        let folded = text.to_ascii_lowercase();
        let whole = if long.iter().any(|beginning| may_stand(&folded, beginning)) {
            self.values(MAX_CHARS)
        } else {
            Vec::new()
        };
        let values = if whole.is_empty() { short } else { whole.iter().collect() };
        for value in values.into_iter().filter(|value| is_meant(value)) {
            for spelling in spellings(value) {
                text = without(&text, &spelling);
            }
        }
        text
    }

    /// At most so many characters of each. The longest first, so that no part of one is left because a shorter one stood in it.
    fn values(&self, max_chars: usize) -> Vec<Zeroizing<String>> {
        let Parts { uri, headers, body, .. } = &*self.0;
        let mut values = Vec::new();
        let mut add = |value: &str| {
            let kept = value.char_indices().nth(max_chars).map_or(value, |(end, _)| &value[..end]);
            if !kept.is_empty() {
                values.push(Zeroizing::new(kept.to_owned()));
            }
        };
        for (_, value) in form_urlencoded::parse(uri.query().unwrap_or_default().as_bytes()) {
            add(&value);
        }
        match serde_json::from_slice(body.as_bytes()) {
            Ok(json) => each_text(&json, &mut add),
            Err(_) => {
                // A form is ASCII, which is found out much faster than what to put in the place of what is not.
                let form = std::str::from_utf8(body.as_bytes());
                for pair in form.map_or_else(|_| String::from_utf8_lossy(body.as_bytes()), Cow::Borrowed).split('&') {
                    let value = pair.find('=').map_or(0, |equals| equals + 1);
                    let end = pair.len().min(value + BYTES_PER_CHAR * max_chars);
                    form_urlencoded::parse(&pair.as_bytes()[..end]).for_each(|(_, value)| add(&value));
                }
            }
        }
        for (name, value) in headers {
            let is_secret = value.is_sensitive() || *name == header::AUTHORIZATION || *name == header::COOKIE;
            if let (true, Ok(line)) = (is_secret, std::str::from_utf8(value.as_bytes())) {
                credentials(line).for_each(&mut add);
            }
        }
        values.sort_by_key(|value| std::cmp::Reverse(value.len()));
        values
    }
}

impl fmt::Debug for Sent {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Sent([redacted])")
    }
}

/// What is secret in a line such as `hmac id="…", headers="x-date x-source", signature="…"` or `Bearer …`: the quoted values
/// but for lists, dates and the algorithm, or else the last word.
fn credentials(line: &str) -> impl Iterator<Item = &str> {
    // The newer gateway's line is a JSON object; its names are no secrets.
    let is_name = |part: &&str| matches!(*part, "id" | "x-date" | "signature");
    let quoted = line.split('"').skip(1).step_by(2).filter(move |part| !is_name(part));
    let last = line.rsplit(' ').next().filter(|_| !line.contains('"'));
    let is_secret = |part: &&str| !part.contains(' ') && !part.starts_with("hmac-") && !part.ends_with("date");
    quoted.chain(last).filter(is_secret)
}

fn each_text(json: &serde_json::Value, add: &mut impl FnMut(&str)) {
    match json {
        serde_json::Value::String(text) => add(text),
        serde_json::Value::Number(number) => add(&number.to_string()),
        serde_json::Value::Array(items) => items.iter().for_each(|item| each_text(item, add)),
        serde_json::Value::Object(fields) => fields.values().for_each(|value| each_text(value, add)),
        _ => {}
    }
}

/// The value as an answer may repeat it: plain, percent-encoded in UTF-8 or GBK, as escapes of JSON or HTML, or as what
/// becomes of its UTF-8 when it is read as GBK or Latin-1.
fn spellings(value: &str) -> Vec<Zeroizing<String>> {
    let percent = |bytes: &[u8]| form_urlencoded::byte_serialize(bytes).collect::<String>();
    let mut all = vec![value.to_owned(), percent(value.as_bytes()), percent(value.as_bytes()).replace('+', "%20")];
    all.push(percent(all[1].as_bytes()));
    if !value.is_ascii() {
        let (gbk, _, _) = GB18030.encode(value);
        all.push(percent(&gbk));
        all.push(gbk.iter().map(|byte| char::from(*byte)).collect());
        // What stands before the value may shift where characters begin, and its last byte may need another.
        for from in 0..3 {
            let shifted = GBK.decode(value.as_bytes().get(from..).unwrap_or_default()).0;
            all.push(shifted.trim_matches('\u{FFFD}').to_owned());
        }
        all.push(WINDOWS_1252.decode(value.as_bytes()).0.into_owned());
        all.push(value.bytes().map(char::from).collect());
        let (mut json, mut decimal, mut hexadecimal) = (String::new(), String::new(), String::new());
        // Writing to a String does not fail.
        for unit in value.encode_utf16() {
            let _ = write!(json, "\\u{unit:04x}");
        }
        for char in value.chars().map(u32::from) {
            let _ = (write!(decimal, "&#{char};"), write!(hexadecimal, "&#x{char:x};"));
        }
        all.extend([json, decimal, hexadecimal]);
    }
    all.dedup();
    // Of a single character nothing may be left where it is read from its middle.
    all.into_iter().filter(|spelling| !spelling.is_empty()).map(Zeroizing::new).collect()
}

/// Whether a value of that many characters may be the beginning of a longer one.
fn is_cut(value: &str, chars: usize) -> bool {
    value.chars().count() >= chars
}

/// Whether a long value that begins like this one stands in the text, which has no capitals of ASCII.
fn may_stand(folded: &str, beginning: &str) -> bool {
    spellings(beginning).iter().any(|spelling| folded.contains(head(&spelling.to_ascii_lowercase())))
}

/// The part of a value that must stand in a text: all of a short one.
fn head(value: &str) -> &str {
    match value.char_indices().nth(PREFIX) {
        Some((end, _)) if value.chars().count() >= LONG => &value[..end],
        _ => value,
    }
}

/// The text with this value hidden, whatever the case of its ASCII letters.
fn without(text: &str, value: &str) -> String {
    let chars = value.chars().count();
    let is_word = value.is_ascii() && chars < LEAST_ASCII;
    if !value.is_ascii() && chars < LEAST_OTHER {
        return text.to_owned();
    }
    let (folded, sought) = (text.to_ascii_lowercase(), value.to_ascii_lowercase());
    let head = head(&sought);
    let mut kept = String::new();
    let mut from = 0;
    while let Some(found) = folded[from..].find(head) {
        let start = from + found;
        let same: usize =
            folded[start..].chars().zip(sought.chars()).take_while(|(a, b)| a == b).map(|(a, _)| a.len_utf8()).sum();
        let end = start + same;
        // A letter of another script is no part of an ASCII word.
        let is_part = |char: Option<char>| char.is_some_and(|char| char.is_ascii_alphanumeric());
        if is_word && (is_part(folded[..start].chars().next_back()) || is_part(folded[end..].chars().next())) {
            kept.push_str(&text[from..end]);
        } else {
            kept.push_str(&text[from..start]);
            kept.push_str(HIDDEN);
        }
        from = end;
    }
    kept.push_str(&text[from..]);
    kept
}

#[cfg(test)]
mod tests {
    use super::*;

    fn sent() -> Sent {
        let photo = "iVBORw0KGgoAAAANSUhEUgAAABAAAAAQCAIAAACQkWg2";
        let body = format!("idcard=11010519491231002X&realname=%E5%BC%A0%E4%B8%89&photo={photo}&short=ab&page=7a");
        let request = Request::post("https://vendor.example/compare?token=t-0123456789")
            .header(header::AUTHORIZATION, r#"hmac id="key-1234", signature="c2lnbmF0dXJl""#);
        Sent::of(&request.body(Body::from(body)).unwrap())
    }

    #[test]
    fn what_was_sent_is_hidden_in_every_spelling() {
        for said in [
            "姓名张三有误",
            "realname=%E5%BC%A0%E4%B8%89&",
            "realname=%d5%c5%c8%fd",
            r"name \u5f20\u4E09",
            "&#24352;&#19977;",
            "寮犱笁",
            "姓名ab格式错误",
            "11010519491231002x",
            "token T-0123456789",
            "id key-1234 signature c2lnbmF0dXJl",
            "photo iVBORw0KGgoAAAAN is cut",
            "field ab wrong",
        ] {
            let kept = sent().hide(said);
            assert!(kept.contains(HIDDEN), "{said} -> {kept}");
            for value in
                ["张三", "%e5%bc%a0", "u5f20", "24352", "寮犱", "1949", "0123456789", "key-1234", "iVBO", " ab "]
            {
                assert!(!kept.to_lowercase().contains(&value.to_lowercase()), "{said} -> {kept}");
            }
        }
    }

    #[test]
    fn of_a_photo_of_any_length_as_much_as_an_answer_repeats_is_hidden() {
        let photo: String =
            (0..40_000u32).map(|i| char::from(b'A' + (i.wrapping_mul(2_654_435_761) >> 27) as u8 % 26)).collect();
        let form = |photo: &str| format!("realname=%E5%BC%A0%E4%B8%89&photo={photo}%2B%2F%3D&z=last-value");
        let sent = |body: String| Sent::of(&Request::post("https://v.example/").body(Body::from(body)).unwrap());
        for repeated in [20, PROBE_CHARS - 1, PROBE_CHARS, PROBE_CHARS + 1, 3_000] {
            let said = format!("bad photo: {} last-value 张三", &photo[..repeated]);
            assert_eq!(sent(form(&photo)).hide(&said), "bad photo: […] […] […]", "{repeated}");
        }
        // Of one that begins with what is escaped, and of one in JSON.
        let escaped = form(&format!("%2B%2B{photo}"));
        assert_eq!(sent(escaped.clone()).hide(&format!("no ++{}", &photo[..200])), "no […]");
        assert_eq!(sent(escaped).hide(&format!("no %2b%2b{}", &photo[..200])), "no […]");
        let json = format!(r#"{{"image":"{photo}"}}"#);
        assert_eq!(sent(json).hide(&format!("no {}", &photo[..500])), "no […]");
        assert_eq!(sent(form(&photo)).hide("photo is too dark"), "photo is too dark");
    }

    #[test]
    fn a_number_keeps_what_stands_in_it_by_chance() {
        assert_eq!((sent().hide_in_number("7a").as_str(), sent().hide("7a").as_str()), ("7a", HIDDEN));
        assert_eq!(sent().hide_in_number("ZT 11010519491231002X"), "ZT […]");
        assert_eq!(sent().hide("ab"), HIDDEN);
    }

    #[test]
    fn other_words_stay() {
        for said in ["请求姓名格式错误", "the tab is open", "同一人", "ZT20261121160000123456", ""] {
            assert_eq!(sent().hide(said), said);
        }
    }

    #[test]
    fn of_a_credential_the_secret_is_hidden_and_its_names_stay() {
        let sent = |line: &str| {
            Sent::of(
                &Request::post("https://v.example/").header(header::AUTHORIZATION, line).body(Body::empty()).unwrap(),
            )
        };
        assert_eq!(sent("Bearer s3cr3t-t0k3n").hide("the Bearer s3cr3t-t0k3n is old"), "the Bearer […] is old");
        let line = r#"hmac id="key-1234", algorithm="hmac-sha1", headers="x-date x-source", signature="c2lnbmF0dXJl""#;
        let said = "hmac-sha1 over x-date x-source of key-1234 gives no signature c2lnbmF0dXJl";
        assert_eq!(sent(line).hide(said), "hmac-sha1 over x-date x-source of […] gives no signature […]");
        let line = r#"{"id":"key-1234","x-date":"Sat, 21 Nov 2026 08:00:00 GMT","signature":"c2lnbmF0dXJl"}"#;
        let said = "x-date Sat, 21 Nov 2026 08:00:00 GMT of id key-1234: signature c2lnbmF0dXJl";
        assert_eq!(sent(line).hide(said), "x-date Sat, 21 Nov 2026 08:00:00 GMT of id […]: signature […]");
    }

    /// A name of one character is taken, and an answer to it must not be looked through for ever.
    #[test]
    fn a_value_of_one_character_has_no_empty_spelling() {
        for value in ["王", "é", "𠮷", "a", "1"] {
            assert!(spellings(value).iter().all(|spelling| !spelling.is_empty()), "{value}");
            let body =
                Body::from(form_urlencoded::Serializer::new(String::new()).append_pair("realname", value).finish());
            let sent = Sent::of(&Request::post("https://vendor.example/").body(body).unwrap());
            assert_eq!(sent.hide("同一人"), "同一人");
        }
    }

    #[test]
    fn what_was_sent_in_a_list_of_json_is_hidden_too() {
        let body = Body::from(r#"{"people":["张三",{"name":"李四"}]}"#);
        let sent = Sent::of(&Request::post("https://vendor.example/").body(body).unwrap());
        assert_eq!(sent.hide("张三与李四"), "[…]与[…]");
    }

    #[test]
    fn what_was_sent_as_json_is_hidden_too() {
        let body = Body::from(r#"{"person":{"name":"张三","number":110105194912310020}}"#);
        let sent = Sent::of(&Request::post("https://vendor.example/").body(body).unwrap());
        assert_eq!(sent.hide("张三 110105194912310020"), "[…] […]");
        assert_eq!(format!("{sent:?}"), "Sent([redacted])");
    }
}
