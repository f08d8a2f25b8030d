//! Tests of `liveness doctor --config`, on a file of settings and the accounts that it names.

use std::{
    fs,
    path::{Path, PathBuf},
};

use liveness::sandbox::Sandbox;
use serde_json::Value;

use crate::{
    command::run,
    doctor::{Vendors, doctor},
};

/// A file of settings that names both vendors at this address.
fn settings_file(name: &str, url: &str, listing_key: &str) -> PathBuf {
    let folder = Path::new(env!("CARGO_TARGET_TMPDIR")).join(format!("doctor-config-{name}"));
    fs::create_dir_all(&folder).unwrap();
    let secret = folder.join("secret");
    fs::write(&secret, format!("{}\n", Sandbox::JUMDATA_APP_SECRET)).unwrap();
    #[cfg(unix)]
    fs::set_permissions(&secret, std::os::unix::fs::PermissionsExt::from_mode(0o600)).unwrap();
    let file = folder.join("liveness.toml");
    let text = format!(
        "[[candidates]]\nvendor = \"jumdata\"\napp_id = \"{}\"\napp_secret_file = '{}'\nendpoint = \"{url}\"\n\
        [[candidates]]\nvendor = \"tencent-market\"\nsecret_id = \"{}\"\nsecret_key = \"{listing_key}\"\n\
        endpoint = \"{url}/release/jingmocompare\"\n[journal]\nfolder = '{}'\nsealing_key = \"q83vASNFZ4mrze8BI0VniavN7wEjRWeJq83vASNFZ4k=\"\n",
        Sandbox::JUMDATA_APP_ID,
        secret.display(),
        Sandbox::TENCENT_SECRET_ID,
        folder.join("journal").display(),
    );
    fs::write(&file, text).unwrap();
    file
}

/// The object of `doctor --config`.
fn configured(file: &Path, variables: &[(&str, &str)], arguments: &[&str]) -> (i32, Value) {
    let mut command = doctor(variables, arguments);
    let ended = run(command.arg("--config").arg(file).arg("--json"));
    assert!(ended.stderr.is_empty(), "{ended:?}");
    (ended.code, ended.json())
}

#[test]
fn a_file_of_settings_is_examined_with_each_account_that_it_names() {
    let vendors = Vendors::open();
    let file = settings_file("sound", &vendors.server.url(), Sandbox::TENCENT_SECRET_KEY);
    let (code, object) = configured(&file, &[], &["--may-bill"]);
    assert_eq!(
        (code, &object["healthy"], object["candidates"].as_array().unwrap().len()),
        (0, &true.into(), 2),
        "{object}"
    );
    let providers: Vec<_> = object["candidates"].as_array().unwrap().iter().map(|each| &each["provider"]).collect();
    assert_eq!(providers, ["jumdata/default", "tencent-market/default"]);
    // The journal is the service's: whoever examines does not make it.
    assert!(!file.with_file_name("journal").exists());
    let text = object.to_string();
    for key in [Sandbox::JUMDATA_APP_SECRET, Sandbox::TENCENT_SECRET_KEY, "q83v"] {
        assert!(!text.contains(key), "{text}");
    }
    // For people, in both languages.
    for (language, word) in [("en", "candidates: 2"), ("zh", "候选账号 2 个")] {
        let mut command = doctor(&[], &["--lang", language, "--config"]);
        let ended = run(command.arg(&file));
        assert!(
            ended.code == 0 && ended.text().contains(word) && ended.text().contains("tencent-market/default"),
            "{ended:?}"
        );
    }
}

#[test]
fn it_is_told_whether_requests_share_connections() {
    let vendors = Vendors::open();
    let file = settings_file("idle", &vendors.server.url(), Sandbox::TENCENT_SECRET_KEY);
    for (value, said) in [("0s", "each request has a connection of its own"), ("2s", "a connection waits up to 2s")] {
        let (_, object) = configured(&file, &[("LIVENESS_TRANSPORT_IDLE_CONNECTIONS", value)], &[]);
        let lines = object["lines"].as_array().unwrap();
        assert!(lines.iter().any(|line| line["found"]["en"].as_str().unwrap().starts_with(said)), "{object}");
    }
}

#[test]
fn a_wrong_key_of_a_file_is_found_by_the_account_and_the_environment_wins_over_it() {
    let vendors = Vendors::open();
    let file = settings_file("wrong", &vendors.server.url(), "k3y-that-is-wrong");
    let (code, object) = configured(&file, &[], &["--may-bill"]);
    assert_eq!(
        (code, &object["candidates"][0]["healthy"], &object["candidates"][1]["healthy"]),
        (1, &true.into(), &false.into()),
        "{object}"
    );
    assert!(!object.to_string().contains("k3y"), "{object}");
    for name in ["TENCENT_MARKET_SECRET_KEY", "LIVENESS_CANDIDATES_1_SECRET_KEY"] {
        let (code, object) = configured(&file, &[(name, Sandbox::TENCENT_SECRET_KEY)], &["--may-bill"]);
        assert_eq!(code, 0, "{object}");
    }
    // Without leave nothing is paid, and the id alone is proven, also where the environment holds the key.
    let charges = vendors.sandbox.ledger().charges();
    let (code, object) = configured(&file, &[("TENCENT_MARKET_SECRET_KEY", "k3y")], &[]);
    assert_eq!((code, &object["billed"], vendors.sandbox.ledger().charges()), (0, &"no".into(), charges), "{object}");
}

#[test]
fn a_mistake_in_a_file_is_told_with_its_place_in_both_languages_and_nobody_is_asked() {
    let folder = Path::new(env!("CARGO_TARGET_TMPDIR")).join("doctor-config-mistake");
    fs::create_dir_all(&folder).unwrap();
    let file = folder.join("liveness.toml");
    fs::write(&file, "[[candidates]]\nvendor = \"jumdata\"\napp_id = \"i\"\napp_secrte = \"k3y\"\n").unwrap();
    let (code, object) = configured(&file, &[], &[]);
    let line = &object["lines"][0];
    assert_eq!((code, &line["state"]), (1, &"failed".into()));
    assert_eq!(
        line["found"]["en"],
        "candidates[0].app_secrte: line 4, column 1: there is no such key; did you mean app_secret?"
    );
    assert_eq!(line["found"]["zh"], "candidates[0].app_secrte：第 4 行第 1 列：没有这一项，是否应为 app_secret？");
    assert!(!object.to_string().contains("k3y"), "{object}");
    let (code, object) = configured(&folder.join("none.toml"), &[], &[]);
    assert!(
        code == 1 && object["lines"][0]["found"]["en"].as_str().unwrap().ends_with("there is no such file"),
        "{object}"
    );
}

#[cfg(unix)]
#[test]
fn a_key_that_everybody_may_read_is_a_warning() {
    use std::os::unix::fs::PermissionsExt;

    let vendors = Vendors::open();
    let file = settings_file("exposed", &vendors.server.url(), Sandbox::TENCENT_SECRET_KEY);
    fs::set_permissions(file.with_file_name("secret"), fs::Permissions::from_mode(0o644)).unwrap();
    let (code, object) = configured(&file, &[], &[]);
    assert_eq!((code, &object["lines"][1]["state"]), (0, &"warning".into()), "{object}");
    assert!(object["lines"][1]["found"]["en"].as_str().unwrap().contains("can be read by every user of this machine"));
}
