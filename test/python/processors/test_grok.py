"""ExtractGrok where the golden vectors say nothing."""

from __future__ import annotations

import pytest
from cells import emit_cell, install_runtime, run_cell

from nifi_converter.processors import DRIVER, Refused
from nifi_converter.runtime import grok
from nifi_converter.runtime.grok_patterns import PATTERNS

GROK = "org.apache.nifi.processors.standard.ExtractGrok"


def captured(expression, text, **options):
    ((name, out),) = grok.extract(install_runtime().FlowFile({}, text.encode()), expression, **options)
    return out.attributes if name == "matched" else None


@pytest.mark.parametrize("name", sorted(PATTERNS))
def test_every_pattern_compiles(name):
    pattern, captures = grok.compile_grok("%{" + name + ":x}")
    assert captures[0] == ("x", None) and pattern.groups >= len(captures)


@pytest.mark.parametrize("name, good, bad", [
    ("IPV6", "fe80::1%eth0", "fe80"), ("IPV4", "192.168.0.255", "192.168.0.256"), ("UUID", "123e4567-e89b-12d3-a456-426614174000", "123e4567"),
    ("TIMESTAMP_ISO8601", "2024-03-07T14:05:09.123Z", "2024-03-7x"), ("HTTPDATE", "10/Oct/2000:13:55:36 -0700", "10/10/2000"), ("LOGLEVEL", "WARNING", "loud"),
    ("MAC", "00:1A:2b:3c:4D:5e", "00:1A"), ("URI", "https://u:p@example.org:8080/a/b?c=d", "://x"), ("SYSLOGBASE", "Oct 11 22:14:15 host su[12]:", "Oct x"),
    ("COMBINEDAPACHELOG", '1.2.3.4 - - [10/Oct/2000:13:55:36 -0700] "GET / HTTP/1.1" 200 - "-" "agent"', "x"), ("QS", '"a \\" b"', '"a'),
    ("DATESTAMP_RFC2822", "Thu, 07 Mar 2024 14:05:09 +0000", "Thu 07"), ("WINPATH", "C:\\a\\b", "a/b")])
def test_what_a_pattern_means(name, good, bad):
    assert captured("^%{" + name + ":x}$", good)["grok.x"] == good
    assert captured("^%{" + name + ":x}$", bad) is None


def test_types_reach_the_json():
    ((_, out),) = grok.extract(install_runtime().FlowFile({}, b"5 2.5 true x"), "%{NUMBER:i:int} %{NUMBER:d:double} %{WORD:b:boolean} %{WORD:n:int}",
                               to_content=True, named_only=True)
    assert sorted(out.content.decode()[1:-1].split(",")) == ['"b":true', '"d":2.5', '"i":5', '"n":"x"']


def test_patterns_of_the_flow_and_of_a_file(tmp_path):
    (tmp_path / "more").write_text("# own\nORDER [A-Z]{2}%{INT}\n", encoding="utf-8")
    _, cell = emit_cell(GROK, {"Grok Expression": "%{ORDER:o}", "Grok Pattern file": "ORDER [A-Z]{2}%{INT}"}, carrier=DRIVER)
    rt = install_runtime()
    (out,) = run_cell(cell, [rt.FlowFile({}, b"id AB12")])
    assert out.attributes["grok.o"] == "AB12"
    assert captured("%{ORDER:o}", "AB12", more=grok.Patterns(grok.patterns_of(str(tmp_path / "more"))))["grok.o"] == "AB12"


def test_a_pattern_made_of_itself_is_refused():
    with pytest.raises(Refused, match="made of itself"):
        emit_cell(GROK, {"Grok Expression": "%{A:x}", "Grok Pattern file": "A %{B}\nB %{A}"})
    with pytest.raises(Refused, match="no pattern NOPE"):
        emit_cell(GROK, {"Grok Expression": "%{NOPE}"})
