"""Flow control: generators, retries, distribution, rates and counters."""

from __future__ import annotations

from . import DRIVER, NOT_NEEDED, Cell, Refused, handles
from .code import assign, call
from .step import Step


@handles("GenerateFlowFile", source=True, carriers=(DRIVER,))
def generate_flow_file(step: Step) -> Cell:
    options = {}
    text = step.get("generate-ff-custom-text")
    if text == "":
        raise Refused("its custom text is empty; NiFi calls it invalid")

    if text:
        options["text"] = step.once(text)
    elif step.size("File Size", 0):
        options["size"] = step.size("File Size", 0)
        if step.get("Data Format") == "Binary":
            options["binary"] = True
        if step.flag("Unique FlowFiles"):
            options["unique"] = True
    if step.number("Batch Size", 1) != 1:
        options["count"] = step.number("Batch Size", 1)
    if step.dynamic:
        options["attributes"] = {name: step.once(value) for name, value in step.dynamic}
    if step.get("mime-type"):
        options["mime_type"] = step.once(step.get("mime-type"))
    if step.get("character-set", "UTF-8").upper() not in ("UTF-8", "UTF8"):
        options["charset"] = step.get("character-set")
    return Cell(code=assign(step.frame, f'rt.send({call("control.generate", **options)}, "success")'), how="a flow file made on the driver", carrier=DRIVER)


@handles("RetryFlowFile", content=False)
def retry_flow_file(step: Step) -> Cell:
    options = {}
    if step.get("retry-attribute", "flowfile.retries") != "flowfile.retries":
        options["attribute"] = step.option("retry-attribute")
    if step.get("maximum-retries", "3") != "3":
        options["maximum"] = step.option("maximum-retries")
    if step.flag("Fail on Non-numerical Overwrite"):
        options["fail_on_other"] = True
    reuse = step.get("reuse-mode", "fail")
    if reuse != "fail":
        options["reuse"] = reuse
    options["processor"] = step.processor.id
    if step.dynamic:
        options["exceeded"] = {name: step.python(value) for name, value in step.dynamic}
    return step.transform("control.retry_flow_file", how="a counter in an attribute; the penalty is not waited for", **options)


@handles("DuplicateFlowFile", fan_out=True)
def duplicate_flow_file(step: Step) -> Cell:
    copies = step.get("Number of Copies", "100")
    if step.is_literal(copies) and not copies.strip().isdigit():
        raise Refused(f"Number of Copies is no number: {copies!r}; NiFi calls it invalid")
    return step.transform("control.duplicate", copies=step.option("Number of Copies", "100"))


@handles("DistributeLoad", deterministic=False, content=False)
def distribute_load(step: Step) -> Cell:
    if step.get("Distribution Strategy") == "load distribution service":
        raise Refused("the load distribution service decides by cluster state")
    count = step.number("Number of Relationships", 1)
    weights = {str(i): 1 for i in range(1, count + 1)}
    for name, value in step.dynamic:
        if name in weights and value.strip().isdigit():
            weights[name] = int(value)
    if step.carrier == DRIVER:
        return step.transform_all("control.distribute", how="round robin over the run's flow files", weights=weights)
    return step.transform_all("control.distribute", how="round robin over the run's flow files", weights=weights)


@handles("ControlRate", "UpdateCounter", "MonitorActivity", level=NOT_NEEDED, content=False)
def control_rate(step: Step) -> Cell:
    """Rates protect NiFi's own queues; a job's rate is its schedule and cluster size."""
    why = {"ControlRate": "it slows the flow down: a job's rate is its schedule and its cluster", "UpdateCounter": "a counter shown in NiFi: counts are in the report line",
           "MonitorActivity": "it watches NiFi's own activity: the job's notifications do that"}
    return Cell(level=NOT_NEEDED, how=why[step.type], passes=("success",))
