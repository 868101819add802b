"""The rows of a database's query as flow files: Avro as NiFi's JDBC processors write it, or what a record writer makes of it."""

from __future__ import annotations

import re
import uuid
from datetime import date, datetime, timezone
from decimal import Decimal


def avro_of(frame, logical_types=False, normalize=False, epoch=False, wide=()):
    """The rows of a query as (Avro schema, records), as NiFi makes them: without `logical_types` decimals, dates and times
    are texts (`epoch`: those of dates and times are milliseconds), and so are the types `wide`. A column's name that Avro
    does not know is an error unless `normalize`."""
    names = [f.name for f in frame.schema]
    if normalize:
        names = [re.sub(r"^(\d)", r"_\1", re.sub(r"[^A-Za-z0-9_]", "_", n)) for n in names]
    wrong = next((n for n in names if not re.fullmatch(r"[A-Za-z_][A-Za-z0-9_]*", n)), None)
    if wrong is not None:
        raise ValueError(f"org.apache.avro.SchemaParseException: Illegal character in: {wrong}")
    kinds = ["string" if f.dataType.simpleString() in wide else _avro_type(f.dataType, logical_types) for f in frame.schema]
    schema = {"type": "record", "name": "NiFi_ExecuteSQL_Record", "namespace": "any.data", "fields": [{"name": n, "type": ["null", k]} for n, k in zip(names, kinds)]}
    return schema, ({n: _avro_value(v, k, epoch) for n, k, v in zip(names, kinds, row)} for row in frame.toLocalIterator())


_AVRO = {"int": "int", "smallint": "int", "tinyint": "int", "bigint": "long", "float": "float", "double": "double", "boolean": "boolean", "binary": "bytes"}


def _avro_type(spark_type, logical_types):
    name = spark_type.simpleString()
    if logical_types and name.startswith("decimal"):
        return {"type": "bytes", "logicalType": "decimal", "precision": spark_type.precision, "scale": spark_type.scale}
    if logical_types and name == "date":
        return {"type": "int", "logicalType": "date"}
    if logical_types and name.startswith("timestamp"):
        return {"type": "long", "logicalType": "timestamp-millis"}
    return _AVRO.get(name, "string")


def _avro_value(value, kind, epoch):
    if value is None or isinstance(kind, str) and kind != "string":
        return value
    if isinstance(value, Decimal):
        if kind == "string":
            return str(value)
        unscaled = int(value.scaleb(kind["scale"]))
        return unscaled.to_bytes((unscaled.bit_length() + 8) // 8, "big", signed=True)
    if isinstance(value, date):  # a datetime is one as well
        whole = value if isinstance(value, datetime) else datetime(value.year, value.month, value.day)
        milliseconds = round((whole.replace(tzinfo=timezone.utc) - datetime(1970, 1, 1, tzinfo=timezone.utc)).total_seconds() * 1000)
        if kind != "string":
            return milliseconds // 86_400_000 if kind["type"] == "int" else milliseconds
        if epoch:
            return str(milliseconds)
        if not isinstance(value, datetime):
            return value.isoformat()
        return f"{value:%Y-%m-%d %H:%M:%S}." + (f"{value.microsecond:06d}".rstrip("0") or "0")  # as java.sql.Timestamp prints it
    return str(value)


def of(flow_file, frame, db, writer=None, max_rows=0, logical_types=False, normalize=False):
    """Flow files with the rows of a query to `db`, `max_rows` to each: Avro files, or what a record writer makes of them."""
    from itertools import islice

    from . import avro, records

    # NiFi makes a text of a BIGINT that has more than 19 digits by its driver; H2's says 64, for its bits.
    wide = ("bigint",) if db.url.lower().startswith("jdbc:h2:") else ()
    schema, rows = avro_of(frame, logical_types, normalize, writer is not None, wide)
    made = []
    while not made or max_rows:
        some = list(islice(rows, max_rows)) if max_rows else list(rows)
        if made and not some:
            break
        content = avro.write_file(schema, some)
        if writer is None:
            made.append((len(some), flow_file.with_content(content).with_attributes({"mime.type": "application/avro-binary"})))
        else:
            read = records.AvroReader().read(flow_file.with_content(content))
            made.append((len(some), records.write(writer, flow_file, read.records, writer.schema_for(flow_file.attributes, read.schema))))
    if max_rows:
        together = {"fragment.identifier": str(uuid.uuid4()), "fragment.count": str(len(made))}
        made = [(count, part.with_attributes(together, **{"fragment.index": str(i)})) for i, (count, part) in enumerate(made)]
    return made


def empty(flow_file, writer=None):
    """The flow file of a statement that gave no rows."""
    from . import avro, records
    from .record_schema import Schema

    noted = {"executesql.row.count": "0"}
    if writer is None:
        content = avro.write_file({"type": "record", "name": "NiFi_ExecuteSQL_Record", "namespace": "any.data", "fields": []}, [])
        return flow_file.with_content(content).with_attributes(noted, **{"mime.type": "application/avro-binary"})
    return records.write(writer, flow_file, [], Schema(()), count=False).with_attributes(noted)
