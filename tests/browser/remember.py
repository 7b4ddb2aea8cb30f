#!/usr/bin/env python3
"""Remember-me in the demo: a browser that is closed and opened again, and copies of what it keeps.
`remember.py PROGRAM…`, a demo a storage."""

import sys
import time

from browser import Browser
from shop import COOKIE, REMEMBER, Shop, set_by
from suite import NOT_FOUND, RETIRED, run
from tap import require

WEEK = 7 * 24 * 3600
STALE = 2


def without_session(shop):
    return {REMEMBER: shop.cookies()[REMEMBER]}


def check_reopened(demo):
    with demo.serve("--stale", STALE) as server, Browser() as browser:
        shop = Shop(browser, server).open().add("map").login("Ada", remember=True)
        with demo.case("who ticks the box gets a second cookie, persistent, with the attributes of the first"):
            cookies = browser.cookies()
            require(cookies.keys() == {COOKIE, REMEMBER}, str(cookies.keys()))
            first, second = cookies[COOKIE], cookies[REMEMBER]
            require(second["httpOnly"] and second["secure"] and second["sameSite"] == "Lax", str(second))
            require(second["path"] == "/" and second["domain"] == first["domain"] == "127.0.0.1", str(second))
            require(first["session"] and not second["session"], f"{first}, {second}")
            require(WEEK - 600 < second["expires"] - time.time() <= WEEK + 1, f"expires {second['expires']}")
        with demo.case("the page knows, and says nothing of a restored session yet"):
            switch = shop.driver.find_element("id", "remember")
            require(switch.get_attribute("aria-checked") == "true" and shop.see("restored") is None, browser.text())
        before = shop.cookies()
        browser.reopen()
        shop = Shop(browser, server)
        with demo.case("closed and opened again, the browser has the second cookie only"):
            require(shop.cookies() == {REMEMBER: before[REMEMBER]}, str(shop.cookies().keys()))
        with demo.case("the session is restored, and the page says so"):
            shop.open()
            require(shop.see("user") == "Ada" and shop.cart() == {"map": 1}, browser.text())
            require(shop.see("state") == "restored" and "remember cookie" in shop.see("restored"), browser.text())
            browser.screenshot(f"remember_{demo.storage}", 1280)
        with demo.case("both cookies are new"):
            after = shop.cookies()
            require(after.keys() == before.keys(), str(after.keys()))
            require(after[COOKIE] != before[COOKIE] and after[REMEMBER] != before[REMEMBER], "one is not")
        with demo.case("from here on it is a session like any other, and says it was restored no more"):
            require(shop.open().see("state") == "continued" and shop.see("restored") is None, browser.text())
            require(shop.add("map").cart() == {"map": 2} and shop.see("user") == "Ada", browser.text())
        with demo.case("when its time is over while a page is open, a form restores it, and the next page says so"):
            lines = shop.post("/cart", {"product": "map", "step": 1, "csrf": shop.token()}, without_session(shop))[1]
            shop.plant(set_by(lines))
            require(shop.open().see("restored") is not None and shop.cart() == {"map": 3}, browser.text())
        if not demo.in_cookie:
            check_stolen(demo, shop, before[REMEMBER])


def check_stolen(demo, shop, stolen):
    """A remember cookie that was copied before it was replaced. Its grace began when its successor came back."""
    owned = shop.cookies()
    with demo.case("stolen and replaced since, the cookie restores nobody once its grace has passed"):
        time.sleep(STALE + 1.5)
        shop.plant({REMEMBER: stolen})
        require(shop.open().is_new() and shop.see("user") is None and shop.cart() == {}, shop.browser.text())
        require(shop.see("reason") == RETIRED, str(shop.see("reason")))
    with demo.case("the owner is still remembered"):
        shop.plant({REMEMBER: owned[REMEMBER]})
        require(shop.open().see("user") == "Ada" and shop.cart() == {"map": 3}, str(shop.see("reason")))


def check_choice(demo):
    with demo.serve() as server, Browser() as browser:
        shop = Shop(browser, server).open().add("map").login("Ada")
        with demo.case("who does not tick the box has a session cookie only"):
            require(browser.cookies().keys() == {COOKIE}, str(browser.cookies().keys()))
        browser.reopen()
        with demo.case("and starts anew when the browser is opened again"):
            shop = Shop(browser, server).open()
            require(shop.is_new() and shop.see("user") is None and shop.cart() == {}, browser.text())
        shop.login("Ada")
        with demo.case("the switch remembers a session that had begun without"):
            shop.click("#remember")
            require(browser.cookies().keys() == {COOKIE, REMEMBER}, str(browser.cookies().keys()))
            require(shop.see("notice") == "You will be remembered on this device.", str(shop.see("notice")))
        copied = shop.cookies()[REMEMBER]
        with demo.case("and takes the cookie away again"):
            shop.click("#remember")
            require(browser.cookies().keys() == {COOKIE}, str(browser.cookies().keys()))
            require(shop.see("user") == "Ada" and not shop.is_new(), browser.text())
        effect = "still restores, as a copy of any cookie does here" if demo.in_cookie else "restores nobody"
        with demo.case(f"a copy of it {effect}"):
            shop.plant({REMEMBER: copied})
            require((shop.open().see("user") == "Ada") == demo.in_cookie, str(shop.see("reason")))
        if demo.in_cookie:
            shop.click("#logout")
        shop.login("Ada", remember=True)
        copied = shop.cookies()[REMEMBER]
        with demo.case("logout takes both cookies from the browser"):
            shop.click("#logout")
            require(not browser.cookies() and shop.see("user") is None, str(browser.cookies()))
        with demo.case(f"after it, a copy of the remember cookie {effect}"):
            shop.plant({REMEMBER: copied})
            shop.open()
            require((shop.see("user") == "Ada") == demo.in_cookie, browser.text())
            require(demo.in_cookie or shop.see("reason") == NOT_FOUND, str(shop.see("reason")))


def check_size(demo):
    """The cookie storage keeps the session in both cookies, and the server reads header lines of 8192 bytes."""
    with demo.serve() as server, Browser() as browser:
        shop = Shop(browser, server).open().login("Ada", remember=True)
        with demo.case("remembered, a long note does not fit: it is refused, and the next request still goes through"):
            shop.click("#store-long")
            require(shop.status() == 413 and "takes its place twice" in browser.text(), browser.text())
            require(shop.open().status() == 200 and shop.see("note-size") == "0", browser.text())
        with demo.case("nor can who has a long note be remembered"):
            shop.click("#remember").click("#store-long")
            require(shop.see("note-size") == "5000", browser.text())
            shop.click("#remember")
            require(shop.status() == 413 and shop.open().see("note-size") == "5000", browser.text())
            require(REMEMBER not in browser.cookies(), str(browser.cookies().keys()))


if __name__ == "__main__":
    sys.exit(run(sys.argv[1:], lambda demo: [check_reopened, check_choice, *([check_size] if demo.in_cookie else [])]))
