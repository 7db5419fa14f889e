from datetime import date

import pytest

from app.files.exports.duty_report import Average, Stay, Week, dates
from app.scheduling.acgme.policy import Confirmation, HoursException, Policy
from tests.files.exports.duty_sample import report


def test_weeks_run_from_monday_to_sunday() -> None:
    ada, ben = (report().year(row) for row in (0, 1))

    assert ada.weeks[:2] == (Week(0, 7, 84.0), Week(7, 14, 84.0))
    assert ada.weeks[4:] == tuple(Week(7 * n, 7 * n + 7, 45.0) for n in range(4, 8))
    assert [week.hours for week in ben.weeks] == [78, 0, 78, 78, 78, 78, 78, 78]


def test_leave_and_rotations_are_stretches_of_days() -> None:
    ada, ben = (report().year(row) for row in (0, 1))

    assert (ada.leave, ben.leave) == ((), ((7, 14),))
    assert ada.stays == (Stay(0, 28, "ICU"), Stay(28, 56, "CLIN"))


def test_averages_are_those_that_are_judged() -> None:
    ada, ben = (report().year(row) for row in (0, 1))

    assert ada.averages == (
        Average(first=0, stop=28, hours=84.0, limit=80, broken=True),
        Average(first=28, stop=56, hours=45.0, limit=80, broken=False),
    )
    assert [(one.first, one.stop, one.hours) for one in ben.averages] == [(0, 28, 78), (28, 56, 78)]


def test_a_granted_exception_moves_the_limit_of_its_rotation() -> None:
    granted = HoursException(hours=88, approval="RC 7", rotations=("ICU",))

    year = report(Policy(exceptions=(granted,))).year(0)

    assert [(one.limit, one.broken) for one in year.averages] == [(88, False), (80, False)]


def test_periods_that_overlap_are_not_drawn() -> None:
    made = report(Policy(averaging="rolling28_local"))

    assert made.year(0).averages == ()
    assert made.closest_weeks["ada"].measured == 84.0
    assert "averaged by any 28 days (local policy)" in made.law


def test_the_closest_case_of_every_rule_comes_first() -> None:
    made = report()
    order = [one.rule for one in made.closest]

    assert order == [rule.id for rule in made.rules if rule.id in order]
    hours = made.closest[0]
    assert (hours.rule, hours.person, hours.margin) == ("CPR-6.20-80H", "ada", -4.0)
    assert made.compared(hours) == "84 > 80"


def test_comparisons_read_both_ways() -> None:
    made = report()
    free = next(one for one in made.closest if one.rule == "CPR-6.21b-1in7")

    assert made.compared(free) == "4 ≥ 4"


def test_errors_come_first_and_numbers_that_nobody_confirmed_are_marked() -> None:
    made = report()

    assert [one.severity for one in made.findings] == sorted(
        (one.severity for one in made.findings), key=["error", "warning", "info"].index
    )
    assert made.counts.startswith("1 error, 0 warnings, ")
    assert made.verdict == "the planned duty hours break rules that must be kept"
    assert made.doubt("IM-Q3") == " (unconfirmed)"
    assert made.severity("IM-Q3") == "warning"
    sure = report(Policy(confirmed=(Confirmation(rule="IM-Q3", source="read"),)))
    assert (sure.doubt("IM-Q3"), sure.severity("IM-Q3")) == ("", "error")


def test_one_person_or_one_rule() -> None:
    assert {one.person for one in report(person="ben").margins} == {"ben"}
    assert {one.rule for one in report(rule="CPR-6.20-80H").findings} == {"CPR-6.20-80H"}
    assert report(person="ben").verdict == (
        "the planned duty hours of Ben & Bell keep every rule that must be kept"
    )
    assert report(rule="CPR-6.20-80H").verdict == "the planned duty hours break CPR-6.20-80H"
    assert report(rule="IM-Q3").verdict == "the planned duty hours keep IM-Q3"


@pytest.mark.parametrize(
    ("first", "last", "expected"),
    [
        (date(2026, 7, 1), date(2026, 7, 1), "1 Jul 2026"),
        (date(2026, 7, 1), date(2026, 7, 28), "1–28 Jul 2026"),
        (date(2026, 7, 29), date(2026, 8, 2), "29 Jul – 2 Aug 2026"),
    ],
)
def test_dates(first: date, last: date, expected: str) -> None:
    assert dates(first, last) == expected
