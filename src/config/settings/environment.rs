//! Lays the environment's variables over the file.
//!
//! One rule: a variable that is set and not empty wins over the file, key by key. If the file names any candidates,
//! it alone sets which ones there are, of which vendors and in which order. It alone sets the two switches that make
//! the service less safe.

use std::{collections::BTreeMap, ffi::OsString};

use zeroize::Zeroizing;

use super::{
    flaw::{Flaw, nearest},
    keys::{CANDIDATES, KEYS, Key, Kind, PREFIX, VENDORS},
    tree::{Node, Place, Step, Value},
};

/// The prefixes of variables for this crate.
const PREFIXES: [&str; 3] = [PREFIX, "JUMDATA_", "TENCENT_MARKET_"];
const VENDOR: &str = "LIVENESS_VENDOR";

type Result<T> = std::result::Result<T, Flaw>;

/// A variable that sets something.
struct Set {
    name: String,
    text: Zeroizing<String>,
    key: &'static Key,
    /// Of the general name.
    candidate: Option<usize>,
    is_file: bool,
}

/// Lays the variables over the tree.
///
/// # Errors
///
/// A variable of this crate's that sets nothing, that does not name the candidate that it is for, or that may not set
/// its key; two variables that set the same key; a value that is not UTF-8.
pub(super) fn lay_over(tree: &mut Node, variables: impl IntoIterator<Item = (OsString, OsString)>) -> Result<()> {
    let mut set = Vec::new();
    for (name, value) in variables {
        // A name that is not UTF-8 is none of ours.
        let Ok(name) = name.into_string() else { continue };
        if value.is_empty() || !PREFIXES.iter().any(|prefix| name.starts_with(prefix)) || is_of_kubernetes(&name) {
            continue;
        }
        let Some((key, candidate, is_file)) = named(&name) else { return Err(unknown(&name)) };
        let Ok(text) = value.into_string() else {
            return Err(refused(&name, "it is not valid UTF-8", "不是合法的 UTF-8"));
        };
        set.push(Set { name, text: Zeroizing::new(text), key, candidate, is_file });
    }
    // The vendor comes first, because the others find their candidate by it.
    set.sort_by_key(|set| (set.name != VENDOR, !set.key.is_the_vendor(), set.name.clone()));
    let mut taken: BTreeMap<String, String> = BTreeMap::new();
    for set in set {
        if set.key.is_the_vendor() {
            vendor(tree, &set)?;
            continue;
        }
        if set.key.is_of_the_file_alone() {
            return Err(refused(&set.name, "this can be set only in the file", "此项只能写在文件中"));
        }
        let Some(candidate) = candidate(tree, &set)? else { continue };
        let mut steps = set.key.steps(candidate);
        if let Some(other) = taken.insert(format!("{steps:?}"), set.name.clone()) {
            return Err(refused(
                &set.name,
                format!("{other} sets the same: remove one of them"),
                format!("与 {other} 设置的是同一项：请删除其一"),
            ));
        }
        if set.key.kind == Kind::Secret {
            // A value or a file: the environment's setting replaces both.
            let file = format!("{}_file", set.key.name());
            for key in [set.key.name(), file.as_str()] {
                let mut other = set.key.steps(candidate);
                other.pop();
                other.push(Step::Key(key));
                tree.remove(&other);
            }
            if set.is_file {
                steps.pop();
                steps.push(Step::Key(&file));
            }
            tree.put(&steps, node(set.text, set.name));
        } else {
            tree.put(&steps, node(set.text, set.name));
        }
    }
    Ok(())
}

/// The vendor of the one candidate without a file, or what the file must contain too.
fn vendor(tree: &mut Node, set: &Set) -> Result<()> {
    let Some(Value::List(candidates)) = tree.get(CANDIDATES).map(|node| &node.value) else {
        if set.candidate.is_none() && tree.get(CANDIDATES).is_none() {
            let mut candidate = Node { value: Value::Table(Vec::new()), place: Place::Nowhere };
            candidate.put(&[Step::Key("vendor")], node(set.text.clone(), set.name.clone()));
            let list = Node { value: Value::List(vec![candidate]), place: Place::Nowhere };
            tree.put(&[Step::Key(CANDIDATES)], list);
        }
        return Ok(());
    };
    let asked = candidates.iter().enumerate().filter(|(index, _)| set.candidate.is_none_or(|asked| asked == *index));
    let agrees = |candidate: &Node| match candidate.get("vendor").map(|node| &node.value) {
        Some(Value::Text(text)) => *text == set.text,
        // A missing value, or one that is no text, is refused where it is read.
        _ => true,
    };
    if asked.map(|(_, candidate)| candidate).any(agrees) {
        return Ok(());
    }
    Err(refused(
        &set.name,
        "the file names another vendor, and the environment must not change which vendor a check goes to",
        "文件指定了其他供应商，环境变量不能改变核验交给哪一家",
    ))
}

/// The number of the variable's candidate; `None` if no candidate has the variable's vendor.
fn candidate(tree: &Node, set: &Set) -> Result<Option<usize>> {
    if !set.key.is_of_a_candidate() {
        return Ok(Some(0));
    }
    let candidates = match tree.get(CANDIDATES).map(|node| &node.value) {
        Some(Value::List(candidates)) => candidates.as_slice(),
        _ => &[],
    };
    if let Some(index) = set.candidate {
        return match candidates.get(index) {
            Some(_) => Ok(Some(index)),
            None => Err(refused(
                &set.name,
                format!("there is no candidate {index}; they count from 0"),
                format!("没有编号为 {index} 的候选账号（从 0 开始编号）"),
            )),
        };
    }
    let of = VENDORS.iter().find(|vendor| set.name.starts_with(&prefix_of(vendor)));
    let is_of = |candidate: &Node| match (of, candidate.get("vendor").map(|node| &node.value)) {
        (Some(vendor), Some(Value::Text(text))) => text.as_str() == *vendor,
        (vendor, _) => vendor.is_none(),
    };
    let meant: Vec<_> =
        candidates.iter().enumerate().filter(|(_, candidate)| is_of(candidate)).map(|(at, _)| at).collect();
    match meant.as_slice() {
        [] => Ok(None),
        [index] => Ok(Some(*index)),
        _ => {
            let general = set.key.variable().unwrap_or_default();
            Err(refused(
                &set.name,
                format!(
                    "there are {} candidates, and it is unclear which one is meant: use {general}, which counts from 0",
                    meant.len()
                ),
                format!("有 {} 个候选账号，无法确定所指：请使用 {general}（从 0 开始编号）", meant.len()),
            ))
        }
    }
}

/// The key that a name sets, its candidate, and whether it is set by a file.
fn named(name: &str) -> Option<(&'static Key, Option<usize>, bool)> {
    let find = |name: &str, is_file: bool| {
        let (general, index) = general(name);
        KEYS.iter().filter(|key| !is_file || key.kind == Kind::Secret).find_map(|key| {
            if key.short == Some(name) {
                return Some((key, None, is_file));
            }
            (key.variable().as_deref() == Some(&general)).then_some((key, index, is_file))
        })
    };
    find(name, false).or_else(|| find(name.strip_suffix("_FILE")?, true))
}

/// A name with `<n>` for the number of a candidate, and that number.
fn general(name: &str) -> (String, Option<usize>) {
    let parts = name.strip_prefix("LIVENESS_CANDIDATES_").and_then(|rest| rest.split_once('_'));
    match parts.and_then(|(index, rest)| Some((index.parse().ok()?, rest))) {
        Some((index, rest)) => (format!("LIVENESS_CANDIDATES_<n>_{rest}"), Some(index)),
        None => (name.to_owned(), None),
    }
}

/// The variables that Kubernetes sets in every container of a namespace with a service named `liveness` or `jumdata`.
fn is_of_kubernetes(name: &str) -> bool {
    let is_port = |rest: &str| {
        let mut parts = rest.split('_');
        let has_number = parts.next().is_some_and(|number| number.parse::<u16>().is_ok());
        has_number && matches!(parts.next(), Some("TCP" | "UDP" | "SCTP"))
    };
    name.ends_with("_SERVICE_HOST")
        || name.contains("_SERVICE_PORT")
        || name.ends_with("_PORT")
        || name.split_once("_PORT_").is_some_and(|(_, rest)| is_port(rest))
}

fn unknown(name: &str) -> Flaw {
    let general: Vec<_> = KEYS.iter().filter_map(Key::variable).collect();
    let known: Vec<_> = KEYS.iter().filter_map(|key| key.short).chain(general.iter().map(String::as_str)).collect();
    match nearest(name, &known) {
        Some(near) => refused(
            name,
            format!("there is no such setting; did you mean {near}?"),
            format!("没有这项设置，是否应为 {near}？"),
        ),
        None => {
            refused(name, "there is no such setting: correct its name, or remove it", "没有这项设置：请更正名称或删除")
        }
    }
}

fn prefix_of(vendor: &str) -> String {
    format!("{}_", vendor.replace('-', "_").to_ascii_uppercase())
}

fn refused(name: &str, english: impl Into<String>, chinese: impl Into<String>) -> Flaw {
    Flaw::of(name, Place::Variable(name.to_owned()), english, chinese)
}

fn node(text: Zeroizing<String>, name: String) -> Node {
    Node { value: Value::Text(text), place: Place::Variable(name) }
}
