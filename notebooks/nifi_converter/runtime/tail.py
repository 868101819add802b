"""TailFile: what was added to a file since the run before. Position and identity are a state table, committed last."""

from __future__ import annotations

import hashlib
import os

from .flow_files import FlowFile
from .tables import remember, remembered

_HEAD = 1024


class Tail:
    def __init__(self, spark, table):
        self.spark, self.table, self._new = spark, table, {}

    def new(self, path, start="Beginning of File", rolled=None):
        """One flow file with the whole lines that are new; none where there are none. A file that shrank or begins
        differently was rolled over: it is read from its beginning, after the rest of the newest file of `rolled` (a pattern
        in the same folder) that begins as the old one did."""
        state = remembered(self.spark, self.table)
        if not os.path.exists(path):
            return []
        known = int(state.get(f"{path}@position", -1))
        with open(path, "rb") as file:
            head = file.read(_HEAD)
            size = os.fstat(file.fileno()).st_size
            if known < 0:
                at = 0 if start == "Beginning of File" else size
            else:
                length = int(state.get(f"{path}@head_length", 0))
                same = hashlib.sha256(head[:length]).hexdigest() == state.get(f"{path}@head") and size >= known
                at = known if same else 0
                before = b"" if same else self._rest(path, rolled, state, known, length)
            if known < 0:
                before = b""
            file.seek(at)
            added = file.read()
        whole = added[:added.rfind(b"\n") + 1]  # a line that is still being written comes with the next run
        self._new.update({f"{path}@position": str(at + len(whole)), f"{path}@head_length": str(len(head)),
                          f"{path}@head": hashlib.sha256(head).hexdigest()})
        content = before + whole
        if not content:
            return []
        name, extension = os.path.splitext(os.path.basename(path))
        return [FlowFile({"filename": f"{name}.{at}-{at + len(whole)}{extension}", "path": "./", "tailfile.original.path": path, "mime.type": "text/plain"}, content)]

    @staticmethod
    def _rest(path, rolled, state, known, length):
        """What was added to the old file before it was rolled over."""
        import fnmatch

        folder = os.path.dirname(path)
        name = os.path.splitext(os.path.basename(path))[0]
        pattern = (rolled or "").replace("${filename}", name)
        names = [n for n in os.listdir(folder or ".") if pattern and fnmatch.fnmatch(n, pattern) and n != os.path.basename(path)]
        for old in sorted((os.path.join(folder, n) for n in names), key=os.path.getmtime, reverse=True):
            with open(old, "rb") as file:
                if length and hashlib.sha256(file.read(length)).hexdigest() == state.get(f"{path}@head"):
                    file.seek(known)
                    return file.read()
        return b""

    def commit(self):
        remember(self.spark, self.table, self._new)
        self._new = {}
