"""MongoDB by pymongo (to be added to the job), one call per flow file from the driver."""

from __future__ import annotations

import json


class Collections:
    """Collections of one server; connects at first use."""

    def __init__(self, uri):
        self._uri, self._client = uri, None

    def of(self, database, name):
        if self._client is None:
            import pymongo

            self._client = pymongo.MongoClient(self._uri)
        return self._client[database][name]


def _document(text):
    """Extended JSON ({"$oid": …}) as MongoDB's own types."""
    try:
        from bson import json_util
    except ImportError:
        return json.loads(text)
    return json_util.loads(text)


def _text(document):
    try:
        from bson import json_util
    except ImportError:
        return json.dumps(document, ensure_ascii=False, default=str)
    return json_util.dumps(document, ensure_ascii=False)


def put(flow_file, collection, database, name, documents=None, update=False, upsert=False, keys=("_id",), query=None, operators=False):
    """PutMongo: inserts the content's document, or replaces or updates the one that `keys` (or `query`) name. Without
    `upsert` an update of nothing is no failure, as in NiFi. PutMongoRecord: all records (`documents`, an rt.Late)."""
    try:
        target = collection.function.of(database, name)
        found = documents.function(flow_file) if documents is not None else [_document(flow_file.content.decode("utf-8"))]
        if documents is not None and list(keys) == ["_id"] or documents is None and not update:
            if found:
                target.insert_many(found, ordered=False) if len(found) > 1 else target.insert_one(found[0])
            return [("success", flow_file)]
        for document in found:
            wanted = _document(query) if query else {k: document.get(k) for k in keys}
            if operators:
                target.update_one(wanted, document, upsert=upsert)
            elif documents is not None:
                target.update_one(wanted, {"$set": document}, upsert=True)
            else:
                target.replace_one(wanted, document, upsert=upsert)
    except Exception as error:
        return [("failure", flow_file.failed(error))]
    return [("success", flow_file)]


def find(flow_file, collection, database, name, query="{}", projection=None, sort=None, limit=None):
    """GetMongo: a flow file for each document; the request goes to `original`."""
    try:
        cursor = collection.function.of(database, name).find(_document(query), _document(projection) if projection else None)
        if sort:
            cursor = cursor.sort(list(json.loads(sort).items()))
        if limit:
            cursor = cursor.limit(int(limit))
        found = [("success", flow_file.with_attributes({"mime.type": "application/json", "mongo.database.name": database, "mongo.collection.name": name})
                  .with_content(_text(document))) for document in cursor]
    except Exception as error:
        return [("failure", flow_file.failed(error))]
    return found + [("original", flow_file)]


def aggregate(flow_file, collection, database, name, query="[]"):
    """RunMongoAggregation: a flow file for each result."""
    try:
        found = [("results", flow_file.with_attributes({"mime.type": "application/json"}).with_content(_text(document)))
                 for document in collection.function.of(database, name).aggregate(_document(query))]
    except Exception as error:
        return [("failure", flow_file.failed(error))]
    return found + [("original", flow_file)]


def delete(flow_file, collection, database, name, many=False, fail_on_none=True):
    """DeleteMongo: the content is the query."""
    try:
        target = collection.function.of(database, name)
        query = _document(flow_file.content.decode("utf-8"))
        gone = (target.delete_many(query) if many else target.delete_one(query)).deleted_count
    except Exception as error:
        return [("failure", flow_file.failed(error))]
    return [("failure", flow_file.failed("nothing to delete"))] if fail_on_none and not gone else [("success", flow_file)]
