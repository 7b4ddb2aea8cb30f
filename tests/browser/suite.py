"""The demos that a script is run on, a demo a storage, and the checks that it makes of each."""

import contextlib
import pathlib
import tempfile

from browser import Server
from daemons import STORES
from tap import Tap

NOT_FOUND = "the store has no such session"
RETIRED = "the id was superseded and its grace is over"


class Demo:
    """One of the demos, with a folder of its own and the server of its storage in `store`, and a browser for each group of
    cases."""

    def __init__(self, tap, program, folder):
        self.tap = tap
        self.program = program
        self.storage = pathlib.Path(program).name.removeprefix("demo").removeprefix("_") or "cookie"
        self.folder = folder
        self.sessions = folder / "sessions"
        self.store = STORES[self.storage](folder) if self.has_server else contextlib.nullcontext()
        self.secret = folder / "secret"
        self.secret.write_text("the secret of the browser tests\n")

    @property
    def in_cookie(self):
        return self.storage == "cookie"

    @property
    def has_server(self):
        """Whether its sessions lie in a server of their own."""
        return self.storage in STORES

    def case(self, name):
        return self.tap.case(f"{self.storage}: {name}")

    def serve(self, *options, secret=None):
        place = ("--store-port", self.store.port) if self.has_server else ("--directory", self.sessions)
        return Server(self.program, "--secret-file", secret or self.secret, *place, *options)


def run(programs, checks):
    """`checks(demo)` lists the functions that are for this demo; each is called with it."""
    tap = Tap()
    for program in programs:
        with tempfile.TemporaryDirectory(prefix="sojourn-demo-") as folder:
            demo = Demo(tap, program, pathlib.Path(folder))
            with demo.store:
                for check in checks(demo):
                    try:
                        check(demo)
                    except Exception:
                        with demo.case(f"{check.__name__} comes to its end"):
                            raise
    return tap.finish()
