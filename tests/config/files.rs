//! A file is known by its ending, and is one a person can have written.

use liveness::{Config, Sandbox};

use crate::{Folder, said};

const TOML: &str = "[[candidates]]\nvendor = \"jumdata\"\napp_id = \"i\"\napp_secret = \"s\"\n";
const JSON: &str =
    r#"{"$schema": "config.schema.json", "candidates": [{"vendor": "jumdata", "app_id": "i", "app_secret": "s"}]}"#;

#[test]
fn a_file_is_read_by_its_ending_with_any_line_ends_and_a_mark() {
    let folder = Folder::new();
    for (name, text) in [
        ("a.toml", TOML.to_owned()),
        ("a.json", JSON.to_owned()),
        ("A.TOML", format!("\u{FEFF}{}", TOML.replace('\n', "\r\n"))),
        ("A.Json", format!("\u{FEFF}{JSON}\r\n")),
    ] {
        let config = Config::from_file(folder.write(name, text)).unwrap_or_else(|error| panic!("{name}: {error}"));
        assert_eq!(config.build_over(Sandbox::new()).unwrap().id().to_string(), "jumdata/default");
    }
}

#[test]
fn a_file_that_cannot_be_read_is_named() {
    let folder = Folder::new();
    for (path, part) in [
        (folder.0.join("none.toml"), "no such file"),
        (folder.write("liveness.yaml", TOML), "end in .toml or .json"),
        (folder.write("liveness", TOML), "end in .toml or .json"),
        (folder.write("bytes.toml", b"\xFF"), "not valid UTF-8"),
        (folder.write("large.json", " ".repeat(1_100_000)), "too large"),
    ] {
        let (field, reason) = said(Config::from_file(&path));
        assert_eq!(field, path.display().to_string());
        assert!(reason.contains(part), "{reason}");
    }
}

#[test]
fn the_sandbox_is_no_vendor() {
    let config = Config::from_toml("[[candidates]]\nvendor = \"sandbox\"\n").unwrap();
    let error = config.build_over(Sandbox::new()).unwrap_err();
    assert_eq!(error.field(), Some("candidates[0].vendor"));
    assert!(error.to_string().contains("jumdata, tencent-market"), "{error}");
}

#[test]
fn a_goal_that_no_candidate_establishes_is_refused_at_the_start() {
    assert!(Config::from_toml(&format!("require = [\"liveness\"]\n{TOML}")).is_ok());
    let both = "require = [\"liveness\", \"same_person\"]\n";
    let (field, reason) = said(Config::from_toml(&format!("{both}{TOML}")));
    assert_eq!(field, "require");
    assert!(reason.starts_with("line 1, column 1: no candidate establishes same_person"), "{reason}");
    // One that is retired begins nothing.
    let retired =
        "[[candidates]]\nvendor = \"tencent-market\"\nsecret_id = \"i\"\nsecret_key = \"s\"\nretired = true\n";
    assert_eq!(said(Config::from_toml(&format!("{both}{TOML}{retired}"))).0, "require");
    assert!(Config::from_toml(&format!("{both}{TOML}{}", retired.replace("true", "false"))).is_ok());
    // What a vendor of the service's own establishes is known when it is built.
    let own = Config::from_toml(&format!("{both}{TOML}[[candidates]]\nvendor = \"acme\"\n")).unwrap();
    let options = liveness::BuildOptions::new().with_vendor("acme", |settings| {
        let keys = liveness::jumdata::Credentials { app_id: "i".into(), app_secret: "s".into() };
        Ok(std::sync::Arc::new(liveness::Jumdata::new(keys, settings.transport).with_account("acme")?))
    });
    assert_eq!(own.build_with(Sandbox::new(), &options).unwrap_err().field(), Some("require"));
}
