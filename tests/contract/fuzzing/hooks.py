"""Who asks, and what is looked at beside what schemathesis looks at by itself.

Every operation is asked with a token of each kind, then mostly by those who may. Of ten valid requests nine are such as a program sends that
looks first: with a key of their own, in the version that is there, by an action that is offered. What a valid request may be refused for are the rules, which a
schema can't say; by what a schema says it isn't refused. HALL and PEOPLE are as in prepare.py; LEAST_CASES is how many requests there
must be, and LEAST_DONE how many percent of them are done.
"""

import collections
import json
import os
import re
import threading
import urllib.parse
import uuid

import requests
import schemathesis

HALL = os.environ["HALL"]
PEOPLE = json.loads(os.environ["PEOPLE"])
LEAST_CASES = int(os.environ["LEAST_CASES"])
LEAST_DONE = int(os.environ["LEAST_DONE"])
KINDS = list(PEOPLE)

# Faults that a schema describes: no request that is valid by it has one. Not among them: what is missing only in some states, and what is too
# short, since blanks around a text don't count.
STRUCTURE = {
    "unknown_field",
    "wrong_type",
    "too_long",
    "too_small",
    "too_large",
    "not_multiple",
    "bad_format",
    "bad_pattern",
    "too_few_items",
    "too_many_items",
    "repeated_parameter",
}
# Where a member may be missing, or not belong, and why no schema says so: everywhere else that is a fault of the structure.
DEPENDS = {
    "/api/v1/batches/{action}": "on the action of the workflow",
    "/api/v1/cases": "on the case type; the registration number on the kind of organization",
    "/api/v1/cases/bulk": "likewise",
    "/api/v1/cases/{key}/actions/{action}": "on the action of the workflow",
    "/api/v1/cases/{key}/assignee": "on whose the case is",
    "/api/v1/cases/{key}/hand-over": "on the state of the case",
    "/api/v1/cases/{key}/materials": "on what was recorded before",
    "/api/v1/cases/{key}/materials/{material}": "likewise",
    "/api/v1/cases/{key}/release": "on whose the case is",
    "/api/v1/reports/{name}": "on the report",
    "/api/v1/webhooks": "on who asks",
}
PLACED = {"missing_field", "unexpected_field"}
# Kinds of refusals that a valid request may meet, and why no schema says so.
RULES = {
    "invalid_request": "rules over several members, numbers with check characters, what the hall's configuration has; see `errors`",
    "invalid_query": "likewise, of a query",
    "invalid_path": "a number with check characters",
    "invalid_header": "an Idempotency-Key where the answer is a secret",
    "materials_incomplete": "what was recorded before",
    "version_stale": "what others changed meanwhile",
    "precondition_required": "who overwrites what is there must have seen it",
    "idempotency_key_reused": "what was sent before with the key",
    "too_many_attempts": "what was tried before",
    "too_many_requests": "likewise",
    "too_many_reports": "likewise",
    "too_many_openings": "likewise",
}

# Here whatever is wrong with a row is its own refusal, in an answer with 200.
BY_THEMSELVES = ("/api/v1/cases/bulk",)

LOCK = threading.Lock()
TOKENS = {}
TURNS = collections.Counter()


def allowed(operation):
    """The kinds that may, as the description says."""
    words = operation.definition.raw.get("description", "")
    if "the staff, in every role" in words:
        return [kind for kind in KINDS if kind != "client"]
    said = re.findall(r"For the roles? ((?:`[a-z_]+`(?:, )?)+)", words)
    return [kind for kind in KINDS if said and f"`{kind}`" in said[-1]] + ["client"] * ("other system" in words)


def sign_in(kind):
    name, password = PEOPLE[kind]
    if kind == "client":
        return requests.post(f"{HALL}/oauth/token", data={"grant_type": "client_credentials"}, auth=(name, password))
    return requests.post(f"{HALL}/api/v1/sessions", json={"username": name, "password": password})


def token(kind):
    if kind not in TOKENS:
        answer = sign_in(kind)
        if answer.status_code == 429:
            # A hundred wrong passwords for one's own account, of `POST /password`: until the lock has ended.
            requests.post(f"{HALL}/demo/clock", json={"advance_seconds": 960}).raise_for_status()
            TOKENS.clear()
            answer = sign_in(kind)
        answer.raise_for_status()
        TOKENS[kind] = answer.json()["access_token"]
    return TOKENS[kind]


@schemathesis.auth(refresh_interval=None)
class EachInTurn:
    def get(self, case, context):
        label = context.operation.label
        with LOCK:
            turn = TURNS[label]
            TURNS[label] += 1
            # Of ten requests one is of whoever's turn it is, may they or not.
            among = KINDS if turn % 10 == 9 else allowed(context.operation) or KINDS
            return token(among[(turn // 10 if turn % 10 == 9 else turn) % len(among)])

    def set(self, case, data, context):
        case.headers = case.headers or {}
        case.headers["Authorization"] = f"Bearer {data}"


def seen(case, path):
    """What the caller sees at a path: its version and itself."""
    answer = requests.get(f"{HALL}{path}", headers={"Authorization": case.headers["Authorization"]})
    is_there = answer.status_code == 200 and answer.headers["Content-Type"] == "application/json"
    return answer.headers.get("ETag"), answer.json() if is_there else {}


def look_first(case):
    """Makes of a valid request one of a program that looks first."""
    headers, names, path = case.headers or {}, case.path_parameters or {}, case.operation.path
    if "Idempotency-Key" in headers:
        headers["Idempotency-Key"] = str(uuid.uuid4())
    if "Authorization" not in headers or not ("If-Match" in headers or path.endswith("/actions/{action}")):
        return
    of = path[: path.index("}") + 1] if "}" in path else path
    for name, value in names.items():
        of = of.replace(f"{{{name}}}", urllib.parse.quote(str(value), safe=""))
    version, there = seen(case, of)
    if version and "If-Match" in headers:
        headers["If-Match"] = version
    offered = [offer["action"] for offer in there.get("actions", []) if not offer["blocked_by"]]
    if offered and path.endswith("/actions/{action}"):
        names["action"] = offered[TURNS["offered"] % len(offered)]
        TURNS["offered"] += 1


@schemathesis.hook
def before_call(context, case, kwargs):
    TURNS["called"] += 1
    is_valid = case.meta is not None and case.meta.generation.mode.is_positive
    if is_valid and TURNS["called"] % 10 != 9:
        look_first(case)
    # Of what is asked for in parts an answer has fewer members than the schema of the whole has.
    if is_valid:
        (case.query or {}).pop("fields", None)
    # The example of the description, with wrong passwords: whoever asks here would be locked out.
    names = {name for name, _ in PEOPLE.values()}
    if case.operation.path == "/api/v1/sessions" and isinstance(case.body, dict) and str(case.body.get("username")) in names:
        case.body["username"] = "somebody-else"
    # So would the system that asks, whose id is an example, too.
    if str((case.path_parameters or {}).get("client_id")) in names and case.method != "GET":
        case.path_parameters["client_id"] = "somebody-else"


@schemathesis.hook
def after_call(context, case, response):
    sent = (response.request.headers.get("Authorization") or "").removeprefix("Bearer ")
    signed_out = response.request.method == "DELETE" and "/sessions" in response.request.url
    if response.status_code == 401 or signed_out:
        with LOCK:
            for kind in [kind for kind, known in TOKENS.items() if known == sent]:
                del TOKENS[kind]  # signs in again


@schemathesis.check
def refused_by_rules_only(context, response, case):
    """A valid request is refused for what no schema can say."""
    meta = case.meta
    if meta is None or not meta.generation.mode.is_positive:
        return
    if response.status_code == 200 and case.operation.path in BY_THEMSELVES:
        for row in response.json()["results"]:
            if row["result"] == "refused":
                by_rules(row["problem"], case.operation.path)
    if response.status_code not in (400, 412, 422, 428, 429):
        return
    problem = response.json()
    if "code" not in problem:  # OAuth has answers of its own (RFC 6749)
        return
    by_rules(problem, case.operation.path)


def by_rules(problem, path):
    # Whether applications are chosen at all, depends on the case type.
    errors = [fault for fault in problem.get("errors", []) if fault.get("pointer") != "/applications"]
    code, faults = problem["code"], [fault["code"] for fault in errors]
    blocked = problem.get("blocked_by") or problem.get("missing") or problem.get("alternatives")
    if code not in RULES and not blocked:
        raise AssertionError(f"{code} isn't among the rules")
    described = STRUCTURE if path in DEPENDS else STRUCTURE | PLACED
    if structure := described.intersection(faults):
        raise AssertionError(f"valid, but {sorted(structure)}: {problem['errors']}")


@schemathesis.check
class RealStates:
    """There are enough requests, and enough of them are done."""

    def __init__(self):
        self.statuses = collections.Counter()
        self.rules = collections.Counter()

    def after_response(self, context, response, case):
        self.statuses[response.status_code] += 1
        if response.status_code in (400, 422) and case.meta and case.meta.generation.mode.is_positive:
            problem = response.json()
            self.rules.update({fault["code"] for fault in problem.get("errors", [])} or {str(problem.get("code") or problem.get("error"))})

    def after_run(self, context):
        asked = sum(self.statuses.values())
        done = sum(count for status, count in self.statuses.items() if status < 300)
        print(f"answers: {asked}, done: {done}, by status: {dict(sorted(self.statuses.items()))}")
        print(f"valid requests were refused for: {dict(sorted(self.rules.items()))}")
        assert asked >= LEAST_CASES, f"only {asked} requests"
        assert 100 * done >= LEAST_DONE * asked, f"only {done} of {asked} were done"
