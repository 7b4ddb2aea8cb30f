#!/usr/bin/env python3
"""What is installed is include/sojourn, and what lets others find it.

    tree.py SOURCE_ROOT SCRATCH COMPILER...
"""

import sys

from consumer import Consumer, Tap, files, must_run, require

BESIDES = {
    "share/cmake/sojourn/sojournConfig.cmake",
    "share/cmake/sojourn/sojournConfigVersion.cmake",
    "share/pkgconfig/sojourn.pc",
}


def main(*arguments):
    consumer = Consumer(*arguments)
    tap = Tap()
    with tap.case("it installs into an empty prefix"):
        consumer.install()
    with tap.case("the installed headers are those of the source tree"):
        ours, theirs = files(consumer.root / "include" / "sojourn"), files(consumer.prefix / "include" / "sojourn")
        require("sojourn.hpp" in ours, "no headers found")
        require(ours.keys() == theirs.keys(), f"different: {sorted(ours.keys() ^ theirs.keys())}")
        require(ours == theirs, f"changed: {sorted(name for name in ours if ours[name] != theirs[name])}")
    with tap.case("nothing else is installed but what CMake and pkg-config read"):
        others = {name for name in files(consumer.prefix) if not name.startswith("include/sojourn/")}
        require(others == BESIDES, f"different: {sorted(others ^ BESIDES)}")
    with tap.case("what is installed may be moved"):
        config = (consumer.prefix / "share/cmake/sojourn/sojournConfig.cmake").read_text()
        require(str(consumer.scratch) not in config, "sojournConfig.cmake names the prefix")
    with tap.case("a copy of the headers is enough"):
        program = consumer.scratch / "consumer"
        source = consumer.root / "tests/install/consumer.cpp"
        headers = f"-I{consumer.root / 'include'}"
        must_run(*consumer.compiler, "-std=c++20", headers, source, "-o", program, "-lsodium", "-lzstd")
        consumer.check_program(program)
    return tap.finish()


if __name__ == "__main__":
    sys.exit(main(*sys.argv[1:]))
