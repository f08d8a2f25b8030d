//! Runs the command in an environment of its own.

use std::{
    ffi::OsStr,
    fmt, fs,
    io::Write,
    path::{Path, PathBuf},
    process::{Command, Stdio},
    thread,
};

use crate::camera::{self, Way};

/// What a run left.
pub(crate) struct Ended {
    pub(crate) code: i32,
    pub(crate) stdout: Vec<u8>,
    pub(crate) stderr: String,
}

impl fmt::Debug for Ended {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "code {}, stdout:\n{}\nstderr:\n{}", self.code, String::from_utf8_lossy(&self.stdout), self.stderr)
    }
}

impl Ended {
    pub(crate) fn text(&self) -> &str {
        std::str::from_utf8(&self.stdout).expect("text")
    }

    pub(crate) fn json(&self) -> serde_json::Value {
        serde_json::from_slice(&self.stdout).unwrap_or_else(|why| panic!("{why}: {self:?}"))
    }
}

/// The command without anything of this machine's owner: no keys, no language.
pub(crate) fn liveness<S: AsRef<OsStr>>(arguments: impl IntoIterator<Item = S>) -> Command {
    let mut command = Command::new(env!("CARGO_BIN_EXE_liveness"));
    command.args(arguments);
    for (name, _) in std::env::vars_os() {
        let text = name.to_string_lossy();
        if ["LIVENESS_", "JUMDATA_", "TENCENT_", "LC_"].iter().any(|ours| text.starts_with(ours)) || text == "LANG" {
            command.env_remove(&name);
        }
    }
    command
}

/// Runs it to its end, with nothing to read.
pub(crate) fn run(command: &mut Command) -> Ended {
    fed(command, b"")
}

/// Runs it to its end, with this on standard input.
pub(crate) fn fed(command: &mut Command, input: &[u8]) -> Ended {
    let mut child = command
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .expect("the command starts");
    let mut stdin = child.stdin.take().expect("its input");
    let output = thread::scope(|scope| {
        // It may end without reading.
        scope.spawn(move || drop(stdin.write_all(input)));
        child.wait_with_output().expect("it ends")
    });
    Ended {
        code: output.status.code().expect("not by a signal"),
        stdout: output.stdout,
        stderr: String::from_utf8(output.stderr).expect("text"),
    }
}

/// Runs words of a command line.
pub(crate) fn words(line: &str) -> Ended {
    run(&mut liveness(line.split_whitespace()))
}

/// Runs it with a standard output that nobody reads.
pub(crate) fn unread(command: &mut Command) -> Ended {
    let (reader, writer) = std::io::pipe().expect("a pipe");
    drop(reader);
    let child = command.stdin(Stdio::null()).stdout(writer).stderr(Stdio::piped()).spawn().expect("it starts");
    // The command's copy of the pipe's end is the only one left once this one is gone.
    command.stdout(Stdio::null());
    let output = child.wait_with_output().expect("it ends");
    Ended {
        code: output.status.code().expect("not by a signal"),
        stdout: output.stdout,
        stderr: String::from_utf8(output.stderr).expect("text"),
    }
}

/// An empty folder of this test's.
pub(crate) fn folder(test: &str) -> PathBuf {
    let folder = Path::new(env!("CARGO_TARGET_TMPDIR")).join("liveness-cli").join(test);
    let _ = fs::remove_dir_all(&folder);
    fs::create_dir_all(&folder).expect("a folder");
    folder
}

/// A portrait of 300 × 400 px, turned as a phone stores it.
pub(crate) fn portrait() -> Vec<u8> {
    camera::jpeg(300, 400, Way::Turned)
}

/// The same in a file of this folder.
pub(crate) fn portrait_in(folder: &Path) -> PathBuf {
    let path = folder.join("me.jpg");
    fs::write(&path, portrait()).expect("written");
    path
}

pub(crate) fn is_chinese(text: &str) -> bool {
    text.chars().any(|char| ('\u{4E00}'..'\u{9FFF}').contains(&char))
}
