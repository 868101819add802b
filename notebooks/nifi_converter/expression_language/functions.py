"""The functions of the Expression Language: one entry each, with arity, types and the NiFi version that brought it.

`subject` and `parameters` name the type that NiFi converts to before it calls; ANY leaves a value as it is. The
order of `parameters` is the order written; `required` of them must be there, the last may repeat if `variadic`.
`python` names the function of `runtime/el.py`; where 2.x computes differently, `python_2` names the other one.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Dict, FrozenSet, Optional, Tuple

from .nodes import BOOLEAN, DATE, DECIMAL, INSTANT, NUMBER, STRING, WHOLE_NUMBER

ANY = "ANY"
Version = Tuple[int, int]


@dataclass(frozen=True)
class Function:
    """One function. `subject` is None for those that stand first in an expression (`now()`, `literal(…)`)."""

    name: str
    subject: Optional[str]
    parameters: Tuple[str, ...] = ()
    required: int = 0
    result: str = STRING
    since: Version = (1, 0)
    variadic: bool = False
    python: str = ""
    python_2: str = ""
    deterministic: bool = True


_TABLE: Dict[str, Function] = {}


def _add(
    names: str,
    subject: Optional[str],
    parameters: Tuple[str, ...] = (),
    result: str = STRING,
    required: Optional[int] = None,
    **more,
) -> None:
    for name in names.split():
        need = len(parameters) if required is None else required
        options = dict(more)
        options.setdefault("python", _snake(name))
        _TABLE[name] = Function(name, subject, parameters, need, result, **options)


def _snake(name: str) -> str:
    words = "".join(f"_{c.lower()}" if c.isupper() else c for c in name)
    return words + "_" if words in ("and", "or", "not", "in") else words


S, W, N, B = STRING, WHOLE_NUMBER, NUMBER, BOOLEAN

# Text from text.
_add("toUpper toLower trim urlEncode urlDecode base64Encode base64Decode escapeJson escapeXml escapeCsv", S)
_add("unescapeJson unescapeXml unescapeCsv evaluateELString", S)
_add("escapeHtml3", S, python="escape_html3")
_add("escapeHtml4", S, python="escape_html4")
_add("unescapeHtml3", S, python="unescape_html3")
_add("unescapeHtml4", S, python="unescape_html4")
_add("substringBefore substringBeforeLast substringAfter substringAfterLast replaceNull replaceEmpty", S, (S,))
_add("prepend append hash", S, (S,))
_add("UUID3", S, (S,), python="uuid3")
_add("UUID5", S, (S,), python="uuid5")
_add("replace replaceFirst replaceAll", S, (S, S))
_add("substring", S, (W, W), required=1)
_add("padLeft padRight", S, (W, S), required=1)
_add("repeat", S, (W, W), required=1)
_add("getDelimitedField", S, (W, S, S, S, B), required=1)
_add("replaceByPattern", S, (S,), since=(2, 0))
_add("unique compactDelimitedList trimDelimitedList", S, (S,), since=(2, 11))
_add("evaluateELString", S, python="evaluate_el_string")
_add("jsonPath jsonPathDelete", S, (S,))
_add("jsonPathSet jsonPathAdd", S, (S, ANY))
_add("jsonPathPut", S, (S, S, S))
_add("ifElse", B, (S, S))
_add("join", S, (S,))
_add("toString", ANY, python="to_text")

# Booleans.
_add("isNull notNull isEmpty", S, result=B)
_add("isJson", S, result=B)
_add("not", B, result=B)
_add("and or", B, (B,), B)
_add("startsWith endsWith contains find matches equalsIgnoreCase", S, (S,), B)
_add("equals", ANY, (ANY,), B)
_add("gt ge lt le", N, (N,), B)
_add("in", S, (S,), B, variadic=True)
_add("isValidDate", S, (S, S), B, required=1, since=(2, 11))
_add("isValidInstant", S, (), B, since=(2, 11))

# Numbers.
_add("length", S, result=W)
_add("indexOf lastIndexOf", S, (S,), W)
_add("plus minus multiply divide mod", N, (N,), N)
_add("math", N, (S, N), N, required=1, python="math", python_2="math_2")
_add("toNumber", W, result=W, python="same")
_add("toDecimal", DECIMAL, result=DECIMAL, python="same")
_add("toRadix", W, (W, W), required=1)
_add("fromRadix", S, (W,), W)
_add("count", ANY, result=W)
_add("toMicros toNanos", INSTANT, result=W)

# Dates. toDate and toInstant are chosen by the subject's type and the number of arguments (build.py).
_add("format", DATE, (S, S), required=1, python="format_date", python_2="format_date_2")
_add("formatInstant", INSTANT, (S, S), python="format_instant")
_add("toDate", ANY, (S, S), DATE, required=0, python="to_date", python_2="to_date_2")
_add("toInstant", ANY, (S, S), INSTANT, required=0)
_add("plusDuration minusDuration", DATE, (S,), DATE, since=(2, 11))
_add("plusInstantDuration minusInstantDuration", INSTANT, (S,), INSTANT, since=(2, 11))

# What stands first.
_add("now", None, result=DATE)
_add("UUID", None, python="uuid4", deterministic=False)
_add("ip", None, deterministic=False)
_add("hostname", None, (B,), required=0, deterministic=False)
_add("thread", None, deterministic=False)
_add("nextInt", None, result=W, deterministic=False)
_add("random", None, result=W, python="random_long", deterministic=False)
_add("literal", None, (ANY,), python="to_text")
_add("getStateValue", None, (S,))
_add("getUri", None, (S,) * 7)

MULTI: Dict[str, Tuple[str, str]] = {
    "anyAttribute": ("named", "any"),
    "allAttributes": ("named", "all"),
    "anyMatchingAttribute": ("matching", "any"),
    "allMatchingAttributes": ("matching", "all"),
    "anyDelineatedValue": ("delimited", "any"),
    "allDelineatedValues": ("delimited", "all"),
}
REDUCING = ("count", "join")
FUNCTIONS: Dict[str, Function] = _TABLE


def parse_version(text: str) -> Version:
    """`1.28.1` → (1, 28). What cannot be read counts as 1.28, the last line of 1.x."""
    numbers = []
    for part in (text or "").split(".")[:2]:
        digits = "".join(c for c in part if c.isdigit())
        numbers.append(int(digits) if digits else 0)
    if not numbers or numbers[0] == 0:
        return (1, 28)
    return (numbers[0], numbers[1] if len(numbers) > 1 else 0)


_RESERVED: Dict[Version, FrozenSet[str]] = {}


def reserved_words(version: Version) -> FrozenSet[str]:
    """The words that are no attribute names unless quoted: all functions of that version and the three constants."""
    if version not in _RESERVED:
        names = {f.name for f in FUNCTIONS.values() if f.since <= version}
        _RESERVED[version] = frozenset(names | set(MULTI) | {"true", "false", "null"})
    return _RESERVED[version]
