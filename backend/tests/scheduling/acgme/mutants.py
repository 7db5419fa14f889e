"""Mutation testing of the duty-hour rules: `make mutants`.

The code is changed in one place at a time: a `<` for a `<=`, a 7 for an 8. A mutant that no test
notices survives: a test is missing there, or the code does not matter. Those that may survive are
listed with their reasons in `docs/mutants.md`; any other one is a failure.

Everything is imported and collected once, and every test run once, with a note of each call of the
code and its answer. For each mutant the process forks, puts the changed code into the functions
that there are, and asks the changed one again: tests for which it answers alike need not run. The
others run until the first fails, the worked examples first and the oracle's cases last.
"""

import argparse
import ast
import copy
import gc
import inspect
import json
import os
import random
import resource
import signal
import sys
import time
from collections import Counter
from collections.abc import Callable, Iterator, Mapping, Sequence
from concurrent.futures import ProcessPoolExecutor
from dataclasses import dataclass, field, fields, is_dataclass
from datetime import date
from functools import cached_property, partial
from importlib import import_module
from pathlib import Path
from types import CodeType, FrameType, FunctionType, ModuleType
from typing import Any, NamedTuple

import numpy as np
import pytest
from _pytest.runner import runtestprotocol

from tests.scheduling.acgme.comparison import found
from tests.scheduling.acgme.diary import Case
from tests.scheduling.acgme.oracle import Expected, expected
from tests.scheduling.acgme.random_timelines import random_case

PACKAGE = "app.scheduling.acgme"
BACKEND = Path(__file__).parents[3]
SOURCE = BACKEND.joinpath(*PACKAGE.split("."))
TESTS = Path(__file__).parent
LISTED = BACKEND.parent / "docs" / "mutants.md"

MUTATED = ("predicates/*.py", "facts.py", "periods.py", "unions.py", "validator.py", "pack.py")
TESTED = (
    "test_worked_examples_*.py",
    "test_pack_numbers.py",
    "test_boundaries.py",
)
"""In this order; the oracle's cases come last."""

SWAPPED: dict[type[ast.AST], tuple[type[ast.AST], ...]] = {
    ast.Lt: (ast.LtE,),
    ast.LtE: (ast.Lt,),
    ast.Gt: (ast.GtE,),
    ast.GtE: (ast.Gt,),
    ast.Eq: (ast.NotEq,),
    ast.NotEq: (ast.Eq,),
    ast.In: (ast.NotIn,),
    ast.NotIn: (ast.In,),
    ast.Is: (ast.IsNot,),
    ast.IsNot: (ast.Is,),
    ast.Add: (ast.Sub,),
    ast.Sub: (ast.Add,),
    ast.BitAnd: (ast.BitOr,),
    ast.BitOr: (ast.BitAnd,),
    ast.Mult: (ast.FloorDiv,),
    ast.Div: (ast.Mult,),
    ast.FloorDiv: (ast.Mult,),
    ast.Mod: (ast.FloorDiv,),
    ast.And: (ast.Or,),
    ast.Or: (ast.And,),
}
RENAMED = {
    "min": "max",
    "max": "min",
    "minimum": "maximum",
    "maximum": "minimum",
    "any": "all",
    "all": "any",
    "logical_and": "logical_or",
    "logical_or": "logical_and",
    "argmin": "argmax",
    "argmax": "argmin",
    "left": "right",
    "right": "left",
}
EVERY = 20
"""Of so many tests one runs even if the changed function answers it alike."""
READABLE, LONG = 24, 100
"""Characters of code that a mutant is told with, about."""
MEMORY = 3 * 2**30
"""Bytes that a changed code may take beside what the process has already."""
PLAIN = (bool, int, float, str, bytes, frozenset, set, date)
"""Types whose values are equal when they say so."""


# --- What is changed ---


class Spot(NamedTuple):
    """A node of a syntax tree: `parent.name`, or the entry of that list at `position`."""

    parent: ast.AST
    name: str
    position: int | None

    def put(self, node: ast.AST) -> None:
        """Replace what stands there."""
        if self.position is None:
            setattr(self.parent, self.name, node)
        else:
            getattr(self.parent, self.name)[self.position] = node


class Mutant(NamedTuple):
    """One change of the code.

    Parameters
    ----------
    file
        Within the package.
    line
        Where it is now.
    function
        Its qualified name; empty outside of functions.
    words
        The expression around the change, before and after.
    """

    file: str
    line: int
    function: str
    words: str
    spot: Spot
    changed: ast.AST
    tree: ast.Module

    @property
    def name(self) -> str:
        """How `docs/mutants.md` calls it."""
        return " ".join(f"`{part}`" for part in (self.file, self.function) if part) + self.words

    @property
    def place(self) -> "Place":
        """The function that is changed."""
        return self.file, self.function

    def code(self) -> CodeType:
        """Return the changed module, compiled."""
        self.spot.put(self.changed)
        tree = ast.fix_missing_locations(self.tree)
        return compile(tree, str(SOURCE / self.file), "exec")


def mutants(source: str, file: str) -> list[Mutant]:
    """Return every mutant of a module's source, in the order of its lines."""
    tree = ast.parse(source)
    in_classes = [
        part for one in ast.walk(tree) if isinstance(one, ast.ClassDef) for part in one.body
    ]
    fields_of_classes = frozenset(id(part) for part in in_classes)
    result: list[Mutant] = []
    seen: Counter[tuple[str, str]] = Counter()
    for spot, node, around, function in list(_nodes(tree, (), "", fields_of_classes)):
        changes = list(_changes(node, module_level=not function))
        shown = _readable(around) if changes else node
        before = ast.unparse(shown) if changes else ""
        for changed in changes:
            ast.copy_location(changed, node)
            spot.put(changed)
            after = ast.unparse(changed if shown is node else shown)
            spot.put(node)
            words = f": `{' '.join(before.split())}` → `{' '.join(after.split())}`"
            seen[function, words] += 1
            if seen[function, words] > 1:
                words += f" (no. {seen[function, words]})"
            line: int = getattr(node, "lineno", 0)
            result.append(Mutant(file, line, function, words, spot, changed, tree))
    return sorted(result, key=lambda one: one.line)


def _readable(around: "Around") -> ast.AST:
    """Return the smallest expression that can be recognized, but no long one."""
    shown = around[0]
    for wider in around:
        size = len(ast.unparse(wider))
        if size <= LONG:
            shown = wider
        if size >= READABLE:
            break
    return shown


Around = tuple[ast.AST, ...]


def _nodes(
    parent: ast.AST, around: Around, function: str, in_classes: frozenset[int]
) -> Iterator[tuple[Spot, ast.AST, Around, str]]:
    """Yield every node that may change, with the expressions around it from the inside out."""
    for name, value in ast.iter_fields(parent):
        if not _matters(parent, name, is_field=id(parent) in in_classes):
            continue
        for position, node in enumerate(value if isinstance(value, list) else [value]):
            if not isinstance(node, ast.AST):
                continue
            index = position if isinstance(value, list) else None
            inside = (node, *around) if isinstance(node, ast.expr | ast.keyword) else ()
            if isinstance(node, ast.AugAssign | ast.AnnAssign | ast.Assign | ast.Return):
                inside = (node,)
            where = function
            if isinstance(node, ast.FunctionDef | ast.ClassDef) and "(" not in function:
                where = f"{function}.{node.name}" if function else node.name
            if inside:
                yield Spot(parent, name, index), node, inside, where
            yield from _nodes(node, inside, where, in_classes)


def _matters(parent: ast.AST, name: str, *, is_field: bool) -> bool:
    """Return whether a part of a node is code that runs, and not a type, a decorator or a field.

    Packs that are read hold the values of fields.
    """
    if name in {"annotation", "returns", "decorator_list", "type_comment", "ctx", "format_spec"}:
        return False
    if isinstance(parent, ast.AnnAssign) and name == "value":
        return ast.unparse(parent.annotation).startswith("ClassVar") or not is_field
    if isinstance(parent, ast.Call) and ast.unparse(parent.func) in {"isinstance", "cast"}:
        return False
    return name != "bases"


def _changes(node: ast.AST, *, module_level: bool) -> Iterator[ast.AST]:
    if isinstance(node, ast.Constant):
        yield from (ast.Constant(value=value) for value in _other_values(node.value))
    elif isinstance(node, ast.Name | ast.Attribute):
        word = node.id if isinstance(node, ast.Name) else node.attr
        if word in RENAMED and isinstance(node, ast.Name):
            yield ast.Name(id=RENAMED[word], ctx=node.ctx)
        elif word in RENAMED and isinstance(node, ast.Attribute):
            yield ast.Attribute(value=node.value, attr=RENAMED[word], ctx=node.ctx)
    elif isinstance(node, ast.UnaryOp) and isinstance(node.op, ast.Not | ast.Invert | ast.USub):
        yield node.operand
    elif isinstance(node, ast.Compare):
        for position, operator in enumerate(node.ops):
            for other in SWAPPED.get(type(operator), ()):
                changed = copy.copy(node)
                changed.ops = list(node.ops)
                changed.ops[position] = other()  # type: ignore[call-overload]
                yield changed
    elif isinstance(node, ast.BinOp | ast.AugAssign | ast.BoolOp):
        if module_level and isinstance(node.op, ast.BitOr):
            return  # a union of types
        for other in SWAPPED.get(type(node.op), ()):
            swapped = copy.copy(node)
            swapped.op = other()  # type: ignore[assignment]
            yield swapped


def _other_values(value: object) -> tuple[bool | int | str, ...]:
    if isinstance(value, bool):
        return (not value,)
    if isinstance(value, int):
        return (value + 1, value - 1)
    return (RENAMED[value],) if isinstance(value, str) and value in {"left", "right"} else ()


# --- How the change gets into the code that is loaded ---


def plant(mutant: Mutant) -> FunctionType | None:
    """Put a mutant's code into the functions, classes and constants of its module.

    Returns the changed function; None where the change is outside of functions, or in a default.
    """
    module = import_module(".".join((PACKAGE, *Path(mutant.file).with_suffix("").parts)))
    fresh = ModuleType(module.__name__)
    fresh.__file__ = module.__file__
    exec(mutant.code(), fresh.__dict__)  # noqa: S102 - our own code, changed in one place
    changed = _functions(fresh)
    for name, function in _functions(module).items():
        function.__code__ = changed[name].__code__
        function.__defaults__ = changed[name].__defaults__
        function.__kwdefaults__ = changed[name].__kwdefaults__
    for name, value in vars(fresh).items():
        old = vars(module).get(name)
        if isinstance(value, type) and value.__module__ == module.__name__:
            for part, constant in vars(value).items():
                if isinstance(constant, bool | int | str) and vars(old)[part] != constant:
                    setattr(old, part, constant)
        elif isinstance(value, int | tuple | np.ndarray) and not _same(value, old):
            for loaded in [one for key, one in sys.modules.items() if key.startswith(PACKAGE)]:
                if vars(loaded).get(name) is old:
                    setattr(loaded, name, value)
    _forget()
    in_default = isinstance(mutant.spot.parent, ast.arguments)
    return None if in_default else _functions(module).get(mutant.function)


def _forget() -> None:
    """Empty the caches of the package: they hold answers of the code as it was."""
    for name, module in list(sys.modules.items()):
        if name.startswith(PACKAGE):
            for thing in vars(module).values():
                if hasattr(thing, "cache_clear"):
                    thing.cache_clear()


def _same(value: Any, old: Any) -> bool:
    return bool(np.array_equal(value, old)) if isinstance(value, np.ndarray) else value == old


def _functions(module: ModuleType) -> dict[str, FunctionType]:
    """Return the functions and methods that a module's own source defines."""
    result = {}
    scopes: list[Mapping[str, Any]] = [vars(module)]
    scopes += [vars(one) for one in vars(module).values() if isinstance(one, type)]
    for scope in scopes:
        for thing in scope.values():
            if isinstance(thing, cached_property):
                function: Any = thing.func
            elif isinstance(thing, property):
                function = thing.fget
            else:
                function = getattr(thing, "__wrapped__", thing)
            if isinstance(function, FunctionType) and (
                function.__code__.co_filename == module.__file__
                and function.__module__ == module.__name__
            ):
                result[function.__qualname__] = function
    return result


# --- Whether anything notices ---

Place = tuple[str, str]
"""A file and a function in it."""


class Call(NamedTuple):
    """A call of a function while no mutant was planted."""

    arguments: dict[str, Any]
    result: Any


@dataclass
class Trial:
    """A test, or a case of the oracle.

    Parameters
    ----------
    passes
        Tries it once.
    calls
        What it calls in the mutated files, and with what result.
    """

    name: str
    passes: Callable[[], bool]
    calls: dict[Place, list[Call]] = field(default_factory=dict)
    seconds: float = 0.0

    def rehearse(self) -> bool:
        """Try it without any mutant, and note its calls."""
        _forget()
        begun = time.perf_counter()
        sys.setprofile(_Listener(self.calls).hear)
        try:
            return self.passes()
        finally:
            sys.setprofile(None)
            self.seconds = time.perf_counter() - begun

    def may_notice(self, place: Place, function: FunctionType | None) -> bool:
        """Return whether a changed function answers any call of the trial in another way."""
        calls = self.calls.get(place, [])
        if function is None:
            return True
        return any(not _answers_alike(function, call) for call in calls)


class _Listener:
    """Notes the calls of functions of the package: Python tells it of every call and return."""

    def __init__(self, calls: dict[Place, list[Call]]) -> None:
        self.calls = calls
        self.begun: dict[FrameType, dict[str, Any]] = {}
        self.places: dict[CodeType, Place | None] = {}

    def hear(self, frame: FrameType, event: str, answer: Any) -> None:
        code = frame.f_code
        if code not in self.places:
            path = Path(code.co_filename)
            inside = path.is_relative_to(SOURCE) and "<" not in code.co_qualname
            file = path.relative_to(SOURCE).as_posix() if inside else ""
            self.places[code] = (file, code.co_qualname) if inside else None
        place = self.places[code]
        if place is None:
            return
        if event == "call":
            self.begun[frame] = dict(frame.f_locals)
        elif event == "return" and frame in self.begun:
            call = Call(self.begun.pop(frame), answer)
            self.calls.setdefault(place, []).append(call)


def _answers_alike(function: FunctionType, call: Call) -> bool:
    """Return whether a function surely gives the same answer as before.

    Where there was no answer it may have changed something, and where a list of arguments or a
    generator is involved nobody can say.
    """
    odd = inspect.CO_VARARGS | inspect.CO_VARKEYWORDS | inspect.CO_GENERATOR
    if call.result is None or function.__code__.co_flags & odd:
        return False
    try:
        return _alike(function(**call.arguments), call.result)
    except Exception:  # noqa: BLE001 - another answer, whatever it is
        return False


def _alike(one: Any, other: Any) -> bool:
    """Return whether two answers are the same, down to the types of their columns."""
    if type(one) is not type(other):
        return False
    if isinstance(one, np.ndarray):
        same = one.dtype == other.dtype and one.shape == other.shape
        same &= one.flags.writeable == other.flags.writeable
        return bool(same and one.tobytes() == other.tobytes())
    if isinstance(one, tuple | list):
        return len(one) == len(other) and all(map(_alike, one, other))
    if isinstance(one, dict):
        return one.keys() == other.keys() and all(_alike(one[key], other[key]) for key in one)
    if is_dataclass(one):
        names = [part.name for part in fields(one)]
        return all(_alike(getattr(one, name), getattr(other, name)) for name in names)
    return one is other or (isinstance(one, PLAIN) and bool(one == other))


@dataclass
class Trials:
    """All trials in their order; `killers` are those that noticed mutants of a function."""

    all: list[Trial]
    killers: dict[Place, Counter[str]] = field(default_factory=dict)

    def noticed_by(self, mutant: Mutant) -> str:
        """Return the first trial that fails with a mutant planted; empty when none does."""
        try:
            function = plant(mutant)
        except Exception as error:  # noqa: BLE001 - code that cannot be loaded is noticed
            return f"import: {error!r}"
        killers = self.killers.get(mutant.place, Counter())
        calling = [trial for trial in self.all if mutant.place in trial.calls] or self.all
        for position, trial in enumerate(sorted(calling, key=lambda one: -killers[one.name])):
            signal.alarm(int(20 + 20 * trial.seconds))
            asked = position % EVERY == 0 or trial.may_notice(mutant.place, function)
            if asked and not trial.passes():
                return trial.name
        return ""


def _passes(item: pytest.Item) -> bool:
    return not any(report.failed for report in runtestprotocol(item, log=False, nextitem=None))


def _agrees(case: Case, known: set[Expected]) -> bool:
    try:
        return found(case) == known
    except Exception:  # noqa: BLE001 - a crash is no agreement
        return False


def _oracle_says(seed: int) -> tuple[Case, set[Expected]]:
    case = random_case(seed)
    return case, expected(case)


def _try_apart(trials: Trials, mutant: Mutant) -> tuple[int, int]:
    """Try a mutant in a process of its own; return its id and where it tells its result."""
    reading, writing = os.pipe()
    child = os.fork()
    if child:
        os.close(writing)
        return child, reading
    os.close(reading)
    signal.signal(signal.SIGALRM, signal.SIG_DFL)
    most = _address_space() + MEMORY
    resource.setrlimit(resource.RLIMIT_AS, (most, most))
    nowhere = os.open(os.devnull, os.O_WRONLY)
    os.dup2(nowhere, 1)
    os.dup2(nowhere, 2)
    word = "interrupted"
    try:
        word = trials.noticed_by(mutant)
    finally:
        os.write(writing, json.dumps(word).encode())
        os._exit(0)


def _address_space() -> int:
    """Return the size of this process in bytes; a limit is on the whole of it."""
    pages = int(Path("/proc/self/statm").read_text(encoding="ascii").split()[0])
    return pages * resource.getpagesize()


def try_all(trials: Trials, tried: Sequence[Mutant], jobs: int, until: float) -> dict[Mutant, str]:
    """Return what noticed each mutant; mutants that there was no time for are left out."""
    waiting = list(reversed(tried))
    result: dict[Mutant, str] = {}
    running: dict[int, tuple[int, Mutant]] = {}
    begun = time.monotonic()
    gc.freeze()
    while waiting or running:
        while waiting and len(running) < jobs and time.monotonic() < until:
            mutant = waiting.pop()
            child, reading = _try_apart(trials, mutant)
            running[child] = (reading, mutant)
        if not running:
            break
        child, status = os.wait()
        reading, mutant = running.pop(child)
        told = os.read(reading, 65536)
        os.close(reading)
        word = json.loads(told) if told else f"ended by signal {os.WTERMSIG(status)}"
        result[mutant] = word
        trials.killers.setdefault(mutant.place, Counter())[word] += 1
        if not word:
            say(f"survives: {mutant.file}:{mutant.line} {mutant.name}")
        if len(result) % 50 == 0:
            alive = sum(not one for one in result.values())
            spent = time.monotonic() - begun
            say(f"{len(result)} of {len(tried)} mutants, {spent:.0f} s, {alive} survive")
    return result


# --- The run ---


class Run:
    """A pytest plugin that tries mutants instead of running the collected tests once."""

    def __init__(self, options: argparse.Namespace) -> None:
        self.options = options
        self.failures = 0

    @pytest.hookimpl(tryfirst=True)
    def pytest_runtestloop(self, session: pytest.Session) -> bool:
        """Try the mutants."""
        options = self.options
        with ProcessPoolExecutor(options.jobs) as workers:
            answers = list(workers.map(_oracle_says, range(options.oracle), chunksize=5))
        trials = [Trial(item.nodeid, partial(_passes, item)) for item in session.items]
        trials += [
            Trial(f"oracle, {case.name}", partial(_agrees, case, known)) for case, known in answers
        ]
        failed = [trial.name for trial in trials if not trial.rehearse()]
        if failed:
            say("these fail without any mutant:", *failed)
            self.failures = len(failed)
            return True
        former = options.again.read_text(encoding="utf-8") if options.again else ""
        chosen = [one for part in options.only for one in chosen_mutants(part, former)]
        if options.sample and options.sample < len(chosen):
            chosen = sorted(
                random.Random(options.seed).sample(chosen, options.sample),  # noqa: S311
                key=lambda one: (one.file, one.line),
            )
        say(
            f"{len(chosen)} mutants, {len(session.items)} tests and {options.oracle} cases of the "
            f"oracle that take {sum(trial.seconds for trial in trials):.0f} s"
        )
        until = time.monotonic() + 60 * options.minutes
        self.failures = report(try_all(Trials(trials), chosen, options.jobs, until), len(chosen))
        return True


def chosen_mutants(only: str, named_in: str = "") -> list[Mutant]:
    """Return the mutants whose file and function have `only` in them, and that a text names."""
    files = [path for pattern in MUTATED for path in sorted(SOURCE.glob(pattern))]
    found_here = []
    for path in files:
        file = path.relative_to(SOURCE).as_posix()
        found_here += mutants(path.read_text(encoding="utf-8"), file)
    return [
        one
        for one in found_here
        if only in f"{one.file} {one.function}" and (not named_in or f"{one.name}\n" in named_in)
    ]


def report(tried: dict[Mutant, str], chosen: int) -> int:
    """Tell what survived; return how many mutants survive that nobody has justified."""
    listed = LISTED.read_text(encoding="utf-8") if LISTED.exists() else ""
    alive = [mutant for mutant, word in tried.items() if not word]
    alive.sort(key=lambda one: (one.file, one.line))
    surprising = [mutant for mutant in alive if mutant.name not in listed]
    for title, some in (
        ("survive as listed", [one for one in alive if one not in surprising]),
        ("survive and are not listed in docs/mutants.md", surprising),
    ):
        say(f"\n{len(some)} {title}")
        say(*(f"- {one.file}:{one.line} {one.name}" for one in some))
    by_file = Counter(mutant.file for mutant in tried)
    lost = Counter(mutant.file for mutant in alive)
    say("", *(f"{file}: {by_file[file]} tried, {lost[file]} survive" for file in sorted(by_file)))
    say(f"{len(tried)} of {chosen} mutants tried, {len(tried) - len(alive)} noticed")
    return len(surprising)


def say(*lines: str) -> None:
    """Print at once."""
    print(*lines, sep="\n", flush=True)


def main() -> int:
    """Return 1 when a mutant survives that `docs/mutants.md` does not list."""
    parser = argparse.ArgumentParser(description="Change the duty-hour rules and see who notices.")
    parser.add_argument(
        "--only", nargs="+", default=[""], help="parts of files' or functions' names"
    )
    parser.add_argument("--again", type=Path, help="only mutants that survived in this output")
    parser.add_argument("--sample", type=int, default=0, help="so many mutants; 0: all")
    parser.add_argument("--seed", type=int, default=1, help="of the sample")
    parser.add_argument("--oracle", type=int, default=200, help="cases of the oracle")
    parser.add_argument("--jobs", type=int, default=os.cpu_count() or 1)
    parser.add_argument("--minutes", type=float, default=600, help="no new mutant after these")
    run = Run(parser.parse_args())
    files = [str(path) for pattern in TESTED for path in sorted(TESTS.glob(pattern))]
    plain = ["-q", "-s", "--no-header", "-p", "no:cacheprovider", "-p", "no:randomly"]
    if pytest.main([*plain, *files], plugins=[run]) not in {0, 5}:
        return 1
    return 1 if run.failures else 0


if __name__ == "__main__":
    sys.exit(main())
