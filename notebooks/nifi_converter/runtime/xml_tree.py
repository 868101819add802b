"""XML as a tree of nodes in document order, for records and XPath. Document types and entities are refused."""

from __future__ import annotations

import re
from typing import Any, Dict, List, Optional
from xml.parsers import expat

MAX_DEPTH = 1000
MAX_NODES = 5_000_000


class XmlError(ValueError):
    """No well-formed XML, or XML with a document type."""


class Node:
    """`kind`: document, element, attribute, text, comment, pi. Names are as written; `local` and `uri` are resolved."""

    __slots__ = ("kind", "name", "local", "uri", "value", "attributes", "children", "parent", "order", "namespaces")

    def __init__(self, kind: str, name: str = "", value: str = "", parent: Optional["Node"] = None, order: int = 0):
        self.kind, self.name, self.value, self.parent, self.order = kind, name, value, parent, order
        self.local, self.uri = name.rpartition(":")[2], ""
        self.attributes: List[Node] = []
        self.children: List[Node] = []
        self.namespaces: Dict[str, str] = {}

    def text(self) -> str:
        """The string value: of an element all text in it."""
        if self.kind not in ("document", "element"):
            return self.value
        out: List[str] = []
        stack = list(reversed(self.children))
        while stack:
            node = stack.pop()
            if node.kind == "text":
                out.append(node.value)
            elif node.kind == "element":
                stack.extend(reversed(node.children))
        return "".join(out)

    def elements(self) -> List["Node"]:
        return [c for c in self.children if c.kind == "element"]

    def root(self) -> "Node":
        node = self
        while node.parent is not None:
            node = node.parent
        return node


def parse(content: bytes) -> Node:
    """The document. XmlError where it is not well-formed, is nested too deep or has a document type."""
    document = Node("document")
    open_nodes = [document]
    counter = [0]

    def make(kind: str, name: str = "", value: str = "") -> Node:
        counter[0] += 1
        if counter[0] > MAX_NODES:
            raise XmlError("the XML has too many nodes")
        return Node(kind, name, value, open_nodes[-1], counter[0])

    def start(name: str, attributes: List[str]) -> None:
        if len(open_nodes) > MAX_DEPTH:
            raise XmlError("the XML is nested too deep")
        node = make("element", name)
        node.namespaces = open_nodes[-1].namespaces
        pairs = list(zip(attributes[::2], attributes[1::2]))
        own = {n[6:] if n != "xmlns" else "": v for n, v in pairs if n == "xmlns" or n.startswith("xmlns:")}
        if own:
            node.namespaces = {**node.namespaces, **own}
        for attribute, value in pairs:
            if attribute == "xmlns" or attribute.startswith("xmlns:"):
                continue
            made = make("attribute", attribute, value)
            made.parent = node
            made.uri = _uri(attribute, node.namespaces, False)
            node.attributes.append(made)
        node.uri = _uri(name, node.namespaces, True)
        open_nodes[-1].children.append(node)
        open_nodes.append(node)

    def text(data: str) -> None:
        siblings = open_nodes[-1].children
        if siblings and siblings[-1].kind == "text":
            siblings[-1].value += data
        elif len(open_nodes) > 1:
            siblings.append(make("text", value=data))

    def refuse(*_: Any) -> None:
        raise XmlError("a document type is not allowed")

    parser = expat.ParserCreate()
    parser.buffer_text = True
    parser.ordered_attributes = True
    parser.StartElementHandler = start
    parser.EndElementHandler = lambda name: open_nodes.pop()
    parser.CharacterDataHandler = text
    parser.CommentHandler = lambda data: open_nodes[-1].children.append(make("comment", value=data))
    parser.ProcessingInstructionHandler = lambda target, data: open_nodes[-1].children.append(make("pi", target, data))
    parser.StartDoctypeDeclHandler = refuse
    parser.EntityDeclHandler = refuse
    try:
        parser.Parse(content, True)
    except expat.ExpatError as error:
        raise XmlError(str(error)) from None
    return document


def _uri(name: str, namespaces: Dict[str, str], element: bool) -> str:
    prefix, colon, _ = name.rpartition(":")
    if colon:
        if prefix == "xml":
            return "http://www.w3.org/XML/1998/namespace"
        if prefix not in namespaces:
            raise XmlError(f'the prefix "{prefix}" for "{name}" is not bound')
        return namespaces[prefix]
    return namespaces.get("", "") if element else ""


# ---- writing -----------------------------------------------------------------------------------------------

_NAME = re.compile(r"[^\w.\-:]")


def escape(text: str) -> str:
    return text.replace("&", "&amp;").replace("<", "&lt;").replace(">", "&gt;")


def escape_attribute(text: str) -> str:
    return (text.replace("&", "&amp;").replace("<", "&lt;").replace(">", "&gt;").replace('"', "&quot;")
            .replace("\n", "&#10;").replace("\r", "&#13;").replace("\t", "&#9;"))


def tag_name(name: str) -> str:
    """A field's name as a tag: what no tag may hold becomes `_`."""
    made = _NAME.sub("_", name) or "_"
    return made if made[0].isalpha() or made[0] == "_" else "_" + made


def serialize(node: Node, declared: Optional[Dict[str, str]] = None) -> str:
    """A node as XML text, with the namespaces it needs declared on it."""
    out: List[str] = []
    _write(node, declared or {}, out, 0)
    return "".join(out)


def _write(node: Node, declared: Dict[str, str], out: List[str], depth: int) -> None:
    if node.kind == "text":
        out.append(escape(node.value))
    elif node.kind == "comment":
        out.append(f"<!--{node.value}-->")
    elif node.kind == "pi":
        out.append(f"<?{node.name} {node.value}?>")
    elif node.kind == "attribute":
        out.append(f'{node.name}="{escape_attribute(node.value)}"')
    elif node.kind == "document":
        for child in node.children:
            _write(child, declared, out, depth + 1)
    else:
        out.append(f"<{node.name}")
        for prefix, uri in node.namespaces.items():
            if declared.get(prefix) != uri:
                out.append(f' xmlns{":" + prefix if prefix else ""}="{escape_attribute(uri)}"')
        for attribute in node.attributes:
            out.append(f' {attribute.name}="{escape_attribute(attribute.value)}"')
        if node.children:
            out.append(">")
            for child in node.children:
                _write(child, node.namespaces, out, depth + 1)
            out.append(f"</{node.name}>")
        else:
            out.append("/>")
