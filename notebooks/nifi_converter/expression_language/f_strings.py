"""Texts and expressions one after another as Python source: an f-string, as a person would write it."""

from __future__ import annotations

import re
from typing import List, Tuple

Piece = Tuple[bool, str]  # (whether it is a text, the text or the expression's source)

# What an expression within an f-string may not hold before Python 3.12, or what makes it hard to read there.
_UNFIT = re.compile(r"[\\{}#\n]|\blambda\b")
_LONGEST = 80


def joined(pieces: List[Piece]) -> str:
    """Source of the texts and of the expressions' values, each a str, in one: what is long or cannot stand within an
    f-string is added by `+`."""
    merged: List[Piece] = []
    for is_text, source in pieces:
        if is_text and merged and merged[-1][0]:
            merged[-1] = (True, merged[-1][1] + source)
        elif source or not is_text:
            merged.append((is_text, source))
    if not merged:
        return "''"
    summands: List[str] = []
    run: List[Piece] = []
    for piece in merged:
        if piece[0] or len(piece[1]) <= _LONGEST and not _UNFIT.search(piece[1]):
            run.append(piece)
        else:
            summands += [*_written(run), piece[1]]
            run = []
    return " + ".join(summands + _written(run))


def _written(run: List[Piece]) -> List[str]:
    """The summands of texts and short expressions: one f-string, or each by itself where their quotes collide."""
    if len(run) < 2:
        return [repr(source) if is_text else source for is_text, source in run]
    texts = "".join(source for is_text, source in run if is_text)
    sources = [source for is_text, source in run if not is_text]
    inner_single = not any('"' in source for source in sources)
    swapped = {source: source.replace("'", '"') for source in sources}
    inner_double = not any("'" in source and '"' in source for source in sources)
    if inner_double and ('"' in texts and "'" not in texts or not inner_single):
        return ["f'" + "".join(_escaped(s, "'") if t else "{" + swapped[s] + "}" for t, s in run) + "'"]
    if inner_single:
        return ['f"' + "".join(_escaped(s, '"') if t else "{" + s + "}" for t, s in run) + '"']
    return [repr(source) if is_text else source for is_text, source in run]


def _escaped(text: str, quote: str) -> str:
    """A text as it stands within an f-string of that quote."""
    return "".join("\\" + c if c == quote else c * 2 if c in "{}" else c if c in "'\"" else repr(c)[1:-1] for c in text)
