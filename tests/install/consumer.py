"""What the checks of all ways to get the library have in common: its version, and a program that has to run with it."""

import pathlib
import re
import shutil
import sys

sys.path.insert(0, str(pathlib.Path(__file__).parent.parent / "tools"))

from installed import install, must_run, pkg_config_path, run
from link_check import require_lean
from tap import Tap, require

HERE = pathlib.Path(__file__).parent


class Consumer:
    """One way's scratch folder, with the library installed in it."""

    def __init__(self, root, scratch, *compiler):
        self.root, self.scratch = pathlib.Path(root).resolve(), pathlib.Path(scratch).resolve()
        self.compiler = compiler
        shutil.rmtree(self.scratch, ignore_errors=True)
        self.scratch.mkdir(parents=True)
        self.version = re.search(r'VERSION "(.+)"', (self.root / "include/sojourn/version.hpp").read_text())[1]
        self.readme = (self.root / "README.md").read_text()

    def install(self):
        self.prefix = install(self.root, self.scratch, self.compiler)

    @property
    def environment(self):
        """What tells the tools the prefix and the compiler."""
        return {
            "CMAKE_PREFIX_PATH": str(self.prefix),
            "PKG_CONFIG_PATH": pkg_config_path(self.prefix),
            "CXX": " ".join(self.compiler),
        }

    def newer(self):
        """Versions that ours cannot stand in for."""
        major, minor, patch = map(int, self.version.split("."))
        return f"{major}.{minor}.{patch + 1}", f"{major}.{minor + 1}", f"{major + 1}.0"

    def compatible(self):
        """Versions that ours can stand in for; its own is the last."""
        return ".".join(self.version.split(".")[:2]), self.version

    def check_program(self, program):
        said = must_run(program)
        require(said == f"a session opened by sojourn {self.version}\n", f"it says: {said}")
        require_lean(program)

    def check_readme(self, language, file):
        """The README's block of that language is what the file has, line by line."""
        block = re.search(rf"^```{language}\n(.*?)^```$", self.readme, re.MULTILINE | re.DOTALL)
        require(block, f"the README has no ```{language} block")
        lines = {line.strip() for line in file.read_text().splitlines()}
        for line in filter(None, map(str.strip, block[1].splitlines())):
            require(line in lines or line.startswith("#"), f"{file.name} has no line `{line}`")


def refused(words, *command, **environment):
    """The command fails, and says the words; line breaks and spaces count alike."""
    good, said = run(*command, **environment)
    require(not good, f"it is accepted:\n{said}")
    require(" ".join(words.split()) in " ".join(said.split()), f"it does not say `{words}`:\n{said}")


def files(folder):
    """path below the folder → bytes"""
    return {str(path.relative_to(folder)): path.read_bytes() for path in folder.rglob("*") if path.is_file()}
