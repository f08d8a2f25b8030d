//! What is typed into a form reaches the paid call as it stands on record.

use std::collections::HashMap;

use liveness::{
    Check, IdNumber, Identity, Language, LivenessProvider, Name, RetryPolicy, TencentMarket,
    tencent_market::Credentials,
};
use time::macros::date;

use crate::support::{Recorder, clock, ok, photo, text};

/// The two fields of the vendor's form.
fn sent(name: &str, number: &str) -> (String, String) {
    let recorder = Recorder::new([ok(r#"{"errcode":"P0001"}"#)]);
    let keys = Credentials { secret_id: "id".into(), secret_key: "key".into() };
    let market = TencentMarket::new(keys, recorder.clone()).with_clock(clock()).with_retry(RetryPolicy::never());
    let number = IdNumber::parse_on(number, date!(2026 - 11 - 21)).unwrap();
    let identity = Identity::new(Name::parse(name).unwrap(), number);
    let _ = market.begin(&Check::same_person(identity).with_photo(photo())).unwrap();
    let body = text(&recorder.requests()[0]);
    let mut fields: HashMap<_, _> = form_urlencoded::parse(body.as_bytes()).into_owned().collect();
    (fields.remove("realname").unwrap(), fields.remove("idcard").unwrap())
}

#[test]
fn what_is_typed_reaches_the_paid_call_as_it_stands_on_record() {
    for (typed, right) in [
        ("王\u{AD}芳\u{FE0F}", "王芳"),
        ("\u{200F}王\u{3000}芳", "王芳"),
        ("⼤明", "大明"),
        ("阿依古丽． 买买提", "阿依古丽·买买提"),
        ("\u{E863}丽", "䶮丽"),
        ("𠮷田", "𠮷田"),
        ("Anna-Maria O’Neil", "Anna-Maria O’Neil"),
    ] {
        assert_eq!(sent(typed, "11010519491231002X").0, right);
    }
    for number in ["１１０１０５１９４９１２３１００２Ｘ", "110105-19491231 002×", "\u{200E}11010519491231002х\u{3000}"]
    {
        assert_eq!(sent("张三", number).1, "11010519491231002X");
    }
}

/// A form that reads the two types shows the refusal to the person; it tells what is wrong and quotes nothing of a person.
#[test]
fn a_form_is_told_what_was_lost_and_what_was_typed_too_much() {
    #[derive(Debug, serde::Deserialize)]
    struct Form {
        #[allow(dead_code, reason = "only read")]
        name: Option<Name>,
        #[allow(dead_code, reason = "only read")]
        number: Option<IdNumber>,
    }
    let refused = |form: serde_json::Value| serde_json::from_value::<Form>(form).unwrap_err().to_string();
    for (form, told) in [
        (serde_json::json!({ "name": "王?" }), "lost in the caller's encoding (`?`"),
        (serde_json::json!({ "name": "王\u{FFFD}" }), "lost in the caller's encoding (U+FFFD"),
        (serde_json::json!({ "name": "<i>王</i>" }), "`<`"),
        (serde_json::json!({ "name": "\u{E000}王" }), "U+E000"),
        (serde_json::json!({ "number": "11010519491231002" }), "17 characters"),
        (serde_json::json!({ "number": "USA110105491231" }), "permanent residence"),
    ] {
        let error = refused(form);
        assert!(error.contains(told) && !error.contains('王') && !error.contains("1101"), "{error}");
    }
    let chinese = Name::parse("王?").unwrap_err().message(Language::Chinese);
    assert!(chinese.contains("编码") && chinese.contains("重新输入"), "{chinese}");
}
