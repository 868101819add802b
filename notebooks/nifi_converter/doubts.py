"""Faults of the flow itself, for the report and the notebooks: what NiFi does silently and its author hardly meant.

`assess.findings` knows what is wrong with one component; here are the faults that only show between components.
"""

from __future__ import annotations

import re
from collections import defaultdict
from typing import Dict, Iterator, List, Set, Tuple

from .assess.findings import findings
from .catalogue import find
from .expressions import expression_error
from .processors.servers import is_local
from .resolve import ResolvedFlow, ResolvedProcessor

# Codes of findings that deserve a look by whoever takes the notebooks over; the others are levels, or said elsewhere.
_TOLD = frozenset({"missing_service", "service_out_of_scope", "missing_end", "open_relationship", "expression", "advanced_rules", "clear_secret", "no_input"})
# The last of two quoted arguments of format(…) and toDate(…).
_ZONE = re.compile(r"""(?:"[^"]*"\s*,\s*"([^"]+)"|'[^']*'\s*,\s*'([^']+)')\s*\)""")
_CACHE_KEYS = ("Cache Entry Identifier", "release-signal-id")
# Their attributes come with the data, so that nothing can be said of what is set.
_OPEN_ENDED = re.compile(r"Script|Execute|Listen|Consume|Handle|HTTP|Unpack|Lookup|Get(JMS|SQS|Kafka|Twitter|Splunk)|Query|Attributes?$|Partition|Fork|Custom|Merge|Grok")
_SETS = {"UpdateAttribute", "EvaluateJsonPath", "EvaluateXPath", "EvaluateXQuery", "ExtractText", "GenerateFlowFile", "HashAttribute", "ExtractHL7Attributes"}
_CORE = {"filename", "path", "uuid", "mime.type", "entryDate", "lineageStartDate", "fileSize", "flowFileId", "absolute.path", "priority",
         "fragment.identifier", "fragment.index", "fragment.count", "segment.original.filename", "record.count", "schema.name", "avro.schema", "record.error.message"}


def doubts(flow: ResolvedFlow) -> Tuple[Dict[str, List[str]], List[str]]:
    """(processor key -> faults, faults of what is no processor). Each once, in the flow's order."""
    by_processor: Dict[str, List[str]] = defaultdict(list)
    others: List[str] = []
    keys = {p.key for p in flow.processors()}
    for key, names in unset(flow).items():
        by_processor[key].append(f"NiFi calls it invalid: {', '.join(names)} {'is' if len(names) == 1 else 'are'} not set")
    for item in findings(flow):
        if item["code"] in _TOLD:
            if item["key"] in keys:
                by_processor[item["key"]].append(item["message"])
            else:
                others.append(f"{item['name']}: {item['message']}")
    for key, text in _between(flow):
        by_processor[key].append(text)
    others += _registries(flow)
    return {k: list(dict.fromkeys(v)) for k, v in by_processor.items()}, list(dict.fromkeys(others))


def unset(flow: ResolvedFlow) -> Dict[str, List[str]]:
    """Required properties that have no value, as the user interface calls them: key of a processor -> names. NiFi does not
    start such a processor, and its cell cannot know what it was meant to do."""
    found: Dict[str, List[str]] = {}
    for processor in flow.processors():
        names = [fault.property for fault in processor.faults if fault.code == "required"]
        if names and not processor.component.disabled:
            known = processor.definition.properties if processor.definition is not None else {}
            found[processor.key] = [known[n].display if n in known else n for n in names]
    return found


def _between(flow: ResolvedFlow) -> Iterator[Tuple[str, str]]:
    known = attributes_set(flow)
    for processor in flow.processors():
        if processor.component.disabled:
            continue
        for name in _CACHE_KEYS:
            text = (processor.get(name) or "").strip()
            if text and "${" not in text and text in known:
                yield processor.key, f"{name} is the plain text '{text}', one key for all flow files; the attribute of that name, ${{{text}}}, was surely meant"
        yield from ((processor.key, text) for text in (*_unknown_zones(processor), *_own_host(processor), *_date_patterns(processor)))
    yield from _into_disabled(flow)
    if not any(_OPEN_ENDED.search(p.short_type) and p.short_type not in _SETS for p in flow.processors()):
        yield from _read_but_never_set(flow, known)


# Patterns of format(…), toDate(…) and toInstant(…).
_PATTERN = re.compile(r"""\b(?:format(?:Instant)?|toDate|toInstant)\(\s*(?:"([^"]+)"|'([^']+)')""")


def _date_patterns(processor: ResolvedProcessor) -> Iterator[str]:
    """Letters that look right and mean something else: Java says mm for minutes, YYYY for the year of a week, DD for the
    day of a year."""
    found = {a or b for text in processor.component.properties.values() if text and "${" in text for a, b in _PATTERN.findall(text)}
    for pattern in sorted(found):
        plain = re.sub(r"'[^']*'", "", pattern)
        if re.search(r"[yY]\W*mm?\W*[dD]|[dD]\W*mm?\W*[yY]", plain):
            yield f"the date pattern {pattern} has mm, minutes, where a month is MM"
        if "YYYY" in plain and "w" not in plain:
            yield f"the date pattern {pattern} has YYYY, the year that a week belongs to: the last days of December may get the next year; a year is yyyy"
        if re.search(r"(?<!D)DD(?!D)", plain):
            yield f"the date pattern {pattern} has DD, the day of the year; the day of a month is dd"


def _own_host(processor: ResolvedProcessor) -> Iterator[str]:
    """Addresses of NiFi's own host that something calls. Kafka's brokers and databases are settings, which tell it."""
    if re.match(r"Listen|Handle", processor.short_type) or "Kafka" in processor.short_type:
        return
    for name in processor.property_names():
        value = processor.get(name) or ""
        if re.search(r"(?i)\b(url|uri|host|hostname|address|addresses|hosts)\b", name.replace("-", " ")) and is_local(value):
            yield f"{name} is {value}, an address of NiFi's own host: name one that Databricks reaches"


def _into_disabled(flow: ResolvedFlow) -> Iterator[Tuple[str, str]]:
    """Flow files that wait for a processor that is switched off."""
    processors = {p.key: p for p in flow.processors()}
    for connection in flow.flow.connections():
        source, target = processors.get(connection.source.key), processors.get(connection.destination.key)
        if source is not None and target is not None and target.component.disabled and not source.component.disabled:
            named = ", ".join(connection.relationships) or "its flow files"
            yield source.key, f"{named} leads to {target.name}, which is disabled: in NiFi the flow files wait in its queue, here they end"


def attributes_set(flow: ResolvedFlow) -> Set[str]:
    """Names that processors give to attributes by properties a person added."""
    return {name for p in flow.processors() if p.short_type in _SETS and not p.component.disabled for name, value in p.dynamic.items() if value is not None}


def _read_but_never_set(flow: ResolvedFlow, known: Set[str]) -> Iterator[Tuple[str, str]]:
    """Attributes that expressions read and nothing in the flow sets, where all that sets any is known."""
    from .expression_language import parse_value

    written = set(known) | _CORE
    patterns = [re.compile(rf"(?:{'|'.join(map(re.escape, known))})\.\d+")] if known else []  # ExtractText numbers its groups
    for processor in flow.processors():
        definition = find(processor.type, flow.flow.nifi_version)
        if definition is None:
            return
        for name in definition.writes:
            exact = re.fullmatch(r"[\w.:-]+", name)
            written.add(name)
            if not exact:
                patterns.append(re.compile(re.sub(r"(\\<.*?\\>|X|\\{.*?\\}|\\\*)", ".*", re.escape(name))))
    for processor in flow.processors():
        if processor.component.disabled:
            continue
        missing: List[str] = []
        for text in processor.component.properties.values():
            if not text or "${" not in text or expression_error(text, flow.flow.nifi_version or "1.28.1"):
                continue
            try:
                reads = parse_value(text, nifi_version=flow.flow.nifi_version or "1.28.1").attributes_read()
            except Exception:  # told as a fault of the expression already
                continue
            missing += [n for n in reads if n not in written and n not in processor.variables and not any(p.fullmatch(n) for p in patterns)]
        for name in sorted(set(missing)):
            if not name.startswith("field.") and not re.match(r"\d|\$", name):
                yield processor.key, f"it reads the attribute {name}, which nothing in this flow sets: it is always empty"


def _unknown_zones(processor: ResolvedProcessor) -> Iterator[str]:
    """Time zones in record paths that Java does not know: it takes UTC without a word."""
    from .runtime import java_calendar
    from .runtime.el_errors import ELError

    if not processor.short_type.endswith("Record"):
        return
    for value in processor.dynamic.values():
        for first, second in _ZONE.findall(value or ""):
            zone = first or second
            try:
                java_calendar.strict_zone(zone)
            except ELError:
                yield f"the time zone '{zone}' is none that Java knows: NiFi takes UTC, and so does this notebook"


def _registries(flow: ResolvedFlow) -> Iterator[str]:
    """Two names for one and the same schema in a registry: often a copy that was never adapted."""
    for service in flow.services():
        if service.short_type != "AvroSchemaRegistry":
            continue
        names: Dict[str, List[str]] = defaultdict(list)
        for name, text in service.dynamic.items():
            if text:
                names["".join(text.split())].append(name)
        for same in names.values():
            if len(same) > 1:
                yield f"{service.component.name}: the schemas {', '.join(same[:-1])} and {same[-1]} are one and the same text; a copy that was never adapted?"
