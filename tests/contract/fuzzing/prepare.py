"""Looks around in a hall, so that requests are about what there is: writes schemathesis.toml into the directory where it runs.

HALL is the hall's address; PEOPLE is JSON: of each role, and of `client`, the name and the password.
"""

import json
import os
import uuid

import requests

HALL = os.environ["HALL"]
PEOPLE = json.loads(os.environ["PEOPLE"])
API = f"{HALL}/api/v1"
MOST = 40


def signed_in(kind):
    """The header of somebody who signed in."""
    name, password = PEOPLE[kind]
    if kind == "client":
        answer = requests.post(f"{HALL}/oauth/token", data={"grant_type": "client_credentials"}, auth=(name, password))
    else:
        answer = requests.post(f"{API}/sessions", json={"username": name, "password": password})
    answer.raise_for_status()
    return {"Authorization": f"Bearer {answer.json()['access_token']}"}


SESSIONS = {}


def ask(kind, path, body=None):
    if kind not in SESSIONS:
        SESSIONS[kind] = signed_in(kind)
    method = "GET" if body is None else "POST"
    answer = requests.request(method, API + path, headers=SESSIONS[kind], json=body)
    answer.raise_for_status()
    return answer.json()


def somebody(outlet):
    """An account that may be locked out without anybody missing it."""
    name = f"spare-{uuid.uuid4().hex[:12]}"
    body = {"username": name, "display_name": "备用", "roles": ["clerk"], "outlet": outlet}
    return ask("security_administrator", "/users", body)["user"]["id"]


def system():
    body = {"client_id": f"spare-{uuid.uuid4().hex[:12]}", "name": "备用", "scopes": ["cases:read"]}
    return ask("security_administrator", "/clients", body)["client"]["client_id"]


cases = [case["acceptance_number"] for case in ask("supervisor", f"/cases?limit={MOST}")["items"]]
shown = [ask("clerk", f"/cases/{number}") for number in cases]
certificates = ask("supervisor", f"/certificates?limit={MOST}")["items"]
outlets = [outlet["code"] for outlet in ask("clerk", "/outlets")["items"]]
case_types = [case_type["code"] for case_type in ask("clerk", "/case-types")["items"]]
applications = [application["code"] for application in ask("clerk", "/applications")["items"]]
there = {
    "path.key": cases,
    "path.action": sorted({offer["action"] for case in shown for offer in case["actions"]}),
    "path.material": sorted({row["material"] for case in shown for row in case["materials"]["sheets"]}),
    "path.receipt": sorted({payment["receipt"] for case in shown for payment in case["fee"]["payments"]}),
    "path.serial": [certificate["serial"] for certificate in certificates],
    "path.application": applications,
    "path.username": ["nobody", "clerk-two"],
    "path.client_id": [system() for _ in range(6)],
    "path.id": [somebody(outlets[0]) for _ in range(6)],
    "path.number": [1, 2],
    "path.year": [2025, 2026, 2027],
    "query.outlet": outlets,
    "query.case_type": case_types,
    "query.organization_code": [certificate["organization_code"] for certificate in certificates],
    "header.If-Match": [f'"{version}"' for version in range(10)],
}
# What `code` is of depends on the path.
codes = {
    "/api/v1/case-types/{code}": case_types,
    "/api/v1/organizations/{code}/eligibility": there["query.organization_code"],
    "/api/v1/certificates/{serial}/services/{code}": applications + ["e-seal"],
    "/api/v1/certificates/{serial}/services/{code}/{act}": applications + ["e-seal"],
}

# TOML writes strings and lists of them as JSON does.
written = ["[parameters]"]
for name, values in there.items():
    assert values, name
    written.append(f'"{name}" = {{ dictionary = "{name}", probability = 0.9 }}')
for path, values in codes.items():
    written.append(f'[[operations]]\ninclude-path = "{path}"')
    written.append(f'parameters = {{ "path.code" = {{ dictionary = "{path}", probability = 0.9 }} }}')
# An application that isn't as its schema says is refused in an answer with 200, beside those that are.
by_themselves = ["/api/v1/cases/bulk"]
for name, values in {**there, **codes}.items():
    written.append(f"[dictionaries.{json.dumps(name)}]\nvalues = {json.dumps(values)}")
# What a schema can't say is told by its code, and held against a list: see hooks.py.
refused = ["400", "401", "403", "404", "405", "406", "408", "409", "412", "413", "415", "422", "428", "429"]
written.append(f"[checks.negative_data_rejection]\nexpected-statuses = {json.dumps(refused)}")
for path in by_themselves:
    written.append(f'[[operations]]\ninclude-path = "{path}"')
    written.append(f"checks = {{ negative_data_rejection = {{ expected-statuses = {json.dumps(['200', *refused])} }} }}")
accepted = ["2xx", "3xx", *refused]
written.append(f"[checks.positive_data_acceptance]\nexpected-statuses = {json.dumps(accepted)}")
with open("schemathesis.toml", "w", encoding="utf-8") as file:
    file.write("\n".join(written) + "\n")
