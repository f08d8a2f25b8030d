//! What is printed, and what a vendor's text means.

use liveness::{
    Body, ErrorKind, Failure, IdNumberError, Language, NameError, Outcome, ProviderId, Receipt, Retake, ReturnUrl,
    Score, Secret, Unverifiable, Verdict, codes::Meaning, tencent_market::Refusal,
};

use crate::support::{identity, photo};

#[test]
fn why_an_identity_is_refused_is_said_in_both_languages() {
    let said = |error: &dyn std::error::Error, message: &dyn Fn(Language) -> String, names: [&str; 2]| {
        let texts = [Language::English, Language::Chinese].map(message);
        assert!(texts.iter().zip(names).all(|(text, name)| text.contains(name)), "{error:?}: {texts:?}");
        assert_eq!(error.to_string(), texts[0]);
    };
    for error in [
        NameError::Empty,
        NameError::TooLong,
        NameError::ControlCharacter,
        NameError::NotInNames('#'),
        NameError::Lost('?'),
        NameError::PrivateUse('\u{E000}'),
        NameError::Unassigned('\u{378}'),
        NameError::Radical('\u{2E80}'),
        NameError::NoLetter,
    ] {
        said(&error, &|language| error.message(language), ["name", "姓名"]);
    }
    for error in [
        IdNumberError::Empty,
        IdNumberError::Length { given: 17 },
        IdNumberError::Withdrawn,
        IdNumberError::OldPermanentResidence,
        IdNumberError::Character,
        IdNumberError::Sign('*'),
        IdNumberError::Lost('\u{FFFD}'),
        IdNumberError::PrivateUse('\u{E000}'),
        IdNumberError::Unassigned('\u{378}'),
        IdNumberError::Region,
        IdNumberError::Date,
        IdNumberError::TooOld,
        IdNumberError::Future,
        IdNumberError::Checksum,
    ] {
        said(&error, &|language| error.message(language), ["number", "号"]);
    }
    // What is wrong is named: the sign, the code point, how many were given.
    for (text, named) in [
        (NameError::NotInNames('#').to_string(), "`#`"),
        (NameError::Lost('\u{FFFD}').to_string(), "U+FFFD"),
        (NameError::Lost('?').to_string(), "encoding"),
        (NameError::PrivateUse('\u{F0000}').to_string(), "U+F0000"),
        (NameError::Unassigned('\u{378}').message(Language::Chinese), "U+0378"),
        (NameError::Radical('\u{2E80}').message(Language::Chinese), "U+2E80"),
        (IdNumberError::Length { given: 17 }.to_string(), "17"),
        (IdNumberError::Length { given: 19 }.message(Language::Chinese), "19"),
        (IdNumberError::Withdrawn.to_string(), "2013"),
        (IdNumberError::OldPermanentResidence.to_string(), "permanent residence"),
        (IdNumberError::Sign('*').message(Language::Chinese), "`*`"),
    ] {
        assert!(text.contains(named), "{text}");
    }
}

#[test]
fn what_holds_a_person_or_a_secret_prints_its_kind_and_nothing_of_it() {
    let receipt = Receipt::new(ProviderId::new("acme", "a").unwrap()).with_vendor_message("张三");
    let verdict = Verdict::new(Outcome::Passed, receipt.clone()).with_address("北京市朝阳区");
    let return_url = ReturnUrl::parse("https://shop.example/?order=1").unwrap();
    let identity = identity();
    for (printed, wanted) in [
        (format!("{:?}", Secret::from("张三")), "[redacted]"),
        (format!("{:?}", identity.name()), "Name([redacted])"),
        (format!("{:?}", identity.id_number()), "IdNumber([redacted])"),
        (format!("{identity:?}"), "Identity {"),
        (format!("{receipt:?}"), "Receipt { provider: "),
        (format!("{verdict:?}"), "Verdict { outcome: Passed"),
        (format!("{return_url:?}"), "ReturnUrl(shop.example"),
        (format!("{:?}", Body::from("张三")), "Body(6 bytes)"),
        (format!("{:?}", photo()), "Photo { format: Png, width: 16, height: 16"),
    ] {
        assert!(printed.starts_with(wanted), "{printed}");
        assert!(!["张三", "1101", "朝阳", "order"].iter().any(|text| printed.contains(text)), "{printed}");
    }
}

#[test]
fn only_a_photo_that_is_not_to_standard_has_a_hint_for_the_operator() {
    let hint = |outcome: Outcome| [Language::English, Language::Chinese].map(|language| outcome.hint(language));
    let [english, chinese] = hint(Outcome::Retake(Retake::PhotoNotStandard)).map(Option::unwrap);
    assert!(english.contains("ByteLimit::Base64") && chinese.contains("ByteLimit::Base64") && english != chinese);
    for other in [
        Outcome::Passed,
        Outcome::Failed(Failure::DifferentPerson),
        Outcome::Retake(Retake::NoFace),
        Outcome::Unverifiable(Unverifiable::NoPortraitOnRecord),
    ] {
        assert_eq!(hint(other), [None, None], "{other:?}");
    }
}

#[test]
fn a_score_is_its_number() {
    assert_eq!(Score::new(85.5).map(f64::from), Some(85.5));
    assert_eq!([Score::new(100.1), Score::new(-0.1), Score::new(f64::NAN)], [None; 3]);
}

#[test]
fn only_the_outcome_passed_is_passed() {
    let receipt = Receipt::new(ProviderId::new("acme", "a").unwrap());
    for outcome in [Outcome::Passed, Outcome::Failed(Failure::DifferentPerson), Outcome::Retake(Retake::NoFace)] {
        assert_eq!(Verdict::new(outcome, receipt.clone()).is_passed(), outcome == Outcome::Passed, "{outcome:?}");
    }
}

#[test]
fn an_unknown_key_is_known_by_a_text_that_ends_there() {
    let kind = |message: &str| match Refusal::find(401, message)?.meaning() {
        Meaning::Error { kind, .. } => Some(kind),
        other => panic!("{other:?}"),
    };
    for end in ["", ".", " ", "\n", ". \n", "..."] {
        let message = format!("HMAC signature cannot be verified{end}");
        assert_eq!(kind(&message), Some(ErrorKind::Credentials), "{message:?}");
        assert_eq!(kind(&format!("error: {message}")), Some(ErrorKind::Credentials), "{message:?}");
    }
    for end in [", ", ": x", "!", "。", ".x"] {
        assert_eq!(kind(&format!("HMAC signature cannot be verified{end}")), None, "{end:?}");
    }
}

#[test]
fn a_receipt_prints_a_code_and_a_number_only_if_they_look_like_such() {
    let printed = |text: &str| {
        let receipt = Receipt::new(ProviderId::new("acme", "a").unwrap()).with_request_id(text).with_vendor_code(text);
        let anonymous = Verdict::new(Outcome::Passed, receipt.clone()).without_person();
        let kept = [anonymous.receipt().request_id(), anonymous.receipt().vendor_code()];
        let prints = format!("{receipt:?}").matches(text).count();
        // What is kept without the person is what may be printed.
        assert_eq!(kept.iter().filter(|kept| **kept == Some(text)).count(), prints, "{text}");
        prints
    };
    for code in ["P0000", "21082", "202611210800000000000001", "a-b_c.d", &"7".repeat(64)] {
        assert_eq!(printed(code), 2, "{code}");
    }
    for person in ["张三", "a b", "11010519491231002X", "110105194912310021", "13800138000", &"7".repeat(65), "a/b"] {
        assert_eq!(printed(person), 0, "{person}");
    }
    // One digit less or more is no mobile number, and no ID number.
    for code in ["1380013800", "138001380001", "1101051949123100211", "abcdefghijk", "1101051949123100XX"] {
        assert_eq!(printed(code), 2, "{code}");
    }
}

#[test]
fn every_reason_and_step_is_said_in_both_languages() {
    for error in [liveness::ReferenceError::Form, liveness::ReferenceError::Person] {
        let [english, chinese] = [Language::English, Language::Chinese].map(|language| error.message(language));
        assert!(english.contains("reference") && chinese.contains("业务单号"), "{english} {chinese}");
    }
    let reference: liveness::Reference = "order-7".parse().unwrap();
    assert_eq!(reference.as_ref() as &str, "order-7");
    let said: std::collections::BTreeSet<_> = liveness::Repair::ALL
        .iter()
        .flat_map(|step| [Language::English, Language::Chinese].map(|language| step.description(language)))
        .collect();
    assert_eq!(said.len(), 2 * liveness::Repair::ALL.len(), "each step has its own words: {said:?}");
}

#[test]
fn equal_scores_and_secrets_hash_alike_and_different_ones_apart() {
    let scores: std::collections::HashSet<_> = [41.0, 41.5, 41.5].map(|value| Score::new(value).unwrap()).into();
    let secrets: std::collections::HashSet<_> = ["a", "b", "b"].map(Secret::new).into();
    assert_eq!((scores.len(), secrets.len()), (2, 2));
    let hash = |value: &dyn Fn(&mut std::collections::hash_map::DefaultHasher)| {
        let mut hasher = std::collections::hash_map::DefaultHasher::new();
        value(&mut hasher);
        std::hash::Hasher::finish(&hasher)
    };
    use std::hash::Hash;
    assert_ne!(hash(&|h| Secret::new("a").hash(h)), hash(&|h| Secret::new("b").hash(h)));
    assert_ne!(hash(&|h| Score::new(1.0).unwrap().hash(h)), hash(&|h| Score::new(2.0).unwrap().hash(h)));
}
