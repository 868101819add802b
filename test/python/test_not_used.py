"""What a flow sets and the conversion does not look at stands in the report; what is used, or is NiFi's default, does not."""

from __future__ import annotations

import flows
from nifi_converter.convert import convert_flow


def reported(kind, properties, reader="LogAttribute"):
    conversion = convert_flow(flows.flow({"Make": ("GenerateFlowFile", {}), "It": (kind, properties), "End": (reader, {})}, [("Make", "success", "It"), ("It", "success", "End")]))
    found = {p["name"]: p.get("not_used") for p in conversion.report["processors"]}
    return found["It"], conversion.files["conversion_report.md"]


def test_a_property_without_effect_is_named():
    names, text = reported("PutEmail", {"SMTP Hostname": "mail.example.org", "From": "a@example.org", "To": "b@example.org", "Include All Attributes In Message": "true"})
    assert names == ["Include All Attributes In Message"]
    assert "## Set in NiFi, not used here" in text
    assert "| Include All Attributes In Message | `PutEmail` | It |" in text


def test_defaults_and_what_is_used_are_not():
    names, text = reported("PutEmail", {"SMTP Hostname": "mail.example.org", "From": "a@example.org", "To": "b@example.org", "Include All Attributes In Message": "false"})
    assert names is None
    assert "not used here" not in text


def test_what_a_secret_stands_for_is_used():
    names, _ = reported("PublishKafka_2_6", {"bootstrap.servers": "kafka.example.org:9092", "topic": "t", "security.protocol": "SASL_SSL", "sasl.mechanism": "PLAIN",
                                             "sasl.username": "u", "sasl.password": "p", "max.request.size": "10 MB"})
    assert names == ["Max Request Size"]
