"""One person's year as a strip: bars of hours by week, averages, the limit, leave, rotations."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, timedelta
from html import escape
from itertools import pairwise

from app.files.exports.annual_grid import long_date, short_date
from app.files.exports.colours import ink, rotation_colours
from app.files.exports.duty_report import DutyReport, Stay, Year, dates
from app.scheduling.acgme.finding import Margin, Violation
from app.scheduling.acgme.words import decimal

STRIP_STYLE = """
:root { --bar: #8fa8c8; --over-bar: #c98a4b; --step: #1f3a5f; --hatch: #9aa4b0; }
@media (prefers-color-scheme: dark) {
  :root { --bar: #4c6a90; --over-bar: #b97a38; --step: #cfe0f7; --hatch: #6d7886; } }
.scroll { overflow-x: auto; max-width: 100%; padding: 0.25rem 0; }
.scroll:focus-visible { outline: 3px solid #4c8bf5; }
.strip { display: grid; grid-template-columns: 2.4rem 1fr; font-size: 0.75rem;
  font-variant-numeric: tabular-nums; }
.strip > div { position: relative; }
.marks { height: 2.1rem; } .plot { height: 6rem; border-bottom: 1px solid var(--soft); }
.codes { height: 1.35rem; margin-top: 2px; } .signs { height: 1.2rem; } .months { height: 1.3rem; }
.axis span { position: absolute; right: 0.35rem; transform: translateY(50%);
  color: var(--soft); line-height: 1; }
.axis .limit { color: var(--short); font-weight: 700; }
.plot svg { position: absolute; inset: 0; width: 100%; height: 100%; }
.bar { fill: var(--bar); } .high { fill: var(--over-bar); }
.plot path { vector-effect: non-scaling-stroke; }
.step { fill: none; stroke: var(--step); stroke-width: 2.5px; }
.step.over { stroke: var(--short); stroke-width: 4.5px; }
.line { fill: none; stroke: var(--short); stroke-width: 1.5px; stroke-dasharray: 5 3; }
.away { position: absolute; top: 0; bottom: 0; border: 1px solid var(--hatch); border-width: 0 1px;
  background: repeating-linear-gradient(135deg, transparent 0 3px, var(--hatch) 3px 4px); }
.code { position: absolute; top: 0; bottom: 0; overflow: hidden; text-align: center;
  white-space: nowrap; line-height: 1.35rem; font-weight: 600; font-size: 0.68rem;
  border-right: 1px solid var(--paper); }
.code.narrow { text-align: left; padding-left: 1px; font-size: 0.56rem; letter-spacing: -0.03em; }
.bracket { position: absolute; bottom: 0; height: 0.4rem; border: 2px solid var(--ink);
  border-bottom: 0; }
.label { position: absolute; bottom: 0.5rem; white-space: nowrap; font-weight: 600; }
.broken.bracket { border-color: var(--short); } .broken.label { color: var(--short); }
.sign { position: absolute; transform: translateX(-30%); font-weight: 700; cursor: default; }
.sign.error { color: var(--short); } .sign.warning { color: var(--over); }
.month { position: absolute; top: 0; bottom: 0; padding-left: 0.2rem; color: var(--soft);
  border-left: 1px solid var(--line); }
@media print { .scroll { overflow: visible; }
  .strip { min-width: 0 !important; max-width: none !important; } }
"""

_SIGNS = {"error": "✕", "warning": "!"}
_REM_PER_DAY, _LEAST_REM = 0.155, 20
_MOST_REM_PER_DAY, _MOST_REM = 0.45, 36
_LETTER_REM = 0.5
_MOST_DAYS_BY_WEEK = 62
_LEAST_DAYS_TO_LABEL = 5


@dataclass(frozen=True, slots=True)
class Strips:
    """Draws everybody's strip on the same scale.

    Parameters
    ----------
    top
        Hours a week at the upper edge.
    colours
        Of rotations, by code.
    """

    report: DutyReport
    years: tuple[Year, ...]
    top: float
    colours: dict[str, str]

    def draw(self, row: int, found: tuple[Violation, ...]) -> Iterator[str]:
        """Yield the HTML of one person's strip, with signs where something is broken."""
        person, year = self.report.timeline.people[row], self.years[row]
        closest = self.report.closest_weeks.get(person.id)
        days = self.report.timeline.days
        least = max(_LEAST_REM, days * _REM_PER_DAY)
        most = max(_MOST_REM, days * _MOST_REM_PER_DAY)
        name = escape(person.label)
        yield (
            f'<div class="scroll" role="region" tabindex="0" aria-label="Hours of {name} by week">'
            f'<div class="strip" style="min-width:{least:.4g}rem;max-width:{most:.4g}rem" '
            f'role="img" aria-label="{escape(self.words(year, closest))}">'
        )
        yield f'<div></div><div class="marks">{"".join(self._marks(closest))}</div>'
        yield f'<div class="axis">{"".join(self._axis(year))}</div>'
        yield f'<div class="plot">{"".join(self._plot(year))}</div>'
        yield f'<div></div><div class="codes">{"".join(self._codes(year, least))}</div>'
        signs = "".join(self._signs(found))
        if signs:
            yield f'<div></div><div class="signs">{signs}</div>'
        yield f'<div></div><div class="months">{"".join(self._months(year))}</div></div></div>'

    def words(self, year: Year, closest: Margin | None) -> str:
        """Say what the strip shows."""
        highest = max(year.weeks, key=lambda week: week.hours)
        monday = long_date(self.report.day(highest.first))
        parts = [f"most hours in a week: {highest.hours:.4g}, from {monday}"]
        if closest is not None:
            parts.append(f"closest average: {closest.message}")
        leave = sum(stop - first for first, stop in year.leave)
        if leave:
            parts.append(f"{leave} days of leave")
        return f"Hours by week, {self.report.span}; {'; '.join(parts)}"

    def _place(self, first: float, stop: float) -> str:
        days = self.report.timeline.days
        return f"left:{100 * first / days:.2f}%;width:{100 * (stop - first) / days:.2f}%"

    def _marks(self, closest: Margin | None) -> Iterator[str]:
        """Mark the averaging period that is closest to the limit."""
        if closest is None or not closest.measured:
            return
        days = self.report.timeline.days
        first = max(0, (closest.first - self.report.day(0)).days)
        stop = min(days, (closest.last - self.report.day(0)).days + 1)
        broken = " broken" if closest.margin < 0 else ""
        word = "over" if broken else "closest"
        text = f"{word}: {decimal(closest.measured)} of {decimal(closest.limit)} h a week"
        share = 100 * (first + stop) / 2 / days
        edge = f"left:{100 * first / days:.2f}%"
        if share > 50:
            edge = f"right:{100 - 100 * stop / days:.2f}%"
        yield f'<span class="bracket{broken}" style="{self._place(first, stop)}"></span>'
        yield f'<span class="label{broken}" style="{edge}">{text}</span>'

    def _axis(self, year: Year) -> Iterator[str]:
        law = self.report.weekly_limit
        limit = law.hours if law else 80
        limits = {round(one.limit) for one in year.averages} | {limit}
        ticks = [tick for tick in (0, 40, 120, 160) if tick <= self.top] + sorted(limits)
        for tick in ticks:
            style = ' class="limit"' if tick in limits else ""
            yield f'<span{style} style="bottom:{100 * tick / self.top:.2f}%">{tick}</span>'

    def _plot(self, year: Year) -> Iterator[str]:
        for first, stop in year.leave:
            yield f'<span class="away" style="{self._place(first, stop)}"></span>'
        days, top = self.report.timeline.days, self.top
        law = self.report.weekly_limit
        limit = law.hours if law else 80
        yield (
            f'<svg viewBox="0 0 {days} {top:g}" preserveAspectRatio="none" aria-hidden="true" '
            'focusable="false">'
        )
        for style, high in (("bar", False), ("high", True)):
            bars = "".join(
                f"M{week.first + 0.4:g} {top:g}V{top - week.hours:.2f}H{week.stop - 0.4:g}V{top:g}Z"
                for week in year.weeks
                if week.hours and (week.hours > limit) == high
            )
            if bars:
                yield f'<path class="{style}" d="{bars}"/>'
        lines = "".join(f"M{a.first} {top - a.limit:g}H{a.stop}" for a in year.averages)
        yield f'<path class="line" d="{lines or f"M0 {top - limit:g}H{days}"}"/>'
        for style, broken in (("step", False), ("step over", True)):
            steps = "".join(
                f"M{a.first} {top - a.hours:.2f}H{a.stop}"
                for a in year.averages
                if a.broken == broken
            )
            if steps:
                yield f'<path class="{style}" d="{steps}"/>'
        yield "</svg>"

    def _codes(self, year: Year, least: float) -> Iterator[str]:
        for stay in year.stays:
            colour = self.colours.get(stay.rotation, "#dddddd")
            about = f"{stay.rotation}, {self._dates(stay)}"
            room = (stay.stop - stay.first) * least / self.report.timeline.days
            narrow = " narrow" if room < _LETTER_REM * (len(stay.rotation) + 1) else ""
            place = self._place(stay.first, stay.stop)
            yield (
                f'<span class="code{narrow}" title="{escape(about)}" style="{place};'
                f'background:{colour};color:{ink(colour)}">{escape(stay.rotation)}</span>'
            )

    def _dates(self, stay: Stay) -> str:
        return dates(self.report.day(stay.first), self.report.day(stay.stop - 1))

    def _signs(self, found: tuple[Violation, ...]) -> Iterator[str]:
        seen: set[tuple[str, date]] = set()
        for one in found:
            sign = _SIGNS.get(one.severity)
            day = (one.first - self.report.day(0)).days
            if sign is None or (sign, one.first) in seen:
                continue
            seen.add((sign, one.first))
            left = 100 * min(max(day, 0), self.report.timeline.days) / self.report.timeline.days
            yield (
                f'<span class="sign {one.severity}" style="left:{left:.2f}%" '
                f'title="{escape(one.message)}">{sign}</span>'
            )

    def _months(self, year: Year) -> Iterator[str]:
        """Yield the time axis: months, or weeks where there are few."""
        days, origin = self.report.timeline.days, self.report.day(0)
        if days <= _MOST_DAYS_BY_WEEK:
            starts = [week.first for week in year.weeks]
        else:
            starts = [n for n in range(days) if n == 0 or self.report.day(n).day == 1]
        for first, stop in pairwise([*starts, days]):
            day = origin + timedelta(first)
            by_month = days > _MOST_DAYS_BY_WEEK and first > 0
            text = f"{day:%b}" if by_month else short_date(day)
            shown = text if stop - first >= _LEAST_DAYS_TO_LABEL else ""
            yield f'<span class="month" style="{self._place(first, stop)}">{shown}</span>'


def prepare(report: DutyReport) -> Strips:
    """Return what draws everybody's strip."""
    years = tuple(report.year(row) for row in range(len(report.timeline.people)))
    most = max((week.hours for year in years for week in year.weeks), default=0)
    return Strips(
        report=report,
        years=years,
        top=max(100.0, 10.0 * -(-most // 10)),
        colours=rotation_colours(report.shown_rotations),
    )
