#!/usr/bin/env python3
"""A program with cookie sessions links what those need and nothing else, and holds no virtual class of ours. A unit that leaves
its sessions to another one to compile holds nothing of them.

    link_check.py PROGRAM UNIT
"""

import re
import subprocess
import sys

from tap import Tap, require

ALLOWED = re.compile(r"(libsodium|libzstd|libstdc\+\+|libm|libgcc_s|libc|ld-linux-[\w-]+)\.so[.\d]*")


def run(*command):
    return subprocess.run(command, check=True, stdout=subprocess.PIPE, text=True).stdout


def needed(program):
    return re.findall(r"\(NEEDED\).*\[(.*)\]", run("readelf", "--wide", "--dynamic", program))


def require_lean(program):
    libraries = needed(program)
    require("libsodium" in " ".join(libraries), f"it does not even need libsodium: {libraries}")
    foreign = [library for library in libraries if not ALLOWED.fullmatch(library)]
    require(not foreign, f"it also needs {foreign}")


def vtables(program):
    return re.findall(r".*(?:vtable|typeinfo) for sojourn::.*", run("nm", "--demangle", program))


def main(program, unit):
    tap = Tap()
    with tap.case("needs libsodium, libzstd and the runtime only"):
        require_lean(program)
    with tap.case("no vtable and no type information of ours"):
        require("main" in run("nm", program), "the program is stripped: nothing can be seen")
        require(not vtables(program), "\n".join(vtables(program)))
    with tap.case("without an observer no clock is looked at for one"):
        symbols = run("nm", "--demangle", "--undefined-only", program)
        require("system_clock::now" in symbols, "not even the session's own clock is there: what is looked for has changed")
        require("steady_clock::now" not in symbols, symbols)
    with tap.case("a unit with `extern template` compiles no part of a session"):
        wanted = run("nm", "--demangle", "--undefined-only", unit)
        require("::save()" in wanted, "it does not even save a session")
        compiled = run("nm", "--demangle", "--defined-only", unit)
        require("main" in compiled, "nothing can be seen")
        parts = re.findall(r"^\S+ [TW] (?:[^(]+ )?sojourn::v0::(?:core::(?:Draft|Open|CookieSave|Save)<|codec::detail::|wire::).*",
                           compiled, re.MULTILINE)
        require(not parts, "\n".join(parts))
    return tap.finish()


if __name__ == "__main__":
    sys.exit(main(*sys.argv[1:]))
