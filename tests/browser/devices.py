#!/usr/bin/env python3
"""A user's devices in the demo: listed, and logged out from another one. `devices.py PROGRAM…`, a demo a storage."""

import sys

from browser import Browser
from shop import COOKIE, REMEMBER, Shop
from suite import NOT_FOUND, run
from tap import require

WINDOWS = "Mozilla/5.0 (Windows NT 10.0; Win64; x64; rv:128.0) Gecko/20100101 Firefox/128.0"
PHONE = "Mozilla/5.0 (iPhone; CPU iPhone OS 17_5 like Mac OS X) AppleWebKit/605.1.15 (KHTML, like Gecko) Version/17.5 Mobile/15E148 Safari/604.1"


def revoke(shop, label):
    return shop.click(f"[aria-label='Log out {label}']")


def labels(shop):
    """This device's first."""
    return [text.split("\n")[0] for text in shop.devices()]


def check_list(demo):
    with demo.serve() as server, Browser() as desk, Browser(WINDOWS) as work, Browser(PHONE) as phone:
        one, two, three = (Shop(browser, server).open() for browser in (desk, work, phone))
        with demo.case("a newcomer is shown no devices"):
            require(not one.devices() and one.see("account") is None, desk.text())
        one.add("map").login("Ada")
        with demo.case("who logs in finds this device listed, by its browser and system"):
            (listed,) = one.devices()
            require(listed.startswith("Chromium on Linux") and listed.endswith("this one"), listed)
            require(one.see("label") == "Chromium on Linux", str(one.see("label")))
        two.login("Ada", remember=True)
        three.login("Eve")
        with demo.case("and the others where the same name has logged in, no matter who else has"):
            require(labels(one.open()) == ["Chromium on Linux", "Firefox on Windows"], str(one.devices()))
            require(labels(two.open()) == ["Firefox on Windows", "Chromium on Linux"], str(two.devices()))
            require(labels(three.open()) == ["Safari on iPhone"], str(three.devices()))
            desk.screenshot(f"devices_{demo.storage}", 1280)
            desk.screenshot(f"devices_{demo.storage}_phone", 390)
        with demo.case("each can tell itself from the others, and only the others have a button"):
            mine, other = one.devices()
            require("this one" in mine and "Log out" not in mine.split("\n"), mine)
            require("this one" not in other and other.endswith("Log out"), other)
        with demo.case("one is logged out from another device"):
            require(revoke(one, "Firefox on Windows").see("notice") == "That device is logged out.", desk.text())
            require(labels(one) == ["Chromium on Linux"] and one.see("user") == "Ada", str(one.devices()))
        stolen = two.cookies()
        with demo.case("at its next click it finds itself logged out"):
            two.add("kettle")
            require(two.see("user") is None and two.cart() == {"kettle": 1} and not two.devices(), work.text())
        with demo.case("neither of its cookies opens anything any more"):
            require(stolen.keys() == {COOKIE, REMEMBER}, str(stolen.keys()))
            two.plant(stolen)
            require(two.open().see("reason") == NOT_FOUND and two.see("user") is None, str(two.see("reason")))
        with demo.case("a button for a device that was logged out meanwhile says so"):
            two.login("Ada")
            one.open()
            two.click("#logout")
            require(revoke(one, "Firefox on Windows").see("notice") == "That device was logged out already.", desk.text())
        with demo.case("logging out everywhere else spares this device, and other users"):
            two.login("Ada")
            three.click("#logout").login("Ada")
            require(len(one.open().devices()) == 3, str(one.devices()))
            one.click("#revoke-others")
            require(one.see("notice") == "Logged out everywhere else: 2 devices.", str(one.see("notice")))
            require(labels(one) == ["Chromium on Linux"] and one.cart() == {"map": 1}, desk.text())
            require(two.open().see("user") is None and three.open().see("user") is None, work.text() + phone.text())
        with demo.case("nobody ends another user's session by its handle"):
            three.login("Eve")
            form = {"handle": three.see("handle"), "csrf": one.token()}
            require(one.post("/devices/revoke", form, one.cookies())[0] == 303, "another answer")
            require(three.open().see("user") == "Eve" and one.open().see("user") == "Ada", phone.text())


def check_without_store(demo):
    with demo.serve() as server, Browser() as browser:
        shop = Shop(browser, server).open().login("Ada")
        with demo.case("the page says that a list of devices needs a store"):
            require("needs a store" in shop.see("no-devices") and not shop.devices(), browser.text())
        with demo.case("and there is nothing to revoke with"):
            answer = shop.post("/devices/revoke-others", {"csrf": shop.token()}, shop.cookies())
            require(answer[0] == 404, str(answer))


if __name__ == "__main__":
    sys.exit(run(sys.argv[1:], lambda demo: [check_without_store if demo.in_cookie else check_list]))
