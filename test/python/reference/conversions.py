"""The three flows: where they are, and what is called how in the hand-written conversion and in the emitted one."""

from __future__ import annotations

import json
import os
import re
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path
from typing import Callable, Dict, Tuple

REFERENCE = Path(os.environ["REFERENCE"])
CORPUS = REFERENCE.parent / "corpus"


@dataclass(frozen=True)
class Flow:
    file: str
    notebooks: Dict[str, str]  # the hand-written notebook -> start of the emitted one's name
    tables: Dict[str, str]  # the hand-written table -> the emitted one
    parameters: Callable[[dict], dict]
    before: Callable = lambda session, folder, params: None  # what was there before a run
    gaps: str = ""  # binds what a check fills in to the gaps' names
    line: Callable[[dict], dict] = lambda line: line  # the report line, as a check reads it
    cell: Tuple[str, str] = ("", "")  # (file, variable) of a cell that a check evaluates by itself


def loader_tables(session, folder, params):
    """The tables of the database that the flow writes into: they were there."""
    covid = ("direction STRING, year INT, date STRING, weekday STRING, country STRING, commodity STRING, transport_mode STRING, measure STRING, "
             "value FLOAT, cumulative FLOAT, timestamp STRING, system_account_id STRING")
    customer = ("c_custkey INT, c_name STRING, c_address STRING, c_city STRING, c_nation STRING, c_region STRING, c_phone STRING, c_mktsegment STRING, dummy STRING")
    for name, columns in (("covid_stats", covid), ("lineorder", covid), ("customer", customer)):
        session.sql(f"CREATE TABLE IF NOT EXISTS spark_catalog.{params['schema']}.{name} ({columns}) USING DELTA")


_landed = set()


def land_tweets(session, folder, params):
    """What fills the landing folder fills the inbox table here: a row per line of a new file."""

    table = f"spark_catalog.{params['schema']}.twitter_dashboard__grab_garden_hose"
    session.sql(f"CREATE TABLE IF NOT EXISTS {table} (attributes MAP<STRING,STRING>, content BINARY) USING DELTA")
    for path in sorted(Path(params["landing"]).glob("*.json")):
        if str(path) in _landed:
            continue
        _landed.add(str(path))
        rows = [({"filename": f"{path.name}-{n:04}", "path": "./", "mime.type": "application/json", "landing.file": path.name}, bytearray(line, "utf-8"))
                for n, line in enumerate(path.read_text("utf-8").splitlines())]
        session.createDataFrame(rows, "attributes MAP<STRING,STRING>, content BINARY").write.format("delta").mode("append").saveAsTable(table)


def renamed(names):
    return lambda params: {names.get(k, k): v for k, v in params.items() if names.get(k, k)}


FLOWS = {
    "1-csv-data-loader": Flow(
        "duanelupinski+nifi-crdb-installation__templates__CSV_Data_Loader_with_Sample_Transformation.xml",
        {"01_covid_stats_split.py": "01_", "02_load_split_files.py": "02_"},
        {"csv_data_loader__failures": "csv_data_loader_with_sample_transformation__failures"},
        lambda params: {"put_database_record_keys": '{"customer": ["c_custkey"], "covid_stats": [], "lineorder": []}', **params},
        loader_tables,
        # The arguments are those of the flow: "-f <file>" and "-c 10000", as NiFi hands them to the script.
        "\n\ndef execute_stream_command(arguments, standard_input, working_directory):\n"
        "    return split_file(' '.join(arguments).split(' '), working_directory)\n",
        lambda line: {**line, "counts": {"FetchFile / success": line["counts"].get("FetchFile / success", 0)}}),
    "2-twitter-dashboard": Flow(
        "hortonworks-gallery+nifi-templates__templates__Twitter_Dashboard.xml",
        {"twitter_dashboard.py": "twitter_dashboard"},
        {"twitter_dashboard__staged": "twitter_dashboard__grab_garden_hose_taken", "twitter_dashboard__merged": "twitter_dashboard__merge_content"},
        renamed({"landing": ""}), land_tweets, cell=("twitter_dashboard.py", "replace_text_step_success")),
    "3-rest-ingest-meds": Flow(
        "tspannhw+ApacheConAtHome2020__flows__DailyMed__REST_Ingest_DailyMeds.xml",
        {"rest_ingest_meds.py": "01_"},
        {"rest_ingest_meds__failures": "rest_ingest_daily_meds__failures", "rest_ingest_meds__get_data_records": "rest_ingest_daily_meds__get_data_records",
         "kafka__medslist": "rest_ingest_daily_meds__kafka",
         "rest_ingest_meds__map_cache": "rest_ingest_daily_meds__local_redis_distributed_map_cache_client_service_cache"},
        renamed({"first_url": "", "max_pages": "max_rounds", "cache_key": "db_key_as_key"})),
}

# What the emitted names are called in the texts of the checks.
_TEXTS = {"to_put_solr": "to_putsolr", "gaps.execute_stream_command is still to be written": "gaps.split_file", "spark_catalog.": "main.", "max_rounds": "max_pages"}
_FIRST_URL = "https://dailymed.nlm.nih.gov/dailymed/services/v2/drugnames.json?pagesize=100"

# number of the check -> (what it gives here, why that is right)
DIFFERENCES: Dict[str, Tuple[object, str]] = {
    "3.12": ([("Get Next HTTP Page", "Failure", "not an http URL: ''")], "the error is worded otherwise"),
    "3.13": ([("Get Data Records", "failure", "$.data is no array")], "the error names the path"),
    "1.10": (0, "the fields that UpdateRecord Lineorder names are in no schema: NiFi cannot write them as Avro either, and the flow file goes to failure"),
}


@lru_cache(maxsize=None)
def emitted(flow):
    from nifi_converter.convert import convert_flow
    from nifi_converter.read import read_flow

    conversion = convert_flow(read_flow(str(CORPUS / FLOWS[flow].file)))
    assert conversion.problems == [], conversion.problems
    return conversion


def cell_of(conversion, flow):
    """The source of the one cell that a check evaluates by itself, with the marks that it looks for."""
    variable = FLOWS[flow].cell[1]
    if not variable:
        return ""
    code = next(c.text for n in conversion.notebooks for c in n.cells if c.kind == "code" and f"{variable} = " in c.text)
    return code.replace(f"{variable} = ", "replacetext_success = ") + "\nreport.keep(replacetext"


def ours(text):
    """A statement or name of a check, with the emitted tables in it."""
    for flow in FLOWS.values():
        for theirs_name, name in flow.tables.items():
            text = re.sub(rf"\b{theirs_name}\b", name, text)
    return re.sub(r"\bmain\.", "spark_catalog.", text)


def theirs(text):
    for name, theirs_name in _TEXTS.items():
        text = text.replace(name, theirs_name)
    return text


def with_endpoints(text, params):
    """The flow's own address is a literal in its notebook: the tests' server takes its place."""
    return text.replace(json.dumps(_FIRST_URL), json.dumps(params["first_url"])) if "first_url" in params else text


class Renamed:
    """A session that knows the hand-written tables' names."""

    def __init__(self, session, notebooks):
        self.session, self.notebooks = session, notebooks

    def sql(self, text):
        return self.session.sql(ours(text))

    def table(self, name):
        frame = self.session.table(ours(name))
        if name.endswith("__failures"):
            return failures(frame)
        if name.endswith("__merged"):  # with the relationships of the whole processor
            return frame.where("relationship = 'merged'")
        return frame

    def createDataFrame(self, *arguments, **named):
        return self.session.createDataFrame(*arguments, **named)

    @property
    def catalog(self):
        return Tables(self.session)


class Tables:
    def __init__(self, session):
        self.session = session

    def listTables(self, database):
        return self.session.catalog.listTables(ours(database))


def failures(frame):
    """The failure table in the grain of the hand-written one: a row per record where a file of records was kept whole, the
    loop's cell named by its call, addresses left out of errors."""
    from pyspark.sql import functions as F

    lines = F.filter(F.split(F.col("content").cast("string"), "\n"), lambda line: F.trim(line) != "")
    whole = (F.col("processor") == "SplitRecord") & F.col("record").isNull()
    rows = frame.withColumn("record", F.explode(F.when(whole, lines).otherwise(F.array(F.col("record")))))
    in_loop = (F.col("processor") == "Get Next Page / Retry Process") & (F.col("relationship") == "retries_exceeded")
    return rows.withColumn("processor", F.when(in_loop, F.lit("Get Next Page / Get Next HTTP Page")).otherwise(F.col("processor"))) \
        .withColumn("error", F.regexp_replace("error", " from http.*", ""))
