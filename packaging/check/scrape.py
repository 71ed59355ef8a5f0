"""Waits until a response has a series: scrape.py PORT SERIES [PATH]"""
import sys
import time
import urllib.request

port, series = sys.argv[1:3]
path = sys.argv[3] if len(sys.argv) > 3 else "/metrics"
deadline = time.monotonic() + 30
while True:
    try:
        with urllib.request.urlopen(f"http://127.0.0.1:{port}{path}", timeout=5) as response:
            page = response.read().decode()
        if any(line.startswith(series) for line in page.splitlines()):
            break
    except OSError as error:
        page = error
    if time.monotonic() > deadline:
        sys.exit(f"port {port} has no series {series}: {page}")
    time.sleep(0.1)
