#!/usr/bin/env python3
"""Meson's dependency('sojourn') takes the library from a wrap, as a subproject, or where it is installed.

    meson.py SOURCE_ROOT SCRATCH COMPILER...
"""

import json
import re
import shutil
import sys

from consumer import HERE, Consumer, Tap, must_run, refused, require


def repository(consumer):
    """A git repository of the source tree as it is, with our version's tag; answers with its URL."""
    folder = consumer.scratch / "sojourn.git"
    shutil.copytree(consumer.root, folder, ignore=shutil.ignore_patterns(".git", ".cache", "build", "__pycache__"))
    git = ("git", "-C", folder, "-c", "user.name=somebody", "-c", "user.email=somebody@localhost")
    must_run(*git, "init", "--quiet")
    must_run(*git, "add", "--force", ".")
    must_run(*git, "commit", "--quiet", "--message=all of it")
    must_run(*git, "tag", f"v{consumer.version}")
    return f"file://{folder}"


def project(consumer, name, url=None, version=None):
    """The words that configure the program, with the wrap if a URL is given; it asks for that version, if any."""
    folder = consumer.scratch / name
    shutil.copytree(HERE / "meson", folder)
    shutil.copy(HERE / "consumer.cpp", folder / "shop.cpp")
    build, wrap = folder / "meson.build", folder / "subprojects" / "sojourn.wrap"
    if version:
        build.write_text(re.sub(r">=[\d.]+", f">={version}", build.read_text()))
    if url:
        wrap.write_text(re.sub("^url = .*", f"url = {url}", wrap.read_text(), flags=re.MULTILINE))
    else:
        wrap.unlink()
    return "meson", "setup", folder / "build", folder


def check_program(consumer, name):
    build = consumer.scratch / name / "build"
    must_run("meson", "compile", "-C", build)
    consumer.check_program(build / "shop")


def main(*arguments):
    consumer = Consumer(*arguments)
    compiler = {"CXX": " ".join(consumer.compiler)}
    tap = Tap()
    url = ""
    with tap.case("Meson: a program takes the library from the wrap, and runs"):
        url = repository(consumer)
        must_run(*project(consumer, "from_wrap", url), **compiler)
        check_program(consumer, "from_wrap")
    with tap.case("Meson: as a subproject the library builds nothing"):
        targets = json.loads(must_run("meson", "introspect", "--targets", consumer.scratch / "from_wrap" / "build"))
        names = [target["name"] for target in targets]
        require(names == ["shop"], f"{names}")
    with tap.case("Meson: a program takes the library that is installed, and runs"):
        consumer.install()
        must_run(*project(consumer, "from_prefix"), **consumer.environment)
        check_program(consumer, "from_prefix")
    with tap.case("Meson: the README says the same"):
        consumer.check_readme("ini", HERE / "meson" / "subprojects" / "sojourn.wrap")
        consumer.check_readme("meson", HERE / "meson" / "meson.build")
    newer = consumer.newer()[0]
    with tap.case("Meson: a newer version than the wrap's is refused"):
        refused(f"found {consumer.version} but need: '>={newer}'", *project(consumer, "newer", url, newer), **compiler)
    with tap.case("Meson: a newer version than the installed one is refused"):
        words = project(consumer, "newer_installed", version=newer)
        refused(f"found {consumer.version} but need: '>={newer}'", *words, **consumer.environment)
    with tap.case("Meson: a missing library is named"):
        words = project(consumer, "missing", url)
        refused('Dependency "libsodium" not found', *words, PKG_CONFIG_LIBDIR=str(consumer.scratch), **compiler)
    return tap.finish()


if __name__ == "__main__":
    sys.exit(main(*sys.argv[1:]))
