"""Regular expressions, dates and numbers against what Java prints; schedules, record paths."""

from __future__ import annotations

from pathlib import Path

import pytest

from nifi_converter.patterns import PatternError, cron, decimal_format, java_dates, java_regex, periods, record_path
from nifi_converter.runtime import java_calendar, java_decimal_format, java_simple_date, java_time, java_time_parse
from nifi_converter.runtime import java_regex as runtime_regex
from nifi_converter.runtime.el_errors import ELError

FIXTURES = Path(__file__).parent / "fixtures"


def rows(name):
    return [line.split("\t") for line in (FIXTURES / name).read_text("utf-8").split("\n") if line]


def attempt(function):
    try:
        return str(function())
    except ELError:
        return "ERR"


def units(text):
    return "".join(chr(int(text[i : i + 4], 16)) for i in range(0, len(text), 4))


def test_regular_expressions_equal_java():
    """Each pattern over each text: whole match, and all places found."""
    wrong = []
    for pattern, text, java in rows("java_regex.tsv"):
        pattern, text = units(pattern), units(text)
        try:
            compiled = runtime_regex.compile_java(pattern)
        except runtime_regex.RegexNotTranslatable:
            continue  # refused, in older Pythons possessive quantifiers and atomic groups
        found = "".join(f"{m.start()}-{m.end()}," for m in compiled.finditer(text))
        got = f"{'true' if compiled.fullmatch(text) else 'false'}|{found}"
        if got != java:
            wrong.append((pattern, text, java, got))
    assert wrong == []


# F changed its meaning with Java 19; weeks of October 1582 are not those of the calendar's change.
KNOWN = {"w W F u"}


def test_dates_equal_java():
    wrong = []
    for kind, pattern, zone, given, simple, modern in rows("java_dates.tsv"):
        if pattern in KNOWN:
            continue
        if kind == "F":
            got = attempt(lambda: java_simple_date.format_date(int(given), pattern, java_calendar.legacy_zone(zone)))
            got_2 = attempt(lambda: java_time.format_instant(int(given) * 1_000_000, pattern, java_calendar.strict_zone(zone)))
        else:
            now = 1_795_404_780_000  # when the table was made: two-digit years depend on it
            got = attempt(lambda: java_simple_date.parse_date(given, pattern, java_calendar.legacy_zone(zone), now))
            got_2 = attempt(lambda: java_time_parse.parse(given, pattern, java_calendar.strict_zone(zone), False) // 1_000_000)
        wrong += [(kind, pattern, zone, given, java, mine) for java, mine in ((simple, got), (modern, got_2)) if java != mine]
    assert wrong == []


def test_numbers_equal_java():
    wrong = []
    for pattern, value, java in rows("java_decimal.tsv"):
        if "E" in pattern:
            continue
        got = java_decimal_format.format_number(float(value), pattern)
        if got != java:
            wrong.append((pattern, value, java, got))
    assert wrong == []


def test_number_patterns():
    assert decimal_format.to_spark("#,##0.00", "x").text == "F.expr(\"format_number(x, '#,##0.00')\")"
    assert not decimal_format.to_spark("0;(0)", "x").possible
    with pytest.raises(PatternError):
        decimal_format.check("0#")
    with pytest.raises(ELError):
        java_decimal_format.format_number(1, "0E0")


def test_regex_reports():
    assert java_regex.to_python("a.b").possible
    refused = java_regex.to_python("\\G a")
    assert not refused.possible and "\\G" in refused.reason
    assert java_regex.to_spark("\\G a").equal
    for bad in ("[", "(", "a{2,1}", "\\", "*a"):
        with pytest.raises(PatternError):
            java_regex.to_python(bad)
    assert runtime_regex.replace("a1b22", "(\\d)(\\d)?", "<$2$1\\$>") == "a<1$>b<22$>"


@pytest.mark.parametrize(
    "text, version, quartz, equal",
    [
        ("0 0 13 * * ?", "1.28.1", "0 0 13 * * ?", True),
        ("0 0 12 * * MON-FRI", "2.4.0", "0 0 12 ? * MON-FRI", True),
        ("0 0 0 * * 0", "2.0.0", "0 0 0 ? * SUN", True),
        ("@daily", "2.0.0", "0 0 0 * * ?", True),
        ("0 15 10 ? * 6L 2030", "1.28.1", "0 15 10 ? * 6L 2030", True),
        ("* * * * * ?", "1.28.1", "* * * * * ?", False),
        ("0 0 0 1 * MON", "2.0.0", "", False),
        # Steps over days begin on Monday for Spring, on Sunday for Quartz; a step behind a name is weeks to Quartz.
        ("0 0 0 * * */2", "2.0.0", "0 0 0 ? * MON,WED,FRI,SUN", True),
        ("0 0 0 * * 2-6/2", "2.0.0", "0 0 0 ? * TUE,THU,SAT", True),
        ("0 0 0 * * SUN-TUE", "2.0.0", "0 0 0 ? * SUN-TUE", True),
        ("0 0 0 1 * 0-6", "2.0.0", "0 0 0 1 * ?", True),
        ("0 0 0 * * 5L", "2.0.0", "0 0 0 ? * FRIL", True),
        ("0 0 0 * * 7#2", "2.0.0", "0 0 0 ? * SUN#2", True),
        ("0 0 0 ? * ?", "2.0.0", "0 0 0 * * ?", True),
        ("0,55 * * * * ?", "1.28.1", "0,55 * * * * ?", False),
        ("5/25 * * * * ?", "1.28.1", "5/25 * * * * ?", True),
    ],
)
def test_cron(text, version, quartz, equal):
    translation = cron.to_quartz(text, version)
    assert (translation.text, translation.equal) == (quartz, equal)
    assert bool(translation.reason) != equal


@pytest.mark.parametrize("text", ["", "0 0 * * *", "60 0 0 * * ?", "0 0 0 * * MON", "0 0 0 ? * ?", "0 0/0 * * * ?", "a b c d e f", "0 0 0 32 * ?"])
def test_cron_that_nifi_refuses(text):
    with pytest.raises(PatternError):
        cron.to_quartz(text)


@pytest.mark.parametrize("text", ["0 0 0 * * FRI-MON", "0 0 22-2 * * ?", "0 0 0 * * L", "0 0 0 * * 8", "0 0 0 * * */0", "0 0 0 * * A#2"])
def test_cron_that_only_spring_refuses(text):
    with pytest.raises(PatternError):
        cron.to_quartz(text, "2.0.0")


def test_what_is_not_known_here_is_reported_and_not_called_invalid():
    for translation in (
        java_dates.to_spark_printing("yyyy[-MM]", "2.0.0"),
        java_dates.to_spark_reading("yyyy[-MM]", "2.0.0"),
        java_dates.to_spark_printing("HH:mmX", "1.28.1"),
        decimal_format.to_spark("\u00a40", "x"),
        decimal_format.to_spark("", "x"),
    ):
        assert not translation.possible and not translation.equal and translation.reason
    assert java_dates.to_spark_printing("HH:mmX", "2.0.0").equal
    with pytest.raises(PatternError):
        java_dates.to_spark_printing("yyyy-bb", "2.0.0")


@pytest.mark.parametrize(
    "text, seconds, quartz, equal",
    [("5 mins", 300, "0 0/5 * * * ?", True), ("1 hour", 3600, "0 0 * * * ?", True), ("1 day", 86400, "0 0 0 * * ?", True),
     ("90 sec", 90, "0 0/2 * * * ?", False), ("7 mins", 420, "0 0/10 * * * ?", False), ("1.5 hrs", 5400, "0 0 0/2 * * ?", False),
     ("0 sec", 0, "", False), ("500 ms", 0.5, "0 * * * * ?", False), ("2 weeks", 1209600, "0 0 0 1/14 * ?", False)],
)  # fmt: skip
def test_periods(text, seconds, quartz, equal):
    assert periods.seconds(text) == seconds
    translation = periods.to_quartz(text)
    assert (translation.text, translation.equal) == (quartz, equal)


@pytest.mark.parametrize("text", ["", "5", "mins", "5 moons", "-1 sec", "1 2 sec"])
def test_periods_that_nifi_refuses(text):
    with pytest.raises(PatternError):
        periods.nanoseconds(text)


def test_date_patterns():
    iso = "yyyy-MM-dd'T'HH:mm:ss.SSS'Z'"
    assert java_dates.to_spark_printing(iso).text == iso
    assert not java_dates.to_spark_printing("u").possible
    assert not java_dates.to_spark_printing("SSSSSS", "1.28.1").possible
    assert java_dates.to_spark_printing("SSSSSS", "2.0.0").text == "SSSSSS"
    assert not java_dates.to_spark_reading("yy").possible
    reading = java_dates.to_spark_reading("yyyyMMdd")
    assert reading.text == "yyyyMMdd" and not reading.equal and reading.reason
    with pytest.raises(PatternError):
        java_dates.to_spark_printing("bad{")


RECORD = {"a": {"b": [1, 2, 3], "c": "x y"}, "items": [{"sku": "p", "qty": 5}, {"sku": "q", "qty": 1}], "m": {"k 1": "v"}, "n": None}


@pytest.mark.parametrize(
    "path, values",
    [
        ("/a/c", ["x y"]),
        ("/nope", [None]),
        ("/a/b[-1]", [3]),
        ("/a/b[0..1]", [1, 2]),
        ("/a/b[9]", []),
        ("//sku", ["p", "q"]),
        ("/items[*][./qty > 3]/sku", ["p"]),
        ("/items[*][contains(./sku, 'q')]/qty", [1]),
        ("/m['k 1']", ["v"]),
        ("/a/*", [[1, 2, 3], "x y"]),
        ("substringBefore(/a/c, ' ')", ["x"]),
        ("concat(/a/c, '-', /items[0]/sku)", ["x y-p"]),
        ("coalesce(/n, /a/c)", ["x y"]),
        ("fieldName(/a/c)", ["c"]),
        ("toUpperCase(//sku)", ["P", "Q"]),
        ("replaceRegex(/a/c, '(\\w) (\\w)', '$2$1')", ["yx"]),
        ("join('+', /a/b)", ["1+2+3"]),
        ("count(/items[*])", [2]),
    ],
)
def test_record_paths(path, values):
    assert record_path.parse(path).values(RECORD) == values


def test_record_paths_write():
    record = {"a": [{"b": 1}, {"b": 2}]}
    assert record_path.parse("/a[*]/b").put(record, 0) == 2
    assert record_path.parse("/c").put(record, "new") == 1
    assert record == {"a": [{"b": 0}, {"b": 0}], "c": "new"}


def test_record_paths_as_columns():
    assert record_path.to_spark("/a/b[0]").text == 'F.try_element_at(F.col("a")["b"], F.lit(1))'
    assert record_path.to_spark("toUpperCase(/h_data)").text == 'F.upper(F.col("h_data").cast("string"))'
    assert record_path.to_spark("format(toDate(/date, 'dd/MM/yyyy'), 'yyyy-MM-dd')").text == 'rt.format_date(F.col("date"), "dd/MM/yyyy", "yyyy-MM-dd")'
    assert not record_path.to_spark("format(toDate(/date, 'dd/MM/yyyy'), 'yyyy-MM-dd')").equal and record_path.to_spark("trim(/a)").equal
    for path in ("//a", "/a[*]", "/a[./b = 1]", "trim(//a)", "substring(/a, 0, 1)", "format(/a, 'yyyy')", "replace(/a, /b, 'x')"):
        assert not record_path.to_spark(path).possible
    for bad in ("", "a", "/a[", "/a]", "nope(/a)", "/a[1", "'open", "substring(/a)"):
        with pytest.raises(PatternError):
            record_path.parse(bad)


def test_record_path_columns_equal_record_paths(spark):
    from cells import install_runtime
    from pyspark.sql import functions as F

    paths = ["toUpperCase(/a)", "toLowerCase(/a)", "trim(/a)", "trim(toUpperCase(/a))", "concat(/a, '-', /n)", "replace(/a, 'b', '$1')", "replaceNull(/a, 'none')",
             "toUpperCase(/n)", "format(toDate(/d, 'dd/MM/yyyy'), 'yyyy-MM-dd')", "format(toDate(/d, 'dd/MM/yyyy'), \"yyyy-MM-dd'T'HH:mm:ss'Z'\", 'EDT')",
             "format(toDate(/d, 'dd/MM/yyyy'), 'yyyy-MM-dd HH', 'America/New_York')"]
    records = [{"a": a, "n": n, "d": d} for a, n, d in [("  aB\t", 1, "24/02/2024"), (None, None, None), ("straße b", -7, "no date"), ("", 0, "")]]
    frame = spark.createDataFrame([tuple(r.values()) for r in records], "a STRING, n INT, d STRING")
    columns = [eval(record_path.to_spark(path).text, {"F": F, "rt": install_runtime()}).alias(str(i)) for i, path in enumerate(paths)]  # noqa: S307
    got = [list(row) for row in frame.select(*columns).collect()]
    assert got == [[record_path.parse(path).values(dict(record))[0] for path in paths] for record in records]
