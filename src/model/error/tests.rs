use std::collections::HashSet;

use super::*;
use crate::model::{IdNumberError, Language, NameError, Reference, Word, redact::printable};

#[test]
fn every_kind_speaks_both_languages() {
    let newer = ErrorKind::Unrecognized(Word::new("newer"));
    for kind in ErrorKind::ALL.iter().chain([&newer]) {
        let reason = Text { english: "why", chinese: "原因" };
        let error = Error::new(*kind).with_field("f").with_reason(reason).with_request_id("1");
        let (english, chinese) = (error.to_string(), error.message(Language::Chinese));
        assert!(english.is_ascii() && english.contains("why"), "{english}");
        assert!(chinese.contains("原因") && !chinese.contains("why"), "{chinese}");
        assert!(
            kind.who_acts(Again::Never, Language::English).is_ascii()
                && !kind.who_acts(Again::Never, Language::Chinese).is_ascii()
        );
    }
}

#[test]
fn display_never_repeats_the_source_nor_the_vendors_words() {
    let error = Error::new(ErrorKind::Vendor).with_vendor_message("张三 said").with_source("the cause");
    assert!(!error.to_string().contains("cause"));
    assert!(!format!("{error:?}").contains("张三"));
    assert_eq!(error.source().map(ToString::to_string).as_deref(), Some("the cause"));
}

#[test]
fn what_does_not_look_like_a_code_or_number_is_not_printed() {
    for personal in ["11010519491231002X", "110105194912310021", "13800138000", "张三", "a b"] {
        assert_eq!(printable(personal), "[not a code]");
    }
    for code in ["P0000", "202611210800000000000001", "ZT20261121160000123456", "200"] {
        assert_eq!(printable(code), code);
    }
    let error = Error::new(ErrorKind::Vendor).with_vendor_code("姓名 张三").with_request_id("7".repeat(65));
    for text in [error.to_string(), format!("{error:?}")] {
        assert!(!text.contains("张三") && !text.contains("777"), "{text}");
    }
    assert_eq!(error.vendor_code(), Some("姓名 张三"));
}

#[test]
fn the_callers_own_number_is_printed_everywhere_so_that_a_log_line_leads_back_to_the_order() {
    let error = Error::new(ErrorKind::OutcomeUnknown).with_reference(Reference::parse("order-7").unwrap());
    assert_eq!(error.reference().map(Reference::as_str), Some("order-7"));
    for text in
        [error.to_string(), error.message(Language::Chinese), format!("{error:?}"), format!("{:?}", error.record())]
    {
        assert!(text.contains("order-7"), "{text}");
    }
}

#[test]
fn advice_of_its_own_takes_the_kinds_place() {
    let error = Error::new(ErrorKind::OutcomeUnknown).with_advice(Text::new("ask at once", "立即再查"));
    assert!(error.to_string().ends_with(". Ask at once") && error.message(Language::Chinese).ends_with("。立即再查"));
}

#[test]
fn a_vendors_text_is_cut_to_200_characters() {
    let error = Error::new(ErrorKind::Vendor).with_vendor_message("汉".repeat(5000));
    assert_eq!(error.vendor_message().map(|text| text.chars().count()), Some(200));
}

#[test]
fn a_wrong_setting_is_the_operators_and_never_the_callers() {
    let error = Error::configuration("JUMDATA_APP_ID");
    assert_eq!((error.kind(), error.field()), (ErrorKind::Configuration, Some("JUMDATA_APP_ID")));
    assert_eq!((error.billed(), error.again(), error.ran()), (Billed::No, Again::Never, Ran::No));
    assert_eq!(error.kind().who_acts(error.again(), Language::English), "the operator");
    assert!(
        error.to_string().contains("nothing was sent") && error.message(Language::Chinese).contains("JUMDATA_APP_ID")
    );
}

#[test]
fn the_clock_is_named_only_where_it_is_the_matter() {
    for language in [Language::English, Language::Chinese] {
        let denied = Error::new(ErrorKind::Denied).message(language);
        assert!(!denied.contains("clock") && !denied.contains("时钟"), "{denied}");
    }
}

/// Another provider may be called after exactly these.
#[test]
fn by_default_nothing_ran_where_a_call_is_refused_before_it_runs() {
    let nothing_ran: HashSet<_> =
        ErrorKind::ALL.iter().filter(|kind| Error::new(**kind).ran() == Ran::No).copied().collect();
    let expected = [
        ErrorKind::InvalidCheck,
        ErrorKind::Configuration,
        ErrorKind::Credentials,
        ErrorKind::Denied,
        ErrorKind::RateLimited,
        ErrorKind::Unsupported,
        ErrorKind::BudgetExceeded,
    ];
    assert_eq!(nothing_ran, HashSet::from(expected));
    assert_eq!(Error::new(ErrorKind::Unrecognized(Word::new("newer"))).ran(), Ran::Maybe);
}

/// Every combination of settings, in every order: a billed call ran, and a call that is safe to repeat did not.
#[test]
fn ran_again_and_billed_never_contradict_each_other() {
    let kinds = ErrorKind::ALL.iter().copied();
    let all = kinds.flat_map(|kind| [Billed::Yes, Billed::No, Billed::Unknown].map(|billed| (kind, billed)));
    let all = all.flat_map(|(kind, billed)| {
        [Again::Safe, Again::MayBillAgain, Again::Never]
            .map(|again| Error::new(kind).with_billed(billed).with_again(again))
    });
    let all = all.flat_map(|error| {
        [None].into_iter().chain(Ran::ALL.iter().copied().map(Some)).map(move |ran| (error.clone(), ran))
    });
    for (error, ran) in all {
        let error = match ran {
            Some(ran) => error.with_ran(ran),
            None => error,
        };
        assert!(error.again() != Again::Safe || error.ran() == Ran::No, "{error:?}");
        assert!(error.billed() != Billed::Yes || error.ran() == Ran::Yes, "{error:?}");
        if error.billed() != Billed::Yes {
            assert!(ran.is_none_or(|ran| error.ran() == ran), "what was said holds: {error:?}");
        }
    }
}

#[test]
fn what_a_vendor_says_of_again_is_believed_of_ran() {
    assert_eq!(Error::new(ErrorKind::Unavailable).with_again(Again::Safe).ran(), Ran::No);
    assert_eq!(Error::new(ErrorKind::RateLimited).with_again(Again::MayBillAgain).ran(), Ran::Maybe);
    assert_eq!(Error::new(ErrorKind::RateLimited).with_ran(Ran::Maybe).again(), Again::MayBillAgain);
}

#[test]
fn attempts_and_time_are_told_from_the_second_attempt_on() {
    let error = Error::new(ErrorKind::Unavailable).with_attempts(1).with_elapsed(Duration::from_micros(2_345_678));
    assert_eq!((error.attempts(), error.elapsed()), (1, Some(Duration::from_micros(2_345_678))));
    assert!(!error.to_string().contains("attempts"), "{error}");
    let error = error.with_attempts(3).with_http_status(502);
    assert!(error.to_string().contains("3 attempts in 2.3 s]"), "{error}");
    assert!(error.message(Language::Chinese).contains("（已尝试 3 次，共 2.3 秒）"));
    assert_eq!(error.http_status(), Some(502));
    assert_eq!(error.with_elapsed(Duration::MAX).record().elapsed_ms, Some(u64::MAX));
}

#[test]
fn a_typed_cause_is_kept_and_display_does_not_repeat_it() {
    let error = Error::from(IdNumberError::Checksum);
    let cause = error.source().and_then(|source| source.downcast_ref::<IdNumberError>());
    assert_eq!(cause, Some(&IdNumberError::Checksum));
    assert!(!error.to_string().contains(&IdNumberError::Checksum.to_string()), "{error}");
    assert!(error.message(Language::English).contains(&IdNumberError::Checksum.to_string()));
    assert!(error.message(Language::Chinese).contains(&IdNumberError::Checksum.message(Language::Chinese)));
    let error = Error::from(NameError::Empty);
    assert!(error.source().is_some_and(|source| source.is::<NameError>()));
    assert!(
        error.with_source("another").to_string().contains(&NameError::Empty.to_string()),
        "now nobody else says it"
    );
}

#[test]
fn an_error_is_one_pointer_wide() {
    assert_eq!(size_of::<Error>(), size_of::<usize>());
    assert_eq!(size_of::<Result<()>>(), size_of::<usize>());
}

fn full(kind: ErrorKind) -> Error {
    Error::new(kind)
        .with_field("photo")
        .with_reason(Text { english: "why", chinese: "原因" })
        .with_advice(Text { english: "do this", chinese: "请这样做" })
        .with_provider(ProviderId::new("acme", "a").unwrap())
        .with_reference(Reference::parse("order-7").unwrap())
        .with_vendor_code("999")
        .with_vendor_message("张三 said")
        .with_request_id("ZT20261121160000123456")
        .with_http_status(503)
        .with_attempts(3)
        .with_elapsed(Duration::from_nanos(2_250_000_400))
        .with_source("the cause")
}

#[test]
fn an_error_from_its_record_says_the_same_in_both_languages_and_to_machines() {
    for kind in ErrorKind::ALL {
        for error in [Error::new(*kind), full(*kind), full(*kind).with_billed(Billed::Yes)] {
            let json = serde_json::to_string(&error.record()).unwrap();
            assert!(!json.contains("张三") && !json.contains("cause"), "{json}");
            let again = Error::from(serde_json::from_str::<ErrorRecord>(&json).unwrap());
            assert_eq!(again.to_string(), error.to_string());
            assert_eq!(again.message(Language::Chinese), error.message(Language::Chinese));
            assert_eq!(again.record(), error.record());
            assert_eq!(
                (again.kind(), again.billed(), again.again(), again.ran()),
                (error.kind(), error.billed(), error.again(), error.ran())
            );
            assert_eq!((again.reference(), again.http_status()), (error.reference(), error.http_status()));
            assert!(again.source().is_none() && again.vendor_message().is_none());
        }
    }
}

#[test]
fn a_record_of_an_error_with_a_typed_cause_says_what_the_cause_said() {
    let error = Error::from(IdNumberError::Checksum);
    let again = Error::from(error.record());
    assert_eq!(again.message(Language::English), error.message(Language::English));
    assert!(again.to_string().contains(&IdNumberError::Checksum.to_string()), "nobody else says it now: {again}");
}

#[test]
fn a_record_keeps_no_code_or_number_that_may_be_personal() {
    let error = full(ErrorKind::Vendor).with_vendor_code("姓名 张三").with_request_id("11010519491231002X");
    let (again, record) = (Error::from(error.record()), error.record());
    assert_eq!(again.to_string(), error.to_string());
    for text in [format!("{record:?}"), serde_json::to_string(&record).unwrap()] {
        assert!(!text.contains("张三") && !text.contains("19491231"), "{text}");
    }
}

#[test]
fn a_record_of_another_version_is_read_on_the_safe_side() {
    let read = |json: &str| Error::from(serde_json::from_str::<ErrorRecord>(json).unwrap());
    let bare = read(r#"{"kind":"rate_limited"}"#);
    assert_eq!((bare.billed(), bare.again(), bare.ran()), (Billed::Unknown, Again::Never, Ran::Maybe));
    let newer = read(r#"{"kind":"sold_out","again":"tomorrow","ran":"half","billed":"later","since":3}"#);
    assert_eq!((newer.billed(), newer.again(), newer.ran()), (Billed::Unknown, Again::Never, Ran::Maybe));
    assert_eq!(serde_json::to_value(newer.record()).unwrap()["kind"], "sold_out");
}

#[test]
fn a_clone_shares_its_cause_and_says_the_same() {
    let error = full(ErrorKind::Vendor);
    let clone = error.clone();
    assert_eq!(format!("{clone:?}"), format!("{error:?}"));
    assert_eq!(clone.source().map(ToString::to_string).as_deref(), Some("the cause"));
}
