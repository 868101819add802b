"""Names out of NiFi's names: of variables, tables, notebooks and secrets."""

from __future__ import annotations

import re
from typing import List

_RUN = re.compile(r"[A-Za-z0-9]+")
# Where a run of letters and digits falls into words: names that are one word whatever their capitals, an acronym with its
# plural s (`IDs`) or its digits (`S3`, `HL7`), a capitalised or small word, a number with what is glued to it (`2nd`).
_WORD = re.compile(r"(?:NiFi|MySQL|PostgreSQL|GitHub|GitLab|PubSub)(?![a-z])|[A-Z]{2,}s(?![a-z])\d*|[A-Z]+(?![a-z])\d*|[A-Z]?[a-z]+\d*|\d+[a-z]*")
_LONGEST = 48


def _words(run: str) -> List[str]:
    """`ConvertJSONToSQL` -> convert, json, to, sql. A lone letter goes with what follows it (`XPath`, `HBase`, `OAuth`)."""
    words: List[str] = []
    alone = ""
    for word in _WORD.findall(run):
        if len(word) == 1 and word != "A" and not word.isdigit():
            alone += word
        else:
            words.append((alone + word).lower())
            alone = ""
    return words + ([alone.lower()] if alone else [])


def words(text: str) -> List[str]:
    """The words of a name, in small letters; letters outside of ASCII are left out."""
    return [word for run in _RUN.findall(text) for word in _words(run)]


def identifier(text: str, fallback: str = "unnamed") -> str:
    """A snake-case Python name out of a NiFi name: `Find only Tweets` -> `find_only_tweets`, `PutS3Object` -> `put_s3_object`."""
    name = "_".join(words(text)) or fallback
    if len(name) > _LONGEST:
        name = name[:_LONGEST + 1].rpartition("_")[0] or name[:_LONGEST]
    return f"n{name}" if name[0].isdigit() else name
