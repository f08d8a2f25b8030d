//! Help, and command lines that are wrong.

use std::{
    io::Write,
    iter,
    process::{Command, Stdio},
};

use crate::command::{is_chinese, liveness, run, unread, words};

const TOOLS: [&str; 8] = ["verify", "prepare", "doctor", "reconcile", "doubts", "settle", "sandbox", "completions"];

#[test]
fn help_and_version_answer_on_standard_output_with_0_everywhere() {
    for tool in iter::once("").chain(TOOLS) {
        for flag in ["--help", "-h"] {
            let ended = words(&format!("{tool} {flag}"));
            assert!(ended.code == 0 && ended.stderr.is_empty(), "{tool} {flag}: {ended:?}");
            assert!(ended.text().contains("Usage: liveness") && ended.text().contains("Examples:"), "{ended:?}");
            assert!(tool.is_empty() || ended.text().contains("Exit code:"), "{tool} {flag}");
            let chinese = run(liveness([tool, flag].iter().filter(|word| !word.is_empty())).env("LANG", "zh_CN.UTF-8"));
            assert!(
                chinese.code == 0 && chinese.text().contains("示例：") && !chinese.text().contains("Usage"),
                "{tool}"
            );
        }
        for flag in ["--version", "-V"] {
            let ended = words(&format!("{tool} {flag}"));
            let version = format!("liveness {}\n", env!("CARGO_PKG_VERSION"));
            assert!(ended.code == 0 && ended.text() == version && ended.stderr.is_empty(), "{tool} {flag}: {ended:?}");
        }
    }
}

#[test]
fn without_a_command_the_help_comes_on_standard_error() {
    let ended = words("");
    assert!(ended.code == 2 && ended.stdout.is_empty() && ended.stderr.contains("Usage: liveness"), "{ended:?}");
}

#[test]
fn what_is_wrong_is_named_with_the_reason() {
    for (line, english, chinese) in [
        ("verify --wrong", "there is no option --wrong", "没有选项 --wrong"),
        (
            "verify --photos=x",
            "there is no option --photos; did you mean --photo?",
            "没有选项 --photos；是否想用 --photo？",
        ),
        ("prepare -x", "there is no option -x", "没有选项 -x"),
        ("verif", "there is no command verif; did you mean verify?", "没有命令 verif；是否想用 verify？"),
        ("verify --photo", "--photo needs a value", "--photo 需要一个值"),
        ("sandbox --loose=yes", "--loose takes no value", "--loose 不带值"),
        (
            "sandbox --port 1 --listen a:1",
            "--port and --listen cannot be used together",
            "--port 与 --listen 不能同时使用",
        ),
        (
            "sandbox --port eighty",
            "--port eighty: a whole number from 0 to 65535 is expected",
            "--port eighty：应为 0 到 65535 之间的整数",
        ),
        (
            "sandbox --port=65536",
            "--port 65536: a whole number from 0 to 65535 is expected",
            "--port 65536：应为 0 到 65535 之间的整数",
        ),
        ("sandbox --port=", "--port needs a value", "--port 需要一个值"),
        (
            "prepare a.jpg -j 0",
            "--jobs 0: a whole number from 1 to 1024 is expected",
            "--jobs 0：应为 1 到 1024 之间的整数",
        ),
        ("prepare", "<FILE|FOLDER>... is missing", "缺少 <FILE|FOLDER>..."),
        (
            "doctor --may-bil",
            "there is no option --may-bil; did you mean --may-bill?",
            "没有选项 --may-bil；是否想用 --may-bill？",
        ),
        ("doctor --may-bill=yes", "--may-bill takes no value", "--may-bill 不带值"),
        ("settle order-7 --journal j", "<billed|not-billed|by-meter> is missing", "缺少 <billed|not-billed|by-meter>"),
        (
            "settle order-7 paid --journal j",
            "<billed|not-billed|by-meter> paid: there is no such value; it takes billed, not-billed, by-meter",
            "<billed|not-billed|by-meter> paid：没有该取值；可取 billed、not-billed、by-meter",
        ),
        (
            "reconcile --journal j --statement s --time-column 1 --month 2026-13",
            "--month 2026-13: a month is expected, such as 2026-11",
            "--month 2026-13：应为月份，例如 2026-11",
        ),
        (
            "reconcile --journal j --statement s --time-column 1 --json --csv",
            "--json and --csv cannot be used together",
            "--json 与 --csv 不能同时使用",
        ),
        (
            "verify --vendor acme",
            "--vendor acme: there is no such value; it takes jumdata, tencent-market",
            "--vendor acme：没有该取值；可取 jumdata、tencent-market",
        ),
        (
            "verify --scenario zzz",
            "--scenario zzz: there is no such value; run liveness verify --list for all values",
            "--scenario zzz：没有该取值；liveness verify --list 列出全部取值",
        ),
        (
            "verify --fault refused",
            "--fault refused: there is no such value; did you mean refuse?",
            "--fault refused：没有该取值；是否想用 refuse？",
        ),
        (
            "verify --lang de",
            "--lang de: there is no such value; it takes en, zh",
            "--lang de：没有该取值；可取 en、zh",
        ),
        (
            "completions ksh93",
            "<SHELL> ksh93: there is no such value; it takes bash, elvish, fish, powershell, zsh",
            "<SHELL> ksh93：没有该取值；可取 bash、elvish、fish、powershell、zsh",
        ),
    ] {
        for (language, said) in [("C", english), ("zh_CN.UTF-8", chinese)] {
            let ended = run(liveness(line.split(' ')).env("LC_ALL", language));
            assert!(ended.code == 2 && ended.stdout.is_empty(), "{line}: {ended:?}");
            let mut lines = ended.stderr.lines();
            assert_eq!(lines.next(), Some(said), "{line}");
            assert!(lines.next().unwrap().contains("--help") && lines.next().is_none(), "{line}: {ended:?}");
        }
    }
}

#[test]
fn a_flag_that_is_given_twice_is_an_error() {
    for line in [
        "verify --photo a --photo b",
        "verify --name a --name b",
        "verify --id a --id=b",
        "verify --vendor jumdata --vendor jumdata",
        "verify --scenario passed --scenario passed",
        "verify --fault refuse --fault refuse",
        "verify --json --json",
        "verify --lang en --lang zh",
        "doctor --may-bill --may-bill",
        "doctor --vendor jumdata --vendor jumdata",
        "prepare x --out a -o b",
        "prepare x --jobs 1 -j 2",
        "prepare x --contact-sheet a --contact-sheet b",
        "sandbox --port 1 --port 2",
        "sandbox --listen a:1 --listen b:1",
    ] {
        let flag = line.split(' ').find(|word| word.starts_with("--")).unwrap();
        let ended = words(line);
        assert_eq!(
            (ended.code, ended.stderr.lines().next()),
            (2, Some(format!("{flag} is given more than once").as_str()))
        );
    }
}

#[test]
fn what_may_be_a_persons_is_not_repeated() {
    for arguments in [
        &["verify", "--name", "张", "三丰"][..],
        &["verify", "--names=三丰"],
        &["sandbox", "三丰"],
        &["verify", "--name", "x", "--name=三丰"],
    ] {
        let ended = run(&mut liveness(arguments));
        assert!(ended.code == 2 && !ended.stderr.contains("三丰"), "{ended:?}");
    }
    let ended = run(&mut liveness(["verify", "--name", "张", "三丰"]));
    assert!(ended.stderr.starts_with("argument 4 does not belong to an option"), "{ended:?}");
}

#[cfg(unix)]
#[test]
fn an_argument_that_is_not_utf_8_is_named_by_its_place() {
    use std::{ffi::OsStr, os::unix::ffi::OsStrExt};

    let ended = run(&mut liveness([OsStr::new("verify"), OsStr::new("--name"), OsStr::from_bytes(b"\xFF")]));
    assert!(ended.code == 2 && ended.stderr.starts_with("argument 3 is not valid UTF-8"), "{ended:?}");
}

#[test]
fn every_shell_has_its_completions() {
    for shell in ["bash", "zsh", "fish", "elvish", "powershell"] {
        let ended = words(&format!("completions {shell}"));
        assert!(ended.code == 0 && ended.stderr.is_empty(), "{shell}: {ended:?}");
        // What an option takes is known to these three.
        let values =
            if ["bash", "zsh", "fish"].contains(&shell) { &["different-person", "drop-after-charge"][..] } else { &[] };
        for known in TOOLS.iter().chain(&["scenario", "contact-sheet"]).chain(values) {
            assert!(ended.text().contains(known), "{shell} lacks {known}");
        }
    }
    // A shell that is there reads its own.
    let script = words("completions bash").stdout;
    if let Ok(mut bash) = Command::new("bash").arg("-n").stdin(Stdio::piped()).spawn() {
        bash.stdin.take().unwrap().write_all(&script).unwrap();
        assert!(bash.wait().unwrap().success());
    }
}

#[test]
fn a_closed_pipe_ends_quietly() {
    for line in ["--help", "verify --help", "--version", "verify --list", "verify --list --json", "completions zsh"] {
        let ended = unread(&mut liveness(line.split(' ')));
        assert_eq!((ended.code, ended.stderr.as_str()), (0, ""), "{line}");
    }
}

#[cfg(target_os = "linux")]
#[test]
fn what_cannot_be_written_is_told() {
    for line in ["--help", "verify --list", "completions zsh"] {
        let full = std::fs::File::options().write(true).open("/dev/full").unwrap();
        let output = liveness(line.split(' ')).stdout(full).output().unwrap();
        let said = String::from_utf8(output.stderr).unwrap();
        assert_eq!((output.status.code(), said.as_str()), (Some(2), "stdout: the disk is full\n"), "{line}");
    }
}

#[test]
fn the_readers_language_is_that_of_the_environment_unless_said() {
    let said = |variables: &[(&str, &str)], more: &str| {
        let line = format!("prepare nothing.jpg {more}");
        run(liveness(line.split_whitespace()).envs(variables.iter().copied())).stderr
    };
    assert!(!is_chinese(&said(&[], "")));
    assert!(is_chinese(&said(&[("LANG", "zh_CN.UTF-8")], "")));
    assert!(!is_chinese(&said(&[("LANG", "zh_CN.UTF-8"), ("LC_ALL", "C.UTF-8")], "")));
    assert!(!is_chinese(&said(&[("LANG", "zh_CN.UTF-8")], "--lang en")));
    assert!(is_chinese(&said(&[], "--lang=zh")));
}
