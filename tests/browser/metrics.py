#!/usr/bin/env python3
"""The metrics example, read by Prometheus's own parser. `metrics.py PROGRAM`"""

import sys
import urllib.request

from browser import Browser, Server
from prometheus_client.parser import text_string_to_metric_families
from tap import Tap, require


def scrape(url):
    """name → {label values in the order of their names: value}"""
    with urllib.request.urlopen(f"{url}/metrics") as response:
        require(response.headers["Content-Type"].startswith("text/plain; version=0.0.4"), response.headers["Content-Type"])
        families = text_string_to_metric_families(response.read().decode())
        samples = [sample for family in families for sample in family.samples]
    found = {}
    for sample in samples:
        labels = tuple(value for _, value in sorted(sample.labels.items()))
        found.setdefault(sample.name, {})[labels] = sample.value
    return found


def main(program):
    tap = Tap()
    with Server(program) as server, Browser() as browser:
        for _ in range(3):
            browser.get(server.url)
        browser.get(f"{server.url}/leave")
        found = scrape(server.url)
        operations = found["sojourn_operations_total"]
        with tap.case("metrics: openings are counted, found and new"):
            require(operations["open", "found"] == 3 and operations["open", "no_cookie"] == 1, str(operations))
        with tap.case("metrics: saves and ends are counted"):
            require(operations["save", "stored"] == 3 and operations["destroy", "destroyed"] == 1, str(operations))
            require(found["sojourn_conflicts_total"][()] == 0, str(found))
        with tap.case("metrics: durations add up"):
            require(found["sojourn_duration_seconds_count"]["open",] == 4, str(found))
            require(0 < found["sojourn_duration_seconds_sum"]["open",] < 1, str(found))
        with tap.case("metrics: a tampered cookie is counted by its reason"):
            request = urllib.request.Request(server.url, headers={"Cookie": "__Host-session=" + "A" * 92})
            urllib.request.urlopen(request).close()
            operations = scrape(server.url)["sojourn_operations_total"]
            require(operations["open", "unknown_format"] == 1, str(operations))
    return tap.finish()


if __name__ == "__main__":
    sys.exit(main(*sys.argv[1:]))
