from datetime import date

import pytest

from app.scheduling.domain.people import Change, Person


@pytest.mark.parametrize("level", [float("nan"), float("inf"), 1_000_001, -1_000_001])
def test_a_carry_over_is_a_number_of_sensible_size(level: float) -> None:
    assert Person(id="p1", pgy=1, carry_over={"nights": -1_000_000}).carry_over
    with pytest.raises(ValueError, match="carry-over 'nights' of p1"):
        Person(id="p1", pgy=1, carry_over={"nights": level})


@pytest.mark.parametrize("share", [1 / 3, 0.3333])
def test_an_fte_has_few_decimals(share: float) -> None:
    assert Person(id="p1", pgy=1, fte=0.333).fte == 0.333
    with pytest.raises(ValueError, match=r"of p1: expected at most 3 decimals, write 0\.33$"):
        Person(id="p1", pgy=1, fte=share)
    with pytest.raises(ValueError, match="of p1: expected at most 3 decimals"):
        Person(id="p1", pgy=1, changes=(Change(start=date(2026, 7, 1), fte=share),))
