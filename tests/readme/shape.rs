//! The pages in English and in Chinese have the same shape, and the front pages are short.

use std::path::Path;

use crate::markdown::{self, BOOKS, Page, READMES};

/// The longest front page.
const MAX_README_LINES: usize = 200;

#[test]
fn the_front_pages_are_short() {
    for readme in READMES {
        let lines = Page::read(readme).text.lines().count();
        assert!(lines <= MAX_README_LINES, "{readme} has {lines} lines; move what is too much to docs/");
    }
}

#[test]
fn every_page_has_a_twin_with_the_same_headings_tables_and_samples() {
    let mut pairs = vec![(READMES[0].to_owned(), READMES[1].to_owned())];
    let [english, chinese] = BOOKS;
    for page in markdown::all() {
        if let Some(name) = page.path.strip_prefix(english) {
            pairs.push((page.path.clone(), format!("{chinese}{name}")));
        } else if let Some(name) = page.path.strip_prefix(chinese) {
            let twin = format!("{english}{name}");
            assert!(Path::new(markdown::ROOT).join(&twin).exists(), "{} has no twin {twin}", page.path);
        }
    }
    assert!(pairs.len() > 5, "{pairs:?}");
    for (english, chinese) in pairs {
        let (english, chinese) = (Page::read(&english), Page::read(&chinese));
        assert_eq!(english.outline, chinese.outline, "{} and {} differ in shape", english.path, chinese.path);
        for (one, other) in english.blocks.iter().zip(&chinese.blocks) {
            let places = format!("{}:{} and {}:{}", english.path, one.line, chinese.path, other.line);
            assert_eq!(one.comment, other.comment, "{places} are checked in different ways");
            assert_eq!(code(one), code(other), "{places} differ in more than comments and texts");
        }
        for (page, twin) in [(&english, &chinese), (&chinese, &english)] {
            let name = twin.path.rsplit('/').next().unwrap();
            let links = |(_, link): &(usize, String)| link.rsplit('/').next() == Some(name);
            assert!(page.links.iter().take(3).any(links), "{} does not begin with a link to {}", page.path, twin.path);
        }
    }
}

/// The code without what is translated: comments, texts and the language that the sample speaks.
fn code(block: &markdown::Block) -> String {
    let comment = match block.info.split(',').next() {
        Some("rust") => "//",
        Some("sh" | "toml") => "# ",
        _ => return String::new(),
    };
    let without_texts = |line: &str| line.split('"').step_by(2).collect::<Vec<_>>().join("\"");
    let lines = block.text.lines().map(|line| {
        // Inside a text, what looks like a comment is none; a text begins before it then.
        let end = line.match_indices(comment).map(|(at, _)| at).find(|at| line[..*at].matches('"').count() % 2 == 0);
        let line = without_texts(&line[..end.unwrap_or(line.len())]);
        line.trim_end().replace("Language::Chinese", "Language::English")
    });
    lines.filter(|line| !line.trim().is_empty()).collect::<Vec<_>>().join("\n")
}

#[test]
fn what_is_translated_in_a_sample_is_no_difference() {
    let block = |code: &str| Page::parse("a.md", format!("```rust\n{code}\n```\n")).blocks.remove(0);
    let (one, other) = (block("a(\"https://x\", 1); // one\nb();"), block("a(\"甲\", 1); // 甲\n// 乙\nb();"));
    assert_eq!(code(&one), code(&other));
    assert_ne!(code(&one), code(&block("a(\"https://x\", 2); // one\nb();")));
}
