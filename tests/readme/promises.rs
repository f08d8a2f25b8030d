//! Each test that the page of promises names is there, and both languages name the same ones.

use std::{fs, path::Path};

use walkdir::WalkDir;

use crate::markdown::{BOOKS, Page, ROOT};

/// A test's name has at least so many words.
const WORDS: usize = 5;

#[test]
fn each_promise_names_a_test_that_exists() {
    let pages = BOOKS.map(|book| tests_of(&Page::read(&format!("{book}/reliability.md"))));
    assert_eq!(pages[0], pages[1], "both languages name the same tests");
    assert!(pages[0].len() > 20, "{:?}", pages[0]);
    let sources: String = ["tests", "src", "crates", "examples"].map(sources).concat();
    let missing: Vec<_> = pages[0].iter().filter(|name| !sources.contains(&format!("fn {name}("))).collect();
    assert!(missing.is_empty(), "no such test: {missing:#?}");
}

fn tests_of(page: &Page) -> Vec<String> {
    let names = page.spans.iter().map(|(_, span)| span).filter(|span| {
        let is_plain = span.bytes().all(|byte| byte.is_ascii_lowercase() || byte.is_ascii_digit() || byte == b'_');
        is_plain && span.split('_').count() >= WORDS
    });
    names.cloned().collect()
}

fn sources(folder: &str) -> String {
    let files = WalkDir::new(Path::new(ROOT).join(folder)).into_iter().map(Result::unwrap);
    let rust = files.filter(|file| file.path().extension().is_some_and(|ending| ending == "rs"));
    rust.map(|file| fs::read_to_string(file.path()).unwrap()).collect()
}
