//! A normalised value with a list of what was changed in it.

use std::collections::BTreeSet;

use serde::{Deserialize, Serialize};

use crate::model::{Language, Text};

/// A [`Name`](crate::Name) or [`IdNumber`](crate::IdNumber) with a list of what [`Name::normalise`](crate::Name::normalise) or
/// [`IdNumber::normalise`](crate::IdNumber::normalise) changed in what was typed, so that a form can show it back.
///
/// ```
/// use liveness::{Change, Language, Name};
///
/// let name = Name::normalise("买买提•吐尔逊\u{200B}")?;
/// assert_eq!(name.changes(), [Change::FormatCharacter, Change::MiddleDot]);
/// assert_eq!(name.changes()[1].message(Language::Chinese), "姓名中的间隔号统一为“·”");
/// assert_eq!(name.into_value().reveal(), "买买提·吐尔逊");
/// # Ok::<(), liveness::NameError>(())
/// ```
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct Normalised<T> {
    value: T,
    changes: Vec<Change>,
}

impl<T> Normalised<T> {
    pub(super) fn new(value: T, changes: BTreeSet<Change>) -> Self {
        Self { value, changes: changes.into_iter().collect() }
    }

    /// The value, as it is sent to a vendor.
    pub fn value(&self) -> &T {
        &self.value
    }

    /// The value, without the list.
    pub fn into_value(self) -> T {
        self.value
    }

    /// The classes of changes, each once. It contains nothing of the value.
    pub fn changes(&self) -> &[Change] {
        &self.changes
    }

    /// Whether anything was changed.
    pub fn is_changed(&self) -> bool {
        !self.changes.is_empty()
    }
}

/// A class of changes that bring a name or an ID number to its form on record.
///
/// ```
/// use liveness::{IdNumber, Language};
///
/// let typed = IdNumber::normalise("110105-19491231-002x")?;
/// let told: Vec<_> = typed.changes().iter().map(|change| change.message(Language::English)).collect();
/// assert_eq!(told, ["Dashes were removed", "The last character became X"]);
/// # Ok::<(), liveness::IdNumberError>(())
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
#[non_exhaustive]
pub enum Change {
    /// Invisible characters were removed, such as the zero-width space, direction marks and U+FEFF.
    FormatCharacter,
    /// Variation selectors were removed. They select a shape and change no character.
    VariationSelector,
    /// Spaces were removed, or made one plain space.
    Space,
    /// Look-alikes of the middle dot became U+00B7, or several became one.
    MiddleDot,
    /// Radicals became the characters that they look like.
    Radical,
    /// Full-width letters, digits or signs became ASCII.
    FullWidth,
    /// Private-use characters of the old GBK became the real ones.
    PrivateUse,
    /// Dashes were removed from the ID number.
    Dash,
    /// A look-alike of X at the end of the ID number, such as `x` or `×`, became X.
    CheckCharacter,
}

impl Change {
    /// A sentence about the change, for the person who typed the value.
    pub const fn message(self, language: Language) -> &'static str {
        self.text().get(language)
    }

    const fn text(self) -> Text {
        match self {
            Self::FormatCharacter => Text::new("Invisible characters were removed", "已删除不可见字符"),
            Self::VariationSelector => {
                Text::new("Invisible variation selectors were removed", "已删除不可见的异体字选择符")
            }
            Self::Space => Text::new("Spaces were removed or merged", "已删除或合并空格"),
            Self::MiddleDot => Text::new("The dot in the name became “·”", "姓名中的间隔号统一为“·”"),
            Self::Radical => {
                Text::new("Radicals became the characters that they look like", "部首字符已替换为对应的汉字")
            }
            Self::FullWidth => Text::new("Full-width characters became half-width ones", "全角字符已转为半角"),
            Self::PrivateUse => Text::new(
                "Characters of an old encoding were replaced by the current ones",
                "旧编码的私用区字符已替换为对应的标准字符",
            ),
            Self::Dash => Text::new("Dashes were removed", "已删除连字符"),
            Self::CheckCharacter => Text::new("The last character became X", "末位已改为大写字母 X"),
        }
    }
}
