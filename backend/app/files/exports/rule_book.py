"""The rule book: what a chief hands to the next chief."""

import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import date, timedelta
from html import escape

from app.files.exports.annual_grid import long_date
from app.files.exports.page import html_page
from app.files.loaded import LoadedProgramme
from app.scheduling.api import compile_program
from app.scheduling.domain.calendar import Calendar
from app.scheduling.domain.people import Person
from app.scheduling.domain.problem import Problem
from app.scheduling.domain.program import Program
from app.scheduling.domain.rule import Rule
from app.scheduling.rules import RULE_BOOK
from app.scheduling.rules.words import number, people, periods

_STYLE = """
body { max-width: 68rem; } table { width: 100%; margin: 0.5rem 0 1rem; font-size: 0.9rem; }
nav ul { columns: 3 14rem; padding-left: 1.1rem; margin: 0.5rem 0; }
th:first-child { width: 28%; } td:first-child { font-weight: 600; } .table { overflow-x: auto; }
"""
_MARKDOWN_SIGNS = re.compile(r"([\\`*_\[\]<>|#~])")


@dataclass(frozen=True, slots=True)
class Table:
    """Rows of text; columns without any text are left out."""

    heads: tuple[str, ...]
    rows: tuple[tuple[str, ...], ...]

    @property
    def filled(self) -> list[tuple[str, ...]]:
        """Heads and rows without the empty columns."""
        kept = [n for n in range(len(self.heads)) if any(row[n] for row in self.rows)]
        return [tuple(row[n] for n in kept) for row in (self.heads, *self.rows)]


@dataclass(frozen=True, slots=True)
class Chapter:
    """A heading of a level (2 or 3) with what stands below it."""

    level: int
    title: str
    blocks: tuple[str | Table, ...] = ()


def rule_book_markdown(loaded: LoadedProgramme) -> str:
    """Return the rule book as Markdown, with every name escaped."""
    lines = [f"# {_escaped(_title(loaded.program))}", ""]
    for chapter in _chapters(loaded):
        lines += ["#" * chapter.level + " " + _escaped(chapter.title), ""]
        for block in chapter.blocks:
            if isinstance(block, str):
                lines += [_escaped(block), ""]
            elif block.rows:
                heads, *rows = block.filled
                lines += [_markdown_row(heads), _markdown_row(("---",) * len(heads), plain=True)]
                lines += [*map(_markdown_row, rows), ""]
    return "\n".join(lines)


def rule_book_html(loaded: LoadedProgramme) -> str:
    """Return the rule book as one HTML page."""
    title = _title(loaded.program)
    chapters = list(_chapters(loaded))
    body = [f"<header><h1>{escape(title)}</h1></header>", '<nav aria-label="Contents"><ul>']
    for place, chapter in enumerate(chapters):
        if chapter.level == 2:
            body.append(f'<li><a href="#c{place}">{escape(chapter.title)}</a></li>')
    body += ["</ul></nav>", "<main>"]
    for place, chapter in enumerate(chapters):
        body.append(f'<h{chapter.level} id="c{place}">{escape(chapter.title)}</h{chapter.level}>')
        for block in chapter.blocks:
            body += [f"<p>{escape(block)}</p>"] if isinstance(block, str) else _html_table(block)
    body.append("</main>")
    return html_page(title, "\n".join(body), _STYLE)


def _html_table(table: Table) -> Iterator[str]:
    if not table.rows:
        return
    heads, *rows = table.filled
    cells = "".join(f'<th scope="col">{escape(head)}</th>' for head in heads)
    yield f'<div class="table"><table><thead><tr>{cells}</tr></thead><tbody>'
    for row in rows:
        yield "<tr>" + "".join(f"<td>{escape(cell)}</td>" for cell in row) + "</tr>"
    yield "</tbody></table></div>"


def _markdown_row(cells: Iterable[str], *, plain: bool = False) -> str:
    return "| " + " | ".join(cell if plain else _escaped(cell) for cell in cells) + " |"


def _escaped(text: str) -> str:
    return _MARKDOWN_SIGNS.sub(r"\\\1", " ".join(text.split()))


def _title(program: Program) -> str:
    slots = program.calendar.slots
    return f"{program.name}: rule book {_days(slots[0].start, slots[-1].end - timedelta(1))}"


def _chapters(loaded: LoadedProgramme) -> Iterator[Chapter]:
    program = loaded.program
    problem = compile_program(program)
    yield _at_a_glance(loaded)
    yield from _rules(program)
    yield _rotations(program)
    yield from _people(program, problem)
    yield from _calendar(program.calendar)


def _at_a_glance(loaded: LoadedProgramme) -> Chapter:
    program = loaded.program
    soft = sum(not rule.hard for rule in program.rules)
    best = "lowest sum"
    if program.objective == "maximize":
        best = "highest sum, with costs counted negative"
    words = [
        (
            f"{len(program.people)} people, {len(program.calendar.period_starts)} periods, "
            f"{len(program.rotation_types)} rotation types, {len(program.rules)} rules: "
            f"{len(program.rules) - soft} must hold, {soft} may give way at a price."
        ),
        (
            "A rule that must hold is never broken by a schedule. One that may give way costs its "
            "weight for every unit by which it is broken, or earns it for every unit reached; the "
            f"best schedule has the {best}."
        ),
    ]
    if program.specialty:
        words.insert(0, f"Specialty: {program.specialty}. Time zone: {program.time_zone}.")
    made = tuple((source.role, source.file, source.sha256[:12]) for source in loaded.sources)
    return Chapter(2, "At a glance", (*words, Table(("Read from", "File", "SHA-256"), made)))


def _rules(program: Program) -> Iterator[Chapter]:
    for kind in RULE_BOOK:
        rules = [rule for rule in program.rules if isinstance(rule, kind)]
        if rules:
            heads = ("Rule", "What it asks", "For whom, when", "Strength", "Why and from where")
            yield Chapter(
                2, f"{kind.title} ({len(rules)})", (Table(heads, tuple(map(_rule, rules))),)
            )


def _rule(rule: Rule) -> tuple[str, ...]:
    scope = ", ".join(filter(None, (people(rule.who), periods(rule.when))))
    origin = [
        f"{rule.reason.rstrip('.')}." if rule.reason else "",
        f"Source: {rule.source}." if rule.source else "",
        f"Asked for by {rule.author}." if rule.author else "",
    ]
    return (
        rule.name,
        rule.describe(),
        scope or "everybody",
        _strength(rule),
        " ".join(filter(None, origin)),
    )


def _strength(rule: Rule) -> str:
    if rule.hard:
        return "must hold"
    word = "costs" if rule.mode == "penalty" else "earns"
    return f"{word} {number(float(rule.weight))} each ({rule.unit})"


def _rotations(program: Program) -> Chapter:
    rows = tuple(
        (
            kind.code,
            kind.label,
            kind.category,
            kind.site,
            people(kind.who) or "everybody",
            "counts as being away" if kind.leave else "",
        )
        for kind in program.rotation_types
    )
    heads = ("Code", "Rotation type", "Category", "Site", "Open to", "Leave")
    groups = tuple((name, ", ".join(codes)) for name, codes in program.rotation_groups.items())
    return Chapter(
        2, "Rotation types", (Table(heads, rows), Table(("Rotation group", "Members"), groups))
    )


def _people(program: Program, problem: Problem) -> Iterator[Chapter]:
    groups = tuple(
        (name, people(who) or "everybody", str(int(problem.who(who).any(axis=1).sum())))
        for name, who in program.groups.items()
    )
    leave, wishes, decided = (
        sum(bool(getattr(person, part)) for person in program.people)
        for part in ("leave", "wishes", "preassignments")
    )
    words = (
        f"{leave} with approved leave, {wishes} with wishes, {decided} with placements decided "
        "beforehand; who and why stays in the programme file."
    )
    yield Chapter(2, "People", (words, Table(("Group", "Who", "People"), groups)))
    heads = ("Name", "Id", "Track", "Cohort", "Appointment", "Tags")
    for pgy in sorted({person.pgy for person in program.people}):
        members = [person for person in program.people if person.pgy == pgy]
        rows = tuple(
            (
                person.label,
                person.id,
                person.track,
                person.cohort,
                _appointment(person),
                ", ".join(person.tags),
            )
            for person in members
        )
        yield Chapter(3, f"PGY-{pgy} ({len(rows)})", (Table(heads, rows),))


def _appointment(person: Person) -> str:
    parts = [f"FTE {number(person.fte)}" if person.fte != 1 else ""]
    parts.append(f"from {long_date(person.start)}" if person.start else "")
    parts.append(f"until {long_date(person.end)}" if person.end else "")
    for change in person.changes:
        values = [
            f"PGY-{change.pgy}" if change.pgy is not None else "",
            change.track or "",
            f"cohort {change.cohort}" if change.cohort else "",
            f"FTE {number(change.fte)}" if change.fte is not None else "",
        ]
        parts.append(f"{', '.join(filter(None, values))} from {long_date(change.start)}")
    return "; ".join(filter(None, parts))


def _calendar(calendar: Calendar) -> Iterator[Chapter]:
    slots = calendar.slots
    words = f"From {_days(slots[0].start, slots[-1].end - timedelta(1))}."
    rows = []
    for slot in slots:
        holidays = [
            f"{holiday.name} ({holiday.on.day} {holiday.on:%b})"
            for holiday in calendar.holidays
            if slot.start <= holiday.on < slot.end
        ]
        split = any(other.period == slot.period and other is not slot for other in slots)
        label = f"{slot.period}{'ab'[slot.part] if split else ''}"
        rows.append((label, _days(slot.start, slot.end - timedelta(1)), "; ".join(holidays)))
    yield Chapter(2, "Calendar", (words, Table(("Period", "Days", "Holidays"), tuple(rows))))


def _days(first: date, last: date) -> str:
    return f"{long_date(first)} – {long_date(last)}"
