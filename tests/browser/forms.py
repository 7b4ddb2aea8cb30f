#!/usr/bin/env python3
"""The demo's forms: none acts without its session's token, and what one has done is said once. `forms.py PROGRAM…`"""

import sys

from browser import Browser
from shop import Shop, replaced, set_by
from suite import run
from tap import require

# Every form of the page, and what it would change.
FORMS = {
    "/cart": {"product": "map", "step": "5"},
    "/note": {"note": "not mine"},
    "/race": {"before": "0"},
    "/login": {"user": "Eve"},
    "/remember": {"wanted": "yes"},
    "/touch": {},
    "/refresh": {},
    "/logout": {},
}
LISTED_ONLY = {"/devices/revoke": {"handle": ""}, "/devices/revoke-others": {}}


def check_notices(demo, shop):
    with demo.case("a page that no form led to says nothing"):
        require(shop.see("notice") is None, str(shop.see("notice")))
    with demo.case("what a form has done is said on the next page"):
        require(shop.add("map").see("notice") == "Map of the coast: 1 in your cart.", str(shop.see("notice")))
    with demo.case("and once: not when the page is loaded again"):
        require(shop.open().see("notice") is None and shop.cart() == {"map": 1}, shop.browser.text())
    with demo.case("each form says its own"):
        said = [shop.add("map").see("notice"), shop.login("Ada <b>").see("notice"), shop.note("hello").see("notice")]
        require(said == ["Map of the coast: 2 in your cart.", "Welcome, Ada <b>.", "The note is stored."], str(said))
    with demo.case("one that was not seen is still there when the next page is"):
        lines = shop.post("/cart", {**FORMS["/cart"], "csrf": shop.token()}, shop.cookies())[1]
        shop.plant(set_by(lines))
        require(shop.open().see("notice") == "Map of the coast: 7 in your cart.", str(shop.see("notice")))
        require(shop.open().see("notice") is None, str(shop.see("notice")))


def check_forms(demo):
    with demo.serve() as server, Browser() as browser:
        shop = Shop(browser, server).open()
        with demo.case("a newcomer's page has no token, and no session is made for one"):
            require(shop.token() is None and not browser.cookies(), str(browser.cookies()))
        check_notices(demo, shop)
        others = shop.token()
        anonymous = shop.click("#logout").add("map").token()
        shop.login("Ada")
        with demo.case("every form that is sent has a token"):
            forms = shop.driver.find_elements("css selector", "form")
            with_token = shop.driver.find_elements("css selector", "form > input[type=hidden][name=csrf]")
            require(len(forms) == len(with_token) > 8, f"{len(with_token)} of {len(forms)}")
            require({form.get_attribute("method") for form in forms} == {"post"}, "another method")
        good = shop.token()
        wrong = {
            "without a token": {},
            "with an empty token": {"csrf": ""},
            "with another session's token": {"csrf": others},
            "with a token from before the login": {"csrf": anonymous},
            "with a token that was tampered with": {"csrf": replaced(good, 30)},
        }
        forms = FORMS if demo.in_cookie else {**FORMS, **LISTED_ONLY}
        before = shop.cookies()
        for how, token in wrong.items():
            with demo.case(f"a form {how} is refused: 403, and no cookie"):
                answers = {path: shop.post(path, {**form, **token}, before)[:2] for path, form in forms.items()}
                require(all(answer == (403, []) for answer in answers.values()), str(answers))
        with demo.case("and none of them has changed anything"):
            shop.open()
            require(shop.cart() == {"map": 1} and shop.see("note-size") == "0", browser.text())
            require(shop.see("user") == "Ada" and shop.cookies() == before, browser.text())
        with demo.case("a field that was tampered with is a 403 that says so"):
            shop.driver.execute_script("document.querySelector('.note [name=csrf]').value = 'x'")
            shop.click("#store")
            require(shop.status() == 403 and "not from a page of this session" in browser.text(), browser.text())
        with demo.case("a token is another text at each visit, and the old one stays good"):
            shop.open()
            require(shop.token() != good, "the same text")
            answer = shop.post("/cart", {**FORMS["/cart"], "csrf": good}, shop.cookies())
            require(answer[0] == 303, str(answer))


if __name__ == "__main__":
    sys.exit(run(sys.argv[1:], lambda demo: [check_forms]))
