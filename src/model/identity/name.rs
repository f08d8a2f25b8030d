//! A person's name, and its normalisation to the form on record.

use std::{borrow::Cow, collections::BTreeSet};

use zeroize::Zeroizing;

use super::{
    characters::{
        Spelling, Unreadable, ascii_of_full_width, is_han, is_invisible, is_joiner, is_letter,
        is_middle_dot_look_alike, is_variation_selector, said, shown, unreadable,
    },
    normalised::{Change, Normalised},
    tables::{ideograph_of_radical, is_radical, real_of_gbk_private_use},
};
use crate::model::{Language, Secret, Text, input_error, parsed};

/// The longest name, in characters: the length of the name field on Chinese records.
const MAX_NAME_CHARS: usize = 50;
/// The dot between the parts of a name, as it is on record.
const MIDDLE_DOT: char = '\u{B7}';
/// The full-width full stop. Between two Han characters it is a middle dot, elsewhere a full stop.
const FULL_WIDTH_FULL_STOP: char = '\u{FF0E}';

/// A person's name as on the ID card: 1 to 50 characters of any script, at least one of them a letter.
///
/// A name that looks right but uses other characters than the record is a paid mismatch. Parsing therefore normalises
/// it; [`normalise`](Self::normalise) does the same and lists what was changed.
///
/// | typed | becomes |
/// |---|---|
/// | invisible characters: zero-width space, direction marks, soft hyphen, U+FEFF | removed; the joiners U+200C and U+200D stay inside Arabic, Indic and other scripts that join |
/// | variation selectors | removed |
/// | white space at the ends, between two Han characters, beside a middle dot | removed; elsewhere one plain space |
/// | U+2022 U+30FB U+2027 U+FF0E U+2219 U+22C5 U+FF65 U+2E31 U+2E33 U+0387 U+FE52 | the middle dot U+00B7, as in 买买提·吐尔逊; several are one |
/// | the full stop and U+FF0E between two Han characters | the middle dot; U+FF0E elsewhere is a full stop |
/// | Kangxi and CJK radicals | the character that Unicode names for the radical |
/// | full-width letters and signs | ASCII |
/// | private-use characters of the old GBK | the real ones, such as 䶮 for U+E863 |
///
/// Of ASCII, a name may contain only letters, `'`, `-`, `.` and the space. All other letters are kept as they are:
/// Han characters of every block including compatibility ideographs, combining marks, and other scripts.
///
/// ```
/// use liveness::{Name, NameError};
///
/// assert_eq!(Name::parse(" 买买提•吐尔逊 ")?.reveal(), "买买提·吐尔逊");
/// assert_eq!(Name::parse("王\u{3000}芳")?.reveal(), "王芳");
/// assert_eq!(Name::parse("王?"), Err(NameError::Lost('?')));
/// assert_eq!(format!("{:?}", "张三".parse::<Name>()?), "Name([redacted])");
/// # Ok::<(), liveness::NameError>(())
/// ```
///
/// A web form with such a field refuses a bad name without quoting what was typed:
///
/// ```
/// #[derive(Debug, serde::Deserialize)]
/// struct Form {
///     name: liveness::Name,
///     number: liveness::IdNumber,
/// }
/// let form: Form = serde_json::from_str(r#"{"name":"张三","number":"11010519491231002X"}"#)?;
/// assert_eq!(form.name.reveal(), "张三");
///
/// let error = serde_json::from_str::<Form>(r#"{"name":"张三","number":110105194912310021}"#).unwrap_err();
/// assert!(error.to_string().starts_with("expected an ID number of 18 characters, as a string"));
/// # Ok::<(), serde_json::Error>(())
/// ```
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct Name(Secret);

impl Name {
    /// Parses a name, normalised as [`normalise`](Self::normalise) does.
    ///
    /// # Errors
    ///
    /// As [`normalise`](Self::normalise).
    pub fn parse(name: &str) -> Result<Self, NameError> {
        Self::normalise(name).map(Normalised::into_value)
    }

    /// Parses a name and lists what was changed in it, so that a form can show the changed name to the person.
    ///
    /// The changes are the classes of the table above. A normalised name is left as it is.
    ///
    /// ```
    /// use liveness::{Change, Name};
    ///
    /// let name = Name::normalise("⼤\u{2003}明")?;
    /// assert_eq!((name.value().reveal(), name.changes()), ("大明", &[Change::Space, Change::Radical][..]));
    /// assert!(!Name::normalise("𠮷田")?.is_changed());
    /// # Ok::<(), liveness::NameError>(())
    /// ```
    ///
    /// # Errors
    ///
    /// [`NameError`] names the broken rule; it becomes an [`ErrorKind::InvalidCheck`](crate::ErrorKind::InvalidCheck)
    /// naming `name`.
    pub fn normalise(name: &str) -> Result<Normalised<Self>, NameError> {
        let mut changes = BTreeSet::new();
        let read = read(&visible(name, &mut changes), &mut changes)?;
        let chars = join(&read, &mut changes);
        if chars.is_empty() {
            return Err(NameError::Empty);
        }
        if chars.len() > MAX_NAME_CHARS {
            return Err(NameError::TooLong);
        }
        if !chars.iter().copied().any(is_letter) {
            return Err(NameError::NoLetter);
        }
        // With enough room from the start, growing leaves no copy behind.
        let mut text = String::with_capacity(chars.iter().map(|character| character.len_utf8()).sum());
        text.extend(chars.iter());
        Ok(Normalised::new(Self(Secret::new(text)), changes))
    }

    /// The name itself.
    pub fn reveal(&self) -> &str {
        self.0.reveal()
    }
}

/// Why a name was refused. It contains at most one character, which is no part of a name: a sign or digit of ASCII,
/// or a code point without a meaning.
///
/// ```
/// use liveness::{Error, Language, Name, NameError};
///
/// let error = Name::parse("张三2").unwrap_err();
/// assert_eq!(error, NameError::NotInNames('2'));
/// assert!(error.message(Language::English).contains("not used in names"));
/// // By `?` it becomes an error that names the field of the form.
/// assert_eq!(Error::from(error).field(), Some("name"));
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum NameError {
    /// It is empty.
    Empty,
    /// It is longer than 50 characters.
    TooLong,
    /// It contains a control character, such as a line break from copy and paste.
    ControlCharacter,
    /// It contains this sign or digit of ASCII. Only letters, `'`, `-`, `.` and the space are allowed in names.
    NotInNames(char),
    /// It contains `?` or U+FFFD, which replace a character that the caller's encoding lost.
    Lost(char),
    /// It contains this private-use character, which only one font or input method knows.
    PrivateUse(char),
    /// It contains this code point, to which Unicode assigns no character.
    Unassigned(char),
    /// It contains this radical, to which no character corresponds.
    Radical(char),
    /// It has no letter.
    NoLetter,
}

impl NameError {
    /// What is wrong and how to correct it, in either language. It quotes nothing of the name except the character in
    /// [`NameError`].
    pub fn message(self, language: Language) -> String {
        let text = self.text();
        match language {
            Language::English => text.english,
            Language::Chinese => text.chinese,
        }
        .into_owned()
    }

    pub(in crate::model) fn text(self) -> Text<Cow<'static, str>> {
        let name = Text::new("name", "姓名");
        let fixed = match self {
            Self::NotInNames(character) => {
                let character = shown(character);
                return said(
                    format!(
                        "the name contains {character}, which is not used in names; the ASCII characters allowed are letters, ' - . and the space"
                    ),
                    format!("姓名含有 {character}，姓名中不允许该字符；ASCII 字符只允许字母、'、-、. 和空格"),
                );
            }
            Self::Lost(character) => return Unreadable::Lost.text(name, character),
            Self::PrivateUse(character) => return Unreadable::PrivateUse.text(name, character),
            Self::Unassigned(character) => return Unreadable::Unassigned.text(name, character),
            Self::Radical(radical) => {
                let radical = shown(radical);
                return said(
                    format!(
                        "the name contains the radical {radical}, which has no corresponding character; type the character on the ID card"
                    ),
                    format!("姓名含有部首字符 {radical}，没有与之对应的汉字；请重新输入证件上的汉字"),
                );
            }
            Self::Empty => Text::new("the name is empty", "姓名为空"),
            Self::TooLong => Text::new("the name is longer than 50 characters", "姓名超过 50 个字符"),
            Self::ControlCharacter => Text::new(
                "the name contains a control character, such as a line break; give one name on one line",
                "姓名含有控制字符（例如换行）；请只填写一行姓名",
            ),
            Self::NoLetter => Text::new(
                "the name contains no letter; type the name on the ID card",
                "姓名中没有文字；请填写证件上的姓名",
            ),
        };
        fixed.map(Cow::Borrowed)
    }
}

/// The visible characters and the joiners between them.
fn visible(name: &str, changes: &mut BTreeSet<Change>) -> Zeroizing<Vec<char>> {
    let mut visible = Zeroizing::new(Vec::with_capacity(name.chars().count()));
    for character in name.chars() {
        if is_variation_selector(character) {
            changes.insert(Change::VariationSelector);
        } else if is_invisible(character) && (!is_joiner(character) || visible.last().copied().is_some_and(is_joiner)) {
            changes.insert(Change::FormatCharacter);
        } else {
            visible.push(character);
        }
    }
    visible
}

/// Each character as it is on record, except runs of spaces and dots, which depend on their neighbours.
fn read(visible: &[char], changes: &mut BTreeSet<Change>) -> Result<Zeroizing<Vec<char>>, NameError> {
    let mut read = Zeroizing::new(Vec::with_capacity(visible.len()));
    let mut spelling = Spelling::default();
    let mut is_line_broken = false;
    for (at, &character) in visible.iter().enumerate() {
        if is_joiner(character) {
            if !spelling.keeps_joiner_before(visible.get(at + 1).copied()) {
                changes.insert(Change::FormatCharacter);
                continue;
            }
            read.push(character);
        } else if character.is_whitespace() {
            // A line break or the like does not matter at the ends. Inside, it separates two values.
            is_line_broken |= character.is_control() && character != '\t' && !read.is_empty();
            if character != ' ' || read.is_empty() || read.last() == Some(&' ') {
                changes.insert(Change::Space);
            }
            if !read.is_empty() && read.last() != Some(&' ') {
                read.push(' ');
            }
        } else if is_line_broken || character.is_control() {
            return Err(NameError::ControlCharacter);
        } else {
            read.push(on_record(character, changes)?);
        }
        spelling.goes_on(character);
    }
    Ok(read)
}

/// One visible character as it is on record.
fn on_record(typed: char, changes: &mut BTreeSet<Change>) -> Result<char, NameError> {
    let mut character = typed;
    if let Some(real) = real_of_gbk_private_use(character) {
        changes.insert(Change::PrivateUse);
        character = real;
    }
    match unreadable(character) {
        Some(Unreadable::Lost) => return Err(NameError::Lost(character)),
        Some(Unreadable::PrivateUse) => return Err(NameError::PrivateUse(character)),
        Some(Unreadable::Unassigned) => return Err(NameError::Unassigned(character)),
        None => {}
    }
    if is_radical(character) {
        let ideograph = ideograph_of_radical(character).ok_or(NameError::Radical(character))?;
        changes.insert(Change::Radical);
        return Ok(ideograph);
    }
    if is_middle_dot_look_alike(character) {
        changes.insert(Change::MiddleDot);
        return Ok(MIDDLE_DOT);
    }
    if character == FULL_WIDTH_FULL_STOP {
        return Ok(character);
    }
    if let Some(ascii) = ascii_of_full_width(character) {
        changes.insert(Change::FullWidth);
        character = ascii;
    }
    match character.is_ascii() && !character.is_ascii_alphabetic() && !matches!(character, '\'' | '-' | '.') {
        true => Err(NameError::NotInNames(character)),
        false => Ok(character),
    }
}

/// The same with each run of spaces and dots in the form that its neighbours require.
fn join(read: &[char], changes: &mut BTreeSet<Change>) -> Zeroizing<Vec<char>> {
    let is_of_run = |character: &char| matches!(*character, ' ' | '.' | MIDDLE_DOT | FULL_WIDTH_FULL_STOP);
    let mut joined = Zeroizing::new(Vec::with_capacity(read.len()));
    let mut rest = read;
    while let Some((first, others)) = rest.split_first() {
        let end = rest.iter().position(|character| !is_of_run(character)).unwrap_or(rest.len());
        if end == 0 {
            joined.push(*first);
            rest = others;
            continue;
        }
        let (run, behind) = rest.split_at(end);
        rest = behind;
        let is_beside_han = |neighbour: Option<&char>| neighbour.copied().is_some_and(is_han);
        if is_beside_han(joined.last()) && is_beside_han(behind.first()) {
            let dots = run.iter().filter(|character| **character != ' ');
            if dots.clone().next().is_some() {
                joined.push(MIDDLE_DOT);
            }
            if dots.clone().count() > 1 || dots.clone().any(|dot| *dot != MIDDLE_DOT) {
                changes.insert(Change::MiddleDot);
            }
            if run.contains(&' ') {
                changes.insert(Change::Space);
            }
        } else {
            join_run(run, &mut joined, changes);
        }
    }
    if joined.last() == Some(&' ') {
        joined.pop();
        changes.insert(Change::Space);
    }
    joined
}

/// A run that is not between two Han characters: full stops stay, a middle dot stays once and without space.
fn join_run(run: &[char], joined: &mut Vec<char>, changes: &mut BTreeSet<Change>) {
    for character in run {
        match *character {
            ' ' if joined.last() == Some(&MIDDLE_DOT) => {
                changes.insert(Change::Space);
            }
            MIDDLE_DOT => {
                if joined.last() == Some(&' ') {
                    joined.pop();
                    changes.insert(Change::Space);
                }
                if joined.last() == Some(&MIDDLE_DOT) {
                    changes.insert(Change::MiddleDot);
                } else {
                    joined.push(MIDDLE_DOT);
                }
            }
            FULL_WIDTH_FULL_STOP => {
                changes.insert(Change::FullWidth);
                joined.push('.');
            }
            other => joined.push(other),
        }
    }
}

input_error!(NameError);
parsed!(Name, NameError, "a name of 1 to 50 characters");
