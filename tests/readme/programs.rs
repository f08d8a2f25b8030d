//! Builds programs by a cargo of its own, and runs them without keys.

use std::{
    collections::HashMap,
    env, fs,
    io::Read,
    path::{Path, PathBuf},
    process::{Command, ExitStatus, Stdio},
    sync::{Arc, Mutex},
    thread,
    time::{Duration, Instant},
};

use serde_json::Value;

use crate::markdown::ROOT;

/// The photo that the pages call `me.jpg`.
const PHOTO: &str = "src/sandbox/jumdata/portrait.jpg";
/// How long a program may run.
const RUN_LIMIT: Duration = Duration::from_secs(120);

/// What a build came to.
pub(crate) struct Built {
    /// The programs by name.
    pub(crate) programs: HashMap<String, PathBuf>,
    /// The compiler's messages.
    pub(crate) messages: Vec<Value>,
}

/// Builds in this folder, into the folder that the running tests were built into.
pub(crate) fn build(folder: &Path, arguments: &[&str]) -> Built {
    let target = Path::new(env!("CARGO_TARGET_TMPDIR")).parent().unwrap();
    let mut cargo = Command::new(env::var_os("CARGO").unwrap_or("cargo".into()));
    cargo.arg("build").args(arguments).arg("--message-format=json");
    cargo.current_dir(folder).env("CARGO_TARGET_DIR", target);
    // What cargo tells the running test of its own package would make build scripts run again, there and here in turns.
    for (name, _) in env::vars_os() {
        let name = name.to_string_lossy().into_owned();
        if ["CARGO_PKG_", "CARGO_MANIFEST_", "CARGO_BIN_"].iter().any(|prefix| name.starts_with(prefix)) {
            cargo.env_remove(name);
        }
    }
    let output = cargo.output().unwrap();
    let (mut programs, mut messages) = (HashMap::new(), Vec::new());
    for line in String::from_utf8_lossy(&output.stdout).lines() {
        let Ok(mut said) = serde_json::from_str::<Value>(line) else { continue };
        if let Some(program) = said["executable"].as_str() {
            programs.insert(said["target"]["name"].as_str().unwrap().to_owned(), PathBuf::from(program));
        }
        messages.push(said["message"].take());
    }
    assert!(!programs.is_empty(), "nothing was built:\n{}", String::from_utf8_lossy(&output.stderr));
    Built { programs, messages }
}

/// A new folder of this name, with `me.jpg` and a folder `photos` in it.
pub(crate) fn folder_with_a_photo(name: &str) -> PathBuf {
    let folder = Path::new(env!("CARGO_TARGET_TMPDIR")).join("readme").join(name);
    let _ = fs::remove_dir_all(&folder);
    fs::create_dir_all(folder.join("photos")).unwrap();
    for copy in ["me.jpg", "photos/me.jpg"] {
        fs::copy(Path::new(ROOT).join(PHOTO), folder.join(copy)).unwrap();
    }
    folder
}

/// Runs a program without any variable of the environment, and gives what it prints; ends it when that is enough.
pub(crate) fn run(command: &mut Command, is_enough: impl Fn(&str) -> bool) -> (ExitStatus, String) {
    let mut child =
        command.env_clear().stdin(Stdio::null()).stdout(Stdio::piped()).stderr(Stdio::piped()).spawn().unwrap();
    let said = Arc::new(Mutex::new(Vec::new()));
    let pipes: [Box<dyn Read + Send>; 2] =
        [Box::new(child.stdout.take().unwrap()), Box::new(child.stderr.take().unwrap())];
    let readers = pipes.map(|mut pipe| {
        let said = Arc::clone(&said);
        thread::spawn(move || {
            let mut chunk = [0; 4096];
            while let Ok(count @ 1..) = pipe.read(&mut chunk) {
                said.lock().unwrap().extend_from_slice(&chunk[..count]);
            }
        })
    });
    let text = || String::from_utf8_lossy(&said.lock().unwrap()).into_owned();
    let start = Instant::now();
    let status = loop {
        if let Some(status) = child.try_wait().unwrap() {
            break status;
        }
        if is_enough(&text()) || start.elapsed() > RUN_LIMIT {
            child.kill().unwrap();
            break child.wait().unwrap();
        }
        thread::sleep(Duration::from_millis(10));
    };
    readers.into_iter().for_each(|reader| reader.join().unwrap());
    (status, text())
}
