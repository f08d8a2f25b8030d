//! Warns of a setting's value that looks like a mistake.

use crate::model::Text;

/// The sign of a bad paste in the value of a setting: a control, invisible or full-width character, or a space or
/// quotation mark at an end. `None` if there is none. The text never quotes the value.
/// [`from_vars`](crate::from_vars) refuses such a value.
///
/// ```
/// assert!(liveness::suspicious_setting("k3y\n").unwrap().english.contains("line break"));
/// assert_eq!(liveness::suspicious_setting("k3y"), None);
/// ```
pub fn suspicious_setting(value: &str) -> Option<Text> {
    let is_quote = |char: char| matches!(char, '"' | '\'' | '`' | '\u{2018}'..='\u{201F}' | '\u{300C}'..='\u{300F}');
    let is_invisible = |char: char| matches!(char, '\u{AD}' | '\u{200B}'..='\u{200F}' | '\u{202A}'..='\u{202E}' | '\u{2060}'..='\u{2069}' | '\u{FEFF}');
    if value.contains(char::is_control) {
        return Some(Text::new(
            "it contains a control character, such as a line break at its end",
            "含有控制字符（如末尾的换行符）",
        ));
    }
    if value.contains(is_invisible) {
        return Some(Text::new(
            "it contains an invisible character, such as a byte-order mark: type it again",
            "含有不可见字符（如 BOM）：请重新输入",
        ));
    }
    if value.starts_with(char::is_whitespace) || value.ends_with(char::is_whitespace) {
        return Some(Text::new("it begins or ends with a space", "首尾含有空格"));
    }
    if value.starts_with(is_quote) || value.ends_with(is_quote) {
        return Some(Text::new("it begins or ends with a quotation mark", "首尾含有引号"));
    }
    if value.contains('\u{3000}') || value.contains(|char| matches!(char, '\u{FF01}'..='\u{FF5E}')) {
        return Some(Text::new("it contains a full-width character", "含有全角字符"));
    }
    None
}
