"""Clerks who open cases through the balancers, and one who writes into the database without the program, for comparison."""

import http.client
import json
import socket
import threading
import time

import psycopg2

PASSWORD = "a long enough passphrase"
LETTERS = "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZ"
UNIFIED = "0123456789ABCDEFGHJKLMNPQRTUWXY"


def unified_code(number):
    """A made-up organization's code with right check characters (GB 11714, GB 32100); the zone PDY is never given out."""
    own = f"PDY{number:05}"
    check = 11 - sum(LETTERS.index(c) * weight for c, weight in zip(own, (3, 7, 9, 10, 5, 8, 4, 2))) % 11
    body = f"91440101{own}" + {10: "X", 11: "0"}.get(check, str(check))
    check = 31 - sum(UNIFIED.index(c) * pow(3, place, 31) for place, c in enumerate(body)) % 31
    return body + UNIFIED[check % 31]


def application(number):
    return {
        "case_type": "new-certificate",
        "organization": {"name": f"广州第{number}建筑有限公司", "unified_social_credit_code": unified_code(number)},
        "applicant": {"name": "谭丽", "identity_number": "440199196412310694", "phone": "13800138000"},
        "agent": {"name": "刘少芬", "identity_number": "440199196706237621", "phone": "020-38828393"},
        "applications": ["urban-construction"],
        "outlet": "guangzhou-center",
        "service_years": 1,
        "payment_method": "cash",
        "collection_method": "window",
        "responsibility_letter_accepted": True,
    }


class Caller:
    """A connection to whichever balancer answers."""

    def __init__(self, ports):
        self.ports, self.at, self.connection = ports, 0, None

    def ask(self, method, path, body=None, headers=None):
        """Status and answer; OSError or HTTPException where there was none."""
        try:
            if self.connection is None:
                self.connection = http.client.HTTPConnection("127.0.0.1", self.ports[self.at % len(self.ports)], timeout=30)
            headers = {"Content-Type": "application/json", "Accept-Language": "en", **(headers or {})}
            self.connection.request(method, path, body and json.dumps(body), headers)
            answer = self.connection.getresponse()
            text = answer.read()
            return answer.status, json.loads(text) if text[:1] in b"{[" else {}
        except (OSError, http.client.HTTPException):
            # The next try goes to the other one.
            self.connection, self.at = None, self.at + 1
            raise


class Load:
    """Clerks at work: each case is asked for with one key until it is acknowledged."""

    def __init__(self, ports, clerks):
        self.ports, self.lock, self.stop = ports, threading.Lock(), threading.Event()
        self.number, self.acknowledged, self.times = 0, {}, []
        self.refused = self.unknown = 0
        self.token, self.token_until = None, 0.0
        self.faults = []
        self.threads = [threading.Thread(target=self.work, args=(i,), daemon=True) for i in range(clerks)]

    def start(self):
        self.sign_in(Caller(self.ports))
        for thread in self.threads:
            thread.start()

    def sign_in(self, caller):
        status, body = caller.ask("POST", "/api/v1/sessions", {"username": "clerk", "password": PASSWORD})
        if status == 201 or status == 200:
            self.token, self.token_until = body["access_token"], time.monotonic() + 300
        return status

    def headers(self, caller):
        with self.lock:
            if time.monotonic() > self.token_until:
                try:
                    self.sign_in(caller)
                except (OSError, http.client.HTTPException):
                    pass
            return {"Authorization": f"Bearer {self.token}"}

    def work(self, place):
        caller = Caller(self.ports)
        caller.at = place
        while not self.stop.is_set():
            with self.lock:
                number, self.number = self.number, self.number + 1
            while True:
                try:
                    headers = {**self.headers(caller), "Idempotency-Key": f"opening-{number}"}
                    status, body = caller.ask("POST", "/api/v1/cases", application(number), headers)
                except (OSError, http.client.HTTPException):
                    status, body = None, {}
                if status == 201:
                    with self.lock:
                        self.acknowledged[number] = body["acceptance_number"]
                        self.times.append(time.monotonic())
                    break
                with self.lock:
                    if status is None or body.get("code") == "outcome_unknown" or status in (502, 504):
                        self.unknown += 1
                    elif status in (503, 401):
                        self.refused += 1
                        self.token_until = 0.0 if status == 401 else self.token_until
                    else:
                        self.faults.append((status, body))
                        self.stop.set()
                if self.stop.is_set():
                    return
                time.sleep(0.05)

    def check(self):
        """How many of the acknowledged are lost, and how many organizations have two cases."""
        caller, found, path = Caller(self.ports), {}, "/api/v1/cases?limit=200"
        while path:
            status, page = caller.ask("GET", path, headers=self.headers(caller))
            if status != 200:
                raise SystemExit(f"the list of cases: {status} {page}")
            for case in page["items"]:
                found.setdefault(case["organization_code"], []).append(case["acceptance_number"])
            path = page.get("next") and f"/api/v1/cases?limit=200&after={page['next']}"
        code = lambda number: unified_code(number)[8:17]
        lost = [n for n, acceptance in self.acknowledged.items() if acceptance not in found.get(code(n), [])]
        doubled = [organization for organization, numbers in found.items() if len(numbers) > 1]
        return len(lost), len(doubled)


class Bare:
    """What the cluster alone needs: a row every fiftieth of a second, on a connection to whichever server takes it."""

    def __init__(self, address):
        self.address, self.times, self.stop = address, [], threading.Event()
        self.thread = threading.Thread(target=self.work, daemon=True)

    def work(self):
        connection = None
        while not self.stop.is_set():
            try:
                if connection is None:
                    connection = psycopg2.connect(self.address)
                    connection.autocommit = True
                    connection.cursor().execute("CREATE TABLE IF NOT EXISTS bare (at TIMESTAMPTZ DEFAULT now())")
                connection.cursor().execute("INSERT INTO bare DEFAULT VALUES")
                self.times.append(time.monotonic())
            except psycopg2.Error:
                connection = None
            time.sleep(0.02)


def longest_gap(times, since, to):
    """The longest time without an acknowledgement between two instants."""
    within = [since] + sorted(t for t in list(times) if since < t < to) + [to]
    return max(after - before for before, after in zip(within, within[1:]))
