//! One file and the environment build the provider that they say, or say what is wrong and where.
#![cfg(feature = "config")]
#![allow(clippy::expect_used, clippy::panic, clippy::unwrap_used, reason = "a test may")]

mod files;
mod hostile;
mod layers;
mod mistakes;
mod order;
mod schema;
mod secrets;
mod values;

use std::{
    ffi::OsString,
    fs,
    path::{Path, PathBuf},
    sync::atomic::{AtomicU32, Ordering},
};

use liveness::{Config, Error, ErrorKind, Language};

/// A folder of the test's own, which goes with it.
struct Folder(PathBuf);

impl Folder {
    fn new() -> Self {
        static COUNT: AtomicU32 = AtomicU32::new(0);
        let name = format!("config-{}-{}", std::process::id(), COUNT.fetch_add(1, Ordering::Relaxed));
        let folder = Path::new(env!("CARGO_TARGET_TMPDIR")).join(name);
        let _ = fs::remove_dir_all(&folder);
        fs::create_dir_all(&folder).unwrap();
        Self(folder)
    }

    fn write(&self, name: &str, bytes: impl AsRef<[u8]>) -> PathBuf {
        let path = self.0.join(name);
        fs::write(&path, bytes).unwrap();
        path
    }
}

impl Drop for Folder {
    fn drop(&mut self) {
        let _ = fs::remove_dir_all(&self.0);
    }
}

/// A file with these variables over it.
fn over(toml: &str, variables: &[(&str, &str)]) -> Result<Config, Error> {
    let folder = Folder::new();
    Config::from_file_and_vars(folder.write("liveness.toml", toml), vars(variables))
}

fn vars(variables: &[(&str, &str)]) -> Vec<(OsString, OsString)> {
    variables.iter().map(|(name, value)| (name.into(), value.into())).collect()
}

/// The field of a mistake, and its English reason.
fn said(result: Result<Config, Error>) -> (String, String) {
    let error = result.expect_err("it is wrong");
    assert_eq!(error.kind(), ErrorKind::Configuration, "{error}");
    let chinese = error.reason(Language::Chinese).unwrap();
    assert!(chinese.chars().any(|char| ('\u{4E00}'..='\u{9FFF}').contains(&char)), "{chinese}");
    (error.field().unwrap().to_owned(), error.reason(Language::English).unwrap().to_owned())
}
