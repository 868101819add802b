"""java.text.DecimalFormat in English: digits, grouping, fractions, percent, prefixes; rounds half to even.

Patterns with an exponent are checked but not printed: Spark's format_number, which is Java's, does that.
"""

from __future__ import annotations

from dataclasses import dataclass
from decimal import ROUND_HALF_EVEN, Context, Decimal, InvalidOperation
from typing import Dict, List, Tuple, Union

from .el_errors import ELError, NotTranslated


@dataclass(frozen=True)
class Format:
    """A pattern taken apart. `multiplier` is 100 for percent, 1000 for per mille; `exponent` its digits, 0 for none."""

    prefix: str
    suffix: str
    negative_prefix: str
    negative_suffix: str
    least_whole: int
    most_whole: int
    least_fraction: int
    most_fraction: int
    group: int
    multiplier: int
    exponent: int
    point_always: bool


_COMPILED: Dict[str, Format] = {}
_NUMBER = "#0,.;E"


def unquoted(pattern: str) -> str:
    """The pattern without its quoted parts."""
    return "".join(char for char, quoted in _chars(pattern) if not quoted)


def _chars(pattern: str) -> List[Tuple[str, bool]]:
    out: List[Tuple[str, bool]] = []
    inside, at = False, 0
    while at < len(pattern):
        char = pattern[at]
        if char == "'":
            if pattern[at + 1 : at + 2] == "'":
                out.append(("'", True))
                at += 2
                continue
            inside = not inside
        else:
            out.append((char, inside))
        at += 1
    if inside:
        raise ELError(f"Unterminated quote in pattern {pattern!r}")
    return out


def compile_pattern(pattern: str) -> Format:
    """Raises ELError for what Java refuses."""
    if pattern in _COMPILED:
        return _COMPILED[pattern]
    if len(pattern) > 300:
        raise ELError("number pattern is too long")
    if not pattern:
        raise NotTranslated("an empty number pattern prints all digits there are, in groups of thousands")
    chars = _chars(pattern)
    split = next((i for i, c in enumerate(chars) if c == (";", False)), len(chars))
    positive = _part(chars[:split], pattern)
    if split < len(chars):
        negative = _part(chars[split + 1 :], pattern)
        made = Format(**{**positive.__dict__, "negative_prefix": negative.prefix, "negative_suffix": negative.suffix})
        if made.negative_prefix == made.prefix and made.negative_suffix == made.suffix:
            made = Format(**{**made.__dict__, "negative_prefix": "-" + made.prefix})
    else:
        made = Format(**{**positive.__dict__, "negative_prefix": "-" + positive.prefix, "negative_suffix": positive.suffix})
    if len(_COMPILED) > 200:
        _COMPILED.clear()
    _COMPILED[pattern] = made
    return made


def _part(chars: List[Tuple[str, bool]], pattern: str) -> Format:
    def refuse(why: str) -> ELError:
        return ELError(f"Malformed pattern {pattern!r}: {why}")

    start = next((i for i, (c, q) in enumerate(chars) if not q and c in "#0,."), len(chars))
    end = start
    while end < len(chars) and not chars[end][1] and chars[end][0] in "#0,.":
        end += 1
    body = "".join(c for c, _ in chars[start:end])
    exponent = 0
    if end < len(chars) and chars[end] == ("E", False) and end > start:
        zeros = end + 1
        while zeros < len(chars) and chars[zeros] == ("0", False):
            zeros += 1
        exponent = zeros - end - 1
        if not exponent:
            raise refuse("E without digits")
        end = zeros
    multiplier, texts = 1, []
    for piece in (chars[:start], chars[end:]):
        text = ""
        for char, quoted in piece:
            if not quoted and char in _NUMBER:
                raise refuse(f"unexpected {char!r}")
            if not quoted and char in "%\u2030":
                if multiplier != 1:
                    raise refuse("too many percent characters")
                multiplier = 100 if char == "%" else 1000
            if not quoted and char == "\u00a4":
                raise NotTranslated("the currency sign depends on the machine's locale")
            text += char
        texts.append(text)
    whole, dot, fraction = body.partition(".")
    if "." in fraction or "," in fraction:
        raise refuse("a second decimal separator or grouping behind it")
    if "#" in whole.replace(",", "").lstrip("#") or "0" in fraction.lstrip("0"):
        raise refuse("# behind 0 or 0 behind #")
    digits = whole.replace(",", "")
    group = len(whole) - whole.rfind(",") - 1 if "," in whole else 0
    if "," in whole and not group:
        raise refuse("grouping separator at the end")
    least, least_fraction = digits.count("0"), fraction.count("0")
    if dot and not least and not least_fraction and (digits or fraction):
        # "#.##" means "0.##" and ".##" means ".0#".
        least, least_fraction = (1, 0) if digits else (0, 1)
    return Format(
        prefix=texts[0], suffix=texts[1], negative_prefix="", negative_suffix="", least_whole=least, most_whole=len(digits),
        least_fraction=least_fraction, most_fraction=len(fraction), group=group, multiplier=multiplier, exponent=exponent,
        point_always=bool(dot) and (not fraction or not digits),
    )  # fmt: skip


def format_number(value: Union[int, float, Decimal], pattern: str) -> str:
    """The number by the pattern; a float counts as the decimal it prints as, rounding is half to even."""
    form = compile_pattern(pattern)
    if isinstance(value, float):
        if value != value:
            return "NaN"
        if value in (float("inf"), float("-inf")):
            return (form.negative_prefix if value < 0 else form.prefix) + "\u221e" + (form.negative_suffix if value < 0 else form.suffix)
        number = Decimal(value)  # exactly, so that halves are judged as Java judges them
    else:
        number = Decimal(value)
    context = Context(prec=1200)
    negative = number.is_signed()
    number = context.multiply(abs(number), Decimal(form.multiplier))
    if form.exponent:
        raise ELError("number patterns with an exponent round by Java's own digits: use Spark's format_number")
    body = _plain(number, form, context)
    if negative:
        return form.negative_prefix + body + form.negative_suffix
    return form.prefix + body + form.suffix


def _plain(number: Decimal, form: Format, context: Context) -> str:
    try:
        rounded = number.quantize(Decimal(1).scaleb(-form.most_fraction), rounding=ROUND_HALF_EVEN, context=context)
    except InvalidOperation:
        raise ELError("the number is too long to be formatted") from None
    whole, _, fraction = f"{rounded:f}".partition(".")
    while len(fraction) > form.least_fraction and fraction.endswith("0"):
        fraction = fraction[:-1]
    whole = whole.lstrip("0").rjust(form.least_whole, "0")
    if not whole and not fraction:
        whole = "0"  # never nothing
    if form.group:
        pieces = []
        while len(whole) > form.group:
            pieces.insert(0, whole[-form.group :])
            whole = whole[: -form.group]
        whole = ",".join([whole] + pieces)
    return whole + ("." + fraction if fraction or form.point_always else "")

