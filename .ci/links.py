"""Checks every relative link in the repository's Markdown: the file is there, and so is the heading.

Links to other hosts are not followed; CI has no network. `--self-test` proves that each kind of broken link is found.
"""

import re
import subprocess
import sys
import tempfile
from pathlib import Path
from urllib.parse import unquote

BASE = Path(__file__).resolve().parent.parent
LINK = re.compile(
    r"""
      \]\(\s*<?(?P<inline>[^)\s>]+)>?(?:\s+"[^"]*")?\s*\)   # [text](target "title"), ![text](target)
    | ^[ ]{0,3}\[[^\]^]+\]:\s*<?(?P<reference>[^\s>]+)       # [name]: target
    | (?:href|src)="(?P<html>[^"]+)"
    """,
    re.VERBOSE | re.MULTILINE,
)
FENCE = re.compile(r"^\s*(```+|~~~+)")


def prose(text):
    """The text with its code blocks and code spans blanked; the lines stay where they are."""
    lines, fence = [], None
    for line in text.splitlines():
        mark = FENCE.match(line)
        if fence:
            if mark and line.strip() == mark[1] and mark[1].startswith(fence):
                fence = None
            lines.append("")
        elif mark:
            fence = mark[1]
            lines.append("")
        else:
            lines.append(line)
    return "\n".join(lines)


def without_spans(text):
    return re.sub(r"(`+)(?:(?!\1).)+\1", "", text)


def anchors(text):
    """The ids that GitHub and mdBook give the headings, and those that the page names itself."""
    found, seen = set(), {}
    for line in prose(text).splitlines():
        found.update(re.findall(r'(?:id|name)="([^"]+)"', line))
        if heading := re.match(r"#{1,6}\s+(.*?)\s*#*$", line):
            title = re.sub(r"!?\[([^\]]*)\]\([^)]*\)", r"\1", heading[1])
            title = re.sub(r"<[^>]+>|[`*]", "", title)
            base = re.sub(r"[^\w\- ]", "", title.lower()).replace(" ", "-")
            count = seen.get(base, 0)
            seen[base] = count + 1
            found.add(f"{base}-{count}" if count else base)
    return found


def broken(base, files):
    """(file, line, target, why) of each link that leads nowhere."""
    for file in files:
        page = (base / file).read_text(encoding="utf-8")
        text = without_spans(prose(page))
        for link in LINK.finditer(text):
            target = link["inline"] or link["reference"] or link["html"]
            if re.match(r"[a-z][a-z0-9+.-]*:|//", target, re.IGNORECASE):
                continue
            path, _, anchor = unquote(target).partition("#")
            line = text.count("\n", 0, link.start()) + 1
            place = (base / file).parent / path if path else base / file
            if not place.exists():
                yield file, line, target, "there is no such file"
            elif not place.resolve().is_relative_to(base.resolve()):
                yield file, line, target, "leads out of the repository"
            elif anchor and place.suffix == ".md" and anchor not in anchors(place.read_text(encoding="utf-8")):
                yield file, line, target, "there is no such heading"


def self_test():
    with tempfile.TemporaryDirectory() as folder:
        base = Path(folder) / "base"
        base.mkdir()
        (base / "two.md").write_text("# A `code` — title, 汉字!\n# Twice\n# Twice\n```\n# no heading\n```\n", encoding="utf-8")
        good = ["two.md", "#one", "two.md#a-code--title-汉字", "two.md#twice-1", "https://host.invalid/x", "mailto:a@b.c"]
        bad = ["three.md", "#two", "two.md#twice-2", "two.md#no-heading", "../base/../../etc", "two.md/x"]
        for target in good + bad:
            for shape in ("[x]({})", "![x]({} \"title\")", "[x]: {}", '<a href="{}">x</a>'):
                (base / "one.md").write_text("# One\n\n" + shape.format(target) + "\n", encoding="utf-8")
                found = list(broken(base, ["one.md"]))
                if bool(found) != (target in bad) or (found and found[0][1] != 3):
                    print(f"links: the self-test is wrong on {shape.format(target)}: {found}")
                    return 1
        (base / "one.md").write_text("`[x](gone.md)`\n```\n[x](gone.md)\n```\n", encoding="utf-8")
        if list(broken(base, ["one.md"])):
            print("links: the self-test takes code for a link")
            return 1
    return 0


def main():
    if self_test():
        return 1
    listed = subprocess.run(["git", "ls-files", "*.md"], cwd=BASE, check=True, text=True, stdout=subprocess.PIPE).stdout.split("\n")
    files = [file for file in listed if file and (BASE / file).exists()]
    found = list(broken(BASE, files))
    for file, line, target, why in found:
        print(f"{file}:{line}: `{target}`: {why}")
    print(f"links: {len(found)} broken in {len(files)} pages")
    return 1 if found else 0


sys.exit(main())
