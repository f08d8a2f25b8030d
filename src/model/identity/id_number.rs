//! A Chinese ID number, its normalisation and its check.

use std::{borrow::Cow, collections::BTreeSet, fmt};

use serde::{Deserialize, Serialize};
use time::{Date, Month, UtcOffset, macros::offset};
use zeroize::Zeroizing;

use super::{
    characters::{
        Unreadable, ascii_of_full_width, is_dash, is_invisible, is_variation_selector, is_x_look_alike, said, shown,
        unreadable,
    },
    normalised::{Change, Normalised},
};
use crate::model::{Clock, Language, Secret, SystemClock, Text, input_error, parsed};

/// The number of characters of an ID number.
const LENGTH: usize = 18;
/// The number of digits of a number of the first generation.
const FIRST_GENERATION_LENGTH: usize = 15;
/// The letters at the start of the number of an older permanent residence card, which has 15 characters too.
const PERMANENT_RESIDENCE_LETTERS: usize = 3;
/// Weights of the first 17 digits (GB 11643-1999, ISO 7064 MOD 11-2).
pub(super) const CHECK_WEIGHTS: [u32; 17] = [7, 9, 10, 5, 8, 4, 2, 1, 6, 3, 7, 9, 10, 5, 8, 4, 2];
/// Check characters by the weighted sum modulo 11.
pub(super) const CHECK_CHARACTERS: &[u8; 11] = b"10X98765432";
/// The earliest year of birth that is accepted.
const FIRST_YEAR: i32 = 1900;
/// The time zone of the date by which a birth date is in the future.
const CHINA: UtcOffset = offset!(+8);

/// A Chinese ID number (GB 11643-1999): 18 characters whose form, birth date and check character are right.
///
/// Typed or pasted text is normalised first: spaces, dashes and invisible characters are removed everywhere,
/// full-width digits become ASCII, and a look-alike of X at the end (`x`, `Ｘ`, `×`, the Cyrillic `х` and others)
/// becomes X. Then the check character decides. The region code is not looked up, because numbers keep the codes of
/// abolished districts, and 81, 82 and 83 are residence permits for Hong Kong, Macao and Taiwan residents.
///
/// A form field for it must not cut pasted text. A `maxlength` of 18 cuts it.
///
/// ```
/// use liveness::{IdNumber, IdNumberError, Sex};
/// use time::macros::date;
///
/// let number = IdNumber::parse("110105 19491231 002x")?;
/// assert_eq!(number.reveal(), "11010519491231002X");
/// assert_eq!((number.birth_date(), number.sex()), (date!(1949-12-31), Sex::Female));
/// assert_eq!("110105194912310021".parse::<IdNumber>(), Err(IdNumberError::Checksum));
/// # Ok::<(), liveness::IdNumberError>(())
/// ```
#[derive(Clone, PartialEq, Eq, Hash)]
pub struct IdNumber {
    number: Secret,
    birth_date: Date,
    sex: Sex,
}

impl IdNumber {
    /// Parses a number, with today's date in China (UTC+8) from the machine's clock. `FromStr`, `TryFrom` and `Deserialize` do
    /// the same. [`parse_on`](Self::parse_on) uses no clock.
    ///
    /// # Errors
    ///
    /// As [`parse_on`](Self::parse_on).
    pub fn parse(number: &str) -> Result<Self, IdNumberError> {
        Self::parse_today(number, &SystemClock)
    }

    /// Parses a number, with today's date in China (UTC+8) from this clock.
    ///
    /// ```
    /// use liveness::{IdNumber, SystemClock};
    /// assert!(IdNumber::parse_today("11010519491231002X", &SystemClock).is_ok());
    /// ```
    ///
    /// # Errors
    ///
    /// As [`parse_on`](Self::parse_on).
    pub fn parse_today(number: &str, clock: &dyn Clock) -> Result<Self, IdNumberError> {
        Self::parse_on(number, today(clock))
    }

    /// Parses a number. A birth date after `today` is refused.
    ///
    /// ```
    /// use liveness::{IdNumber, IdNumberError};
    /// use time::macros::date;
    ///
    /// let number = "11010519491231002X";
    /// assert!(IdNumber::parse_on(number, date!(1949-12-31)).is_ok());
    /// assert_eq!(IdNumber::parse_on(number, date!(1949-12-30)), Err(IdNumberError::Future));
    /// ```
    ///
    /// # Errors
    ///
    /// [`IdNumberError`] names the fault; it becomes an [`ErrorKind::InvalidCheck`](crate::ErrorKind::InvalidCheck)
    /// naming `id_number`.
    pub fn parse_on(number: &str, today: Date) -> Result<Self, IdNumberError> {
        Self::normalise_on(number, today).map(Normalised::into_value)
    }

    /// Parses a number as [`parse`](Self::parse) does, and lists what was changed in it.
    ///
    /// ```
    /// use liveness::{Change, IdNumber};
    ///
    /// let number = IdNumber::normalise("１１０１０５-19491231-002×")?;
    /// assert_eq!(number.value().reveal(), "11010519491231002X");
    /// assert_eq!(number.changes(), [Change::FullWidth, Change::Dash, Change::CheckCharacter]);
    /// # Ok::<(), liveness::IdNumberError>(())
    /// ```
    ///
    /// # Errors
    ///
    /// As [`parse_on`](Self::parse_on).
    pub fn normalise(number: &str) -> Result<Normalised<Self>, IdNumberError> {
        Self::normalise_on(number, today(&SystemClock))
    }

    /// Parses a number as [`parse_on`](Self::parse_on) does, and lists what was changed in it.
    ///
    /// ```
    /// use liveness::IdNumber;
    /// use time::macros::date;
    ///
    /// assert!(!IdNumber::normalise_on("11010519491231002X", date!(2026-11-21))?.is_changed());
    /// # Ok::<(), liveness::IdNumberError>(())
    /// ```
    ///
    /// # Errors
    ///
    /// As [`parse_on`](Self::parse_on).
    pub fn normalise_on(number: &str, today: Date) -> Result<Normalised<Self>, IdNumberError> {
        let mut changes = BTreeSet::new();
        let number = digits_and_check(&read(number, &mut changes))?;
        Ok(Normalised::new(Self::checked(&number, today)?, changes))
    }

    /// Checks the digits and the check character.
    fn checked(number: &[u8; LENGTH], today: Date) -> Result<Self, IdNumberError> {
        let (digits, check) = (&number[..LENGTH - 1], number[LENGTH - 1]);
        if digits[0] == b'0' {
            return Err(IdNumberError::Region);
        }
        let value = |digits: &[u8]| digits.iter().fold(0_u16, |value, digit| value * 10 + u16::from(digit - b'0'));
        let year = i32::from(value(&digits[6..10]));
        let month = u8::try_from(value(&digits[10..12])).ok().and_then(|month| Month::try_from(month).ok());
        let day = u8::try_from(value(&digits[12..14])).ok();
        let birth_date = month
            .zip(day)
            .and_then(|(month, day)| Date::from_calendar_date(year, month, day).ok())
            .ok_or(IdNumberError::Date)?;
        if year < FIRST_YEAR {
            return Err(IdNumberError::TooOld);
        }
        if birth_date > today {
            return Err(IdNumberError::Future);
        }
        let sum: u32 = digits.iter().zip(CHECK_WEIGHTS).map(|(digit, weight)| u32::from(digit - b'0') * weight).sum();
        if CHECK_CHARACTERS[(sum % 11) as usize] != check {
            return Err(IdNumberError::Checksum);
        }
        let sex = if digits[16] % 2 == 1 { Sex::Male } else { Sex::Female };
        let number = std::str::from_utf8(number).map_err(|_| IdNumberError::Character)?;
        Ok(Self { number: Secret::new(number), birth_date, sex })
    }

    /// The number itself, its last character in upper case.
    pub fn reveal(&self) -> &str {
        self.number.reveal()
    }

    /// The birth date in the number.
    pub fn birth_date(&self) -> Date {
        self.birth_date
    }

    /// The sex that the number encodes.
    pub fn sex(&self) -> Sex {
        self.sex
    }
}

impl fmt::Debug for IdNumber {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("IdNumber([redacted])")
    }
}

/// The sex on record.
///
/// ```
/// use liveness::{IdNumber, Sex};
///
/// assert_eq!(IdNumber::parse("11010519491231002X")?.sex(), Sex::Female);
/// # Ok::<(), liveness::IdNumberError>(())
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Sex {
    /// 男
    Male,
    /// 女
    Female,
}

/// Why an ID number was refused. It contains no digit of the number.
///
/// ```
/// use liveness::{IdNumber, IdNumberError, Language};
///
/// let error = IdNumber::parse("1101051949123100").unwrap_err();
/// assert_eq!(error, IdNumberError::Length { given: 16 });
/// assert!(error.message(Language::English).contains("16"));
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum IdNumberError {
    /// It is empty.
    Empty,
    /// It does not have 18 characters.
    Length {
        /// The number of characters, without spaces and dashes.
        given: usize,
    },
    /// It is a 15-digit number of the first generation, withdrawn in 2013.
    Withdrawn,
    /// It is the number of an older permanent residence card, of three letters and twelve digits.
    OldPermanentResidence,
    /// One of the first 17 characters is not a digit 0–9, or the last is neither a digit nor X.
    Character,
    /// It contains this sign of ASCII.
    Sign(char),
    /// It contains `?` or U+FFFD, which replace a character that the caller's encoding lost.
    Lost(char),
    /// It contains this private-use character, which only one font or input method knows.
    PrivateUse(char),
    /// It contains this code point, to which Unicode assigns no character.
    Unassigned(char),
    /// The region begins with 0.
    Region,
    /// The birth date does not exist.
    Date,
    /// The birth date is before 1900.
    TooOld,
    /// The birth date is in the future.
    Future,
    /// The check character does not match the other 17. There is most likely a typing error.
    Checksum,
}

impl IdNumberError {
    /// What is wrong and how to correct it, in either language. It quotes no digit of the number.
    pub fn message(self, language: Language) -> String {
        let text = self.text();
        match language {
            Language::English => text.english,
            Language::Chinese => text.chinese,
        }
        .into_owned()
    }

    pub(in crate::model) fn text(self) -> Text<Cow<'static, str>> {
        let number = Text::new("ID number", "身份证号");
        let fixed = match self {
            Self::Length { given } => {
                return said(
                    format!("the ID number has {given} characters instead of 18; check for missing or extra ones"),
                    format!("身份证号应为 18 位，实际为 {given} 位；请检查是否漏输或多输"),
                );
            }
            Self::Sign(sign) => {
                let sign = shown(sign);
                return said(
                    format!("the ID number contains {sign}; it may contain only digits, and X at its end"),
                    format!("身份证号含有 {sign}；身份证号只能由数字组成，末位可为 X"),
                );
            }
            Self::Lost(character) => return Unreadable::Lost.text(number, character),
            Self::PrivateUse(character) => return Unreadable::PrivateUse.text(number, character),
            Self::Unassigned(character) => return Unreadable::Unassigned.text(number, character),
            Self::Empty => Text::new("the ID number is empty", "身份证号为空"),
            Self::Withdrawn => Text::new(
                "15-digit ID numbers were withdrawn in 2013; use the 18-digit number",
                "15 位身份证号已于 2013 年停用，请提供 18 位号码",
            ),
            Self::OldPermanentResidence => Text::new(
                "this is the number of an older permanent residence card; only the 18 digits of the new card work",
                "这是旧版外国人永久居留身份证的证件号，只支持新版证件的 18 位号码",
            ),
            Self::Character => Text::new(
                "the ID number may contain only digits, and X at its end; check for a letter typed for a digit, such as O for 0",
                "身份证号只能由数字组成，末位可为 X；请检查是否误输字母（例如将 0 输成 O）",
            ),
            Self::Region => Text::new("the ID number begins with 0", "身份证号不能以 0 开头"),
            Self::Date => Text::new("the ID number's birth date does not exist", "身份证号中的出生日期不存在"),
            Self::TooOld => Text::new("the ID number's birth date is before 1900", "身份证号中的出生日期早于 1900 年"),
            Self::Future => {
                Text::new("the ID number's birth date is in the future", "身份证号中的出生日期晚于当前日期")
            }
            Self::Checksum => Text::new(
                "the ID number is wrong (its check character does not match); check for typos",
                "身份证号校验位不符，请检查是否输错",
            ),
        };
        fixed.map(Cow::Borrowed)
    }
}

/// Today in China.
fn today(clock: &dyn Clock) -> Date {
    let now = clock.now();
    // A clock at the end of time has no date in China.
    now.checked_to_offset(CHINA).unwrap_or(now).date()
}

/// The visible characters without separators, full-width ones as ASCII, and X at the end.
fn read(number: &str, changes: &mut BTreeSet<Change>) -> Zeroizing<Vec<char>> {
    let mut read = Zeroizing::new(Vec::with_capacity(number.chars().count()));
    for character in number.chars() {
        if is_variation_selector(character) {
            changes.insert(Change::VariationSelector);
        } else if is_invisible(character) {
            changes.insert(Change::FormatCharacter);
        } else if character.is_whitespace() {
            changes.insert(Change::Space);
        } else if is_dash(character) {
            changes.insert(Change::Dash);
        } else {
            let ascii = ascii_of_full_width(character);
            if ascii.is_some() {
                changes.insert(Change::FullWidth);
            }
            read.push(ascii.unwrap_or(character));
        }
    }
    if let Some(last) = read.last_mut().filter(|last| **last != 'X' && is_x_look_alike(**last)) {
        *last = 'X';
        changes.insert(Change::CheckCharacter);
    }
    read
}

/// The 17 digits and the check character, each as ASCII.
fn digits_and_check(read: &[char]) -> Result<Zeroizing<[u8; LENGTH]>, IdNumberError> {
    if read.is_empty() {
        return Err(IdNumberError::Empty);
    }
    for &character in read {
        match unreadable(character) {
            Some(Unreadable::Lost) => return Err(IdNumberError::Lost(character)),
            Some(Unreadable::PrivateUse) => return Err(IdNumberError::PrivateUse(character)),
            Some(Unreadable::Unassigned) => return Err(IdNumberError::Unassigned(character)),
            None => {}
        }
    }
    let are_digits = |characters: &[char]| characters.iter().all(char::is_ascii_digit);
    if read.len() == FIRST_GENERATION_LENGTH {
        let (letters, digits) = read.split_at(PERMANENT_RESIDENCE_LETTERS);
        match are_digits(digits) {
            true if are_digits(letters) => return Err(IdNumberError::Withdrawn),
            true if letters.iter().all(char::is_ascii_alphabetic) => return Err(IdNumberError::OldPermanentResidence),
            _ => {}
        }
    }
    if read.len() != LENGTH {
        return Err(IdNumberError::Length { given: read.len() });
    }
    let mut number = Zeroizing::new([0; LENGTH]);
    for (at, (&character, byte)) in read.iter().zip(number.iter_mut()).enumerate() {
        if character.is_ascii_punctuation() {
            return Err(IdNumberError::Sign(character));
        }
        let is_check = character == 'X' && at == LENGTH - 1;
        if !character.is_ascii_digit() && !is_check {
            return Err(IdNumberError::Character);
        }
        *byte = u8::try_from(character).map_err(|_| IdNumberError::Character)?;
    }
    Ok(number)
}

input_error!(IdNumberError);
parsed!(IdNumber, IdNumberError, "an ID number of 18 characters, as a string");
