"""MergeContent: bins and fragments."""

from __future__ import annotations

from . import Cell, Refused, Widget, handles
from .code import Code, lit
from .step import DRIVER, Step

FORMATS = ("Binary Concatenation", "ZIP", "TAR", "FlowFile Stream, v3", "FlowFile Stream, v2", "FlowFile Tar, v1", "Avro")
UNFINISHED = Widget("unfinished_bins", "merge", "bins with a Max Bin Age that a run leaves below their minimum: merge them, or keep them for the next run",
                    ("merge", "keep"))


def waits_for_next_run(step: Step, cell: Cell) -> Cell:
    """What the cell sends to `waiting` is kept in a table and is there again in the next run."""
    table = f'f"{{tables}}__{step.frame}_waiting"'
    cell.code = f"{step.frame}_waiting = rt.inbox(spark, {table})\n" + cell.code
    cell.commit = f'merging.keep_for_next_run(spark, rt.relationship({step.frame}, "waiting"), {table})'
    return cell


@handles("MergeContent", deterministic=False, state=True)
def merge_content(step: Step) -> Cell:
    """A run is a trigger. What stays below a bin's minimum waits in a table for the next run; with a Max Bin Age the end
    of the run stands for the age (widget `unfinished_bins`). The number of bins does not matter: all have room."""
    form = step.get("Merge Format", "Binary Concatenation")
    if form not in FORMATS:
        raise Refused(f"the merge format {form} is not known")
    if step.get("Bin Termination Check"):
        raise Refused("a termination check closes bins in the order that flow files arrive in, which a job does not have")
    defragment = step.get("Merge Strategy") == "Defragment"
    least, most = step.number("Minimum Number of Entries", 1), step.number("Maximum Number of Entries", 1000)
    least_bytes, most_bytes = step.size("Minimum Group Size", 0), step.size("Maximum Group Size")
    if not defragment and (most is not None and least > most or most_bytes is not None and least_bytes > most_bytes):
        raise Refused("its minimum is larger than its maximum; NiFi calls it invalid")
    options = {}
    if form != "Binary Concatenation":
        options["form"] = form
    if step.get("Attribute Strategy") == "Keep All Unique Attributes":
        options["unique"] = True
    if form in ("ZIP", "TAR") and step.flag("Keep Path"):
        options["keep_path"] = True
    if form == "ZIP" and step.number("Compression Level", 1) != 1:
        options["level"] = step.number("Compression Level", 1)
    if form == "TAR" and step.get("Tar Modified Time"):
        options["modified"] = step.option("Tar Modified Time")
    options.update(_delimiters(step) if form == "Binary Concatenation" else {})
    notes, age = [], step.get("Max Bin Age")
    may_wait = defragment or least > 1 or least_bytes > 0
    if may_wait and age:
        options["at_end"] = Code('dbutils.widgets.get("unfinished_bins")')
        notes.append(f"*Max Bin Age* {age}: bins below their minimum are {'failures' if defragment else 'merged'} at the end of the run (widget `unfinished_bins`).")
    elif may_wait:
        notes.append("What stays below its minimum waits in a table and is there again in the next run.")
    source = Code(f"rt.union({step.input}, {step.frame}_waiting)") if may_wait else step.input
    key = "fragment.identifier" if defragment else step.get("Correlation Attribute Name")
    if key and step.is_literal(key):
        options["key"] = Code(f"lambda attributes: attributes.get({lit(key)})") if step.carrier == DRIVER else Code(f"rt.attr({lit(key)})")
    if defragment:
        cell = _over(step, source, "merging.defragment", options, "fragments put together, a group at a time")
    else:
        if key:
            options["correlation"] = lit(key) if step.is_literal(key) else Code(f"lambda attributes: {step.python_source(key)}")
        for name, value, default in (("at_least", least, 1), ("at_most", most, None), ("least_bytes", least_bytes, 0), ("most_bytes", most_bytes, None)):
            if value != default:
                options[name] = value
        cell = _over(step, source, "merging.bins", options, f"bins of {least} to {most}" if most else f"bins of at least {least}")
    if may_wait and age:
        cell.widgets = [UNFINISHED]
    cell.notes += notes
    return waits_for_next_run(step, cell) if may_wait else cell


def _over(step: Step, source: Code, function: str, options, how: str) -> Cell:
    kept, step.input = step.input, source
    try:
        return step.transform_all(function, how=how, **options)
    finally:
        step.input = kept


def _delimiters(step: Step):
    """Header, footer and demarcator: texts, or contents of files on the Volume."""
    strategy = step.get("Delimiter Strategy", "Do Not Use Delimiters")
    found = {}
    if strategy == "Do Not Use Delimiters":
        return found
    for name, option in (("Header File", "header"), ("Footer File", "footer"), ("Demarcator File", "demarcator")):
        text = step.get(name)
        if not text:
            continue
        if strategy == "Text":
            found[option] = step.option(name)
        elif step.is_literal(text):
            found[option] = Code(f"merging.text_of({step.path(text)})")
        else:
            raise Refused(f"{name} is a file whose name differs from flow file to flow file")
    return found
