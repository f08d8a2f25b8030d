//! Reads the repository's Markdown: blocks of code, links, headings and code spans, each with its line.

use std::{
    collections::HashMap,
    fs,
    ops::Range,
    path::{Path, PathBuf},
};

use pulldown_cmark::{CodeBlockKind, Event, Options, Parser, Tag, TagEnd};
use walkdir::WalkDir;

/// The checkout.
pub(crate) const ROOT: &str = env!("CARGO_MANIFEST_DIR");
/// The two languages of the front page.
pub(crate) const READMES: [&str; 2] = ["README.md", "README.zh-CN.md"];
/// The two languages of the book.
pub(crate) const BOOKS: [&str; 2] = ["docs/src/en", "docs/src/zh"];

/// One Markdown file.
pub(crate) struct Page {
    /// From the root, with `/`.
    pub(crate) path: String,
    pub(crate) text: String,
    pub(crate) blocks: Vec<Block>,
    pub(crate) links: Vec<(usize, String)>,
    /// Of its headings, as GitHub and mdBook make them.
    pub(crate) anchors: Vec<String>,
    /// Code inside sentences.
    pub(crate) spans: Vec<(usize, String)>,
    /// The order of headings, blocks and tables.
    pub(crate) outline: Vec<String>,
}

/// A fenced block of code.
#[derive(Clone)]
pub(crate) struct Block {
    /// What stands behind the fence, such as `rust,no_run`.
    pub(crate) info: String,
    /// The line of its first line of code, counted from 1.
    pub(crate) line: usize,
    pub(crate) text: String,
    /// The HTML comment right above it, without its arrows.
    pub(crate) comment: Option<String>,
}

impl Page {
    pub(crate) fn read(path: &str) -> Self {
        let text = fs::read_to_string(Path::new(ROOT).join(path)).unwrap_or_else(|error| panic!("{path}: {error}"));
        Self::parse(path, text)
    }

    pub(crate) fn parse(path: &str, text: String) -> Self {
        let mut page = Self {
            path: path.to_owned(),
            text: String::new(),
            blocks: Vec::new(),
            links: Vec::new(),
            anchors: Vec::new(),
            spans: Vec::new(),
            outline: Vec::new(),
        };
        let mut anchors = HashMap::new();
        let mut heading: Option<(usize, String)> = None;
        let mut block: Option<(String, String, Range<usize>)> = None;
        let mut comment = None;
        let line = |range: &Range<usize>| text[..range.start].matches('\n').count() + 1;
        for (event, range) in Parser::new_ext(&text, Options::ENABLE_TABLES).into_offset_iter() {
            match event {
                Event::Start(Tag::Heading { level, .. }) => heading = Some((level as usize, String::new())),
                Event::End(TagEnd::Heading(_)) => {
                    if let Some((level, title)) = heading.take() {
                        page.outline.push(format!("heading {level}"));
                        page.anchors.push(anchor(&title, &mut anchors));
                    }
                }
                Event::Start(Tag::CodeBlock(CodeBlockKind::Fenced(info))) => {
                    block = Some((info.into_string(), String::new(), range));
                }
                Event::Start(Tag::CodeBlock(CodeBlockKind::Indented)) => {
                    panic!("{path}:{}: a block of code is fenced, so that its language is said", line(&range));
                }
                Event::End(TagEnd::CodeBlock) => {
                    if let Some((info, code, range)) = block.take() {
                        page.outline.push(format!("block {info}"));
                        let comment = comment.take();
                        page.blocks.push(Block { info, line: line(&range) + 1, text: code, comment });
                    }
                }
                Event::Start(Tag::Table(_)) => page.outline.push("table".to_owned()),
                Event::Start(Tag::Link { dest_url, .. } | Tag::Image { dest_url, .. }) => {
                    page.links.push((line(&range), dest_url.into_string()));
                }
                Event::Html(html) => {
                    let inside = html.trim().strip_prefix("<!--").and_then(|html| html.strip_suffix("-->"));
                    comment = inside.map(|inside| inside.trim().to_owned());
                }
                Event::Code(ref code) | Event::Text(ref code) => {
                    if let Some((_, text, _)) = &mut block {
                        text.push_str(code);
                    } else if let Some((_, title)) = &mut heading {
                        title.push_str(code);
                    } else if matches!(event, Event::Code(_)) {
                        page.spans.push((line(&range), code.to_string()));
                    }
                }
                // Between a comment and its block stand these alone.
                Event::Start(Tag::HtmlBlock) | Event::End(TagEnd::HtmlBlock) => {}
                _ => comment = None,
            }
        }
        page.text = text;
        page
    }
}

/// Lower case, spaces as hyphens, no punctuation; a second one of the same name is numbered.
fn anchor(title: &str, seen: &mut HashMap<String, usize>) -> String {
    let kept = title.trim().chars().filter_map(|c| match c {
        ' ' => Some('-'),
        '-' | '_' => Some(c),
        _ => Some(c).filter(|c| c.is_alphanumeric()),
    });
    let anchor: String = kept.flat_map(char::to_lowercase).collect();
    let count = seen.entry(anchor.clone()).or_default();
    *count += 1;
    if *count == 1 { anchor } else { format!("{anchor}-{}", *count - 1) }
}

/// Every Markdown file of the repository, by its path.
pub(crate) fn all() -> Vec<Page> {
    let mut paths: Vec<String> = WalkDir::new(ROOT)
        .into_iter()
        .filter_entry(|entry| {
            let name = entry.file_name().to_string_lossy();
            entry.depth() == 0 || !(name.starts_with('.') || name == "target" || entry.path().ends_with("docs/book"))
        })
        .map(|entry| entry.unwrap().into_path())
        .filter(|path| path.extension().is_some_and(|extension| extension == "md"))
        .map(|path| relative(&path))
        .collect();
    paths.sort();
    paths.iter().map(|path| Page::read(path)).collect()
}

/// The front pages and the book, English first.
pub(crate) fn manual() -> Vec<Page> {
    let is_manual = |path: &str| READMES.contains(&path) || BOOKS.iter().any(|book| path.starts_with(book));
    all().into_iter().filter(|page| is_manual(&page.path)).collect()
}

fn relative(path: &Path) -> String {
    let parts: PathBuf = path.strip_prefix(ROOT).unwrap().into();
    parts.iter().map(|part| part.to_str().unwrap()).collect::<Vec<_>>().join("/")
}

#[test]
fn anchors_are_those_of_github_in_both_languages() {
    let page =
        Page::parse("a.md", "# What it costs, and `again()`\n## 计费与重试（对账）\n## Again\n## Again\n".into());
    assert_eq!(page.anchors, ["what-it-costs-and-again", "计费与重试对账", "again", "again-1"]);
}

#[test]
fn a_block_knows_its_line_and_the_comment_above_it() {
    let page = Page::parse("a.md", "text\n\n<!-- prints -->\n```text\none\n```\n\nmore\n\n```sh\ntwo\n```\n".into());
    let blocks: Vec<_> = page.blocks.iter().map(|block| (block.line, block.comment.as_deref(), &*block.text)).collect();
    assert_eq!(blocks, [(5, Some("prints"), "one\n"), (11, None, "two\n")]);
}
