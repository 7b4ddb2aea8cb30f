#!/usr/bin/env python3
"""Runs a libFuzzer program for some seconds, from the seed corpus, in a scratch directory that stays for a look.

    fuzz.py PROGRAM SEEDS SCRATCH SECONDS

What it finds is in SCRATCH/crash-…; `PROGRAM SCRATCH/crash-…` runs it again.
"""

import pathlib
import re
import subprocess
import sys

from tap import Tap, require


def main(program, seeds, scratch, seconds):
    corpus = pathlib.Path(scratch, "corpus")
    corpus.mkdir(parents=True, exist_ok=True)
    command = [program, f"-max_total_time={seconds}", "-timeout=5", "-rss_limit_mb=2048", "-print_final_stats=1"]
    tap = Tap()
    with tap.case(f"{pathlib.Path(seeds).name}: {seconds} seconds of libFuzzer find nothing"):
        done = subprocess.run(
            [*command, f"-artifact_prefix={scratch}/", corpus, seeds], stderr=subprocess.PIPE, text=True, errors="replace"
        )
        require(done.returncode == 0, done.stderr[-8000:])
        runs = re.search(r"stat::number_of_executed_units: (\d+)", done.stderr)
        require(runs and int(runs[1]) > 0, "nothing was run")
        print(f"# {runs[1]} runs")
    return tap.finish()


if __name__ == "__main__":
    sys.exit(main(*sys.argv[1:]))
