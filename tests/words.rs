//! Stable words: `as_str`, `Display`, `FromStr` and serde agree on every value, and no error quotes what it refuses.
#![allow(clippy::expect_used, clippy::panic, clippy::unwrap_used, reason = "a test may")]

use std::{
    collections::HashSet,
    fmt::{Debug, Display},
    hash::Hash,
    str::FromStr,
};

use liveness::photo::{Advice, Orientation, PhotoErrorKind, PhotoFormat, SourceFormat};
use liveness::{
    Action, Actor, Again, Billed, Body, Challenge, Change, Delivery, ErrorKind, Failure, FlashColor, Goal, IdNumber,
    Input, Jumdata, Language, LivenessProvider, Name, Outcome, ProviderId, Ran, Request, Response, Retake, ReturnUrl,
    Secret, Sex, TencentMarket, TransportErrorKind, UnknownWord, Unverifiable,
    sandbox::{Call, Fault, Scenario, Vendor},
    tencent_market::SignatureScheme,
};
use serde::{Serialize, de::DeserializeOwned};

/// What must not stand in an error.
const ID_NUMBER: &str = "110105194912310021";

/// Each value's own word is what all four say; the words differ from each other.
fn agree<T>(all: &[T], word: fn(&T) -> &str)
where
    T: Copy + Debug + Display + Eq + FromStr<Err: Debug> + Hash + Serialize + DeserializeOwned,
{
    assert!(!all.is_empty());
    for value in all {
        let word = word(value);
        assert_eq!(value.to_string(), word);
        assert_eq!(word.parse::<T>().unwrap(), *value, "{word}");
        assert_eq!(serde_json::to_value(value).unwrap(), word);
        assert_eq!(serde_json::from_value::<T>(word.into()).unwrap(), *value, "{word}");
    }
    assert_eq!(all.iter().collect::<HashSet<_>>().len(), all.len());
    assert_eq!(all.iter().map(word).collect::<HashSet<_>>().len(), all.len());
}

#[test]
fn the_word_its_print_its_reading_and_its_serialized_form_agree() {
    agree(Goal::ALL, |value| value.as_str());
    agree(Action::ALL, |value| value.as_str());
    agree(Input::ALL, |value| value.as_str());
    agree(Sex::ALL, |value| value.as_str());
    agree(Change::ALL, |value| value.as_str());
    agree(Language::ALL, |value| value.as_str());
    agree(Billed::ALL, |value| value.as_str());
    agree(Again::ALL, |value| value.as_str());
    agree(Ran::ALL, |value| value.as_str());
    agree(TransportErrorKind::ALL, |value| value.as_str());
    agree(Actor::ALL, |value| value.as_str());
    agree(Delivery::ALL, |value| value.as_str());
    agree(ErrorKind::ALL, |value| value.as_str());
    agree(Failure::ALL, |value| value.as_str());
    agree(Retake::ALL, |value| value.as_str());
    agree(Unverifiable::ALL, |value| value.as_str());
    agree(SignatureScheme::ALL, |value| value.as_str());
    agree(Vendor::ALL, |value| value.as_str());
    agree(Call::ALL, |value| value.as_str());
    agree(Fault::ALL, |value| value.as_str());
    agree(PhotoErrorKind::ALL, |value| value.as_str());
    agree(PhotoFormat::ALL, |value| value.as_str());
    agree(SourceFormat::ALL, |value| value.as_str());
    agree(Orientation::ALL, |value| value.as_str());
    agree(Advice::ALL, |value| value.as_str());
    agree(&[FlashColor::BRIGHT, FlashColor::DARK].concat(), |value| value.as_str());
}

/// A const function makes them, which checks nothing.
#[test]
fn the_names_of_this_crates_own_vendors_are_valid_and_are_those_of_the_sandbox() {
    let transport = |_: Request| Ok(Response::new(Body::empty()));
    let providers: [Box<dyn LivenessProvider>; 2] = [
        Box::new(Jumdata::new(
            liveness::jumdata::Credentials { app_id: "i".into(), app_secret: "s".into() },
            transport,
        )),
        Box::new(TencentMarket::new(
            liveness::tencent_market::Credentials { secret_id: "i".into(), secret_key: "s".into() },
            transport,
        )),
    ];
    for (provider, vendor) in providers.iter().zip(Vendor::ALL) {
        let id = provider.id();
        assert_eq!(id.to_string().parse::<ProviderId>().unwrap(), *id);
        assert_eq!((id.vendor(), id.account()), (vendor.as_str(), "default"));
    }
    let labelled =
        Jumdata::new(liveness::jumdata::Credentials { app_id: "i".into(), app_secret: "s".into() }, transport)
            .with_account("hangzhou")
            .unwrap();
    assert_eq!(labelled.id().to_string(), "jumdata/hangzhou");
    let error = TencentMarket::new(
        liveness::tencent_market::Credentials { secret_id: "i".into(), secret_key: "s".into() },
        transport,
    )
    .with_account("s3cr3t/")
    .unwrap_err();
    assert!(error.field() == Some("account") && !error.to_string().contains("s3cr3t"), "{error}");
}

/// Words are kept in stores and dashboards: whoever changes one breaks them. The vendors' names are those of `ProviderId`.
#[test]
fn words_are_in_snake_case_and_stay_what_they_are() {
    let words = |all: &[&dyn Display]| all.iter().map(ToString::to_string).collect::<Vec<_>>().join(" ");
    macro_rules! words {
        ($type:ty) => {
            words(&<$type>::ALL.iter().map(|value| value as &dyn Display).collect::<Vec<_>>())
        };
    }
    assert_eq!(words!(Goal), "liveness same_person");
    assert_eq!(
        words!(Action),
        "look_front look_left look_right look_up look_down open_mouth blink_eye shake_head nod_head"
    );
    assert_eq!(words!(Input), "identity photo return_url");
    assert_eq!(words!(Sex), "male female");
    assert_eq!(words!(Language), "en zh");
    assert_eq!(words!(Billed), "yes no unknown");
    assert_eq!(words!(Again), "safe may_bill_again never");
    assert_eq!(words!(Ran), "no yes maybe");
    assert_eq!(words!(Actor), "caller operator nobody");
    assert_eq!(words!(Delivery), "not_sent lost answered");
    assert_eq!(words!(TransportErrorKind), "dns connect tls timeout interrupted not_http too_large blocked other");
    assert_eq!(words!(SignatureScheme), "apigw cloudmarket");
    assert_eq!(words!(Vendor), "jumdata tencent-market");
    assert_eq!(words!(Call), "init html result compare meter unknown");
    assert_eq!(
        words!(Fault),
        "refuse drop_before_reading early_answer rate_limit quota drop_after_charge bad_gateway stall_before_answer \
         stall_in_answer drip_answer endless_answer cut_answer overstate_length understate_length garble_chunks \
         garble_answer echo_inputs interim_answers old_http keep_alive_then_close wrong_date clock_jump"
    );
    assert!(words!(ErrorKind).starts_with("invalid_check ") && words!(ErrorKind).contains(" outcome_unknown "));
    assert_eq!(words!(Failure), "liveness_not_passed different_person name_mismatch invalid_identity");
    assert_eq!(
        words!(Retake),
        "capture_failed no_face eyes_covered face_not_upright nose_covered mouth_covered pose_or_light several_people \
         photo_not_standard uncertain"
    );
    assert_eq!(words!(Unverifiable), "no_portrait_on_record");
}

#[test]
fn an_outcome_prints_its_class_and_its_reason_and_is_read_back() {
    let outcomes = [Outcome::Passed]
        .into_iter()
        .chain(Failure::ALL.iter().map(|why| Outcome::Failed(*why)))
        .chain(Retake::ALL.iter().map(|why| Outcome::Retake(*why)))
        .chain(Unverifiable::ALL.iter().map(|why| Outcome::Unverifiable(*why)));
    for outcome in outcomes {
        let text = outcome.to_string();
        assert_eq!(text.parse::<Outcome>().unwrap(), outcome);
        let expected =
            outcome.reason().map_or(outcome.as_str().to_owned(), |why| format!("{}: {why}", outcome.as_str()));
        assert_eq!(text, expected);
        // The serialized form holds the same two words.
        let json = serde_json::to_value(outcome).unwrap();
        match outcome.reason() {
            None => assert_eq!(json, outcome.as_str()),
            Some(reason) => assert_eq!(json[outcome.as_str()], reason),
        }
    }
    assert_eq!(Outcome::Failed(Failure::DifferentPerson).to_string(), "failed: different_person");
    for text in ["", "failed", "passed: x", "different_person", "denied: different_person"] {
        assert_eq!(text.parse::<Outcome>().unwrap_err().what(), "outcome", "{text}");
    }
}

#[test]
fn case_hyphens_and_underscores_do_not_matter_and_anything_else_does() {
    for text in ["same_person", "same-person", "SamePerson", "SAME_PERSON"] {
        assert_eq!(text.parse(), Ok(Goal::SamePerson));
    }
    for text in ["", "same person", " same_person", "same_persons", "person", "---------------------------------"] {
        assert!(text.parse::<Goal>().is_err(), "{text}");
    }
}

#[test]
fn a_language_is_read_from_a_tag_or_a_locale() {
    for (text, language) in [
        ("zh", Language::Chinese),
        ("ZH", Language::Chinese),
        ("zh-CN", Language::Chinese),
        ("zh_CN.UTF-8", Language::Chinese),
        ("zh-Hant-TW", Language::Chinese),
        ("en", Language::English),
        ("en-US", Language::English),
        ("en_GB.UTF-8@euro", Language::English),
    ] {
        assert_eq!(text.parse(), Ok(language), "{text}");
        assert_eq!(serde_json::from_value::<Language>(text.into()).unwrap(), language);
    }
    // A browser's list of languages is no tag.
    for text in ["", "C", "C.UTF-8", "POSIX", "fr", "eng", "z", "-zh", "en,zh", "zh-CN,zh;q=0.9", "en US"] {
        assert_eq!(text.parse::<Language>().unwrap_err().choices(), ["en", "zh"], "{text}");
    }
}

#[test]
fn an_unknown_word_names_the_choices_in_both_languages_and_not_the_word() {
    fn refused<T: FromStr<Err = UnknownWord> + Debug>() -> UnknownWord {
        ID_NUMBER.parse::<T>().unwrap_err()
    }
    for error in [
        refused::<Goal>(),
        refused::<Action>(),
        refused::<Input>(),
        refused::<Sex>(),
        refused::<Change>(),
        refused::<Language>(),
        refused::<Billed>(),
        refused::<Again>(),
        refused::<Ran>(),
        refused::<TransportErrorKind>(),
        refused::<ErrorKind>(),
        refused::<Failure>(),
        refused::<Retake>(),
        refused::<Unverifiable>(),
        refused::<SignatureScheme>(),
        refused::<Vendor>(),
        refused::<Call>(),
        refused::<Fault>(),
        refused::<Outcome>(),
        refused::<Scenario>(),
    ] {
        let (what, first) = (error.what(), error.choices()[0]);
        for text in [error.message(Language::English), error.message(Language::Chinese)] {
            assert!(text.contains(first) && !text.contains(ID_NUMBER), "{text}");
        }
        assert_eq!(error.to_string(), error.message(Language::English));
        let error = liveness::Error::from(error);
        assert_eq!((error.kind(), error.field()), (ErrorKind::InvalidCheck, Some(what)));
        assert!(std::error::Error::source(&error).is_some());
        assert!(!format!("{error} {error:?}").contains(ID_NUMBER));
    }
    let error = refused::<Scenario>();
    assert_eq!(error.choices().len(), Scenario::all().len());
    assert!(error.to_string().ends_with(&format!("and {} more", error.choices().len() - 20)), "{error}");
    assert!(error.message(Language::Chinese).ends_with(&format!("等 {} 种", error.choices().len())), "{error}");
}

#[test]
fn a_scenario_is_read_by_its_name() {
    for scenario in Scenario::all() {
        assert_eq!(scenario.to_string(), scenario.name());
        assert_eq!(scenario.name().parse(), Ok(scenario));
    }
    assert_eq!(Scenario::all().collect::<HashSet<_>>().len(), Scenario::all().len());
}

#[test]
fn faults_are_found_by_the_name_on_the_command_line_and_by_their_word() {
    for fault in Fault::ALL.iter().copied() {
        assert_eq!(fault.name(), fault.as_str().replace('_', "-"));
        assert_eq!((Fault::named(fault.name()), Fault::named(fault.as_str())), (Some(fault), Some(fault)));
    }
    assert_eq!(Fault::named("none"), None);
}

/// A form, a command line and a setting read the same text, and refuse the same.
fn is_read<T>(good: &str, bad: &[&str])
where
    T: DeserializeOwned
        + Debug
        + PartialEq
        + FromStr<Err: Display + Debug>
        + TryFrom<String>
        + for<'a> TryFrom<&'a str>,
{
    let value: T = good.parse().unwrap();
    assert_eq!(T::try_from(good).ok().as_ref(), Some(&value));
    assert_eq!(T::try_from(good.to_owned()).ok().as_ref(), Some(&value));
    assert_eq!(serde_json::from_value::<T>(good.into()).unwrap(), value);
    // Owned and borrowed text, and text with an escape, come through different doors of the visitor.
    assert_eq!(serde_json::from_str::<T>(&serde_json::to_string(good).unwrap()).unwrap(), value);
    assert_eq!(serde_json::from_reader::<_, T>(serde_json::to_vec(good).unwrap().as_slice()).unwrap(), value);
    for bad in bad {
        let error = bad.parse::<T>().unwrap_err().to_string();
        assert!(T::try_from(*bad).is_err() && T::try_from((*bad).to_owned()).is_err());
        let told = serde_json::from_value::<T>((*bad).into()).unwrap_err().to_string();
        assert_eq!(told, error);
        assert!(bad.is_empty() || !error.contains(bad), "{error}");
    }
}

#[test]
fn inputs_of_forms_and_settings_are_read_everywhere_by_the_same_rule() {
    is_read::<Name>("买买提•吐尔逊", &["", "张\n三", "王\u{FFFD}", "\u{E000}丽"]);
    is_read::<IdNumber>("11010519491231002x", &["", ID_NUMBER, "990003299901010016", "USA110105491231"]);
    is_read::<ReturnUrl>("https://shop.example/back?a=1", &["", "ftp://t0ken.example/", "https://张三.example"]);
    is_read::<FlashColor>("#ffd9e3", &["", "#123456", "white"]);
    assert_eq!(serde_json::from_value::<Secret>("s3cr3t".into()).unwrap(), Secret::new("s3cr3t"));
    assert_eq!(
        serde_json::to_string(&ReturnUrl::parse("https://a.example/b").unwrap()).unwrap(),
        r#""https://a.example/b""#
    );
}

/// serde's own errors quote what they refuse: ``invalid type: integer `110105194912310021` ``.
#[test]
fn no_error_of_a_deserializer_quotes_the_value_whatever_its_type() {
    fn refused<T: DeserializeOwned>(json: &str) {
        // Through serde's buffer too, as of a flattened or tagged field.
        #[derive(serde::Deserialize)]
        struct Flat<T> {
            #[serde(flatten)]
            inner: Inner<T>,
        }
        #[derive(serde::Deserialize)]
        struct Inner<T> {
            value: T,
        }
        let whole = format!(r#"{{"value":{json}}}"#);
        let flat = serde_json::from_str::<Flat<T>>(&whole).map(|flat| flat.inner.value);
        let value = serde_json::from_str::<serde_json::Value>(json).unwrap();
        for result in [serde_json::from_str::<T>(json), serde_json::from_value::<T>(value), flat] {
            let Err(error) = result else { panic!("{json} is taken") };
            let error = format!("{error} {error:?}");
            assert!(!error.contains("1101") && !error.contains("s3cr3t"), "{error}");
        }
    }
    for json in [
        "110105194912310021",
        "-110105194912310021",
        "110105194912310021110105",
        "110105194912310021110105194912310021110105194912310021",
        "1101051949.12310021",
        "true",
        "null",
        r#"["110105194912310021"]"#,
        r#"{"s3cr3t":"110105194912310021"}"#,
    ] {
        refused::<Name>(json);
        refused::<IdNumber>(json);
        refused::<ReturnUrl>(json);
        refused::<FlashColor>(json);
        refused::<Secret>(json);
        refused::<Language>(json);
    }
}

#[test]
fn a_challenge_is_read_and_written_under_its_rules() {
    let challenge =
        Challenge::new([Action::LookFront, Action::NodHead], [FlashColor::WHITE, FlashColor::BLACK]).unwrap();
    let json = r##"{"actions":["look_front","nod_head"],"colors":["#FFFFFF","#000000"]}"##;
    assert_eq!(serde_json::to_string(&challenge).unwrap(), json);
    assert_eq!(serde_json::from_str::<Challenge>(json).unwrap(), challenge);
    let actions = serde_json::from_str::<Challenge>(r#"{"actions":["nod_head"]}"#).unwrap();
    assert_eq!(actions, Challenge::new([Action::NodHead], []).unwrap());
    for (json, reason) in [
        ("{}", "at least one action or colour"),
        (r##"{"actions":["open_mouth"],"colors":["#FFFFFF"]}"##, "LookFront"),
        (r##"{"colors":["#FFFFFF","#FFD9E3"]}"##, "bright and a dark one"),
        (r##"{"colors":["#FFFFFE"]}"##, "one of the 14"),
        (r#"{"actions":["jump"]}"#, "look_front"),
        (r##"{"colours":["#FFFFFF"],"actions":["nod_head"]}"##, "colours"),
    ] {
        let error = serde_json::from_str::<Challenge>(json).unwrap_err().to_string();
        assert!(error.contains(reason), "{error}");
    }
}
