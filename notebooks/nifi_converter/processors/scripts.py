"""Scripts and commands: what only a person can carry over becomes a function in gaps.py, with the script beside it."""

from __future__ import annotations

from . import ASSISTED, DRIVER, Cell, handles, jython
from .code import Code, assign, call
from .step import Step

SCRIPTED = ("ExecuteScript", "InvokeScriptedProcessor", "ExecuteGroovyScript", "ScriptedTransformRecord", "ScriptedFilterRecord",
            "ScriptedPartitionRecord", "ScriptedValidateRecord", "SpringContextProcessor")


@handles("ExecuteStreamCommand", side_effect=True, level=ASSISTED)
def execute_stream_command(step: Step) -> Cell:
    command = step.get("Command Path") or ""
    delimiter = step.get("Argument Delimiter", ";") or ";"
    if step.get("argumentsStrategy") == "Dynamic Property Arguments":
        arguments = [step.python(v) for n, v in sorted(step.dynamic) if n.startswith("command.argument.")]
    else:
        arguments = [step.python(a) for a in (step.written("Command Arguments") or "").split(delimiter) if a != ""]
    directory = step.get("Working Directory")
    gap = step.gap("", ("arguments", "standard_input", "working_directory"),
                   f"Stands for the command `{command}`, which is not part of the flow.\n\n"
                   "arguments          list of texts\nstandard_input     bytes: the flow file's content\nworking_directory  folder, or None\n"
                   "returns            (exit status, standard output as bytes, standard error as text)")
    options = {"run": Code(f"rt.Late(gaps.{gap.function})"), "arguments": arguments}
    if directory:
        options["working_directory"] = step.path(directory)
    if step.flag("Ignore STDIN"):
        options["ignore_input"] = True
    attribute = step.get("Output Destination Attribute")
    if attribute:
        options["into_attribute"] = attribute
        options["max_attribute"] = step.number("Max Attribute Length", 256)
    options["command"] = step.python(command)
    cell = step.for_each("scripts.run_command", outside="command", how=f"the command {command} becomes a function", **options)
    cell.level, cell.gaps = ASSISTED, [gap]
    cell.notes.append(f"**Gap:** `{command.replace('`', chr(39))}` is not part of the flow: write `{gap.function}` in `gaps.py`.")
    return cell


@handles("ExecuteProcess", source=True, side_effect=True, level=ASSISTED, carriers=(DRIVER,))
def execute_process(step: Step) -> Cell:
    command = f"{step.get('Command') or ''} {step.get('Command Arguments') or ''}".strip()
    gap = step.gap("", (), f"Stands for the command `{command}`.\n\nreturns  standard output as bytes; empty: no flow file")
    return Cell(code=assign(step.frame, f'rt.send(scripts.output_of(gaps.{gap.function}), "success")'), level=ASSISTED, gaps=[gap], carrier=DRIVER,
                how=f"the command {command} becomes a function", outside="command",
                notes=[f"**Gap:** write `{gap.function}` in `gaps.py`."])


@handles(*SCRIPTED, source=True, side_effect=True, level=ASSISTED)
def scripted(step: Step) -> Cell:
    """A script in Python runs as it is on a stand-in for NiFi's session; any other is a gap with its text."""
    engine = step.get("Script Engine") or ("Groovy" if "Groovy" in step.type else "")
    body = step.get("Script Body") or step.get("groovyx-script-body") or ""
    why = ""
    if step.type == "ExecuteScript" and engine.lower() in ("python", "jython") and body.strip():
        try:
            return _session_script(step, body)
        except jython.Unknown as unknown:
            why = unknown.message
    file = step.get("Script File") or step.get("groovyx-script-file") or ""
    source = f"The script:\n\n{body}" if body else f"The script is the file {file or '(none)'}, which is not part of the flow."
    bindings = ", ".join(f"{n} = {v}" for n, v in step.dynamic)
    gap = step.gap("", ("flow_file",),
                   f"Stands for a script in {engine or 'an unnamed language'}.\n\nflow_file  attributes (dict) and content (bytes); with_attributes(...), with_content(...) give copies\n"
                   f"returns    list of (relationship, flow file): {', '.join(step.connected) or 'success, failure'}\n"
                   + (f"bindings   {bindings}\n" if bindings else "") + f"\n{source}")
    cell = step.for_each(f"gaps.{gap.function}", outside="script", how=f"the {engine} script becomes a function; its text is in the docstring" if body else
                         f"the script {file} is not part of the flow")
    if not step.has_input:
        cell.code = assign(step.frame, call("rt.for_each", Code("[rt.fresh()]"), Code(f"gaps.{gap.function}")))
    cell.level, cell.gaps = ASSISTED, [gap]
    if why:
        cell.how = f"the {engine} script becomes a function: {why}"
        cell.notes.append(f"It does not run as it is: {why.replace('`', chr(39))}.")
    cell.notes.append(f"**Gap:** write `{gap.function}` in `gaps.py` (script in {engine or 'unknown'}). Until then this cell keeps its input as *rolled back* in the failure table.")
    return cell


def _session_script(step: Step, body: str) -> Cell:
    """The script's own lines as a function. Raises jython.Unknown."""
    name = f"{step.frame}_script"
    properties = {n: step.python(v) for n, v in step.dynamic}
    function = jython.function_of(body, name, list(properties))
    options = {n: v if not v.startswith(("lambda", "rt.over")) else Code(f"rt.Late({v})") for n, v in properties.items()}
    if not step.has_input:
        options["has_input"] = False
        step.input = Code("[rt.fresh()]")
    cell = step.for_each("jython.run", outside="script", how="the script as it is, on a stand-in for NiFi's session", script=Code(f"rt.Late({name})"), **options)
    cell.code = f"{function}\n\n\n{cell.code}"
    cell.notes.append("The script's own lines, in Python 3 where NiFi ran Jython 2.7; `nifi_runtime.jython` stands for the session and its Java.")
    return cell
