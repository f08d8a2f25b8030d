//! Every Rust sample of the manual compiles as pasted into a fresh crate, and those that end on the sandbox run.
//!
//! A page is a package, with the dependencies that the page itself or the front page of its language gives; a sample is a
//! program in it. One cargo builds them all, into the folder that the running tests were built into. `rust,no_run` is
//! compiled only. A block under `<!-- prints -->` is what the sample before it prints, `…` standing for anything. A block under
//! `<!-- from: FILE -->` is no sample: it stands in that file to the letter, and the file's own package compiles it.

use std::{collections::HashMap, fs, path::Path, process::Command};

use serde_json::Value;

use crate::{
    markdown::{self, Block, Page, READMES, ROOT},
    programs::{self, Built},
};

/// Where the manual supposes the checkout to lie.
const CHECKOUT: &str = "\"../liveness\"";
/// A page whose sample is wrong on line 4, so that each run proves that a wrong one is found and named.
const BROKEN: &str = "# A page\n\n```rust\nfn main() { liveness::no_such_thing() }\n```\n";

/// One sample as a program.
struct Sample<'a> {
    page: &'a Page,
    block: &'a Block,
    /// Of the program.
    name: String,
    /// What it prints, where the page says so.
    prints: Option<&'a str>,
}

impl Sample<'_> {
    fn runs(&self) -> bool {
        self.block.info == "rust"
    }

    fn place(&self) -> String {
        format!("{}:{}", self.page.path, self.block.line)
    }
}

#[test]
fn every_sample_compiles_as_pasted_and_does_what_the_page_says() {
    let mut pages = markdown::manual();
    pages.push(Page::parse("docs/src/en/broken.md", BROKEN.to_owned()));
    let complaints: Vec<_> = pages.iter().flat_map(complaints).collect();
    assert!(complaints.is_empty(), "\n{}", complaints.join("\n"));

    let samples: Vec<_> = pages.iter().flat_map(samples).collect();
    let folder = Path::new(env!("CARGO_TARGET_TMPDIR")).join("samples");
    write_workspace(&folder, &samples, &pages);
    let built = programs::build(&folder, &["--workspace", "--offline", "--keep-going"]);
    let mut diagnostics = diagnostics(&built, &samples);
    let broken = diagnostics.iter().position(|text| text.contains("--> docs/src/en/broken.md:4:"));
    diagnostics
        .remove(broken.unwrap_or_else(|| panic!("the broken sample was not found:\n{}", diagnostics.join("\n"))));

    let good: Vec<_> = samples.iter().filter(|sample| !sample.page.path.ends_with("/broken.md")).collect();
    let failed: Vec<_> =
        good.iter().filter(|sample| !built.programs.contains_key(&sample.name)).map(|s| s.place()).collect();
    assert!(failed.is_empty(), "these do not compile: {failed:?}\n{}", diagnostics.join("\n"));
    assert!(diagnostics.is_empty(), "the samples compile with warnings\n{}", diagnostics.join("\n"));
    let wrong: Vec<_> =
        good.iter().filter(|s| s.runs()).filter_map(|s| run(s, &built.programs[&s.name]).err()).collect();
    assert!(wrong.is_empty(), "\n{}", wrong.join("\n"));
    assert!(good.iter().filter(|sample| sample.runs()).count() >= 4, "the front pages have samples that run");
}

fn samples(page: &Page) -> Vec<Sample<'_>> {
    let is_sample = |block: &Block| block.info.starts_with("rust") && source(block).is_none();
    let prints = |at: usize| page.blocks.get(at + 1).filter(|next| next.comment.as_deref() == Some("prints"));
    let blocks = page.blocks.iter().enumerate().filter(|(_, block)| is_sample(block));
    blocks
        .map(|(at, block)| Sample {
            page,
            block,
            name: format!("{}-{}", package(page), block.line),
            prints: prints(at).map(|next| next.text.as_str()),
        })
        .collect()
}

/// Why a page's samples could not be checked honestly.
fn complaints(page: &Page) -> Vec<String> {
    let mut complaints = Vec::new();
    let mut previous = "";
    for block in &page.blocks {
        let mut complain = |at: usize, what: &str| complaints.push(format!("{}:{at}: {what}", page.path));
        if let Some(file) = source(block) {
            let text = fs::read_to_string(Path::new(ROOT).join(file)).unwrap_or_default();
            if !text.contains(&block.text) {
                complain(block.line, &format!("this does not stand in {file} to the letter"));
            }
        } else if block.info.starts_with("rust") {
            if !["rust", "rust,no_run"].contains(&block.info.as_str()) {
                complain(block.line, "a sample is `rust` or `rust,no_run`: every other kind is not compiled");
            }
            if !block.text.contains("fn main() ") {
                complain(block.line, "a sample is a whole program, with a main");
            }
            for (at, line) in block.text.lines().enumerate() {
                if line.trim_start() == "#" || line.trim_start().starts_with("# ") {
                    complain(block.line + at, "a hidden line is shown by GitHub, and pasted");
                }
            }
        }
        if block.comment.as_deref() == Some("prints") && previous != "rust" {
            complain(block.line, "no sample that runs stands before what it prints");
        }
        previous = &block.info;
    }
    complaints
}

/// The file that it is a part of.
fn source(block: &Block) -> Option<&str> {
    block.comment.as_deref()?.strip_prefix("from: ")
}

/// The package's name: `readme-zh-cn`, `en-photos`.
fn package(page: &Page) -> String {
    let name = page.path.trim_start_matches("docs/src/").trim_end_matches(".md");
    format!("sample-{}", name.to_lowercase().replace(['/', '.'], "-"))
}

/// The dependencies that a reader of this page has: its own, else those of the front page in its language.
fn dependencies(page: &Page, pages: &[Page]) -> String {
    let own = |page: &Page| page.blocks.iter().find(|b| b.info == "toml" && b.text.contains("[dependencies]")).cloned();
    let readme = READMES[usize::from(page.path.contains("zh"))];
    let front = || pages.iter().find(|page| page.path == readme).and_then(own);
    let block = own(page).or_else(front).unwrap_or_else(|| panic!("{readme} does not say what to depend on"));
    assert_eq!(block.text.matches(CHECKOUT).count(), 1, "{}:{} does not name {CHECKOUT}", page.path, block.line);
    block.text.replace(CHECKOUT, &format!("{ROOT:?}"))
}

fn write_workspace(folder: &Path, samples: &[Sample<'_>], pages: &[Page]) {
    let mut manifests: HashMap<String, String> = HashMap::new();
    for sample in samples {
        let package = package(sample.page);
        let manifest = manifests.entry(package.clone()).or_insert_with(|| {
            let dependencies = dependencies(sample.page, pages);
            format!("[package]\nname = \"{package}\"\nedition = \"2024\"\nautobins = false\n\n{dependencies}\n")
        });
        let file = format!("{}.rs", sample.name);
        manifest.push_str(&format!("[[bin]]\nname = \"{}\"\npath = \"{file}\"\n", sample.name));
        // So far down that a complaint names the page's own line.
        let code = "\n".repeat(sample.block.line - 1) + &sample.block.text;
        write(&folder.join(&package).join(file), &code);
    }
    // The profiles too, so that dependencies which the running tests were built with are not built again; but not those of
    // this repository's packages, which are built once more in any case, and sooner without optimisation.
    let own = fs::read_to_string(Path::new(ROOT).join("Cargo.toml")).unwrap();
    let sections =
        own.split("\n[").filter(|section| section.starts_with("profile.dev") && !section.contains("liveness"));
    let profiles: String = sections.map(|section| format!("[{section}\n")).collect();
    let mut members: Vec<_> = manifests.keys().collect();
    members.sort();
    let workspace = format!("[workspace]\nresolver = \"3\"\nmembers = {members:?}\n\n{profiles}");
    write(&folder.join("Cargo.toml"), &workspace);
    for (package, manifest) in &manifests {
        write(&folder.join(package).join("Cargo.toml"), manifest);
    }
    // No version is resolved anew: the samples get those that the crate is tested with.
    write(&folder.join("Cargo.lock"), &fs::read_to_string(Path::new(ROOT).join("Cargo.lock")).unwrap());
}

/// Leaves a file that says so already as it is, so that nothing is built again for it.
fn write(path: &Path, text: &str) {
    if fs::read_to_string(path).is_ok_and(|old| old == text) {
        return;
    }
    fs::create_dir_all(path.parent().unwrap()).unwrap();
    fs::write(path, text).unwrap();
}

/// What the compiler says against the samples, with the pages' own lines.
fn diagnostics(built: &Built, samples: &[Sample<'_>]) -> Vec<String> {
    let is_about_a_place = |message: &Value| message["spans"].as_array().is_some_and(|spans| !spans.is_empty());
    let is_meant = |message: &&Value| matches!(message["level"].as_str(), Some("error" | "warning"));
    let messages = built.messages.iter().filter(|message| is_about_a_place(message)).filter(is_meant);
    let texts = messages.filter_map(|message| message["rendered"].as_str());
    texts
        .map(|text| {
            samples.iter().fold(text.to_owned(), |text, sample| {
                let file = format!("{}/{}.rs", package(sample.page), sample.name);
                text.replace(&file, &sample.page.path)
            })
        })
        .collect()
}

/// Runs a sample without keys, in a folder of its own that holds a photo.
fn run(sample: &Sample<'_>, program: &Path) -> Result<(), String> {
    let folder = programs::folder_with_a_photo(&sample.name);
    let (status, said) = programs::run(Command::new(program).current_dir(folder), |_| false);
    if !status.success() {
        return Err(format!("{}: ended with {status}\n{said}", sample.place()));
    }
    match sample.prints {
        Some(wanted) if !matches(wanted, &said) => {
            Err(format!("{}: prints\n{said}where the page says\n{wanted}", sample.place()))
        }
        _ => Ok(()),
    }
}

/// Whether this is printed, line by line, where `…` stands for anything.
fn matches(wanted: &str, said: &str) -> bool {
    let fits = |wanted: &str, said: &str| {
        let parts: Vec<_> = wanted.split('…').collect();
        let [first, middle @ .., last] = &parts[..] else { return wanted == said };
        let Some(mut rest) = said.strip_prefix(first).and_then(|rest| rest.strip_suffix(last)) else { return false };
        middle.iter().all(|part| match rest.find(part) {
            Some(at) => {
                rest = &rest[at + part.len()..];
                true
            }
            None => false,
        })
    };
    let (wanted, said): (Vec<_>, Vec<_>) = (wanted.trim_end().lines().collect(), said.trim_end().lines().collect());
    wanted.len() == said.len() && wanted.iter().zip(&said).all(|(wanted, said)| fits(wanted, said))
}

#[test]
fn what_a_sample_prints_is_compared_to_the_letter() {
    assert!(matches("a … c\nb\n", "a 1 c\nb\n") && matches("a…\n", "a b") && matches("a…b", "axbxb"));
    for (wanted, said) in
        [("a", "b"), ("a", "a\nb"), ("a\nb", "a"), ("a…c", "ab"), ("a…b", "abc"), ("a…a", "a"), ("", "a")]
    {
        assert!(!matches(wanted, said), "{wanted} {said}");
    }
}

#[test]
fn a_sample_that_cannot_be_checked_is_named() {
    let page = "```rust\nfn main() {\n# hidden();\n}\n```\n\n```rust,ignore\nfn main() {}\n```\n\n<!-- prints -->\n```text\na\n```\n";
    let named: Vec<_> = complaints(&Page::parse("a.md", page.into()))
        .iter()
        .map(|c| c.split(": ").next().unwrap().to_owned())
        .collect();
    assert_eq!(named, ["a.md:3", "a.md:8", "a.md:13"]);
    let copied = Page::parse("a.md", "<!-- from: src/lib.rs -->\n```rust\nmod nowhere;\n```\n".into());
    assert!(complaints(&copied)[0].starts_with("a.md:3: this does not stand in src/lib.rs"));
    let fragment = Page::parse("a.md", "```rust\nlet a = 1;\n```\n".into());
    assert!(complaints(&fragment)[0].contains("whole program"));
}
