"""The Test Anything Protocol for the scripts among the tests: one line a case. What went wrong goes to standard error,
which Meson shows.

    tap = Tap()
    with tap.case("what must hold"):
        require(2 * 2 == 4, "multiplication is broken")
    sys.exit(tap.finish())
"""

import contextlib
import sys
import traceback


class Failure(Exception):
    """A case failed, in words that need no traceback."""


def require(condition, words):
    if not condition:
        raise Failure(words)


class Tap:
    def __init__(self):
        self.count = 0
        self.failed = 0

    @contextlib.contextmanager
    def case(self, name):
        try:
            yield
        except Failure as failure:
            self._line("not ok", name, str(failure))
        except Exception:
            self._line("not ok", name, traceback.format_exc())
        else:
            self._line("ok", name, "")

    def finish(self):
        print(f"1..{self.count}", flush=True)
        return 1 if self.failed else 0

    def _line(self, verdict, name, words):
        self.count += 1
        self.failed += verdict != "ok"
        if verdict != "ok":
            print(f"{words.rstrip()}\n^ {name}\n", file=sys.stderr, flush=True)
        print(f"{verdict} {self.count} - {name.replace('#', ' ')}", flush=True)
