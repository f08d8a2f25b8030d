//! Tests that the files of the deployment agree with each other and with the code.

use std::{fs, path::Path};

use crate::redis::DURABLE;

fn file(name: &str) -> String {
    fs::read_to_string(Path::new(env!("CARGO_MANIFEST_DIR")).join("deploy").join(name)).unwrap()
}

/// Without its comments.
fn said(text: &str) -> Vec<String> {
    text.lines().map(|line| line.trim().to_owned()).filter(|line| !line.is_empty() && !line.starts_with('#')).collect()
}

#[test]
fn redis_is_set_as_every_process_demands() {
    let settings = said(&file("redis.conf"));
    for (name, value) in DURABLE {
        assert!(settings.contains(&format!("{name} {value}")), "{name}");
    }
}

#[test]
fn kubernetes_has_the_same_settings_of_redis_as_compose() {
    let manifest = file("kubernetes/redis.yaml");
    let block = manifest.split_once("redis.conf: |\n").unwrap().1.split_once("---").unwrap().0;
    assert_eq!(said(block), said(&file("redis.conf")));
}

#[test]
fn the_vendors_settings_are_read_as_they_stand() {
    for name in ["worker.toml", "server.toml"] {
        liveness::Config::from_toml(&file(name)).unwrap();
    }
    for name in ["worker", "server"] {
        let manifest = file(&format!("kubernetes/{name}.yaml"));
        let block = manifest.split_once(".toml: |\n").unwrap().1.split_once("---").unwrap().0;
        let error = liveness::Config::from_toml(&said(block).join("\n")).unwrap_err();
        // The keys lie in files that are not here; all else was read before.
        assert!(error.to_string().contains("there is no such file"), "{error}");
    }
}

#[test]
fn a_deployed_server_demands_that_references_are_signed() {
    for name in ["docker-compose.yml", "kubernetes/server.yaml"] {
        let text = file(name);
        assert!(text.contains("FLEET_REFERENCE_KEY_FILE") && !text.contains("FLEET_BEHIND_LOGIN"), "{name}");
    }
    let secrets = file("kubernetes/secrets.example.yaml");
    assert!(said(&secrets).contains(&"reference-key: CHANGE-ME".to_owned()));
    assert!(file("kubernetes/server.yaml").contains("{ key: reference-key, path: reference-key }"));
    assert!(file("docker-compose.yml").contains("fleet_reference_key: { file: ./secrets/fleet_reference_key }"));
    // The operator's program is in the image too.
    assert_eq!(file("Dockerfile").matches("doubts").count(), 3);
}

#[test]
fn the_operator_reaches_redis_and_has_a_place_to_write() {
    let job = file("kubernetes/doubts.yaml");
    let admitted = "liveness-fleet: member";
    assert!(
        file("kubernetes/redis.yaml")
            .contains(&format!("from: [{{ podSelector: {{ matchLabels: {{ {admitted} }} }} }}]"))
    );
    for part in [admitted, "{ name: export, mountPath: /export }", "emptyDir:", "readOnlyRootFilesystem: true"] {
        assert!(job.contains(part), "{part}");
    }
    // Exports are made there.
    assert!(job.contains("doubts export /export/"));
}

#[test]
fn a_proxy_and_an_end_wait_longer_than_a_request_may_take() {
    let number = |text: &str, before: &str| -> u64 {
        let rest = text.split_once(before).unwrap().1;
        rest.chars()
            .skip_while(|c| !c.is_ascii_digit())
            .take_while(char::is_ascii_digit)
            .collect::<String>()
            .parse()
            .unwrap()
    };
    let code = |name: &str| fs::read_to_string(Path::new(env!("CARGO_MANIFEST_DIR")).join("src").join(name)).unwrap();
    let seconds =
        |name: &str, constant: &str| number(&code(name), &format!("const {constant}: Duration = Duration::from_secs("));
    // What `settings` takes without FLEET_DEADLINE_SECONDS.
    let deadline = number(&file("kubernetes/worker.yaml"), "FLEET_DEADLINE_SECONDS, value:");
    assert_eq!((deadline, seconds("settings.rs", "DEADLINE")), (20, 20));
    let (loads, answer) = (seconds("link.rs", "LOADS"), seconds("link.rs", "ANSWER"));
    let notices = seconds("bin/server.rs", "NOTICED");
    // The call; then its end, the session and the result are written, each tried so long, and once more at the end of that.
    let request = deadline + 2 * (loads + answer) + seconds("bin/server.rs", "KEEP_TRYING") + answer;
    let (rest, keeps) = (seconds("bin/worker.rs", "REST"), 4);
    let job = deadline + loads + answer + keeps * answer + (keeps - 1) * rest;
    for (name, wait, takes) in [
        ("nginx.conf", "proxy_read_timeout", request),
        ("kubernetes/server.yaml", "proxy-read-timeout:", request),
        ("kubernetes/server.yaml", "terminationGracePeriodSeconds:", notices + request),
        ("kubernetes/worker.yaml", "terminationGracePeriodSeconds:", job),
        ("docker-compose.yml", "stop_grace_period:", job.max(notices + request)),
    ] {
        let waits = number(&file(name), wait);
        assert!(waits > takes, "{name}: {wait} {waits}, and it may take {takes} s");
    }
}
