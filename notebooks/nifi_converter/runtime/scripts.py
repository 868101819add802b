"""Commands and scripts that a person wrote anew as functions in gaps.py."""

from __future__ import annotations

import uuid

from .flow_files import FlowFile


def run_command(flow_file, run, arguments, command="", working_directory=None, ignore_input=False, into_attribute=None, max_attribute=256):
    """ExecuteStreamCommand: `run` (rt.Late) gives (exit status, standard output, standard error).

    `output stream` with the output as content, or `original` with it in an attribute; another status: `nonzero status`.
    """
    status, output, errors = run.function(arguments, b"" if ignore_input else flow_file.content, working_directory)
    noted = {"execution.command": command, "execution.command.args": ";".join(arguments), "execution.status": str(status), "execution.error": errors or ""}
    if into_attribute:
        noted[into_attribute] = output.decode("utf-8", "replace")[:max_attribute]
        original = flow_file.with_attributes(noted)
        return [("original", original if status == 0 else original.failed(errors or f"status {status}"))]
    out = flow_file.with_attributes(noted).with_content(output)
    original = flow_file.with_attributes({k: v for k, v in noted.items() if k != into_attribute})
    name = "output stream" if status == 0 else "nonzero status"
    return [(name, out if status == 0 else out.failed(errors or f"status {status}")), ("original", original)]


def output_of(run):
    """ExecuteProcess: one flow file with the output, none where there is none."""
    output = run()
    return [FlowFile({"filename": str(uuid.uuid4()), "path": "./", "uuid": str(uuid.uuid4())}, output)] if output else []
