#!/usr/bin/env python3
"""The README's code compiles and does what it says, with the library as it is installed.

    readme.py SOURCE_ROOT SCRATCH PACKAGES COMPILER...

The library is installed below SCRATCH. PACKAGES are pkg-config's names, in one argument: what it says of them is all the
compiler gets, so that the installed headers and the pkg-config file are tested as well.

Every ```cpp block of README.md is one of:
- a whole program (it has `int main`). It is compiled, linked and run. One that calls `.listen(` is a server: it is run on
  a free port, and two requests to `/` must answer 200, the first with a Set-Cookie line that the second hands back. Any
  other must end with 0; a ```text block right below it is what it prints.
- a fragment below a line `<!-- test: name -->`: it is compiled in place of the line `// README` of tests/readme/name.cpp,
  which is then treated like a whole program.
A block that is neither fails: nothing in the README is untested.
"""

import contextlib
import http.client
import os
import pathlib
import re
import socket
import subprocess
import sys
import textwrap
import time

from installed import install, must_run, pkg_config_path
from tap import Tap, require

BLOCK = re.compile(
    r"(?:^<!-- test: (?P<frame>\w+) -->\n+)?^```cpp\n(?P<code>.*?)^```\n(?:\s*^```text\n(?P<prints>.*?)^```$)?",
    re.MULTILINE | re.DOTALL,
)
LONGEST_OPENING = 30
LISTEN = re.compile(r"(\.listen\([^;]*?,\s*)\d+(\s*\))")


def free_port():
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]


def programs(root):
    """(name, source, expected output or None) of every block."""
    readme = root / "README.md"
    text = readme.read_text() if readme.exists() else ""
    for number, block in enumerate(BLOCK.finditer(text), 1):
        line = text.count("\n", 0, block.start("code"))
        source = block["code"]
        if block["frame"]:
            frame = root / "tests" / "readme" / f"{block['frame']}.cpp"
            around = frame.read_text() if frame.exists() else ""
            source = re.sub(
                r"^( *)// README$", lambda place: textwrap.indent(source, place[1]), around, count=1, flags=re.MULTILINE
            )
            if source == around:
                source = ""  # nowhere to put it: not a program
        yield f"block {number}, line {line}", source, block["prints"]


@contextlib.contextmanager
def running(program):
    process = subprocess.Popen([program], cwd=program.parent, env=environment())
    try:
        yield process
    finally:
        process.kill()
        process.wait()


def environment():
    return {**os.environ, "SOJOURN_SECRET": "the secret of the README's tests, 32 bytes at least"}


def request(port, cookies):
    deadline = time.monotonic() + 10
    while True:
        connection = http.client.HTTPConnection("127.0.0.1", port, timeout=10)
        try:
            connection.request("GET", "/", headers={"Cookie": "; ".join(cookies)} if cookies else {})
            response = connection.getresponse()
            return response.status, [line.split(";")[0] for line in response.headers.get_all("Set-Cookie", [])]
        except ConnectionRefusedError:
            require(time.monotonic() < deadline, "the server does not listen")
            time.sleep(0.05)
        finally:
            connection.close()


def check(source, prints, program, compiler, flags):
    require(re.search(r"\bint main\b", source), "neither a program nor a fragment with `<!-- test: name -->`")
    port = free_port()
    served = LISTEN.sub(rf"\g<1>{port}\g<2>", source)
    path = program.with_suffix(".cpp")
    path.write_text(served)
    built = subprocess.run(
        [*compiler, str(path), "-o", str(program), *flags],
        stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True,
    )  # fmt: skip
    require(built.returncode == 0, built.stdout)
    if ".listen(" in source:
        require(served != source, "`.listen(…, port)` with a number for a port is all this test understands")
        with running(program):
            status, cookies = request(port, [])
            require(status == 200 and cookies, f"the first request: {status}, {len(cookies)} cookies")
            status, _ = request(port, cookies)
            require(status == 200, f"the second request: {status}")
    else:
        done = subprocess.run([program], env=environment(), stdout=subprocess.PIPE, text=True, timeout=60)
        require(done.returncode == 0, f"exit code {done.returncode}\n{done.stdout}")
        require(prints is None or done.stdout == prints, f"it prints\n{done.stdout}")


def check_opening(root):
    blocks = list(programs(root))
    require(blocks, "no ```cpp block found")
    opening = blocks[0][1]
    require(re.search(r"\bint main\b", opening), "the first block is no program")
    require(opening.count("\n") <= LONGEST_OPENING, f"it has {opening.count(chr(10))} lines")


def pkg_config(prefix, packages):
    words = ["pkg-config", "--cflags", "--libs", *packages.split()]
    return must_run(*words, PKG_CONFIG_PATH=pkg_config_path(prefix)).split()


def main(root, scratch, packages, *compiler):
    root, scratch = pathlib.Path(root), pathlib.Path(scratch).resolve()
    scratch.mkdir(parents=True, exist_ok=True)
    tap = Tap()
    flags = []
    with tap.case("the library installs, and pkg-config finds it"):
        flags = pkg_config(install(root, scratch, compiler), packages)
        require(f"-I{scratch}/installed/include" in flags, f"{flags}")
    compiler = [*compiler, "-std=c++20", "-Wall", "-Wextra", "-Werror"]
    with tap.case(f"the README opens with a program of at most {LONGEST_OPENING} lines"):
        check_opening(root)
    for number, (name, source, prints) in enumerate(programs(root), 1):
        with tap.case(f"README {name}"):
            check(source, prints, scratch / f"readme_{number}", compiler, flags)
    return tap.finish()


if __name__ == "__main__":
    sys.exit(main(*sys.argv[1:]))
