#!/usr/bin/env python3
"""Many requests at once change one session of the demo: what arrives, and what the page says of it.
`race.py PROGRAM…`, a demo a storage."""

import re
import sys

from browser import Browser
from shop import Shop
from suite import run
from tap import require

RACERS = 20


def check_race(demo):
    with demo.serve() as server, Browser() as browser:
        shop = Shop(browser, server).open()
        with demo.case("without a session there is nothing to race for"):
            require(shop.see("race") is None and shop.see("race-title") == "A race", browser.text())
        shop.add("map", "kettle").click("#race")
        arrived = shop.cart().get("map", 0) - 1
        if demo.in_cookie:
            with demo.case("cookies sent at once: the page says that some may be lost, and how many arrived"):
                require(0 < arrived <= RACERS, f"{arrived} arrived")
                said = int(re.search(r"and (?:only )?(\d+|all) ", shop.see("notice"))[1].replace("all", str(RACERS)))
                require(said == arrived and "some will be lost" in browser.text(), f"{arrived}: {shop.see('notice')}")
        else:
            with demo.case(f"{RACERS} requests at once: all arrive, and the page says so"):
                require(arrived == RACERS, f"{arrived} arrived")
                require("all of them arrived: nothing is lost" in shop.see("notice"), str(shop.see("notice")))
        with demo.case("and the session goes on"):
            require(not shop.open().is_new() and shop.cart()["kettle"] == 1, str(shop.cart()))


def check_two_tabs(demo):
    with demo.serve() as server, Browser() as browser:
        shop = Shop(browser, server).open().login("Ada").add("map")
        first = shop.driver.current_window_handle
        shop.driver.switch_to.new_window("tab")
        second = shop.driver.current_window_handle
        shop.open()
        for tab in (second, first):  # each starts when it hears the word
            shop.driver.switch_to.window(tab)
            shop.leave()
            shop.driver.execute_script(
                "window.word = new BroadcastChannel('race'); word.onmessage = () => document.getElementById('race').click()"
            )
        shop.driver.execute_script("word.postMessage('go'); word.onmessage()")
        with demo.case("two tabs race for one cart: nothing is lost"):
            notices = []
            for tab in (first, second):
                shop.driver.switch_to.window(tab)
                notices.append(shop.arrive().see("notice"))
            require(shop.open().cart() == {"map": 1 + 2 * RACERS}, f"{shop.cart()}, {notices}")
            require(shop.see("user") == "Ada", str(shop.see("reason")))
        with demo.case("the last one to end says so, and neither tab has complained"):
            complaints = [entry["message"] for entry in shop.driver.get_log("browser")]
            require(any("nothing is lost" in (notice or "") for notice in notices), str(notices))
            require(not complaints, str(complaints))


if __name__ == "__main__":
    sys.exit(run(sys.argv[1:], lambda demo: [check_race] if demo.in_cookie else [check_race, check_two_tabs]))
