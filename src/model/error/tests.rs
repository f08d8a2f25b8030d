use super::*;

#[test]
fn every_kind_speaks_both_languages() {
    for kind in ErrorKind::ALL {
        let error = Error::new(*kind).with_field("f").with_reason("why", "原因").with_request_id("1");
        let (english, chinese) = (error.to_string(), error.message(Language::Chinese));
        assert!(english.is_ascii() && english.contains("why"), "{english}");
        assert!(chinese.contains("原因") && !chinese.contains("why"), "{chinese}");
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
fn the_callers_own_number_is_kept_and_never_printed() {
    let error = Error::new(ErrorKind::OutcomeUnknown).with_reference("order-7");
    assert_eq!(error.reference(), Some("order-7"));
    assert!(!format!("{error} {error:?} {}", error.message(Language::Chinese)).contains("order-7"));
}

#[test]
fn advice_of_its_own_takes_the_kinds_place() {
    let error = Error::new(ErrorKind::OutcomeUnknown).with_advice(Text::new("ask at once", "立即再查"));
    assert!(error.to_string().ends_with("; ask at once") && error.message(Language::Chinese).ends_with("。立即再查"));
}

#[test]
fn a_vendors_text_is_cut_to_200_characters() {
    let error = Error::new(ErrorKind::Vendor).with_vendor_message("汉".repeat(5000));
    assert_eq!(error.vendor_message().map(|text| text.chars().count()), Some(200));
}
