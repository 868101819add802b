"""NiFi's session as scripts of ExecuteScript know it, in Python 3: the part of its Java that Jython scripts use.

A script runs once for each flow file (`run`). What it transfers goes to the relationship that it names; a flow file that
it neither transfers nor removes, or that it raises at, is rolled back.
"""

from __future__ import annotations

import io
import uuid

from .flow_files import ROLLED_BACK, FlowFile


class Relationship:
    def __init__(self, name):
        self.name = name

    def getName(self):
        return self.name


REL_SUCCESS, REL_FAILURE = Relationship("success"), Relationship("failure")


class ScriptFlowFile:
    """A flow file in a script: changes give a new one, as in NiFi; `key` says which flow file of the session it is."""

    def __init__(self, key, flow_file):
        self.key, self.flow_file = key, flow_file

    def getAttribute(self, name):
        return self.flow_file.attributes.get(name)

    def getAttributes(self):
        return dict(self.flow_file.attributes)

    def getSize(self):
        return len(self.flow_file.content)


def _text(value):
    """Jython's texts are bytes as often as not."""
    return value.decode("utf-8") if isinstance(value, (bytes, bytearray)) else value


class InputStream(io.BytesIO):
    """Content as a script reads it."""

    def available(self):
        return len(self.getbuffer()) - self.tell()


class OutputStream:
    def __init__(self):
        self.content = bytearray()

    def write(self, data, *_):
        self.content += bytes([data % 256]) if isinstance(data, int) else data.encode("utf-8") if isinstance(data, str) else bytes(data)

    def flush(self):
        pass

    close = flush


class InputStreamCallback:
    pass


class OutputStreamCallback:
    pass


class StreamCallback:
    pass


class StandardCharsets:
    UTF_8, US_ASCII, ISO_8859_1, UTF_16 = "utf-8", "ascii", "latin-1", "utf-16"


class IOUtils:
    """Apache Commons IO."""

    @staticmethod
    def toString(stream, charset="utf-8"):
        return stream.read().decode(charset, "replace")

    @staticmethod
    def toByteArray(stream):
        return bytearray(stream.read())

    @staticmethod
    def readLines(stream, charset="utf-8"):
        return stream.read().decode(charset, "replace").splitlines()

    @staticmethod
    def write(data, stream, charset="utf-8"):
        stream.write(data.encode(charset) if isinstance(data, str) else data)

    @staticmethod
    def copy(source, target):
        data = source.read()
        target.write(data)
        return len(data)

    @staticmethod
    def closeQuietly(*_):
        pass


class InputStreamReader:
    def __init__(self, stream, charset="utf-8"):
        self.lines = io.TextIOWrapper(io.BytesIO(stream.read()), encoding=charset, errors="replace")


class BufferedReader:
    def __init__(self, reader):
        self.lines = reader.lines

    def readLine(self):
        line = self.lines.readline()
        return line.rstrip("\r\n") if line else None

    def close(self):
        pass


class Log:
    """The processor's log: lines of the notebook's output."""

    def error(self, message, *_):
        print(message)

    info = warn = error

    def debug(self, *_):
        pass

    trace = debug


class Property:
    """A user-added property, which a script sees as a variable of its name. `value`: a text or a function of the attributes."""

    def __init__(self, value, attributes=None):
        self.value, self.attributes = value, attributes or {}

    def evaluateAttributeExpressions(self, flow_file=None):
        return Property(self.value, flow_file.flow_file.attributes if flow_file is not None else {})

    def getValue(self):
        return self.value(self.attributes) if callable(self.value) else self.value

    def asInteger(self):
        return None if self.getValue() is None else int(self.getValue())

    asLong = asInteger

    def asBoolean(self):
        return None if self.getValue() is None else str(self.getValue()).lower() == "true"


class _Provenance:
    def __getattr__(self, name):
        return lambda *_: None


class Session:
    """One flow file's session (ProcessSession)."""

    def __init__(self, flow_file):
        self._waiting = [flow_file] if flow_file is not None else []
        self._files, self._sent, self._removed = {}, {}, set()

    def _set(self, key, flow_file):
        self._files[key] = flow_file
        return ScriptFlowFile(key, flow_file)

    def get(self):
        if not self._waiting:
            return None
        return self._set("incoming", self._waiting.pop())

    def create(self, parent=None):
        attributes = {k: v for k, v in (self._files[parent.key].attributes.items() if parent is not None else ()) if k not in ("uuid", "alternate.identifier")}
        name = str(uuid.uuid4())
        return self._set(name, FlowFile({"filename": name, "path": "./", **attributes, "uuid": name}, b""))

    def clone(self, flow_file):
        made = self.create(flow_file)
        return self._set(made.key, self._files[made.key].with_content(self._files[flow_file.key].content))

    def putAttribute(self, flow_file, name, value):
        return self.putAllAttributes(flow_file, {name: value})

    def putAllAttributes(self, flow_file, attributes):
        given = {_text(k): _text(v) for k, v in dict(attributes).items()}
        wrong = next((k for k, v in given.items() if not isinstance(v, str)), None)
        if wrong is not None:
            raise TypeError(f"attribute {wrong} is no text: {given[wrong]!r}")
        return self._set(flow_file.key, self._files[flow_file.key].with_attributes(given))

    def removeAttribute(self, flow_file, name):
        return self.removeAllAttributes(flow_file, [name])

    def removeAllAttributes(self, flow_file, names):
        known = self._files[flow_file.key]
        left = {k: v for k, v in known.attributes.items() if k not in set(names) or k == "uuid"}
        return self._set(flow_file.key, FlowFile(left, known.content))

    def read(self, flow_file, callback=None):
        stream = InputStream(self._files[flow_file.key].content)
        if callback is None:
            return stream
        getattr(callback, "process", callback)(stream)
        return None

    def write(self, flow_file, callback):
        known, out = self._files[flow_file.key], OutputStream()
        process = getattr(callback, "process", callback)
        process(InputStream(known.content), out) if isinstance(callback, StreamCallback) else process(out)
        return self._set(flow_file.key, known.with_content(bytes(out.content)))

    def append(self, flow_file, callback):
        known, out = self._files[flow_file.key], OutputStream()
        getattr(callback, "process", callback)(out)
        return self._set(flow_file.key, known.with_content(known.content + bytes(out.content)))

    def transfer(self, flow_files, relationship):
        for flow_file in _several(flow_files):
            self._sent[flow_file.key] = relationship.name

    def remove(self, flow_files):
        self._removed.update(flow_file.key for flow_file in _several(flow_files))

    def penalize(self, flow_file):
        return flow_file

    def adjustCounter(self, *_):
        pass

    commit = adjustCounter

    def getProvenanceReporter(self):
        return _Provenance()

    def results(self):
        """[(relationship, flow file)] in the order of transfer. ValueError where a flow file's way is not said."""
        open_ones = [key for key in self._files if key not in self._sent and key not in self._removed]
        if open_ones:
            raise ValueError("the script neither transfers nor removes a flow file")
        return [(name, self._files[key]) for key, name in self._sent.items() if key not in self._removed]


def _several(flow_files):
    return flow_files if isinstance(flow_files, (list, tuple, set)) else [flow_files]


def run(flow_file, script, has_input=True, **properties):
    """ExecuteScript with a script in Python: `script` (rt.Late) takes `session`, `log` and the properties. For one
    flow file or, at a source, none."""
    session = Session(flow_file if has_input else None)
    try:
        script.function(session, Log(), **{name: Property(value.function if hasattr(value, "function") else value) for name, value in properties.items()})
        return session.results()
    except Exception as error:
        return [(ROLLED_BACK, flow_file.failed(f"{type(error).__name__}: {error}"))] if has_input else []
