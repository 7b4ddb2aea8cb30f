#!/usr/bin/env python3
"""What must not compile does not, and says why in words.

    compile_fail.py DIRECTORY COMPILER ARGUMENT...

A case is one file of the directory. Its first line says what the compiler must say: `// expect: part of a sentence`.
With SOJOURN_CONTROL defined it must compile; without, it must fail, say the sentence and not talk for more than 15
lines. So both halves stand beside each other, and a case cannot pass because of a typing error.
"""

import pathlib
import re
import subprocess
import sys

from tap import Tap, require

LONGEST = 15


def compile_case(path, compiler, *extra):
    command = [*compiler, "-fsyntax-only", "-fdiagnostics-color=never", *extra, str(path)]
    done = subprocess.run(command, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True)
    return done.returncode == 0, done.stdout


def check(path, compiler):
    expectation = re.match(r"// expect: (\S.*)\n", path.read_text())
    require(expectation, "the first line is not `// expect: …`")
    compiled, output = compile_case(path, compiler, "-DSOJOURN_CONTROL")
    require(compiled, f"the control does not compile:\n{output}")
    compiled, output = compile_case(path, compiler)
    require(not compiled, "it compiles")
    # Compilers break and quote differently: g++ writes 'x' or ‘x’ by locale.
    plain = output.replace("‘", "'").replace("’", "'")
    require(expectation[1] in plain, f"the compiler does not say `{expectation[1]}`:\n{output}")
    lines = output.rstrip("\n").count("\n") + 1
    require(lines <= LONGEST, f"the compiler talks for {lines} lines, more than {LONGEST}:\n{output}")


def main(directory, *compiler):
    tap = Tap()
    for path in sorted(pathlib.Path(directory).glob("*.cpp")):
        with tap.case(path.stem):
            check(path, compiler)
    with tap.case("there are cases"):
        require(tap.count > 0, f"no case in {directory}")
    return tap.finish()


if __name__ == "__main__":
    sys.exit(main(*sys.argv[1:]))
