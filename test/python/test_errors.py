"""How errors are told: with the place in front on a command line, with what is wrong in front in a table's row."""

import pytest

from nifi_converter.errors import ConverterError, Place, ReadError


@pytest.mark.parametrize(
    "error, line, sentence",
    [
        (
            ReadError("malformed", "is not well-formed XML: mismatched tag", Place("/flows/a.xml", 3, 7, "processors 'x'")),
            "/flows/a.xml: line 3, column 7: processors 'x': is not well-formed XML: mismatched tag",
            "The file is not well-formed XML: mismatched tag (line 3, column 7, processors 'x', in a.xml)",
        ),
        (ReadError("not_found", "file not found", Place("C:\\flows\\b.json")), "C:\\flows\\b.json: file not found", "File not found (in b.json)"),
        (ConverterError("x", "cannot be read"), "cannot be read", "The file cannot be read"),
    ],
)
def test_both_forms(error, line, sentence):
    assert (str(error), error.sentence()) == (line, sentence)
