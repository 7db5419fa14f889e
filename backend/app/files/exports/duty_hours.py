"""Duty hours as one HTML page: the verdict, what is broken, and everybody's year as a strip."""

from collections.abc import Iterator, Mapping, Sequence
from html import escape
from itertools import groupby

from app.files.exports.duty_report import DutyReport, dates
from app.files.exports.duty_strips import STRIP_STYLE, Strips, prepare
from app.files.exports.page import html_page
from app.scheduling.acgme.finding import Violation
from app.scheduling.acgme.words import decimal

Found = Mapping[str, object]

_STYLE = """
body { max-width: 84rem; } nav { margin-top: 0.6rem; font-size: 0.9rem; }
.verdict { font-size: 1.1rem; font-weight: 600; margin: 0.75rem 0 0; }
.verdict.error, .sev.error { color: var(--short); } .sev.warning { color: var(--over); }
.sev { font-weight: 700; } .sev.info { color: var(--soft); }
h3.sev { margin-top: 1rem; } summary h3 { display: inline-block; }
.rule { padding-left: 0.7rem; border-left: 4px solid var(--line);
  margin: 0.6rem 0; max-width: 66rem; }
.rule.error { border-left: 6px double var(--short); }
.rule.warning { border-left-color: var(--over); }
.rule h4 { margin: 0; font-size: 0.95rem; } .rule ul { margin: 0.15rem 0; padding-left: 1.1rem; }
.note small { font-size: 0.8rem; }
.margins { width: 100%; max-width: 70rem; font-size: 0.85rem; margin: 0.5rem 0; }
.margins td.value { white-space: nowrap; font-variant-numeric: tabular-nums; }
.margins .error { color: var(--short); } .margins .warning { color: var(--over); }
.margins .error, .margins .warning, .margins .info { font-weight: 700; }
.person { margin: 1.6rem 0; break-inside: avoid; }
.person h3 { margin: 0; } summary { cursor: pointer; font-size: 0.85rem; color: var(--soft); }
summary:focus-visible { outline: 3px solid #4c8bf5; }
.weeks { font-size: 0.8rem; color: var(--soft); max-width: 70rem; }
.key { display: flex; flex-wrap: wrap; gap: 0.3rem 1.4rem; list-style: none; padding: 0;
  font-size: 0.85rem; }
.key .swatch { display: inline-block; position: relative; width: 1.8rem; height: 0.9rem;
  vertical-align: -0.1rem; margin-right: 0.4rem; }
.key .swatch.bars { background: var(--bar); } .key .swatch.over { background: var(--over-bar); }
.key .swatch.step { border-top: 3px solid var(--step); height: 0.35rem; }
.key .swatch.limit { border-top: 2px dashed var(--short); height: 0.35rem; }
@media print { nav { display: none; } }
@page { size: letter portrait; margin: 12mm; }
@media screen and (max-width: 40rem) { body { padding: 0.9rem; }
  .margins thead { position: absolute; clip-path: inset(50%); }
  .margins tr { display: grid; grid-template-columns: 1fr auto auto; border: 1px solid var(--line);
    margin: 0.4rem 0; }
  .margins tbody th, .margins td { border: 0; } .margins tbody .where { grid-column: 1 / -1; } }
"""

_WORDS = {
    "error": ("Error", "Errors"),
    "warning": ("Warning", "Warnings"),
    "info": ("Note", "Notes"),
}

_MOST_UNFOLDED = 12
"""Findings of one rule that are not folded away."""
_KEPT = "Every rule of the programme is kept."


def duty_hours_page(
    report: DutyReport, notes: Sequence[Found] = (), programme: Sequence[Found] | None = None
) -> str:
    """Return an audit as an HTML page that needs nothing else.

    Parameters
    ----------
    notes
        What is odd in what was read.
    programme
        What a check of the programme's own rules found; None when there is no programme.
    """
    strips = prepare(report)
    body = [
        f"<header><h1>{escape(report.title)}: duty hours</h1>",
        f'<p class="note">{escape(report.span)} · {_people(report)} · {escape(report.law)}</p>',
        *_verdict(report, programme),
        _contents(report, notes, programme),
        "</header>\n<main>",
        '<h2 id="law">Duty-hour rules</h2>',
        *_findings(report),
        *_closest(report),
    ]
    if programme is not None:
        body += ['<h2 id="programme">Programme rules</h2>', *_plain(programme, _KEPT)]
    if notes:
        body += ['<h2 id="input">About the input</h2>', *_plain(notes, "")]
    body += [*_everybody(report, strips), "</main>"]
    return html_page(f"{report.title}: duty hours", "\n".join(body), STRIP_STYLE + _STYLE)


def _contents(report: DutyReport, notes: Sequence[Found], programme: Sequence[Found] | None) -> str:
    parts = {
        "law": "Duty-hour rules",
        "closest": "Closest to each limit" if report.closest else "",
        "programme": "" if programme is None else "Programme rules",
        "input": "About the input" if notes else "",
        "people": "Everybody's hours by week",
    }
    links = (f'<a href="#{id_}">{title}</a>' for id_, title in parts.items() if title)
    return f'<nav aria-label="Contents">{" · ".join(links)}</nav>'


def _people(report: DutyReport) -> str:
    if report.person:
        return escape(report.labels[report.person])
    count = len(report.timeline.people)
    return "1 resident" if count == 1 else f"{count} residents"


def _verdict(report: DutyReport, programme: Sequence[Found] | None) -> Iterator[str]:
    style = " error" if report.count("error") else ""
    sentence = report.verdict[0].upper() + report.verdict[1:]
    yield f'<p class="verdict{style}">{escape(sentence)}.</p>'
    yield f"<p>{report.counts}</p>"
    if programme is not None:
        errors = sum(found["severity"] == "error" for found in programme)
        words = "1 error" if errors == 1 else f"{errors} errors"
        yield f'<p>Programme rules are judged apart: <a href="#programme">{words}</a></p>'


def _findings(report: DutyReport) -> Iterator[str]:
    """Yield what is broken, rule by rule; notes are folded away."""
    if not report.findings:
        yield "<p>Nothing is broken, and nothing needs a look.</p>"
        return
    for severity, (_, title) in _WORDS.items():
        found = [one for one in report.findings if one.severity == severity]
        if not found:
            continue
        heading = f'<h3 class="sev {severity}">{title} ({len(found)})</h3>'
        folded = severity == "info"
        yield f"<details><summary>{heading}</summary>" if folded else heading
        found.sort(key=report.position)
        for _, group in groupby(found, key=report.position):
            yield from _rule(report, tuple(group))
        if folded:
            yield "</details>"


def _rule(report: DutyReport, found: tuple[Violation, ...]) -> Iterator[str]:
    """Yield one rule's findings of one severity."""
    first = found[0]
    sources = {name: text for pack in report.packs for name, text in pack.sources.items()}
    origin = "; ".join(sources.get(name, name) for name in first.sources)
    about = f"{first.rule}, {first.pack} {first.version}; source: {origin}"
    name = escape(first.name + report.doubt(first.rule))
    yield f'<section class="rule {first.severity}"><h4>{name}</h4>'
    yield from _folded([_sentence(report, one) for one in found], name)
    yield f'<p class="note"><small>{escape(about)}</small></p></section>'


def _sentence(report: DutyReport, one: Violation) -> str:
    also = f" (also {escape(', '.join(one.also))})" if one.also else ""
    return f"<li>{_link(report, one.person)}: {escape(one.message)}{also}</li>"


def _link(report: DutyReport, person: str) -> str:
    return f'<a href="#p{report.rows[person]}">{escape(report.labels[person])}</a>'


def _badge(severity: str) -> str:
    return f'<span class="sev {severity}">{_WORDS[severity][0]}</span>'


def _plain(found: Sequence[Found], nothing: str) -> Iterator[str]:
    """Yield findings that are no law, by severity and name; long lists are folded away."""
    if not found:
        yield f"<p>{nothing}</p>"
        return

    def key(one: Found) -> tuple[int, str]:
        return list(_WORDS).index(str(one["severity"])), str(one["name"] or "")

    for (rank, name), group in groupby(sorted(found, key=key), key=key):
        severity = list(_WORDS)[rank]
        said = (str(one["message"]).removeprefix(f"{name}: ") for one in group)
        lines = [f"<li>{escape(words)}</li>" for words in said]
        heading = f"{_badge(severity)} {escape(name)}"
        yield f'<section class="rule {severity}"><h4>{heading}</h4>'
        yield from _folded(lines, escape(name))
        yield "</section>"


def _folded(lines: Sequence[str], name: str) -> Iterator[str]:
    """Yield list items, those after the first few behind a word."""
    yield f"<ul>{''.join(lines[:_MOST_UNFOLDED])}</ul>"
    rest = lines[_MOST_UNFOLDED:]
    if rest:
        yield f"<details><summary>{len(rest)} more of {name}</summary>"
        yield f"<ul>{''.join(rest)}</ul></details>"


def _closest(report: DutyReport) -> Iterator[str]:
    if not report.closest:
        return
    yield '<h3 id="closest">Closest to each limit</h3>'
    yield '<table class="margins" aria-labelledby="closest"><thead><tr>'
    yield '<th scope="col">Rule</th><th scope="col">Who</th><th scope="col">Measured, limit</th>'
    yield '<th scope="col" class="where">How it comes about</th></tr></thead><tbody>'
    for one in report.closest:
        name = escape(one.name + report.doubt(one.rule))
        who = _link(report, one.person)
        broken = f" {report.severity(one.rule)}" if one.margin < 0 else ""
        yield (
            f'<tr><th scope="row">{name}</th><td>{who}</td>'
            f'<td class="value{broken}">{escape(report.compared(one))}</td>'
            f'<td class="where">{escape(one.message)}</td></tr>'
        )
    yield "</tbody></table>"


def _everybody(report: DutyReport, strips: Strips) -> Iterator[str]:
    yield '<h2 id="people">Everybody\'s hours by week</h2>'
    yield from _key()
    for row, person in enumerate(report.timeline.people):
        if report.person in ("", person.id):
            yield from _person(report, strips, row)


def _key() -> Iterator[str]:
    entries = (
        ("bars", "hours from Monday to Sunday"),
        ("over", "a week above the limit: lawful as long as the average is not"),
        ("step", "average of an averaging period, thick where it is above its limit"),
        ("limit", "limit of that average"),
        ("away", "leave, not counted"),
    )
    yield '<ul class="key" aria-label="What the strips show">'
    for style, words in entries:
        yield f'<li><span class="swatch {style}" aria-hidden="true"></span>{words}</li>'
    yield "<li>✕ error · ! warning, on the first day</li></ul>"


def _person(report: DutyReport, strips: Strips, row: int) -> Iterator[str]:
    person = report.timeline.people[row]
    found = tuple(one for one in report.findings if one.person == person.id)
    margins = [one for one in report.margins if one.person == person.id]
    errors = sum(one.severity == "error" for one in found)
    words = f' <span class="sev error">{errors} error{"s" * (errors != 1)}</span>' * bool(errors)
    yield f'<section class="person" id="p{row}" aria-labelledby="n{row}">'
    yield f'<h3 id="n{row}">{escape(person.label)}{words}</h3>'
    yield from strips.draw(row, found)
    yield f"<details><summary>Every limit and every week of {escape(person.label)}</summary>"
    yield '<table class="margins"><thead><tr><th scope="col">Rule</th>'
    yield '<th scope="col">Measured, limit</th><th scope="col">How it comes about</th></tr></thead>'
    yield "<tbody>"
    for one in margins:
        broken = f" {report.severity(one.rule)}" if one.margin < 0 else ""
        yield (
            f'<tr><th scope="row">{escape(one.name + report.doubt(one.rule))}</th>'
            f'<td class="value{broken}">{escape(report.compared(one))}</td>'
            f'<td class="where">{escape(one.message)}</td></tr>'
        )
    yield "</tbody></table>"
    yield from _numbers(report, strips, row)
    yield "</details></section>"


def _numbers(report: DutyReport, strips: Strips, row: int) -> Iterator[str]:
    year = strips.years[row]
    weeks = " · ".join(
        f"{dates(report.day(week.first), report.day(week.stop - 1))}: {decimal(week.hours)} h"
        for week in year.weeks
    )
    yield f'<p class="weeks">Hours by week: {weeks}</p>'
    if year.averages:
        averages = " · ".join(
            f"{dates(report.day(one.first), report.day(one.stop - 1))}: {decimal(one.hours)} of "
            f"{decimal(one.limit)}"
            for one in year.averages
        )
        yield f'<p class="weeks">Hours a week, averaged: {averages}</p>'
