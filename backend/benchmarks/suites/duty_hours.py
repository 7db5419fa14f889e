"""The verifier on whole programme-years, beside a loop over people as one would first write it."""

import resource
import sys
import time
from collections.abc import Callable
from dataclasses import dataclass, replace
from pathlib import Path
from statistics import median
from typing import Any

import numpy as np

from app.files.programme_file import load_programme
from app.files.rule_packs import load_packs
from app.scheduling.acgme.validator import ACGMEValidator, Audit
from app.scheduling.domain.duties import Assignment
from app.scheduling.domain.problem import Grid
from app.scheduling.domain.program import Program
from app.scheduling.timetable import compile_timetable, expand, expand_person
from benchmarks import duty_loop
from benchmarks.suites.common import Options, Report, in_child
from benchmarks.tables import Table, shown

RESIDENTS = (20, 100, 1000)
EXAMPLE = Path(__file__).parents[3] / "examples" / "im-4plus1" / "programme.yaml"
_LOOPED_AT_MOST = 100
_EDITS = 200


@dataclass(frozen=True, slots=True)
class Measured:
    """Milliseconds of each step for one number of residents, and what they agreed on."""

    residents: int
    intervals: int
    findings: int
    expand_ms: float
    audit_ms: float
    sentences_ms: float
    margins_ms: float
    loop_ms: float
    expand_one_ms: float
    revise_ms: float
    revise_p95_ms: float
    peak_mb: float
    faults: tuple[str, ...]


def programme_year(residents: int, seed: int) -> tuple[Program, Grid]:
    """Return the 4+1 example with so many residents, on rotations drawn in runs of 2 to 4 weeks."""
    program = load_programme(EXAMPLE).program
    people = tuple(
        replace(program.people[n % len(program.people)], id=f"r{n}", wishes=(), leave=())
        for n in range(residents)
    )
    weeks = len(program.calendar.slots)
    chance = np.random.default_rng(seed)
    grid = np.empty((residents, weeks), dtype=np.int16)
    for row in grid:
        week = 0
        while week < weeks:
            length = int(chance.integers(2, 5))
            row[week : week + length] = chance.integers(len(program.rotation_types))
            week += length
    return replace(program, people=people, rules=()), grid


def measure(residents: int) -> Measured:
    """Measure one programme-year in a process of its own."""
    program, grid = programme_year(residents, 1)
    packs = load_packs(["acgme-im"])
    validator = ACGMEValidator(packs, replace(program.policy, tightened=(), exceptions=()))
    timetable = compile_timetable(program)
    timeline = expand(timetable, grid)
    audit = validator.audit(timeline)
    findings, _ = len(audit.findings), audit.margins
    peak_mb = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * 1024 / 1e6
    rounds = 9 if residents <= _LOOPED_AT_MOST else 3
    expand_ms = _median_ms(lambda: expand(timetable, grid), rounds)
    audit_ms = _median_ms(lambda: validator.audit(timeline), rounds)
    sentences_ms = _median_ms(lambda: validator.audit(timeline).findings, rounds) - audit_ms
    margins_ms = _median_ms(lambda: validator.audit(timeline).margins, rounds) - audit_ms
    faults: tuple[str, ...] = ()
    loop_ms = float("nan")
    if residents <= _LOOPED_AT_MOST:
        loop_ms = _median_ms(lambda: duty_loop.errors(timeline), 1)
        faults = _differences(audit, duty_loop.errors(timeline))
    expand_one, revise = [], []
    day = program.calendar.start
    for edit in range(_EDITS):
        row = edit % residents
        changed = Assignment(
            person=f"r{row}",
            date=day.replace(month=day.month + edit % 5),
            session="PM",
            duty=program.duty_types[0].code,
            rotation=program.rotation_types[1].code,
        )
        began = time.perf_counter()
        own = expand_person(timetable, grid, row, [changed])
        middle = time.perf_counter()
        validator.revise(audit, own, row).findings_of(row)
        expand_one.append(middle - began)
        revise.append(time.perf_counter() - middle)
    return Measured(
        residents=residents,
        intervals=len(timeline),
        findings=findings,
        expand_ms=expand_ms,
        audit_ms=audit_ms,
        sentences_ms=sentences_ms,
        margins_ms=margins_ms,
        loop_ms=loop_ms,
        expand_one_ms=1000 * median(expand_one),
        revise_ms=1000 * median(revise),
        revise_p95_ms=1000 * float(np.percentile(revise, 95)),
        peak_mb=peak_mb,
        faults=faults,
    )


def _median_ms(step: Callable[[], object], rounds: int) -> float:
    took = []
    for _ in range(rounds):
        began = time.perf_counter()
        step()
        took.append(time.perf_counter() - began)
    return 1000 * median(took)


def _differences(audit: Audit, looped: set[duty_loop.Found]) -> tuple[str, ...]:
    """Return what only one of both says."""
    ours = {
        (rule, one.person, int(one.start.timestamp() // 60))
        for one in audit.findings
        if one.severity == "error"
        for rule in (one.rule, *one.also)
        if rule.startswith("CPR") and rule != "CPR-6.21-8H"
    }
    return tuple(f"only one of verifier and loop: {one}" for one in sorted(ours ^ looped)[:10])


def longest_s(options: Options) -> float:
    """Return the time that the suite takes at most, about."""
    del options
    return 120.0


def run(options: Options) -> Report:
    """Measure every number of residents."""
    del options
    lines: list[tuple[str, ...]] = []
    rows: list[dict[str, Any]] = []
    faults: list[str] = []
    for residents in RESIDENTS:
        got = in_child(measure, residents)
        print(f"  {residents} residents: {got.audit_ms:.0f} ms", file=sys.stderr)
        faults += got.faults
        rows.append({name: getattr(got, name) for name in Measured.__slots__})
        lines.append(
            (
                f"{residents} x 365",
                str(got.intervals),
                str(got.findings),
                shown(got.expand_ms),
                shown(got.audit_ms),
                shown(got.sentences_ms),
                shown(got.margins_ms),
                shown(got.loop_ms, 0),
                shown(got.loop_ms / got.audit_ms, 0),
                shown(got.expand_one_ms, 2),
                shown(got.revise_ms, 2),
                shown(got.revise_p95_ms, 2),
                shown(got.peak_mb, 0),
            )
        )
    columns = (
        *("residents x days", "intervals", "findings", "expand ms", "audit ms", "sentences ms"),
        *("margins ms", "loop ms", "loop / audit", "one person ms", "revise ms", "revise p95 ms"),
        "peak MB",
    )
    audit = "audit: all rules, from intervals to findings; sentences and margins come on demand"
    loop = "loop: plain Python, common rules only; the suite fails unless both say the same"
    one = "one person, revise: a changed half-day, expanded and verified again with its sentences"
    peak = (
        "peak: after expansion and one audit with all sentences and margins, interpreter included"
    )
    notes = (f"Common and IM packs. {audit}.", f"{loop}.", f"{one}.", f"{peak}.")
    table = Table("Duty hours of a programme-year", columns, tuple(lines), notes)
    return Report((table,), rows, tuple(faults))
