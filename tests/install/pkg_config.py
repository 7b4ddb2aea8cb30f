#!/usr/bin/env python3
"""pkg-config tells a compiler all that it needs for the installed library.

    pkg_config.py SOURCE_ROOT SCRATCH COMPILER...
"""

import sys

from consumer import HERE, Consumer, Tap, must_run, refused, require


def main(*arguments):
    consumer = Consumer(*arguments)
    tap = Tap()
    with tap.case("pkg-config: a program is built with what is installed, and runs"):
        consumer.install()
        program = consumer.scratch / "shop"
        must_run(HERE / "pkg_config" / "compile", HERE / "consumer.cpp", program, **consumer.environment)
        consumer.check_program(program)
    with tap.case("pkg-config: the version is that of the headers"):
        said = must_run("pkg-config", "--modversion", "sojourn", **consumer.environment).strip()
        require(said == consumer.version, f"it is {said}")
    ask = ("pkg-config", "--print-errors", "--exists")
    with tap.case("pkg-config: our version and what it can stand in for are accepted"):
        for version in consumer.compatible():
            must_run(*ask, f"sojourn >= {version}", **consumer.environment)
    with tap.case("pkg-config: newer versions are refused"):
        for version in consumer.newer():
            refused(f"'sojourn' has version '{consumer.version}'", *ask, f"sojourn >= {version}", **consumer.environment)
    with tap.case("pkg-config: a missing library is named"):
        environment = {**consumer.environment, "PKG_CONFIG_LIBDIR": str(consumer.scratch)}
        refused("'libsodium', required by 'sojourn', not found", *ask, "sojourn", **environment)
    return tap.finish()


if __name__ == "__main__":
    sys.exit(main(*sys.argv[1:]))
