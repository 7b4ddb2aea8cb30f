#!/usr/bin/env python3
"""Conan makes the package, and a program that is built with it runs. No remote is asked: Debian's packages stand in for
what the recipe requires.

    conan.py SOURCE_ROOT SCRATCH COMPILER...
"""

import hashlib
import json
import pathlib
import re
import sys

from consumer import HERE, Consumer, Tap, files, must_run, refused, require

# Conan's name → pkg-config's, of all that the recipe can require.
STAND_INS = {
    "cpp-httplib": "cpp-httplib",
    "hiredis": "hiredis",
    "libsodium": "libsodium",
    "openssl": "openssl",
    "zlib": "zlib",
    "zstd": "libzstd",
}
NEEDS = {"boost", "libsodium", "zstd"}
OPTIONS = {
    "with_httplib": {"cpp-httplib"},
    "with_lua_resty": {"zlib", "openssl"},
    "with_memcached": {"openssl"},
    "with_redis": {"hiredis", "openssl"},
}


class Conan:
    def __init__(self, consumer):
        self.consumer = consumer
        self.tool = consumer.root / "tests" / "tools" / "conan"
        self.environment = {"CONAN_HOME": str(consumer.scratch / "home"), "CXX": " ".join(consumer.compiler)}
        self.run("profile", "detect")
        self.run("remote", "remove", "*")
        self.profile = consumer.scratch / "profile"
        self.profile.write_text("\n".join(self.profile_lines()) + "\n")

    def profile_lines(self):
        yield from ("include(default)", "[settings]", "compiler.cppstd=20", "[platform_requires]", "boost/1.81.0")
        for name, module in STAND_INS.items():
            yield f"{name}/{must_run('pkg-config', '--modversion', module).strip()}"
        yield from ("[conf]", "tools.cmake.cmaketoolchain:generator=Ninja")
        yield f"tools.cmake.cmake_layout:test_folder={self.consumer.scratch / 'test'}"
        # Conan knows no link flags of what stands in.
        yield 'tools.cmake.cmaketoolchain:extra_variables={"CMAKE_CXX_STANDARD_LIBRARIES": "-lsodium -lzstd"}'

    def run(self, *words):
        return must_run(self.tool, *words, **self.environment)

    def words(self, *words):
        return self.tool, *words, f"--profile:all={self.profile}"

    def ask(self, reference, *words):
        """The words that ask for a package."""
        output = self.consumer.scratch / "output"
        return self.words("install", f"--requires={reference}", f"--output-folder={output}", *words)

    def required(self, *options):
        """The names of what the recipe requires with these options."""
        graph = self.consumer.scratch / "graph.json"
        words = self.words("graph", "info", self.consumer.root, "--format=json", f"--out-file={graph}")
        must_run(*words, *(f"--options=&:{option}=True" for option in options), **self.environment)
        dependencies = json.loads(graph.read_text())["graph"]["nodes"]["0"]["dependencies"]
        return {dependency["ref"].split("/")[0] for dependency in dependencies.values()}


def main(*arguments):
    consumer = Consumer(*arguments)
    tap = Tap()
    conan = None
    with tap.case("Conan: the package is made, and a program is built with it and runs"):
        conan = Conan(consumer)
        words = conan.words("create", consumer.root, f"--test-folder={HERE / 'conan'}")
        said = must_run(*words, **conan.environment)
        require(f"a session opened by sojourn {consumer.version}\n" in said, said)
        programs = list((consumer.scratch / "test").glob("*/shop"))
        require(len(programs) == 1, f"{programs}")
        consumer.check_program(programs[0])
    with tap.case("Conan: the package holds the headers and the license, one for all settings and options"):
        package = f"sojourn/{consumer.version}:{hashlib.sha1().hexdigest()}"  # of nothing
        held = files(pathlib.Path(conan.run("cache", "path", package).strip()))
        headers = files(consumer.root / "include" / "sojourn")
        expected = {f"include/sojourn/{name}": text for name, text in headers.items()}
        expected["licenses/LICENSE"] = (consumer.root / "LICENSE").read_bytes()
        different = {name for name in held | expected if held.get(name) != expected.get(name)}
        require(headers and different <= {"conaninfo.txt", "conanmanifest.txt"}, f"different: {sorted(different)}")
    with tap.case("Conan: no option pulls a library of its own"):
        require(conan.required() == NEEDS, f"{conan.required()}")
    with tap.case("Conan: all options are known here"):
        options = set(re.findall(r'^ *"(with_\w+)":', (consumer.root / "conanfile.py").read_text(), re.MULTILINE))
        require(options == OPTIONS.keys(), f"different: {sorted(options ^ OPTIONS.keys())}")
    for option, libraries in OPTIONS.items():
        with tap.case(f"Conan: {option} requires {' and '.join(sorted(libraries))}"):
            require(conan.required(option) == NEEDS | libraries, f"{conan.required(option)}")
    with tap.case("Conan: what our version can stand in for is accepted"):
        for version in consumer.compatible():
            must_run(*conan.ask(f"sojourn/[>={version}]"), **conan.environment)
    with tap.case("Conan: newer versions are refused"):
        for version in consumer.newer():
            refused(f"'sojourn/[>={version}]' not resolved", *conan.ask(f"sojourn/[>={version}]"), **conan.environment)
    with tap.case("Conan: a program in C++17 is refused"):
        words = conan.ask(f"sojourn/{consumer.version}", "--settings:all=compiler.cppstd=17")
        refused("lower than the required C++ standard (20)", *words, **conan.environment)
    return tap.finish()


if __name__ == "__main__":
    sys.exit(main(*sys.argv[1:]))
