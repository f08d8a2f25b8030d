//! A mistake names its key, its place and the variable, and never the value.

use liveness::Config;

use crate::{over, said};

const SECRET: &str = "k3y-s3cr3t";

/// A TOML file, the field that its error names, and parts of the reason.
const WRONG: &[(&str, &str, &[&str])] = &[
    // The key that is wrong, by what is wrong with it.
    ("", "candidates", &["it is missing", "LIVENESS_VENDOR"]),
    ("candidates = []", "candidates", &["line 1, column 1", "at least one"]),
    ("[[candidates]]\nvendor = \"acme!\"\nfoo = 1", "candidates[0].foo", &["line 3, column 1", "no such key"]),
    (
        "[[candidates]]\nvendor = \"jumdata\"\napp_secrte = \"k3y-s3cr3t\"",
        "candidates[0].app_secrte",
        &["line 3, column 1", "did you mean app_secret?"],
    ),
    (
        "[[candidates]]\nvendor = \"jumdata\"\napp-secret = \"k3y-s3cr3t\"",
        "candidates[0].app-secret",
        &["did you mean app_secret?"],
    ),
    ("[[candidate]]\nvendor = \"jumdata\"", "candidate", &["line 1, column 3", "did you mean candidates?"]),
    ("retires = 1\n[[candidates]]\nvendor = \"jumdata\"", "retires", &["line 1, column 1", "there is no such key"]),
    (
        "[[candidates]]\nvendor = \"jumdata\"\napp_id = \"i\"",
        "candidates[0].app_secret",
        &["line 1", "it is missing", "JUMDATA_APP_SECRET", "LIVENESS_CANDIDATES_0_APP_SECRET", "app_secret_file"],
    ),
    ("[[candidates]]\napp_id = \"i\"", "candidates[0].vendor", &["line 1", "it is missing"]),
    (
        "[[candidates]]\nvendor = \"tencent-market\"\nsecret_id = \"i\"\nsecret_key = \"k3y-s3cr3t\"\n[[candidates]]\nvendor = \"jumdata\"\napp_id = \"i\"\napp_secret = 20261127",
        "candidates[1].app_secret",
        &["line 8, column 14", "text in quotation marks", "LIVENESS_CANDIDATES_1_APP_SECRET"],
    ),
    (
        "[[candidates]]\nvendor = \"jumdata\"\napp_id = \"i\"\napp_secret = [\"k3y-s3cr3t\"]",
        "candidates[0].app_secret",
        &["line 4, column 14"],
    ),
    (
        "[[candidates]]\nvendor = \"jumdata\"\napp_id = \"i\"\napp_secret = \"k3y-s3cr3t \"",
        "candidates[0].app_secret",
        &["line 4", "begins or ends with a space"],
    ),
    (
        "[[candidates]]\nvendor = \"jumdata\"\napp_id = \"\"\napp_secret = \"k3y-s3cr3t\"",
        "candidates[0].app_id",
        &["line 3", "it is empty"],
    ),
    (
        "[[candidates]]\nvendor = \"jumdata\"\napp_id = \"i\"\napp_secret = \"k3y-s3cr3t\"\nsecret_key = \"k3y-s3cr3t\"",
        "candidates[0].secret_key",
        &["line 5, column 1", "a candidate of jumdata has no such key"],
    ),
    (
        "[[candidates]]\nvendor = \"jumdata\"\napp_id = \"i\"\napp_secret = \"k3y-s3cr3t\"\naccount = \"a/b\"",
        "candidates[0].account",
        &["line 5"],
    ),
    (
        "[[candidates]]\nvendor = \"jumdata\"\napp_id = \"i\"\napp_secret = \"k3y-s3cr3t\"\nendpoint = \"k3y-s3cr3t\"",
        "candidates[0].endpoint",
        &["line 5", "http"],
    ),
    (
        "[[candidates]]\nvendor = \"tencent-market\"\nsecret_id = \"i\"\nsecret_key = \"k3y-s3cr3t\"\nscheme = \"k3y-s3cr3t\"",
        "candidates[0].scheme",
        &["line 5", "apigw, cloudmarket"],
    ),
    (
        "[[candidates]]\nvendor = \"tencent-market\"\nsecret_id = \"i\"\nsecret_key = \"k3y-s3cr3t\"\nscheme = \"cloudmarket\"",
        "candidates[0].endpoint",
        &["with the scheme cloudmarket", "TENCENT_MARKET_ENDPOINT"],
    ),
    (
        "[[candidates]]\nvendor = \"tencent-market\"\nphoto = { byte_limit = { k3y-s3cr3t = 1 } }",
        "candidates[0].photo.byte_limit.k3y-s3cr3t",
        &["raw, base64"],
    ),
    // The grammar.
    ("[[candidates]]\nvendor = \"jumdata\"\napp_secret = \"k3y-s3cr3t\napp_id = \"i\"", "config", &["line 3, column "]),
    (
        "[[candidates]]\nvendor = \"jumdata\"\napp_secret = k3y-s3cr3t",
        "config",
        &["line 3, column 14", "quotation marks"],
    ),
    ("[[candidates]]\nvendor = \"jumdata\"\napp_secret = \"k3y-s3cr3t", "config", &["line 3, column "]),
    (
        "[[candidates]]\nvendor = \"jumdata\"\napp_secret = \"k3y\\-s3cr3t\"",
        "config",
        &["line 3, column ", "backslash"],
    ),
    (
        "[[candidates]]\napp_secret = \"k3y-s3cr3t\"\nvendor = \"jumdata\"\napp_secret = \"k3y-s3cr3t\"",
        "config",
        &["line 4, column 1", "app_secret is set twice; the first is on line 2"],
    ),
    ("[[candidates]]\r\nvendor = \"jumdata\"\r\napp_secret = k3y-s3cr3t\r\n", "config", &["line 3, column 14"]),
    ("\u{FEFF}[[candidates]]\nfoo = 1", "candidates[0].foo", &["line 2, column 1"]),
    // Columns count characters.
    ("candidates = [{ vendor = \"甲乙\", foo = 1 }]", "candidates[0].foo", &["line 1, column 32"]),
    (
        "require = [\"liveness\", \"活体\", \"k3y-s3cr3t\"]",
        "require[1]",
        &["line 1, column 24", "liveness, same_person"],
    ),
];

#[test]
fn each_mistake_names_its_key_its_place_and_the_variable() {
    for (file, field, parts) in WRONG {
        let (named, reason) = said(Config::from_toml(file));
        assert_eq!(named, *field, "{file}\n{reason}");
        for part in *parts {
            assert!(reason.contains(part), "{file}\n{reason}\nlacks {part}");
        }
        for text in [reason, format!("{:?}", Config::from_toml(file).unwrap_err())] {
            assert!(!text.contains("s3cr3t") || field.contains("s3cr3t"), "{file}\n{text}");
        }
    }
}

#[test]
fn the_values_of_other_tables_are_held_to_their_kinds() {
    let candidate = "[[candidates]]\nvendor = \"jumdata\"\napp_id = \"i\"\napp_secret = \"s\"\n";
    for (rest, field, part) in [
        ("[retry]\nmax_attempts = \"k3y-s3cr3t\"", "retry.max_attempts", "a whole number from 1"),
        ("[retry]\nmax_attempts = -1", "retry.max_attempts", "a whole number from 1"),
        ("[retry]\nmax_attempts = 4294967296", "retry.max_attempts", "to 4294967295"),
        ("[retry]\nmax_attempts = 2.5", "retry.max_attempts", "a whole number from 1"),
        ("[retry]\nmax_attempts = 0", "retry.max_attempts", "from 1 to 4294967295"),
        ("[retry]\ndeadline = 30", "retry.deadline", "a text in quotation marks"),
        ("[retry]\ndeadline = \"30\"", "retry.deadline", "such as 30s"),
        ("[retry]\ndeadline = \"0s\"", "retry.deadline", "greater than zero"),
        ("[transport]\ntimeout = \"0ms\"", "transport.timeout", "greater than zero"),
        ("[transport]\nallow_plain_http = \"true\"", "transport.allow_plain_http", "true or false"),
        ("[transport]\nproxy = \"socks5://u:k3y-s3cr3t@h\"", "transport.proxy", "http://"),
        ("[transport]\nroot_certificates = \"no-such.pem\"", "transport.root_certificates", "no such file"),
        (
            "[failover]\nidentity_only_to = [\"jumdata/default\", \"k3y-s3cr3t\"]",
            "failover.identity_only_to[1]",
            "line 6",
        ),
        ("[failover]\nidentity_only_to = \"jumdata/default\"", "failover.identity_only_to", "a list in brackets"),
        ("[caps]\nper_day = true", "caps.per_day", "a whole number"),
        ("[caps]\nper_dya = 1", "caps.per_dya", "did you mean per_day?"),
        ("[journal]\nretention = \"90d\"", "journal.folder", "it is missing"),
        ("[journal]\nfolder = \"j\"\nsealing_key = \"k3y-s3cr3t\"", "journal.sealing_key", "32 bytes in Base64"),
        ("journal = \"k3y-s3cr3t\"", "candidates[0].journal", "no such key"),
        ("[[journal]]\nfolder = \"j\"", "journal", "a table with keys of its own"),
        ("[failover]\nbreaker = 3", "failover.breaker", "a table with keys of its own"),
    ] {
        let (named, reason) = said(Config::from_toml(&format!("{candidate}{rest}")));
        assert_eq!(named, field, "{rest}\n{reason}");
        assert!(reason.contains(part), "{rest}\n{reason}");
        assert!(reason.starts_with("line "), "{rest}\n{reason}");
        assert!(!reason.contains("s3cr3t"), "{reason}");
    }
}

#[test]
fn json_tells_the_same() {
    for (file, field, parts) in [
        (
            "{\"candidates\": [{\"vendor\": \"jumdata\", \"app_id\": \"i\",\n  \"app_secret\": 20261127}]}",
            "candidates[0].app_secret",
            &["line 2, column 17", "JUMDATA_APP_SECRET"][..],
        ),
        (
            "{\"candidates\": [{\"vendor\": \"jumdata\",\n  \"app_secrte\": \"k3y-s3cr3t\"}]}",
            "candidates[0].app_secrte",
            &["line 2, column 3", "did you mean app_secret?"],
        ),
        (
            "{\"candidates\": [{\"app_id\": \"k3y-s3cr3t\",\n\"app_id\": \"k3y-s3cr3t\"}]}",
            "config",
            &["line 2, column 1", "app_id is set twice; the first is on line 1"],
        ),
        (
            "{\"candidates\": [{\"vendor\": \"jumdata\",\n  \"app_secret\": \"k3y-s3cr3t",
            "config",
            &["line 2, column ", "ends too early"],
        ),
        (
            "{\"candidates\": [{\"vendor\": \"jumdata\",\n  \"app_secret\": k3y-s3cr3t}]}",
            "config",
            &["line 2, column 1", "not valid JSON"],
        ),
        ("", "config", &["line 1", "ends too early"]),
        ("[]", "config", &["a table with keys"]),
        ("{\"retry\": {\"max_attempts\": 1e3}}", "retry.max_attempts", &["a whole number"]),
        ("\u{FEFF}{\"retry\": {\"x\": 1}}", "retry.x", &["line 1, column 12"]),
    ] {
        let (named, reason) = said(Config::from_json(file));
        assert_eq!(named, field, "{file}\n{reason}");
        for part in parts {
            assert!(reason.contains(part), "{file}\n{reason}\nlacks {part}");
        }
        assert!(!reason.contains("s3cr3t"), "{reason}");
    }
    let deep = "[".repeat(100) + &"]".repeat(100);
    let (_, reason) = said(Config::from_json(&format!("{{\"candidates\": {deep}}}")));
    assert!(reason.contains("nested too deeply"), "{reason}");
}

#[test]
fn a_variable_that_is_wrong_is_named_itself() {
    let file = "[[candidates]]\nvendor = \"jumdata\"\napp_id = \"i\"\napp_secret = \"s\"\n";
    for (name, value, part) in [
        ("JUMDATA_APP_SECRTE", SECRET, "did you mean JUMDATA_APP_SECRET?"),
        ("LIVENESS_RETRY_MAXATTEMPTS", "2", "did you mean LIVENESS_RETRY_MAX_ATTEMPTS?"),
        ("LIVENESS_SOMETHING_ELSE_ALTOGETHER", SECRET, "no such setting"),
        ("TENCENT_MARKET_X", SECRET, "no such setting"),
        ("LIVENESS_RETRY_MAX_ATTEMPTS", SECRET, "a whole number from 1"),
        ("LIVENESS_RETRY_DEADLINE", SECRET, "such as 30s"),
        ("LIVENESS_FAILOVER_AFTER_CAP", "yes", "true or false"),
        ("JUMDATA_ENDPOINT", SECRET, "http"),
        ("JUMDATA_APP_SECRET", "k3y-s3cr3t\n", "control character"),
        ("JUMDATA_APP_SECRET_FILE", "/no/such/k3y", "no such file"),
        ("LIVENESS_CANDIDATES_1_APP_ID", SECRET, "there is no candidate 1"),
        ("LIVENESS_CANDIDATES_0_SECRET_KEY", SECRET, "a candidate of jumdata has no such key"),
        ("LIVENESS_TRANSPORT_ALLOW_PLAIN_HTTP", "true", "only in the file"),
        ("LIVENESS_JOURNAL_ANY_FILE_SYSTEM", "true", "only in the file"),
        ("LIVENESS_VENDOR", "tencent-market", "the file names another vendor"),
        ("LIVENESS_CANDIDATES_0_VENDOR", "tencent-market", "the file names another vendor"),
    ] {
        let (named, reason) = said(over(file, &[(name, value)]));
        assert_eq!(named, name, "{reason}");
        assert!(reason.contains(part), "{name}: {reason}");
        assert!(!reason.contains("s3cr3t") && !reason.contains("/no/such"), "{reason}");
    }
}

#[cfg(unix)]
#[test]
fn a_variable_that_is_not_utf_8_is_called_so() {
    use std::os::unix::ffi::OsStringExt;

    let value = std::ffi::OsString::from_vec(b"k3y\xFF".to_vec());
    let (named, reason) = said(Config::from_vars([("JUMDATA_APP_ID".into(), value)]));
    assert_eq!((named.as_str(), reason.as_str()), ("JUMDATA_APP_ID", "it is not valid UTF-8"));
}

#[test]
fn another_deserializer_refuses_without_quoting_too() {
    let wrong = r#"{"candidates":[{"vendor":"jumdata","app_id":"i","app_secret":71935}]}"#;
    let error = serde_json::from_str::<Config>(wrong).unwrap_err().to_string();
    assert!(!error.contains("71935"), "{error}");
    // It knows no places, and its mistakes are found when it is built.
    let config: Config = serde_json::from_str(r#"{"candidates":[{"vendor":"jumdata","app_id":"i"}]}"#).unwrap();
    let error = config.build_over(liveness::Sandbox::new()).unwrap_err();
    assert_eq!(error.field(), Some("candidates[0].app_secret"));
    let foreign = r#"{"candidates":[{"vendor":"jumdata","app_id":"i","app_secret":"s","secret_key":"s"}]}"#;
    let error = serde_json::from_str::<Config>(foreign).unwrap().build_over(liveness::Sandbox::new()).unwrap_err();
    assert_eq!(error.field(), Some("candidates[0].secret_key"));
}

#[test]
fn what_no_variable_mends_names_none() {
    let file = "[[candidates]]\nvendor = \"jumdata\"\napp_id = \"i\"\napp_secret = \"s\"\nscheme = \"apigw\"\n";
    let (field, reason) = said(Config::from_toml(file));
    assert_eq!(
        (field.as_str(), reason.as_str()),
        ("candidates[0].scheme", "line 5, column 1: a candidate of jumdata has no such key")
    );
}
