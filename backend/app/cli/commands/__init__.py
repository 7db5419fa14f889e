"""One module per command; a new one is a module here and a line in `COMMANDS`.

A command module has two functions:

- ``add_arguments(parser: argparse.ArgumentParser) -> None``, where ``--json`` is already there;
- ``run(arguments: argparse.Namespace) -> Report``, which raises `BadInput` for what the user gave
  wrong, writes progress to standard error, and leaves standard output to the report.
"""

COMMANDS = {
    "up": "solve the demo programme, check it, and show its year",
    "solve": "make a year's schedule from a programme file",
    "check": "say whether a schedule keeps a programme's rules",
    "show": "draw a schedule in the terminal",
    "export": "write a schedule as Excel, HTML or CSV",
    "compare": "say what differs between two schedules",
    "rulebook": "print a programme's rules as a document for people",
    "schema": "print the JSON Schema of programme files",
    "admin": "make users, and bring the service's database up to date",
    "doctor": "say whether this machine can run Housestaff, and what is missing",
    "version": "print the version",
}

_SOLVED = (
    *("objective", "bound", "bound_source", "gap", "objective_gap", "ideal", "terms", "wall_s"),
    *("seed", "workers", "schedule", "input_hash", "stopped"),
)
FIELDS: dict[str, tuple[str, ...]] = {"solve": _SOLVED, "up": (*_SOLVED, "files")}
"""Keys that a command's JSON object has even when it fails, with null for what is not known.

They are here, not in the modules, since a module that cannot be imported fails too.
"""
