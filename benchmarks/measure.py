#!/usr/bin/env python3
"""Runs the benchmark programs and prints a table of each (README.md says how to read them).

    measure.py FOLDER [--json FILE] [--quick] [--large] [--only TABLE]... [-- BENCHMARK_OPTION...]

FOLDER is where the programs are built. What follows `--` goes to Google Benchmark.

--json FILE   writes everything, under the keys that README.md documents
--quick       each benchmark once, for a moment: whether all of it runs. The numbers mean little
--large       a million files, too; takes some minutes and about 5 GB of /dev/shm
--only TABLE  sessions, lua_resty, cookie_header, scaling, threads, redis, memcached or compile
"""

import argparse
import contextlib
import datetime
import json
import os
import pathlib
import platform
import shlex
import shutil
import socket
import subprocess
import sys
import tempfile
import time

HERE = pathlib.Path(__file__).resolve().parent
COMPILERS = ("g++", "clang++-16")


class Programs:
    """The benchmark programs, and how they are to be run."""

    def __init__(self, folder, quick, options):
        self.folder = folder
        self.options = ["--benchmark_min_time=0.001"] if quick else [
            "--benchmark_min_time=0.02", "--benchmark_repetitions=9", "--benchmark_enable_random_interleaving=true",
        ]  # fmt: skip
        self.options += options

    def has(self, program):
        return (self.folder / program).exists()

    def run(self, program, *arguments):
        """(words of the name, number, threads) → the run with the least time of all repetitions."""
        command = [self.folder / program, *map(str, arguments), "--benchmark_format=json", *self.options]
        done = subprocess.run(command, stdout=subprocess.PIPE, check=True)
        best = {}
        for run in json.loads(done.stdout)["benchmarks"] if done.stdout else ():
            if run["run_type"] != "iteration":
                continue
            if run.get("error_occurred"):
                sys.exit(f"{run['name']}: {run['error_message']}")
            name, *rest = run["run_name"].split("/")
            number = int(rest[0]) if rest and rest[0].isdigit() else 0
            key = (*name.split(" "), number, run["threads"])
            run["time"] = run.get("ns", run["real_time"])
            if key not in best or run["time"] < best[key]["time"]:
                best[key] = run
        return best


def against_floor(runs, names):
    """A row for each pair of `ours` and `floor`, in order; the words of its name are called `names`."""
    for (*words, who, number, threads), ours in sorted(runs.items()):
        if who != "ours":
            continue
        floor = runs[(*words, "floor", number, threads)]
        row = dict(zip(names, words, strict=True))
        row |= {"bytes": number, "ours_ns": ours["time"], "floor_ns": floor["time"]}
        row["ratio"] = ours["time"] / floor["time"]
        if "allocations" in ours:
            row |= {"ours_allocations": ours["allocations"], "floor_allocations": floor["allocations"]}
        yield row


# --- Each table: (programs, arguments) → its rows


def sessions(programs, arguments):
    return against_floor(programs.run("sessions"), ("operation", "storage", "suite", "codec"))


def lua_resty(programs, arguments):
    return against_floor(programs.run("lua_resty"), ("operation", "storage", "suite", "codec"))


def cookie_header(programs, arguments):
    return against_floor(programs.run("cookie_header"), ("operation",))


def scaling(programs, arguments):
    sizes = (1000,) if arguments.quick else (1000, 10_000, 100_000, 1_000_000)
    for storage in ("memory", "file"):
        for size in sizes:
            if storage == "file" and size == 1_000_000 and not arguments.large:
                continue
            done = subprocess.run([programs.folder / "scaling", storage, str(size)], stdout=subprocess.PIPE, check=True)
            yield {"storage": storage, "sessions": size} | json.loads(done.stdout)


def threads(programs, arguments):
    runs = programs.run("threads")
    for (operation, storage, _, count), run in sorted(runs.items()):
        per_second = run["items_per_second"]
        alone = runs[operation, storage, 0, 1]["items_per_second"]
        yield {
            "operation": operation, "storage": storage, "threads": count,
            "per_second": per_second, "speedup": per_second / alone,
        }  # fmt: skip


@contextlib.contextmanager
def servers(*commands):
    """Runs them until the end of the block. Where one needs a place of its own: `{folder}`, a free `{port}`."""
    with contextlib.ExitStack() as running, socket.socket() as finder:
        folder = running.enter_context(tempfile.TemporaryDirectory())
        finder.bind(("127.0.0.1", 0))
        port = finder.getsockname()[1]
        finder.close()
        for command in commands:
            words = shlex.split(command.format(folder=folder, port=port))
            server = subprocess.Popen(words, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
            running.callback(server.wait)
            running.callback(server.terminate)
        for place in (("127.0.0.1", port), f"{folder}/socket"):
            with socket.socket(socket.AF_UNIX if isinstance(place, str) else socket.AF_INET) as client:
                for _ in range(100):
                    if client.connect_ex(place) == 0:
                        break
                    time.sleep(0.1)
        yield f"{folder}/socket", port


# Servers of their own, on this machine: the network's time is none of the library's.


def redis(programs, arguments):
    with servers("redis-server --port {port} --bind 127.0.0.1 --unixsocket {folder}/socket --dir {folder} --save ''") as place:
        return against_floor(programs.run("redis", *place), ("operation", "connection", "what"))


def memcached(programs, arguments):
    user = "-u root" if os.getuid() == 0 else ""
    with servers(
        f"memcached {user} -l 127.0.0.1 -p {{port}}", f"memcached {user} -s {{folder}}/socket"
    ) as place:  # fmt: skip
        return against_floor(programs.run("memcached", *place), ("operation", "connection", "what"))


def compile_time(programs, arguments):
    with tempfile.NamedTemporaryFile() as results:
        compilers = [compiler for compiler in COMPILERS if shutil.which(compiler)]
        subprocess.run(
            [sys.executable, HERE / "compile_time.py", "--json", results.name, *compilers],
            check=True, stdout=sys.stderr,
        )  # fmt: skip
        return json.loads(pathlib.Path(results.name).read_text())["units"]


TABLES = {
    "sessions": sessions, "lua_resty": lua_resty, "cookie_header": cookie_header, "scaling": scaling,
    "threads": threads, "redis": redis, "memcached": memcached, "compile": compile_time,
}  # fmt: skip
NEEDS = {"redis": "redis-server", "memcached": "memcached"}  # the servers, besides the program


# --- What is printed


def number(value):
    if isinstance(value, str) or value is None:
        return value or ""
    if isinstance(value, int):
        return str(value)
    return f"{value:.0f}" if abs(value) >= 100 else f"{value:.2f}"


def print_table(name, rows):
    print(f"\n{name}")
    columns = list(dict.fromkeys(key for row in rows for key in row))
    lines = [columns, *([number(row.get(column)) for column in columns] for row in rows)]
    widths = [max(map(len, column)) for column in zip(*lines, strict=True)]
    for line in lines:
        print("  ".join(
            word.ljust(width) if isinstance(rows[0].get(column), str) else word.rjust(width)
            for word, width, column in zip(line, widths, columns, strict=True)
        ).rstrip())  # fmt: skip


def machine():
    processor = ""
    with contextlib.suppress(OSError):
        lines = pathlib.Path("/proc/cpuinfo").read_text().splitlines()
        processor = next((line.split(":")[1].strip() for line in lines if line.startswith("model name")), "")
    compiler = subprocess.run(["g++", "-dumpfullversion"], stdout=subprocess.PIPE, text=True, check=False).stdout.strip()
    return {
        "processor": processor or platform.machine(), "cores": os.cpu_count(), "system": platform.release(),
        "compiler": f"g++ {compiler}", "load": os.getloadavg()[0],
        "time": datetime.datetime.now(datetime.timezone.utc).isoformat(timespec="seconds"),
    }  # fmt: skip


def can_run(name, programs):
    if name == "compile":
        return (HERE / "compile_time.py").exists()
    return programs.has(name) and (name not in NEEDS or shutil.which(NEEDS[name]) is not None)


def measure(folder, arguments, options, out=print_table):
    """All tables asked for that can be made here."""
    programs = Programs(folder, arguments.quick, options)
    results = {"format": 1, "machine": machine(), "quick": arguments.quick}
    for name, make in TABLES.items():
        if arguments.only and name not in arguments.only:
            continue
        if not can_run(name, programs) or (name == "compile" and arguments.quick):
            continue
        results[name] = list(make(programs, arguments))
        out(name, results[name])
    return results


def main():
    parser = argparse.ArgumentParser(usage=__doc__)
    parser.add_argument("folder", type=pathlib.Path)
    parser.add_argument("--json", type=pathlib.Path)
    parser.add_argument("--quick", action="store_true")
    parser.add_argument("--large", action="store_true")
    parser.add_argument("--only", action="append", choices=TABLES)
    given = sys.argv[1:]
    end = given.index("--") if "--" in given else len(given)
    arguments = parser.parse_args(given[:end])
    results = measure(arguments.folder, arguments, given[end + 1 :])
    if arguments.json:
        arguments.json.write_text(json.dumps(results, indent=1) + "\n")


if __name__ == "__main__":
    main()
