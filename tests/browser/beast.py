#!/usr/bin/env python3
"""The Beast example in a real browser. `beast.py PROGRAM`"""

import sys

from browser import Browser, Server
from tap import Tap, require


def main(program):
    tap = Tap()
    with Server(program) as server, Browser() as browser:
        with tap.case("beast: visits are counted in a session"):
            visits = [browser.get(server.url) for _ in range(3)]
            require(visits == ["Visits: 1", "Visits: 2", "Visits: 3"], str(visits))
        with tap.case("beast: its cookie is as the library's defaults have it"):
            cookie = browser.cookies()["__Host-session"]
            require(cookie["httpOnly"] and cookie["secure"] and cookie["sameSite"] == "Lax", str(cookie))
        with tap.case("beast: without the cookie the count begins anew"):
            browser.clear_cookies()
            require(browser.get(server.url) == "Visits: 1", browser.text())
    return tap.finish()


if __name__ == "__main__":
    sys.exit(main(*sys.argv[1:]))
