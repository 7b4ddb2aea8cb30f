#!/usr/bin/env python3
"""Prints the ratios of a run of the benchmarks: for each operation the least time of ours over the least of the floor.

    table.py RESULTS.json
"""

import json
import pathlib
import sys


def least_times(results):
    """(operation, suite, codec, who, size) → nanoseconds"""
    times = {}
    for run in json.loads(results)["benchmarks"]:
        if run["run_type"] == "iteration":
            if run.get("error_occurred"):
                sys.exit(f"{run['name']}: {run['error_message']}")
            name, size = run["run_name"].split("/")[:2]
            key = (*name.split(" "), int(size))
            time = run["real_time" if "/real_time" in run["run_name"] else "cpu_time"]
            times[key] = min(time, times.get(key, time))
    return times


def main(path):
    times = least_times(pathlib.Path(path).read_text())
    print(f"{'operation':9} {'suite':19} {'codec':18} {'bytes':>5} {'ours ns':>8} {'floor ns':>8} {'ratio':>6}")
    for (operation, suite, codec, who, size), ours in sorted(times.items()):
        if who == "ours":
            floor = times[operation, suite, codec, "floor", size]
            print(f"{operation:9} {suite:19} {codec:18} {size:5} {ours:8.0f} {floor:8.0f} {ours / floor:6.2f}")


if __name__ == "__main__":
    main(*sys.argv[1:])
