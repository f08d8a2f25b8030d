//! Redacts an answer in JSON, whether it is valid, loose or broken.
//!
//! An answer that does not parse is the one worth recording. So its text is not parsed but scanned: known parts stay
//! or get a stand-in, and every other letter and digit is masked. Whatever breaks the answer, such as an extra comma,
//! a repeated field or a missing end, stays as it was.

use std::{collections::HashMap, ops::Range};

use super::{
    mask::{masked, masked_raw},
    values::Redactor,
};
use crate::provider::FieldKind;

/// How deep objects and lists are followed. Below that, every value is masked. Vendors' answers have two levels.
const MAX_DEPTH: usize = 64;
/// How many levels of documents within strings are followed.
const MAX_NESTED: usize = 3;

/// The text without personal data.
pub(super) fn redacted(text: &str, redactor: &mut Redactor<'_>) -> String {
    nested(text, redactor, MAX_NESTED)
}

fn nested(text: &str, redactor: &mut Redactor<'_>, nested: usize) -> String {
    let mut walk =
        Walk { text, at: 0, out: String::with_capacity(text.len()), open: vec![Level::default()], deeper: 0, nested };
    while walk.at < text.len() {
        walk.step(redactor);
    }
    walk.out
}

struct Walk<'t> {
    text: &'t str,
    at: usize,
    out: String,
    /// The open objects and lists, below the text itself.
    open: Vec<Level>,
    /// How many are open below `MAX_DEPTH`.
    deeper: usize,
    nested: usize,
}

/// One open object or list.
#[derive(Default)]
struct Level {
    /// Its start, in the original text and in the redacted one.
    start: (usize, usize),
    is_list: bool,
    /// The kind of its values; for an object, the kind of the next value.
    kind: Option<FieldKind>,
    /// The name of the next value, as it is written.
    name: Option<String>,
    /// The last value of each name, in the original text and in the redacted one.
    seen: HashMap<String, (Range<usize>, Range<usize>)>,
}

impl Walk<'_> {
    fn step(&mut self, redactor: &mut Redactor<'_>) {
        let rest = &self.text[self.at..];
        match rest.as_bytes().first() {
            Some(b'{' | b'[') => self.opened(),
            Some(b'}' | b']') => self.closed(),
            Some(b'"') => self.string(redactor),
            Some(b',') => {
                let level = self.level();
                level.name = None;
                // The values of a list have the kind of the list.
                level.kind = level.kind.filter(|_| level.is_list);
                self.copied(1);
            }
            Some(b':' | b' ' | b'\t' | b'\r' | b'\n') => self.copied(1),
            Some(b'#') => self.comment(rest.find('\n').unwrap_or(rest.len())),
            Some(b'/') if rest.starts_with("//") => self.comment(rest.find('\n').unwrap_or(rest.len())),
            Some(b'/') if rest.starts_with("/*") => {
                self.comment(rest[2..].find("*/").map_or(rest.len(), |end| end + 4));
            }
            _ => self.bare(redactor),
        }
    }

    fn level(&mut self) -> &mut Level {
        if self.open.is_empty() {
            self.open.push(Level::default());
        }
        let last = self.open.len() - 1;
        &mut self.open[last]
    }

    fn copied(&mut self, bytes: usize) {
        self.out.push_str(&self.text[self.at..self.at + bytes]);
        self.at += bytes;
    }

    fn opened(&mut self) {
        if self.open.len() > MAX_DEPTH {
            self.deeper += 1;
        } else {
            let is_list = self.text[self.at..].starts_with('[');
            let kind = self.level().kind.filter(|_| is_list);
            let start = (self.at, self.out.len());
            self.open.push(Level { start, is_list, kind, ..Level::default() });
        }
        self.copied(1);
    }

    fn closed(&mut self) {
        self.copied(1);
        if self.deeper > 0 {
            self.deeper -= 1;
        } else if self.open.len() > 1
            && let Some(level) = self.open.pop()
        {
            self.ended(level.start);
        }
    }

    fn comment(&mut self, bytes: usize) {
        let text = self.text;
        self.out.push_str(&masked(&text[self.at..self.at + bytes]));
        self.at += bytes;
    }

    fn string(&mut self, redactor: &mut Redactor<'_>) {
        let (text, start) = (self.text, (self.at, self.out.len()));
        let (end, is_closed) = end_of_string(&text[self.at..]);
        let raw = &text[self.at..self.at + end];
        self.at += end;
        let content = &raw[1..raw.len() - usize::from(is_closed)];
        let decoded = if is_closed { serde_json::from_str::<String>(raw).ok() } else { plain(content) };
        let is_name = is_closed && self.deeper == 0 && text[self.at..].trim_start().starts_with(':');
        let Some(decoded) = decoded else {
            self.out.push('"');
            self.out.push_str(&masked_raw(content));
            self.out.push_str(if is_closed { "\"" } else { "" });
            return if is_name { self.named(None, raw) } else { self.ended(start) };
        };
        if is_name {
            let kind = redactor.known.kind(&decoded);
            let name = if kind.is_some() { decoded } else { redactor.stand_ins.of_name(&decoded) };
            let name = quoted(&name);
            self.out.push_str(&name);
            return self.named(kind, &name);
        }
        let kind = self.level().kind.filter(|_| self.deeper == 0);
        let left = match decoded.trim_start() {
            inner if inner.starts_with(['{', '[']) && self.nested > 0 => nested(&decoded, redactor, self.nested - 1),
            _ => redactor.text(kind, &decoded),
        };
        let left = quoted(&left);
        self.out.push_str(if is_closed { &left } else { &left[..left.len() - 1] });
        self.ended(start);
    }

    fn bare(&mut self, redactor: &mut Redactor<'_>) {
        let (text, start) = (self.text, (self.at, self.out.len()));
        let rest = &text[self.at..];
        let is_sign =
            |char: char| char.is_whitespace() || matches!(char, '{' | '}' | '[' | ']' | '"' | ',' | ':' | '#' | '/');
        let first = rest.chars().next().map_or(1, char::len_utf8);
        let end = rest[first..].find(is_sign).map_or(rest.len(), |end| first + end);
        let kind = self.level().kind.filter(|_| self.deeper == 0);
        let left = redactor.bare(kind, &rest[..end]);
        self.out.push_str(&left);
        self.at += end;
        self.ended(start);
    }

    fn named(&mut self, kind: Option<FieldKind>, name: &str) {
        let level = self.level();
        (level.kind, level.name) = (kind, Some(name.to_owned()));
    }

    /// Handles the end of a value. If its field already occurred with another value, the redacted values must differ
    /// too: an answer that contradicts itself is invalid.
    fn ended(&mut self, start: (usize, usize)) {
        let (was, is) = (start.0..self.at, start.1..self.out.len());
        let text = self.text;
        if self.deeper > 0 {
            return;
        }
        let level = self.level();
        let Some(name) = level.name.take() else { return };
        let earlier = level.seen.insert(name.clone(), (was.clone(), is.clone()));
        let Some((earlier_was, earlier_is)) = earlier else { return };
        if text[earlier_was] == text[was.clone()] || self.out[earlier_is] != self.out[is.clone()] {
            return;
        }
        match self.out[is.clone()].as_bytes() {
            [b'{' | b'[', ..] => self.out.insert(is.start + 1, ' '),
            [b'"', .., b'"'] => self.out.insert(is.end - 1, '~'),
            _ => self.out.push('1'),
        }
        let end = self.out.len();
        self.level().seen.insert(name, (was, is.start..end));
    }
}

/// The end of the string at the start of the text, and whether there is one.
fn end_of_string(text: &str) -> (usize, bool) {
    let mut is_escaped = false;
    for (at, byte) in text.bytes().enumerate().skip(1) {
        match byte {
            _ if is_escaped => is_escaped = false,
            b'\\' => is_escaped = true,
            b'"' => return (at + 1, true),
            _ => {}
        }
    }
    (text.len(), false)
}

/// The content of a string without an end, as far as it needs no decoding.
fn plain(content: &str) -> Option<String> {
    (!content.contains('\\') && !content.contains(char::is_control)).then(|| content.to_owned())
}

fn quoted(text: &str) -> String {
    serde_json::Value::from(text).to_string()
}
