"""Numbers as people read them."""


def short_number(value: float | None) -> str:
    """Return a number with at most two decimals; "–" for none."""
    return "–" if value is None else f"{value:.2f}".rstrip("0").rstrip(".")


def percent(share: float | None) -> str:
    """Return a fraction as a percentage; never "0 %" for what is not zero."""
    if share is None:
        return "–"
    if 0 < share < 0.0005:
        return "under 0.05 %"
    return f"{share * 100:.1f} %".replace(".0 %", " %")


def counted(amount: float, word: str) -> str:
    """Return "1 person-like word" or "3 words" for regular English plurals."""
    return f"{short_number(amount)} {word if amount == 1 else word + 's'}"
