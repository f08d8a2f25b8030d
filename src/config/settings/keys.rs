//! What is a key, and which variables set it?

pub(super) use super::table::KEYS;
use super::{options::ConfigKey, tree::Step};
use crate::model::Text;

/// What a wrong duration is told, in English and Chinese.
pub(super) const A_DURATION: (&str, &str) =
    ("it must be a whole number with ms, s, m, h or d, such as 30s", "必须是带单位 ms、s、m、h 或 d 的整数，例如 30s");
/// What our own types say in English, and how it is told in both languages.
pub(super) const SAYINGS: [(&str, (&str, &str)); 2] = [
    (A_DURATION.0, A_DURATION),
    ("expected a string", ("it must be a text in quotation marks", "必须是加引号的字符串")),
];
/// What each variable of this crate begins with.
pub(super) const PREFIX: &str = "LIVENESS_";
/// The list of accounts.
pub(super) const CANDIDATES: &str = "candidates";
/// The vendors that the crate has itself.
pub(super) const VENDORS: [&str; 2] = ["jumdata", "tencent-market"];

/// What may stand in a key.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(super) enum Kind {
    Text,
    /// A text that is never shown; the same key with `_file` after its name takes the path of a file that holds it.
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

/// Whose key it is, of those of a candidate.
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
    /// `candidates.` stands for each item of the list.
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

    /// Whether the file alone sets it: what makes less safe is seen by whoever reads the file.
    pub(super) fn is_of_the_file_alone(&self) -> bool {
        ["transport.allow_plain_http", "journal.any_file_system"].contains(&self.path)
    }

    /// As it is told to the public.
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

    /// Whether it says whom a check is given to.
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

/// The variables that set what stands at this path: the general one, and that of `from_env`.
pub(super) fn variables(path: &str) -> Vec<String> {
    let is_file = path.ends_with("_file");
    let (plain, index) = plain(path);
    let plain = plain.strip_suffix("_file").filter(|_| is_file).unwrap_or(&plain).to_owned();
    let suffix = if is_file { "_FILE" } else { "" };
    let keys = || KEYS.iter().filter(|key| key.path == plain);
    let short = keys().filter_map(|key| key.short.map(str::to_owned));
    let names = short.chain(keys().filter(|key| !key.is_of_the_file_alone()).find_map(Key::variable));
    names.map(|name| name.replace("<n>", &index.to_string()) + suffix).collect()
}

/// The path without the number of its candidate, and that number.
fn plain(path: &str) -> (String, usize) {
    let Some((index, rest)) = path.strip_prefix("candidates[").and_then(|rest| rest.split_once(']')) else {
        return (path.to_owned(), 0);
    };
    (format!("{CANDIDATES}{rest}"), index.parse().unwrap_or(0))
}
