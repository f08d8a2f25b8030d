//! A person's claimed identity: a name and an ID number.

mod characters;
mod id_number;
mod name;
mod normalised;
mod tables;
#[cfg(test)]
mod tests;

pub use self::{
    id_number::{IdNumber, IdNumberError, Sex},
    name::{Name, NameError},
    normalised::{Change, Normalised},
};

/// A name and the ID number that the person gives with it. Neither is ever printed.
///
/// Neither this type nor its parts implement `Serialize`: personal data is read only through `reveal`, so a search for `reveal`
/// finds every place. To read one from a form, give the form's own type a [`Name`] and an [`IdNumber`].
///
/// ```
/// use liveness::{Check, IdNumber, Identity, Name};
///
/// let identity = Identity::new(Name::parse("张三")?, IdNumber::parse("11010519491231002X")?);
/// assert!(!format!("{identity:?}").contains("张三"));
/// let check = Check::same_person(identity);
/// assert_eq!(check.identity().unwrap().name().reveal(), "张三");
/// # Ok::<(), liveness::Error>(())
/// ```
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
