"""Rules over attributes alone, as functions of one flow file, for expressions that no column states."""

from __future__ import annotations

import re

from .flow_files import resolved
from .tables import remember, remembered


def without(flow_file, delete, incoming):
    """The flow file without those of the incoming attributes whose whole name a regular expression matches. What was set
    under a name that did not come in stays."""
    if not delete:
        return flow_file
    pattern = re.compile(delete)
    return flow_file.without_attributes([k for k in incoming if pattern.fullmatch(k)])


def update(flow_file, values, delete=None):
    """UpdateAttribute. All values saw the incoming attributes; the delete expression acts last and wins."""
    return [("success", without(flow_file.with_attributes(values), delete, flow_file.attributes))]


def update_by_rules(flow_file, rules, values=None, delete=None, clone=False):
    """UpdateAttribute with advanced rules: [(name, conditions, {attribute: value})], functions of the incoming attributes.

    Rules see neither the plain values nor each other. Without `clone` all matching rules act, later ones win; with it
    each further matching rule makes a clone. What a rule sets overrides the plain value.
    """
    incoming = flow_file.attributes
    matching = [(name, actions) for name, conditions, actions in rules.function
                if all(str(resolved(c, incoming)).strip().lower() == "true" for c in conditions)]
    results = [{**{k: resolved(v, incoming) for k, v in actions.items()}, "UpdateAttribute.matchedRule": name} for name, actions in matching]
    if not clone:
        merged = {}
        for result in results:
            merged.update(result)
        results = [merged]
    out = [flow_file.with_attributes({**(values or {}), **result}) for result in results or [{}]]
    return [("success", without(f, delete, incoming)) for f in out]


def route(flow_file, conditions, matched=None):
    """RouteOnAttribute by functions of the attributes; see rt.route_on_attribute for `matched`."""
    hits = [name for name, value in conditions.items() if str(value).lower() == "true"]
    if matched is None:
        names = hits or ["unmatched"]
    else:
        good = len(hits) == len(conditions) if matched == "all" else bool(hits)
        names = ["matched" if good else "unmatched"]
    return [(name, flow_file.with_attributes({"RouteOnAttribute.Route": name})) for name in names]


class State:
    """What a stateful UpdateAttribute keeps from flow file to flow file and from run to run; `commit` is the run's last act."""

    def __init__(self, spark, table):
        self.spark, self.table = spark, table
        self.values = remembered(spark, table)

    def commit(self):
        remember(self.spark, self.table, self.values)


def update_with_state(flow_file, values, state, initial="", delete=None):
    """UpdateAttribute with state: the values are functions of the attributes and of the state before this flow file."""
    names = values.function
    before = {name: state.values.get(name, initial) for name in names}
    new = {name: value(flow_file.attributes, before) if callable(value) else value for name, value in names.items()}
    state.values.update({k: "" if v is None else str(v) for k, v in new.items()})
    return [("success", without(flow_file.with_attributes(new), delete, flow_file.attributes))]
