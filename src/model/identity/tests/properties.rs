//! Properties of every text and of every character of Unicode.

use proptest::prelude::*;
use time::{Date, Month};
use unicode_properties::{GeneralCategory, UnicodeGeneralCategory};
use unicode_script::{Script, UnicodeScript};

use super::{
    super::{Change, IdNumber, IdNumberError, Name, NameError, Sex},
    TODAY,
    id_number::with_check,
};

/// Texts near names: letters of several scripts with typical pasted characters between them.
fn near_a_name() -> impl Strategy<Value = String> {
    let pieces = prop::sample::select(vec![
        "王",
        "芳",
        "𠮷",
        "䶮",
        "A",
        "b",
        "é",
        "e\u{301}",
        "ع",
        "ب",
        "\u{64E}",
        "क",
        "\u{94D}",
        "·",
        "•",
        ".",
        "．",
        "・",
        " ",
        "\u{3000}",
        "\t",
        "\u{A0}",
        "\u{200B}",
        "\u{200C}",
        "\u{200D}",
        "\u{FEFF}",
        "\u{FE0F}",
        "\u{E0100}",
        "⼤",
        "⻘",
        "Ａ",
        "－",
        "＇",
        "'",
        "-",
        "’",
        "\u{E863}",
        "\u{E815}",
        "タ",
        "김",
        "\u{F900}",
        "\n",
    ]);
    prop::collection::vec(pieces, 0..14).prop_map(|pieces| pieces.concat())
}

/// The characters that a text outside all listed classes must not contain.
fn is_of_a_listed_class(character: char) -> bool {
    character.is_whitespace()
        || character.general_category() == GeneralCategory::Format
        || "\u{34F}\u{115F}\u{1160}\u{17B4}\u{17B5}\u{3164}\u{FFA0}".contains(character)
        || "·.\u{387}\u{2022}\u{2027}\u{2219}\u{22C5}\u{2E31}\u{2E33}\u{30FB}\u{FE52}\u{FF65}".contains(character)
        || matches!(u32::from(character),
            0xFE00..=0xFE0F | 0xE0100..=0xE01EF | 0x180B..=0x180F | 0x2E80..=0x2FD5 | 0xFF01..=0xFF5E | 0xE766..=0xE864)
}

/// Every scalar value, between two Han characters and between two Latin ones.
#[test]
fn each_character_of_unicode_is_kept_or_refused_or_of_a_listed_class() {
    for character in '\0'..=char::MAX {
        for (before, after) in [('王', '芳'), ('A', 'b')] {
            let typed = String::from_iter([before, character, after]);
            let code = || format!("U+{:04X}", u32::from(character));
            let name = match Name::normalise(&typed) {
                Ok(name) => name,
                Err(error) => {
                    let is_refusable = character.is_ascii()
                        || character.is_control()
                        || matches!(
                            character.general_category(),
                            GeneralCategory::PrivateUse | GeneralCategory::Unassigned
                        )
                        || matches!(character, '\u{FFFD}' | '\u{2E80}' | '\u{FF01}'..='\u{FF5E}');
                    assert!(is_refusable, "{}: {error}", code());
                    continue;
                }
            };
            let is_as_typed = name.value().reveal() == typed;
            assert_eq!(is_as_typed, !name.is_changed(), "{}: {:?}", code(), name.changes());
            assert!(is_as_typed || is_of_a_listed_class(character), "{}", code());
            let again = Name::normalise(name.value().reveal()).unwrap();
            assert!(!again.is_changed() && again.value() == name.value(), "{}", code());
        }
    }
}

#[test]
fn every_han_character_of_unicode_is_a_name() {
    let mut count = 0;
    let han = ('\0'..=char::MAX).filter(|character| character.script() == Script::Han);
    for character in han.filter(|character| !matches!(u32::from(*character), 0x2E80..=0x2FD5)) {
        let typed = String::from(character);
        assert_eq!(Name::parse(&typed).map(|name| name.reveal() == typed), Ok(true), "U+{:04X}", u32::from(character));
        count += 1;
    }
    // Unicode 17 has 103,000 unified and compatibility ideographs, in planes 0, 2 and 3.
    assert!(count > 103_000, "{count}");
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(2_000))]

    #[test]
    fn no_string_makes_either_parser_panic(text in any::<String>(), digits in "[0-9Xx×\u{FF10}-\u{FF19} \u{2010}-\u{2014}]{0,22}") {
        for input in [&text, &digits] {
            let _ = (IdNumber::parse_on(input, TODAY), Name::parse(input));
        }
    }

    #[test]
    fn normalising_a_name_again_changes_nothing(near in near_a_name(), any in any::<String>()) {
        for typed in [near, any] {
            if let Ok(name) = Name::normalise(&typed) {
                let again = Name::normalise(name.value().reveal());
                prop_assert_eq!(again.as_ref().map(|again| again.value()), Ok(name.value()));
                prop_assert_eq!(again.map(|again| again.changes().to_vec()), Ok(vec![]));
                prop_assert_eq!(name.value().reveal() != typed, name.is_changed());
            }
        }
    }

    /// No two legal names become one: only a name that differs from the record in a listed class matches it.
    #[test]
    fn a_name_without_a_listed_class_is_kept_byte_for_byte(near in near_a_name(), any in any::<String>()) {
        for typed in [near, any] {
            let plain: String = typed.chars().filter(|character| !is_of_a_listed_class(*character)).collect();
            match Name::normalise(&plain) {
                Ok(name) => prop_assert_eq!(name.value().reveal(), plain),
                Err(NameError::Empty) => prop_assert!(plain.is_empty()),
                Err(_) => {}
            }
        }
    }

    /// Normalising never changes the letters and marks of a name or their order, whatever is between them.
    #[test]
    fn only_listed_classes_are_dropped(near in near_a_name()) {
        let plain = |text: &str| text.chars().filter(|character| !is_of_a_listed_class(*character)).collect::<String>();
        if let Ok(name) = Name::normalise(&near) {
            let mapped = near.replace('⼤', "大").replace('⻘', "青").replace('Ａ', "A").replace('－', "-").replace('＇', "'");
            let mapped = mapped.replace('\u{E863}', "䶮").replace('\u{E815}', "厂");
            prop_assert_eq!(plain(name.value().reveal()), plain(&mapped));
        }
    }

    #[test]
    fn an_id_number_survives_whatever_is_pasted_between_its_digits(
        places in prop::collection::vec((0_usize..=18, prop::sample::select(vec![" ", "-", "—", "\u{3000}", "\u{200B}", "\u{FE0F}", "\u{2066}", "\t", "\u{2212}"])), 0..6),
        full_width in prop::collection::vec(any::<bool>(), 18),
    ) {
        let mut typed: Vec<String> = "11010519491231002X".chars().zip(&full_width)
            .map(|(character, wide)| if *wide { char::from_u32(u32::from(character) + 0xFEE0).unwrap() } else { character }.to_string())
            .collect();
        for (at, piece) in &places {
            match typed.get_mut(*at) {
                Some(character) => character.insert_str(0, piece),
                None => typed.push((*piece).to_owned()),
            }
        }
        let number = IdNumber::normalise_on(&typed.concat(), TODAY).unwrap();
        prop_assert_eq!(number.value().reveal(), "11010519491231002X");
        prop_assert_eq!(number.is_changed(), !places.is_empty() || full_width.contains(&true));
        prop_assert_eq!(number.changes().contains(&Change::FullWidth), full_width.contains(&true));
        prop_assert!(!IdNumber::normalise_on(number.value().reveal(), TODAY).unwrap().is_changed());
    }

    #[test]
    fn a_wrong_length_says_how_many_were_given(digits in "[1-9][0-9]{0,13}|[1-9][0-9]{15,16}|[1-9][0-9]{18,30}", every in 1_usize..6) {
        let spaced: String = digits.chars().enumerate().flat_map(|(at, digit)| [digit].into_iter().chain((at % every == 0).then_some(' '))).collect();
        prop_assert_eq!(IdNumber::parse_on(&spaced, TODAY), Err(IdNumberError::Length { given: digits.len() }));
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
