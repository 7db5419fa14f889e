"""One module per command; a new one is a module here and a line in `COMMANDS`.

A command module has two functions:

- ``add_arguments(parser: argparse.ArgumentParser) -> None``, where ``--json`` is already there;
- ``run(arguments: argparse.Namespace) -> Report``, which raises `BadInput` for what the user gave
  wrong, writes progress to standard error, and leaves standard output to the report.
"""

COMMANDS = {
    "up": "set up and run the service with a demo programme, on this machine",
    "solve": "make a year's schedule from a programme file",
    "check": "say whether a schedule keeps a programme's rules",
    "verify": "say whether a schedule's duty hours keep the law",
    "verify-log": "say whether logged duty hours of any system keep the law",
    "certify": "write a certificate of a schedule's duty hours, to be checked by anybody",
    "verify-certificate": "check a certificate from its file alone",
    "keygen": "make a key that signs certificates",
    "show": "draw a schedule in the terminal",
    "export": "write a schedule as Excel, HTML or CSV",
    "compare": "say what differs between two schedules",
    "rulebook": "print a programme's rules as a document for people",
    "schema": "print the JSON Schema of programme files",
    "serve": "answer requests: the API of the service",
    "worker": "do the jobs of the service that wait in one line",
    "beat": "have the clock start what is due in the service",
    "backup": "write the whole database to a file, also while the service runs",
    "restore": "replace the database by a backup",
    "admin": "make users, and bring the service's database up to date",
    "audit": "say whether the service's record of changes is whole",
    "doctor": "say whether this machine can run Housestaff, and what is missing",
    "version": "print the version",
}

_SOLVED = (
    *("objective", "bound", "bound_source", "gap", "objective_gap", "ideal", "terms", "wall_s"),
    *("seed", "workers", "schedule", "input_hash", "stopped", "duty_findings"),
)
_VERIFIED = ("margins", "packs", "averaging", "basis", "first", "last", "html")
_CERTIFIED = ("verdict", "signed_by", "issued_at", "document_sha256")
FIELDS: dict[str, tuple[str, ...]] = {
    "solve": _SOLVED,
    "up": ("address", "one_time_password", "task_id", "schedule_id", "demo", "files"),
    "verify": (*_VERIFIED, "programme_findings"),
    "verify-log": (*_VERIFIED, "log", "sha256"),
    "certify": (*_CERTIFIED, "certificate", "pdf", *_VERIFIED, "overrides", "unconfirmed"),
    "verify-certificate": (
        *_CERTIFIED,
        *("certificate", "pinned", "programme", "academic_year", "engine_version"),
    ),
    "backup": ("file", "bytes", "sha256"),
    "restore": ("file", "revision"),
    "keygen": ("key", "public_key", "fingerprint", "locked"),
}
"""Keys that a command's JSON object has even when it fails, with null for what is not known.

They are here, not in the modules, since a module that cannot be imported fails too.
"""
