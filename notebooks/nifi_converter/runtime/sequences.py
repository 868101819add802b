"""EnforceOrder: flow files of a group in the order of a number, over runs."""

from __future__ import annotations

from . import el_environment
from .tables import remember, remembered


class Positions:
    """The next number that each group waits for; `commit` is the run's last act."""

    def __init__(self, spark, table):
        self.spark, self.table = spark, table
        self.values = remembered(spark, table)

    def commit(self):
        remember(self.spark, self.table, self.values)


def enforce_order(flow_files, positions, attribute, group, initial="0", maximum=None):
    """EnforceOrder. `group`, `initial`, `maximum`: texts or functions of the attributes.

    success in order without a gap; `skipped` what is below the next number, `wait` what is above it, `failure` without
    a number. Nothing times out within a run, so nothing overtakes.
    """
    now = str(el_environment.now().milliseconds)
    groups, out = {}, []

    def value(option, flow_file):
        return option(flow_file.attributes) if callable(option) else option

    def failed(flow_file, why):
        noted = {"EnforceOrder.result": "failure", "EnforceOrder.detail": why}
        out.append(("failure", flow_file.with_attributes(noted).failed(why)))

    for flow_file in flow_files:
        text = flow_file.attributes.get(attribute)
        key = value(group, flow_file)
        if not key:
            failed(flow_file, "Failed to get Group Identifier.")
        elif not text:
            failed(flow_file, f"Order attribute is missing: {attribute}" if text is None else "Order attribute is empty.")
        else:
            try:
                number = int(text)
            except ValueError:
                failed(flow_file, f'Failed to parse order attribute due to java.lang.NumberFormatException: For input string: "{text}"')
                continue
            highest = value(maximum, flow_file)
            if highest and number > int(highest):
                failed(flow_file, f"Order attribute is greater than the maximum order {highest}.")
            else:
                groups.setdefault(key, []).append((number, flow_file))
    for key, members in groups.items():
        members.sort(key=lambda member: member[0])
        first = value(initial, members[0][1])
        target = int(positions.values.get(key, first))
        for number, flow_file in members:
            noted = {"EnforceOrder.startedAt": flow_file.attributes.get("EnforceOrder.startedAt", now)}
            if number == target:
                target += 1
                out.append(("success", flow_file.without_attributes(["EnforceOrder.expectedOrder"]).with_attributes(noted, **{"EnforceOrder.result": "success"})))
                continue
            name = "skipped" if number < target else "wait"
            noted.update({"EnforceOrder.result": name, "EnforceOrder.expectedOrder": str(target)})
            out.append((name, flow_file.with_attributes(noted)))
        positions.values[key] = str(target)
    return out
