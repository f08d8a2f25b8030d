//! Warns of keys that look swapped, or pasted together with something else.
//!
//! A look proves nothing, so all of it is a warning.

use liveness::{Sandbox, sandbox::Vendor};

use crate::language::Words;

/// How Tencent Cloud's ids of keys begin.
const TENCENT_ID: &str = "AKID";
/// What the names of keys are, without what stands between their words.
const ID_WORDS: [&str; 2] = ["appid", "secretid"];
const SECRET_WORDS: [&str; 3] = ["appsecret", "secretkey", "appkey"];

/// What is odd about a vendor's two keys, each with the name of its variable.
pub(super) fn look(
    vendor: Vendor,
    id: &(&'static str, String),
    secret: &(&'static str, String),
) -> Vec<(&'static str, Words)> {
    let mut odd: Vec<_> =
        [id, secret].into_iter().filter_map(|(name, value)| Some((*name, alone(name, value)?))).collect();
    if id.1 == secret.1 {
        odd.push((
            id.0,
            Words::new(format!("it has the same value as {}", secret.0), format!("与 {} 的值相同", secret.0)),
        ));
    } else if are_swapped(vendor, &id.1, &secret.1) {
        odd.push((
            id.0,
            Words::new(
                format!("it looks as if it was swapped with {}", secret.0),
                format!("看起来与 {} 填反了", secret.0),
            ),
        ));
    }
    odd
}

/// What is odd about one value.
fn alone(name: &str, value: &str) -> Option<Words> {
    if value.to_ascii_uppercase().contains(&format!("{name}=")) || value.starts_with("export ") {
        return Some(Words::new("the value contains the name of its variable", "值中包含变量名本身"));
    }
    if value.contains(char::is_whitespace) {
        return Some(Words::new("the value contains a space", "值的中间含有空格"));
    }
    if !value.is_ascii() {
        return Some(Words::new("it contains a non-ASCII character", "含有非 ASCII 字符"));
    }
    let is_open = value.starts_with(['<', '$', '{', '%', '[']) || value.ends_with(['>', '}', ']']);
    if is_open || value.bytes().all(|byte| b"xX*.-_".contains(&byte)) {
        return Some(Words::new("it looks like a placeholder, not a key", "看起来是占位符，而不是密钥"));
    }
    None
}

fn are_swapped(vendor: Vendor, id: &str, secret: &str) -> bool {
    let holds = |value: &str, words: &[&str]| {
        let plain: String = value.chars().filter(char::is_ascii_alphanumeric).collect::<String>().to_ascii_lowercase();
        words.iter().any(|word| plain.contains(word))
    };
    if holds(id, &SECRET_WORDS) || holds(secret, &ID_WORDS) {
        return true;
    }
    match vendor {
        // In the vendor's own example, and in any sane scheme, the secret is the longer one.
        Vendor::Jumdata => id.len() > secret.len() && id != Sandbox::JUMDATA_APP_ID,
        Vendor::TencentMarket => secret.starts_with(TENCENT_ID) && !id.starts_with(TENCENT_ID),
    }
}

#[cfg(test)]
mod tests {
    use liveness::Language;

    use super::*;

    fn said(vendor: Vendor, id: &str, secret: &str) -> Vec<String> {
        let odd = look(vendor, &("ID", id.to_owned()), &("KEY", secret.to_owned()));
        odd.iter().map(|(name, words)| format!("{name} {}", words.get(Language::English))).collect()
    }

    #[test]
    fn keys_that_look_swapped_or_pasted_are_named_and_never_shown() {
        const SWAPPED: &str = "ID it looks as if it was swapped with KEY";
        let (j, t) = (Vendor::Jumdata, Vendor::TencentMarket);
        for (vendor, id, secret, expected) in [
            (j, "xyzxy2121zxyz", "efcefcef1121cefcefc1212121", &[][..]),
            (j, "efcefcef1121cefcefc1212121", "xyzxy2121zxyz", &[SWAPPED]),
            (j, Sandbox::JUMDATA_APP_ID, Sandbox::JUMDATA_APP_SECRET, &[]),
            (j, Sandbox::JUMDATA_APP_ID, "wrong", &[]),
            (j, Sandbox::JUMDATA_APP_SECRET, Sandbox::JUMDATA_APP_ID, &[SWAPPED]),
            (t, Sandbox::TENCENT_SECRET_ID, Sandbox::TENCENT_SECRET_KEY, &[]),
            (t, Sandbox::TENCENT_SECRET_KEY, Sandbox::TENCENT_SECRET_ID, &[SWAPPED]),
            (t, "AKID0123456789abcdefghijklmnop012345", "0123456789abcdefghijklmnop", &[]),
            (t, "0123456789abcdefghijklmnop", "AKID0123456789abcdefghijklmnop012345", &[SWAPPED]),
            (t, "k3y", "k3y", &["ID it has the same value as KEY"]),
            (
                t,
                "id=k3y",
                "k3y k3y",
                &["ID the value contains the name of its variable", "KEY the value contains a space"],
            ),
            (
                t,
                "k\u{435}y",
                "${KEY}",
                &["ID it contains a non-ASCII character", "KEY it looks like a placeholder, not a key"],
            ),
        ] {
            let said = said(vendor, id, secret);
            assert_eq!(said, expected, "{id} {secret}");
            assert!(said.iter().all(|text| !text.contains("k3y")), "{said:?}");
        }
    }
}
