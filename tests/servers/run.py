#!/usr/bin/env python3
"""Polls real servers through the services in services/, and compares the metrics with the values that curl reads.

Usage: run.py PROGRAM [NAME]...

PROGRAM is the binary of this package. Each server runs on loopback, with its data in a temporary directory. A server whose program is
not installed is skipped with a message; if the environment variable CI is set, it is an error. ci/servers.sh installs all of them.
"""

import base64
import getpass
import grp
import hashlib
import json
import os
import re
import shlex
import shutil
import signal
import subprocess
import sys
import tempfile
import time
from pathlib import Path
from urllib.parse import quote, quote_plus

HERE = Path(__file__).parent.resolve()
NODE = Path(os.environ.get("SERVERS_NODE_MODULES", HERE / "node_modules"))
USER, PASSWORD = "mon", "pass word&=1"
JSON = {"content-type": "application/json"}


class Failure(Exception):
    """Reports a difference, or a server that does not start."""


class Server:
    """A server on loopback. A subclass starts it, fills it, and reads its values without cton."""

    programs = []
    port = 0
    scheme = "http"

    def __init__(self, directory):
        self.directory, self.processes = directory, []

    def start(self):
        """Starts the server."""
        raise NotImplementedError

    def fill(self):
        """Creates the items that the metrics show."""

    def expected(self):
        """Returns the samples that cton must export, from the server's own responses."""
        raise NotImplementedError

    def secrets(self):
        """Returns the text of the secret file."""
        return f"PASSWORD = {PASSWORD}\n"

    def keys(self):
        """Returns further keys of the service in config.json."""
        return {}

    def ready(self):
        """Returns true when the server responds."""
        return self.curl("/", check=False, status=True) != "000"

    def run(self, command, **environment):
        """Starts a process that stop() ends."""
        log = open(self.directory / f"{len(self.processes)}.log", "wb")
        self.processes.append(
            subprocess.Popen(
                [str(part) for part in command],
                stdin=subprocess.DEVNULL,
                stdout=log,
                stderr=log,
                cwd=self.directory,
                env={**os.environ, "HOME": str(self.directory), **environment},
                start_new_session=True,
            )
        )

    def curl(self, path, *options, headers=(), data=None, check=True, status=False, host="127.0.0.1"):
        """Sends a request and returns the body, or the status."""
        command = ["curl", "--silent", "--show-error", "--max-time", "10", *map(str, options)]
        for name, value in dict(headers).items():
            command += ["--header", f"{name}: {value}"]
        if data is not None:
            command += ["--data-binary", data if isinstance(data, str) else json.dumps(data)]
        if status:
            command += ["--output", "/dev/null", "--write-out", "%{http_code}", "--insecure"]
        elif check:
            command.append("--fail-with-body")
        command.append(f"{self.scheme}://{host}:{self.port}{path}")
        result = subprocess.run(command, capture_output=True, text=True)
        if check and result.returncode != 0:
            raise Failure(f"curl {path}: {result.stderr.strip()} {result.stdout[:200]}")
        return result.stdout

    def stop(self):
        """Stops all processes of the server, also those that left their process group. They are known by their HOME."""
        home = f"HOME={self.directory}".encode()
        for environment in Path("/proc").glob("[0-9]*/environ"):
            try:
                if home in environment.read_bytes().split(b"\0"):
                    os.kill(int(environment.parent.name), signal.SIGKILL)
            except OSError:
                pass
        for process in self.processes:
            process.wait()

    def logs(self):
        """Returns the ends of the logs."""
        logs = sorted(self.directory.glob("*.log"))
        return "\n".join(log.read_text(errors="replace")[-1500:] for log in logs)


def torrent(name, size):
    """Returns a torrent with one file (BEP 3)."""
    def text(value):
        return f"{len(value.encode())}:{value}".encode()

    pieces = b"".join(hashlib.sha1(b"%d" % number).digest() for number in range(-(-size // 16384)))
    info = b"d" + text("length") + f"i{size}e".encode() + text("name") + text(name)
    info += text("piece length") + b"i16384e" + text("pieces") + f"{len(pieces)}:".encode() + pieces + b"e"
    return b"d" + text("announce") + text("http://127.0.0.1:1/announce") + text("info") + info + b"e"


class Qbittorrent(Server):
    """Form login and a cookie."""

    programs, port = ["qbittorrent-nox"], 29300

    def start(self):
        config = self.directory / "qBittorrent/config/qBittorrent.conf"
        config.parent.mkdir(parents=True)
        session = "DHTEnabled=false LSDEnabled=false PeXEnabled=false Interface=lo InterfaceAddress=127.0.0.1 Port=29301".split()
        web = f"Address=127.0.0.1 Port={self.port} LocalHostAuth=true UseUPnP=false".split()
        config.write_text(
            "[LegalNotice]\nAccepted=true\n[BitTorrent]\n"
            + "".join(f"Session\\{line}\n" for line in session)
            + "[Preferences]\n"
            + "".join(f"WebUI\\{line}\n" for line in web)
        )
        self.run(["qbittorrent-nox", f"--profile={self.directory}"])

    def secrets(self):
        return "USERNAME = admin\nPASSWORD = adminadmin\n"

    def session(self, path, *options, **more):
        return self.curl(path, "--cookie", self.directory / "jar", *options, **more)

    def fill(self):
        login = "username=admin&password=adminadmin"
        self.curl("/api/v2/auth/login", "--cookie-jar", self.directory / "jar", data=login)
        for number, name in enumerate(["debian.iso", "notes & more.txt", "größe.bin"]):
            file = self.directory / f"{number}.torrent"
            file.write_bytes(torrent(name, 20_000 * (number + 1)))
            self.session("/api/v2/torrents/add", "--form", f"torrents=@{file}", "--form", "paused=true")
        wait("three torrents", lambda: len(json.loads(self.session("/api/v2/torrents/info"))) == 3)
        wait("paused torrents", lambda: all(each["state"].startswith("paused") for each in self.torrents()))

    def torrents(self):
        return json.loads(self.session("/api/v2/torrents/info"))

    def expected(self):
        sizes = {sample("torrent_size_bytes", torrent=each["name"]): each["size"] for each in self.torrents()}
        speed = json.loads(self.session("/api/v2/transfer/info"))
        return {**sizes, "download_bytes_per_second": speed["dl_info_speed"], "dht_nodes": speed["dht_nodes"]}


class Transmission(Server):
    """A session ID in a 409 response, and basic authentication."""

    programs, port = ["transmission-daemon"], 29310

    def start(self):
        options = f"--foreground --config-dir {self.directory} --rpc-bind-address 127.0.0.1 --port {self.port} --auth"
        options += f" --username {USER} --peerport 29311 --no-dht --no-lpd --no-utp --no-portmap --paused"
        self.run(["transmission-daemon", *options.split(), "--password", PASSWORD])

    def call(self, method, **arguments):
        headers = self.curl("/transmission/rpc", "--head", "--user", f"{USER}:{PASSWORD}", check=False)
        found = re.search(r"X-Transmission-Session-Id: (\S+)", headers)
        headers = {"X-Transmission-Session-Id": found[1]}
        body = {"method": method, "arguments": arguments}
        return json.loads(
            self.curl("/transmission/rpc", "--user", f"{USER}:{PASSWORD}", headers=headers, data=body)
        )["arguments"]

    def fill(self):
        for number, name in enumerate(["debian.iso", "notes & more.txt"]):
            file = self.directory / f"{number}.torrent"
            file.write_bytes(torrent(name, 20_000 * (number + 1)))
            self.call("torrent-add", filename=str(file), paused=True)

    def expected(self):
        stats = self.call("session-stats")
        torrents = self.call("torrent-get", fields=["name", "totalSize"])["torrents"]
        sizes = {sample("torrent_size_bytes", torrent=each["name"]): each["totalSize"] for each in torrents}
        return {**sizes, "torrents": stats["torrentCount"], "paused_torrents": stats["pausedTorrentCount"]}


class Syncthing(Server):
    """A key, and a self-signed certificate for another name."""

    programs, port, scheme = ["syncthing"], 29320, "https"

    def start(self):
        home = self.directory / "home"
        subprocess.run(
            ["syncthing", "generate", f"--home={home}", "--no-default-folder"],
            check=True, capture_output=True, env={**os.environ, "HOME": str(self.directory)},
        )
        config = (home / "config.xml").read_text()
        config = re.sub(r'(<gui [^>]*tls=")false', r"\1true", config)
        config = config.replace("127.0.0.1:8384", f"127.0.0.1:{self.port}")
        values = {"listenAddress": "tcp://127.0.0.1:29321", "urAccepted": "-1", "autoUpgradeIntervalH": "0", "stunServer": "127.0.0.1:1"}
        names = "globalAnnounceEnabled localAnnounceEnabled relaysEnabled natEnabled crashReportingEnabled startBrowser"
        for name, value in {**values, **dict.fromkeys(names.split(), "false")}.items():
            config = re.sub(f"<{name}>[^<]*</{name}>", f"<{name}>{value}</{name}>", config)
        (home / "config.xml").write_text(config)
        self.key = re.search("<apikey>([^<]*)</apikey>", config)[1]
        self.certificate = home / "https-cert.pem"
        self.run(["syncthing", "serve", f"--home={home}", "--no-browser", "--no-restart"], STNOUPGRADE="1")

    def secrets(self):
        return f"API_KEY = {self.key}\n"

    def keys(self):
        text = subprocess.run(
            ["openssl", "x509", "-in", self.certificate, "-noout", "-ext", "subjectAltName"],
            check=True, capture_output=True, text=True,
        ).stdout
        return {"ca_file_path": str(self.certificate), "tls_server_name": re.search(r"DNS:(\S+)", text)[1]}

    def expected(self):
        headers = {"X-API-Key": self.key}
        connections = json.loads(self.curl("/rest/system/connections", "--insecure", headers=headers))
        devices = {
            sample("device_connected", device=device): float(each["connected"])
            for device, each in connections["connections"].items()
        }
        version = json.loads(self.curl("/rest/system/version", "--insecure", headers=headers))
        return {**devices, sample("syncthing_info", version=version["version"], os=version["os"]): 1}


class Icinga2(Server):
    """An own certificate authority, and basic authentication."""

    programs, port, scheme = ["icinga2"], 29350, "https"

    def start(self):
        names = {"DataDir": "lib", "ConfigDir": "etc", "LogDir": "log", "CacheDir": "cache", "SpoolDir": "spool", "InitRunDir": "run"}
        defines = [f"{key}={self.directory / name}" for key, name in names.items()] + [f"RunAsUser={getpass.getuser()}", f"RunAsGroup={grp.getgrgid(os.getgid()).gr_name}"]
        defines = [part for define in defines for part in ("-D", define)]
        certificates = self.directory / "lib/certs"
        for name in [*names.values(), "lib/certs", "lib/api"]:
            (self.directory / name).mkdir(parents=True, exist_ok=True)
        key, request, certificate = (certificates / f"monitor.test.{end}" for end in ("key", "csr", "crt"))
        for command in (
            ["new-ca"],
            ["new-cert", "--cn", "monitor.test", "--key", key, "--csr", request],
            ["sign-csr", "--csr", request, "--cert", certificate],
        ):
            subprocess.run(["icinga2", "pki", command[0], *defines, *map(str, command[1:])], check=True, capture_output=True)
        self.authority = certificates / "ca.crt"
        shutil.copy(self.directory / "lib/ca/ca.crt", self.authority)
        dummy = 'check_command = "dummy", enable_active_checks = false, check_interval = 1h'
        (self.directory / "etc/icinga2.conf").write_text(
            'const NodeName = "monitor.test"\nconst ZoneName = NodeName\ninclude <itl>\n'
            "object Endpoint NodeName { }\nobject Zone ZoneName { endpoints = [ NodeName ] }\n"
            f'object ApiListener "api" {{ bind_host = "127.0.0.1", bind_port = {self.port} }}\n'
            f'object ApiUser "{USER}" {{ password = "{PASSWORD}", permissions = [ "*" ] }}\n'
            f'object Host "web" {{ {dummy} }}\nobject Host "db" {{ {dummy} }}\n'
            f'object Service "http" {{ host_name = "web", {dummy} }}\n'
            f'object Service "disk" {{ host_name = "db", {dummy} }}\n'
        )
        self.run(["icinga2", "daemon", *defines, "-c", self.directory / "etc/icinga2.conf"])

    def keys(self):
        return {"ca_file_path": str(self.authority), "tls_server_name": "monitor.test"}

    def icinga(self, path, **more):
        options = ["--cacert", self.authority, "--resolve", f"monitor.test:{self.port}:127.0.0.1"]
        return self.curl(path, *options, "--user", f"{USER}:{PASSWORD}", host="monitor.test", **more)

    def ready(self):
        return {"web!http", "db!disk"} <= set(re.findall(r"\w+!\w+", self.icinga("/v1/objects/services", check=False)))

    def fill(self):
        for host, service, state in (("web", "http", 0), ("db", "disk", 2)):
            body = {"type": "Service", "exit_status": state, "plugin_output": "set by the test"}
            body["filter"] = f'host.name == "{host}" && service.name == "{service}"'
            headers = {"Accept": "application/json", **JSON}
            self.icinga("/v1/actions/process-check-result", headers=headers, data=body)

    def expected(self):
        results = json.loads(self.icinga("/v1/objects/services"))["results"]
        attributes = [each["attrs"] for each in results]
        return {
            sample("service_state", host=each["host_name"], service=each["name"]): each["state"]
            for each in attributes
        }


class Kea(Server):
    """A command in a POST, and basic authentication."""

    programs, port = ["kea-dhcp4", "kea-ctrl-agent"], 29330

    def start(self):
        socket = {"socket-type": "unix", "socket-name": str(self.directory / "dhcp4.sock")}
        subnets = [
            {"id": 1, "subnet": "192.0.2.0/24", "pools": [{"pool": "192.0.2.10 - 192.0.2.200"}]},
            {"id": 7, "subnet": "198.51.100.0/24", "pools": [{"pool": "198.51.100.10 - 198.51.100.20"}]},
        ]
        dhcp4 = {"interfaces-config": {"interfaces": []}, "control-socket": socket, "subnet4": subnets}
        dhcp4["lease-database"] = {"type": "memfile", "persist": False}
        clients = [{"user": USER, "password": PASSWORD}]
        agent = {"http-host": "127.0.0.1", "http-port": self.port, "control-sockets": {"dhcp4": socket}}
        agent["authentication"] = {"type": "basic", "realm": "kea", "clients": clients}
        place = {name: str(self.directory) for name in ("KEA_PIDFILE_DIR", "KEA_LOCKFILE_DIR")}
        for program, name, config in (("kea-dhcp4", "Dhcp4", dhcp4), ("kea-ctrl-agent", "Control-agent", agent)):
            config["loggers"] = [{"name": program, "output_options": [{"output": "stdout"}], "severity": "WARN"}]
            file = self.directory / f"{program}.json"
            file.write_text(json.dumps({name: config}))
            self.run([program, "-c", file], KEA_LOGGER_DESTINATION="stdout", **place)

    def statistics(self, check=True):
        command = {"command": "statistic-get-all", "service": ["dhcp4"]}
        return self.curl("/", "--user", f"{USER}:{PASSWORD}", headers=JSON, data=command, check=check)

    def ready(self):
        return '"result": 0' in self.statistics(check=False)

    def expected(self):
        values = json.loads(self.statistics())[0]["arguments"]
        totals = {
            sample("subnet_addresses", subnet=found[1]): value[0][0]
            for name, value in values.items()
            if (found := re.fullmatch(r"subnet\[(\d+)\]\.total-addresses", name))
        }
        return {**totals, "packets_received_total": values["pkt4-received"][0][0]}


class Rabbitmq(Server):
    """Pages with numbers, and labels of two fields."""

    programs, port = ["/usr/lib/rabbitmq/bin/rabbitmq-server"], 29340

    def start(self):
        (self.directory / "rabbitmq.conf").write_text(
            f"listeners.tcp.1 = 127.0.0.1:29342\nmanagement.tcp.ip = 127.0.0.1\nmanagement.tcp.port = {self.port}\n"
            f"default_user = {USER}\ndefault_pass = {PASSWORD}\nloopback_users = none\n"
        )
        (self.directory / "plugins").write_text("[rabbitmq_management].")
        values = {
            "NODENAME": "cton@localhost",
            "NODE_IP_ADDRESS": "127.0.0.1",
            "CONFIG_FILE": str(self.directory / "rabbitmq"),
            "MNESIA_BASE": str(self.directory / "db"),
            "LOG_BASE": str(self.directory / "log"),
            "ENABLED_PLUGINS_FILE": str(self.directory / "plugins"),
            "PID_FILE": str(self.directory / "pid"),
            "DIST_PORT": "29343",
            "SERVER_START_ARGS": "-start_epmd false -erl_epmd_port 29343 -kernel inet_dist_use_interface {127,0,0,1}",
        }
        self.run(self.programs, **{f"RABBITMQ_{name}": value for name, value in values.items()})

    def call(self, path, *options, **more):
        return self.curl(f"/api/{path}", "--user", f"{USER}:{PASSWORD}", *options, headers=JSON, **more)

    def ready(self):
        return self.curl("/api/overview", "--user", f"{USER}:{PASSWORD}", check=False, status=True) == "200"

    def fill(self):
        self.call("vhosts/shop", "--request", "PUT")
        self.call(f"permissions/shop/{USER}", "--request", "PUT", data={"configure": ".*", "write": ".*", "read": ".*"})
        for number, (vhost, queue) in enumerate([("%2F", "orders"), ("%2F", "mails"), ("shop", "orders"), ("shop", "jobs"), ("shop", "a.b")]):
            self.call(f"queues/{vhost}/{queue}", "--request", "PUT", data={"durable": False})
            message = {"properties": {}, "routing_key": queue, "payload": "{}", "payload_encoding": "string"}
            for _ in range(number):
                self.call(f"exchanges/{vhost}/amq.default/publish", data=message)
        wait("the statistics of the queues", lambda: sum(each.get("messages", 0) for each in self.queues()) == 10)

    def queues(self):
        return json.loads(self.call("queues"))

    def expected(self):
        return {
            sample("queue_messages", vhost=each["vhost"], queue=each["name"]): each["messages"]
            for each in self.queues()
        }


class Graphql(Server):
    """A query with a cursor in its variables."""

    programs, port = ["node", "graphql-yoga"], 29360

    def start(self):
        shutil.copy(HERE / "graphql.mjs", self.directory)
        (self.directory / "node_modules").symlink_to(NODE)
        self.run(["node", "graphql.mjs", self.port])

    def expected(self):
        query = {"query": "{ repositories(first: 100) { nodes { name stars } } }"}
        nodes = json.loads(self.curl("/graphql", headers=JSON, data=query))["data"]["repositories"]["nodes"]
        return {sample("repository_stars", repository=each["name"]): each["stars"] for each in nodes}


class JsonServer(Server):
    """A login that returns a JWT, and pages in the header Link."""

    programs, port = ["node", "json-server-auth"], 29370
    name = "json_server"

    def start(self):
        jobs = [("mail", 3), ("index", 0), ("report", 12), ("sync", 1), ("backup", 0)]
        rows = [{"id": number, "queue": queue, "failed": failed} for number, (queue, failed) in enumerate(jobs, 1)]
        (self.directory / "db.json").write_text(json.dumps({"users": [], "jobs": rows}))
        self.run([NODE / ".bin/json-server-auth", "db.json", "--host", "127.0.0.1", "--port", self.port])

    def secrets(self):
        return f"EMAIL = mon@example.com\nPASSWORD = {PASSWORD}\n"

    def fill(self):
        account = {"email": "mon@example.com", "password": PASSWORD}
        self.token = json.loads(self.curl("/register", headers=JSON, data=account))["accessToken"]

    def expected(self):
        rows = json.loads(self.curl("/660/jobs", headers={"Authorization": f"Bearer {self.token}"}))
        return {sample("failed_jobs", queue=each["queue"]): each["failed"] for each in rows}


SERVERS = [Qbittorrent, Transmission, Syncthing, Icinga2, Kea, Rabbitmq, Graphql, JsonServer]


def sample(metric, **labels):
    """Returns the name of a series as the exposition has it."""
    return metric + "{" + ",".join(f'{name}="{value}"' for name, value in sorted(labels.items())) + "}"


def samples(text):
    """Reads the samples of a service from an exposition, with sorted labels."""
    found = {}
    for line in text.splitlines():
        match = re.fullmatch(r"([a-z_:0-9]+)(?:\{(.*)\})? (\S+)", line, re.IGNORECASE)
        if match and not match[1].startswith(("cton_", "process_")):
            labels = dict(re.findall(r'(\w+)="([^"]*)"', match[2] or ""))
            found[sample(match[1], **labels) if labels else match[1]] = float(match[3])
    return found


def wait(what, ready, seconds=60):
    """Waits until ready() is true."""
    end = time.monotonic() + seconds
    while time.monotonic() < end:
        if ready():
            return
        time.sleep(0.2)
    raise Failure(f"{what}: not ready after {seconds} s")


def missing(server):
    """Returns the first program that is not installed."""
    for program in server.programs:
        if not shutil.which(program) and not (NODE / program).is_dir():
            return program
    return None


def compare(server, name, program):
    """Starts a server, polls it with cton, and compares the samples."""
    server.start()
    wait(name, server.ready)
    server.fill()
    config = json.loads((HERE / "config.json").read_text())
    service = config["services"][name]
    secrets = server.directory / "secrets"
    secrets.write_text(server.secrets())
    secrets.chmod(0o600)
    service.update(server.keys(), secret_file_path=str(secrets))
    file = server.directory / "config.json"
    file.write_text(json.dumps(config))
    def poll(*options):
        command = [str(program), "once", "-s", name, "-c", str(file), *map(str, options)]
        polled = subprocess.run(command, capture_output=True, text=True, timeout=60)
        if polled.returncode != 0:
            raise Failure(f"{shlex.join(command)}: exit {polled.returncode}\n{polled.stderr}")
        return samples(polled.stdout)

    recording = server.directory / "recording"
    expected = {key: float(value) for key, value in server.expected().items()}
    if not expected:
        raise Failure("the server returned no values")
    differ("polled", expected, poll("--record", recording))
    search(recording, server)
    server.stop()
    secrets.unlink()
    differ("replayed", expected, poll("--replay", recording))
    return len(expected)


def differ(how, expected, found):
    """Fails if the samples of a service are not the expected ones."""
    for key in sorted(expected.keys() | found.keys()):
        if expected.get(key) != found.get(key):
            raise Failure(f"{how}: {key}: the server has {expected.get(key)}, cton exported {found.get(key)}")


def search(recording, server):
    """Fails if a recording contains a secret or a session."""
    values = [line.split(" = ", 1)[1] for line in server.secrets().splitlines() if "PASSWORD" in line or "KEY" in line]
    spellings = [spelling for value in values for spelling in (value, quote(value), quote_plus(value))]
    spellings += [base64.b64encode(f"{USER}:{value}".encode()).decode() for value in values]
    tokens = re.compile(r"eyJ[\w-]+\.eyJ[\w-]+|SID=[\w+/]{16,}|Session-Id: [\w+/]{16,}", re.IGNORECASE)
    for file in recording.rglob("*"):
        text = file.read_text(errors="replace") if file.is_file() else ""
        if any(spelling in text for spelling in spellings) or tokens.search(text):
            raise Failure(f"the recording contains a secret:\n{text}")


def main(program, *names):
    """Runs the servers and returns the exit status."""
    counts = {"passed": 0, "failed": 0, "skipped": 0}
    for kind in SERVERS:
        name = getattr(kind, "name", kind.__name__.lower())
        if names and name not in names:
            continue
        if (program_missing := missing(kind)) is not None:
            counts["failed" if "CI" in os.environ else "skipped"] += 1
            print(f"{name}: skipped: {program_missing} is not installed")
            continue
        with tempfile.TemporaryDirectory(prefix=f"cton-{name}-") as directory:
            server, began = kind(Path(directory)), time.monotonic()
            try:
                count = compare(server, name, Path(program).resolve())
                print(f"{name}: {count} samples equal the server's own ({time.monotonic() - began:.1f} s)")
                counts["passed"] += 1
            except (Failure, subprocess.SubprocessError, OSError, KeyError, ValueError, TypeError) as error:
                print(f"{name}: FAILED: {type(error).__name__}: {error}\n{server.logs()}")
                counts["failed"] += 1
            finally:
                server.stop()
        sys.stdout.flush()
    print(f"{counts['passed']} passed, {counts['failed']} failed, {counts['skipped']} skipped")
    return 1 if counts["failed"] else 0


if __name__ == "__main__":
    sys.exit(main(*sys.argv[1:]))
