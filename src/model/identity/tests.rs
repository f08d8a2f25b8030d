use proptest::prelude::*;
use time::macros::date;

use super::*;
use crate::model::Error;

const TODAY: Date = date!(2026 - 11 - 21);

fn with_check(digits: &str) -> String {
    let sum: u32 = digits.bytes().zip(CHECK_WEIGHTS).map(|(digit, weight)| u32::from(digit - b'0') * weight).sum();
    format!("{digits}{}", char::from(CHECK_CHARACTERS[(sum % 11) as usize]))
}

#[test]
fn the_standards_own_examples_are_taken() {
    // Both are the worked examples printed in GB 11643-1999.
    assert_eq!(IdNumber::parse_on("11010519491231002X", TODAY).map(|n| n.sex()), Ok(Sex::Female));
    assert_eq!(IdNumber::parse_on("440524188001010014", TODAY), Err(IdNumberError::TooOld));
}

#[test]
fn each_refusal_names_its_reason() {
    for (number, reason) in [
        ("", IdNumberError::Length),
        ("1101051949123100", IdNumberError::Length),
        ("110105194912310", IdNumberError::Withdrawn),
        ("11010519491231００", IdNumberError::Length),
        ("1101051949123100XX", IdNumberError::Character),
        ("11010519491231002Y", IdNumberError::Character),
        ("身份证号身份证", IdNumberError::Length),
        ("身份证号身份", IdNumberError::Length),
        ("\u{FF11}1010519491231002X", IdNumberError::Character),
        ("11010519491231号", IdNumberError::Length),
        ("010105194912310025", IdNumberError::Region),
        ("110105194902290021", IdNumberError::Date),
        ("110105194913010021", IdNumberError::Date),
        ("110105000000000021", IdNumberError::Date),
        ("110105189912310021", IdNumberError::TooOld),
        ("110105202611220021", IdNumberError::Future),
        ("110105194912310021", IdNumberError::Checksum),
    ] {
        assert_eq!(IdNumber::parse_on(number, TODAY), Err(reason), "{number}");
    }
}

#[test]
fn residence_permits_and_abolished_districts_are_taken() {
    for region in ["810000", "820000", "830000", "310103", "990001"] {
        assert!(IdNumber::parse_on(&with_check(&format!("{region}19900101001")), TODAY).is_ok(), "{region}");
    }
}

#[test]
fn someone_born_today_is_taken_and_tomorrow_is_not() {
    assert!(IdNumber::parse_on(&with_check("11010520261121001"), TODAY).is_ok());
    assert_eq!(IdNumber::parse_on(&with_check("11010520261122001"), TODAY), Err(IdNumberError::Future));
}

#[test]
fn long_rare_and_dotted_names_are_taken() {
    for name in ["张三", "𠮷田", "欧阳娜娜", "John Smith", "阿卜杜拉·买买提", "葛\u{E0100}", "علی\u{200C}رضا"]
    {
        assert_eq!(Name::parse(name).map(|n| n.reveal().to_owned()).as_deref(), Ok(name));
    }
    assert!(Name::parse(&"长".repeat(50)).is_ok());
    assert_eq!(Name::parse(&"长".repeat(51)), Err(NameError::TooLong));
}

#[test]
fn look_alikes_of_the_middle_dot_become_the_one_on_record() {
    for dot in ['\u{2022}', '\u{30FB}', '\u{2027}', '\u{FF0E}', '\u{B7}'] {
        assert_eq!(Name::parse(&format!("甲{dot}乙")).map(|n| n.reveal().to_owned()).as_deref(), Ok("甲\u{B7}乙"));
    }
}

#[test]
fn control_characters_are_refused_and_what_pasting_leaves_around_a_name_or_number_is_dropped() {
    assert!(IdNumber::parse_on("\u{FEFF} 11010519491231002X\u{200B}\u{3000}", TODAY).is_ok());
    assert_eq!(Name::parse("\u{FEFF}张三\u{200B}\u{3000}").map(|n| n.reveal().to_owned()).as_deref(), Ok("张三"));
    for name in ["张\n三", "张\u{0}三", "张\u{7F}三", "张\u{85}三"] {
        assert_eq!(Name::parse(name), Err(NameError::ControlCharacter), "{name:?}");
    }
    assert_eq!(Name::parse(" \t"), Err(NameError::Empty));
}

#[test]
fn a_refusal_becomes_an_invalid_check_naming_the_field_but_not_the_value() {
    let error = Error::from(IdNumber::parse_on("110105194912310021", TODAY).unwrap_err());
    assert_eq!((error.kind(), error.field()), (crate::model::ErrorKind::InvalidCheck, Some("id_number")));
    assert!(!error.to_string().contains("1949"));
    assert_eq!(Error::from(NameError::Empty).field(), Some("name"));
}

proptest! {
    #[test]
    fn no_string_makes_either_parser_panic(text in any::<String>(), digits in "[0-9Xx]{0,20}") {
        for input in [&text, &digits] {
            let _ = (IdNumber::parse_on(input, TODAY), Name::parse(input));
        }
    }

    #[test]
    fn one_wrong_digit_is_always_noticed(sequence in 0_u32..1000, day in 1_u8..=28, month in 1_u8..=12, year in 1900..=2025, at in 0_usize..18, by in 1_u8..10) {
        let good = with_check(&format!("330106{year}{month:02}{day:02}{sequence:03}"));
        let number = IdNumber::parse_on(&good, TODAY).unwrap();
        prop_assert_eq!(number.birth_date(), Date::from_calendar_date(year, Month::try_from(month).unwrap(), day).unwrap());
        prop_assert_eq!(number.sex() == Sex::Male, sequence % 2 == 1);
        let mut bytes = good.into_bytes();
        bytes[at] = if bytes[at] == b'X' { b'0' + by } else { b'0' + (bytes[at] - b'0' + by) % 10 };
        prop_assert!(IdNumber::parse_on(&String::from_utf8(bytes).unwrap(), TODAY).is_err());
    }
}
