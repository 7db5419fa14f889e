"""Small pieces of plain English that rule descriptions share."""

from app.scheduling.domain.scope import When, Who


def listed(names: tuple[str, ...], word: str = "or") -> str:
    """Return "A", "A or B", "A, B or C"; "any rotation" for none."""
    if not names:
        return "any rotation"
    if len(names) == 1:
        return names[0]
    return f"{', '.join(names[:-1])} {word} {names[-1]}"


def number(value: float) -> str:
    """Return a number without a needless fraction: "3", "2.5"."""
    return f"{value:g}"


def span(low: float | None, high: float | None) -> str:
    """Return limits in words: "at least 2", "at most 3", "2 to 3", "exactly 2"."""
    if low is not None and high is not None:
        return f"exactly {number(low)}" if low == high else f"{number(low)} to {number(high)}"
    if low is not None:
        return f"at least {number(low)}"
    return f"at most {number(high)}" if high is not None else "any number"


def amount(low: float | None, high: float | None, plural: str) -> str:
    """Return limits with what they count: "exactly 1 period", "2 to 3 weeks"."""
    last = low if high is None else high
    return f"{span(low, high)} {plural.removesuffix('s') if last == 1 else plural}"


def people(who: Who) -> str:
    """Return a scope of people in words: "PGY-1 and PGY-2 in track IM"; "" for everybody."""
    parts: list[str] = []
    if who.groups:
        parts.append(listed(who.groups))
    if who.pgy:
        parts.append(listed(tuple(f"PGY-{pgy}" for pgy in who.pgy), "and"))
    if who.track:
        parts.append(f"in track {listed(who.track)}")
    if who.cohort:
        parts.append(f"of cohort {listed(who.cohort)}")
    if who.tags:
        parts.append(f"tagged {listed(who.tags)}")
    if who.people:
        parts.append(listed(who.people, "and"))
    if who.full_leave is not None:
        parts.append(("with" if who.full_leave else "without") + " a full period of leave")
    words = " ".join(parts)
    if who.exclude is not None:
        words = f"{words or 'everybody'} except {people(who.exclude)}"
    return words


def periods(when: When) -> str:
    """Return a scope of time in words: "in periods 4-13"; "" for the whole year."""
    parts: list[str] = []
    if when.periods:
        parts.append("in period " + listed(tuple(str(p) for p in when.periods), "and"))
    if when.except_periods:
        parts.append(
            "except in period " + listed(tuple(str(p) for p in when.except_periods), "and")
        )
    if when.start:
        parts.append(f"from {when.start}")
    if when.end:
        parts.append(f"to {when.end}")
    if when.holidays is not None:
        parts.append(
            "in periods with a holiday" if when.holidays else "in periods without a holiday"
        )
    return " ".join(parts)
