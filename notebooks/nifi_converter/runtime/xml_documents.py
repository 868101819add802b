"""Processors of XML as text: EvaluateXPath, EvaluateXQuery (queries that are XPath), SplitXml, ValidateXml without a schema."""

from __future__ import annotations

import re
import uuid
from typing import Any, Dict, List

from . import xml_tree, xpath
from .xml_tree import Node, XmlError, escape, escape_attribute

DECLARATION = '<?xml version="1.0" encoding="UTF-8"?>'


def serialized(node: Node, declaration: bool = True, indent: bool = False) -> str:
    """A node as the flow's XML library (Saxon) writes it; indented, mixed content gets a line break in front of an end tag."""
    out: List[str] = [DECLARATION] if declaration else []
    if node.kind == "document":
        for child in node.children:
            _write(child, {}, out, indent, _State(declaration), 0)
    else:
        _write(node, {}, out, indent, _State(declaration), 0)
    if indent and node.kind != "text":
        out.append("\n")
    return "".join(out)


class _State:
    def __init__(self, started: bool):
        self.after_start, self.after_end, self.same_line = started, False, False


def _write(node: Node, declared: Dict[str, str], out: List[str], indent: bool, state: _State, level: int) -> None:
    if node.kind == "text":
        out.append(escape(node.value))
        state.after_start = state.after_end = False
        state.same_line = state.same_line and "\n" not in node.value
    elif node.kind == "comment":
        out.append(f"<!--{node.value}-->")
    elif node.kind == "pi":
        out.append(f"<?{node.name} {node.value}?>")
    elif node.kind == "element":
        if indent and (state.after_start or state.after_end):
            out.append("\n" + "   " * level)
        out.append(f"<{node.name}")
        for prefix, uri in node.namespaces.items():
            if declared.get(prefix, "" if not prefix else None) != uri:
                out.append(f' xmlns{":" + prefix if prefix else ""}="{escape_attribute(uri)}"')
        for attribute in node.attributes:
            out.append(f' {attribute.name}="{escape_attribute(attribute.value)}"')
        state.after_start, state.after_end, state.same_line = True, False, True
        if node.children:
            out.append(">")
            for child in node.children:
                _write(child, node.namespaces, out, indent, state, level + 1)
            if indent and state.after_end and not state.same_line:
                out.append("\n" + "   " * level)
            out.append(f"</{node.name}>")
        else:
            out.append("/>")
        state.after_start, state.after_end, state.same_line = False, True, False


def evaluate_xpath(flow_file, paths, to_content=False, nodes=False):
    """EvaluateXPath. `nodes`: the result is the one node that is found, as XML; otherwise its text, "" where there is none."""
    try:
        document = xml_tree.parse(flow_file.content)
        found: Dict[str, str] = {}
        for name, path in paths.items():
            value = xpath.parse(path).evaluate(document)
            if not nodes:
                found[name] = xpath.string(value)
                continue
            if not isinstance(value, list) or len(value) > 1 or (value and not (isinstance(value[0], Node) and value[0].kind != "attribute")):
                return [("failure", flow_file.failed(f"{path} is not one node"))]
            if value:
                found[name] = serialized(value[0], indent=True)
    except (XmlError, xpath.XPathError, RecursionError) as error:
        return [("failure", flow_file.failed(error))]
    if not found:
        return [("unmatched", flow_file)]
    return [("matched", flow_file.with_content(next(iter(found.values()))) if to_content else flow_file.with_attributes(found))]


def evaluate_xquery(flow_file, queries, to_content=False, method="xml", declaration=True, indent=False):
    """EvaluateXQuery for queries that are XPath: each item that is found is one content, or attribute name.1, name.2…"""
    try:
        document = xml_tree.parse(flow_file.content)
        found: Dict[str, List[str]] = {}
        for name, query in queries.items():
            value = xpath.parse(query).evaluate(document)
            items = value if isinstance(value, list) else [value]
            found[name] = [_item(item, method, declaration, indent) for item in items]
    except (XmlError, xpath.XPathError, RecursionError) as error:
        return [("failure", flow_file.failed(error))]
    if not any(found.values()):
        return [("unmatched", flow_file)]
    if to_content:
        return [("matched", flow_file.with_content(text)) for texts in found.values() for text in texts]
    attributes = {}
    for name, texts in found.items():
        for index, text in enumerate(texts, 1):
            attributes[name if len(texts) == 1 else f"{name}.{index}"] = text
    return [("matched", flow_file.with_attributes(attributes))]


def _item(item: Any, method: str, declaration: bool, indent: bool) -> str:
    if isinstance(item, Node) and item.kind in ("element", "document") and method != "text":
        return serialized(item, declaration, indent)
    return xpath.string(item)


def split(flow_file, depth=1):
    """SplitXml: the elements at a depth below the root."""
    try:
        level = xml_tree.parse(flow_file.content).elements()
    except XmlError as error:
        return [("failure", flow_file.failed(error))]
    for _ in range(depth):
        level = [child for element in level for child in element.elements()]
    together = {"fragment.identifier": str(uuid.uuid4()), "fragment.count": str(len(level))}
    parts = [("split", flow_file.with_content(serialized(element)).with_attributes(
        together, **{"fragment.index": i, "segment.original.filename": flow_file.attributes.get("filename", "")})) for i, element in enumerate(level)]
    return parts + [("original", flow_file.with_attributes(together))]


def well_formed(flow_file, attribute=None, faults=None):
    """ValidateXml: whether the content, or an attribute, is XML; `faults` (rt.Late) says what is wrong with it by a schema."""
    source = flow_file.attributes.get(attribute, "").encode("utf-8") if attribute else flow_file.content
    wrong = None
    try:
        xml_tree.parse(source)
        if faults is not None:
            wrong = faults.function(source)
    except XmlError as error:
        wrong = _java_message(str(error))
    if wrong:
        return [("invalid", flow_file.with_attributes({"validatexml.invalid.error": wrong}).failed(wrong))]
    return [("valid", flow_file)]


def transform(flow_file, stylesheet, parameters):
    """TransformXml by a function (rt.Late) of the content and the parameters; content that is no XML fails."""
    try:
        xml_tree.parse(flow_file.content)
        return [("success", flow_file.with_content(stylesheet.function(flow_file.content, parameters)))]
    except NotImplementedError:
        raise
    except Exception as error:
        return [("failure", flow_file.failed(error))]


_JAVA_MESSAGES = {"syntax error": "Content is not allowed in prolog.", "no element found": "XML document structures must start and end within the same entity.",
                  "mismatched tag": "The element type must be terminated by the matching end-tag.",
                  "junk after document element": "The markup in the document following the root element must be well-formed."}


def _java_message(message: str) -> str:
    """The usual faults in the words of Java's parser, which counts columns from 1."""
    match = re.fullmatch(r"(.*): line (\d+), column (\d+)", message)
    if not match:
        return f"Reading stream failed: {message}"
    return f"Reading stream failed: ParseError at [row,col]:[{match[2]},{int(match[3]) + 1}]\nMessage: {_JAVA_MESSAGES.get(match[1], match[1])}"
