//! Masks an unknown text.

/// The replacement for a character beyond ASCII. Its bytes in GBK are not UTF-8, so a masked answer in GBK is still
/// read as GBK.
pub(super) const OTHER: char = '字';

/// The text with each letter and digit replaced by one of its class, at equal length in characters. ASCII signs and
/// spaces stay. All other characters are replaced, because a sign may be a byte of a name in a wrong charset.
pub(in crate::record) fn masked(text: &str) -> String {
    text.chars().map(mask).collect()
}

pub(super) fn mask(char: char) -> char {
    match char {
        'a'..='z' => 'x',
        'A'..='Z' => 'X',
        '0'..='9' => '1',
        char if char.is_ascii() => char,
        _ => OTHER,
    }
}

/// A number of JSON with each digit replaced. A valid number stays valid, and one that is too large stays too large.
pub(super) fn masked_number(number: &str) -> String {
    let is_too_large = number.parse().is_ok_and(f64::is_infinite);
    let (digit, mut in_exponent) = if is_too_large { ('9', '9') } else { ('1', '0') };
    let mut is_exponent = false;
    let mut chars = number.chars().peekable();
    let mut masked = String::with_capacity(number.len());
    while let Some(char) = chars.next() {
        match char {
            'e' | 'E' => is_exponent = true,
            '-' if is_exponent => in_exponent = '9',
            _ => {}
        }
        masked.push(match char {
            // A zero before other digits is what makes it invalid.
            '0' if matches!(masked.as_str(), "" | "-") && chars.peek().is_some_and(char::is_ascii_digit) => '0',
            '0'..='9' if is_exponent => in_exponent,
            '0'..='9' => digit,
            other => other,
        });
    }
    masked
}

/// Whether it is a number by JSON's grammar, or would be without leading zeros.
pub(super) fn is_number(text: &str) -> bool {
    let digits = text.bytes().filter(u8::is_ascii_digit).count();
    let is_of_numbers = |char: char| char.is_ascii_digit() || matches!(char, '-' | '+' | '.' | 'e' | 'E');
    digits > 0 && text.starts_with(|char: char| char == '-' || char.is_ascii_digit()) && text.chars().all(is_of_numbers)
}

/// The content of a JSON string that cannot be decoded, masked so that it is still undecodable.
pub(super) fn masked_raw(content: &str) -> String {
    let mut masked = String::with_capacity(content.len());
    let mut chars = content.chars();
    while let Some(char) = chars.next() {
        if char != '\\' {
            masked.push(mask(char));
            continue;
        }
        masked.push('\\');
        let rest = chars.as_str();
        match rest.chars().next() {
            Some('u') if rest.len() >= 5 && rest.as_bytes()[1..5].iter().all(u8::is_ascii_hexdigit) => {
                // Half of a character is half of a name: any other half breaks the string too.
                let is_half = matches!(rest.as_bytes()[1..3], [b'd' | b'D', b'8'..=b'9' | b'a'..=b'f' | b'A'..=b'F']);
                masked.push_str(if is_half { "ud800" } else { "u5b57" });
                chars = rest[5..].chars();
            }
            Some(escaped) if matches!(escaped, '"' | '\\' | '/' | 'b' | 'f' | 'n' | 'r' | 't') => {
                masked.push(escaped);
                chars.next();
            }
            Some(other) => {
                masked.push(mask(other));
                chars.next();
            }
            None => {}
        }
    }
    masked
}

/// A vendor's text with only these phrases kept. `anywhere` are kept wherever they occur, `whole` only without a
/// letter or digit next to them.
pub(super) fn masked_but(text: &str, anywhere: &[&str], whole: &[&str]) -> String {
    let mut masked = String::with_capacity(text.len());
    let mut rest = text;
    let mut before = None;
    while let Some(char) = rest.chars().next() {
        let starts = |phrase: &&&str| rest.starts_with(**phrase);
        let is_alone = |phrase: &&&str| {
            let after = rest[phrase.len()..].chars().next();
            ![before, after].into_iter().flatten().any(char::is_alphanumeric)
        };
        let found = whole.iter().filter(starts).filter(is_alone).chain(anywhere.iter().filter(starts));
        match found.max_by_key(|phrase| phrase.len()) {
            Some(phrase) if !phrase.is_empty() => {
                masked.push_str(phrase);
                before = phrase.chars().next_back();
                rest = &rest[phrase.len()..];
            }
            _ => {
                masked.push(mask(char));
                before = Some(char);
                rest = &rest[char.len_utf8()..];
            }
        }
    }
    masked
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn nothing_but_the_class_of_a_character_is_left() {
        assert_eq!(masked("Zhang 三, 1949-12-31 ¼é"), "Xxxxx 字, 1111-11-11 字字");
    }

    #[test]
    fn a_number_stays_what_it_was_to_a_reader() {
        for (number, left) in
            [("810.75", "111.11"), ("-7", "-1"), ("0", "1"), ("007", "011"), ("1e999", "9e999"), ("1.5e200", "1.1e000")]
        {
            assert_eq!(masked_number(number), left);
            let is_json = |text| serde_json::from_str::<Box<serde_json::value::RawValue>>(text).is_ok();
            assert_eq!(is_json(number), is_json(left), "{number}");
        }
    }

    #[test]
    fn a_string_that_cannot_be_decoded_still_cannot() {
        for content in [r"张\ud83d", r"\q", "a\u{1}b", r"\u12", r"ab\"] {
            let left = masked_raw(content);
            assert!(serde_json::from_str::<String>(&format!("\"{left}\"")).is_err(), "{content} -> {left}");
            assert!(!left.contains('张') && !left.contains("d83d"), "{left}");
        }
    }

    #[test]
    fn a_phrase_is_kept_and_what_stands_around_it_is_not() {
        let kept = |text| masked_but(text, &["HMAC signature does not match"], &["不同人", "成功"]);
        assert_eq!(kept("HMAC signature does not match, 张三"), "HMAC signature does not match, 字字");
        assert_eq!(kept("不同人"), "不同人");
        assert_eq!(kept("郑成功"), "字字字", "a name that holds a phrase");
    }
}
