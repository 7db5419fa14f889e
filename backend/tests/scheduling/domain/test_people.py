import pytest

from app.scheduling.domain.people import Person


@pytest.mark.parametrize("level", [float("nan"), float("inf"), 1_000_001, -1_000_001])
def test_a_carry_over_is_a_number_of_sensible_size(level: float) -> None:
    assert Person(id="p1", pgy=1, carry_over={"nights": -1_000_000}).carry_over
    with pytest.raises(ValueError, match="carry-over 'nights' of p1"):
        Person(id="p1", pgy=1, carry_over={"nights": level})
