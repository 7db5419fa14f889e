"""From traces to the figures of a table."""

from collections.abc import Sequence
from dataclasses import astuple, dataclass
from math import inf, isfinite
from statistics import median, quantiles

from benchmarks.trace import Point, Run


@dataclass(frozen=True, slots=True, kw_only=True)
class Figures:
    """What a run, or the median over several, comes to. Times in seconds, infinite for never.

    Parameters
    ----------
    first_s
        First schedule.
    within_5_s, within_1_s
        First schedule whose gap to the best bound of any method at any time is at most 5 %, 1 %.
    proved_5_s, proved_1_s, optimal_s
        When the method's own bound showed a gap of at most 5 %, 1 %, 0.
    gap
        At the end, by the method's own bound.
    """

    first_s: float
    within_5_s: float
    within_1_s: float
    proved_5_s: float
    proved_1_s: float
    optimal_s: float
    objective: float
    bound: float
    gap: float
    peak_mb: float


def figures(run: Run, ideal: float, best_bound: float) -> Figures:
    """Return a run's figures.

    Parameters
    ----------
    ideal
        Of the programme, in the sense of minimising, like the run's objectives.
    best_bound
        The best one known in hindsight.
    """

    def when(gap: float, bound: float | None = None) -> float:
        for point in run.points:
            against = point.bound if bound is None else bound
            if gap_of(point.objective, against, ideal) <= gap:
                return point.elapsed_s
        return inf

    return Figures(
        first_s=next((p.elapsed_s for p in run.points if isfinite(p.objective)), inf),
        within_5_s=when(0.05, best_bound),
        within_1_s=when(0.01, best_bound),
        proved_5_s=when(0.05),
        proved_1_s=when(0.01),
        optimal_s=when(0.0),
        objective=run.objective,
        bound=run.bound,
        gap=gap_of(run.objective, run.bound, ideal),
        peak_mb=run.peak_mb,
    )


def gap_of(objective: float, bound: float, ideal: float) -> float:
    """Return the gap on the shortfall, a fraction; infinite without a schedule or a bound."""
    if not isfinite(objective) or not isfinite(bound):
        return inf
    return 0.0 if objective <= bound else (objective - bound) / (objective - ideal)


def time_to(points: Sequence[Point], objective: float) -> float:
    """Return when an objective was reached; infinite for never."""
    return next((point.elapsed_s for point in points if point.objective <= objective), inf)


def medians(several: Sequence[Figures]) -> Figures:
    """Return the median of every figure."""
    (
        first_s,
        within_5_s,
        within_1_s,
        proved_5_s,
        proved_1_s,
        optimal_s,
        objective,
        bound,
        gap,
        mb,
    ) = (median(values) for values in zip(*map(astuple, several), strict=True))
    return Figures(
        first_s=first_s,
        within_5_s=within_5_s,
        within_1_s=within_1_s,
        proved_5_s=proved_5_s,
        proved_1_s=proved_1_s,
        optimal_s=optimal_s,
        objective=objective,
        bound=bound,
        gap=gap,
        peak_mb=mb,
    )


def percentiles(times: Sequence[float]) -> tuple[float, float]:
    """Return the 50th and 99th; 0 of fewer than two."""
    if len(times) < 2:
        return 0.0, 0.0
    cuts = quantiles(times, n=100, method="inclusive")
    return cuts[49], cuts[98]
