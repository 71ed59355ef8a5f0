"""Measures both exporters from outside: CPU from /proc/PID/stat, memory from /proc/PID/status.

Each exporter runs three times: idle after a small response (memory), with 1,000 teams (scrapes), and with 10,000 incidents in
13 MB (polls).
"""
import http.client
import json
import os
import shutil
import socket
import subprocess
import sys
import tempfile
import time
from pathlib import Path

HERE = Path(__file__).resolve().parent
TICK = os.sysconf("SC_CLK_TCK")


class Api:
    """The fake API, in its own process."""

    def __init__(self, incidents, teams):
        command = [sys.executable, HERE / "fake_api.py", str(incidents), str(teams)]
        self.process = subprocess.Popen(command, stdout=subprocess.PIPE)
        port, self.bytes = map(int, self.process.stdout.readline().split())
        self.url = f"http://127.0.0.1:{port}/api-reporting/v2/incidents"

    def wait_for_answers(self, n):
        got = self.process.stdout.read(n)
        assert len(got) == n, "the fake API ended"

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.process.kill()
        self.process.wait()
        self.process.stdout.close()


class Exporter:
    """One of the two exporters, which polls `api` every `seconds`."""

    def __init__(self, command, api, seconds, old):
        self.directory = tempfile.TemporaryDirectory()
        directory = Path(self.directory.name)
        self.port = free_port()
        (directory / "config.json").write_text(json.dumps(config(api.url, self.port, seconds, old)))
        (directory / "splunk").write_text('API_ID="id"\nAPI_KEY="key"\n')
        (directory / "splunk").chmod(0o600)
        shutil.copy(HERE / "splunk_api.py", directory)
        self.log = open(directory / "log", "wb")
        environment = dict(os.environ, EXPIRATION=str(seconds), PYTHONPATH=str(directory))
        self.process = subprocess.Popen(
            command, cwd=directory, env=environment, stdout=self.log, stderr=self.log
        )

    def cpu(self):
        fields = Path(f"/proc/{self.process.pid}/stat").read_text().rpartition(")")[2].split()
        return (int(fields[11]) + int(fields[12])) / TICK

    def memory(self, field="VmRSS"):
        for line in Path(f"/proc/{self.process.pid}/status").read_text().splitlines():
            if line.startswith(field):
                return int(line.split()[1]) / 1024
        raise ValueError(field)

    def scrape(self):
        connection = http.client.HTTPConnection("127.0.0.1", self.port, timeout=30)
        connection.request("GET", "/metrics")
        body = connection.getresponse().read()
        connection.close()
        return body

    def wait_for_metric(self, text):
        for _ in range(600):
            if self.process.poll() is not None:
                raise SystemExit(Path(self.log.name).read_text())
            try:
                page = self.scrape()
                if text in page:
                    return page
            except OSError:
                pass
            time.sleep(0.1)
        raise SystemExit(f"no {text!r} within a minute:\n{Path(self.log.name).read_text()}")

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.process.kill()
        self.process.wait()
        self.log.close()
        self.directory.cleanup()


def config(url, port, seconds, old):
    """Returns the shipped config.json with the URL of the fake API. The Python tool accepts whole seconds only."""
    shipped = json.loads((HERE.parent.parent / "config.json").read_text())
    service = shipped["services"]["splunk"]
    service.update(api_url=url, port=port)
    if not old:
        service["data_store_expiration_sec"] = seconds
    keys = {"api_call_intervals": seconds, "log_level": "INFO", "services": {"splunk": service}}
    return keys


def free_port():
    with socket.socket() as listener:
        listener.bind(("127.0.0.1", 0))
        return listener.getsockname()[1]


def at_rest(command, old):
    """Returns the memory in MiB two seconds after a poll of 20 incidents."""
    with Api(20, 4) as api, Exporter(command, api, 3600, old) as exporter:
        exporter.wait_for_metric(b"incidents_per_team_total{")
        time.sleep(2)
        return exporter.memory()


def scraping(command, old, scrapes):
    """Returns the CPU seconds of one scrape of 1,000 series, and the bytes of the exposition."""
    with Api(2000, 1000) as api, Exporter(command, api, 3600, old) as exporter:
        page = exporter.wait_for_metric(b"incidents_per_team_total{")
        series = page.count(b"\nincidents_per_team_total{")
        assert series == 1000, f"{series} series instead of 1,000"
        time.sleep(1)
        before = exporter.cpu()
        for _ in range(scrapes):
            exporter.scrape()
        return (exporter.cpu() - before) / scrapes, len(page)


def polling(command, old, polls):
    """Returns the CPU seconds of one poll of 10,000 incidents, the MiB retained after the polls, and the bytes of the response."""
    with Api(10_000, 20) as api, Exporter(command, api, 4, old) as exporter:
        api.wait_for_answers(1)
        exporter.wait_for_metric(b"incidents_per_team_total{")
        time.sleep(0.5)
        before = exporter.cpu()
        api.wait_for_answers(polls)
        time.sleep(0.5)
        return (exporter.cpu() - before) / polls, exporter.memory(), api.bytes


def main(venv, binary, quick):
    old = [str(Path(venv).absolute() / "bin" / "python"), "-m", "collectington.runner"]
    old += ["-s", "splunk", "-c", "config.json"]
    new = [str(Path(binary).absolute()), "-s", "splunk", "-c", "config.json"]
    scale = 1 if quick else 10
    rows = [("Resource", "Python 0.1.4", "Collectington", "Ratio"), ("---",) * 4]

    def row(what, before, now, unit, factor=1):
        ratio = f"{before / now:,.0f} times less" if now else "below 1 tick"
        rows.append((what, f"{before * factor:.2f} {unit}", f"{now * factor:.3f} {unit}", ratio))

    (old_poll, old_held, size), (new_poll, new_held, _) = polling(old, True, scale), polling(new, False, 3 * scale)
    row(f"CPU of a poll (10,000 incidents, {size / 1e6:.1f} MB)", old_poll, new_poll, "ms", 1e3)
    (old_scrape, _), (new_scrape, page) = scraping(old, True, 30 * scale), scraping(new, False, 1000 * scale)
    row(f"CPU of a scrape (1,000 series, {page / 1e3:.0f} kB)", old_scrape, new_scrape, "ms", 1e3)
    row("memory when idle", at_rest(old, True), at_rest(new, False), "MiB")
    row("memory retained after the polls", old_held, new_held, "MiB")
    for line in rows:
        print("| {:<45} | {:>13} | {:>13} | {:>16} |".format(*line))


main(sys.argv[1], sys.argv[2], "--quick" in sys.argv)
