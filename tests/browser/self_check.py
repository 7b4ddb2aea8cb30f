#!/usr/bin/env python3
"""The harness itself, and the ground the browser tests stand on: what Chromium does with cookies of a plain-HTTP server
on the own machine. Secure ones, `__Host-` included, are kept and sent back for both names of it."""

import http.server
import sys

from browser import Browser, Server
from tap import Tap, require

COOKIES = (
    "plain=1; Path=/; SameSite=Lax",
    "hidden=1; Path=/; HttpOnly; SameSite=Strict; Max-Age=600; Priority=High",
    "secure=1; Path=/; Secure; SameSite=None",
    "__Secure-kept=1; Path=/; Secure",
    "__Host-kept=1; Path=/; Secure; HttpOnly",
    "__Host-partitioned=1; Path=/; Secure; SameSite=None; Partitioned",
    # and what a browser must refuse
    "__Host-insecure=1; Path=/",
    "__Host-elsewhere=1; Path=/elsewhere; Secure",
    "__Secure-insecure=1; Path=/",
    "large=" + "x" * 4096 + "; Path=/",
)
KEPT = {"plain", "hidden", "secure", "__Secure-kept", "__Host-kept", "__Host-partitioned"}


class Handler(http.server.BaseHTTPRequestHandler):
    """Shows the Cookie header that came; /set sets them all."""

    def do_GET(self):
        self.send_response(200)
        self.send_header("Content-Type", "text/plain")
        for cookie in COOKIES if self.path == "/set" else ():
            self.send_header("Set-Cookie", cookie)
        self.end_headers()
        self.wfile.write(f"Cookie: {self.headers.get('Cookie', 'none')}".encode())

    def log_message(self, *_):
        pass


def serve(port):
    with http.server.ThreadingHTTPServer(("127.0.0.1", port), Handler) as server:
        print(f"listening on http://127.0.0.1:{port}", flush=True)
        server.serve_forever()


def check_host(tap, server, host):
    with Browser() as browser:
        url = f"http://{host}:{server.port}"
        with tap.case(f"{host}: a fresh profile sends no cookie"):
            require(browser.get(url) == "Cookie: none", browser.text())
        with tap.case(f"{host}: Secure and __Host- cookies are kept over plain HTTP, unlawful ones are not"):
            browser.get(f"{url}/set")
            kept = browser.cookies()
            require(set(kept) == KEPT, f"kept {sorted(kept)}")
            require(kept["__Host-kept"]["secure"] and kept["__Host-kept"]["httpOnly"], str(kept["__Host-kept"]))
            require(kept["hidden"]["sameSite"] == "Strict" and kept["hidden"]["priority"] == "High", str(kept["hidden"]))
            require(not kept["hidden"]["session"] and kept["plain"]["session"], "Max-Age is not seen")
        with tap.case(f"{host}: they come back"):
            browser.get(url)
            sent = {pair.split("=")[0] for pair in browser.text().removeprefix("Cookie: ").split("; ")}
            require(sent == KEPT, f"sent {sorted(sent)}")
        with tap.case(f"{host}: closed and opened again, it has those that are to last, and no others"):
            browser.reopen()
            require(set(browser.cookies()) == {"hidden"}, str(set(browser.cookies())))
        with tap.case(f"{host}: a planted cookie is sent, cleared ones are not"):
            browser.clear_cookies()
            browser.set_cookie(url, "planted", "2")
            require(browser.get(url) == "Cookie: planted=2", browser.text())
        with tap.case(f"{host}: it is seen whether a page fits a screen, and what the browser complains of"):
            browser.get("data:text/html,<meta name=viewport content=width=device-width><p style=width:500px>wide")
            require(browser.fits(600) and not browser.fits(390), "it is not seen")
            browser.driver.execute_script("console.error('a complaint')")
            require("a complaint" in str(browser.driver.get_log("browser")), "none is seen")
        with tap.case(f"{host}: a screenshot is a picture"):
            require(browser.screenshot(f"self_check_{host}").read_bytes().startswith(b"\x89PNG"), "not a PNG")


def main():
    tap = Tap()
    with tap.case("a server that ends is an error, at once"):
        try:
            with Server(sys.executable, "-c", "print('no such table')", seconds=60):
                words = "it is taken for a server"
        except RuntimeError as error:
            words = str(error)
        require("no such table" in words, words)
    with Server(sys.executable, __file__) as server:
        for host in ("127.0.0.1", "localhost"):
            check_host(tap, server, host)
    return tap.finish()


if __name__ == "__main__":
    if "--port" in sys.argv:
        serve(int(sys.argv[sys.argv.index("--port") + 1]))
    else:
        sys.exit(main())
