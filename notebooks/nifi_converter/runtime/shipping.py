"""Python functions on Spark's workers, which have neither this package nor `gaps.py`.

The package travels with the query as a small archive that a worker process unpacks once; functions are pickled by
reference to it. (Pickling the package's modules by value would send all of them with each function.) With
NIFI_RUNTIME_ON_WORKERS=1 (the package is installed on the cluster) nothing is sent.
"""

from __future__ import annotations

import hashlib
import io
import os
import sys
import zipfile

_archives = {}


def udf(function, result, deterministic=True):
    """As `F.udf`, for a function that uses this package."""
    from pyspark.sql import functions as F

    made = F.udf(shipped(function), result)
    return made if deterministic else made.asNondeterministic()


def shipped(function):
    """The function in a form that a worker without this package can run."""
    if os.environ.get("NIFI_RUNTIME_ON_WORKERS") == "1":
        return function
    from pyspark import cloudpickle

    payload = cloudpickle.dumps(function)
    archive, digest, package = _archive()
    loaded = []

    def run(*arguments):
        # Everything that this function needs is within it: it is pickled by value.
        if not loaded:
            import os as os_
            import pickle
            import sys as sys_
            import tempfile

            known = getattr(sys_, "_nifi_runtime", {})
            if known.get("digest") != digest:
                folder = tempfile.mkdtemp(prefix="nifi-runtime-")
                path = os_.path.join(folder, "package.zip")
                with open(path, "wb") as file:
                    file.write(archive)
                for name in [m for m in sys_.modules if m == "gaps" or m == package or m.startswith(package + ".") or package.startswith(m + ".")]:
                    del sys_.modules[name]
                if known.get("path") in sys_.path:
                    sys_.path.remove(known["path"])
                sys_.path.insert(0, path)
                sys_._nifi_runtime = {"digest": digest, "path": path}
            loaded.append(pickle.loads(payload))
        return loaded[0](*arguments)

    return run


def _archive():
    """(zip of the package and gaps.py, its digest, the package's name). Made once per state of gaps.py."""
    gaps = sys.modules.get("gaps")
    source = getattr(gaps, "__file__", None)
    text = b""
    if source and os.path.exists(source):
        with open(source, "rb") as file:
            text = file.read()
    key = hashlib.sha256(text).hexdigest()
    if key not in _archives:
        folder = os.path.dirname(os.path.abspath(__file__))
        target = io.BytesIO()
        with zipfile.ZipFile(target, "w", zipfile.ZIP_DEFLATED) as archive:
            parts = __package__.split(".")
            for depth in range(1, len(parts)):
                archive.writestr(_entry("/".join(parts[:depth]) + "/__init__.py"), b"")
            for name in sorted(os.listdir(folder)):
                if name.endswith(".py"):
                    with open(os.path.join(folder, name), "rb") as file:
                        archive.writestr(_entry("/".join(parts) + "/" + name), file.read())
            if text:
                archive.writestr(_entry("gaps.py"), text)
        data = target.getvalue()
        _archives[key] = (data, hashlib.sha256(data).hexdigest(), __package__)
    return _archives[key]


def _entry(name):
    info = zipfile.ZipInfo(name, (1980, 1, 1, 0, 0, 0))
    info.compress_type = zipfile.ZIP_DEFLATED
    return info
