"""Plans that Spark Connect takes. Each action sends its whole plan as one nested message, and protobuf nests 100 deep, which
is about 45 steps; older versions (that of Databricks Runtime 15.4) crash the Python process beyond it. A chain of 15
processors comes to that."""

from __future__ import annotations

import uuid

# Steps that a frame may have before it is named. What a processor and the report add, and deep expressions, come on top.
STEPS = 16
# The same for the number of steps: a branch that meets again repeats all that was before it.
SIZE = 64


def shortened(frame):
    """The same frame, its plan named as a temporary view where it has become long. Nothing is computed. Without Connect
    plans do not travel: the frame stays as it is."""
    steps, size = measured(getattr(frame, "_plan", None))
    if steps < STEPS and size < SIZE:
        return frame
    name = f"nifi_step_{uuid.uuid4().hex}"
    frame.createOrReplaceTempView(name)
    return frame.sparkSession.table(name)


def measured(plan):
    """(steps from the plan's end to its furthest source, all its steps); (0, 0) for no plan."""
    if plan is None:
        return 0, 0
    inputs = [measured(part) for part in vars(plan).values() if hasattr(part, "_child")]
    return 1 + max((steps for steps, _ in inputs), default=0), 1 + sum(size for _, size in inputs)


def united(frames):
    """All rows of frames of the same columns. In pairs of pairs: a plan as deep as it must be."""
    frames = list(frames)
    while len(frames) > 1:
        frames = [a.unionByName(b) for a, b in zip(frames[::2], frames[1::2])] + (frames[-1:] if len(frames) % 2 else [])
    return frames[0]
