"""Plan: which notebook a processor comes into, in which order, what is a loop, and when the job runs."""

from .graph import Graph, Node, Wire, build_graph  # noqa: F401
from .parts import Loop, Part, Plan, make_plan, shared_path  # noqa: F401
from .triggers import Trigger, trigger_of  # noqa: F401
