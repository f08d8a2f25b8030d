//! Names as they are typed and pasted, one row for each class.

use super::super::{Change, Name, NameError};

fn named(typed: &str) -> Result<String, NameError> {
    Name::parse(typed).map(|name| name.reveal().to_owned())
}

/// Each row has the input of a form, the name on record, and the changes.
fn becomes(rows: &[(&str, &str, &[Change])]) {
    for (typed, right, changes) in rows {
        let name = Name::normalise(typed).unwrap_or_else(|error| panic!("{typed:?}: {error}"));
        assert_eq!((name.value().reveal(), name.changes()), (*right, *changes), "{typed:?}");
        assert_eq!(name.is_changed(), !changes.is_empty());
        assert_eq!(named(typed).as_deref(), Ok(*right), "both ways in do the same");
    }
}

fn is_refused(rows: &[(&str, NameError)]) {
    for (typed, reason) in rows {
        assert_eq!(Name::normalise(typed), Err(*reason), "{typed:?}");
        assert_eq!(named(typed), Err(*reason), "both ways in do the same");
    }
}

#[test]
fn long_rare_foreign_and_dotted_names_are_kept() {
    for name in [
        "张三",
        "欧阳娜娜",
        "阿卜杜拉·买买提",
        "𠮷田",
        "㐂",
        "䶮",
        "〇",
        "佐々木",
        "\u{323B0}\u{3134A}\u{2EBF0}",
        // Compatibility ideographs, of which twelve are the only code for their character.
        "\u{FA0E}\u{F900}\u{2F800}",
        "ANNA LEE",
        "Anna-Maria O’Neil",
        "Anna-Maria O'Neil",
        "J. R. Smith Jr.",
        "Nguyễn Thị",
        "Nguye\u{302}\u{303}n",
        "山田太郎 タロウ",
        "김철수",
        "ཀརྨ",
        "علی\u{200C}رضا",
    ] {
        let kept = Name::normalise(name).map(|found| (found.value().reveal() == name, found.is_changed()));
        assert_eq!(kept, Ok((true, false)), "{name}");
    }
    assert_eq!(named("山田 太郎 タロウ").as_deref(), Ok("山田太郎 タロウ"));
}

#[test]
fn what_is_not_seen_is_dropped() {
    use Change::{FormatCharacter, VariationSelector};
    becomes(&[
        ("王\u{AD}芳", "王芳", &[FormatCharacter]),
        ("王\u{2060}芳", "王芳", &[FormatCharacter]),
        ("\u{200F}王芳", "王芳", &[FormatCharacter]),
        ("\u{202A}王芳\u{202C}", "王芳", &[FormatCharacter]),
        ("\u{2066}王芳\u{2069}", "王芳", &[FormatCharacter]),
        ("\u{FEFF}王\u{200B}芳\u{61C}", "王芳", &[FormatCharacter]),
        ("王\u{E0001}\u{E0041}芳", "王芳", &[FormatCharacter]),
        ("王\u{34F}芳\u{3164}", "王芳", &[FormatCharacter]),
        ("Anna\u{200B}Lee", "AnnaLee", &[FormatCharacter]),
        ("王芳\u{FE0F}", "王芳", &[VariationSelector]),
        ("葛\u{E0100}城", "葛城", &[VariationSelector]),
        ("芦\u{FE00}\u{180B}\u{E01EF}", "芦", &[VariationSelector]),
    ]);
}

#[test]
fn joiners_stay_inside_scripts_that_join_and_nowhere_else() {
    const DROPPED: &[Change] = &[Change::FormatCharacter];
    becomes(&[
        ("علی\u{200C}رضا", "علی\u{200C}رضا", &[]),
        ("عَ\u{200C}ب", "عَ\u{200C}ب", &[]),
        ("क्\u{200D}ष", "क्\u{200D}ष", &[]),
        ("ශ්\u{200D}රී", "ශ්\u{200D}රී", &[]),
        // The older spelling of Malayalam ends in a virama and a joiner.
        ("രാജന്\u{200D}", "രാജന്\u{200D}", &[]),
        ("ᠠ\u{180E}ᠠ", "ᠠ\u{180E}ᠠ", &[]),
        ("علی\u{200C}\u{200C}\u{200D}رضا", "علی\u{200C}رضا", DROPPED),
        ("علی\u{200C}", "علی", DROPPED),
        ("\u{200C}علی", "علی", DROPPED),
        ("علی\u{200C}王", "علی王", DROPPED),
        ("王\u{200C}芳\u{200D}", "王芳", DROPPED),
        ("An\u{200D}na", "Anna", DROPPED),
        ("王\u{180E}芳", "王芳", DROPPED),
    ]);
}

#[test]
fn white_space_is_dropped_at_the_ends_between_han_and_beside_a_dot_and_is_one_space_elsewhere() {
    const SPACE: &[Change] = &[Change::Space];
    for space in ('\0'..=char::MAX).filter(|c| c.is_whitespace() && (!c.is_control() || *c == '\t')) {
        becomes(&[
            (&format!("王{space}芳"), "王芳", SPACE),
            (&format!("{space}王{space}{space}芳{space}"), "王芳", SPACE),
            (&format!("阿依古丽{space}·{space}买买提"), "阿依古丽·买买提", SPACE),
            (&format!("Anna{space}·{space}Lee"), "Anna·Lee", SPACE),
            (&format!("ANNA{space}{space}LEE{space}"), "ANNA LEE", SPACE),
        ]);
        assert_eq!(named(&format!("ANNA{space}LEE")).as_deref(), Ok("ANNA LEE"));
        assert_eq!(named(&format!("王{space}Anna")).as_deref(), Ok("王 Anna"));
    }
    // Characters at an end do not matter, including a line break. Inside, it separates two values.
    becomes(&[("\r\n王芳\u{200B}\n", "王芳", &[Change::FormatCharacter, Change::Space])]);
    for control in ["\n", "\r\n", "\0", "\u{B}", "\u{C}", "\u{1B}", "\u{7F}", "\u{85}"] {
        is_refused(&[
            (&format!("张{control}三"), NameError::ControlCharacter),
            (&format!("ANNA {control} LEE"), NameError::ControlCharacter),
        ]);
    }
    is_refused(&[("\0王芳", NameError::ControlCharacter), ("王芳\u{7F}", NameError::ControlCharacter)]);
}

#[test]
fn look_alikes_of_the_middle_dot_become_the_one_on_record() {
    const DOT: &[Change] = &[Change::MiddleDot];
    for dot in "\u{2022}\u{30FB}\u{2027}\u{FF0E}\u{2219}\u{22C5}\u{FF65}\u{2E31}\u{2E33}\u{387}\u{FE52}.".chars() {
        becomes(&[
            (&format!("阿依古丽{dot}买买提"), "阿依古丽·买买提", DOT),
            (&format!("𠮷{dot}㐂"), "𠮷·㐂", DOT),
            (&format!("阿依古丽{dot}{dot}买买提"), "阿依古丽·买买提", DOT),
            (&format!("阿依古丽·{dot}买买提"), "阿依古丽·买买提", DOT),
            (&format!("阿依古丽 {dot} 买买提"), "阿依古丽·买买提", &[Change::Space, Change::MiddleDot]),
        ]);
        if !matches!(dot, '.' | '\u{FF0E}') {
            becomes(&[(&format!("Anna{dot}Lee"), "Anna·Lee", DOT)]);
        }
    }
    becomes(&[
        ("阿依古丽··买买提", "阿依古丽·买买提", DOT),
        ("Anna···Lee", "Anna·Lee", DOT),
        ("阿依古丽· 买买提", "阿依古丽·买买提", &[Change::Space]),
        // A full stop that is not between two Han characters is one.
        ("J.Smith", "J.Smith", &[]),
        ("王J.", "王J.", &[]),
        ("J．Smith", "J.Smith", &[Change::FullWidth]),
        ("J..S", "J..S", &[]),
    ]);
}

#[test]
fn radicals_full_width_and_old_private_characters_become_what_they_stand_for() {
    becomes(&[
        ("⼤明", "大明", &[Change::Radical]),
        ("⻩⻘", "黄青", &[Change::Radical]),
        // Only after this is a neighbour Han: it comes before spaces and dots.
        ("⼤ ⼤.⼤", "大大·大", &[Change::Space, Change::MiddleDot, Change::Radical]),
        ("ＡＮＮＡ　ＬＥＥ", "ANNA LEE", &[Change::Space, Change::FullWidth]),
        ("Ｏ＇Ｎｅｉｌ－Ｌｅｅ", "O'Neil-Lee", &[Change::FullWidth]),
        ("\u{E863}丽", "䶮丽", &[Change::PrivateUse]),
        ("\u{E816}丽", "\u{20087}丽", &[Change::PrivateUse]),
        // GBK's was a radical.
        ("\u{E815}丽", "厂丽", &[Change::Radical, Change::PrivateUse]),
    ]);
}

#[test]
fn what_is_refused_says_what_it_is() {
    for sign in (' '..='~').filter(|c| !c.is_ascii_alphabetic() && !matches!(c, ' ' | '\'' | '-' | '.' | '?')) {
        is_refused(&[(&format!("王{sign}"), NameError::NotInNames(sign))]);
        let full_width = char::from_u32(u32::from(sign) + 0xFEE0).unwrap();
        is_refused(&[(&format!("王{full_width}"), NameError::NotInNames(sign))]);
    }
    is_refused(&[
        ("<i>王</i>", NameError::NotInNames('<')),
        ("王1", NameError::NotInNames('1')),
        ("王?", NameError::Lost('?')),
        ("??", NameError::Lost('?')),
        ("王\u{FFFD}", NameError::Lost('\u{FFFD}')),
        ("\u{E000}丽", NameError::PrivateUse('\u{E000}')),
        ("\u{E865}丽", NameError::PrivateUse('\u{E865}')),
        ("\u{F8FF}丽", NameError::PrivateUse('\u{F8FF}')),
        ("\u{F0000}丽", NameError::PrivateUse('\u{F0000}')),
        ("\u{10FFFD}丽", NameError::PrivateUse('\u{10FFFD}')),
        ("\u{378}丽", NameError::Unassigned('\u{378}')),
        ("\u{FFFE}丽", NameError::Unassigned('\u{FFFE}')),
        ("\u{FDD0}丽", NameError::Unassigned('\u{FDD0}')),
        ("\u{3FFFD}丽", NameError::Unassigned('\u{3FFFD}')),
        ("\u{2E9A}丽", NameError::Unassigned('\u{2E9A}')),
        ("\u{2E80}丽", NameError::Radical('\u{2E80}')),
        ("·", NameError::NoLetter),
        ("-", NameError::NoLetter),
        ("’", NameError::NoLetter),
        ("\u{301}", NameError::NoLetter),
        ("", NameError::Empty),
        (" \t\n", NameError::Empty),
        ("\u{200B}\u{3000}\u{FEFF}", NameError::Empty),
        ("\u{3164}", NameError::Empty),
    ]);
}

#[test]
fn the_fifty_characters_are_counted_after_normalising() {
    let fifty = "䶮".repeat(50);
    assert_eq!(named(&fifty).as_deref(), Ok(&*fifty));
    assert_eq!(named(&"𠮷\u{E0100} ".repeat(50)).as_deref(), Ok(&*"𠮷".repeat(50)));
    is_refused(&[(&"长".repeat(51), NameError::TooLong)]);
}

#[test]
fn a_name_of_a_megabyte_takes_no_longer_than_its_length() {
    for part in ["\u{200C}", "\u{64E}\u{200C}", " ", "· ", ". ", "\u{E0100}"] {
        let long = format!("ع{}王", part.repeat(1 << 18));
        let _ = Name::parse(&long);
    }
}
