"""Text as text: ReplaceText and its kin, ExtractText, RouteText, RouteOnContent, CountText."""

from __future__ import annotations

import re
from typing import Dict

from ..expression_language import Value, to_spark
from ..expression_language.f_strings import joined
from ..expression_language.nodes import Attribute, Expression, Literal, Text
from ..expression_language.to_python import parts_source
from ..runtime import grok
from ..runtime.el_errors import ELError
from ..runtime.java_regex import RegexError, RegexNotTranslatable, compile_java
from . import DRIVER, Cell, Refused, handles
from .attributes import table
from .code import Code, assign, call, lit
from .step import Step

# Search expressions that match all of any content exactly once; in the first ones that is group 1.
_WHOLE_GROUP = ("(?s)(^.*$)", "(?s:^(.*)$)", "(?s:(^.*$))")
_WHOLE = (*_WHOLE_GROUP, "(?s:^.*$)", "(?s)^.*$")


def charset(step: Step, name: str = "Character Set") -> Dict[str, str]:
    """The option of a character set, nothing for UTF-8. Expressions in it are the run's matter."""
    text = step.get(name, "UTF-8")
    return {} if text.strip().upper() in ("UTF-8", "UTF8") else {"charset": step.option(name)}


def buffer(step: Step, name: str = "Maximum Buffer Size") -> Dict[str, int]:
    size = step.size(name, 1024 * 1024)
    return {} if size == 1024 * 1024 else {"max_size": size}


def decorated(step: Step, text: str, decorator: str, late: bool = False) -> Code:
    """A value whose expressions' results each go through a function (NiFi's AttributeValueDecorator)."""
    value = step.parse(text)
    if value.is_literal or not any(isinstance(p, Expression) for p in value.parts):
        return step.python(text)
    pieces, variables = [], step.variables_of(value)
    for part in value.parts:
        if isinstance(part, Text):
            pieces.append((True, part.text))
        else:
            source = parts_source((part,), value.version, value.nifi_version, variables)
            pieces.append((False, f"{decorator}({source})" if isinstance(part, Expression) else source))
    code = f"lambda attributes: {joined(pieces)}"
    return Code(f"rt.Late({code})") if late else Code(code)


def checked_regex(step: Step, text: str) -> str:
    """The regular expression if it is a literal that Java and this converter know; Refused otherwise. What holds
    expressions is compiled in the run."""
    if step.is_literal(text):
        known_regex(step.parse(text).literal_text)
    return text


def known_regex(pattern: str) -> str:
    try:
        compile_java(pattern)
    except RegexNotTranslatable as error:
        raise Refused(f"the regular expression {pattern!r} has no equal in Python: {error}")
    except (RegexError, ELError) as error:
        raise Refused(f"the regular expression {pattern!r} is invalid: {error}")
    return pattern


@handles("ReplaceText")
def replace_text(step: Step) -> Cell:
    """All strategies and modes. One Spark expression where the whole content is replaced, put before or after; there
    the buffer's size does not matter, and a `$` in an attribute's value is only a `$` (NiFi writes `\\$` where no digit
    follows). An expression that throws is kept as rolled back, not sent to `failure`.

    Each line goes through the search with its end, as in NiFi; `^.*$` leaves it alone, `(?s)` takes it in.
    """
    strategy = step.get("Replacement Strategy", "Regex Replace")
    entire = step.get("Evaluation Mode", "Line-by-Line") == "Entire text"
    options = dict(charset(step))
    if entire:
        options["entire"] = True
    elif step.get("Line-by-Line Evaluation Mode", "All") != "All":
        options["lines_of"] = step.get("Line-by-Line Evaluation Mode")
    search = step.get("Regular Expression", "(?s)(^.*$)")
    replacement = step.written("Replacement Value", "$1")
    if strategy == "Regex Replace" and search == ".*":
        strategy = "Always Replace"  # NiFi's own exception, kept from its first versions
    notes = []
    plain = _as_column(step, strategy, entire, search, replacement)
    if plain is not None:
        return plain
    if strategy == "Always Replace":
        return step.transform("replace_text.always", how="a text in place of the content", replacement=step.python(replacement), **options)
    if strategy in ("Prepend", "Append", "Surround"):
        before = {"Prepend": replacement, "Surround": step.written("Text to Prepend", "")}.get(strategy)
        after = {"Append": replacement, "Surround": step.written("Text to Append", "")}.get(strategy)
        around = {k: step.python(v) for k, v in (("before", before), ("after", after)) if v}
        return step.transform("replace_text.surround", how="text put around", **around, **options)
    if entire:
        options.update(buffer(step))
    if strategy == "Substitute Variables":
        return step.transform("replace_text.variables", how="attributes put in for ${name}", **options)
    if strategy == "Literal Replace":
        return step.transform("replace_text.literal", how="a text replaced", search=step.python(step.written("Regular Expression", "(?s)(^.*$)")),
                              replacement=step.python(replacement), **options)
    checked_regex(step, search)
    groups = any(n.startswith("$") for n in step.parse(replacement).attributes_read()) or step.parse(replacement).reads_any
    if groups:
        notes.append("The replacement is worked out for each match: its expressions read the groups `$1`….")
    return step.transform("replace_text.regex", how="Java's regular expression, translated", notes=notes,
                          search=decorated(step, search, "replace_text.quoted"),
                          replacement=decorated(step, replacement, "replace_text.escaped", late=groups), **options)


def _as_column(step: Step, strategy: str, entire: bool, search: str, replacement: str):
    """The cell as one Spark expression, None where it takes more than that."""
    if step.carrier == DRIVER or not entire or step.get("Character Set", "UTF-8").upper() not in ("UTF-8", "UTF8"):
        return None
    texts = [replacement]
    if strategy == "Surround":
        texts = [step.written("Text to Prepend", ""), step.written("Text to Append", "")]
    if any(step.needs_udf(text) for text in texts):
        return None
    if strategy == "Always Replace":
        content = f'{step.column(replacement)}.cast("binary")'
    elif strategy == "Regex Replace" and search in _WHOLE and _replacement_column(step, replacement, search in _WHOLE_GROUP):
        content = f'{_replacement_column(step, replacement, search in _WHOLE_GROUP)}.cast("binary")'
    elif strategy in ("Prepend", "Append", "Surround"):
        parts = {"Prepend": [replacement, None], "Append": [None, replacement], "Surround": [texts[0], None, texts[-1]]}[strategy]
        content = call("F.concat", *["content" if p is None else Code(f'{step.column(p)}.cast("binary")') for p in parts if p is None or p])
    else:
        return None
    made = call(f"{step.input}.withColumn", "content", Code(content))
    return Cell(code=assign(step.frame, call("rt.send", made, "success")), how="the content as one Spark expression")


def _replacement_column(step: Step, text: str, grouped: bool):
    """A regular expression's replacement as a column: what expressions put in loses its backslashes, `$1` is the content
    where it is `grouped`. None where the text has other groups or backslashes of its own, or takes Python."""
    value = step.parse(text)
    pieces, variables = [], step.variables_of(value)
    for part in value.parts:
        if isinstance(part, Text):
            texts = re.split(r"\$1(?!\d)", part.text) if grouped else [part.text]
            if any("$" in t or "\\" in t for t in texts):
                return None
            for number, plain_text in enumerate(texts):
                pieces += [Code("rt.text()")] if number else []
                pieces += [call("F.lit", plain_text)] if plain_text else []
        elif isinstance(part, Expression):
            if any(name.startswith("$") for name in value.attributes_read()):
                return None
            plain = isinstance(part.root, Attribute) and isinstance(part.root.name, Literal) and part.root.name.value not in variables
            one = call("rt.attr", part.root.name.value) if plain else to_spark(Value(text, (part,), value.nifi_version), variables=variables).source
            pieces.append(call("rt.in_replacement", Code(one)))
        else:
            return None
    if not pieces:
        return 'F.lit("")'
    return pieces[0] if len(pieces) == 1 else call("F.concat", *pieces)


@handles("ReplaceTextWithMapping")
def replace_text_with_mapping(step: Step) -> Cell:
    """The mapping file (key, tab, value) is read from the Volume with the run; its refresh interval does not matter then."""
    path = step.get("Mapping File")
    if not path:
        raise Refused("it has no mapping file; NiFi calls it invalid")
    search = checked_regex(step, step.get("Regular Expression", r"\S+"))
    options = {"mapping": Code(f"dictionaries.mapping({step.path(path)})"), "search": decorated(step, search, "replace_text.quoted")}
    if step.get("Matching Group", "0") != "0":
        options["group"] = step.number("Matching Group", 0)
    cell = step.transform("dictionaries.replace_by_mapping", how="words replaced by a mapping file", **options, **charset(step), **buffer(step))
    cell.reads = f"file {step.path(path)}"
    return cell


_FLAGS = (("Enable Case-insensitive Matching", "i"), ("Enable DOTALL Mode", "s"), ("Enable Multiline Mode", "m"),
          ("Permit Whitespace and Comments in Pattern", "x"), ("Enable Unicode-aware Case Folding", "u"),
          ("Enable Unicode Predefined Character Classes", "U"), ("Enable Unix Lines Mode", "d"))


_OWN = {"Character Set", "Maximum Buffer Size", "Maximum Capture Group Length", "Include Capture Group 0", "Enable Canonical Equivalence",
        "Enable Literal Parsing of the Pattern", *(name for name, _ in _FLAGS)}


@handles("ExtractText", "EvaluateRegularExpression")
def extract_text(step: Step) -> Cell:
    """Flags become flags within the pattern; canonical equivalence has no equal in Python. EvaluateRegularExpression is
    its name in NiFi's first versions, of which no list of properties tells what is NiFi's own."""
    if step.flag("Enable Canonical Equivalence"):
        raise Refused("canonical equivalence of regular expressions has no equal in Python")
    flags = "".join(letter for name, letter in _FLAGS if step.flag(name))
    patterns = {}
    added = step.dynamic
    if step.type == "EvaluateRegularExpression":
        added = [(name, step.get(name)) for name in step.processor.properties if name not in _OWN and step.get(name)]
    for name, pattern in added:
        if step.flag("Enable Literal Parsing of the Pattern"):
            pattern = "\\Q" + pattern.replace("\\E", "\\E\\\\E\\Q") + "\\E"
            flags = flags.replace("x", "")
        pattern = f"(?{flags}){pattern}" if flags else pattern
        if "${" not in pattern:
            compiled = compile_java(known_regex(pattern))
            if not compiled.groups and not step.flag("Include Capture Group 0", True):
                raise Refused(f"{name} has no group and group 0 is left out; NiFi calls it invalid")
            if step.flag("extract-text-enable-named-groups") and len(compiled.groupindex) != compiled.groups:
                raise Refused(f"{name} has groups without a name; NiFi calls it invalid")
        patterns[name] = pattern
    options = {"patterns": patterns, **charset(step), **buffer(step)}
    if step.number("Maximum Capture Group Length", 1024) != 1024:
        options["max_length"] = step.number("Maximum Capture Group Length", 1024)
    for name, key, default in (("Include Capture Group 0", "group_0", True), ("extract-text-enable-repeating-capture-group", "repeat", False),
                               ("extract-text-enable-named-groups", "named", False)):
        if step.flag(name, default) != default:
            options[key] = not default
    return step.transform("text_matching.extract", how="groups of regular expressions as attributes",
                          notes=table(added, ("Attribute", "Regular expression")), **options)


@handles("RouteOnContent", fan_out=False)
def route_on_content(step: Step) -> Cell:
    """Every pattern that is found gets a clone. Only the buffer's bytes are looked at, as in NiFi."""
    options = {"patterns": {name: decorated(step, checked_regex(step, text), "replace_text.quoted") for name, text in step.dynamic}}
    if step.get("Match Requirement", "content must match exactly") == "content must match exactly":
        options["whole"] = True
    return step.transform("text_matching.route_on_content", how="regular expressions over the content",
                          notes=table(step.dynamic, ("Relationship", "Regular expression")), **options, **charset(step),
                          **buffer(step, "Content Buffer Size"))


@handles("RouteText", fan_out=True)
def route_text(step: Step) -> Cell:
    """Lines to relationships; all lines of one relationship (and group) are one flow file."""
    strategy = step.get("Matching Strategy")
    if not strategy:
        raise Refused("it has no matching strategy; NiFi calls it invalid")
    route = step.get("Routing Strategy", "Route to each matching Property Name")
    rules = {}
    for name, text in step.dynamic:
        if strategy == "Satisfies Expression":
            if step.parse(text).value_type != "BOOLEAN":
                raise Refused(f"{name} is not one boolean expression: {text!r}; NiFi calls it invalid")
            rules[name] = step.python(text)
        elif "Regular Expression" in strategy:
            rules[name] = decorated(step, checked_regex(step, text), "replace_text.quoted")
        else:
            rules[name] = step.python(text)
    if not rules:
        raise Refused("it has no rule; NiFi calls it invalid")
    options = {"rules": Code(f"rt.Late({lit(rules)})") if strategy == "Satisfies Expression" else rules, "strategy": strategy}
    if "all conditions" in route:
        options["matched"] = "all"
    elif "any condition" in route:
        options["matched"] = "any"
    if not step.flag("Ignore Leading/Trailing Whitespace", True):
        options["trim"] = False
    if step.flag("Ignore Case"):
        options["ignore_case"] = True
    if step.get("Grouping Regular Expression"):
        options["group"] = known_regex(step.get("Grouping Regular Expression"))
    return step.transform("text_matching.route_text", how="lines parted by rules", notes=table(step.dynamic, ("Relationship", strategy)),
                          **options, **charset(step))


@handles("CountText")
def count_text(step: Step) -> Cell:
    what = [key for name, key, default in (("text-line-count", "line", True), ("text-line-nonempty-count", "line.nonempty", False),
                                           ("text-word-count", "word", False), ("text-character-count", "character", False))
            if step.flag(name, default)]
    options = {"what": what} if what != ["line"] else {}
    if step.flag("split-words-on-symbols"):
        options["on_symbols"] = True
    return step.transform("splitting.count_text", how="counts as attributes", **options, **charset(step, "character-encoding"))


@handles("ExtractGrok")
def extract_grok(step: Step) -> Cell:
    """Grok's own patterns, and those of a pattern file (read from the Volume) or text. Dates in a capture stay text."""
    expression = step.get("Grok Expression")
    if not expression:
        raise Refused("it has no expression; NiFi calls it invalid")
    options, more = {"expression": expression}, None
    source = step.get("Grok Pattern file")
    if source and ("\n" in source or "%{" in source or " " in source.strip()):
        more = grok.read(source)
        options["more"] = call("grok.Patterns", more)
    elif source:
        options["more"] = Code(f"grok.Patterns(grok.patterns_of({step.path(source)}))")
    named = step.flag("Named captures only")
    if not source or more is not None:
        try:
            grok.compile_grok(expression, more, named)
        except (grok.GrokError, ELError) as error:
            raise Refused(f"the Grok expression {expression!r}: {error}")
    if step.get("Destination", "flowfile-attribute") == "flowfile-content":
        options["to_content"] = True
    if named:
        options["named_only"] = True
    if not step.flag("Keep Empty Captures", True):
        options["keep_empty"] = False
    return step.transform("grok.extract", how="Grok patterns as one regular expression", **options, **charset(step), **buffer(step))
