#!/usr/bin/env python3
"""Runs all benchmarks once, for a moment, so that they cannot rot: one case a table.

    check.py FOLDER        where the programs are built
"""

import argparse
import pathlib
import re
import sys

HERE = pathlib.Path(__file__).resolve().parent
sys.path += [str(HERE), str(HERE.parent / "tests" / "tools")]

from measure import TABLES, measure  # noqa: E402
from tap import Tap, require  # noqa: E402


def documented_keys():
    """Table → its keys, as README.md lists them."""
    keys = {}
    for section in re.split(r"^### ", (HERE / "README.md").read_text(), flags=re.MULTILINE)[1:]:
        heading, _, text = section.partition("\n")
        for table in re.findall(r"`(\w+)`", heading):
            keys[table] = set(re.findall(r"^\| `(\w+)`", text, re.MULTILINE))
    return keys


def check(name, rows, keys):
    require(rows, "no rows")
    for row in rows:
        require(set(row) == keys, f"{sorted(set(row) ^ keys)} in {row}, or not in README.md")
        if name not in ("redis", "memcached"):  # a moment of a server's time tells nothing
            require(0.4 < row.get("ratio", 1) < 40, f"what a ratio: {row}")
        promises = name == "sessions" and row["storage"] == "cookie"
        if promises and row["operation"] == "open":
            require(row["ours_allocations"] == row["floor_allocations"], f"opening allocates: {row}")
        if promises and row["operation"] == "save":
            require(row["ours_allocations"] < 1.5, f"saving allocates: {row}")


def main(folder):
    tap = Tap()
    keys = documented_keys()
    with tap.case("README.md documents each table"):
        require(set(keys) == set(TABLES), f"{sorted(set(keys) ^ set(TABLES))}")
    arguments = argparse.Namespace(quick=True, large=False, only=[])
    results = {}
    with tap.case("all benchmarks run"):
        results = measure(pathlib.Path(folder), arguments, [], lambda *_: None)
    for name, rows in results.items():
        if name in TABLES:
            with tap.case(f"{name}: the documented keys, and no absurd ratio"):
                check(name, rows, keys[name])
    return tap.finish()


if __name__ == "__main__":
    sys.exit(main(*sys.argv[1:]))
