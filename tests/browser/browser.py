"""A server and a real browser for a test, both gone when the test ends.

    with Server("build/…/examples/demo") as server, Browser() as browser:
        browser.get(server.url)
        browser.cookies()["__Host-session"]["httpOnly"]
        browser.reopen()
        browser.screenshot("demo")
"""

import pathlib
import re
import shutil
import socket
import subprocess
import sys
import tempfile
import threading

sys.path.insert(0, str(pathlib.Path(__file__).parent.parent / "tools"))

from selenium import webdriver
from selenium.webdriver.chrome.service import Service

SCREENSHOTS = pathlib.Path(__file__).parents[2] / "build" / "screenshots"


def free_port():
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]


class Server:
    """Runs `command… --port N` and waits for its line `listening on http://127.0.0.1:N`.

    `url` is that address; `port`, its port, which it gets again if it is started again. `output` collects what the server
    prints.
    """

    def __init__(self, *command, seconds=20):
        self.command = [str(word) for word in command]
        self.seconds = seconds
        self.output = []
        self.port = None

    def __enter__(self):
        return self.start()

    def start(self):
        command = [*self.command, "--port", str(self.port or free_port())]
        self.process = subprocess.Popen(
            command, stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True
        )
        self.url = None
        self.known = threading.Event()
        self.reader = threading.Thread(target=self._read, daemon=True)
        self.reader.start()
        self.known.wait(self.seconds)
        if self.url is None:
            self.__exit__()
            raise RuntimeError(f"{' '.join(command)} does not listen:\n{''.join(self.output)}")
        self.port = int(self.url.rsplit(":", 1)[1])
        return self

    def __exit__(self, *_):
        self.process.terminate()
        try:
            self.process.wait(5)
        except subprocess.TimeoutExpired:
            self.process.kill()
            self.process.wait()
        self.reader.join(5)

    def kill(self):
        """As if its machine had gone."""
        self.process.kill()
        self.process.wait()

    def _read(self):
        for line in self.process.stdout:
            self.output.append(line)
            if self.url is None and (found := re.search(r"listening on (http://[\w.]+:\d+)", line)):
                self.url = found[1]
                self.known.set()
        self.known.set()  # it has ended


class Browser:
    """Headless Chromium with a fresh profile; with a `user_agent`, it says that it is that. `driver` is Selenium's own, for
    all that is not below."""

    def __init__(self, user_agent=None):
        self.user_agent = user_agent

    def __enter__(self):
        self.profile = tempfile.mkdtemp(prefix="sojourn-browser-")
        try:
            self._start()
        except BaseException:
            shutil.rmtree(self.profile, ignore_errors=True)
            raise
        return self

    def __exit__(self, *_):
        try:
            self.driver.quit()
        finally:
            shutil.rmtree(self.profile, ignore_errors=True)

    def _start(self):
        options = webdriver.ChromeOptions()
        options.binary_location = shutil.which("chromium")
        for argument in (
            "--headless=new",
            "--no-sandbox",
            "--disable-gpu",
            "--disable-dev-shm-usage",
            "--disable-quic",
            "--no-first-run",
            "--disable-background-networking",
            "--disable-component-update",
            "--disable-sync",
            "--password-store=basic",
            "--window-size=1000,700",
            f"--user-data-dir={self.profile}",
            *([f"--user-agent={self.user_agent}"] if self.user_agent else []),
        ):
            options.add_argument(argument)
        self.driver = webdriver.Chrome(options=options, service=Service(shutil.which("chromedriver")))
        self.driver.set_page_load_timeout(30)

    def reopen(self):
        """Closes it as its user does, so that it writes down what it is to keep, and opens it with the same profile."""
        self.driver.quit()
        self._start()

    def get(self, url):
        """Opens the page and returns the text one sees on it."""
        self.driver.get(url)
        return self.text()

    def text(self):
        return self.driver.find_element("tag name", "body").text

    def cookies(self):
        """All cookies of the profile, HttpOnly ones too: name → attributes as the DevTools protocol names them
        (value, domain, path, expires, httpOnly, secure, session, sameSite, priority, partitionKey)."""
        found = self.driver.execute_cdp_cmd("Network.getAllCookies", {})["cookies"]
        return {cookie["name"]: cookie for cookie in found}

    def set_cookie(self, url, name, value, **attributes):
        """Plants a cookie, as an attacker or an old release would have."""
        done = self.driver.execute_cdp_cmd("Network.setCookie", {"url": url, "name": name, "value": value, **attributes})
        if not done["success"]:
            raise RuntimeError(f"the browser refuses the cookie {name}")

    def clear_cookies(self):
        self.driver.execute_cdp_cmd("Network.clearBrowserCookies", {})

    def screenshot(self, name, width=None, dark=False):
        """What the window shows; with a width, the whole page on a screen that wide, 390 is a phone."""
        SCREENSHOTS.mkdir(parents=True, exist_ok=True)
        path = SCREENSHOTS / f"{name}.png"
        send = self.driver.execute_cdp_cmd
        send("Emulation.setEmulatedMedia", {"features": [{"name": "prefers-color-scheme", "value": "dark" if dark else "light"}]})
        if width:
            screen = {"width": width, "deviceScaleFactor": 1, "mobile": width < 600}
            send("Emulation.setDeviceMetricsOverride", {**screen, "height": 800})
            height = self.driver.execute_script("return document.documentElement.scrollHeight")
            send("Emulation.setDeviceMetricsOverride", {**screen, "height": height})
        done = self.driver.save_screenshot(str(path))
        if width:
            send("Emulation.clearDeviceMetricsOverride", {})
        if not done:
            raise RuntimeError(f"no screenshot {path}")
        return path

    def fits(self, width):
        """Whether the page is no wider than a screen of that width, so that nobody scrolls sideways."""
        screen = {"width": width, "height": 800, "deviceScaleFactor": 1, "mobile": True}
        self.driver.execute_cdp_cmd("Emulation.setDeviceMetricsOverride", screen)
        wide = self.driver.execute_script("return document.documentElement.scrollWidth")
        self.driver.execute_cdp_cmd("Emulation.clearDeviceMetricsOverride", {})
        return wide <= width
