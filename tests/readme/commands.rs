//! Every command line of the manual is one that there is, and those of `liveness` do what the page says.
//!
//! A comment on the line may say `exit code 1`; without one it is 0. A block under `<!-- not run: why -->` is left out.

use std::{path::Path, process::Command};

use crate::{
    markdown::{self, Page, ROOT},
    programs,
};

/// What the pages write for the command in a checkout, and where it is installed.
const PREFIXES: [&str; 3] = ["cargo run --release -- ", "cargo run -- ", "liveness "];
/// What a line says of its exit code.
const EXIT_CODE: &str = "exit code ";
/// Where a server of the manual listens.
const PORT: &str = "8787";

/// A command line of a page.
struct Line {
    place: String,
    command: String,
    exit_code: i32,
}

#[test]
fn the_command_lines_do_what_the_pages_say() {
    let lines: Vec<_> = markdown::manual().iter().flat_map(lines).collect();
    assert!(lines.len() >= 10, "only {} command lines", lines.len());
    // As the root's own `cargo run` finds it: the one program of the members that are built by default. A test beside it
    // makes it share the library that the running tests were built with.
    let mut programs = programs::build(Path::new(ROOT), &["--locked", "--offline", "--bins", "--test=readme"]).programs;
    programs.remove("readme");
    assert_eq!(programs.keys().collect::<Vec<_>>(), ["liveness"], "`cargo run` would not know which program is meant");
    let complaints: Vec<_> = lines
        .iter()
        .filter_map(|line| {
            let arguments = PREFIXES.iter().find_map(|prefix| line.command.strip_prefix(prefix));
            let complaint = match arguments {
                Some(arguments) => run(&programs["liveness"], arguments, line.exit_code),
                None => look_up(&line.command),
            };
            complaint.map(|complaint| format!("{}: {}\n{complaint}", line.place, line.command))
        })
        .collect();
    assert!(complaints.is_empty(), "\n{}", complaints.join("\n"));
}

fn lines(page: &Page) -> Vec<Line> {
    let is_run_elsewhere = |comment: &str| comment.starts_with("run: ") || comment.starts_with("not run: ");
    let blocks = page.blocks.iter().filter(|block| block.info == "sh");
    let blocks = blocks.filter(|block| !block.comment.as_deref().is_some_and(is_run_elsewhere));
    let numbered = blocks.flat_map(|block| block.text.lines().enumerate().map(|(at, line)| (block.line + at, line)));
    numbered
        .map(|(number, line)| {
            let (command, comment) = line.split_once(" # ").unwrap_or((line, ""));
            let code = comment.split_once(EXIT_CODE).map(|(_, code)| code.trim().parse().unwrap());
            let place = format!("{}:{number}", page.path);
            Line { place, command: command.trim().to_owned(), exit_code: code.unwrap_or(0) }
        })
        .collect()
}

/// Runs `liveness` in a folder with a photo; what is wrong, if anything is.
fn run(program: &Path, arguments: &str, exit_code: i32) -> Option<String> {
    let folder = programs::folder_with_a_photo("commands");
    let arguments: Vec<_> = arguments.split_whitespace().map(|word| if word == PORT { "0" } else { word }).collect();
    let serves = arguments.first() == Some(&"sandbox");
    let is_up = |said: &str| serves && said.contains("http://127.0.0.1:");
    let (status, said) = programs::run(Command::new(program).args(&arguments).current_dir(folder), is_up);
    let is_right = if serves { is_up(&said) } else { status.code() == Some(exit_code) };
    (!is_right).then(|| format!("ended with {status}, not with {exit_code}\n{said}"))
}

/// Whether what a line of cargo names is there; what is missing, if anything is.
fn look_up(command: &str) -> Option<String> {
    let words: Vec<_> = command.split_whitespace().collect();
    let is_there = |path: &str| Path::new(ROOT).join(path).exists();
    let in_folder = |folder: &str, name: &str| {
        [format!("{folder}/{name}.rs"), format!("{folder}/{name}/main.rs")].iter().any(|path| is_there(path))
    };
    let is_right = match words.as_slice() {
        ["cargo", "run", "--release", "--example", name]
        | ["cargo", "run", "--example", name]
        | ["cargo", "test", "--example", name] => in_folder("examples", name),
        ["cargo", "test"] => true,
        ["cargo", "test", "--test", name] => in_folder("tests", name),
        ["cargo", "bench", "-p", "liveness-benches", "--bench", name] => in_folder("benches", name),
        ["cargo", "install", "--path", path] => is_there(&format!("{path}/src/main.rs")),
        _ => return Some("no rule in tests/readme/commands.rs says how such a line is checked".to_owned()),
    };
    (!is_right).then(|| "what it names is not there".to_owned())
}

#[test]
fn a_line_that_names_what_is_not_there_is_refused() {
    for wrong in ["cargo run --release --example no", "cargo test --test no", "cargo install --path crates/no", "rm x"]
    {
        assert!(look_up(wrong).is_some(), "{wrong}");
    }
    assert!(look_up("cargo test --test readme").is_none() && look_up("cargo install --path crates/cli").is_none());
}

#[test]
fn a_comment_says_the_exit_code() {
    let page =
        "```sh\nliveness verify   # 不同人; exit code 1\ncargo test\n```\n<!-- not run: paid -->\n```sh\nx\n```\n";
    let lines: Vec<_> = lines(&Page::parse("a.md", page.into()))
        .into_iter()
        .map(|line| (line.place, line.command, line.exit_code))
        .collect();
    let line = |place: &str, command: &str, code| (place.to_owned(), command.to_owned(), code);
    assert_eq!(lines, [line("a.md:2", "liveness verify", 1), line("a.md:3", "cargo test", 0)]);
}
