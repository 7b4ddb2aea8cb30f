"""The demo's shop as one uses it in the browser. `examples/shop/page.hpp` names the elements."""

import urllib.error
import urllib.parse
import urllib.request

from selenium.common.exceptions import NoSuchElementException, WebDriverException
from selenium.webdriver.support.ui import WebDriverWait

COOKIE = "__Host-shop"
REMEMBER = "__Host-shop-remember"


class NoRedirect(urllib.request.HTTPRedirectHandler):
    def redirect_request(self, *_):
        return None


class Shop:
    """What the page of `server` says in `browser`, and its buttons. A server may be started anew: the cookies stay."""

    def __init__(self, browser, server):
        self.browser = browser
        self.driver = browser.driver
        self.url = server.url

    # --- reading

    def open(self):
        """Visits the page."""
        self.browser.get(self.url)
        return self

    def see(self, element):
        """The text of the element with that id; None if there is none."""
        try:
            return self.driver.find_element("id", element).text
        except NoSuchElementException:
            return None

    def is_new(self):
        return self.see("state") == "new"

    def cart(self):
        """Product → how many of it."""
        counts = self.driver.find_elements("class name", "count")
        return {count.get_attribute("id").removeprefix("count-"): int(count.text) for count in counts}

    def token(self):
        """What proves that a form is of this page; None if no form has one."""
        fields = self.driver.find_elements("name", "csrf")
        return fields[0].get_attribute("value") if fields else None

    def devices(self):
        """The listed devices: what one sees of each."""
        return [line.text for line in self.driver.find_elements("css selector", "#devices > li")]

    def status(self):
        """The HTTP status of what is shown."""
        return self.driver.execute_script("return performance.getEntriesByType('navigation')[0].responseStatus")

    def journal(self):
        """The latest responses that the page tells of, newest first."""
        return [line.text for line in self.driver.find_elements("css selector", "#journal > li")]

    # --- acting

    def click(self, selector):
        """Clicks, and waits for the page that comes."""
        self.leave()
        self.driver.find_element("css selector", selector).click()
        return self.arrive()

    def leave(self):
        """Marks the page: what comes next is another one."""
        self.driver.execute_script("window.isLeft = true")

    def arrive(self, seconds=60):
        """Waits for the page after a marked one."""
        WebDriverWait(self.driver, seconds, poll_frequency=0.02, ignored_exceptions=[WebDriverException]).until(
            lambda driver: driver.execute_script("return !window.isLeft && document.readyState === 'complete'")
        )
        return self

    def login(self, name, remember=False):
        self.driver.find_element("name", "user").send_keys(name)
        if remember:
            self.driver.find_element("name", "remember").click()
        return self.click(".signin button")

    def add(self, *products):
        for product in products:
            self.click(f"#add-{product}")
        return self

    def note(self, text):
        area = self.driver.find_element("id", "text")
        area.clear()
        area.send_keys(text)
        return self.click("#store")

    # --- cookies

    def cookies(self):
        """Name → value."""
        return {name: cookie["value"] for name, cookie in self.browser.cookies().items()}

    def plant(self, cookies):
        """Makes these the browser's cookies."""
        self.browser.clear_cookies()
        for name, value in cookies.items():
            self.browser.set_cookie(self.url, name, value, secure=True, httpOnly=True, path="/")

    # --- without the browser

    def post(self, path, form, cookies, **headers):
        """A request of one's own: the status, the Set-Cookie lines and the text of the answer."""
        text = "; ".join(f"{name}={value}" for name, value in cookies.items())
        request = urllib.request.Request(
            self.url + path, urllib.parse.urlencode(form).encode(), {"Cookie": text, **headers}
        )
        try:
            answer = urllib.request.build_opener(NoRedirect).open(request, timeout=10)
        except urllib.error.HTTPError as error:
            answer = error
        with answer:
            return answer.status, answer.headers.get_all("Set-Cookie") or [], answer.read().decode()


def set_by(lines):
    """The cookies that Set-Cookie lines set."""
    return dict(line.split(";")[0].split("=", 1) for line in lines)


def replaced(text, index, by="A"):
    """The text with another letter at that place."""
    index %= len(text)
    return text[:index] + (by if text[index] != by else "B") + text[index + 1 :]
