"""Run time of the emitted notebooks beside the hand-written ones (`../shared/reference-conversions`): the same data, the same
Spark Connect session, turn and turn about.

    .venv/bin/python test/python/bench_reference.py [--cells] [--rounds=3] [1 2 3]

`--cells` prints the seconds of each cell of the last round; the numbers choose flows.
"""

from __future__ import annotations

import http.server
import json
import os
import shutil
import statistics
import sys
import tempfile
import threading
from pathlib import Path

HERE = Path(__file__).resolve().parent
sys.path[:0] = [str(HERE / "reference"), str(HERE.parents[1] / "notebooks")]
os.environ.setdefault("REFERENCE", str(HERE.parents[2] / "shared" / "reference-conversions"))

import conversions  # noqa: E402
import engine  # noqa: E402
from notebook_run import run_notebook  # noqa: E402

ROWS, TWEETS, PAGES, PER_PAGE = 20_000, 2_000, 20, 100


def csv_files(volume):
    """Files of the first flow: one table of facts in four files, one of customers."""
    for number in range(4):
        folder = volume / "data"
        folder.mkdir(parents=True, exist_ok=True)
        (folder / f"covid_stats_split_{number}").write_text("".join(
            f'Exports,2020,{1 + n % 28:02}/03/2020,Sunday,All,"Milk, powder",Sea,$,{n},{n}.5\n' for n in range(number, ROWS, 4)))
    folder = volume / "mnt" / "data1" / "csv"
    folder.mkdir(parents=True, exist_ok=True)
    (folder / "customer_split_1.tbl").write_text("".join(f"{n},Customer {n},Street {n}\n" for n in range(ROWS // 10)))


def tweets(landing):
    landing.mkdir(parents=True, exist_ok=True)
    (landing / "a.json").write_text("\n".join(json.dumps({
        "id": n, "lang": "en", "text": f"AAPL at ${n}\nup", "created_at": "Mon", "timestamp_ms": str(n), "user": {"screen_name": f"u{n}", "name": f"U {n}"},
        "entities": {"hashtags": [{"text": "x"}]}}) for n in range(TWEETS)))


class Api(http.server.BaseHTTPRequestHandler):
    """The pages of the third flow."""

    def do_GET(self):
        page = int(self.path.partition("page=")[2] or 1)
        more = {"next_page": page + 1, "next_page_url": f"http://{self.headers['Host']}/d?page={page + 1}"} if page < PAGES else {"next_page": "null", "next_page_url": "null"}
        data = [{"drug_name": f"D{page}-{n}", "name_type": "B"} for n in range(PER_PAGE)]
        body = json.dumps({"metadata": {"current_page": page, "db_published_date": "May 1", **more}, "data": data}).encode()
        self.send_response(200)
        self.send_header("Content-Type", "application/json")
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, *_):
        pass


def staged(flow, emitted):
    """A folder with the notebooks of one of the two conversions, and the runtime beside them."""
    folder = Path(tempfile.mkdtemp(prefix="bench-"))
    if emitted:
        for name, text in conversions.emitted(flow).files.items():
            if name.startswith("notebooks/"):
                path = folder / name[len("notebooks/"):]
                path.parent.mkdir(exist_ok=True)
                path.write_text(text, encoding="utf-8")
    else:
        for file in [*(conversions.REFERENCE / flow).glob("*.py"), *(conversions.REFERENCE / "runtime").glob("*.py")]:
            shutil.copy(file, folder)
    return folder


def run(session, flow, notebook, emitted, address, cells):
    """One run over fresh data and tables, in a schema of its own. Seconds."""
    schema = f"bench_{'emitted' if emitted else 'hand'}"
    session.sql(f"DROP SCHEMA IF EXISTS spark_catalog.{schema} CASCADE")
    session.sql(f"CREATE SCHEMA spark_catalog.{schema}")
    folder = staged(flow, emitted)
    volume, landing = folder / "volume", folder / "landing"
    csv_files(volume)
    tweets(landing)
    params = {"catalog": "spark_catalog", "schema": schema, "volume": str(volume), "on_manual": "keep"}
    if flow.startswith("2"):
        params["landing"] = str(landing)
    if flow.startswith("3"):
        params["first_url"] = f"{address}/d"
    made = conversions.FLOWS[flow]
    path = next(p for p in sorted(folder.glob("*.py")) if p.name.startswith(made.notebooks[notebook] if emitted else notebook))
    text = path.read_text(encoding="utf-8")
    if emitted:
        made.before(session, folder, params)
        text, params = conversions.with_endpoints(text, params), made.parameters(params)
    outcome = run_notebook(session, path, text, params)
    if outcome["state"] != "SUCCESS":
        sys.exit(f"{flow}: {outcome['error'][:2000]}\n{outcome['trace'][-2000:]}")
    if cells:
        print("\n".join(f"    {seconds:6.2f} s  {line}" for line, seconds in outcome["cells"] if seconds >= 0.05))
    shutil.rmtree(folder, ignore_errors=True)
    return sum(seconds for _, seconds in outcome["cells"])


def main():
    if not conversions.REFERENCE.is_dir():
        sys.exit("the reference conversions are not beside the repository")
    if engine.missing():
        sys.exit(engine.missing())
    cells = "--cells" in sys.argv
    rounds = next((int(a.partition("=")[2]) for a in sys.argv if a.startswith("--rounds=")), 3)
    only = [a for a in sys.argv[1:] if not a.startswith("-")]
    server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Api)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    print(f"emitted beside hand-written: {ROWS} rows in 4 files; {TWEETS} tweets; {PAGES} pages of {PER_PAGE}. Median of {rounds} runs after one to warm up.")
    with engine.engine() as remote:
        from pyspark.sql import SparkSession

        session = SparkSession.builder.remote(remote).create()
        for flow, notebook in (("1-csv-data-loader", "02_load_split_files.py"), ("2-twitter-dashboard", "twitter_dashboard.py"), ("3-rest-ingest-meds", "rest_ingest_meds.py")):
            if only and flow[0] not in only:
                continue
            taken = {True: [], False: []}
            for number in range(rounds + 1):
                for emitted in (False, True):
                    seconds = run(session, flow, notebook, emitted, f"http://127.0.0.1:{server.server_port}", cells and number == rounds)
                    taken[emitted] += [seconds] if number else []
            hand, made = (statistics.median(taken[kind]) for kind in (False, True))
            print(f"{flow}: hand-written {hand:.1f} s, emitted {made:.1f} s ({made / hand:.2f} times)", flush=True)
        session.stop()
    server.shutdown()


if __name__ == "__main__":
    main()
