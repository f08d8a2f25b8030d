//! The values from the file and the environment, each with its place.

use std::fmt;

use zeroize::Zeroizing;

/// Where a value or a key was found.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(super) enum Place {
    /// In the file; both count from 1, the column in characters.
    File { line: usize, column: usize },
    /// In this variable.
    Variable(String),
    /// Nowhere: it was made up as the parent of others, or read by another deserializer than ours.
    #[default]
    Nowhere,
}

/// A value with its place. Texts are overwritten when they are dropped.
#[derive(Clone)]
pub(super) struct Node {
    pub(super) value: Value,
    pub(super) place: Place,
}

#[derive(Clone)]
pub(super) enum Value {
    Null,
    Bool(bool),
    Integer(i64),
    Float(f64),
    Text(Zeroizing<String>),
    List(Vec<Node>),
    Table(Vec<Entry>),
}

/// A key of a table, with its own place.
#[derive(Clone)]
pub(super) struct Entry {
    pub(super) key: String,
    pub(super) place: Place,
    pub(super) node: Node,
}

impl Place {
    /// The place of a byte within a text.
    pub(super) fn of(text: &str, byte: usize) -> Self {
        let before = text.as_bytes().get(..byte).unwrap_or(text.as_bytes());
        let line_start = before.iter().rposition(|byte| *byte == b'\n').map_or(0, |at| at + 1);
        let line = before.iter().filter(|byte| **byte == b'\n').count() + 1;
        Self::File { line, column: String::from_utf8_lossy(&before[line_start..]).chars().count() + 1 }
    }
}

impl Node {
    pub(super) fn table() -> Self {
        Self { value: Value::Table(Vec::new()), place: Place::Nowhere }
    }

    /// The value under this key, if this is a table that has it.
    pub(super) fn get(&self, key: &str) -> Option<&Node> {
        match &self.value {
            Value::Table(entries) => entries.iter().find(|entry| entry.key == key).map(|entry| &entry.node),
            _ => None,
        }
    }

    /// Puts a value under this path and makes the tables on the way. A value that is no table there stays as it is,
    /// and is refused for its type when it is read.
    pub(super) fn put(&mut self, path: &[Step<'_>], node: Node) {
        let (Some(step), rest) = (path.first(), path.get(1..).unwrap_or_default()) else {
            *self = node;
            return;
        };
        match (&mut self.value, step) {
            (Value::Table(entries), Step::Key(key)) => {
                let index = entries.iter().position(|entry| entry.key == *key).unwrap_or_else(|| {
                    let made = Entry { key: (*key).to_owned(), place: node.place.clone(), node: Self::table() };
                    entries.push(made);
                    entries.len() - 1
                });
                entries[index].node.put(rest, node);
            }
            (Value::List(items), Step::Item(index)) => {
                if let Some(item) = items.get_mut(*index) {
                    item.put(rest, node);
                }
            }
            _ => {}
        }
    }

    /// Removes the value under a path, if there is one.
    pub(super) fn remove(&mut self, path: &[Step<'_>]) {
        match (&mut self.value, path) {
            (Value::Table(entries), [Step::Key(key)]) => entries.retain(|entry| entry.key != *key),
            (Value::Table(entries), [Step::Key(key), rest @ ..]) => {
                if let Some(entry) = entries.iter_mut().find(|entry| entry.key == *key) {
                    entry.node.remove(rest);
                }
            }
            (Value::List(items), [Step::Item(index), rest @ ..]) => {
                if let Some(item) = items.get_mut(*index) {
                    item.remove(rest);
                }
            }
            _ => {}
        }
    }

    /// Gives each key and each item its path and place.
    pub(super) fn each(&self, path: &str, tell: &mut dyn FnMut(String, Place)) {
        match &self.value {
            Value::Table(entries) => {
                for entry in entries {
                    let path = under(path, &entry.key);
                    // For a key of a file, an editor should go to the key; a variable has no other place.
                    tell(
                        path.clone(),
                        if entry.node.is_of_variable() { entry.node.place.clone() } else { entry.place.clone() },
                    );
                    entry.node.each(&path, tell);
                }
            }
            Value::List(items) => {
                for (index, item) in items.iter().enumerate() {
                    let path = format!("{path}[{index}]");
                    tell(path.clone(), item.place.clone());
                    item.each(&path, tell);
                }
            }
            _ => {}
        }
    }

    pub(super) const fn is_of_variable(&self) -> bool {
        matches!(self.place, Place::Variable(_))
    }
}

impl fmt::Debug for Node {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Node").field("place", &self.place).finish_non_exhaustive()
    }
}

/// One step of a path.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Step<'a> {
    Key(&'a str),
    Item(usize),
}

/// The path of a key within the table of this path.
pub(super) fn under(path: &str, key: &str) -> String {
    if path.is_empty() { key.to_owned() } else { format!("{path}.{key}") }
}
