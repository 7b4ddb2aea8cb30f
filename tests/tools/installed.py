"""The library as a user installs it: `meson install` into a prefix of its own."""

import os
import pathlib
import shutil
import subprocess

from tap import require


def run(*command, cwd=None, **environment):
    """(whether the command ended well, what it said); environment variables are given by name."""
    done = subprocess.run(
        [str(word) for word in command], cwd=cwd, env={**os.environ, **environment},
        stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True,
    )  # fmt: skip
    return done.returncode == 0, done.stdout


def must_run(*command, cwd=None, **environment):
    good, said = run(*command, cwd=cwd, **environment)
    require(good, f"{' '.join(map(str, command))}\n{said}")
    return said


def install(root, scratch, compiler):
    """Installs the library below scratch, and returns the prefix."""
    build, prefix = scratch / "build", scratch / "installed"
    shutil.rmtree(build, ignore_errors=True)
    shutil.rmtree(prefix, ignore_errors=True)
    options = [f"--prefix={prefix}", "-Dtests=disabled", "-Dexamples=disabled", "-Dbenchmarks=disabled"]
    must_run("meson", "setup", *options, build, root, CXX=" ".join(compiler))
    must_run("meson", "install", "--quiet", "-C", build)
    return prefix


def pkg_config_path(prefix):
    return str(pathlib.Path(prefix, "share", "pkgconfig"))
