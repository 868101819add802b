"""The database of the golden vectors: a real H2 within Spark's Java, reached by Spark's JDBC source as on a cluster."""

from __future__ import annotations

import os
import subprocess
import tempfile

ROOT = os.path.dirname(os.path.dirname(os.path.dirname(os.path.abspath(__file__))))
JARS = os.path.join(ROOT, ".cache", "h2-jars")
POM = os.path.join(os.path.dirname(os.path.abspath(__file__)), "h2", "pom.xml")
SERVICE = "oracle.H2Service"


def jar():
    """The path of H2's jar, fetched once by Maven; None where Maven is missing or has no network."""
    def found():
        names = sorted(n for n in os.listdir(JARS) if n.endswith(".jar")) if os.path.isdir(JARS) else []
        return os.path.join(JARS, names[-1]) if names else None

    if found() is None:
        goal = "org.apache.maven.plugins:maven-dependency-plugin:3.8.1:copy-dependencies"
        try:
            subprocess.run(["mvn", "-q", "-B", "-f", POM, goal, f"-DoutputDirectory={JARS}"], check=True, timeout=300, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
        except (OSError, subprocess.SubprocessError):
            return None
    return found()


def needs_h2(vector):
    return any(s["type"] == SERVICE for s in (vector.get("services") or {}).values())


class Databases:
    """The vector's databases, each made by its `init` statements. `urls`: {widget of a pool: JDBC URL}."""

    def __init__(self, spark, vector):
        self.spark, self.urls, self._checks = spark, {}, []
        for key, service in vector["services"].items():
            if service["type"] != SERVICE:
                continue
            url = f"jdbc:h2:mem:{vector['id'].replace('-', '_')}_{key};DB_CLOSE_DELAY=-1"
            with tempfile.NamedTemporaryFile("w", suffix=".sql", delete=False, encoding="utf-8") as script:
                script.write(f"DROP ALL OBJECTS;\n{service['properties'].get('init', '')};\n")
            self._read(f"{url};INIT=RUNSCRIPT FROM '{script.name}'", "SELECT 1 AS one").schema  # which opens one connection
            os.unlink(script.name)
            self.urls[f"{key}_url"] = url
            if service["properties"].get("check"):
                self._checks.append((service["properties"]["check"], url))

    def _read(self, url, query):
        return self.spark.read.format("jdbc").options(url=url, query=query).load()

    def tables(self):
        """{checked table: its rows as the vectors write them}."""
        return {name: "".join("|".join(_shown(v) for v in row) + "\n" for row in self._read(url, f"SELECT * FROM {name}").collect()) for name, url in self._checks}


def _shown(value):
    if value is None:
        return "null"
    if isinstance(value, bool):
        return str(value).upper()
    text = str(value)
    return text.rstrip("0").rstrip(".") if hasattr(value, "microsecond") and "." in text else text
