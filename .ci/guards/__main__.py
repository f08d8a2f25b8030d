"""`python3 .ci/guards`: the rules of the house that no compiler checks.

Without arguments it checks the repository. `--self-test` first proves that each rule can fail; `--arrows` prints which room
uses which, with one line of source for each; `--list` prints the rules.
"""

import sys
from pathlib import Path

sys.dont_write_bytecode = True

import rules  # noqa: E402
import selftest  # noqa: E402

BASE = Path(__file__).resolve().parent.parent.parent


def main(arguments):
    if "--list" in arguments:
        for rule in rules.RULES:
            print(f"{rule.__name__.strip('_'):9} {rule.__doc__.strip()}")
        return 0
    if "--self-test" in arguments:
        return selftest.run(BASE)
    tree = rules.Tree(BASE)
    if "--arrows" in arguments:
        drawn = {}
        for file, line, path, kind, target, _, _, _ in tree.edges:
            if kind != "outside" and target != "src/lib.rs" and rules.room(file) != rules.room(target):
                drawn.setdefault((rules.room(file), rules.room(target)), f"{file}:{line} {path}")
        for (upper, lower), where in sorted(drawn.items(), key=lambda arrow: [rules.FLOORS.index(room) for room in arrow[0]]):
            print(f"{upper:9} → {lower:9} {where}")
        return 0
    found = [violation for rule in rules.RULES for violation in rule(tree)]
    for name, file, line, message in found:
        print(f"{file}:{line}: {name}: {message}")
    print(f"guards: {len(found)} violations of {len(rules.RULES)} rules in {len(tree.source.files)} files of src")
    return 1 if found else 0


sys.exit(main(sys.argv[1:]))
