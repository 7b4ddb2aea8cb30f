#!/usr/bin/env python3
"""Counts what Meson's test logs say, and ends with the line `N passed, N failed`.

    tally.py NAME=LOG...        NAME is the build, LOG its meson-logs/….json

What is counted: a case of a test that speaks TAP (a doctest TEST_CASE, a compile-fail case, a promise, …), or a whole
test that does not. It is counted once, under its name, however many builds ran it; it has passed when every build that
ran it says so. A skipped case has not passed. A log that is missing is a build that failed, and counts as one failure.
"""

import json
import pathlib
import re
import sys

CASE = re.compile(r"^(?P<verdict>ok|not ok) +\d+ *-? *(?P<name>[^#]*?) *(?:# *(?P<directive>\w+).*)?$", re.MULTILINE)


def cases(entry):
    """(name, passed, remark) of everything one test of a log ran."""
    test = entry["name"].split(" / ")[-1].split(":")[-1]
    found = []
    for match in CASE.finditer(entry.get("stdout") or ""):
        skipped = (match["directive"] or "").upper() == "SKIP"
        remark = "skipped" if skipped else ""
        found.append((f"{test}: {match['name']}", match["verdict"] == "ok" and not skipped, remark))
    good = entry["result"] in ("OK", "EXPECTEDFAIL")
    if not found or (not good and all(passed for _, passed, _ in found)):
        found.append((test, good, entry["result"].lower()))
    return found


def tally(logs):
    """name → list of 'build: remark' where it did not pass, for every case."""
    verdicts = {}
    for build, path in logs:
        try:
            entries = [json.loads(line) for line in pathlib.Path(path).read_text().splitlines()]
        except OSError:
            entries = []
        if not entries:
            verdicts.setdefault(f"{build} builds and runs", []).append(build)
        for entry in entries:
            for name, passed, remark in cases(entry):
                verdicts.setdefault(name, []).extend([] if passed else [f"{build} {remark}".strip()])
    return verdicts


def main(arguments):
    verdicts = tally([argument.split("=", 1) for argument in arguments])
    failed = {name: where for name, where in verdicts.items() if where}
    for name, where in sorted(failed.items()):
        print(f"failed: {name} ({', '.join(where)})")
    print(f"{len(verdicts) - len(failed)} passed, {len(failed)} failed")
    return 1 if failed or not verdicts else 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
