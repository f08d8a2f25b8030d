//! The values that no recording may hold, in every spelling.

use std::{
    collections::{BTreeSet, HashSet},
    sync::LazyLock,
};

use base64::{Engine, prelude::BASE64_STANDARD};
use encoding_rs::{GBK, WINDOWS_1252};

use super::RECORDED;

/// What an answer says of the person, and the request did not.
pub(super) const SAID: [&str; 8] = [
    "上官飞燕",
    "440524197803152211",
    "19780315",
    "1978-03-15",
    "浙江省杭州市西湖区龙井路77号",
    "13912345678",
    "https://oss-canary.example/faces/face-canary-3301.jpg?OSSAccessKeyId=canary",
    "t0ken-given-canary-77aa",
];

/// By how many bytes a canary is looked for first.
const START_BYTES: usize = 4;

/// Every value, without its spellings.
pub(super) fn values() -> Vec<String> {
    let photo = RECORDED.photo();
    let base64 = BASE64_STANDARD.encode(photo.bytes());
    let mut values: Vec<String> =
        [RECORDED.name, RECORDED.id_number, RECORDED.key, RECORDED.secret].map(str::to_owned).into();
    values.extend(
        [RECORDED.return_url, RECORDED.token, "shop-canary", "visit-canary-9182", "19491231"].map(str::to_owned),
    );
    // Parts of the photo's Base64 and of its bytes as a text.
    values.extend(
        base64
            .as_bytes()
            .chunks(16)
            .filter(|part| part.len() == 16)
            .map(|part| String::from_utf8_lossy(part).into_owned()),
    );
    values.push("canary-photo".to_owned());
    values.extend(SAID.map(str::to_owned));
    values
}

/// The value as it may be written, in lower case.
pub(super) fn spellings(value: &str) -> Vec<String> {
    let percent = |bytes: &[u8]| form_urlencoded::byte_serialize(bytes).collect::<String>();
    let hex = |bytes: &[u8]| bytes.iter().map(|byte| format!("{byte:02x}")).collect::<String>();
    let gbk = GBK.encode(value).0;
    let mut all = vec![value.to_owned(), percent(value.as_bytes()), percent(value.as_bytes()).replace('+', "%20")];
    all.extend([percent(&gbk), hex(value.as_bytes()), hex(&gbk)]);
    all.push(value.encode_utf16().map(|unit| format!("\\u{unit:04x}")).collect());
    all.push(value.chars().map(|char| format!("&#{};", u32::from(char))).collect());
    all.push(value.chars().map(|char| format!("&#x{:x};", u32::from(char))).collect());
    all.push(WINDOWS_1252.decode(value.as_bytes()).0.into_owned());
    all.push(value.bytes().map(char::from).collect());
    all.push(gbk.iter().map(|byte| char::from(*byte)).collect());
    all.push(GBK.decode(value.as_bytes()).0.trim_matches('\u{FFFD}').to_owned());
    // Base64 of it, wherever it starts in what is encoded.
    for before in 0..3 {
        let encoded = BASE64_STANDARD.encode([&vec![b'.'; before], value.as_bytes()].concat());
        let (from, to) = (if before == 0 { 0 } else { 4 }, encoded.len().saturating_sub(4));
        all.extend(encoded.get(from..to).filter(|part| part.len() >= 8).map(str::to_owned));
    }
    all.iter()
        .map(|text| text.to_lowercase())
        .filter(|text| text.chars().count() >= 2 && text.len() >= START_BYTES)
        .collect()
}

/// Every spelling of every value.
static ALL: LazyLock<BTreeSet<String>> = LazyLock::new(|| values().iter().flat_map(|value| spellings(value)).collect());

/// Fails if the file holds one of them: as it stands, or in a text of it at any depth.
pub(super) fn assert_none(json: &str) {
    let mut texts = vec![json.to_lowercase()];
    collect(&serde_json::from_str(json).expect("a cassette is JSON"), &mut texts);
    for text in &texts {
        // A masked text has few of them, so most canaries need not be looked for.
        let starts: HashSet<&[u8]> = text.as_bytes().windows(START_BYTES).collect();
        for canary in ALL.iter().filter(|canary| starts.contains(&canary.as_bytes()[..START_BYTES])) {
            assert!(!text.contains(canary), "{canary} stands in {text}");
        }
    }
}

fn collect(value: &serde_json::Value, texts: &mut Vec<String>) {
    match value {
        serde_json::Value::String(text) => {
            texts.push(text.to_lowercase());
            if let Ok(inner) = serde_json::from_str::<serde_json::Value>(text)
                && !inner.is_number()
            {
                collect(&inner, texts);
            }
        }
        serde_json::Value::Array(items) => items.iter().for_each(|item| collect(item, texts)),
        serde_json::Value::Object(fields) => fields.iter().for_each(|(name, value)| {
            texts.push(name.to_lowercase());
            collect(value, texts);
        }),
        _ => {}
    }
}

#[test]
#[should_panic(expected = "stands in")]
fn a_canary_is_found_where_it_is() {
    assert_none(r#"{"a":["{\"b\":\"\\u6b27\\u9633\\u955c\\u6f9c\"}"]}"#);
}
