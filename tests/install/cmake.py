#!/usr/bin/env python3
"""CMake's find_package finds the installed library, if the version and everything that it needs are there.

    cmake.py SOURCE_ROOT SCRATCH COMPILER...
"""

import pathlib
import re
import shutil
import sys

from consumer import HERE, Consumer, Tap, must_run, refused, require


def project(consumer, name, *lines):
    """The words that configure a project of these lines."""
    folder = consumer.scratch / name
    folder.mkdir()
    head = ("cmake_minimum_required(VERSION 3.16)", "project(consumer CXX)")
    (folder / "CMakeLists.txt").write_text("\n".join([*head, *lines, ""]))
    return "cmake", "-G", "Ninja", "-S", folder, "-B", folder / "build"


def without(consumer, library):
    """A folder with what pkg-config knows of all libraries but this one."""
    folder = consumer.scratch / f"without_{library}"
    folder.mkdir()
    for name in {"libsodium", "libzstd"} - {library}:
        source = must_run("pkg-config", "--variable=pcfiledir", name).strip()
        shutil.copy(pathlib.Path(source, f"{name}.pc"), folder)
    return str(folder)


def check_versions(tap, consumer):
    for version in consumer.compatible():
        with tap.case(f"CMake: our version will do for a program that asks for its {version.count('.') + 1} numbers"):
            words = project(consumer, f"ask_{version}", f"find_package(sojourn {version} REQUIRED)")
            must_run(*words, **consumer.environment)
    for kind, version in zip(("patch", "minor version", "major version"), consumer.newer()):
        with tap.case(f"CMake: a newer {kind} is refused"):
            words = project(consumer, f"ask_{version}", f"find_package(sojourn {version} REQUIRED)")
            sentence = f'compatible with requested version "{version}"'
            refused(sentence, *words, **consumer.environment)
    with tap.case("CMake: an older interface is refused"):
        words = project(consumer, "ask_older", "find_package(sojourn 0.0.9 REQUIRED)")
        refused(f"sojournConfig.cmake, version: {consumer.version}", *words, **consumer.environment)


def check_missing(tap, consumer):
    ask = "find_package(sojourn REQUIRED)"
    with tap.case("CMake: a missing Boost is named, with its package"):
        words = project(consumer, "no_boost", ask)
        sentence = "does not find what it needs: Boost>=1.81 (Debian 12: libboost1.81-dev)."
        refused(sentence, *words, "-DCMAKE_DISABLE_FIND_PACKAGE_Boost=ON", **consumer.environment)
    for library in ("libsodium", "libzstd"):
        with tap.case(f"CMake: a missing {library} is named"):
            environment = {**consumer.environment, "PKG_CONFIG_LIBDIR": without(consumer, library)}
            refused(f"does not find what it needs: {library}>=", *project(consumer, f"no_{library}", ask), **environment)
    with tap.case("CMake: a missing library of a component is named, and only where it is required"):
        words = project(consumer, "no_hiredis", "find_package(sojourn REQUIRED COMPONENTS redis)")
        environment = {**consumer.environment, "PKG_CONFIG_LIBDIR": without(consumer, "hiredis")}
        refused("does not find what it needs: hiredis, openssl.", *words, **environment)
        optional = ("find_package(sojourn REQUIRED OPTIONAL_COMPONENTS redis)", "if(sojourn_redis_FOUND)",
                    "  message(FATAL_ERROR found)", "endif()")  # fmt: skip
        must_run(*project(consumer, "optional_hiredis", *optional), **environment)
    with tap.case("CMake: a component that does not exist is refused"):
        words = project(consumer, "no_component", "find_package(sojourn REQUIRED COMPONENTS gopher)")
        refused("a component gopher (there is none)", *words, **consumer.environment)


def check_components(tap, consumer):
    config = (consumer.root / "include" / "sojournConfig.cmake.in").read_text()
    components = sorted(set(re.findall(r"^set\(sojourn_needs_(\w+)", config, re.MULTILINE)) - {"sojourn"})
    with tap.case("CMake: its components are Conan's options"):
        options = re.findall(r'^ *"with_(\w+)":', (consumer.root / "conanfile.py").read_text(), re.MULTILINE)
        require(options and components == sorted(options), f"{components} are not {sorted(options)}")
    with tap.case("CMake: a program with all components links their libraries as it needs them"):
        lines = [f"find_package(sojourn REQUIRED COMPONENTS {' '.join(components)})"]
        lines += [f"add_executable(consumer {HERE / 'consumer.cpp'})"]
        lines += [f"target_link_libraries(consumer PRIVATE sojourn::{name})" for name in components]
        words = project(consumer, "components", *lines)
        must_run(*words, "-DCMAKE_EXE_LINKER_FLAGS=-Wl,--as-needed", **consumer.environment)
        must_run("cmake", "--build", consumer.scratch / "components" / "build")
        consumer.check_program(consumer.scratch / "components" / "build" / "consumer")


def main(*arguments):
    consumer = Consumer(*arguments)
    tap = Tap()
    with tap.case("CMake: a program is built with what is installed, and runs"):
        consumer.install()
        build = consumer.scratch / "shop"
        must_run("cmake", "-G", "Ninja", "-S", HERE / "cmake", "-B", build, **consumer.environment)
        must_run("cmake", "--build", build)
        consumer.check_program(build / "shop")
    with tap.case("CMake: the README says the same"):
        consumer.check_readme("cmake", HERE / "cmake" / "CMakeLists.txt")
    check_versions(tap, consumer)
    check_missing(tap, consumer)
    check_components(tap, consumer)
    return tap.finish()


if __name__ == "__main__":
    sys.exit(main(*sys.argv[1:]))
