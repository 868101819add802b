"""Scripts of ExecuteScript in Python: what runs as it is, what does not and why."""

from __future__ import annotations

import json

import pytest
from cells import emit_cell, install_runtime, run_cell
from nifi_converter.processors import DRIVER

STANDARD = "org.apache.nifi.processors.script.ExecuteScript"


def results(script, *flow_files, **properties):
    rt = install_runtime()
    _, cell = emit_cell(STANDARD, {"Script Engine": "python", "Script Body": script, **properties}, carrier=DRIVER)
    assert cell.level == "converted", cell.how
    return [(f.relationship, f.attributes, f.content, f.error) for f in run_cell(cell, [rt.FlowFile(a, c) for a, c in flow_files])]


CONTENT = '''
import json
import java.io
from org.apache.commons.io import IOUtils
from java.nio.charset import StandardCharsets
from org.apache.nifi.processor.io import StreamCallback

seen = None

class Upper(StreamCallback):
	def __init__(self):
		pass
	def process(self, inputStream, outputStream):
		global seen
		record = json.loads(IOUtils.toString(inputStream, StandardCharsets.UTF_8))
		seen = json.dumps(sorted(record)).encode('utf-8')
		record['name'] = record['name'].upper()
		outputStream.write(bytearray(json.dumps(record).encode('utf-8')))

flowFile = session.get()
if (flowFile != None):
	try:
		flowFile = session.write(flowFile, Upper())
		while seen == None:
			pass
		flowFile = session.putAllAttributes(flowFile, {'seen': seen, 'by': prefix.evaluateAttributeExpressions(flowFile).getValue() + """
two lines"""})
		session.transfer(flowFile, REL_SUCCESS)
	except Exception as e:
		log.error(str(e))
		session.transfer(flowFile, REL_FAILURE)
'''


def test_content_and_attributes_by_a_callback():
    good, bad = results(CONTENT.replace('"""\ntwo lines"""', "'!'"), ({"a": "1"}, b'{"name": "ann", "x": 1}'), ({}, b"no json"), prefix="p${a}")
    assert good[0] == "success" and json.loads(good[2]) == {"name": "ANN", "x": 1} and good[1] == {"a": "1", "seen": '["name", "x"]', "by": "p1!"}
    assert bad[0] == "failure" and bad[2] == b"no json"


def test_a_flow_file_for_each_and_the_first_removed():
    script = """
flowFile = session.get()
if flowFile is not None:
    made = []
    for name in flowFile.getAttribute('names').split(','):
        one = session.create(flowFile)
        made.append(session.putAttribute(one, 'name', name))
    session.remove(flowFile)
    session.transfer(made, REL_SUCCESS)
"""
    out = results(script, ({"names": "a,b", "uuid": "u"}, b"x"))
    assert [(r[0], r[1]["name"], r[1]["names"]) for r in out] == [("success", "a", "a,b"), ("success", "b", "a,b")]
    assert len({r[1]["uuid"] for r in out} | {"u"}) == 3


def test_what_a_script_does_not_say_is_rolled_back():
    (forgotten,) = results("flowFile = session.get()\n", ({}, b"x"))
    (broken,) = results("flowFile = session.get()\nsession.putAttribute(flowFile, 'n', 1)\n", ({}, b"x"))
    assert forgotten[0] == broken[0] == "rolled back" and "neither transfers nor removes" in forgotten[3] and "attribute n" in broken[3]


def test_a_source_makes_its_own():
    rt = install_runtime()
    script = "made = session.create()\nsession.transfer(session.putAttribute(made, 'a', 'b'), REL_SUCCESS)\n"
    _, cell = emit_cell(STANDARD, {"Script Engine": "python", "Script Body": script}, carrier=DRIVER, source="")
    assert [(f.relationship, f.attributes["a"]) for f in run_cell(cell, [])] == [("success", "b")] and rt


@pytest.mark.parametrize("script, why", [
    ("print 'x'", "no Python 3"),
    ("try:\n  pass\nexcept Exception, e:\n  pass", "no Python 3"),
    ("import subprocess\nsubprocess.call('rm')", "imports subprocess"),
    ("from java.util import HashMap\nHashMap()", "imports java.util.HashMap"),
    ("import string\nstring.letters", "string.letters"),
    ("x = 3 / 2", "divides"),
    ("x = unicode('a')", "unicode"),
    ("session.exportTo(1, 2)", "session.exportTo"),
    ("for f in session.get(100):\n  session.transfer(f, REL_SUCCESS)", "several flow files"),
    ("a = {}.iteritems()", "iteritems"),
    ("context.getProperty('x')", "getProperty"),
    ("if True:\n  x = '''a\nb'''", "text of several lines"),
    ("open_ = open('/etc/passwd')", "open"),
    ("eval('1')", "eval"),
    ("__import__('os')", "__import__"),
])
def test_what_does_not_run_as_it_did_is_a_gap(script, why):
    _, cell = emit_cell(STANDARD, {"Script Engine": "python", "Script Body": script}, carrier=DRIVER)
    assert cell.level == "assisted" and cell.gaps and why in cell.how


def test_another_language_is_a_gap_with_its_text():
    _, cell = emit_cell(STANDARD, {"Script Engine": "Groovy", "Script Body": "def x = 1"}, carrier=DRIVER)
    assert cell.level == "assisted" and "def x = 1" in cell.gaps[0].doc
