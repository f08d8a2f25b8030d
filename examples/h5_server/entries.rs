//! What the person typed, and what is wrong with it.
//!
//! It is held in memory alone and for a few minutes: after a redirect the form shows it again, and no file ever holds it.

use std::{
    collections::HashMap,
    sync::{Mutex, MutexGuard, PoisonError},
};

use liveness::{IdNumber, IdNumberError, Identity, Language, Name, NameError};
use time::{Date, Duration, OffsetDateTime, UtcOffset};
use zeroize::Zeroizing;

const KEPT: Duration = Duration::minutes(10);
/// More than any name or number with what paste adds; the rest is of no use in the form.
const MAX_SHOWN_CHARS: usize = 200;

/// The two fields as they were sent.
#[derive(Clone, Default)]
pub(crate) struct Entries {
    pub(crate) name: Entry,
    pub(crate) number: Entry,
}

#[derive(Clone, Default)]
pub(crate) struct Entry {
    /// What the form shows: what was meant where it can be read, else what was typed.
    pub(crate) shown: Zeroizing<String>,
    pub(crate) wrong: Option<Wrong>,
}

/// Why an entry cannot be compared.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(crate) enum Wrong {
    Name(NameError),
    Number(IdNumberError),
    /// The vendor does not take it.
    Refused,
}

impl Entries {
    /// Reads both, so that both can be marked at once.
    pub(crate) fn read(name: &str, number: &str, now: OffsetDateTime) -> (Self, Option<Identity>) {
        let (parsed_name, parsed_number) = (Name::parse(name), IdNumber::parse_on(number, today(now)));
        let entry = |typed: &str, meant: Option<&str>, wrong| Entry {
            shown: Zeroizing::new(meant.map_or_else(|| typed.chars().take(MAX_SHOWN_CHARS).collect(), str::to_owned)),
            wrong,
        };
        let entries = Self {
            name: entry(
                name,
                parsed_name.as_ref().ok().map(Name::reveal),
                parsed_name.as_ref().err().copied().map(Wrong::Name),
            ),
            number: entry(
                number,
                parsed_number.as_ref().ok().map(IdNumber::reveal),
                parsed_number.as_ref().err().copied().map(Wrong::Number),
            ),
        };
        let identity = parsed_name.ok().zip(parsed_number.ok()).map(|(name, number)| Identity::new(name, number));
        (entries, identity)
    }

    /// Marks what the vendor did not take: the field that its answer names, else both.
    pub(crate) fn refuse(&mut self, field: Option<&str>) {
        if field != Some("id_number") {
            self.name.wrong = Some(Wrong::Refused);
        }
        if field != Some("name") {
            self.number.wrong = Some(Wrong::Refused);
        }
    }
}

impl Wrong {
    /// A sentence for the person.
    pub(crate) fn text(self, language: Language) -> String {
        let (english, chinese) = match self {
            Self::Name(NameError::Empty) => ("Please enter your name.", "请填写姓名。"),
            Self::Name(NameError::TooLong) => ("A name has at most 50 characters.", "姓名最多 50 个字。"),
            Self::Name(NameError::NotInNames(sign)) => {
                return match language {
                    Language::English => format!("A name does not contain “{sign}”. Please remove it."),
                    _ => format!("姓名中不能含有“{sign}”，请删除。"),
                };
            }
            Self::Name(NameError::NoLetter) => {
                ("The name contains no letter. Please enter your name.", "姓名中没有文字，请填写姓名。")
            }
            Self::Name(_) => (
                "A character of the name cannot be read. Please type the name by hand.",
                "姓名中有无法识别的字符，请手动输入。",
            ),
            Self::Number(IdNumberError::Empty) => ("Please enter your ID number.", "请填写身份证号。"),
            Self::Number(IdNumberError::Length { given }) => {
                return match language {
                    Language::English => {
                        format!("An ID number has 18 characters; this one has {given}. Please check it.")
                    }
                    _ => format!("身份证号为 18 位，现为 {given} 位，请核对。"),
                };
            }
            Self::Number(IdNumberError::Withdrawn) => (
                "ID numbers with 15 digits are no longer valid. Please enter the one with 18 characters.",
                "15 位身份证号已停用，请填写 18 位号码。",
            ),
            Self::Number(IdNumberError::OldPermanentResidence) => (
                "This is the number of an older permanent residence card. Only the 18 digits of the new card can be checked.",
                "这是旧版永久居留证号码，仅支持新版证件的 18 位号码。",
            ),
            Self::Number(IdNumberError::Character | IdNumberError::Sign(_)) => (
                "An ID number has digits only; the last character may be X.",
                "身份证号只能包含数字，最后一位可以是 X。",
            ),
            Self::Number(_) => {
                ("This is not a valid ID number. Please check it for a typing error.", "身份证号有误，请核对是否输错。")
            }
            Self::Refused => {
                ("This was not accepted. Please check it for a typing error.", "该内容未被接受，请核对是否填写有误。")
            }
        };
        match language {
            Language::English => english,
            _ => chinese,
        }
        .to_owned()
    }
}

/// What the forms of all visits show again.
#[derive(Default)]
pub(crate) struct AllEntries(Mutex<HashMap<String, (Entries, OffsetDateTime)>>);

impl AllEntries {
    pub(crate) fn keep(&self, id: &str, entries: Entries, now: OffsetDateTime) {
        self.all().insert(id.to_owned(), (entries, now));
    }

    pub(crate) fn of(&self, id: &str) -> Option<Entries> {
        self.all().get(id).map(|(entries, _)| entries.clone())
    }

    pub(crate) fn forget(&self, id: &str) {
        self.all().remove(id);
    }

    pub(crate) fn sweep(&self, now: OffsetDateTime) {
        self.all().retain(|_, (_, at)| now - *at < KEPT);
    }

    fn all(&self) -> MutexGuard<'_, HashMap<String, (Entries, OffsetDateTime)>> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// Birth dates are those of China.
fn today(now: OffsetDateTime) -> Date {
    now.checked_to_offset(UtcOffset::from_hms(8, 0, 0).unwrap_or(UtcOffset::UTC)).unwrap_or(now).date()
}
