//! Keys come by value, by file, and by the environment, and none is ever printed.

use std::fs;

use liveness::{Check, Config, ErrorKind, Sandbox};

use crate::{Folder, over, said, vars};

/// A file whose appSecret is in another file.
fn with_file(path: &std::path::Path) -> String {
    format!(
        "[[candidates]]\nvendor = \"jumdata\"\napp_id = \"{}\"\napp_secret_file = '{}'\n",
        Sandbox::JUMDATA_APP_ID,
        path.display()
    )
}

/// Whether the sandbox takes the signature that these settings make.
fn is_taken(config: &Config) -> bool {
    let back = liveness::ReturnUrl::parse("https://shop.example/back").unwrap();
    config.build_over(Sandbox::new()).unwrap().begin(&Check::liveness().with_return_url(back)).is_ok()
}

#[test]
fn one_line_break_at_the_end_of_a_secrets_file_is_not_of_it() {
    let folder = Folder::new();
    for end in ["", "\n", "\r\n"] {
        let path = folder.write("secret", format!("{}{end}", Sandbox::JUMDATA_APP_SECRET));
        assert!(is_taken(&Config::from_toml(&with_file(&path)).unwrap()), "{end:?}");
    }
    for wrong in ["\n\n", " \n", "\r", "\n \n"] {
        let path = folder.write("secret", format!("{}{wrong}", Sandbox::JUMDATA_APP_SECRET));
        let (field, _) = said(Config::from_toml(&with_file(&path)));
        assert_eq!(field, "candidates[0].app_secret_file", "{wrong:?}");
    }
}

#[test]
fn a_secrets_file_that_cannot_be_meant_is_named_and_its_content_is_not() {
    let folder = Folder::new();
    let missing = folder.0.join("missing");
    for (path, part) in [
        (missing, "there is no such file"),
        (folder.0.clone(), "it is a folder"),
        (folder.write("empty", ""), "the file is empty"),
        (folder.write("break", "\n"), "the file is empty"),
        (folder.write("bytes", b"k3y\xFFs3cr3t"), "not valid UTF-8"),
        (folder.write("large", "s3cr3t".repeat(20_000)), "too large"),
        (folder.write("huge", "s3cr3t".repeat(200_000)), "too large"),
        (folder.write("mark", "\u{FEFF}k3y-s3cr3t"), "byte-order mark"),
        (folder.write("quoted", "\"k3y-s3cr3t\""), "a quotation mark"),
        (folder.write("assigned", "A=1\nk3y-s3cr3t"), "control character"),
    ] {
        let (field, reason) = said(Config::from_toml(&with_file(&path)));
        assert_eq!(field, "candidates[0].app_secret_file", "{reason}");
        assert!(reason.starts_with("line 4, column 1: ") && reason.contains(part), "{reason}");
        assert!(reason.contains("JUMDATA_APP_SECRET_FILE"), "{reason}");
        assert!(!reason.contains("s3cr3t"), "{reason}");
    }
}

#[test]
fn a_value_and_a_file_for_one_key_are_a_mistake_in_one_place_and_not_over_two() {
    let folder = Folder::new();
    let path = folder.write("secret", Sandbox::JUMDATA_APP_SECRET);
    let file = with_file(&path);
    let (field, reason) = said(Config::from_toml(&format!("{file}app_secret = \"other\"")));
    assert_eq!(field, "candidates[0].app_secret_file");
    assert!(reason.contains("set only one of the two"), "{reason}");
    let (field, reason) = said(Config::from_vars(vars(&[
        ("LIVENESS_VENDOR", "jumdata"),
        ("JUMDATA_APP_ID", "i"),
        ("JUMDATA_APP_SECRET", "s"),
        ("JUMDATA_APP_SECRET_FILE", path.to_str().unwrap()),
    ])));
    assert_eq!(field, "JUMDATA_APP_SECRET_FILE");
    assert!(reason.contains("JUMDATA_APP_SECRET"), "{reason}");
    // The environment takes the place of both.
    assert!(!is_taken(&over(&file, &[("JUMDATA_APP_SECRET", "wrong")]).unwrap()));
    let by_value = file.replace(&format!("app_secret_file = '{}'", path.display()), "app_secret = \"wrong\"");
    assert!(!is_taken(&Config::from_toml(&by_value).unwrap()));
    assert!(is_taken(&over(&by_value, &[("JUMDATA_APP_SECRET_FILE", path.to_str().unwrap())]).unwrap()));
}

#[cfg(unix)]
#[test]
fn a_file_that_everybody_may_read_is_told_and_works() {
    use std::os::unix::fs::PermissionsExt;

    let folder = Folder::new();
    let path = folder.write("secret", Sandbox::JUMDATA_APP_SECRET);
    for (mode, is_told) in [(0o600, false), (0o440, false), (0o644, true)] {
        fs::set_permissions(&path, fs::Permissions::from_mode(mode)).unwrap();
        let config = Config::from_toml(&with_file(&path)).unwrap();
        assert_eq!(config.exposed_files(), if is_told { vec![path.clone()] } else { vec![] }, "{mode:o}");
        assert!(is_taken(&config));
    }
}

#[test]
fn a_secret_is_read_again_by_each_build_so_that_a_rotated_one_is_taken() {
    let folder = Folder::new();
    let path = folder.write("secret", "old");
    let config = Config::from_toml(&with_file(&path)).unwrap();
    assert!(!is_taken(&config));
    folder.write("secret", Sandbox::JUMDATA_APP_SECRET);
    assert!(is_taken(&config));
    fs::remove_file(&path).unwrap();
    let error = config.build_over(Sandbox::new()).unwrap_err();
    assert_eq!((error.kind(), error.field()), (ErrorKind::Configuration, Some("candidates[0].app_secret_file")));
}

#[test]
fn debug_shows_no_key() {
    let config = Config::from_toml(
        r#"
        [[candidates]]
        vendor = "tencent-market"
        secret_id = "k3y-1"
        secret_key = "k3y-2"

        [[candidates]]
        vendor = "acme"
        options = { token = "k3y-3" }

        [transport]
        proxy = "http://user:k3y-4@proxy.example:3128"

        [journal]
        folder = "journal"
        sealing_key = "q83vASNFZ4mrze8BI0VniavN7wEjRWeJq83vASNFZ4k="
        "#,
    )
    .unwrap();
    let shown = format!("{config:?}");
    assert!(shown.contains("acme") && !shown.contains("k3y") && !shown.contains("q83v"), "{shown}");
}
