"""The arrows that must never be, and the other rules a compiler does not know.

Each rule is a function that yields (rule, file, line, message). `selftest.py` plants a violation of each and sees it named.
"""

import re
import subprocess
import tomllib
from pathlib import Path

import rust

MAX_LINES = 400
# The rooms from the top floor down. A room uses only what stands below it, and of that only what ARROWS names.
FLOORS = [
    "config", "sandbox", "mock", "contract", "observe", "money", "keeper", "record", "provider", "client", "transport", "photo", "model",
]
ARROWS = {
    ("config", "provider"): "it builds the provider that the settings name",
    ("config", "money"): "it puts the wrappers around the provider, in the order that is right",
    ("config", "client"): "it sets how calls are retried",
    ("config", "photo"): "a vendor's photo specification is a setting",
    ("config", "transport"): "it hands the provider the transport to use",
    ("config", "model"): "a wrong setting is an Error, and keys are Secrets",
    ("sandbox", "provider"): "it answers with the vendors' codes and checks their signatures, by the same tables",
    ("sandbox", "transport"): "it is a Transport, and fails as one",
    ("sandbox", "photo"): "it refuses the photos that a vendor refuses",
    ("sandbox", "model"): "it takes a Request, gives a Response, and lives on a Clock",
    ("contract", "provider"): "it runs a provider through its contract",
    ("contract", "photo"): "a check of the contract holds a photo",
    ("contract", "model"): "it holds verdicts and errors against the contract",
    ("contract", "money"): "it runs a journal through its rules",
    ("contract", "keeper"): "it runs a store of sessions through its rules",
    ("keeper", "provider"): "it stands around a provider and keeps its Sessions",
    ("keeper", "client"): "a call for a result ends before the claim does, by its CallOptions",
    ("keeper", "model"): "it keeps Verdicts and errors on a Clock",
    ("mock", "provider"): "it mocks LivenessProvider",
    ("mock", "transport"): "it mocks Transport",
    ("mock", "model"): "the mocked methods name its types",
    ("observe", "money"): "it counts what a journal holds in doubt",
    ("observe", "provider"): "its span of a check stands around a LivenessProvider",
    ("observe", "client"): "what stands around a provider forwards its CallOptions",
    ("observe", "photo"): "it tells what a photo's report says",
    ("observe", "model"): "it is an Observer of Events",
    ("money", "provider"): "it wraps a LivenessProvider, and reads its Meter",
    ("money", "client"): "it holds an attempt back by a Gate",
    ("money", "model"): "it writes down verdicts, errors and charges",
    ("record", "provider"): "it knows what may be of a person by the vendors' own tables, and reads an answer's bytes as they do",
    ("record", "transport"): "it is a transport around another, and fails as one",
    ("record", "model"): "it takes a Request and gives a Response",
    ("provider", "client"): "a vendor's calls are run by it",
    ("provider", "transport"): "a vendor's constructor takes one, and checks its endpoint",
    ("provider", "photo"): "a Check holds a Photo, and a vendor's limits are a PhotoSpec",
    ("provider", "model"): "it says verdicts and errors",
    ("client", "transport"): "it sends through one",
    ("client", "model"): "it runs a call and says errors",
    ("transport", "model"): "it carries a Request and gives a Response",
    ("photo", "model"): "its advice is in a Language",
}
VENDORS = ["jumdata", "tencent_market"]
PURE = ["wire", "sign", "code"]
# What the sandbox may know of a vendor: the published tables and signatures, never our own reading of the protocol.
SANDBOX_SEES = ["code", "sign", "limits"]
HTTP_CRATES = {"http", "ureq"}
FROM_OUTSIDE = re.compile(r"\b(SystemTime|Instant::now|now_utc|now_local|env::|rand::|SystemRandom|Uuid::new_v)")
RUNTIMES = re.compile(r"(tokio|hyper|futures|openssl|native-tls|async-std|async-io|smol)\b")
# mockall's fragile brings futures-core, two traits and no runtime; only tests turn `mock` on.
HARMLESS = {"futures-core"}
SOURCES = [
    "src", "tests", "examples", "benches", "fuzz/fuzz_targets", "fuzz/examples",
    "crates/*/src", "crates/*/tests", "crates/*/examples", "crates/*/benches", "crates/*/fuzz/fuzz_targets", ".ci",
]
SOURCE_KINDS = {".rs", ".py", ".sh", ".js", ".css", ".html", ""}
# Arrows that stand until they are mended, and how. Nothing may be added; what is mended is deleted here.
KNOWN = {}


class Tree:
    """The repository, read once. `edges` are the crate's own, `others` those of the crates beside it."""

    def __init__(self, base):
        self.base = Path(base)
        self.source = rust.Source(base, "src/lib.rs")
        self.rooms = set(self.source.root.modules)
        self.edges = [edge for edge in self._edges(self.source) if edge[0] != "src/lib.rs"]
        roots = [path for name in ("lib", "main") for path in sorted(self.base.glob(f"crates/*/src/{name}.rs"))]
        sources = [rust.Source(base, str(path.relative_to(self.base))) for path in roots]
        self.others = [edge for source in sources for edge in self._edges(source)]

    def _edges(self, source):
        """(file, line, path, kind, target file or crate, name, is_test, is_face) of each path inside a crate."""
        for module in source.root.walk():
            spoken = {word for word, _, is_test in module.words if not is_test}
            for use in module.uses:
                # A file that only passes a name on does not use it.
                is_face = use.is_public and use.name not in spoken
                yield from self._targets(source, module, use, is_face)
                if use.name == "*":
                    yield from self._through_glob(source, module, use)
            for path in module.paths:
                yield from self._targets(source, module, path, False)

    def _targets(self, source, module, use, is_face):
        for kind, where, name in source.targets(module, use.path):
            target = where.file if where else name
            yield module.file, use.line, "::".join(absolute(module, use.path)), kind, target, name, use.is_test, is_face

    def _through_glob(self, source, module, use):
        kind, where, _ = source.resolve(module, use.path)
        if kind != "module":
            return
        for word, line, is_test in module.words:
            kind, found, name = source.look_up(where, word)
            if kind == "item":
                yield module.file, line, f"{word} (by *)", kind, found.file, name, is_test or use.is_test, False


def absolute(module, path):
    """The path with its leading `self` and `super` spelled out."""
    first, *rest = path
    if first == "super" or first == "self":
        here = []
        while module.parent:
            here.insert(0, module.name)
            module = module.parent
        while first in ("super", "self"):
            if first == "super":
                here.pop()
            first, *rest = rest or [None]
        return ["crate", *here, *([first] if first else []), *rest]
    return list(path)


def room(file):
    """The room a file stands in: `src/photo/mod.rs` is in `photo`, `src/mock.rs` is `mock`."""
    return Path(file).parts[1].removesuffix(".rs")


def place(tree):
    """src holds lib.rs, mock.rs and the rooms of the map."""
    for entry in sorted((tree.base / "src").iterdir()):
        if entry.name not in ("lib.rs", "mock.rs") and not (entry.is_dir() and entry.name in FLOORS):
            yield "place", f"src/{entry.name}", 1, "is no room: FLOORS in .ci/guards/rules.py has them all"
    for file in sorted((tree.base / "src").rglob("*.rs")):
        if file.with_suffix("").is_dir():
            yield "place", str(file.relative_to(tree.base)), 1, f"a folder {file.stem}/ stands beside it: make it {file.stem}/mod.rs"


def root(tree):
    """Nobody inside imports through the crate root."""
    for file, line, path, *_ in tree.edges:
        first, *rest = path.split("::")
        if first == "liveness" or first == "crate" and not (rest and rest[0] in tree.rooms):
            yield "root", file, line, f"`{path}` goes through the crate root: name the room where {(rest or ['it'])[-1]} lives"


def floors(tree):
    """A room uses only the rooms below it that ARROWS names; tests inside the rooms too."""
    for file, line, path, kind, target, _, _, _ in tree.edges:
        if kind == "outside" or target == "src/lib.rs" or room(file) == room(target):
            continue
        if (room(file), room(target)) not in ARROWS:
            yield "floors", file, line, f"`{path}`: {room(file)} may not use {room(target)} (ARROWS in .ci/guards/rules.py)"


def table(tree):
    """ARROWS itself goes down only, and says nothing that is no longer so."""
    here = ".ci/guards/rules.py"
    drawn = {(room(edge[0]), room(edge[4])) for edge in tree.edges if edge[3] != "outside" and edge[4] != "src/lib.rs"}
    for upper, lower in ARROWS:
        if FLOORS.index(upper) >= FLOORS.index(lower):
            yield "table", here, 1, f"the arrow {upper} → {lower} does not go down"
        if {upper, lower} <= tree.rooms and (upper, lower) not in drawn:
            yield "table", here, 1, f"nothing uses the arrow {upper} → {lower} any more: delete its line"
    files = {(edge[0], edge[4]) for edge in tree.edges + tree.others if edge[3] != "outside" and not edge[6]}
    for upper, lower in set(KNOWN) - files:
        yield "table", here, 1, f"{upper} no longer uses {lower}: delete its line in KNOWN"


def map_(tree):
    """CONTRIBUTING.md draws the rooms that are there, and their arrows."""
    file = "CONTRIBUTING.md"
    rows = {}
    for line, text in enumerate((tree.base / file).read_text(encoding="utf-8").splitlines(), 1):
        if row := re.fullmatch(r"\| `(\w+)` \| [^|]+ \|([^|]*)\|", text):
            rows[row[1]] = (line, re.findall(r"`(\w+)`", row[2]))
    for room_ in FLOORS:
        line, uses = rows.pop(room_, (1, None))
        if (room_ in tree.rooms) != (uses is not None):
            yield "map", file, line, f"{room_} is {'not in the table' if uses is None else 'no room of src'}"
        elif uses is not None and uses != (wanted := [low for low in FLOORS if (room_, low) in ARROWS and low in tree.rooms]):
            yield "map", file, line, f"{room_} uses {', '.join(wanted)} by ARROWS in .ci/guards/rules.py, and not {', '.join(uses)}"
    for name, (line, _) in rows.items():
        yield "map", file, line, f"{name} is no room"


def pure(tree):
    """A vendor's wire, sign and code know no way out."""
    for file, line, path, kind, target, _, _, _ in tree.edges:
        parts = Path(file).parts
        if parts[1] == "provider" and len(parts) > 3 and parts[3].removesuffix(".rs") in PURE and kind != "outside":
            if room(target) in ("transport", "client"):
                yield "pure", file, line, f"`{path}`: {'/'.join(PURE)} are pure and know neither transport nor client"


def photo(tree):
    """A photo knows nothing of HTTP."""
    for file, line, path, kind, target, name, _, _ in tree.edges:
        if room(file) == "photo":
            if kind == "outside" and name in HTTP_CRATES or target == "src/model/message.rs":
                yield "photo", file, line, f"`{path}`: a photo knows nothing of HTTP"


def vendors(tree):
    """One vendor knows nothing of the other, in provider and in sandbox."""
    for file, line, path, kind, target, _, _, _ in tree.edges:
        parts = Path(file).parts
        for one, other in (VENDORS, VENDORS[::-1]):
            if one in parts[2:3] and kind != "outside" and other in Path(target).parts[2:3] and (file, target) not in KNOWN:
                yield "vendors", file, line, f"`{path}`: {one} knows nothing of {other}"


def wire(tree):
    """The sandbox reads the protocols by itself, so that it can find our mistakes."""
    for file, line, path, kind, target, _, _, _ in tree.edges:
        parts = Path(target).parts
        if room(file) == "sandbox" and kind != "outside" and parts[1:2] == ("provider",) and parts[2:3] and parts[2] in VENDORS:
            is_module_alone = kind == "module" and parts[3] == "mod.rs"
            if parts[3].removesuffix(".rs") not in SANDBOX_SEES and not is_module_alone:
                yield "wire", file, line, f"`{path}` is {target}: the sandbox sees only {', '.join(SANDBOX_SEES)} of a vendor"


def outside(tree):
    """Vendors take time and chance from outside."""
    for file in sorted((tree.base / "src/provider").rglob("*.rs")):
        lines = {}
        for token in rust.tokens(file.read_text(encoding="utf-8")):
            lines.setdefault(token.line, []).append(token.text)
        for line, words in lines.items():
            text = "".join(word if word == "::" or not word.isidentifier() else f" {word}" for word in words).replace(":: ", "::")
            if found := FROM_OUTSIDE.search(text):
                yield "outside", str(file.relative_to(tree.base)), line, f"`{found[0]}`: vendors take time and chance from a Clock"


def codec(tree):
    """crates/jpeg knows nothing of liveness."""
    folder = tree.base / "crates/jpeg"
    if not folder.is_dir():
        return
    manifest = tomllib.loads((folder / "Cargo.toml").read_text(encoding="utf-8"))
    tables = [manifest, *manifest.get("target", {}).values()]
    for kind in ("dependencies", "dev-dependencies", "build-dependencies"):
        for name, entry in (pair for each in tables for pair in each.get(kind, {}).items()):
            named = entry.get("package", name) if isinstance(entry, dict) else name
            if named.startswith("liveness"):
                yield "codec", "crates/jpeg/Cargo.toml", 1, f"{kind} name {named}: the codec knows nothing of liveness"
    for file in sorted(folder.rglob("*.rs")):
        for token in rust.tokens(file.read_text(encoding="utf-8")):
            if token.is_word and token.text.lower() == "liveness" and "target" not in file.parts:
                yield "codec", str(file.relative_to(tree.base)), token.line, "the codec knows nothing of liveness"


def size(tree):
    """No file past MAX_LINES."""
    for folder in SOURCES:
        for file in sorted(path for start in tree.base.glob(folder) for path in start.rglob("*")):
            if file.is_file() and file.suffix in SOURCE_KINDS and "__pycache__" not in file.parts:
                lines = len(file.read_bytes().splitlines())
                if lines > MAX_LINES:
                    yield "size", str(file.relative_to(tree.base)), lines, f"{lines} lines, more than {MAX_LINES}: it has two purposes"


def circles(tree):
    """No files hold each other, not in a longer circle either; tests inside a file do not count."""
    arrows = {}
    for file, line, path, kind, target, _, is_test, is_face in tree.edges + tree.others:
        if kind == "item" and not is_test and not is_face and target != file and (file, target) not in KNOWN:
            arrows.setdefault(file, {}).setdefault(target, (line, path))
    for group in knots(arrows):
        chain = shortest_circle(arrows, group)
        steps = [f"{a}:{arrows[a][b][0]} uses `{arrows[a][b][1]}` of {b}" for a, b in zip(chain, chain[1:])]
        others = len(group) - len(chain) + 1
        more = f" ({others} more files in the knot: {', '.join(sorted(set(group) - set(chain)))})" if others else ""
        yield "circles", chain[0], arrows[chain[0]][chain[1]][0], "; ".join(steps) + more


def knots(arrows):
    """The groups of files that all reach each other (Tarjan)."""
    order, low, stack, found = {}, {}, [], []

    def visit(file):
        order[file] = low[file] = len(order)
        stack.append(file)
        for target in arrows.get(file, ()):
            if target not in order:
                visit(target)
                low[file] = min(low[file], low[target])
            elif target in stack:
                low[file] = min(low[file], order[target])
        if low[file] == order[file]:
            group = stack[stack.index(file) :]
            del stack[stack.index(file) :]
            if len(group) > 1:
                found.append(group)

    for file in sorted(arrows):
        if file not in order:
            visit(file)
    return found


def shortest_circle(arrows, group):
    """The shortest way around inside a group, first file again at the end."""
    best = None
    for start in sorted(group):
        ways, seen = [[start]], set()
        while ways:
            way = ways.pop(0)
            for target in arrows.get(way[-1], ()):
                if target == start and (best is None or len(way) < len(best) - 1):
                    best = way + [start]
                if target in group and target not in seen and target != start:
                    seen.add(target)
                    ways.append(way + [target])
    return best


def runtimes(tree, listing=None):
    """No async runtime and no OpenSSL in the tree of what is shipped; futures-core with the feature `mock` alone."""
    manifest = tomllib.loads((tree.base / "Cargo.toml").read_text(encoding="utf-8"))
    features = ",".join(sorted(set(manifest["features"]) - {"default", "mock"}))
    trees = [("Cargo.toml", ["--features", features], set()), ("Cargo.toml", ["--all-features"], HARMLESS)]
    if (tree.base / "crates/cli/Cargo.toml").is_file():
        trees.append(("crates/cli/Cargo.toml", ["--all-features"], set()))
    for file, arguments, allowed in trees:
        command = ["cargo", "tree", "--locked", "--manifest-path", file, "-e", "normal", "--target", "all", "--prefix", "none"]
        text = listing or subprocess.run(command + arguments, cwd=tree.base, check=True, text=True, stdout=subprocess.PIPE).stdout
        for name in sorted({line.split()[0] for line in text.splitlines() if RUNTIMES.match(line)} - allowed):
            yield "runtimes", file, 1, f"{name} is in `{' '.join(command + arguments)}`: no async runtime and no OpenSSL"


RULES = [place, root, floors, table, map_, pure, photo, vendors, wire, outside, codec, size, circles, runtimes]
