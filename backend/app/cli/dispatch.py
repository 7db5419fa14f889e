"""Find the command, read its options, run it, and turn whatever happens into an exit code."""

import argparse
import contextlib
import difflib
import importlib
import os
import sys
import traceback
from collections.abc import Sequence
from typing import NoReturn, Protocol, cast

from app.cli.commands import COMMANDS, FIELDS
from app.cli.output import BadInput, Exit, Finding, Report, finding, print_json, say, typed_name

_LAUNCHER_COMMANDS = {
    "setup": "set up this checkout with what its tests and checks need",
    "test": "run the tests; options are pytest's",
}


class _CommandModule(Protocol):
    def add_arguments(self, parser: argparse.ArgumentParser) -> None: ...

    def run(self, arguments: argparse.Namespace) -> Report: ...


class _Parser(argparse.ArgumentParser):
    """A parser whose errors are `BadInput`, so that they are reported like all others."""

    def error(self, message: str) -> NoReturn:
        raise BadInput(f"{message} (see {self.prog} --help)")


def main(argv: Sequence[str] | None = None) -> int:
    """Run the command line and return the exit code.

    Parameters
    ----------
    argv : sequence of str, optional
        The words after the program's name; those of the process by default.
    """
    words = list(sys.argv[1:] if argv is None else argv)
    try:
        code = _outcome(words)
        sys.stdout.flush()
    except BrokenPipeError:
        # Python flushes standard output once more at exit, into a pipe that nobody reads.
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        return Exit.BROKEN_PIPE
    return code


def _outcome(words: list[str]) -> Exit:
    name = words[0] if words else "--help"
    if name in {"--help", "-h", "help"}:
        print(_overview())
        return Exit.DONE
    if name == "--version":
        name = "version"
    as_json = "--json" in words[1:]
    try:
        return _run(name, words[1:], as_json=as_json)
    except BadInput as error:
        return _fail(name, "BAD_INPUT", str(error), error.findings, as_json=as_json)
    except KeyboardInterrupt:
        _fail(name, "INTERRUPTED", "interrupted", as_json=as_json)
        return Exit.INTERRUPTED
    except BrokenPipeError:
        raise
    except Exception as error:  # noqa: BLE001 -- the outermost edge: a user is told, a developer asks for more
        if os.environ.get("HOUSESTAFF_DEBUG"):
            traceback.print_exc()
        what = f"unexpected {type(error).__name__}: {error}".splitlines()[0]
        hint = "(this is a fault of Housestaff; HOUSESTAFF_DEBUG=1 shows where)"
        return _fail(name, "ERROR", f"{what} {hint}", as_json=as_json)


def _run(name: str, words: list[str], *, as_json: bool) -> Exit:
    if name not in COMMANDS:
        close = difflib.get_close_matches(name, [*COMMANDS, *_LAUNCHER_COMMANDS], n=1)
        hint = f"did you mean {close[0]}?" if close else f"{typed_name()} --help lists them"
        raise BadInput(f"there is no command {name!r}; {hint}")
    # Only the command that was asked for: the solver alone takes 0.8 s to import.
    module_name = f"app.cli.commands.{name.replace('-', '_')}"
    module = cast("_CommandModule", importlib.import_module(module_name))
    parser = _Parser(prog=f"{typed_name()} {name}", description=COMMANDS[name], allow_abbrev=False)
    parser.add_argument("--json", action="store_true", help="print one JSON object and no more")
    module.add_arguments(parser)
    try:
        arguments = parser.parse_args(words)
    except SystemExit:  # argparse has printed the help that was asked for
        return Exit.DONE
    # A library that prints must not break the one object.
    with contextlib.redirect_stdout(sys.stderr) if as_json else contextlib.nullcontext():
        report = module.run(arguments)
    if as_json:
        print_json(name, report.status, report.findings, report.fields)
    else:
        report.show()
    return report.exit_code


def _fail(
    name: str, status: str, message: str, findings: Sequence[Finding] = (), *, as_json: bool
) -> Exit:
    say(f"housestaff: {message}")
    if as_json:
        unknown = dict.fromkeys(FIELDS.get(name, ()))
        print_json(name, status, findings or [finding(message)], unknown)
    else:
        for found in findings:
            say(f"  {found['message']}")
    return Exit.NO_RESULT


def _overview() -> str:
    width = max(map(len, [*COMMANDS, *_LAUNCHER_COMMANDS]))
    lines = [f"usage: {typed_name()} COMMAND [options]", ""]
    lines += [f"  {name:<{width}}  {summary}" for name, summary in COMMANDS.items()]
    lines += ["", "in a checkout, through ./housestaff:", ""]
    lines += [f"  {name:<{width}}  {summary}" for name, summary in _LAUNCHER_COMMANDS.items()]
    lines += ["", f"{typed_name()} COMMAND --help shows a command's options."]
    return "\n".join(lines)
