#!/usr/bin/env python3
"""The demo in a real browser: what a session is to those who use it. `demo.py PROGRAM…`, a demo a storage."""

import concurrent.futures
import secrets
import sys
import time

from browser import Browser
from shop import COOKIE, Shop, replaced
from suite import NOT_FOUND, run
from tap import require


def check_cookie(demo):
    with demo.serve() as server, Browser() as browser:
        shop = Shop(browser, server).open()
        with demo.case("a mere visit sets no cookie"):
            require(shop.is_new() and "no session cookie" in shop.see("reason"), browser.text())
            require(not browser.cookies(), "there is one")
        with demo.case("the cookie is a session cookie, __Host-, HttpOnly, Secure, SameSite=Lax, for this host and all paths"):
            shop.add("map")
            cookies = browser.cookies()
            require(set(cookies) == {COOKIE}, str(set(cookies)))
            cookie = cookies[COOKIE]
            require(cookie["httpOnly"] and cookie["secure"] and cookie["sameSite"] == "Lax", str(cookie))
            require(cookie["session"] and cookie["path"] == "/" and cookie["domain"] == "127.0.0.1", str(cookie))
        with demo.case("scripts cannot read it, and the page does not tell it"):
            require(shop.driver.execute_script("return document.cookie") == "", "a script can")
            require(cookie["value"][:20] not in shop.driver.page_source, "the page does")
        with demo.case("who fills a cart and comes back finds it"):
            shop.add("map", "kettle")
            shop.driver.get("about:blank")
            require(shop.open().cart() == {"kettle": 1, "map": 2} and not shop.is_new(), str(shop.cart()))
            require(shop.see("total") == "€ 57.80", shop.see("total"))
            shop.click("[aria-label='Remove Travel kettle']").click("[aria-label='One Map of the coast less']")
            require(shop.cart() == {"map": 1}, str(shop.cart()))
        with demo.case("a visit that changes nothing sends no cookie"):
            before = shop.cookies()
            shop.open().open()
            require(shop.cookies() == before, "the cookie has changed")
            require(shop.journal()[0].endswith("no cookie"), shop.journal()[0])
        with demo.case("each save changes the id and the cookie, the handle stays"):
            before = shop.see("id"), shop.see("handle"), shop.cookies()
            shop.add("map")
            require(shop.see("handle") == before[1], "another handle")
            require(shop.see("id") != before[0] and shop.cookies() != before[2], "the same id")
        with demo.case("touch sends the cookie anew under the same id"):
            before = shop.see("id")
            shop.click("#touch")
            require(shop.see("id") == before and f"Set-Cookie: {COOKIE}=" in shop.journal()[1], str(shop.journal()))
        with demo.case("refresh sends nothing while nothing is due"):
            shop.click("#refresh")
            require("POST /refresh" in shop.journal()[1] and "no cookie" in shop.journal()[1], str(shop.journal()))
        with demo.case("a form of another site is refused and changes nothing"):
            before = shop.cart()
            shop.driver.get(
                f"data:text/html,<form method=post action='{server.url}/cart'><input name=product value=map>"
                "<input name=step value=1><button>Win</button></form>"
            )
            shop.click("button")
            require(shop.status() == 403, f"status {shop.status()}")
            require(shop.open().cart() == before, str(shop.cart()))


def check_login(demo):
    with demo.serve() as server, Browser() as browser:
        shop = Shop(browser, server).open().add("lantern")
        before = shop.see("id"), shop.see("handle"), shop.cookies()
        name = "Ada <script>alert('x')</script>"
        with demo.case("login keeps the cart and changes the id and the handle"):
            shop.login(name)
            require(shop.cart() == {"lantern": 1}, str(shop.cart()))
            require(shop.see("id") != before[0] and shop.see("handle") != before[1], "the same session")
        with demo.case("a name is text, whatever it says"):
            require(shop.see("user") == name, shop.see("user"))
        after = shop.cookies()
        if demo.in_cookie:
            with demo.case("the page says that a copy of the cookie survives logout"):
                require("opens until it times out" in shop.see("revokes"), shop.see("revokes"))
        else:
            with demo.case("login: the cookie from before is dead at once"):
                shop.plant(before[2])
                require(shop.open().is_new() and shop.see("reason") == NOT_FOUND, str(shop.see("reason")))
                shop.plant(after)
                require(shop.open().see("user") == name, "and so is the new one")
        with demo.case("logout takes the cookie from the browser"):
            shop.click("#logout")
            require(not browser.cookies(), str(browser.cookies()))
            require(shop.is_new() and shop.see("user") is None and shop.cart() == {}, browser.text())
        with demo.case("a copy of the cookie " + ("opens, as the page says" if demo.in_cookie else "is dead after logout")):
            shop.plant(after)
            shop.open()
            require(shop.is_new() != demo.in_cookie, f"reason {shop.see('reason')}")
        with demo.case("destroy removes every cookie, of a session that does not open too"):
            shop.plant({COOKIE: "junk", f"{COOKIE}.2": "junk", f"{COOKIE}.7": "junk"})
            shop.open().click("#destroy")
            require(not browser.cookies(), str(browser.cookies()))


def check_size(demo):
    with demo.serve() as server, Browser() as browser:
        shop = Shop(browser, server).open().note("short")
        short = shop.cookies()
        effect = "takes a second cookie, none above 4096 bytes" if demo.in_cookie else "leaves the cookie as short as it was"
        with demo.case(f"a long note {effect}"):
            shop.click("#store-long")
            require(shop.see("note-size") == "5000", shop.see("note-size"))
            sizes = {name: len(name + "=" + value) for name, value in shop.cookies().items()}
            if demo.in_cookie:
                require(sizes.keys() == {COOKIE, f"{COOKIE}.2"} and max(sizes.values()) <= 4096, str(sizes))
            else:
                require(sizes == {COOKIE: len(COOKIE + "=" + short[COOKIE])}, str(sizes))
        with demo.case("it is there at the next visit"):
            require(shop.open().see("note-size") == "5000" and not shop.is_new(), browser.text())
        if demo.in_cookie:
            long = shop.cookies()
            with demo.case("without its second cookie the session is new, with the reason"):
                shop.plant({COOKIE: long[COOKIE]})
                require(shop.open().see("reason") == "a continuation cookie is missing", str(shop.see("reason")))
            with demo.case("the first cookie of one save and the second of another are not put together"):
                shop.plant(long)
                other = shop.open().click("#store-long").cookies()
                shop.plant({COOKIE: long[COOKIE], f"{COOKIE}.2": other[f"{COOKIE}.2"]})
                require(shop.open().see("reason") == "a continuation cookie is missing", str(shop.see("reason")))
            with demo.case("a letter changed in the second cookie: a new session, with the reason"):
                shop.plant({**long, f"{COOKIE}.2": replaced(long[f"{COOKIE}.2"], 100)})
                shop.open()
                require(shop.status() == 200 and shop.is_new() and shop.see("note-size") == "0", browser.text())
                require(shop.see("reason") == "the sealed data does not open", str(shop.see("reason")))
            with demo.case("touch sends the first cookie only, and it still fits the second"):
                shop.plant(long)
                shop.open().click("#touch")
                require(shop.journal()[1].count("Set-Cookie") == 1, shop.journal()[1])
                require(shop.see("note-size") == "5000", str(shop.see("reason")))
            with demo.case("what does not fit is refused, without a cookie"):
                status, lines, page = shop.post("/note", {"note": secrets.token_urlsafe(5850), "csrf": shop.token()}, shop.cookies())
                require((status, lines) == (413, []) and "more than a session can hold" in page, f"{status}, {lines}")
        with demo.case("a short note again" + (" expires the second cookie" if demo.in_cookie else "")):
            shop.note("short & <b>sweet</b>")
            require(shop.cookies().keys() == {COOKIE}, str(shop.cookies().keys()))
            require(shop.driver.find_element("id", "text").get_attribute("value") == "short & <b>sweet</b>", "another note")


def check_tampering(demo):
    with demo.serve() as server, Browser() as browser:
        shop = Shop(browser, server).open().login("Ada")
        good, token = shop.cookies()[COOKIE], shop.token()
        forged = {
            "a letter of the header": (replaced(good, 20), "header was not made by this configuration"),
            "a letter of the MAC": (replaced(good, 90), "header was not made by this configuration"),
            "the format": (replaced(good, 0, "z"), "has a format"),
            "the key's name": (replaced(good, 4), "a key that is not in the key ring"),
            "the end": (good[:-4], "wrong length"),
            "a letter more": (good + "A", "wrong length"),
            "no base64url": ("%00" + good[3:], "not canonical base64url"),
            "junk": ("x" * 4000, "not a session of ours" if not demo.in_cookie else "has a format"),
        }
        if demo.in_cookie:
            forged["the last letter but one"] = (replaced(good, -2), "the sealed data does not open")
        for what, (value, reason) in forged.items():
            with demo.case(f"tampered cookie, {what}: a new session, with the reason"):
                shop.plant({COOKIE: value})
                shop.open()
                require(shop.status() == 200 and shop.is_new() and shop.see("user") is None, browser.text())
                require(reason in shop.see("reason"), shop.see("reason"))
        with demo.case("and one can go on from there"):
            shop.login("Grace")
            require(shop.see("user") == "Grace" and not shop.is_new(), browser.text())
        with demo.case("another cookie of the same name does not hide the good one"):
            status, lines, _ = shop.post("/touch", {"csrf": token}, {"a": f"b; {COOKIE}=junk; {COOKIE}={good}"})
            require(status == 303 and len(lines) == 1, f"{status}, {lines}")


def check_tabs(demo):
    with demo.serve() as server, Browser() as browser:
        shop = Shop(browser, server).open().login("Ada")
        first = shop.driver.current_window_handle
        shop.driver.switch_to.new_window("tab")
        second = shop.driver.current_window_handle
        with demo.case("two tabs share the cart"):
            shop.open().add("map")
            shop.driver.switch_to.window(first)
            shop.add("kettle")  # its page knows of no map
            require(shop.cart() == {"map": 1, "kettle": 1}, str(shop.cart()))
        if not demo.in_cookie:
            with demo.case("no update is lost: four requests at once, all of them count"):
                cookies = shop.cookies()
                with concurrent.futures.ThreadPoolExecutor(4) as pool:
                    products = ("blanket", "lantern", "kettle", "map")
                    forms = [{"product": product, "step": 5, "csrf": shop.token()} for product in products]
                    answers = list(pool.map(lambda form: shop.post("/cart", form, cookies), forms))
                require(all(status == 303 for status, _, _ in answers), str(answers))
                expected = {"blanket": 5, "lantern": 5, "kettle": 6, "map": 6}
                require(shop.open().cart() == expected and not shop.is_new(), str(shop.cart()))
            with demo.case("and each of their cookies opens the session"):
                for _, (line,), _ in answers:
                    shop.plant({COOKIE: line.split(";")[0].split("=")[1]})
                    require(shop.open().see("user") == "Ada", str(shop.see("reason")))
        with demo.case("who logs out in one tab is logged out in the other"):
            shop.click("#logout")
            shop.driver.switch_to.window(second)
            shop.add("lantern")  # its page still shows Ada
            require(shop.see("user") is None and shop.cart() == {"lantern": 1}, browser.text())


def check_page(demo):
    with demo.serve() as server, Browser() as browser:
        shop = Shop(browser, server).open()
        browser.screenshot(f"demo_{demo.storage}_new", 1280)
        shop.login("Ada Lovelace").add("blanket", "kettle", "kettle").note("Third door on the left, knock twice.")
        if demo.in_cookie:
            shop.click("#store-long")
        with demo.case("screenshots, on a desk and on a phone"):
            browser.screenshot(f"demo_{demo.storage}_desktop", 1280)
            browser.screenshot(f"demo_{demo.storage}_dark", 1280, dark=True)
            browser.screenshot(f"demo_{demo.storage}_phone", 390)
        with demo.case("the browser has nothing to complain of"):
            complaints = [entry["message"] for entry in shop.driver.get_log("browser")]
            require(not complaints, str(complaints))
        with demo.case("it fits a phone without scrolling sideways"):
            require(browser.fits(390) and browser.fits(320), "it does not")
        with demo.case("all that one can operate has a name to be called by"):
            nodes = shop.driver.execute_cdp_cmd("Accessibility.getFullAXTree", {})["nodes"]
            roles = ("button", "textbox", "checkbox", "switch", "link", "timer", "progressbar", "region")
            found = [node for node in nodes if node.get("role", {}).get("value") in roles]
            nameless = [node["role"]["value"] for node in found if not node.get("name", {}).get("value")]
            require(len(found) > 20 and not nameless, f"{len(found)} found, without a name: {nameless}")
        with demo.case("a page that is not there is a 404"):
            browser.get(server.url + "/elsewhere")
            require(shop.status() == 404 and "not a page of the shop" in browser.text(), browser.text())
        with demo.case("it works without JavaScript"):
            shop.driver.execute_cdp_cmd("Emulation.setScriptExecutionDisabled", {"value": True})
            shop.open().add("map")
            require(shop.cart() == {"blanket": 1, "kettle": 2, "map": 1}, str(shop.cart()))
            idling = shop.see("idling")
            time.sleep(1.5)
            require(shop.see("idling") == idling, "the script runs")


def checks(demo):
    about_the_store = [check_cookie, check_login, check_size, check_tabs]
    return about_the_store if demo.has_server else [*about_the_store, check_tampering, check_page]


if __name__ == "__main__":
    sys.exit(run(sys.argv[1:], checks))
