"""Java's regular expression to Python's, character by character. `java_regex` is the door to it."""

from __future__ import annotations

import re
import sys
from dataclasses import dataclass
from typing import Dict, List, Optional, Tuple

from . import java_regex_classes as classes
from .el_errors import ELError

_LINE_END = r"(?:\r\n|[\n\r\u0085\u2028\u2029])"
_AT_END = r"(?=\r\n\Z|(?<!\r)\n\Z|[\r\u0085\u2028\u2029]\Z|\Z)"
_AT_LINE_END = r"(?=\r\n|(?<!\r)\n|[\r\u0085\u2028\u2029]|\Z)"
_AT_LINE_START = r"(?:(?:(?<![\s\S])|(?<=[\n\u0085\u2028\u2029]))(?=[\s\S])|(?<=\r)(?=[^\n]))"
_DOT = r"[^\n\r\u0085\u2028\u2029]"
_ATOMIC = sys.version_info >= (3, 11)
_FLAGS = "idmsuxU"
_MAX_LENGTH = 50_000


class RegexNotTranslatable(ELError):
    """Valid in Java perhaps, but Python's `re` has no equal. `part` is the piece that stands in the way."""

    def __init__(self, part: str, why: str):
        super().__init__(f"regular expression {part}: {why}")
        self.part = part


class RegexError(ELError):
    """No valid regular expression in Java either."""


@dataclass
class _State:
    ignore_case: bool = False
    unix_lines: bool = False
    multiline: bool = False
    dot_all: bool = False
    unicode_case: bool = False
    comments: bool = False
    unicode_classes: bool = False

    def copy(self) -> "_State":
        return _State(**self.__dict__)


class _Translator:
    def __init__(self, pattern: str, groups: int):
        if len(pattern) > _MAX_LENGTH:
            raise RegexNotTranslatable(pattern[:20] + "…", f"longer than {_MAX_LENGTH} characters")
        self.text = pattern
        self.at = 0
        self.state = _State()
        self.total = groups
        self.groups = 0
        self.names: Dict[str, int] = {}
        self.depth = 0

    def translate(self) -> str:
        out = self.alternatives()
        if self.at < len(self.text):
            raise RegexError(f"Unmatched closing ')' near index {self.at}: {self.text}")
        return out

    def alternatives(self) -> str:
        """Up to the closing parenthesis or the end. Flags set inside hold until there."""
        self.depth += 1
        if self.depth > 100:
            raise RegexNotTranslatable("(", "nested more than 100 deep")
        outer = self.state.copy()
        out: List[str] = []
        open_case = 0
        while self.at < len(self.text) and self.text[self.at] != ")":
            char = self.text[self.at]
            if char == "|":
                self.at += 1
                out.append(")" * open_case + "|")
                # A flag set in one branch holds in the next ones too.
                out.append(self.case_group() if open_case else "")
                open_case = min(open_case, 1)
                continue
            before = (self.state.ignore_case, self.state.unicode_case)
            piece = self.piece()
            if (self.state.ignore_case, self.state.unicode_case) != before:
                out.append(self.case_group())
                open_case += 1
            out.append(piece)
        out.append(")" * open_case)
        self.state = outer
        self.depth -= 1
        return "".join(out)

    def case_group(self) -> str:
        if not self.state.ignore_case:
            return "(?-i:"
        return "(?i:" if self.state.unicode_case else "(?ai:"

    def piece(self) -> str:
        char = self.text[self.at]
        if self.state.comments and char in " \t\n\r\f\v":
            self.at += 1
            return ""
        if self.state.comments and char == "#":
            end = self.text.find("\n", self.at)
            self.at = len(self.text) if end < 0 else end + 1
            return ""
        if char in "*+?":
            raise RegexError(f"Dangling meta character '{char}' near index {self.at}: {self.text}")
        atom, quantifiable = self.atom(char)
        return atom + (self.quantifier(atom) if quantifiable else "")

    def quantifier(self, atom: str) -> str:
        match = re.compile(r"[*+?]|\{(\d+)(?:(,)(\d*))?\}").match(self.text, self.at)
        if not match:
            if self.text.startswith("{", self.at) and atom:
                raise RegexError(f"Illegal repetition near index {self.at}: {self.text}")
            return ""
        self.at = match.end()
        count = match.group()
        if match.group(1) is not None:
            low, high = int(match.group(1)), match.group(3)
            if low > 2**31 - 1 or (high and int(high) < low):
                raise RegexError(f"Illegal repetition range near index {self.at}: {self.text}")
        following = self.text[self.at : self.at + 1]
        if following == "?":
            self.at += 1
            return count + "?"
        if following == "+":
            self.at += 1
            if not _ATOMIC:
                raise RegexNotTranslatable(count + "+", "possessive quantifiers need Python 3.11")
            return count + "+"
        return count

    def atom(self, char: str) -> Tuple[str, bool]:
        self.at += 1
        if char == "(":
            return self.group()
        if char == "[":
            return self.klass(classes.source(self.class_body())), True
        if char == "\\":
            return self.escape()
        if char == ".":
            if self.state.dot_all:
                return r"[\s\S]", True
            return (r"[^\n]" if self.state.unix_lines else _DOT), True
        if char == "^":
            if not self.state.multiline:
                return r"(?<![\s\S])", True
            return (r"(?:(?<![\s\S])|(?<=\n))(?=[\s\S])" if self.state.unix_lines else _AT_LINE_START), True
        if char == "$":
            if self.state.unix_lines:
                return (r"(?=\n|\Z)" if self.state.multiline else r"(?=\n?\Z)"), True
            return (_AT_LINE_END if self.state.multiline else _AT_END), True
        if char == "{":
            raise RegexError(f"Illegal repetition near index {self.at - 1}: {self.text}")
        return re.escape(char), True

    def klass(self, source: str) -> str:
        return source

    # ---- groups

    def group(self) -> Tuple[str, bool]:
        rest = self.text[self.at :]
        if not rest.startswith("?"):
            self.groups += 1
            return self.closed("("), True
        for head in ("?:", "?=", "?!", "?<=", "?<!", "?>"):
            if rest.startswith(head):
                self.at += len(head)
                if head == "?>" and not _ATOMIC:
                    raise RegexNotTranslatable("(?>", "atomic groups need Python 3.11")
                return self.closed("(" + head), True
        name = re.match(r"\?<([a-zA-Z][a-zA-Z0-9]*)>", rest)
        if name:
            self.at += name.end()
            self.groups += 1
            if name[1] in self.names:
                raise RegexError(f"Named capturing group <{name[1]}> is already defined")
            self.names[name[1]] = self.groups
            return self.closed(f"(?P<{name[1]}>"), True
        flags = re.match(r"\?([a-zA-Z]*)(?:-([a-zA-Z]*))?([:)])", rest)
        if not flags:
            raise RegexError(f"Unknown group type near index {self.at}: {self.text}")
        self.at += flags.end()
        outer = self.state.copy()
        self.set_flags(flags[1], True)
        self.set_flags(flags[2] or "", False)
        if flags[3] == ")":
            return "", False
        changed = (outer.ignore_case, outer.unicode_case) != (self.state.ignore_case, self.state.unicode_case)
        source = self.closed(self.case_group() if changed else "(?:")
        self.state = outer
        return source, True

    def closed(self, head: str) -> str:
        body = self.alternatives()
        if self.text[self.at : self.at + 1] != ")":
            raise RegexError(f"Unclosed group near index {self.at}: {self.text}")
        self.at += 1
        return head + body + ")"

    def set_flags(self, letters: str, value: bool) -> None:
        names = {
            "i": "ignore_case",
            "d": "unix_lines",
            "m": "multiline",
            "s": "dot_all",
            "u": "unicode_case",
            "x": "comments",
            "U": "unicode_classes",
        }
        for letter in letters:
            if letter not in names:
                raise RegexError(f"Unknown inline modifier {letter} near index {self.at}: {self.text}")
            if letter == "U":
                raise RegexNotTranslatable("(?U)", "Unicode classes have no equal in Python")
            setattr(self.state, names[letter], value)

    # ---- escapes

    def escape(self) -> Tuple[str, bool]:
        if self.at >= len(self.text):
            raise RegexError(f"Unexpected internal error near index {self.at}: {self.text}")
        char = self.text[self.at]
        self.at += 1
        if char == "Q":
            end = self.text.find("\\E", self.at)
            quoted = self.text[self.at :] if end < 0 else self.text[self.at : end]
            self.at = len(self.text) if end < 0 else end + 2
            if not quoted:
                return "", False
            # A quantifier after \E belongs to the last character.
            last = re.escape(quoted[-1])
            return re.escape(quoted[:-1]) + last + self.quantifier(last), False
        if char == "E":
            return "", False
        if char in "dDwWsShHvV":
            ranges = classes.ESCAPES[char.lower()]
            return classes.source(ranges if char.islower() else classes.negated(ranges)), True
        if char in "pP":
            return classes.source(self.property(char == "P")), True
        if char in "bB":
            # Python's \\B does not match in an empty text, Java's does.
            return (r"(?u:\b)" if char == "b" else r"(?!(?u:\b))"), True
        simple = {"A": r"(?<![\s\S])", "z": r"\Z", "Z": r"(?=\n?\Z)" if self.state.unix_lines else _AT_END, "R": _LINE_END}
        if char in simple:
            return simple[char], True
        if char in "GXN":
            raise RegexNotTranslatable("\\" + char, "no equal in Python")
        if char == "k":
            name = re.compile(r"<([a-zA-Z][a-zA-Z0-9]*)>").match(self.text, self.at)
            if not name or name[1] not in self.names:
                raise RegexError(f"unknown group in \\k near index {self.at}: {self.text}")
            self.at = name.end()
            return f"(?P={name[1]})", True
        if char in "123456789":
            number = int(char)
            while self.text[self.at : self.at + 1].isdigit() and number * 10 + int(self.text[self.at]) <= self.total:
                number = number * 10 + int(self.text[self.at])
                self.at += 1
            # A group that stands later or nowhere never matches.
            return (f"(?:\\{number})" if number <= self.groups else "(?!)"), True
        return re.escape(chr(self.character(char))), True

    def property(self, negative: bool) -> classes.Ranges:
        match = re.compile(r"\{(\^?)([A-Za-z0-9_=]+)\}|([A-Z])").match(self.text, self.at)
        if not match:
            raise RegexError(f"Unknown character property near index {self.at}: {self.text}")
        self.at = match.end()
        name = match[2] or match[3]
        ranges = classes.named(name)
        if ranges is None:
            raise RegexNotTranslatable(f"\\p{{{name}}}", "this character property is not known here")
        return classes.negated(ranges) if negative != bool(match[1]) else ranges

    def character(self, char: str) -> int:
        """The code point of an escaped character; `at` stands behind `char`."""
        named = {"t": 9, "n": 10, "r": 13, "f": 12, "a": 7, "e": 27}
        if char in named:
            return named[char]
        for head, pattern, base in (
            ("0", r"([0-3]?[0-7]{1,2})", 8),
            ("x", r"([0-9a-fA-F]{2})|\{([0-9a-fA-F]+)\}", 16),
            ("u", r"([0-9a-fA-F]{4})", 16),
        ):
            if char == head:
                match = re.compile(pattern).match(self.text, self.at)
                if not match:
                    raise RegexError(f"Illegal escape sequence near index {self.at}: {self.text}")
                self.at = match.end()
                code = int(next(g for g in match.groups() if g), base)
                if code > classes.TOP:
                    raise RegexError(f"Hexadecimal codepoint is too big near index {self.at}: {self.text}")
                return code
        if char == "c":
            if self.at >= len(self.text):
                raise RegexError("Illegal control escape sequence")
            self.at += 1
            return ord(self.text[self.at - 1]) ^ 64
        if char.isascii() and char.isalpha():
            raise RegexError(f"Illegal/unsupported escape sequence near index {self.at}: {self.text}")
        return ord(char)

    # ---- classes

    def class_body(self) -> classes.Ranges:
        """From behind `[` to behind `]`."""
        self.depth += 1
        if self.depth > 100:
            raise RegexNotTranslatable("[", "nested more than 100 deep")
        negative = self.text.startswith("^", self.at)
        self.at += negative
        whole: Optional[classes.Ranges] = None
        current: classes.Ranges = []
        first = True
        while True:
            if self.at >= len(self.text):
                raise RegexError(f"Unclosed character class near index {self.at - 1}: {self.text}")
            char = self.text[self.at]
            if char == "]" and not first:
                self.at += 1
                break
            first = False
            if self.text.startswith("&&", self.at):
                self.at += 2
                whole = current if whole is None else classes.common(whole, current)
                current = []
                continue
            current = current + self.class_item()
        if whole is not None:
            current = classes.common(whole, current) if current else whole
        self.depth -= 1
        return classes.negated(current) if negative else classes.normal(current)

    def class_item(self) -> classes.Ranges:
        char = self.text[self.at]
        self.at += 1
        if char == "[":
            return self.class_body()
        if self.state.comments and char in " \t\n\r\f\v":
            return []
        if char == "\\":
            if self.at >= len(self.text):
                raise RegexError(f"Unclosed character class: {self.text}")
            char = self.text[self.at]
            self.at += 1
            if char == "Q":
                end = self.text.find("\\E", self.at)
                quoted = self.text[self.at :] if end < 0 else self.text[self.at : end]
                self.at = len(self.text) if end < 0 else end + 2
                return [(ord(c), ord(c)) for c in quoted]
            if char == "E":
                return []
            if char in "dDwWsShHvV":
                ranges = classes.ESCAPES[char.lower()]
                return ranges if char.islower() else classes.negated(ranges)
            if char in "pP":
                return self.property(char == "P")
            low = self.character(char)
        else:
            low = ord(char)
        follows = self.text[self.at : self.at + 2]
        if follows.startswith("-") and len(follows) == 2 and follows[1] not in "][" and follows != "-&":
            self.at += 1
            char = self.text[self.at]
            self.at += 1
            if char == "\\":
                char = self.text[self.at : self.at + 1]
                self.at += 1
                high = self.character(char) if char else 0
            else:
                high = ord(char)
            if high < low:
                raise RegexError(f"Illegal character range near index {self.at}: {self.text}")
            return [(low, high)]
        return [(low, low)]


_COUNT_GROUPS = re.compile(r"\\Q.*?(?:\\E|\Z)|\\.|\[(?:\\.|[^\]\\])*\]|\((?!\?)|\(\?<[a-zA-Z]", re.DOTALL)


def translate(pattern: str) -> str:
    """Java's pattern as Python's. Raises RegexError (invalid in Java) or RegexNotTranslatable."""
    groups = sum(1 for m in _COUNT_GROUPS.finditer(pattern) if m.group().startswith("("))
    return _Translator(pattern, groups).translate()
