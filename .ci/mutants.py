"""Runs cargo-mutants and judges it: at least LEAST_CAUGHT of the viable changes are noticed, and the rest are known.

Arguments are handed on: `python3 .ci/mutants.py --file src/client/retry.rs`, or `--shard 1/4` for a quarter. `--judge FOLDER`
only judges what an earlier run left in that folder.
"""

import json
import os
import re
import shutil
import subprocess
import sys
from pathlib import Path

BASE = Path(__file__).resolve().parent.parent
LEAST_CAUGHT = 0.95
# Changes that no test notices, and why none does.
KNOWN = {}


def target():
    return Path(os.environ.get("CARGO_TARGET_DIR", BASE / "target")).resolve()


def run(arguments):
    folder = target() / "mutants"
    folder.mkdir(parents=True, exist_ok=True)
    # What an earlier run left is never judged for this one.
    shutil.rmtree(folder / "mutants.out", ignore_errors=True)
    # The copies are built in a folder of their own: cargo takes files of one path in two copies for the same.
    environment = os.environ | {"CARGO_TARGET_DIR": str(folder / "target")}
    command = ["cargo", "mutants", "--no-shuffle", "--output", str(folder), *arguments]
    code = subprocess.run(command, cwd=BASE, env=environment).returncode
    # 2 is missed mutants, 3 time-outs; others mean that it could not run.
    if code not in (0, 2, 3) or not (folder / "mutants.out/outcomes.json").is_file():
        sys.exit(f"cargo mutants ended with {code}")
    return folder


def judge(folder):
    outcomes = json.loads((folder / "mutants.out/outcomes.json").read_text(encoding="utf-8"))["outcomes"]
    names = {}
    for outcome in outcomes:
        if outcome["scenario"] != "Baseline":
            name = re.sub(r":\d+:\d+:", ":", outcome["scenario"]["Mutant"]["name"], count=1)
            names.setdefault(outcome["summary"], []).append(name)
    # A change that makes a test run for ever is noticed.
    caught = len(names.get("CaughtMutant", [])) + len(names.get("Timeout", []))
    missed = names.get("MissedMutant", [])
    viable = caught + len(missed)
    for name in missed:
        print(f"missed: {name}{' (known: ' + KNOWN[name] + ')' if name in KNOWN else ''}")
    if not viable:
        print("mutants: nothing was tested")
        return 1
    share = caught / viable
    print(f"mutants: {caught} of {viable} viable caught ({share:.1%}), {len(names.get('Unviable', []))} do not compile")
    return 0 if share >= LEAST_CAUGHT else 1


if sys.argv[1:2] == ["--judge"]:
    sys.exit(judge(Path(sys.argv[2])))
sys.exit(judge(run(sys.argv[1:])))
