"""Prints how many expressions are compiled a second: parsed, written as Python, written as Spark columns."""

from __future__ import annotations

import sys
import time
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parents[2] / "notebooks"))

from nifi_converter.expression_language import ExpressionError, parse_value, to_python, to_spark  # noqa: E402

OWN = ["${filename:substringBefore('.')}.csv", "${a:equals('x'):and(${b:isEmpty():not()})}", "${now():format('yyyy-MM-dd')}", "${n:plus(1):gt(3)}"]


def values():
    """The corpus's expressions where the goldens are here, otherwise a few of our own."""
    file = Path(__file__).resolve().parents[3] / "shared" / "goldens" / "el.jsonl"
    if not file.exists():
        return OWN * 250
    from goldens import read_vectors

    return list(dict.fromkeys(v["expression"] for v in read_vectors(str(file))))


def main():
    texts = values()
    start = time.perf_counter()
    parsed = []
    for text in texts:
        try:
            parsed.append(parse_value(text))
        except ExpressionError:
            pass
    took = time.perf_counter() - start
    print(f"el: {len(texts)} values read, {len(texts) / took:,.0f} a second")
    for name, target in (("python", to_python), ("spark", to_spark)):
        start = time.perf_counter()
        for value in parsed:
            target(value)
        took = time.perf_counter() - start
        print(f"el: {len(parsed)} values written for {name}, {len(parsed) / took:,.0f} a second")


if __name__ == "__main__":
    main()
