//! Tests which vendor is called, and when the user is told of the price. A served sandbox stands in for the vendors.

use std::{
    ffi::OsString,
    fs,
    io::{BufRead, BufReader, Read},
    path::PathBuf,
    process::{Command, Stdio},
};

use liveness::{
    Receipt, Session,
    sandbox::{Call, Fault, Sandbox, Server},
};
use time::{Duration, OffsetDateTime};

use crate::command::{Ended, folder, liveness, portrait_in, run};

const PAID: &str = "A real vendor is called and bills the call: ";
const JUMDATA: [(&str, &str); 2] =
    [("JUMDATA_APP_ID", Sandbox::JUMDATA_APP_ID), ("JUMDATA_APP_SECRET", Sandbox::JUMDATA_APP_SECRET)];
const TENCENT: [(&str, &str); 2] = [
    ("TENCENT_MARKET_SECRET_ID", Sandbox::TENCENT_SECRET_ID),
    ("TENCENT_MARKET_SECRET_KEY", Sandbox::TENCENT_SECRET_KEY),
];
const PERSON: [&str; 4] = ["--name", "张三", "--id", "11010519491231002X"];

/// Both vendors, at an address that the settings name.
struct Vendors {
    sandbox: Sandbox,
    server: Server,
    folder: PathBuf,
}

impl Vendors {
    fn open(test: &str) -> Self {
        let sandbox = Sandbox::new();
        let server = sandbox.serve("127.0.0.1:0").unwrap();
        Self { sandbox, server, folder: folder(test) }
    }

    fn verify(&self, variables: &[(&str, &str)], arguments: &[&str]) -> Command {
        let mut command = liveness(["verify"]);
        command.args(arguments).envs(variables.iter().copied()).env("JUMDATA_ENDPOINT", self.server.url());
        command.env("TENCENT_MARKET_ENDPOINT", format!("{}/release/jingmocompare", self.server.url()));
        command
    }

    fn calls(&self) -> usize {
        self.sandbox.ledger().entries().len()
    }

    /// Nobody was asked, nor told to be.
    fn assert_refused(&self, ended: &Ended, said: &str) {
        assert!(ended.code == 2 && ended.stderr.starts_with(said), "{said}: {ended:?}");
        assert!(!ended.text().contains("paid") && !ended.stderr.contains("paid"), "{ended:?}");
        assert_eq!(self.calls(), 0);
    }
}

#[test]
fn a_real_vendor_is_said_to_be_paid_only_once_everything_else_is_right() {
    let vendors = Vendors::open("real-last");
    let photo = portrait_in(&vendors.folder);
    let photo = ["--photo", photo.to_str().unwrap()];
    let text = vendors.folder.join("text.jpg");
    fs::write(&text, "no picture").unwrap();
    let text = text.to_str().unwrap();
    let wrong = ["--name", "张三", "--id", "110105194912310021"];
    for (arguments, said) in [
        (PERSON.to_vec(), "--photo: it is missing, and a real vendor needs it"),
        (photo.to_vec(), "--name: it is missing, and a real vendor needs it"),
        ([&photo[..], &PERSON[..2]].concat(), "--id: it is missing, and a real vendor needs it"),
        ([&photo[..], &wrong].concat(), "--id: the ID number is wrong"),
        ([&["--photo", text][..], &PERSON].concat(), text),
        ([&photo[..], &PERSON, &["--scenario", "P0001"]].concat(), "--scenario: the keys of tencent-market are set"),
        ([&photo[..], &PERSON, &["--fault", "refuse"]].concat(), "--fault: the keys of tencent-market are set"),
    ] {
        vendors.assert_refused(&run(&mut vendors.verify(&TENCENT, &arguments)), said);
    }
    let mut nowhere = vendors.verify(&TENCENT, &[&photo[..], &PERSON].concat());
    vendors.assert_refused(&run(nowhere.env("TENCENT_MARKET_ENDPOINT", "nowhere")), "");

    let ended = run(&mut vendors.verify(&TENCENT, &[&photo[..], &PERSON].concat()));
    assert!(ended.code == 0 && ended.text().starts_with(&format!("{PAID}tencent-market/default.\n")), "{ended:?}");
    assert!(!ended.text().contains("张三") && !ended.text().contains("ledger"), "{ended:?}");
    assert_eq!(vendors.calls(), 1);
}

#[test]
fn the_keys_of_one_vendor_alone_ask_it() {
    let vendors = Vendors::open("real-keys");
    for vendor in [None, Some("")] {
        let mut command = vendors.verify(&JUMDATA, &[]);
        if let Some(vendor) = vendor {
            command.env("LIVENESS_VENDOR", vendor);
        }
        vendors.sandbox.arm_fault(Fault::GarbleAnswer, 1);
        let ended = run(&mut command);
        assert!(ended.code == 2 && ended.text().starts_with(&format!("{PAID}jumdata/default.\n")), "{ended:?}");
    }
    assert_eq!(vendors.calls(), 2);
}

#[test]
fn the_keys_of_both_need_a_word_and_no_keys_ask_the_sandbox() {
    let vendors = Vendors::open("real-both");
    let both = [JUMDATA, TENCENT].concat();
    let photo = portrait_in(&vendors.folder);
    let all = [&["--photo", photo.to_str().unwrap()][..], &PERSON].concat();
    vendors.assert_refused(&run(&mut vendors.verify(&both, &all)), "LIVENESS_VENDOR: the keys of both vendors are set");
    vendors
        .assert_refused(&run(&mut vendors.verify(&TENCENT, &["--vendor", "jumdata"])), "jumdata: its keys are missing");
    vendors.assert_refused(
        &run(vendors.verify(&TENCENT, &all).env("LIVENESS_VENDOR", "acme")),
        "LIVENESS_VENDOR acme: it must be jumdata or tencent-market",
    );
    for sandbox in [
        run(&mut vendors.verify(&both, &[&all[..], &["--sandbox"]].concat())),
        run(&mut vendors.verify(&[], &all)),
        run(vendors.verify(&[], &all).env("LIVENESS_VENDOR", "")),
        run(vendors.verify(&[], &all).env("LIVENESS_VENDOR", "jumdata")),
    ] {
        assert!(sandbox.code == 0 && sandbox.text().starts_with("SANDBOX: no vendor is called"), "{sandbox:?}");
    }
    assert_eq!(vendors.calls(), 0);
    let ended = run(vendors.verify(&both, &all).env("LIVENESS_VENDOR", "tencent-market"));
    assert!(ended.text().starts_with(&format!("{PAID}tencent-market")), "{ended:?}");
    assert_eq!(vendors.calls(), 1);
}

#[test]
fn a_variable_that_is_missing_empty_or_no_text_has_a_message_of_its_own() {
    let vendors = Vendors::open("real-variables");
    let run = |id: OsString| run(vendors.verify(&[TENCENT[1]], &PERSON).env("TENCENT_MARKET_SECRET_ID", id));
    let missing = self::run(&mut vendors.verify(&[TENCENT[1]], &PERSON));
    vendors.assert_refused(&missing, "TENCENT_MARKET_SECRET_ID: this variable is missing");
    vendors.assert_refused(&run("".into()), "TENCENT_MARKET_SECRET_ID: this variable is set, but empty");
    #[cfg(unix)]
    {
        use std::os::unix::ffi::OsStringExt;
        let ended = run(OsString::from_vec(b"k3y\xFF".into()));
        vendors.assert_refused(&ended, "TENCENT_MARKET_SECRET_ID: this variable is not valid UTF-8");
        assert!(!ended.stderr.contains("k3y"), "{ended:?}");
    }
}

#[test]
fn a_hosted_check_is_waited_for_and_where_the_person_goes_is_told_with_json_too() {
    let vendors = Vendors::open("real-hosted");
    for arguments in [&[][..], &["--json"]] {
        let mut command = vendors.verify(&JUMDATA, arguments);
        let mut child = command.stdin(Stdio::null()).stdout(Stdio::piped()).stderr(Stdio::piped()).spawn().unwrap();
        let mut stdout = BufReader::new(child.stdout.take().unwrap());
        let mut stderr = BufReader::new(child.stderr.take().unwrap());
        let told: &mut dyn BufRead = if arguments.is_empty() { &mut stdout } else { &mut stderr };
        let url = told
            .lines()
            .map_while(Result::ok)
            .find_map(|line| Some(line.split_once("The person opens ")?.1.to_owned()));
        let token = url.as_deref().and_then(|url| url.split_once("token=")).unwrap().1.to_owned();
        // Who holds the token holds the session.
        let receipt = Receipt::new("jumdata/default".parse().unwrap());
        let session = Session::new(receipt, token.as_str(), OffsetDateTime::now_utc(), Duration::minutes(10));
        assert!(vendors.sandbox.finish(&session));
        let (mut said, mut rest) = (String::new(), String::new());
        stdout.read_to_string(&mut said).unwrap();
        stderr.read_to_string(&mut rest).unwrap();
        assert_eq!(
            (child.wait().unwrap().code(), rest.as_str()),
            (Some(0), ""),
            "no progress without a terminal: {said}"
        );
        if arguments.is_empty() {
            assert!(said.contains("verdict   passed: ") && said.contains("  session yes\n"), "{said}");
        } else {
            let object: serde_json::Value = serde_json::from_str(&said).unwrap();
            assert_eq!((&object["outcome"], &object["session_billed"]), (&"passed".into(), &"yes".into()), "{object}");
            assert!(!said.contains(&token), "a token is as good as a key: {said}");
        }
    }
    let ledger = vendors.sandbox.ledger();
    assert_eq!([Call::Init, Call::Compare].map(|call| ledger.calls(call)), [2, 0], "{ledger}");
}
