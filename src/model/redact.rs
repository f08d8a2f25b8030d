//! What of a vendor's words may be kept, and what printed?

/// The longest text of a vendor's that is kept, in characters.
const MAX_VENDOR_CHARS: usize = 200;
/// The longest vendor code or request number that is printed, in characters.
const MAX_PRINTED_CODE_CHARS: usize = 64;

/// A vendor's text, kept from filling every store.
pub(crate) fn cut(mut text: String) -> String {
    if let Some((at, _)) = text.char_indices().nth(MAX_VENDOR_CHARS) {
        text.truncate(at);
    }
    text
}

/// A vendor's code or number as far as it may be printed: anything that does not look like one may be personal, and so may
/// what looks like an ID number (18 characters) or a mobile one (11 digits).
pub(crate) fn printable(code: &str) -> &str {
    let is_code = code.len() <= MAX_PRINTED_CODE_CHARS
        && code.bytes().all(|byte| byte.is_ascii_alphanumeric() || matches!(byte, b'-' | b'_' | b'.'));
    let digits = code.bytes().take_while(u8::is_ascii_digit).count();
    let is_personal = matches!((code.len(), digits), (18, 17..) | (11, 11));
    if is_code && !is_personal { code } else { "[not a code]" }
}
