# Databricks notebook source
# MAGIC %md
# MAGIC # Populate flows from a volume
# MAGIC
# MAGIC Finds the NiFi flows of a volume and registers them in the table of flows: the same as *Populate Flows* in the extension,
# MAGIC for very large volumes and for schedules. Only new and changed paths are written; status and history of known flows stay
# MAGIC as they are. It may run again at any time.
# MAGIC
# MAGIC Needs `READ VOLUME`, `USE CATALOG`, `USE SCHEMA`, and `SELECT` and `MODIFY` on the table. The work is done by the package
# MAGIC `nifi_converter`, which the extension's set-up lays beside this notebook (or `package_path` names its folder).

# COMMAND ----------

WIDGETS = {
    "catalog": "main",
    "schema": "default",
    "flows_table": "nifi_flows",
    "volume_path": "",
    "package_path": "",
}
for name, default in WIDGETS.items():
    dbutils.widgets.text(name, default)
widgets = {name: dbutils.widgets.get(name) for name in WIDGETS}

# COMMAND ----------

import os
import sys


def package_folders():
    """Where the package may lie, best guess first."""
    yield widgets["package_path"]
    try:
        context = dbutils.notebook.entry_point.getDbutils().notebook().getContext()
        yield "/Workspace" + os.path.dirname(context.notebookPath().get())
    except Exception:  # not every kind of compute tells
        pass
    yield from sys.path
    yield os.getcwd()


folder = next((f for f in package_folders() if f and os.path.isdir(os.path.join(f, "nifi_converter"))), None)
if folder is None:
    raise ImportError("The package nifi_converter is not beside this notebook: set package_path to the folder that holds it.")
if folder not in sys.path:
    sys.path.insert(0, folder)

# COMMAND ----------

import json

from nifi_converter.populate import populate

result = populate(spark, widgets)

# COMMAND ----------

dbutils.notebook.exit(json.dumps(result))
