#!/usr/bin/env python3
"""The API reference: Doxygen makes it of the headers without a word, and nothing public is without a comment.

    docs.py SOURCE_ROOT OUTPUT      makes OUTPUT/html/index.html, by docs/Doxyfile

Public is what docs/Doxyfile does not exclude. Each class, concept and free name has a comment, and each member of the classes
that stand in namespace sojourn itself; an overload has that of the first. What models a concept says so and is on the page of
its kind (docs/reference.dox).
"""

import pathlib
import re
import shutil
import subprocess
import sys
import xml.etree.ElementTree as xml

from tap import Tap, require

# What each says by being there.
SPEAKS_FOR_ITSELF = re.compile(r"operator.*|~.*|size|empty|begin|end|clear|swap|value_type|key_type|mapped_type|key_compare")

# Namespace → the page of those in it that model a policy's concept.
PAGES = {"sojourn::storage": "storages", "sojourn::cipher": "ciphers", "sojourn::codec": "codecs"}


def run_doxygen(root, output):
    """What Doxygen has to say."""
    shutil.rmtree(output, ignore_errors=True)
    output.mkdir(parents=True)
    settings = (root / "docs" / "Doxyfile").read_text() + f'\nOUTPUT_DIRECTORY = "{output}"\n'
    done = subprocess.run(
        ["doxygen", "-"], cwd=root, input=settings, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True
    )  # fmt: skip
    return done.stdout if done.returncode == 0 else f"{done.stdout}\nexit code {done.returncode}"


def words(element):
    """The text of an element's comment."""
    parts = [element.find(f"{kind}description") for kind in ("brief", "detailed")]
    return " ".join("".join(part.itertext()) for part in parts if part is not None).strip()


def name_of(compound):
    return compound.findtext("compoundname")


class Reference:
    """The compounds of Doxygen's XML."""

    def __init__(self, output):
        index = xml.parse(output / "xml" / "index.xml").getroot()
        files = [output / "xml" / f"{entry.get('refid')}.xml" for entry in index.iter("compound")]
        self.compounds = [each for file in files for each in xml.parse(file).getroot().iter("compounddef")]

    def of(self, *kinds):
        return [each for each in self.compounds if each.get("kind") in kinds and each.get("prot") in (None, "public")]

    def classes(self):
        public = self.of("class", "struct", "concept")
        return [each for each in public if "sojourn::" in name_of(each)]

    def on_page(self, page):
        group = next((each for each in self.of("group") if name_of(each) == page), None)
        require(group is not None, f"there is no page {page}")
        members = [member.findtext("name") for member in group.iter("memberdef")]
        return {entry.text.split("::")[-1] for entry in group.iter("innerclass")} | {name.split("::")[-1] for name in members}


def silent_members(compound):
    """The public members without a comment, none of whose overloads has one. A special case (`<`) is its template's."""
    members = [each for each in compound.iter("memberdef") if each.get("prot") == "public"]
    told = {each.findtext("name") for each in members if words(each)}
    for member in members:
        name = member.findtext("name")
        if name not in told and not SPEAKS_FOR_ITSELF.fullmatch(name) and "<" not in name:
            yield name


def without_comment(reference):
    for compound in reference.classes():
        name = name_of(compound)
        if not words(compound):
            yield name
        if re.fullmatch(r"sojourn::\w+", name) and compound.get("kind") != "concept":
            own = name.split("::")[-1]
            yield from (f"{name}::{member}" for member in silent_members(compound) if member != own)
    for space in reference.of("namespace"):
        if name_of(space).startswith("sojourn"):
            yield from (f"{name_of(space)}::{member}" for member in silent_members(space))


def not_on_their_page(reference):
    for space, page in PAGES.items():
        there = reference.on_page(page)
        described = [(name_of(each).rpartition("::"), words(each)) for each in reference.of("class", "struct")]
        for namespace in reference.of("namespace"):
            home = name_of(namespace)
            described += [((home, "::", each.findtext("name")), words(each)) for each in namespace.iter("memberdef")]
        for (home, _, name), said in described:
            if home == space and re.search(r"\bModels \S+(Storage|Policy)\b", said) and name not in there:
                yield f"{home}::{name} is not among the {page} of docs/reference.dox"


def not_in_the_reference(root, reference):
    """What README.md calls of a session or a manager, and the reference does not have."""
    text = (root / "README.md").read_text()
    for variable, name in (("session", "sojourn::Session"), ("sessions", "sojourn::Manager")):
        described = [each for each in reference.classes() if name_of(each) == name]
        members = {each.findtext("name") for compound in described for each in compound.iter("memberdef")}
        for call in sorted(set(re.findall(rf"\b{variable}\.(\w+)\(", text)) - members):
            yield f"{name}::{call}"


def main(root, output):
    root, output = pathlib.Path(root).resolve(), pathlib.Path(output).resolve()
    tap = Tap()
    with tap.case("Doxygen makes the reference without a warning"):
        said = run_doxygen(root, output)
        require(not said.strip(), said)
        require((output / "html" / "index.html").exists(), "there is no index.html")
    with tap.case("nothing public is without a comment"):
        reference = Reference(output)
        require(len(reference.classes()) > 10, "hardly anything is there")
        require(not list(without_comment(reference)), "\n".join(without_comment(reference)))
    with tap.case("what the README calls is there"):
        require(not list(not_in_the_reference(root, reference)), "\n".join(not_in_the_reference(root, reference)))
    with tap.case("each policy is on the page of its kind"):
        require(not list(not_on_their_page(reference)), "\n".join(not_on_their_page(reference)))
    return tap.finish()


if __name__ == "__main__":
    sys.exit(main(*sys.argv[1:]))
