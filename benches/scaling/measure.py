"""Measures one process from outside: memory from /proc/PID/status, CPU from /proc/PID/stat, scrapes over loopback.

The script builds a package with 500 services of one class. For each row of the table it runs a number of them, each with its own
port and API. Every service polls once per PERIOD seconds, and is scraped in the second half of the time. For a second table, it runs
one service with many targets, which are polled once per minute.
"""
import http.server
import json
import os
import random
import shutil
import socket
import subprocess
import sys
import tempfile
import threading
import time
from pathlib import Path

HERE = Path(__file__).resolve().parent
ROOT = HERE.parent.parent
TICK = os.sysconf("SC_CLK_TCK")
PORT = 20000
MOST = 500
# Pairs of the number of services and the number of series per service.
ROWS = [(1, 10), (1, 10_000), (10, 1_000), (50, 100), (100, 100), (500, 20), (500, 200)]
# Pairs of the number of targets of one service and the number of series per target.
TARGET_ROWS = [(100, 20), (1_000, 20)]
PERIOD = 10
POLLS = 3
MANIFEST = """[package]
name = "team-exporter-scaling"
version = "0.0.0"
edition = "2024"
publish = false

[dependencies]
collectington = { path = "%s" }
serde = { version = "1", features = ["derive"] }

[build-dependencies]
collectington = { path = "%s", default-features = false, features = ["build"] }

[workspace]

"""


def config(services, api):
    def entry(number):
        return {
            "service_class": "TableApi",
            "service_module": "table_api",
            "port": PORT + number,
            "listen": "127.0.0.1",
            "api_url": f"{api}/{number}",
            "data_store_expiration_sec": 0,
            "prometheus_metrics_mapping": {"gauge": ["numbers"]},
            "prometheus_metric_labels": {"numbers": ["row"]},
        }

    entries = {f"s{number}": entry(number) for number in range(services)}
    return json.dumps({"api_call_intervals": PERIOD, "log_level": "WARNING", "services": entries})


def build():
    """Builds the package and returns the path of the binary."""
    directory = ROOT / "target" / "scaling"
    (directory / "src").mkdir(parents=True, exist_ok=True)
    (directory / "services").mkdir(exist_ok=True)
    own = (ROOT / "Cargo.toml").read_text()
    (directory / "Cargo.toml").write_text(MANIFEST % (ROOT, ROOT) + own[own.index("[profile.release]"):])
    (directory / "build.rs").write_text('fn main() {\n    collectington::build::compile("config.json", "services");\n}\n')
    (directory / "src" / "main.rs").write_text("collectington::main!();\n")
    (directory / "config.json").write_text(config(MOST, "http://127.0.0.1:9"))
    shutil.copy(HERE / "table_api.rs", directory / "services")
    shutil.copy(ROOT / "Cargo.lock", directory)
    command = ["cargo", "build", "--release", "--offline", "--target-dir", ROOT / "target", "--message-format=json"]
    output = subprocess.run(command, cwd=directory, stdout=subprocess.PIPE, text=True, check=True).stdout
    built = [json.loads(line).get("executable") for line in output.splitlines()]
    return next(path for path in reversed(built) if path)


class Api(http.server.ThreadingHTTPServer):
    """The APIs of all services. Every number changes with each poll."""

    daemon_threads = True
    request_queue_size = 1024

    def __init__(self, series):
        super().__init__(("127.0.0.1", 0), Answer)
        self.series = series
        self.calls = 0
        threading.Thread(target=self.serve_forever, daemon=True).start()


class Answer(http.server.BaseHTTPRequestHandler):
    def do_GET(self):
        self.server.calls += 1
        body = json.dumps({"rows": [random.random() for _ in range(self.server.series)]}).encode()
        self.send_response(200)
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, *_):
        pass


def scrape(port, path="/metrics"):
    with socket.create_connection(("127.0.0.1", port), timeout=10) as stream:
        head = f"GET {path} HTTP/1.1\r\nHost: x\r\nAccept: application/openmetrics-text\r\nAccept-Encoding: gzip\r\n\r\n"
        stream.sendall(head.encode())
        size = 0
        while chunk := stream.recv(1 << 16):
            size += len(chunk)
        return size


def cpu(pid):
    fields = Path(f"/proc/{pid}/stat").read_text().rsplit(")", 1)[1].split()
    return (int(fields[11]) + int(fields[12])) / TICK


def status(pid, key):
    lines = Path(f"/proc/{pid}/status").read_text().splitlines()
    return int(next(line for line in lines if line.startswith(key + ":")).split()[1])


def measure(binary, services, series):
    api = Api(series)
    with tempfile.TemporaryDirectory() as directory:
        file = Path(directory) / "config.json"
        file.write_text(config(MOST, f"http://127.0.0.1:{api.server_address[1]}"))
        names = [word for number in range(services) for word in ("-s", f"s{number}")]
        with subprocess.Popen([binary, *names, "-c", file], stderr=sys.stderr) as process:
            try:
                return observe(process.pid, api, services)
            finally:
                process.terminate()
                process.wait()
                api.shutdown()


def observe(pid, api, services):
    while api.calls < services:
        time.sleep(0.1)
    time.sleep(2)
    calls, before = api.calls, cpu(pid)
    time.sleep(PERIOD * POLLS)
    poll = (cpu(pid) - before) / (api.calls - calls)
    calls, before, began, scrapes, times = api.calls, cpu(pid), time.monotonic(), 0, []
    while time.monotonic() - began < PERIOD:
        asked = time.monotonic()
        scrape(PORT + scrapes % services)
        times.append(time.monotonic() - asked)
        scrapes += 1
    spent = cpu(pid) - before - poll * (api.calls - calls)
    times.sort()
    memory, peak, threads = (status(pid, key) for key in ("VmRSS", "VmHWM", "Threads"))
    return memory / 1024, peak / 1024, threads, poll * 1000, spent / scrapes * 1000, times[len(times) * 99 // 100] * 1000, scrapes / PERIOD


def measure_targets(binary, targets, series):
    """Runs one service with many targets. Returns the seconds until its port responds and until all targets were polled, and its usage."""
    api = Api(series)
    with tempfile.TemporaryDirectory() as directory:
        url = f"http://127.0.0.1:{api.server_address[1]}"
        content = json.loads(config(1, url))
        content["api_call_intervals"] = 60
        content["services"]["s0"]["targets"] = {f"t{number}": {"api_url": f"{url}/{number}"} for number in range(targets)}
        file = Path(directory) / "config.json"
        file.write_text(json.dumps(content))
        began = time.monotonic()
        with subprocess.Popen([binary, "-s", "s0", "-c", file], stderr=sys.stderr) as process:
            try:
                return observe_targets(process.pid, api, targets, began)
            finally:
                process.terminate()
                process.wait()
                api.shutdown()


def observe_targets(pid, api, targets, began):
    start = None
    while api.calls < targets:
        try:
            scrape(PORT, "/-/healthy")
            start = start or time.monotonic() - began
        except OSError:
            pass
        time.sleep(0.02 if start is None else 0.2)
    polled = time.monotonic() - began
    before = cpu(pid)
    time.sleep(60)
    used = (cpu(pid) - before) / 60
    before, times, size = cpu(pid), [], 0
    for _ in range(100):
        asked = time.monotonic()
        size = scrape(PORT)
        times.append(time.monotonic() - asked)
    one = (cpu(pid) - before) / 100
    memory, peak, threads = (status(pid, key) for key in ("VmRSS", "VmHWM", "Threads"))
    return start, polled, memory / 1024, peak / 1024, threads, used * 100, one * 1000, sorted(times)[98] * 1000, size


def main():
    binary = sys.argv[1] if len(sys.argv) > 1 else build()
    print("| services | series of each | memory | peak memory | threads | CPU per poll | CPU per scrape | p99 of a scrape | sequential scrapes per second |")
    print("|---|---|---|---|---|---|---|---|---|")
    for services, series in ROWS:
        memory, peak, threads, poll, one, slow, rate = measure(binary, services, series)
        print(f"| {services} | {series:,} | {memory:.1f} MiB | {peak:.1f} MiB | {threads} | {poll:.2f} ms | {one:.2f} ms | {slow:.1f} ms | {rate:.0f} |", flush=True)
    print("\n| targets | series of each | start | first polls | memory | peak memory | threads | CPU | CPU per scrape | p99 of a scrape | bytes of a scrape |")
    print("|---|---|---|---|---|---|---|---|---|---|---|")
    for targets, series in TARGET_ROWS:
        start, polled, memory, peak, threads, used, one, slow, size = measure_targets(binary, targets, series)
        print(f"| {targets:,} | {series} | {start:.2f} s | {polled:.0f} s | {memory:.1f} MiB | {peak:.1f} MiB | {threads} | {used:.1f} % | {one:.1f} ms | {slow:.1f} ms | {size:,} |", flush=True)


main()
