//! Reads a field of a statement: the number of a request, or the number of charges.

use super::reason::Reason;

const MAX_NUMBER_BYTES: usize = 128;
/// What stands for no number.
const NOTHING: [&str; 6] = ["", "-", "--", "/", "null", "无"];
const BILLED: [&str; 10] = ["是", "true", "yes", "y", "计费", "已计费", "收费", "已收费", "扣费", "已扣费"];
const NOT_BILLED: [&str; 11] =
    ["否", "false", "no", "n", "不计费", "未计费", "不收费", "未收费", "免费", "未扣费", "不扣费"];
/// The most charges of one row; a larger number is of another column.
const MAX_CHARGES: u32 = 1000;
/// A spreadsheet keeps so many digits of a number and writes zeros for the others.
const SPREADSHEET_DIGITS: usize = 15;
/// From so many zeros on it is no accident.
const ROUNDED_ZEROS: usize = 6;
/// The longest form in which a spreadsheet shortens a number.
const MAX_SHORTENED_BYTES: usize = 22;

/// A field without what a spreadsheet puts around a text: white space, an apostrophe before it, or `="…"`.
pub(super) fn bare(text: &str) -> &str {
    let is_around = |char: char| char.is_whitespace() || char.is_control() || char == '\u{FEFF}';
    let text = text.trim_matches(is_around);
    let text = text.strip_prefix("=\"").and_then(|text| text.strip_suffix('"')).unwrap_or(text);
    text.strip_prefix('\'').unwrap_or(text).trim_matches(is_around)
}

/// The number of a request, or that there is none.
///
/// # Errors
///
/// A number that a spreadsheet changed: it would match nothing, or the wrong call.
pub(super) fn number(text: &str) -> Result<Option<String>, Reason> {
    let text = bare(text);
    if NOTHING.iter().any(|nothing| text.eq_ignore_ascii_case(nothing)) {
        return Ok(None);
    }
    if text.len() > MAX_NUMBER_BYTES || text.contains(char::is_control) {
        return Err(Reason::Number);
    }
    if is_shortened(text) {
        return Err(Reason::Shortened);
    }
    let is_rounded = text.len() >= SPREADSHEET_DIGITS + ROUNDED_ZEROS
        && text.bytes().all(|byte| byte.is_ascii_digit())
        && text.bytes().skip(SPREADSHEET_DIGITS).all(|byte| byte == b'0');
    if is_rounded { Err(Reason::Rounded) } else { Ok(Some(text.to_owned())) }
}

/// Whether it is a decimal number, or one with an exponent, such as `2.02611E+23`.
fn is_shortened(text: &str) -> bool {
    let is_whole = |digits: &str| !digits.is_empty() && digits.bytes().all(|byte| byte.is_ascii_digit());
    let (mantissa, exponent) = match text.split_once(['e', 'E']) {
        Some((mantissa, exponent)) => (mantissa, Some(exponent.trim_start_matches(['+', '-']))),
        None => (text, None),
    };
    let (whole, fraction) = match mantissa.split_once('.') {
        Some((whole, fraction)) => (whole, Some(fraction)),
        None => (mantissa, None),
    };
    let is_number = is_whole(whole) && fraction.is_none_or(is_whole) && exponent.is_none_or(is_whole);
    let is_changed = fraction.is_some() || exponent.is_some();
    text.len() <= MAX_SHORTENED_BYTES && is_number && is_changed
}

/// How many charges a field says.
pub(super) fn charges(text: &str) -> Option<u32> {
    let text = bare(text);
    let is_one_of = |words: &[&str]| words.iter().any(|word| text.eq_ignore_ascii_case(word));
    if is_one_of(&BILLED) {
        return Some(1);
    }
    if is_one_of(&NOT_BILLED) {
        return Some(0);
    }
    let whole = match text.split_once('.') {
        Some((whole, zeros)) if !zeros.is_empty() && zeros.bytes().all(|byte| byte == b'0') => whole,
        _ => text,
    };
    let is_plain = whole.bytes().all(|byte| byte.is_ascii_digit());
    whole.parse().ok().filter(|charges| is_plain && *charges <= MAX_CHARGES)
}
