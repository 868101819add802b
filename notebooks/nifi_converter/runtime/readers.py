"""The records of one flow file as dictionaries, for sinks that load them."""

from __future__ import annotations


def avro_records(flow_file):
    """The records of an Avro file."""
    from . import avro

    return avro.read_file(flow_file.content)[1]


def rows(reader, flow_file):
    """The records of a record reader as plain dictionaries: dates as ISO text, decimals as text, bytes as the text they hold."""
    return [{name: _plain(value) for name, value in record.items()} for record in reader.read(flow_file).records]


def _plain(value):
    from datetime import datetime, timedelta
    from decimal import Decimal

    from .el_environment import Date
    from .record_values import Binary

    if isinstance(value, Date):
        at = datetime(1970, 1, 1) + timedelta(milliseconds=value.milliseconds)
        kind = getattr(value, "kind", "TIMESTAMP")
        return at.date().isoformat() if kind == "DATE" else at.time().isoformat() if kind == "TIME" else at.isoformat(" ")
    if isinstance(value, Decimal):
        return str(value)
    if isinstance(value, Binary):
        return bytes(b % 256 for b in value).decode("utf-8", "replace")
    if isinstance(value, dict):
        return {k: _plain(v) for k, v in value.items()}
    return [_plain(v) for v in value] if isinstance(value, list) else value
