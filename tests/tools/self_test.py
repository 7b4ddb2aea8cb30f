#!/usr/bin/env python3
"""The checkers fail when they should: each is given what it must not let pass.

    self_test.py COMPILER...
"""

import json
import pathlib
import sys
import tempfile

import compile_fail
import docs
import promises
import readme
import tally
import tidy
from tap import Failure, Tap, require

TREE = {
    "tests/meson.build": "'version.hpp', 'cookie/jar.hpp', 'wire/frame.hpp', 'sojourn.hpp', 'main.cpp', 'wire_formats.cpp',",
    "tests/main.cpp": 'namespace shop {\n}\nnamespace {\n}\nTEST_CASE("it works")\n',
    "CONTRIBUTING.md": "# A title\n",
    "docs/wire_formats.md": "<!-- example: one -->\n```text\n00\n```\n",
    "tests/wire_formats.cpp": 'CHECK(example("one") == "00");\n',
    "docs/a.md": "# A\n\n[there](../CONTRIBUTING.md#a-title), `sojourn::text`\n\n| # | tests |\n|---|---|\n| 1 | — |\n| 1 | `it works` |\n",
    "meson.build": "  version: '1.2.3',",
    "include/sojourn/version.hpp": "#pragma once\n"
    "#define SOJOURN_VERSION_MAJOR 1\n#define SOJOURN_VERSION_MINOR 2\n#define SOJOURN_VERSION_PATCH 3\n"
    '#define SOJOURN_VERSION "1.2.3"\n',
    "include/sojourn/cookie/jar.hpp": "#pragma once\n\n#include <sojourn/version.hpp>\n\n#include <vector>\n",
    "include/sojourn/wire/frame.hpp": "#pragma once\n#include <sojourn/cookie/jar.hpp>\n"
    "// virtual, typeid and std::function are words here\n"
    'inline const char* text = "virtual";\n',
    "include/sojourn/sojourn.hpp": "#pragma once\n#include <sojourn/wire/frame.hpp>\n",
}

# promise → what breaks it: file → text put at its end.
BREACHES = (
    (promises.nothing_virtual, "include/sojourn/cookie/jar.hpp", "struct A { virtual ~A(); };\n"),
    (promises.nothing_virtual, "include/sojourn/cookie/jar.hpp", "std::function<void()> f; // 1\n"),
    (promises.stages, "include/sojourn/cookie/jar.hpp", "#include <sojourn/wire/frame.hpp>\n"),
    (promises.stages, "include/sojourn/cookie/jar.hpp", "#include <sojourn/cookie/gone.hpp>\n"),
    (promises.stages, "include/sojourn/odd.hpp", "#pragma once\n"),
    (promises.no_circles, "include/sojourn/version.hpp", "#include <sojourn/cookie/jar.hpp>\n"),
    (promises.umbrella, "include/sojourn/sojourn.hpp", "#include <sojourn/storage/redis.hpp>\n"),
    (promises.umbrella, "include/sojourn/sojourn.hpp", "#include <sojourn/http/httplib.hpp>\n"),
    (promises.hana, "include/sojourn/wire/frame.hpp", "#include <boost/hana/pair.hpp>\n"),
    (promises.lengths, "include/sojourn/wire/frame.hpp", "\n" * 300),
    (promises.shape, "include/sojourn/odd.hpp", "int a;\n#pragma once\n"),
    (promises.shape, "include/sojourn/wire/frame.hpp", "#define LEAK 1\n"),
    (promises.shape, "include/sojourn/wire/frame.hpp", "namespace sojourn {\n}\n"),
    (promises.include_order, "include/sojourn/cookie/jar.hpp", "\n#include <sojourn/error.hpp>\n"),
    (promises.include_order, "include/sojourn/cookie/jar.hpp", "#include <array>\n"),
    (promises.unfinished, "README.md", "TO" + "DO: all of it\n"),
    (promises.versions, "CHANGELOG.md", "## 1.2.4\n"),
    (promises.versions, "README.md", "programs require `sojourn/1.2.4`\n"),
    (promises.listed, "include/sojourn/wire/more.hpp", "#pragma once\n"),
    (promises.listed, "tests/wire/frame.cpp", ""),
    (promises.own_namespaces, "tests/wire/frame.cpp", "namespace shop {\n}\n"),
    (promises.prior_art, "tests/prior_art.md", "| 2 | it breaks | `a test that is gone` |\n"),
    (promises.prior_art, "tests/prior_art.md", "| 2 | it breaks | it does not |\n"),
    (promises.quoted_tests, "docs/a.md", "| 2 | `a test that is gone` |\n"),
    (promises.quoted_tests, "docs/a.md", "| 2 | surely |\n"),
    (promises.links, "docs/a.md", "[here](gone.md)\n"),
    (promises.links, "docs/a.md", "[here](../CONTRIBUTING.md#gone)\n"),
    (promises.quoted_names, "docs/a.md", "`Options::gone`\n"),
    (promises.examples, "docs/wire_formats.md", "<!-- example: other -->\n```text\n00\n```\n"),
    (promises.examples, "docs/wire_formats.md", "```text\n00\n```\n"),
)

CASES = (
    ("passes as it should", "// expect: no sessions today\n{good}", None),
    ("it compiles", "// expect: no sessions today\nint a;\n", "it compiles"),
    ("another message", "// expect: no cookies today\n{good}", "does not say"),
    ("the control fails as well", "// expect: no sessions today\nstatic_assert(false, \"no sessions today\");\n", "control"),
    ("too much talk", "// expect: no sessions today\n{good}" + "static_assert(defined_in_control);\n" * 20, "talks for"),
    ("no expectation", "{good}", "first line"),
)
GOOD = '#ifndef SOJOURN_CONTROL\nstatic_assert(false, "no sessions today");\n#else\n#define defined_in_control true\n#endif\n'

# What clang-tidy must flag, and what it must let pass.
NAMES_BAD = (
    "struct bad_name {};",
    "void BadName();",
    "enum class Kind { Bad };",
    "class Holder { int bad = 0; };",
    "template <class bad> void name();",
    "namespace Bad {}",
    "const int Bad = 1;",
    "using bad_alias = int;",
)
NAMES_GOOD = """
namespace good::inline v0 {
enum class errc { good_code };
template <class Good>
concept Small = sizeof(Good) == 1;
template <class Good>
class Holder {
public:
    using value_type = Good;
    Good value() const { return value_; }

private:
    static constexpr int good_constant = 1;
    Good value_;
};
struct Open {
    int member;
};
} // namespace good::inline v0
"""

README = "# A\n\n```cpp\nint main() { return 0; }\n```\n\n```cpp\nint a;\n```\n\n<!-- test: frame -->\n```cpp\nreturn 3;\n```\n"


DOCS = {
    "README.md": "`session.loud()`, `session.gone()`, `sessions.open()`",
    "docs/reference.dox": "/** @defgroup storages A */\n/** @defgroup ciphers B */\n/** @defgroup codecs C */\n"
    "/** @class sojourn::storage::Known\n@ingroup storages */\n",
    "include/sojourn/session.hpp": "namespace sojourn::inline v0 {\n"
    "/// See @ref no_such_page.\n"
    "class Session {\npublic:\n    /// Aloud.\n    void loud();\n    void loud(int);\n    void silent();\n"
    "private:\n    void hidden();\n};\n"
    "/// Opens.\nclass Manager {\npublic:\n    /// One.\n    auto open() const requires Session::may { return 1; }\n};\n"
    "struct Silent {};\nint quiet();\n}\n",
    "include/sojourn/storage/all.hpp": "namespace sojourn::inline v0::storage {\n"
    "/// Models `VersionedStorage`.\nclass Known {};\n/// Models `VersionedStorage`.\nclass Forgotten {};\n}\n",
}


def write(root, files):
    for name, text in files.items():
        path = root / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text)


def fails(words, function, *arguments):
    """Whether the function fails, saying the words."""
    try:
        function(*arguments)
    except Failure as failure:
        require(words in str(failure), f"it says: {failure}")
        return
    raise Failure("it passes")


def check_promises(tap):
    with tempfile.TemporaryDirectory() as folder:
        root = pathlib.Path(folder)
        write(root, TREE)
        headers = promises.Headers(root)
        for promise in promises.PROMISES:
            with tap.case(f"a good tree: {promise.__doc__}"):
                found = list(promise(root, headers))
                require(not found, "\n".join(found))
    for promise, name, text in BREACHES:
        with tap.case(f"a breach is found: {promise.__name__}, {name} with {text.strip()[:40]!r}"):
            with tempfile.TemporaryDirectory() as folder:
                root = pathlib.Path(folder)
                write(root, {**TREE, name: TREE.get(name, "") + text})
                require(list(promise(root, promises.Headers(root))), "it is not")


def check_compile_fail(tap, compiler):
    with tempfile.TemporaryDirectory() as folder:
        for name, text, complaint in CASES:
            with tap.case(f"compile-fail: {name}"):
                path = pathlib.Path(folder, "case.cpp")
                path.write_text(text.replace("{good}", GOOD))
                if complaint is None:
                    compile_fail.check(path, compiler)
                else:
                    fails(complaint, compile_fail.check, path, compiler)


def check_names(tap):
    config = pathlib.Path(__file__).parents[2] / ".clang-tidy"
    with tempfile.TemporaryDirectory() as folder:
        path = pathlib.Path(folder, "names.cpp")
        for text in (NAMES_GOOD, *NAMES_BAD):
            with tap.case(f"clang-tidy: {'good names' if text == NAMES_GOOD else text}"):
                path.write_text(text + "\n")
                if text == NAMES_GOOD:
                    tidy.check(config, path, ["-std=c++20"])
                else:
                    fails("readability-identifier-naming", tidy.check, config, path, ["-std=c++20"])


def check_readme(tap, compiler):
    with tempfile.TemporaryDirectory() as folder:
        root = pathlib.Path(folder)
        frame = "#include <cstdio>\nint main() {\n    // README\n}\n"
        write(root, {"README.md": README, "tests/readme/frame.cpp": frame})
        sources = [source for _, source, _ in readme.programs(root)]
        program = root / "program"
        with tap.case("README: an opening program that is too long is found"):
            readme.check_opening(root)
            long = root / "long"
            write(long, {"README.md": README.replace("int main", "\n" * 30 + "int main")})
            fails("31 lines", readme.check_opening, long)
        with tap.case("README: a program runs"):
            require(len(sources) == 3, f"{len(sources)} blocks")
            readme.check(sources[0], None, program, compiler, [])
        with tap.case("README: a block without a test is found"):
            fails("neither", readme.check, sources[1], None, program, compiler, [])
        with tap.case("README: a fragment runs in its frame, and its exit code counts"):
            fails("exit code 3", readme.check, sources[2], None, program, compiler, [])
        with tap.case("README: what it prints is compared"):
            talker = '#include <cstdio>\nint main() { std::puts("a"); }\n'
            readme.check(talker, "a\n", program, compiler, [])
            fails("it prints", readme.check, talker, "b\n", program, compiler, [])
        with tap.case("README: code that does not compile is found"):
            fails("error", readme.check, "int main() { return x; }\n", None, program, compiler, [])


def check_docs(tap):
    with tempfile.TemporaryDirectory() as folder:
        root = pathlib.Path(folder).resolve()
        write(root, {**DOCS, "docs/Doxyfile": (pathlib.Path(__file__).parents[2] / "docs" / "Doxyfile").read_text()})
        said = docs.run_doxygen(root, root / "out")
        reference = docs.Reference(root / "out")
        with tap.case("the reference: a warning of Doxygen's is found"):
            require("no_such_page" in said, f"it says: {said}")
        with tap.case("the reference: what has no comment is found, and what has is not"):
            found = set(docs.without_comment(reference))
            require(found == {"sojourn::Silent", "sojourn::Session::silent", "sojourn::quiet"}, f"{found}")
        with tap.case("the reference: a storage that is not on its page is found"):
            found = " ".join(docs.not_on_their_page(reference))
            require("Forgotten" in found and "Known" not in found, found)
        with tap.case("the reference: what only the README knows is found"):
            require(list(docs.not_in_the_reference(root, reference)) == ["sojourn::Session::gone"], "it is not")


def check_tally(tap):
    def count(*entries):
        with tempfile.TemporaryDirectory() as folder:
            logs = []
            for number, tests in enumerate(entries):
                path = pathlib.Path(folder, f"{number}.json")
                if tests is not None:
                    path.write_text("".join(json.dumps(test) + "\n" for test in tests))
                logs.append((f"build{number}", path))
            verdicts = tally.tally(logs)
            failed = sum(1 for where in verdicts.values() if where)
            return len(verdicts) - failed, failed

    def test(result, stdout=""):
        return {"name": "sojourn:unit / unit", "result": result, "stdout": stdout}

    good, bad = test("OK", "ok 1 - a\nok 2 - b\n1..2\n"), test("FAIL", "ok 1 - a\n# no\nnot ok 2 - b\n1..2\n")
    for name, expected, entries in (
        ("cases are counted, not tests", (2, 0), [[good]]),
        ("a case of two builds is one", (2, 0), [[good], [good]]),
        ("it fails if it fails in one", (1, 1), [[good], [bad]]),
        ("a skipped case has not passed", (1, 1), [[test("OK", "ok 1 - a\nok 2 - b # SKIP\n1..2\n")]]),
        ("a program that ends badly after its cases is a failure", (2, 1), [[test("ERROR", good["stdout"])]]),
        ("a program without cases is one", (1, 0), [[test("OK")]]),
        ("a program that says nothing and is skipped fails", (0, 1), [[test("SKIP")]]),
        ("a build without a log is a failure", (2, 1), [[good], None]),
    ):
        with tap.case(f"tally: {name}"):
            require(count(*entries) == expected, f"{count(*entries)}")


def main(*compiler):
    tap = Tap()
    check_promises(tap)
    check_compile_fail(tap, compiler)
    check_names(tap)
    check_readme(tap, compiler)
    check_docs(tap)
    check_tally(tap)
    return tap.finish()


if __name__ == "__main__":
    sys.exit(main(*sys.argv[1:]))
