"""What a handler gets (`Step`) and what it gives back (`Cell`).

A handler reads the processor's configuration through `step.get`, writes one expression that yields the processor's
frame, and returns a `Cell`. It never sees the graph: the emitter names the variables, unites several incoming
connections, parts the frame by relationship, keeps failures, writes down what may not be computed twice.

The contract of a frame: *flow files* in (`attributes MAP<STRING,STRING>`, `content BINARY`, or on the driver a list of
`rt.FlowFile`), flow files with `relationship` and `error` out. Functions of the runtime take and give both kinds.
"""

from __future__ import annotations

import re
from dataclasses import dataclass, field, replace
from typing import Any, Dict, FrozenSet, List, Optional, Set, Tuple

from .. import expression_language as expressions
from ..errors import ConverterError
from ..expression_language.nodes import Attribute, Multi
from ..model import Processor
from ..parameters import references
from ..resolve import secret_by_name, slug
from .code import Code, assign, call, identifier, lit
from .record_state import RecordState
from .servers import Servers

# Carriers of a connection (design: what a connection carries).
RECORDS = "records"
FLOW_FILES = "flow_files"
DRIVER = "driver"

# Levels of a processor.
CONVERTED = "converted"
ASSISTED = "assisted"
MANUAL = "manual"
NOT_NEEDED = "not_needed"
LEVELS = (CONVERTED, ASSISTED, MANUAL, NOT_NEEDED)


@dataclass(frozen=True)
class Gap:
    """Something that only a person can fill in: one function in `gaps.py`.

    `body` is source text that runs as a harmless default; empty: the function raises with its docstring's first line.
    """

    function: str
    arguments: Tuple[str, ...]
    doc: str
    body: str = ""


@dataclass(frozen=True)
class Widget:
    """A notebook widget = job parameter = bundle variable. `needed`: it has no value until a person gives it one."""

    name: str
    default: str
    description: str = ""
    choices: Tuple[str, ...] = ()
    needed: bool = False


@dataclass
class Cell:
    """What became of a processor.

    code        source of the code cell; assigns `step.frame`. Empty: no code (the input passes on, or ends here)
    notes       markdown lines: what was decided, EL as written, what a person must know
    level       converted, assisted, manual, not_needed
    how         a few words for the report: what it is now; for manual and not_needed the reason
    outputs     relationship -> expression, only where it is not `rt.relationship(frame, name)`
    carrier     what the frame is: step.carrier unless the cell changes it (a source, a call of the outside world)
    passes      relationship that hands the input on unchanged where `code` is empty
    gaps        functions for gaps.py
    look_at     faults of the flow itself, for the report
    commit      source that runs at the end of the notebook, after all sinks (state last)
    setup       source that runs once, in the services cell (clients, caches); equal texts are emitted once
    widgets     more widgets
    until       widget without which a sink cannot act: what comes in is held back in a table until it is set
    outside     what of the outside world this cell touches ("HTTP", "Kafka", "JDBC"); the check replaces it
    sample      a file (name, content) that the check puts into the folder that this cell names
    format      record form: record_formats.Format in which the records were written for those who follow
    types       record form: {column: SQL type} of what comes out, None where that is not known
    types_by    the same for single relationships, where they differ
    changes     record form: columns that are not what they were before, ("*",) for all of them
    pages       record form: the frame is a whole table, which the processor after it would fetch page by page
    attributes  record form: the attributes that are known afterwards (record_state.Known); None: those from before
    reads, writes  a place outside of the flow that parts may meet in ("folder f\"{volume}/data\"", "topic orders"), "" for none
    libraries   packages of PyPI that Databricks does not ship: a `%pip` cell at the notebook's head
    sends       relationships that can come out, where those are not all of the type's
    deterministic  overrides the handler's declaration for this configuration
    """

    code: str = ""
    notes: List[str] = field(default_factory=list)
    level: str = CONVERTED
    how: str = ""
    outputs: Dict[str, str] = field(default_factory=dict)
    carrier: str = ""
    passes: Tuple[str, ...] = ()
    gaps: List[Gap] = field(default_factory=list)
    look_at: List[str] = field(default_factory=list)
    commit: str = ""
    setup: List[str] = field(default_factory=list)
    widgets: List[Widget] = field(default_factory=list)
    until: str = ""
    outside: str = ""
    reads: str = ""
    writes: str = ""
    sample: Optional[Tuple[str, bytes]] = None
    libraries: Tuple[str, ...] = ()
    sends: Optional[Tuple[str, ...]] = None
    format: Any = None
    types: Optional[Dict[str, str]] = None
    types_by: Dict[str, Optional[Dict[str, str]]] = field(default_factory=dict)
    changes: Tuple[str, ...] = ()
    pages: bool = False
    attributes: Optional[Dict[str, Any]] = None
    deterministic: Optional[bool] = None


class Refused(ConverterError):
    """A handler's word for "not this configuration": the cell becomes `manual` with this reason."""

    def __init__(self, message: str):
        super().__init__("unsupported", message)


class Step:
    """One processor on its way into a notebook."""

    def __init__(self, processor: Processor, resolved: Any, frame: str, source: str, carrier: str = FLOW_FILES,
                 connected: Tuple[str, ...] = (), nifi_version: str = "1.28.1", flow_name: str = "",
                 incoming_flows: int = 1):
        self.processor = processor
        self.resolved = resolved
        self.frame = frame  # variable that the cell assigns
        self.input = Code(source)  # expression of what comes in; "" for a source
        self.carrier = carrier
        self.connected = connected  # relationships that lead somewhere
        self.nifi_version = nifi_version or "1.28.1"
        self.flow_name = flow_name
        self.attribute_names: FrozenSet[str] = frozenset()  # what the flow's processors call attributes
        self.servers = Servers()  # that the flow's processors share
        self.has_input = bool(source) and incoming_flows > 0
        self.deterministic = True  # turned off by expressions such as ${UUID()}
        self.per_file = False  # record form within frame files: a frame for each flow file, whose attributes are at hand
        self.landing: Any = None  # record form of a file source: processors.landings.Landing
        self.records = RecordState()  # record form: what is known of what comes in
        self.attributes_read: Set[str] = set()  # record form: attributes that the configuration reads
        self.attributes_wanted: FrozenSet[str] = frozenset()  # record form: those that processors further down read
        # Credentials that a person put into an ordinary property: text -> its property's name.
        self._secret_names: Dict[str, str] = {
            text.strip(): name for name, text in resolved.dynamic.items() if text and secret_by_name(name, text)}
        self.parameters_used: Dict[str, Optional[str]] = {}  # NiFi's parameter -> its value; None: sensitive, a secret
        self.variables_used: Dict[str, Optional[str]] = {}  # a variable of the flow -> its text; None: a credential, a secret
        self.setup: List[str] = []  # source for the services cell, as `Cell.setup`
        self.hidden_texts: List[str] = []  # must not appear in any output
        self.secrets: Dict[str, str] = {}  # secret key -> what it is, for the bundle and the report
        self._values: Dict[str, Any] = {}

    # -- configuration ---------------------------------------------------------------------------------------

    @property
    def type(self) -> str:
        return self.processor.short_type

    @property
    def name(self) -> str:
        return self.processor.name

    @property
    def dynamic(self) -> List[Tuple[str, str]]:
        """The properties a person added, in the flow's order: (name, value), without those that have no value."""
        return [(name, self._kept_parameters(self.resolved.dynamic_written.get(name), value))
                for name, value in self.resolved.dynamic.items() if value is not None]

    def get(self, name: str, default: Optional[str] = None) -> Optional[str]:
        """A property by its canonical (1.28) name as plain text, parameters put in: what the flow says, else NiFi's
        default, else `default`."""
        value = self.resolved.get(name)
        return default if value is None else value

    def written(self, name: str, default: Optional[str] = None) -> Optional[str]:
        """The same, with `#{parameter}` left in where it can become a widget: for `value`, `option`, `column`, `python`."""
        value = self.resolved.get(name)
        return default if value is None else self._kept_parameters(self.resolved.written(name), value)

    def _kept_parameters(self, written: Optional[str], value: str) -> str:
        """`written` where its parameters are plain texts that may be read when the notebook runs, else `value`."""
        if not written or "#{" not in written:
            return value
        names = [r.name for r in references(written) if not r.escaped]  # none: `##{…}`, which only stands for itself
        known = self.resolved.parameter_values
        return written if all(n in known and "${" not in known[n] and "#{" not in known[n] for n in names) else value

    def flag(self, name: str, default: bool = False) -> bool:
        return str(self.get(name, "true" if default else "false")).strip().lower() == "true"

    def number(self, name: str, default: Optional[int] = None) -> Optional[int]:
        """A whole number; Refused where it is an expression or no number."""
        text = self.get(name)
        if text is None or not text.strip():
            return default
        try:
            return int(text.strip())
        except ValueError:
            raise Refused(f"{name} is not a whole number: {text!r}")

    def size(self, name: str, default: Optional[int] = None) -> Optional[int]:
        """A data size ("1 MB") in bytes."""
        text = self.get(name)
        if text is None or not text.strip():
            return default
        match = re.fullmatch(r"\s*(\d+(?:\.\d+)?)\s*(B|KB|MB|GB|TB)\s*", text, re.I)
        if not match:
            raise Refused(f"{name} is no data size: {text!r}")
        return int(float(match[1]) * 1024 ** ["B", "KB", "MB", "GB", "TB"].index(match[2].upper()))

    def stands_for(self, *names: str) -> None:
        """Properties that something which a person supplies stands for, so that the report does not call them unused."""
        self.resolved.looked_at.update(self.resolved.names.asked(name) for name in names)

    def service(self, name: str) -> Any:
        """The controller service that a property names, resolved; None where there is none."""
        return self.resolved.service(name)

    def shared(self, service: Any, what: str, source: str) -> Code:
        """A variable of the services cell for what a controller service holds; all cells of a notebook share it."""
        name = identifier(f"{service.name} {what}")
        setup = f"{name} = {source}"
        if setup not in self.setup:
            self.setup.append(setup)
        return Code(name)

    # -- Expression Language ---------------------------------------------------------------------------------

    def parse(self, text: str) -> Any:
        """The parsed value; an expression NiFi would not accept makes the processor invalid: Refused."""
        if text not in self._values:
            try:
                value = expressions.parse_value(text, nifi_version=self.nifi_version)
            except ConverterError as error:
                raise Refused(f"the Expression Language of {text!r} is invalid: {error.message}")
            if any(getattr(node, "function", "") == "evaluateELString" for node in value.nodes()):
                # Its text comes with the data, and what parses it is not among what is shipped beside the notebooks.
                raise Refused(f"evaluateELString in {text!r} evaluates expressions that only the run knows")
            self._values[text] = value
        value = self._values[text]
        if not value.deterministic or value.timed:
            self.deterministic = False
        for name in value.parameters_used():
            known = self.resolved.parameters.get(name)
            if known is not None and (known.sensitive or secret_by_name(name, known.value)):
                self.secrets[slug(name)] = f"NiFi parameter {name}" + ("" if known.sensitive else " (in clear text in the flow)")
                self.parameters_used[name] = None
            else:
                self.parameters_used[name] = self.resolved.parameter_values.get(name) or ""
        return value

    def variables_of(self, value: Any) -> List[str]:
        """Names that a value reads and that the flow has as variables: NiFi falls back to these where a flow file has no
        such attribute, and so does the source that is made of the value."""
        hit = [n for n in value.attributes_read() if n in self.resolved.variables]
        for name in hit:
            text = self.resolved.variables[name]
            hidden = secret_by_name(name, text)
            self.variables_used[name] = None if hidden else text
            if hidden:
                self.secrets[slug(name)] = f"NiFi variable {name} (in clear text in the flow)"
        return hit

    def _source(self, value: Any) -> Code:
        return Code(expressions.to_python(value, self.variables_of(value)))

    def column(self, text: str) -> Code:
        """A value as a Spark column over the incoming frame; text without expressions is `F.lit`."""
        if text in self._secret_names:
            return call("F.lit", self.hidden(self._secret_names[text], text))
        value = self.parse(text)
        if value.is_literal:
            return call("F.lit", value.literal_text)
        if not any(True for _ in value.nodes()):  # text and parameters only: one value for all rows
            return Code(f"F.lit({expressions.to_python(value)})")
        return Code(expressions.to_spark(value, variables=self.variables_of(value)).source)

    def python(self, text: str) -> Code:
        """A value as `lambda attributes: ...`; text without expressions is the plain literal."""
        if text in self._secret_names:
            return self.hidden(self._secret_names[text], text)
        value = self.parse(text)
        if value.is_literal:
            return lit(value.literal_text)
        if not any(True for _ in value.nodes()):
            return Code(expressions.to_python(value))
        return Code(f"lambda attributes: {self._source(value)}")

    def once(self, text: str) -> Code:
        """A value where there is no flow file: it is worked out when the cell runs, from variables at most."""
        value = self.parse(text)
        if value.is_literal or text in self._secret_names:
            return self.python(text)
        bare = not value.reads_any and not any(isinstance(n, (Attribute, Multi)) for n in value.nodes())
        return self._source(value) if bare else Code(f"(lambda attributes: {self._source(value)})({{}})")

    def condition(self, text: str) -> Code:
        """The same of a value that is one boolean expression: it gives a boolean, not its text."""
        value = self.parse(text)
        if len(value.parts) != 1 or not hasattr(value.parts[0], "root"):
            return self.python(text)
        return Code(f"lambda attributes: {expressions.condition_source(value, self.variables_of(value))}")

    def is_secret(self, text: str) -> bool:
        """Whether a text of the configuration is a credential in clear text."""
        return text.strip() in self._secret_names

    def needs_udf(self, text: str) -> bool:
        """Whether a column of this value calls Python for each row: then one function for the whole cell is cheaper."""
        value = self.parse(text)
        if value.is_literal or not any(True for _ in value.nodes()):
            return False
        return expressions.to_spark(value, variables=self.variables_of(value)).uses_udf

    def value(self, text: str) -> Code:
        """A value in the form of this step's carrier: a column for a frame, a function or literal on the driver."""
        return self.python(text) if self.carrier == DRIVER else self.column(text)

    def option(self, name: str, default: Optional[str] = None) -> Code:
        """A property as an option of a runtime function: a literal, or a function of the attributes (`rt.transform`
        calls it for each flow file and hands on the text). None where the property is not set."""
        text = self.written(name, default)
        return lit(None) if text is None else self.python(text)

    def python_source(self, text: str) -> Code:
        """A value as an expression over the name `attributes`, for use within a lambda that the handler writes."""
        value = self.parse(text)
        return lit(value.literal_text) if value.is_literal else self._source(value)

    def path(self, text: str) -> Code:
        """A folder or file of the NiFi host: the same below the Volume of widget `volume`; locations of Unity Catalog and
        URLs stay as they are."""
        if not self.is_literal(text):
            return Code(f"lambda attributes: files.under(volume, {self.python_source(text)})")
        plain = self.parse(text).literal_text
        if re.match(r"[a-z][a-z0-9+.-]*:|/(Volumes|Workspace|dbfs)/", plain):
            return lit(plain)
        inside = "/".join(p for p in plain.replace("\\", "/").split("/") if p not in ("", ".", ".."))
        inside = re.sub(r"^[A-Za-z]:/?", "", inside)
        if not inside:
            return Code("volume")
        if re.fullmatch(r"[\w./ @+=,-]+", inside):
            return Code(f'f"{{volume}}/{inside}"')
        return Code(f"files.under(volume, {lit(inside)})")

    def place(self, text: str) -> Code:
        """The same where there is no flow file: an expression is worked out when the cell runs."""
        return self.path(text) if self.is_literal(text) else Code(f"files.under(volume, {self.once(text)})")

    def secret(self, name: str, component: Any = None, wanted: bool = False) -> Optional[Code]:
        """A sensitive property as a read of the secret scope at the line of use; None where it is not set. `wanted`: there
        must be one, as with a user's name, even where the file leaves it out."""
        component = component or self.resolved
        found = component.secret(name, wanted)
        if found is None:
            return None
        self.secrets[found.key] = f"{name} of {component.name}"
        return Code(f"dbutils.secrets.get(secret_scope, {lit(found.key)})")

    def hidden(self, name: str, text: str) -> Code:
        """A credential that the flow holds in clear text: read from the secret scope instead; the text appears nowhere."""
        key = slug(f"{self.frame}-{name}")
        self.secrets[key] = f"{name} of {self.name}" + (" (in clear text in the flow)" if text else "")
        self.hidden_texts.append(text)
        return Code(f"dbutils.secrets.get(secret_scope, {lit(key)})")

    def is_literal(self, text: str) -> bool:
        return self.parse(text).is_literal

    def python_of_file(self, text: str) -> Code:
        """A value as an expression over `attributes`, those of one flow file."""
        return self._source(self.parse(text))

    # -- cells -----------------------------------------------------------------------------------------------

    def transform(self, function: str, how: str = "", notes: Optional[List[str]] = None, **options: Any) -> Cell:
        """The usual cell: a runtime function `(FlowFile, **options) -> [(relationship, FlowFile)]` for each flow file.

        `function` is `module.name` of the runtime ("text.split_text"). Options are values or `Code`.
        """
        given = {k: v for k, v in options.items()}
        code = assign(self.frame, call("rt.transform", self.input, Code(function), **given))
        return Cell(code=code, how=how or f"{function} for each flow file", notes=notes or [])

    def transform_all(self, function: str, how: str = "", notes: Optional[List[str]] = None, **options: Any) -> Cell:
        """The cell of a processor that looks at many flow files at once (merge, order, duplicates): a runtime function
        `([FlowFile], **options) -> [(relationship, FlowFile)]`. Option `key` groups (a `step.value`), see rt.transform_all."""
        code = assign(self.frame, call("rt.transform_all", self.input, Code(function), **options))
        return Cell(code=code, how=how or f"{function} over the run's flow files", notes=notes or [])

    def for_each(self, function: str, outside: str, how: str = "", notes: Optional[List[str]] = None, **options: Any) -> Cell:
        """The cell of a processor that acts on the outside world, once per flow file, on the driver: the same shape of
        runtime function as `transform`, called exactly once; its results are a list on the driver."""
        code = assign(self.frame, call("rt.for_each", self.input, Code(function), **options))
        return Cell(code=code, how=how or f"{function}, called on the driver", notes=notes or [], carrier=DRIVER, outside=outside)

    def needs(self, cell: Cell, widget: Widget, what: str) -> Cell:
        """Adds a widget that says where a sink's server is. Without a value the cell is assisted, and holds back what
        comes in until the widget has one."""
        cell.widgets.append(replace(widget, needed=True) if not widget.default else widget)
        if not widget.default:
            cell.level, cell.how = ASSISTED, f"{cell.how}; {what} has to be named"
            cell.notes.append(f"**Gap:** set widget `{widget.name}`. Until then what arrives is held back in `…__to_{self.frame}` and the run ends red at its end.")
            cell.until = widget.name if self.has_input else ""
        return cell

    def gap(self, what: str, arguments: Tuple[str, ...], doc: str, body: str = "") -> Gap:
        """A function for gaps.py, named after the processor: `<processor>_<what>`."""
        name = self.frame if not what else f"{self.frame}_{what}"
        head = f"{self.type} {self.processor.id}: {self.name}"
        return Gap(identifier(name), arguments, f"{head}\n\n{doc}", body)
