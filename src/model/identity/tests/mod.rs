//! Tests that a refused value becomes an error of the check, and that the tables are whole.

mod id_number;
mod name;
mod properties;

use time::{Date, macros::date};
use unicode_properties::{GeneralCategory, UnicodeGeneralCategory};

use super::{
    characters::is_han,
    tables::{ideograph_of_radical, is_radical, real_of_gbk_private_use},
    *,
};
use crate::model::{Error, ErrorKind, Language};

const TODAY: Date = date!(2026 - 11 - 21);

#[test]
fn a_refusal_becomes_an_invalid_check_naming_the_field_but_not_the_value() {
    let error = Error::from(IdNumber::parse_on("110105194912310021", TODAY).unwrap_err());
    assert_eq!((error.kind(), error.field()), (ErrorKind::InvalidCheck, Some("id_number")));
    assert!(!error.to_string().contains("1949"));
    let error = Error::from(Name::parse("王#").unwrap_err());
    assert_eq!((error.kind(), error.field()), (ErrorKind::InvalidCheck, Some("name")));
    for language in Language::ALL {
        let message = error.message(*language);
        assert!(message.contains("`#`") && !message.contains('王'), "{message}");
    }
}

#[test]
fn every_change_is_told_in_both_languages_and_in_its_own_words() {
    let mut told: Vec<_> =
        Change::ALL.iter().flat_map(|change| Language::ALL.iter().map(|language| change.message(*language))).collect();
    told.sort_unstable();
    told.dedup();
    assert_eq!(told.len(), 2 * Change::ALL.len());
}

/// All radicals of Unicode 17 and how many of them have no entry.
#[test]
fn every_radical_becomes_an_ideograph_or_is_refused() {
    let radicals: Vec<char> = ('\u{2E80}'..='\u{2EF3}').chain('\u{2F00}'..='\u{2FD5}').collect();
    assert_eq!(radicals.len(), 116 + 214);
    assert!(('\0'..=char::MAX).filter(|character| is_radical(*character)).eq(radicals.iter().copied()));
    let without: Vec<char> =
        radicals.iter().copied().filter(|radical| ideograph_of_radical(*radical).is_none()).collect();
    assert_eq!(without, ['\u{2E80}', '\u{2E9A}']);
    for ideograph in radicals.iter().filter_map(|radical| ideograph_of_radical(*radical)) {
        let is_letter = ideograph.general_category() == GeneralCategory::OtherLetter;
        assert!(is_han(ideograph) && is_letter && !is_radical(ideograph), "U+{:X}", u32::from(ideograph));
    }
    for (radical, ideograph) in [
        ('\u{2F00}', '一'),
        ('\u{2F24}', '大'),
        ('\u{2FD5}', '龠'),
        // NFKC leaves all but two of these as they are.
        ('\u{2E81}', '厂'),
        ('\u{2E87}', '\u{20628}'),
        ('\u{2E9F}', '母'),
        ('\u{2EA0}', '民'),
        ('\u{2ED8}', '青'),
        ('\u{2EE9}', '黄'),
        ('\u{2EEF}', '竜'),
        ('\u{2EF3}', '龟'),
    ] {
        assert_eq!(ideograph_of_radical(radical), Some(ideograph), "U+{:X}", u32::from(radical));
    }
}

#[test]
fn every_private_use_character_of_gbk_becomes_an_assigned_one_and_no_other_does() {
    let known: Vec<(char, char)> =
        ('\0'..=char::MAX).filter_map(|old| Some((old, real_of_gbk_private_use(old)?))).collect();
    assert_eq!(known.len(), 1 + 10 + 2 + 13 + 80);
    for (old, real) in &known {
        assert_eq!(old.general_category(), GeneralCategory::PrivateUse);
        assert!(
            !matches!(real.general_category(), GeneralCategory::PrivateUse | GeneralCategory::Unassigned),
            "{real:?}"
        );
    }
    let mut real: Vec<char> = known.iter().map(|(_, real)| *real).collect();
    real.sort_unstable();
    real.dedup();
    assert_eq!(real.len(), known.len(), "each is another character");
    for (old, real) in [
        ('\u{E76C}', '€'),
        ('\u{E78D}', '\u{FE10}'),
        ('\u{E7C7}', 'ḿ'),
        ('\u{E7C8}', 'ǹ'),
        ('\u{E7E7}', '〾'),
        ('\u{E7F3}', '⿻'),
        ('\u{E815}', '\u{2E81}'),
        // The six that GB 18030-2022 still keeps at their two bytes, and the eight that it moved.
        ('\u{E816}', '\u{20087}'),
        ('\u{E817}', '\u{20089}'),
        ('\u{E818}', '\u{200CC}'),
        ('\u{E831}', '\u{215D7}'),
        ('\u{E83B}', '\u{2298F}'),
        ('\u{E855}', '\u{241FE}'),
        ('\u{E81E}', '\u{9FB4}'),
        ('\u{E826}', '\u{9FB5}'),
        ('\u{E82B}', '\u{9FB6}'),
        ('\u{E82C}', '\u{9FB7}'),
        ('\u{E832}', '\u{9FB8}'),
        ('\u{E843}', '\u{9FB9}'),
        ('\u{E854}', '\u{9FBA}'),
        ('\u{E864}', '\u{9FBB}'),
        // 䶮
        ('\u{E863}', '\u{4DAE}'),
    ] {
        assert!(known.contains(&(old, real)), "U+{:X}", u32::from(old));
    }
}
