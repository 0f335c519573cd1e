"""Reads event logs with pm4py and holds every trace against its case type's machine.

    check.py <directory of workflows in their whole form> <log.xes> [<log.csv>]...

The machine is read from the workflow's whole form: a place for each state, a transition for each action from each state that it
can be taken in, one that opens the case, and nothing silent. A trace fits when its alignment costs nothing, which pm4py
finds without regard to from_state and to_state; then these are compared with the machine, too. What a hall does besides a
workflow's actions (announcing, assigning) is left out, as long as it says that it moves nothing.

Prints one JSON object: for each log its counts, and why each trace that doesn't fit doesn't.
"""

import contextlib
import json
import sys
import tomllib
from pathlib import Path

import warnings

warnings.filterwarnings("ignore")
with contextlib.redirect_stdout(sys.stderr):  # it greets
    import pandas
    import pm4py
    from pm4py.objects.petri_net.obj import Marking, PetriNet
    from pm4py.objects.petri_net.utils import petri_utils

OPEN = "open"
# Without a linear program for each step: the machine has one place for each state, so there is little to search.
SEARCH = "Variants.VERSION_DIJKSTRA_LESS_MEMORY"


class Machine:
    """A workflow as a Petri net."""

    def __init__(self, path):
        workflow = tomllib.loads(path.read_text(encoding="utf-8"))
        self.edition = workflow["edition"]
        # Where papers that were accepted must be checked again, a step may lead back.
        recheck_in = {state["code"]: state["recheck_in"] for state in workflow["states"] if "recheck_in" in state}
        self.steps = {(None, OPEN): {workflow["initial"]}}
        for action in workflow["actions"]:
            for state in action["from"]:
                to = action.get("to", state)
                self.steps[state, action["code"]] = {to, recheck_in.get(to, to)}
        self.actions = {action for _, action in self.steps}
        self.net = PetriNet(workflow["code"])
        self.places = {state: PetriNet.Place(str(state)) for state in [None] + [s["code"] for s in workflow["states"]]}
        self.net.places.update(self.places.values())
        for (state, action), ends in self.steps.items():
            for to in sorted(ends):
                transition = PetriNet.Transition(f"{state}-{action}-{to}", action)
                self.net.transitions.add(transition)
                petri_utils.add_arc_from_to(self.places[state], transition, self.net)
                petri_utils.add_arc_from_to(transition, self.places[to], self.net)

    def misfits(self, traces):
        """Traces that pm4py can't align without cost with a way to the state that they say they are in."""
        for last, group in traces.groupby(traces.groupby("case:concept:name")["to_state"].transform("last")):
            if last not in self.places:
                yield from ((case, f"no such state: {last}") for case in group["case:concept:name"].unique())
                continue
            start, end = Marking({self.places[None]: 1}), Marking({self.places[last]: 1})
            # In the order of the groups: pm4py takes them by the order in which cases first appear.
            cases = list(group["case:concept:name"].unique())
            found = pm4py.conformance_diagnostics_alignments(group, self.net, start, end, variant_str=SEARCH)
            assert len(found) == len(cases)
            for case, alignment in zip(cases, found):
                if alignment is None or alignment["fitness"] < 1.0:
                    yield case, f"doesn't fit: {alignment and alignment['alignment']}"

    def strays(self, case, events):
        """Where the states that a trace names aren't those of the machine."""
        state = None
        for event in events.itertuples():
            ends = self.steps.get((state, event.action), set())
            came, to = (text(event.from_state), text(event.to_state)) if event.moves else (state, state)
            moves = event.action == OPEN or to != state
            if event.action in self.actions and (to not in ends or event.moves != moves or came != state):
                yield case, f"{event.action} in {state} says {(came, to)}"
                return
            state = to


def text(value):
    return value if isinstance(value, str) and value else None


def read(path):
    if path.suffix == ".csv":
        log = pandas.read_csv(path, encoding="utf-8-sig", dtype={"case:concept:name": str})
        return pm4py.format_dataframe(log, "case:concept:name", "concept:name", "time:timestamp")
    return pm4py.read_xes(str(path))


def check(path, machines):
    log = read(path)
    columns = ["case:workflow", "from_state", "to_state", "moves", "org:resource", "lifecycle:transition"]
    assert not (missing := [column for column in columns if column not in log]), missing
    log["action"] = log["concept:name"]
    log["moves"] = log["moves"].astype(bool)
    unfit, housekeeping = {}, 0
    for (code, edition), traces in log.groupby(["case:workflow", "case:workflow_edition"]):
        machine = machines[code]
        assert machine.edition == int(edition), f"{code} is of edition {edition}"
        besides = ~traces["action"].isin(machine.actions) & ~traces["moves"]
        housekeeping += int(besides.sum())
        traces = traces[~besides]
        for case, why in machine.misfits(traces):
            unfit.setdefault(case, why)
        for case, events in traces.groupby("case:concept:name", sort=False):
            for case, why in machine.strays(case, events):
                unfit.setdefault(case, why)
    events = log.sort_values(["case:concept:name", "time:timestamp"], kind="stable")
    key = events[["case:concept:name", "concept:name", "time:timestamp", "org:resource", "moves", "to_state"]]
    return {
        "traces": int(log["case:concept:name"].nunique()),
        "events": len(log),
        "housekeeping": housekeeping,
        "workflows": sorted(log["case:workflow"].unique()),
        "actions": sorted(log["action"].unique()),
        "states": sorted(log["to_state"].dropna().unique()),
        "digest": int(pandas.util.hash_pandas_object(key.astype(str).replace({"nan": "", "None": ""}), index=False).sum() % 2**53),
        "unfit": unfit,
    }


def main():
    workflows, *logs = map(Path, sys.argv[1:])
    machines = {path.stem: Machine(path) for path in workflows.glob("*.toml")}
    with contextlib.redirect_stdout(sys.stderr):
        found = {path.name: check(path, machines) for path in logs}
    json.dump(found, sys.stdout, ensure_ascii=False, indent=1)


if __name__ == "__main__":
    main()
