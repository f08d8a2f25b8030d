"""Reads what rustdoc knows of the published libraries, and fails on a public page that does not teach.

- Each page (module, type, trait, function, macro, constant) has in its own text an example that runs.
- Each function that returns a `Result` has a section `# Errors`.
- No module's summary is a question.
- The front page's table of features has each feature of the package.

`--self-test` first proves on an invented crate that each rule can fail, and that a format of rustdoc's that is not known here
is said to be so. rustdoc's JSON is not stable yet, hence RUSTC_BOOTSTRAP for rustdoc alone.
"""

import json
import os
import re
import subprocess
import sys
import tempfile
from pathlib import Path

BASE = Path(__file__).resolve().parent.parent
# What may stand behind the fence of an example that is compiled and run.
RUNS = {"rust", "should_panic", "edition2015", "edition2018", "edition2021", "edition2024"}
PAGES = {
    "module", "struct", "enum", "union", "trait", "trait_alias", "function", "macro", "proc_macro", "constant", "static", "type_alias",
}
# Rule, kind, path and why it may lack that. Each must match something.
EXEMPT = [
    ("example", "function", r"liveness::contract::(journal::|session_store::)?\w+", "a rule, which the macro of its module runs"),
    ("example", "module|struct", r"liveness::mock::__mock_.*", "mockall makes it"),
]
# An invented crate and what must be said of it, each line once.
CRATE = """
//! A crate.
//!
//! | feature | provides |
//! |---|---|
//! | `told` | something |
//! ```
//! assert!(true);
//! ```
pub mod asks {
    //! What is here? A module.
    //! ```
    //! ```
}
mod private {
    /// Reached by a glob.
    pub struct Bare;
    impl Bare {
        /// An example of a method is not one of its type.
        /// ```
        /// ```
        pub fn fails(&self) -> Result<(), ()> { Ok(()) }
        fn private(&self) -> Result<(), ()> { Ok(()) }
    }
    /// Reached by nobody.
    pub(crate) struct Hidden;
}
pub use private::*;
/// An example that never runs.
/// ```ignore
/// ```
pub const IGNORED: u8 = 0;
/// No example, but a sample of another language.
/// ```text
/// ```
pub enum Sample {}
/// A whole page.
/// ```
/// ```
pub trait Whole {
    /// A trait's function.
    fn fails(&self) -> std::io::Result<()>;
    /// Says it.
    ///
    /// # Errors
    ///
    /// Never.
    fn says(&self) -> Result<(), ()>;
}
impl Whole for Bare {
    fn fails(&self) -> std::io::Result<()> { Ok(()) }
    fn says(&self) -> Result<(), ()> { Ok(()) }
}
#[macro_export]
macro_rules! nothing { () => {} }
"""
EXPECTED = {
    "summary module invented::asks", "example struct invented::Bare", "errors function invented::Bare::fails",
    "example constant invented::IGNORED", "example enum invented::Sample", "errors function invented::Whole::fails",
    "example macro invented::nothing", "feature module invented::untold",
}


class Unknown(Exception):
    """rustdoc's JSON has a shape that is not known here."""


class Crate:
    """One crate's public items, walked from its root as a reader reaches them."""

    def __init__(self, document, features=()):
        self.features = [name for name in features if name != "default"]
        try:
            self.version = document["format_version"]
            self.index = {str(name): item for name, item in document["index"].items()}
            self.root = root = self.item(document["root"])
            self.pages, self.functions, self.seen = [], [], set()
            self.walk(root, root["name"])
            if not self.pages:
                raise KeyError("no page")
        except (KeyError, TypeError, AttributeError, ValueError) as problem:
            raise Unknown(f"{type(problem).__name__}: {problem}") from problem

    def item(self, name):
        return self.index.get(str(name))

    def walk(self, item, path):
        (kind, inner), = item["inner"].items()
        if kind == "use":
            target = self.item(inner["id"]) if inner["id"] is not None else None
            if target and inner["is_glob"]:
                self.children(target, path.rpartition("::")[0])
            elif target:
                self.walk(target, path)
            return
        if str(item["id"]) in self.seen or item["crate_id"] != 0:
            return
        self.seen.add(str(item["id"]))
        if kind in PAGES:
            self.pages.append((kind, path, item))
        if kind == "module":
            self.children(item, path)
        elif kind == "function":
            self.functions.append((path, item))
        elif kind == "trait":
            self.members(inner["items"], path, "default")
        elif kind in ("struct", "enum", "union"):
            for block in map(self.item, inner["impls"]):
                if block and block["inner"]["impl"]["trait"] is None:
                    self.members(block["inner"]["impl"]["items"], path, "public")

    def children(self, item, path):
        (kind, inner), = item["inner"].items()
        # A glob of an enum names its variants, which have no pages.
        for child in map(self.item, inner["items"] if kind == "module" else []):
            if child and (child["visibility"] == "public" or "macro" in child["inner"]):
                own = child["inner"]["use"]["name"] if "use" in child["inner"] else child["name"]
                self.walk(child, f"{path}::{own}")

    def members(self, items, path, visibility):
        for member in map(self.item, items):
            if member and "function" in member["inner"] and member["visibility"] == visibility:
                self.functions.append((f"{path}::{member['name']}", member))


def runs(docs):
    """Whether the text has an example that is compiled and run."""
    fences = re.findall(r"^ *(```+|~~~+)([^`\n]*)$", docs or "", re.M)
    # The second fence of each pair closes.
    return any(set(re.split(r"[\s,]+", words.strip())) - {""} <= RUNS for _, words in fences[::2])


def asks(docs):
    """Whether the first sentence is a question."""
    summary = (docs or "").partition("\n\n")[0]
    end = re.search(r"[.?!](?=\s|$)|[。？！]", summary)
    return bool(end) and end[0] in "?？"


def returns_result(function):
    output = function["inner"]["function"]["sig"]["output"]
    path = (output or {}).get("resolved_path") or {}
    return path.get("path", "").rpartition("::")[2] == "Result"


def faults(crate):
    """(rule, kind, path, file and line) of each thing that is missing."""
    for kind, path, item in crate.pages:
        if not runs(item["docs"]):
            yield "example", kind, path, place(item)
        if kind == "module" and asks(item["docs"]):
            yield "summary", kind, path, place(item)
    for path, item in crate.functions:
        if returns_result(item) and not re.search(r"^# Errors$", item["docs"] or "", re.M):
            yield "errors", "function", path, place(item)


    for name in crate.features:
        if not re.search(rf"^\| `{re.escape(name)}` \|", crate.root["docs"] or "", re.M):
            yield "feature", "module", f"{crate.root['name']}::{name}", place(crate.root)


def place(item):
    span = item["span"]
    return f"{span['filename']}:{span['begin'][0]}" if span else "?"


def judge(crates):
    said = {"example": "no example that runs", "errors": "no section `# Errors`", "summary": "a question for a summary",
            "feature": "no row in the front page's table of features"}
    count, used = 0, set()
    for rule, kind, path, where in (fault for crate in crates for fault in faults(crate)):
        excuse = next((each for each in EXEMPT if each[0] == rule and re.fullmatch(each[1], kind) and re.fullmatch(each[2], path)), None)
        if excuse:
            used.add(excuse)
        else:
            print(f"{where}: {kind} {path} has {said[rule]}")
            count += 1
    for rule, kind, path, why in EXEMPT:
        if (rule, kind, path, why) not in used:
            print(f".ci/rustdoc.py: the exemption of {path} from {rule} ({why}) is of no use any more")
            count += 1
    print(f"rustdoc: {count} faults on {sum(len(crate.pages) for crate in crates)} pages and "
          f"{sum(len(crate.functions) for crate in crates)} functions")
    return 1 if count else 0


def read(path, features):
    document = json.loads(Path(path).read_text(encoding="utf-8"))
    try:
        return Crate(document, features)
    except Unknown as problem:
        version = document.get("format_version") if isinstance(document, dict) else None
        sys.exit(f"{path}: rustdoc's JSON of format_version {version} is not what .ci/rustdoc.py reads ({problem}). Look at what "
                 "changed in the crate rustdoc-types, and change `Crate` by it.")


def libraries():
    """The published packages that have a library: name and features."""
    metadata = subprocess.run(
        ["cargo", "metadata", "--locked", "--no-deps", "--format-version", "1"], cwd=BASE, check=True, capture_output=True)
    for package in json.loads(metadata.stdout)["packages"]:
        if package["publish"] != [] and any("lib" in target["kind"] for target in package["targets"]):
            yield package["name"], sorted(package["features"])


def documented(packages):
    target = Path(os.environ.get("CARGO_TARGET_DIR", BASE / "target")).resolve()
    with tempfile.TemporaryDirectory() as folder:
        # For rustdoc alone: in the environment of cargo it would build every dependency anew.
        wrapper = Path(folder) / "rustdoc"
        wrapper.write_text('#!/bin/sh\nRUSTC_BOOTSTRAP=1 exec rustdoc "$@"\n', encoding="utf-8")
        wrapper.chmod(0o755)
        for name, features in packages:
            command = ["cargo", "rustdoc", "--locked", "-q", "-p", name, "--lib", "--all-features", "--",
                       "-Z", "unstable-options", "--output-format", "json"]
            subprocess.run(command, cwd=BASE, check=True, env=os.environ | {"RUSTDOC": str(wrapper)})
            yield read(target / "doc" / f"{name.replace('-', '_')}.json", features)


def self_test():
    with tempfile.TemporaryDirectory() as folder:
        source = Path(folder) / "invented.rs"
        source.write_text(CRATE, encoding="utf-8")
        command = ["rustdoc", "--edition", "2024", "--crate-type", "lib", "-A", "warnings", "-o", folder, str(source),
                   "-Z", "unstable-options", "--output-format", "json"]
        subprocess.run(command, check=True, env=os.environ | {"RUSTC_BOOTSTRAP": "1"})
        document = json.loads((Path(folder) / "invented.json").read_text(encoding="utf-8"))
    found = [" ".join(fault[:3]) for fault in faults(Crate(document, ["default", "told", "untold"]))]
    wrong = [f"not found: {each}" for each in sorted(EXPECTED - set(found))]
    wrong += [f"found without reason: {each}" for each in found if each not in EXPECTED or found.count(each) > 1]
    for broken in ({}, {**document, "index": {}}, {**document, "index": [1]}):
        try:
            Crate(broken)
            wrong.append("a format that is not known was taken")
        except Unknown:
            pass
    for text in wrong:
        print(f"WRONG rustdoc: {text}")
    if not wrong:
        print(f"ok    rustdoc: {len(EXPECTED)} faults of the invented crate found, and a format that is not known refused")
    return 1 if wrong else 0


if sys.argv[1:] == ["--self-test"]:
    sys.exit(self_test())
sys.exit(judge(list(documented(libraries()))))
