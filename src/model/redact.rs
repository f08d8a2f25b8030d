//! Limits on the vendor's words that may be kept and printed.

/// The longest text of a vendor's that is kept, in characters.
const MAX_VENDOR_CHARS: usize = 200;
/// The longest vendor code or request number that is printed, in characters.
const MAX_PRINTED_CODE_CHARS: usize = 64;

/// A vendor's text as it is kept: at most 200 characters, so that it fills no store, and no character that could
/// forge a line of a log or reorder it on a screen.
pub(crate) fn kept(text: impl AsRef<str>) -> String {
    text.as_ref().chars().filter(|char| !is_control(*char)).take(MAX_VENDOR_CHARS).collect()
}

/// The same at any length, because a text that is searched must not be split by characters that are removed from it
/// later.
pub(crate) fn legible(text: &str) -> String {
    text.chars().filter(|char| !is_control(*char)).collect()
}

/// Control characters, line and paragraph separators, and the marks that change the direction of text.
fn is_control(char: char) -> bool {
    char.is_control()
        || matches!(char, '\u{AD}' | '\u{61C}' | '\u{200B}'..='\u{200D}' | '\u{2028}'..='\u{202E}' | '\u{2066}'..='\u{2069}' | '\u{200E}' | '\u{200F}' | '\u{FEFF}')
}

/// A vendor's code or number as far as it may be printed. A text of another form may be personal, and so may one with
/// the form of an ID number (18 characters) or a mobile number (11 digits). An answer may have given several codes.
pub(crate) fn printable(code: &str) -> &str {
    let is_code = |code: &str| {
        let is_plain = code.bytes().all(|byte| byte.is_ascii_alphanumeric() || matches!(byte, b'-' | b'_' | b'.'));
        let digits = code.bytes().take_while(u8::is_ascii_digit).count();
        is_plain && !matches!((code.len(), digits), (18, 17..) | (11, 11))
    };
    let is_short = code.len() <= MAX_PRINTED_CODE_CHARS;
    if is_short && code.split(", ").all(is_code) { code } else { "[not a code]" }
}
