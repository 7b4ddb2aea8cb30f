#!/usr/bin/env python3
"""Every C++ file looks as .clang-format says.

    format.py SOURCE_ROOT            shows what does not
    format.py SOURCE_ROOT --fix      makes it so
    format.py SOURCE_ROOT --fix FILE...
"""

import difflib
import pathlib
import re
import subprocess
import sys

from tap import Tap, require

# clang-format 16 takes `{ expression } -> Concept;` of a requires-expression apart into three lines; 18 does not.
COMPOUND = re.compile(r"\{\n\s+([^{};\n]+)\n\s*\}((?: noexcept)?(?: -> [^;{}]+)?;)")


def joined(match):
    return f"{{ {match[1]} }}{match[2]}" if match[2] != ";" else match[0]


def sources(root):
    for folder in ("include", "tests", "examples", "benchmarks"):
        for path in sorted((root / folder).rglob("*")):
            if path.suffix in (".hpp", ".cpp") and not {"vectors", "corpus"} & set(path.parts):
                yield path


def formatted(path, text):
    command = ["clang-format-16", f"--assume-filename={path}"]
    done = subprocess.run(command, check=True, input=text, stdout=subprocess.PIPE, text=True)
    return COMPOUND.sub(joined, done.stdout)


def difference(path):
    text = path.read_text()
    lines = [text.splitlines(), formatted(path, text).splitlines()]
    return "\n".join(difflib.unified_diff(*lines, str(path), "formatted", lineterm="", n=0))


def main(root, *options):
    files = [pathlib.Path(name) for name in options[1:]] or list(sources(pathlib.Path(root)))
    if "--fix" in options:
        for path in files:
            path.write_text(formatted(path, path.read_text()))
        return 0
    tap = Tap()
    with tap.case("the code is formatted"):
        require(files, "no files")
        differences = [found for found in map(difference, files) if found]
        require(not differences, "\n".join(differences))
    return tap.finish()


if __name__ == "__main__":
    sys.exit(main(*sys.argv[1:]))
