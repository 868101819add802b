"""One flow file into several by lines or bytes: SplitText, SplitContent, SegmentContent, ModifyBytes."""

from __future__ import annotations

from . import Cell, Refused, handles
from .step import Step

NEW_IDENTIFIER = "`fragment.identifier` is new with each run, as in NiFi."


@handles("SplitText", fan_out=True, deterministic=False)
def split_text(step: Step) -> Cell:
    count, size = step.number("Line Split Count"), step.size("Maximum Fragment Size")
    if count is None or count < 0 or (count == 0 and size is None):
        raise Refused("it has neither a line count nor a fragment size; NiFi calls it invalid")
    options = {"line_count": count}
    if step.number("Header Line Count", 0):
        options["header_lines"] = step.number("Header Line Count", 0)
    elif step.get("Header Line Marker Characters"):
        options["header_marker"] = step.get("Header Line Marker Characters")
    if not step.flag("Remove Trailing Newlines", True):
        options["trim_ends"] = False
    if size is not None:
        options["max_size"] = size
    return step.transform("splitting.split_text", how=f"pieces of {count} lines" if count else "pieces by size", notes=[NEW_IDENTIFIER], **options)


@handles("SplitContent", fan_out=True, deterministic=False)
def split_content(step: Step) -> Cell:
    text = step.get("Byte Sequence")
    if not text:
        raise Refused("it has no byte sequence; NiFi calls it invalid")
    if step.get("Byte Sequence Format", "Hexadecimal") == "Hexadecimal":
        try:
            sequence = bytes.fromhex(text)
        except ValueError:
            raise Refused(f"{text!r} is no hexadecimal text; NiFi calls it invalid")
    else:
        sequence = text.encode("utf-8")
    options = {"sequence": sequence}
    if step.flag("Keep Byte Sequence"):
        options["keep"] = step.get("Byte Sequence Location", "Trailing")
    return step.transform("splitting.split_content", how="pieces between byte sequences", notes=[NEW_IDENTIFIER], **options)


@handles("SegmentContent", fan_out=True, deterministic=False)
def segment_content(step: Step) -> Cell:
    size = step.size("Segment Size")
    if not size:
        raise Refused("it has no segment size; NiFi calls it invalid")
    return step.transform("splitting.segment", how=f"pieces of {size} bytes", notes=[NEW_IDENTIFIER], size=size)


@handles("ModifyBytes")
def modify_bytes(step: Step) -> Cell:
    options = {}
    if step.flag("Remove All Content"):
        options["remove_all"] = True
    else:
        options = {key: step.option(name) for name, key in (("Start Offset", "start"), ("End Offset", "end")) if step.get(name, "0 B") != "0 B"}
    return step.transform("splitting.modify_bytes", how="bytes cut off", **options)
