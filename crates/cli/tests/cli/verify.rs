//! `liveness verify` on the sandbox: what it prints, and its exit codes.

use std::fs;

use time::{OffsetDateTime, format_description::well_known::Rfc3339};

use crate::{
    DEBUG,
    command::{fed, folder, is_chinese, liveness, portrait, portrait_in, run, unread, words},
};

#[test]
fn the_whole_job_passes_on_the_sandbox_with_a_photo_made_up() {
    let ended = words("verify");
    assert!(ended.code == 0 && ended.stderr.is_empty(), "{ended:?}");
    let text = ended.text();
    assert!(text.starts_with("SANDBOX: no vendor is called, nothing is billed.\n"), "{text}");
    for told in [
        "photo     960×1280 px, ",
        "  from    4000×3000 px, ",
        ", JPEG, EXIF orientation 6\n",
        "verdict   passed: ",
        "  acts    ",
        "  proven  liveness, same person\n",
        "  live    yes\n",
        "  score   85\n",
        "billed    unknown: the vendor does not say\n",
        "receipt   tencent-market/default, request ZT",
        "ledger    calls in the sandbox: 1, charged: 1\n  1       tencent-market compare: HTTP 200, P0000, charged\n",
    ] {
        assert!(text.contains(told), "{told} in {text}");
    }
    for word in DEBUG {
        assert!(!text.contains(word), "{word} in {text}");
    }
}

#[test]
fn chinese_is_spoken_throughout() {
    let photo = portrait_in(&folder("verify-chinese"));
    let run = |more: &[&str]| run(liveness(["verify", "--photo"]).arg(&photo).args(more).env("LANG", "zh_CN.UTF-8"));
    for more in [&[][..], &["--scenario", "P0027"], &["--scenario", "910RE"], &["--vendor", "jumdata"]] {
        let ended = run(more);
        for line in ended.text().lines().filter(|line| !line.is_empty()) {
            assert!(is_chinese(line) || line.starts_with("  1 ") || line.starts_with("  2 "), "{line}");
        }
    }
}

#[test]
fn the_exit_code_says_what_came_of_it() {
    let photo = portrait_in(&folder("verify-codes"));
    for (scenario, code, outcome) in [
        ("P0000", 0, "passed"),
        ("P0001", 1, "failed"),
        ("00003", 1, "retake"),
        ("P0025", 1, "unverifiable"),
        ("910RE", 2, ""),
        ("gateway-502", 2, ""),
        ("missing-input", 2, ""),
        ("unsupported-goal", 2, ""),
    ] {
        let plain = run(liveness(["verify", "--scenario", scenario, "--photo"]).arg(&photo));
        assert_eq!(plain.code, code, "{scenario}: {plain:?}");
        assert!(outcome.is_empty() || plain.text().contains(&format!("verdict   {outcome}: ")), "{plain:?}");
        let json = run(liveness(["verify", "--json", "--scenario", scenario, "--photo"]).arg(&photo));
        let object = json.json();
        assert_eq!((json.code, json.stderr.as_str()), (code, ""), "{scenario}");
        assert_eq!(object["sandbox"], true);
        assert_eq!(outcome.is_empty(), object["error"]["kind"].is_string(), "{object}");
        if !outcome.is_empty() {
            assert!(object["outcome"] == outcome || object["outcome"][outcome].is_string(), "{object}");
        }
        // A reader who goes away changes nothing.
        for more in [&[][..], &["--json"]] {
            let ended = unread(liveness(["verify", "--scenario", scenario]).args(more).arg("--photo").arg(&photo));
            assert_eq!((ended.code, ended.stderr.as_str()), (code, ""), "{scenario}");
        }
    }
}

#[test]
fn json_holds_no_person_and_its_times_are_rfc_3339() {
    let photo = portrait_in(&folder("verify-json"));
    let identity = ["--name", "王小明", "--id", "990001199001010013"];
    for vendor in ["tencent-market", "jumdata"] {
        let ended = run(liveness(["verify", "--json", "--vendor", vendor, "--photo"]).arg(&photo).args(identity));
        let text = ended.text();
        assert_eq!(ended.code, 0, "{ended:?}");
        assert!(!text.contains("王小明") && !text.contains("99000119900101001") && !text.contains("token"), "{text}");
        let object = ended.json();
        let now = OffsetDateTime::now_utc();
        let mut times = vec![&object["ledger"][0]["at"]];
        if vendor == "tencent-market" {
            times.push(&object["vendor_time"]);
        }
        for time in times {
            let at = OffsetDateTime::parse(time.as_str().unwrap(), &Rfc3339).unwrap();
            assert!((now - at).abs() < time::Duration::minutes(5), "{at}");
        }
    }
}

#[test]
fn a_wrong_input_is_named_before_anybody_is_asked() {
    let folder = folder("verify-inputs");
    let text = folder.join("text.jpg");
    fs::write(&text, "no picture").unwrap();
    let absent = folder.join("absent.jpg");
    let photo = portrait_in(&folder);
    for (arguments, said) in [
        (vec!["--photo", absent.to_str().unwrap()], format!("{}: there is no such file or folder", absent.display())),
        (vec!["--photo", folder.to_str().unwrap()], format!("{}: it is a folder, not a file", folder.display())),
        (vec!["--photo", text.to_str().unwrap()], format!("{}: the file is not a picture", text.display())),
        (vec!["--name", "  "], "--name: ".to_owned()),
        (vec!["--id", "110105194912310021"], "--id: the ID number is wrong".to_owned()),
        (
            vec!["--vendor", "jumdata", "--scenario", "P0001"],
            "--scenario P0001: jumdata does not support this scenario: ".to_owned(),
        ),
        (vec!["--vendor", "jumdata", "--return-url", "nowhere"], "invalid check (return_url): ".to_owned()),
    ] {
        let line = |more: &[&str]| {
            let mut command = liveness(["verify"]);
            command.args(&arguments).args(more);
            if !arguments.contains(&"--photo") {
                command.arg("--photo").arg(&photo);
            }
            run(&mut command)
        };
        let ended = line(&[]);
        assert!(ended.code == 2 && ended.stdout.is_empty() && ended.stderr.starts_with(&said), "{said}: {ended:?}");
        assert!(!ended.stderr.contains("os error") && !ended.stderr.contains("110105194912310021"), "{ended:?}");
        let json = line(&["--json"]);
        let object = json.json();
        assert!(json.code == 2 && json.stderr.is_empty() && object["sandbox"].is_null(), "{json:?}");
        assert!(object["error"]["message"]["en"].as_str().unwrap().starts_with(&said), "{object}");
        assert!(is_chinese(object["error"]["message"]["zh"].as_str().unwrap()), "{object}");
    }
}

#[test]
fn what_is_sent_otherwise_than_it_was_given_is_told_beside_the_output_without_the_value() {
    let pasted = ["--name", "王\u{3000}芳", "--id", "110105-19491231-002x"];
    let ended = run(liveness(["verify"]).args(pasted));
    assert_eq!(ended.code, 0, "{ended:?}");
    let said = "--name: Spaces were removed or merged\n--id: Dashes were removed\n--id: The last character became X\n";
    assert_eq!(ended.stderr, said);
    let ended = run(liveness(["verify", "--json"]).args(pasted).env("LANG", "zh_CN.UTF-8"));
    assert_eq!(ended.stderr, "--name：已删除或合并空格\n--id：已删除连字符\n--id：末位已改为大写字母 X\n");
    assert!(serde_json::from_str::<serde_json::Value>(ended.text()).is_ok());
}

#[test]
fn a_photo_comes_by_standard_input() {
    let ended = fed(&mut liveness(["verify", "--json", "--photo", "-"]), &portrait());
    assert_eq!(ended.json()["photo"]["report"]["source"]["width"], 400, "{ended:?}");
    let ended = fed(&mut liveness(["verify", "--photo", "-"]), b"no picture");
    assert!(ended.code == 2 && ended.stderr.starts_with("-: the file is not a picture"), "{ended:?}");
    let ended = fed(&mut liveness(["verify", "--photo", "-"]), b"");
    assert!(ended.code == 2 && ended.stderr.starts_with("-: the photo file is empty"), "{ended:?}");
}

#[test]
fn who_acts_follows_from_what_may_be_billed_again() {
    let photo = portrait_in(&folder("verify-acts"));
    for (scenario, vendor, english, chinese) in [
        ("910RE", "tencent-market", "the operator: decide whether to retry", "重复计费"),
        ("920RE", "tencent-market", "the operator: decide whether to retry", "重复计费"),
        ("610", "jumdata", "the operator: decide whether to retry", "重复计费"),
        ("500", "jumdata", "no action; retry later", "稍后"),
        ("P0001", "tencent-market", "the caller: decide on the verdict", "调用方"),
        ("credentials", "tencent-market", "the operator", "运维"),
    ] {
        let line = |more: &[&str]| {
            run(liveness(["verify", "--vendor", vendor, "--scenario", scenario, "--photo"]).arg(&photo).args(more))
        };
        let ended = line(&[]);
        assert!(ended.text().contains(&format!("  acts    {english}")), "{scenario}: {}", ended.text());
        let acts = &line(&["--json"]).json()["acts"];
        assert!(acts["en"].as_str().unwrap().starts_with(english), "{acts}");
        assert!(acts["zh"].as_str().unwrap().contains(chinese), "{acts}");
    }
}

#[test]
fn the_list_names_each_scenario_once_in_text_and_in_json() {
    let (text, json) = (words("verify --list"), words("verify --list --json").json());
    let names =
        |part: &str| json[part].as_array().unwrap().iter().map(|row| row["name"].as_str().unwrap()).collect::<Vec<_>>();
    let (scenarios, faults) = (names("scenarios"), names("faults"));
    assert!(
        scenarios.contains(&"missing-input") && scenarios.contains(&"P0001") && !scenarios.contains(&"unsupported")
    );
    let listed: Vec<_> = text.text().lines().filter_map(|line| line.strip_prefix("  ")?.split(' ').next()).collect();
    assert_eq!(listed, [scenarios, faults].concat());
}
