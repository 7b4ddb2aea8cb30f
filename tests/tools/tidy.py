#!/usr/bin/env python3
"""clang-tidy, with the naming rules of .clang-tidy, over all headers at once and over the examples.

    tidy.py SOURCE_ROOT FILE... -- COMPILER_ARGUMENT...
"""

import pathlib
import subprocess
import sys

from tap import Tap, require


def check(config, file, arguments):
    command = ["clang-tidy-16", "--quiet", f"--config-file={config}", "--warnings-as-errors=*", file]
    done = subprocess.run([*command, "--", *arguments], stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)
    require(done.returncode == 0, done.stdout + done.stderr)


def main(root, *rest):
    split = rest.index("--")
    files, arguments = rest[:split], rest[split + 1 :]
    tap = Tap()
    for file in files:
        with tap.case(f"{pathlib.Path(file).stem}: clang-tidy finds nothing"):
            check(f"{root}/.clang-tidy", file, arguments)
    return tap.finish()


if __name__ == "__main__":
    sys.exit(main(*sys.argv[1:]))
