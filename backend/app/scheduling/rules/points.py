"""Points that people are given or owed: shared by the kinds that add them up."""

from collections.abc import Iterable
from fractions import Fraction
from math import isfinite, lcm

MOST_POINTS = 10_000
DECIMALS = 4


def check_points(what: str, values: Iterable[float]) -> None:
    """Refuse points that are negative, huge or finer than four decimals."""
    for value in values:
        if not (isfinite(value) and 0 <= value <= MOST_POINTS and value == round(value, DECIMALS)):
            raise ValueError(
                f"{what} {value}: expected 0 to {MOST_POINTS} with at most {DECIMALS} decimals"
            )


def exact(value: float) -> Fraction:
    """Return a number of points exactly as it was written, to four decimals."""
    return Fraction(str(round(value, DECIMALS)))


def common_step(values: Iterable[float]) -> Fraction:
    """Return the largest part of a point, one over a whole number, that all are multiples of."""
    return Fraction(1, lcm(*(exact(value).denominator for value in values)))


def in_steps(values: Iterable[float], step: Fraction) -> list[int]:
    """Return points as whole numbers of steps."""
    return [int(exact(value) / step) for value in values]
