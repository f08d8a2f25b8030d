"""Reads Rust source just far enough to see its modules and its paths.

It knows comments, strings, `mod`, `use` and paths; it knows no types and expands no macro. That is enough to say which file
uses which, and it needs nothing but Python.
"""

import re
from dataclasses import dataclass, field
from functools import lru_cache
from pathlib import Path

LEXEME = re.compile(
    r"""
      (?P<space>\s+|//[^\n]*)
    | (?P<block>/\*)
    | (?P<raw>(?:br|cr|r)(?P<hashes>\#*)")
    | (?P<string>[bc]?"(?:\\.|[^"\\])*")
    | (?P<char>b?'(?:\\u\{[0-9a-fA-F_]+\}|\\x[0-9a-fA-F]{2}|\\.|[^'\\])')
    | (?P<lifetime>'\w+)
    | (?P<word>(?:r\#)?[^\W\d]\w*)
    | (?P<number>\d\w*)
    | (?P<colons>::)
    | (?P<mark>.)
    """,
    re.VERBOSE | re.DOTALL,
)
OPEN, CLOSE = "([{", ")]}"
# Words that start an item which has a name of its own in its module.
NAMED = {"fn", "struct", "enum", "trait", "union", "type", "const", "static"}
# Items that end at a semicolon, whatever braces they hold.
TO_SEMICOLON = {"const", "static", "type", "use"}


@dataclass
class Token:
    text: str
    line: int
    is_word: bool
    is_test: bool = False


def tokens(text):
    """The text's tokens, without comments, strings and characters."""
    found, at, line = [], 0, 1
    while at < len(text):
        match = LEXEME.match(text, at)
        end = match.end()
        if match["block"]:
            depth = 1
            while depth and (mark := re.compile(r"/\*|\*/").search(text, end)):
                depth += 1 if mark[0] == "/*" else -1
                end = mark.end()
            end = len(text) if depth else end
        elif match["raw"]:
            close = text.find('"' + match["hashes"], end)
            end = len(text) if close < 0 else close + 1 + len(match["hashes"])
        elif match["word"] or match["number"] or match["colons"] or match["mark"]:
            found.append(Token(match[0].removeprefix("r#"), line, bool(match["word"])))
        line += text.count("\n", at, end)
        at = end
    return found


def skip(found, at):
    """The place after the bracket that opens here."""
    depth = 0
    while at < len(found):
        depth += (found[at].text in OPEN) - (found[at].text in CLOSE)
        at += 1
        if depth == 0:
            break
    return at


def item_end(found, at):
    """The place after the item, statement or field that begins here."""
    while at < len(found) and found[at].text == "#":
        at = skip(found, at + 1)
    keyword = None
    while at < len(found):
        token = found[at]
        if token.text == ";" or (token.text == "," and not keyword):
            return at + 1
        if token.text in CLOSE:
            return at
        if token.text in OPEN:
            at = skip(found, at)
            if token.text == "{" and keyword not in TO_SEMICOLON:
                return at
            continue
        at += 1
        if token.is_word and not keyword and token.text in NAMED | {"use", "mod", "impl", "macro_rules", "extern"}:
            # `const fn` and its like are functions.
            is_prefix = token.text in ("const", "extern") and found[at].text in ("fn", "unsafe", "extern", "async")
            keyword = None if is_prefix else token.text
    return at


def mark_tests(found):
    """Marks what stands under `#[cfg(test)]`."""
    for at, token in enumerate(found):
        if token.text == "#" and at + 1 < len(found) and found[at + 1].text == "[":
            words = [inner.text for inner in found[at + 2 : skip(found, at + 1)]]
            if words[:1] == ["cfg"] and "test" in words and "not" not in words:
                for inner in found[at : item_end(found, at)]:
                    inner.is_test = True


@lru_cache(maxsize=None)
def marked(text, is_test):
    """The text's tokens, tests marked."""
    found = tokens(text)
    mark_tests(found)
    for token in found:
        token.is_test |= is_test
    return found


@dataclass
class Use:
    path: tuple
    name: str  # as what it is known here; "*" takes all
    line: int
    is_test: bool
    is_public: bool
    is_local: bool  # inside a function's body


@dataclass
class Path_:
    path: tuple
    line: int
    is_test: bool


@dataclass
class Module:
    name: str
    parent: "Module | None"
    file: str
    is_test: bool = False
    modules: dict = field(default_factory=dict)
    items: dict = field(default_factory=dict)
    uses: list = field(default_factory=list)
    paths: list = field(default_factory=list)
    words: list = field(default_factory=list)

    def root(self):
        return self.parent.root() if self.parent else self

    def walk(self):
        yield self
        for module in self.modules.values():
            yield from module.walk()


def use_tree(found, at, prefix):
    """The leaves (path, name, line) of the use tree that begins here, and the place after it."""
    path, leaves = list(prefix), []
    while at < len(found):
        token = found[at]
        if token.text == "{":
            end = skip(found, at)
            at += 1
            while at < end - 1:
                inner, at = use_tree(found, at, path)
                leaves += inner
                at += found[at].text == ","
            return leaves, end
        if token.text == "*":
            return leaves + [(tuple(path), "*", token.line)], at + 1
        if token.is_word and token.text == "as":
            return leaves + [(tuple(path), found[at + 1].text, found[at + 1].line)], at + 2
        if token.is_word:
            path.append(token.text)
            if found[at + 1].text != "::":
                if token.text == "self" and len(path) > 1:
                    path.pop()
                if found[at + 1].text != "as":
                    return leaves + [(tuple(path), path[-1], token.line)], at + 1
        elif token.text not in ("::", "$"):
            return leaves, at
        at += 1
    return leaves, at


class Source:
    """A crate's modules, from its root file on."""

    def __init__(self, base, root_file):
        self.base = Path(base)
        self.files = []
        self.root = Module("crate", None, root_file)
        self._read(self.root, self.base / root_file, Path(root_file).parent)

    def _read(self, module, path, folder):
        self.files.append(module.file)
        self._items(module, marked(path.read_text(encoding="utf-8"), module.is_test), folder)

    def _items(self, module, found, folder):
        at, is_public, is_exported = 0, False, False
        while at < len(found):
            token = found[at]
            if token.text == "#":
                is_exported |= found[at + 2].text == "macro_export"
                at = skip(found, at + 1 + (found[at + 1].text == "!"))
            elif token.text == "pub":
                is_public = True
                at += 1
                if found[at].text == "(":
                    at = skip(found, at)
            elif token.text == "use":
                end = item_end(found, at)
                self._use(module, found[at:end], is_public, False)
                at, is_public = end, False
            elif token.text == "mod" and found[at + 1].is_word:
                at, is_public = self._module(module, found, at, folder), False
            else:
                end = max(item_end(found, at), at + 1)
                self._body(module, found[at:end], is_exported)
                at, is_public, is_exported = end, False, False

    def _module(self, module, found, at, folder):
        name, end = found[at + 1].text, item_end(found, at)
        child = Module(name, module, module.file, module.is_test or found[at].is_test)
        module.modules[name] = child
        if found[at + 2].text == "{":
            self._items(child, found[at + 3 : end - 1], folder / name)
            return end
        for place, inside in ((folder / f"{name}.rs", folder / name), (folder / name / "mod.rs", folder / name)):
            if (self.base / place).is_file():
                child.file = str(place)
                self._read(child, self.base / place, inside)
        return end

    def _use(self, module, found, is_public, is_local):
        for path, name, line in use_tree(found, 1, ())[0]:
            module.uses.append(Use(path, name, line, found[0].is_test or module.is_test, is_public, is_local))

    def _body(self, module, found, is_exported):
        """One item: its name, and every path and inner `use` in it. What an exported macro says is said outside."""
        for at, token in enumerate(found):
            if token.text in OPEN or token.text == "=":
                break
            if token.text == "macro_rules" or (token.text in NAMED and token.is_word and found[at + 1].is_word):
                name = found[at + (2 if token.text == "macro_rules" else 1)].text
                if name not in NAMED and name not in ("unsafe", "extern"):
                    module.items[name] = token.line
                    break
            if token.text == "impl":
                break
        at = 0
        while at < len(found):
            token = found[at]
            if token.text == "use" and token.is_word:
                end = item_end(found, at)
                self._use(module, found[at:end], False, True)
                at = end
                continue
            if token.is_word and (at == 0 or found[at - 1].text not in ("::", ".")):
                head = "$crate" if is_exported and token.text == "crate" and found[at - 1].text == "$" else token.text
                path, end = [head], at + 1
                while end + 1 < len(found) and found[end].text == "::" and found[end + 1].is_word:
                    path.append(found[end + 1].text)
                    end += 2
                module.words.append((token.text, token.line, token.is_test))
                if len(path) > 1:
                    module.paths.append(Path_(tuple(path), token.line, token.is_test))
                at = end
                continue
            at += 1

    def resolve(self, module, path, seen=frozenset()):
        """Where a path that is written in this module leads: ("item", module, name), ("module", module, None), or
        ("outside", None, crate)."""
        is_whole = path[0] in ("crate", "$crate")
        here, at = (module.root(), 1) if is_whole else (module, 0)
        while at < len(path):
            name = path[at]
            if name == "self":
                pass
            elif name == "super" and here.parent:
                here = here.parent
            else:
                kind, where, what = self.look_up(here, name, seen)
                if kind == "module":
                    here = where
                elif kind:
                    return kind, where, what
                elif at == 0:
                    return "outside", None, name
                else:
                    return "item", here, name  # made by a macro
            at += 1
        return "module", here, None

    def targets(self, module, path):
        """All that a path means: a name can be a module and, beside it, a function that another module re-exports."""
        kind, where, name = self.resolve(module, path)
        found = [(kind, where, name)]
        if kind == "module" and where.parent:
            for use in where.parent.uses:
                if use.name == where.name and use.path[-2:] == (where.name, where.name):
                    found.append(self.resolve(where.parent, use.path))
        return found

    def look_up(self, module, name, seen=frozenset()):
        """What a bare name means in this module."""
        if name in module.modules:
            return "module", module.modules[name], None
        if name in module.items:
            return "item", module, name
        for use in module.uses:
            key = (id(module), use.path, name)
            if use.name == name and key not in seen and use.path[0] != name:
                return self.resolve(module, use.path, seen | {key})
        for use in module.uses:
            key = (id(module), use.path, name)
            if use.name == "*" and key not in seen:
                kind, where, _ = self.resolve(module, use.path, seen | {key})
                if kind == "module":
                    found = self.look_up(where, name, seen | {key})
                    if found[0]:
                        return found
        return None, None, None
