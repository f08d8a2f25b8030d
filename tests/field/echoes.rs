//! Answers that repeat what was sent: nothing of it is kept.

use base64::{Engine, prelude::BASE64_STANDARD};

use super::*;
use crate::support::{ID_NUMBER, NAME, photo};

/// What a compare sends, as an answer may spell it, in lower case.
fn compared() -> Vec<String> {
    let (gbk, _, _) = encoding_rs::GBK.encode(NAME);
    let percent = |bytes: &[u8]| form_urlencoded::byte_serialize(bytes).collect::<String>().to_lowercase();
    vec![
        NAME.to_owned(),
        ID_NUMBER.to_lowercase(),
        percent(NAME.as_bytes()),
        percent(&gbk),
        "akid0123456789".to_owned(),
        BASE64_STANDARD.encode(photo().bytes())[..16].to_lowercase(),
    ]
}

/// What a call of Jumdata's sends.
fn asked() -> Vec<String> {
    vec!["t-0123456789".to_owned(), "app-0123456789".to_owned()]
}

fn assert_hides(secrets: &[String], texts: &[Option<&str>], whole: &str) {
    for text in texts.iter().flatten().copied().chain([whole]) {
        for secret in secrets {
            assert!(!text.to_lowercase().contains(secret), "{secret} in {text}");
        }
        assert!(!text.chars().any(char::is_control), "{text:?}");
        assert!(text.chars().count() <= 200 || text == whole);
    }
}

#[test]
fn no_text_that_is_kept_repeats_what_was_sent() {
    let secrets = compared();
    let sent = secrets.join(" / ");
    let odd = format!("行\r\n{sent}\u{1B}[31m\u{202E}{}", "长".repeat(300));
    let fields =
        serde_json::json!({ "errcode": "91096", "errmsg": odd, "jobid": format!("ZT {sent}\n"), "result": {} });
    let error = compare(ok(fields.to_string())).unwrap_err();
    assert_hides(
        &secrets,
        &[error.vendor_message(), error.request_id(), error.vendor_code()],
        &format!("{error} {error:?}"),
    );
    assert!(error.vendor_message().unwrap().starts_with("行"));

    let fields =
        serde_json::json!({ "errcode": "P0001", "errmsg": odd, "jobid": format!("ZT {sent}\n"), "result": {} });
    let verdict = compare(ok(fields.to_string())).unwrap();
    let receipt = verdict.receipt();
    let stored = serde_json::to_string(receipt).unwrap();
    assert_hides(&secrets, &[receipt.vendor_message(), receipt.request_id(), receipt.vendor_code()], &stored);

    let page = format!("<title>{NAME} {ID_NUMBER}</title>");
    let error = compare(ok(page)).unwrap_err();
    assert_hides(&secrets, &[error.vendor_message()], &format!("{error} {error:?}"));

    let secrets = asked();
    let sent = secrets.join(" / ");
    let odd = format!("行\r\n{sent}\u{1B}[31m\u{202E}{}", "长".repeat(300));
    let fields = serde_json::json!({ "code": 999, "msg": odd, "taskNo": sent });
    let error = result(ok(fields.to_string())).unwrap_err();
    assert_hides(&secrets, &[error.vendor_message(), error.request_id()], &format!("{error} {error:?}"));

    let secrets = &secrets[..1];
    let odd = format!("{} {}", secrets[0], "长".repeat(300));
    let error = jumdata([ok(odd)]).page_html(&session()).unwrap_err();
    assert_hides(secrets, &[error.vendor_message()], &format!("{error} {error:?}"));
}

#[test]
fn what_the_sandbox_echoes_is_kept_nowhere() {
    use liveness::{Sandbox, sandbox::Fault};

    let sandbox = Sandbox::builder().with_clock(clock()).build();
    let market = TencentMarket::new(Sandbox::tencent_market_credentials(), sandbox.clone()).with_clock(clock());
    let sent = [NAME.to_owned(), ID_NUMBER.to_lowercase(), Sandbox::TENCENT_SECRET_ID.to_owned()];
    sandbox.arm_fault(Fault::EchoInputs, 4);
    let verdict = done(market.begin(&same_person())).unwrap();
    assert!(verdict.is_passed() && sandbox.ledger().charges() == 1);
    let receipt = verdict.receipt();
    let stored = serde_json::to_string(receipt).unwrap();
    assert_hides(&sent, &[receipt.vendor_message(), receipt.request_id()], &stored);
    assert!(receipt.vendor_message().unwrap().contains("[…]"), "{receipt:?}");

    sandbox.arm("91096".parse().unwrap());
    let error = market.begin(&same_person()).unwrap_err();
    assert_hides(&sent, &[error.vendor_message(), error.request_id()], &format!("{error} {error:?}"));

    let jumdata = Jumdata::new(Sandbox::jumdata_credentials(), sandbox.clone()).with_clock(clock());
    let Ok(Progress::Pending(session)) = jumdata.begin(&hosted()) else { panic!("it is opened") };
    let told = serde_json::to_string(session.receipt()).unwrap();
    assert_hides(&[Sandbox::JUMDATA_APP_ID.to_owned()], &[session.receipt().vendor_message()], &told);
    sandbox.finish(&session);
    let verdict = done(jumdata.resume(&session)).unwrap();
    let told = serde_json::to_string(verdict.receipt()).unwrap();
    assert_hides(&[session.token().reveal().to_owned()], &[verdict.receipt().vendor_message()], &told);
}

/// A field may be worth `200`, and so may the code: that is no echo.
#[test]
fn a_value_that_is_sent_by_chance_does_not_cost_the_code_or_the_number() {
    let keys = liveness::jumdata::Credentials { app_id: "app-0123456789".into(), app_secret: "secret".into() };
    let passed = LIVE.replace("202611210800000000000002", "7");
    let provider = Jumdata::new(keys, Recorder::new([ok(passed)])).with_clock(clock());
    let provider = provider.with_extra_field("size", "200").with_extra_field("page", "7");
    let verdict = done(provider.resume(&session())).unwrap();
    assert!(verdict.is_passed());
    assert_eq!((verdict.receipt().vendor_code(), verdict.receipt().request_id()), (Some("200"), Some("7")));
}

#[test]
fn a_value_that_the_answer_splits_or_sets_among_other_letters_is_hidden_too() {
    let compare_with = |name: &str, said: &str| {
        let keys = liveness::tencent_market::Credentials { secret_id: "id-1".into(), secret_key: "key".into() };
        let body = serde_json::json!({ "jobid": "ZT1", "errcode": "P0001", "errmsg": said, "result": {} }).to_string();
        let market = TencentMarket::new(keys, Recorder::new([ok(body)])).with_clock(clock());
        let identity = liveness::Identity::new(name.parse().unwrap(), crate::support::identity().id_number().clone());
        let check = liveness::Check::same_person(identity).with_photo(photo());
        let verdict = done(market.begin(&check)).unwrap();
        verdict.receipt().vendor_message().unwrap().to_owned()
    };
    // UTF-8 read as GBK: of a name with an odd number of bytes, and behind an odd number of others.
    let mojibake = |text: &str| encoding_rs::GBK.decode(text.as_bytes()).0.into_owned();
    for (name, said, secret) in [
        ("张三", "张\r\n三".to_owned(), "张三".to_owned()),
        ("张三", "110105\n19491231002X".to_owned(), "110105".to_owned()),
        ("ANNA", "姓名ANNA格式错误".to_owned(), "ANNA".to_owned()),
        ("ANNA LEE", "name=ANNA%20LEE".to_owned(), "ANNA".to_owned()),
        ("王小明", mojibake("王小明"), mojibake("王小明")[..6].to_owned()),
        ("王小明", mojibake("x：王小明"), mojibake("王小明")[3..9].to_owned()),
    ] {
        let kept = compare_with(name, &said);
        assert!(!kept.contains(&secret), "{name}: {said} is kept as {kept}");
    }
}
