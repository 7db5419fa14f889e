"""The schedule as one HTML page: to read, to print, to send."""

from collections.abc import Iterator
from html import escape

from app.files.exports.annual_grid import (
    AnnualGrid,
    Count,
    Row,
    Run,
    Section,
    Staffing,
    lay_out,
    long_date,
    short_date,
)
from app.files.exports.colours import ink
from app.files.exports.page import html_page
from app.files.schedule_document import ScheduleDocument

_STYLE = """
.scroll { overflow-x: auto; width: fit-content; max-width: 100%; margin: 1rem 0;
  border: 1px solid var(--line); }
.scroll:focus-visible { outline: 3px solid #4c8bf5; }
.grid { border-collapse: separate; border-spacing: 0; font-size: 0.8rem; white-space: nowrap; }
.grid th, .grid td { border-width: 0 1px 1px 0; text-align: center; padding: 0.15rem 0.35rem;
  vertical-align: middle; min-width: 2.6rem; }
.grid .who { position: sticky; left: 0; z-index: 1; text-align: left; background: var(--paper);
  font-weight: 500; min-width: 11rem; max-width: 16rem; overflow: hidden; text-overflow: ellipsis; }
.grid thead .who, .grid .section .who { background: var(--band); }
.grid .section th, .grid .section td { background: var(--band); text-align: left;
  font-weight: 700; }
.grid thead small { display: block; font-weight: 400; color: var(--soft); }
.grid .rule { font-weight: 400; } .grid .soft { font-style: italic; }
.run { font-weight: 600; letter-spacing: 0.02em; } .none { color: var(--soft); }
.short { color: var(--short); font-weight: 700; } .over { color: var(--over); font-weight: 700; }
.total { color: var(--soft); } .total.short { color: var(--short); }
.legend { display: flex; flex-wrap: wrap; gap: 0.3rem 1.2rem; list-style: none; padding: 0;
  font-size: 0.85rem; }
.legend .run { display: inline-block; min-width: 3rem; padding: 0 0.4rem; text-align: center;
  border-radius: 3px; margin-right: 0.4rem; }
.hidden { position: absolute; width: 1px; height: 1px; overflow: hidden;
  clip-path: inset(50%); white-space: nowrap; }
@media screen and (max-width: 40rem) {
  .grid .who { min-width: 0; width: 7.5rem; max-width: 7.5rem; font-size: 0.85em; } }
@media print { .scroll { overflow: visible; border: 0; width: auto; }
  .grid .who { position: static; min-width: 0; max-width: none; }
  .year th, .year td { padding: 1px 0; min-width: 0; overflow: hidden; }
  .grid small { display: block; }
  .year { table-layout: fixed; width: 100%; } .year .names { width: 34mm; }
  .year .totals { width: 15mm; } }
"""


_PAPER = {"letter landscape": 259.0, "17in 11in": 412.0}
"""Printable width in mm by page size."""
_MOST_COLUMNS_ON_LETTER = 26
_MARGINAL_MM = 49.0
_LETTERS_PER_COLUMN = 6.6
_PT_PER_MM = 2.83


def write_web_page(document: ScheduleDocument) -> str:
    """Return the schedule as an HTML page that needs nothing else.

    Every run of a rotation is one cell over its periods; codes, marks and hidden words carry what
    colours show.
    """
    grid = lay_out(document)
    body = "\n".join(
        [
            f"<header><h1>{escape(grid.title)}</h1>",
            f'<p class="note">Annual schedule, {escape(grid.dates)} · {grid.size}</p>',
            "</header>\n<main>",
            '<div class="scroll" role="region" aria-labelledby="caption" tabindex="0">',
            *_table(grid),
            "</div>",
            *_legend(grid),
            *_requirements(grid),
            "</main>",
        ]
    )
    style = _STYLE + _print_style(grid) + _colours(grid)
    return html_page(f"{grid.title}, {grid.dates}", body, style)


def _print_style(grid: AnnualGrid) -> str:
    """Return page and letter size with which the whole year is as wide as the paper."""
    wide = len(grid.columns) > _MOST_COLUMNS_ON_LETTER
    paper, width = list(_PAPER.items())[wide]
    column = (width - _MARGINAL_MM) / len(grid.columns)
    size = min(8.0, column * _PT_PER_MM / (_LETTERS_PER_COLUMN * 0.6))
    return (
        f"@page {{ size: {paper}; margin: 9mm; }}\n"
        f"@media print {{ .year {{ font-size: {size:.1f}pt; }} }}\n"
    )


def _colours(grid: AnnualGrid) -> str:
    return "\n".join(
        f".r{number} {{ background: {colour}; color: {ink(colour)}; }}"
        for number, colour in enumerate(grid.colours.values())
    )


def _class(grid: AnnualGrid, code: str) -> str:
    return f"run r{list(grid.colours).index(code)}"


def _table(grid: AnnualGrid) -> Iterator[str]:
    yield '<table class="grid year">'
    yield '<caption id="caption" class="hidden">Who is on which rotation in every period</caption>'
    yield f'<colgroup><col class="names"><col span="{len(grid.columns)}"><col class="totals">'
    yield "</colgroup>"
    yield '<thead><tr><th scope="col" class="who">Name</th>'
    for slot in grid.columns:
        dates = f"{long_date(slot.start)} – {long_date(slot.end)}"
        yield (
            f'<th scope="col" title="{escape(dates)}">{escape(slot.label)}'
            f"<small>{short_date(slot.start)}</small></th>"
        )
    yield '<th scope="col">Met<small>requirements</small></th></tr></thead>'
    for section in grid.sections:
        yield from _section(grid, section)
    if grid.staffing:
        yield from _staffing(grid)
    yield "</table>"


def _section(grid: AnnualGrid, section: Section) -> Iterator[str]:
    yield _heading(f"{section.title} ({len(section.rows)})", len(grid.columns))
    for row in section.rows:
        name = escape(row.person.name)
        runs = "".join(_run(grid, run) for run in row.runs)
        yield f'<tr><th scope="row" class="who">{name}</th>{runs}{_met(grid, row)}</tr>'
    yield "</tbody>"


def _heading(words: str, columns: int, end: str = "") -> str:
    return (
        f'<tbody><tr class="section"><th scope="rowgroup" class="who">{escape(words)}</th>'
        f'<td colspan="{columns}"></td><td>{end}</td></tr>'
    )


def _run(grid: AnnualGrid, run: Run) -> str:
    span = f' colspan="{run.length}"' if run.length > 1 else ""
    if run.rotation is None:
        return f'<td{span} class="none"><span aria-label="no appointment">–</span></td>'
    first, last = grid.columns[run.first], grid.columns[run.last]
    about = f"{run.rotation.name}, {short_date(first.start)} – {short_date(last.end)}"
    return (
        f'<td{span} class="{_class(grid, run.rotation.code)}" title="{escape(about)}">'
        f"{escape(run.rotation.code)}</td>"
    )


def _met(grid: AnnualGrid, row: Row) -> str:
    if row.all_met:
        return f'<td class="total">{row.met}</td>'
    what = escape("; ".join(grid.open_tallies(row)))
    return f'<td class="total short" title="{what}">{row.met} ▼</td>'


def _staffing(grid: AnnualGrid) -> Iterator[str]:
    yield _heading("Staffing", len(grid.columns), "needed")
    everything = range(len(grid.columns))
    for rule in grid.staffing:
        cells = "".join(_staffed(count) for count in rule.counts)
        yield (
            f'<tr><th scope="row" class="who {_strength(rule)}" title="{escape(rule.name)}">'
            f"{escape(rule.name)}</th>{cells}"
            f'<td class="total">{escape(rule.needed(everything))}</td></tr>'
        )
    yield "</tbody>"


def _strength(rule: Staffing) -> str:
    return "rule" if rule.hard else "rule soft"


def _staffed(count: Count) -> str:
    need = f' title="needed {escape(str(count.limits))}"' if str(count.limits) else ""
    if count.kept:
        return f"<td{need}>{count.there:g}</td>"
    return f"<td{need} {_judged(count)}</td>"


def _judged(count: Count) -> str:
    """Return class and text of a count outside its limits."""
    word, mark, style = ("too few", "▼", "short") if count.short else ("too many", "▲", "over")
    return (
        f'class="{style}">{count.there:g} <span aria-hidden="true">{mark}</span>'
        f'<span class="hidden">{word}</span>'
    )


def _legend(grid: AnnualGrid) -> Iterator[str]:
    used = {cell.code for row in grid.rows for cell in row.cells if cell is not None}
    yield '<h2 id="legend">Legend</h2>\n<ul class="legend" aria-labelledby="legend">'
    for rotation in grid.rotations:
        if rotation.code in used:
            swatch = f'<span class="{_class(grid, rotation.code)}">{escape(rotation.code)}</span>'
            yield f"<li>{swatch}{escape(rotation.name)}</li>"
    yield "</ul>"
    yield '<p class="note">▼ too few · ▲ too many · – no appointment · italic: may give way</p>'


def _requirements(grid: AnnualGrid) -> Iterator[str]:
    if not grid.tallies:
        return
    yield '<h2 id="requirements">Requirements, done/required</h2>'
    yield '<div class="scroll" role="region" aria-labelledby="requirements" tabindex="0">'
    yield '<table class="grid" aria-labelledby="requirements"><thead><tr>'
    yield '<th scope="col" class="who">Name</th>'
    for tally in grid.tallies:
        names = escape("; ".join(tally.names))
        yield (
            f'<th scope="col" title="{names}">{escape(tally.label)}<small>{tally.unit}</small></th>'
        )
    yield "</tr></thead>"
    for section in grid.sections:
        yield _heading(section.title, max(1, len(grid.tallies) - 1))
        for row in section.rows:
            cells = "".join(_tally(row.tallies.get(n)) for n in range(len(grid.tallies)))
            name = escape(row.person.name)
            yield f'<tr><th scope="row" class="who">{name}</th>{cells}</tr>'
        yield "</tbody>"
    yield "</table></div>"


def _tally(count: Count | None) -> str:
    if count is None:
        return "<td></td>"
    text = escape(str(count))
    if count.kept:
        return f"<td>{text}</td>"
    style, mark = ("short", "▼") if count.short else ("over", "▲")
    return f'<td class="{style}">{text} {mark}</td>'
