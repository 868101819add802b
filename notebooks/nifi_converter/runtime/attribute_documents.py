"""Attributes as documents and by name: AttributesToJSON, AttributesToCSV, FilterAttribute, LookupAttribute."""

from __future__ import annotations

import uuid

from .java_hash import string_hash
from .java_regex import compile_java
from .json_text import JsonError, Raw, layout, parse

# The attributes that NiFi calls its own.
CORE = ("filename", "path", "uuid", "absolute.path", "mime.type", "priority", "discard.reason", "alternate.identifier")
JSON_ATTRIBUTE, CSV_ATTRIBUTE, SCHEMA_ATTRIBUTE = "JSONAttributes", "CSVData", "CSVSchema"


def _core(flow_file):
    """Those that the flow file has; one that has no uuid yet gets one."""
    own = flow_file.attributes
    return {name: own.get(name) or str(uuid.uuid4()) for name in CORE if name in own or name == "uuid"}


def _listed(names):
    """Names in the order of a Java hash set that was made for so many."""
    size, unique = 1, list(dict.fromkeys(names))
    while size < len(names):
        size *= 2
    while len(unique) > size * 3 // 4:
        size *= 2
    hashes = {name: string_hash(name) for name in unique}
    return sorted(unique, key=lambda name: (hashes[name] ^ (hashes[name] >> 16)) & (size - 1))


def _matching(flow_file, pattern):
    wanted = compile_java(pattern)
    return {k: v for k, v in flow_file.attributes.items() if wanted.fullmatch(k)}


def to_json(flow_file, names=None, pattern=None, core=True, null=False, nested=False, pretty=False, to_content=False):
    """AttributesToJSON: the named attributes and those that match, or else all of them. Missing ones are "" or null.

    NiFi gathers the names in a hash set, whose order this keeps. `core` (only where there is no name and no pattern):
    filename, path and the like too. `nested`: values that are JSON stay JSON.
    """
    missing = None if null else ""
    if names or pattern:
        found = {name: flow_file.attributes.get(name, missing) for name in _listed(names or [])}
        found.update(_matching(flow_file, pattern) if pattern else {})
    else:
        found = {**(_core(flow_file) if core else {}), **{k: v for k, v in flow_file.attributes.items() if k not in CORE}}
    document = {k: _json_or_text(v) if nested else v for k, v in found.items()}
    if to_content:
        return [("success", flow_file.with_content(layout(document, pretty)).with_attributes({"mime.type": "application/json"}))]
    return [("success", flow_file.with_attributes({JSON_ATTRIBUTE: layout(document, False)}))]


def _json_or_text(value):
    """A value that is an object or array as JSON, anything else as text."""
    if value is None or value.strip()[:1] not in ("{", "["):
        return value
    try:
        parse(value)
    except JsonError:
        return value
    return Raw(layout(parse(value), False))


def to_csv(flow_file, names=None, pattern=None, core=True, null=False, schema=False, to_content=False):
    """AttributesToCSV: one line of values, `schema`: and one of names. Missing values are nothing or `null`. `core`:
    NiFi's own attributes at the end."""
    wanted = [n for n in _csv_names(names) if n] if names else []
    if not wanted and not pattern:
        found = {k: v for k, v in flow_file.attributes.items() if k not in CORE}
    else:
        found = {name: flow_file.attributes.get(name) for name in wanted}
        found.update(_matching(flow_file, pattern) if pattern else {})
    if core:
        found = {**{k: v for k, v in found.items() if k not in CORE}, **_core(flow_file)}
    missing = "null" if null else ""
    values = ",".join(_cell(missing if v is None else v) for v in found.values())
    head = ",".join(_cell(k) for k in found)
    if to_content:
        text = f"{head}\n{values}" if schema else values
        return [("success", flow_file.with_content(text).with_attributes({"mime.type": "text/csv"}))]
    own = {CSV_ATTRIBUTE: values, **({SCHEMA_ATTRIBUTE: head} if schema else {})}
    return [("success", flow_file.with_attributes(own))]


def _csv_names(text):
    """Names between commas; quotes keep a comma within a name."""
    names, current, quoted = [], [], False
    for char in text:
        if char == '"':
            quoted = not quoted
        elif char == "," and not quoted:
            names.append("".join(current).strip())
            current = []
        else:
            current.append(char)
    return dict.fromkeys([*names, "".join(current).strip()])


def _cell(text):
    return '"' + text.replace('"', '""') + '"' if any(c in text for c in ',"\r\n') else text


def own_attributes():
    """The attributes that are not NiFi's own, as a map column."""
    from pyspark.sql import functions as F

    return F.map_filter("attributes", lambda name, value: ~name.isin(*CORE))


def keep(flow_file, names=None, pattern=None, remove=False):
    """FilterAttribute: keeps (`remove`: takes away) the attributes named or matching; uuid always stays."""
    if pattern is not None:
        wanted = compile_java(pattern)
        named = {k for k in flow_file.attributes if wanted.fullmatch(k)}
    else:
        named = {n.strip() for n in names.split(",")}
    gone = [k for k in flow_file.attributes if (k in named) == remove and k != "uuid"]
    return [("success", flow_file.without_attributes(gone))]


def look_up(flow_file, keys, service, include_empty=True):
    """LookupAttribute: {attribute: key}. `matched` where a value was found; with `include_empty` what is not found
    becomes the text `null` and counts as found, as in NiFi."""
    found = {}
    for name, key in keys.items():
        value = service.get(key)
        if value is not None and value != "":
            found[name] = str(value)
        elif include_empty:
            found[name] = "null" if value is None else ""
    return [("matched" if found else "unmatched", flow_file.with_attributes(found))]


class Lookup:
    """A function as a lookup service; each key is asked for once in a process."""

    def __init__(self, function):
        self.function, self.known = function, {}

    def get(self, key):
        if key not in self.known:
            if len(self.known) >= 100_000:
                self.known.clear()
            self.known[key] = self.function(key)
        return self.known[key]
