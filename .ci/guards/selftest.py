"""Proves that each rule can fail: plants one violation of it in a copy of the tree, and sees it named with its file and line."""

import shutil
import tempfile
from pathlib import Path

import rules
import rust

# Rule, file to add a line to (made if it is not there), the line, and what the message must hold.
PLANTS = [
    ("place", "src/loose.rs", "//! A leaf beside the rooms.", "no room"),
    ("place", "src/model/error.rs", "//! A file beside its folder.", "mod.rs"),
    ("root", "src/config/mod.rs", "use crate::Photo as Planted;", "crate::Photo"),
    ("root", "src/mock.rs", "use super::Photo as Planted;", "crate::Photo"),
    ("root", "src/client/mod.rs", "fn planted() { let _: Option<crate::Photo> = None; }", "crate::Photo"),
    ("root", "src/model/mod.rs", "use liveness::Photo as Planted;", "liveness::Photo"),
    ("floors", "src/model/goal.rs", "fn planted(_: crate::photo::Photo) {}", "model may not use photo"),
    ("floors", "src/transport/mod.rs", "use crate::{client::{self as planted}};", "transport may not use client"),
    ("floors", "src/provider/mod.rs", "macro_rules! planted { () => { $crate::sandbox::Sandbox } }", "provider may not use sandbox"),
    ("root", "src/model/mod.rs", "macro_rules! planted { () => { $crate::Photo } }", "crate::Photo"),
    ("floors", "src/client/mod.rs", "#[cfg(test)] mod planted { use crate::provider::Check; }", "client may not use provider"),
    ("map", "CONTRIBUTING.md", "| `cellar` | The room below | `model` |", "no room"),
    ("map", "CONTRIBUTING.md", "| `model` | The shared types | `photo` |", "and not photo"),
    ("pure", "src/provider/jumdata/wire.rs", "use crate::transport::TransportError as Planted;", "wire/sign/code"),
    ("pure", "src/provider/tencent_market/sign.rs", "use crate::client::RetryPolicy as Planted;", "wire/sign/code"),
    ("photo", "src/photo/mod.rs", "fn planted(_: http::Uri) {}", "http::Uri"),
    ("photo", "src/photo/spec.rs", "use crate::model::Request as Planted;", "model::Request"),
    ("vendors", "src/provider/jumdata/mod.rs", "use crate::provider::tencent_market::Code as Planted;", "nothing of tencent_market"),
    ("vendors", "src/sandbox/tencent_market/mod.rs", "use super::jumdata::hosted as planted;", "nothing of jumdata"),
    ("wire", "src/sandbox/control.rs", "use crate::provider::jumdata::wire::Init as Planted;", "sees only"),
    ("wire", "src/sandbox/control.rs", "use crate::provider::tencent_market::TencentMarket as Planted;", "sees only"),
    ("outside", "src/provider/jumdata/mod.rs", "fn planted() { std::time::SystemTime::now(); }", "SystemTime"),
    ("outside", "src/provider/jumdata/sign.rs", "fn planted() { uuid::Uuid::new_v4(); }", "Uuid::new_v"),
    ("outside", "src/provider/mod.rs", "fn planted() { std::env::var(\"A\"); }", "env::"),
    ("codec", "crates/jpeg/src/planted.rs", "use liveness::Photo;", "nothing of liveness"),
    ("size", "tests/planted.rs", "//\n" * rules.MAX_LINES, "more than"),
    ("circles", "src/model/goal.rs", "fn planted(_: crate::model::Verdict) {}", "src/model/goal.rs:{line}"),
    ("circles", "src/model/goal.rs", "use crate::model::*; fn planted(_: Verdict) {}", "src/model/goal.rs:{line}"),
    ("circles", "crates/jpeg/src/rows/bits.rs", "use crate::rows::entropy::Tables as Planted;", "crates/jpeg/src/rows/bits.rs:{line}"),
    ("circles", "src/model/secret.rs", "fn planted() -> Option<super::Identity> { None }", "src/model/secret.rs:{line}"),
]
# What looks like a violation and is none: (rule, file, line).
HARMLESS = [
    ("root", "src/config/mod.rs", "// use crate::Photo;\n/* use /* crate::Photo */ crate::Photo; */"),
    ("root", "src/config/mod.rs", 'const PLANTED: &str = "crate::Photo \\" crate::Photo";'),
    ("root", "src/config/mod.rs", 'const PLANTED: &str = r#"crate::Photo " crate::Photo"#;'),
    ("root", "src/config/mod.rs", "fn planted<'a>(mark: &'a char) -> bool { ['\"', '\\''].contains(mark) } // '\" crate::Photo"),
    ("root", "src/model/mod.rs", "#[macro_export]\nmacro_rules! planted { () => { $crate::Photo } }"),
    ("circles", "src/model/goal.rs", "#[cfg(test)]\nmod planted {\n    use crate::model::Verdict;\n}"),
    ("circles", "src/model/goal.rs", "pub use crate::model::Verdict as Planted;"),
    ("photo", "src/photo/mod.rs", "mod http {}\nfn planted() { self::http::planted(); }"),
]
# What each rule says of the copy before anything is planted.
BEFORE = {}


def run(base):
    failures = 0
    with tempfile.TemporaryDirectory() as folder:
        copy = Path(folder) / "tree"
        for part in ("src", "tests", "crates", "Cargo.toml", "CONTRIBUTING.md"):
            if (base / part).is_dir():
                shutil.copytree(base / part, copy / part, ignore=shutil.ignore_patterns("target", "*.jpg", "*.png"))
            elif (base / part).is_file():
                shutil.copy(base / part, copy / part)
        for name, file, text, expected in PLANTS:
            if (copy / file).exists() or file.endswith(("loose.rs", "planted.rs", "model/error.rs")):
                found, line = planted(copy, name, file, text)
                failures += report(name, file, text, any(is_named(each, file, line, expected) for each in found))
            else:
                failures += report(name, f"{file} (is gone: plant it elsewhere)", text, False)
        for name, file, text in HARMLESS:
            failures += report(name, file, text, not planted(copy, name, file, text)[0], "passes")
        tree = rules.Tree(copy)
        for listing in ("tokio v1.0.0\n", "futures-util v0.3.0\nserde v1.0.0\n", "openssl-sys v0.9.0\n", "futures-core v0.3.0\n", "hyper v1.0.0"):
            failures += report("runtimes", "cargo tree", listing, bool(list(rules.runtimes(tree, listing))))
        failures += report("table", "rules.py", "an arrow that nothing uses", stale_arrow(tree))
        failures += report("codec", "Cargo.toml", "a dependency on liveness", codec_dependency(copy))
    untested = {rule.__name__.strip("_") for rule in rules.RULES} - {plant[0] for plant in PLANTS} - {"runtimes", "table"}
    for name in sorted(untested):
        failures += report(name, "selftest.py", "no plant", False)
    return 1 if failures else 0


def is_named(violation, file, line, expected):
    """Whether the violation tells the planted file and line, or a circle that passes there, and says what is wrong."""
    _, where, at, message = violation
    return expected.format(line=line) in message and ((where == file and at >= line) or f"{file}:{line}" in message)


def planted(copy, name, file, text):
    """The violations of a rule after the text was added to the file and that were not there before, and its line."""
    rule = next(rule for rule in rules.RULES if rule.__name__.strip("_") == name)
    if name not in BEFORE:
        BEFORE[name] = {each[3] for each in rule(rules.Tree(copy))}
    path, old = copy / file, None
    if path.exists():
        old = path.read_text(encoding="utf-8")
    path.write_text((old or "") + text + "\n", encoding="utf-8")
    try:
        found = [each for each in rule(rules.Tree(copy)) if each[3] not in BEFORE[name]]
    finally:
        if old is None:
            path.unlink()
        else:
            path.write_text(old, encoding="utf-8")
    return found, len((old or "").splitlines()) + 1


def stale_arrow(tree):
    arrow = ("client", "photo")
    rules.ARROWS[arrow] = "planted"
    try:
        return any("client → photo" in each[3] for each in rules.table(tree))
    finally:
        del rules.ARROWS[arrow]


def codec_dependency(copy):
    manifest = copy / "crates/jpeg/Cargo.toml"
    old = manifest.read_text(encoding="utf-8")
    manifest.write_text(old + '\n[target.x.dependencies]\nplain = { package = "liveness", path = "../.." }\n', encoding="utf-8")
    try:
        return bool(list(rules.codec(rules.Tree(copy))))
    finally:
        manifest.write_text(old, encoding="utf-8")


def report(name, file, text, is_right, verb="fails"):
    one_line = " ".join(dict.fromkeys(text.split("\n"))).strip()
    print(f"{'ok' if is_right else 'WRONG':5} {name:9} {verb} on `{one_line}` in {file}")
    return 0 if is_right else 1
