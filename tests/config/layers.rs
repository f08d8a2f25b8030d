//! The environment wins over the file, key by key.

use liveness::{Config, Sandbox};

use crate::{over, said, vars};

const BOTH: &str = r#"
[[candidates]]
vendor = "jumdata"
app_id = "i"
app_secret = "s"

[[candidates]]
vendor = "tencent-market"
secret_id = "i"
secret_key = "s"

[retry]
max_attempts = 5
"#;

fn debug(config: Config) -> String {
    format!("{:?}", config.build_over(Sandbox::new()).unwrap())
}

#[test]
fn a_variable_wins_over_the_file_and_leaves_the_other_keys() {
    assert!(debug(Config::from_toml(BOTH).unwrap()).contains("max_attempts: 5"));
    let config = over(BOTH, &[("LIVENESS_RETRY_MAX_ATTEMPTS", "2"), ("LIVENESS_CANDIDATES_1_RETRY_MAX_ATTEMPTS", "9")]);
    let built = debug(config.unwrap());
    assert!(
        built.contains("max_attempts: 2") && built.contains("max_attempts: 9") && !built.contains("max_attempts: 5")
    );
    let config = over(BOTH, &[("LIVENESS_CANDIDATES_0_ACCOUNT", "beijing"), ("LIVENESS_FAILOVER_LABEL", "h5")]);
    let provider = config.unwrap().build_over(Sandbox::new()).unwrap();
    assert_eq!(provider.id().to_string(), "failover/h5");
    assert_eq!(provider.accounts()[0].to_string(), "jumdata/beijing");
}

#[test]
fn an_empty_variable_is_not_set() {
    assert!(debug(over(BOTH, &[("LIVENESS_RETRY_MAX_ATTEMPTS", "")]).unwrap()).contains("max_attempts: 5"));
    let (field, _) = said(Config::from_vars(vars(&[("LIVENESS_VENDOR", "jumdata"), ("JUMDATA_APP_ID", "")])));
    assert_eq!(field, "candidates[0].app_id");
}

#[test]
fn the_names_of_from_env_mean_the_one_candidate_of_their_vendor() {
    let config =
        over(BOTH, &[("JUMDATA_ENDPOINT", "https://h5.example"), ("TENCENT_MARKET_ENDPOINT", "https://m.example/x")]);
    let built = debug(config.unwrap());
    assert!(built.contains("https://h5.example") && built.contains("https://m.example/x"), "{built}");
    let two =
        format!("{BOTH}[[candidates]]\nvendor = \"jumdata\"\naccount = \"b\"\napp_id = \"i\"\napp_secret = \"s\"\n");
    let (field, reason) = said(over(&two.replace("[retry]\nmax_attempts = 5\n", ""), &[("JUMDATA_APP_ID", "k3y")]));
    assert_eq!(field, "JUMDATA_APP_ID");
    assert!(reason.contains("2 candidates") && reason.contains("LIVENESS_CANDIDATES_<n>_APP_ID"), "{reason}");
    let (field, _) = said(over(BOTH, &[("LIVENESS_ACCOUNT", "b")]));
    assert_eq!(field, "LIVENESS_ACCOUNT");
}

#[test]
fn keys_of_a_vendor_that_is_no_candidate_are_another_services() {
    let file = "[[candidates]]\nvendor = \"jumdata\"\napp_id = \"i\"\napp_secret = \"s\"\n";
    assert!(over(file, &[("TENCENT_MARKET_SECRET_ID", "i")]).is_ok());
}

#[test]
fn two_names_for_one_key_are_a_mistake() {
    let (field, reason) = said(over(BOTH, &[("JUMDATA_APP_ID", "a"), ("LIVENESS_CANDIDATES_0_APP_ID", "b")]));
    assert_eq!(field, "LIVENESS_CANDIDATES_0_APP_ID");
    assert!(reason.contains("JUMDATA_APP_ID"), "{reason}");
}

#[test]
fn the_environment_alone_builds_one_candidate_with_all_its_keys() {
    let config = Config::from_vars(vars(&[
        ("PATH", "/bin"),
        ("LIVENESS_VENDOR", "tencent-market"),
        ("LIVENESS_ACCOUNT", "hangzhou"),
        ("TENCENT_MARKET_SECRET_ID", "i"),
        ("TENCENT_MARKET_SECRET_KEY", "s"),
        ("LIVENESS_CANDIDATES_0_BILLED_CODES", "P0000, P0001"),
        ("LIVENESS_CANDIDATES_0_PHOTO_BYTE_LIMIT_BASE64", "100000"),
        ("LIVENESS_CANDIDATES_0_PHOTO_QUALITY_FLOOR", "40.5"),
        ("LIVENESS_REQUIRE", "liveness,same_person"),
        ("LIVENESS_RETRY_DEADLINE", "40s"),
    ]));
    let provider = config.unwrap().build_over(Sandbox::new()).unwrap();
    assert_eq!(provider.id().to_string(), "tencent-market/hangzhou");
    let photo = provider.requirements().photo().copied().unwrap();
    assert_eq!((photo.byte_limit().max_file_bytes(), photo.quality_floor()), (75_000, 40.5));
    let built = format!("{provider:?}");
    assert!(built.contains("P0000") && built.contains("P0001") && built.contains("40s"), "{built}");
}

#[test]
fn the_same_vendor_in_the_environment_does_no_harm() {
    assert!(over(BOTH, &[("LIVENESS_VENDOR", "jumdata"), ("LIVENESS_CANDIDATES_1_VENDOR", "tencent-market")]).is_ok());
}

#[test]
fn what_kubernetes_sets_for_a_service_of_such_a_name_is_no_mistake() {
    let names = [
        ("LIVENESS_SERVICE_HOST", "10.0.0.1"),
        ("LIVENESS_SERVICE_PORT", "80"),
        ("LIVENESS_SERVICE_PORT_HTTP", "80"),
        ("LIVENESS_PORT", "tcp://10.0.0.1:80"),
        ("LIVENESS_PORT_80_TCP", "tcp://10.0.0.1:80"),
        ("LIVENESS_PORT_80_TCP_ADDR", "10.0.0.1"),
        ("JUMDATA_PROXY_SERVICE_HOST", "10.0.0.1"),
    ];
    assert!(over(BOTH, &names).is_ok());
    assert!(over(BOTH, &[("LIVENESS_PORT_X", "1")]).is_err());
}
