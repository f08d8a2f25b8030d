//! The manual's curl lines give what stands behind them, against a served sandbox.

use std::{
    fs,
    io::{self, Write},
    path::Path,
    process::Command,
};

use liveness::Sandbox;

use crate::markdown::{BOOKS, Page};

#[test]
fn the_curl_lines_give_what_stands_behind_them() {
    for program in ["bash", "curl", "openssl"] {
        let ask = if program == "openssl" { "version" } else { "--version" };
        if !Command::new(program).arg(ask).output().is_ok_and(|output| output.status.success()) {
            assert!(std::env::var_os("CI").is_none(), "CI needs {program}");
            // Not eprintln!, which the test harness keeps to itself while the test passes.
            let _ = writeln!(
                io::stderr(),
                "skipped: the manual's curl lines need {program}, which this machine does not have"
            );
            return;
        }
    }
    // The Chinese page has the same lines: shape.rs sees to it.
    let page = Page::read(&format!("{}/sandbox.md", BOOKS[0]));
    let script = page.blocks.iter().find(|block| block.comment.as_deref() == Some("run: sandbox")).unwrap();
    let server = Sandbox::new().serve("127.0.0.1:0").unwrap();
    let script = script.text.replace("http://127.0.0.1:8787", &server.url());
    assert!(script.contains(&server.url()));

    let folder = Path::new(env!("CARGO_TARGET_TMPDIR")).join("readme-curl");
    fs::create_dir_all(&folder).unwrap();
    let output = Command::new("bash").args(["-c", &script]).current_dir(&folder).env("no_proxy", "*").output().unwrap();
    let said = String::from_utf8_lossy(&output.stdout).into_owned();
    assert!(output.status.success(), "{said}{}", String::from_utf8_lossy(&output.stderr));

    let promised: Vec<_> = script.lines().filter_map(|line| line.strip_prefix("#> ")).collect();
    assert!(promised.len() >= 20, "{promised:?}");
    let mut rest = said.as_str();
    for promise in promised {
        let at = rest.find(promise);
        rest = &rest
            [at.unwrap_or_else(|| panic!("{promise} does not come next in:\n{rest}\nof:\n{said}")) + promise.len()..];
    }
}
