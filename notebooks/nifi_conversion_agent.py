# Databricks notebook source
# MAGIC %md
# MAGIC # NiFi conversion agent
# MAGIC
# MAGIC Converts one NiFi flow to Databricks notebooks, a bundle and a report, and keeps the attempt's row up to date. The same
# MAGIC file runs on a cluster and on this computer. The work is done by the package `nifi_converter`, which lies beside this
# MAGIC notebook (or in the folder that `package_path` names).

# COMMAND ----------

WIDGETS = ("flow_id", "nifi_xml_path", "output_path", "attempt_id", "delta_table", "package_path")
for name in WIDGETS:
    dbutils.widgets.text(name, "")
widgets = {name: dbutils.widgets.get(name) for name in WIDGETS}

# COMMAND ----------

import os
import sys


def package_folders():
    """Where the package may lie, best guess first."""
    yield widgets["package_path"]
    yield os.path.dirname(os.path.abspath(globals().get("__file__", "nowhere")))
    try:
        context = dbutils.notebook.entry_point.getDbutils().notebook().getContext()
        yield "/Workspace" + os.path.dirname(context.notebookPath().get())
    except Exception:  # not on a cluster, or one that hides it
        pass
    yield os.getcwd()


folder = next((f for f in package_folders() if f and os.path.isdir(os.path.join(f, "nifi_converter"))), None)
if folder is None:
    raise ImportError("The package nifi_converter is not beside this notebook: upload it there, or set package_path to its folder.")
if folder not in sys.path:
    sys.path.insert(0, folder)

# COMMAND ----------

from nifi_converter.agent import run_attempt, workspace_importer

importer = workspace_importer() if widgets["output_path"].startswith("/Workspace/") else None
status = run_attempt(spark, widgets, importer)
