//! What services keep in their stores is read by every version of this crate, and written as it always was.
//!
//! `tests/stored/<version>/` holds the serialized form of each public type as that version wrote it. Once a version is
//! published its folder never changes: sessions and paid verdicts of that form lie in stores. `UPDATE_STORED=1 cargo test
//! --test stored` writes the folder of the current version; do that for a new version, or for a form that nobody has stored
//! yet, and say in the CHANGELOG what a reader must change.
#![allow(clippy::expect_used, clippy::panic, clippy::unwrap_used, reason = "a test may")]

mod other_versions;
mod samples;

#[path = "../support/exports.rs"]
#[allow(dead_code, unreachable_pub, reason = "other tests share it")]
mod exports;

use std::{collections::BTreeSet, env, fmt::Debug, fs, path::PathBuf};

use serde::{Serialize, de::DeserializeOwned};
use serde_json::Value;

/// One value in its stored form.
struct Sample {
    /// The file's name, without its ending.
    name: &'static str,
    /// The type's name, as the file says it.
    of: &'static str,
    /// The file that this version writes. Its fields stand in the order in which formats without names count them.
    file: String,
    /// Reads a serialized form, and fails the test unless it is the value.
    read: Box<dyn Fn(Value)>,
}

impl Sample {
    fn new<T>(name: &'static str, of: &'static str, value: T) -> Self
    where
        T: Debug + PartialEq + Serialize + DeserializeOwned + 'static,
    {
        let file = file(of, &value);
        let read = move |json| assert_eq!(serde_json::from_value::<T>(json).unwrap(), value, "{name}");
        Self { name, of, file, read: Box::new(read) }
    }

    /// Of a type that is only written: a report for people and other programs.
    fn report<T: Serialize>(name: &'static str, of: &'static str, value: &T) -> Self {
        Self { name, of, file: file(of, value), read: Box::new(drop) }
    }
}

fn file(of: &str, value: &impl Serialize) -> String {
    #[derive(Serialize)]
    struct File<'a, T> {
        written_by: &'a str,
        r#type: &'a str,
        value: &'a T,
    }
    let file = File { written_by: env!("CARGO_PKG_VERSION"), r#type: of, value };
    serde_json::to_string_pretty(&file).unwrap() + "\n"
}

fn folder(name: &str) -> PathBuf {
    PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("tests/stored").join(name)
}

/// The files of a folder by their names without the ending, in order.
fn files(name: &str) -> Vec<(String, Value)> {
    let mut files: Vec<_> = fs::read_dir(folder(name))
        .unwrap_or_else(|error| panic!("{name}: {error}; write it with UPDATE_STORED=1"))
        .map(|entry| {
            let path = entry.unwrap().path();
            let name = path.file_stem().unwrap().to_str().unwrap().to_owned();
            (name, serde_json::from_slice(&fs::read(path).unwrap()).unwrap())
        })
        .collect();
    files.sort_by(|a, b| a.0.cmp(&b.0));
    files
}

/// The versions that have a folder.
fn versions() -> Vec<String> {
    let entries = fs::read_dir(folder("")).unwrap().map(|entry| entry.unwrap().file_name().into_string().unwrap());
    entries.filter(|name| name.starts_with(|c: char| c.is_ascii_digit())).collect()
}

#[test]
fn this_version_writes_exactly_the_files_of_its_folder() {
    let current = env!("CARGO_PKG_VERSION");
    let samples = samples::all();
    if env::var_os("UPDATE_STORED").is_some() {
        let _ = fs::remove_dir_all(folder(current));
        fs::create_dir_all(folder(current)).unwrap();
        for sample in &samples {
            fs::write(folder(current).join(sample.name).with_extension("json"), &sample.file).unwrap();
        }
    }
    let names: BTreeSet<_> = files(current).into_iter().map(|(name, _)| name).collect();
    let expected: BTreeSet<_> = samples.iter().map(|sample| sample.name.to_owned()).collect();
    assert_eq!(names, expected);
    for sample in samples {
        let file = fs::read_to_string(folder(current).join(sample.name).with_extension("json")).unwrap();
        assert!(file == sample.file, "{} is written otherwise now:\n{}instead of\n{file}", sample.name, sample.file);
    }
}

#[test]
fn what_any_version_wrote_is_read_as_what_it_was() {
    let samples = samples::all();
    assert!(versions().contains(&env!("CARGO_PKG_VERSION").to_owned()));
    for version in versions() {
        for (name, file) in files(&version) {
            assert_eq!(file["written_by"], version, "{name}");
            let sample = samples.iter().find(|sample| sample.name == name).unwrap();
            assert_eq!(file["type"], sample.of);
            (sample.read)(file["value"].clone());
        }
    }
}

/// A public type that serializes and has no sample here could change its form without notice.
#[test]
fn every_public_type_that_serializes_has_a_sample() {
    let covered: BTreeSet<_> = samples::all().iter().map(|sample| sample.of).chain(samples::WITHIN).collect();
    let mut sources = vec![PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("src")];
    let mut serialized = BTreeSet::new();
    while let Some(path) = sources.pop() {
        if path.is_dir() {
            sources.extend(fs::read_dir(path).unwrap().map(|entry| entry.unwrap().path()));
        } else if path.extension().is_some_and(|ending| ending == "rs") {
            serialized.extend(serialized_in(&fs::read_to_string(path).unwrap()));
        }
    }
    let public: BTreeSet<_> = exports::public_types().into_iter().map(str::to_owned).collect();
    let public: Vec<_> = serialized.intersection(&public).collect();
    assert!(public.len() > 30, "{public:?}");
    for name in public {
        assert!(covered.contains(name.as_str()), "{name} serializes, and no file here holds its form");
    }
}

/// The types to which a source file gives `Serialize`, by a derive, by hand or by the macro of open words.
fn serialized_in(source: &str) -> BTreeSet<String> {
    let name = |text: &str| text.split(|c: char| !c.is_ascii_alphanumeric()).next().unwrap().to_owned();
    let derived =
        source.split("#[derive(").skip(1).filter(|rest| rest.split(')').next().unwrap().contains("Serialize"));
    let derived = derived.filter_map(|rest| {
        let item = rest.lines().find(|line| line.starts_with("pub struct ") || line.starts_with("pub enum "))?;
        item.split(' ').nth(2).map(name)
    });
    let others = ["\nimpl Serialize for ", "\nopen_words!("].into_iter();
    derived.chain(others.flat_map(|start| source.split(start).skip(1).map(name))).collect()
}
