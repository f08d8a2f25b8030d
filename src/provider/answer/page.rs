//! Recognises a web page that came in place of an answer, and reads its title.

/// How much of a title is read, in characters.
const MAX_TITLE_CHARS: usize = 1_000;

/// Whether it is a page or another document in angle brackets.
pub(super) fn is_page(text: &str) -> bool {
    text.starts_with('<')
}

/// The title of the page, or its first heading, as one line.
pub(super) fn title(text: &str) -> Option<String> {
    let lower = text.to_ascii_lowercase();
    let found = ["title", "h1", "h2"].iter().find_map(|tag| {
        let open = lower.find(&format!("<{tag}"))?;
        let start = open + lower[open..].find('>')? + 1;
        let end = start + lower[start..].find("</")?;
        let raw: String = text[start..end].chars().take(MAX_TITLE_CHARS).collect();
        let line = unescaped(&raw).split_whitespace().collect::<Vec<_>>().join(" ");
        (!line.is_empty()).then_some(line)
    });
    found.filter(|title| !title.contains('<'))
}

/// The text with the five entities of XML and the numeric ones as characters.
fn unescaped(text: &str) -> String {
    let mut plain = String::new();
    let mut rest = text;
    while let Some(at) = rest.find('&') {
        plain.push_str(&rest[..at]);
        rest = &rest[at..];
        let entity = rest[1..].split_once(';').map(|(name, _)| name).filter(|name| name.len() <= 8);
        match entity.and_then(|name| character(name).map(|char| (name, char))) {
            Some((name, char)) => {
                plain.push(char);
                rest = &rest[name.len() + 2..];
            }
            None => {
                plain.push('&');
                rest = &rest[1..];
            }
        }
    }
    plain + rest
}

fn character(name: &str) -> Option<char> {
    let number = |digits: &str, radix| u32::from_str_radix(digits, radix).ok().and_then(char::from_u32);
    match name {
        "amp" => Some('&'),
        "lt" => Some('‹'),
        "gt" => Some('›'),
        "quot" => Some('"'),
        "apos" => Some('\''),
        "nbsp" => Some(' '),
        _ => match name.strip_prefix(['#'])? {
            hexadecimal if hexadecimal.starts_with(['x', 'X']) => number(&hexadecimal[1..], 16),
            decimal => number(decimal, 10),
        },
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_title_is_one_line() {
        for (page, expected) in [
            ("<html><head><TITLE lang=zh>\n 访问被\n 拦截 </TITLE>", Some("访问被 拦截")),
            ("<!DOCTYPE html><title></title><h1>405 Not Allowed</h1>", Some("405 Not Allowed")),
            ("<title>&#24352;&#x4e09; &amp; Co &unknown; &", None),
            ("<title>&#24352;&#x4e09; &amp; Co &unknown; &</title>", Some("张三 & Co &unknown; &")),
            ("<html></html>", None),
            ("<title>a<b>c</b></title>", None),
            ("<title", None),
            ("<title>同", None),
        ] {
            assert_eq!(title(page).as_deref(), expected, "{page}");
        }
    }
}
