"""Mutated expressions end in a value or in one of the two typed errors, quickly, in both targets."""

from __future__ import annotations

import random
import time

from nifi_converter.expression_language import ELError, ExpressionError, evaluate, parse_value, to_python, to_spark

SEEDS = [
    "${filename:substringBefore('.')}_${now():format(\"yyyyMMdd\")}.csv",
    "${a:equals('x'):and(${b:isEmpty():not()}):ifElse('1', \"${c}\")}",
    "${allMatchingAttributes('n[0-9]+'):join('+')}#{p}##{q}$$${x}",
    "${x:replaceAll('([a-z]+)[\\\\d&&[^3]]{2,3}?', '$1')}",
    "${x:jsonPath('$.a[?(@.b>1)]..c[0,1]')}${x:toDate('yyyy-MM-dd','UTC'):toNumber():plus(1.5e3)}",
    "${anyDelineatedValue(${list},','):toNumber():gt(3)}${x:getDelimitedField(2,';')} # note\n",
]
ATTRIBUTES = {"x": '{"a":[{"b":2,"c":[1]}]}', "a": "x", "list": "1,2,,5", "n1": "5", "filename": "f.txt"}
ALPHABET = "${}()[]'\"\\:,.#abx019 \n\t|*+?^-&<>%é😀"


def mutate(text, rng):
    letters = list(text)
    for _ in range(rng.randint(1, 4)):
        at = rng.randrange(len(letters) + 1)
        kind = rng.random()
        if kind < 0.4:
            letters.insert(at, rng.choice(ALPHABET))
        elif kind < 0.7 and letters:
            letters.pop(min(at, len(letters) - 1))
        elif letters:
            other = rng.randrange(len(letters))
            low, high = sorted((min(at, len(letters) - 1), other))
            letters[low:high] = letters[low:high][::-1] if rng.random() < 0.3 else letters[low:high] * 2
            letters = letters[:2000]
    return "".join(letters)


def test_no_other_outcome():
    rng = random.Random(20240307)
    outcomes = {"value": 0, "invalid": 0, "error": 0}
    for number in range(5000):
        text = mutate(SEEDS[number % len(SEEDS)], rng)
        start = time.perf_counter()
        try:
            value = parse_value(text, nifi_version=rng.choice(["1.9.2", "1.28.1", "2.11.0"]))
            compile(to_python(value), "<python>", "eval")
            compile(to_spark(value).source, "<spark>", "eval")
            evaluate(value, ATTRIBUTES, parameters={"p": "${a}"}, now=0)
            outcomes["value"] += 1
        except ExpressionError as error:
            assert 0 <= error.offset <= len(text), text
            outcomes["invalid"] += 1
        except ELError:
            outcomes["error"] += 1
        assert time.perf_counter() - start < 20, text
    assert all(outcomes.values()), outcomes
