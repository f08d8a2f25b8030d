//! The personal values of a request, to remove them from an answer that repeats them.

mod spelling;

use std::{
    borrow::Cow,
    fmt,
    sync::{Arc, OnceLock},
};

use http::{HeaderMap, Request, Uri, header};
use zeroize::Zeroizing;

use self::spelling::{Heads, head, spellings};
use crate::model::Body;

/// The replacement for a value of the request.
const HIDDEN: &str = "[…]";
/// How much of a text is searched, in characters.
const MAX_CHARS: usize = 4_000;
/// A shorter value of ASCII letters is hidden only where it is a word of its own.
const LEAST_ASCII: usize = 6;
/// The least characters of a value in another script. A name has two.
const LEAST_OTHER: usize = 2;
/// Of a longer value only this many characters are searched for at first.
const PROBE_CHARS: usize = 64;
/// The most bytes of one character in a form: four bytes, each of them escaped.
const BYTES_PER_CHAR: usize = 12;

/// The values of one request. The client puts it into the extensions of the response, where an
/// [`Envelope`](crate::answer::Envelope) looks before it keeps a text.
#[derive(Clone)]
pub(crate) struct Sent(Arc<Parts>);

struct Parts {
    uri: Uri,
    headers: HeaderMap,
    body: Body,
    /// The beginning of each spelling of each value, filled when the first text of an answer is searched.
    heads: OnceLock<Heads>,
}

impl Sent {
    pub(crate) fn of(request: &Request<Body>) -> Self {
        let (uri, headers) = (request.uri().clone(), request.headers().clone());
        Self(Arc::new(Parts { uri, headers, body: request.body().clone(), heads: OnceLock::new() }))
    }

    /// The text without the values of the request, in any encoding that a vendor may have put them into.
    pub(crate) fn hide(&self, text: &str) -> String {
        self.without(text, |_| true)
    }

    /// A request number without the values of the request. A short value with a digit is kept, because it occurs in
    /// numbers by chance.
    pub(crate) fn hide_in_number(&self, number: &str) -> String {
        let is_name = |value: &str| value.bytes().all(|byte| byte.is_ascii_alphabetic() || byte == b' ');
        self.without(number, |value| !value.is_ascii() || value.len() >= LEAST_ASCII || is_name(value))
    }

    fn without(&self, text: &str, is_meant: impl Fn(&str) -> bool) -> String {
        // No more than a few hundred characters are kept of it.
        let mut text: String = text.chars().take(MAX_CHARS).collect();
        // Nearly every answer repeats nothing.
        if !self.0.heads.get_or_init(|| self.heads()).stand_in(&text) {
            return text;
        }
        for value in self.values().iter().filter(|value| is_meant(value)) {
            for spelling in spellings(value) {
                text = without(&text, &spelling);
            }
        }
        text
    }

    fn heads(&self) -> Heads {
        let mut heads = Heads::new();
        // A photo has a hundred thousand characters, and a text that does not contain its beginning does not repeat
        // it.
        self.each_value(PROBE_CHARS, |value| heads.add(value));
        heads
    }

    /// The longest first, so that no part of a value is left because a shorter one is inside it.
    fn values(&self) -> Vec<Zeroizing<String>> {
        let mut values = Vec::new();
        self.each_value(MAX_CHARS, |value| values.push(Zeroizing::new(value.to_owned())));
        values.sort_by_key(|value| std::cmp::Reverse(value.len()));
        values
    }

    /// At most so many characters of each value.
    fn each_value(&self, max_chars: usize, mut each: impl FnMut(&str)) {
        let Parts { uri, headers, body, .. } = &*self.0;
        let mut add = |value: &str| {
            let kept = value.char_indices().nth(max_chars).map_or(value, |(end, _)| &value[..end]);
            if !kept.is_empty() {
                each(kept);
            }
        };
        for (_, value) in form_urlencoded::parse(uri.query().unwrap_or_default().as_bytes()) {
            add(&value);
        }
        match serde_json::from_slice(body.as_bytes()) {
            Ok(json) => each_text(&json, &mut add),
            Err(_) => {
                // A form is ASCII. Checking that is much faster than finding replacements for other characters.
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
    }
}

impl fmt::Debug for Sent {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Sent([redacted])")
    }
}

/// The secrets in a line such as `hmac id="…", headers="x-date x-source", signature="…"` or `Bearer …`: the quoted
/// values except lists, dates and the algorithm, or else the last word.
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
        // A photo that begins with escaped characters, and one in JSON.
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

    /// A name of one character is accepted, and an answer to it must not be searched forever.
    #[test]
    fn a_value_of_one_character_does_not_hide_everything() {
        for value in ["王", "é", "𠮷", "a", "1"] {
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
