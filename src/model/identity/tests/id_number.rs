//! ID numbers as they are typed and pasted, and each reason for a refusal.

use time::{Date, macros::date};

use super::{
    super::{
        Change, IdNumber, IdNumberError, Sex,
        id_number::{CHECK_CHARACTERS, CHECK_WEIGHTS},
    },
    TODAY,
};

pub(super) fn with_check(digits: &str) -> String {
    let sum: u32 = digits.bytes().zip(CHECK_WEIGHTS).map(|(digit, weight)| u32::from(digit - b'0') * weight).sum();
    format!("{digits}{}", char::from(CHECK_CHARACTERS[(sum % 11) as usize]))
}

const NUMBER: &str = "11010519491231002X";

/// Each row has the input of a form and the changes that make it [`NUMBER`].
fn becomes_the_number(rows: &[(&str, &[Change])]) {
    for (typed, changes) in rows {
        let number = IdNumber::normalise_on(typed, TODAY).unwrap_or_else(|error| panic!("{typed:?}: {error}"));
        assert_eq!((number.value().reveal(), number.changes()), (NUMBER, *changes), "{typed:?}");
        assert_eq!(IdNumber::parse_on(typed, TODAY).as_ref(), Ok(number.value()), "both ways in do the same");
    }
}

#[test]
fn the_standards_own_examples_are_taken() {
    // Both are the worked examples printed in GB 11643-1999.
    assert_eq!(IdNumber::parse_on(NUMBER, TODAY).map(|n| n.sex()), Ok(Sex::Female));
    assert_eq!(IdNumber::parse_on("440524188001010014", TODAY), Err(IdNumberError::TooOld));
    becomes_the_number(&[(NUMBER, &[])]);
}

#[test]
fn spaces_dashes_and_what_is_not_seen_are_dropped_wherever_they_stand() {
    becomes_the_number(&[
        ("110105 19491231 002X", &[Change::Space]),
        ("110105-19491231-002X", &[Change::Dash]),
        ("11010519491231002X\u{3000}", &[Change::Space]),
        ("\u{200E}11010519491231002X", &[Change::FormatCharacter]),
        ("1101\u{AD}0519491231\u{FEFF}002X\u{200B}", &[Change::FormatCharacter]),
        ("11010519491231002X\u{FE0F}", &[Change::VariationSelector]),
        ("\n110105\t1949\r\n1231002X", &[Change::Space]),
        ("110105—19491231–002X", &[Change::Dash]),
    ]);
    for space in ('\0'..=char::MAX).filter(|character| character.is_whitespace()) {
        becomes_the_number(&[(&format!("{space}110105{space}19491231002{space}X{space}"), &[Change::Space])]);
    }
    // Dashes of every kind: hyphens, figure and em dashes, minus, the line of a box, the long mark of Japanese.
    for dash in "-\u{2010}\u{2011}\u{2012}\u{2013}\u{2014}\u{2015}\u{2E3A}\u{FE58}\u{FE63}\u{FF0D}\u{2212}\u{30FC}\u{2500}\u{2043}\u{58A}".chars() {
        becomes_the_number(&[(&format!("{dash}110105{dash}{dash}19491231002X{dash}"), &[Change::Dash])]);
    }
}

#[test]
fn full_width_digits_become_ascii_and_look_alikes_of_x_become_x_at_the_end_alone() {
    becomes_the_number(&[
        ("１１０１０５１９４９１２３１００２Ｘ", &[Change::FullWidth]),
        ("\u{FF11}1010519491231002X", &[Change::FullWidth]),
        ("１１０１０５１９４９１２３１００２ｘ", &[Change::FullWidth, Change::CheckCharacter]),
    ]);
    for x in "xхХ×χΧⅩⅹ✕✖⨯".chars() {
        becomes_the_number(&[
            (&format!("11010519491231002{x}"), &[Change::CheckCharacter]),
            (&format!("11010519491231002{x} "), &[Change::Space, Change::CheckCharacter]),
        ]);
        let inside = format!("1101051949123100{x}X");
        assert_eq!(IdNumber::parse_on(&inside, TODAY), Err(IdNumberError::Character), "{x}");
        // The check character decides.
        let wrong = format!("11010519491231001{x}");
        assert_eq!(IdNumber::parse_on(&wrong, TODAY), Err(IdNumberError::Checksum), "{x}");
    }
}

#[test]
fn each_refusal_names_its_reason() {
    for (number, reason) in [
        ("", IdNumberError::Empty),
        (" \u{200B}-", IdNumberError::Empty),
        ("1101051949123100", IdNumberError::Length { given: 16 }),
        ("1101051949123100 2", IdNumberError::Length { given: 17 }),
        ("11010519491231002XX", IdNumberError::Length { given: 19 }),
        ("身份证号身份证", IdNumberError::Length { given: 7 }),
        ("11010519491231号", IdNumberError::Length { given: 15 }),
        ("110105491231002", IdNumberError::Withdrawn),
        ("１１０１０５ 491231-002", IdNumberError::Withdrawn),
        ("USA110105491231", IdNumberError::OldPermanentResidence),
        ("ｕｓａ110105 491231", IdNumberError::OldPermanentResidence),
        ("US1110105491231", IdNumberError::Length { given: 15 }),
        ("1101051949123100XX", IdNumberError::Character),
        ("11010519491231002Y", IdNumberError::Character),
        ("11O10519491231002X", IdNumberError::Character),
        ("11010519491231002号", IdNumberError::Character),
        ("1101\x00519491231002X", IdNumberError::Character),
        ("110105.9491231002X", IdNumberError::Sign('.')),
        ("1101051949123100２＃", IdNumberError::Sign('#')),
        ("110105*********02X", IdNumberError::Sign('*')),
        ("11010519491231002?", IdNumberError::Lost('?')),
        ("1101051949\u{FFFD}", IdNumberError::Lost('\u{FFFD}')),
        ("\u{E000}1010519491231002X", IdNumberError::PrivateUse('\u{E000}')),
        ("\u{378}1010519491231002X", IdNumberError::Unassigned('\u{378}')),
        ("010105194912310025", IdNumberError::Region),
        ("110105194902290021", IdNumberError::Date),
        ("110105194913010021", IdNumberError::Date),
        ("11010519491331002X", IdNumberError::Date),
        ("110105000000000021", IdNumberError::Date),
        ("110105189912310021", IdNumberError::TooOld),
        ("110105202611220021", IdNumberError::Future),
        ("110105194912310021", IdNumberError::Checksum),
    ] {
        assert_eq!(IdNumber::parse_on(number, TODAY), Err(reason), "{number}");
    }
    let no_such_date = with_check("11010519491331002");
    assert_eq!(IdNumber::parse_on(&no_such_date, TODAY), Err(IdNumberError::Date), "its check character is right");
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
    let day: Date = date!(2026 - 11 - 22);
    assert!(IdNumber::parse_on(&with_check("11010520261122001"), day).is_ok());
}
