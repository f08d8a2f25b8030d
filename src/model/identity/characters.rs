//! Classes of characters for the normalisation of names and ID numbers.

use std::borrow::Cow;

use unicode_properties::{GeneralCategory, UnicodeGeneralCategory};
use unicode_script::{Script, UnicodeScript};

use crate::model::Text;

/// The first full-width sign, the last one, and how far they are from their ASCII twins.
const FULL_WIDTH_START: char = '\u{FF01}';
const FULL_WIDTH_END: char = '\u{FF5E}';
const FULL_WIDTH_DISTANCE: u32 = 0xFEE0;

/// Why no system can read a character, or what the character shows about the sender.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Unreadable {
    /// An encoding lost a character and put this one in its place.
    Lost,
    /// Only one font or one input method knows it.
    PrivateUse,
    /// Unicode has no such character.
    Unassigned,
}

/// What makes a character unreadable for the vendor.
pub(super) fn unreadable(character: char) -> Option<Unreadable> {
    match (character, character.general_category()) {
        ('?' | '\u{FFFD}', _) => Some(Unreadable::Lost),
        (_, GeneralCategory::PrivateUse) => Some(Unreadable::PrivateUse),
        (_, GeneralCategory::Unassigned | GeneralCategory::Surrogate) => Some(Unreadable::Unassigned),
        _ => None,
    }
}

/// Whether this is a Han character: an ideograph of any block, 々 or 〇.
pub(super) fn is_han(character: char) -> bool {
    character.script() == Script::Han
}

/// Whether a name can be written with this character alone. 〇 is a number to Unicode.
pub(super) fn is_letter(character: char) -> bool {
    is_han(character)
        || matches!(
            character.general_category(),
            GeneralCategory::UppercaseLetter
                | GeneralCategory::LowercaseLetter
                | GeneralCategory::TitlecaseLetter
                | GeneralCategory::ModifierLetter
                | GeneralCategory::OtherLetter
        )
}

/// Whether this is a variation selector, which selects a shape of the character before it.
pub(super) fn is_variation_selector(character: char) -> bool {
    matches!(character, '\u{180B}'..='\u{180D}' | '\u{180F}' | '\u{FE00}'..='\u{FE0F}' | '\u{E0100}'..='\u{E01EF}')
}

/// Whether this character is invisible: a format character, or a letter or mark that Unicode lists beside them
/// (`Default_Ignorable_Code_Point`), such as the Hangul filler that people paste as an empty name.
pub(super) fn is_invisible(character: char) -> bool {
    character.general_category() == GeneralCategory::Format
        || matches!(character, '\u{34F}' | '\u{115F}' | '\u{1160}' | '\u{17B4}' | '\u{17B5}' | '\u{3164}' | '\u{FFA0}')
}

/// Whether this format character chooses the shape of letters that join: the two joiners, and the vowel separator of Mongolian.
pub(super) fn is_joiner(character: char) -> bool {
    matches!(character, '\u{180E}' | '\u{200C}' | '\u{200D}')
}

/// The state of a word that was read so far, as far as a joiner depends on it.
#[derive(Debug, Default)]
pub(super) struct Spelling {
    /// Whether the last letter is of a script that joins, marks after it aside.
    joins: bool,
    ends_in_mark: bool,
}

impl Spelling {
    /// Reads one more character.
    pub(super) fn goes_on(&mut self, character: char) {
        let script = character.script();
        if script != Script::Inherited {
            self.joins = is_joining(script);
        }
        self.ends_in_mark = character.general_category() == GeneralCategory::NonspacingMark;
    }

    /// Whether a joiner before `after` is part of the spelling.
    ///
    /// It is part of the spelling inside a word of a script that joins. At the end of a word it is part where it
    /// follows a mark, as in the older spelling of Malayalam, whose last letter is a consonant, a virama and a
    /// joiner.
    pub(super) fn keeps_joiner_before(&self, after: Option<char>) -> bool {
        let goes_on = after.is_some_and(|after| is_joining(after.script()) || after.script() == Script::Inherited);
        self.joins && (self.ends_in_mark || goes_on)
    }
}

/// A full-width sign, letter or digit as its ASCII twin.
pub(super) fn ascii_of_full_width(character: char) -> Option<char> {
    (FULL_WIDTH_START..=FULL_WIDTH_END)
        .contains(&character)
        .then(|| char::from_u32(u32::from(character) - FULL_WIDTH_DISTANCE))
        .flatten()
}

/// Whether this is used in place of the middle dot U+00B7.
pub(super) fn is_middle_dot_look_alike(character: char) -> bool {
    matches!(
        character,
        '\u{387}'
            | '\u{2022}'
            | '\u{2027}'
            | '\u{2219}'
            | '\u{22C5}'
            | '\u{2E31}'
            | '\u{2E33}'
            | '\u{30FB}'
            | '\u{FE52}'
            | '\u{FF65}'
    )
}

/// Whether this is used in place of the dash between groups of digits.
pub(super) fn is_dash(character: char) -> bool {
    character.general_category() == GeneralCategory::DashPunctuation
        // ˗ ⁃ ⁻ ₋ − ─ ━ ➖ ー ｰ
        || matches!(character, '\u{2D7}' | '\u{2043}' | '\u{207B}' | '\u{208B}' | '\u{2212}' | '\u{2500}' | '\u{2501}' | '\u{2796}' | '\u{30FC}' | '\u{FF70}')
}

/// Whether this is used in place of the X at the end of an ID number: the Latin, Greek and Cyrillic letters, the
/// signs of multiplication, and the Roman number ten.
pub(super) fn is_x_look_alike(character: char) -> bool {
    matches!(
        character,
        'X' | 'x'
            | '×'
            | 'Χ'
            | 'χ'
            | 'Х'
            | 'х'
            | 'Ⅹ'
            | 'ⅹ'
            | '\u{2573}'
            | '\u{2715}'
            | '\u{2716}'
            | '\u{2A09}'
            | '\u{2A2F}'
    )
}

/// A character for a message: itself if it is a sign of ASCII, else its code point.
pub(super) fn shown(character: char) -> String {
    match character.is_ascii_graphic() {
        true => format!("`{character}`"),
        false => format!("U+{:04X}", u32::from(character)),
    }
}

impl Unreadable {
    /// What is wrong with a value of `name`, and how to correct it.
    pub(super) fn text(self, name: Text, character: char) -> Text<Cow<'static, str>> {
        let character = shown(character);
        let Text { english, chinese } = name;
        match self {
            Self::Lost => said(
                format!(
                    "a character of the {english} was lost in the caller's encoding ({character} stands in its place); send UTF-8, or type it again"
                ),
                format!("{chinese}中有字符在编码转换时丢失（变成了 {character}）；请以 UTF-8 传递，或重新输入"),
            ),
            Self::PrivateUse => said(
                format!(
                    "the {english} contains {character}, a private-use character that other systems cannot read; type the character on the ID card"
                ),
                format!("{chinese}含有私用区字符 {character}，其他系统无法识别；请重新输入证件上的字符"),
            ),
            Self::Unassigned => said(
                format!(
                    "the {english} contains {character}, which is not a Unicode character; type the character on the ID card"
                ),
                format!("{chinese}含有 {character}，Unicode 中没有该字符；请重新输入证件上的字符"),
            ),
        }
    }
}

/// A sentence made at run time, in both languages.
pub(super) fn said(english: String, chinese: String) -> Text<Cow<'static, str>> {
    Text { english: english.into(), chinese: chinese.into() }
}

/// Whether letters of this script change with their neighbours, so that a joiner between them is a matter of
/// spelling.
fn is_joining(script: Script) -> bool {
    // Scripts of Unicode's ArabicShaping.txt, then those of Indian descent with conjuncts.
    matches!(
        script,
        Script::Arabic
            | Script::Syriac
            | Script::Nko
            | Script::Mandaic
            | Script::Manichaean
            | Script::Mongolian
            | Script::Phags_Pa
            | Script::Adlam
            | Script::Hanifi_Rohingya
            | Script::Sogdian
            | Script::Old_Uyghur
            | Script::Devanagari
            | Script::Bengali
            | Script::Gurmukhi
            | Script::Gujarati
            | Script::Oriya
            | Script::Tamil
            | Script::Telugu
            | Script::Kannada
            | Script::Malayalam
            | Script::Sinhala
            | Script::Tibetan
            | Script::Myanmar
            | Script::Khmer
            | Script::Balinese
            | Script::Javanese
            | Script::Sundanese
            | Script::Chakma
            | Script::Grantha
            | Script::Kaithi
            | Script::Meetei_Mayek
            | Script::Newa
            | Script::Sharada
            | Script::Tai_Tham
            | Script::Tirhuta
    )
}
