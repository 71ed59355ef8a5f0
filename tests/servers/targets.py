#!/usr/bin/env python3
"""Polls two Prometheus and two Alertmanager servers as the targets of two services, and compares the metrics with the servers' own values.

Usage: targets.py PROGRAM

One server is killed: only its series change. A third one is added by SIGHUP while a scraper runs: no series has a gap. A server whose
program is not installed is skipped with a message; if the environment variable CI is set, it is an error.
"""

import json
import os
import re
import shutil
import signal
import subprocess
import sys
import tempfile
import threading
import time
import urllib.error
import urllib.request
from collections import Counter
from pathlib import Path

HERE = Path(__file__).parent.resolve()
PORT = 9230
KINDS = {"prometheus": ("prometheus", 29410), "alertmanager": ("prometheus-alertmanager", 29420)}


def fetch(url, data=None):
    """Returns the body of a response."""
    request = urllib.request.Request(url, data, {"Content-Type": "application/json"} if data else {})
    with urllib.request.urlopen(request, timeout=10) as response:
        return response.read().decode()


def until(what, holds, seconds=60):
    """Waits until a condition holds."""
    deadline = time.monotonic() + seconds
    while True:
        try:
            if holds():
                return
        except (OSError, ValueError, KeyError):
            pass
        if time.monotonic() > deadline:
            raise AssertionError(f"not within {seconds} s: {what}")
        time.sleep(0.1)


class Prometheus:
    """A Prometheus server with a number of targets that do not exist."""

    def __init__(self, directory, number):
        self.port, self.directory, self.number = KINDS["prometheus"][1] + number, directory / f"prometheus{number}", number

    def start(self):
        self.directory.mkdir()
        dead = [f"127.0.0.1:{port}" for port in range(1, 3 + self.number)]
        jobs = [{"job_name": "dead", "static_configs": [{"targets": dead}]}]
        jobs.append({"job_name": "self", "static_configs": [{"targets": [f"127.0.0.1:{self.port}"]}]})
        config = self.directory / "prometheus.yml"
        config.write_text(json.dumps({"global": {"scrape_interval": "1s"}, "scrape_configs": jobs}))
        self.process = run(
            [KINDS["prometheus"][0], f"--config.file={config}", f"--storage.tsdb.path={self.directory / 'data'}",
             f"--web.listen-address=127.0.0.1:{self.port}"], self.directory)

    def fill(self):
        known = {("dead", "down"): 2 + self.number, ("self", "up"): 1}
        until("the health of all targets", lambda: self.counts() == known)

    def counts(self):
        targets = json.loads(fetch(f"http://127.0.0.1:{self.port}/api/v1/targets?state=active"))["data"]["activeTargets"]
        return Counter((target["scrapePool"], target["health"]) for target in targets)

    def expected(self, target):
        return {f'active_targets{{target="{target}",job="{job}",health="{health}"}}': count
                for (job, health), count in self.counts().items()}


class Alertmanager:
    """An Alertmanager with a number of alerts."""

    def __init__(self, directory, number):
        self.port, self.directory, self.number = KINDS["alertmanager"][1] + number, directory / f"alertmanager{number}", number

    def start(self):
        self.directory.mkdir()
        config = self.directory / "alertmanager.yml"
        config.write_text(json.dumps({"route": {"receiver": "none"}, "receivers": [{"name": "none"}]}))
        self.process = run(
            [KINDS["alertmanager"][0], f"--config.file={config}", f"--storage.path={self.directory / 'data'}",
             f"--web.listen-address=127.0.0.1:{self.port}", "--cluster.listen-address="], self.directory)

    def fill(self):
        severities = ["critical"] * (1 + self.number) + ["warning"] * (3 - self.number)
        alerts = [{"labels": {"alertname": f"a{n}", "severity": severity}} for n, severity in enumerate(severities)]
        fetch(f"http://127.0.0.1:{self.port}/api/v2/alerts", json.dumps(alerts).encode())
        until("the alerts", lambda: sum(self.counts().values()) == len(alerts))

    def counts(self):
        alerts = json.loads(fetch(f"http://127.0.0.1:{self.port}/api/v2/alerts"))
        return Counter(alert["labels"]["severity"] for alert in alerts)

    def expected(self, target):
        return {f'active_alerts{{target="{target}",severity="{severity}"}}': count
                for severity, count in self.counts().items()}


def run(command, directory):
    """Starts a server."""
    log = open(directory / "log", "wb")
    return subprocess.Popen([str(part) for part in command], stdin=subprocess.DEVNULL, stdout=log, stderr=log)


def scraped():
    """Returns the samples of the services, with sorted labels."""
    samples = {}
    for line in fetch(f"http://127.0.0.1:{PORT}/metrics").splitlines():
        if match := re.fullmatch(r"(active_\w+)\{(.*)\} (\S+)", line):
            samples[key(match[1], match[2])] = float(match[3])
    return samples


def key(name, labels):
    return name + "{" + ",".join(sorted(labels.split(","))) + "}"


def sorted_keys(samples):
    return {key(*re.fullmatch(r"(\w+)\{(.*)\}", series).groups()): float(value) for series, value in samples.items()}


def config(directory, targets):
    """Writes a config in which each service has these targets."""
    content = json.loads((HERE / "config.json").read_text())
    services = {name: content["services"][name] for name in KINDS}
    for name, service in services.items():
        path = service["api_url"].rsplit(":", 1)[1].split("/", 1)[1]
        service["targets"] = {target: {"api_url": f"http://127.0.0.1:{server.port}/{path}"}
                              for target, server in targets.items() if type(server).__name__.lower() == name}
        # Stale gauges are removed after ten seconds.
        service.update(data_store_expiration_sec=0.5, stale_after_intervals=20, retries=0)
        service["targets"] = {target.split("/")[1]: keys for target, keys in service["targets"].items()}
    file = directory / "config.json"
    file.write_text(json.dumps({**content, "api_call_intervals": 0.5, "services": services}))
    return file


def expected(targets):
    samples = {}
    for target, server in targets.items():
        samples.update(server.expected(target.split("/")[1]))
    return sorted_keys(samples)


class Scraper(threading.Thread):
    """Scrapes until it is stopped, and remembers each series that one scrape has and the next one lacks."""

    def __init__(self, series):
        super().__init__()
        self.series, self.gaps, self.scrapes, self.is_stopped = series, set(), 0, threading.Event()

    def run(self):
        while not self.is_stopped.wait(0.02):
            found = scraped()
            self.gaps |= self.series - found.keys()
            self.scrapes += 1


def test(program, directory):
    targets = {}
    for number, name in enumerate(("a", "b")):
        targets[f"prometheus/{name}"] = Prometheus(directory, number)
        targets[f"alertmanager/{name}"] = Alertmanager(directory, number)
    third = Prometheus(directory, 2)
    servers = [*targets.values(), third]
    cton = None
    try:
        for server in servers:
            server.start()
        for server in servers:
            until(f"{server.directory.name} responds", lambda: fetch(f"http://127.0.0.1:{server.port}/-/ready"))
            server.fill()
        file = config(directory, targets)
        log = open(directory / "cton.log", "wb")
        cton = subprocess.Popen([program, "-s", "prometheus", "-s", "alertmanager", "-c", file], stderr=log)
        until("the values of all servers", lambda: scraped() == expected(targets))
        print(f"{len(scraped())} samples of 4 targets equal the servers' own")

        scraper = Scraper(set(scraped()))
        scraper.start()
        until("scrapes before the reload", lambda: scraper.scrapes > 10)
        targets["prometheus/c"] = third
        config(directory, targets)
        cton.send_signal(signal.SIGHUP)
        until("the values of the added server", lambda: scraped() == expected(targets))
        scraper.is_stopped.set()
        scraper.join()
        assert not scraper.gaps and scraper.scrapes > 0, f"gaps after {scraper.scrapes} scrapes: {scraper.gaps}"
        print(f"a target was added by SIGHUP: no gap in {scraper.scrapes} scrapes")

        killed = targets.pop("prometheus/b")
        killed.process.kill()
        killed.process.wait()
        until("only the series of the killed server are stale", lambda: scraped() == expected(targets))
        up = fetch(f"http://127.0.0.1:{PORT}/metrics")
        assert 'cton_service_up{service="prometheus",target="b"} 0' in up, up
        for target in ("a", "c"):
            assert f'cton_service_up{{service="prometheus",target="{target}"}} 1' in up, up
        print("a server was killed: only its series changed")
    except AssertionError as error:
        print(f"FAILED: {error}\n{scraped()}\n{expected(targets)}\n{(directory / 'cton.log').read_text()[-3000:]}")
        return 1
    finally:
        for process in [*(server.process for server in servers if hasattr(server, "process")), cton]:
            if process and process.poll() is None:
                process.kill()
                process.wait()
    print("3 passed, 0 failed")
    return 0


def main(program):
    for name, _ in KINDS.values():
        if not shutil.which(name):
            print(f"skipped: {name} is not installed")
            return 1 if "CI" in os.environ else 0
    with tempfile.TemporaryDirectory(prefix="cton-targets-") as directory:
        return test(Path(program).resolve(), Path(directory))


if __name__ == "__main__":
    sys.exit(main(*sys.argv[1:]))
