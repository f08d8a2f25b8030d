//! The pages name every setting and every feature that there is.

use std::{collections::BTreeSet, fs, path::Path};

use crate::markdown::{self, BOOKS, Page, ROOT};

/// What the names of settings begin with.
const PREFIXES: [&str; 3] = ["LIVENESS_", "JUMDATA_", "TENCENT_MARKET_"];

#[test]
fn the_operations_pages_name_every_setting_that_is_read_and_no_other() {
    let read = names(&texts_of("src/config"));
    assert!(read.len() >= 8, "{read:?}");
    for book in BOOKS {
        let page = Page::read(&format!("{book}/operations.md"));
        let named: BTreeSet<_> = page.spans.iter().flat_map(|(_, span)| names(span)).collect();
        assert_eq!(named, read, "{}", page.path);
    }
}

#[test]
fn the_start_pages_name_every_feature() {
    let manifest = fs::read_to_string(Path::new(ROOT).join("Cargo.toml")).unwrap();
    let features = manifest.split_once("\n[features]\n").unwrap().1.split("\n[").next().unwrap();
    let features: BTreeSet<_> = features
        .lines()
        .filter_map(|line| line.split_once(" = ").map(|(name, _)| name))
        .filter(|name| *name != "default" && name.chars().all(|c| c.is_ascii_lowercase() || c == '_' || c == '-'))
        .collect();
    assert!(features.len() >= 4, "{features:?}");
    for book in BOOKS {
        let page = Page::read(&format!("{book}/start.md"));
        let named: BTreeSet<_> = page.spans.iter().map(|(_, span)| span.as_str()).collect();
        let missing: Vec<_> = features.difference(&named).collect();
        assert!(missing.is_empty(), "{} does not name {missing:?}", page.path);
    }
}

#[test]
fn the_profiles_to_paste_name_packages_that_there_are() {
    let lock = fs::read_to_string(Path::new(ROOT).join("Cargo.lock")).unwrap();
    let mut named = 0;
    for page in markdown::manual() {
        let profiles = page.blocks.iter().filter(|block| block.info == "toml").flat_map(|block| {
            block.text.lines().filter_map(|line| line.strip_prefix("[profile.dev.package.")?.strip_suffix(']'))
        });
        for package in profiles.filter(|package| *package != "\"*\"") {
            named += 1;
            assert!(lock.contains(&format!("name = \"{package}\"\n")), "{}: there is no package {package}", page.path);
        }
    }
    assert_eq!(named, BOOKS.len(), "each language names the codec");
}

/// The code of a room without its tests, which may name settings that are wrong.
fn texts_of(room: &str) -> String {
    let files = fs::read_dir(Path::new(ROOT).join(room)).unwrap().map(|entry| entry.unwrap().path());
    let files = files.filter(|file| file.file_name().is_some_and(|name| name != "tests.rs"));
    let code = files.map(|file| fs::read_to_string(file).unwrap());
    code.map(|code| code.split("#[cfg(test)]\nmod tests").next().unwrap_or_default().to_owned()).collect()
}

fn names(text: &str) -> BTreeSet<String> {
    let words = text.split(|c: char| !(c.is_ascii_uppercase() || c.is_ascii_digit() || c == '_'));
    let is_name = |word: &&str| PREFIXES.iter().any(|prefix| word.starts_with(prefix) && word.len() > prefix.len());
    words.filter(is_name).map(str::to_owned).collect()
}
