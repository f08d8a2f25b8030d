//! The variables that set a key, and the messages about its value.

pub(super) use super::{
    key::{CANDIDATES, Key, Kind, PREFIX, Vendors},
    table::KEYS,
};

/// The message for a wrong duration, in English and Chinese.
pub(super) const A_DURATION: (&str, &str) =
    ("it must be a whole number with ms, s, m, h or d, such as 30s", "必须是带单位 ms、s、m、h 或 d 的整数，例如 30s");
/// The English messages of our own types, with the messages in both languages.
pub(super) const SAYINGS: [(&str, (&str, &str)); 2] = [
    (A_DURATION.0, A_DURATION),
    ("expected a string", ("it must be a text in quotation marks", "必须是加引号的字符串")),
];
/// The vendors that the crate has itself.
pub(super) const VENDORS: [&str; 2] = ["jumdata", "tencent-market"];

/// The variables that set the key at this path: the general one, and that of `from_env`.
pub(super) fn variables(path: &str) -> Vec<String> {
    let is_file = path.ends_with("_file");
    let (plain, index) = plain(path);
    // The one candidate without a file; the vendor of a candidate in a file is set by the file alone.
    match plain.as_str() {
        CANDIDATES => return vec!["LIVENESS_VENDOR".to_owned()],
        "candidates.vendor" => return Vec::new(),
        _ => {}
    }
    let plain = plain.strip_suffix("_file").filter(|_| is_file).unwrap_or(&plain).to_owned();
    let suffix = if is_file { "_FILE" } else { "" };
    let keys = || KEYS.iter().filter(|key| key.path == plain);
    let short = keys().filter_map(|key| key.short.map(str::to_owned));
    let names = short.chain(keys().filter(|key| !key.is_of_the_file_alone()).find_map(Key::variable));
    names.map(|name| name.replace("<n>", &index.to_string()) + suffix).collect()
}

/// The kind of value at this path.
pub(super) fn kind(path: &str) -> Option<Kind> {
    let (plain, _) = plain(path);
    KEYS.iter().find(|key| key.path == plain).map(|key| key.kind)
}

/// The path without the number of its candidate, and that number.
fn plain(path: &str) -> (String, usize) {
    let Some((index, rest)) = path.strip_prefix("candidates[").and_then(|rest| rest.split_once(']')) else {
        return (path.to_owned(), 0);
    };
    (format!("{CANDIDATES}{rest}"), index.parse().unwrap_or(0))
}
