"""Specification §5, rows B: one day in seven."""

import pytest

from app.scheduling.acgme.policy import Policy
from tests.scheduling.acgme.builders import EM, EMERGENCY, DutyDiary, diary, each

DAYS_OFF = "CPR-6.21b-1in7"
IDEAL = "CPR-6.21b-IDEAL"
EXACT = "CPR-6.21b-EXACT"
STRETCH = "CPR-6.21b-STRETCH"
POSTCALL = "CPR-6.21b-POSTCALL"


def free(made: DutyDiary) -> tuple[float, float]:
    """Return how many free days there are, and how many are needed."""
    margin = made.verdict().margin(DAYS_OFF)
    return margin.measured, margin.limit


def test_b1_sundays_off_are_four_free_days() -> None:
    made = diary().work(each("Mon-Sat"), "06:00-18:00").work(29, "06:00-18:00")
    assert made.verdict().violations == ()
    assert free(made) == (4, 4)
    assert made.verdict().margin(DAYS_OFF).margin == 0


def test_b2_twelve_straight_days_twice_are_legal() -> None:
    made = diary().work((*each("Mon-Sun", 1, 3), *each("Mon-Fri", 2, 4)), "06:00-18:00")
    made = made.work(29, "06:00-18:00")
    assert made.verdict().violations == ()
    assert free(made) == (4, 4)


def test_b2_twelve_straight_days_are_an_error_in_emergency_medicine() -> None:
    made = diary(("ED", 28), specialty=EMERGENCY)
    made = made.work((*each("Mon-Sun", 1, 3), *each("Mon-Fri", 2, 4)), "08:00-16:00")
    verdict = made.work(29, "08:00-16:00").verdict(EM)
    assert set(verdict.errors) == {"EM-DAYOFF"}
    assert verdict.margin(DAYS_OFF).measured == 4
    first = verdict.findings("EM-DAYOFF")[0]
    assert (first.measured, first.limit, made.number(first.first)) == (0, 1, 1)


def test_b3_24_straight_days_are_formally_legal_and_pointed_at() -> None:
    made = diary().work(range(1, 25), "06:00-18:00").work(29, "06:00-18:00")
    verdict = made.verdict()
    assert (verdict.errors, verdict.warnings, verdict.infos) == ([], [], [STRETCH])
    assert free(made) == (4, 4)
    stretch = verdict.finding(STRETCH)
    assert (made.number(stretch.first), made.number(stretch.last)) == (1, 23)
    assert (stretch.measured, stretch.limit) == (23, 12)


@pytest.mark.parametrize(
    ("out", "found", "errors", "infos"),
    [("11:00", 0, [DAYS_OFF], []), ("07:00", 1, [], [IDEAL, POSTCALL])],
)
def test_b4_only_24_hours_after_a_call_are_a_day_off(
    out: str, found: int, errors: list[str], infos: list[str]
) -> None:
    made = diary(("WARD", 7)).work(each("Mon-Fri", 1), "07:00-17:00").call(6, out)
    made = made.work(8, "07:00-17:00")
    verdict = made.verdict()
    assert (verdict.errors, verdict.warnings, verdict.infos) == (errors, [], infos)
    assert free(made) == (found, 1)


def test_b5_a_day_off_belongs_to_the_day_it_starts_on() -> None:
    made = diary(("NF", 28)).work(each("Mon-Sat"), "18:00-06:00", "night_float")
    made = made.work(29, "07:00-17:00", rotation="WARD")
    verdict = made.verdict()
    assert (verdict.errors, verdict.warnings, verdict.infos) == ([], [], [IDEAL])
    assert free(made) == (4, 4)
    assert verdict.finding(IDEAL).measured == 0


def test_b5_the_last_night_off_is_lost_when_the_next_rotation_starts_before_24_hours() -> None:
    made = diary(("NF", 28)).work(each("Mon-Sat"), "18:00-06:00", "night_float")
    made = made.work(29, "05:30-17:00", rotation="WARD")
    assert made.verdict().errors == [DAYS_OFF]
    assert free(made) == (3, 4)


@pytest.mark.parametrize("next_duty", ["00:00-08:00", "00:01-08:00", "05:59-08:00"])
def test_b5_duty_after_the_last_day_ends_the_night_off(next_duty: str) -> None:
    made = diary(("WARD", 7)).work(each("Mon-Sun", 1), "08:00-16:00")
    verdict = made.work(8, next_duty, "night_float", rotation="NF").verdict()
    assert verdict.errors == [DAYS_OFF]
    assert verdict.finding(DAYS_OFF).measured == 0


def test_b5_nobody_knows_what_follows_the_last_duty() -> None:
    made = diary(("NF", 28)).work(each("Mon-Sat"), "18:00-06:00", "night_float")
    assert made.verdict().errors == []
    assert free(made) == (4, 4)


@pytest.mark.parametrize(("worked_sundays", "errors"), [((), []), ((7,), [DAYS_OFF])])
def test_b6_a_vacation_of_7_days_leaves_3_days_off_to_give(
    worked_sundays: tuple[int, ...], errors: list[str]
) -> None:
    made = diary().work(each("Mon-Sat", 1, 2, 4), "06:00-18:00").work(29, "06:00-18:00")
    made = made.work(worked_sundays, "06:00-12:00").off(15, 21)
    assert made.verdict().errors == errors
    assert free(made) == (3 - len(worked_sundays), 3)


@pytest.mark.parametrize(
    ("worked_sundays", "found", "errors"),
    [((), 5, []), ((7, 28), 3, []), ((7, 14, 28), 2, [DAYS_OFF])],
)
def test_b6_a_vacation_of_5_days_gives_two_of_the_3_days_off(
    worked_sundays: tuple[int, ...], found: int, errors: list[str]
) -> None:
    made = diary().work(each("Mon-Sat", 1, 2, 4), "06:00-18:00").work(29, "06:00-18:00")
    made = made.work(worked_sundays, "06:00-12:00").off(15, 19)
    verdict = made.verdict()
    assert verdict.errors == errors
    assert free(made) == (found, 3)
    assert verdict.margin("CPR-6.20-80H").measured == pytest.approx(
        (18 * 12 + 6 * len(worked_sundays)) * 7 / 23
    )


@pytest.mark.parametrize(
    ("rounding", "limit", "errors", "infos"),
    [("floor", 4, [], [EXACT]), ("exact", None, [DAYS_OFF], []), ("ceil", 5, [DAYS_OFF], [])],
)
def test_b7_four_days_off_in_31_days_depend_on_rounding(
    rounding: str, limit: int | None, errors: list[str], infos: list[str]
) -> None:
    days = [day for day in range(1, 32) if day not in (5, 12, 19, 26)]
    made = diary(("WARD", 31), start="2026-07-01").work(days, "06:00-18:00")
    policy = Policy(rounding=rounding)  # type: ignore[arg-type]  # parametrized
    verdict = made.work(32, "06:00-18:00").verdict(policy=policy)
    assert (verdict.errors, verdict.warnings, verdict.infos) == (errors, [], infos)
    margin = verdict.margin(DAYS_OFF)
    assert margin.measured == 4
    assert margin.limit == (pytest.approx(31 / 7) if limit is None else limit)


def test_b8_a_sunday_with_the_pager_is_not_a_free_day() -> None:
    made = diary().work(each("Mon-Sat"), "06:00-18:00").work(29, "06:00-18:00")
    paged = made.work(14, "08:00-20:00", "home_call")
    assert made.verdict().errors == []
    assert paged.verdict().errors == [DAYS_OFF]
    assert free(paged) == (3, 4)
    assert paged.verdict().margin("CPR-6.20-80H").measured == 72.0
