//! Checks ID numbers, and recognises the sandbox's own.
//!
//! Written from GB 11643-1999 independently of [`crate::IdNumber`], so that a mistake there is noticed here.

use time::{Date, Month};

/// No real number has this region: the sandbox's own numbers begin with it.
const MAGIC_REGION: &str = "99";
/// No person in a check was born before this year.
const FIRST_YEAR: i32 = 1900;

/// The content of an ID number.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct Facts {
    /// As `yyyyMMdd`.
    pub(super) birthday: String,
    pub(super) is_male: bool,
    /// The scenario that it selects, for region 99.
    pub(super) scenario: Option<u16>,
}

/// What is wrong with an ID number.
#[derive(Debug, PartialEq, Eq)]
pub(super) enum Wrong {
    /// Its length, a character or its date, which must exist and be between 1900 and today: it is not an ID number.
    Form,
    /// Its check character: it is a wrong one.
    CheckCharacter,
}

/// Reads an ID number of 18 characters, on this day.
pub(super) fn read(number: &str, today: Date) -> Result<Facts, Wrong> {
    let bytes = number.as_bytes();
    let digits = bytes.iter().take(17).filter(|byte| byte.is_ascii_digit()).count();
    if bytes.len() != 18 || digits != 17 || !matches!(bytes[17], b'0'..=b'9' | b'X' | b'x') || bytes[0] == b'0' {
        return Err(Wrong::Form);
    }
    // It is all ASCII now, so every slice is valid.
    let date = || {
        let month = Month::try_from(number[10..12].parse::<u8>().ok()?).ok()?;
        Date::from_calendar_date(number[6..10].parse().ok()?, month, number[12..14].parse().ok()?).ok()
    };
    if date().is_none_or(|date| date.year() < FIRST_YEAR || date > today) {
        return Err(Wrong::Form);
    }
    if check_character(&bytes[..17]) != char::from(bytes[17].to_ascii_uppercase()) {
        return Err(Wrong::CheckCharacter);
    }
    Ok(Facts {
        birthday: number[6..14].to_owned(),
        is_male: bytes[16] % 2 == 1,
        scenario: number.strip_prefix(MAGIC_REGION).and_then(|rest| rest[..4].parse().ok()),
    })
}

/// The sandbox's own number that selects a scenario.
pub(super) fn magic(scenario: u16) -> String {
    let mut number = format!("{MAGIC_REGION}{:04}19900101001", scenario % 10_000);
    number.push(check_character(number.as_bytes()));
    number
}

/// ISO 7064 MOD 11-2 in its recursive form: the value that makes the whole number leave 1 modulo 11.
fn check_character(digits: &[u8]) -> char {
    let product = digits.iter().fold(0, |value, digit| (value + u32::from(digit.wrapping_sub(b'0'))) * 2 % 11);
    match (12 - product) % 11 {
        10 => 'X',
        value => char::from_digit(value, 10).unwrap_or('X'),
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;
    use time::macros::date;

    use super::*;

    const TODAY: Date = date!(2026 - 11 - 21);

    #[test]
    fn the_standards_own_examples_are_read() {
        let facts = Facts { birthday: "19491231".to_owned(), is_male: false, scenario: None };
        assert_eq!(read("11010519491231002X", TODAY), Ok(facts));
        assert_eq!(read("440524188001010014", TODAY), Err(Wrong::Form), "born in 1880");
        assert_eq!(read("110105194912310021", TODAY), Err(Wrong::CheckCharacter));
        for form in
            ["", "110105491231002", "11010519491331002X", "11010519490230002X", "01010519491231002X", "张三张三张三"]
        {
            assert_eq!(read(form, TODAY), Err(Wrong::Form), "{form}");
        }
    }

    #[test]
    fn a_birth_lies_neither_before_1900_nor_after_today() {
        let born = |date: &str| {
            let digits = format!("110105{date}002");
            read(&format!("{digits}{}", check_character(digits.as_bytes())), TODAY).map(|facts| facts.birthday)
        };
        for taken in ["19000101", "20261121"] {
            assert_eq!(born(taken).as_deref(), Ok(taken));
        }
        for refused in ["18991231", "20261122"] {
            assert_eq!(born(refused), Err(Wrong::Form), "{refused}");
        }
    }

    proptest! {
        #[test]
        fn every_magic_number_is_read_back_and_is_one_for_the_client_too(scenario in 0_u16..10_000) {
            let number = magic(scenario);
            prop_assert_eq!(read(&number, TODAY).unwrap().scenario, Some(scenario));
            prop_assert!(crate::model::IdNumber::parse_on(&number, TODAY).is_ok());
        }

        #[test]
        fn no_text_makes_it_panic(text in any::<String>(), digits in "[0-9Xx]{18}") {
            let _ = (read(&text, TODAY), read(&digits, TODAY));
        }
    }
}
