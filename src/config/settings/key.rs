//! A key of the settings.

use super::{options::ConfigKey, tree::Step};
use crate::model::Text;

/// The prefix of each variable of this crate.
pub(super) const PREFIX: &str = "LIVENESS_";
/// The list of accounts.
pub(super) const CANDIDATES: &str = "candidates";

/// The kind of value of a key.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(super) enum Kind {
    Text,
    /// A text that is never shown; the same key with `_file` after its name takes the path of a file that contains
    /// it.
    Secret,
    Path,
    Bool,
    /// A whole number from this one to the largest of 32 bits.
    Count(u32),
    /// A number between these.
    Number(u32, u32),
    Duration,
    Word(&'static [&'static str]),
    Words(&'static [&'static str]),
    Texts,
    /// Names of the operator's own, each with a secret.
    Secrets,
}

/// The vendor whose candidates have this key.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(super) enum Vendors {
    All,
    One(&'static str),
    /// Of a vendor that is registered.
    Others,
}

/// A key.
#[derive(Debug)]
pub(super) struct Key {
    /// `candidates.` is the prefix for each item of the list.
    pub(super) path: &'static str,
    pub(super) kind: Kind,
    pub(super) vendors: Vendors,
    /// The variable that `from_env` reads for it.
    pub(super) short: Option<&'static str>,
    pub(super) english: &'static str,
    pub(super) chinese: &'static str,
}

impl Key {
    pub(super) const fn of(mut self, vendors: Vendors) -> Self {
        self.vendors = vendors;
        self
    }

    pub(super) const fn short(mut self, name: &'static str) -> Self {
        self.short = Some(name);
        self
    }

    /// The name within its table.
    pub(super) fn name(&self) -> &'static str {
        self.path.rsplit('.').next().unwrap_or(self.path)
    }

    /// Whether it is one of each candidate.
    pub(super) fn is_of_a_candidate(&self) -> bool {
        self.path.starts_with("candidates.")
    }

    /// Its variable, with `<n>` for the number of the candidate. A table of the operator's own names has none.
    pub(super) fn variable(&self) -> Option<String> {
        let path = self.path.replace("candidates.", "candidates_<n>_").replace('.', "_");
        (self.kind != Kind::Secrets).then(|| format!("{PREFIX}{}", path.to_ascii_uppercase()).replace("<N>", "<n>"))
    }

    /// Whether only the file sets it. A switch that makes the service less safe must be visible in the file.
    pub(super) fn is_of_the_file_alone(&self) -> bool {
        ["transport.allow_plain_http", "journal.any_file_system"].contains(&self.path)
    }

    /// The public description of the key.
    pub(super) fn told(&self) -> ConfigKey {
        let general = self.variable().filter(|_| !self.is_of_the_file_alone() && !self.is_the_vendor());
        ConfigKey {
            path: self.path.replace("candidates.", "candidates[<n>]."),
            variables: self.short.map(str::to_owned).into_iter().chain(general).collect(),
            is_secret: self.kind == Kind::Secret,
            vendor: match self.vendors {
                Vendors::One(vendor) => Some(vendor),
                Vendors::All | Vendors::Others => None,
            },
            meaning: Text::new(self.english, self.chinese),
        }
    }

    /// Whether it decides which vendor gets a check.
    pub(super) fn is_the_vendor(&self) -> bool {
        self.path == "candidates.vendor"
    }

    /// Its path for the candidate of this number.
    pub(super) fn steps(&self, candidate: usize) -> Vec<Step<'static>> {
        let mut steps = Vec::new();
        for name in self.path.split('.') {
            steps.push(Step::Key(name));
            if name == CANDIDATES {
                steps.push(Step::Item(candidate));
            }
        }
        steps
    }
}
