"""A hall on several machines, all of them this one: three of etcd, three of PostgreSQL under Patroni, two haproxies, two instances.

They are configured by the very files of docs/high-availability, in which only addresses and paths are replaced. Only 127.0.0.1 and free
ports; everything lies in one directory, and ends with `Cluster.end`.
"""

import json
import os
import re
import signal
import socket
import subprocess
import time
import urllib.request
from pathlib import Path

FILES = Path(__file__).resolve().parents[2] / "docs" / "high-availability"
MEMBERS = ("db1", "db2", "db3")
BALANCERS = ("haproxy1", "haproxy2")
INSTANCES = ("hall1", "hall2")


def free_port():
    with socket.socket() as listener:
        listener.bind(("127.0.0.1", 0))
        return listener.getsockname()[1]


def until(what, is_so, seconds=60):
    """Waits until something is so, and answers what it was."""
    limit = time.monotonic() + seconds
    while True:
        found = is_so()
        if found:
            return found
        if time.monotonic() > limit:
            raise SystemExit(f"in vain for {seconds} seconds: {what}")
        time.sleep(0.1)


def asked(url, timeout=2):
    """The JSON that an address answers, or None."""
    try:
        with urllib.request.urlopen(url, timeout=timeout) as answer:
            return json.load(answer)
    except (OSError, ValueError):
        return None


class Cluster:
    def __init__(self, directory, program, postgres):
        self.directory, self.program, self.postgres = directory, program, postgres
        self.processes, self.ports = {}, {}
        for name in MEMBERS:
            for port in (2379, 2380, 5432, 8008):
                self.ports[f"{name}.hall.example:{port}"] = free_port()
        for name in INSTANCES:
            self.ports[f"{name}.hall.example:8081"] = free_port()
        for name in BALANCERS:
            self.ports[name] = free_port()

    # How each is configured.

    def file(self, name, own=None, changes=()):
        """A file of the documentation for one of the machines, with the addresses of this one."""
        text = (FILES / name).read_text()
        first = own and re.sub(r"\d", "1", own)
        if own and own != first:
            # What is the machine's own; the lists of all members stay.
            own_lines = r"^(ETCD_NAME=|ETCD_DATA|ETCD_LISTEN|ETCD_ADV|ETCD_INITIAL_ADV|name:|\s+listen:|\s+connect_address:|host =).*$"
            text = re.sub(own_lines, lambda line: line[0].replace(first, own), text, flags=re.M)
        for old, new in changes:
            if old not in text:
                raise SystemExit(f"{name}: there is no {old}")
            text = text.replace(old, new)
        for address, port in self.ports.items():
            text = text.replace(address, f"127.0.0.1:{port}")
        return text

    def start_etcd(self, name):
        environment = dict(
            line.split("=", 1) for line in self.file("etcd.env", name).splitlines() if line and not line.startswith("#")
        )
        environment["ETCD_DATA_DIR"] = str(self.directory / f"etcd-{name}")
        environment["ETCD_LOGGER"] = "zap"
        self.start(f"etcd-{name}", ["etcd"], environment)

    def start_patroni(self, name):
        data = self.directory / f"data-{name}"
        changes = [
            ("/var/lib/postgresql/15/casehall", str(data)),
            ("/usr/lib/postgresql/15/bin", str(self.postgres)),
            ("/var/lib/postgresql/patroni.pgpass", str(self.directory / f"pgpass-{name}")),
            ("/etc/patroni/server", str(self.directory / "server")),
            # A private network is one address here, and PostgreSQL would make its socket where it may not.
            ("  parameters:\n    ssl:", f"  parameters:\n    unix_socket_directories: '{self.directory}'\n    ssl:"),
        ]
        path = self.directory / f"patroni-{name}.yml"
        path.write_text(self.file("patroni.yml", name, changes))
        path.chmod(0o600)
        self.start(f"patroni-{name}", ["patroni", str(path)])

    def start_balancer(self, name):
        path = self.directory / f"{name}.cfg"
        path.write_text(self.file("haproxy.cfg", changes=[("hall.hall.example:8080", f"127.0.0.1:{self.ports[name]}")]))
        self.start(name, ["haproxy", "-db", "-f", str(path)])

    def command(self, name, *arguments):
        keys = self.directory / "casehall"
        keys.mkdir(exist_ok=True)
        port = self.ports[f"{name}.hall.example:8081"]
        changes = [
            ("10.0.0.0/24", "127.0.0.1"),
            (f'"{name}.hall.example"\nport = 8081', f'"127.0.0.1"\nport = {port}'),
            ("/var/lib/casehall", str(keys)),
            ("/etc/casehall", str(keys)),
        ]
        path = self.directory / f"{name}.toml"
        # One clerk is a whole crowd here.
        crowd = "\n[openings]\nper_account_and_hour = 1000000\n"
        path.write_text(self.file("casehall.toml", name, changes) + crowd)
        return [str(self.program), "--config", str(path), *arguments]

    def start_instance(self, name):
        self.start(name, self.command(name, "serve"))

    # Processes.

    def start(self, name, command, environment=None):
        log = open(self.directory / f"{name}.log", "ab")
        environment = {"PATH": "/usr/sbin:/usr/bin:/sbin:/bin", "LC_ALL": "C.UTF-8", "LANG": "C.UTF-8", **(environment or {})}
        self.processes[name] = subprocess.Popen(
            command, stdin=subprocess.DEVNULL, stdout=log, stderr=log, cwd=self.directory, env=environment, start_new_session=True
        )

    def kill(self, name):
        process = self.processes.pop(name)
        process.kill()
        process.wait()

    def postmaster(self, member):
        try:
            return int((self.directory / f"data-{member}" / "postmaster.pid").read_text().split("\n")[0])
        except (OSError, ValueError):
            return None

    def kill_postgres(self, member):
        pid = self.postmaster(member)
        if pid:
            os.kill(pid, signal.SIGKILL)

    def kill_host(self, member):
        """Everything of PostgreSQL on one machine; etcd runs on."""
        self.kill(f"patroni-{member}")
        self.kill_postgres(member)

    # What is so.

    def members(self):
        """Each member of PostgreSQL by its role, where it runs."""
        for name in MEMBERS:
            cluster = asked("http://127.0.0.1:%d/cluster" % self.ports[f"{name}.hall.example:8008"])
            if cluster:
                running = [m for m in cluster["members"] if m.get("state") in ("running", "streaming")]
                return {member["role"]: member["name"] for member in running}, len(running)
        return {}, 0

    def is_whole(self):
        roles, running = self.members()
        ready = all(asked("http://127.0.0.1:%d/readyz" % self.ports[f"{name}.hall.example:8081"]) for name in INSTANCES)
        balanced = all(asked("http://127.0.0.1:%d/readyz" % self.ports[name]) for name in BALANCERS)
        return running == len(MEMBERS) and "leader" in roles and "sync_standby" in roles and ready and balanced

    def etcd_leader(self):
        for name in MEMBERS:
            request = urllib.request.Request(
                "http://127.0.0.1:%d/v3/maintenance/status" % self.ports[f"{name}.hall.example:2379"], b"{}"
            )
            status = asked(request)
            if status and status.get("leader") == status["header"]["member_id"]:
                return name
        return None

    def addresses(self, database, user, password):
        hosts = ",".join("127.0.0.1:%d" % self.ports[f"{name}.hall.example:5432"] for name in MEMBERS)
        return f"postgres://{user}:{password}@{hosts}/{database}?target_session_attrs=read-write&connect_timeout=2"

    def end(self):
        for name in MEMBERS:
            process = self.processes.pop(f"patroni-{name}", None)
            if process:
                process.kill()
            self.kill_postgres(name)
        for process in self.processes.values():
            process.kill()
