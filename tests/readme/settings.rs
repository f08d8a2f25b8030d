//! The pages name every setting and every feature that there is.

use std::{collections::BTreeSet, fs, path::Path};

use liveness::Config;

use crate::markdown::{self, BOOKS, Page, ROOT};

/// What the names of settings begin with.
const PREFIXES: [&str; 3] = ["LIVENESS_", "JUMDATA_", "TENCENT_MARKET_"];

#[test]
fn the_operations_pages_name_every_setting_that_from_env_reads_and_no_other() {
    let read = names(&texts_of("src/config"));
    assert!(read.len() >= 8, "{read:?}");
    let with_config: BTreeSet<_> = Config::keys().into_iter().flat_map(|key| key.variables).collect();
    assert!(read.is_subset(&with_config), "a file's settings lack one of {read:?}");
    for book in BOOKS {
        let page = Page::read(&format!("{book}/operations.md"));
        let named: BTreeSet<_> = page.spans.iter().flat_map(|(_, span)| names(span)).collect();
        assert_eq!(named, read, "{}", page.path);
    }
}

#[test]
fn the_settings_pages_name_no_variable_that_there_is_not() {
    let keys = Config::keys();
    let is_known = |name: &str| {
        keys.iter().any(|key| {
            let known =
                |name: &str| key.variables.iter().any(|known| known.replace("<n>", "0") == name.replace("_1_", "_0_"));
            known(name) || key.is_secret && name.strip_suffix("_FILE").is_some_and(known)
        })
    };
    for book in BOOKS {
        let page = Page::read(&format!("{book}/settings.md"));
        let in_blocks = page.blocks.iter().flat_map(|block| names(&block.text));
        let in_text = page.spans.iter().filter(|(_, span)| !span.contains('<')).flat_map(|(_, span)| names(span));
        let unknown: Vec<_> =
            in_blocks.chain(in_text).filter(|name| !is_known(name) && !name.contains("SERVICE_")).collect();
        assert!(unknown.is_empty(), "{}: {unknown:?}", page.path);
    }
}

#[test]
fn the_settings_files_of_the_manual_are_read_as_pasted_and_build_what_the_page_says() {
    for book in BOOKS {
        let page = Page::read(&format!("{book}/settings.md"));
        let folder = Path::new(env!("CARGO_TARGET_TMPDIR")).join(format!("settings-{}", &book[book.len() - 2..]));
        let _ = fs::remove_dir_all(&folder);
        fs::create_dir_all(&folder).unwrap();
        let sealing_key = "q83vASNFZ4mrze8BI0VniavN7wEjRWeJq83vASNFZ4k=\n";
        let mut count = 0;
        for block in page.blocks.iter().filter(|block| block.info == "toml" || block.info == "json") {
            if block.text.contains("[dependencies]") || block.text.contains("evenBetterToml") {
                continue;
            }
            // What is mounted, and where the journal lies, is another place here.
            let text = block.text.replace("/run/secrets/", &format!("{}/", folder.display()));
            let text = text.replace("/var/lib/liveness/", &format!("{}/", folder.display()));
            for name in text.split('"').filter_map(|part| part.strip_prefix(&format!("{}/", folder.display()))) {
                let content = if name.contains("seal") { sealing_key } else { "k3y\n" };
                if name != "journal" {
                    fs::write(folder.join(name), content).unwrap();
                }
            }
            let file = folder.join(format!("liveness.{}", block.info));
            fs::write(&file, text).unwrap();
            let built = Config::from_file(&file).and_then(|config| config.build_over(liveness::Sandbox::new()));
            assert!(built.is_ok(), "{}:{}: {:?}", page.path, block.line, built.err());
            count += 1;
        }
        assert!(count >= 3, "{}: {count}", page.path);
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
    let files = files.filter(|file| file.is_file());
    let files = files.filter(|file| file.file_name().is_some_and(|name| name != "tests.rs"));
    let code = files.map(|file| fs::read_to_string(file).unwrap());
    code.map(|code| code.split("#[cfg(test)]\nmod tests").next().unwrap_or_default().to_owned()).collect()
}

fn names(text: &str) -> BTreeSet<String> {
    let words = text.split(|c: char| !(c.is_ascii_uppercase() || c.is_ascii_digit() || c == '_'));
    let is_name = |word: &&str| PREFIXES.iter().any(|prefix| word.starts_with(prefix) && word.len() > prefix.len());
    words.filter(is_name).map(str::to_owned).collect()
}
