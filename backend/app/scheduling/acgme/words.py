"""Hours, days and dates as a programme director reads them aloud."""

from datetime import datetime, timedelta


def hours(minutes: int) -> str:
    """Return a duration such as ``343 h`` or ``28 h 30 min``."""
    whole, rest = divmod(minutes, 60)
    if not rest:
        return f"{whole} h"
    return f"{whole} h {rest} min" if whole else f"{rest} min"


def decimal(value: float) -> str:
    """Return a number with at most two decimals, and with as many as show that it is not whole."""
    text = f"{value:.2f}".rstrip("0").rstrip(".")
    if float(text) == value or abs(value - float(text)) < 1e-9:
        return text
    return f"{value:.2f}"


def days(start: datetime, end: datetime) -> str:
    """Return the dates from `start` to before `end`, such as ``4-31 Jan 2027``."""
    first, last = start.date(), (end - timedelta(minutes=1)).date()
    if first == last:
        return f"{first.day} {first:%b %Y}"
    if (first.year, first.month) == (last.year, last.month):
        return f"{first.day}-{last.day} {last:%b %Y}"
    if first.year == last.year:
        return f"{first.day} {first:%b} - {last.day} {last:%b %Y}"
    return f"{first.day} {first:%b %Y} - {last.day} {last:%b %Y}"


def moment(at: datetime) -> str:
    """Return a point of time such as ``Sat 4 Jul 2026 07:00``."""
    return f"{at:%a} {at.day} {at:%b %Y %H:%M}"


def counted(amount: float, word: str) -> str:
    """Return ``1 day``, ``2 days``."""
    return f"{decimal(amount)} {word if amount == 1 else word + 's'}"


def leave(amount: int) -> str:
    """Say how many days of leave are left out."""
    return f"{counted(amount, 'day')} of leave left out" if amount else "no leave"


def on(rotation: str) -> str:
    """Return how a sentence begins: with the rotation, or with nothing."""
    return f"{rotation} " if rotation else ""
