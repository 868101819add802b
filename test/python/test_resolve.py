"""Names, defaults, parameters, variables, services and secrets of a resolved flow."""

from __future__ import annotations

import pytest
from conftest import ROOT

from nifi_converter import catalogue
from nifi_converter.model import Bundle, ControllerService, Flow, Parameter, ParameterContext, ProcessGroup, Processor
from nifi_converter.parameters import effective_parameters, references, substitute
from nifi_converter.property_names import property_names
from nifi_converter.read import read_flow
from nifi_converter.resolve import Secret, resolve, slug

FLOWS = ROOT / "test" / "fixtures" / "flows-read"


def resolved(type_name, properties, version="1.28.1", sensitive=(), parameters=None, variables=None, services=()):
    """One processor in a group, resolved."""
    group = ProcessGroup(id="g", name="G", parameter_context="c", variables=variables or {}, services=list(services))
    full = catalogue.find(type_name).type if catalogue.find(type_name) else type_name
    group.processors.append(
        Processor(
            id="p", name="My Step", group_id="g", type=full, properties=properties, sensitive=sensitive,
            bundle=Bundle("org.apache.nifi", "nar", version),
        )
    )
    context = ParameterContext("c", parameters={n: Parameter(n, v) for n, v in (parameters or {}).items()})
    flow = Flow("f", "f.xml", "flow-xml", group, nifi_version=version, parameter_contexts={"c": context})
    return next(resolve(flow).processors())


# ---- names and defaults ------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "type_name, old, new",
    [
        ("ConvertRecord", "record-reader", "Record Reader"),
        ("InvokeHTTP", "Remote URL", "HTTP URL"),
        ("PutDatabaseRecord", "put-db-record-statement-type", "Statement Type"),
        ("CSVReader", "schema-access-strategy", "Schema Access Strategy"),
        ("UpdateAttribute", "Delete Attributes Expression", "Delete Attributes Expression"),
    ],
)
def test_both_lines_of_nifi_mean_the_same_property(type_name, old, new):
    assert property_names(type_name, "1.20").canonical(old) == old
    assert property_names(type_name, "2.3").canonical(new) == old
    assert property_names(type_name, "2.3").canonical(old) == old
    assert property_names(type_name, "1.20").asked(new) == old


def test_handlers_may_ask_in_any_spelling():
    for version, key in (("1.28.1", "record-reader"), ("2.4.0", "Record Reader")):
        item = resolved("ConvertRecord", {key: "abc"}, version)
        assert item.get("record-reader") == item.get("Record Reader") == "abc"
        assert item.key_in_file("record-reader") == key and item.raw == {key: "abc"}


def test_a_missing_or_empty_property_has_its_default():
    item = resolved("ReplaceText", {"Replacement Strategy": None, "Replacement Value": ""})
    assert item.get("Replacement Strategy") == "Regex Replace" and not item.is_set("Replacement Strategy")
    assert item.get("Evaluation Mode") == "Line-by-Line"
    # Empty text is a value.
    assert item.get("Replacement Value") == "" and item.is_set("Replacement Value")
    assert item.get("No such property") is None and item.get("No such property", "x") == "x"


def test_defaults_are_those_of_the_flow_s_own_line():
    changed = [
        (name, key)
        for name in catalogue.types()
        for key in property_names(name, "1").all()
        if catalogue.find(name, "1") is not catalogue.find(name, "2")
        and key in property_names(name, "2").all()
        and property_names(name, "1").default(key) != property_names(name, "2").default(key)
    ]
    assert changed, "the catalogue should know at least one default that NiFi 2 changed"
    name, key = changed[0]
    first, second = resolved(name, {}, "1.28.1"), resolved(name, {}, "2.4.0")
    assert first.written(key) == property_names(name, "1").default(key)
    assert second.written(key) == property_names(name, "2").default(key)


def test_user_added_properties_keep_their_order_and_names():
    item = resolved("UpdateAttribute", {"b": "2", "a": "${x}", "Store State": "Do not store state", "c": None})
    assert item.dynamic == {"b": "2", "a": "${x}", "c": None} and list(item.dynamic) == ["b", "a", "c"]
    assert item.unknown == {}


def test_a_display_name_is_a_user_s_own_key_in_1x():
    assert resolved("UpdateRecord", {"Record Reader": "/x"}).dynamic == {"Record Reader": "/x"}
    assert resolved("UpdateRecord", {"Record Reader": "r"}, "2.4.0").dynamic == {}


def test_keys_that_the_type_does_not_have():
    item = resolved("TailFile", {"State File": "x"})
    assert item.unknown == {"State File": "x"} and item.get("State File") == "x"
    assert [f.code for f in item.faults if f.property == "State File"] == ["unknown_property"]


def test_unknown_types_are_read_by_the_file_s_keys():
    item = resolved("com.example.Thing", {"a": "1", "password": "hunter2"}, "9.9")
    assert item.definition is None and item.get("a") == "1" and item.dynamic == {}
    assert item.get("password") is None and item.secret("password") == Secret("my-step-password", "clear_text")


def test_no_canonical_name_is_taken_twice():
    for name in catalogue.types() + catalogue.types("service"):
        for version in ("1.28", "2.4"):
            definition = catalogue.find(name, version)
            names = property_names(name, version)
            canonical = [names.canonical(key) for key in definition.properties]
            assert None not in canonical and len(set(canonical)) == len(canonical), (name, version)
            assert [names.default(c) for c in canonical] == [p.default for p in definition.properties.values()]


# ---- parameters --------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "value, result",
    [
        ("#{p}", "P"),
        ("a#{p}b#{q}", "aPb${x}"),
        ("#{ p }", "P"),
        ("#{'with space'}", "W"),
        ("#{none}", "#{none}"),
        ("##{p}", "#{p}"),
        ("###{p}", "##P"),
        ("${#{p}}", "${#{p}}"),
        ("${a:equals(#{p})}#{p}", "${a:equals(#{p})}P"),
        ("${a:replace('}', '#{p}')}#{p}", "${a:replace('}', '#{p}')}P"),
        ("${unclosed #{p}", "${unclosed P"),
        ("# {p} #p {p}", "# {p} #p {p}"),
        ("", ""),
    ],
)
def test_parameters_outside_of_expressions(value, result):
    values = {"p": "P", "q": "${x}", "with space": "W"}
    assert substitute(value, values.get) == result


def test_references_say_where():
    found = list(references("x #{a} ${#{b}} ##{c}"))
    assert [(r.name, r.inside, r.escaped) for r in found] == [("a", False, False), ("b", True, False), ("c", False, True)]


def test_inheritance_nearest_first_and_cycles_end():
    contexts = {
        "a": ParameterContext("a", parameters={"x": Parameter("x", "a")}, inherits=("b", "c")),
        "b": ParameterContext("b", parameters={"x": Parameter("x", "b"), "y": Parameter("y", "b")}, inherits=("d",)),
        "c": ParameterContext("c", parameters={"y": Parameter("y", "c"), "z": Parameter("z", "c")}, inherits=("a",)),
        "d": ParameterContext("d", parameters={"z": Parameter("z", "d")}),
    }
    assert {n: p.value for n, p in effective_parameters(contexts, "a").items()} == {"x": "a", "y": "b", "z": "d"}
    assert effective_parameters(contexts, "nope") == {}


def test_missing_parameters_are_faults():
    item = resolved("ReplaceText", {"Replacement Value": "#{gone} ##{escaped}"})
    assert [(f.code, f.property) for f in item.faults] == [("missing_parameter", "Replacement Value")]
    assert item.parameters_in("Replacement Value") == ("gone",)


# ---- an instance's group -----------------------------------------------------------------------------------


def test_group_of_an_instance_sees_what_it_inherits():
    flow = resolve(read_flow(f"{FLOWS / 'flow.xml'}#g1"))
    query = next(flow.processors())
    assert query.get("SQL select query") == "select 'from main', 'prod', '#{stage}' from ${table}"
    assert query.written("SQL select query") == "select '#{shared}', '#{stage}', '##{stage}' from ${table}"
    assert query.parameter_values == {"shared": "from main", "stage": "prod"}
    assert query.variables == {"dbhost": "db.example", "folder": "/data/g1"}
    pool = query.service("Database Connection Pooling Service")
    assert pool.name == "Pool"
    # The service stands in the root group: it sees that group's parameters and variables.
    assert pool.get("Database Connection URL") == "jdbc:postgresql://db.example:5432/prod"
    assert pool.get("Password") is None and pool.secret("Password") == Secret("pool-password", "encrypted")


def test_services_by_both_ids_and_external_ones():
    put = next(resolve(read_flow(f"{FLOWS / 'flow.json'}#a")).processors())
    assert put.service("put-db-record-dcbp-service").get("Database Connection URL") == "jdbc:h2:mem"
    update = next(resolve(read_flow(str(FLOWS / "definition.json"))).processors())
    assert update.service("record-reader").external
    assert update.service("record-writer").flag("Pretty Print JSON")
    assert update.dynamic == {"/name": "me"}


def test_nearest_service_wins():
    def service(name, group):
        return ControllerService(id="s", name=name, group_id=group, type="org.apache.nifi.csv.CSVReader")

    inner = ProcessGroup(id="i", name="I", group_id="o", services=[service("near", "i")])
    inner.processors.append(Processor(id="p", name="p", group_id="i", type="ConvertRecord", properties={"record-reader": "s"}))
    outer = ProcessGroup(id="o", name="O", services=[service("far", "o")], groups=[inner])
    flow = Flow("f", "f", "flow-xml", outer)
    assert next(resolve(flow).processors()).service("record-reader").name == "near"
    assert [s.name for s in resolve(flow).services()] == ["far", "near"]


# ---- secrets -----------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "value, origin, key",
    [("hunter2", "clear_text", "my-step-password"), ("enc{00}", "encrypted", "my-step-password"),
     ("#{db pw}", "parameter", "db-pw"), (None, "left_out", "my-step-password")],
)
def test_sensitive_values_are_not_given_out(value, origin, key):
    item = resolved("GetHTTP", {"Password": value}, parameters={"db pw": "hunter2"})
    assert item.get("Password") is None and item.secret("Password") == Secret(key, origin)
    assert item.written("Password") in (None, "#{db pw}")
    given = [item.get(n) for n in item.property_names()] + list(item.dynamic.values())
    assert "hunter2" not in given


def test_sensitive_parameters_are_not_put_in():
    item = resolved("ReplaceText", {"Replacement Value": "x #{pw}"})
    item.parameters["pw"] = Parameter("pw", "hunter2", sensitive=True)
    assert item.get("Replacement Value") == "x #{pw}" and "pw" not in item.parameter_values


def test_marked_by_the_file():
    item = resolved("InvokeHTTP", {"X-Key": "hunter2"}, sensitive=("X-Key",))
    assert item.dynamic == {"X-Key": None} and item.secret("X-Key").origin == "clear_text"
    assert resolved("InvokeHTTP", {}).secret("Basic Authentication Password") is None


def test_slugs():
    assert (slug("A b/ć_9"), slug("???"), len(slug("x" * 500))) == ("a-b-9", "value", 100)


# ---- faults ------------------------------------------------------------------------------------------------


def test_faults_nifi_would_name():
    codes = {f.code for f in resolved("ReplaceText", {"Evaluation Mode": "sideways"}).faults}
    assert codes == {"not_allowed"}
    codes = {(f.code, f.property) for f in resolved("ConvertRecord", {"record-reader": "nowhere"}).faults}
    assert codes == {("missing_service", "record-reader"), ("required", "record-writer")}
    assert resolved("LogAttribute", {}).faults == []


def test_what_a_property_depends_on_decides_whether_it_is_required():
    # Schema Registry is required only for the strategies that use one.
    assert [f for f in resolved("CSVReader", {"schema-access-strategy": "infer-schema"}).faults if f.code == "required"] == []
