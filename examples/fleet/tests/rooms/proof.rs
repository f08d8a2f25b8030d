//! Tests that a proof lets in who has it, for its reference and its time, and that the application can make it as the manual says.

use std::{
    env, fs,
    path::Path,
    process::{Command, Stdio},
    time::{SystemTime, UNIX_EPOCH},
};

use liveness_fleet::proof::{ReferenceKey, Refused};

/// The bytes from 0 to 31.
const KEY: &str = "AAECAwQFBgcICQoLDA0ODxAREhMUFRYXGBkaGxwdHh8=";
/// By `openssl dgst -sha256 -mac HMAC` over `order-7`, a line feed and `1800000000`.
const PROOF: &str = "c354fad2ac9eb3dac2686801425b7724e664e779a17d0f92aa3861eb9d097531";

fn key() -> ReferenceKey {
    ReferenceKey::from_base64(KEY).unwrap()
}

#[test]
fn a_proof_is_what_openssl_says_it_is() {
    assert_eq!(key().proof("order-7", 1_800_000_000), PROOF);
    assert_eq!(key().check("order-7", "1800000000", PROOF, 1_799_999_999), Ok(()));
}

#[test]
fn a_proof_holds_for_its_reference_its_end_and_its_key_alone() {
    let check = |reference: &str, expires: &str, proof: &str| key().check(reference, expires, proof, 0);
    for (reference, expires) in [
        ("order-8", "1800000000"),
        ("order-7", "1800000001"),
        ("order-7", "01800000000"),
        ("order-7", "+1800000000"),
        ("order-7", ""),
        ("order-7\n1800000000", ""),
        ("", "order-7\n1800000000"),
    ] {
        assert_eq!(check(reference, expires, PROOF), Err(Refused::Unsigned), "{reference} {expires}");
    }
    for proof in ["", &PROOF[..62], &PROOF[..63], &format!("{PROOF}00"), &PROOF.to_uppercase(), &"0".repeat(64), "结"]
    {
        assert_eq!(check("order-7", "1800000000", proof), Err(Refused::Unsigned), "{proof}");
    }
    let other = ReferenceKey::from_base64(&KEY.replace("AAEC", "BBEC")).unwrap();
    assert_eq!(other.check("order-7", "1800000000", PROOF, 0), Err(Refused::Unsigned));
}

#[test]
fn what_is_signed_and_no_number_of_seconds_is_no_end() {
    let bytes: Vec<u8> = (0..32).collect();
    let signer = ring::hmac::Key::new(ring::hmac::HMAC_SHA256, &bytes);
    for expires in ["+1800000000", "", "never", "99999999999999999999"] {
        let signed = ring::hmac::sign(&signer, format!("order-7\n{expires}").as_bytes());
        let proof: String = signed.as_ref().iter().map(|byte| format!("{byte:02x}")).collect();
        assert_eq!(key().check("order-7", expires, &proof, 0), Err(Refused::Unsigned), "{expires}");
    }
}

#[test]
fn a_proof_holds_until_its_end() {
    for (now, said) in
        [(1_799_999_999, Ok(())), (1_800_000_000, Err(Refused::Expired)), (u64::MAX, Err(Refused::Expired))]
    {
        assert_eq!(key().check("order-7", "1800000000", PROOF, now), said, "{now}");
    }
}

#[test]
fn a_key_is_32_bytes_and_says_nothing_in_a_log() {
    for wrong in ["", "hunter2", &KEY[..40], "AAECAwQFBgcICQoLDA0ODxAREhMUFRYXGBkaGxwdHh8gISIj", &KEY.replace('=', "")]
    {
        assert!(ReferenceKey::from_base64(wrong).is_none(), "{wrong}");
    }
    assert_eq!(format!("{:?}", key()), "ReferenceKey { .. }");
}

/// Without python3 it is left out, except where CI is set.
#[test]
fn the_sample_of_the_manual_signs_as_the_servers_check() {
    if env::var_os("CI").is_none() && Command::new("python3").arg("-V").stdout(Stdio::null()).status().is_err() {
        return;
    }
    let samples = ["en", "zh"].map(|language| {
        let page = Path::new(env!("CARGO_MANIFEST_DIR")).join(format!("../../docs/src/{language}/fleet.md"));
        let page = fs::read_to_string(page).unwrap();
        page.split_once("```python\n").unwrap().1.split_once("```").unwrap().0.to_owned()
    });
    assert_eq!(samples[0], samples[1]);
    let program = format!("{}\nprint(*signed('{KEY}', 'order-7').values())", samples[0]);
    let said = Command::new("python3").args(["-c", &program]).output().unwrap();
    let said = String::from_utf8(said.stdout).unwrap();
    let [reference, expires, proof] = said.split_whitespace().collect::<Vec<_>>()[..] else { panic!("{said}") };
    let now = SystemTime::now().duration_since(UNIX_EPOCH).unwrap().as_secs();
    assert_eq!(key().check(reference, expires, proof, now), Ok(()));
    assert_eq!(key().check(reference, expires, proof, now + 3600), Err(Refused::Expired));
}
