"""Converts Apache NiFi flows to Databricks notebooks and jobs. Standard library only at conversion time."""

__version__ = "0.1.0"
