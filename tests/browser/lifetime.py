#!/usr/bin/env python3
"""How long the demo's sessions live: time-outs, the grace of replaced ids, a server that ends, a store that fails.
`lifetime.py PROGRAM…`, a demo a storage."""

import shutil
import sys
import time

from browser import Browser
from shop import Shop
from suite import NOT_FOUND, RETIRED, run
from tap import require


def check_time(demo):
    with demo.serve("--idling", 3, "--touch-threshold", 0) as server, Browser() as browser:
        shop = Shop(browser, server).open().login("Ada")
        with demo.case("who comes by often enough stays, longer than the idling timeout"):
            for _ in range(4):
                time.sleep(1.6)
                require(not shop.open().is_new(), str(shop.see("reason")))
        with demo.case("the time left runs down before one's eyes"):
            require(shop.see("idling") in ("3 s", "2 s", "1 s"), shop.see("idling"))
            time.sleep(4.2)
            require(shop.see("idling") == "over", shop.see("idling"))
        with demo.case("who idles for too long finds a new session, with the reason"):
            require(shop.open().is_new() and shop.see("reason") == "the session idled for too long", browser.text())
            require(shop.see("user") is None, "still logged in")
    with demo.serve("--rolling", 8, "--absolute", 15, "--idling", 0) as server, Browser() as browser:
        shop = Shop(browser, server).open().login("Ada")
        began = time.monotonic()
        until = lambda moment: time.sleep(max(0, began + moment - time.monotonic()))
        with demo.case("a timeout that is switched off is shown as off"):
            require(shop.see("idling") is None and "idling from the last activity\noff" in browser.text(), browser.text())
        with demo.case("a visit in the last quarter of the rolling timeout renews the id"):
            before = shop.see("id"), shop.cookies()
            until(4)
            require(shop.open().see("id") == before[0] and shop.cookies() == before[1], "renewed early")
            until(7.4)
            require(shop.open().see("user") == "Ada", str(shop.see("reason")))
            require(shop.see("id") != before[0] and shop.cookies() != before[1], "not renewed")
        with demo.case("and the session lives on past the first rolling timeout"):
            until(11)
            require(shop.open().see("user") == "Ada", str(shop.see("reason")))
        with demo.case("the absolute timeout ends it all the same"):
            until(16.4)
            require(shop.open().see("reason") == "the session reached its greatest age", str(shop.see("reason")))
    with demo.serve("--rolling", 2, "--idling", 0) as server, Browser() as browser:
        with demo.case("a session that nobody renews ends with the rolling timeout"):
            shop = Shop(browser, server).open().login("Ada")
            time.sleep(3.2)
            require(shop.open().see("reason") == "the session was not renewed in time", str(shop.see("reason")))


def check_restart(demo):
    with Browser() as browser:
        with demo.serve() as server:
            Shop(browser, server).open().login("Ada").add("map")
        with demo.case("the server ends in peace when it is told to"):
            require(server.process.returncode == 0, f"exit code {server.process.returncode}")
        fate = "is gone" if demo.storage == "memory" else "is still there"
        with demo.case(f"the server is started anew: the session {fate}"):
            with demo.serve() as server:
                shop = Shop(browser, server).open()
                if demo.storage == "memory":
                    require(shop.status() == 200 and shop.see("reason") == NOT_FOUND, str(shop.see("reason")))
                    shop.login("Ada").add("map")  # and one can go on
                require(shop.open().see("user") == "Ada" and shop.cart() == {"map": 1}, str(shop.see("reason")))
        with demo.case("with another secret it opens no session of the first"):
            other = demo.secret.with_name("another secret")
            other.write_text("a secret of somebody else")
            with demo.serve(secret=other) as server:
                shop = Shop(browser, server).open()
                require("a key that is not in the key ring" in shop.see("reason"), browser.text())


def check_grace(demo):
    """An id that a save has replaced. Its grace begins once its successor has come back."""
    with demo.serve("--stale", 3) as server, Browser() as browser:
        shop = Shop(browser, server).open().login("Ada")
        copied = shop.cookies()
        shop.add("map").add("map")
        newest = shop.cookies()
        with demo.case("a replaced id is good for a grace, so that parallel requests do not fail"):
            shop.plant(copied)
            require(shop.open().see("user") == "Ada" and shop.cart() == {"map": 2}, str(shop.see("reason")))
        with demo.case("after its grace it opens nothing, and is told apart from an unknown one"):
            time.sleep(4.2)
            shop.plant(copied)
            require(shop.open().see("reason") == RETIRED, str(shop.see("reason")))
            require(shop.see("user") is None and shop.cart() == {}, browser.text())
        with demo.case("the newest id stays good"):
            shop.plant(newest)
            require(shop.open().see("user") == "Ada" and shop.cart() == {"map": 2}, str(shop.see("reason")))


def check_outage(demo):
    away = demo.sessions.with_name("away")
    with demo.serve() as server, Browser() as browser:
        shop = Shop(browser, server).open().login("Ada").add("map")
        before = shop.cookies()
        with demo.case("the folder is a file: 503, and the browser keeps its cookie"):
            demo.sessions.rename(away)
            demo.sessions.write_text("in its way")
            shop.open()
            require(shop.status() == 503 and "your browser keeps its cookie" in browser.text(), browser.text())
            require(shop.cookies() == before, "the cookie has changed")
            browser.screenshot("demo_unavailable", 1280)
        with demo.case("a form is answered alike, without a cookie"):
            require(shop.post("/cart", {"product": "map", "step": 1}, before)[:2] == (503, []), "another answer")
            require(shop.post("/logout", {}, before)[:2] == (503, []), "another answer to a logout")
        with demo.case("a newcomer can look around, but a save is a 503"), Browser() as other:
            newcomer = Shop(other, server).open()
            require(newcomer.status() == 200 and newcomer.is_new(), other.text())
            newcomer.click("#add-map")
            require(newcomer.status() == 503 and not other.cookies(), other.text())
        with demo.case("once repaired, the session is there as it was, and goes on"):
            demo.sessions.unlink()
            away.rename(demo.sessions)
            require(shop.open().see("user") == "Ada" and shop.cart() == {"map": 1}, str(shop.see("reason")))
            require(shop.add("map").cart() == {"map": 2} and shop.see("user") == "Ada", str(shop.see("reason")))
        with demo.case("a record of junk: a new session, with the reason, and one can go on"):
            for path in [path for path in demo.sessions.rglob("*") if path.is_file()]:
                path.write_bytes(b"junk" * 100)
            require(shop.open().status() == 200 and shop.see("reason") == NOT_FOUND, browser.text())
            require(shop.login("Ada").see("user") == "Ada", browser.text())
        with demo.case("without the folder there is no session, and a new one makes the folder anew"):
            shutil.rmtree(demo.sessions)
            require(shop.open().see("reason") == NOT_FOUND, str(shop.see("reason")))
            require(shop.login("Grace").see("user") == "Grace" and demo.sessions.is_dir(), browser.text())


def check_store(demo):
    """The store's server hangs, and ends."""
    with demo.serve() as server, Browser() as browser:
        shop = Shop(browser, server).open().login("Ada").add("map")
        before = shop.cookies()
        with demo.case("its server hangs: 503 in a while, and the browser keeps its cookie"):
            demo.store.freeze()
            shop.open()
            require(shop.status() == 503 and "your browser keeps its cookie" in browser.text(), browser.text())
            require(shop.cookies() == before, "the cookie has changed")
        with demo.case("it goes on, and so does the session"):
            demo.store.thaw()
            require(shop.open().see("user") == "Ada" and shop.cart() == {"map": 1}, str(shop.see("reason")))
            require(shop.add("map").cart() == {"map": 2}, browser.text())
        with demo.case("it is gone: a form is a 503, and sets no cookie"):
            demo.store.kill()
            require(shop.post("/cart", {"product": "map", "step": 1}, shop.cookies())[:2] == (503, []), "another answer")
        fate = "and has kept the session" if demo.storage == "redis" else "without the session, and one can begin anew"
        with demo.case(f"it is back, {fate}"):
            require(demo.store.start(), "it does not start")
            if demo.storage == "memcached":
                require(shop.open().see("reason") == NOT_FOUND, str(shop.see("reason")))
                shop.login("Ada").add("map").add("map")
            require(shop.open().see("user") == "Ada" and shop.cart() == {"map": 2}, str(shop.see("reason")))


def checks(demo):
    only_here = {
        "cookie": [check_time],
        "memory": [check_grace, check_time],
        "file": [check_grace, check_outage, check_time],
        "redis": [check_store],
        "memcached": [check_store],
    }
    return [check_restart, *only_here[demo.storage]]


if __name__ == "__main__":
    sys.exit(run(sys.argv[1:], checks))
