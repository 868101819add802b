"""What looks into text and decides: ExtractText, RouteText, RouteOnContent."""

from __future__ import annotations

from .charsets import decode, encode, lines
from .java_regex import compile_java


def extract(flow_file, patterns, charset="UTF-8", max_size=1024 * 1024, max_length=1024, group_0=True, repeat=False, named=False):
    """ExtractText: groups of the first match (`repeat`: of all) as attributes `name.0`, `name.1`…, the first group as
    `name` too. Empty groups leave no attribute. `named`: groups have their own names instead of numbers."""
    text = decode(flow_file.content[:max_size], charset)
    found = {}
    for name, source in patterns.items():
        pattern = compile_java(source)
        names = {index: group for group, index in pattern.groupindex.items()}
        before = 0
        for turn, match in enumerate(pattern.finditer(text)):
            for i in range(0 if group_0 and turn == 0 else 1, pattern.groups + 1):
                value = match[i]
                if not value:
                    continue
                value = value[:max_length]
                if named and i in names:
                    found[f"{name}.{names[i]}" + (f".{turn}" if turn else "")] = value
                else:
                    found[f"{name}.{i + before}"] = value
                if i == 1 and before == 0:
                    found[name] = value
            before += pattern.groups
            if not repeat:
                break
    return [("matched", flow_file.with_attributes(found))] if found else [("unmatched", flow_file)]


def route_on_content(flow_file, patterns, whole=False, charset="UTF-8", max_size=1024 * 1024):
    """RouteOnContent: to every name whose pattern is found (`whole`: matches all of the content), else `unmatched`."""
    text = decode(flow_file.content[:max_size], charset)
    hits = []
    for name, source in patterns.items():
        pattern = compile_java(source)
        if pattern.fullmatch(text) if whole else pattern.search(text):
            hits.append(name)
    return [(name, flow_file.with_attributes({"RouteOnContent.Route": name})) for name in hits or ["unmatched"]]


def _java_trim(text):
    """Java's trim: all up to U+0020."""
    start, end = 0, len(text)
    while start < end and text[start] <= " ":
        start += 1
    while end > start and text[end - 1] <= " ":
        end -= 1
    return text[start:end]


def _without_ends(line):
    """What RouteText compares: up to the first line end, unless that is the line's first character."""
    ends = [at for at in (line.find("\r"), line.find("\n")) if at > 0]
    return line[:min(ends)] if ends else line


def _test(strategy, wanted, ignore_case, attributes):
    """(line, attributes of the line) -> bool, for one rule."""
    if strategy == "Satisfies Expression":
        return lambda line, known: str(wanted({**attributes, **known})).strip().lower() == "true"
    if strategy in ("Matches Regular Expression", "Contains Regular Expression"):
        pattern = compile_java(("(?i)" if ignore_case else "") + wanted)
        search = pattern.fullmatch if strategy.startswith("Matches") else pattern.search
        return lambda line, known: search(line) is not None
    fold = str.lower if ignore_case else str
    wanted = fold(wanted)
    compare = {"Starts With": lambda line: line.startswith(wanted), "Ends With": lambda line: line.endswith(wanted),
               "Contains": lambda line: wanted in line, "Equals": lambda line: line == wanted}[strategy]
    return lambda line, known: compare(fold(line))


def route_text(flow_file, rules, strategy, matched=None, charset="UTF-8", trim=True, ignore_case=False, group=None):
    """RouteText: the lines of each rule, with their ends, as one flow file (`group`: one for each value of its groups).

    rules: {name: text, or a function of the attributes, `line` and `lineNo`}. matched None: a line goes to every name
    that fits; "all"/"any": to `matched` where all/any do. Everything else is `unmatched`, the input `original`.
    """
    rules = getattr(rules, "function", rules)
    tests = {name: _test(strategy, wanted, ignore_case, flow_file.attributes) for name, wanted in rules.items()}
    grouping = compile_java(group) if group else None
    parts = {}
    for number, line in enumerate(lines(decode(flow_file.content, charset)), start=1):
        seen = _java_trim(line) if trim else _without_ends(line)
        known = {"line": seen, "lineNo": str(number)}
        hits = [name for name, test in tests.items() if test(seen, known)]
        if matched is None:
            names = hits or ["unmatched"]
        else:
            names = ["matched" if (len(hits) == len(tests) if matched == "all" else hits) else "unmatched"]
        key = ""
        if grouping is not None:
            found = grouping.fullmatch(seen)
            key = ", ".join(g or "" for g in found.groups()) if found else ""
        for name in names:
            parts.setdefault((name, key), []).append(line)
    out = []
    for (name, key), held in parts.items():
        own = {"RouteText.Route": name, "RouteText.Group": key}
        out.append((name, flow_file.with_content(encode("".join(held), charset)).with_attributes(own)))
    return [*out, ("original", flow_file.with_attributes({"RouteText.Route": "original"}))]
