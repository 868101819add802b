"""Word lists and mappings in files, and what uses them: ReplaceTextWithMapping, ScanAttribute, ScanContent."""

from __future__ import annotations

import csv
import io
import re

from .charsets import decode, encode, lines, without_end
from .java_regex import compile_java

LIMIT = 64 * 1024 * 1024  # bytes of a dictionary that a run holds


def contents(path):
    """The bytes of a file on the Volume. ValueError where it is larger than LIMIT."""
    with open(path, "rb") as file:
        data = file.read(LIMIT + 1)
    if len(data) > LIMIT:
        raise ValueError(f"{path} is larger than {LIMIT} bytes")
    return data


class Table:
    """A dictionary that is handed on as it is, not value by value for each flow file (see rt.transform)."""

    def __init__(self, values):
        self.values = values

    def get(self, key):
        return self.values.get(key)


def mapping(path):
    """A table of a file with a key, a tab and a value on each line."""
    rows = [without_end(line).split("\t", 1) for line in lines(decode(contents(path)))]
    return Table({row[0].strip(): row[1].strip() if len(row) > 1 else "" for row in rows if row[0].strip()})


def replace_by_mapping(flow_file, mapping, search, group=0, charset="UTF-8", max_size=1024 * 1024):
    """ReplaceTextWithMapping: the group of each match, by what the mapping says; other matches stay."""
    if len(flow_file.content) > max_size:
        return [("failure", flow_file.failed(f"larger than the buffer of {max_size} bytes"))]
    pattern = compile_java(search)

    def put(match):
        found = match[group]
        value = mapping.get(found)
        if found is None or value is None:
            return match[0]
        start, end = match.start(group) - match.start(), match.end(group) - match.start()
        return match[0][:start] + value + match[0][end:]

    text = "".join(pattern.sub(put, line) for line in lines(decode(flow_file.content, charset)))
    return [("success", flow_file.with_content(encode(text, charset)))]


def terms(path, filter_pattern=None):
    """The lines of a word list; with a pattern only what matches, its first group if it has one."""
    rows = [without_end(line) for line in lines(decode(contents(path)))]
    if filter_pattern is None:
        return {row for row in rows if row}
    pattern, found = compile_java(filter_pattern), set()
    for row in rows:
        match = pattern.fullmatch(row)
        if match:
            found.add(match[1] if match.re.groups else row)
    return {row for row in found if row}


def scan_attributes(flow_file, terms, pattern=".*", every=False):
    """ScanAttribute: whether an attribute of a matching name (`every`: each of them) has a term as its value."""
    wanted = compile_java(pattern)
    hits = [value in terms for name, value in flow_file.attributes.items() if wanted.fullmatch(name)]
    return [("matched" if (all(hits) if every else any(hits)) else "unmatched", flow_file)]


def byte_terms(path, binary=False):
    """The search terms of ScanContent: lines as UTF-8, or in binary each a length of 4 bytes and that many bytes."""
    if not binary:
        return [row.encode("utf-8") for row in (without_end(line) for line in lines(decode(contents(path)))) if row]
    data, found, at = contents(path), [], 0
    while at + 4 <= len(data):
        size = int.from_bytes(data[at:at + 4], "big")
        if at + 4 + size > len(data):
            raise ValueError(f"{path} ends too early")
        found.append(data[at + 4:at + 4 + size])
        at += 4 + size
    return found


_SEARCHES = {}


def scan_content(flow_file, terms, binary=False):
    """ScanContent: the term that ends first in the content, as attribute matching.term (text terms only)."""
    key = tuple(terms)
    search = _SEARCHES.get(key)
    if search is None:
        _SEARCHES.clear()
        search = _SEARCHES[key] = Search(terms)
    found = search.first(flow_file.content)
    if found is None:
        return [("unmatched", flow_file)]
    return [("matched", flow_file if binary else flow_file.with_attributes({"matching.term": found.decode("utf-8", "replace")}))]


class Search:
    """Finds the first of many byte strings in one pass over the content (Aho and Corasick's automaton)."""

    def __init__(self, terms):
        self.next, self.fail, self.hit = [{}], [0], [None]
        for term in terms:
            self._add(term)
        queue = list(self.next[0].values())
        for state in queue:  # grows while it is read: breadth first
            for byte, following in self.next[state].items():
                back = self.fail[state]
                while back and byte not in self.next[back]:
                    back = self.fail[back]
                self.fail[following] = self.next[back].get(byte, 0)
                self.hit[following] = self.hit[following] or self.hit[self.fail[following]]
                queue.append(following)

    def _add(self, term):
        state = 0
        for byte in term:
            if byte not in self.next[state]:
                self.next.append({})
                self.fail.append(0)
                self.hit.append(None)
                self.next[state][byte] = len(self.next) - 1
            state = self.next[state][byte]
        self.hit[state] = term

    def first(self, content):
        state = 0
        for byte in content:
            while state and byte not in self.next[state]:
                state = self.fail[state]
            state = self.next[state].get(byte, 0)
            if self.hit[state]:
                return self.hit[state]
        return None


def csv_column(path, key, value, separator=","):
    """A table of two columns of a CSV file with a header; the first of equal keys counts."""
    rows = csv.DictReader(io.StringIO(decode(contents(path)).lstrip("\ufeff"), newline=""), delimiter=separator)
    found = {}
    for row in rows:
        if key not in row or value not in row:
            raise ValueError(f"{path} has no column {key if key not in row else value}")
        found.setdefault((row[key] or "").strip(), (row[value] or "").strip())
    return Table(found)


def properties(path):
    """A table of a file of Java properties: `key=value`, comments with `#` and `!`, lines that go on after a backslash."""
    found, before = {}, ""
    for row in (without_end(line) for line in lines(decode(contents(path)))):
        row = before + row.lstrip()
        before = ""
        if not row or row[0] in "#!":
            continue
        if (len(row) - len(row.rstrip("\\"))) % 2:
            before = row[:-1]
            continue
        match = re.match(r"((?:[^\\:=\s]|\\.)*)\s*[:=]?\s*(.*)", row, re.S)
        name, value = (re.sub(r"\\(.)", lambda m: {"n": "\n", "t": "\t", "r": "\r"}.get(m[1], m[1]), part) for part in match.groups())
        found[name] = value
    return Table(found)
