#!/usr/bin/env python3
"""Measures what sojourn adds to a program's unit (a session, its storage, a struct of eight members): the compiler's time and
peak memory and the object code, over the same unit without sojourn; for each compiler, storage, cipher and codec.

    compile_time.py [--json FILE] [--repetitions N] [--flags FLAGS] COMPILER…

Times are user times, the least of the repetitions; FLAGS, such as -O2, are the compiler's. In the file, `units` is a list of
objects: `compiler`, `flags`, `storage`, `cipher` and `codec` say which unit it is; `seconds`, `peak_bytes` and `object_bytes`
(code and data, without debug information) are the unit's, with `shared_` before their names those of the same unit if another one
compiles the session (`extern template`), with `without_` those without sojourn.
"""

import argparse
import collections
import itertools
import json
import os
import pathlib
import shlex
import subprocess
import sys
import tempfile

INCLUDE = pathlib.Path(__file__).resolve().parent.parent / "include"
STORAGES = {"cookie": "Cookie", "memory": "Memory", "file": "File"}
CIPHERS = {"XChaCha20-Poly1305": "XChaCha20Poly1305", "AES-256-GCM": "Aes256Gcm"}
CODECS = {"MessagePack": ("MessagePack", "message_pack"), "JSON": ("Json", "json")}
ARGUMENTS = {"File": ', File{{.path = "/var/lib/shop/sessions"}}'}

STRUCT = """
#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

struct Visitor {
    std::string name;
    std::string address;
    std::vector<std::string> items;
    std::vector<std::int64_t> seen;
    std::int64_t visits = 0;
    int level = 0;
    double balance = 0;
    bool newsletter = false;
};
"""

WITHOUT = STRUCT + """
std::vector<std::string> visit(std::string_view cookie_header)
{
    Visitor visitor;
    ++visitor.visits;
    visitor.items.push_back("bread");
    std::vector<std::string> lines;
    lines.emplace_back(cookie_header);
    return lines;
}
"""

WITH = """
#include <sojourn/codec/%(codec_header)s.hpp>
#include <sojourn/sojourn.hpp>
#include <sojourn/storage/%(storage_header)s.hpp>
""" + STRUCT + """
BOOST_HANA_ADAPT_STRUCT(Visitor, name, address, items, seen, visits, level, balance, newsletter);

using sojourn::storage::%(storage)s;
using Session = sojourn::Session<%(storage)s, sojourn::cipher::%(cipher)s, sojourn::codec::%(codec)s<Visitor>>;
%(declarations)s
std::vector<std::string> visit(const Session::Manager& sessions, std::string_view cookie_header)
{
    auto session = sessions.start(cookie_header);
    ++session->visits;
    session->items.push_back("bread");
    std::vector<std::string> lines;
    if (const auto saved = session.save())
        for (const auto line : *saved)
            lines.emplace_back(line);
    return lines;
}

Session::Manager sessions_of(const std::string& secret)
{
    return Session::Manager{{.secret = secret}%(argument)s};
}
"""

SHARED = """extern template class sojourn::Session<%(policies)s>;
extern template class sojourn::Manager<%(policies)s>;
"""

Cost = collections.namedtuple("Cost", ["seconds", "peak_bytes", "object_bytes"])


def unit(storage, cipher, codec, shared=False):
    codec_class, codec_header = CODECS[codec]
    policies = f"{STORAGES[storage]}, sojourn::cipher::{CIPHERS[cipher]}, sojourn::codec::{codec_class}<Visitor>"
    return WITH % {"declarations": SHARED % {"policies": policies} if shared else "",
                   "storage": STORAGES[storage], "storage_header": storage, "cipher": CIPHERS[cipher],
                   "codec": codec_class, "codec_header": codec_header, "argument": ARGUMENTS.get(STORAGES[storage], "")}


def compiled(compiler, flags, text):
    """What one compilation costs."""
    with tempfile.TemporaryDirectory() as folder:
        source, code = pathlib.Path(folder, "unit.cpp"), pathlib.Path(folder, "unit.o")
        source.write_text(text)
        command = [*shlex.split(compiler), "-std=c++20", *flags, f"-I{INCLUDE}", "-c", source, "-o", code]
        process = subprocess.Popen(command)
        _, status, usage = os.wait4(process.pid, 0)
        if status != 0:
            sys.exit(f"does not compile: {shlex.join(map(str, command))}")
        sizes = subprocess.run(["size", code], check=True, capture_output=True, text=True).stdout.splitlines()[1].split()
        return Cost(usage.ru_utime, usage.ru_maxrss * 1024, int(sizes[0]) + int(sizes[1]))


def measured(compiler, flags, repetitions):
    """What each unit costs, by its policies and whether another one compiles its session; of None, the one without sojourn."""
    units = {key: unit(*key) for key in itertools.product(STORAGES, CIPHERS, CODECS, (False, True))}
    units[None] = WITHOUT
    costs = {}
    for _ in range(repetitions):  # one round after the other, so that a busy moment of the machine harms no unit in all
        for key, text in units.items():
            costs.setdefault(key, []).append(compiled(compiler, flags, text))
    return {key: Cost(*map(min, zip(*each))) for key, each in costs.items()}


def prefixed(prefix, cost):
    return {f"{prefix}_{name}": value for name, value in cost._asdict().items()}


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("compilers", nargs="+", metavar="COMPILER")
    parser.add_argument("--json", type=pathlib.Path, metavar="FILE")
    parser.add_argument("--repetitions", type=int, default=3, metavar="N", help="default: 3")
    parser.add_argument("--flags", default="-O0", help="default: -O0")
    options = parser.parse_args()
    rows = []
    print(f"{'over no session, ' + options.flags:16} {'storage':8} {'cipher':19} {'codec':12}"
          f"{'seconds':>8} {'shared':>7} {'memory MiB':>11} {'object KiB':>11}")
    for compiler in options.compilers:
        costs = measured(compiler, options.flags.split(), options.repetitions)
        without = costs.pop(None)
        for storage, cipher, codec in itertools.product(STORAGES, CIPHERS, CODECS):
            cost, shared = (costs[storage, cipher, codec, is_shared] for is_shared in (False, True))
            added = Cost(*(ours - theirs for ours, theirs in zip(cost, without)))
            print(f"{compiler:20} {storage:8} {cipher:19} {codec:12}{added.seconds:8.2f} {shared.seconds - without.seconds:7.2f}"
                  f" {added.peak_bytes / 2**20:11.0f} {added.object_bytes / 2**10:11.0f}", flush=True)
            rows.append({"compiler": compiler, "flags": options.flags, "storage": storage, "cipher": cipher, "codec": codec,
                         **cost._asdict(), **prefixed("shared", shared), **prefixed("without", without)})
    if options.json:
        options.json.write_text(json.dumps({"units": rows}, indent=2) + "\n")


if __name__ == "__main__":
    main()
