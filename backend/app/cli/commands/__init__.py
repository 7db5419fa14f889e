"""One module per command; a new one is a module here and a line in `COMMANDS`.

A command module has two functions:

- ``add_arguments(parser: argparse.ArgumentParser) -> None``, where ``--json`` is already there;
- ``run(arguments: argparse.Namespace) -> Report``, which raises `BadInput` for what the user gave
  wrong, writes progress to standard error, and leaves standard output to the report.
"""

COMMANDS = {
    "doctor": "say whether this machine can run Housestaff, and what is missing",
    "version": "print the version",
}
