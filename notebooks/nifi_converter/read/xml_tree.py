"""XML to a plain tree with positions. No DTD, no entities, bounded depth and count, no recursion."""

from __future__ import annotations

from types import MappingProxyType
from typing import Iterator, List, Mapping, Optional, Sequence
from xml.parsers import expat

from ..errors import Place, ReadError
from .encodings import decoded, encoding_of
from .limits import MIB, Limits

# Lists that NiFi writes for its own pages: large, and nothing in them says what the flow does.
_PRUNED = frozenset(("allowableValues", "validationErrors", "referencingComponents", "bends", "bendPoints", "status"))
_FEED = 1 << 16
# Of one tag, comment or instruction. A parser reads these anew with each piece fed, so that length costs its square;
# NiFi writes texts as elements, which come in pieces.
_MAX_TOKEN = 1 << 20
_NO_ATTRIBUTES: Mapping[str, str] = MappingProxyType({})
_NO_CHILDREN: Sequence["Element"] = ()


class Element:
    """An XML element. `tag` is without namespace prefix, `text` is all text directly in it."""

    __slots__ = ("tag", "attributes", "children", "text", "line", "column")

    def __init__(self, tag: str, attributes: Mapping[str, str], line: int, column: int):
        self.tag = tag
        # Most elements have neither; sharing one empty value halves the memory of a large file.
        self.attributes = attributes or _NO_ATTRIBUTES
        self.children: Sequence[Element] = _NO_CHILDREN
        self.text = ""
        self.line = line
        self.column = column

    def all(self, tag: str) -> Iterator["Element"]:
        """The direct children of that name, in order."""
        return (child for child in self.children if child.tag == tag)

    def first(self, tag: str) -> Optional["Element"]:
        return next(self.all(tag), None)

    def value(self, tag: str, default: str = "") -> str:
        """Text of the first such child, without outer white space; `default` where there is none."""
        child = self.first(tag)
        return default if child is None else child.text.strip()


class _Builder:
    def __init__(self, name: str, limits: Limits):
        self.name = name
        self.limits = limits
        self.root: Optional[Element] = None
        self.stack: List[Element] = []
        self.texts: List[List[str]] = []
        self.count = 0
        self.pruned = 0  # depth inside a pruned element
        parser = expat.ParserCreate("utf-8")
        parser.buffer_text = True
        parser.StartElementHandler = self.start
        parser.EndElementHandler = self.end
        parser.CharacterDataHandler = self.characters
        parser.StartDoctypeDeclHandler = self.refuse
        parser.EntityDeclHandler = self.refuse
        self.parser = parser

    def place(self) -> Place:
        return Place(
            self.name, self.parser.CurrentLineNumber, self.parser.CurrentColumnNumber + 1, self.component() or None
        )

    def component(self) -> str:
        """The innermost open element that has a name or an id, else the innermost element."""
        for element in reversed(self.stack):
            label = element.value("name") or element.value("id")
            if label:
                return f"{element.tag} {label[:80]!r}"
        return f"<{self.stack[-1].tag}>" if self.stack else ""

    def refuse(self, *_: object) -> None:
        raise ReadError("forbidden", "holds a DTD or entities, which NiFi never writes; refused", self.place())

    def start(self, tag: str, attributes: Mapping[str, str]) -> None:
        if self.pruned:
            self.pruned += 1
            return
        tag = tag.rpartition(":")[2]
        if tag in _PRUNED and self.stack:
            self.pruned = 1
            return
        self.count += 1 + len(attributes)
        if self.count > self.limits.max_nodes:
            raise ReadError("too_large", f"holds more than {self.limits.max_nodes} elements", self.place())
        if len(self.stack) >= self.limits.max_depth:
            raise ReadError("too_deep", f"nested more than {self.limits.max_depth} levels deep", self.place())
        element = Element(tag, attributes, self.parser.CurrentLineNumber, self.parser.CurrentColumnNumber + 1)
        if self.stack:
            parent = self.stack[-1]
            if parent.children is _NO_CHILDREN:
                parent.children = [element]
            else:
                parent.children.append(element)  # type: ignore[attr-defined]
        else:
            self.root = element
        self.stack.append(element)
        self.texts.append([])

    def end(self, _tag: str) -> None:
        if self.pruned:
            self.pruned -= 1
            return
        self.stack.pop().text = "".join(self.texts.pop())

    def characters(self, text: str) -> None:
        if not self.pruned and self.texts:
            self.texts[-1].append(text)


def parse_xml(data: bytes, name: str, limits: Limits) -> Element:
    """The document's root element.

    Raises ReadError: bad_encoding, forbidden (DTD, entities), malformed, too_deep, too_large.
    """
    codec = encoding_of(data, name)
    if codec not in ("utf-8", "utf-8-sig"):
        data = decoded(data, name, codec).encode("utf-8", "replace")
    builder = _Builder(name, limits)
    try:
        for start in range(0, len(data), _FEED):
            builder.parser.Parse(data[start : start + _FEED], False)
            if start + _FEED - builder.parser.CurrentByteIndex > _MAX_TOKEN + _FEED:
                message = f"holds a tag or comment of more than {_MAX_TOKEN // MIB} MiB"
                raise ReadError("too_large", message, builder.place())
        builder.parser.Parse(b"", True)
    except expat.ExpatError as error:
        text = expat.errors.messages.get(error.code, "syntax error")
        place = Place(name, error.lineno, error.offset + 1, builder.component() or None)
        raise ReadError("malformed", f"is not well-formed XML: {text}", place) from None
    if builder.root is None:
        raise ReadError("malformed", "holds no XML element", Place(name, 1, 1))
    return builder.root
