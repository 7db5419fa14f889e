"""How large and how fine the numbers of a programme may be, so that sums of them stay small."""

HIGHEST = 10_000


def limited(name: str, value: float | None) -> None:
    """Refuse a number above `HIGHEST`; kinds that need a lower or another limit check it."""
    if value is not None and value > HIGHEST:
        raise ValueError(f"{name} {value}: expected at most {HIGHEST}")


def has_decimals(value: float, most: int) -> bool:
    """Return whether a finite number has at most `most` decimals."""
    return value == round(value, most)
