"""XML as text: EvaluateXPath, EvaluateXQuery, SplitXml, ValidateXml, TransformXml."""

from __future__ import annotations

from typing import Any, Dict

from ..runtime import xpath
from . import ASSISTED, Cell, Refused, handles
from .attributes import table
from .code import Code
from .step import Step


def _expressions(step: Step) -> Dict[str, Any]:
    made: Dict[str, Any] = {}
    for name, text in step.dynamic:
        try:
            xpath.parse(text)
        except xpath.XPathError as error:
            raise Refused(str(error))
        made[name] = text
    if not made:
        raise Refused("it has no expression; NiFi calls it invalid")
    return made


@handles("EvaluateXPath")
def evaluate_xpath(step: Step) -> Cell:
    """XPath 1.0 and common functions of 2.0; no prefixes, which NiFi cannot declare either."""
    options: Dict[str, Any] = {"paths": _expressions(step)}
    to_content = step.get("Destination", "flowfile-content") == "flowfile-content"
    if to_content:
        if len(options["paths"]) != 1:
            raise Refused("Destination flowfile-content takes exactly one expression; NiFi calls it invalid")
        options["to_content"] = True
    kind = step.get("Return Type", "auto-detect")
    if kind == "nodeset" or (kind == "auto-detect" and to_content):
        options["nodes"] = True
    return step.transform("xml_documents.evaluate_xpath", how="XPath, one parse for each flow file", notes=table(step.dynamic, ("Attribute", "XPath")), **options)


@handles("EvaluateXQuery", fan_out=True)
def evaluate_xquery(step: Step) -> Cell:
    """Queries that are XPath; FLWOR expressions and constructors are refused."""
    options: Dict[str, Any] = {"queries": _expressions(step)}
    if step.get("Destination", "flowfile-content") == "flowfile-content":
        options["to_content"] = True
    if step.get("Output: Method", "xml") != "xml":
        options["method"] = step.get("Output: Method")
    if step.flag("Output: Omit XML Declaration"):
        options["declaration"] = False
    if step.flag("Output: Indent"):
        options["indent"] = True
    return step.transform("xml_documents.evaluate_xquery", how="XPath, one result for each item", notes=table(step.dynamic, ("Attribute", "XQuery")), **options)


@handles("SplitXml", fan_out=True, deterministic=False)
def split_xml(step: Step) -> Cell:
    return step.transform("xml_documents.split", how="one flow file for each element", depth=step.number("Split Depth", 1))


@handles("ValidateXml", level=ASSISTED)
def validate_xml(step: Step) -> Cell:
    """Without a schema: well-formed or not; rare faults are worded as Python's parser says them, not as Java's. With one
    (XSD): a gap, as Databricks ships no validator."""
    options: Dict[str, Any] = {"attribute": step.get("XML Source Attribute")} if step.get("XML Source Attribute") else {}
    schema = step.get("Schema File")
    if not schema:
        return step.transform("xml_documents.well_formed", how="well-formed or not", **options)
    gap = step.gap("faults", ("content",), f"Says what is wrong with `content` (bytes of XML) by the schema {schema}: a text, or None where it is valid.\n"
                   "With the library xmlschema on the cluster: the first of XMLSchema(path).iter_errors(content).")
    cell = step.transform("xml_documents.well_formed", how="an XML schema (XSD) needs a validator that Databricks does not ship",
                          faults=Code(f"rt.Late(gaps.{gap.function})"), **options)
    cell.level, cell.gaps = ASSISTED, [gap]
    return cell


@handles("TransformXml", level=ASSISTED)
def transform_xml(step: Step) -> Cell:
    """XSLT is a gap: Databricks ships no processor for it. Parameters and relationships are NiFi's."""
    source = step.get("XSLT file name") or step.get("xslt-controller-key")
    if not source:
        raise Refused("it has no stylesheet; NiFi calls it invalid")
    gap = step.gap("stylesheet", ("content", "parameters"), f"Applies the stylesheet {source} to `content` (bytes of XML) with `parameters` (texts by name) and gives the result as bytes or text.\n"
                   "With the library lxml on the cluster: etree.XSLT(etree.parse(path))(etree.fromstring(content), **parameters). Of XSLT 2.0 use saxonche.")
    cell = step.transform("xml_documents.transform", how="XSLT needs a processor that Databricks does not ship", stylesheet=Code(f"rt.Late(gaps.{gap.function})"),
                          parameters={name: step.python(text) for name, text in step.dynamic})
    cell.level, cell.gaps = ASSISTED, [gap]
    return cell
