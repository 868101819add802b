"""The plan of a flow: its parts, their order, loops and triggers; and the registry of handlers."""

from __future__ import annotations

import pytest
from flows import STANDARD, connection, flow_of, processor
from nifi_converter.convert import convert_flow
from nifi_converter.model import Connection, End, Port, ProcessGroup, Processor, Schedule
from nifi_converter.plan import Loop, make_plan, trigger_of
from nifi_converter.planning.triggers import period_seconds, quartz_of


# ---- plan ----

def test_ports_and_funnels_are_wires():
    inner = ProcessGroup(id="i", name="Inner", processors=[Processor(id="b", name="b", group_id="i", type=STANDARD + "LogAttribute")],
                         input_ports=[Port(id="in", name="in", group_id="i")],
                         connections=[Connection(id="x", name="", group_id="i", source=End("in", "i", "INPUT_PORT"), destination=End("b", "i", "PROCESSOR"))])
    outer = Connection(id="y", name="", group_id="g", source=End("a", "g", "PROCESSOR"), destination=End("in", "i", "INPUT_PORT"), relationships=("success",))
    flow = flow_of([processor("a", "GenerateFlowFile")], [outer])
    flow.root.groups.append(inner)
    plan = make_plan(flow)
    wires = [(w.source, w.relationships, w.destination, len(w.connections)) for w in plan.graph.wires]
    assert wires == [("g/a", ("success",), "i/b", 2)] and len(plan.parts) == 1


def test_parts_are_the_connected_parts_and_what_has_no_connection_stands_alone():
    plan = make_plan(flow_of([processor(k) for k in "abcde"], [connection("a", "b"), connection("c", "d")]))
    assert [len(p.nodes()) for p in plan.parts] == [2, 2] and [n.name for n in plan.alone] == ["e"]


def test_a_circle_is_a_loop_and_a_large_one_goes_through_a_table():
    small = make_plan(flow_of([processor(k) for k in "abc"], [connection("a", "b"), connection("b", "c"), connection("c", "b", "failure")]))
    loops = [s for s in small.parts[0].steps if isinstance(s, Loop)]
    assert [[n.name for n in s.nodes] for s in loops] == [["b", "c"]] and [w.relationships for w in loops[0].back] == [("failure",)]
    names = [f"p{i:02d}" for i in range(20)]
    ring = make_plan(flow_of([processor(k, "UpdateAttribute") for k in names], [connection(a, b) for a, b in zip(names, names[1:] + names[:1])]))
    assert not any(isinstance(s, Loop) for s in ring.parts[0].steps) and len(ring.parts[0].feedback) == 1


def test_a_deep_chain_does_not_overflow():
    names = [f"p{i}" for i in range(3000)]
    plan = make_plan(flow_of([processor(k) for k in names], [connection(a, b) for a, b in zip(names, names[1:])]))
    assert len(plan.parts[0].steps) == 3000


@pytest.mark.parametrize("text, seconds", [("5 mins", 300), ("1 sec", 1), ("1.5 hours", 5400), ("0 sec", 0), ("100 millis", 0.1), ("2 days", 172800), ("soon", None)])
def test_periods(text, seconds):
    assert period_seconds(text) == (pytest.approx(seconds) if seconds is not None else None)


def test_triggers():
    cron = trigger_of([processor("a", schedule=Schedule("CRON_DRIVEN", " 0 0  6 * * ? "))])
    quick = trigger_of([processor("a", schedule=Schedule("TIMER_DRIVEN", "1 sec")), processor("b", schedule=Schedule("TIMER_DRIVEN", "1 hour"))])
    hourly = trigger_of([processor("b", schedule=Schedule("TIMER_DRIVEN", "1 hour"))])
    assert quartz_of(cron) == "0 0 6 * * ?"
    assert quartz_of(quick) == "0 0/5 * * * ?" and "every 1 sec" in quick.slowed
    assert quartz_of(hourly) == "0 0 0/1 * * ?"


@pytest.mark.parametrize("text, version, quartz, note", [
    ("0 0 0 * * 1", "2.4.0", "0 0 0 ? * MON", ""),
    ("0 0 0 ? * 1", "1.28.1", "0 0 0 ? * 1", ""),
    ("0 0 0 1 * MON", "2.4.0", "", "no Quartz cron"),
    ("0 0 0 * * *", "1.28.1", "", "must be ?"),
    ("#{when}", "1.28.1", "", "no schedule"),
])
def test_cron_schedules_go_by_the_flows_own_nifi(text, version, quartz, note):
    trigger = trigger_of([processor("a", schedule=Schedule("CRON_DRIVEN", text))], nifi_version=version)
    assert quartz_of(trigger) == quartz and (note in trigger.notes[0] if note else not trigger.notes)


def test_what_only_the_run_could_parse_is_not_converted():
    update = Processor(id="u", name="u", group_id="g", type="org.apache.nifi.processors.attributes.UpdateAttribute",
                       properties={"x": "${a:evaluateELString()}"})
    report = convert_flow(flow_of([processor("in", "GenerateFlowFile"), update], [connection("in", "u")])).report
    entry = next(p for p in report["processors"] if p["name"] == "u")
    assert entry["level"] == "manual" and "evaluateELString" in entry["reason"]


# ---- registry ----


def test_no_type_has_two_handlers():
    from nifi_converter import processors

    processors.load()
    assert processors.duplicates == []
