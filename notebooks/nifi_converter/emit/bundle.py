"""`databricks.yml`: the job of a flow, with its tasks, schedule, parameters and the names of its secrets."""

from __future__ import annotations

import json
import re
from typing import List

from ..planning import Part
from ..planning.triggers import quartz_of
from .context import Context
from .frame import part_trigger, sources_of
from .markdown import one_line

_BARE = re.compile(r"[A-Za-z_][A-Za-z0-9_./-]*")
_WORDS = {"true", "false", "yes", "no", "on", "off", "null", "y", "n"}


def scalar(text: object) -> str:
    """A YAML scalar: bare where nothing can misread it, otherwise double-quoted as in JSON, which YAML reads."""
    value = str(text)
    if _BARE.fullmatch(value) and value.lower() not in _WORDS:
        return value
    return json.dumps(value, ensure_ascii=True)


def bundle_source(context: Context, parts: List[Part]) -> str:
    """The bundle's text. One job per schedule: parts that run at the same times are tasks of one job."""
    slug = context.slug
    name = slug.replace("_", "-")
    lines = ["bundle:", f"  name: {scalar(name)}", "", "variables:"]
    for widget in sorted(context.widgets.values(), key=lambda w: w.name):
        lines.append(f"  {widget.name}:")
        if widget.description:
            lines.append(f"    description: {scalar(one_line(widget.description))}")
        lines.append(f"    default: {scalar(widget.default)}")
    if context.secrets:
        lines += ["", "# Secrets to put into the scope (databricks secrets put-secret SCOPE KEY); no value is in this folder:"]
        lines += [f"#   {one_line(key)}: {one_line(what)}" for key, what in sorted(context.secrets.items())]
    made = jobs(context, parts)
    if made:
        lines += ["", "resources:", "  jobs:"]
    for key, members in made:
        lines += _job(context, key, members)
    lines += ["", "targets:", "  dev:", "    mode: development", "    default: true", "  prod:", "    mode: production",
              "    workspace:  # the command line refuses a production target without it", "      root_path: /Workspace/Users/${workspace.current_user.userName}/.bundle/${bundle.name}/${bundle.target}", ""]
    return "\n".join(lines)


def jobs(context: Context, parts: List[Part]):
    """Parts by trigger, and by whether NiFi ran them: what was stopped must not start with the rest. A part that depends on
    another goes into the other's job."""
    by_name = {p.name: p for p in parts}
    home = {}
    groups = {}
    for part in _ordered(parts):
        trigger = part_trigger(context, part)
        key = (trigger.kind, trigger.expression, trigger.seconds, is_running(context, part))
        for needed in part.depends_on:
            if needed in home:
                key = home[needed]
        home[part.name] = key
        groups.setdefault(key, []).append(part)
    made = []
    for number, (key, members) in enumerate(groups.items(), start=1):
        made.append((f"{context.slug}_{number}" if len(groups) > 1 else context.slug, members))
    assert sum(len(m) for _, m in made) == len(by_name)
    return made


def is_running(context: Context, part: Part) -> bool:
    """Whether a source of the part was running in the flow file."""
    return any(s.raw_state == "RUNNING" for s in sources_of(context, part))


def _ordered(parts: List[Part]) -> List[Part]:
    """Parts after those that they depend on, otherwise in their own order."""
    done: List[Part] = []
    left = list(parts)
    while left:
        names = {p.name for p in left}
        ready = next((p for p in left if not names & set(p.depends_on)), left[0])
        done.append(ready)
        left.remove(ready)
    return done


def _job(context: Context, key: str, members: List[Part]) -> List[str]:
    trigger = part_trigger(context, members[0])
    running = any(is_running(context, p) for p in members)
    pause = "UNPAUSED" if running else "PAUSED"
    lines = [f"    {key}:", f"      name: {scalar(key.replace('_', '-'))}", "      max_concurrent_runs: 1", "      queue:", "        enabled: true"]
    parameters = sorted({name for part in members for name in context.widgets_of[part.name]})
    if parameters:
        lines.append("      parameters:")
        for name in parameters:
            lines += [f"        - name: {name}", f'          default: "${{var.{name}}}"']
    quartz = quartz_of(trigger)
    why = "" if running else "  # the sources were not running in the flow file"
    for note in (trigger.slowed, *trigger.notes):
        lines += [f"      # {one_line(note)}"] if note else []
    if quartz:
        zone = "  # NiFi reads a cron expression in its server's time zone: name that one" if trigger.kind == "cron" else ""
        lines += ["      schedule:", f"        quartz_cron_expression: {json.dumps(quartz)}", f"        timezone_id: UTC{zone}", f"        pause_status: {pause}{why}"]
    elif trigger.kind == "periodic":
        hours = max(1, int(trigger.seconds // 3600))
        if trigger.seconds % 3600:
            lines.append(f"      # every {int(trigger.seconds // 60)} minutes in NiFi; a job's period is whole hours")
        interval, unit = (hours // 24, "DAYS") if hours >= 24 else (hours, "HOURS")
        lines += ["      trigger:", "        periodic:", f"          interval: {interval}", f"          unit: {unit}", f"        pause_status: {pause}{why}"]
    lines.append("      tasks:")
    names = {p.name for p in members}
    for part in members:
        lines.append(f"        - task_key: {scalar(part.name)}")
        needed = [d for d in part.depends_on if d in names]
        if needed:
            lines.append("          depends_on:")
            lines += [f"            - task_key: {scalar(d)}" for d in needed]
            lines.append("          run_if: ALL_DONE")
        lines += ["          notebook_task:", f"            notebook_path: ./notebooks/{part.name}.py", "          disable_auto_optimization: true"]
    return lines
