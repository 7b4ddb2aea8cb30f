#!/usr/bin/env python3
"""Two instances of a demo behind nginx, on one store: one dies while a browser's session goes on. `nginx.py PROGRAM…`, a demo
a storage that several machines can share."""

import contextlib
import re
import signal
import sys
import time

from browser import Browser
from daemons import nginx
from shop import Shop
from suite import run
from tap import require

RACERS = 20
CONNECTIONS = 6  # that Chromium makes to a server at most


def come_true(is_so, what, seconds=60):
    end = time.monotonic() + seconds
    while not is_so():
        require(time.monotonic() < end, f"never: {what}")
        time.sleep(0.01)


class Pair:
    """Two instances, the nginx in front of them, and a browser that has come there."""

    def __init__(self, demo):
        self.demo = demo

    def __enter__(self):
        with contextlib.ExitStack() as stack:
            self.instances = [stack.enter_context(self.demo.serve()) for _ in range(2)]
            self.front = stack.enter_context(nginx(self.demo.folder, self.instances))
            self.url = f"http://127.0.0.1:{self.front.port}"
            self.shop = Shop(stack.enter_context(Browser()), self).open()
            self.end = stack.pop_all().close
        return self

    def __exit__(self, *_):
        self.end()

    def answers(self):
        """`STATUS METHOD PATH INSTANCES` of each answer so far, in nginx's words."""
        return (self.front.folder / "access.log").read_text().splitlines()

    def changes(self):
        """How many changes of the cart have been answered well."""
        return sum(answer.startswith("303 POST /cart") for answer in self.answers())


def address(instance):
    return f"127.0.0.1:{instance.port}"


def add_until_seen(shop, instance):
    """Adds maps until a page is that instance's, and returns how many."""
    end = time.monotonic() + 60
    count = 0
    while count == 0 or shop.see("instance") != address(instance):
        require(time.monotonic() < end, f"no page from {address(instance)}")
        shop.add("map")
        count += 1
    return count


def check_kill(demo):
    with Pair(demo) as pair:
        first, second = pair.instances
        shop = pair.shop.add("kettle").login("Ada")
        handle = shop.see("handle")
        maps = 0

        def require_all(words):
            require(shop.status() == 200 and shop.see("user") == "Ada" and shop.see("handle") == handle, shop.browser.text())
            require(shop.cart() == {"kettle": 1, "map": maps}, f"{words}: {shop.cart()}, not {maps} maps")

        with demo.case("nginx: two instances take turns, and both know the session"):
            for instance in (first, second, first):
                maps += add_until_seen(shop, instance)
                require_all(address(instance))
            shop.browser.screenshot(f"nginx_{demo.storage}", 1280)
        with demo.case("nginx: one is killed: the session goes on at the other, complete"):
            first.kill()
            for _ in range(4):
                maps += 1
                shop.add("map")
                require_all("killed")
                require(shop.see("instance") == address(second), shop.see("instance"))
        with demo.case("nginx: started again it takes part, and knows what happened meanwhile"):
            first.start()
            maps += add_until_seen(shop, first)
            require_all("started again")
        with demo.case("nginx: the other one is killed in turn, and nothing was only there"):
            second.kill()
            require(shop.open().see("instance") == address(first), shop.see("instance"))
            require_all("the other one")
            second.start()
            maps += add_until_seen(shop, second)
            require_all("both again")
        with demo.case("nginx: nobody was shown an error, and some requests went to both"):
            answers = pair.answers()
            errors = [answer for answer in answers if not answer.startswith(("2", "3"))]
            require(not errors, f"{errors}")
            require(any(address(first) in answer and address(second) in answer for answer in answers), "no request did")


def check_race(demo):
    """Requests are under way when an instance dies: the browser is told which of them were answered."""
    with Pair(demo) as pair:
        first, _ = pair.instances
        shop = pair.shop.add("map").login("Ada")

        def race(sent, until, kill):
            """How many requests arrived, and how many met an error, as the page has it."""
            before, changes = shop.cart()["map"], pair.changes()
            shop.leave()
            shop.driver.execute_script("document.querySelector('form.race').elements.racers.value = arguments[0]", sent)
            shop.driver.find_element("id", "race").click()
            come_true(lambda: pair.changes() >= changes + until, f"{until} answers")
            kill()
            require(pair.changes() < changes + sent, "the race was over already")
            shop.arrive()
            require(shop.status() == 200 and shop.see("user") == "Ada", shop.browser.text())
            arrived = shop.cart()["map"] - before
            notice = shop.see("notice")
            if f"{sent} requests at once, and all of them arrived: nothing is lost" in notice:
                return arrived, 0
            found = re.fullmatch(
                rf"{sent} requests at once, and {arrived} arrived\. (\d+) met an error; nothing that was answered is lost\.", notice
            )
            require(found, f"{arrived} arrived: {notice}")
            return arrived, int(found[1])

        with demo.case("nginx: an instance dies over requests that it had not begun: all others arrive, and the page says so"):
            first.process.send_signal(signal.SIGSTOP)
            arrived, errors = race(RACERS, until=3, kill=first.kill)
            require(0 < errors <= CONNECTIONS and arrived == RACERS - errors, f"{arrived} arrived, {errors} errors")
            shop.browser.screenshot(f"nginx_{demo.storage}_race", 1280)
        first.start()
        add_until_seen(shop, first)
        with demo.case("nginx: an instance dies in the midst of a race: all that was answered has arrived"):
            arrived, errors = race(10 * RACERS, until=2 * RACERS, kill=first.kill)
            require(errors <= CONNECTIONS, f"{errors} errors")
            require(10 * RACERS - errors <= arrived <= 10 * RACERS, f"{arrived} arrived, {errors} errors")
        with demo.case("nginx: and the session goes on"):
            before = shop.cart()["map"]
            require(shop.add("map").cart() == {"map": before + 1} and shop.see("user") == "Ada", shop.browser.text())


if __name__ == "__main__":
    sys.exit(run(sys.argv[1:], lambda _: [check_kill, check_race]))
