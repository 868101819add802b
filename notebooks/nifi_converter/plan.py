"""The third step, `plan`: see the package `planning`, which holds its pieces."""

from .planning import Loop, Part, Plan, Trigger, build_graph, make_plan, trigger_of  # noqa: F401
