//! Every link and every path that a Markdown file names leads somewhere.

use std::path::Path;

use crate::markdown::{self, Page, ROOT};

/// What a path in a sentence begins with.
const FOLDERS: [&str; 8] = ["src/", "docs/", "tests/", "examples/", "crates/", "benches/", "fuzz/", ".ci/"];

#[test]
fn relative_links_and_anchors_lead_somewhere() {
    let pages = markdown::all();
    let broken: Vec<_> = pages.iter().flat_map(|page| broken_links(page, &pages)).collect();
    assert!(broken.is_empty(), "\n{}", broken.join("\n"));
}

#[test]
fn paths_in_sentences_exist() {
    let mut broken = Vec::new();
    // The changelog names what was there.
    for page in markdown::all().iter().filter(|page| page.path != "CHANGELOG.md") {
        for (line, span) in &page.spans {
            let is_path = FOLDERS.iter().any(|folder| span.starts_with(folder));
            if is_path && !span.contains(['<', '…', '*', ' ', '{']) && !Path::new(ROOT).join(span).exists() {
                broken.push(format!("{}:{line}: there is no {span}", page.path));
            }
        }
    }
    assert!(broken.is_empty(), "\n{}", broken.join("\n"));
}

#[test]
fn the_summary_names_every_page_of_the_book_once() {
    let summary = Page::read("docs/src/SUMMARY.md");
    let mut named: Vec<_> = summary.links.iter().map(|(_, to)| format!("docs/src/{to}")).collect();
    let mut there: Vec<_> = markdown::all().into_iter().map(|page| page.path).collect();
    there.retain(|path| path.starts_with("docs/src/") && *path != summary.path);
    named.sort();
    assert_eq!(named, there);
}

fn broken_links(page: &Page, pages: &[Page]) -> Vec<String> {
    let mut broken = Vec::new();
    for (line, link) in &page.links {
        if link.contains("://") || link.starts_with("mailto:") {
            continue;
        }
        let (path, anchor) = link.split_once('#').map_or((link.as_str(), None), |(path, anchor)| (path, Some(anchor)));
        let target = if path.is_empty() { Some(page.path.clone()) } else { resolve(&page.path, path) };
        let complaint = match target {
            None => Some("leads out of the repository"),
            Some(target) if page.path.starts_with("docs/src/") && !target.starts_with("docs/src/") => {
                Some("leads out of the book, where mdBook has no page")
            }
            Some(target) if !Path::new(ROOT).join(&target).exists() => Some("leads to no file"),
            Some(target) => anchor.and_then(|anchor| {
                let page = pages.iter().find(|page| page.path == target)?;
                (!page.anchors.iter().any(|there| there == anchor)).then_some("leads to no heading")
            }),
        };
        broken.extend(complaint.map(|complaint| format!("{}:{line}: {link} {complaint}", page.path)));
    }
    broken
}

/// The path from the root that a link on this page means.
fn resolve(page: &str, link: &str) -> Option<String> {
    let mut parts: Vec<_> = page.split('/').collect();
    parts.pop();
    for part in link.split('/') {
        match part {
            "." | "" => {}
            ".." => drop(parts.pop()?),
            _ => parts.push(part),
        }
    }
    Some(parts.join("/"))
}

#[test]
fn a_broken_link_is_named_with_its_line() {
    let pages = [
        Page::parse("README.md", "# One\n\n[a](CHANGELOG.md#two) [b](#one) [c](Cargo.toml)\n".into()),
        Page::parse("README.md", "\n[a](CHANGELOG.md#three) [b](../x.md) [c](none.md)\n".into()),
        Page::parse("docs/src/en/a.md", "[a](../../../README.md)\n".into()),
        Page::parse("CHANGELOG.md", "# Two\n".into()),
    ];
    let broken = |page: usize| broken_links(&pages[page], &pages);
    assert!(broken(0).is_empty(), "{:?}", broken(0));
    assert_eq!(
        broken(1),
        [
            "README.md:2: CHANGELOG.md#three leads to no heading",
            "README.md:2: ../x.md leads out of the repository",
            "README.md:2: none.md leads to no file",
        ]
    );
    assert!(broken(2)[0].contains("leads out of the book"), "{:?}", broken(2));
}
