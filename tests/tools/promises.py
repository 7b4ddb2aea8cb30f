#!/usr/bin/env python3
"""What the library promises about its own text, read from the text: one check a promise.

    promises.py SOURCE_ROOT
"""

import pathlib
import re
import sys

from tap import Tap, require

# The stages of a request. An include points to the same stage or an earlier one. A folder stands for all of its headers
# that are not named themselves: http/adapter.hpp is the concept that the session is written against.
STAGES = (
    "version chrono fwd handle inplace_vector error result bytes concepts",
    "cookie/",
    "wire/",
    "crypto/",
    "cipher/",
    "reflect codec/",
    "storage/",
    "core/ merge merge_rules",
    "http/client",
    "protocol/",
    "drive_sync drive_asio",
    "environment observer csrf properties http/headers options policy_check http/adapter context operations session manager",
    "sojourn protocol/lua_resty",
    "http/",
    "testing/",
)

# What brings a dependency, or a choice, of its own is included by who wants it. These storages need nothing.
NOT_IN_UMBRELLA = re.compile(r"(storage/(?!(cookie|memory|file)\.)|http/(?!(adapter|client|headers)\.)|testing/|drive_asio|protocol/lua_resty|codec/(json|map))")

FORBIDDEN = re.compile(
    r"\bvirtual\b|\bstd::(move_only_)?function\b|\bstd::any\b|\bdynamic_cast\b|\btypeid\b|<(any|typeinfo|typeindex)>"
)

LONGEST_HEADER = 300

TOKEN = re.compile(
    r'//[^\n]*|/\*.*?\*/|R"(?P<mark>[^(\s]*)\(.*?\)(?P=mark)"|"(?:\\.|[^"\\\n])*"|\'(?:\\.|[^\'\\\n])+\'', re.DOTALL
)


def code(text):
    """The text without comments and literals; line numbers stay."""
    return TOKEN.sub(lambda token: "\n" * token[0].count("\n"), text)


def included(text):
    return re.findall(r"^\s*#\s*include\s*<([^>]+)>", re.sub(r"//[^\n]*", "", text), re.MULTILINE)


def stage(header):
    places = {name: number for number, names in enumerate(STAGES) for name in names.split()}
    return places.get(header.removesuffix(".hpp"), places.get(header.split("/")[0] + "/"))


class Headers:
    """All headers under include/sojourn: name → text."""

    def __init__(self, root):
        folder = root / "include" / "sojourn"
        self.texts = {str(path.relative_to(folder)): path.read_text() for path in sorted(folder.rglob("*.hpp"))}

    def own_includes(self, header):
        return [name[len("sojourn/") :] for name in included(self.texts.get(header, "")) if name.startswith("sojourn/")]

    def reachable(self, header, seen=None):
        seen = set() if seen is None else seen
        for next_one in self.own_includes(header):
            if next_one not in seen:
                seen.add(next_one)
                self.reachable(next_one, seen)
        return seen


# Each promise: (root, headers) → the places where it is broken. Its docstring is its name.


def nothing_virtual(root, headers):
    """no virtual function, no type erasure, no run-time type information"""
    for name, text in headers.texts.items():
        for number, line in enumerate(code(text).splitlines(), 1):
            if FORBIDDEN.search(line):
                yield f"{name}:{number}: {line.strip()}"


def stages(root, headers):
    """an include points to the same stage or an earlier one"""
    for name in headers.texts:
        if stage(name) is None:
            yield f"{name} belongs to no stage: name it in {pathlib.Path(__file__).name}"
            continue
        for other in headers.own_includes(name):
            if other not in headers.texts:
                yield f"{name} includes {other}, which does not exist"
            elif stage(other) is not None and stage(other) > stage(name):
                yield f"{name} includes {other}, of a later stage"
        if re.search(r'^\s*#\s*include\s*"', headers.texts[name], re.MULTILINE):
            yield f'{name} includes with "": write <sojourn/…>'


def no_circles(root, headers):
    """no header reaches itself"""
    return [name for name in headers.texts if name in headers.reachable(name)]


def umbrella(root, headers):
    """the umbrella brings no dependency that was not asked for"""
    return [name for name in sorted(headers.reachable("sojourn.hpp")) if NOT_IN_UMBRELLA.match(name)]


def hana(root, headers):
    """only reflect.hpp includes Boost.Hana"""
    for name, text in headers.texts.items():
        if name != "reflect.hpp" and any(other.startswith("boost/hana") for other in included(text)):
            yield name


def lengths(root, headers):
    """no header is longer than 300 lines"""
    for name, text in headers.texts.items():
        if text.count("\n") > LONGEST_HEADER:
            yield f"{name}: {text.count(chr(10))} lines"


def shape(root, headers):
    """each header starts with pragma once, keeps to its namespace and leaves no macro but SOJOURN_… behind"""
    for name, text in headers.texts.items():
        plain = code(text)
        if not plain.lstrip().startswith("#pragma once"):
            yield f"{name}: `#pragma once` is not the first line of code"
        if re.search(r"^namespace sojourn(?! ?::inline v0)", plain, re.MULTILINE):
            yield f"{name}: `namespace sojourn` without `::inline v0`"
        if re.search(r"^using namespace", plain, re.MULTILINE):
            yield f"{name}: `using namespace` outside a function"
        for macro in re.findall(r"^\s*#\s*define\s+(\w+)", plain, re.MULTILINE):
            if not macro.startswith("SOJOURN_") and not re.search(rf"^\s*#\s*undef\s+{macro}\b", plain, re.MULTILINE):
                yield f"{name}: leaves the macro {macro} behind"


def include_order(root, headers):
    """includes come in blocks: sojourn, Boost, C libraries, standard library"""

    def block(include):
        if include.startswith("sojourn/"):
            return 0
        if include.startswith("boost/"):
            return 1
        return 3 if re.fullmatch(r"[a-z_]+", include) else 2

    for name, text in headers.texts.items():
        if name == "sojourn.hpp":  # in the order of a request
            continue
        before = None
        for match in re.finditer(r"^#include <([^>]+)>", text, re.MULTILINE):
            now = (block(match[1]), match[1] if block(match[1]) != 2 else "")  # sorted, but for C libraries
            lines_between = text[before[2] : match.start()] if before else ""
            if before and "#" not in lines_between:  # no choice between the two
                if now < before[:2]:
                    yield f"{name}: <{match[1]}> comes too late"
                if now[0] != before[0] and "\n\n" not in lines_between:
                    yield f"{name}: no blank line before <{match[1]}>"
            before = (*now, match.end())


def unfinished(root, headers):
    """nothing is marked as unfinished"""
    marks = re.compile(r"\b(TO" + r"DO|FIX" + r"ME|XX" + r"X)\b")
    for path in project_files(root):
        for number, line in enumerate(path.read_text(errors="replace").splitlines(), 1):
            if marks.search(line):
                yield f"{path.relative_to(root)}:{number}: {line.strip()}"


def versions(root, headers):
    """every copy of the version is the same"""
    text = headers.texts.get("version.hpp", "")
    parts = [re.search(rf"SOJOURN_VERSION_{part} (\d+)", text) for part in ("MAJOR", "MINOR", "PATCH")]
    version = ".".join(part[1] if part else "?" for part in parts)
    copies = {
        "include/sojourn/version.hpp": r'define SOJOURN_VERSION "([^"]+)"',
        "meson.build": r"^ *version: '([^']+)'",
        "CHANGELOG.md": r"^## (\S+)",
        "README.md": r"sojourn/(\d+\.\d+\.\d+)",
    }
    for name, pattern in copies.items():
        if (root / name).exists():
            found = re.search(pattern, (root / name).read_text(), re.MULTILINE)
            if not found or found[1] != version:
                yield f"{name}: {found[1] if found else 'none'}, not {version}"


def listed(root, headers):
    """tests/meson.build names every header, unit test and fuzz target"""
    build = (root / "tests" / "meson.build").read_text()
    tests = root / "tests"
    wanted = list(headers.texts)
    for path in sorted(tests.rglob("*.cpp")):
        name = str(path.relative_to(tests))
        if name.startswith("fuzz/"):
            wanted.append(path.stem)
        elif name.split("/")[0] not in ("compile_fail", "readme", "install"):
            wanted.append(name)
    return [f"{name} is not listed" for name in wanted if f"'{name}'" not in build and name != "corpus_main"]


def own_namespaces(root, headers):
    """a named namespace of the tests belongs to one file"""
    # All unit tests are one program: two classes of one name would be one class to the linker, and no compiler tells.
    homes = {}
    for path in sorted((root / "tests").rglob("*.[ch]pp")):
        name = str(path.relative_to(root / "tests"))
        if name.split("/")[0] in ("compile_fail", "readme", "install", "fuzz", "link", "lua_resty"):
            continue
        for space in set(re.findall(r"^(?:inline )?namespace ([\w:]+)\s*\{", code(path.read_text()), re.MULTILINE)):
            if space.split("::")[0] not in ("sojourn", "boost", "std", "doctest"):
                homes.setdefault(space, []).append(name)
    return [f"{space}: {', '.join(names)}" for space, names in homes.items() if len(names) > 1]


def test_names(root):
    """The text in which all names of tests stand, each in quotes."""
    sources = [*(root / "tests").rglob("*.cpp"), *(root / "tests" / "browser").glob("*.py")]
    text = "\n".join(path.read_text() for path in sorted(sources))
    return re.sub(r'"\s*"', "", text)  # a long name is written in two pieces


def prior_art(root, headers):
    """tests/prior_art.md names tests that exist"""
    table = root / "tests" / "prior_art.md"
    tests = test_names(root)
    for row in re.findall(r"^\| [0-9].*", table.read_text() if table.exists() else "", re.MULTILINE):
        guards = row.split("|")[3]
        for name in re.findall(r"`([^`]+)`", guards):
            if f'"{name}"' not in tests:
                yield f"no test is called {name}"
        if "`" not in guards:
            yield f"no test stands in: {row}"


def pages(root):
    """The project's pages, by name."""
    paths = [*root.glob("*.md"), *(root / "docs").glob("*.md"), *(root / "tests").glob("*.md"), *(root / "benchmarks").glob("*.md")]
    return {str(path.relative_to(root)): path.read_text() for path in sorted(paths)}


def quoted_tests(root, headers):
    """a column `tests` of a page names tests that exist, or is a dash"""
    tests = test_names(root)
    for page, text in pages(root).items():
        is_open = False
        for number, line in enumerate(text.splitlines(), 1):
            cells = [cell.strip() for cell in line.strip("|").split("|")] if line.startswith("|") else []
            if not cells or cells[-1] == "tests":
                is_open = bool(cells)
            elif is_open and not re.fullmatch(r"[-:| ]+", line):
                names = re.findall(r"`([^`]+)`", cells[-1])
                if not names and cells[-1] != "—":
                    yield f"{page}:{number}: neither a test nor a dash"
                yield from (f"{page}:{number}: no test is called {name}" for name in names if f'"{name}"' not in tests)


def links(root, headers):
    """every relative link of a page leads somewhere"""

    def anchors(text):
        headings = re.findall(r"^#+ +(.+)$", re.sub(r"^```.*?^```", "", text, flags=re.MULTILINE | re.DOTALL), re.MULTILINE)
        return {re.sub(r"[^\w\- ]", "", heading.lower()).replace(" ", "-") for heading in headings}

    for page, text in pages(root).items():
        for target in re.findall(r"\]\(([^)\s]+)\)", text):
            if re.match(r"[a-z]+:", target):
                continue
            name, _, anchor = target.partition("#")
            path = (root / page).parent / name if name else root / page
            if not path.exists():
                yield f"{page}: {target} is not there"
            elif anchor and anchor not in anchors(path.read_text()):
                yield f"{page}: {name or page} has no heading #{anchor}"


def quoted_names(root, headers):
    """what a page calls `Options::name`, or something::name of ours, is in a header"""
    known = set(re.findall(r"\w+", "\n".join(headers.texts.values())))
    for page, text in pages(root).items():
        for name in re.findall(r"`((?:\w+::)+\w+)`", text):
            if name.split("::")[0] not in ("std", "boost", "httplib"):
                yield from (f"{page}: {name}: no header has {part}" for part in name.split("::") if part not in known)


def examples(root, headers):
    """every example of the wire formats is one that a test makes"""
    page = pages(root).get("docs/wire_formats.md", "")
    test = root / "tests" / "wire_formats.cpp"
    made = test.read_text() if test.exists() else ""
    marked = re.findall(r"^<!-- example: (.+) -->$", page, re.MULTILINE)
    yield from (f"{name}: no test makes it" for name in marked if f'example("{name}")' not in made)
    if page.count("```text") != len(marked):
        yield "a block of text that is no example"


PROMISES = (
    nothing_virtual, stages, no_circles, umbrella, hana, lengths, shape, include_order, unfinished, versions, listed,
    own_namespaces, prior_art, quoted_tests, links, quoted_names, examples,
)  # fmt: skip


def project_files(root):
    for path in sorted(root.rglob("*")):
        inner = path.relative_to(root).parts
        if path.is_file() and not {".git", "build", "corpus", "vectors", "__pycache__"} & set(inner):
            yield path


def main(root):
    root = pathlib.Path(root).resolve()
    headers = Headers(root)
    tap = Tap()
    for promise in PROMISES:
        with tap.case(promise.__doc__):
            require(headers.texts, "no headers found")
            broken = list(promise(root, headers))
            require(not broken, "\n".join(broken))
    return tap.finish()


if __name__ == "__main__":
    sys.exit(main(*sys.argv[1:]))
