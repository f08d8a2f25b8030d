//! The identity that a person claims: a name and an ID number.

use std::fmt;

use serde::{Deserialize, Serialize};
use time::{Date, Month, UtcOffset, macros::offset};
use zeroize::Zeroizing;

use crate::model::{Clock, Language, Secret, SystemClock, Text, input_error, parsed};

/// The longest name, in characters: the length of the name field on Chinese records.
const MAX_NAME_CHARS: usize = 50;
/// Weights of the first 17 digits (GB 11643-1999, ISO 7064 MOD 11-2).
const CHECK_WEIGHTS: [u32; 17] = [7, 9, 10, 5, 8, 4, 2, 1, 6, 3, 7, 9, 10, 5, 8, 4, 2];
/// Check characters by the weighted sum modulo 11.
const CHECK_CHARACTERS: &[u8; 11] = b"10X98765432";
/// The earliest year of birth that is taken.
const FIRST_YEAR: i32 = 1900;
/// Where the day is counted against which a birth date lies in the future.
const CHINA: UtcOffset = offset!(+8);

/// A name and the ID number that the person gives with it. Neither is ever printed.
///
/// Neither this type nor its parts implement `Serialize`: personal data is read only through `reveal`, so a search for `reveal`
/// finds every place. To read one from a form, give the form's own type a [`Name`] and an [`IdNumber`].
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct Identity {
    name: Name,
    id_number: IdNumber,
}

impl Identity {
    /// Combines a name and an ID number. Only the vendor can say whether they match.
    pub fn new(name: Name, id_number: IdNumber) -> Self {
        Self { name, id_number }
    }

    /// The name.
    pub fn name(&self) -> &Name {
        &self.name
    }

    /// The ID number.
    pub fn id_number(&self) -> &IdNumber {
        &self.id_number
    }
}

/// A person's name as on the ID card: 1 to 50 characters of any script, none of them a control character.
///
/// Leading and trailing space is removed, and so are the invisible U+200B and U+FEFF that come with copy and paste. The
/// look-alikes U+2022, U+30FB, U+2027 and U+FF0E of the middle dot become U+00B7, which is how names such as 买买提·吐尔逊 are on
/// record.
///
/// ```
/// use liveness::Name;
/// assert_eq!(Name::parse(" 买买提•吐尔逊 ")?.reveal(), "买买提·吐尔逊");
/// assert_eq!(format!("{:?}", "张三".parse::<Name>()?), "Name([redacted])");
/// # Ok::<(), liveness::NameError>(())
/// ```
///
/// A web form that holds one is refused without quoting what was typed:
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
    /// Parses a name.
    ///
    /// # Errors
    ///
    /// [`NameError`] says which rule it breaks; it becomes an
    /// [`ErrorKind::InvalidCheck`](crate::ErrorKind::InvalidCheck) naming `name`.
    pub fn parse(name: &str) -> Result<Self, NameError> {
        let name = trimmed(name);
        if name.is_empty() {
            return Err(NameError::Empty);
        }
        if name.chars().any(char::is_control) {
            return Err(NameError::ControlCharacter);
        }
        if name.chars().count() > MAX_NAME_CHARS {
            return Err(NameError::TooLong);
        }
        let middle_dot = |c| if matches!(c, '\u{2022}' | '\u{30FB}' | '\u{2027}' | '\u{FF0E}') { '\u{B7}' } else { c };
        // With room from the start, no copy is left behind by growing.
        let mut text = String::with_capacity(name.len());
        text.extend(name.chars().map(middle_dot));
        Ok(Self(Secret::new(text)))
    }

    /// The name itself.
    pub fn reveal(&self) -> &str {
        self.0.reveal()
    }
}

/// Why a name was refused.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum NameError {
    /// It is empty.
    Empty,
    /// It is longer than 50 characters.
    TooLong,
    /// It contains a control character, such as a line break from copy and paste.
    ControlCharacter,
}

impl NameError {
    /// The reason, in either language.
    pub const fn message(self, language: Language) -> &'static str {
        self.text().get(language)
    }

    pub(in crate::model) const fn text(self) -> Text {
        match self {
            Self::Empty => Text::new("the name is empty", "姓名为空"),
            Self::TooLong => Text::new("the name is longer than 50 characters", "姓名超过 50 个字符"),
            Self::ControlCharacter => Text::new("the name holds a control character", "姓名含有控制字符"),
        }
    }
}

/// A Chinese ID number (GB 11643-1999): 18 characters whose form, birth date and check character are right.
///
/// A lower-case `x` becomes `X`. Leading and trailing space is removed, as with a [`Name`]. The region code is not looked up,
/// because numbers keep the codes of abolished districts, and 81, 82 and 83 are residence permits for Hong Kong, Macao and
/// Taiwan residents.
///
/// ```
/// use liveness::{IdNumber, IdNumberError, Sex};
/// use time::macros::date;
///
/// let number = IdNumber::parse("11010519491231002x")?;
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
        Self::parse_on(number, clock.now().to_offset(CHINA).date())
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
    /// [`IdNumberError`] says what is wrong; it becomes an
    /// [`ErrorKind::InvalidCheck`](crate::ErrorKind::InvalidCheck) naming `id_number`.
    pub fn parse_on(number: &str, today: Date) -> Result<Self, IdNumberError> {
        let number = trimmed(number);
        if number.len() == 15 && number.bytes().all(|byte| byte.is_ascii_digit()) {
            return Err(IdNumberError::Withdrawn);
        }
        if number.chars().count() != 18 {
            return Err(IdNumberError::Length);
        }
        if !number.is_ascii() {
            return Err(IdNumberError::Character);
        }
        let mut number = Zeroizing::new(number.as_bytes().to_vec());
        number[17].make_ascii_uppercase();
        let (digits, check) = (&number[..17], number[17]);
        if !digits.iter().all(u8::is_ascii_digit) || !(check.is_ascii_digit() || check == b'X') {
            return Err(IdNumberError::Character);
        }
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
        let number = std::str::from_utf8(&number).map_err(|_| IdNumberError::Character)?;
        Ok(Self { number: Secret::new(number), birth_date, sex })
    }

    /// The number itself, its last character in upper case.
    pub fn reveal(&self) -> &str {
        self.number.reveal()
    }

    /// The birth date that the number holds.
    pub fn birth_date(&self) -> Date {
        self.birth_date
    }

    /// The sex that the number holds.
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
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Sex {
    /// 男
    Male,
    /// 女
    Female,
}

/// Why an ID number was refused.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum IdNumberError {
    /// It does not have 18 characters.
    Length,
    /// It is a 15-digit number of the first generation, withdrawn in 2013.
    Withdrawn,
    /// One of the first 17 characters is not a digit 0–9, or the last is neither a digit nor X.
    Character,
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
    /// The reason, in either language.
    pub const fn message(self, language: Language) -> &'static str {
        self.text().get(language)
    }

    pub(in crate::model) const fn text(self) -> Text {
        match self {
            Self::Length => Text::new("the ID number does not have 18 characters", "身份证号不是 18 位"),
            Self::Withdrawn => Text::new(
                "15-digit ID numbers were withdrawn in 2013; ask for the 18-digit one",
                "15 位身份证号已于 2013 年停用，请提供 18 位号码",
            ),
            Self::Character => {
                Text::new("the ID number may hold only digits, and X at its end", "身份证号只能由数字组成，末位可为 X")
            }
            Self::Region => Text::new("the ID number begins with 0", "身份证号不能以 0 开头"),
            Self::Date => Text::new("the ID number's birth date does not exist", "身份证号中的出生日期不存在"),
            Self::TooOld => {
                Text::new("the ID number's birth date lies before 1900", "身份证号中的出生日期早于 1900 年")
            }
            Self::Future => {
                Text::new("the ID number's birth date lies in the future", "身份证号中的出生日期晚于当前日期")
            }
            Self::Checksum => Text::new(
                "the ID number's last character does not fit the others; look for a typing error",
                "身份证号校验位不符，请检查是否输错",
            ),
        }
    }
}

/// The text without space around it and what copy and paste leaves there unseen.
fn trimmed(text: &str) -> &str {
    text.trim_matches(|c: char| c.is_whitespace() || matches!(c, '\u{200B}' | '\u{FEFF}'))
}

input_error!(NameError);
input_error!(IdNumberError);
parsed!(Name, NameError, "a name of 1 to 50 characters");
parsed!(IdNumber, IdNumberError, "an ID number of 18 characters, as a string");

#[cfg(test)]
mod tests;
