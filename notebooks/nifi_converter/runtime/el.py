"""The Expression Language's functions, as converted notebooks call them: `from nifi_runtime import el`.

Each function is NiFi's of the same name in snake case; the first argument is the subject. Values: see `el_values`;
clock, zone, host, counters and state: see `el_environment`. What NiFi cannot evaluate raises ELError.
"""

from __future__ import annotations

from typing import Any, Mapping, Optional

from . import el_math
from .el_dates import (  # noqa: F401
    check_duration, format_date, format_date_2, format_instant, is_valid_date, is_valid_instant, minus_duration,
    minus_instant_duration, plus_duration, plus_instant_duration, to_date, to_date_2, to_instant, to_micros, to_nanos)
from .el_environment import (  # noqa: F401
    Date, Instant, get_state_value, hostname, ip, next_int, now, random_long, set_host, set_now, set_zone, thread, uuid4)
from .el_errors import ELError  # noqa: F401
from .el_escape import (  # noqa: F401
    escape_csv, escape_html3, escape_html4, escape_json, escape_xml, unescape_csv, unescape_html3, unescape_html4,
    unescape_json, unescape_xml)
from .el_json import is_json, json_path_add, json_path_delete, json_path_put, json_path_set  # noqa: F401
from .el_json import json_path_ as json_path  # noqa: F401
from .el_text import (  # noqa: F401
    append, base64_decode, base64_encode, compact_delimited_list, get_delimited_field, hash, join_texts, pad_left,
    pad_right, prepend, repeat, replace, replace_all, replace_by_pattern, replace_empty, replace_first, replace_null,
    substring, substring_after, substring_after_last, substring_before, substring_before_last, to_lower, to_upper, trim,
    trim_delimited_list, unique, url_decode, url_encode, uuid3, uuid5)
from .el_uri import get_uri  # noqa: F401
from .el_values import (  # noqa: F401
    all_of, and_, any_of, attributes_matching, attributes_named, boolean, contains, count_of, date, decimal,
    delimited_values, divide, ends_with, equals, equals_ignore_case, find, from_radix, ge, gt, in_, index_of, instant,
    is_empty, is_null, join_of, last_index_of, le, length, lt, matches, minus, mod, multiply, not_, not_null, number,
    or_, plus, same, starts_with, to_radix, to_text, whole)

math = el_math.math_function
math_2 = el_math.math_function_2
math_without_subject = el_math.math_without_subject


def text_or_empty(value: Any) -> str:
    """What NiFi writes into an attribute or property: null is empty text."""
    return to_text(value) or ""


def evaluate_el_string(subject: Optional[str], attributes: Mapping[str, str], state: Any = None, version: str = "1.28.1") -> Optional[str]:
    """The subject itself is Expression Language. Needs the converter's parser (`nifi_converter`) on the path."""
    if subject is None:
        return None
    try:
        from nifi_converter import expression_language
        from nifi_converter.errors import ConverterError
    except ImportError:
        raise ELError("evaluateELString needs the package nifi_converter beside the notebook") from None
    try:
        value = expression_language.parse_value(subject, nifi_version=version)
        return expression_language.evaluate(value, attributes, parameters={}, state=state)
    except ConverterError as error:
        raise ELError(str(error)) from None
