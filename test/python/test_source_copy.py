"""`conversion_source.json`: what it holds, what it leaves out, and that it does not change where the flow does not."""

import copy
import json
import os

from nifi_converter.convert import convert_flow
from nifi_converter.read import read_flow_bytes

FIXTURE = os.path.join(os.path.dirname(__file__), "..", "fixtures", "editor", "orders.json")
SECRETS = ("hunter2-in-clear", "s3cr3t-of-url", "tok-4711", "param-secret", "pw-in-script")


def document():
    with open(FIXTURE, encoding="utf-8") as file:
        return json.load(file)


def converted(flow):
    return convert_flow(read_flow_bytes(json.dumps(flow).encode(), "orders.json")).files


def source(flow):
    return json.loads(converted(flow)["conversion_source.json"])


def component(found, name):
    return next(one for one in found["components"] if one["name"] == name)


def processor(flow, name):
    return next(one for one in flow["flowContents"]["processors"] if one["name"] == name)


def test_holds_what_the_file_sets_by_the_names_that_nifi_shows():
    found = source(document())
    assert component(found, "Alerts")["kind"] == "process group"
    assert component(found, "Push alert")["group"] == "Alerts"
    convert = component(found, "Orders to CSV")
    assert convert["properties"] == {"Record Reader": "Orders reader", "Record Writer": "CSV writer"}
    assert convert["settings"]["Terminated relationships"] == "failure"
    assert component(found, "Fetch orders")["properties"]["HTTP URL"].startswith("#{shop.url}/orders")
    assert {"group": "", "from": "Name file", "relationships": ["success"], "to": "Orders to CSV", "settings": {}} in found["connections"]
    assert {one["name"]: one["value"] for one in found["parameters"]}["shop.token"] == {"secret": True}


def test_holds_no_secret_wherever_it_stands():
    flow = document()
    processor(flow, "Name file")["properties"].update({
        "shop.api-key": "tok-4711",
        "url": "jdbc:x://joe:s3cr3t-of-url@db.example/orders",
        "note": "connect with password=pw-in-script and go on",
    })
    flow["parameterContexts"]["shops"]["parameters"].append({"name": "db.password", "sensitive": False, "value": "param-secret"})
    text = converted(flow)["conversion_source.json"]
    for secret in SECRETS:
        assert secret not in text, secret
    properties = component(json.loads(text), "Name file")["properties"]
    assert properties["shop.api-key"] == {"secret": True}
    assert properties["url"] == "jdbc:x://joe:(secret)@db.example/orders"
    assert properties["note"] == "connect with password=(secret) and go on"


def test_is_the_same_where_only_ids_order_and_defaults_differ():
    flow = document()
    other = copy.deepcopy(flow)
    text = json.dumps(other).replace("s-json", "new-id-of-json").replace("s-csv", "new-id-of-csv")
    other = json.loads(text)
    other["flowContents"]["processors"].reverse()
    processor(other, "Fetch orders")["properties"]["HTTP Method"] = "GET"  # NiFi's default

    def without_ids(found):
        return [{key: value for key, value in one.items() if key != "id"} for one in found["components"]]

    assert without_ids(source(flow)) == without_ids(source(other))
    processor(other, "Fetch orders")["properties"]["HTTP Method"] = "POST"
    assert component(source(other), "Fetch orders")["properties"]["HTTP Method"] == "POST"
