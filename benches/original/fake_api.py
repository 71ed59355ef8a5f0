"""A reporting API that always returns the same response: N incidents of M teams, as given by the arguments.

Prints the port and the size of the response, and then a dot for each response.
"""
import json
import sys
from datetime import datetime, timedelta, timezone
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer


def incident(number, teams):
    start = datetime(2026, 11, 1, tzinfo=timezone.utc) + timedelta(seconds=30 * number)
    alert = f"{number:08x}-5b1d-4c3e-9f0a-7d2e6c4b8a10"
    steps = [("triggered", 0), ("acknowledged", 90 + number % 600), ("resolved", 900 + number % 7200)]
    transitions = [
        {
            "name": name,
            "at": (start + timedelta(seconds=after)).strftime("%Y-%m-%dT%H:%M:%SZ"),
            "by": "jdoe",
            "manually": name != "triggered",
            "message": "",
            "alertId": alert,
            "alertUrl": f"https://api.victorops.com/api-public/v1/alerts/{alert}",
        }
        for name, after in steps
    ]
    return {
        "incidentNumber": str(number),
        "alertCount": 3,
        "currentPhase": "resolved",
        "entityId": f"host-{number % 400}/disk",
        "entityDisplayName": f"Disk of host-{number % 400} is filling up",
        "entityType": "service",
        "entityState": "ok",
        "host": f"host-{number % 400}.example.org",
        "service": "disk",
        "startTime": transitions[0]["at"],
        "routingKey": "default",
        "lastAlertId": alert,
        "lastAlertTime": transitions[-1]["at"],
        "pagedTeams": [f"team-{number % teams:04}"],
        "pagedUsers": ["jdoe"],
        "pagedPolicies": [
            {
                "policy": {"name": "Primary", "slug": f"pol-{number % teams:04}"},
                "team": {"name": f"Team {number % teams}", "slug": f"team-{number % teams:04}"},
            }
        ],
        "transitions": transitions,
    }


def main(incidents, teams):
    listed = ",".join(json.dumps(incident(number, teams)) for number in range(1, incidents + 1))
    body = f'{{"offset":0,"limit":{incidents},"total":{incidents},"incidents":[{listed}]}}'.encode()

    class Answer(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"

        def do_GET(self):
            self.send_response(200)
            self.send_header("Content-Type", "application/json")
            self.send_header("Content-Length", str(len(body)))
            self.end_headers()
            self.wfile.write(body)
            print(".", end="", flush=True)

        def log_message(self, *_):
            pass

    server = ThreadingHTTPServer(("127.0.0.1", 0), Answer)
    print(f"{server.server_port} {len(body)}", flush=True)
    server.serve_forever()


main(int(sys.argv[1]), int(sys.argv[2]))
